//! Building blocks in double precision, good to some 33 bits.

use super::coefficients::{WIDE_COSH, WIDE_EXP, WIDE_LN, WIDE_SINH};
use crate::math::double::{ROUNDER, power_of_two};
use crate::math::polynomial::polynomial;

use std::f64::consts::{LN_2, LOG2_E};

/// x = k ln 2 + r: k with [`ROUNDER`] added, and r.
#[inline(always)]
fn reduce(x: f64) -> (f64, f64) {
    let shifted = x.mul_add(LOG2_E, ROUNDER);
    (shifted, (shifted - ROUNDER).mul_add(-LN_2, x))
}

/// eˣ for |x| ≤ 700.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let (k, r) = reduce(x);
    let p = (r * r).mul_add(polynomial(r, &WIDE_EXP), r);
    let power = power_of_two(k);
    power.mul_add(p, power)
}

/// eˣ − 1 for |x| ≤ 700.
#[inline(always)]
pub(super) fn expm1(x: f64) -> f64 {
    let (k, r) = reduce(x);
    let p = (r * r).mul_add(polynomial(r, &WIDE_EXP), r);
    let power = power_of_two(k);
    power.mul_add(p, power - 1.0)
}

/// sinh x and cosh x for |x| ≤ 700.
#[inline(always)]
pub(super) fn sinh_cosh(x: f64) -> (f64, f64) {
    let (k, r) = reduce(x);
    let z = r * r;
    let sinh = r * polynomial(z, &WIDE_SINH);
    let cosh = polynomial(z, &WIDE_COSH);
    // sinh and cosh of k ln 2.
    let half_power = power_of_two(k - 1.0);
    let half_inverse = power_of_two((ROUNDER - 1.0) - (k - ROUNDER));
    let sinh_k = half_power - half_inverse;
    let cosh_k = half_power + half_inverse;
    (sinh_k.mul_add(cosh, cosh_k * sinh), cosh_k.mul_add(cosh, sinh_k * sinh))
}

/// x = 2ᵏ m with √½ ≤ m < √2, for positive normal x.
#[inline(always)]
pub(super) fn split(x: f64) -> (f64, f64) {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const EXPONENT_MASK: u64 = 0xfff0_0000_0000_0000;
    let bits = x.to_bits();
    let offset = bits.wrapping_sub(SQRT_HALF);
    let m = f64::from_bits(bits.wrapping_sub(offset & EXPONENT_MASK));
    let biased = offset.wrapping_add(1023 << 52) >> 52;
    (f64::from_bits(0x4330_0000_0000_0000 | biased) - (4_503_599_627_370_496.0 + 1023.0), m)
}

/// ln(1 + f) for √½ ≤ 1 + f < √2.
#[inline(always)]
pub(super) fn ln_near_one(f: f64) -> f64 {
    (f * f).mul_add(polynomial(f, &WIDE_LN), f)
}

/// ln(1 + u) for u > −1 that is a single-precision number or moderately close to 0.
#[inline(always)]
pub(super) fn ln_1p(u: f64) -> f64 {
    let (k, m) = split(1.0 + u);
    // Near 0 without the rounding of 1 + u.
    let near = k == 0.0;
    k.mul_add(LN_2, ln_near_one(if near { u } else { m - 1.0 }))
}

/// ln x for positive normal x.
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    let (k, m) = split(x);
    k.mul_add(LN_2, ln_near_one(m - 1.0))
}
