//! Matrices over slices: the safe surface, with every bound checked when a view is made.

use crate::exec::Executor;
use crate::raw::{RawMut, RawRef, gemm_batched_raw};
use crate::scalar::Scalar;
use std::fmt;

/// A matrix, or a batch of matrices, read from a slice through any strides.
///
/// Every element is known to lie in the slice from the moment the view exists, so multiplying checks shapes only.
/// Views are made from a slice ([`row_major`](Self::row_major), [`col_major`](Self::col_major),
/// [`strided`](Self::strided)) and turned with [`t`](Self::t) and [`batch`](Self::batch), all without copying.
#[derive(Clone, Copy)]
pub struct MatRef<'a, T> {
    data: &'a [T],
    layout: Layout,
}

/// A matrix, or a batch of matrices, written into a slice through any strides that give each element a place of its
/// own: the output of a product.
pub struct MatMut<'a, T> {
    data: &'a mut [T],
    layout: Layout,
}

#[derive(Clone, Copy, Debug)]
struct Layout {
    offset: usize,
    /// Matrices, rows, columns.
    dims: [usize; 3],
    strides: [isize; 3],
    batched: bool,
}

/// Why a view cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViewError {
    /// An element would lie outside the slice.
    OutOfBounds {
        /// The position furthest outside.
        position: i128,
        /// The length of the slice.
        len: usize,
    },
    /// Two elements of an output would, or might, share a place.
    Overlap,
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ViewError::OutOfBounds { position, len } => {
                write!(f, "matrix view: an element would lie at position {position} of a slice of {len}")
            }
            ViewError::Overlap => f.write_str(
                "matrix view: elements of the output would share a place; give every row and column a stride \
                 that keeps them apart",
            ),
        }
    }
}

impl std::error::Error for ViewError {}

impl Layout {
    fn new(offset: usize, dims: [usize; 2], strides: [isize; 2]) -> Self {
        let ([rows, cols], [row, col]) = (dims, strides);
        Layout { offset, dims: [1, rows, cols], strides: [0, row, col], batched: false }
    }

    fn is_empty(&self) -> bool {
        self.dims.contains(&0)
    }

    fn check(&self, len: usize) -> Result<(), ViewError> {
        if self.is_empty() {
            return Ok(());
        }
        let (mut low, mut high) = (self.offset as i128, self.offset as i128);
        for (dim, stride) in self.dims.into_iter().zip(self.strides) {
            // Below 2^127: a size and a stride have 64 bits at most.
            let reach = (dim as i128 - 1) * stride as i128;
            let end = if reach < 0 { &mut low } else { &mut high };
            *end = end.saturating_add(reach);
        }
        let position = if low < 0 { low } else { high };
        if low < 0 || high >= len as i128 { Err(ViewError::OutOfBounds { position, len }) } else { Ok(()) }
    }

    /// From the smallest stride up, each must step over all that the ones before can reach.
    fn check_apart(&self) -> Result<(), ViewError> {
        if self.is_empty() {
            return Ok(());
        }
        let mut axes: Vec<(u128, u128)> = (self.dims.into_iter().zip(self.strides))
            .filter(|&(dim, _)| dim > 1)
            .map(|(dim, stride)| (stride.unsigned_abs() as u128, dim as u128))
            .collect();
        axes.sort_unstable();
        let mut reach = 0;
        for (stride, dim) in axes {
            if stride <= reach {
                return Err(ViewError::Overlap);
            }
            reach += stride * (dim - 1);
        }
        Ok(())
    }

    fn transposed(mut self) -> Self {
        self.dims.swap(1, 2);
        self.strides.swap(1, 2);
        self
    }

    fn in_batch(self, count: usize, stride: isize) -> Self {
        Layout {
            dims: [count, self.dims[1], self.dims[2]],
            strides: [stride, self.strides[1], self.strides[2]],
            batched: true,
            ..self
        }
    }
}

macro_rules! views {
    ($View:ident, $slice:ty) => {
        impl<'a, T> $View<'a, T> {
            /// `data` holds the rows one after the other: element (i, j) is `data[i·cols + j]`.
            ///
            /// # Panics
            /// If `data` holds fewer than `rows·cols` elements.
            #[track_caller]
            pub fn row_major(data: $slice, rows: usize, cols: usize) -> Self {
                unwrap(Self::try_strided(data, 0, [rows, cols], [isize::try_from(cols).unwrap_or(isize::MAX), 1]))
            }

            /// `data` holds the columns one after the other: element (i, j) is `data[i + j·rows]`.
            ///
            /// # Panics
            /// If `data` holds fewer than `rows·cols` elements.
            #[track_caller]
            pub fn col_major(data: $slice, rows: usize, cols: usize) -> Self {
                unwrap(Self::try_strided(data, 0, [rows, cols], [1, isize::try_from(rows).unwrap_or(isize::MAX)]))
            }

            /// Element (i, j) is `data[offset + i·strides[0] + j·strides[1]]`; `dims` is `[rows, cols]`.
            ///
            /// # Panics
            /// Where [`try_strided`](Self::try_strided) gives an error.
            #[track_caller]
            pub fn strided(data: $slice, offset: usize, dims: [usize; 2], strides: [isize; 2]) -> Self {
                unwrap(Self::try_strided(data, offset, dims, strides))
            }

            /// The number of rows.
            pub fn rows(&self) -> usize {
                self.layout.dims[1]
            }

            /// The number of columns.
            pub fn cols(&self) -> usize {
                self.layout.dims[2]
            }

            /// The transpose, without copying: rows and columns change places.
            pub fn t(self) -> Self {
                Self { layout: self.layout.transposed(), data: self.data }
            }

            /// `count` matrices of this shape, each beginning `stride` elements after the one before.
            ///
            /// # Panics
            /// Where [`try_batch`](Self::try_batch) gives an error.
            #[track_caller]
            pub fn batch(self, count: usize, stride: isize) -> Self {
                unwrap(self.try_batch(count, stride))
            }
        }
    };
}

#[track_caller]
fn unwrap<V>(view: Result<V, ViewError>) -> V {
    match view {
        Ok(view) => view,
        Err(error) => panic!("{error}"),
    }
}

views!(MatRef, &'a [T]);
views!(MatMut, &'a mut [T]);

impl<'a, T> MatRef<'a, T> {
    /// Element (i, j) is `data[offset + i·strides[0] + j·strides[1]]`; `dims` is `[rows, cols]`.
    ///
    /// Strides may be negative (then the offset points at what comes first) or 0 (a row or column repeated).
    ///
    /// # Errors
    /// [`ViewError::OutOfBounds`] if an element would lie outside `data`, whatever the sizes overflow to.
    ///
    /// ```
    /// use tensor_matmul::{MatMut, MatRef, matmul};
    /// let data = [1.0, 2.0, 3.0, 4.0];
    /// let flipped = MatRef::try_strided(&data, 3, [2, 2], [-2, -1])?; // [4 3; 2 1]
    /// let ones = MatRef::strided(&[1.0], 0, [2, 1], [0, 0]);
    /// let mut sums = [0.0; 2];
    /// matmul(flipped, ones, MatMut::row_major(&mut sums, 2, 1));
    /// assert_eq!(sums, [7.0, 3.0]);
    /// assert!(MatRef::try_strided(&data, 0, [2, 2], [3, 1]).is_err());
    /// # Ok::<(), tensor_matmul::ViewError>(())
    /// ```
    pub fn try_strided(data: &'a [T], offset: usize, dims: [usize; 2], strides: [isize; 2]) -> Result<Self, ViewError> {
        let layout = Layout::new(offset, dims, strides);
        layout.check(data.len())?;
        Ok(MatRef { data, layout })
    }

    /// `count` matrices of this shape, each beginning `stride` elements after the one before; 0 repeats this one.
    ///
    /// # Errors
    /// [`ViewError::OutOfBounds`] if an element would lie outside the slice.
    pub fn try_batch(self, count: usize, stride: isize) -> Result<Self, ViewError> {
        let layout = self.layout.in_batch(count, stride);
        layout.check(self.data.len())?;
        Ok(MatRef { layout, ..self })
    }

    fn raw(&self) -> RawRef<T> {
        let [batch_stride, row_stride, col_stride] = self.layout.strides;
        RawRef { ptr: self.data.as_ptr().wrapping_add(self.layout.offset), row_stride, col_stride, batch_stride }
    }
}

impl<'a, T> MatMut<'a, T> {
    /// Element (i, j) is `data[offset + i·strides[0] + j·strides[1]]`; `dims` is `[rows, cols]`.
    ///
    /// # Errors
    /// [`ViewError::OutOfBounds`] if an element would lie outside `data`; [`ViewError::Overlap`] unless the larger
    /// stride steps over everything that the smaller one reaches, which keeps every element apart.
    ///
    /// ```
    /// use tensor_matmul::{MatMut, ViewError};
    /// let mut data = [0.0f32; 6];
    /// assert!(MatMut::try_strided(&mut data, 0, [2, 3], [3, 1]).is_ok());
    /// assert_eq!(MatMut::try_strided(&mut data, 0, [2, 3], [0, 1]).err(), Some(ViewError::Overlap));
    /// ```
    pub fn try_strided(
        data: &'a mut [T],
        offset: usize,
        dims: [usize; 2],
        strides: [isize; 2],
    ) -> Result<Self, ViewError> {
        let layout = Layout::new(offset, dims, strides);
        layout.check(data.len())?;
        layout.check_apart()?;
        Ok(MatMut { data, layout })
    }

    /// `count` matrices of this shape, each beginning `stride` elements after the one before.
    ///
    /// # Errors
    /// [`ViewError::OutOfBounds`] if an element would lie outside the slice, [`ViewError::Overlap`] if the matrices
    /// would share elements, or interleave in a way that is not seen to keep them apart.
    pub fn try_batch(self, count: usize, stride: isize) -> Result<Self, ViewError> {
        let layout = self.layout.in_batch(count, stride);
        layout.check(self.data.len())?;
        layout.check_apart()?;
        Ok(MatMut { layout, ..self })
    }

    fn raw(&mut self) -> RawMut<T> {
        let [batch_stride, row_stride, col_stride] = self.layout.strides;
        RawMut { ptr: self.data.as_mut_ptr().wrapping_add(self.layout.offset), row_stride, col_stride, batch_stride }
    }
}

/// `C ← A·B` for `A: [m, k]`, `B: [k, n]`, `C: [m, n]`; what C held does not matter.
///
/// The work is shared with rayon's pool where that pays (with the default feature `rayon`); [`gemm`] takes the executor.
/// Cost: 2·m·k·n operations, no allocation beyond two buffers that each thread keeps.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use tensor_matmul::{MatMut, MatRef, matmul};
/// let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // [2, 3]
/// let b = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]; // [3, 2]
/// let mut c = [f64::NAN; 4];
/// matmul(MatRef::row_major(&a, 2, 3), MatRef::row_major(&b, 3, 2), MatMut::row_major(&mut c, 2, 2));
/// assert_eq!(c, [4.0, 5.0, 10.0, 11.0]);
/// ```
#[track_caller]
pub fn matmul<T: Scalar>(a: MatRef<'_, T>, b: MatRef<'_, T>, c: MatMut<'_, T>) {
    #[cfg(feature = "rayon")]
    let exec = crate::exec::Rayon;
    #[cfg(not(feature = "rayon"))]
    let exec = crate::exec::Sequential;
    gemm(T::one(), a, b, T::zero(), c, &exec);
}

/// `C ← α·A·B + β·C` on an executor of your choice; with β = 0, C is not read.
///
/// A batch is one call: A and B have as many matrices as C, or a single one that every product shares.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use tensor_matmul::{MatMut, MatRef, Sequential, gemm};
/// let x = [1.0f32, 2.0, 3.0, 4.0]; // two rows of [1, 2], as a batch
/// let w = [1.0f32, 1.0];           // [2, 1], shared
/// let mut y = [10.0f32, 20.0];
/// let a = MatRef::row_major(&x, 1, 2).batch(2, 2);
/// gemm(2.0, a, MatRef::row_major(&w, 2, 1), 1.0, MatMut::row_major(&mut y, 1, 1).batch(2, 1), &Sequential);
/// assert_eq!(y, [16.0, 34.0]);
/// ```
#[track_caller]
pub fn gemm<T: Scalar>(
    alpha: T,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    beta: T,
    mut c: MatMut<'_, T>,
    exec: &dyn Executor,
) {
    let ([m, k], [k2, n]) = ([a.rows(), a.cols()], [b.rows(), b.cols()]);
    assert!(
        k == k2 && c.rows() == m && c.cols() == n,
        "matrix product: [{m}, {k}] × [{k2}, {n}] → [{}, {}] does not fit",
        c.rows(),
        c.cols()
    );
    let count = c.layout.dims[0];
    for (name, layout) in [("left", &a.layout), ("right", &b.layout)] {
        assert!(
            !layout.batched || layout.dims[0] == count,
            "matrix product: the {name} operand is a batch of {} and the output one of {count}",
            layout.dims[0]
        );
    }
    // SAFETY: the views were checked against their slices when they were made; C's elements are apart from one
    // another, and from A's and B's because C is borrowed mutably.
    unsafe { gemm_batched_raw(count, [m, k, n], alpha, a.raw(), b.raw(), beta, c.raw(), exec) }
}
