//! Whether operations are recorded: on every thread they are, until it says otherwise.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static ENABLED: Cell<bool> = const { Cell::new(true) };
}

/// Whether this thread records operations now.
#[inline]
pub fn is_grad_enabled() -> bool {
    ENABLED.get()
}

/// Runs `f` without recording: `with torch.no_grad():` in Python. Leaves may be changed in place in it.
///
/// It counts for this thread only, nests, and ends when `f` returns or panics.
///
/// ```
/// use autograd::{Autodiff, Gradient, no_grad};
/// use tensor_core::{Serial, Tensor};
/// let mut a = Tensor::<f32, Autodiff<Serial>>::new([1.0, 2.0]).with_grad();
/// no_grad(|| a.sub_(0.5));
/// assert_eq!(a.to_vec(), [0.5, 1.5]);
/// assert!(a.requires_grad() && a.is_leaf());
/// ```
pub fn no_grad<R>(f: impl FnOnce() -> R) -> R {
    let _guard = NoGrad::new();
    f()
}

/// Runs `f` with recording, also inside [`no_grad`].
pub fn enable_grad<R>(f: impl FnOnce() -> R) -> R {
    let _guard = Restore::set(true);
    f()
}

/// No recording on this thread until this is dropped: [`no_grad`] as a guard.
///
/// ```
/// # use autograd::{NoGrad, is_grad_enabled};
/// let guard = NoGrad::new();
/// assert!(!is_grad_enabled());
/// drop(guard);
/// assert!(is_grad_enabled());
/// ```
#[must_use = "recording starts again when the guard is dropped"]
pub struct NoGrad(#[allow(dead_code)] Restore); // Held for its drop.

impl NoGrad {
    /// Stops recording.
    #[allow(clippy::new_without_default)] // A guard is made on purpose.
    pub fn new() -> Self {
        NoGrad(Restore::set(false))
    }
}

/// Puts the mode back as it was. Stays on its thread: the mode is the thread's own.
pub(crate) struct Restore {
    before: bool,
    this_thread: PhantomData<*const ()>,
}

impl Restore {
    pub(crate) fn set(enabled: bool) -> Self {
        Restore { before: ENABLED.replace(enabled), this_thread: PhantomData }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        ENABLED.set(self.before);
    }
}
