//! sinh, cosh, tanh.

use super::exp::{LIMIT, parts};
use super::pair::{Pair, quick_two_sum, two_sum};
use super::{ROUNDER, clamp, power_of_two, scale};

/// For e^|x| = 2ᵏ (1 + p): k (shifted), 2^(−2k), p, and q = p/(1 + p), so that e^−|x| = 2⁻ᵏ (1 − q).
#[inline(always)]
fn exponential_parts(x: f64) -> (f64, f64, Pair, Pair) {
    let (shifted, p) = parts(Pair::from(clamp(x.abs(), 0.0, LIMIT)));
    let k = shifted - ROUNDER;
    // Beyond k = 60 the e^−|x| no longer counts.
    let k = if k > 60.0 { 60.0 } else { k };
    let inverse_square = power_of_two((-2.0f64).mul_add(k, ROUNDER));
    let one_plus_p = quick_two_sum(1.0, p.hi);
    let q = p.over(Pair { hi: one_plus_p.hi, lo: one_plus_p.lo + p.lo });
    (shifted, inverse_square, p, q)
}

#[inline(always)]
pub(in crate::math) fn sinh(x: f64) -> f64 {
    let (k, inverse_square, p, q) = exponential_parts(x);
    // 2^(k−1) ((1 − 2^−2k) + p + 2^−2k q): no cancellation, even for k = 0.
    let sum = two_sum(1.0, -inverse_square).plus(p).plus(q.times_power(inverse_square));
    let result = scale(sum.value(), k - 1.0).copysign(x);
    if x == 0.0 { x } else { result }
}

#[inline(always)]
pub(in crate::math) fn cosh(x: f64) -> f64 {
    let (k, inverse_square, p, q) = exponential_parts(x);
    let sum = two_sum(1.0, inverse_square).plus(p).plus(q.times_power(-inverse_square));
    scale(sum.value(), k - 1.0)
}

#[inline(always)]
pub(in crate::math) fn tanh(x: f64) -> f64 {
    // From 20 on the result is 1. With t = e^2|x| − 1: tanh = t/(t + 2).
    let (shifted, p) = parts(Pair::from(clamp(2.0 * x.abs(), 0.0, 40.0)));
    let inverse_power = power_of_two(2.0f64.mul_add(ROUNDER, -shifted));
    let t = two_sum(1.0, -inverse_power).plus(p);
    let result = t.over(t.plus_single(2.0 * inverse_power)).value().copysign(x);
    if x == 0.0 { x } else { result }
}
