//! Parts of a tensor: by ranges and steps, by index tensors.

use super::{SliceMut, Tensor, View, fallible};
use crate::layout::{broadcast_shapes, resolve_axis};
use crate::slice::{Int, IntoSlice};
use crate::{Arg, Backend, Element, Error, Num, Result, ops};

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// A part of the tensor, `x[…]` in Python: a range, an index, or a tuple of them, one for each axis.
        ///
        /// * `a..b`, `a..`, `..b`, `..`: a range; negative bounds count from the end, ends beyond the axis are cut off
        /// * `i`, `-1`: one element; the axis goes away
        /// * [`step`](crate::step)`(0..10, 2)`: every other; a negative step goes backwards
        /// * [`Ellipsis`](crate::Ellipsis): as many whole axes as are not mentioned; at the end it can be left out
        /// * [`NewAxis`](crate::NewAxis): a new axis of size 1
        ///
        /// # Panics
        /// If an index is out of range, there are more items than axes, two ellipses, or a step of 0.
        ///
        /// ```
        /// # use tensor_core::{Ellipsis, NewAxis, Serial, Tensor, step};
        /// let x = Tensor::<f32, Serial>::arange(0.0, 24.0, 1.0).reshape([2, 3, 4]).into_tensor();
        /// assert_eq!(x.slice(0).shape(), [3, 4]);
        /// assert_eq!(x.slice((.., 0)).shape(), [2, 4]);
        /// assert_eq!(x.slice((Ellipsis, -1)).shape(), [2, 3]);
        /// assert_eq!(x.slice((1, 1..3, step(.., 2))).to_vec(), [16.0, 18.0, 20.0, 22.0]);
        /// assert_eq!(x.slice((.., NewAxis)).shape(), [2, 1, 3, 4]);
        /// ```
        fn slice | try_slice (&self, index: impl IntoSlice) -> View<T, B> {
            self.look(ops::View::Slice(index.into_items()))
        }

        /// The slices along the first axis that `index` names, `x[index]` in Python: that axis becomes those of `index`.
        /// Negative indices count from the end.
        ///
        /// # Panics
        /// If an index is out of range, or the tensor is a single number.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        /// let rows = Tensor::<i64, Serial>::new([2, 0, 2]);
        /// assert_eq!(x.select(&rows).to_vec(), [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
        /// ```
        fn select | try_select (&self, index: &Tensor<i64, B>) -> Self {
            self.try_index_select(0, index)
        }

        /// The slices along `axis` that `index` names: that axis becomes those of `index`. Where an index stands several
        /// times its gradients add up. Negative indices count from the end. A single number counts as a vector of one
        /// element, of which one index can be taken.
        ///
        /// # Panics
        /// If an index is out of range or there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
        /// assert_eq!(x.index_select(1, &Tensor::new([-1])).to_vec(), [2.0, 4.0]);
        /// ```
        fn index_select | try_index_select (&self, axis: impl Int, index: &Tensor<i64, B>) -> Self {
            let op = "index_select";
            let axis = resolve_axis(op, axis.to_isize(), self.rank().max(1))?;
            if self.rank() == 0 {
                if index.numel() != 1 {
                    let hint = "of a single number just one index can be taken";
                    return Err(Error::shape(op, &[self.shape_owned(), index.shape_owned()], hint));
                }
                return self.atleast_1d().try_index_select(axis, index)?.try_reshape(()).map(View::into_tensor);
            }
            B::index_select(&self.0, axis, &index.0).map(Tensor)
        }

        /// The elements that `index` names in row-major order, in its shape. Negative indices count from the end. Where an
        /// index stands several times its gradients add up.
        ///
        /// # Panics
        /// If an index is out of range.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([[1, 2], [3, 4]]);
        /// assert_eq!(x.take(&Tensor::new([3, 0, -1])).to_vec(), [4, 1, 4]);
        /// ```
        fn take | try_take (&self, index: &Tensor<i64, B>) -> Self {
            B::index_select(&self.flatten().0, 0, &index.0).map(Tensor)
        }

        /// [`gather`](Self::gather) with the tensor and the index broadcast in all axes but `axis`: what `argmax` and
        /// `sort` point at, for one. To gather from all elements in row-major order there is [`take`](Self::take).
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, the ranks differ, or the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([[3, 1], [2, 4]]);
        /// assert_eq!(x.take_along_dim(&Tensor::new([[1]]), 1).to_vec(), [1, 4]);
        /// ```
        fn take_along_dim | try_take_along_dim (&self, index: &Tensor<i64, B>, axis: impl Int) -> Self {
            let op = "take_along_dim";
            let axis = resolve_axis(op, axis.to_isize(), self.rank())?;
            let (mut x, mut i) = (self.shape_owned().clone(), index.shape_owned().clone());
            if x.len() != i.len() {
                return Err(Error::shape(op, &[&x, &i], "the index must have the tensor's rank"));
            }
            (x[axis], i[axis]) = (1, 1);
            let mut shape = broadcast_shapes(op, &x, &i)?;
            shape[axis] = self.shape()[axis];
            let x = self.try_expand(&shape)?;
            shape[axis] = index.shape()[axis];
            x.try_gather(axis, &*index.try_expand(&shape)?)
        }

        /// `out[i, j, …] = x[i, index[i, j, …], …]`, the index standing at `axis`: one element for each index. Where an
        /// index stands several times its gradients add up. A single number counts as a vector of one element.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shape of `index` does not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let scores = Tensor::<f32, Serial>::new([[0.1, 0.9], [0.8, 0.2]]);
        /// let labels = Tensor::<i64, Serial>::new([[1], [0]]);
        /// assert_eq!(scores.gather(1, &labels).to_vec(), [0.9, 0.8]);
        /// ```
        fn gather | try_gather (&self, axis: impl Int, index: &Tensor<i64, B>) -> Self {
            let axis = resolve_axis("gather", axis.to_isize(), self.rank().max(1))?;
            if index.numel() == 0 {
                // No element is named, so that the shapes need not fit.
                return self.try_take(index);
            }
            let out = B::gather(&self.atleast_1d().0, axis, &index.atleast_1d().0).map(Tensor)?;
            out.try_reshape(index.shape()).map(View::into_tensor)
        }
    }

    /// A part of the tensor to write into: `x[…]` on the left of an assignment in Python. The index is that of
    /// [`slice`](Self::slice).
    ///
    /// # Panics
    /// As [`slice`](Self::slice), when the part is first used.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor, manual_seed};
    /// manual_seed(42);
    /// let mut x = Tensor::<f32, Serial>::ones([100, 2]);
    /// x.slice_mut((.., 0)).uniform_(-1.0, 1.0);
    /// assert_eq!(x.slice((.., 1)).sum().item(), 100.0);
    /// ```
    pub fn slice_mut(&mut self, index: impl IntoSlice) -> SliceMut<'_, T, B> {
        SliceMut::new(self, ops::View::Slice(index.into_items()))
    }
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// The tensor with the slices of `src` added at the places along `axis` that `index` names, in that order. A single
        /// number counts as a vector of one element.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let counts = Tensor::<f32, Serial>::zeros([3]);
        /// let index = Tensor::<i64, Serial>::new([0, 2, 2]);
        /// assert_eq!(counts.index_add(0, &index, &Tensor::ones([3])).to_vec(), [1.0, 0.0, 2.0]);
        /// ```
        fn index_add | try_index_add (&self, axis: impl Int, index: &Tensor<i64, B>, src: &Self) -> Self {
            let axis = resolve_axis("index_add", axis.to_isize(), self.rank().max(1))?;
            if self.rank() == 0 {
                let (x, index) = (self.atleast_1d(), index.atleast_1d());
                return x.try_index_add(axis, &index, &src.atleast_1d())?.try_reshape(()).map(View::into_tensor);
            }
            B::index_add(Arg::Ref(&self.0), axis, &index.0, &src.0).map(Tensor)
        }
    }
}
