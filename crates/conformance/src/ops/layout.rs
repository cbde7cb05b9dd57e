//! Other looks at the same elements, joining and repeating.

use super::table;
use crate::args::{Any, Args, Fault, FromValue, out, outs};
use crate::case::Value;
use tensor_core::{Backend, Indexing, Real, Tensor};

type Tensors<T, B> = Vec<Tensor<T, B>>;

/// Tensors in a list, or one after the other.
fn several<T: Real, B: Backend>(a: &mut Args<'_, T, B>, name: &str) -> Result<Tensors<T, B>, Fault> {
    let mut all: Tensors<T, B> = a.get(name)?;
    while a.left() > 0 {
        all.push(a.real(name)?);
    }
    Ok(all)
}

fn refs<T: Real, B: Backend>(tensors: &Tensors<T, B>) -> Vec<&Tensor<T, B>> {
    tensors.iter().collect()
}

/// The tensors of the list that is the next argument.
fn list<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<Tensors<T, B>, Fault> {
    a.get("tensors")
}

/// An argument under the first of two names that it has.
fn either<X: FromValue<T, B>, T: Real, B: Backend>(
    a: &mut Args<'_, T, B>,
    name: &str,
    other: &str,
) -> Result<X, Fault> {
    match a.opt(name)? {
        Some(value) => Ok(value),
        None => a.get(other),
    }
}

table! { |op, a|
    "reshape" => out(a.real("input")?.try_reshape(a.get::<Vec<isize>>("shape")?)?),
    "view" => out(a.real("input")?.try_view(a.get::<Vec<isize>>("shape")?)?),
    "flatten" => {
        let (x, start) = (a.real("input")?, a.or::<isize>("start_dim", 0)?);
        out(x.try_flatten_axes(start, a.or::<isize>("end_dim", -1)?)?)
    },
    "ravel" => out(a.real("input")?.ravel()),
    "unflatten" => {
        let (x, dim) = (a.real("input")?, a.get::<isize>("dim")?);
        out(x.try_unflatten(dim, a.get::<Vec<isize>>("sizes")?)?)
    },
    "squeeze" => {
        let x = a.real("input")?;
        match a.opt::<Vec<isize>>("dim")? {
            Some(dims) => out(x.try_squeeze(dims)?),
            None => out(x.squeeze_all()),
        }
    },
    "unsqueeze" => out(a.real("input")?.try_unsqueeze(a.get::<isize>("dim")?)?),
    "expand" | "broadcast_to" => out(a.real("input")?.try_expand(a.get::<Vec<isize>>("size")?)?),
    "expand_as" => {
        let x = a.real("input")?;
        out(x.try_expand_as(&a.real("other")?)?)
    },
    "broadcast_tensors" => outs(Tensor::try_broadcast_tensors(&refs(&several(a, "tensors")?))?),
    "unfold" => {
        let (x, dim, size) = (a.real("input")?, a.get::<isize>("dimension")?, a.get("size")?);
        out(x.try_unfold(dim, size, a.get("step")?)?)
    },

    "permute" => out(a.real("input")?.try_permute(a.get::<Vec<isize>>("dims")?)?),
    "transpose" | "swapaxes" => {
        out(a.real("input")?.try_transpose(a.get::<isize>("dim0")?, a.get::<isize>("dim1")?)?)
    },
    "movedim" => {
        let (x, source) = (a.real("input")?, a.get::<Vec<isize>>("source")?);
        out(x.try_movedim(source, a.get::<Vec<isize>>("destination")?)?)
    },
    "t" | "T" => out(a.real("input")?.try_t()?),
    "mT" => out(a.real("input")?.try_mt()?),
    "flip" => out(a.real("input")?.try_flip(a.get::<Vec<isize>>("dims")?)?),
    "fliplr" => out(a.real("input")?.try_fliplr()?),
    "flipud" => out(a.real("input")?.try_flipud()?),
    "roll" => {
        let (x, shifts) = (a.real("input")?, a.get::<Vec<isize>>("shifts")?);
        let dims = a.or::<Vec<isize>>("dims", Vec::new())?;
        match dims[..] {
            [] => out(x.flatten().try_roll(shifts, 0)?.reshape(x.shape())),
            _ => out(x.try_roll(shifts, dims)?),
        }
    },
    "rot90" => {
        let (x, k) = (a.real("input")?, a.or("k", 1)?);
        out(x.try_rot90(k, a.or::<Vec<isize>>("dims", vec![0, 1])?)?)
    },

    "cat" => {
        let parts = list(a)?;
        out(Tensor::try_concat(&refs(&parts), a.or::<isize>("dim", 0)?)?)
    },
    "stack" => {
        let parts = list(a)?;
        out(Tensor::try_stack(&refs(&parts), a.or::<isize>("dim", 0)?)?)
    },
    "hstack" => out(Tensor::try_hstack(&refs(&list(a)?))?),
    "vstack" => out(Tensor::try_vstack(&refs(&list(a)?))?),
    "dstack" => out(Tensor::try_dstack(&refs(&list(a)?))?),
    "column_stack" => out(Tensor::try_column_stack(&refs(&list(a)?))?),
    "block_diag" => out(Tensor::try_block_diag(&refs(&several(a, "tensors")?))?),
    "meshgrid" => {
        let vectors = several(a, "tensors")?;
        let indexing = match a.or("indexing", "ij".to_string())?.as_str() {
            "ij" => Indexing::Ij,
            "xy" => Indexing::Xy,
            other => return Err(Fault::Type(format!("there is no indexing `{other}`"))),
        };
        outs(Tensor::try_meshgrid(&refs(&vectors), indexing)?)
    },
    "atleast_1d" => outs(several(a, "input")?.iter().map(|x| x.atleast_1d())),
    "atleast_2d" => outs(several(a, "input")?.iter().map(|x| x.atleast_2d())),
    "atleast_3d" => outs(several(a, "input")?.iter().map(|x| x.atleast_3d())),

    "split" => {
        let (x, sizes) = (a.real("input")?, either::<Value, _, _>(a, "split_size", "split_size_or_sections")?);
        let dim = a.or::<isize>("dim", 0)?;
        match sizes {
            Value::Int(size) => match usize::try_from(size) {
                Ok(size) => outs(x.try_split(size, dim)?),
                Err(_) => return Err(Fault::Type("a negative size".into())),
            },
            sizes => match Vec::<isize>::from_value(&sizes, &[] as &[Any<T, B>]) {
                Some(sizes) => outs(x.try_split_with_sizes(sizes, dim)?),
                None => return Err(Fault::Type("sizes that are not integers".into())),
            },
        }
    },
    "split_with_sizes" => {
        let (x, sizes) = (a.real("input")?, a.get::<Vec<isize>>("split_sizes")?);
        outs(x.try_split_with_sizes(sizes, a.or::<isize>("dim", 0)?)?)
    },
    "chunk" => {
        let (x, chunks) = (a.real("input")?, a.get("chunks")?);
        outs(x.try_chunk(chunks, a.or::<isize>("dim", 0)?)?)
    },
    "tensor_split" => {
        let x = a.real("input")?;
        let cut = either::<Value, _, _>(a, "tensor_indices_or_sections", "indices_or_sections")?;
        let sections = match &cut {
            Value::Int(count) => Some(*count),
            Value::Tensor(_) => {
                let places: Tensor<i64, B> = a.as_value(&cut)?;
                let dim = a.or::<isize>("dim", 0)?;
                return Ok(match places.rank() {
                    0 => outs(x.try_tensor_split(sections_of(places.item())?, dim)?),
                    _ => outs(x.try_tensor_split_at(places.to_vec(), dim)?),
                });
            }
            _ => None,
        };
        let dim = a.or::<isize>("dim", 0)?;
        match sections {
            Some(count) => outs(x.try_tensor_split(sections_of(count)?, dim)?),
            None => outs(x.try_tensor_split_at(a.as_value::<Vec<isize>>(&cut)?, dim)?),
        }
    },
    "unbind" => outs(a.real("input")?.try_unbind(a.or::<isize>("dim", 0)?)?),
    "narrow" => {
        let (x, dim) = (a.real("input")?, a.get::<isize>("dim")?);
        let start = a.get::<Tensor<i64, B>>("start")?.try_item()?;
        out(x.try_narrow(dim, start, a.get("length")?)?)
    },

    "repeat" => out(a.real("input")?.try_repeat(a.get::<Vec<isize>>("repeats")?)?),
    "tile" => out(a.real("input")?.try_tile(a.get::<Vec<isize>>("dims")?)?),
    "repeat_interleave" => {
        let (x, repeats) = (a.real("input")?, a.get::<Tensor<i64, B>>("repeats")?);
        let (x, dim) = match a.opt::<isize>("dim")? {
            Some(dim) => (x, dim),
            None => (x.flatten().into_tensor(), 0),
        };
        let y = x.try_repeat_interleave(&repeats, dim)?;
        // The size of the result, told to save a look at the data.
        match a.opt::<usize>("output_size")? {
            Some(size) if size != y.try_size(dim)? => return Err(Fault::Type(format!("the result has not size {size}"))),
            _ => out(y),
        }
    },

    "trace" => out(a.real("input")?.try_trace()?),
    "tril" => out(a.real("input")?.try_tril(a.or("diagonal", 0)?)?),
    "triu" => out(a.real("input")?.try_triu(a.or("diagonal", 0)?)?),
    "diag" => out(a.real("input")?.try_diag(a.or("diagonal", 0)?)?),
    "diagonal" => {
        let (x, offset) = (a.real("input")?, a.or("offset", 0)?);
        out(x.try_diagonal(offset, a.or::<isize>("dim1", 0)?, a.or::<isize>("dim2", 1)?)?)
    },
    "diag_embed" => {
        let (x, offset) = (a.real("input")?, a.or("offset", 0)?);
        out(x.try_diag_embed(offset, a.or::<isize>("dim1", -2)?, a.or::<isize>("dim2", -1)?)?)
    },
    "diagonal_scatter" => {
        let (x, src, offset) = (a.real("input")?, a.real("src")?, a.or("offset", 0)?);
        out(x.try_diagonal_scatter(&src, offset, a.or::<isize>("dim1", 0)?, a.or::<isize>("dim2", 1)?)?)
    },
}

fn sections_of(count: i64) -> Result<usize, Fault> {
    usize::try_from(count).map_err(|_| Fault::Type("a negative number of parts".into()))
}
