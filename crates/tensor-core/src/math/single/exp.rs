//! eˣ, 2ˣ, eˣ − 1.

use super::coefficients::{EXP, EXP2, LN_2};
use super::{DOUBLE_ROUNDER, clamp, two_powers, wide};
use crate::math::polynomial::polynomial;

/// e^x = 2ᵏ (1 + p): k (with `rounder` added) and p, for |x| ≤ 105.
#[inline(always)]
pub(super) fn parts(x: f32, rounder: f32) -> (f32, f32) {
    let shifted = x.mul_add(std::f32::consts::LOG2_E, rounder);
    let k = shifted - rounder;
    // The head is exact; what is small is added to it last.
    let head = (-k).mul_add(LN_2[0], x);
    let rest = k * -LN_2[1];
    let r = head + rest;
    (shifted, head + (r * r).mul_add(polynomial(r, &EXP), rest))
}

/// 2ᵏ (1 + p), from k + [`DOUBLE_ROUNDER`].
#[inline(always)]
fn compose(k_shifted: f32, p: f32) -> f32 {
    let (power, rest) = two_powers(k_shifted);
    power.mul_add(p, power) * rest
}

#[inline(always)]
pub(in crate::math) fn exp(x: f32) -> f32 {
    let (k, p) = parts(clamp(x, -105.0, 89.0), DOUBLE_ROUNDER);
    compose(k, p)
}

/// Whether eˣ is a normal number.
#[inline(always)]
pub(in crate::math) fn is_moderate(x: f32) -> bool {
    x.abs() <= 87.0
}

/// [`exp`] of what [`is_moderate`].
#[inline(always)]
pub(in crate::math) fn exp_moderate(x: f32) -> f32 {
    /// 1.5 · 2²³
    const ROUNDER: f32 = 12_582_912.0;
    let (k, p) = parts(x, ROUNDER);
    // To add to the exponent is to multiply by a power of two.
    f32::from_bits((1.0 + p).to_bits().wrapping_add(k.to_bits() << 23))
}

#[inline(always)]
pub(in crate::math) fn exp2(x: f32) -> f32 {
    const LN_2_REST: f32 = LN_2[1];
    let x = clamp(x, -152.0, 129.0);
    let shifted = x + DOUBLE_ROUNDER;
    let r = x - (shifted - DOUBLE_ROUNDER);
    let p = r.mul_add(LN_2[0], r * r.mul_add(polynomial(r, &EXP2), LN_2_REST));
    compose(shifted, p)
}

#[inline(always)]
pub(in crate::math) fn expm1(x: f32) -> f32 {
    let result = wide::expm1(f64::from(clamp(x, -20.0, 90.0))) as f32;
    if x == 0.0 { x } else { result }
}
