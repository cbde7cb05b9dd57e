//! arcsin, arccos, arctan, and the angle of a point.

use super::coefficients::{WIDE_ASIN, WIDE_ATAN};
use crate::math::polynomial::polynomial;

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};
use std::hint::select_unpredictable;

/// arctan(low/high), for 0 ≤ low ≤ high.
#[inline(always)]
fn arctan_of_ratio(low: f64, high: f64) -> f64 {
    // Above tan(π/8): π/4 + arctan((low − high)/(low + high)).
    let steep = low > 0.414 * high;
    let numerator = if steep { low - high } else { low };
    let denominator = if steep { low + high } else { high };
    let q = numerator / denominator;
    let z = q * q;
    let angle = (q * z).mul_add(polynomial(z, &WIDE_ATAN), q);
    if steep { FRAC_PI_4 + angle } else { angle }
}

#[inline(always)]
pub(in crate::math) fn atan(x: f32) -> f32 {
    // Beyond 10¹⁸ the result no longer changes.
    let a = f64::from(if x.abs() > 1e18 { 1e18 } else { x.abs() });
    let steep = a > 1.0;
    // The hints keep the compiler from making two branches of this, which it could not vectorise.
    let low = select_unpredictable(steep, 1.0, a);
    let high = select_unpredictable(steep, a, 1.0);
    let angle = arctan_of_ratio(low, high);
    (select_unpredictable(steep, FRAC_PI_2 - angle, angle) as f32).copysign(x)
}

#[inline(always)]
pub(in crate::math) fn atan2(y: f32, x: f32) -> f32 {
    let a = y.abs();
    let b = x.abs();
    let steep = a > b;
    let low = if steep { b } else { a };
    let high = if steep { a } else { b };
    // With an infinity: the diagonal if both are, an axis if one is. The origin lies on the axis, too.
    let both = low == f32::INFINITY;
    let axis = (high == f32::INFINITY) | (high == 0.0);
    let low = if axis { if both { 1.0 } else { 0.0 } } else { low };
    let high = if axis { 1.0 } else { high };
    let angle = arctan_of_ratio(f64::from(low), f64::from(high));
    let angle = if steep { FRAC_PI_2 - angle } else { angle };
    let angle = if x.is_sign_negative() { PI - angle } else { angle };
    let result = (angle as f32).copysign(y);
    if x.is_nan() | y.is_nan() { f32::NAN } else { result }
}

/// For |x| ≤ ½ arcsin |x|, otherwise arcsin √((1 − |x|)/2), which is a quarter turn less arcsin |x|, halved.
#[inline(always)]
fn reduced_arcsin(x: f32) -> (bool, f64) {
    let a = f64::from(x.abs());
    let outer = a > 0.5;
    let z = if outer { (1.0 - a) * 0.5 } else { a * a };
    let s = if outer { z.sqrt() } else { a };
    (outer, (s * z).mul_add(polynomial(z, &WIDE_ASIN), s))
}

#[inline(always)]
pub(in crate::math) fn asin(x: f32) -> f32 {
    let (outer, angle) = reduced_arcsin(x);
    (if outer { (-2.0f64).mul_add(angle, FRAC_PI_2) } else { angle } as f32).copysign(x)
}

#[inline(always)]
pub(in crate::math) fn acos(x: f32) -> f32 {
    let (outer, angle) = reduced_arcsin(x);
    let negative = x < 0.0;
    let inner = FRAC_PI_2 + if negative { angle } else { -angle };
    let outside = if negative { (-2.0f64).mul_add(angle, PI) } else { 2.0 * angle };
    if outer { outside as f32 } else { inner as f32 }
}
