//! What reduces axes, runs along one or sorts it.

use crate::support::*;
use autograd::Autodiff;
use autograd::strategies::{between, distinct, shapes, tensors};
use proptest::prelude::*;
use proptest::sample::subsequence;
use tensor_core::ops::*;
use tensor_core::{Backend, Shape};

/// A shape, some of its axes, and whether they stay.
fn shape_and_axes() -> impl Strategy<Value = (Shape, Vec<usize>, bool)> + Clone {
    shapes(5).prop_flat_map(|shape| {
        let axes: Vec<usize> = (0..shape.len()).collect();
        (Just(shape.clone()), subsequence(axes, 0..=shape.len()), any::<bool>())
    })
}

/// Values whose products are neither huge nor tiny.
fn factors() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![between(0.6, 1.6), between(-1.6, -0.6)]
}

fn reductions<B: Backend>() {
    for &op in Reduce::ALL {
        let operands = shape_and_axes().prop_flat_map(move |(shape, axes, keepdim)| {
            let x = match op {
                Reduce::Prod => tensors::<f64, B>(Just(shape), factors()).boxed(),
                _ => distinct::<f64, B>(Just(shape)).boxed(),
            };
            (x, Just(axes), Just(keepdim))
        });
        for_all(32, operands, |(x, axes, keepdim)| {
            let reduce = |x: &Tensor<B>| Autodiff::<B>::reduce(op, x.prim(), &axes, keepdim);
            // The extreme of no elements is an error, not something to differentiate.
            if x.numel() == 0 && reduce(&x).is_err() {
                assert!(matches!(op, Reduce::Max | Reduce::Min));
                return;
            }
            both_orders(op.name(), |x| Tensor::from_prim(reduce(&x[0]).unwrap()), &[&x]);
        });
    }
}

fn scans<B: Backend>() {
    for &op in Scan::ALL {
        let operands = shape_and_axis(5).prop_flat_map(move |(shape, axis)| {
            let x = match op {
                Scan::Prod => tensors::<f64, B>(Just(shape), factors()).boxed(),
                _ => distinct::<f64, B>(Just(shape)).boxed(),
            };
            (x, Just(axis))
        });
        for_all(24, operands, |(x, axis)| {
            let f = |x: &[Tensor<B>]| Tensor::from_prim(Autodiff::<B>::scan(op, x[0].prim(), axis).unwrap());
            both_orders(op.name(), f, &[&x]);
        });
    }
}

/// Where dividing the product by an element would fail.
fn products_with_zeros_among_the_factors<B: Backend>() {
    let factor = prop_oneof![Just(0.0), Just(1.5), Just(-2.0), Just(0.5)];
    let operands = shape_and_axis(4).prop_flat_map(move |(shape, axis)| {
        let repeated_nowhere = proptest::collection::vec(factor.clone(), shape.numel());
        (repeated_nowhere.prop_map(move |x| Tensor::<B>::from_slice(&x, &shape)), Just(axis))
    });
    for_all(32, operands, |(x, axis)| {
        both_orders("prod", |x| [x[0].prod(), x[0].prod_axes(axis), x[0].cumprod(axis)], &[&x]);
    });
}

fn sorting<B: Backend>() {
    let operands =
        shape_and_axis(4).prop_flat_map(|(shape, axis)| (distinct::<f64, B>(Just(shape)), Just(axis), any::<bool>()));
    for_all(32, operands, |(x, axis, descending)| {
        both_orders("sort", |x| x[0].sort(axis, descending).0.square(), &[&x]);
    });
}

/// Enough elements for several threads.
fn on_large_tensors<B: Backend>() {
    // No two elements so close that a step would bring them together.
    let order = Index::<B>::randperm_with(&mut tensor_core::Generator::new(3), 48_000);
    let x = (order.cast::<f64>() / 48_000.0).reshape([40, 1200]).into_tensor();
    for &op in Reduce::ALL {
        // The product of so many factors would vanish.
        let x = if op == Reduce::Prod { x.clone() * 0.01 + 1.0 } else { x.clone() };
        for axes in [&[0][..], &[1], &[0, 1]] {
            let f = |x: &[Tensor<B>]| Tensor::from_prim(Autodiff::<B>::reduce(op, x[0].prim(), axes, false).unwrap());
            both_orders(op.name(), f, &[&x]);
        }
    }
    for op in [Scan::Sum, Scan::Max, Scan::Min] {
        let f = |x: &[Tensor<B>]| Tensor::from_prim(Autodiff::<B>::scan(op, x[0].prim(), 1).unwrap());
        both_orders(op.name(), f, &[&x]);
    }
}

on_backends! { reductions scans products_with_zeros_among_the_factors sorting on_large_tensors }
