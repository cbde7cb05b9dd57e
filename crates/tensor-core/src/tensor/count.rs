//! Whether all, any, or how many elements differ from 0: of masks, and of numbers, NaN counting as true.

use super::reduce::over_axes;
use super::{IntoAxes, Tensor, fallible, sure};
use crate::ops::Reduce;
use crate::{Backend, Dims, Element, Result};

impl<T: Element, B: Backend> Tensor<T, B> {
    /// Whether all elements are true, or differ from 0; so it is when there are none.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert!(Tensor::<f32, Serial>::ones([3]).gt(0.0).all());
    /// assert!(!Tensor::<f32, Serial>::new([1.0, 0.0]).all());
    /// ```
    #[track_caller]
    pub fn all(&self) -> bool {
        sure(self.all_true(&Dims::axes(self.rank()), false)).item()
    }

    /// Whether any element is true, or differs from 0.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert!(Tensor::<f32, Serial>::new([1.0, 0.0]).any());
    /// ```
    #[track_caller]
    pub fn any(&self) -> bool {
        sure(self.any_true(&Dims::axes(self.rank()), false)).item()
    }

    fallible! {
        /// Whether all elements along `axes`, which are gone from the result, are true, or differ from 0.
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 0.0]]);
        /// assert_eq!(x.all_axes(1).to_vec(), [true, false]);
        /// ```
        fn all_axes | try_all_axes (&self, axes: impl IntoAxes) -> Tensor<bool, B> {
            self.all_true(&axes.into_axes("all", self.rank())?, false)
        }

        /// [`all_axes`](Self::all_axes) with `axes` kept at size 1.
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 0.0], [1.0, 1.0]]);
        /// assert_eq!(x.all_keepdim(1).shape(), [2, 1]);
        /// ```
        fn all_keepdim | try_all_keepdim (&self, axes: impl IntoAxes) -> Tensor<bool, B> {
            self.all_true(&axes.into_axes("all", self.rank())?, true)
        }

        /// Whether any element along `axes`, which are gone from the result, is true, or differs from 0.
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[0.0, 0.0], [3.0, 0.0]]);
        /// assert_eq!(x.any_axes(1).to_vec(), [false, true]);
        /// ```
        fn any_axes | try_any_axes (&self, axes: impl IntoAxes) -> Tensor<bool, B> {
            self.any_true(&axes.into_axes("any", self.rank())?, false)
        }

        /// [`any_axes`](Self::any_axes) with `axes` kept at size 1.
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[0.0, 0.0], [1.0, 0.0]]);
        /// assert_eq!(x.any_keepdim(1).to_vec(), [false, true]);
        /// ```
        fn any_keepdim | try_any_keepdim (&self, axes: impl IntoAxes) -> Tensor<bool, B> {
            self.any_true(&axes.into_axes("any", self.rank())?, true)
        }
    }

    over_axes! {
        /// How many elements differ from 0, a tensor of rank 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 0.0, f32::NAN]).count_nonzero().item(), 2);
        /// ```
        count_nonzero try_count_nonzero count_nonzero_axes try_count_nonzero_axes
            count_nonzero_keepdim try_count_nonzero_keepdim () -> Tensor<i64, B> = count_true();
    }

    fn count_true(&self, axes: &[usize], keepdim: bool) -> Result<Tensor<i64, B>> {
        self.cast::<bool>().cast::<i64>().reduce(Reduce::Sum, axes, keepdim)
    }

    fn all_true(&self, axes: &[usize], keepdim: bool) -> Result<Tensor<bool, B>> {
        self.cast::<bool>().not().cast::<i64>().reduce(Reduce::Sum, axes, keepdim)?.try_eq(0)
    }

    fn any_true(&self, axes: &[usize], keepdim: bool) -> Result<Tensor<bool, B>> {
        self.count_true(axes, keepdim)?.try_ne(0)
    }
}
