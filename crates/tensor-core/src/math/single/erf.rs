//! The error function and the normal distribution.

use super::coefficients::{ERF, LN_ERFC, WIDE_ERF, WIDE_ERFC};
use super::exp::parts;
use super::{ROUNDER, clamp, power_of_two, wide};
use crate::math::double;
use crate::math::polynomial::polynomial;

#[inline(always)]
pub(in crate::math) fn erf(x: f32) -> f32 {
    let a = x.abs();
    // (erf x)/x = 1 + …: the polynomial stays small, and so do its errors.
    let near = a.mul_add(polynomial(a.mul_add(a, -0.5), &ERF), a);
    // 1 − e^(ln erfc a): from 4 on the result is 1.
    let (k, p) = parts(polynomial(if a > 4.0 { 3.0 } else { a - 1.0 }, &LN_ERFC), ROUNDER);
    let power = power_of_two(k);
    let far = (-power).mul_add(p, 1.0 - power);
    let result = (if a < 1.0 { near } else { far }).copysign(x);
    if x.is_nan() { x } else { result }
}

#[inline(always)]
pub(in crate::math) fn erfc(x: f32) -> f32 {
    upper_tail(x, f64::from(clamp(x.abs(), 0.0, 11.0)), 1.0)
}

#[inline(always)]
pub(in crate::math) fn normal_cdf(x: f32) -> f32 {
    // Φ(x) = erfc(−x/√2)/2
    upper_tail(-x, f64::from(clamp(x.abs(), 0.0, 15.0)) * std::f64::consts::FRAC_1_SQRT_2, 0.5)
}

/// share · erfc ±u, with the sign of x.
#[inline(always)]
fn upper_tail(x: f32, u: f64, share: f64) -> f32 {
    let z = u * u;
    let near = u * polynomial(z, &WIDE_ERF);
    // (1 + 2u) e^(u²) erfc u is a polynomial in t = (u − 4)/(u + 4); one division serves both denominators.
    let inverse = 1.0 / ((u + 4.0) * 2.0f64.mul_add(u, 1.0));
    let t = (u - 4.0) * 2.0f64.mul_add(u, 1.0) * inverse;
    let tail = wide::exp(-z) * polynomial(t, &WIDE_ERFC) * ((u + 4.0) * inverse);
    let small = u < 0.5;
    let positive = if small { 1.0 - near } else { tail };
    (share * if x.is_sign_negative() { 2.0 - positive } else { positive }) as f32
}

/// That of double precision, rounded.
#[inline(always)]
pub(in crate::math) fn erfinv(x: f32) -> f32 {
    double::erf::erfinv(f64::from(x)) as f32
}
