//! The matrix product in all combinations of ranks.

use crate::support::*;
use autograd::strategies::{broadcasting_to, tensors};
use proptest::prelude::*;
use tensor_core::{Backend, Shape};

/// Operands `[…, m, k]` and `[…, k, n]`, either of them possibly a vector; every size may be 0 or 1.
fn operands<B: Backend>() -> impl Strategy<Value = (Tensor<B>, Tensor<B>)> {
    let size = || prop_oneof![1 => Just(0usize), 2 => Just(1), 6 => 2usize..4];
    let batch = proptest::collection::vec(size(), 0..3).prop_map(Shape::from);
    let kind = || prop_oneof![1 => Just(1usize), 2 => Just(2), 3 => Just(3)];
    (batch, size(), size(), size(), kind(), kind()).prop_flat_map(|(batch, m, k, n, left, right)| {
        let side = |rank: usize, vector: usize, matrix: [usize; 2]| match rank {
            1 => Just(Shape::from([vector])).boxed(),
            2 => Just(Shape::from(matrix)).boxed(),
            _ => broadcasting_to(batch.clone()).prop_map(move |b| b.iter().chain(&matrix).copied().collect()).boxed(),
        };
        (tensors::<f64, B>(side(left, k, [m, k]), ordinary()), tensors::<f64, B>(side(right, k, [k, n]), ordinary()))
    })
}

fn matmul<B: Backend>() {
    for_all(160, operands::<B>(), |(a, b)| {
        both_orders("matmul", |x| x[0].matmul(&x[1]), &[&a, &b]);
        both_orders("matmul by a constant", |x| [x[0].matmul(&b), a.matmul(&x[1])], &[&a, &b]);
    });
}

fn a_matrix_times_itself<B: Backend>() {
    let square = (0usize..5).prop_map(|n| Shape::from([n, n]));
    for_all(12, tensors::<f64, B>(square, ordinary()), |x| {
        both_orders("x · xᵀ · x", |x| x[0].matmul(x[0].t()).matmul(&x[0]), &[&x]);
    });
}

/// Enough elements for several threads and the blocked kernels.
fn large_matrices<B: Backend>() {
    let random = |shape: [usize; 2], seed| Tensor::<B>::rand_with(&mut tensor_core::Generator::new(seed), shape) - 0.5;
    for [m, k, n] in [[130, 70, 90], [1, 300, 200], [300, 200, 1]] {
        both_orders("matmul", |x| x[0].matmul(&x[1]), &[&random([m, k], 1), &random([k, n], 2)]);
    }
}

on_backends! { matmul a_matrix_times_itself large_matrices }
