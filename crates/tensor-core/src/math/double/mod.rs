//! Elementary functions in double precision.
//!
//! Each file reduces its argument, evaluates a polynomial from [`coefficients`] and puts the result together, with
//! [`pair`]s (unevaluated sums of two numbers) where one rounding too many would cost the accuracy promised. What IEEE
//! 754 wants for infinities, NaN and zeros is selected at the end.

mod coefficients;
mod pair;

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

/// 1.5 · 2⁵². Adding it rounds to an integer, half to even, and leaves that integer in the low bits.
pub(super) const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// 2ᵏ from k + [`ROUNDER`], for −1022 ≤ k ≤ 1023.
#[inline(always)]
pub(super) fn power_of_two(k_shifted: f64) -> f64 {
    f64::from_bits((k_shifted.to_bits() << 52).wrapping_add(1023 << 52))
}

/// v · 2ᵏ with a single rounding for |k| ≤ 2044, from k + [`ROUNDER`].
#[inline(always)]
pub(super) fn scale(v: f64, k_shifted: f64) -> f64 {
    // Two powers of two, their exponents biased by 1023 each.
    let both = k_shifted.to_bits().wrapping_add(2046);
    let half = both >> 1;
    v * f64::from_bits(half << 52) * f64::from_bits(both.wrapping_sub(half) << 52)
}

/// `x` kept within [low, high]; NaN stays NaN.
#[inline(always)]
pub(super) fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}
