//! Distances between all pairs of points.

use crate::tensor::{Tensor, fallible};
use crate::{Backend, Error, Real, Result};
use num_traits::ToPrimitive;

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// The distance of each point of one list from each of another: `[…, m, k]` and `[…, n, k]` give `[…, m, n]`, the axes in
        /// front broadcast. It is the p-norm of the difference: p = 2 is Euclid's, 1 the sum of magnitudes, ∞ the largest,
        /// 0 the number of coordinates that differ. Between equal points the gradient is 0.
        ///
        /// # Panics
        /// If an operand has fewer than two axes, the last ones differ, p is negative or NaN, or the axes in front do not
        /// broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[0.0, 0.0], [3.0, 4.0]]);
        /// assert_eq!(x.cdist(&x, 2).to_vec(), [0.0, 5.0, 5.0, 0.0]);
        /// assert_eq!(x.cdist(&x, 1).to_vec(), [0.0, 7.0, 7.0, 0.0]);
        /// ```
        fn cdist | try_cdist (&self, other: &Self, p: impl ToPrimitive) -> Self {
            let no = |hint| Err(Error::shape("cdist", &[self.shape_owned(), other.shape_owned()], hint));
            if self.rank() < 2 || other.rank() < 2 {
                return no("needs two lists of points, a point a row");
            }
            if self.size(-1) != other.size(-1) {
                return no("the points must have equally many coordinates, the last axis");
            }
            let p = p.to_f64().filter(|&p| p >= 0.0);
            let p = p.ok_or_else(|| Error::value("cdist", "needs a p that is not negative"))?;
            let difference = self.try_unsqueeze(-2)?.try_sub(other.try_unsqueeze(-3)?)?;
            if self.size(-1) == 0 {
                return difference.try_sum_axes(-1);
            }
            difference.try_norm_axes(-1, p)
        }
    }
}
