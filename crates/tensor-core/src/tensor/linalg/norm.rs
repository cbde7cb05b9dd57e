//! Norms of matrices, and how near to singular they are.

use crate::layout::resolve_axis;
use crate::slice::Int;
use crate::tensor::{Tensor, fallible};
use crate::{Backend, Error, Real, Result, Shape};

/// A norm of matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Norm {
    /// Of Frobenius: the root of the sum of squares of all elements.
    Fro,
    /// Nuclear: the sum of the singular values.
    Nuc,
    /// 2: the largest singular value; −2: the smallest.
    ///
    /// 1: the largest sum of magnitudes of a column, ∞: of a row; −1 and −∞: the smallest.
    P(f64),
}

impl From<f64> for Norm {
    fn from(p: f64) -> Self {
        Norm::P(p)
    }
}

impl From<i32> for Norm {
    fn from(p: i32) -> Self {
        Norm::P(p.into())
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// The norm of each matrix, the last two axes; see [`Norm`](crate::Norm). Where it is 0 and has no slope, its gradient
        /// is 0; sums or singular values that share the largest place share the gradient.
        ///
        /// # Panics
        /// If there are no matrices, there is no such norm, or a matrix without elements has no largest sum.
        ///
        /// ```
        /// # use tensor_core::{Norm, Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[3.0, 0.0], [0.0, -4.0]]);
        /// assert_eq!(x.matrix_norm(Norm::Fro).item(), 5.0);
        /// assert_eq!(x.matrix_norm(Norm::Nuc).item(), 7.0);
        /// assert_eq!(x.matrix_norm(-2).item(), 3.0);
        /// ```
        fn matrix_norm | try_matrix_norm (&self, norm: impl Into<Norm>) -> Self {
            self.norm_of_matrices([-2, -1], norm.into(), false)
        }

        /// The norm of the matrices that two axes make up, that of the rows first; they are gone from the result. See
        /// [`matrix_norm`](Self::matrix_norm).
        ///
        /// # Panics
        /// As that does, and if the axes do not exist or are the same.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// # use tensor_core::Norm;
        /// let x = Tensor::<f64, Serial>::ones([2, 5, 2]);
        /// assert_eq!(x.matrix_norm_axes([0, 2], Norm::Fro).to_vec(), [2.0; 5]);
        /// ```
        fn matrix_norm_axes | try_matrix_norm_axes [I: Int] (&self, axes: [I; 2], norm: impl Into<Norm>) -> Self {
            self.norm_of_matrices(axes.map(Int::to_isize), norm.into(), false)
        }

        /// As [`matrix_norm_axes`](Self::matrix_norm_axes), but the axes stay with size 1.
        ///
        /// # Panics
        /// As that does.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// # use tensor_core::Norm;
        /// let x = Tensor::<f64, Serial>::ones([2, 5, 2]);
        /// assert_eq!(x.matrix_norm_keepdim([0, 2], Norm::Fro).shape(), [1, 5, 1]);
        /// ```
        fn matrix_norm_keepdim | try_matrix_norm_keepdim [I: Int] (&self, axes: [I; 2], norm: impl Into<Norm>) -> Self {
            self.norm_of_matrices(axes.map(Int::to_isize), norm.into(), true)
        }

        /// How many times larger a relative error becomes when equations with these matrices are solved: the norm times that of
        /// the inverse. For 2 (and −2, its reciprocal) that is the quotient of the largest and the smallest singular
        /// value, of matrices of any shape.
        ///
        /// # Panics
        /// If there are no matrices or they have no elements, or for other norms they are not square; a singular one has the
        /// condition ∞.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f64, Serial>::new([[2.0, 0.0], [0.0, 0.5]]).cond(2).item(), 4.0);
        /// ```
        fn cond | try_cond (&self, norm: impl Into<Norm>) -> Self {
            self.not_empty("cond")?;
            let norm = norm.into();
            if let Norm::P(p) = norm
                && p.abs() == 2.0
            {
                let s = self.try_svdvals()?;
                let (first, last) = (s.try_slice((crate::Ellipsis, 0))?, s.try_slice((crate::Ellipsis, -1))?);
                return if p > 0.0 { first.try_div(&last) } else { last.try_div(&first) };
            }
            super::square("cond", self)?;
            match self.try_inv() {
                Ok(inverse) => self.try_matrix_norm(norm)?.try_mul(inverse.try_matrix_norm(norm)?),
                // Each on its own, as some are not singular.
                Err(_) if self.rank() > 2 => {
                    let each = (0..self.size(0)).map(|i| self.try_slice(i)?.try_cond(norm));
                    let each = each.collect::<Result<Vec<Self>>>()?;
                    Self::try_stack(&each.iter().collect::<Vec<_>>(), 0)
                }
                Err(_) => Ok(Self::full([], T::infinity())),
            }
        }
    }

    fn norm_of_matrices(&self, axes: [isize; 2], norm: Norm, keepdim: bool) -> Result<Self> {
        let op = "matrix_norm";
        if self.rank() < 2 {
            return Err(Error::shape(op, &[self.shape_owned()], "needs a matrix"));
        }
        let [rows, columns] = [resolve_axis(op, axes[0], self.rank())?, resolve_axis(op, axes[1], self.rank())?];
        if rows == columns {
            return Err(Error::value(op, "rows and columns need an axis each"));
        }
        let both = [rows.min(columns), rows.max(columns)];
        let kept = match norm {
            Norm::Fro => self.try_norm_keepdim(both, 2)?,
            Norm::Nuc => self.singular_values_along(rows, columns)?.try_sum_keepdim([rows, columns])?,
            Norm::P(2.0) => self.singular_values_along(rows, columns)?.try_max_keepdim([rows, columns])?,
            Norm::P(-2.0) => self.singular_values_along(rows, columns)?.try_min_keepdim([rows, columns])?,
            Norm::P(1.0) => self.abs().try_sum_keepdim(rows)?.try_max_keepdim(columns)?,
            Norm::P(-1.0) => self.abs().try_sum_keepdim(rows)?.try_min_keepdim(columns)?,
            Norm::P(f64::INFINITY) => self.abs().try_sum_keepdim(columns)?.try_max_keepdim(rows)?,
            Norm::P(f64::NEG_INFINITY) => self.abs().try_sum_keepdim(columns)?.try_min_keepdim(rows)?,
            Norm::P(p) => {
                return Err(Error::value(op, format!("{p} is no norm of matrices: 1, 2 and ∞ are, with either sign")));
            }
        };
        if keepdim {
            return Ok(kept);
        }
        let others = (0..self.rank()).filter(|axis| !both.contains(axis));
        let shape: Shape = others.map(|axis| self.shape()[axis]).collect();
        Ok(kept.try_reshape(shape)?.into_tensor())
    }

    /// The singular values in place of the columns, a single one in place of the rows.
    fn singular_values_along(&self, rows: usize, columns: usize) -> Result<Self> {
        let last = self.rank() - 1;
        let mut axes: Vec<usize> = (0..=last).filter(|axis| ![rows, columns].contains(axis)).collect();
        axes.extend([rows, columns]);
        let mut back = vec![0; last + 1];
        axes.iter().enumerate().for_each(|(to, &from)| back[from] = to);
        let values = self.try_permute(axes)?.try_svdvals()?;
        let row = values.try_unsqueeze(-2)?.into_tensor();
        Ok(row.try_permute(back)?.into_tensor())
    }
}
