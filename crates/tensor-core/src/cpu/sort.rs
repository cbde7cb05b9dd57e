//! Stable sorting along an axis.

use super::functions::Arithmetic;
use super::layout::contiguous;
use super::walk::SyncPtr;
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::resolve_axis;
use crate::{Array, Result};
use std::cmp::Ordering;

pub(super) fn sort<T: Arithmetic>(
    x: &Array<T>,
    axis: usize,
    descending: bool,
    exec: &dyn Executor,
) -> Result<(Array<T>, Array<i64>)> {
    let axis = resolve_axis("sort", axis as isize, x.shape().len())?;
    let shape = x.shape().clone();
    let (n, inner): (usize, usize) = (shape[axis], shape[axis + 1..].iter().product());
    let x = contiguous(x, exec)?;
    let from = SyncPtr(x.ptr());
    let order: fn(&(T, i64), &(T, i64)) -> Ordering =
        if descending { |a, b| compare(b.0, a.0) } else { |a, b| compare(a.0, b.0) };
    // SAFETY: the lines cover both results, whose layout `x` shares.
    unsafe {
        let mut places = None;
        let values = Array::build(shape.clone(), |values| {
            let lines = values.len() / n.max(1);
            let values = Out::new(values.as_mut_ptr().cast::<T>());
            places = Some(Array::build(shape, |places| {
                let places = Out::new(places.as_mut_ptr().cast::<i64>());
                for_chunks(exec, lines, (CHUNK / n.max(1)).max(1), &|start, end| {
                    let mut line: Vec<(T, i64)> = Vec::with_capacity(n);
                    for l in start..end {
                        let at = l / inner * n * inner + l % inner;
                        line.clear();
                        line.extend((0..n).map(|i| (*from.get().add(at + i * inner), i as i64)));
                        line.sort_by(order);
                        for (i, &(value, place)) in line.iter().enumerate() {
                            values.at(at + i * inner).write(value);
                            places.at(at + i * inner).write(place);
                        }
                    }
                });
            }));
        })?;
        Ok((values, places.expect("built with the values")?))
    }
}

/// The order of numbers, with NaN, equal to itself, behind all of them.
fn compare<T: Arithmetic>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::testing::{arrays, bits, indices, number, position, same_bits};
    use crate::exec::Sequential;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorting_orders_each_line_and_says_where_elements_came_from(
            x in arrays::<i32>(), axis in 0usize..5, descending: bool,
        ) {
            prop_assume!(!x.shape().is_empty());
            let axis = axis % x.shape().len();
            let (values, places) = sort(&x, axis, descending, &Sequential).unwrap();
            let (from, values, places) = (x.to_vec(), values.to_vec(), places.to_vec());
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
        let (_, places) = sort(&x, 0, false, &Sequential).unwrap();
        assert_eq!(places.to_vec(), [5, 1, 2, 3, 0, 4]);
        let (_, places) = sort(&x, 0, true, &Sequential).unwrap();
        assert_eq!(places.to_vec(), [0, 4, 3, 1, 2, 5]);
    }

    #[test]
    fn large_sorts_are_the_same_everywhere() {
        let values: Vec<f64> = (0..200 * 400).map(number).collect();
        let x = Array::from_slice(&values, [200, 400]).unwrap();
        for axis in 0..2 {
            same_bits(|exec| {
                let (values, places) = sort(&x, axis, true, exec).unwrap();
                [bits(&values), bits(&places)].concat()
            });
        }
    }
}
