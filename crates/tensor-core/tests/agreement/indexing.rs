//! Reading and writing by index tensors.

use crate::arrays::{Described, Sample, Words, an_axis, arrays, for_all, for_types, laid_out};
use crate::check::{Near, agree, agree_on, verb};
use proptest::collection::vec;
use proptest::prelude::*;
use tensor_core::ops::*;
use tensor_core::{Backend, Num};

/// An array, an axis, indices into it, and values for the places they name.
type Named = (Words, usize, Words, Words);

/// Places along an axis of `size` from words, counted from either end; if `wrong`, some that are not there.
fn places(index: &Words, size: Option<&usize>, wrong: bool) -> Described<i64> {
    let size = size.map_or(1, |&size| size as i64);
    index.made(|word| match word % 8 {
        0 if wrong => size,
        1 if wrong => -size - 1,
        _ => (word / 8) as i64 % size.max(1) - if word % 8 < 4 { 0 } else { size },
    })
}

/// Slices named by indices of any shape; rarely, with values of another shape.
fn slices() -> BoxedStrategy<Named> {
    let axes = arrays().prop_flat_map(|x| {
        let axis = an_axis(x.shape().len());
        (Just(x), axis, vec(0..4usize, 0..3), prop::bool::weighted(0.05))
    });
    axes.prop_flat_map(|(x, axis, named, wrong)| {
        let mut src = x.shape();
        if axis < src.len() {
            src.splice(axis..=axis, named.clone());
        }
        if wrong {
            src.push(2);
        }
        (Just(x), Just(axis), laid_out(named), laid_out(src))
    })
    .boxed()
}

/// Elements named one by one; rarely, by an index of another rank.
fn elements() -> BoxedStrategy<Named> {
    let axes = arrays().prop_flat_map(|x| {
        let rank = x.shape().len();
        let sizes = (vec(0..4usize, rank), vec(0..2usize, rank));
        (Just(x), an_axis(rank), sizes, prop::bool::weighted(0.05))
    });
    axes.prop_flat_map(|(x, axis, (less, more), wrong)| {
        let mut shape = x.shape();
        for (a, (own, less)) in shape.iter_mut().zip(less).enumerate() {
            *own = if a == axis { *own % 7 + less } else { own.saturating_sub(less / 2) };
        }
        if wrong {
            shape.push(2);
        }
        let src = shape.iter().zip(more.iter().chain([&0])).map(|(own, more)| own + more).collect();
        (Just(x), Just(axis), laid_out(shape), laid_out(src))
    })
    .boxed()
}

/// For most cases the indices are right.
fn mostly(x: &Words, index: &Words, axis: usize) -> Described<i64> {
    places(index, x.shape().get(axis), x.shape().len() == 3 && axis == 2)
}

for_types!(selecting_slices: f32 f64 i64 i32 u8 bool);
fn selecting_slices<T: Sample>() {
    for_all(slices(), |(x, axis, index, _)| {
        let (index, x) = (mostly(&x, &index, axis), x.made(T::wild));
        let verb = verb!(B, [] => B::index_select(&x.on::<B>(), axis, &index.on::<B>()));
        agree_on("index_select", &verb, Near::Exactly);
    });
}

for_types!(adding_slices_keeps_the_order: f32 f64 i64 i32 u8);
fn adding_slices_keeps_the_order<T: Sample + Num>() {
    for_all(slices(), |(x, axis, index, src)| {
        let (index, x, src) = (mostly(&x, &index, axis), x.made(T::wild), src.made(T::wild));
        let verb = verb!(B, [x] => B::index_add(x, axis, &index.on::<B>(), &src.on::<B>()));
        agree("index_add", [&x], &verb, Near::Exactly);
    });
}

for_types!(gathering_elements: f32 f64 i64 i32 u8 bool);
fn gathering_elements<T: Sample>() {
    for_all(elements(), |(x, axis, index, _)| {
        let (index, x) = (mostly(&x, &index, axis), x.made(T::wild));
        let verb = verb!(B, [] => B::gather(&x.on::<B>(), axis, &index.on::<B>()));
        agree_on("gather", &verb, Near::Exactly);
    });
}

for_types!(scattering_elements_keeps_the_order: f32 f64 i64 i32 u8 bool);
fn scattering_elements_keeps_the_order<T: Sample>() {
    for_all(elements(), |(x, axis, index, src)| {
        let (index, x, src) = (mostly(&x, &index, axis), x.made(T::wild), src.made(T::wild));
        for &op in Scatter::ALL {
            let verb = verb!(B, [x] => B::scatter(op, x, axis, &index.on::<B>(), &src.on::<B>()));
            agree(op.name(), [&x], &verb, Near::Exactly);
        }
    });
}

#[test]
fn an_index_may_be_a_view() {
    let x = Described::of((0..12).collect::<Vec<i32>>(), &[4, 3]);
    let index = Described::of(vec![3i64, 0, -1], &[3, 1]).seen(View::Expand([3, 2].into()));
    agree_on("index_select", &verb!(B, [] => B::index_select(&x.on::<B>(), 0, &index.on::<B>())), Near::Exactly);
}
