//! Composites in one kernel: mean squared error, softmax.
//!
//! Sums are taken in the order of [`lanes`](super::lanes): for the mean squared error over the elements in row-major order, or in
//! the order of memory where both operands lie dense with the same strides; for softmax along the last axis over its
//! row; along another axis one after the other from the front.

use super::chunks::{Chunk, ChunkKernel, Chunks, LONG, Memory, read, results, write};
use super::functions::{self as f, F2, RealScalar};
use super::lanes::{Join, Pairwise, fold};
use super::layout::contiguous;
use super::reduce::mean;
use super::scan;
use super::walk::{BLOCK, Room, Stream, SyncPtr, coalesce};
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::resolve_axis;
use crate::math::{Math, Quick};
use crate::ops::Fused;
use crate::simd::{Kernel, dispatch};
use crate::{Array, Error, Result};
use std::mem::MaybeUninit;

pub(super) fn fused<T: RealScalar>(op: &Fused, args: &[&Array<T>], exec: &dyn Executor) -> Result<Array<T>> {
    match (op, args) {
        (Fused::Mse, [x, y]) => mse(x, y, exec),
        (Fused::Softmax { axis }, [x]) => softmax("softmax", false, x, *axis, exec),
        (Fused::LogSoftmax { axis }, [x]) => softmax("log_softmax", true, x, *axis, exec),
        (Fused::LogCumSumExp { axis }, [x]) => scan::logcumsumexp(x, *axis, exec),
        (Fused::Recurrence { axis }, [x, decay]) => scan::recurrence(x, decay, *axis, exec),
        _ => Err(Error::value("fused", format!("{op:?} does not take {} operands", args.len()))),
    }
}

fn mse<T: RealScalar>(x: &Array<T>, y: &Array<T>, exec: &dyn Executor) -> Result<Array<T>> {
    if x.shape() != y.shape() {
        let hint = "both must have one shape: (n, 1) against (n) would compare all pairs; \
                    drop or add the axis of size 1 with squeeze or unsqueeze";
        return Err(Error::shape("mse", &[x.shape(), y.shape()], hint));
    }
    let n = x.numel();
    if x.layout().strides() == y.layout().strides() && x.layout().is_dense() {
        let (x, y) = (SyncPtr(x.ptr()), SyncPtr(y.ptr()));
        return mean_of_parts(n, exec, &|start, end| {
            let (x, y) = (x.get().wrapping_add(start), y.get().wrapping_add(start));
            dispatch::<T, _>(Squares { x, y, n: end - start })
        });
    }
    let (shape, [sx, sy]) = coalesce(x.shape(), [x.layout().strides(), y.layout().strides()]);
    // SAFETY: the layouts of both operands stay inside their buffers.
    let (sx, sy) = unsafe { (Stream::new(x.ptr(), &shape, &sx, true), Stream::new(y.ptr(), &shape, &sy, true)) };
    mean_of_parts(n, exec, &|start, end| {
        let mut sum = Pairwise::<T, f::Add>::new();
        let (mut rx, mut ry) = (Room::new(), Room::new());
        for at in (start..end).step_by(BLOCK) {
            let len = BLOCK.min(end - at);
            let (x, y) = (sx.block(at, len, &mut rx), sy.block(at, len, &mut ry));
            sum.push(dispatch::<T, _>(Squares { x: x.ptr, y: y.ptr, n: len }));
        }
        sum.finish()
    })
}

/// The mean of `n` numbers whose sums over chunks are `part(start, end)`; chunks are whole branches of the tree in which sums
/// are taken.
fn mean_of_parts<T: RealScalar>(
    n: usize,
    exec: &dyn Executor,
    part: &(dyn Fn(usize, usize) -> T + Sync),
) -> Result<Array<T>> {
    if n <= CHUNK {
        return Array::scalar(mean(part(0, n), n));
    }
    let mut parts = vec![T::zero(); n.div_ceil(CHUNK)];
    let out = Out::new(parts.as_mut_ptr());
    for_chunks(exec, n, CHUNK, &|start, end| {
        // SAFETY: each chunk has an element of its own.
        unsafe { out.at(start / CHUNK).write(part(start, end)) }
    });
    let mut sum = Pairwise::<T, f::Add>::new();
    parts.into_iter().for_each(|part| sum.push(part));
    Array::scalar(mean(sum.finish(), n))
}

/// The sum of (x − y)².
struct Squares<T> {
    x: *const T,
    y: *const T,
    n: usize,
}

impl<T: RealScalar> Kernel for Squares<T> {
    type Output = T;
    #[inline(always)]
    fn run(self) -> T {
        // SAFETY: the maker vouches for `n` elements at each address.
        let (x, y) =
            unsafe { (std::slice::from_raw_parts(self.x, self.n), std::slice::from_raw_parts(self.y, self.n)) };
        fold::<T, f::Add>(self.n, |i| {
            // SAFETY: `fold` asks for positions below the length.
            let difference = unsafe { *x.get_unchecked(i) - *y.get_unchecked(i) };
            difference * difference
        })
    }
}

/// Softmax along `axis`, or its logarithm. The largest element is subtracted first, so that no exponential overflows;
/// where it is infinite or NaN, the result is NaN.
fn softmax<T: RealScalar>(
    op: &'static str,
    log: bool,
    x: &Array<T>,
    axis: usize,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let axis = resolve_axis(op, axis as isize, x.shape().len())?;
    let shape = x.shape().clone();
    let (n, inner): (usize, usize) = (shape[axis], shape[axis + 1..].iter().product());
    let x = contiguous(x, exec)?;
    let from = SyncPtr(x.ptr());
    let tiles = inner.div_ceil(WIDTH);
    // SAFETY: the units of work, bands of neighbouring lines, cover the result, whose layout `x` shares.
    unsafe {
        Array::build(shape, |out| {
            let bands = out.len() / (n * inner).max(1) * tiles;
            let out = Out::new(out.as_mut_ptr().cast::<T>());
            let group = (CHUNK / (n * inner.min(WIDTH)).max(1)).max(1);
            for_chunks(exec, bands, group, &|start, end| {
                if inner == 1 {
                    let (x, out, rows) = (from.get().wrapping_add(start * n), out.at(start * n), end - start);
                    if n < LONG {
                        return dispatch::<T, _>(ShortLines { out, x, rows, n, log });
                    }
                    return dispatch::<T, _>(Chunks(Lines { out, x, rows, n, log }));
                }
                for band in start..end {
                    let first = band % tiles * WIDTH;
                    let at = band / tiles * n * inner + first;
                    let (x, out) = (from.get().wrapping_add(at), out.at(at));
                    dispatch::<T, _>(Band { out, x, width: WIDTH.min(inner - first), n, inner, log });
                }
            });
        })
    }
}

/// `rows` contiguous rows of `n ≥ LONG` elements.
struct Lines<T> {
    out: *mut T,
    x: *const T,
    rows: usize,
    n: usize,
    log: bool,
}

impl<T: RealScalar> ChunkKernel for Lines<T> {
    #[inline(always)]
    fn run_with<M: Memory>(self) {
        for at in (0..self.rows).map(|r| r * self.n) {
            // SAFETY: the maker vouches for the rows and the room.
            unsafe { line::<M, T>(self.out.add(at), self.x.add(at), self.n, self.log) };
        }
    }
}

/// One row of `n ≥ LONG` elements.
///
/// # Safety
/// There are `n` elements at `x`, and room for as many at `out`.
#[inline(always)]
unsafe fn line<M: Memory, T: RealScalar>(out: *mut T, x: *const T, n: usize, log: bool) {
    // SAFETY: the caller vouches for `x` and `out`; `fold` asks for positions below the length, and the exponentials are
    // written before they are read.
    unsafe {
        let largest = fold::<T, Larger>(n, |i| *x.add(i));
        write::<M, _>(out, n, false, &Exponentials { x, largest });
        let sum = fold::<T, f::Add>(n, |i| *out.add(i));
        let (x, out) = (std::slice::from_raw_parts(x, n), std::slice::from_raw_parts_mut(out, n));
        if log {
            let shift = Math::ln(sum);
            out.iter_mut().zip(x).for_each(|(out, &x)| *out = (x - largest) - shift);
        } else {
            let scale = T::one() / sum;
            out.iter_mut().for_each(|e| *e = *e * scale);
        }
    }
}

/// e^(x − largest)
struct Exponentials<T> {
    x: *const T,
    largest: T,
}

impl<T: RealScalar> Chunk<T> for Exponentials<T> {
    #[inline(always)]
    unsafe fn at<M: Memory>(&self, i: usize, n: usize) -> [T; LONG] {
        // SAFETY: the caller vouches for the elements.
        let x = unsafe { read::<M, _>(self.x.add(i), n) };
        let (x, mut e): ([T; LONG], _) = (results(|j| x[j] - self.largest), [T::zero(); LONG]);
        Quick::exp_slice(&x, &mut e);
        e
    }
}

/// The larger; where one is NaN, either. The exponential of NaN is NaN whatever was the largest.
struct Larger;

impl<T: RealScalar> F2<T> for Larger {
    type Out = T;
    #[inline(always)]
    fn call(a: T, b: T) -> T {
        if a > b { a } else { b }
    }
}

impl<T: RealScalar> Join<T> for Larger {
    fn start() -> T {
        T::LOWEST
    }
}

/// `rows` contiguous rows of `n < LONG` elements.
struct ShortLines<T> {
    out: *mut T,
    x: *const T,
    rows: usize,
    n: usize,
    log: bool,
}

impl<T: RealScalar> Kernel for ShortLines<T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let ShortLines { out, x, rows, n, log } = self;
        for first in (0..rows).step_by(LONG) {
            let at = first * n;
            // SAFETY: the maker vouches for the rows.
            unsafe { short_lines(out.add(at), x.add(at), LONG.min(rows - first), n, log) };
        }
    }
}

/// Up to `LONG` rows of fewer elements, side by side. Sums go from the front, as those of so few elements do.
///
/// # Safety
/// There are `rows` rows of `n` elements at `x`, and room for as many at `out`.
#[inline(always)]
unsafe fn short_lines<T: RealScalar>(out: *mut T, x: *const T, rows: usize, n: usize, log: bool) {
    let mut columns = [[T::zero(); LONG]; LONG];
    for r in 0..rows {
        for (j, column) in columns[..n].iter_mut().enumerate() {
            // SAFETY: the caller vouches for the rows.
            column[r] = unsafe { *x.add(r * n + j) };
        }
    }
    let columns = &mut columns[..n];
    let mut largest = [T::LOWEST; LONG];
    for column in &*columns {
        largest = results(|r| Larger::call(largest[r], column[r]));
    }
    let mut sum = [T::zero(); LONG];
    for column in &mut *columns {
        let (x, mut e): ([T; LONG], _) = (results(|r| column[r] - largest[r]), [T::zero(); LONG]);
        Quick::exp_slice(&x, &mut e);
        sum = results(|r| sum[r] + e[r]);
        *column = if log { x } else { e };
    }
    let mut last = sum;
    for last in &mut last {
        *last = if log { Math::ln(*last) } else { T::one() / *last };
    }
    for column in &mut *columns {
        *column = results(|r| if log { column[r] - last[r] } else { column[r] * last[r] });
    }
    for r in 0..rows {
        for (j, column) in columns.iter().enumerate() {
            // SAFETY: the caller vouches for the rows.
            unsafe { out.add(r * n + j).write(column[r]) };
        }
    }
}

/// Lines side by side that one thread takes at once.
const WIDTH: usize = 256;

/// `width` neighbouring lines of `n` elements, `inner` apart.
struct Band<T> {
    out: *mut T,
    x: *const T,
    width: usize,
    n: usize,
    inner: usize,
    log: bool,
}

impl<T: RealScalar> Kernel for Band<T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Band { width, n, inner, log, .. } = self;
        let (mut largest, mut sum) = ([T::LOWEST; WIDTH], [T::zero(); WIDTH]);
        let (largest, sum) = (&mut largest[..width], &mut sum[..width]);
        // SAFETY: the maker vouches for the lines of `x`, which is not written meanwhile.
        let x = |i: usize| unsafe { std::slice::from_raw_parts(self.x.add(i * inner), width) };
        // SAFETY: the maker vouches for the lines of `out`; each slice is gone before the next is made.
        let out = |i: usize| unsafe {
            std::slice::from_raw_parts_mut(self.out.add(i * inner).cast::<MaybeUninit<T>>(), width)
        };
        for i in 0..n {
            largest.iter_mut().zip(x(i)).for_each(|(largest, &x)| *largest = largest.maximum(x));
        }
        for i in 0..n {
            for (((out, &x), &largest), sum) in out(i).iter_mut().zip(x(i)).zip(&*largest).zip(&mut *sum) {
                let e = Math::exp(x - largest);
                out.write(e);
                *sum = *sum + e;
            }
        }
        if log {
            for sum in &mut *sum {
                *sum = Math::ln(*sum);
            }
            for i in 0..n {
                for (((out, &x), &largest), &shift) in out(i).iter_mut().zip(x(i)).zip(&*largest).zip(&*sum) {
                    out.write((x - largest) - shift);
                }
            }
        } else {
            sum.iter_mut().for_each(|sum| *sum = T::one() / *sum);
            for i in 0..n {
                for (out, &scale) in out(i).iter_mut().zip(&*sum) {
                    // SAFETY: the loop before wrote every element.
                    let e = unsafe { out.assume_init() };
                    out.write(e * scale);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dims;
    use crate::cpu::testing::{arrays, bits, fraction, same_bits};
    use crate::exec::Sequential;
    use crate::ops::View;
    use proptest::prelude::*;

    fn one<T: RealScalar>(op: Fused, x: &Array<T>) -> Vec<T> {
        fused(&op, &[x], &Sequential).unwrap().to_vec()
    }

    proptest! {
        #[test]
        fn mse_of_small_numbers_is_exact(x in arrays::<f32>(), y in arrays::<f32>()) {
            let differ = fused(&Fused::Mse, &[&x, &y], &Sequential);
            prop_assert_eq!(differ.is_ok(), x.shape() == y.shape());
            // The same numbers in another layout.
            let shifted: Vec<f32> = x.to_vec().iter().enumerate().map(|(i, x)| x + (i % 4) as f32).collect();
            let shifted = Array::from_slice(&shifted, x.shape()).unwrap();
            let sum: f32 = (0..x.numel()).map(|i| ((i % 4) * (i % 4)) as f32).sum();
            let expected = (sum / x.numel() as f32).to_bits();
            for pair in [[&x, &shifted], [&shifted, &x]] {
                let found = fused(&Fused::Mse, &pair, &Sequential).unwrap();
                prop_assert_eq!(found.shape().len(), 0);
                let found = found.to_vec()[0];
                prop_assert!(found.to_bits() == expected || (found.is_nan() && x.numel() == 0));
            }
        }

        #[test]
        fn softmax_adds_up_to_one_and_is_the_same_along_any_axis(x in arrays::<f64>(), axis in 0usize..5) {
            prop_assume!(!x.shape().is_empty());
            let rank = x.shape().len();
            let axis = axis % rank;
            let mut order: Vec<usize> = (0..rank).filter(|&a| a != axis).collect();
            order.push(axis);
            let last = super::super::layout::view(&x, &View::Permute(Dims::from(order)), &Sequential).unwrap();
            let n = x.shape()[axis];
            let values = last.to_vec();
            for log in [false, true] {
                let op = |axis| if log { Fused::LogSoftmax { axis } } else { Fused::Softmax { axis } };
                let along = fused(&op(axis), &[&x], &Sequential).unwrap();
                let found = one(op(rank - 1), &last);
                for (line, found) in values.chunks(n.max(1)).zip(found.chunks(n.max(1))) {
                    let sum: f64 = line.iter().map(|x| x.exp()).sum();
                    for (x, found) in line.iter().zip(found) {
                        let expected = if log { x - sum.ln() } else { x.exp() / sum };
                        prop_assert!((found - expected).abs() < 1e-13, "{} {}", found, expected);
                    }
                }
                let mut inverse: Vec<usize> = (0..rank).collect();
                inverse.insert(axis, rank - 1);
                inverse.truncate(rank);
                let back = Array::from_slice(&found, last.shape()).unwrap();
                let back = super::super::layout::view(&back, &View::Permute(Dims::from(inverse)), &Sequential).unwrap();
                for (a, b) in along.to_vec().iter().zip(back.to_vec()) {
                    prop_assert!((a - b).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn large_composites_give_the_same_bits_everywhere() {
        let values: Vec<f32> = (0..70 * 30 * 70).map(|i| fraction(i) as f32 * 3.0).collect();
        let x = Array::from_slice(&values, [70, 30, 70]).unwrap();
        let y = super::super::layout::view(&x, &View::Permute(Dims::from([2, 1, 0])), &Sequential).unwrap();
        same_bits(|exec| bits(&fused(&Fused::Mse, &[&x, &y], exec).unwrap()));
        for axis in 0..3 {
            same_bits(|exec| bits(&fused(&Fused::Softmax { axis }, &[&x], exec).unwrap()));
            same_bits(|exec| bits(&fused(&Fused::LogSoftmax { axis }, &[&y], exec).unwrap()));
        }
    }

    #[test]
    fn infinities_and_nan_go_as_in_pytorch() {
        let inf = f32::INFINITY;
        let x =
            Array::from_slice(&[1.0, -inf, 1.0, inf, 0.0, 1.0, -inf, -inf, -inf, 0.0, f32::NAN, 1.0], [4, 3]).unwrap();
        for (x, axis) in [
            (x.clone(), 1),
            (super::super::layout::view(&x, &View::Permute(Dims::from([1, 0])), &Sequential).unwrap(), 0),
        ] {
            let found = fused(&Fused::Softmax { axis }, &[&x], &Sequential).unwrap();
            let order = if axis == 1 { [0, 1] } else { [1, 0] };
            let found =
                super::super::layout::view(&found, &View::Permute(Dims::from(order)), &Sequential).unwrap().to_vec();
            assert_eq!(found[..3], [0.5, 0.0, 0.5]);
            assert!(found[3..].iter().all(|x| x.is_nan()));
        }
        let log = one(Fused::LogSoftmax { axis: 1 }, &x);
        assert_eq!(log[1], -inf);
        assert!((log[0] + 2f32.ln()).abs() < 1e-6 && log[3..].iter().all(|x| x.is_nan()));
        let far = Array::from_slice(&[1000.0f32, 0.0, -1000.0], [3]).unwrap();
        assert_eq!(one(Fused::Softmax { axis: 0 }, &far), [1.0, 0.0, 0.0]);
        assert_eq!(one(Fused::LogSoftmax { axis: 0 }, &far), [0.0, -1000.0, -2000.0]);
    }

    #[test]
    fn mse_refuses_a_column_against_a_vector() {
        let column = Array::from_slice(&[0.0f32; 4], [4, 1]).unwrap();
        let vector = Array::from_slice(&[0.0f32; 4], [4]).unwrap();
        let error = fused(&Fused::Mse, &[&column, &vector], &Sequential).unwrap_err();
        assert!(error.to_string().contains("(n, 1) against (n)"));
        assert!(fused(&Fused::Mse, &[&vector], &Sequential).is_err());
        assert!(fused(&Fused::Softmax { axis: 1 }, &[&vector], &Sequential).is_err());
        let none = Array::<f64>::from_slice(&[], [0]).unwrap();
        assert!(fused(&Fused::Mse, &[&none, &none], &Sequential).unwrap().to_vec()[0].is_nan());
    }
}
