//! sinh, cosh, tanh.

use super::coefficients::{HALF_EXPM1_TWICE, TANH};
use super::{ROUNDER, clamp, power_of_two, wide};
use crate::math::polynomial::{horner, polynomial};

#[inline(always)]
pub(in crate::math) fn sinh(x: f32) -> f32 {
    let result = wide::sinh_cosh(f64::from(clamp(x, -91.0, 91.0))).0 as f32;
    if x == 0.0 { x } else { result }
}

#[inline(always)]
pub(in crate::math) fn cosh(x: f32) -> f32 {
    wide::sinh_cosh(f64::from(clamp(x, -91.0, 91.0))).1 as f32
}

#[inline(always)]
pub(in crate::math) fn tanh(x: f32) -> f32 {
    const FAR: f32 = 8.664_34;
    let a = x.abs();
    let z = x * x;
    // (tanh x)/x = 7/8 + (1/8 − x²/3 + …): the second part stays small, and so do its errors.
    let near = a.mul_add(0.875, a * horner(z, &TANH).mul_add(z, 0.125));
    // 1 − 1/d with d = (e^2|x| + 1)/2: where it reaches 2²⁴, the result is 1, and so it is computed at 8.66434. With |x| = k ln(2)/2 + h, e^2|x|/2 is
    // 2ᵏ (½ + (e^2h − 1)/2).
    let bounded = if a > FAR { FAR } else { a };
    let shifted = bounded.mul_add(2.0 * std::f32::consts::LOG2_E, ROUNDER);
    let h = (shifted - ROUNDER).mul_add(-0.5 * std::f32::consts::LN_2, bounded);
    let p = (h * h).mul_add(polynomial(h, &HALF_EXPM1_TWICE), h);
    let power = power_of_two(shifted);
    let d = power.mul_add(p, power.mul_add(0.5, 0.5));
    let far = (d - 1.0) / d;
    (if a < 0.7 { near } else { far }).copysign(x)
}
