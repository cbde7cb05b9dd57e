//! Elementary functions in single precision.
//!
//! What neural networks use most is computed in single precision throughout: exp, ln, tanh, the logistic function, erf.
//! The rest goes through double precision with polynomials no better than single precision needs ([`wide`]), so that
//! half as many elements fit a register, but no care is needed for rounding errors. The rarest functions are those of
//! double precision, rounded.

mod coefficients;
mod wide;

pub(super) mod erf;
pub(super) mod exp;
pub(super) mod gamma;
pub(super) mod hyperbolic;
pub(super) mod inverse_hyperbolic;
pub(super) mod inverse_trig;
pub(super) mod log;
pub(super) mod logistic;
pub(super) mod power;
pub(super) mod trig;

/// 1.5 · 2²³ + 127. Adding it rounds to an integer, half to even, and leaves that integer plus 127 in the low bits.
const ROUNDER: f32 = 12_583_039.0;

/// The same with 254.
const DOUBLE_ROUNDER: f32 = 12_583_166.0;

/// 2ᵏ from k + [`ROUNDER`], for −126 ≤ k ≤ 127.
#[inline(always)]
fn power_of_two(k_shifted: f32) -> f32 {
    f32::from_bits(k_shifted.to_bits() << 23)
}

/// Two powers of two with the product 2ᵏ for |k| ≤ 252, from k + [`DOUBLE_ROUNDER`].
#[inline(always)]
fn two_powers(k_shifted: f32) -> (f32, f32) {
    let both = k_shifted.to_bits();
    let half = both >> 1;
    (f32::from_bits(half << 23), f32::from_bits(both.wrapping_sub(half) << 23))
}

/// `x` kept within [low, high]; NaN stays NaN.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}
