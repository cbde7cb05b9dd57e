//! The bit contract: a plain scalar program, written from the documentation alone, gives the same bits as every
//! instruction set, any number of threads and any strides.

use crate::problem::{self, Float, Layout, Problem, every_isa};
use proptest::prelude::*;

/// One element of `α·A·B + β·C`, in the order that the crate's documentation writes down.
fn element<T: Float>(p: &Problem<T>, i: usize, j: usize) -> T {
    let term = |depth: usize| (p.a(i, depth), p.b(depth, j));
    if p.k == 0 {
        return if p.beta == T::zero() { T::zero() } else { p.beta * p.c(i, j) };
    }
    let finish = |sum: T, beta: T, old: T| {
        if beta == T::zero() { p.alpha * sum } else { p.alpha.mul_add(sum, beta * old) }
    };
    if p.m == 1 || p.n == 1 {
        let mut chains = vec![T::zero(); T::CHAINS];
        for depth in 0..p.k.next_multiple_of(T::CHAINS) {
            let (x, y) = if depth < p.k { term(depth) } else { (T::zero(), T::zero()) };
            let chain = &mut chains[depth % T::CHAINS];
            *chain = x.mul_add(y, *chain);
        }
        while chains.len() > 1 {
            let upper = chains.split_off(chains.len() / 2);
            for (low, high) in chains.iter_mut().zip(upper) {
                *low = *low + high;
            }
        }
        return finish(chains[0], p.beta, p.c(i, j));
    }
    let mut result = p.c(i, j);
    let mut beta = p.beta;
    for block in (0..p.k).step_by(T::BLOCK) {
        let mut sum = T::zero();
        for depth in block..p.k.min(block + T::BLOCK) {
            let (x, y) = term(depth);
            sum = x.mul_add(y, sum);
        }
        result = finish(sum, beta, result);
        beta = T::one();
    }
    result
}

fn the_documented_order_gives_the_bits<T: Float>(p: &Problem<T>) {
    let want: Vec<T> = (0..p.m * p.n).map(|at| element(p, at / p.n, at % p.n)).collect();
    every_isa(true, |isa, threads, exec| {
        for (at, (want, got)) in want.iter().zip(p.run(exec)).enumerate() {
            let (i, j) = (at / p.n, at % p.n);
            assert!(want.same_bits(got), "{isa}, {threads} threads, {p:?}, ({i}, {j}): {got:?} instead of {want:?}");
        }
    });
}

proptest! {
    #![proptest_config(problem::cases(60))]

    #[test]
    fn f32_bits_follow_the_documented_order(p in problem::reals::<f32>()) {
        the_documented_order_gives_the_bits(&p);
    }

    #[test]
    fn f64_bits_follow_the_documented_order(p in problem::reals::<f64>()) {
        the_documented_order_gives_the_bits(&p);
    }
}

#[test]
fn bits_follow_the_documented_order_where_work_is_cut_and_blocked() {
    let all = [Layout::RowMajor, Layout::ColMajor, Layout::Spread];
    for (seed, (m, k, n)) in [
        (150, 1100, 130),
        (1, 3000, 700),
        (700, 3001, 1),
        (601, 103, 1),
        (2, 1030, 2000),
        (1500, 70, 33),
        (3, 513, 5),
        (67, 129, 300),
        (43, 1020, 97),
        (1, 50, 2100),
        (5, 1, 300),
        (40, 2, 165),
    ]
    .into_iter()
    .enumerate()
    {
        for layout in all {
            let layouts = [layout, all[seed % 3], all[(seed + 1) % 3]];
            the_documented_order_gives_the_bits(&Problem::<f32>::random(seed as u64, [m, k, n], layouts, 0.7, -1.3));
            the_documented_order_gives_the_bits(&Problem::<f64>::random(seed as u64, [m, k, n], layouts, 1.0, 0.0));
        }
    }
}

#[test]
fn a_sum_of_negative_zeros_has_the_same_sign_everywhere() {
    for (m, n) in [(1, 1), (1, 40), (40, 1), (3, 40), (20, 3), (3, 200)] {
        for k in [1, 2, 3, 4, 5, 15, 16, 17, 40] {
            for layout in [Layout::RowMajor, Layout::ColMajor, Layout::Spread] {
                let mut p = Problem::<f32>::random(1, [m, k, n], [layout; 3], 1.0, 0.0);
                p.fill(|_, _| -1e-30, |_, _| 1e-30);
                the_documented_order_gives_the_bits(&p);
            }
        }
    }
}
