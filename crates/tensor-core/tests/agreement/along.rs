//! Reductions, scans and sorting along axes.

use crate::arrays::{Described, Epsilon, Sample, Words, an_axis, arrays, for_all, for_types, some_axes};
use crate::check::{Near, agree_on, verb};
use proptest::prelude::*;
use reference::Reference;
use tensor_core::ops::*;
use tensor_core::{Arg, Array, Backend, Num, Real};

/// An array, some of its axes, and a truth value.
fn reductions() -> BoxedStrategy<(Words, Vec<usize>, bool)> {
    arrays()
        .prop_flat_map(|x| {
            let axes = some_axes(x.shape().len());
            (Just(x), axes, any::<bool>())
        })
        .boxed()
}

/// An array, one of its axes, and a truth value.
pub(crate) fn lines() -> BoxedStrategy<(Words, usize, bool)> {
    arrays()
        .prop_flat_map(|x| {
            let axis = an_axis(x.shape().len());
            (Just(x), axis, any::<bool>())
        })
        .boxed()
}

/// The absolute values.
pub(crate) fn magnitude<T: Num>(x: &Array<T>) -> Array<T> {
    Reference::unary(Unary::Abs, Arg::Ref(x)).unwrap()
}

for_types!(reductions_of_whole_numbers_are_exact: f32 f64 i64 i32 u8);
fn reductions_of_whole_numbers_are_exact<T: Sample + Num>() {
    for_all(reductions(), |(x, axes, keepdim)| {
        let x = x.made(T::whole);
        for &op in Reduce::ALL {
            let verb = verb!(B, [] => B::reduce(op, &x.on::<B>(), &axes, keepdim));
            agree_on(op.name(), &verb, Near::Equal);
        }
    });
}

for_types!(integers_wrap: i64 i32 u8);
fn integers_wrap<T: Sample + Num>() {
    for_all(reductions(), |(x, axes, keepdim)| {
        let x = x.made(T::wild);
        for &op in Reduce::ALL {
            let verb = verb!(B, [] => B::reduce(op, &x.on::<B>(), &axes, keepdim));
            agree_on(op.name(), &verb, Near::Exactly);
        }
    });
    for_all(lines(), |(x, axis, _)| {
        let x = x.made(T::wild);
        for &op in Scan::ALL {
            agree_on(op.name(), &verb!(B, [] => B::scan(op, &x.on::<B>(), axis)), Near::Exactly);
        }
    });
}

for_types!(reductions_of_reals_err_by_one_rounding_an_element: f32 f64);
fn reductions_of_reals_err_by_one_rounding_an_element<T: Epsilon + Real>() {
    for_all(reductions(), |(x, axes, keepdim)| {
        let x = x.made(T::tame);
        let own = x.on::<Reference>();
        let n: usize = axes.iter().map(|&axis| x.shape().get(axis).copied().unwrap_or(1)).product();
        for &op in Reduce::ALL {
            // Whatever the order, a sum of n numbers errs by n − 1 roundings of at most the sum of magnitudes, a product
            // by n − 1 roundings of the product; the definition errs by as many in its own order, and once more.
            let verb = verb!(B, [] => B::reduce(op, &x.on::<B>(), &axes, keepdim));
            let largest = Reference::reduce(op, &magnitude(&own), &axes, keepdim).map(|x| x.to_vec());
            let bound = |i: usize, _| (n + 1) as f64 * T::EPSILON * largest.as_ref().unwrap()[i].as_f64();
            agree_on(op.name(), &verb, Near::Within(&bound));
        }
    });
}

for_types!(extremes_are_exact: f32 f64 i64 i32 u8);
fn extremes_are_exact<T: Sample + Num>() {
    for_all(reductions(), |(x, axes, keepdim)| {
        let x = x.made(T::wild);
        for op in [Reduce::Max, Reduce::Min] {
            let verb = verb!(B, [] => B::reduce(op, &x.on::<B>(), &axes, keepdim));
            agree_on(op.name(), &verb, Near::Equal);
        }
    });
    for_all(lines(), |(x, axis, _)| {
        let x = x.made(T::wild);
        for op in [Scan::Max, Scan::Min] {
            agree_on(op.name(), &verb!(B, [] => B::scan(op, &x.on::<B>(), axis)), Near::Equal);
        }
    });
}

for_types!(an_infinity_or_nan_reaches_every_sum_it_is_in: f32 f64);
fn an_infinity_or_nan_reaches_every_sum_it_is_in<T: Epsilon + Real>() {
    for_all(reductions(), |(x, axes, keepdim)| {
        let special = [T::infinity(), T::neg_infinity(), T::nan()];
        let x = x.made(|word| match word % 40 {
            0..3 => special[word as usize % 40],
            _ => T::whole(word / 40),
        });
        for &op in Reduce::ALL {
            let verb = verb!(B, [] => B::reduce(op, &x.on::<B>(), &axes, keepdim));
            agree_on(op.name(), &verb, Near::Equal);
        }
    });
}

for_types!(places_of_extremes: f32 f64 i64 i32 u8);
fn places_of_extremes<T: Sample + Num>() {
    for_all(lines(), |(x, axis, keepdim)| {
        for x in [x.made(T::wild), x.made(T::whole)] {
            for &op in ArgReduce::ALL {
                let verb = verb!(B, [] => B::arg_reduce(op, &x.on::<B>(), axis, keepdim));
                agree_on(op.name(), &verb, Near::Exactly);
            }
        }
    });
}

for_types!(scans_of_whole_numbers_are_exact: f32 f64 i64 i32 u8);
fn scans_of_whole_numbers_are_exact<T: Sample + Num>() {
    for_all(lines(), |(x, axis, _)| {
        let x = x.made(T::whole);
        for &op in Scan::ALL {
            agree_on(op.name(), &verb!(B, [] => B::scan(op, &x.on::<B>(), axis)), Near::Equal);
        }
    });
}

for_types!(scans_of_reals_err_by_one_rounding_an_element: f32 f64);
fn scans_of_reals_err_by_one_rounding_an_element<T: Epsilon + Real>() {
    for_all(lines(), |(x, axis, _)| {
        let x = x.made(T::tame);
        let own = x.on::<Reference>();
        let n = x.shape().get(axis).copied().unwrap_or(1);
        for &op in Scan::ALL {
            // As for reductions; n is more than the elements up to most places.
            let verb = verb!(B, [] => B::scan(op, &x.on::<B>(), axis));
            let largest = Reference::scan(op, &magnitude(&own), axis).map(|x| x.to_vec());
            let bound = |i: usize, _| (n + 1) as f64 * T::EPSILON * largest.as_ref().unwrap()[i].as_f64();
            agree_on(op.name(), &verb, Near::Within(&bound));
        }
    });
}

for_types!(sorting_is_stable_with_nan_at_the_end: f32 f64 i64 i32 u8);
fn sorting_is_stable_with_nan_at_the_end<T: Sample + Num>() {
    for_all(lines(), |(x, axis, descending)| {
        let n = x.shape().get(axis).copied().unwrap_or(1);
        // All of a line, the first half, and more than there are.
        for (x, count) in [(x.made(T::wild), n), (x.made(T::whole), n / 2), (x.made(T::whole), n + 1)] {
            let sorted = verb!(B, [] => Ok(B::sort(&x.on::<B>(), axis, descending, count)?.0));
            agree_on("sort", &sorted, Near::Exactly);
            let places = verb!(B, [] => Ok(B::sort(&x.on::<B>(), axis, descending, count)?.1));
            agree_on("sort", &places, Near::Exactly);
        }
    });
}

#[test]
fn the_mean_of_bytes_is_a_byte_though_their_sum_and_number_are_not() {
    let x = Described::of(vec![200u8; 300], &[300]);
    agree_on("mean", &verb!(B, [] => B::reduce(Reduce::Mean, &x.on::<B>(), &[0], false)), Near::Exactly);
    assert_eq!(Reference::reduce(Reduce::Mean, &x.on::<Reference>(), &[0], false).unwrap().to_vec(), [200]);
}
