//! Stable sorting along an axis.
//!
//! Each element becomes a whole number with its place behind it: a key in whose order the elements are, then the place.
//! Whole numbers are sorted fast, no two are equal, and equal elements stay in the order of their places.

use super::functions::Arithmetic;
use super::layout::contiguous;
use super::walk::SyncPtr;
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::resolve_axis;
use crate::{Array, Error, Result};

/// An element that can be sorted.
pub(super) trait Sorted: Arithmetic {
    /// A key and a place behind it.
    type Keyed: Ord + Copy;

    /// In the order of the elements, or against it: both zeros are equal, NaN, equal to itself, is behind all numbers.
    fn keyed(self, place: usize, descending: bool) -> Self::Keyed;

    /// The place behind a key.
    fn place(keyed: Self::Keyed) -> usize;
}

macro_rules! sorted {
    ($($t:ident: $key:ident, $keyed:ident, |$x:ident| $ordered:expr;)*) => { $(
        impl Sorted for $t {
            type Keyed = $keyed;

            #[inline(always)]
            fn keyed(self, place: usize, descending: bool) -> $keyed {
                let $x = self;
                let key: $key = $ordered;
                let key = if descending { !key } else { key };
                $keyed::from(key) << $key::BITS | place as $keyed
            }

            #[inline(always)]
            fn place(keyed: $keyed) -> usize {
                keyed as $key as usize
            }
        }
    )* };
}

macro_rules! ordered_bits {
    ($x:ident, $key:ident) => {{
        // Adding 0 makes −0 a 0. Negative numbers are in order when all their bits are turned, others when their sign is.
        let bits = ($x + 0.0).to_bits();
        let sign = 1 << ($key::BITS - 1);
        if $x.is_nan() {
            $key::MAX
        } else if bits & sign == 0 {
            bits | sign
        } else {
            !bits
        }
    }};
}

sorted! {
    f32: u32, u64, |x| ordered_bits!(x, u32);
    f64: u64, u128, |x| ordered_bits!(x, u64);
    i64: u64, u128, |x| (x as u64) ^ (1 << 63);
}

pub(super) fn sort<T: Sorted>(
    x: &Array<T>,
    axis: usize,
    descending: bool,
    count: usize,
    exec: &dyn Executor,
) -> Result<(Array<T>, Array<i64>)> {
    let axis = resolve_axis("sort", axis as isize, x.shape().len())?;
    let mut shape = x.shape().clone();
    let (n, inner): (usize, usize) = (shape[axis], shape[axis + 1..].iter().product());
    if count > n {
        let message = format!("the first {count} are asked for, but axis {axis} has {n} elements");
        return Err(Error::value("sort", message));
    }
    shape[axis] = count;
    if size_of::<T>() == 4 && u32::try_from(n).is_err() {
        return Err(Error::shape("sort", &[x.shape()], "a line of 2³² elements or more cannot be sorted"));
    }
    let x = contiguous(x, exec)?;
    let from = SyncPtr(x.ptr());
    // SAFETY: the lines, as many as those of `x`, cover both results.
    unsafe {
        let mut places = None;
        let values = Array::build(shape.clone(), |values| {
            let lines = values.len() / count.max(1);
            let values = Out::new(values.as_mut_ptr().cast::<T>());
            places = Some(Array::build(shape, |places| {
                let places = Out::new(places.as_mut_ptr().cast::<i64>());
                for_chunks(exec, lines, (CHUNK / n.max(1)).max(1), &|start, end| {
                    let mut line: Vec<T::Keyed> = Vec::with_capacity(n);
                    for l in start..end {
                        let x = from.get().add(l / inner * n * inner + l % inner);
                        let at = l / inner * count * inner + l % inner;
                        line.clear();
                        line.extend((0..n).map(|i| (*x.add(i * inner)).keyed(i, descending)));
                        if count < n {
                            line.select_nth_unstable(count);
                        }
                        line[..count].sort_unstable();
                        for (i, &keyed) in line[..count].iter().enumerate() {
                            let place = T::place(keyed);
                            values.at(at + i * inner).write(*x.add(place * inner));
                            places.at(at + i * inner).write(place as i64);
                        }
                    }
                });
            }));
        })?;
        Ok((values, places.expect("built with the values")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;
    use crate::cpu::testing::{arrays, bits, indices, number, position, same_bits};
    use crate::exec::Sequential;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorting_orders_each_line_and_says_where_elements_came_from(
            x in arrays::<i64>(), axis in 0usize..5, descending: bool,
        ) {
            prop_assume!(!x.shape().is_empty());
            let axis = axis % x.shape().len();
            let n = x.shape()[axis];
            let (values, places) = sort(&x, axis, descending, n, &Sequential).unwrap();
            let first = sort(&x, axis, descending, n / 2, &Sequential).unwrap();
            let half = Shape::from(first.0.shape());
            let (from, values, places) = (x.to_vec(), values.to_vec(), places.to_vec());
            for (at, index) in indices(&half).into_iter().enumerate() {
                let whole = position(x.shape(), &index);
                prop_assert_eq!((first.0.to_vec()[at], first.1.to_vec()[at]), (values[whole], places[whole]));
            }
            for (at, index) in indices(x.shape()).into_iter().enumerate() {
                let mut source = index.clone();
                source[axis] = places[at] as usize;
                prop_assert_eq!(values[at], from[position(x.shape(), &source)]);
                if index[axis] > 0 {
                    let mut before = index;
                    before[axis] -= 1;
                    let before = position(x.shape(), &before);
                    let key = |at: usize| if descending { (-values[at], places[at]) } else { (values[at], places[at]) };
                    prop_assert!(key(before) < key(at), "in order, and equal elements in the order they had");
                }
            }
        }
    }

    #[test]
    fn nan_is_the_greatest_and_both_zeros_are_equal() {
        let x = Array::from_slice(&[f32::NAN, 0.0, -0.0, f32::INFINITY, -f32::NAN, -1.0], [6]).unwrap();
        let (_, places) = sort(&x, 0, false, 6, &Sequential).unwrap();
        assert_eq!(places.to_vec(), [5, 1, 2, 3, 0, 4]);
        let (_, places) = sort(&x, 0, true, 6, &Sequential).unwrap();
        assert_eq!(places.to_vec(), [0, 4, 3, 1, 2, 5]);
    }

    #[test]
    fn large_sorts_are_the_same_everywhere() {
        let values: Vec<f64> = (0..200 * 400).map(number).collect();
        let x = Array::from_slice(&values, [200, 400]).unwrap();
        for axis in 0..2 {
            same_bits(|exec| {
                let (values, places) = sort(&x, axis, true, 150, exec).unwrap();
                [bits(&values), bits(&places)].concat()
            });
        }
    }
}
