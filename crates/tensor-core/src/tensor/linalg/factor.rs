//! Matrices taken apart: L·Lᵀ, P·L·U, Q·R, singular and eigenvalues.

use super::{apply, matrix, part, square};
use crate::ops::Linalg;
use crate::slice::Ellipsis;
use crate::tensor::{Tensor, fallible};
use crate::{Backend, Error, Real, Result};

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// Cholesky's factor of symmetric, positive definite matrices: L, lower triangular, with L·Lᵀ = A; if `upper`, Lᵀ.
        ///
        /// Only the lower triangle is read (if `upper`, the upper one); the gradient is symmetric, as the matrix is.
        ///
        /// # Panics
        /// If the matrices are not square, or one is not positive definite.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[4.0, 2.0], [2.0, 5.0]]);
        /// assert_eq!(x.cholesky(false).to_vec(), [2.0, 0.0, 1.0, 2.0]);
        /// ```
        fn cholesky | try_cholesky (&self, upper: bool) -> Self {
            match upper {
                false => apply(Linalg::Cholesky, &[self]),
                true => Ok(apply(Linalg::Cholesky, &[&*self.try_mt()?])?.mt().into_tensor()),
            }
        }

        /// P, L and U with P·L·U = A: a permutation, a lower triangle whose diagonal is 1, `[m, k]`, and an upper one, `[k, n]`,
        /// k = min(m, n).
        ///
        /// # Panics
        /// If there are no matrices.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[1.0, 2.0], [2.0, 2.0]]);
        /// let (p, l, u) = x.lu();
        /// assert_eq!(l.to_vec(), [1.0, 0.0, 0.5, 1.0]);
        /// assert_eq!(p.matmul(&l).matmul(&u).to_vec(), x.to_vec());
        /// ```
        fn lu | try_lu (&self) -> (Self, Self, Self) {
            let (m, n) = matrix("lu", self)?;
            let packed = apply(Linalg::Lu, &[self])?;
            let k = m.min(n);
            let identity = Self::try_eye(m.max(n))?;
            let lower = part(&packed, 0..m, 0..k).try_tril(-1)? + part(&identity, 0..m, 0..k);
            let upper = part(&packed, 0..k, 0..n).try_triu(0)?;
            // Column i of P has its 1 in row pᵢ.
            let rows = Tensor::<i64, B>::arange(0, m as i64, 1).unsqueeze(-1).into_tensor();
            let places = part(&packed, 0..m, n..n + 1).detach().cast::<i64>();
            Ok((places.mt().try_eq(&rows)?.cast::<T>(), lower, upper))
        }

        /// L, below the diagonal, and U, on and above it, in one matrix; and which row was exchanged with each, counted from
        /// 1 as in LAPACK. See [`lu`](Self::lu).
        ///
        /// # Panics
        /// If there are no matrices.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (lu, pivots) = Tensor::<f64, Serial>::new([[1.0, 2.0], [2.0, 2.0]]).lu_factor();
        /// assert_eq!(lu.to_vec(), [2.0, 2.0, 0.5, 1.0]);
        /// assert_eq!(pivots.to_vec(), [2, 2]);
        /// ```
        fn lu_factor | try_lu_factor (&self) -> (Self, Tensor<i64, B>) {
            let (m, n) = matrix("lu_factor", self)?;
            let packed = apply(Linalg::Lu, &[self])?;
            let k = m.min(n);
            let mut pivots = Vec::new();
            let permutations = part(&packed, 0..m, n..n + 1).to_vec();
            for rows in permutations.chunks_exact(m.max(1)) {
                let mut order: Vec<T> = (0..m).map(|i| T::from_f64(i as f64)).collect();
                for i in 0..k {
                    let place = (i..m).find(|&j| order[j] == rows[i]).unwrap_or(i);
                    order.swap(i, place);
                    pivots.push(place as i64 + 1);
                }
            }
            let mut shape = self.shape_owned().clone();
            shape.remove(self.rank() - 1);
            shape[self.rank() - 2] = k;
            let pivots = Tensor::from(crate::Array::from_slice(&pivots, shape)?);
            Ok((part(&packed, 0..m, 0..n), pivots))
        }

        /// Q and R with Q·R = A: k = min(m, n) orthonormal columns, `[m, k]`, and an upper triangle, `[k, n]`. If `complete`,
        /// k = m. The signs are those of Householder's reflections, as in LAPACK.
        ///
        /// The complete factors of matrices with more rows than columns have no gradient.
        ///
        /// # Panics
        /// If there are no matrices.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (q, r) = Tensor::<f64, Serial>::new([[3.0], [4.0]]).qr(false);
        /// assert!((q.matmul(&r) - Tensor::new([[3.0], [4.0]])).abs().max().item() < 1e-15);
        /// assert_eq!(r.item(), -5.0);
        /// ```
        fn qr | try_qr (&self, complete: bool) -> (Self, Self) {
            let (m, n) = matrix("qr", self)?;
            let packed = apply(Linalg::Qr { complete }, &[self])?;
            let k = packed.size(-1);
            Ok((part(&packed, 0..m, 0..k), part(&packed, m..m + n, 0..k).mt().into_tensor()))
        }

        /// U, s and Vᵀ with U·diag(s)·Vᵀ = A: k = min(m, n) orthonormal columns, `[m, k]`, the singular values in descending
        /// order, `[k]`, and k orthonormal rows, `[k, n]`. If `full`, all m columns of U and all n rows of Vᵀ.
        ///
        /// Each pair of vectors may have either sign; here the first entry of a row of Vᵀ that is at least half as large as the
        /// largest is positive. What depends on these signs, or on the choice of vectors for equal singular values, has no
        /// meaningful gradient; the vectors that `full` adds have none.
        ///
        /// # Panics
        /// If there are no matrices, or an element is infinite or NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (u, s, vt) = Tensor::<f64, Serial>::new([[0.0, 2.0], [3.0, 0.0]]).svd(false);
        /// assert_eq!(s.to_vec(), [3.0, 2.0]);
        /// assert_eq!((u * &s).matmul(&vt).to_vec(), [0.0, 2.0, 3.0, 0.0]);
        /// ```
        fn svd | try_svd (&self, full: bool) -> (Self, Self, Self) {
            let (m, n) = matrix("svd", self)?;
            let packed = apply(Linalg::Svd, &[self])?;
            let k = m.min(n);
            let (mut u, mut v) = (part(&packed, 0..m, 0..k), part(&packed, m + 1..m + 1 + n, 0..k));
            let whole = |x: &Self, rows: usize| {
                let (q, _) = x.try_qr(true)?;
                Self::try_concat(&[x, &part(&q, 0..rows, k..rows)], -1)
            };
            if full && m > k {
                u = whole(&u, m)?;
            }
            if full && n > k {
                v = whole(&v, n)?;
            }
            Ok((u, packed.try_slice((Ellipsis, m, ..))?.into_tensor(), v.mt().into_tensor()))
        }

        /// The singular values in descending order, `[min(m, n)]`; see [`svd`](Self::svd).
        ///
        /// # Panics
        /// If there are no matrices, or an element is infinite or NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let s = Tensor::<f64, Serial>::new([[3.0, 0.0], [0.0, -4.0]]).svdvals();
        /// assert!(s.isclose(&Tensor::new([4.0, 3.0]), 1e-12, 0.0, false).all());
        /// ```
        fn svdvals | try_svdvals (&self) -> Self {
            Ok(self.try_svd(false)?.1)
        }

        /// λ and V with V·diag(λ)·Vᵀ = A for symmetric matrices: the eigenvalues in ascending order, and the eigenvectors as
        /// columns. Only the lower triangle is read; the gradient is symmetric, as the matrix is.
        ///
        /// Each vector may have either sign; here its first entry that is at least half as large as the largest is positive.
        /// What depends on these signs, or on the choice of vectors for equal eigenvalues, has no meaningful gradient.
        ///
        /// # Panics
        /// If the matrices are not square, or an element is infinite or NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (values, vectors) = Tensor::<f64, Serial>::new([[5.0, 0.0], [0.0, 3.0]]).eigh();
        /// assert_eq!(values.to_vec(), [3.0, 5.0]);
        /// assert_eq!(vectors.to_vec(), [0.0, 1.0, 1.0, 0.0]);
        /// ```
        fn eigh | try_eigh (&self) -> (Self, Self) {
            let n = square("eigh", self)?;
            let packed = apply(Linalg::Eigh, &[self])?;
            Ok((packed.try_slice((Ellipsis, 0, ..))?.into_tensor(), part(&packed, 1..n + 1, 0..n)))
        }

        /// The eigenvalues of symmetric matrices in ascending order; see [`eigh`](Self::eigh).
        ///
        /// # Panics
        /// If the matrices are not square, or an element is infinite or NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let values = Tensor::<f64, Serial>::new([[2.0, 1.0], [1.0, 2.0]]).eigvalsh();
        /// assert!(values.isclose(&Tensor::new([1.0, 3.0]), 1e-12, 0.0, false).all());
        /// ```
        fn eigvalsh | try_eigvalsh (&self) -> Self {
            Ok(self.try_eigh()?.0)
        }

        /// X with A·X = B, where this is [Cholesky's factor](Self::cholesky) of A, the upper one if `upper`. The axes in front
        /// of the matrices broadcast.
        ///
        /// # Panics
        /// If the matrices are not square or do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let a = Tensor::<f64, Serial>::new([[4.0, 0.0], [0.0, 9.0]]);
        /// let x = a.cholesky(false).cholesky_solve(&Tensor::new([[8.0], [9.0]]), false);
        /// assert_eq!(x.to_vec(), [2.0, 1.0]);
        /// ```
        fn cholesky_solve | try_cholesky_solve (&self, b: &Self, upper: bool) -> Self {
            square("cholesky_solve", self)?;
            let l = if upper { self.mt().into_tensor() } else { self.clone() };
            l.mt().try_solve_triangular(&l.try_solve_triangular(b, false, true, false)?, true, true, false)
        }

        /// A⁻¹, where this is [Cholesky's factor](Self::cholesky) of A, the upper one if `upper`.
        ///
        /// # Panics
        /// If the matrices are not square.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let a = Tensor::<f64, Serial>::new([[4.0, 0.0], [0.0, 16.0]]);
        /// assert_eq!(a.cholesky(false).cholesky_inverse(false).to_vec(), [0.25, 0.0, 0.0, 0.0625]);
        /// ```
        fn cholesky_inverse | try_cholesky_inverse (&self, upper: bool) -> Self {
            let n = square("cholesky_inverse", self)?;
            self.try_cholesky_solve(&Self::try_eye(n)?, upper)
        }
    }

    /// Whether a permutation, held as numbers in a column, is odd: −1 if so, else 1, for each matrix.
    pub(super) fn signs_of_permutations(columns: &Self) -> Result<Self> {
        let m = columns.size(-2);
        let shape = crate::Shape::from(&columns.shape()[..columns.rank() - 2]);
        let count: usize = shape.iter().product();
        let numbers = columns.to_vec();
        let sign = |matrix: usize| {
            let rows: Vec<usize> = numbers[matrix * m..][..m].iter().map(|x| x.as_f64() as usize).collect();
            // A cycle of length n takes n − 1 exchanges.
            let mut seen = vec![false; m];
            let mut cycles = 0;
            for start in 0..m {
                let mut at = start;
                cycles += usize::from(!seen[start]);
                while !std::mem::replace(&mut seen[at], true) {
                    at = rows[at];
                }
            }
            if (m - cycles).is_multiple_of(2) { T::one() } else { -T::one() }
        };
        let signs: Vec<T> = (0..count).map(sign).collect();
        Ok(Self::from(crate::Array::from_slice(&signs, shape)?))
    }

    /// Says no, naming `op`, if there are no matrices of at least one row and column.
    pub(super) fn not_empty(&self, op: &'static str) -> Result<()> {
        match matrix(op, self)? {
            (0, _) | (_, 0) => Err(Error::shape(op, &[self.shape_owned()], "needs matrices that have elements")),
            _ => Ok(()),
        }
    }
}
