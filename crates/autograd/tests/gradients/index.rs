//! Reading and writing by index: indices repeat, and may count from the end.

use crate::support::*;
use autograd::Autodiff;
use autograd::strategies::{distinct, tensors};
use proptest::collection::vec;
use proptest::prelude::*;
use tensor_core::ops::Scatter;
use tensor_core::{Arg, Backend, Shape};

/// An index of `shape` into an axis of `size`; empty if the axis is.
fn indices<B: Backend>(shape: Shape, size: usize) -> impl Strategy<Value = Index<B>> {
    let shape = if size == 0 { Shape::from([0]) } else { shape };
    let size = (size as i64).max(1);
    vec(-size..size, shape.numel()).prop_map(move |index| Index::<B>::from_slice(&index, &shape))
}

/// A tensor, an axis and an index of any shape into it.
fn selections<B: Backend>() -> impl Strategy<Value = (Tensor<B>, usize, Index<B>)> {
    let index_shape = vec(0usize..4, 0..3).prop_map(Shape::from);
    (shape_and_axis(3), index_shape).prop_flat_map(|((shape, axis), index)| {
        let index = indices(index, shape[axis]);
        (tensors::<f64, B>(Just(shape), ordinary()), Just(axis), index)
    })
}

fn index_select<B: Backend>() {
    for_all(64, selections::<B>(), |(x, axis, index)| {
        both_orders("index_select", |x| x[0].index_select(axis, &index), &[&x]);
        both_orders("index_select", |x| x[0].index_select(axis, &index).square(), &[&x]);
    });
}

fn index_add<B: Backend>() {
    let operands = selections::<B>().prop_flat_map(|(x, axis, index)| {
        let shape = x.index_select(axis, &index).shape().into();
        (Just(x), Just(axis), Just(index), tensors::<f64, B>(Just(shape), ordinary()))
    });
    for_all(64, operands, |(x, axis, index, src)| {
        both_orders("index_add", |x| x[0].index_add(axis, &index, &x[1]).square(), &[&x, &src]);
    });
}

/// A tensor, an axis, and an index for single elements: of the same rank, no longer along the other axes.
fn picks<B: Backend>() -> impl Strategy<Value = (Tensor<B>, usize, Index<B>)> {
    (shape_and_axis(4), vec(0usize..4, 4)).prop_flat_map(|((shape, axis), sizes)| {
        let mut index: Shape =
            shape.iter().zip(sizes).map(|(&size, shorter)| size.saturating_sub(shorter / 3)).collect();
        if shape[axis] > 0 {
            index[axis] = 3;
        }
        let size = (shape[axis] as i64).max(1);
        let index = vec(-size..size, index.numel()).prop_map(move |values| Index::<B>::from_slice(&values, &index));
        (distinct::<f64, B>(Just(shape)), Just(axis), index)
    })
}

fn gather<B: Backend>() {
    for_all(64, picks::<B>(), |(x, axis, index)| {
        both_orders("gather", |x| x[0].gather(axis, &index), &[&x]);
        both_orders("gather", |x| x[0].gather(axis, &index).square(), &[&x]);
    });
}

fn scatter<B: Backend>() {
    for &op in Scatter::ALL {
        let operands = picks::<B>().prop_flat_map(|(x, axis, index)| {
            // The source may be larger than the index.
            let more = vec(0usize..2, index.rank());
            (Just(x), Just(axis), Just(index), more)
        });
        let operands = operands.prop_flat_map(|(x, axis, index, more)| {
            let shape = index.shape().iter().zip(more).map(|(size, more)| size + more).collect();
            (Just(x), Just(axis), Just(index), distinct::<f64, B>(Just(shape)))
        });
        for_all(64, operands, |(x, axis, index, src)| {
            // The two lie on grids half a step apart, so that none equals another, where the larger has a kink.
            let apart = if (x.numel() + src.numel()) % 2 == 0 { 1.0 / 12.0 } else { 0.0 };
            let src = src + apart;
            let f = |x: &[Tensor<B>]| {
                let (base, src) = (Arg::Ref(x[0].prim()), x[1].prim());
                Tensor::from_prim(Autodiff::<B>::scatter(op, base, axis, index.prim(), src).unwrap()).square()
            };
            both_orders(op.name(), f, &[&x, &src]);
        });
    }
}

on_backends! { index_select index_add gather scatter }
