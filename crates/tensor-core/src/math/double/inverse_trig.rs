//! arcsin, arccos, arctan, and the angle of a point.

use super::coefficients::{ASIN, ATAN, FRAC_PI_2, FRAC_PI_4, PI};
use super::pair::{Pair, quick_two_sum, two_sum};
use super::power::normalise;
use crate::math::polynomial::polynomial;

const HALF_TURN: Pair = Pair::new(PI);
const QUARTER_TURN: Pair = Pair::new([FRAC_PI_2[0], FRAC_PI_2[1]]);
const EIGHTH_TURN: Pair = Pair::new(FRAC_PI_4);

/// arctan(low/high), for 0 ≤ low ≤ high.
#[inline(always)]
fn arctan_of_ratio(low: f64, high: f64) -> Pair {
    // Above tan(π/8): π/4 + arctan((low − high)/(low + high)).
    let steep = low > 0.414 * high;
    let numerator = Pair::select(steep, two_sum(low, -high), Pair::from(low));
    let denominator = Pair::select(steep, two_sum(high, low), Pair::from(high));
    let q = numerator.over(denominator);
    let z = q.hi * q.hi;
    let cubic = (q.hi * z) * polynomial(z, &ATAN);
    let angle = quick_two_sum(q.hi, cubic + (-z).mul_add(q.lo, q.lo));
    Pair::select(steep, EIGHTH_TURN.plus(angle), angle)
}

#[inline(always)]
pub(in crate::math) fn atan(x: f64) -> f64 {
    // Beyond 10¹⁸ the result no longer changes.
    let a = if x.abs() > 1e18 { 1e18 } else { x.abs() };
    let steep = a > 1.0;
    let angle = arctan_of_ratio(if steep { 1.0 } else { a }, if steep { a } else { 1.0 });
    Pair::select(steep, QUARTER_TURN.plus(angle.negate()), angle).value().copysign(x)
}

#[inline(always)]
pub(in crate::math) fn atan2(y: f64, x: f64) -> f64 {
    let a = y.abs();
    let b = x.abs();
    let steep = a > b;
    let low = if steep { b } else { a };
    let high = if steep { a } else { b };
    // With an infinity: the diagonal if both are, an axis if one is. The origin lies on the axis, too.
    let both = low == f64::INFINITY;
    let axis = (high == f64::INFINITY) | (high == 0.0);
    let low = if axis { if both { 1.0 } else { 0.0 } } else { low };
    let high = if axis { 1.0 } else { high };
    let (_, low, high) = normalise(low, high);
    let angle = arctan_of_ratio(low, high);
    let angle = Pair::select(steep, QUARTER_TURN.plus(angle.negate()), angle);
    let left = x.is_sign_negative();
    let angle = Pair::select(left, HALF_TURN.plus(angle.negate()), angle);
    let result = angle.value().copysign(y);
    if x.is_nan() | y.is_nan() { f64::NAN } else { result }
}

/// For |x| ≤ ½ arcsin |x|, otherwise arcsin √((1 − |x|)/2), which is a quarter turn less arcsin |x|, halved.
#[inline(always)]
fn reduced_arcsin(a: f64) -> (bool, Pair) {
    let outer = a > 0.5;
    let z = if outer { (1.0 - a) * 0.5 } else { a * a };
    let s = Pair::select(outer, Pair::from(z).sqrt(), Pair::from(a));
    (outer, quick_two_sum(s.hi, (s.hi * z).mul_add(polynomial(z, &ASIN), s.lo)))
}

#[inline(always)]
pub(in crate::math) fn asin(x: f64) -> f64 {
    let (outer, angle) = reduced_arcsin(x.abs());
    Pair::select(outer, QUARTER_TURN.plus(angle.times_power(-2.0)), angle).value().copysign(x)
}

#[inline(always)]
pub(in crate::math) fn acos(x: f64) -> f64 {
    let (outer, angle) = reduced_arcsin(x.abs());
    let negative = x < 0.0;
    let signed = Pair::select(negative, angle, angle.negate());
    let inner = QUARTER_TURN.plus(signed);
    let doubled = angle.times_power(2.0);
    let outside = Pair::select(negative, HALF_TURN.plus(doubled.negate()), doubled);
    Pair::select(outer, outside, inner).value()
}
