//! The nouns of linear algebra: factorisations of matrices, and what is solved by them.

use crate::{Error, Result, Shape};

/// What is made of matrices, the last two axes of a tensor; the axes in front count them.
///
/// A factorisation with several factors gives one tensor in which they stand together, so that it is one value with
/// one gradient; its parts are taken out by slicing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Linalg {
    /// `[A]`, symmetric and positive definite, its lower triangle read → L, lower triangular, with L·Lᵀ = A.
    Cholesky,
    /// `[A]`, `[m, n]` → `[m, n + 1]`. In the first n columns U on and above the diagonal, and L below it, whose own
    /// diagonal is 1; in the last one p: row i of L·U is row pᵢ of A, chosen as the one with the largest pivot.
    Lu,
    /// `[A]` → the determinant, a number for each matrix.
    Det,
    /// `[A]` → A⁻¹; an error if a pivot is 0.
    Inverse,
    /// `[A, B]` → X with A·X = B; an error if a pivot is 0.
    Solve,
    /// `[A, B]` → X with A·X = B, where of A one triangle is read, the rest counting as 0.
    SolveTriangular {
        /// Whether it is the upper one.
        upper: bool,
        /// Whether its diagonal counts as 1 and is not read either.
        unit: bool,
    },
    /// `[A]`, `[m, n]` → Q over Rᵀ, `[m + n, k]`: k = min(m, n) orthonormal columns, and R upper triangular, with
    /// Q·R = A, by Householder's reflections: the diagonal of R has the sign that cancels nothing.
    Qr {
        /// k = m instead: all columns of the orthogonal matrix.
        complete: bool,
    },
    /// `[A]`, `[m, n]` → U over the row of singular values over V, `[m + 1 + n, k]` with k = min(m, n): A = U·diag(s)·Vᵀ,
    /// s descending. Of each column of V the first entry at least half as large as the largest is positive.
    Svd,
    /// `[A]`, symmetric, its lower triangle read → the row of eigenvalues over V, `[n + 1, n]`: A = V·diag(λ)·Vᵀ, λ
    /// ascending; the signs of V as for the singular values.
    Eigh,
}

impl Linalg {
    /// All of them, for code that iterates over the operations.
    pub const ALL: &'static [Linalg] = &[
        Linalg::Cholesky,
        Linalg::Lu,
        Linalg::Det,
        Linalg::Inverse,
        Linalg::Solve,
        Linalg::SolveTriangular { upper: false, unit: false },
        Linalg::SolveTriangular { upper: true, unit: false },
        Linalg::SolveTriangular { upper: false, unit: true },
        Linalg::SolveTriangular { upper: true, unit: true },
        Linalg::Qr { complete: false },
        Linalg::Qr { complete: true },
        Linalg::Svd,
        Linalg::Eigh,
    ];

    /// The name of the tensor method.
    pub const fn name(self) -> &'static str {
        match self {
            Linalg::Cholesky => "cholesky",
            Linalg::Lu => "lu",
            Linalg::Det => "det",
            Linalg::Inverse => "inv",
            Linalg::Solve => "solve",
            Linalg::SolveTriangular { .. } => "solve_triangular",
            Linalg::Qr { .. } => "qr",
            Linalg::Svd => "svd",
            Linalg::Eigh => "eigh",
        }
    }

    /// How many operands it takes.
    pub const fn operands(self) -> usize {
        match self {
            Linalg::Solve | Linalg::SolveTriangular { .. } => 2,
            _ => 1,
        }
    }

    /// The shape of what it makes of operands of these shapes.
    ///
    /// # Errors
    /// If there are too few or too many operands, one is no matrix, a matrix that must be square is not, or two do not fit.
    pub fn shape(self, operands: &[&Shape]) -> Result<Shape> {
        let op = self.name();
        let no = |hint: &str| Err(Error::shape(op, operands, hint));
        if operands.len() != self.operands() {
            return Err(Error::value(op, "the wrong number of operands"));
        }
        if operands.iter().any(|shape| shape.len() < 2) {
            return no("needs matrices, the last two axes of a tensor");
        }
        let a = operands[0];
        let (batch, m, n) = (&a[..a.len() - 2], a[a.len() - 2], a[a.len() - 1]);
        let matrices = |sizes: &[usize]| Ok(batch.iter().chain(sizes).copied().collect());
        if m != n && !matches!(self, Linalg::Lu | Linalg::Qr { .. } | Linalg::Svd) {
            return no("the matrices must be square");
        }
        if let [_, b] = operands {
            if b[..b.len() - 2] != *batch {
                return no("there must be as many matrices on both sides");
            }
            if b[b.len() - 2] != n {
                return no("the right side must have as many rows as the matrix");
            }
        }
        let too_large = || Error::shape(op, operands, "the result would be too large");
        let sum =
            |sizes: &[usize]| sizes.iter().try_fold(0usize, |sum, &size| sum.checked_add(size)).ok_or_else(too_large);
        match self {
            Linalg::Cholesky | Linalg::Inverse => matrices(&[n, n]),
            Linalg::Lu => matrices(&[m, sum(&[n, 1])?]),
            Linalg::Det => matrices(&[]),
            Linalg::Solve | Linalg::SolveTriangular { .. } => Ok(operands[1].clone()),
            Linalg::Qr { complete } => matrices(&[sum(&[m, n])?, if complete { m } else { m.min(n) }]),
            Linalg::Svd => matrices(&[sum(&[m, 1, n])?, m.min(n)]),
            Linalg::Eigh => matrices(&[sum(&[n, 1])?, n]),
        }
    }
}
