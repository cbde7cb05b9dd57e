//! Linear algebra.

use super::table;
use crate::args::{Any, Args, Fault, out, outs};
use crate::case::Value;
use tensor_core::{Backend, Norm, Real, Tensor, try_einsum};

table! { |op, a|
    "matmul" => out(a.real("input")?.try_matmul(&a.real("other")?)?),
    "__rmatmul__" => {
        let (right, left) = (a.real("input")?, a.real("other")?);
        out(left.try_matmul(&right)?)
    },
    "mm" => out(a.real("input")?.try_mm(&a.real("mat2")?)?),
    "bmm" => out(a.real("input")?.try_bmm(&a.real("mat2")?)?),
    "mv" => out(a.real("input")?.try_mv(&a.real("vec")?)?),
    "dot" => out(a.real("input")?.try_dot(&a.real("tensor")?)?),
    "vdot" => out(a.real("input")?.try_dot(&a.real("other")?)?),
    "inner" => out(a.real("input")?.try_inner(&a.real("other")?)?),
    "outer" | "ger" => out(a.real("input")?.try_outer(&a.real("vec2")?)?),
    "kron" => out(a.real("input")?.try_kron(&a.real("other")?)?),
    "tensordot" => {
        let (x, y) = (a.real("a")?, a.real("b")?);
        match a.or("dims", Value::Int(2))? {
            Value::Int(_) if a.left() > 0 => Err(Fault::Type("`dims` is one argument".into()))?,
            Value::Int(n) => out(x.try_tensordot(&y, usize::try_from(n).map_err(|_| Fault::Type("a negative count".into()))?)?),
            Value::List(pair) | Value::Tuple(pair) => match &pair[..] {
                [left, right] => out(x.try_tensordot(&y, (axes(left)?, axes(right)?))?),
                _ => Err(Fault::Type("`dims` needs two lists".into()))?,
            },
            other => Err(Fault::Type(format!("`dims` is {other:?}")))?,
        }
    },
    "einsum" => out(einsum(a)?),
    "linalg.multi_dot" | "chain_matmul" => {
        let chain = a.get::<Vec<Tensor<T, B>>>("tensors")?;
        out(Tensor::try_multi_dot(&chain.iter().collect::<Vec<_>>())?)
    },
    "addmm" | "addmv" | "addr" | "addbmm" | "baddbmm" => {
        let (input, x, y) = (a.real("input")?, a.real("first")?, a.real("second")?);
        let (beta, alpha) = (T::from_f64(a.or("beta", 1.0)?), T::from_f64(a.or("alpha", 1.0)?));
        out(match op {
            "addmm" => input.try_addmm(&x, &y, beta, alpha)?,
            "addmv" => input.try_addmv(&x, &y, beta, alpha)?,
            "addr" => input.try_addr(&x, &y, beta, alpha)?,
            "addbmm" => input.try_addbmm(&x, &y, beta, alpha)?,
            _ => input.try_baddbmm(&x, &y, beta, alpha)?,
        })
    },
    "cdist" => {
        let (x, y, p) = (a.real("x1")?, a.real("x2")?, a.or("p", 2.0)?);
        // How the distance is computed is no question here.
        a.opt::<String>("compute_mode")?;
        out(x.try_cdist(&y, p)?)
    },
    "linalg.cross" => {
        let (x, y, dim) = (a.real("input")?, a.real("other")?, a.or("dim", -1isize)?);
        out(x.try_cross(&y, dim)?)
    },
    "cross" => {
        let (x, y, dim) = (a.real("input")?, a.real("other")?, a.opt::<isize>("dim")?);
        let dim = dim.or_else(|| x.shape().iter().position(|&size| size == 3).map(|axis| axis as isize));
        out(x.try_cross(&y, dim.ok_or_else(|| Fault::Type("no axis has size 3".into()))?)?)
    },
    "linalg.vecdot" => {
        let (x, y, dim) = (a.real("x")?, a.real("y")?, a.or("dim", -1isize)?);
        out(x.try_vecdot(&y, dim)?)
    },

    "linalg.cholesky" | "cholesky" => out(a.real("input")?.try_cholesky(a.or("upper", false)?)?),
    "linalg.lu" => {
        let x = a.real("A")?;
        pivoting(a)?;
        let (p, l, u) = x.try_lu()?;
        outs([p, l, u])
    },
    "linalg.lu_factor" => {
        let x = a.real("A")?;
        pivoting(a)?;
        let (lu, pivots) = x.try_lu_factor()?;
        vec![Any::real(lu), pivots.into()]
    },
    "linalg.qr" | "qr" => {
        let x = a.real("A")?;
        let complete = match op {
            "qr" => !a.or("some", true)?,
            _ => match &a.or("mode", String::from("reduced"))?[..] {
                "reduced" => false,
                "complete" => true,
                mode => Err(Fault::Unsupported(format!("the mode {mode}")))?,
            },
        };
        let (q, r) = x.try_qr(complete)?;
        outs([q, r])
    },
    "linalg.svd" => {
        let (u, s, vt) = a.real("A")?.try_svd(a.or("full_matrices", true)?)?;
        outs([u, s, vt])
    },
    "svd" => {
        let (u, s, vt) = a.real("input")?.try_svd(!a.or("some", true)?)?;
        outs([u, s, vt.mt().into_tensor()])
    },
    "linalg.svdvals" => out(a.real("A")?.try_svdvals()?),
    "linalg.eigh" => {
        let (values, vectors) = uplo(a)?.try_eigh()?;
        outs([values, vectors])
    },
    "linalg.eigvalsh" => out(uplo(a)?.try_eigvalsh()?),
    "cholesky_solve" => {
        let (b, l, upper) = (a.real("B")?, a.real("L")?, a.or("upper", false)?);
        out(l.try_cholesky_solve(&b, upper)?)
    },
    "cholesky_inverse" => out(a.real("L")?.try_cholesky_inverse(a.or("upper", false)?)?),

    "linalg.det" | "det" => out(a.real("A")?.try_det()?),
    "linalg.slogdet" | "slogdet" => {
        let (sign, ln) = a.real("A")?.try_slogdet()?;
        outs([sign, ln])
    },
    "logdet" => out(a.real("input")?.try_logdet()?),
    "linalg.inv" | "inverse" => out(a.real("A")?.try_inv()?),
    "linalg.solve" => {
        let (x, b) = (a.real("A")?, a.real("B")?);
        out(if a.or("left", true)? { x.try_solve(&b)? } else { x.try_mt()?.try_solve(&*b.try_mt()?)?.mt().into_tensor() })
    },
    "linalg.solve_triangular" => {
        let (x, b, upper) = (a.real("A")?, a.real("B")?, a.get("upper")?);
        let (left, unit) = (a.or("left", true)?, a.or("unitriangular", false)?);
        out(x.try_solve_triangular(&b, upper, left, unit)?)
    },
    "linalg.pinv" | "pinverse" => {
        let x = a.real("A")?;
        let (atol, rtol) = match a.opt("rcond")? {
            Some(rcond) => (None, Some(rcond)),
            None if op == "pinverse" => (None, Some(1e-15)),
            None => (a.opt::<f64>("atol")?, a.opt::<f64>("rtol")?),
        };
        out(x.try_pinv(atol.unwrap_or(0.0), rtol)?)
    },
    "linalg.matrix_rank" => {
        let (x, atol, rtol) = (a.real("A")?, a.or("atol", 0.0)?, a.opt::<f64>("rtol")?);
        vec![x.try_matrix_rank(atol, rtol)?.into()]
    },
    "linalg.matrix_power" | "matrix_power" => {
        let (x, n) = (a.real("A")?, a.get("n")?);
        out(x.try_matrix_power(n)?)
    },
    "linalg.cond" => {
        let (x, p) = (a.real("A")?, a.opt::<Value>("p")?);
        out(x.try_cond(p.map_or(Ok(Norm::P(2.0)), |p| norm(&p))?)?)
    },
    "linalg.matrix_norm" => {
        let (x, ord) = (a.real("A")?, a.or("ord", Value::Text("fro".into()))?);
        let (dim, keepdim) = (a.or("dim", vec![-2isize, -1])?, a.or("keepdim", false)?);
        out(matrix_norm(&x, norm(&ord)?, &dim, keepdim)?)
    },
    "linalg.norm" => {
        let (x, ord) = (a.real("A")?, a.opt::<Value>("ord")?);
        let (dim, keepdim) = (a.opt::<Vec<isize>>("dim")?, a.or("keepdim", false)?);
        match (ord, dim) {
            (None, dim) => vector_norm(&x, 2.0, dim, keepdim)?,
            (Some(ord), Some(dim)) if dim.len() == 2 => out(matrix_norm(&x, norm(&ord)?, &dim, keepdim)?),
            (Some(ord), None) if x.rank() == 2 => out(matrix_norm(&x, norm(&ord)?, &[0, 1], keepdim)?),
            (Some(_), None) if x.rank() != 1 => Err(Fault::Type("a norm of neither a vector nor a matrix".into()))?,
            (Some(ord), dim) => match norm(&ord)? {
                Norm::P(p) => vector_norm(&x, p, dim, keepdim)?,
                _ => Err(Fault::Type("a norm of matrices, but one axis".into()))?,
            },
        }
    },
}

/// The rows are exchanged; without that there is no factorisation here.
fn pivoting<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<(), Fault> {
    match a.or("pivot", true)? {
        true => Ok(()),
        false => Err(Fault::Unsupported("no exchange of rows".into())),
    }
}

fn axes(value: &Value) -> Result<Vec<isize>, Fault> {
    let one = |value: &Value| match value {
        Value::Int(i) => Ok(*i as isize),
        other => Err(Fault::Type(format!("an axis is {other:?}"))),
    };
    match value {
        Value::List(list) | Value::Tuple(list) => list.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

/// The equation first or last, or after each operand the numbers of its axes.
fn einsum<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<Tensor<T, B>, Fault> {
    let mut operands = Vec::new();
    let mut equation = None;
    let (mut lists, mut output) = (Vec::new(), None);
    while a.left() > 0 {
        match a.get::<Value>("equation")? {
            Value::Text(text) => equation = Some(text),
            Value::Tensor(k) => operands.push(a.tensor(k)?),
            Value::List(list) | Value::Tuple(list) if list.iter().any(|x| matches!(x, Value::Tensor(_))) => {
                for value in list {
                    let Value::Tensor(k) = value else { return Err(Fault::Type("an operand is no tensor".into())) };
                    operands.push(a.tensor(k)?);
                }
            }
            Value::List(list) | Value::Tuple(list) => {
                let letter = |value: &Value| match value {
                    Value::Int(i @ 0..52) => {
                        Ok((b'A'..=b'Z').chain(b'a'..=b'z').nth(*i as usize).map_or(' ', char::from).to_string())
                    }
                    Value::Text(dots) => Ok(dots.clone()),
                    other => Err(Fault::Type(format!("an axis is {other:?}"))),
                };
                let names = list.iter().map(letter).collect::<Result<String, Fault>>()?;
                if lists.len() < operands.len() { lists.push(names) } else { output = Some(names) }
            }
            other => return Err(Fault::Type(format!("an operand is {other:?}"))),
        }
    }
    let equation = equation.unwrap_or_else(|| match output {
        Some(output) => format!("{}->{output}", lists.join(",")),
        None => lists.join(","),
    });
    Ok(try_einsum(&equation, &operands.iter().collect::<Vec<_>>())?)
}

/// The matrix whose lower triangle is to be read.
fn uplo<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<Tensor<T, B>, Fault> {
    let x = a.real("A")?;
    match &a.or("UPLO", String::from("L"))?[..] {
        "L" | "l" => Ok(x),
        "U" | "u" if x.rank() >= 2 => Ok(x.mt().into_tensor()),
        other => Err(Fault::Type(format!("`UPLO` is {other}"))),
    }
}

fn norm(ord: &Value) -> Result<Norm, Fault> {
    match ord {
        Value::Text(name) if name == "fro" => Ok(Norm::Fro),
        Value::Text(name) if name == "nuc" => Ok(Norm::Nuc),
        Value::Int(p) => Ok(Norm::P(*p as f64)),
        Value::Float(p) => Ok(Norm::P(*p)),
        other => Err(Fault::Type(format!("`ord` is {other:?}"))),
    }
}

/// The norm of the matrices along two axes, keeping them or not.
pub(super) fn matrix_norm<T: Real, B: Backend>(
    x: &Tensor<T, B>,
    norm: Norm,
    dim: &[isize],
    keepdim: bool,
) -> Result<Tensor<T, B>, Fault> {
    let &[rows, columns] = dim else { return Err(Fault::Type("`dim` needs two axes".into())) };
    Ok(match keepdim {
        true => x.try_matrix_norm_keepdim([rows, columns], norm)?,
        false => x.try_matrix_norm_axes([rows, columns], norm)?,
    })
}

fn vector_norm<T: Real, B: Backend>(
    x: &Tensor<T, B>,
    p: f64,
    dim: Option<Vec<isize>>,
    keepdim: bool,
) -> Result<Vec<Any<T, B>>, Fault> {
    let dim = dim.unwrap_or_else(|| (0..x.rank() as isize).collect());
    Ok(out(if keepdim { x.try_norm_keepdim(dim, p)? } else { x.try_norm_axes(dim, p)? }))
}
