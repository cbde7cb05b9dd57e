//! Powers and roots: xʸ, ∛x, √(x² + y²).

use super::coefficients::{WIDE_EXP2, WIDE_LOG2, WIDE_RECIPROCAL_CBRT};
use super::wide::split;
use crate::math::double::{ROUNDER, clamp, power_of_two};
use crate::math::polynomial::polynomial;

#[inline(always)]
pub(in crate::math) fn hypot(x: f32, y: f32) -> f32 {
    let (a, b) = (f64::from(x), f64::from(y));
    let result = a.mul_add(a, b * b).sqrt() as f32;
    if (x.abs() == f32::INFINITY) | (y.abs() == f32::INFINITY) { f32::INFINITY } else { result }
}

#[inline(always)]
pub(in crate::math) fn cbrt(x: f32) -> f32 {
    const THIRD: f64 = 1.0 / 3.0;
    const INVERSE_CBRT_2: f64 = 0.793_700_525_984_099_7;
    const INVERSE_CBRT_4: f64 = 0.629_960_524_947_436_6;
    let (exponent, m) = split(f64::from(x.abs()));
    // exponent = 3k + j with j = 0, 1, 2
    let shifted = (exponent - 1.0).mul_add(THIRD, ROUNDER);
    let j = (-3.0f64).mul_add(shifted - ROUNDER, exponent);
    let (power, root) = if j == 0.0 { (1.0, 1.0) } else { (2.0, INVERSE_CBRT_2) };
    let (power, root) = if j == 2.0 { (4.0, INVERSE_CBRT_4) } else { (power, root) };
    let a = m * power;
    // y ≈ a^(−1/3) to 17 bits, then one step of Newton's on a y².
    let y = polynomial(m, &WIDE_RECIPROCAL_CBRT) * root;
    let square = y * y;
    let c = a * square;
    let residual = (-c * c).mul_add(c, a);
    let result = (residual * square).mul_add(THIRD, c) * power_of_two(shifted);
    let result = (result as f32).copysign(x);
    if (x.abs() > 0.0) & (x.abs() < f32::INFINITY) { result } else { x }
}

/// log2 of a positive normal number, to some 45 bits.
#[inline(always)]
fn log2(x: f64) -> f64 {
    let (k, m) = split(x);
    let f = m - 1.0;
    let s = f / (2.0 + f);
    s.mul_add(polynomial(s * s, &WIDE_LOG2), k)
}

#[inline(always)]
pub(in crate::math) fn pow(x: f32, y: f32) -> f32 {
    let a = x.abs();
    // Beyond ±200 the result over- or underflows.
    let exponent = clamp(f64::from(y) * log2(f64::from(a)), -200.0, 200.0);
    let shifted = exponent + ROUNDER;
    let r = exponent - (shifted - ROUNDER);
    let power = power_of_two(shifted);
    let result = power.mul_add(r * polynomial(r, &WIDE_EXP2), power) as f32;

    // 0 and ∞ raised to a power other than 0.
    let vanishing = (a == 0.0) == (y > 0.0);
    let result = if (a == 0.0) | (a == f32::INFINITY) { if vanishing { 0.0 } else { f32::INFINITY } } else { result };
    let result = if (a == 1.0) | (y == 0.0) { 1.0 } else { result };

    // Negative x: the sign of an odd power, no power at all if y is not an integer.
    let half = 0.5 * y;
    let whole = y.trunc() == y;
    let odd = whole & (half.trunc() != half);
    let negative = x.is_sign_negative();
    let result = if negative & odd { -result } else { result };
    let undefined = (x < 0.0) & (a < f32::INFINITY) & !whole;
    let result = if undefined { f32::NAN } else { result };

    let result = if y == 2.0 { x * x } else { result };
    let result = if x.is_nan() | y.is_nan() { f32::NAN } else { result };
    // Even of NaN.
    if (x == 1.0) | (y == 0.0) { 1.0 } else { result }
}
