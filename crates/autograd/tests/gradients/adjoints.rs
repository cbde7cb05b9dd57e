//! Linear operations on small whole numbers, where nothing is rounded: ⟨v, J u⟩ = ⟨Jᵀ v, u⟩, exactly.

use crate::layout::views;
use crate::support::*;
use autograd::strategies::{broadcasting_to, shapes, tensors};
use autograd::{Autodiff, Gradient, try_grad};
use proptest::collection::vec;
use proptest::prelude::*;
use tensor_core::ops::View;
use tensor_core::{Arg, Backend, Generator, Shape};

fn whole() -> impl Strategy<Value = f64> + Clone {
    (-5i32..=5).prop_map(f64::from)
}

fn numbers<B: Backend>(shape: impl Into<Shape>) -> impl Strategy<Value = Tensor<B>> {
    tensors::<f64, B>(Just(shape.into()), whole())
}

/// The identity for an `f` that is linear but for a constant.
#[track_caller]
fn adjoint<B: Backend>(name: &str, f: impl Fn(&[Tensor<B>]) -> Tensor<B>, u: &[&Tensor<B>]) {
    let dot = |a: &Tensor<B>, b: &Tensor<B>| a.to_vec().iter().zip(b.to_vec()).map(|(a, b)| a * b).sum::<f64>();
    let x: Vec<_> = u.iter().map(|u| u.zeros_like().with_grad()).collect();
    let at_zero = f(&x);
    let v = Index::<B>::randint_with(&mut Generator::new(1), -5, 6, at_zero.shape()).cast::<f64>();
    let there = dot(&v, &(f(&u.iter().map(|&u| u.clone()).collect::<Vec<_>>()) - at_zero.detach()));
    let gradients = try_grad(&[(&at_zero, Some(&v))], &x.iter().collect::<Vec<_>>(), Default::default()).unwrap();
    let back: f64 = gradients.iter().zip(u).map(|(g, u)| dot(g.as_ref().expect("a path"), u)).sum();
    assert_eq!(there, back, "{name}");
}

fn sums<B: Backend>() {
    for_all(48, shape_and_axis(5).prop_flat_map(|(shape, axis)| (numbers::<B>(shape), Just(axis))), |(x, axis)| {
        adjoint("sum", |x| x[0].sum(), &[&x]);
        adjoint("sum along an axis", |x| x[0].sum_axes(axis), &[&x]);
        adjoint("sum keeping an axis", |x| x[0].sum_keepdim(axis), &[&x]);
        adjoint("cumsum", |x| x[0].cumsum(axis), &[&x]);
        adjoint("flip", |x| x[0].flip(axis).into_tensor(), &[&x]);
        adjoint("casts", |x| x[0].cast::<f32>().cast::<f64>(), &[&x]);
    });
}

fn arithmetic<B: Backend>() {
    let pair = shapes(5).prop_flat_map(|s| (broadcasting_to(s.clone()), broadcasting_to(s)));
    let operands = pair.prop_flat_map(|(a, b)| (numbers::<B>(a), numbers::<B>(b)));
    for_all(48, operands, |(a, b)| {
        let mask = a.gt(&b);
        let constant = b.clone();
        adjoint("a + b", |x| &x[0] + &x[1], &[&a, &b]);
        adjoint("a − b", |x| &x[0] - &x[1], &[&a, &b]);
        adjoint("3 − a · constant", |x| 3.0 - &x[0] * &constant, &[&a]);
        adjoint("where_cond", |x| mask.where_cond(&x[0], &x[1]), &[&a, &b]);
    });
}

fn products<B: Backend>() {
    let size = || 0usize..5;
    let operands = (broadcasting_to([2, 3].into()), broadcasting_to([2, 3].into()), size(), size(), size())
        .prop_flat_map(|(left, right, m, k, n)| {
            let matrix = |batch: Shape, a, b| batch.iter().copied().chain([a, b]).collect::<Shape>();
            (numbers::<B>(matrix(left, m, k)), numbers::<B>(matrix(right, k, n)), numbers::<B>([k]))
        });
    for_all(48, operands, |(a, b, vector)| {
        adjoint("left factor", |x| x[0].matmul(&b), &[&a]);
        adjoint("right factor", |x| a.matmul(&x[0]), &[&b]);
        adjoint("matrix times vector", |x| a.matmul(&x[0]), &[&vector]);
        adjoint("vector times matrix", |x| x[0].matmul(&b), &[&vector]);
        adjoint("matrix for a vector", |x| x[0].matmul(&vector), &[&a]);
        adjoint("matrix behind a vector", |x| vector.matmul(&x[0]), &[&b]);
        adjoint("vector for a vector", |x| vector.matmul(&x[0]), &[&vector]);
    });
}

fn looks<B: Backend>() {
    let operands = views().prop_flat_map(|(shape, view)| {
        let place = Tensor::<B>::zeros(&shape);
        let place = Autodiff::<B>::view(place.prim(), &view).map(|y| Tensor::<B>::from_prim(y).shape().into()).unwrap();
        (numbers::<B>(shape), Just(view), broadcasting_to(place).prop_flat_map(numbers::<B>))
    });
    for_all(160, operands, |(x, view, src)| {
        let look = |x: &[Tensor<B>]| Tensor::from_prim(Autodiff::<B>::view(x[0].prim(), &view).unwrap());
        adjoint(&format!("{view:?}"), look, &[&x]);
        if matches!(view, View::Reshape(_)) {
            return;
        }
        let assign = |x: &[Tensor<B>]| {
            Tensor::from_prim(Autodiff::<B>::view_assign(Arg::Ref(x[0].prim()), &view, Arg::Ref(x[1].prim())).unwrap())
        };
        let add = |x: &[Tensor<B>]| {
            Tensor::from_prim(Autodiff::<B>::view_add(Arg::Ref(x[0].prim()), &view, Arg::Ref(x[1].prim())).unwrap())
        };
        adjoint(&format!("assign through {view:?}"), assign, &[&x, &src]);
        adjoint(&format!("add through {view:?}"), add, &[&x, &src]);
    });
}

fn padding_and_joining<B: Backend>() {
    let operands = shape_and_axis(4).prop_flat_map(|(shape, axis)| {
        let around = vec((0usize..3, 0usize..3), shape.len());
        (numbers::<B>(shape.clone()), numbers::<B>(shape), Just(axis), around)
    });
    for_all(32, operands, |(a, b, axis, around)| {
        adjoint("pad", |x| x[0].pad(&around, 3.0), &[&a]);
        adjoint("concat", |x| Tensor::concat(&[&x[0], &x[1], &x[0]], axis), &[&a, &b]);
        adjoint("stack", |x| Tensor::stack(&[&x[0], &x[1]], axis), &[&a, &b]);
    });
}

fn indexing<B: Backend>() {
    let operands = shape_and_axis(3).prop_filter("something to index", |(s, axis)| s[*axis] > 0);
    let operands = operands.prop_flat_map(|(shape, axis)| {
        let size = shape[axis] as i64;
        (numbers::<B>(shape), Just(axis), vec(-size..size, 0..6))
    });
    for_all(48, operands, |(x, axis, index)| {
        let several = Index::<B>::new(&index);
        let chosen = x.index_select(axis, &several).detach();
        adjoint("index_select", |x| x[0].index_select(axis, &several), &[&x]);
        adjoint("index_add", |x| x[0].index_add(axis, &several, &x[1]), &[&x, &chosen]);

        let mut line = vec![1; x.rank()];
        line[axis] = index.len();
        let single = several.reshape(line).expand(chosen.shape()).into_tensor();
        adjoint("gather", |x| x[0].gather(axis, &single), &[&x]);
        adjoint("scatter", |x| x[0].scatter(axis, &single, &x[1]), &[&x, &chosen]);
        adjoint("scatter_add", |x| x[0].scatter_add(axis, &single, &x[1]), &[&x, &chosen]);
    });
}

on_backends! { sums arithmetic products looks padding_and_joining indexing }
