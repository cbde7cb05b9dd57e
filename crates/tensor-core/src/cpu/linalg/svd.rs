//! Singular values and vectors, by one-sided rotations (Hestenes, 1958): the columns of the matrix are turned in pairs until
//! all are orthogonal. Their lengths are the singular values, also the small ones to nearly full relative precision.

use super::Fail;
use super::rows::{Field, abs, dot, points_back, rotate, scale, sqrt, transposed, two};
use crate::cpu::functions::Arithmetic;

/// Sweeps over all pairs, of which about ten are needed.
const SWEEPS: usize = 100;

/// Writes U over the row of singular values over V.
pub(super) fn factor<T: Field>(a: &[T], [m, n]: [usize; 2], out: &mut [T]) -> Result<(), Fail> {
    let scale = scale(a).ok_or(Fail::NotFinite)?;
    let (k, length) = (m.min(n), m.max(n));
    // The columns of the matrix, or those of its transpose if they are fewer.
    let mut w = if m >= n { transposed(a, m, n) } else { a.to_vec() };
    w.iter_mut().for_each(|x| *x = *x * scale);
    let mut turned = vec![T::zero(); k * k];
    (0..k).for_each(|i| turned[i * k + i] = T::one());
    orthogonalise(&mut w, length, &mut turned, k)?;

    let lengths: Vec<T> = w.chunks_exact(length.max(1)).map(|x| sqrt(dot(x, x))).collect();
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&i, &j| lengths[j].partial_cmp(&lengths[i]).expect("lengths are numbers"));
    let lost = negligible::<T>();
    let mut units: Vec<Vec<T>> = Vec::with_capacity(k);
    for &i in &order {
        let column = &w[i * length..][..length];
        let unit = match lengths[i] > lost {
            true => column.iter().map(|&x| x / lengths[i]).collect(),
            false => another(&units, length),
        };
        units.push(unit);
    }

    let (u, rest) = out.split_at_mut(m * k);
    let (s, v) = rest.split_at_mut(k);
    for (place, &i) in order.iter().enumerate() {
        s[place] = lengths[i] / scale;
        let (unit, turned) = (&units[place][..], &turned[i * k..][..k]);
        let (left, right) = if m >= n { (unit, turned) } else { (turned, unit) };
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

/// Turns the rows of `w` in pairs until all are orthogonal, and those of `turned` with them.
fn orthogonalise<T: Field>(w: &mut [T], length: usize, turned: &mut [T], k: usize) -> Result<(), Fail> {
    let (lost, two_) = (negligible::<T>(), T::one() + T::one());
    let close = <T as num_traits::Float>::epsilon() * sqrt(T::from_f64(length.max(16) as f64));
    for _ in 0..SWEEPS {
        let mut done = true;
        // The squares of the lengths, kept up to date until the next sweep.
        let mut squares: Vec<T> = w.chunks_exact(length.max(1)).map(|x| dot(x, x)).collect();
        for p in 0..k {
            for q in p + 1..k {
                let (x, y) = two(w, length, p, q);
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
        }
        if done {
            return Ok(());
        }
    }
    Err(Fail::Unsettled)
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
