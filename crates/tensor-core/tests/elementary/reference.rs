//! What the sweep in single precision compares with.

use crate::paths::{Binary, Unary, available, binary_double, unary_double};

// SAFETY: the C standard's signatures.
unsafe extern "C" {
    safe fn erf(x: f64) -> f64;
    safe fn erfc(x: f64) -> f64;
    safe fn lgamma(x: f64) -> f64;
}

/// Where the reference values of a function come from.
pub(crate) enum Reference {
    /// The C library.
    Scalar(fn(f64) -> f64),
    /// This crate's double precision, measured by itself.
    Slice(Unary<f64>),
    ScalarOfTwo(fn(f64, f64) -> f64),
    SliceOfTwo(Binary<f64>),
}

impl Reference {
    /// Of the elements of `x`, or of those of `x` and `y`.
    pub(crate) fn evaluate(&self, x: &[f64], y: &[f64], out: &mut [f64]) {
        match self {
            Reference::Scalar(f) => {
                for (out, &x) in out.iter_mut().zip(x) {
                    *out = f(x);
                }
            }
            Reference::Slice(f) => f(x, out),
            Reference::ScalarOfTwo(f) => {
                for (out, (&x, &y)) in out.iter_mut().zip(x.iter().zip(y)) {
                    *out = f(x, y);
                }
            }
            Reference::SliceOfTwo(f) => f(x, y, out),
        }
    }
}

/// The named function in double precision: the C library's, where it has it.
pub(crate) fn function(name: &str) -> Reference {
    let scalar: fn(f64) -> f64 = match name.trim_end_matches("_slice") {
        "exp" => |x| x.exp(),
        "exp2" => |x| x.exp2(),
        "expm1" => |x| x.exp_m1(),
        "ln" => |x| x.ln(),
        "log2" => |x| x.log2(),
        "log10" => |x| x.log10(),
        "log1p" => |x| x.ln_1p(),
        "sin" => |x| x.sin(),
        "cos" => |x| x.cos(),
        "tan" => |x| x.tan(),
        "asin" => |x| x.asin(),
        "acos" => |x| x.acos(),
        "atan" => |x| x.atan(),
        "sinh" => |x| x.sinh(),
        "cosh" => |x| x.cosh(),
        "tanh" => |x| x.tanh(),
        "cbrt" => |x| x.cbrt(),
        "erf" => |x| erf(x),
        "erfc" => |x| erfc(x),
        "normal_cdf" => |x| 0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
        "lgamma" => |x| lgamma(x),
        "sigmoid" => |x| 1.0 / (1.0 + (-x).exp()),
        "softplus" => softplus,
        "log_sigmoid" => |x| -softplus(-x),
        "atan2" => return Reference::ScalarOfTwo(f64::atan2),
        "hypot" => return Reference::ScalarOfTwo(f64::hypot),
        "pow" => return Reference::ScalarOfTwo(f64::powf),
        name => return own(name),
    };
    Reference::Scalar(scalar)
}

fn softplus(x: f64) -> f64 {
    let positive_part = if x < 0.0 { 0.0 } else { x };
    positive_part + (-x.abs()).exp().ln_1p()
}

/// This crate's function in double precision, on the fastest path.
pub(crate) fn own(name: &str) -> Reference {
    let (unary, binary) = (unary_double(), binary_double());
    let unary = unary.iter().find(|p| p.name == name).and_then(|p| available(p).pop());
    let binary = binary.iter().find(|p| p.name == name).and_then(|p| available(p).pop());
    match (unary, binary) {
        (Some((_, f)), _) => Reference::Slice(f),
        (_, Some((_, f))) => Reference::SliceOfTwo(f),
        _ => panic!("no function {name} in double precision"),
    }
}
