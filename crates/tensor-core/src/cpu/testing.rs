//! For the tests of the kernels: arrays of any layout, and ways to walk and compare them.

use super::functions::Arithmetic;
use crate::exec::{Executor, Sequential};
use crate::ops::View;
use crate::simd::{force_isa, supported};
use crate::{Array, Dims, Element, Shape, SliceItem};
use proptest::prelude::*;

/// What is done to a contiguous array to give it another layout; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Permute(usize),
    Flip(usize),
    Step(usize, isize),
    Cut(usize),
    Expand(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0usize..120).prop_map(Change::Permute),
        (0usize..5).prop_map(Change::Flip),
        (0usize..5, 2isize..4).prop_map(|(axis, step)| Change::Step(axis, step)),
        (0usize..5).prop_map(Change::Cut),
        (0usize..5, 0usize..4).prop_map(|(axis, size)| Change::Expand(axis, size)),
    ]
}

fn sliced<T: Element>(x: &Array<T>, axis: usize, start: Option<isize>, end: Option<isize>, step: isize) -> Array<T> {
    let whole = SliceItem::Range { start: None, end: None, step: 1 };
    let mut items = vec![whole; x.shape().len()];
    items[axis] = SliceItem::Range { start, end, step };
    T::view(x, &View::Slice(items), &Sequential).unwrap()
}

fn changed<T: Element>(x: Array<T>, change: &Change) -> Array<T> {
    let rank = x.shape().len();
    if rank == 0 {
        return x;
    }
    match *change {
        Change::Permute(mut number) => {
            let mut axes: Vec<usize> = (0..rank).collect();
            for last in (1..rank).rev() {
                axes.swap(last, number % (last + 1));
                number /= last + 1;
            }
            T::view(&x, &View::Permute(Dims::from(axes)), &Sequential).unwrap()
        }
        Change::Flip(axis) => sliced(&x, axis % rank, None, None, -1),
        Change::Step(axis, step) => sliced(&x, axis % rank, None, None, step),
        Change::Cut(axis) => sliced(&x, axis % rank, Some(1), None, 1),
        Change::Expand(axis, size) => {
            let axis = axis % rank;
            let one = sliced(&x, axis, None, Some(1), 1);
            let mut shape = one.shape().clone();
            if shape[axis] == 1 {
                shape[axis] = size;
            }
            T::view(&one, &View::Expand(shape), &Sequential).unwrap()
        }
    }
}

/// Arrays of rank up to 5 and any layout, with small whole numbers.
pub(crate) fn arrays<T: Arithmetic>() -> impl Strategy<Value = Array<T>> {
    let size = prop_oneof![1 => Just(0usize), 2 => Just(1usize), 12 => 2usize..7];
    (prop::collection::vec(size, 0..=5), prop::collection::vec(change(), 0..4), 0usize..1000).prop_map(
        |(shape, changes, seed)| {
            let shape = Shape::from(shape);
            let values: Vec<T> = (0..shape.numel()).map(|i| number(i * 7919 + seed)).collect();
            let x = Array::from_slice(&values, shape).unwrap();
            changes.iter().fold(x, changed)
        },
    )
}

/// A whole number from 0 to 9 made from `seed`.
pub(crate) fn number<T: Arithmetic>(seed: usize) -> T {
    num_traits::NumCast::from((seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) % 10).unwrap()
}

/// A number between −1 and 1 with many digits, made from `seed`.
pub(crate) fn fraction(seed: usize) -> f64 {
    (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// Each index of `shape` in row-major order.
pub(crate) fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &size in shape {
        all = all.iter().flat_map(|index| (0..size).map(|i| [&index[..], &[i]].concat())).collect();
    }
    all
}

/// Where `index` stands in row-major order.
pub(crate) fn position(shape: &[usize], index: &[usize]) -> usize {
    shape.iter().zip(index).fold(0, |at, (size, i)| at * size + i)
}

/// Checks that `compute` gives the same bits with each executor and each instruction set, and returns them.
pub(crate) fn same_bits(compute: impl Fn(&dyn Executor) -> Vec<u64>) -> Vec<u64> {
    let expected = compute(&Sequential);
    for isa in supported() {
        force_isa(isa);
        assert!(compute(&Sequential) == expected, "{isa:?} differs");
        #[cfg(feature = "rayon")]
        for _ in 0..3 {
            assert!(compute(&crate::exec::Rayon) == expected, "{isa:?} in parallel differs");
        }
    }
    expected
}

/// The bits of the elements; of a NaN only that it is one.
pub(crate) fn bits<T: Arithmetic>(x: &Array<T>) -> Vec<u64> {
    let double = |x: T| num_traits::NumCast::from(x).map_or(f64::NAN, |x: f64| x);
    x.to_vec().into_iter().map(|x| if x.is_nan() { u64::MAX } else { double(x).to_bits() }).collect()
}
