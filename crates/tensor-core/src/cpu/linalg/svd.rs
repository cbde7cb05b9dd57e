//! Singular values and vectors, by one-sided rotations (Hestenes, 1958): the columns of a matrix are turned in pairs until
//! all are orthogonal. Their lengths are the singular values, also the small ones to nearly full relative precision where it
//! is lengths of columns that make them small.
//!
//! What is turned is not the matrix itself but the triangle that two factorisations leave of it, the first of them with the
//! longest columns first: it is nearly diagonal, and few rotations are needed (Drmač and Veselić, "New fast and accurate
//! Jacobi SVD algorithm", 2008).

use super::rows::{Field, abs, dot, points_back, rotate, scale, sqrt, transposed, two};
use super::{BLOCK, Executor, Fail, qr};
use crate::cpu::functions::Arithmetic;

/// Sweeps over all pairs, of which about five are needed.
const SWEEPS: usize = 100;

/// Writes U over the row of singular values over V.
pub(super) fn factor<T: Field>(a: &[T], [m, n]: [usize; 2], out: &mut [T], exec: &dyn Executor) -> Result<(), Fail> {
    let scale = scale(a).ok_or(Fail::NotFinite)?;
    let (k, length) = (m.min(n), m.max(n));
    // The columns of the matrix, or those of its transpose if they are fewer.
    let mut w = if m >= n { transposed(a, m, n) } else { a.to_vec() };
    w.iter_mut().for_each(|x| *x = *x * scale);
    // A·P = Q₁·R₁, R₁ᵀ = Q₂·R₂: A = Q₁·R₂ᵀ·Q₂ᵀ·Pᵀ. Of R₂ᵀ = U·Σ·Vᵀ the columns are turned.
    let (first, order) = qr::reduce_longest_first(&mut w, [length, k]);
    let rows_of_triangle = |w: &[T], length: usize| {
        (0..k * k).map(|at| if at % k < at / k { T::zero() } else { w[at % k * length + at / k] }).collect::<Vec<T>>()
    };
    let mut r = rows_of_triangle(&w, length);
    let second = qr::reduce(&mut r, [k, k], exec);
    let mut x = rows_of_triangle(&r, k);
    let mut turned = vec![T::zero(); k * k];
    (0..k).for_each(|i| turned[i * k + i] = T::one());
    orthogonalise(&mut x, k, &mut turned)?;
    // Each of many turns adds its rounding to the lengths, which are 1.
    for unit in turned.chunks_exact_mut(k.max(1)) {
        let length = sqrt(dot(unit, unit));
        unit.iter_mut().for_each(|x| *x = *x / length);
    }

    let lengths: Vec<T> = x.chunks_exact(k.max(1)).map(|x| sqrt(dot(x, x))).collect();
    let mut places: Vec<usize> = (0..k).collect();
    places.sort_by(|&i, &j| lengths[j].partial_cmp(&lengths[i]).expect("lengths are numbers"));
    let lost = negligible::<T>();
    let mut units: Vec<Vec<T>> = Vec::with_capacity(k);
    for &i in &places {
        let column = &x[i * k..][..k];
        let unit = match lengths[i] > lost {
            true => column.iter().map(|&x| x / lengths[i]).collect(),
            false => another(&units, k),
        };
        units.push(unit);
    }
    // Q₁·U and Q₂·V, column after column.
    let mut long = vec![T::zero(); k * length];
    units.iter().zip(long.chunks_exact_mut(length.max(1))).for_each(|(unit, column)| column[..k].copy_from_slice(unit));
    first.iter().rev().for_each(|block| block.apply(&mut long, length, true, exec));
    second.iter().rev().for_each(|block| block.apply(&mut turned, k, true, exec));

    let (u, rest) = out.split_at_mut(m * k);
    let (s, v) = rest.split_at_mut(k);
    let mut short = vec![T::zero(); k];
    for (place, &i) in places.iter().enumerate() {
        s[place] = lengths[i] / scale;
        order.iter().zip(&turned[i * k..]).for_each(|(&column, &x)| short[column] = x);
        let (long, short) = (&long[place * length..][..length], &short[..]);
        let (left, right) = if m >= n { (long, short) } else { (short, long) };
        let sign = if points_back(right.iter().copied()) { -T::one() } else { T::one() };
        left.iter().enumerate().for_each(|(r, &x)| u[r * k + place] = sign * x);
        right.iter().enumerate().for_each(|(r, &x)| v[r * k + place] = sign * x);
    }
    Ok(())
}

/// Lengths below which squares are lost, where the largest is about 1.
fn negligible<T: Field>() -> T {
    sqrt(<T as num_traits::Float>::min_positive_value()) / <T as num_traits::Float>::epsilon()
}

/// Turns the `k` rows of `w` in pairs until all are orthogonal, and those of `turned` with them.
fn orthogonalise<T: Field>(w: &mut [T], k: usize, turned: &mut [T]) -> Result<(), Fail> {
    let (lost, two_) = (negligible::<T>(), T::one() + T::one());
    let close = <T as num_traits::Float>::epsilon() * sqrt(T::from_f64(k.max(16) as f64));
    for _ in 0..SWEEPS {
        let mut done = true;
        // The squares of the lengths, kept up to date until the next sweep.
        let mut squares: Vec<T> = w.chunks_exact(k.max(1)).map(|x| dot(x, x)).collect();
        for (p, q) in pairs(k) {
            let (x, y) = two(w, k, p, q);
            let (xx, yy, xy) = (squares[p], squares[q], dot(x, y));
            let (long, wide) = (sqrt(xx), sqrt(yy));
            if abs(xy) <= close * long * wide || long <= lost || wide <= lost {
                continue;
            }
            done = false;
            let (c, s) = rotation(xx, yy, xy);
            rotate(c, s, x, y);
            (squares[p], squares[q]) = match s / c * xy {
                // Where most of a length is gone, what is left is taken anew.
                change if abs(change) * two_ > Arithmetic::minimum(xx, yy) => (dot(x, x), dot(y, y)),
                change => (xx - change, yy + change),
            };
            let (x, y) = two(turned, k, p, q);
            rotate(c, s, x, y);
        }
        if done {
            return Ok(());
        }
    }
    Err(Fail::Unsettled)
}

/// All p < q < k, block of rows after block of rows, which stay in the cache meanwhile.
fn pairs(k: usize) -> impl Iterator<Item = (usize, usize)> {
    let blocks = move || (0..k).step_by(BLOCK);
    let rows = move |start: usize| start..k.min(start + BLOCK);
    let later = move |i| blocks().skip_while(move |&j| j < i).map(move |j| (i, j));
    blocks()
        .flat_map(later)
        .flat_map(move |(i, j)| rows(i).flat_map(move |p| rows(j).filter(move |&q| q > p).map(move |q| (p, q))))
}

/// The cosine and sine of the smaller angle that makes of the symmetric matrix (xx xy; xy yy) a diagonal one.
fn rotation<T: Field>(xx: T, yy: T, xy: T) -> (T, T) {
    let one = T::one();
    let cotangent = (yy - xx) / (xy + xy);
    let magnitude = one / (abs(cotangent) + sqrt(one + cotangent * cotangent));
    let tangent = if cotangent < T::zero() { -magnitude } else { magnitude };
    let c = one / sqrt(one + tangent * tangent);
    (c, c * tangent)
}

/// A unit vector orthogonal to all of `units`: of the first axis that is farthest from them, what is left without them.
fn another<T: Field>(units: &[Vec<T>], length: usize) -> Vec<T> {
    let covered = |axis: usize| units.iter().fold(T::zero(), |sum, unit| sum + unit[axis] * unit[axis]);
    let covered: Vec<T> = (0..length).map(covered).collect();
    let axis = (0..length).fold(0, |best, axis| if covered[axis] < covered[best] { axis } else { best });
    let mut x = vec![T::zero(); length];
    x[axis] = T::one();
    // Twice, for what the first time leaves by rounding.
    for _ in 0..2 {
        for unit in units {
            super::rows::add_scaled(-dot(unit, &x), unit, &mut x);
        }
    }
    let norm = sqrt(dot(&x, &x));
    x.iter_mut().for_each(|x| *x = *x / norm);
    x
}
