//! Powers and roots: xʸ, ∛x, √(x² + y²).

use super::coefficients::RECIPROCAL_CBRT;
use super::exp::{self, LIMIT};
use super::log::{self, split};
use super::pair::{Pair, quick_two_sum, two_product};
use super::{ROUNDER, scale};
use crate::math::polynomial::polynomial;

/// For 0 ≤ low ≤ high, high positive and finite: k with [`ROUNDER`] added, and 2⁻ᵏ low, 2⁻ᵏ high, the latter in [2, 4).
#[inline(always)]
pub(super) fn normalise(low: f64, high: f64) -> (f64, f64, f64) {
    let tiny = high < 1e-290;
    let lift = if tiny { 18_446_744_073_709_551_616.0 } else { 1.0 };
    let (low, high) = (low * lift, high * lift);
    let exponent = high.to_bits() >> 52;
    let factor = f64::from_bits((2047 - exponent) << 52);
    let k = f64::from_bits(ROUNDER.to_bits() + exponent) - if tiny { 1024.0 + 64.0 } else { 1024.0 };
    (k, low * factor, high * factor)
}

#[inline(always)]
pub(in crate::math) fn hypot(x: f64, y: f64) -> f64 {
    let a = x.abs();
    let b = y.abs();
    let high = if a > b { a } else { b };
    let low = if a > b { b } else { a };
    let regular = (high > 0.0) & (high < f64::INFINITY);
    let (k, low, high_part) = normalise(if regular { low } else { 0.0 }, if regular { high } else { 1.0 });
    let square = two_product(low, low);
    let sum = two_product(high_part, high_part).plus(square);
    let result = if regular { scale(sum.sqrt().value(), k) } else { high };
    let result = if x.is_nan() | y.is_nan() { f64::NAN } else { result };
    if (a == f64::INFINITY) | (b == f64::INFINITY) { f64::INFINITY } else { result }
}

#[inline(always)]
pub(in crate::math) fn cbrt(x: f64) -> f64 {
    const THIRD: f64 = 1.0 / 3.0;
    const INVERSE_CBRT_2: f64 = 0.793_700_525_984_099_7;
    const INVERSE_CBRT_4: f64 = 0.629_960_524_947_436_6;
    let (exponent, m) = split(x.abs());
    // exponent = 3k + j with j = 0, 1, 2
    let shifted = (exponent - 1.0).mul_add(THIRD, ROUNDER);
    let j = (-3.0f64).mul_add(shifted - ROUNDER, exponent);
    let (power, root) = if j == 0.0 { (1.0, 1.0) } else { (2.0, INVERSE_CBRT_2) };
    let (power, root) = if j == 2.0 { (4.0, INVERSE_CBRT_4) } else { (power, root) };
    let a = m * power;
    // y ≈ a^(−1/3), first to 17 bits, then by one step of third order.
    let y = polynomial(m, &RECIPROCAL_CBRT) * root;
    let h = (-a * y).mul_add(y * y, 1.0);
    let y = (y * h).mul_add(h.mul_add(h.mul_add(14.0 / 81.0, 2.0 / 9.0), THIRD), y);
    // One step of Newton's on a y² in twice the precision.
    let y_square = y * y;
    let c = a * y_square;
    let cube = two_product(c, c).times_single(c);
    let residual = (a - cube.hi) - cube.lo;
    let result = scale((residual * y_square).mul_add(THIRD, c), shifted).copysign(x);
    if (x.abs() > 0.0) & (x.abs() < f64::INFINITY) { result } else { x }
}

#[inline(always)]
pub(in crate::math) fn pow(x: f64, y: f64) -> f64 {
    let a = x.abs();
    let log = log::precise(a);
    let product = two_product(log.hi, y);
    let low = log.lo.mul_add(y, product.lo);
    let exponent = quick_two_sum(product.hi, low);
    let bounded = product.hi.abs() < LIMIT;
    let result = exp::of_pair(Pair::select(bounded, exponent, Pair::from(LIMIT.copysign(product.hi))));

    // 0 and ∞ raised to a power other than 0.
    let vanishing = (a == 0.0) == (y > 0.0);
    let result = if (a == 0.0) | (a == f64::INFINITY) { if vanishing { 0.0 } else { f64::INFINITY } } else { result };
    let result = if (a == 1.0) | (y == 0.0) { 1.0 } else { result };

    // Negative x: the sign of an odd power, no power at all if y is not an integer.
    let half = 0.5 * y;
    let whole = y.trunc() == y;
    let odd = whole & (half.trunc() != half);
    let negative = x.is_sign_negative();
    let result = if negative & odd { -result } else { result };
    let undefined = (x < 0.0) & (a < f64::INFINITY) & !whole;
    let result = if undefined { f64::NAN } else { result };

    let result = if y == 2.0 { x * x } else { result };
    let result = if x.is_nan() | y.is_nan() { f64::NAN } else { result };
    // Even of NaN.
    if (x == 1.0) | (y == 0.0) { 1.0 } else { result }
}
