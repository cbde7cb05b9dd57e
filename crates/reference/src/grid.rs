//! Arrays as functions of an index: everything here is said element by element.

use tensor_core::{Arg, Array, Element, Error, Layout, Result, Shape};

/// An operand of the reference backend.
pub(crate) type Operand<'a, T> = Arg<'a, T, Array<T>>;

/// The place in row-major order of the element at `index`.
pub(crate) fn position(index: &[usize], shape: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |position, (&i, &size)| position * size + i)
}

/// The index of the element at a place in row-major order.
pub(crate) fn index(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (i, &size) in index.iter_mut().zip(shape).rev() {
        *i = position % size;
        position /= size;
    }
    index
}

/// All indices of a shape, in row-major order.
pub(crate) fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    (0..shape.iter().product()).map(move |position| index(position, shape))
}

/// The array whose element at each index is what `f` says.
pub(crate) fn tabulate<T: Element>(shape: &[usize], f: impl FnMut(Vec<usize>) -> T) -> Result<Array<T>> {
    Layout::contiguous(Shape::from(shape))?; // The number of elements can be counted.
    let elements: Vec<T> = indices(shape).map(f).collect();
    Array::from_slice(&elements, shape)
}

/// The elements in row-major order. Arrays of this backend always lie so.
pub(crate) fn elements<T: Element>(x: &Array<T>) -> &[T] {
    x.as_slice().expect("arrays of the reference backend are contiguous")
}

/// The element at an index.
pub(crate) fn at<T: Element>(x: &Array<T>, index: &[usize]) -> T {
    elements(x)[position(index, x.shape())]
}

/// The element that stands at `index` of a shape that `x` broadcasts to.
pub(crate) fn broadcast_at<T: Element>(x: &Array<T>, index: &[usize]) -> T {
    let index = &index[index.len() - x.shape().len()..];
    let own: Vec<usize> = index.iter().zip(x.shape().iter()).map(|(&i, &size)| if size == 1 { 0 } else { i }).collect();
    at(x, &own)
}

/// The shape that two shapes broadcast to: aligned at the last axis, missing axes counting as 1.
pub(crate) fn broadcast(op: &'static str, a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
    (0..rank)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (m, n) if m == n || n == 1 => Ok(m),
            (1, n) => Ok(n),
            _ => Err(Error::shape(op, &[&a.into(), &b.into()], "sizes must be equal, or one of them 1")),
        })
        .collect()
}

/// The operand as an array; a scalar is one of rank 0.
pub(crate) fn array<T: Element>(x: Operand<'_, T>) -> Array<T> {
    match x {
        Arg::Ref(x) => x.clone(),
        Arg::Own(x) => x.clone(),
        Arg::Scalar(x) => Array::from_slice(&[x], ()).expect("one element"),
    }
}

/// `f` of each element.
pub(crate) fn map<T: Element, U: Element>(x: &Array<T>, mut f: impl FnMut(T) -> U) -> Result<Array<U>> {
    tabulate(x.shape(), |i| f(at(x, &i)))
}

/// `f` of each pair of elements.
pub(crate) fn zip<T: Element, U: Element>(
    op: &'static str,
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    mut f: impl FnMut(T, T) -> U,
) -> Result<Array<U>> {
    let (a, b) = (array(a), array(b));
    tabulate(&broadcast(op, a.shape(), b.shape())?, |i| f(broadcast_at(&a, &i), broadcast_at(&b, &i)))
}

/// Says no to an axis that is not there.
pub(crate) fn check_axis(op: &'static str, axis: usize, shape: &[usize]) -> Result<()> {
    if axis < shape.len() {
        return Ok(());
    }
    Err(Error::value(op, format!("axis {axis} does not exist in a tensor of rank {}", shape.len())))
}

/// The place along an axis of `size` that `index` names; negative ones count from the end.
pub(crate) fn place(op: &'static str, index: i64, axis: usize, size: usize) -> Result<usize> {
    let from_front = if index < 0 { i128::from(index) + size as i128 } else { index.into() };
    usize::try_from(from_front).ok().filter(|&i| i < size).ok_or_else(|| Error::index(op, index, axis, size))
}
