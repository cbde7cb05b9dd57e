//! Copies that change where elements lie: views, writing through views, filling, padding, joining.

use super::ArrayArg;
use super::functions::Arithmetic;
use super::walk::{BLOCK, Room, Stream, coalesce, copy_to, for_runs};
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::Layout;
use crate::ops::View;
use crate::{Arg, Array, Dims, Element, Error, Result, Shape};
use std::mem::MaybeUninit;
use std::ops::Range;

/// The elements in row-major order; the array itself if they lie so already.
pub(super) fn contiguous<T: Element>(x: &Array<T>, exec: &dyn Executor) -> Result<Array<T>> {
    if x.layout().is_contiguous() {
        return Ok(x.clone());
    }
    copied(x, exec)
}

/// The elements in row-major order in a buffer of their own.
pub(super) fn copied<T: Element>(x: &Array<T>, exec: &dyn Executor) -> Result<Array<T>> {
    // SAFETY: `copy_to` writes every element of a slice with as many elements as `x`.
    unsafe { Array::build(x.shape().clone(), |out| copy_to(x, out.as_mut_ptr().cast(), exec)) }
}

/// The elements in row-major order, outside the memory of tensors.
pub(super) fn collect<T: Element>(x: &Array<T>, exec: &dyn Executor) -> Vec<T> {
    let n = x.numel();
    let mut elements = Vec::with_capacity(n);
    // SAFETY: `copy_to` writes `n` elements, for which there is room.
    unsafe {
        copy_to(x, elements.as_mut_ptr(), exec);
        elements.set_len(n);
    }
    elements
}

pub(super) fn view<T: Element>(x: &Array<T>, view: &View, exec: &dyn Executor) -> Result<Array<T>> {
    match x.layout().view(view)? {
        Some(layout) => x.with_layout(layout),
        None => {
            let x = copied(x, exec)?;
            let layout = x.layout().view(view)?.expect("any reshape of contiguous elements is a view");
            x.into_layout(layout)
        }
    }
}

pub(super) fn fill<T: Element>(shape: &Shape, value: T, exec: &dyn Executor) -> Result<Array<T>> {
    // SAFETY: all of the slice is filled.
    unsafe { Array::build(shape.clone(), |out| fill_places(out.as_mut_ptr().cast(), out.len(), value, exec)) }
}

/// # Safety
/// There is room for `n` elements at `out`, which nothing else uses.
unsafe fn fill_places<T: Element>(out: *mut T, n: usize, value: T, exec: &dyn Executor) {
    let out = Out::new(out.cast::<MaybeUninit<T>>());
    for_chunks(exec, n, CHUNK, &|start, end| {
        // SAFETY: the caller vouches for the room; chunks are disjoint parts of it.
        unsafe { std::slice::from_raw_parts_mut(out.at(start), end - start) }.fill(MaybeUninit::new(value));
    });
}

pub(super) fn view_assign<T: Element>(
    mut x: ArrayArg<'_, T>,
    view: &View,
    src: ArrayArg<'_, T>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    // The same value everywhere needs no walk.
    if let (Arg::Own(array), View::Slice(items), Arg::Scalar(value)) = (&mut x, view, &src)
        && items.is_empty()
        && array.layout().is_contiguous()
        && array.is_unique()
    {
        let mut array = array.take();
        let (n, start) = (array.numel(), array.layout().offset());
        let data = array.buffer_mut().expect("found unique").wrapping_add(start);
        // SAFETY: the contiguous layout covers `n` elements of the buffer from its offset on, and no one else has it.
        unsafe { fill_places(data, n, *value, exec) };
        return Ok(array);
    }
    write("assign", x, view, src, exec, |_, new| new)
}

pub(super) fn view_add<T: Arithmetic>(
    x: ArrayArg<'_, T>,
    view: &View,
    src: ArrayArg<'_, T>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    write("add", x, view, src, exec, Arithmetic::add)
}

/// `x` with `join(old, src)` in place of each element that `view` shows, in row-major order of the view.
fn write<T: Element>(
    op: &'static str,
    x: ArrayArg<'_, T>,
    view: &View,
    src: ArrayArg<'_, T>,
    exec: &dyn Executor,
    join: impl Fn(T, T) -> T + Sync,
) -> Result<Array<T>> {
    let none = Shape::new();
    let shared = match x.prim() {
        Some(x) => x.layout().view(view)?,
        None => None,
    };
    // Where a view cannot share the memory of `x`, it can that of a contiguous copy.
    let in_place = shared.is_some();
    let of_copy = |shape: &Shape| -> Result<Layout> {
        let seen = Layout::contiguous(shape.clone())?.view(view)?;
        Ok(seen.expect("a view of contiguous elements shares their memory"))
    };
    let mut target = match shared {
        Some(target) => target,
        None => of_copy(x.prim().map_or(&none, |x| x.shape()))?,
    };
    let from = src.prim().map_or(&none, |s| s.shape());
    let source = match src.prim() {
        Some(s) => s.layout().expand(target.shape()),
        None => Layout::contiguous(none.clone())?.expand(target.shape()),
    }
    .map_err(|_| {
        Error::shape(
            op,
            &[target.shape(), from],
            "what is written must have the shape of its place, or broadcast to it",
        )
    })?;
    let x = match x {
        Arg::Own(x) if !in_place => Arg::Ref(&*x),
        x => x,
    };
    let (mut out, moved) = writable(x, exec)?;
    if moved {
        target = of_copy(out.shape())?;
    }
    let data = out.buffer_mut().expect("a buffer of one owner").wrapping_add(target.offset());
    let from = match &src {
        Arg::Ref(s) => s.ptr(),
        Arg::Own(s) => s.ptr(),
        Arg::Scalar(value) => value,
    };
    let (shape, [to, strides]) = coalesce(target.shape(), [target.strides(), source.strides()]);
    // SAFETY: the source's layout stays inside its buffer, which is not the one written to: that has one owner.
    let source = unsafe { Stream::new(from, &shape, &strides, false) };
    let data = Out::new(data);
    // SAFETY: the target's layout stays inside the buffer, which is ours; see below for threads.
    let body = |start, end| unsafe {
        put(data, &shape, &to, &source, start..end, |place, new| place.write(join(*place, new)));
    };
    // A view that shows an element several times is written in order, by one thread.
    let n = target.numel();
    if overlaps(&shape, &to) {
        body(0, n)
    } else {
        for_chunks(exec, n, CHUNK, &body)
    }
    Ok(out)
}

/// Calls `write(place, new)` for the elements `range` of `source` and their places, in row-major order of `shape`, where
/// places lie `to` apart from `data` on.
///
/// # Safety
/// `write` may be called with each of those places.
unsafe fn put<T: Element>(
    data: Out<T>,
    shape: &[usize],
    to: &[isize],
    source: &Stream<'_, T>,
    range: Range<usize>,
    write: impl Fn(*mut T, T),
) {
    let stride = *to.last().expect("coalesced shapes have an axis");
    let mut room = Room::new();
    for start in range.clone().step_by(BLOCK) {
        let len = BLOCK.min(range.end - start);
        let new = source.block(start, len, &mut room);
        let step = new.step;
        for_runs(shape, to, start, len, &mut |offset, position, run| {
            let place = data.at(0).wrapping_offset(offset);
            // SAFETY: the block has `len` elements, or one where its step is 0.
            let new = |i: usize, step: usize| unsafe { *new.ptr.add((position + i) * step) };
            if stride == 1 && step == 1 {
                (0..run).for_each(|i| write(place.wrapping_add(i), new(i, 1)));
            } else {
                (0..run).for_each(|i| write(place.wrapping_offset(i as isize * stride), new(i, step)));
            }
        });
    }
}

/// The operand as a value to write into, and whether its elements moved: the operand itself where it is given up, no one
/// shares its buffer and no two of its elements share a place, else a contiguous copy of what it shows.
pub(super) fn writable<T: Element>(x: ArrayArg<'_, T>, exec: &dyn Executor) -> Result<(Array<T>, bool)> {
    match x {
        Arg::Own(array) if array.is_unique() && !overlaps(array.shape(), array.layout().strides()) => {
            Ok((array.take(), false))
        }
        Arg::Own(array) => Ok((copied(array, exec)?, true)),
        Arg::Ref(array) => Ok((copied(array, exec)?, true)),
        Arg::Scalar(value) => Ok((Array::scalar(value)?, true)),
    }
}

/// Whether two indices may lead to one element; never `false` where they do.
fn overlaps(shape: &[usize], strides: &[isize]) -> bool {
    let mut axes: Dims<(usize, usize)> =
        strides.iter().map(|s| s.unsigned_abs()).zip(shape.iter().copied()).filter(|&(_, size)| size > 1).collect();
    axes.sort_unstable();
    let mut reach = 0;
    axes.iter().any(|&(stride, size)| {
        let meets = stride <= reach;
        reach += stride * (size - 1);
        meets
    })
}

pub(super) fn pad<T: Element>(
    x: &Array<T>,
    padding: &[(usize, usize)],
    value: T,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    if padding.len() != x.shape().len() {
        return Err(Error::shape("pad", &[x.shape()], format!("needs a pair for each axis, not {}", padding.len())));
    }
    let mut shape = x.shape().clone();
    let mut items = Vec::with_capacity(shape.len());
    for (size, &(before, after)) in shape.iter_mut().zip(padding) {
        let end = before.saturating_add(*size);
        items.push(crate::SliceItem::from(before..end));
        *size = end.saturating_add(after);
    }
    Layout::contiguous(shape.clone())?;
    let mut out = fill(&shape, value, exec)?;
    view_assign(Arg::Own(&mut out), &View::Slice(items), Arg::Ref(x), exec)
}

pub(super) fn concat<T: Element>(parts: &[&Array<T>], axis: usize, exec: &dyn Executor) -> Result<Array<T>> {
    let Some(first) = parts.first() else { return Err(Error::value("concat", "needs at least one tensor")) };
    let axis = crate::layout::resolve_axis("concat", axis as isize, first.shape().len())?;
    let mut shape = first.shape().clone();
    shape[axis] = 0;
    for part in parts {
        let same =
            part.shape().len() == shape.len() && (0..shape.len()).all(|a| a == axis || part.shape()[a] == shape[a]);
        if !same {
            return Err(Error::shape(
                "concat",
                &[first.shape(), part.shape()],
                format!("all axes but axis {axis} must have equal sizes"),
            ));
        }
        shape[axis] = shape[axis].saturating_add(part.shape()[axis]);
    }
    let inner: usize = shape[axis + 1..].iter().product();
    let (row, alone) = (shape[axis].saturating_mul(inner), shape[..axis].iter().all(|&size| size == 1));
    // SAFETY: along `axis` the parts cover the result, each in places of its own.
    unsafe {
        Array::build(shape, |out| {
            let out: *mut T = out.as_mut_ptr().cast();
            let mut at = 0;
            for part in parts {
                let width = part.shape()[axis] * inner;
                if alone {
                    copy_to(part, out.add(at), exec);
                } else if width > 0 {
                    let mut places = Dims::filled(0, part.shape().len());
                    let mut step = 1;
                    for a in (0..places.len()).rev() {
                        places[a] = step as isize;
                        step = if a == axis { row } else { step * part.shape()[a] };
                    }
                    let (sizes, [to, from]) = coalesce(part.shape(), [&places, part.layout().strides()]);
                    let source = Stream::new(part.ptr(), &sizes, &from, false);
                    let data = Out::new(out.add(at));
                    for_chunks(exec, part.numel(), CHUNK, &|start, end| {
                        put(data, &sizes, &to, &source, start..end, |place, new| place.write(new));
                    });
                }
                at += width;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dims;
    use crate::exec::Sequential;

    #[test]
    fn writing_into_a_repeated_row_changes_that_row_alone() {
        let row = Array::from_slice(&[1i32, 2], [1, 2]).unwrap();
        let layout = row.layout().expand(&Shape::from([3, 2])).unwrap();
        let mut repeated = row.into_layout(layout).unwrap();
        let second = View::Slice(vec![crate::SliceItem::Index(1)]);
        let out = view_assign(Arg::Own(&mut repeated), &second, Arg::Scalar(0), &Sequential).unwrap();
        assert_eq!(out.to_vec(), [1, 2, 0, 0, 1, 2]);
    }

    #[test]
    fn a_diagonal_of_a_value_given_up_is_written_where_it_lies() {
        let mut x = Array::from_slice(&[0i32; 9], [3, 3]).unwrap();
        let address = x.address();
        let diagonal = View::Diagonal { offset: 0, first: 0, second: 1 };
        let transposed = view(&x.take(), &View::Permute(Dims::from([1, 0])), &Sequential);
        let out = view_assign(Arg::Own(&mut transposed.unwrap()), &diagonal, Arg::Scalar(1), &Sequential).unwrap();
        assert_eq!((out.address(), out.to_vec()), (address, vec![1, 0, 0, 0, 1, 0, 0, 0, 1]));
    }
}
