//! How much memory tensors take, and how much they may take.
//!
//! The buffers of tensors that are gone are kept for new ones, so that a training step that does the same again asks
//! the system for nothing and takes no page faults: every buffer of it was there in the step before. The pool never
//! holds more than lived at once at the last peak; [`trim`] empties it.
//!
//! ```
//! use tensor_core::{Serial, Tensor, memory};
//!
//! let x = Tensor::<f32, Serial>::ones([1000, 1000]);
//! drop(&x + 1.0);
//! let before = memory::stats();
//! assert!(before.live >= 4_000_000 && before.pooled >= 4_000_000);
//! drop(&x + 1.0);
//! // The second sum took the buffer of the first.
//! assert_eq!(memory::stats().allocations, before.allocations);
//! ```
//!
//! Counted are the buffers that hold elements and what the graph records, all threads together, rounded up to the sizes that
//! they come in (a quarter more at most, but for the smallest ones). Temporary storage inside a kernel, such as a sort's,
//! is not.

use crate::blocks;
pub use crate::shared::Shared;

/// Bytes in buffers, over the whole program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// In tensors that are alive.
    pub live: usize,
    /// The most there were in tensors alive at one time, since the start or [`reset_peak`]. Small buffers that a thread
    /// keeps for its next tensors count as alive here, with 7 MiB a thread at most.
    pub peak: usize,
    /// In buffers kept for new tensors.
    pub pooled: usize,
    /// How often the system was asked for a buffer. In a loop that does the same again and again, this stands still.
    pub allocations: u64,
}

/// What is in use and what is kept.
pub fn stats() -> Stats {
    blocks::stats()
}

/// Lets tensors take `bytes` bytes at most, those in [`pooled`](Stats::pooled) buffers included, and returns the limit
/// before. An operation that needs more is an [`Error`](crate::Error) (of the kind
/// [`Memory`](crate::ErrorKind::Memory)) and changes nothing; a method without a `try_` form panics with it. Buffers in the
/// pool are given up before it comes to that. What is alive already may exceed the limit.
///
/// There is none in the beginning, and none for `usize::MAX`.
///
/// ```
/// use tensor_core::{ErrorKind, Serial, Tensor, memory};
///
/// let before = memory::limit(100_000_000);
/// let error = Tensor::<f32, Serial>::try_zeros([1000, 1000, 1000]).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Memory { .. }));
/// memory::limit(before);
/// ```
pub fn limit(bytes: usize) -> usize {
    blocks::limit(bytes)
}

/// Gives all buffers in the pool back to the system, but for the small ones (of 64 KiB and less) that other threads
/// keep, 7 MiB each at most.
pub fn trim() {
    blocks::trim();
}

/// Has [`peak`](Stats::peak) begin anew at what is alive now.
pub fn reset_peak() {
    blocks::reset_peak();
}
