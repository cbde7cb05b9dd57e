//! What the operations make of one or two numbers.

use crate::special::{acosh, asinh, digamma, erf, erfc, erfinv, lgamma, normal_cdf, polygamma};
use crate::wide::{Wide, narrow, wide};
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
        U::Cbrt => x.cbrt(),
        U::Exp => x.exp(),
        U::Expm1 => x.exp_m1(),
        U::Exp2 => x.exp2(),
        U::Ln => x.ln(),
        U::Log2 => x.log2(),
        U::Log10 => x.log10(),
        U::Log1p => x.ln_1p(),
        U::Sin => x.sin(),
        U::Cos => x.cos(),
        U::Tan => x.tan(),
        U::Asin => x.asin(),
        U::Acos => x.acos(),
        U::Atan => x.atan(),
        U::Sinh => x.sinh(),
        U::Cosh => x.cosh(),
        U::Tanh => x.tanh(),
        U::Asinh => asinh(x),
        U::Acosh => acosh(x),
        U::Atanh => (x.ln_1p() - (-x).ln_1p()) / 2.0,
        // Each in the form whose exponential cannot overflow.
        U::Sigmoid if x < 0.0 => x.exp() / (1.0 + x.exp()),
        U::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        U::Softplus => softplus(x),
        U::LogSigmoid => -softplus(-x),
        U::Relu if x <= 0.0 => 0.0,
        U::Relu => x,
        U::Erf => erf(x),
        U::Erfc => erfc(x),
        U::Erfinv => erfinv(x),
        U::NormalCdf => normal_cdf(x),
        U::Lgamma => lgamma(x),
        U::Digamma => digamma(x),
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
        Binary::Maximum | Binary::ClampMin if is_nan(a) || a > b => a,
        Binary::Minimum | Binary::ClampMax if is_nan(a) || a < b => a,
        // Of equals, −0 and 0 among them, the second.
        Binary::Maximum | Binary::Minimum | Binary::ClampMin | Binary::ClampMax => b,
        Binary::Fmax if is_nan(b) || a >= b => a,
        Binary::Fmin if is_nan(b) || a <= b => a,
        Binary::Fmax | Binary::Fmin => b,
        Binary::TruncDivide => narrow(wide(narrow::<T>(wide(a) / wide(b))).trunc()),
        Binary::Fmod => narrow(wide(a) % wide(b)),
        Binary::Remainder => {
            let rest = wide(a) % wide(b);
            narrow(if opposite(rest, wide(b)) { rest + wide(b) } else { rest })
        }
        Binary::FloorDivide if b == T::zero() => narrow(wide(a) / wide(b)),
        // Every step in the element type: the quotient of large numbers is a matter of its rounding.
        Binary::FloorDivide => {
            let rest = wide(a) % wide(b);
            let whole: T = narrow(wide(narrow::<T>(wide(a) - rest)) / wide(b));
            let one = if opposite(rest, wide(b)) { wide(T::one()) } else { wide(T::zero()) };
            let quotient = wide(narrow::<T>(wide(whole) - one)).round();
            // The zero of a quotient has its sign.
            narrow(if quotient.is_zero() { quotient.with_sign_of(wide(a) / wide(b)) } else { quotient })
        }
    }
}

/// Whether a remainder has not the sign of the divisor, so that rounding the quotient down leaves another.
fn opposite(rest: Wide, divisor: Wide) -> bool {
    !rest.is_zero() && rest.is_negative() != divisor.is_negative()
}

fn softplus(x: f64) -> f64 {
    if x.is_nan() { x } else { x.max(0.0) + (-x.abs()).exp().ln_1p() }
}

pub(crate) fn binary_real<T: Real>(op: BinaryReal, a: T, b: T) -> T {
    let (a, b) = (a.as_f64(), b.as_f64());
    T::from_f64(match op {
        BinaryReal::Div => a / b,
        // Also with a signalling NaN, where the C library's answer is NaN.
        BinaryReal::Pow if a == 1.0 || b == 0.0 => 1.0,
        BinaryReal::Pow => a.powf(b),
        BinaryReal::Atan2 => a.atan2(b),
        BinaryReal::Hypot if a.is_infinite() || b.is_infinite() => f64::INFINITY,
        BinaryReal::Hypot => a.hypot(b),
        BinaryReal::Logaddexp if a.is_nan() || b.is_nan() => f64::NAN,
        BinaryReal::Logaddexp if a == b => a + std::f64::consts::LN_2,
        BinaryReal::Logaddexp => a.max(b) + (-(a - b).abs()).exp().ln_1p(),
        BinaryReal::Xlogy if b.is_nan() => b,
        BinaryReal::Xlogy if a == 0.0 => 0.0,
        BinaryReal::Xlogy => a * b.ln(),
        BinaryReal::Copysign if b.is_nan() => a.abs(),
        BinaryReal::Copysign => a.copysign(b),
        BinaryReal::Gate => {
            if b <= 0.0 {
                0.0
            } else {
                a
            }
        }
        BinaryReal::Polygamma => polygamma(a.round_ties_even(), b),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_wrap_and_their_signs_are_integers() {
        assert_eq!(binary(Binary::Mul, i64::MAX, 2), -2);
        assert_eq!(binary(Binary::Sub, 1u8, 2), 255);
        assert_eq!((unary(Unary::Neg, i32::MIN), unary(Unary::Abs, i64::MIN)), (i32::MIN, i64::MIN));
        assert_eq!((unary(Unary::Sign, 7u8), unary(Unary::Sign, -7i32)), (1, -1));
    }
}
