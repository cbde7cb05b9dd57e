//! Reductions over any axes, in an order fixed by shape and strides alone.
//!
//! The elements behind one element of the result form a sequence: the reduced axes, the one with the largest stride (or
//! stride 0) outermost and the one with the smallest innermost, negative strides walked backwards, which is in the order of memory.
//!
//! * Where the smallest stride of all belongs to a reduced axis (*rows*), each sequence is folded as [`lanes`](super::lanes)
//!   says.
//! * Where it belongs to an axis that is kept (*columns*), neighbours along that axis are folded side by side: the
//!   sequence is cut into blocks of [`ROWS`] elements, each folded one after the other from the front, and the blocks are
//!   joined in pairs, pairs of pairs and so on.
//! * Where such an axis is the only one kept, has [`NARROW`] elements at most and leaves no gaps (*narrow columns*), several
//!   rows count as one: element `p` of a sequence goes to group `p mod g`, `g` being the power of two next above 64 / the
//!   number of columns. Each group is folded as a column, the last `p mod g` elements at its end, and the groups
//!   are joined in halves.
//!
//! Threads take whole results, or parts of a sequence that are whole branches of that tree.

use super::functions::{self as f, Arithmetic};
use super::lanes::{Join, Pairwise, fold, fold_short, lanes};
use super::layout;
use super::walk::{BLOCK, Room, Stream, SyncPtr, coalesce, for_runs};
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::resolve_axis;
use crate::ops::{ArgReduce, Reduce};
use crate::simd::{Kernel, dispatch};
use crate::{Array, Dims, Error, Result, Shape};
use std::marker::PhantomData;

/// Elements of a column that are folded one after the other.
const ROWS: usize = 64;

/// Columns that are folded side by side.
const WIDTH: usize = 1024;

/// So few columns do not fill vector registers.
const NARROW: usize = 32;

/// Room for several rows of narrow columns, or a few of others.
const FEW: usize = 128;

pub(super) fn reduce<T: Arithmetic>(
    op: Reduce,
    x: &Array<T>,
    axes: &[usize],
    keepdim: bool,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    for &axis in axes {
        resolve_axis(op.name(), axis as isize, x.shape().len())?;
    }
    match op {
        Reduce::Sum => reduce_with::<T, f::Add>(x, axes, keepdim, exec, |sum, _| sum),
        Reduce::Mean => reduce_with::<T, f::Add>(x, axes, keepdim, exec, mean),
        Reduce::Prod => reduce_with::<T, f::Mul>(x, axes, keepdim, exec, |product, _| product),
        Reduce::Max | Reduce::Min => {
            let shape = reduced_shape(x.shape(), axes, keepdim);
            if x.numel() == 0 && shape.numel() > 0 {
                let message = format!("there is no {} of no elements: the shape is {}", op.name(), x.shape());
                return Err(Error::value(op.name(), message));
            }
            match op {
                Reduce::Max => reduce_with::<T, f::Maximum>(x, axes, keepdim, exec, |max, _| max),
                _ => reduce_with::<T, f::Minimum>(x, axes, keepdim, exec, |min, _| min),
            }
        }
    }
}

/// The sum divided by the number of elements.
pub(super) fn mean<T: Arithmetic>(sum: T, n: usize) -> T {
    Arithmetic::div(sum, num_traits::NumCast::from(n).expect("means are taken of reals and i64"))
}

fn reduced_shape(shape: &Shape, axes: &[usize], keepdim: bool) -> Shape {
    let mut out = Shape::new();
    for (axis, &size) in shape.iter().enumerate() {
        match axes.contains(&axis) {
            true if keepdim => out.push(1),
            true => {}
            false => out.push(size),
        }
    }
    out
}

/// Folds with `J` and sends each result, with the number of elements behind it, through `finish`.
fn reduce_with<T: Arithmetic, J: Join<T>>(
    x: &Array<T>,
    axes: &[usize],
    keepdim: bool,
    exec: &dyn Executor,
    finish: fn(T, usize) -> T,
) -> Result<Array<T>> {
    if axes.len() == x.shape().len()
        && let Some(all) = x.as_dense().filter(|all| all.len() <= CHUNK)
    {
        let value = finish(fold_slice::<T, J>(all), all.len());
        return if keepdim { Array::from_slice(&[value], Dims::filled(1, axes.len())) } else { Array::scalar(value) };
    }
    if axes.is_empty() {
        return layout::contiguous(x, exec);
    }
    let shape = reduced_shape(x.shape(), axes, keepdim);
    let plan = Plan::<T>::new(x, axes);
    // SAFETY: the plan writes every element, and then each is finished.
    unsafe {
        Array::build(shape, |out| {
            let (count, out) = (out.len(), out.as_mut_ptr().cast::<T>());
            plan.run::<J>(out, count, exec);
            for value in std::slice::from_raw_parts_mut(out, count) {
                *value = finish(*value, plan.length);
            }
        })
    }
}

/// Contiguous elements, folded to one value.
pub(super) fn fold_slice<T: Arithmetic, J: Join<T>>(x: &[T]) -> T {
    let mut value = J::start();
    // SAFETY: one row, and room for its result.
    unsafe { fold_rows::<T, J>(&mut value, x.as_ptr(), 1, 0, x.len()) };
    value
}

/// `rows` rows of `n` contiguous elements, `stride` apart, each folded to one element of `out`.
///
/// # Safety
/// There are such rows at `x`, and room for as many elements at `out`.
unsafe fn fold_rows<T: Arithmetic, J: Join<T>>(out: *mut T, x: *const T, rows: usize, stride: isize, n: usize) {
    let rows = Rows::<T, J> { out, x, rows, stride, n, join: PhantomData };
    if n < lanes::<T>() { dispatch::<T, _>(ShortRows(rows)) } else { dispatch::<T, _>(rows) }
}

/// What [`fold_rows`] was promised.
struct Rows<T, J> {
    out: *mut T,
    x: *const T,
    rows: usize,
    stride: isize,
    n: usize,
    join: PhantomData<J>,
}

impl<T: Arithmetic, J: Join<T>> Kernel for Rows<T, J> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for r in 0..self.rows {
            let x = self.x.wrapping_offset(r as isize * self.stride);
            // SAFETY: there are the rows, and room for as many results.
            unsafe { self.out.add(r).write(fold::<T, J>(self.n, |p| *x.add(p))) };
        }
    }
}

/// Rows of fewer elements than there are lanes.
struct ShortRows<T, J>(Rows<T, J>);

impl<T: Arithmetic, J: Join<T>> Kernel for ShortRows<T, J> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let ShortRows(Rows { out, x, rows, stride, n, .. }) = self;
        for r in 0..rows {
            let x = x.wrapping_offset(r as isize * stride);
            // SAFETY: there are the rows, and room for as many results.
            unsafe { out.add(r).write(fold_short::<T, J>(n, |p| *x.add(p))) };
        }
    }
}

/// `rows` rows, `down` apart, of elements `along` apart, joined one after the other into `into`.
struct AddRows<'a, T, J> {
    into: &'a mut [T],
    x: *const T,
    along: isize,
    rows: usize,
    down: isize,
    join: PhantomData<J>,
}

impl<T: Arithmetic, J: Join<T>> Kernel for AddRows<'_, T, J> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let width = self.into.len();
        let row = |r: usize| self.x.wrapping_offset(r as isize * self.down);
        let mut r = 0;
        // SAFETY: the maker vouches for the elements of each row.
        unsafe {
            if self.along != 1 {
                for r in 0..self.rows {
                    let x = row(r);
                    for (j, value) in self.into.iter_mut().enumerate() {
                        *value = J::call(*value, *x.wrapping_offset(j as isize * self.along));
                    }
                }
                return;
            }
            let row = |r: usize| std::slice::from_raw_parts(row(r), width);
            while r + 4 <= self.rows {
                join_four::<T, J>(self.into, row(r), row(r + 1), row(r + 2), row(r + 3));
                r += 4;
            }
            while r < self.rows {
                join_slices::<T, J>(self.into, row(r));
                r += 1;
            }
        }
    }
}

/// Joins four rows into one, one after the other, so that it is loaded and stored once for all four.
#[inline(always)]
fn join_four<T: Arithmetic, J: Join<T>>(into: &mut [T], a: &[T], b: &[T], c: &[T], d: &[T]) {
    for ((((value, &a), &b), &c), &d) in into.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *value = J::call(J::call(J::call(J::call(*value, a), b), c), d);
    }
}

#[inline(always)]
fn join_slices<T: Arithmetic, J: Join<T>>(into: &mut [T], x: &[T]) {
    for (value, &x) in into.iter_mut().zip(x) {
        *value = J::call(*value, x);
    }
}

/// Joins rows of `width` elements in pairs, pairs of pairs and so on, into the first.
fn join_pairs<T: Arithmetic, J: Join<T>>(rows: &mut [T], width: usize) {
    let count = rows.len() / width;
    if count > 1 {
        let (left, right) = rows.split_at_mut(count.next_power_of_two() / 2 * width);
        join_pairs::<T, J>(left, width);
        join_pairs::<T, J>(right, width);
        join_slices::<T, J>(&mut left[..width], &right[..width]);
    }
}

/// Joins the second half of the elements into the first, and so on until `width` are left.
fn join_halves<T: Arithmetic, J: Join<T>>(mut x: &mut [T], width: usize) {
    while x.len() > width {
        let (left, right) = x.split_at_mut(x.len() / 2);
        join_slices::<T, J>(left, right);
        x = left;
    }
}

/// How the elements of a tensor are reached for a reduction.
struct Plan<T> {
    x: SyncPtr<T>,
    /// The axes that are kept, in row-major order of the result.
    kept: Dims<usize>,
    strides: Dims<isize>,
    /// The strides of the result along them.
    out: Dims<isize>,
    /// The axes of the sequence behind one element of the result, outermost first.
    sequence: Dims<usize>,
    steps: Dims<isize>,
    /// The length of the sequence.
    length: usize,
}

/// Strides by the distance they lead; 0 leads nowhere near the next element and counts as the longest way.
fn distance(stride: isize) -> usize {
    stride.unsigned_abs().wrapping_sub(1)
}

impl<T: Arithmetic> Plan<T> {
    fn new(x: &Array<T>, axes: &[usize]) -> Self {
        let mut ptr = x.ptr();
        let mut kept = (Dims::new(), Dims::new());
        let mut reduced: Dims<(isize, usize)> = Dims::new();
        for (axis, (&size, &stride)) in x.shape().iter().zip(x.layout().strides()).enumerate() {
            if !axes.contains(&axis) {
                kept.0.push(size);
                kept.1.push(stride);
            } else {
                if stride < 0 {
                    ptr = ptr.wrapping_offset((size as isize - 1) * stride);
                }
                reduced.push((stride.abs(), size));
            }
        }
        reduced.sort_by_key(|&(stride, _)| std::cmp::Reverse(distance(stride)));
        let sizes: Dims<usize> = reduced.iter().map(|&(_, size)| size).collect();
        let steps: Dims<isize> = reduced.iter().map(|&(stride, _)| stride).collect();
        let (sequence, [steps]) = coalesce(&sizes, [&steps]);
        let (kept, [strides, out]) = coalesce(&kept.0, [&kept.1, &Shape::from(&kept.0).row_major(usize::MAX).0]);
        Plan { x: SyncPtr(ptr), kept, strides, out, length: sequence.iter().product(), sequence, steps }
    }

    /// # Safety
    /// `out` has room for the `count` elements of the result.
    unsafe fn run<J: Join<T>>(&self, out: *mut T, count: usize, exec: &dyn Executor) {
        if count == 0 {
            return;
        }
        let (n, group) = (self.length, (64 / self.kept[0]).next_power_of_two());
        let narrow = self.kept.len() == 1 && (2..=NARROW).contains(&count) && self.strides[0] == 1;
        if narrow && self.steps[..] == [count as isize] && n >= 2 * group {
            let width = count * group;
            let wide = Plan {
                x: self.x,
                kept: Dims::filled(width, 1),
                strides: Dims::filled(1, 1),
                out: Dims::filled(1, 1),
                sequence: Dims::filled(n / group, 1),
                steps: Dims::filled(width as isize, 1),
                length: n / group,
            };
            let mut room = [J::start(); FEW];
            // SAFETY: `room` has room for the wide rows; those that do not fill one are contiguous in front of the end;
            // the caller vouches for `out`.
            unsafe {
                wide.run::<J>(room.as_mut_ptr(), width, exec);
                let rest = n % group * count;
                let last = std::slice::from_raw_parts(self.x.get().wrapping_add(n * count - rest), rest);
                join_slices::<T, J>(&mut room[..rest], last);
                join_halves::<T, J>(&mut room[..width], count);
                return out.copy_from_nonoverlapping(room.as_ptr(), count);
            }
        }
        let nearest = (0..self.kept.len()).min_by_key(|&axis| distance(self.strides[axis])).unwrap_or(0);
        let step = self.steps[self.steps.len() - 1];
        // SAFETY: the caller vouches for `out`.
        unsafe {
            if count == 1 || self.length <= 1 || distance(step) <= distance(self.strides[nearest]) {
                self.in_parts::<J>(out, count, count, 1, CHUNK, exec, &|unit, units, start, end, out| {
                    self.rows::<J>(unit, units, start, end, out.at(unit))
                });
            } else {
                let tiles = self.kept[nearest].div_ceil(WIDTH);
                let units = count / self.kept[nearest] * tiles;
                let width = self.kept[nearest].min(WIDTH);
                let part = (4 * CHUNK / width).next_power_of_two();
                self.in_parts::<J>(out, count, units, width, part, exec, &|unit, units, start, end, out| {
                    for unit in unit..unit + units {
                        self.columns::<J>(nearest, unit / tiles, unit % tiles * WIDTH, start, end, out);
                    }
                });
            }
        }
    }

    /// Has `body(unit, units, start, end, out)` fold the elements `start..end` of the sequences of some units of the result,
    /// `width` elements each. Long sequences are cut into parts of `part` elements, a power of two that is a multiple
    /// of the blocks, folded on their own and then joined in pairs, as they would have been at once.
    ///
    /// # Safety
    /// `out` has room for `count` elements, and `body` writes those of its units.
    #[allow(clippy::too_many_arguments)]
    unsafe fn in_parts<J: Join<T>>(
        &self,
        out: *mut T,
        count: usize,
        units: usize,
        width: usize,
        part: usize,
        exec: &dyn Executor,
        body: &(dyn Fn(usize, usize, usize, usize, Out<T>) + Sync),
    ) {
        let n = self.length;
        if n <= part {
            let out = Out::new(out);
            let group = (CHUNK / (n * width).max(1)).max(1);
            return for_chunks(exec, units, group, &|start, end| body(start, end - start, 0, n, out));
        }
        let parts = n.div_ceil(part);
        let mut folded = vec![J::start(); parts * count];
        let room = Out::new(folded.as_mut_ptr());
        exec.run(units * parts, &|task| {
            let (unit, p) = (task / parts, task % parts);
            body(unit, 1, p * part, n.min((p + 1) * part), Out::new(room.at(p * count)));
        });
        join_pairs::<T, J>(&mut folded, count);
        // SAFETY: the caller vouches for `count` elements.
        unsafe { out.copy_from_nonoverlapping(folded.as_ptr(), count) };
    }

    /// Folds the elements `start..end` of the sequences of `count` elements of the result from `first` on.
    ///
    /// # Safety
    /// `out` has room for `count` elements.
    unsafe fn rows<J: Join<T>>(&self, first: usize, count: usize, start: usize, end: usize, out: *mut T) {
        let n = end - start;
        let between = self.strides[self.strides.len() - 1];
        for_runs(&self.kept, &self.strides, first, count, &mut |offset, position, rows| {
            let (x, out) = (self.x.get().wrapping_offset(offset), out.wrapping_add(position));
            if self.steps[..] == [1] || n <= 1 {
                // SAFETY: the rows are elements of the tensor; the caller vouches for `out`.
                return unsafe { fold_rows::<T, J>(out, x.wrapping_add(start), rows, between, n) };
            }
            for r in 0..rows {
                let x = x.wrapping_offset(r as isize * between);
                // SAFETY: the layout of the tensor stays inside its buffer.
                let stream = unsafe { Stream::new(x, &self.sequence, &self.steps, true) };
                let mut room = Room::new();
                let mut value = Pairwise::<T, J>::new();
                for at in (start..end).step_by(BLOCK) {
                    let len = BLOCK.min(end - at);
                    let block = stream.block(at, len, &mut room);
                    // SAFETY: a stream that copies has written `len` elements to the room, one behind the other.
                    value.push(fold_slice::<T, J>(unsafe { std::slice::from_raw_parts(block.ptr, len) }));
                }
                // SAFETY: the caller vouches for `out`.
                unsafe { out.add(r).write(value.finish()) };
            }
        });
    }

    /// Folds the elements `start..end` of the sequences of up to `WIDTH` neighbours along the kept axis `axis` from
    /// `first` on, at the place `outer` of the other kept axes.
    fn columns<J: Join<T>>(&self, axis: usize, outer: usize, first: usize, start: usize, end: usize, out: Out<T>) {
        let (mut from, mut to) = (first as isize * self.strides[axis], first as isize * self.out[axis]);
        let mut rest = outer;
        for other in (0..self.kept.len()).rev().filter(|&other| other != axis) {
            let index = (rest % self.kept[other]) as isize;
            rest /= self.kept[other];
            from += index * self.strides[other];
            to += index * self.out[other];
        }
        let (x, along) = (self.x.get().wrapping_offset(from), self.strides[axis]);
        let write = |columns: &[T]| {
            for (j, &value) in columns.iter().enumerate() {
                let place = out.at(0).wrapping_offset(to + j as isize * self.out[axis]);
                // SAFETY: the offsets are those of elements of the result, each in one unit of work.
                unsafe { place.write(value) };
            }
        };
        match WIDTH.min(self.kept[axis] - first) {
            width @ ..=FEW => write(&self.column_blocks::<J, FEW>(x, along, width, start, end)[..width]),
            width => write(&self.column_blocks::<J, WIDTH>(x, along, width, start, end)[..width]),
        }
    }

    /// Folds `width` columns from row `start` to row `end`: the rows of a block one after the other, blocks in pairs.
    fn column_blocks<J: Join<T>, const W: usize>(
        &self,
        x: *const T,
        along: isize,
        width: usize,
        start: usize,
        end: usize,
    ) -> [T; W] {
        let blocks = (end - start).div_ceil(ROWS);
        if blocks > 1 {
            let middle = start + blocks.next_power_of_two() / 2 * ROWS;
            let mut left = self.column_blocks::<J, W>(x, along, width, start, middle);
            let right = self.column_blocks::<J, W>(x, along, width, middle, end);
            join_slices::<T, J>(&mut left[..width], &right[..width]);
            return left;
        }
        let mut columns = [J::start(); W];
        let down = self.steps[self.steps.len() - 1];
        for_runs(&self.sequence, &self.steps, start, end - start, &mut |offset, _, rows| {
            let (x, into) = (x.wrapping_offset(offset), &mut columns[..width]);
            dispatch::<T, _>(AddRows::<T, J> { into, x, along, rows, down, join: PhantomData });
        });
        columns
    }
}

pub(super) fn arg_reduce<T: Arithmetic>(
    op: ArgReduce,
    x: &Array<T>,
    axis: usize,
    keepdim: bool,
    exec: &dyn Executor,
) -> Result<Array<i64>> {
    let axis = resolve_axis(op.name(), axis as isize, x.shape().len())?;
    let shape = reduced_shape(x.shape(), &[axis], keepdim);
    let n = x.shape()[axis];
    if n == 0 && shape.numel() > 0 {
        let message = format!("axis {axis} of shape {} has no elements to choose from", x.shape());
        return Err(Error::value(op.name(), message));
    }
    // The lines as contiguous rows.
    let order: Dims<usize> = (0..x.shape().len()).filter(|&a| a != axis).chain([axis]).collect();
    let x = layout::contiguous(&x.with_layout(x.layout().permute(&order)?)?, exec)?;
    let x = x.as_slice().expect("made contiguous");
    // SAFETY: the chunks of lines cover the result; `rows ≤ FEW` lines of `n` elements have room for as many extremes.
    unsafe {
        Array::build(shape, |out| {
            let lines = out.len();
            let out = Out::new(out.as_mut_ptr().cast::<i64>());
            for_chunks(exec, lines, (CHUNK / n.max(1)).max(1), &|start, end| {
                for first in (start..end).step_by(FEW) {
                    let rows = FEW.min(end - first);
                    let lines = &x[first * n..(first + rows) * n];
                    let mut extremes = [T::zero(); FEW];
                    let (to, from) = (extremes.as_mut_ptr(), lines.as_ptr());
                    match op {
                        ArgReduce::Max => fold_rows::<T, f::Maximum>(to, from, rows, n as isize, n),
                        ArgReduce::Min => fold_rows::<T, f::Minimum>(to, from, rows, n as isize, n),
                    }
                    dispatch::<T, _>(Firsts { lines, n, extremes: &extremes[..rows], out: out.at(first) });
                }
            });
        })
    }
}

/// Lines of `n` elements one behind the other, the extreme of each, and where to write its first place.
struct Firsts<'a, T> {
    lines: &'a [T],
    n: usize,
    extremes: &'a [T],
    out: *mut i64,
}

impl<T: Arithmetic> Kernel for Firsts<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (i, (line, &extreme)) in self.lines.chunks_exact(self.n.max(1)).zip(self.extremes).enumerate() {
            // SAFETY: the maker vouches for an element of `out` for each line.
            unsafe { self.out.add(i).write(first(line, extreme) as i64) };
        }
    }
}

/// Where in a line `extreme`, one of its elements, stands first.
#[inline(always)]
fn first<T: Arithmetic>(line: &[T], extreme: T) -> usize {
    let is_it = |&x: &T| if extreme.is_nan() { x.is_nan() } else { x == extreme };
    let mut start = 0;
    if line.len() > 64 {
        // Piece by piece without an early end, which vector instructions can do.
        let piece = line.chunks(64).position(|piece| piece.iter().fold(false, |found, x| found | is_it(x)));
        start = 64 * piece.expect("the extreme is one of the elements");
    }
    start + line[start..].iter().position(is_it).expect("it is in this piece")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::testing::{arrays, bits, fraction, indices, position, same_bits};
    use crate::exec::Sequential;
    use crate::layout::Layout;
    use crate::ops::View;
    use proptest::prelude::*;

    /// One element after the other, in row-major order.
    fn naive<T: Arithmetic>(op: Reduce, x: &Array<T>, axes: &[usize]) -> Vec<T> {
        let (start, join): (T, fn(T, T) -> T) = match op {
            Reduce::Sum | Reduce::Mean => (T::zero(), Arithmetic::add),
            Reduce::Prod => (T::one(), Arithmetic::mul),
            Reduce::Max => (T::LOWEST, Arithmetic::maximum),
            Reduce::Min => (T::HIGHEST, Arithmetic::minimum),
        };
        let shape = reduced_shape(x.shape(), axes, true);
        let mut out = vec![start; shape.numel()];
        for (mut index, value) in indices(x.shape()).into_iter().zip(x.to_vec()) {
            axes.iter().for_each(|&axis| index[axis] = 0);
            let place = &mut out[position(&shape, &index)];
            *place = join(*place, value);
        }
        if op == Reduce::Mean {
            let n: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
            out.iter_mut().for_each(|sum| *sum = mean(*sum, n));
        }
        out
    }

    fn agrees<T: Arithmetic>(x: &Array<T>, axes: usize, keepdim: bool) {
        let axes: Vec<usize> = (0..x.shape().len()).filter(|axis| axes >> axis & 1 == 1).collect();
        for &op in Reduce::ALL {
            let result = reduce(op, x, &axes, keepdim, &Sequential);
            let shape = reduced_shape(x.shape(), &axes, keepdim);
            if matches!(op, Reduce::Max | Reduce::Min) && x.numel() == 0 && shape.numel() > 0 {
                assert!(result.unwrap_err().to_string().contains("of no elements"));
                continue;
            }
            let result = result.unwrap();
            assert_eq!(*result.shape(), shape);
            assert!(result.layout().is_contiguous());
            let expected = Array::from_slice(&naive(op, x, &axes), shape).unwrap();
            // Products of more than a few elements are rounded.
            if op != Reduce::Prod || T::DTYPE != crate::DType::F32 {
                assert_eq!(bits(&result), bits(&expected), "{op:?} {x:?} {axes:?}", x = x.layout());
            }
        }
    }

    proptest! {
        #[test]
        fn reductions_agree_with_plain_loops(
            a in arrays::<f32>(), b in arrays::<i64>(), axes in 0usize..32, keepdim: bool,
        ) {
            agrees(&a, axes, keepdim);
            agrees(&b, axes, keepdim);
        }

        #[test]
        fn the_first_extreme_is_found(x in arrays::<f64>(), axis in 0usize..5, keepdim: bool) {
            prop_assume!(!x.shape().is_empty());
            let axis = axis % x.shape().len();
            let shape = reduced_shape(x.shape(), &[axis], keepdim);
            for &op in ArgReduce::ALL {
                let found = arg_reduce(op, &x, axis, keepdim, &Sequential);
                if x.shape()[axis] == 0 && shape.numel() > 0 {
                    prop_assert!(found.is_err());
                    continue;
                }
                let found = found.unwrap();
                prop_assert_eq!(found.shape(), &shape);
                let kept = reduced_shape(x.shape(), &[axis], true);
                let values = x.to_vec();
                for (index, found) in indices(&kept).into_iter().zip(found.to_vec()) {
                    let line: Vec<f64> = (0..x.shape()[axis])
                        .map(|i| {
                            let mut index = index.clone();
                            index[axis] = i;
                            values[position(x.shape(), &index)]
                        })
                        .collect();
                    let extreme = line.iter().copied().fold(line[0], if op == ArgReduce::Max { f64::max } else { f64::min });
                    prop_assert_eq!(found as usize, line.iter().position(|&v| v == extreme).unwrap());
                }
            }
        }
    }

    fn sample(shape: impl Into<Shape>) -> Array<f32> {
        let shape = shape.into();
        let values: Vec<f32> = (0..shape.numel()).map(|i| fraction(i) as f32).collect();
        Array::from_slice(&values, shape).unwrap()
    }

    #[test]
    fn large_reductions_give_the_same_bits_everywhere() {
        let x = sample([300, 7, 130]);
        let permuted = layout::view(&x, &View::Permute(Dims::from([2, 0, 1])), &Sequential).unwrap();
        let tall = sample([70_001, 3]);
        let flat = sample([200_003]);
        for op in [Reduce::Sum, Reduce::Mean, Reduce::Prod, Reduce::Max] {
            for x in [&x, &permuted] {
                for axes in [&[0][..], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]] {
                    same_bits(|exec| bits(&reduce(op, x, axes, false, exec).unwrap()));
                }
            }
            for axes in [&[0][..], &[1], &[0, 1]] {
                same_bits(|exec| bits(&reduce(op, &tall, axes, false, exec).unwrap()));
            }
            same_bits(|exec| bits(&reduce(op, &flat, &[0], false, exec).unwrap()));
        }
        same_bits(|exec| bits(&arg_reduce(ArgReduce::Max, &x, 1, false, exec).unwrap()));
    }

    #[test]
    fn large_reductions_are_right() {
        let shape = [130usize, 70, 33];
        let values: Vec<i64> = (0..shape.iter().product()).map(|i: usize| (fraction(i) * 100.0) as i64).collect();
        let x = Array::from_slice(&values, shape).unwrap();
        for permutation in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
            let x = layout::view(&x, &View::Permute(Dims::from(permutation)), &Sequential).unwrap();
            for axes in [&[0][..], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]] {
                let sum = reduce(Reduce::Sum, &x, axes, false, &Sequential).unwrap();
                assert_eq!(sum.to_vec(), naive(Reduce::Sum, &x, axes));
            }
        }
        let tall = layout::view(&x, &View::Reshape(Shape::from([130 * 70 * 11, 3])), &Sequential).unwrap();
        let sum = reduce(Reduce::Sum, &tall, &[0], false, &Sequential).unwrap();
        assert_eq!(sum.to_vec(), naive(Reduce::Sum, &tall, &[0]));
    }

    #[test]
    fn a_flipped_tensor_has_the_same_sum_to_the_bit() {
        let x = sample([50, 70]);
        let flipped = Layout::from_parts([50, 70].into(), Dims::from([-70, -1]), 50 * 70 - 1);
        let flipped = x.with_layout(flipped).unwrap();
        for axes in [&[0, 1][..], &[1]] {
            let sum = |x: &Array<f32>| reduce(Reduce::Sum, x, axes, false, &Sequential).unwrap().to_vec();
            let (mut a, b) = (sum(&x), sum(&flipped));
            a.reverse();
            assert_eq!(a, b);
        }
    }

    #[test]
    fn nan_wins_wherever_it_stands() {
        for n in [1, 5, 17, 40, 100, 3000] {
            for at in [0, n / 2, n - 1] {
                let mut values = vec![1.0f32; n];
                values[at] = f32::NAN;
                for shape in [Shape::from([n]), Shape::from([n, 1]), Shape::from([1, n])] {
                    let x = Array::from_slice(&values, shape.clone()).unwrap();
                    let axes: Vec<usize> = (0..shape.len()).collect();
                    for op in [Reduce::Max, Reduce::Min] {
                        assert!(reduce(op, &x, &axes, false, &Sequential).unwrap().to_vec()[0].is_nan());
                    }
                }
                let pair: Vec<f32> = values.iter().flat_map(|&v| [v, 2.0]).collect();
                let pair = Array::from_slice(&pair, [n, 2]).unwrap();
                let max = reduce(Reduce::Max, &pair, &[0], false, &Sequential).unwrap().to_vec();
                assert!(max[0].is_nan() && max[1] == 2.0);
                for &op in ArgReduce::ALL {
                    assert_eq!(arg_reduce(op, &pair, 0, false, &Sequential).unwrap().to_vec(), [at as i64, 0]);
                }
            }
        }
    }

    #[test]
    fn reductions_of_nothing() {
        let none = Array::<f32>::from_slice(&[], [0, 3]).unwrap();
        let of = |op, axes: &[usize]| reduce(op, &none, axes, false, &Sequential);
        assert_eq!(of(Reduce::Sum, &[0]).unwrap().to_vec(), [0.0; 3]);
        assert_eq!(of(Reduce::Prod, &[0, 1]).unwrap().to_vec(), [1.0]);
        assert!(of(Reduce::Mean, &[0, 1]).unwrap().to_vec()[0].is_nan());
        assert_eq!(of(Reduce::Max, &[1]).unwrap().numel(), 0);
        assert!(of(Reduce::Max, &[0]).unwrap_err().to_string().contains("no max of no elements"));
        let none = Array::<i64>::from_slice(&[], [0]).unwrap();
        assert_eq!(reduce(Reduce::Mean, &none, &[0], false, &Sequential).unwrap().to_vec(), [0]);
        assert!(arg_reduce(ArgReduce::Min, &none, 0, false, &Sequential).is_err());
    }

    #[test]
    fn integers_wrap() {
        let x = Array::from_slice(&[i64::MAX, 1], [2]).unwrap();
        assert_eq!(reduce(Reduce::Sum, &x, &[0], false, &Sequential).unwrap().to_vec(), [i64::MIN]);
    }
}
