//! Reductions, scans, sorting, searching.

use super::linalg::matrix_norm;
use super::table;
use crate::args::{Any, Args, Fault, out, outs};
use crate::case::Value;
use tensor_core::{Backend, Norm, QuantileMethod, Real, Tensor, Unique};

/// Over the given axes, all of them if there are none, keeping them or not.
macro_rules! over {
    ($x:ident.$axes:ident | $keep:ident($($arg:expr),*), $dim:expr, $keepdim:expr) => {{
        let dim = $dim.filter(|dim| !dim.is_empty()).unwrap_or_else(|| (0..$x.rank() as isize).collect());
        if $keepdim { $x.$keep(dim $(, $arg)*)? } else { $x.$axes(dim $(, $arg)*)? }
    }};
}

/// Along an axis, keeping it or not.
macro_rules! along {
    ($x:ident.$gone:ident | $keep:ident($($arg:expr),*), $keepdim:expr) => {
        if $keepdim { $x.$keep($($arg),*)? } else { $x.$gone($($arg),*)? }
    };
}

/// The axes of a reduction, and whether they stay.
fn dims<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<(Option<Vec<isize>>, bool), Fault> {
    Ok((a.opt("dim")?, a.or("keepdim", false)?))
}

/// The element type of the result, which must be that of the input: real.
fn dtype<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<(), Fault> {
    match a.opt::<String>("dtype")?.as_deref() {
        None | Some("float32" | "float64") => Ok(()),
        Some(other) => Err(Fault::Type(format!("real numbers become {other}"))),
    }
}

/// The result, written to the argument `out` if there is one.
fn written<T: Real, B: Backend>(a: &mut Args<'_, T, B>, y: Tensor<T, B>) -> Result<Vec<Any<T, B>>, Fault> {
    if let Some((k, mut place)) = a.written("out")? {
        place.try_copy_(&y)?;
        a.mutate(k, place);
    }
    Ok(out(y))
}

/// Any tensor as truth values.
fn truths<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<Tensor<bool, B>, Fault> {
    Ok(match a.get::<Any<T, B>>("input")? {
        Any::Real(x) => x.cast(),
        Any::Int(x) => x.cast(),
        Any::Bool(x) => x,
        Any::Number(x) => Tensor::full([], x != 0.0),
    })
}

fn pair<T: Real, B: Backend>((values, index): (Tensor<T, B>, Tensor<i64, B>)) -> Vec<Any<T, B>> {
    vec![Any::real(values), index.into()]
}

/// The axes, correction and `keepdim` of a variance.
fn spread<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<(Option<Vec<isize>>, f64, bool), Fault> {
    // An older form has only `unbiased`.
    let (dim, alone) = match a.opt::<Value>("dim")? {
        Some(Value::Bool(unbiased)) => (None, Some(unbiased)),
        Some(dim) => (Some(a.as_value(&dim)?), None),
        None => (None, None),
    };
    let unbiased = a.opt::<bool>("unbiased")?.or(alone).map(|unbiased| f64::from(u8::from(unbiased)));
    let correction = a.opt::<f64>("correction")?.or(unbiased).unwrap_or(1.0);
    Ok((dim, correction, a.or("keepdim", false)?))
}

/// The order of a norm.
fn order(p: Option<&Value>) -> Result<f64, Fault> {
    match p {
        None | Some(Value::Null) => Ok(2.0),
        Some(Value::Text(fro)) if fro == "fro" => Ok(2.0),
        Some(Value::Int(p)) => Ok(*p as f64),
        Some(Value::Float(p)) => Ok(*p),
        Some(other) => Err(Fault::Unsupported(format!("a norm of order {other:?}"))),
    }
}

/// What of the distinct elements is asked for.
fn distinct<T: Real, B: Backend>(unique: Unique<T, B>, inverse: bool, counts: bool) -> Vec<Any<T, B>> {
    let mut all = out(unique.values);
    if inverse {
        all.push(unique.inverse.into());
    }
    if counts {
        all.push(unique.counts.into());
    }
    all
}

/// The larger or smaller: of all elements, along an axis, or of two tensors.
fn extreme<T: Real, B: Backend>(a: &mut Args<'_, T, B>, largest: bool) -> Result<Vec<Any<T, B>>, Fault> {
    let x = match a.get::<Any<T, B>>("input")? {
        Any::Real(x) => x,
        _ => return Err(Fault::Type("the extreme of something that is no tensor of real numbers".into())),
    };
    if a.variant() == "binary" {
        return match a.get::<Any<T, B>>("other")? {
            Any::Real(y) => Ok(out(if largest { x.try_maximum(y)? } else { x.try_minimum(y)? })),
            _ => Err(Fault::Type("no tensor of real numbers".into())),
        };
    }
    let (Some(dim), keepdim) = (a.opt::<isize>("dim")?, a.or("keepdim", false)?) else {
        return Ok(out(if largest { x.try_max()? } else { x.try_min()? }));
    };
    Ok(pair(if largest {
        along!(x.try_max_with_index | try_max_with_index_keepdim(dim), keepdim)
    } else {
        along!(x.try_min_with_index | try_min_with_index_keepdim(dim), keepdim)
    }))
}

/// Where the largest or smallest stands, along an axis or of all elements.
fn place<T: Real, B: Backend>(a: &mut Args<'_, T, B>, largest: bool) -> Result<Vec<Any<T, B>>, Fault> {
    let x = a.real("input")?;
    let (dim, keepdim) = (a.opt::<isize>("dim")?, a.or("keepdim", false)?);
    let Some(dim) = dim else {
        let flat = x.flatten();
        let index = if largest { flat.try_argmax(0)? } else { flat.try_argmin(0)? };
        let shape = if keepdim { vec![1; x.rank()] } else { Vec::new() };
        return Ok(vec![index.try_reshape(shape)?.into()]);
    };
    Ok(vec![if largest {
        along!(x.try_argmax | try_argmax_keepdim(dim), keepdim).into()
    } else {
        along!(x.try_argmin | try_argmin_keepdim(dim), keepdim).into()
    }])
}

table! { |op, a|
    "sum" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        dtype(a)?;
        out(over!(x.try_sum_axes | try_sum_keepdim(), dim, keepdim))
    },
    "mean" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        dtype(a)?;
        out(over!(x.try_mean_axes | try_mean_keepdim(), dim, keepdim))
    },
    "prod" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        dtype(a)?;
        out(over!(x.try_prod_axes | try_prod_keepdim(), dim, keepdim))
    },
    "nansum" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        dtype(a)?;
        out(over!(x.try_nansum_axes | try_nansum_keepdim(), dim, keepdim))
    },
    "nanmean" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        dtype(a)?;
        out(over!(x.try_nanmean_axes | try_nanmean_keepdim(), dim, keepdim))
    },
    "amax" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        let y = over!(x.try_max_axes | try_max_keepdim(), dim, keepdim);
        written(a, y)?
    },
    "amin" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        let y = over!(x.try_min_axes | try_min_keepdim(), dim, keepdim);
        written(a, y)?
    },
    "aminmax" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        let least = over!(x.try_min_axes | try_min_keepdim(), dim.clone(), keepdim);
        outs([least, over!(x.try_max_axes | try_max_keepdim(), dim, keepdim)])
    },
    "logsumexp" => {
        let (x, (dim, keepdim)) = (a.real("input")?, dims(a)?);
        out(over!(x.try_logsumexp_axes | try_logsumexp_keepdim(), dim, keepdim))
    },
    "all" => {
        let (x, (dim, keepdim)) = (truths(a)?, dims(a)?);
        vec![over!(x.try_all_axes | try_all_keepdim(), dim, keepdim).into()]
    },
    "any" => {
        let (x, (dim, keepdim)) = (truths(a)?, dims(a)?);
        vec![over!(x.try_any_axes | try_any_keepdim(), dim, keepdim).into()]
    },
    "count_nonzero" => {
        let (x, dim) = (truths(a)?, a.opt::<Vec<isize>>("dim")?);
        vec![over!(x.try_count_nonzero_axes | try_count_nonzero_keepdim(), dim, false).into()]
    },
    "var" => {
        let (x, (dim, correction, keepdim)) = (a.real("input")?, spread(a)?);
        out(over!(x.try_var_axes | try_var_keepdim(correction), dim, keepdim))
    },
    "std" => {
        let (x, (dim, correction, keepdim)) = (a.real("input")?, spread(a)?);
        out(over!(x.try_std_axes | try_std_keepdim(correction), dim, keepdim))
    },
    "var_mean" => {
        let (x, (dim, correction, keepdim)) = (a.real("input")?, spread(a)?);
        let var = over!(x.try_var_axes | try_var_keepdim(correction), dim.clone(), keepdim);
        outs([var, over!(x.try_mean_axes | try_mean_keepdim(), dim, keepdim)])
    },
    "std_mean" => {
        let (x, (dim, correction, keepdim)) = (a.real("input")?, spread(a)?);
        let std = over!(x.try_std_axes | try_std_keepdim(correction), dim.clone(), keepdim);
        outs([std, over!(x.try_mean_axes | try_mean_keepdim(), dim, keepdim)])
    },
    "cov" => {
        let (x, correction) = (a.real("input")?, a.or("correction", 1.0)?);
        out(x.try_cov(correction)?)
    },
    "corrcoef" => out(a.real("input")?.try_corrcoef()?),
    "norm" => {
        let (x, p, (dim, keepdim)) = (a.real("input")?, a.value("p"), dims(a)?);
        dtype(a)?;
        if p == Some(&Value::Text("nuc".into())) {
            return Ok(out(matrix_norm(&x, Norm::Nuc, &dim.unwrap_or(vec![-2, -1]), keepdim)?));
        }
        let p = order(p)?;
        out(over!(x.try_norm_axes | try_norm_keepdim(p), dim, keepdim))
    },
    "linalg.vector_norm" => {
        let (x, p, (dim, keepdim)) = (a.real("x")?, order(a.value("ord"))?, dims(a)?);
        dtype(a)?;
        out(over!(x.try_norm_axes | try_norm_keepdim(p), dim, keepdim))
    },
    "dist" => {
        let (x, y, p) = (a.real("input")?, a.real("other")?, a.or("p", 2.0)?);
        out(x.try_dist(y, p)?)
    },
    "max" => extreme(a, true)?,
    "min" => extreme(a, false)?,
    "argmax" => place(a, true)?,
    "argmin" => place(a, false)?,
    "median" => {
        let (x, dim, keepdim) = (a.real("input")?, a.opt::<isize>("dim")?, a.or("keepdim", false)?);
        match dim {
            None => out(x.try_median()?),
            Some(dim) => pair(along!(x.try_median_with_index | try_median_with_index_keepdim(dim), keepdim)),
        }
    },
    "nanmedian" => {
        let (x, dim, keepdim) = (a.real("input")?, a.opt::<isize>("dim")?, a.or("keepdim", false)?);
        match dim {
            None => out(x.try_nanmedian()?),
            Some(dim) => pair(along!(x.try_nanmedian_with_index | try_nanmedian_with_index_keepdim(dim), keepdim)),
        }
    },
    "kthvalue" => {
        let (x, k, dim) = (a.real("input")?, a.get::<usize>("k")?, a.or("dim", -1isize)?);
        pair(along!(x.try_kthvalue | try_kthvalue_keepdim(k, dim), a.or("keepdim", false)?))
    },
    "mode" => {
        let (x, dim) = (a.real("input")?, a.or("dim", -1isize)?);
        pair(along!(x.try_mode | try_mode_keepdim(dim), a.or("keepdim", false)?))
    },
    "quantile" | "nanquantile" => {
        let (x, q) = (a.real("input")?, a.real("q")?);
        let (dim, keepdim) = (a.opt::<isize>("dim")?, a.or("keepdim", false)?);
        let method = match a.or("interpolation", "linear".to_string())?.as_str() {
            "linear" => QuantileMethod::Linear,
            "lower" => QuantileMethod::Lower,
            "higher" => QuantileMethod::Higher,
            "midpoint" => QuantileMethod::Midpoint,
            "nearest" => QuantileMethod::Nearest,
            other => return Err(Fault::Type(format!("no interpolation {other}"))),
        };
        let (lines, axis) = if dim.is_none() { (x.flatten().into_tensor(), 0) } else { (x.clone(), dim.unwrap_or(0)) };
        let y = match op {
            "quantile" => lines.try_quantile(&q, axis, method)?,
            _ => lines.try_nanquantile(&q, axis, method)?,
        };
        let mut shape = x.shape().to_vec();
        match (keepdim, dim) {
            (false, _) => return Ok(out(y)),
            (true, None) => shape.fill(1),
            (true, Some(dim)) => {
                let axis = if dim < 0 { shape.len() as isize + dim } else { dim } as usize;
                shape.iter_mut().skip(axis).take(1).for_each(|size| *size = 1);
            }
        }
        out(y.try_reshape([q.shape(), &shape].concat())?)
    },
    "cumsum" => {
        let (x, dim) = (a.real("input")?, a.get::<isize>("dim")?);
        dtype(a)?;
        out(x.try_cumsum(dim)?)
    },
    "cumprod" => {
        let (x, dim) = (a.real("input")?, a.get::<isize>("dim")?);
        dtype(a)?;
        out(x.try_cumprod(dim)?)
    },
    "cummax" => pair(a.real("input")?.try_cummax_with_index(a.get::<isize>("dim")?)?),
    "cummin" => pair(a.real("input")?.try_cummin_with_index(a.get::<isize>("dim")?)?),
    "logcumsumexp" => out(a.real("input")?.try_logcumsumexp(a.get::<isize>("dim")?)?),
    "diff" => {
        let (x, n, dim) = (a.real("input")?, a.or("n", 1usize)?, a.or("dim", -1isize)?);
        let (before, behind) = (a.opt::<Tensor<T, B>>("prepend")?, a.opt::<Tensor<T, B>>("append")?);
        // Of no differences nothing is joined.
        let (before, behind) = if n == 0 { (None, None) } else { (before, behind) };
        let parts: Vec<&Tensor<T, B>> = before.iter().chain([&x]).chain(&behind).collect();
        out(if parts.len() == 1 { x.try_diff(n, dim)? } else { Tensor::try_concat(&parts, dim)?.try_diff(n, dim)? })
    },
    "trapezoid" | "trapz" | "cumulative_trapezoid" => {
        let (y, x) = (a.real("y")?, a.opt::<Tensor<T, B>>("x")?);
        let (dx, dim) = (T::from_f64(a.or("dx", 1.0)?), a.or("dim", -1isize)?);
        out(match (op, x) {
            ("cumulative_trapezoid", None) => y.try_cumulative_trapezoid(dx, dim)?,
            ("cumulative_trapezoid", Some(x)) => y.try_cumulative_trapezoid_at(&x, dim)?,
            (_, None) => y.try_trapezoid(dx, dim)?,
            (_, Some(x)) => y.try_trapezoid_at(&x, dim)?,
        })
    },
    "sort" => {
        let (x, dim, descending) = (a.real("input")?, a.or("dim", -1isize)?, a.or("descending", false)?);
        a.or("stable", false)?;
        pair(x.try_sort(dim, descending)?)
    },
    "argsort" => {
        let (x, dim, descending) = (a.real("input")?, a.or("dim", -1isize)?, a.or("descending", false)?);
        a.or("stable", false)?;
        vec![x.try_argsort(dim, descending)?.into()]
    },
    "msort" => out(a.real("input")?.try_msort()?),
    "topk" => {
        let (x, k, dim) = (a.real("input")?, a.get::<usize>("k")?, a.or("dim", -1isize)?);
        let largest = a.or("largest", true)?;
        a.or("sorted", true)?;
        pair(x.try_topk(k, dim, largest)?)
    },
    "searchsorted" => {
        let (lines, values) = (a.real("sorted_sequence")?, a.real("input")?);
        let (_, right) = (a.or("out_int32", false)?, a.or("right", false)?);
        let right = match a.opt::<String>("side")?.as_deref() {
            None => right,
            Some("right") => true,
            Some("left") if !right => false,
            Some(other) => return Err(Fault::Type(format!("two sides, right and {other}"))),
        };
        vec![match a.opt::<Tensor<i64, B>>("sorter")? {
            None => lines.try_searchsorted(&values, right)?,
            Some(sorter) => lines.try_searchsorted_by(&sorter, &values, right)?,
        }.into()]
    },
    "bucketize" => {
        let (x, boundaries) = (a.real("input")?, a.real("boundaries")?);
        a.or("out_int32", false)?;
        vec![x.try_bucketize(&boundaries, a.or("right", false)?)?.into()]
    },
    "unique" => {
        let (x, _) = (a.real("input")?, a.or("sorted", true)?);
        let (inverse, counts) = (a.or("return_inverse", false)?, a.or("return_counts", false)?);
        distinct(match a.opt::<isize>("dim")? {
            None => x.try_unique()?,
            Some(dim) => x.try_unique_axis(dim)?,
        }, inverse, counts)
    },
    "unique_consecutive" => {
        let x = a.real("input")?;
        let (inverse, counts) = (a.or("return_inverse", false)?, a.or("return_counts", false)?);
        distinct(match a.opt::<isize>("dim")? {
            None => x.try_unique_consecutive()?,
            Some(dim) => x.try_unique_consecutive_axis(dim)?,
        }, inverse, counts)
    },
    "bincount" => {
        let (x, weights) = (a.get::<Tensor<i64, B>>("input")?, a.opt::<Tensor<T, B>>("weights")?);
        let least = a.or("minlength", 0usize)?;
        match weights {
            None => vec![x.try_bincount(least)?.into()],
            Some(weights) => out(x.try_bincount_weighted(&weights, least)?),
        }
    },
    "histc" => {
        let (x, bins) = (a.real("input")?, a.or("bins", 100usize)?);
        let (low, high) = (a.or("min", 0.0)?, a.or("max", 0.0)?);
        out(x.try_histc(bins, T::from_f64(low), T::from_f64(high))?)
    },
    "nonzero" | "argwhere" => {
        let places = truths(a)?.nonzero();
        match a.or("as_tuple", false)? {
            true => places.try_unbind(1)?.into_iter().map(Into::into).collect(),
            false => vec![places.into()],
        }
    },
}
