//! Views, writing through views, filling, padding, joining.

use crate::arrays::{
    Described, Sample, Words, an_axis, arrays, broadcastable_to, for_all, for_types, laid_out, shapes, views,
};
use crate::check::{Near, agree, agree_on, verb};
use proptest::collection::vec;
use proptest::prelude::*;
use tensor_core::ops::View;
use tensor_core::{Backend, Layout, Num};

for_types!(views_of_views: f32 f64 i64 i32 u8 bool);
fn views_of_views<T: Sample>() {
    let looks = arrays().prop_flat_map(|x| {
        let view = views(x.shape());
        (Just(x), view)
    });
    for_all(looks.boxed(), |(x, view)| {
        let x = x.made(T::wild);
        agree_on("view", &verb!(B, [] => B::view(&x.on::<B>(), &view)), Near::Exactly);
    });
}

/// An array, a view of it, and what to write there.
fn writes() -> BoxedStrategy<(Words, View, Words)> {
    let seen = arrays().prop_flat_map(|x| {
        let view = views(x.shape());
        (Just(x), view)
    });
    seen.prop_flat_map(|(x, view)| {
        let layout = Layout::contiguous(x.shape().into()).unwrap().view(&view);
        let shape = layout.map_or(vec![2], |seen| seen.unwrap().shape().to_vec());
        (Just(x), Just(view), broadcastable_to(shape).prop_flat_map(laid_out))
    })
    .boxed()
}

for_types!(writing_through_a_view: f32 f64 i64 i32 u8 bool);
fn writing_through_a_view<T: Sample>() {
    for_all(writes(), |(x, view, src)| {
        let (x, src) = (x.made(T::wild), src.made(T::wild));
        let verb = verb!(B, [x, src] => B::view_assign(x, &view, src));
        agree("view_assign", [&x, &src], &verb, Near::Exactly);
    });
}

for_types!(adding_through_a_view_keeps_the_order: f32 f64 i64 i32 u8);
fn adding_through_a_view_keeps_the_order<T: Sample + Num>() {
    for_all(writes(), |(x, view, src)| {
        let (x, src) = (x.made(T::wild), src.made(T::wild));
        let verb = verb!(B, [x, src] => B::view_add(x, &view, src));
        agree("view_add", [&x, &src], &verb, Near::Exactly);
    });
}

for_types!(padding: f32 f64 i64 i32 u8 bool);
fn padding<T: Sample>() {
    let paddings = (arrays(), vec((0..3usize, 0..3usize), 0..=5), any::<u64>(), prop::bool::weighted(0.9));
    for_all(paddings.boxed(), |(x, mut padding, value, fits)| {
        let (x, value) = (x.made(T::wild), T::wild(value));
        if fits {
            padding.resize(x.shape().len(), (1, 0));
        }
        agree_on("pad", &verb!(B, [] => B::pad(&x.on::<B>(), &padding, value)), Near::Exactly);
    });
}

for_types!(joining: f32 f64 i64 i32 u8 bool);
fn joining<T: Sample>() {
    let parts = shapes().prop_flat_map(|shape| {
        an_axis(shape.len()).prop_flat_map(move |axis| {
            let shape = shape.clone();
            let part = (0..4usize, prop::bool::weighted(0.03)).prop_flat_map(move |(size, wrong)| {
                let mut shape = shape.clone();
                if let Some(own) = shape.get_mut(axis) {
                    *own = size;
                }
                if wrong {
                    shape.push(1);
                }
                laid_out(shape)
            });
            (vec(part, 0..4), Just(axis))
        })
    });
    for_all(parts.boxed(), |(parts, axis)| {
        let verb = verb!(B, [] => {
            let parts: Vec<_> = parts.iter().map(|x| x.made(T::wild).on::<B>()).collect();
            B::concat(&parts.iter().collect::<Vec<_>>(), axis)
        });
        agree_on("concat", &verb, Near::Exactly);
    });
}

for_types!(filling: f32 f64 i64 i32 u8 bool);
fn filling<T: Sample>() {
    for_all((shapes(), any::<u64>()).boxed(), |(shape, value)| {
        let value = T::wild(value);
        agree_on("fill", &verb!(B, [] => B::fill(&shape[..].into(), value)), Near::Exactly);
    });
}

#[test]
fn a_shape_with_too_many_elements_is_an_error_even_if_an_axis_is_empty() {
    for shape in [vec![usize::MAX, 2], vec![1 << 40, 1 << 40, 0], vec![usize::MAX]] {
        agree_on("fill", &verb!(B, [] => B::fill(&shape[..].into(), 1.0f32)), Near::Exactly);
        let view = View::Expand(shape[..].into());
        let x = Described::of(vec![1.0f32], &[1]);
        agree_on("expand", &verb!(B, [] => B::view(&x.on::<B>(), &view)), Near::Exactly);
    }
    let x = Described::of(vec![1u8], &[1]);
    for padding in [(usize::MAX, 0), (0, usize::MAX), (usize::MAX, usize::MAX), (1 << 62, 0)] {
        agree_on("pad", &verb!(B, [] => B::pad(&x.on::<B>(), &[padding], 0)), Near::Exactly);
    }
}

#[test]
fn a_reshape_that_needs_a_copy_can_be_written_through() {
    let x = Described::of((0..6).collect::<Vec<i32>>(), &[2, 3]).seen(View::Permute([1, 0].into()));
    let src = Described::of((10..16).collect(), &[6]);
    let flat = View::Reshape([6].into());
    agree("view_assign", [&x, &src], &verb!(B, [x, src] => B::view_assign(x, &flat, src)), Near::Exactly);
    agree("view_add", [&x, &src], &verb!(B, [x, src] => B::view_add(x, &flat, src)), Near::Exactly);
}

#[test]
fn no_elements_can_be_reshaped_in_any_layout() {
    let x = Described::of((0..12).collect::<Vec<i32>>(), &[3, 4])
        .seen(View::Permute([1, 0].into()))
        .seen(View::Slice(vec![(2..2).into()]));
    for shape in [[5, 0], [0, 5], [0, 0]] {
        let reshaped = View::Reshape(shape.into());
        agree_on("reshape", &verb!(B, [] => B::view(&x.on::<B>(), &reshaped)), Near::Exactly);
    }
}
