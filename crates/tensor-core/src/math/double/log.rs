//! Logarithms.

use super::coefficients::{
    LN, LN_2, LN_2_TRIPLE, LN_TAIL, LN_TWO_FIFTHS_SERIES, LN_TWO_THIRDS_SERIES, LOG2_E, LOG10_2, LOG10_E,
};
use super::pair::{Pair, quick_two_sum, two_sum};
use crate::math::polynomial::polynomial;

/// x = 2ᵏ m with √½ ≤ m < √2, for positive finite x.
#[inline(always)]
pub(super) fn split(x: f64) -> (f64, f64) {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const EXPONENT_MASK: u64 = 0xfff0_0000_0000_0000;
    let subnormal = x < f64::MIN_POSITIVE;
    let bits = (if subnormal { x * 18_014_398_509_481_984.0 } else { x }).to_bits();
    let offset = bits.wrapping_sub(SQRT_HALF);
    let m = f64::from_bits(bits.wrapping_sub(offset & EXPONENT_MASK));
    // The exponent, biased to stay positive, as the low bits of a float: no integer conversion is needed.
    let biased = offset.wrapping_add(1023 << 52) >> 52;
    let bias = 4_503_599_627_370_496.0 + if subnormal { 1023.0 + 54.0 } else { 1023.0 };
    (f64::from_bits(0x4330_0000_0000_0000 | biased) - bias, m)
}

/// ln(1 + f) + c for √½ − 1 ≤ f < √2 − 1 and tiny c, to some 57 bits.
#[inline(always)]
fn near_one(f: f64, c: f64) -> Pair {
    // With s = f/(2 + f): ln(1 + f) = 2 artanh s = f − (f²/2 − s (f²/2 + R(s²))).
    let s = f / (2.0 + f);
    let z = s * s;
    let half = 0.5 * f;
    let half_square = half * f;
    let square_error = half.mul_add(f, -half_square);
    let rest = s.mul_add(z.mul_add(polynomial(z, &LN), half_square), c - square_error);
    let head = f - half_square;
    quick_two_sum(head, ((f - head) - half_square) + rest)
}

/// k ln 2 + l.
#[inline(always)]
fn add_exponent(k: f64, l: Pair) -> Pair {
    let sum = quick_two_sum(k * LN_2[0], l.hi);
    quick_two_sum(sum.hi, k.mul_add(LN_2[1], sum.lo + l.lo))
}

/// ln of a positive finite number, to some 57 bits.
#[inline(always)]
pub(super) fn of_positive(x: f64) -> Pair {
    let (k, m) = split(x);
    add_exponent(k, near_one(m - 1.0, 0.0))
}

/// ln of a positive pair, to some 57 bits.
#[inline(always)]
pub(super) fn of_pair(x: Pair) -> Pair {
    let (k, m) = split(x.hi);
    add_exponent(k, near_one(m - 1.0, x.lo / x.hi))
}

/// ln(1 + u) for u > −1, to some 57 bits.
#[inline(always)]
pub(super) fn one_plus(u: Pair) -> Pair {
    let small = u.hi.abs() < 0.25;
    let y = two_sum(1.0, u.hi);
    let (k, m) = split(y.hi);
    let k = if small { 0.0 } else { k };
    let f = if small { u.hi } else { m - 1.0 };
    let c = if small { u.lo } else { y.lo + u.lo };
    add_exponent(k, near_one(f, c / y.hi))
}

/// ln of a positive finite number, to some 66 bits.
#[inline(always)]
pub(super) fn precise(x: f64) -> Pair {
    let (k, m) = split(x);
    let f = m - 1.0;
    let s = Pair::from(f).over(two_sum(2.0, f));
    let z = s.times(s);
    // 2s + s z (2/3 + z (2/5 + z …))
    let tail = z.hi * polynomial(z.hi, &LN_TAIL);
    let fifths = quick_two_sum(LN_TWO_FIFTHS_SERIES[0], tail + LN_TWO_FIFTHS_SERIES[1]);
    let thirds = Pair::new(LN_TWO_THIRDS_SERIES).plus(z.times(fifths));
    let l = s.times_power(2.0).plus(s.times(z.times(thirds)));
    let sum = quick_two_sum(k * LN_2_TRIPLE[0], l.hi);
    let low = k.mul_add(LN_2_TRIPLE[2], sum.lo + l.lo);
    quick_two_sum(sum.hi, k.mul_add(LN_2_TRIPLE[1], low))
}

/// What every logarithm makes of 0, negative numbers, +∞ and NaN.
#[inline(always)]
fn with_special_values(x: f64, log: f64) -> f64 {
    let log = if x < f64::INFINITY { log } else { x };
    let log = if x < 0.0 { f64::NAN } else { log };
    if x == 0.0 { f64::NEG_INFINITY } else { log }
}

#[inline(always)]
pub(in crate::math) fn ln(x: f64) -> f64 {
    with_special_values(x, of_positive(x).value())
}

#[inline(always)]
pub(in crate::math) fn log2(x: f64) -> f64 {
    let (k, m) = split(x);
    let l = near_one(m - 1.0, 0.0).times(Pair::new(LOG2_E));
    let sum = quick_two_sum(k, l.hi);
    with_special_values(x, sum.hi + (sum.lo + l.lo))
}

#[inline(always)]
pub(in crate::math) fn log10(x: f64) -> f64 {
    let (k, m) = split(x);
    let l = near_one(m - 1.0, 0.0).times(Pair::new(LOG10_E));
    let sum = quick_two_sum(k * LOG10_2[0], l.hi);
    with_special_values(x, sum.hi + k.mul_add(LOG10_2[1], sum.lo + l.lo))
}

#[inline(always)]
pub(in crate::math) fn log1p(x: f64) -> f64 {
    let log = one_plus(Pair::from(x)).value();
    let log = if x < f64::INFINITY { log } else { x };
    let log = if x < -1.0 { f64::NAN } else { log };
    let log = if x == -1.0 { f64::NEG_INFINITY } else { log };
    if x == 0.0 { x } else { log }
}
