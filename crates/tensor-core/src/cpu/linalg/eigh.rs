//! Eigenvalues and vectors of a symmetric matrix, by Jacobi's rotations.

use super::Fail;
use super::rows::{Field, abs, dot, points_back, rotate, scale, sqrt, two};
use super::svd::rotation;

/// Sweeps over all pairs, of which about ten are needed.
const SWEEPS: usize = 100;

/// Writes the row of eigenvalues over V.
pub(super) fn factor<T: Field>(a: &[T], n: usize, out: &mut [T]) -> Result<(), Fail> {
    let mut w: Vec<T> = (0..n * n).map(|at| (at / n, at % n)).map(|(i, j)| a[i.max(j) * n + i.min(j)]).collect();
    let scale = scale(&w).ok_or(Fail::NotFinite)?;
    w.iter_mut().for_each(|x| *x = *x * scale);
    let mut v = vec![T::zero(); n * n];
    (0..n).for_each(|i| v[i * n + i] = T::one());
    diagonalise(&mut w, &mut v, n)?;

    let mut order: Vec<usize> = (0..n).collect();
    let value = |i: usize| w[i * n + i];
    order.sort_by(|&i, &j| value(i).partial_cmp(&value(j)).expect("eigenvalues are numbers"));
    let (values, vectors) = out.split_at_mut(n);
    for (place, &i) in order.iter().enumerate() {
        values[place] = value(i) / scale;
        let vector = &v[i * n..][..n];
        let sign = if points_back(vector.iter().copied()) { -T::one() } else { T::one() };
        vector.iter().enumerate().for_each(|(r, &x)| vectors[r * n + place] = sign * x);
    }
    Ok(())
}

/// Turns the axes in pairs until nothing is left beside the diagonal of `w`, and the rows of `v` with them.
fn diagonalise<T: Field>(w: &mut [T], v: &mut [T], n: usize) -> Result<(), Fail> {
    // What is so much smaller than the whole changes no eigenvalue in its last place.
    let lost = sqrt(dot(w, w)) * <T as num_traits::Float>::epsilon() * T::from_f64(1.0 / 64.0);
    for _ in 0..SWEEPS {
        let mut done = true;
        for p in 0..n {
            for q in p + 1..n {
                let (pp, qq, pq) = (w[p * n + p], w[q * n + q], w[p * n + q]);
                if abs(pq) <= lost {
                    continue;
                }
                done = false;
                let (c, s) = rotation(pp, qq, pq);
                let change = s / c * pq;
                let (x, y) = two(w, n, p, q);
                rotate(c, s, x, y);
                x[p] = pp - change;
                y[q] = qq + change;
                x[q] = T::zero();
                y[p] = T::zero();
                // The columns are as the rows.
                for r in (0..n).filter(|&r| r != p && r != q) {
                    w[r * n + p] = w[p * n + r];
                    w[r * n + q] = w[q * n + r];
                }
                let (x, y) = two(v, n, p, q);
                rotate(c, s, x, y);
            }
        }
        if done {
            return Ok(());
        }
    }
    Err(Fail::Unsettled)
}
