//! Determinants, inverses, and what solves linear equations.

use super::{apply, as_many, matrix, part, square};
use crate::ops::Linalg;
use crate::tensor::{Tensor, fallible};
use crate::{Backend, Real, Result};

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// The determinant of square matrices; 1 for a matrix without elements. It has a finite gradient also where it is 0:
        /// the cofactors.
        ///
        /// # Panics
        /// If the matrices are not square.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f64, Serial>::new([[1.0, 2.0], [3.0, 4.0]]).det().item(), -2.0);
        /// ```
        fn det | try_det (&self) -> Self {
            apply(Linalg::Det, &[self])
        }

        /// The sign of the determinant, a constant, and the logarithm of its magnitude, which cannot overflow: of singular
        /// matrices 0 and −∞.
        ///
        /// # Panics
        /// If the matrices are not square.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (sign, ln) = (Tensor::<f64, Serial>::eye(400) * 0.01).slogdet();
        /// assert_eq!(sign.item(), 1.0);
        /// assert!((ln.item() - 400.0 * 0.01f64.ln()).abs() < 1e-9);
        /// ```
        fn slogdet | try_slogdet (&self) -> (Self, Self) {
            let n = square("slogdet", self)?;
            let packed = apply(Linalg::Lu, &[self])?;
            let pivots = part(&packed, 0..n, 0..n).try_diagonal(0, -2, -1)?.into_tensor();
            let swaps = Self::signs_of_permutations(&part(&packed, 0..n, n..n + 1))?;
            let sign = pivots.detach().sign().try_prod_axes(-1)?.try_mul(swaps)?;
            Ok((sign, pivots.abs().ln().try_sum_axes(-1)?))
        }

        /// The logarithm of the determinant: NaN where that is negative, −∞ where it is 0. See [`slogdet`](Self::slogdet).
        ///
        /// # Panics
        /// If the matrices are not square.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[1.0, 0.0], [0.0, 1.0]]);
        /// assert_eq!(x.logdet().item(), 0.0);
        /// ```
        fn logdet | try_logdet (&self) -> Self {
            let (sign, ln) = self.try_slogdet()?;
            sign.try_lt(T::zero())?.try_where_cond(T::nan(), ln)
        }

        /// A⁻¹. To multiply by it, [`solve`](Self::solve) is faster and more exact.
        ///
        /// # Panics
        /// If the matrices are not square, or a pivot is exactly 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[2.0, 1.0], [0.0, 4.0]]);
        /// assert_eq!(x.inv().to_vec(), [0.5, -0.125, 0.0, 0.25]);
        /// ```
        fn inv | try_inv (&self) -> Self {
            apply(Linalg::Inverse, &[self])
        }

        /// X with A·X = B: `[…, n, n]` and `[…, n, k]`, the axes in front broadcast. If B is a vector, or its shape is that of A
        /// without the last axis, it holds one column for each matrix, `[…, n]`, and so does X.
        ///
        /// # Panics
        /// If the matrices are not square, B does not fit, or a pivot is exactly 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[2.0, 1.0], [0.0, 4.0]]);
        /// assert_eq!(x.solve(&Tensor::new([4.0, 8.0])).to_vec(), [1.0, 2.0]);
        /// ```
        fn solve | try_solve (&self, b: &Self) -> Self {
            square("solve", self)?;
            if b.rank() == 1 || b.shape() == &self.shape()[..self.rank() - 1] {
                let column = b.try_unsqueeze(-1)?.into_tensor();
                return Ok(self.try_solve(&column)?.try_squeeze(-1)?.into_tensor());
            }
            let (a, b) = as_many("solve", self, b)?;
            apply(Linalg::Solve, &[&a, &b])
        }

        /// X with A·X = B, or, if not `left`, X·A = B, for a triangular A, the `upper` or the lower one, of which the other
        /// triangle is not read; if `unitriangular`, its diagonal counts as 1. The axes in front of the matrices broadcast.
        /// A 0 on the diagonal gives infinities and NaN.
        ///
        /// # Panics
        /// If A is not square, or B does not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[2.0, 1.0], [0.0, 4.0]]);
        /// let b = Tensor::new([[4.0], [8.0]]);
        /// assert_eq!(x.solve_triangular(&b, true, true, false).to_vec(), [1.0, 2.0]);
        /// ```
        fn solve_triangular | try_solve_triangular (&self, b: &Self, upper: bool, left: bool, unitriangular: bool) -> Self {
            if !left {
                matrix("solve_triangular", self)?;
                matrix("solve_triangular", b)?;
                let x = self.mt().try_solve_triangular(&b.mt(), !upper, true, unitriangular)?;
                return Ok(x.mt().into_tensor());
            }
            let (a, b) = as_many("solve_triangular", self, b)?;
            apply(Linalg::SolveTriangular { upper, unit: unitriangular }, &[&a, &b])
        }

        /// The X for which |A·X − B| is least, and of several the smallest one: `[…, m, n]` and `[…, m, k]` give `[…, n, k]`,
        /// the axes in front broadcast. The matrices must have full rank.
        ///
        /// # Panics
        /// If there are no matrices, or they do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[1.0], [1.0], [1.0]]);
        /// let mean = x.lstsq(&Tensor::new([[1.0], [2.0], [6.0]]));
        /// assert!((mean.item() - 3.0).abs() < 1e-12);
        /// ```
        fn lstsq | try_lstsq (&self, b: &Self) -> Self {
            let (a, b) = as_many("lstsq", self, b)?;
            let (m, n) = matrix("lstsq", &a)?;
            if m >= n {
                let (q, r) = a.try_qr(false)?;
                return r.try_solve_triangular(&q.mt().try_matmul(&b)?, true, true, false);
            }
            let (q, r) = a.mt().try_qr(false)?;
            q.try_matmul(&r.mt().try_solve_triangular(&b, false, true, false)?)
        }

        /// The pseudoinverse of Moore and Penrose, `[…, m, n]` → `[…, n, m]`. Singular values of at most
        /// max(`atol`, `rtol` · the largest) count as 0; without `rtol` it is max(m, n) · ε, or 0 if there is an `atol`.
        ///
        /// # Panics
        /// If there are no matrices, or an element is infinite or NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[2.0, 0.0], [0.0, 0.0]]);
        /// assert_eq!(x.pinv(0.0, None).to_vec(), [0.5, 0.0, 0.0, 0.0]);
        /// ```
        fn pinv | try_pinv (&self, atol: f64, rtol: Option<f64>) -> Self {
            let (m, _) = matrix("pinv", self)?;
            let (u, s, vt) = self.try_svd(false)?;
            let counts = s.try_gt(self.tolerance(&s, atol, rtol)?)?;
            if !counts.to_vec().contains(&false) {
                // Of full rank: the factors Q·R have the simpler gradient, which does not ask that singular values differ.
                return self.try_lstsq(&Self::try_eye(m)?);
            }
            let inverse = counts.try_where_cond(counts.try_where_cond(&s, T::one())?.reciprocal(), T::zero())?;
            (vt.mt() * inverse.unsqueeze(-2)).try_matmul(u.mt())
        }

        /// The number of singular values greater than max(`atol`, `rtol` · the largest), as for [`pinv`](Self::pinv): the
        /// dimension of the space that the columns span. A constant.
        ///
        /// # Panics
        /// If there are no matrices, or an element is infinite or NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f64, Serial>::ones([3, 2]).matrix_rank(0.0, None).item(), 1);
        /// ```
        fn matrix_rank | try_matrix_rank (&self, atol: f64, rtol: Option<f64>) -> Tensor<i64, B> {
            let s = self.try_svdvals()?.detach();
            s.try_gt(self.tolerance(&s, atol, rtol)?)?.cast::<i64>().try_sum_axes(-1)
        }

        /// The matrix multiplied by itself: Aⁿ, A⁻¹ to the power −n for a negative `n`, and the identity for 0.
        ///
        /// # Panics
        /// If the matrices are not square, or for a negative `n` a pivot is exactly 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[1.0, 1.0], [0.0, 1.0]]);
        /// assert_eq!(x.matrix_power(5).to_vec(), [1.0, 5.0, 0.0, 1.0]);
        /// assert_eq!(x.matrix_power(-2).to_vec(), [1.0, -2.0, 0.0, 1.0]);
        /// ```
        fn matrix_power | try_matrix_power (&self, n: i64) -> Self {
            let size = square("matrix_power", self)?;
            if n == 0 {
                return Ok(Self::try_eye(size)?.try_expand(self.shape())?.contiguous());
            }
            let mut square = if n < 0 { self.try_inv()? } else { self.clone() };
            let mut rest = n.unsigned_abs();
            while rest.is_multiple_of(2) {
                (square, rest) = (square.try_matmul(&square)?, rest / 2);
            }
            let mut product = square.clone();
            while rest > 1 {
                (square, rest) = (square.try_matmul(&square)?, rest / 2);
                if rest % 2 == 1 {
                    product = product.try_matmul(&square)?;
                }
            }
            Ok(product)
        }
    }

    /// The singular value, a row for each matrix, at which the others count as 0.
    fn tolerance(&self, s: &Self, atol: f64, rtol: Option<f64>) -> Result<Self> {
        let (m, n) = matrix("matrix_rank", self)?;
        let relative = rtol.unwrap_or(if atol > 0.0 { 0.0 } else { m.max(n) as f64 * T::epsilon().as_f64() });
        if s.size(-1) == 0 {
            return Ok(Self::zeros([]));
        }
        (s.detach().try_max_keepdim(-1)? * T::from_f64(relative)).try_maximum(T::from_f64(atol))
    }
}
