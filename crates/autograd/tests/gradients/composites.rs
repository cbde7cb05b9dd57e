//! What has a kernel of its own for several operations, and what is composed of others.

use crate::support::*;
use autograd::Autodiff;
use autograd::strategies::{distinct, shapes, tensors};
use proptest::prelude::*;
use proptest::sample::subsequence;
use std::cell::RefCell;
use std::collections::HashSet;
use tensor_core::ops::Fused;
use tensor_core::{Backend, mse};

/// A fused operation, and its operands.
fn fused_calls<B: Backend>() -> impl Strategy<Value = (Fused, Vec<Tensor<B>>)> {
    let pair = shapes(4).prop_flat_map(|shape| {
        let x = || tensors::<f64, B>(Just(shape.clone()), ordinary());
        (x(), x()).prop_map(|(x, y)| vec![x, y])
    });
    let line = || {
        shape_and_axis(4).prop_flat_map(|(shape, axis)| {
            (tensors::<f64, B>(Just(shape), ordinary()).prop_map(|x| vec![x]), Just(axis))
        })
    };
    prop_oneof![
        pair.prop_map(|x| (Fused::Mse, x)),
        line().prop_map(|(x, axis)| (Fused::Softmax { axis }, x)),
        line().prop_map(|(x, axis)| (Fused::LogSoftmax { axis }, x)),
        line().prop_map(|(x, axis)| (Fused::LogCumSumExp { axis }, x)),
        line().prop_map(|(x, axis)| (Fused::Recurrence { axis }, vec![x[0].clone(), x[0].cos().detach()])),
    ]
}

/// How many kinds of fused operations there are.
const KINDS: usize = 5;

/// How many operands an operation takes. A new one is asked for here: it has to be counted above, and drawn by
/// [`fused_calls`].
fn operands(op: &Fused) -> usize {
    match op {
        Fused::Mse => 2,
        Fused::Softmax { .. } | Fused::LogSoftmax { .. } | Fused::LogCumSumExp { .. } => 1,
        Fused::Recurrence { .. } => 2,
    }
}

fn fused<B: Backend>() {
    let seen = RefCell::new(HashSet::new());
    for_all(96, fused_calls::<B>(), |(op, x)| {
        assert_eq!(x.len(), operands(&op));
        seen.borrow_mut().insert(std::mem::discriminant(&op));
        let f = |x: &[Tensor<B>]| {
            let operands: Vec<_> = x.iter().map(|x| x.prim()).collect();
            Tensor::from_prim(Autodiff::<B>::fused(&op, &operands).unwrap())
        };
        both_orders(&format!("{op:?}"), f, &x.iter().collect::<Vec<_>>());
    });
    assert_eq!(seen.take().len(), KINDS);
}

fn mse_with_a_constant_on_either_side<B: Backend>() {
    for_all(12, tensors::<f64, B>(shape_and_axis(3).prop_map(|(shape, _)| shape), ordinary()), |x| {
        let target = x.full_like(0.3);
        both_orders("mse", |x| [mse(&x[0], &target), mse(&target, &x[0]), mse(&x[0], &x[0])], &[&x]);
    });
}

fn variance_and_deviation<B: Backend>() {
    let operands = shapes(4).prop_flat_map(|shape| {
        let axes: Vec<usize> = (0..shape.len()).collect();
        (distinct::<f64, B>(Just(shape.clone())), subsequence(axes, 0..=shape.len()), 0usize..2)
    });
    for_all(48, operands, |(x, axes, correction)| {
        let count: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
        if count <= correction.max(1) {
            return;
        }
        let f = |x: &[Tensor<B>]| [x[0].var_axes(&axes[..], correction), x[0].std_axes(&axes[..], correction)];
        both_orders("var and std", f, &[&x]);
    });
}

/// What a network is made of.
fn a_small_network<B: Backend>() {
    let operands = (1usize..5, 1usize..5, 1usize..5).prop_flat_map(|(n, k, m)| {
        let x = |shape: [usize; 2]| tensors::<f64, B>(Just(shape.into()), ordinary());
        (x([n, k]), x([k, m]), x([1, m]))
    });
    for_all(16, operands, |(x, w, b)| {
        let constant = (x.matmul(&w) + &b).tanh();
        let f = |p: &[Tensor<B>]| {
            let hidden = (x.matmul(&p[0]) + &p[1]).tanh();
            (hidden.log_softmax(1) * &constant).sum_axes(0) / (p[1].square().sum() + 1.0).sqrt()
        };
        both_orders("network", f, &[&w, &b]);
    });
}

on_backends! { fused mse_with_a_constant_on_either_side variance_and_deviation a_small_network }
