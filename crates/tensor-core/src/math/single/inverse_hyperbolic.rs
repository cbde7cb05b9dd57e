//! arsinh, arcosh, artanh.

use super::coefficients::WIDE_ASINH;
use super::wide;
use crate::math::polynomial::polynomial;

#[inline(always)]
pub(in crate::math) fn asinh(x: f32) -> f32 {
    let a = f64::from(x.abs());
    let z = a * a;
    let near = (a * z).mul_add(polynomial(z, &WIDE_ASINH), a);
    let far = wide::ln(a + (z + 1.0).sqrt());
    let result = (if a < 0.5 { near } else { far } as f32).copysign(x);
    if a < f64::INFINITY { result } else { x }
}

#[inline(always)]
pub(in crate::math) fn acosh(x: f32) -> f32 {
    let t = f64::from(x) - 1.0;
    let result = wide::ln_1p(t + (t * (t + 2.0)).sqrt()) as f32;
    let result = if x < f32::INFINITY { result } else { x };
    if x < 1.0 { f32::NAN } else { result }
}

#[inline(always)]
pub(in crate::math) fn atanh(x: f32) -> f32 {
    let a = f64::from(x.abs());
    let result = ((0.5 * wide::ln_1p(2.0 * a / (1.0 - a))) as f32).copysign(x);
    let result = if a == 1.0 { f32::INFINITY.copysign(x) } else { result };
    if a <= 1.0 { result } else { f32::NAN }
}
