//! ln|Γ| and its derivatives: those of double precision, rounded.

use crate::math::double::gamma;

#[inline(always)]
pub(in crate::math) fn lgamma(x: f32) -> f32 {
    gamma::lgamma(f64::from(x)) as f32
}

#[inline(always)]
pub(in crate::math) fn digamma(x: f32) -> f32 {
    gamma::digamma(f64::from(x)) as f32
}

#[inline(always)]
pub(in crate::math) fn trigamma(x: f32) -> f32 {
    gamma::trigamma(f64::from(x)) as f32
}

pub(in crate::math) fn polygamma(n: u32, x: f32) -> f32 {
    gamma::polygamma(n, f64::from(x)) as f32
}
