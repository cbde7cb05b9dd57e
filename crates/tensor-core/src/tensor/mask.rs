//! Elements by truth values.

use super::{Tensor, View, fallible};
use crate::layout::broadcast_shapes;
use crate::{Backend, Element, Error, Result};

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// The elements where `mask` is true, in row-major order; tensor and mask are broadcast.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
        /// assert_eq!(x.masked_select(&x.gt(2.0)).to_vec(), [3.0, 4.0]);
        /// ```
        fn masked_select | try_masked_select (&self, mask: &Tensor<bool, B>) -> Self {
            let shape = broadcast_shapes("masked_select", self.shape_owned(), mask.shape_owned())?;
            self.try_expand(&shape)?.try_index(mask.try_expand(&shape)?)
        }

        /// The tensor with the elements of `src`, in row-major order, at the places where `mask` is true; tensor and mask
        /// are broadcast. What is left of `src` is not used.
        ///
        /// # Panics
        /// If the shapes do not broadcast, or `src` has fewer elements than there are places.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, -2.0, -3.0]);
        /// assert_eq!(x.masked_scatter(&x.lt(0.0), &Tensor::new([7.0, 8.0, 9.0])).to_vec(), [1.0, 7.0, 8.0]);
        /// ```
        fn masked_scatter | try_masked_scatter (&self, mask: &Tensor<bool, B>, src: &Self) -> Self {
            let shape = broadcast_shapes("masked_scatter", self.shape_owned(), mask.shape_owned())?;
            let mask = mask.try_expand(&shape)?;
            let taken = first(src, mask.count())?;
            self.try_expand(&shape)?.try_index_put(mask, &taken, false)
        }
    }

    /// [`masked_scatter`](Self::masked_scatter) in place: the mask is broadcast to the tensor.
    ///
    /// # Panics
    /// As that, if the tensor is a leaf that requires a gradient and `no_grad` is not in force, or if it was computed from
    /// one and `no_grad` is.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::zeros([3]);
    /// x.masked_scatter_(&Tensor::new([true, false, true]), &Tensor::new([7.0, 8.0]));
    /// assert_eq!(x.to_vec(), [7.0, 0.0, 8.0]);
    /// ```
    #[track_caller]
    pub fn masked_scatter_(&mut self, mask: &Tensor<bool, B>, src: &Self) -> &mut Self {
        match self.try_masked_scatter_(mask, src) {
            Ok(this) => this,
            Err(error) => error.panic(),
        }
    }

    /// [`masked_scatter_`](Self::masked_scatter_), with the error returned instead of a panic; nothing is changed then.
    pub fn try_masked_scatter_(&mut self, mask: &Tensor<bool, B>, src: &Self) -> Result<&mut Self> {
        let mask = mask.try_expand(self.shape_owned())?;
        let taken = first(src, mask.count())?;
        self.try_index_put_(mask, &taken, false)
    }
}

/// The first `count` elements in row-major order.
fn first<T: Element, B: Backend>(src: &Tensor<T, B>, count: usize) -> Result<View<T, B>> {
    if src.numel() < count {
        let message = format!("{} elements for the {count} places where the mask is true", src.numel());
        return Err(Error::value("masked_scatter", message));
    }
    src.flatten().try_slice(..count)
}
