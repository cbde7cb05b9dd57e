//! What the operations make of one or two numbers.

use crate::wide::{narrow, wide};
use tensor_core::ops::*;
use tensor_core::{Element, Num, Real};

pub(crate) fn unary<T: Num>(op: Unary, x: T) -> T {
    let x = wide(x);
    narrow(match op {
        Unary::Neg => -x,
        Unary::Abs => x.abs(),
        Unary::Sign => x.sign(),
        Unary::Square => x * x,
    })
}

pub(crate) fn unary_real<T: Real>(op: UnaryReal, x: T) -> T {
    use UnaryReal as U;
    let x = x.as_f64();
    T::from_f64(match op {
        U::Reciprocal => 1.0 / x,
        U::Sqrt => x.sqrt(),
        U::Rsqrt => 1.0 / x.sqrt(),
        U::Exp => x.exp(),
        U::Expm1 => x.exp_m1(),
        U::Ln => x.ln(),
        U::Log2 => x.log2(),
        U::Log10 => x.log10(),
        U::Log1p => x.ln_1p(),
        U::Sin => x.sin(),
        U::Cos => x.cos(),
        U::Tan => x.tan(),
        U::Atan => x.atan(),
        U::Sinh => x.sinh(),
        U::Cosh => x.cosh(),
        U::Tanh => x.tanh(),
        // Each in the form whose exponential cannot overflow.
        U::Sigmoid if x < 0.0 => x.exp() / (1.0 + x.exp()),
        U::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        U::Softplus if x.is_nan() => x,
        U::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        U::Relu if x <= 0.0 => 0.0,
        U::Relu => x,
        U::Erf => erf(x),
        U::Floor => x.floor(),
        U::Ceil => x.ceil(),
        U::Round => x.round_ties_even(),
        U::Trunc => x.trunc(),
    })
}

pub(crate) fn binary<T: Num>(op: Binary, a: T, b: T) -> T {
    match op {
        Binary::Add => narrow(wide(a) + wide(b)),
        Binary::Sub => narrow(wide(a) - wide(b)),
        Binary::Mul => narrow(wide(a) * wide(b)),
        Binary::Maximum if is_nan(a) || a > b => a,
        Binary::Minimum if is_nan(a) || a < b => a,
        // Of equals, −0 and 0 among them, the second.
        Binary::Maximum | Binary::Minimum => b,
    }
}

pub(crate) fn binary_real<T: Real>(op: BinaryReal, a: T, b: T) -> T {
    let (a, b) = (a.as_f64(), b.as_f64());
    T::from_f64(match op {
        BinaryReal::Div => a / b,
        BinaryReal::Pow => a.powf(b),
        BinaryReal::Atan2 => a.atan2(b),
    })
}

pub(crate) fn compare<T: Num>(op: Compare, a: T, b: T) -> bool {
    match op {
        Compare::Eq => a == b,
        Compare::Ne => a != b,
        Compare::Lt => a < b,
        Compare::Le => a <= b,
        Compare::Gt => a > b,
        Compare::Ge => a >= b,
    }
}

pub(crate) fn logic(op: Logic, a: bool, b: bool) -> bool {
    match op {
        Logic::And => a && b,
        Logic::Or => a || b,
        Logic::Xor => a != b,
    }
}

#[allow(clippy::eq_op)] // Only NaN differs from itself.
pub(crate) fn is_nan<T: Element>(x: T) -> bool {
    x != x
}

/// The error function, 2/√π · ∫₀ˣ e^(−t²) dt, to less than two units in the last place.
fn erf(x: f64) -> f64 {
    use std::f64::consts::FRAC_2_SQRT_PI;
    let square = x * x;
    if x.abs() < 0.75 {
        // Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), the smallest first; NIST's Digital Library of Mathematical Functions, 7.6.1.
        let powers = (1..25).scan(x, |power, n| Some(std::mem::replace(power, *power * -square / f64::from(n))));
        let terms: Vec<f64> = powers.zip((1..).step_by(2)).map(|(power, odd)| power / f64::from(odd)).collect();
        (FRAC_2_SQRT_PI * terms.iter().rfold(0.0, |sum, term| sum + term)).copysign(x)
    } else if x.abs() < 6.0 {
        // 1 − e^(−x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …)))); the same, 7.9.1. The square is taken to twice the
        // digits: an error in it would be magnified x² times.
        let gauss = (-square).exp() * (1.0 - x.mul_add(x, -square));
        let fraction = (1..500).rev().fold(x.abs(), |below, n| x.abs() + f64::from(n) / 2.0 / below);
        (1.0 - FRAC_2_SQRT_PI / 2.0 * gauss / fraction).copysign(x)
    } else {
        // 1 − |erf x| < 10⁻¹⁶; NaN stays NaN.
        x.signum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_has_its_known_values() {
        for (x, y) in [(0.5, 0.5204998778130465), (1.0, 0.8427007929497149), (2.0, 0.9953222650189527)] {
            for sign in [1.0, -1.0] {
                assert!((erf(sign * x) - sign * y).abs() <= 2.0 * f64::EPSILON * y);
            }
        }
        assert_eq!(erf(-0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!((erf(f64::INFINITY), erf(7.0)), (1.0, 1.0));
        assert!(erf(f64::NAN).is_nan());
    }

    #[test]
    fn integers_wrap_and_their_signs_are_integers() {
        assert_eq!(binary(Binary::Mul, i64::MAX, 2), -2);
        assert_eq!(binary(Binary::Sub, 1u8, 2), 255);
        assert_eq!((unary(Unary::Neg, i32::MIN), unary(Unary::Abs, i64::MIN)), (i32::MIN, i64::MIN));
        assert_eq!((unary(Unary::Sign, 7u8), unary(Unary::Sign, -7i32)), (1, -1));
    }
}
