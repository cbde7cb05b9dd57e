//! Several tensors side by side, broadcast together, or spanning a grid.

use super::{Tensor, View, fallible};
use crate::layout::broadcast_shapes;
use crate::{Backend, Element, Error, Result, Shape, ops};

/// Which axis of the grid of [`Tensor::meshgrid`] belongs to the first vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    /// The first: places in a matrix, row before column.
    Ij,
    /// The second: points in the plane, x before y.
    Xy,
}

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// Tensors side by side: one behind the other along axis 1, or along axis 0 if they are vectors or numbers.
        ///
        /// # Panics
        /// If there is none, or their shapes differ in another axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([2, 3]);
        /// assert_eq!(Tensor::hstack(&[&x, &x]).shape(), [2, 6]);
        /// ```
        fn hstack | try_hstack (parts: &[&Self]) -> Self {
            let axis = parts.first().map_or(0, |first| usize::from(first.rank() > 1));
            joined(parts, Self::atleast_1d, axis)
        }

        /// Tensors one below the other: along axis 0, vectors and numbers as rows.
        ///
        /// # Panics
        /// If there is none, or their shapes differ in another axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([3]);
        /// assert_eq!(Tensor::vstack(&[&x, &x]).shape(), [2, 3]);
        /// ```
        fn vstack | try_vstack (parts: &[&Self]) -> Self {
            joined(parts, Self::atleast_2d, 0)
        }

        /// Tensors one behind the other along axis 2, with axes as [`atleast_3d`](Self::atleast_3d) adds them.
        ///
        /// # Panics
        /// If there is none, or their shapes differ in another axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([2, 3]);
        /// assert_eq!(Tensor::dstack(&[&x, &x]).shape(), [2, 3, 2]);
        /// ```
        fn dstack | try_dstack (parts: &[&Self]) -> Self {
            joined(parts, Self::atleast_3d, 2)
        }

        /// Tensors side by side along axis 1, vectors and numbers as columns.
        ///
        /// # Panics
        /// If there is none, or their shapes differ in another axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([3]);
        /// assert_eq!(Tensor::column_stack(&[&x, &x]).shape(), [3, 2]);
        /// ```
        fn column_stack | try_column_stack (parts: &[&Self]) -> Self {
            let column = |part: &Self| if part.rank() < 2 { part.reshape([part.numel(), 1]) } else { View::new(part.clone()) };
            joined(parts, column, 1)
        }

        /// Matrices along the diagonal of one that is 0 (or false) elsewhere; vectors and numbers count as rows.
        ///
        /// # Panics
        /// If there is none, or one has more than two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (a, b) = (Tensor::<i64, Serial>::new([[1, 2]]), Tensor::new(3));
        /// assert_eq!(Tensor::block_diag(&[&a, &b]).to_vec(), [1, 2, 0, 0, 0, 3]);
        /// ```
        fn block_diag | try_block_diag (parts: &[&Self]) -> Self {
            if parts.is_empty() {
                return Err(Error::value("block_diag", "needs at least one tensor"));
            }
            if let Some(part) = parts.iter().find(|part| part.rank() > 2) {
                return Err(Error::shape("block_diag", &[part.shape_owned()], "a block has two axes at most"));
            }
            let blocks: Vec<View<T, B>> = parts.iter().map(|part| part.atleast_2d()).collect();
            let size = |axis: usize| blocks.iter().fold(0usize, |sum, block| sum.saturating_add(block.shape()[axis]));
            let mut whole = B::fill(&Shape::from([size(0), size(1)]), T::default())?;
            let mut corner = [0, 0];
            for block in &blocks {
                let end = [corner[0] + block.shape()[0], corner[1] + block.shape()[1]];
                let place = ops::View::Slice(vec![(corner[0]..end[0]).into(), (corner[1]..end[1]).into()]);
                whole = B::view_assign(crate::Arg::Own(&mut whole), &place, crate::Arg::Ref(&block.0))?;
                corner = end;
            }
            Ok(Tensor(whole))
        }

        /// Each tensor expanded to the shape that all broadcast to.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (row, column) = (Tensor::<f32, Serial>::ones([3]), Tensor::ones([2, 1]));
        /// assert_eq!(Tensor::broadcast_tensors(&[&row, &column])[0].shape(), [2, 3]);
        /// ```
        fn broadcast_tensors | try_broadcast_tensors (parts: &[&Self]) -> Vec<View<T, B>> {
            let shapes = parts.iter().map(|part| part.shape_owned());
            let shape = shapes.into_iter().try_fold(Shape::new(), |all, shape| {
                broadcast_shapes("broadcast_tensors", &all, shape)
            })?;
            parts.iter().map(|part| part.look(ops::View::Expand(shape.clone()))).collect()
        }

        /// The grid that vectors span: tensor `i` has an axis for each vector and the value of vector `i` at each place.
        ///
        /// # Panics
        /// If a tensor has more than one axis.
        ///
        /// ```
        /// # use tensor_core::{Indexing, Serial, Tensor};
        /// let (x, y) = (Tensor::<i64, Serial>::new([1, 2, 3]), Tensor::new([10, 20]));
        /// let grid = Tensor::meshgrid(&[&x, &y], Indexing::Xy);
        /// assert_eq!(grid[0].to_vec(), [1, 2, 3, 1, 2, 3]);
        /// assert_eq!(Tensor::meshgrid(&[&x, &y], Indexing::Ij)[0].shape(), [3, 2]);
        /// ```
        fn meshgrid | try_meshgrid (vectors: &[&Self], indexing: Indexing) -> Vec<View<T, B>> {
            if vectors.is_empty() {
                return Err(Error::value("meshgrid", "needs at least one vector"));
            }
            if let Some(vector) = vectors.iter().find(|vector| vector.rank() > 1) {
                return Err(Error::shape("meshgrid", &[vector.shape_owned()], "a grid is spanned by vectors"));
            }
            let axis = |i: usize| match indexing {
                Indexing::Xy if i < 2 && vectors.len() > 1 => 1 - i,
                _ => i,
            };
            let mut shape = Shape::filled(1, vectors.len());
            vectors.iter().enumerate().for_each(|(i, vector)| shape[axis(i)] = vector.numel());
            let look = |(i, vector): (usize, &&Self)| {
                let mut line = Shape::filled(1, vectors.len());
                line[axis(i)] = vector.numel();
                vector.look(ops::View::Reshape(line))?.look(ops::View::Expand(shape.clone()))
            };
            vectors.iter().enumerate().map(look).collect()
        }
    }
}

fn joined<T: Element, B: Backend>(
    parts: &[&Tensor<T, B>],
    raise: impl Fn(&Tensor<T, B>) -> View<T, B>,
    axis: usize,
) -> Result<Tensor<T, B>> {
    let raised: Vec<View<T, B>> = parts.iter().map(|part| raise(part)).collect();
    Tensor::try_concat(&raised.iter().map(|part| &**part).collect::<Vec<_>>(), axis)
}
