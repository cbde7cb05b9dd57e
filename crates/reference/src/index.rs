//! Looks by index tensors.

use crate::grid::{check_axis, elements as all, place, position};
use crate::look::Look;
use tensor_core::{Array, Error, Result};

/// The slices along `axis` that `index` names; that axis becomes the axes of `index`.
pub(crate) fn slices<'a>(op: &'static str, of: &[usize], axis: usize, index: &'a Array<i64>) -> Result<Look<'a>> {
    let places = places(op, of, axis, index)?;
    let (before, behind) = (&of[..axis], &of[axis + 1..]);
    Look::new([before, index.shape(), behind].concat(), move |i| {
        let (before, rest) = i.split_at(axis);
        let (named, behind) = rest.split_at(index.shape().len());
        [before, &[places[position(named, index.shape())]], behind].concat()
    })
}

/// At `[i, j, …]` the element `[i, index[i, j, …], …]`, the index standing at `axis`.
pub(crate) fn elements<'a>(op: &'static str, of: &[usize], axis: usize, index: &'a Array<i64>) -> Result<Look<'a>> {
    let places = places(op, of, axis, index)?;
    let shape = index.shape().to_vec();
    if shape.len() != of.len() || (0..of.len()).any(|a| a != axis && shape[a] > of[a]) {
        let hint = "the index must have the same rank and no other axis longer";
        return Err(Error::shape(op, &[&of.into(), index.shape()], hint));
    }
    Look::new(shape, move |i| {
        let mut from = i.to_vec();
        from[axis] = places[position(i, index.shape())];
        from
    })
}

/// The places along `axis` that `index` names, in row-major order.
fn places(op: &'static str, of: &[usize], axis: usize, index: &Array<i64>) -> Result<Vec<usize>> {
    check_axis(op, axis, of)?;
    all(index).iter().map(|&i| place(op, i, axis, of[axis])).collect()
}
