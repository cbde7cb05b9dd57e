//! The logistic function and what is built from ln(1 + eˣ).

use super::exp::parts;
use super::{DOUBLE_ROUNDER, clamp, two_powers, wide};
use crate::math::double;

#[inline(always)]
pub(in crate::math) fn sigmoid(x: f32) -> f32 {
    let (k, p) = parts(clamp(-x.abs(), -105.0, 0.0), DOUBLE_ROUNDER);
    let (power, rest) = two_powers(k);
    let both = power * rest;
    // With e^−|x| = 2ᵏ (1 + p): 1/(1 + 2ᵏ (1 + p)), or 2ᵏ times (1 + p)/(…), so that a subnormal result is rounded once.
    let m = 1.0 + p;
    let m_rest = (1.0 - m) + p;
    let d = both.mul_add(m, 1.0);
    let d_rest = both.mul_add(m_rest, both.mul_add(m, 1.0 - d));
    let positive = x >= 0.0;
    let numerator = if positive { 1.0 } else { m };
    let numerator_rest = if positive { 0.0 } else { m_rest };
    let inverse = 1.0 / d;
    let quotient = numerator * inverse;
    let remainder = (-quotient).mul_add(d_rest, (-quotient).mul_add(d, numerator) + numerator_rest);
    let result = remainder.mul_add(inverse, quotient);
    if positive { result } else { result * power * rest }
}

#[inline(always)]
pub(in crate::math) fn softplus(x: f32) -> f32 {
    let log = wide::ln_1p(wide::exp(f64::from(clamp(-x.abs(), -110.0, 0.0))));
    let result = (log + f64::from(if x > 0.0 { x } else { 0.0 })) as f32;
    if x < f32::INFINITY { result } else { x }
}

#[inline(always)]
pub(in crate::math) fn log_sigmoid(x: f32) -> f32 {
    -softplus(-x)
}

/// Through full double precision: the two terms may cancel.
#[inline(always)]
pub(in crate::math) fn logaddexp(a: f32, b: f32) -> f32 {
    double::logistic::logaddexp(f64::from(a), f64::from(b)) as f32
}
