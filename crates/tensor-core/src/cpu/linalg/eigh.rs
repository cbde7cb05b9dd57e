//! Eigenvalues and vectors of a symmetric matrix: reflections make it tridiagonal, rotations by implicit shifts diagonal
//! (Bowdler, Martin, Reinsch and Wilkinson, 1968).

use super::Fail;
use super::qr::reflect;
use super::rows::{Field, abs, add_scaled, dot, points_back, rotate, scale, sqrt, two};

/// Shifts for each eigenvalue, of which about two are needed.
const SHIFTS: usize = 100;

/// Writes the row of eigenvalues over V.
pub(super) fn factor<T: Field>(a: &[T], n: usize, out: &mut [T]) -> Result<(), Fail> {
    let mut w: Vec<T> = (0..n * n).map(|at| (at / n, at % n)).map(|(i, j)| a[i.max(j) * n + i.min(j)]).collect();
    let scale = scale(&w).ok_or(Fail::NotFinite)?;
    w.iter_mut().for_each(|x| *x = *x * scale);
    let (mut diagonal, mut beside, taus) = tridiagonal(&mut w, n);
    // The eigenvectors, one a row.
    let mut v = vec![T::zero(); n * n];
    (0..n).for_each(|i| v[i * n + i] = T::one());
    diagonalise(&mut diagonal, &mut beside, &mut v, n)?;
    for vector in v.chunks_exact_mut(n.max(1)) {
        for (k, &tau) in taus.iter().enumerate().rev() {
            // The first entry of a reflection's vector is 1, and not there.
            let (axis, below) = (&w[k * n + k + 2..(k + 1) * n], &mut vector[k + 1..]);
            let along = tau * (below[0] + dot(axis, &below[1..]));
            below[0] = below[0] - along;
            add_scaled(-along, axis, &mut below[1..]);
        }
    }

    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| diagonal[i].partial_cmp(&diagonal[j]).expect("eigenvalues are numbers"));
    let (values, vectors) = out.split_at_mut(n);
    for (place, &i) in order.iter().enumerate() {
        values[place] = diagonal[i] / scale;
        let vector = &v[i * n..][..n];
        let sign = if points_back(vector.iter().copied()) { -T::one() } else { T::one() };
        vector.iter().enumerate().for_each(|(r, &x)| vectors[r * n + place] = sign * x);
    }
    Ok(())
}

/// The diagonal, what stands beside it, and the factors τ of the reflections that make the matrix tridiagonal; their
/// vectors, without their first entries, are left in the rows of `w` behind what stands beside the diagonal.
fn tridiagonal<T: Field>(w: &mut [T], n: usize) -> (Vec<T>, Vec<T>, Vec<T>) {
    let (mut diagonal, mut beside, mut taus) = (Vec::with_capacity(n), Vec::with_capacity(n), Vec::new());
    for k in 0..n {
        diagonal.push(w[k * n + k]);
        let (head, rest) = w.split_at_mut((k + 1) * n);
        let row = &mut head[k * n + k + 1..];
        if row.len() < 2 {
            beside.push(row.first().copied().unwrap_or(T::zero()));
            continue;
        }
        let tau = reflect(row);
        beside.push(row[0]);
        taus.push(tau);
        let mut v = row.to_vec();
        v[0] = T::one();
        // (I − τ·v·vᵀ)·B·(I − τ·v·vᵀ) = B − v·pᵀ − p·vᵀ, p = τ·B·v − τ²/2·(vᵀ·B·v)·v
        let half = T::from_f64(0.5);
        let mut p: Vec<T> = rest.chunks_exact(n).map(|row| tau * dot(&row[k + 1..], &v)).collect();
        add_scaled(-(half * tau * dot(&p, &v)), &v, &mut p);
        for (i, row) in rest.chunks_exact_mut(n).enumerate() {
            add_scaled(-v[i], &p, &mut row[k + 1..]);
            add_scaled(-p[i], &v, &mut row[k + 1..]);
        }
    }
    (diagonal, beside, taus)
}

/// Turns neighbouring axes until nothing is left beside the diagonal, and the rows of `v` with them.
fn diagonalise<T: Field>(d: &mut [T], e: &mut [T], v: &mut [T], n: usize) -> Result<(), Fail> {
    let (zero, one, two_) = (T::zero(), T::one(), T::one() + T::one());
    let epsilon = <T as num_traits::Float>::epsilon();
    // What is so much smaller than the largest element changes no eigenvalue in its last place.
    let lost = epsilon * T::from_f64(1.0 / 64.0);
    let length = |x: T, y: T| sqrt(x * x + y * y);
    for first in 0..n {
        for shift in 0.. {
            let small = |i: usize| abs(e[i]) <= epsilon * (abs(d[i]) + abs(d[i + 1])) || abs(e[i]) <= lost;
            let last = (first..n - 1).find(|&i| small(i)).unwrap_or(n - 1);
            if last == first {
                break;
            }
            if shift == SHIFTS {
                return Err(Fail::Unsettled);
            }
            let ratio = (d[first + 1] - d[first]) / (two_ * e[first]);
            let root = if ratio < zero { -length(ratio, one) } else { length(ratio, one) };
            let mut g = d[last] - d[first] + e[first] / (ratio + root);
            let (mut s, mut c, mut p) = (one, one, zero);
            let mut settled = false;
            for i in (first..last).rev() {
                let (f, b) = (s * e[i], c * e[i]);
                let r = length(f, g);
                e[i + 1] = r;
                if r == zero {
                    d[i + 1] = d[i + 1] - p;
                    e[last] = zero;
                    settled = true;
                    break;
                }
                (s, c) = (f / r, g / r);
                g = d[i + 1] - p;
                let r = (d[i] - g) * s + two_ * c * b;
                p = s * r;
                d[i + 1] = g + p;
                g = c * r - b;
                let (x, y) = two(v, n, i, i + 1);
                rotate(c, s, x, y);
            }
            if !settled {
                d[first] = d[first] - p;
                e[first] = g;
                e[last] = zero;
            }
        }
    }
    Ok(())
}
