//! Parts and elements by index.

use super::table;
use crate::args::{Any, Args, Fault, out};
use crate::case::Value;
use tensor_core::ops::Scatter;
use tensor_core::{Backend, Ellipsis, IndexItem, NewAxis, Real, SliceItem, Tensor};

/// What a Python index says, as items.
fn index<T: Real, B: Backend>(a: &Args<'_, T, B>, value: &Value) -> Result<Vec<IndexItem>, Fault> {
    match value {
        Value::Tuple(items) => items.iter().map(|value| item(a, value)).collect(),
        one => Ok(vec![item(a, one)?]),
    }
}

fn item<T: Real, B: Backend>(a: &Args<'_, T, B>, value: &Value) -> Result<IndexItem, Fault> {
    Ok(match value {
        Value::Int(i) => (*i).into(),
        Value::Null => NewAxis.into(),
        Value::Text(dots) if dots == "..." || dots == "Ellipsis" => Ellipsis.into(),
        Value::Bool(b) => Tensor::<bool, B>::new(*b).into(),
        Value::Slice(slice) => range(slice.map(|bound| bound.map(|bound| bound as isize))).into(),
        Value::Tensor(_) => match a.as_value::<Any<T, B>>(value)? {
            Any::Int(index) => index.into(),
            Any::Bool(mask) => mask.into(),
            _ => return Err(Fault::Type("an index of real numbers".into())),
        },
        list => match nested::<bool>(list, &|value| if let Value::Bool(b) = value { Some(*b) } else { None }) {
            Some((shape, mask)) if !mask.is_empty() => Tensor::<bool, B>::from_slice(&mask, shape).into(),
            _ => match nested(list, &|value| if let Value::Int(i) = value { Some(*i) } else { None }) {
                Some((shape, places)) => Tensor::<i64, B>::from_slice(&places, shape).into(),
                None => return Err(Fault::Type(format!("{list:?} is no index"))),
            },
        },
    })
}

fn range([start, end, step]: [Option<isize>; 3]) -> SliceItem {
    SliceItem::Range { start, end, step: step.unwrap_or(1) }
}

/// The shape and the elements of nested lists.
fn nested<V>(value: &Value, leaf: &impl Fn(&Value) -> Option<V>) -> Option<(Vec<usize>, Vec<V>)> {
    let (Value::List(list) | Value::Tuple(list)) = value else { return leaf(value).map(|v| (Vec::new(), vec![v])) };
    let parts = list.iter().map(|value| nested(value, leaf)).collect::<Option<Vec<_>>>()?;
    let inner = parts.first().map_or(Vec::new(), |(shape, _)| shape.clone());
    if parts.iter().any(|(shape, _)| *shape != inner) {
        return None;
    }
    let shape = [vec![parts.len()], inner].concat();
    Some((shape, parts.into_iter().flat_map(|(_, values)| values).collect()))
}

/// The tensor, axis and index with which most of these operations begin.
fn along<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<(Tensor<T, B>, isize, Tensor<i64, B>), Fault> {
    Ok((a.real("input")?, a.get("dim")?, a.get("index")?))
}

/// A source that is a tensor, or a number.
enum Source<T: Real, B: Backend> {
    Tensor(Tensor<T, B>),
    Number(T),
}

fn source<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<Source<T, B>, Fault> {
    let value: Any<T, B> = match a.opt("src")? {
        Some(value) => value,
        None => a.get("value")?,
    };
    match value {
        Any::Real(src) => Ok(Source::Tensor(src)),
        Any::Number(x) => Ok(Source::Number(T::from_f64(x))),
        Any::Int(_) | Any::Bool(_) => Err(Fault::Type("a source of another type".into())),
    }
}

/// How PyTorch's word joins values; `None` for the mean.
fn joined(word: &str) -> Result<Option<Scatter>, Fault> {
    Ok(Some(match word {
        "sum" | "add" => Scatter::Add,
        "prod" | "multiply" => Scatter::Mul,
        "amax" => Scatter::Max,
        "amin" => Scatter::Min,
        "mean" => return Ok(None),
        _ => return Err(Fault::Type(format!("nothing is joined by `{word}`"))),
    }))
}

table! { |op, a|
    "__getitem__" => {
        let (x, at) = (a.real("input")?, a.get::<Value>("index")?);
        out(x.try_index(index(a, &at)?)?)
    },
    "slice" => {
        let (x, dim) = (a.real("input")?, a.or::<isize>("dim", 0)?);
        let part = [a.opt("start")?, a.opt("end")?, a.opt("step")?];
        let axis = x.layout().axis("slice", dim)?;
        let mut items = vec![SliceItem::from(..); axis];
        items.push(range(part));
        out(x.try_slice(items)?)
    },
    "select" => {
        let (x, dim) = (a.real("input")?, a.get::<isize>("dim")?);
        out(x.try_index_axis(dim, a.get::<isize>("index")?)?)
    },
    "index_select" => {
        let (x, dim, index) = along(a)?;
        out(x.try_index_select(dim, &index)?)
    },
    "take" => {
        let x = a.real("input")?;
        out(x.try_take(&a.get("index")?)?)
    },
    "gather" => {
        let (x, dim, index) = along(a)?;
        a.opt::<bool>("sparse_grad")?;
        out(x.try_gather(dim, &index)?)
    },
    "take_along_dim" => {
        let (x, index) = (a.real("input")?, a.get::<Tensor<i64, B>>("indices")?);
        match a.opt::<isize>("dim")? {
            Some(dim) => out(x.try_take_along_dim(&index, dim)?),
            None => out(x.try_take(&index.flatten())?),
        }
    },

    "scatter" => {
        let ((x, dim, index), src) = (along(a)?, source(a)?);
        match (a.opt::<String>("reduce")?, src) {
            (None, Source::Tensor(src)) => out(x.try_scatter(dim, &index, &src)?),
            (None, Source::Number(src)) => out(x.try_scatter(dim, &index, src)?),
            (Some(word), src) => {
                let Some(how) = joined(&word)? else { return Err(Fault::Type("a mean".into())) };
                match src {
                    Source::Tensor(src) => out(x.try_scatter_reduce(dim, &index, &src, how, true)?),
                    Source::Number(src) => out(x.try_scatter_reduce(dim, &index, src, how, true)?),
                }
            }
        }
    },
    "scatter_add" => {
        let (x, dim, index) = along(a)?;
        out(x.try_scatter_add(dim, &index, &a.real("src")?)?)
    },
    "scatter_reduce" => {
        let ((x, dim, index), src, word) = (along(a)?, a.real("src")?, a.get::<String>("reduce")?);
        let include_self = a.or("include_self", true)?;
        match joined(&word)? {
            Some(how) => out(x.try_scatter_reduce(dim, &index, &src, how, include_self)?),
            None => out(x.try_scatter_mean(dim, &index, &src, include_self)?),
        }
    },
    "index_add" => {
        let ((x, dim, index), src) = (along(a)?, a.real("source")?);
        match a.opt::<f64>("alpha")? {
            Some(alpha) => out(x.try_index_add(dim, &index, &(src * T::from_f64(alpha)))?),
            None => out(x.try_index_add(dim, &index, &src)?),
        }
    },
    "index_copy" => {
        let (x, dim, index) = along(a)?;
        out(x.try_index_copy(dim, &index, &a.real("source")?)?)
    },
    "index_fill" => {
        let (x, dim, index) = along(a)?;
        out(x.try_index_fill(dim, &index, a.real("value")?)?)
    },
    "index_reduce" => {
        let ((x, dim, index), src, word) = (along(a)?, a.real("source")?, a.get::<String>("reduce")?);
        let include_self = a.or("include_self", true)?;
        match joined(&word)? {
            Some(how) => out(x.try_index_reduce(dim, &index, &src, how, include_self)?),
            None => out(x.try_index_mean(dim, &index, &src, include_self)?),
        }
    },
    "index_put" => {
        let (x, at, src) = (a.real("input")?, a.get::<Value>("indices")?, a.real("values")?);
        let items = match at {
            Value::List(items) => Value::Tuple(items),
            other => other,
        };
        out(x.try_index_put(index(a, &items)?, &src, a.or("accumulate", false)?)?)
    },
    "slice_scatter" => {
        let (x, src, dim) = (a.real("input")?, a.real("src")?, a.or::<isize>("dim", 0)?);
        let part = [a.opt("start")?, a.opt("end")?, a.opt("step")?];
        let mut items = vec![SliceItem::from(..); x.layout().axis("slice_scatter", dim)?];
        items.push(range(part));
        out(x.try_slice_scatter(&items[..], &src)?)
    },
    "select_scatter" => {
        let (x, src, dim) = (a.real("input")?, a.real("src")?, a.get::<isize>("dim")?);
        out(x.try_select_scatter(&src, dim, a.get::<isize>("index")?)?)
    },

    "masked_select" => {
        let x = a.real("input")?;
        out(x.try_masked_select(&a.get("mask")?)?)
    },
    "masked_scatter" => {
        let (x, mask) = (a.real("input")?, a.get("mask")?);
        out(x.try_masked_scatter(&mask, &a.real("source")?)?)
    },
    "nn.functional.one_hot" => {
        let (labels, classes) = (a.get::<Tensor<i64, B>>("tensor")?, a.or::<isize>("num_classes", -1)?);
        let classes = if classes == -1 { None } else { Some(usize::try_from(classes)) };
        match classes.transpose() {
            Ok(classes) => vec![labels.try_one_hot(classes)?.into()],
            Err(_) => return Err(Fault::Type("a negative number of classes".into())),
        }
    },
}
