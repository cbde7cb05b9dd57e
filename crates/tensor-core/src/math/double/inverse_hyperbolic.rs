//! arsinh, arcosh, artanh: logarithms of 1 + u with u to twice the precision.

use super::coefficients::LN_2_FULL;
use super::log::one_plus;
use super::pair::{Pair, quick_two_sum, two_product, two_sum};

/// From here on arsinh x and arcosh x are ln 2x.
const LARGE: f64 = 1e15;

#[inline(always)]
pub(in crate::math) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    let large = a > LARGE;
    let bounded = if large { 1.0 } else { a };
    // u = a + (√(1 + a²) − 1)
    let square = two_product(bounded, bounded);
    let sum = two_sum(1.0, square.hi);
    let root = quick_two_sum(sum.hi, sum.lo + square.lo).sqrt();
    let u = two_sum(root.hi, -1.0);
    let u = quick_two_sum(u.hi, u.lo + root.lo).plus_single(bounded);
    let log = one_plus(Pair::select(large, Pair::from(a), u));
    let shift = Pair::select(large, Pair::new(LN_2_FULL), Pair::from(0.0));
    let result = shift.plus(log).value().copysign(x);
    let result = if a < f64::INFINITY { result } else { x };
    // x − x³/6
    if a < 2e-9 { x } else { result }
}

#[inline(always)]
pub(in crate::math) fn acosh(x: f64) -> f64 {
    let large = x > LARGE;
    let t = if large { Pair::from(1.0) } else { two_sum(x, -1.0) };
    // u = t + √(2t + t²)
    let square = t.times(t);
    let u = t.plus(t.times_power(2.0).plus(square).sqrt());
    let log = one_plus(Pair::select(large, Pair::from(x), u));
    let shift = Pair::select(large, Pair::new(LN_2_FULL), Pair::from(0.0));
    let result = shift.plus(log).value();
    let result = if x < f64::INFINITY { result } else { x };
    if x < 1.0 { f64::NAN } else { result }
}

#[inline(always)]
pub(in crate::math) fn atanh(x: f64) -> f64 {
    let a = x.abs();
    // ln(1 + 2a/(1 − a))/2
    let u = Pair::from(2.0 * a).over(two_sum(1.0, -a));
    let result = (0.5 * one_plus(u).value()).copysign(x);
    let result = if a < 2e-9 { x } else { result };
    let result = if a == 1.0 { f64::INFINITY.copysign(x) } else { result };
    if a > 1.0 { f64::NAN } else { result }
}
