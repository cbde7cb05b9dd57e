//! Reading and writing by index tensors.
//!
//! All indices are checked before anything is written. What is written several times is written in the order of the index:
//! threads share the work along other axes only.

use super::ArrayArg;
use super::functions::Arithmetic;
use super::layout::{contiguous, writable};
use super::walk::{SyncPtr, coalesce, for_runs};
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::{Layout, resolve_axis};
use crate::ops::Scatter;
use crate::{Array, Dims, Element, Error, Result, Shape};

/// Checks that each index names a place along an axis of `size`.
fn check(op: &'static str, index: &[i64], axis: usize, size: usize) -> Result<()> {
    // −size ≤ i < size, in one comparison; without an early end, which would be a branch for each.
    let fits = |i: i64| (i.wrapping_add(size as i64) as u64) < 2 * size as u64;
    if index.iter().fold(true, |all, &i| all & fits(i)) {
        return Ok(());
    }
    let wrong = index.iter().copied().find(|&i| !fits(i)).expect("one does not fit");
    Err(Error::index(op, wrong, axis, size))
}

/// The place a checked index names, counted from the front.
#[inline(always)]
fn place(index: i64, size: usize) -> isize {
    (if index < 0 { index + size as i64 } else { index }) as isize
}

/// A tensor seen around one axis: the axes outside it, the step along it, the axes inside it.
struct Around {
    outer: Dims<usize>,
    outer_strides: Dims<isize>,
    size: usize,
    step: isize,
    inner: Dims<usize>,
    inner_strides: Dims<isize>,
}

impl Around {
    fn new(layout: &Layout, axis: usize) -> Around {
        let (shape, strides) = (layout.shape(), layout.strides());
        if layout.is_contiguous() {
            let (outer, inner) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product::<usize>());
            return Around {
                outer: Dims::filled(outer, 1),
                outer_strides: Dims::filled((shape[axis] * inner) as isize, 1),
                size: shape[axis],
                step: inner as isize,
                inner: Dims::filled(inner, 1),
                inner_strides: Dims::filled(1, 1),
            };
        }
        let (outer, [outer_strides]) = coalesce(&shape[..axis], [&strides[..axis]]);
        let (inner, [inner_strides]) = coalesce(&shape[axis + 1..], [&strides[axis + 1..]]);
        Around { outer, outer_strides, size: shape[axis], step: strides[axis], inner, inner_strides }
    }

    fn offset(&self, outer: usize) -> isize {
        let mut at = 0;
        for_runs(&self.outer, &self.outer_strides, outer, 1, &mut |offset, _, _| at = offset);
        at
    }
}

/// `shape` with the axes of `index` in place of `axis`.
fn selected_shape(shape: &Shape, axis: usize, index: &Shape) -> Shape {
    shape[..axis].iter().chain(index.iter()).chain(&shape[axis + 1..]).copied().collect()
}

pub(super) fn index_select<T: Element>(
    x: &Array<T>,
    axis: usize,
    index: &Array<i64>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let op = "index_select";
    let axis = resolve_axis(op, axis as isize, x.shape().len())?;
    let shape = selected_shape(x.shape(), axis, index.shape());
    let index = contiguous(index, exec)?;
    let index = index.as_slice().expect("made contiguous");
    let around = Around::new(x.layout(), axis);
    check(op, index, axis, around.size)?;
    let inner: usize = around.inner.iter().product();
    let x = SyncPtr(x.ptr());
    // SAFETY: the chunks of slices cover the result; checked indices stay inside the layout of `x`.
    unsafe {
        Array::build(shape, |out| {
            let slices = out.len() / inner.max(1);
            let out = Out::new(out.as_mut_ptr().cast::<T>());
            for_chunks(exec, slices, (CHUNK / inner.max(1)).max(1), &|mut start, end| {
                while start < end {
                    let (outer, first) = (start / index.len(), start % index.len());
                    let index = &index[first..index.len().min(first + end - start)];
                    let x = x.get().wrapping_offset(around.offset(outer));
                    copy_slices(x, &around, inner, index, out.at(start * inner));
                    start += index.len();
                }
            });
        })
    }
}

/// Copies the slices of `x` that `index` names to `out`, one behind the other.
///
/// # Safety
/// `x` has the layout of `around`, the indices are checked, and `out` has room.
unsafe fn copy_slices<T: Copy>(x: *const T, around: &Around, inner: usize, index: &[i64], out: *mut T) {
    let step = around.inner_strides[around.inner_strides.len() - 1];
    let from = |i: i64| x.wrapping_offset(place(i, around.size) * around.step);
    // SAFETY: the caller vouches for all of it.
    unsafe {
        if around.inner.len() == 1 && (step == 1 || inner == 1) {
            return match inner {
                1 => copy_short::<T, 1>(index, from, out),
                2 => copy_short::<T, 2>(index, from, out),
                3 => copy_short::<T, 3>(index, from, out),
                4 => copy_short::<T, 4>(index, from, out),
                8 => copy_short::<T, 8>(index, from, out),
                _ => {
                    for (k, &i) in index.iter().enumerate() {
                        out.add(k * inner).copy_from_nonoverlapping(from(i), inner);
                    }
                }
            };
        }
        for (k, &i) in index.iter().enumerate() {
            let (from, out) = (from(i), out.add(k * inner));
            for_runs(&around.inner, &around.inner_strides, 0, inner, &mut |offset, position, run| {
                for j in 0..run {
                    out.add(position + j).write(*from.wrapping_offset(offset + j as isize * step));
                }
            });
        }
    }
}

/// Slices whose length is known, so that copying one takes no call.
///
/// # Safety
/// As for `copy_slices`.
#[inline(always)]
unsafe fn copy_short<T: Copy, const N: usize>(index: &[i64], from: impl Fn(i64) -> *const T, out: *mut T) {
    let out = out.cast::<[T; N]>();
    for (k, &i) in index.iter().enumerate() {
        // SAFETY: the caller vouches for `N` elements at each place; an array is aligned as its elements are.
        unsafe { out.add(k).write(*from(i).cast::<[T; N]>()) };
    }
}

pub(super) fn index_add<T: Arithmetic>(
    x: ArrayArg<'_, T>,
    axis: usize,
    index: &Array<i64>,
    src: &Array<T>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let op = "index_add";
    let Some(array) = x.prim() else { return Err(Error::value(op, "a single number has no axis to index")) };
    let axis = resolve_axis(op, axis as isize, array.shape().len())?;
    let shape = selected_shape(array.shape(), axis, index.shape());
    if *src.shape() != shape {
        return Err(Error::shape(
            op,
            &[&shape, src.shape()],
            format!("what is added must have the tensor's shape with axis {axis} replaced by the shape of the index"),
        ));
    }
    let index = contiguous(index, exec)?;
    let index = index.as_slice().expect("made contiguous");
    check(op, index, axis, array.shape()[axis])?;
    let src = contiguous(src, exec)?;
    let (mut out, _) = writable(x, exec)?;
    let around = Around::new(out.layout(), axis);
    let start = out.layout().offset();
    let data = Out::new(out.buffer_mut().expect("a buffer of one owner").wrapping_add(start));
    let from = SyncPtr(src.ptr());
    let inner: usize = around.inner.iter().product();
    let step = around.inner_strides[around.inner_strides.len() - 1];
    // Bands of the inner axes, so that each element is written by one thread, in the order of the index.
    let width = (CHUNK / index.len().max(1)).clamp(64, inner.max(64));
    let tiles = inner.div_ceil(width);
    let bands = if index.is_empty() { 0 } else { around.outer.iter().product::<usize>() * tiles };
    let group = (CHUNK / (index.len() * width).max(1)).max(1);
    for_chunks(exec, bands, group, &|start, end| {
        for band in start..end {
            let (outer, first) = (band / tiles, band % tiles * width);
            let len = width.min(inner - first);
            let base = around.offset(outer);
            for (k, &i) in index.iter().enumerate() {
                let from = from.get().wrapping_add((outer * index.len() + k) * inner + first);
                let to = data.at(0).wrapping_offset(base + place(i, around.size) * around.step);
                let add = |to: *mut T, from: *const T, step: isize, len: usize| {
                    for j in 0..len {
                        // SAFETY: checked indices stay inside the layout, and no two bands share an element.
                        unsafe {
                            let to = to.wrapping_offset(j as isize * step);
                            to.write(Arithmetic::add(*to, *from.add(j)));
                        }
                    }
                };
                match (around.inner.len(), step) {
                    (1, 1) => add(to.wrapping_add(first), from, 1, len),
                    _ => for_runs(&around.inner, &around.inner_strides, first, len, &mut |offset, position, run| {
                        add(to.wrapping_offset(offset), from.wrapping_add(position), step, run)
                    }),
                }
            }
        }
    });
    Ok(out)
}

/// Checks that `index` has the rank of `shape` and no axis longer than its own, `axis` excepted.
fn check_shape(op: &'static str, shape: &Shape, axis: usize, index: &Shape) -> Result<()> {
    let fits = index.len() == shape.len() && (0..shape.len()).all(|a| a == axis || index[a] <= shape[a]);
    if fits {
        return Ok(());
    }
    let hint = format!("the index must have the tensor's rank, and no axis longer than the tensor's but axis {axis}");
    Err(Error::shape(op, &[shape, index], hint))
}

/// How the elements of an index of `shape` walk a tensor of `layout`: merged axes, the strides with 0 at `axis`, where the
/// index says how far to go.
fn walk_without(layout: &Layout, axis: usize, shape: &Shape) -> (Dims<usize>, Dims<isize>) {
    let mut strides = Dims::from(layout.strides());
    strides[axis] = 0;
    let (shape, [strides]) = coalesce(shape, [&strides]);
    (shape, strides)
}

pub(super) fn gather<T: Element>(
    x: &Array<T>,
    axis: usize,
    index: &Array<i64>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let op = "gather";
    let axis = resolve_axis(op, axis as isize, x.shape().len())?;
    check_shape(op, x.shape(), axis, index.shape())?;
    let shape = index.shape().clone();
    let index = contiguous(index, exec)?;
    let index = index.as_slice().expect("made contiguous");
    let size = x.shape()[axis];
    check(op, index, axis, size)?;
    let (walk, strides) = walk_without(x.layout(), axis, &shape);
    let (along, step) = (x.layout().strides()[axis], strides[strides.len() - 1]);
    let from = SyncPtr(x.ptr());
    // SAFETY: the chunks cover the result; checked indices stay inside the layout of `x`.
    unsafe {
        Array::build(shape, |out| {
            let n = out.len();
            let out = Out::new(out.as_mut_ptr().cast::<T>());
            for_chunks(exec, n, CHUNK, &|start, end| {
                for_runs(&walk, &strides, start, end - start, &mut |offset, position, run| {
                    let first = start + position;
                    for (j, &i) in index[first..first + run].iter().enumerate() {
                        let at = offset + j as isize * step + place(i, size) * along;
                        out.at(first + j).write(*from.get().wrapping_offset(at));
                    }
                });
            });
        })
    }
}

/// How two elements of any type become one.
pub(super) trait Join: Element {
    fn sum(self, b: Self) -> Self;
    fn product(self, b: Self) -> Self;
    fn larger(self, b: Self) -> Self;
    fn smaller(self, b: Self) -> Self;
}

impl<T: Arithmetic> Join for T {
    fn sum(self, b: T) -> T {
        Arithmetic::add(self, b)
    }
    fn product(self, b: T) -> T {
        Arithmetic::mul(self, b)
    }
    fn larger(self, b: T) -> T {
        self.maximum(b)
    }
    fn smaller(self, b: T) -> T {
        self.minimum(b)
    }
}

impl Join for bool {
    fn sum(self, b: bool) -> bool {
        self | b
    }
    fn product(self, b: bool) -> bool {
        self & b
    }
    fn larger(self, b: bool) -> bool {
        self | b
    }
    fn smaller(self, b: bool) -> bool {
        self & b
    }
}

pub(super) fn scatter<T: Join>(
    op: Scatter,
    x: ArrayArg<'_, T>,
    axis: usize,
    index: &Array<i64>,
    src: &Array<T>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    match op {
        Scatter::Assign => scatter_with(op.name(), x, axis, index, src, exec, |_, new| new),
        Scatter::Add => scatter_with(op.name(), x, axis, index, src, exec, Join::sum),
        Scatter::Mul => scatter_with(op.name(), x, axis, index, src, exec, Join::product),
        Scatter::Max => scatter_with(op.name(), x, axis, index, src, exec, Join::larger),
        Scatter::Min => scatter_with(op.name(), x, axis, index, src, exec, Join::smaller),
    }
}

fn scatter_with<T: Element>(
    op: &'static str,
    x: ArrayArg<'_, T>,
    axis: usize,
    index: &Array<i64>,
    src: &Array<T>,
    exec: &dyn Executor,
    join: fn(T, T) -> T,
) -> Result<Array<T>> {
    let Some(array) = x.prim() else { return Err(Error::value(op, "a single number has no axis to index")) };
    let axis = resolve_axis(op, axis as isize, array.shape().len())?;
    check_shape(op, array.shape(), axis, index.shape())?;
    let shape = index.shape().clone();
    if src.shape().len() != shape.len() || src.shape().iter().zip(shape.iter()).any(|(s, i)| s < i) {
        let hint = "the source must have the rank of the index and no axis shorter";
        return Err(Error::shape(op, &[&shape, src.shape()], hint));
    }
    let index = contiguous(index, exec)?;
    let index = index.as_slice().expect("made contiguous");
    let size = array.shape()[axis];
    check(op, index, axis, size)?;
    let part = Layout::from_parts(shape.clone(), src.layout().strides().into(), src.layout().offset());
    let src = contiguous(&src.with_layout(part)?, exec)?;
    let src = src.as_slice().expect("made contiguous");
    let (mut out, _) = writable(x, exec)?;
    let (walk, strides) = walk_without(out.layout(), axis, &shape);
    let (along, step) = (out.layout().strides()[axis], strides[strides.len() - 1]);
    let start = out.layout().offset();
    let data = Out::new(out.buffer_mut().expect("a buffer of one owner").wrapping_add(start));
    // Threads share the axes before `axis`: different places there never meet in one element.
    let outer: usize = shape[..axis].iter().product();
    let inner: usize = shape[axis..].iter().product();
    for_chunks(exec, outer, (CHUNK / inner.max(1)).max(1), &|start, end| {
        for_runs(&walk, &strides, start * inner, (end - start) * inner, &mut |offset, position, run| {
            for j in 0..run {
                let from = start * inner + position + j;
                let at = offset + j as isize * step + place(index[from], size) * along;
                // SAFETY: checked indices stay inside the layout; see above for threads.
                unsafe {
                    let to = data.at(0).wrapping_offset(at);
                    to.write(join(*to, src[from]));
                }
            }
        });
    });
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arg;
    use crate::cpu::testing::{arrays, bits, fraction, indices, number, position, same_bits};
    use crate::exec::Sequential;
    use proptest::prelude::*;

    /// Indices that fit an axis of `size`, some counted from the end.
    fn index_of(shape: impl Into<Shape>, size: usize, seed: usize) -> Array<i64> {
        let shape = shape.into();
        let values: Vec<i64> = (0..shape.numel())
            .map(|i| (number::<i64>(i + seed) * 10 + number::<i64>(i * 3 + seed)) % (2 * size as i64) - size as i64)
            .collect();
        Array::from_slice(&values, shape).unwrap()
    }

    fn from_front(index: i64, size: usize) -> usize {
        index.rem_euclid(size as i64) as usize
    }

    proptest! {
        #[test]
        fn selected_slices_are_those_named(
            x in arrays::<i32>(), axis in 0usize..5, index_shape in prop::collection::vec(0usize..5, 0..3), seed in 0usize..99,
        ) {
            prop_assume!(!x.shape().is_empty());
            let axis = axis % x.shape().len();
            let size = x.shape()[axis];
            prop_assume!(size > 0);
            let index = index_of(index_shape, size, seed);
            let found = index_select(&x, axis, &index, &Sequential).unwrap();
            let shape = selected_shape(x.shape(), axis, index.shape());
            prop_assert_eq!(found.shape(), &shape);
            let (from, index_values, found) = (x.to_vec(), index.to_vec(), found.to_vec());
            let rank = index.shape().len();
            for (at, place) in indices(&shape).into_iter().enumerate() {
                let named = index_values[position(index.shape(), &place[axis..axis + rank])];
                let source = [&place[..axis], &[from_front(named, size)], &place[axis + rank..]].concat();
                prop_assert_eq!(found[at], from[position(x.shape(), &source)]);
            }
        }

        #[test]
        fn index_add_is_the_adjoint_of_index_select(
            x in arrays::<i32>(), axis in 0usize..5, index_shape in prop::collection::vec(0usize..5, 0..3), seed in 0usize..99,
        ) {
            prop_assume!(!x.shape().is_empty());
            let axis = axis % x.shape().len();
            prop_assume!(x.shape()[axis] > 0);
            let index = index_of(index_shape, x.shape()[axis], seed);
            let selected = index_select(&x, axis, &index, &Sequential).unwrap();
            let values: Vec<i32> = (0..selected.numel()).map(|i| number(i + 17)).collect();
            let src = Array::from_slice(&values, selected.shape()).unwrap();
            let zeros = super::super::layout::fill(x.shape(), 0, &Sequential).unwrap();
            let added = index_add(Arg::Ref(&zeros), axis, &index, &src, &Sequential).unwrap();
            let dot = |a: &Array<i32>, b: &Array<i32>| -> i32 { a.to_vec().iter().zip(b.to_vec()).map(|(a, b)| a * b).sum() };
            prop_assert_eq!(dot(&added, &x), dot(&src, &selected));
            // What is there stays there, whatever its layout, and whether it is given up or not.
            let sum: Vec<i32> = added.to_vec().iter().zip(x.to_vec()).map(|(a, b)| a + b).collect();
            prop_assert_eq!(&index_add(Arg::Ref(&x), axis, &index, &src, &Sequential).unwrap().to_vec(), &sum);
            let mut own = x;
            prop_assert_eq!(&index_add(Arg::Own(&mut own), axis, &index, &src, &Sequential).unwrap().to_vec(), &sum);
        }

        #[test]
        fn gather_and_scatter_follow_the_index(
            x in arrays::<i32>(), axis in 0usize..5, sizes in prop::collection::vec(0usize..7, 5), seed in 0usize..99, own: bool,
        ) {
            prop_assume!(!x.shape().is_empty());
            let rank = x.shape().len();
            let axis = axis % rank;
            let size = x.shape()[axis];
            prop_assume!(size > 0);
            let shape: Shape = (0..rank).map(|a| if a == axis { sizes[a] } else { sizes[a].min(x.shape()[a]) }).collect();
            let index = index_of(shape.clone(), size, seed);
            let index_values = index.to_vec();
            let place = |at: usize, place: &[usize]| {
                let mut source = place.to_vec();
                source[axis] = from_front(index_values[at], size);
                position(x.shape(), &source)
            };
            let found = gather(&x, axis, &index, &Sequential).unwrap();
            let expected: Vec<i32> = indices(&shape).iter().enumerate().map(|(at, i)| x.to_vec()[place(at, i)]).collect();
            prop_assert_eq!(found.to_vec(), expected);

            let larger: Shape = shape.iter().map(|&s| s + 1).collect();
            let values: Vec<i32> = (0..larger.numel()).map(|i| number(i * 31 + seed)).collect();
            let src = Array::from_slice(&values, larger.clone()).unwrap();
            for &op in Scatter::ALL {
                let mut expected = x.to_vec();
                for (at, i) in indices(&shape).iter().enumerate() {
                    let (to, new) = (place(at, i), values[position(&larger, i)]);
                    let old = expected[to];
                    expected[to] = match op {
                        Scatter::Assign => new,
                        Scatter::Add => old + new,
                        Scatter::Mul => old.wrapping_mul(new),
                        Scatter::Max => old.max(new),
                        Scatter::Min => old.min(new),
                    };
                }
                let mut copy = x.clone();
                let arg = if own { Arg::Own(&mut copy) } else { Arg::Ref(&x) };
                let found = scatter(op, arg, axis, &index, &src, &Sequential).unwrap();
                prop_assert_eq!(found.to_vec(), expected);
            }
        }
    }

    #[test]
    fn large_writes_by_index_are_the_same_everywhere() {
        let index = index_of([5000], 40, 3);
        let sample = |shape: Shape| {
            let values: Vec<f32> = (0..shape.numel()).map(|i| fraction(i) as f32).collect();
            Array::from_slice(&values, shape).unwrap()
        };
        for (shape, axis) in [([40, 300, 1], 0), ([3, 40, 70], 1), ([200, 1, 40], 2)] {
            let x = sample(shape.into());
            let src = sample(selected_shape(x.shape(), axis, index.shape()));
            same_bits(|exec| bits(&index_select(&x, axis, &index, exec).unwrap()));
            same_bits(|exec| bits(&index_add(Arg::Ref(&x), axis, &index, &src, exec).unwrap()));
            let wide = index_of(src.shape().clone(), 40, 5);
            same_bits(|exec| bits(&gather(&x, axis, &wide, exec).unwrap()));
            for &op in Scatter::ALL {
                same_bits(|exec| bits(&scatter(op, Arg::Ref(&x), axis, &wide, &src, exec).unwrap()));
            }
        }
    }

    #[test]
    fn a_value_given_up_is_written_where_it_lies() {
        let mut x = Array::from_slice(&[0i32; 6], [3, 2]).unwrap();
        let address = x.address();
        let index = Array::from_slice(&[-1i64, 0, -1], [3]).unwrap();
        let src = Array::from_slice(&[1, 2, 3, 4, 5, 6], [3, 2]).unwrap();
        let out = index_add(Arg::Own(&mut x), 0, &index, &src, &Sequential).unwrap();
        assert_eq!((out.address(), out.to_vec()), (address, vec![3, 4, 0, 0, 6, 8]));
        let mut out = out;
        let shared = out.clone();
        let other = index_add(Arg::Own(&mut out), 0, &index, &src, &Sequential).unwrap();
        assert_ne!(other.address(), address);
        assert_eq!(shared.to_vec(), [3, 4, 0, 0, 6, 8]);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_is_written() {
        let mut x = Array::from_slice(&[0i32, 1, 2, 3, 4, 5], [3, 2]).unwrap();
        let index = Array::from_slice(&[0i64, 3], [2]).unwrap();
        let src = Array::from_slice(&[1; 4], [2, 2]).unwrap();
        let error = index_add(Arg::Own(&mut x), 0, &index, &src, &Sequential).unwrap_err();
        assert_eq!(error.to_string(), "index_add: index 3 is out of range for axis 0 of size 3");
        assert_eq!(x.to_vec(), [0, 1, 2, 3, 4, 5]);
        assert!(index_add(Arg::Own(&mut x), 1, &index, &src, &Sequential).is_err(), "a source of another shape");
        assert!(index_add(Arg::Scalar(1), 0, &index, &src, &Sequential).is_err());
        let index = Array::from_slice(&[0i64, -4], [2]).unwrap();
        let error = index_select(&x, 0, &index, &Sequential).unwrap_err();
        assert_eq!(error.to_string(), "index_select: index -4 is out of range for axis 0 of size 3");
        assert!(index_select(&x, 2, &index, &Sequential).is_err());
        let flat = gather(&x, 0, &index, &Sequential).unwrap_err();
        assert!(flat.to_string().contains("the index must have the tensor's rank"));
        let wide = Array::from_slice(&[0i64; 3], [1, 3]).unwrap();
        assert!(gather(&x, 0, &wide, &Sequential).is_err(), "longer than the tensor along axis 1");
        assert!(gather(&x, 1, &wide, &Sequential).is_ok());
        let low = Array::from_slice(&[0i64, 9], [1, 2]).unwrap();
        assert!(scatter(Scatter::Assign, Arg::Own(&mut x), 0, &low, &src, &Sequential).is_err());
        let thin = Array::from_slice(&[1, 2], [2, 1]).unwrap();
        let fits = Array::from_slice(&[0i64, 1], [1, 2]).unwrap();
        let error = scatter(Scatter::Add, Arg::Own(&mut x), 0, &fits, &thin, &Sequential).unwrap_err();
        assert!(error.to_string().contains("no axis shorter"));
        assert_eq!(x.to_vec(), [0, 1, 2, 3, 4, 5]);
        let none = Array::<i32>::from_slice(&[], [0, 2]).unwrap();
        let zero = Array::from_slice(&[0i64], [1]).unwrap();
        assert!(index_select(&none, 0, &zero, &Sequential).is_err(), "an empty axis has no place 0");
    }
}
