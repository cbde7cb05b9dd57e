//! The logistic function and what is built from ln(1 + eˣ).

use super::exp::{LIMIT, parts};
use super::log::one_plus;
use super::pair::{Pair, quick_two_sum, two_sum};
use super::{ROUNDER, clamp, scale};

/// e^−|d| as a pair, for d given as a pair.
#[inline(always)]
fn decay(d: Pair) -> Pair {
    let (k, p) = parts(d);
    let one_plus_p = quick_two_sum(1.0, p.hi);
    Pair { hi: scale(one_plus_p.hi, k), lo: scale(one_plus_p.lo + p.lo, k) }
}

#[inline(always)]
pub(in crate::math) fn sigmoid(x: f64) -> f64 {
    let (k, p) = parts(Pair::from(clamp(-x.abs(), -LIMIT, LIMIT)));
    let sum = quick_two_sum(1.0, p.hi);
    let m = Pair { hi: sum.hi, lo: sum.lo + p.lo };
    // With e^−|x| = 2ᵏ m: 1/(1 + 2ᵏ m), or 2ᵏ times m/(1 + 2ᵏ m), so that a subnormal result is rounded once.
    let decay = m.times_power(scale(1.0, k));
    let denominator = quick_two_sum(1.0, decay.hi);
    let denominator = Pair { hi: denominator.hi, lo: denominator.lo + decay.lo };
    let positive = x >= 0.0;
    let numerator = Pair::select(positive, Pair::from(1.0), m);
    scale(numerator.over(denominator).value(), if positive { ROUNDER } else { k })
}

#[inline(always)]
pub(in crate::math) fn softplus(x: f64) -> f64 {
    let log = one_plus(decay(Pair::from(clamp(-x.abs(), -LIMIT, LIMIT))));
    let sum = quick_two_sum(if x > 0.0 { x } else { 0.0 }, log.hi);
    let result = sum.hi + (sum.lo + log.lo);
    if x < f64::INFINITY { result } else { x }
}

#[inline(always)]
pub(in crate::math) fn log_sigmoid(x: f64) -> f64 {
    -softplus(-x)
}

#[inline(always)]
pub(in crate::math) fn logaddexp(a: f64, b: f64) -> f64 {
    let high = if a > b { a } else { b };
    let low = if a > b { b } else { a };
    let difference = two_sum(low, -high);
    let bounded = difference.hi > -LIMIT;
    let log = one_plus(decay(Pair::select(bounded, difference, Pair::from(-LIMIT))));
    let sum = two_sum(high, log.hi);
    let result = sum.hi + (sum.lo + log.lo);
    // Infinite operands: the larger one.
    let result = if high.abs() < f64::INFINITY { result } else { high };
    if a.is_nan() || b.is_nan() { f64::NAN } else { result }
}
