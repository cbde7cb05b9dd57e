//! Whether operations are recorded: on every thread they are, until it says otherwise. And whether they are observed.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static MODE: Cell<u8> = const { Cell::new(RECORDING) };
}

const RECORDING: u8 = 1;
const OBSERVED: u8 = 2;

/// Whether this thread records operations now.
#[inline]
pub fn is_grad_enabled() -> bool {
    MODE.get() & RECORDING != 0
}

/// Whether an observer of this thread wants to hear of each operation.
#[inline]
pub(crate) fn is_observed() -> bool {
    MODE.get() & OBSERVED != 0
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
    before: u8,
    this_thread: PhantomData<*const ()>,
}

impl Restore {
    /// Records from now on, or does not.
    pub(crate) fn set(enabled: bool) -> Self {
        let before = MODE.get();
        MODE.set(before & !RECORDING | if enabled { RECORDING } else { 0 });
        Restore { before, this_thread: PhantomData }
    }

    /// Is observed from now on, or is not.
    pub(crate) fn observe(observed: bool) -> Self {
        let before = MODE.get();
        MODE.set(before & !OBSERVED | if observed { OBSERVED } else { 0 });
        Restore { before, this_thread: PhantomData }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        MODE.set(self.before);
    }
}
