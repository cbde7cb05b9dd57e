//! Variance, standard deviation, covariance.

use super::reduce::over_axes;
use super::{IntoAxes, Tensor, fallible};
use crate::ops::Reduce;
use crate::{Backend, Error, Real, Result};
use num_traits::ToPrimitive;

/// A number of any type in double precision.
pub(super) fn double(x: impl ToPrimitive) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

impl<T: Real, B: Backend> Tensor<T, B> {
    over_axes! {
        /// The variance of all elements, a tensor of rank 0: Σ (x − mean)² / max(n − correction, 0). A correction of 1 makes
        /// it unbiased for a sample, 0 takes the elements for the whole population; it may be any number.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([1.0, 2.0, 3.0, 4.0]);
        /// assert_eq!(x.var(0).item(), 1.25);
        /// ```
        var try_var var_axes try_var_axes var_keepdim try_var_keepdim (correction: impl ToPrimitive) -> Self
            = variance(double(correction));

        /// The standard deviation of all elements, a tensor of rank 0: the root of [`var`](Self::var). Where all elements
        /// are equal its gradient is 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([1.0, 3.0]);
        /// assert_eq!(x.std(0).item(), 1.0);
        /// ```
        std try_std std_axes try_std_axes std_keepdim try_std_keepdim (correction: impl ToPrimitive) -> Self
            = deviation(double(correction));
    }

    fn variance(&self, axes: &[usize], keepdim: bool, correction: f64) -> Result<Self> {
        let freedom = T::from_f64((self.count_along(axes) as f64 - correction).max(0.0));
        let squares = (self - self.reduce(Reduce::Mean, axes, true)?).square();
        Ok(squares.reduce(Reduce::Sum, axes, keepdim)? / freedom)
    }

    fn deviation(&self, axes: &[usize], keepdim: bool, correction: f64) -> Result<Self> {
        self.variance(axes, keepdim, correction)?.root()
    }

    /// √x with a gradient of 0 at 0.
    pub(super) fn root(&self) -> Result<Self> {
        let zero = self.try_eq(T::zero())?;
        zero.try_where_cond(T::zero(), zero.try_where_cond(T::one(), self)?.sqrt())
    }

    fallible! {
        /// The covariance of variables, the rows of a matrix, over observations, its columns: `[m, n] → [m, m]`; of a vector, one
        /// variable, a single number. The correction is that of [`var`](Self::var).
        ///
        /// # Panics
        /// If the tensor has more than two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]);
        /// assert_eq!(x.cov(1).to_vec(), [1.0, -1.0, -1.0, 1.0]);
        /// ```
        fn cov | try_cov (&self, correction: impl ToPrimitive) -> Self {
            if self.rank() > 2 {
                return Err(Error::shape("cov", &[self.shape_owned()], "has more than two axes: variables and observations"));
            }
            let rows = if self.rank() < 2 { 1 } else { self.shape()[0] };
            let n = self.numel().checked_div(rows).unwrap_or_else(|| self.shape()[1]);
            let x = self.try_reshape([rows, n])?;
            let freedom = T::from_f64((n as f64 - double(correction)).max(0.0));
            let centred = &x - x.reduce(Reduce::Mean, &[1], true)?;
            let cov = centred.matmul(centred.t()) / freedom;
            if self.rank() < 2 { cov.without(&[0, 1]) } else { Ok(cov) }
        }

        /// Pearson's correlation of variables, the rows of a matrix, over observations, its columns: the covariance of each pair
        /// over their standard deviations, `[m, n] → [m, m]`, in −1 … 1; of a vector 1.
        ///
        /// # Panics
        /// If the tensor has more than two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[0.0, 1.0, 2.0], [4.0, 2.0, 0.0]]);
        /// assert_eq!(x.corrcoef().to_vec(), [1.0, -1.0, -1.0, 1.0]);
        /// ```
        fn corrcoef | try_corrcoef (&self) -> Self {
            let cov = self.try_cov(1)?;
            if cov.rank() == 0 {
                // NaN stays NaN.
                #[allow(clippy::eq_op)]
                return Ok(&cov / &cov);
            }
            let deviations = cov.diagonal(0, 0, 1).sqrt();
            let rate = cov / deviations.unsqueeze(-1) / deviations;
            // Rounding must not lead out of the range.
            Ok(rate.maximum(-T::one()).minimum(T::one()))
        }
    }
}
