//! The one unsafe entry: products over pointers and strides.

use crate::exec::Executor;
use crate::scalar::Scalar;

/// Where a matrix that is read begins, and how far apart its elements lie.
///
/// Element `(i, j)` of matrix `s` of a batch is at `ptr + s·batch_stride + i·row_stride + j·col_stride`. Strides
/// count elements and may have any sign; 0 repeats a row, a column or a whole matrix.
#[derive(Clone, Copy, Debug)]
pub struct RawRef<T> {
    /// Element (0, 0) of the first matrix.
    pub ptr: *const T,
    /// From a row to the next.
    pub row_stride: isize,
    /// From a column to the next.
    pub col_stride: isize,
    /// From a matrix of a batch to the next; 0 uses the same matrix in every product.
    pub batch_stride: isize,
}

/// Where a matrix that is written begins, and how far apart its elements lie: [`RawRef`] for the output.
#[derive(Clone, Copy, Debug)]
pub struct RawMut<T> {
    /// Element (0, 0) of the first matrix.
    pub ptr: *mut T,
    /// From a row to the next.
    pub row_stride: isize,
    /// From a column to the next.
    pub col_stride: isize,
    /// From a matrix of a batch to the next.
    pub batch_stride: isize,
}

impl<T> RawRef<T> {
    /// A single matrix, or one that every product of a batch shares.
    pub fn new(ptr: *const T, row_stride: isize, col_stride: isize) -> Self {
        RawRef { ptr, row_stride, col_stride, batch_stride: 0 }
    }

    /// The same with a batch stride.
    pub fn batch(self, batch_stride: isize) -> Self {
        RawRef { batch_stride, ..self }
    }
}

impl<T> RawMut<T> {
    /// A single matrix.
    pub fn new(ptr: *mut T, row_stride: isize, col_stride: isize) -> Self {
        RawMut { ptr, row_stride, col_stride, batch_stride: 0 }
    }

    /// The same with a batch stride.
    pub fn batch(self, batch_stride: isize) -> Self {
        RawMut { batch_stride, ..self }
    }
}

/// All that one product needs to know: `C ← α·A·B + β·C`.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Product<T> {
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) n: usize,
    pub(crate) alpha: T,
    pub(crate) a: RawRef<T>,
    pub(crate) b: RawRef<T>,
    pub(crate) beta: T,
    pub(crate) c: RawMut<T>,
}

/// `C ← α·A·B + β·C` for `A: [m, k]`, `B: [k, n]`, `C: [m, n]`, where `dims` is `[m, k, n]`.
///
/// With β = 0, C is only written, never read: it may be uninitialised memory, and a NaN in it is gone. Every size may
/// be 0; with k = 0 this is `C ← β·C`.
///
/// # Safety
/// * Every element of A, B and C, as [`RawRef`] places them, lies within the allocation its `ptr` points into, which is
///   valid for reads (A, B; C too unless β = 0) and for writes (C) during the call.
/// * No element of C shares an address with another element of C, or with one of A or B.
///
/// No alignment beyond that of `T` is asked for. A matrix without elements may have any pointer.
#[inline]
pub unsafe fn gemm_raw<T: Scalar>(
    [m, k, n]: [usize; 3],
    alpha: T,
    a: RawRef<T>,
    b: RawRef<T>,
    beta: T,
    c: RawMut<T>,
    exec: &dyn Executor,
) {
    // SAFETY: the caller's promise, for a batch of one.
    unsafe { T::product(1, &Product { m, k, n, alpha, a, b, beta, c }, exec) }
}

/// [`gemm_raw`] for `count` independent products: number `s` takes `s·batch_stride` further on in each operand.
///
/// # Safety
/// As for [`gemm_raw`], for the elements of all `count` matrices together.
#[inline]
#[allow(clippy::too_many_arguments)]
pub unsafe fn gemm_batched_raw<T: Scalar>(
    count: usize,
    [m, k, n]: [usize; 3],
    alpha: T,
    a: RawRef<T>,
    b: RawRef<T>,
    beta: T,
    c: RawMut<T>,
    exec: &dyn Executor,
) {
    // SAFETY: the caller's promise is the same.
    unsafe { T::product(count, &Product { m, k, n, alpha, a, b, beta, c }, exec) }
}
