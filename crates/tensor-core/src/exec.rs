//! Who runs the chunks of a kernel, and how large a chunk is.

#[cfg(feature = "rayon")]
pub use tensor_matmul::Rayon;
pub use tensor_matmul::{Executor, Sequential};

/// Elements in a chunk of elementwise work. Part of no result; large enough to pay for waking a thread.
pub(crate) const CHUNK: usize = 32 * 1024;

/// Runs `body(start, end)` over `0..n` in chunks of `size`, on the calling thread alone if there is one chunk only.
#[inline]
pub(crate) fn for_chunks(exec: &dyn Executor, n: usize, size: usize, body: &(dyn Fn(usize, usize) + Sync)) {
    if n <= size {
        return body(0, n);
    }
    exec.run(n.div_ceil(size), &|i| body(i * size, n.min((i + 1) * size)));
}

/// An address that chunks on several threads may write through, each its own part.
#[derive(Clone, Copy)]
pub(crate) struct Out<T>(*mut T);

// SAFETY: the kernels that share an `Out` write disjoint parts of it, which their comments say.
unsafe impl<T: Send> Send for Out<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Out<T> {}

impl<T> Out<T> {
    pub(crate) fn new(address: *mut T) -> Self {
        Out(address)
    }

    /// The address of element `i`.
    #[inline]
    pub(crate) fn at(self, i: usize) -> *mut T {
        self.0.wrapping_add(i)
    }
}
