//! Linear algebra: factors, determinants, solutions.

use crate::arrays::{Described, Epsilon, Words, for_all, for_types, laid_out};
use crate::check::{Near, agree_on, verb};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tensor_core::ops::{Linalg, View};
use tensor_core::{Arg, Array, Backend, Real, Result, SliceItem};

fn is_square(op: Linalg) -> bool {
    !matches!(op, Linalg::Lu | Linalg::Qr { .. } | Linalg::Svd)
}

/// An operation and its operands, batches of matrices of ±1 or so; rarely, some that do not fit.
fn calls() -> BoxedStrategy<(Linalg, Vec<Words>)> {
    let size = || prop_oneof![1 => Just(0usize), 9 => 1..6usize, 2 => 6..12usize, 1 => 33..40usize];
    let batch = vec(prop_oneof![1 => Just(0usize), 9 => 1..4usize], 0..=2);
    let wrong = prop::bool::weighted(0.03);
    (select(Linalg::ALL), batch, size(), size(), 0..4usize, wrong)
        .prop_flat_map(|(op, batch, m, n, k, wrong)| {
            let n = if is_square(op) { m + usize::from(wrong) } else { n };
            let matrix = |sizes: [usize; 2]| laid_out([&batch[..], &sizes].concat());
            let operands = [matrix([m, n]), matrix([n, k])].into_iter().take(op.operands());
            (Just(op), operands.collect::<Vec<_>>())
        })
        .boxed()
}

/// What is added to the diagonal: more with each step, so that no matrix is near to singular and no two singular values are
/// near to each other.
fn diagonal(size: usize) -> Vec<f64> {
    (1..=size).map(|i| i as f64 * (4.0 + 2.0 * (size as f64).sqrt())).collect()
}

/// The matrices with something added to their diagonals; their rows upside down where pivots are to be looked for.
fn conditioned<T: Real, B: Backend>(op: Linalg, x: &B::Prim<T>) -> Result<B::Prim<T>> {
    let shape = B::as_array(x).shape().clone();
    let (rows, columns) = (shape.len() - 2, shape.len() - 1);
    let added: Vec<T> = diagonal(shape[rows].min(shape[columns])).into_iter().map(T::from_f64).collect();
    let added = B::from_array(Array::from_slice(&added, [added.len()])?);
    let x = B::view_add(Arg::Ref(x), &View::Diagonal { offset: 0, first: rows, second: columns }, Arg::Ref(&added))?;
    if !matches!(op, Linalg::Lu | Linalg::Det | Linalg::Inverse | Linalg::Solve) {
        return Ok(x);
    }
    let mut items = vec![SliceItem::from(..); rows];
    items.push(tensor_core::step(.., -1));
    B::view(&x, &View::Slice(items))
}

for_types!(matrices_are_factored_and_solved_with: f32 f64);
fn matrices_are_factored_and_solved_with<T: Epsilon + Real>() {
    for_all(calls(), |(op, operands)| {
        let operands: Vec<Described<T>> = operands.iter().map(|x| x.made(T::tame)).collect();
        let size = operands[0].shape().iter().rev().take(2).copied().max().unwrap();
        let scale = diagonal(size).last().copied().unwrap_or(1.0);
        // A rounding of the largest element for each step of elimination or rotation, a few times over.
        let bound = |_, defined: f64| 20.0 * (size + 2) as f64 * T::EPSILON * (scale + defined.abs());
        let verb = verb!(B, [] => {
            let mut own: Vec<_> = operands.iter().map(|x| x.on::<B>()).collect();
            own[0] = conditioned::<T, B>(op, &own[0])?;
            B::linalg(op, &own.iter().collect::<Vec<_>>())
        });
        agree_on(&format!("{op:?}"), &verb, Near::Within(&bound));
    });
}

for_types!(matrices_without_such_factors_are_refused: f32 f64);
fn matrices_without_such_factors_are_refused<T: Epsilon + Real>() {
    let matrix = |x: [f64; 4]| Described::of(x.map(T::from_f64).to_vec(), &[2, 2]);
    let refused = [
        (Linalg::Cholesky, [1.0, 2.0, 2.0, 1.0]),
        (Linalg::Cholesky, [f64::NAN, 2.0, 2.0, 1.0]),
        (Linalg::Inverse, [1.0, 2.0, 2.0, 4.0]),
        (Linalg::Solve, [0.0, 0.0, 0.0, 0.0]),
        (Linalg::Svd, [1.0, f64::NAN, 0.0, 1.0]),
        (Linalg::Eigh, [1.0, 0.0, f64::INFINITY, 1.0]),
    ];
    for (op, x) in refused {
        let x = matrix(x);
        let verb = verb!(B, [] => B::linalg(op, &vec![&x.on::<B>(); op.operands()]));
        agree_on(op.name(), &verb, Near::Exactly);
    }
}

for_types!(a_factorisation_takes_its_number_of_matrices: f32);
fn a_factorisation_takes_its_number_of_matrices<T: Epsilon + Real>() {
    let matrix = Described::of([2.0, 1.0, 1.0, 3.0].map(T::from_f64).to_vec(), &[2, 2]);
    let vector = Described::of(vec![T::one(), T::zero()], &[2]);
    for &op in Linalg::ALL {
        for count in 0..4 {
            for x in [&matrix, &vector] {
                let verb = verb!(B, [] => B::linalg(op, &vec![&x.on::<B>(); count]));
                agree_on(op.name(), &verb, Near::Within(&|_, _| 20.0 * T::EPSILON));
            }
        }
    }
}
