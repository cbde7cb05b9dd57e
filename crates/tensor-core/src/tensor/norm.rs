//! Norms of vectors, and distances.

use super::moments::double;
use super::reduce::over_axes;
use super::{IntoAxes, Operand, Tensor, fallible};
use crate::ops::Reduce;
use crate::{Backend, Error, Real, Result};
use num_traits::ToPrimitive;

impl<T: Real, B: Backend> Tensor<T, B> {
    over_axes! {
        /// The p-norm of all elements as one vector, (Σ |x|ᵖ)^(1/p), a tensor of rank 0: p = 2 is Euclid's, 1 the sum of
        /// magnitudes, ∞ the largest and −∞ the smallest of them, 0 the number of elements that are not 0. p may be any
        /// number.
        ///
        /// Where the norm or an element is 0 and there is no slope, the gradient is 0; equal magnitudes share that of ±∞.
        ///
        /// # Panics
        /// Of no elements, for negative and infinite p.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([3.0, -4.0]);
        /// assert_eq!(x.norm(2).item(), 5.0);
        /// assert_eq!(x.norm(f64::INFINITY).item(), 4.0);
        /// ```
        #[doc(alias = "vector_norm")]
        norm try_norm norm_axes try_norm_axes norm_keepdim try_norm_keepdim (p: impl ToPrimitive) -> Self
            = p_norm(double(p));
    }

    fn p_norm(&self, axes: &[usize], keepdim: bool, p: f64) -> Result<Self> {
        if (p < 0.0 || p == f64::INFINITY) && self.count_along(axes) == 0 {
            return Err(Error::shape("norm", &[self.shape_owned()], format!("no elements have no norm of order {p}")));
        }
        let reduce = |x: Self, op| x.reduce(op, axes, keepdim);
        if p == 0.0 {
            reduce(self.try_ne(T::zero())?.cast::<T>(), Reduce::Sum)
        } else if p == 1.0 {
            reduce(self.abs(), Reduce::Sum)
        } else if p == 2.0 {
            reduce(self.square(), Reduce::Sum)?.root()
        } else if p == f64::INFINITY {
            reduce(self.abs(), Reduce::Max)
        } else if p == f64::NEG_INFINITY {
            reduce(self.abs(), Reduce::Min)
        } else {
            // Where the slope of a power is 0 or infinite, 1 stands in and no gradient passes.
            let (exponent, power_of_zero) = (T::from_f64(p), T::from_f64(0f64.powf(p)));
            let zero = self.try_eq(T::zero())?;
            let magnitudes = zero.try_where_cond(T::one(), self.abs())?;
            let powers = zero.try_where_cond(power_of_zero, magnitudes.pow(exponent))?;
            let sum = reduce(powers, Reduce::Sum)?;
            let flat = sum.try_eq(T::zero())?.try_or(sum.try_eq(T::infinity())?)?;
            let inverse = exponent.recip();
            let root = flat.try_where_cond(T::one(), &sum)?.pow(inverse);
            flat.try_where_cond(sum.detach().pow(inverse), root)
        }
    }

    fallible! {
        /// The [p-norm](Self::norm) of the difference, broadcast, a tensor of rank 0. Between equal points the gradient is 0.
        ///
        /// # Panics
        /// If the shapes do not broadcast; of no elements, for negative and infinite p.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([3.0, 4.0]);
        /// assert_eq!(x.dist(0.0, 2).item(), 5.0);
        /// ```
        fn dist | try_dist (&self, other: impl Operand<T, B>, p: impl ToPrimitive) -> Self {
            self.try_sub(other)?.try_norm(p)
        }
    }
}
