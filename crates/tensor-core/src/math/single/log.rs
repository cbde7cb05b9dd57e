//! Logarithms.

use super::coefficients::{LN, LN_2_SHORT};
use super::wide;
use crate::math::polynomial::polynomial;

/// x = 2ᵏ m with √½ ≤ m < √2, for positive finite x.
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    const SQRT_HALF: u32 = 0x3f35_04f3;
    const EXPONENT_MASK: u32 = 0xff80_0000;
    let subnormal = x < f32::MIN_POSITIVE;
    let bits = (if subnormal { x * 33_554_432.0 } else { x }).to_bits();
    let offset = bits.wrapping_sub(SQRT_HALF);
    let m = f32::from_bits(bits.wrapping_sub(offset & EXPONENT_MASK));
    let k = (offset as i32 >> 23) as f32;
    (if subnormal { k - 25.0 } else { k }, m)
}

/// What every logarithm makes of 0, negative numbers, +∞ and NaN.
#[inline(always)]
fn with_special_values(x: f32, log: f32) -> f32 {
    let log = if x < f32::INFINITY { log } else { x };
    let log = if x < 0.0 { f32::NAN } else { log };
    if x == 0.0 { f32::NEG_INFINITY } else { log }
}

#[inline(always)]
pub(in crate::math) fn ln(x: f32) -> f32 {
    let (k, m) = split(x);
    let f = m - 1.0;
    let square = f * f;
    let curved = square * f.mul_add(polynomial(f, &LN), -0.5);
    // k ln 2 + f with the rounding error of this sum.
    let exponent = k * LN_2_SHORT[0];
    let head = exponent + f;
    let rest = f - (head - exponent);
    with_special_values(x, head + (k.mul_add(LN_2_SHORT[1], rest) + curved))
}

#[inline(always)]
pub(in crate::math) fn log2(x: f32) -> f32 {
    let (k, m) = wide::split(f64::from(x));
    with_special_values(x, wide::ln_near_one(m - 1.0).mul_add(std::f64::consts::LOG2_E, k) as f32)
}

#[inline(always)]
pub(in crate::math) fn log10(x: f32) -> f32 {
    with_special_values(x, (wide::ln(f64::from(x)) * std::f64::consts::LOG10_E) as f32)
}

#[inline(always)]
pub(in crate::math) fn log1p(x: f32) -> f32 {
    let log = wide::ln_1p(f64::from(x)) as f32;
    let log = if x < f32::INFINITY { log } else { x };
    let log = if x < -1.0 { f32::NAN } else { log };
    let log = if x == -1.0 { f32::NEG_INFINITY } else { log };
    if x == 0.0 { x } else { log }
}
