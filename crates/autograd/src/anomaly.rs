//! Where does the first NaN come from?

use crate::observe::{Observer, observed};

/// Runs `f` and makes an error of the first operation that turns finite operands into NaN or an infinity, forward or
/// backward: `torch.autograd.detect_anomaly` in Python.
///
/// Forward, the operation itself fails: it panics at the caller's line, or its `try_` form returns the error. Backward, the
/// pass fails and names the operation whose gradient it is, with the line that computed it (the function, if the program was
/// compiled without line numbers). Infinities that were put in on purpose, as in a mask, are no anomaly; what comes of them later is not
/// either. Every result is looked at, and every line remembered: for finding mistakes only.
///
/// ```
/// use autograd::{Autodiff, Gradient, detect_anomaly};
/// use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f64, Autodiff<Serial>>::new([1.0, 0.0]).with_grad();
/// let error = detect_anomaly(|| x.sqrt().sum().try_backward()).unwrap_err();
/// assert!(error.to_string().contains("sqrt: the gradient of operand 0 at [1] is inf"));
/// ```
pub fn detect_anomaly<R>(f: impl FnOnce() -> R) -> R {
    observed(Observer::Anomaly(Default::default()), f).0
}
