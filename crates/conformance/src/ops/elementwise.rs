//! Functions of elements.

use super::table;
use crate::args::{Any, Args, Fault, out};
use tensor_core::{Backend, Real, Result, Tensor};

/// A tensor of real numbers that is no plain number: what a method can be called on.
fn tensor<T: Real, B: Backend>(a: &mut Args<'_, T, B>, name: &str) -> Result<Tensor<T, B>, Fault> {
    match a.get(name)? {
        Any::Real(x) => Ok(x),
        _ => Err(Fault::Type(format!("`{name}` is no tensor of real numbers"))),
    }
}

/// Two operands of which one may be a plain number.
fn pair<T: Real, B: Backend>(a: &mut Args<'_, T, B>, names: [&str; 2]) -> Result<(Tensor<T, B>, Tensor<T, B>), Fault> {
    match (a.get(names[0])?, a.get(names[1])?) {
        (Any::Number(_), Any::Number(_)) => Err(Fault::Type("two numbers are no tensors".into())),
        (x, y) => Ok((promoted(x)?, promoted(y)?)),
    }
}

/// A number or tensor of numbers as a tensor of real numbers.
fn promoted<T: Real, B: Backend>(x: Any<T, B>) -> Result<Tensor<T, B>, Fault> {
    match x {
        Any::Real(x) => Ok(x),
        Any::Int(x) => Ok(x.cast()),
        Any::Bool(_) => Err(Fault::Type("truth values are no numbers".into())),
        Any::Number(x) => Ok(Tensor::full([], T::from_f64(x))),
    }
}

/// A tensor times a plain number.
fn scaled<T: Real, B: Backend>(x: Tensor<T, B>, alpha: f64) -> Tensor<T, B> {
    if alpha == 1.0 { x } else { x * T::from_f64(alpha) }
}

type Of<T, B> = fn(&Tensor<T, B>) -> Tensor<T, B>;
type OfTwo<T, B> = fn(&Tensor<T, B>, &Tensor<T, B>) -> Result<Tensor<T, B>>;
type Asks<T, B> = fn(&Tensor<T, B>, &Tensor<T, B>) -> Result<Tensor<bool, B>>;

fn of_one<T: Real, B: Backend>(op: &str) -> Of<T, B> {
    match op.trim_start_matches("nn.functional.") {
        "neg" => |x| -x,
        "abs" => |x| x.abs(),
        "sign" => |x| x.sign(),
        "reciprocal" => |x| x.reciprocal(),
        "square" => |x| x.square(),
        "sqrt" => |x| x.sqrt(),
        "rsqrt" => |x| x.rsqrt(),
        "exp" => |x| x.exp(),
        "exp2" => |x| x.exp2(),
        "expm1" => |x| x.expm1(),
        "log" => |x| x.ln(),
        "log2" => |x| x.log2(),
        "log10" => |x| x.log10(),
        "log1p" => |x| x.log1p(),
        "sin" => |x| x.sin(),
        "cos" => |x| x.cos(),
        "tan" => |x| x.tan(),
        "asin" => |x| x.asin(),
        "acos" => |x| x.acos(),
        "atan" => |x| x.atan(),
        "sinh" => |x| x.sinh(),
        "cosh" => |x| x.cosh(),
        "tanh" => |x| x.tanh(),
        "asinh" => |x| x.asinh(),
        "acosh" => |x| x.acosh(),
        "atanh" => |x| x.atanh(),
        "sinc" => |x| x.sinc(),
        "deg2rad" => |x| x.deg2rad(),
        "rad2deg" => |x| x.rad2deg(),
        "erf" => |x| x.erf(),
        "erfc" => |x| x.erfc(),
        "erfinv" => |x| x.erfinv(),
        "lgamma" => |x| x.lgamma(),
        "digamma" => |x| x.digamma(),
        "sigmoid" => |x| x.sigmoid(),
        "floor" => |x| x.floor(),
        "ceil" => |x| x.ceil(),
        "trunc" => |x| x.trunc(),
        "frac" => |x| x.frac(),
        "relu" => |x| x.relu(),
        "relu6" => |x| x.relu6(),
        "selu" => |x| x.selu(),
        "silu" => |x| x.silu(),
        "mish" => |x| x.mish(),
        "logsigmoid" => |x| x.log_sigmoid(),
        "softsign" => |x| x.softsign(),
        "hardsigmoid" => |x| x.hardsigmoid(),
        "hardswish" => |x| x.hardswish(),
        _ => |x| x.tanhshrink(),
    }
}

fn of_two<T: Real, B: Backend>(op: &str) -> OfTwo<T, B> {
    match op {
        "mul" | "__rmul__" => |x, y| x.try_mul(y),
        "__radd__" => |x, y| y.try_add(x),
        "true_divide" => |x, y| x.try_div(y),
        "__rdiv__" => |x, y| y.try_div(x),
        "floor_divide" => |x, y| x.try_floor_divide(y),
        "remainder" => |x, y| x.try_remainder(y),
        "fmod" => |x, y| x.try_fmod(y),
        "pow" => |x, y| x.try_pow(y),
        "__rsub__" => |x, y| y.try_sub(x),
        "__rpow__" => |x, y| y.try_pow(x),
        "atan2" => |x, y| x.try_atan2(y),
        "hypot" => |x, y| x.try_hypot(y),
        "maximum" => |x, y| x.try_maximum(y),
        "minimum" => |x, y| x.try_minimum(y),
        "fmax" => |x, y| x.try_fmax(y),
        "fmin" => |x, y| x.try_fmin(y),
        "clamp_min" => |x, y| x.try_clamp_min(y),
        "clamp_max" => |x, y| x.try_clamp_max(y),
        "logaddexp" => |x, y| x.try_logaddexp(y),
        "logaddexp2" => |x, y| x.try_logaddexp2(y),
        "xlogy" => |x, y| x.try_xlogy(y),
        "heaviside" => |x, y| x.try_heaviside(y),
        _ => |x, y| x.try_copysign(y),
    }
}

fn question<T: Real, B: Backend>(op: &str) -> Asks<T, B> {
    match op {
        "eq" => |x, y| x.try_eq(y),
        "ne" => |x, y| x.try_ne(y),
        "lt" => |x, y| x.try_lt(y),
        "le" => |x, y| x.try_le(y),
        "gt" => |x, y| x.try_gt(y),
        "ge" => |x, y| x.try_ge(y),
        "logical_and" => |x, y| x.try_logical_and(y),
        "logical_or" => |x, y| x.try_logical_or(y),
        _ => |x, y| x.try_logical_xor(y),
    }
}

table! { |op, a|
    "neg" | "abs" | "sign" | "reciprocal" | "square" | "sqrt" | "rsqrt" | "exp" | "exp2" | "expm1" | "log" | "log2" | "log10"
    | "log1p" | "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "sinh" | "cosh" | "tanh" | "asinh" | "acosh" | "atanh"
    | "sinc" | "deg2rad" | "rad2deg" | "erf" | "erfc" | "erfinv" | "lgamma" | "digamma" | "sigmoid" | "floor" | "ceil"
    | "trunc" | "frac" | "nn.functional.relu" | "nn.functional.relu6" | "nn.functional.selu" | "nn.functional.silu"
    | "nn.functional.mish" | "nn.functional.logsigmoid" | "nn.functional.softsign" | "nn.functional.hardsigmoid"
    | "nn.functional.hardswish" | "nn.functional.tanhshrink" | "nn.functional.sigmoid" | "nn.functional.tanh"
        => out(of_one(op)(&tensor(a, "input")?)),

    "floor_divide" | "fmod" | "__radd__" | "__rmul__" | "__rdiv__" | "atan2" | "hypot" | "maximum"
    | "minimum" | "fmax" | "fmin" | "clamp_min" | "clamp_max" | "logaddexp" | "logaddexp2" | "heaviside" | "copysign"
        => out(of_two(op)(&tensor(a, "input")?, &a.real("other")?)?),
    "mul" | "true_divide" | "pow" | "remainder" | "xlogy" | "__rsub__" | "__rpow__" => {
        let (x, y) = pair(a, ["input", "other"])?;
        out(of_two(op)(&x, &y)?)
    },
    "add" => {
        let ((x, y), alpha) = (pair(a, ["input", "other"])?, a.or("alpha", 1.0)?);
        out(x.try_add(scaled(y, alpha))?)
    },
    "sub" => {
        let ((x, y), alpha) = (pair(a, ["input", "other"])?, a.or("alpha", 1.0)?);
        out(x.try_sub(scaled(y, alpha))?)
    },
    "rsub" => {
        let (x, y, alpha) = (tensor(a, "input")?, a.real("other")?, a.or("alpha", 1.0)?);
        out(y.try_sub(scaled(x, alpha))?)
    },
    "div" => {
        let (x, y) = pair(a, ["input", "other"])?;
        match a.opt::<String>("rounding_mode")?.as_deref() {
            None => out(x.try_div(y)?),
            Some("floor") => out(x.try_floor_divide(y)?),
            Some("trunc") => out(x.try_trunc_divide(y)?),
            Some(mode) => return Err(Fault::Type(format!("there is no rounding mode {mode}"))),
        }
    },
    "polygamma" => match a.get("input")? {
        Any::Number(n) => out(tensor(a, "input")?.try_polygamma(n as usize)?),
        x => {
            let n: usize = a.get("n")?;
            out(promoted(x)?.try_polygamma(n)?)
        }
    },
    "round" => {
        let (x, decimals) = (tensor(a, "input")?, a.or::<i64>("decimals", 0)?);
        out(x.round_decimals(decimals as i32))
    },
    "logit" => match (tensor(a, "input")?, a.opt::<f64>("eps")?) {
        (x, Some(eps)) => out(x.clamp(T::from_f64(eps), T::from_f64(1.0 - eps)).logit()),
        (x, None) => out(x.logit()),
    },
    "clamp" => {
        let x = tensor(a, "input")?;
        let (min, max) = (a.opt::<Any<T, B>>("min")?, a.opt::<Any<T, B>>("max")?);
        match (min.map(promoted).transpose()?, max.map(promoted).transpose()?) {
            (Some(min), Some(max)) => out(x.try_clamp(min, max)?),
            (Some(min), None) => out(x.try_clamp_min(min)?),
            (None, Some(max)) => out(x.try_clamp_max(max)?),
            (None, None) => return Err(Fault::Type("there is no bound".into())),
        }
    },
    "lerp" => out(tensor(a, "input")?.try_lerp(a.real("end")?, a.real("weight")?)?),
    "addcmul" => {
        let (x, y, z) = (tensor(a, "input")?, a.real("tensor1")?, a.real("tensor2")?);
        out(x.try_addcmul(y, z, T::from_f64(a.or("value", 1.0)?))?)
    },
    "addcdiv" => {
        let (x, y, z) = (tensor(a, "input")?, a.real("tensor1")?, a.real("tensor2")?);
        out(x.try_addcdiv(y, z, T::from_f64(a.or("value", 1.0)?))?)
    },

    "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "logical_and" | "logical_or" | "logical_xor"
        => vec![question(op)(&tensor(a, "input")?, &a.real("other")?)?.into()],
    "logical_not" => vec![tensor(a, "input")?.logical_not().into()],
    "isnan" => vec![tensor(a, "input")?.isnan().into()],
    "isinf" => vec![tensor(a, "input")?.isinf().into()],
    "isfinite" => vec![tensor(a, "input")?.isfinite().into()],
    "signbit" => vec![tensor(a, "input")?.signbit().into()],
    "isclose" => {
        let (x, y) = (tensor(a, "input")?, a.real("other")?);
        let (rtol, atol, equal_nan) = (a.or("rtol", 1e-5)?, a.or("atol", 1e-8)?, a.or("equal_nan", false)?);
        vec![x.try_isclose(y, rtol, atol, equal_nan)?.into()]
    },
    "nan_to_num" => {
        let x = tensor(a, "input")?;
        let nan = a.or("nan", 0.0)?;
        let (posinf, neginf) = (a.opt::<f64>("posinf")?, a.opt::<f64>("neginf")?);
        out(x.nan_to_num(T::from_f64(nan), posinf.map(T::from_f64), neginf.map(T::from_f64)))
    },
    "where" => {
        let (x, mask, y) = (a.real("input")?, a.get::<Tensor<bool, B>>("condition")?, a.real("other")?);
        out(mask.try_where_cond(x, y)?)
    },
    "masked_fill" => out(tensor(a, "input")?.try_masked_fill(&a.get("mask")?, a.real("value")?)?),

    "softmax" | "log_softmax" | "nn.functional.softmin" => {
        let (x, dim) = (tensor(a, "input")?, a.get::<isize>("dim")?);
        let dtype = a.opt::<String>("dtype")?;
        fn of<T: Real, B: Backend>(op: &str, x: &Tensor<T, B>, dim: isize) -> Result<Tensor<T, B>> {
            match op {
                "softmax" => x.try_softmax(dim),
                "log_softmax" => x.try_log_softmax(dim),
                _ => x.try_softmin(dim),
            }
        }
        match dtype.as_deref() {
            None => out(of(op, &x, dim)?),
            Some("float64") => out(of(op, &x.cast::<f64>(), dim)?.cast::<T>()),
            Some("float32") => out(of(op, &x.cast::<f32>(), dim)?.cast::<T>()),
            Some(dtype) => return Err(Fault::Unsupported(format!("elements of type {dtype}"))),
        }
    },
    "nn.functional.leaky_relu" => {
        let (x, slope) = (tensor(a, "input")?, a.or("negative_slope", 0.01)?);
        out(x.leaky_relu(slope))
    },
    "nn.functional.prelu" => out(tensor(a, "input")?.try_prelu(&tensor(a, "weight")?)?),
    "nn.functional.elu" => {
        let (x, alpha) = (tensor(a, "input")?, a.or("alpha", 1.0)?);
        out(x.elu(alpha))
    },
    "nn.functional.celu" => {
        let (x, alpha) = (tensor(a, "input")?, a.or("alpha", 1.0)?);
        out(x.try_celu(alpha)?)
    },
    "nn.functional.gelu" => {
        let x = tensor(a, "input")?;
        match &*a.or("approximate", "none".to_string())? {
            "none" => out(x.gelu()),
            "tanh" => out(x.gelu_tanh()),
            other => return Err(Fault::Type(format!("there is no approximation {other}"))),
        }
    },
    "nn.functional.softplus" => {
        let (x, beta, threshold) = (tensor(a, "input")?, a.or("beta", 1.0)?, a.or("threshold", 20.0)?);
        out(x.softplus_with(beta, threshold))
    },
    "nn.functional.softshrink" => {
        let (x, lambda) = (tensor(a, "input")?, a.or("lambd", 0.5)?);
        out(x.try_softshrink(lambda)?)
    },
    "nn.functional.hardshrink" => {
        let (x, lambda) = (tensor(a, "input")?, a.or("lambd", 0.5)?);
        out(x.hardshrink(lambda))
    },
    "nn.functional.hardtanh" => {
        let (x, min, max) = (tensor(a, "input")?, a.or("min_val", -1.0)?, a.or("max_val", 1.0)?);
        out(x.try_hardtanh(min, max)?)
    },
    "nn.functional.threshold" => {
        let (x, threshold, value) = (tensor(a, "input")?, a.get("threshold")?, a.get("value")?);
        out(x.threshold(threshold, value))
    },
    "nn.functional.glu" => {
        let (x, dim) = (tensor(a, "input")?, a.or::<isize>("dim", -1)?);
        out(x.try_glu(dim)?)
    },
}
