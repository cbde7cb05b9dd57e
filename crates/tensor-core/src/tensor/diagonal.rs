//! Diagonals and triangles of matrices.

use super::{Tensor, View, fallible, sure};
use crate::layout::resolve_axis;
use crate::slice::Int;
use crate::{Arg, Array, Backend, Element, Error, Num, Result, Shape, ops};

/// Which side of a diagonal stays.
#[derive(Clone, Copy)]
enum Triangle {
    Lower,
    Upper,
}

impl Triangle {
    /// Whether it holds the place, where `diagonal` belongs to it.
    fn holds(self, row: usize, column: usize, diagonal: isize) -> bool {
        let above = column as isize - row as isize;
        match self {
            Triangle::Lower => above <= diagonal,
            Triangle::Upper => above >= diagonal,
        }
    }
}

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// The elements where the index along `second` minus the index along `first` is `offset`, as a last axis.
        ///
        /// # Panics
        /// If the axes do not exist or are the same.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::arange(0.0, 9.0, 1.0).reshape([3, 3]).into_tensor();
        /// assert_eq!(x.diagonal(0, 0, 1).to_vec(), [0.0, 4.0, 8.0]);
        /// assert_eq!(x.diagonal(1, 0, 1).to_vec(), [1.0, 5.0]);
        /// ```
        fn diagonal | try_diagonal (&self, offset: isize, first: impl Int, second: impl Int) -> View<T, B> {
            let first = resolve_axis("diagonal", first.to_isize(), self.rank())?;
            let second = resolve_axis("diagonal", second.to_isize(), self.rank())?;
            self.look(ops::View::Diagonal { offset, first, second })
        }

        /// Of a vector the matrix with it as the diagonal `offset` above the main one and 0 elsewhere; of a matrix that
        /// diagonal.
        ///
        /// # Panics
        /// If there are no axes or more than two.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([1, 2]);
        /// assert_eq!(x.diag(0).to_vec(), [1, 0, 0, 2]);
        /// assert_eq!(x.diag(-1).diag(-1).to_vec(), [1, 2]);
        /// ```
        fn diag | try_diag (&self, offset: isize) -> Self {
            match self.rank() {
                1 => self.try_diag_embed(offset, 0, 1),
                2 => self.try_diagonal(offset, 0, 1).map(View::into_tensor),
                _ => Err(Error::shape("diag", &[self.shape_owned()], "takes a vector or a matrix")),
            }
        }

        /// The last axis laid along a diagonal of two axes, `first` and `second` of the result, with 0 (or false)
        /// elsewhere: what [`diagonal`](Self::diagonal) of the same arguments takes out again.
        ///
        /// # Panics
        /// If the axes do not exist or are the same, or the tensor is a single number.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([[1, 2], [3, 4]]);
        /// assert_eq!(x.diag_embed(0, -2, -1).to_vec(), [1, 0, 0, 2, 3, 0, 0, 4]);
        /// ```
        fn diag_embed | try_diag_embed (&self, offset: isize, first: impl Int, second: impl Int) -> Self {
            let op = "diag_embed";
            let first = resolve_axis(op, first.to_isize(), self.rank() + 1)?;
            let second = resolve_axis(op, second.to_isize(), self.rank() + 1)?;
            let Some((&length, others)) = self.shape().split_last().filter(|_| first != second) else {
                return Err(Error::shape(op, &[self.shape_owned()], "lays a last axis along two different ones"));
            };
            let size = length.saturating_add(offset.unsigned_abs());
            let mut shape = Shape::from(others);
            shape.insert(first.min(second), size);
            shape.insert(first.max(second), size);
            let diagonal = ops::View::Diagonal { offset, first, second };
            B::view_assign(Arg::Own(&mut B::fill(&shape, T::default())?), &diagonal, Arg::Ref(&self.0)).map(Tensor)
        }

        /// The tensor with `src` in place of its [`diagonal`](Self::diagonal).
        ///
        /// # Panics
        /// If the axes do not exist or are the same, or `src` does not have the shape of the diagonal.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::zeros([2, 2]).diagonal_scatter(&Tensor::new([1, 2]), 0, 0, 1);
        /// assert_eq!(x.to_vec(), [1, 0, 0, 2]);
        /// ```
        fn diagonal_scatter | try_diagonal_scatter (&self, src: &Self, offset: isize, first: impl Int, second: impl Int) -> Self {
            let op = "diagonal_scatter";
            let first = resolve_axis(op, first.to_isize(), self.rank())?;
            let second = resolve_axis(op, second.to_isize(), self.rank())?;
            self.replaced(op, ops::View::Diagonal { offset, first, second }, src)
        }

        /// Each matrix (of the last two axes) with 0 (or false) above the diagonal `diagonal` places above the main one.
        ///
        /// # Panics
        /// If there are fewer than two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<i64, Serial>::ones([2, 2]).tril(0).to_vec(), [1, 0, 1, 1]);
        /// ```
        fn tril | try_tril (&self, diagonal: isize) -> Self { self.triangle("tril", Triangle::Lower, diagonal) }

        /// Each matrix (of the last two axes) with 0 (or false) below the diagonal `diagonal` places above the main one.
        ///
        /// # Panics
        /// If there are fewer than two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<i64, Serial>::ones([2, 2]).triu(1).to_vec(), [0, 1, 0, 0]);
        /// ```
        fn triu | try_triu (&self, diagonal: isize) -> Self { self.triangle("triu", Triangle::Upper, diagonal) }
    }

    fn triangle(&self, op: &'static str, triangle: Triangle, diagonal: isize) -> Result<Self> {
        let [.., rows, columns] = *self.shape() else {
            return Err(Error::shape(op, &[self.shape_owned()], "a matrix has two axes at least"));
        };
        let kept = |row: usize| (0..columns).map(move |column| triangle.holds(row, column, diagonal));
        let mask: Vec<bool> = (0..rows).flat_map(kept).collect();
        let mask = B::from_array(Array::from_slice(&mask, [rows, columns])?);
        B::select(&mask, Arg::Ref(&self.0), Arg::Scalar(T::default())).map(Tensor)
    }

    /// The tensor with `src` in place of what `view` shows.
    pub(super) fn replaced(&self, op: &'static str, view: ops::View, src: &Self) -> Result<Self> {
        let place = self.layout().view(&view)?;
        let place = place.as_ref().map_or(src.shape_owned(), |place| place.shape());
        if place != src.shape_owned() {
            return Err(Error::shape(op, &[place, src.shape_owned()], "the source must have the shape of its place"));
        }
        B::view_assign(Arg::Ref(&self.0), &view, Arg::Ref(&src.0)).map(Tensor)
    }
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// The sum of the diagonal of a matrix.
        ///
        /// # Panics
        /// If there are not two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<i64, Serial>::new([[1, 2], [3, 4]]).trace().item(), 5);
        /// ```
        fn trace | try_trace (&self) -> Self {
            if self.rank() != 2 {
                return Err(Error::shape("trace", &[self.shape_owned()], "only a matrix has a trace"));
            }
            self.try_diagonal(0, 0, 1)?.try_sum()
        }
    }
}

impl<B: Backend> Tensor<i64, B> {
    /// The places of the lower triangle of a matrix, up to the diagonal `diagonal` places above the main one, row by row:
    /// `[2, count]`, their rows and their columns.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<i64, Serial>::tril_indices(2, 2, 0).to_vec(), [0, 1, 1, 0, 0, 1]);
    /// ```
    #[track_caller]
    pub fn tril_indices(rows: usize, columns: usize, diagonal: isize) -> Self {
        Self::places_of(Triangle::Lower, rows, columns, diagonal)
    }

    /// The places of the upper triangle of a matrix, from the diagonal `diagonal` places above the main one on; as
    /// [`tril_indices`](Self::tril_indices).
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<i64, Serial>::triu_indices(2, 2, 0).to_vec(), [0, 0, 1, 0, 1, 1]);
    /// ```
    #[track_caller]
    pub fn triu_indices(rows: usize, columns: usize, diagonal: isize) -> Self {
        Self::places_of(Triangle::Upper, rows, columns, diagonal)
    }

    #[track_caller]
    fn places_of(triangle: Triangle, rows: usize, columns: usize, diagonal: isize) -> Self {
        let row = |row: usize| (0..columns).map(move |column| (row, column));
        let places: Vec<(usize, usize)> =
            (0..rows).flat_map(row).filter(|&(row, column)| triangle.holds(row, column, diagonal)).collect();
        let (rows, columns) = (places.iter().map(|place| place.0), places.iter().map(|place| place.1));
        let both: Vec<i64> = rows.chain(columns).map(|place| place as i64).collect();
        sure(Self::try_from_slice(&both, [2, places.len()]))
    }
}
