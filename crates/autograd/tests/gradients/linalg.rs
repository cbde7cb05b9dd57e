//! Linear algebra: every factorisation, and what PyTorch's conventions say where a function has no slope.

use crate::support::*;
use autograd::strategies::tensors;
use autograd::{Autodiff, Gradient, grad};
use proptest::prelude::*;
use proptest::sample::select;
use std::cell::RefCell;
use std::collections::HashSet;
use tensor_core::ops::Linalg;
use tensor_core::{Backend, Norm, Serial, Shape};

/// An operation and its operands, at most 3 × 3.
fn calls<B: Backend>() -> impl Strategy<Value = (Linalg, Vec<Tensor<B>>)> {
    let size = || prop_oneof![1 => Just(0usize), 6 => 1usize..4];
    let batch = prop_oneof![Just(Shape::new()), Just(Shape::from([2])), Just(Shape::from([0, 1]))];
    (select(Linalg::ALL), batch, size(), size(), size()).prop_flat_map(|(op, batch, m, n, k)| {
        let n = match op {
            Linalg::Lu | Linalg::Qr { complete: false } | Linalg::Svd => n,
            // More rows than columns have no gradient.
            Linalg::Qr { complete: true } => m.max(n),
            _ => m,
        };
        let matrix = |sizes: [usize; 2]| {
            let shape: Shape = batch.iter().chain(&sizes).copied().collect();
            tensors::<f64, B>(Just(shape), ordinary())
        };
        let operands = [matrix([m, n]), matrix([n, k])].into_iter().take(op.operands());
        (Just(op), operands.collect::<Vec<_>>())
    })
}

/// The matrices with so much on their diagonals that they are neither singular nor have equal singular values; symmetric
/// where one triangle is read for both.
fn conditioned<B: Backend>(op: Linalg, x: &Tensor<B>) -> Tensor<B> {
    let (m, n) = (x.size(-2), x.size(-1));
    let diagonal = Tensor::eye(m.max(n)).slice((..m, ..n)) * Tensor::arange(1.0, n as f64 + 1.0, 1.0) * 5.0;
    match op {
        Linalg::Cholesky | Linalg::Eigh => (x + x.mt()) * 0.5 + diagonal,
        _ => x + diagonal,
    }
}

fn factorisations<B: Backend>() {
    let seen = RefCell::new(HashSet::new());
    for_all(200, calls::<B>(), |(op, x)| {
        seen.borrow_mut().insert(op);
        let f = |x: &[Tensor<B>]| {
            let mut operands = x.to_vec();
            operands[0] = conditioned(op, &x[0]);
            let operands: Vec<_> = operands.iter().map(|x| x.prim()).collect();
            Tensor::from_prim(Autodiff::<B>::linalg(op, &operands).unwrap())
        };
        both_orders(&format!("{op:?}"), f, &x.iter().collect::<Vec<_>>());
    });
    assert_eq!(seen.take().len(), Linalg::ALL.len());
}

on_backends! { factorisations }

type T = Tensor<Serial>;

fn gradient(f: impl Fn(&T) -> T, x: T) -> Vec<f64> {
    let x = x.with_grad();
    grad(&f(&x), &[&x], Default::default())[0].to_vec()
}

fn near(got: &[f64], want: &[f64]) {
    assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-12), "{got:?} {want:?}");
}

#[test]
fn the_determinant_of_a_singular_matrix_has_its_cofactors_as_gradient() {
    near(&gradient(|x| x.det(), T::ones([2, 2])), &[1.0, -1.0, -1.0, 1.0]);
    near(&gradient(|x| x.det(), T::zeros([3, 3])), &[0.0; 9]);
    near(&gradient(|x| x.det(), T::zeros([1, 1])), &[1.0]);
    let x = T::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
    near(&gradient(|x| x.det(), x.clone()), &[-3.0, 6.0, -3.0, 6.0, -12.0, 6.0, -3.0, 6.0, -3.0]);
    both_orders("det", |x| x[0].det(), &[&x]);
    // Beside one that is not.
    let both = T::stack(&[&x, &T::eye(3)], 0);
    near(&gradient(|x| x.det().sum(), both)[9..], &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn at_zero_norms_of_matrices_have_finite_gradients() {
    near(&gradient(|x| x.matrix_norm(Norm::Fro), T::zeros([2, 2])), &[0.0; 4]);
    near(&gradient(|x| x.matrix_norm(1), T::zeros([2, 2])), &[0.0; 4]);
    near(&gradient(|x| x.matrix_norm(Norm::Nuc), T::zeros([2, 2])), &[1.0, 0.0, 0.0, 1.0]);
    near(&gradient(|x| x.cdist(x, 2).sum(), T::zeros([2, 2])), &[0.0; 4]);
}

#[test]
fn equal_singular_values_do_not_spoil_what_does_not_depend_on_their_vectors() {
    near(&gradient(|x| x.matrix_norm(Norm::Nuc), T::eye(3) * 2.0), &T::eye(3).to_vec());
    near(&gradient(|x| x.svdvals().square().sum(), T::eye(3)), &(T::eye(3) * 2.0).to_vec());
    near(&gradient(|x| x.eigvalsh().square().sum(), T::eye(3)), &(T::eye(3) * 2.0).to_vec());
    both_orders("pinv", |x| x[0].pinv(0.0, None), &[&T::eye(3)]);
}

#[test]
fn complete_factors_of_a_tall_matrix_refuse_a_gradient() {
    let x = T::new([[1.0], [2.0]]).with_grad();
    let (q, _) = x.qr(true);
    let error = autograd::try_grad(&[(&q.sum(), None)], &[&x], Default::default()).unwrap_err();
    assert!(error.to_string().contains("reduced"), "{error}");
}
