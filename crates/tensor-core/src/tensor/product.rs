//! Products of vectors and matrices.

use super::{Operand, Tensor, fallible};
use crate::{Backend, Error, Num, Result};

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// The matrix product, `@` in Python: `[…, m, k] × […, k, n] → […, m, n]`, the axes in front broadcast.
        ///
        /// A vector on the left counts as a row and one on the right as a column, and that axis is gone from the result:
        /// vector·vector is a number, matrix·vector a vector.
        ///
        /// # Panics
        /// If the inner sizes differ, the axes in front do not broadcast, or an operand is a single number.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        /// let a = Tensor::new([10.0, 1.0]);
        /// assert_eq!(x.matmul(&a).to_vec(), [12.0, 34.0, 56.0]);
        /// assert_eq!(a.matmul(&a).item(), 101.0);
        /// assert_eq!(x.t().matmul(&x).shape(), [2, 2]);
        /// ```
        fn matmul | try_matmul (&self, rhs: impl Operand<T, B>) -> Self {
            rhs.with(|rhs| match rhs.prim() {
                Some(rhs) => B::matmul(&self.0, rhs).map(Tensor),
                None => Err(Error::value("matmul", "a single number has no rows or columns; use `*`")),
            })
        }
    }
}
