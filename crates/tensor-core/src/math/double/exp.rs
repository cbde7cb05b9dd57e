//! eˣ, 2ˣ, eˣ − 1.

use super::coefficients::{EXP, LN_2, LN_2_FULL};
use super::pair::{Pair, quick_two_sum, two_sum};
use super::{ROUNDER, clamp, power_of_two, scale};
use crate::math::polynomial::polynomial;

/// Beyond ±800 every result over- or underflows.
pub(super) const LIMIT: f64 = 800.0;

/// e^x = 2ᵏ (1 + p): k (with [`ROUNDER`] added) and p, for |x| ≤ [`LIMIT`].
#[inline(always)]
pub(super) fn parts(x: Pair) -> (f64, Pair) {
    const LOG2_E: f64 = std::f64::consts::LOG2_E;
    let shifted = x.hi.mul_add(LOG2_E, ROUNDER);
    let k = shifted - ROUNDER;
    let head = (-k).mul_add(LN_2[0], x.hi);
    let r = quick_two_sum(head, -(k * LN_2[1]));
    (shifted, minus_one(quick_two_sum(r.hi, r.lo + x.lo)))
}

/// e^r − 1 for |r| ≤ ln(2)/2.
#[inline(always)]
fn minus_one(r: Pair) -> Pair {
    let curved = (r.hi * r.hi) * polynomial(r.hi, &EXP);
    quick_two_sum(r.hi, curved + r.lo.mul_add(r.hi, r.lo))
}

/// eˣ for a pair, |x| ≤ [`LIMIT`].
#[inline(always)]
pub(super) fn of_pair(x: Pair) -> f64 {
    let (k, p) = parts(x);
    let sum = quick_two_sum(1.0, p.hi);
    scale(sum.hi + (sum.lo + p.lo), k)
}

#[inline(always)]
pub(in crate::math) fn exp(x: f64) -> f64 {
    let x = clamp(x, -LIMIT, LIMIT);
    let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUNDER);
    let k = shifted - ROUNDER;
    // The head is exact; what is small is added to it last.
    let head = k.mul_add(-LN_2_FULL[0], x);
    let rest = k * -LN_2_FULL[1];
    let r = head + rest;
    scale(1.0 + (head + (r * r).mul_add(polynomial(r, &EXP), rest)), shifted)
}

#[inline(always)]
pub(in crate::math) fn exp2(x: f64) -> f64 {
    let x = clamp(x, -1200.0, 1200.0);
    let shifted = x + ROUNDER;
    let p = minus_one(Pair::new(LN_2_FULL).times_single(x - (shifted - ROUNDER)));
    let sum = quick_two_sum(1.0, p.hi);
    scale(sum.hi + (sum.lo + p.lo), shifted)
}

#[inline(always)]
pub(in crate::math) fn expm1(x: f64) -> f64 {
    // Below −40 the result is −1.
    let (shifted, p) = parts(Pair::from(clamp(x, -40.0, LIMIT)));
    let k = shifted - ROUNDER;
    // 2ᵏ (1 + p) − 1 = 2ᵏ ((1 − 2⁻ᵏ) + p). Beyond k = 60 the 2⁻ᵏ no longer counts.
    let inverse_power = power_of_two(ROUNDER - if k > 60.0 { 60.0 } else { k });
    let rest = two_sum(1.0, -inverse_power);
    let sum = two_sum(rest.hi, p.hi);
    let result = scale(sum.hi + (sum.lo + (rest.lo + p.lo)), shifted);
    if x == 0.0 { x } else { result }
}
