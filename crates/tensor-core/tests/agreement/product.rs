//! The matrix product, for every pair of ranks.

use crate::along::magnitude;
use crate::arrays::{Described, Epsilon, Sample, Words, broadcastable_to, for_all, for_types, laid_out};
use crate::check::{Near, agree_on, verb};
use proptest::collection::vec;
use proptest::prelude::*;
use reference::Reference;
use tensor_core::{Backend, Num, Real};

/// Two operands of a product: matrices, vectors, or batches of matrices that broadcast; rarely, two that do not fit.
fn factors() -> BoxedStrategy<(Words, Words)> {
    let size = || prop_oneof![1 => Just(0usize), 9 => 1..6usize, 4 => 6..40usize];
    let batches = vec(prop_oneof![1 => Just(0usize), 9 => 1..4usize], 0..=3)
        .prop_flat_map(|batch| (broadcastable_to(batch.clone()), broadcastable_to(batch)));
    let left = prop_oneof![1 => Just(None), 4 => size().prop_map(Some)];
    let right = prop_oneof![1 => Just(None), 4 => size().prop_map(Some)];
    let sizes = (left, size(), right, batches, prop::bool::weighted(0.03));
    sizes
        .prop_flat_map(|(m, k, n, (a, b), wrong)| {
            let a = m.map_or(vec![k], |m| [&a[..], &[m, k]].concat());
            let k = k + usize::from(wrong);
            let b = n.map_or(vec![k], |n| [&b[..], &[k, n]].concat());
            (laid_out(a), laid_out(b))
        })
        .boxed()
}

for_types!(products_of_whole_numbers_are_exact: f32 f64 i64 i32 u8);
fn products_of_whole_numbers_are_exact<T: Sample + Num>() {
    for_all(factors(), |(a, b)| {
        let (a, b) = (a.made(T::whole), b.made(T::whole));
        agree_on("matmul", &verb!(B, [] => B::matmul(&a.on::<B>(), &b.on::<B>())), Near::Equal);
    });
}

for_types!(products_of_integers_wrap: i64 i32 u8);
fn products_of_integers_wrap<T: Sample + Num>() {
    for_all(factors(), |(a, b)| {
        let (a, b) = (a.made(T::wild), b.made(T::wild));
        agree_on("matmul", &verb!(B, [] => B::matmul(&a.on::<B>(), &b.on::<B>())), Near::Exactly);
    });
}

for_types!(products_of_reals_err_by_one_rounding_a_term: f32 f64);
fn products_of_reals_err_by_one_rounding_a_term<T: Epsilon + Real>() {
    for_all(factors(), |(a, b)| {
        let (a, b) = (a.made(T::tame), b.made(T::tame));
        // k products and k − 1 additions in any order, fused or not, err by k roundings of the sum of magnitudes; so does
        // the definition.
        let k = a.shape()[a.shape().len() - 1];
        let largest = Reference::matmul(&magnitude(&a.on::<Reference>()), &magnitude(&b.on::<Reference>()));
        let largest = largest.map(|x| x.to_vec());
        let bound = |i: usize, _| (k + 1) as f64 * T::EPSILON * largest.as_ref().unwrap()[i].as_f64();
        agree_on("matmul", &verb!(B, [] => B::matmul(&a.on::<B>(), &b.on::<B>())), Near::Within(&bound));
    });
}

#[test]
fn a_single_number_has_no_rows() {
    let (one, pair) = (Described::of(vec![1.0f32], &[]), Described::of(vec![1.0f32, 2.0], &[2]));
    for (a, b) in [(&one, &one), (&one, &pair), (&pair, &one)] {
        agree_on("matmul", &verb!(B, [] => B::matmul(&a.on::<B>(), &b.on::<B>())), Near::Exactly);
    }
}
