//! The gradients of linear algebra.
//!
//! A factorisation's output holds its factors together (`tensor_core::ops::Linalg`), and so does its gradient. The formulas
//! are those of Giles (2008), *An extended collection of matrix derivative results*, Murray (2016), *Differentiation of the
//! Cholesky decomposition*, and Walter, Lehmann and Lamour (2012) for Q·R and its kin. Where singular or eigenvalues
//! coincide, the gradient of what does not depend on the choice of vectors is right, and of what does it is infinite or NaN.

use super::{Saved, Tensor, c};
use crate::Autodiff;
use crate::engine::Emit;
use crate::record::Needs;
use tensor_core::ops::Linalg;
use tensor_core::{Backend, Ellipsis, Error, Real, Result, SliceItem};

pub(crate) fn needs(op: Linalg) -> Needs {
    match op {
        Linalg::Cholesky | Linalg::Inverse | Linalg::Lu | Linalg::Svd | Linalg::Eigh => {
            Needs { y: true, ..Needs::default() }
        }
        // The columns of a wide matrix behind its square are no part of the output.
        Linalg::Qr { .. } | Linalg::Det | Linalg::Solve | Linalg::SolveTriangular { .. } => {
            Needs { a: true, b: false, y: true }
        }
    }
}

/// Sends `g`, the gradient of the output of `op`, on to its operands.
pub(super) fn backward<T: Real, B: Backend>(
    op: Linalg,
    g: Tensor<T, B>,
    saved: Saved<'_, T, B>,
    emit: &mut Emit<'_, B>,
) -> Result<()> {
    match op {
        Linalg::Cholesky => emit.whole(0, cholesky(&g, &saved.y())?),
        Linalg::Lu => emit.whole(0, lu(&g, &saved.y())?),
        Linalg::Det => emit.whole(0, g.unsqueeze(-1).unsqueeze(-1) * cofactors(&saved.a(), &saved.y())?),
        Linalg::Inverse => {
            let y = saved.y();
            emit.whole(0, -y.mt().matmul(&g).matmul(y.mt()));
        }
        Linalg::Solve | Linalg::SolveTriangular { .. } => {
            let a = saved.a();
            let (back, read) = match op {
                Linalg::SolveTriangular { upper, unit } => {
                    (Linalg::SolveTriangular { upper: !upper, unit }, Some((upper, unit)))
                }
                _ => (Linalg::Solve, None),
            };
            let for_b = apply(back, &[&a.mt(), &g])?;
            if emit.wants(0) {
                let for_a = -for_b.matmul(saved.y().mt());
                emit.whole(
                    0,
                    match read {
                        None => for_a,
                        Some((true, unit)) => for_a.triu(isize::from(unit)),
                        Some((false, unit)) => for_a.tril(-isize::from(unit)),
                    },
                );
            }
            if emit.wants(1) {
                emit.whole(1, for_b);
            }
        }
        Linalg::Qr { complete } => emit.whole(0, qr(complete, &g, &saved.a(), &saved.y())?),
        Linalg::Svd => {
            // The output does not tell rows from columns.
            let shape = emit.shape(0);
            let rows = shape[shape.len() - 2];
            emit.whole(0, svd(&g, &saved.y(), rows));
        }
        Linalg::Eigh => emit.whole(0, eigh(&g, &saved.y())),
    }
    Ok(())
}

/// L⁻ᵀ·sym(Φ(Lᵀ·ḡ))·L⁻¹, where Φ takes the lower triangle, and of the diagonal half.
fn cholesky<T: Real, B: Backend>(g: &Tensor<T, B>, l: &Tensor<T, B>) -> Result<Tensor<T, B>> {
    let lower = l.mt().matmul(g).tril(0);
    let symmetric = (&lower + lower.tril(-1).mt()) * c::<T>(0.5);
    let left = solve_triangular(&l.mt(), &symmetric, true, false)?;
    Ok(solve_triangular(&l.mt(), &left.mt(), true, false)?.mt().into_tensor())
}

/// P⁻¹·L⁻ᵀ·(tril(Lᵀ·L̄, −1) + triu(Ū·Uᵀ))·U⁻ᵀ for the square in front; the rows below it are L₂ = A₂·U⁻¹, the columns behind it
/// U₂ = L⁻¹·A₂.
fn lu<T: Real, B: Backend>(g: &Tensor<T, B>, y: &Tensor<T, B>) -> Result<Tensor<T, B>> {
    let (m, n) = (y.size(-2), y.size(-1) - 1);
    let k = m.min(n);
    let (square, of_square) = (part(y, 0..k, 0..k), part(g, 0..k, 0..k));
    // What is below the diagonal belongs to L, whose own is 1.
    let l = square.tril(-1) + Tensor::eye(k);
    let u = square.triu(0);
    let mut inner = l.mt().matmul(&of_square).tril(-1) + of_square.matmul(u.mt()).triu(0);
    let mut rest = None;
    if m > k {
        let (below, of_below) = (part(y, k..m, 0..k), part(g, k..m, 0..k));
        inner -= below.mt().matmul(&of_below).triu(0);
        // L̄₂·U⁻ᵀ
        rest = Some((solve_triangular(&u, &of_below.mt(), true, false)?.mt().into_tensor(), -2));
    } else if n > k {
        let (behind, of_behind) = (part(y, 0..k, k..n), part(g, 0..k, k..n));
        inner -= of_behind.matmul(behind.mt()).tril(-1);
        rest = Some((solve_triangular(&l.mt(), &of_behind, true, true)?, -1));
    }
    let left = solve_triangular(&l.mt(), &inner, true, true)?;
    let first = solve_triangular(&u, &left.mt(), true, false)?.mt().into_tensor();
    let permuted = match rest {
        Some((rest, axis)) => Tensor::concat(&[&first, &rest], axis),
        None => first,
    };
    // Row i of what is permuted is row pᵢ of the matrix.
    let rows = part(y, 0..m, n..n + 1).detach().cast::<i64>().expand(permuted.shape()).into_tensor();
    Ok(permuted.zeros_like().scatter_add(-2, &rows, &permuted))
}

/// The gradient of the determinant, det(A)·A⁻ᵀ. If a matrix is singular, as far as can be told, it is taken of all of them
/// from the singular values, which need not be divided by: det(U·V)·U·diag(the product of all others)·Vᵀ.
fn cofactors<T: Real, B: Backend>(a: &Tensor<T, B>, det: &Tensor<T, B>) -> Result<Tensor<T, B>> {
    let n = a.size(-1);
    if a.numel() == 0 {
        return Ok(a.zeros_like());
    }
    let pivots = part(&apply(Linalg::Lu, &[&a.detach()])?, 0..n, 0..n).diagonal(0, -2, -1).abs();
    let bound = pivots.max_axes(-1) * (T::epsilon() * c::<T>(n as f64));
    if !pivots.min_axes(-1).le(&bound).to_vec().contains(&true) {
        return Ok(det.unsqueeze(-1).unsqueeze(-1) * apply(Linalg::Inverse, &[a])?.mt());
    }
    let (u, s, v) = parts_of_svd(&apply(Linalg::Svd, &[a])?, n);
    let orientation = apply(Linalg::Det, &[&u.matmul(v.mt()).detach()])?.sign();
    let each: Vec<Tensor<T, B>> = (0..n as isize)
        .map(|i| {
            let others = |range: std::ops::Range<isize>| s.slice((Ellipsis, range)).prod_axes(-1);
            (others(0..i) * others(i + 1..n as isize)).unsqueeze(-1).into_tensor()
        })
        .collect();
    let others = Tensor::concat(&each.iter().collect::<Vec<_>>(), -1) * orientation.unsqueeze(-1);
    Ok((u * others.unsqueeze(-2)).matmul(v.mt()))
}

/// (Q̄ + Q·C(M))·R⁻ᵀ, M = R·R̄ᵀ − Q̄ᵀ·Q, where C mirrors the lower triangle. Of a wide matrix that is for the square in front:
/// the columns A₂ behind it have R₂ = Qᵀ·A₂.
fn qr<T: Real, B: Backend>(
    complete: bool,
    g: &Tensor<T, B>,
    a: &Tensor<T, B>,
    y: &Tensor<T, B>,
) -> Result<Tensor<T, B>> {
    let (m, n) = (a.size(-2), a.size(-1));
    if complete && m > n {
        let message = "the columns of Q behind the first ones are not determined by the matrix, and have no gradient; \
                       take the reduced factors";
        return Err(Error::gradient("qr", message));
    }
    let k = m.min(n);
    let (q, mut of_q) = (part(y, 0..m, 0..k), part(g, 0..m, 0..k));
    // Transposed.
    let (r, of_r) = (part(y, m..m + k, 0..k), part(g, m..m + k, 0..k));
    let mut behind = None;
    if n > k {
        let of_rest = part(g, m + k..m + n, 0..k);
        of_q += part(a, 0..m, k..n).matmul(&of_rest);
        behind = Some(q.matmul(of_rest.mt()));
    }
    let lower = (r.mt().matmul(of_r.tril(0)) - of_q.mt().matmul(&q)).tril(0);
    let turned = of_q + q.matmul(&lower + lower.tril(-1).mt());
    // X·R⁻ᵀ = (R⁻¹·Xᵀ)ᵀ
    let first = solve_triangular(&r.mt(), &turned.mt(), true, false)?.mt().into_tensor();
    Ok(match behind {
        Some(behind) => Tensor::concat(&[&first, &behind], -1),
        None => first,
    })
}

/// U·((skew(Uᵀ·Ū)/E)·S + S·(skew(Vᵀ·V̄)/E) + s̄)·Vᵀ with Eᵢⱼ = sⱼ² − sᵢ², and what leaves the spaces of U and V.
fn svd<T: Real, B: Backend>(g: &Tensor<T, B>, y: &Tensor<T, B>, m: usize) -> Tensor<T, B> {
    let (k, n) = (y.size(-1), y.size(-2) - 1 - m);
    let ((u, s, v), (of_u, of_s, of_v)) = (parts_of_svd(y, m), parts_of_svd(g, m));
    let (row, column) = (s.unsqueeze(-2).into_tensor(), s.unsqueeze(-1).into_tensor());
    let gaps = (&row - &column) * (&row + &column);
    let skew = |x: Tensor<T, B>| ratio(&(&x - x.mt()), &gaps);
    let inner = skew(u.mt().matmul(&of_u)) * &row + &column * skew(v.mt().matmul(&of_v));
    let inner = inner + Tensor::eye(k) * of_s.unsqueeze(-2);
    let mut gradient = u.matmul(inner).matmul(v.mt());
    if m > k {
        let outside = &of_u - u.matmul(u.mt().matmul(&of_u));
        gradient += ratio(&outside, &row).matmul(v.mt());
    }
    if n > k {
        let outside = &of_v - v.matmul(v.mt().matmul(&of_v));
        gradient += u.matmul(ratio(&outside, &row).mt());
    }
    gradient
}

/// V·(diag(λ̄) + (Vᵀ·V̄)/E)·Vᵀ with Eᵢⱼ = λⱼ − λᵢ, made symmetric as the matrix is.
fn eigh<T: Real, B: Backend>(g: &Tensor<T, B>, y: &Tensor<T, B>) -> Tensor<T, B> {
    let n = y.size(-1);
    let (values, v) = (part(y, 0..1, 0..n), part(y, 1..n + 1, 0..n));
    let (of_values, of_v) = (part(g, 0..1, 0..n), part(g, 1..n + 1, 0..n));
    let beside = v.mt().matmul(&of_v) * (Tensor::ones([n, n]) - Tensor::eye(n));
    let inner = ratio(&beside, &(&values - values.mt())) + Tensor::eye(n) * of_values;
    let gradient = v.matmul(inner).matmul(v.mt());
    (&gradient + gradient.mt()) * c::<T>(0.5)
}

/// a / b, but 0 where both are 0.
fn ratio<T: Real, B: Backend>(a: &Tensor<T, B>, b: &Tensor<T, B>) -> Tensor<T, B> {
    let nothing = a.eq(T::zero()).and(b.eq(T::zero()));
    a / nothing.where_cond(T::one(), b)
}

fn parts_of_svd<T: Real, B: Backend>(packed: &Tensor<T, B>, m: usize) -> (Tensor<T, B>, Tensor<T, B>, Tensor<T, B>) {
    let (rows, k) = (packed.size(-2), packed.size(-1));
    (part(packed, 0..m, 0..k), packed.slice((Ellipsis, m, ..)).into_tensor(), part(packed, m + 1..rows, 0..k))
}

fn apply<T: Real, B: Backend>(op: Linalg, args: &[&Tensor<T, B>]) -> Result<Tensor<T, B>> {
    let args: Vec<_> = args.iter().map(|x| x.prim()).collect();
    Autodiff::<B>::linalg(op, &args).map(Tensor::from_prim)
}

fn solve_triangular<T: Real, B: Backend>(
    a: &Tensor<T, B>,
    b: &Tensor<T, B>,
    upper: bool,
    unit: bool,
) -> Result<Tensor<T, B>> {
    apply(Linalg::SolveTriangular { upper, unit }, &[a, b])
}

/// Some rows and columns.
fn part<T: Real, B: Backend>(
    x: &Tensor<T, B>,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> Tensor<T, B> {
    x.slice((Ellipsis, SliceItem::from(rows), SliceItem::from(columns))).into_tensor()
}
