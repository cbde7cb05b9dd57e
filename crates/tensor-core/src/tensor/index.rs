//! Parts of a tensor: by ranges and steps, by index tensors.

use super::{SliceMut, Tensor, View, fallible};
use crate::ops::{self, Scatter};
use crate::slice::{Int, IntoSlice};
use crate::{Arg, Backend, Element, Num, Result};

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
        /// times its gradients add up. Negative indices count from the end.
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
            B::index_select(&self.0, self.layout().axis("index_select", axis.to_isize())?, &index.0).map(Tensor)
        }

        /// `out[i, j, …] = x[i, index[i, j, …], …]`, the index standing at `axis`: one element for each index.
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
            B::gather(&self.0, self.layout().axis("gather", axis.to_isize())?, &index.0).map(Tensor)
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
        /// The tensor with the slices of `src` added at the places along `axis` that `index` names, in that order.
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
            let axis = self.layout().axis("index_add", axis.to_isize())?;
            B::index_add(Arg::Ref(&self.0), axis, &index.0, &src.0).map(Tensor)
        }

        /// The tensor with each `src[i, j, …]` in place of `x[i, index[i, j, …], …]`; of several for one place the last
        /// wins.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        fn scatter | try_scatter (&self, axis: impl Int, index: &Tensor<i64, B>, src: &Self) -> Self {
            let axis = self.layout().axis("scatter", axis.to_isize())?;
            B::scatter(Scatter::Assign, Arg::Ref(&self.0), axis, &index.0, &src.0).map(Tensor)
        }

        /// The tensor with each `src[i, j, …]` added to `x[i, index[i, j, …], …]`.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let index = Tensor::<i64, Serial>::new([[1], [0]]);
        /// let one_hot = Tensor::<f32, Serial>::zeros([2, 2]).scatter_add(1, &index, &Tensor::ones([2, 1]));
        /// assert_eq!(one_hot.to_vec(), [0.0, 1.0, 1.0, 0.0]);
        /// ```
        fn scatter_add | try_scatter_add (&self, axis: impl Int, index: &Tensor<i64, B>, src: &Self) -> Self {
            let axis = self.layout().axis("scatter_add", axis.to_isize())?;
            B::scatter(Scatter::Add, Arg::Ref(&self.0), axis, &index.0, &src.0).map(Tensor)
        }
    }
}
