//! In from and out to the arrays of the `ndarray` crate.

use super::Tensor;
use crate::{Backend, Element};
use ndarray::{ArrayBase, ArrayD, ArrayViewD, Data, Dimension, IxDyn};

impl<T: Element, B: Backend> Tensor<T, B> {
    /// The elements, copied into an array of the same shape (feature `ndarray`).
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.t().to_ndarray(), ndarray::array![[1.0, 3.0], [2.0, 4.0]].into_dyn());
    /// ```
    pub fn to_ndarray(&self) -> ArrayD<T> {
        let shape = IxDyn(self.shape());
        ArrayD::from_shape_vec(shape, self.to_vec()).expect("a shape has as many elements as its tensor")
    }

    /// The elements as they lie in memory, without a copy, if they fill a gapless stretch of it, in whichever order of the
    /// axes (feature `ndarray`). [`contiguous`](Self::contiguous) makes any tensor so.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// let columns = x.t();
    /// assert_eq!(columns.as_ndarray().unwrap(), ndarray::array![[1.0, 3.0], [2.0, 4.0]].into_dyn());
    /// assert!(x.slice((.., 0)).as_ndarray().is_none());
    /// ```
    pub fn as_ndarray(&self) -> Option<ArrayViewD<'_, T>> {
        let elements = self.array().as_dense()?;
        // The axes as they lie in memory, the one with the widest step first; an axis of size 1 may stand anywhere.
        let (shape, strides) = (self.shape(), self.layout().strides());
        let mut order: Vec<usize> = (0..self.rank()).collect();
        order.sort_by_key(|&axis| std::cmp::Reverse(strides[axis]));
        let stored: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
        let mut place = vec![0; self.rank()];
        order.iter().enumerate().for_each(|(at, &axis)| place[axis] = at);
        let view = ArrayViewD::from_shape(IxDyn(&stored), elements).expect("a dense layout covers its stretch");
        Some(view.permuted_axes(IxDyn(&place)))
    }
}

/// A copy of the elements of any array or view (feature `ndarray`).
///
/// ```
/// # use tensor_core::{Serial, Tensor};
/// let array = ndarray::array![[1.0, 2.0], [3.0, 4.0]];
/// let x = Tensor::<f64, Serial>::from(&array);
/// assert_eq!(x.matmul(&x).to_ndarray(), array.dot(&array).into_dyn());
/// ```
impl<T: Element, B: Backend, S: Data<Elem = T>, D: Dimension> From<&ArrayBase<S, D>> for Tensor<T, B> {
    #[track_caller]
    fn from(array: &ArrayBase<S, D>) -> Self {
        let standard = array.as_standard_layout();
        Tensor::from_slice(standard.as_slice().expect("a standard layout is contiguous"), array.shape())
    }
}

/// The elements of an array (feature `ndarray`).
impl<T: Element, B: Backend, S: Data<Elem = T>, D: Dimension> From<ArrayBase<S, D>> for Tensor<T, B> {
    #[track_caller]
    fn from(array: ArrayBase<S, D>) -> Self {
        Self::from(&array)
    }
}
