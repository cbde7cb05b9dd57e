//! What a product is, whatever its bits: against the sum over k as one writes it in a book.

use crate::problem::{self, Float, Layout, Problem, every_isa};
use proptest::prelude::*;
use proptest::sample::Index;
use std::fmt::Debug;
use std::mem::MaybeUninit;
use tensor_matmul::{MatMut, MatRef, RawMut, RawRef, Scalar, Sequential, ViewError, gemm, gemm_batched_raw, gemm_raw};

/// Small integers in any number type: every sum is exact.
fn small<T: Scalar + Debug>(
    (seed, dims, layouts): (u64, [usize; 3], [Layout; 3]),
    number: fn(i32) -> T,
    factors: [i32; 2],
) -> Problem<T> {
    let mut random = problem::uniform(seed);
    let value = &mut || number((random() * 5.0) as i32);
    Problem::new(dims, layouts, number(factors[0]), number(factors[1]), value)
}

fn equals_the_naive_product<T: Scalar + Debug>(p: &Problem<T>) {
    every_isa(false, |isa, threads, exec| {
        let got = p.run(exec);
        for i in 0..p.m {
            for j in 0..p.n {
                let sum = (0..p.k).fold(T::zero(), |sum, d| T::multiply_add(p.a(i, d), p.b(d, j), sum));
                let old = if p.beta.is_zero() { T::zero() } else { T::multiply(p.beta, p.c(i, j)) };
                let want = T::multiply_add(p.alpha, sum, old);
                assert!(got[i * p.n + j] == want, "{isa}, {threads} threads, {p:?}, ({i}, {j})");
            }
        }
    });
}

fn case() -> impl Strategy<Value = (u64, [usize; 3], [Layout; 3])> {
    (any::<u64>(), problem::dims(), problem::layouts())
}

fn factors() -> impl Strategy<Value = [i32; 2]> {
    [-2..3, -2..3]
}

fn stays_within_the_error_bound<T: Float>(p: &Problem<T>) {
    every_isa(false, |isa, threads, exec| {
        let got = p.run(exec);
        // γ_k with k + 3 roundings: the chain, α, β and their sum (Higham, 2002, §3.5).
        let roundings = (p.k + 3) as f64 * T::UNIT;
        let gamma = roundings / (1.0 - roundings);
        for i in 0..p.m {
            for j in 0..p.n {
                let old = if p.beta == T::zero() { 0.0 } else { p.beta.value() * p.c(i, j).value() };
                let (mut want, mut size) = (old, old.abs());
                for d in 0..p.k {
                    let term = p.alpha.value() * (p.a(i, d).value() * p.b(d, j).value());
                    (want, size) = (want + term, size + term.abs());
                }
                // The naive sum in f64 has an error of its own, as large as this one where T is f64.
                let error = (got[i * p.n + j].value() - want).abs();
                assert!(
                    error <= 2.0 * gamma * size + f64::from(f32::MIN_POSITIVE),
                    "{isa}, {threads} threads, {p:?}, ({i}, {j})"
                );
            }
        }
    });
}

/// Where something special stands in a matrix, and what.
type Spot = (Index, Index, f32);

fn spots() -> impl Strategy<Value = Vec<Spot>> {
    let special = prop::sample::select(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY][..]);
    prop::collection::vec((any::<Index>(), any::<Index>(), special), 0..3)
}

proptest! {
    #![proptest_config(problem::cases(50))]

    #[test]
    fn small_integers_in_f32_are_exact(case in case(), factors in factors()) {
        equals_the_naive_product(&small(case, |x| x as f32, factors));
    }

    #[test]
    fn small_integers_in_f64_are_exact(case in case(), factors in factors()) {
        equals_the_naive_product(&small(case, f64::from, factors));
    }

    #[test]
    fn integers_of_all_kinds_wrap(case in case(), factors in factors()) {
        equals_the_naive_product(&small(case, |x| x as u8, factors));
        equals_the_naive_product(&small(case, |x| x.wrapping_mul(0x0101_0101), factors));
        equals_the_naive_product(&small(case, |x| i64::from(x) << 61, factors));
    }

    #[test]
    fn real_numbers_in_f32_stay_within_the_error_bound(p in problem::reals::<f32>()) {
        stays_within_the_error_bound(&p);
    }

    #[test]
    fn real_numbers_in_f64_stay_within_the_error_bound(p in problem::reals::<f64>()) {
        stays_within_the_error_bound(&p);
    }

    #[test]
    fn nan_and_infinity_go_where_the_naive_product_puts_them(
        case in case(),
        in_a in spots(),
        in_b in spots(),
    ) {
        let mut p = small::<f32>(case, |x| x as f32, [1, 0]);
        prop_assume!(p.m * p.k * p.n > 0);
        let (plain, [m, k, n]) = (p.clone(), [p.m, p.k, p.n]);
        let or_special = |spots: &[Spot], [rows, cols]: [usize; 2], [i, j]: [usize; 2], x: f32| {
            spots.iter().find(|spot| (spot.0.index(rows), spot.1.index(cols)) == (i, j)).map_or(x, |spot| spot.2)
        };
        p.fill(
            |i, d| or_special(&in_a, [m, k], [i, d], plain.a(i, d)),
            |d, j| or_special(&in_b, [k, n], [d, j], plain.b(d, j)),
        );
        every_isa(false, |isa, threads, exec| {
            for (at, got) in p.run(exec).into_iter().enumerate() {
                let (i, j) = (at / p.n, at % p.n);
                let want: f32 = (0..p.k).map(|d| p.a(i, d) * p.b(d, j)).sum();
                assert!(got == want || got.is_nan() && want.is_nan(), "{isa}, {threads} threads, {p:?}: {got}, not {want}");
            }
        });
    }

    #[test]
    fn a_batch_is_its_products_one_by_one(
        (count, [m, k, n], shared, [a_back, b_back, c_back], gap, factors) in
            (0..5usize, [1..20usize, 0..20usize, 1..20usize], any::<[bool; 2]>(), any::<[bool; 3]>(), 0..9usize, factors())
    ) {
        let mut random = problem::uniform(7);
        // Matrices one after the other with a gap between them, or the last first, or one that all products share.
        let mut operand = |size: usize, shared: bool, backwards: bool| {
            let (held, step) = (if shared { 1 } else { count }, size + gap);
            let numbers: Vec<f64> = (0..held * step).map(|_| (random() * 9.0).round()).collect();
            let place = move |s: usize| if shared { 0 } else if backwards { (count.max(1) - 1 - s) * step } else { s * step };
            let stride = if shared { 0 } else if backwards { -(step as isize) } else { step as isize };
            (numbers, place, stride)
        };
        let (a, a_place, a_stride) = operand(m * k, shared[0], a_back);
        let (b, b_place, b_stride) = operand(k * n, shared[1], b_back);
        let (c, c_place, c_stride) = operand(m * n, false, c_back);
        let [alpha, beta] = factors.map(f64::from);
        let mut one_by_one = c.clone();
        for s in 0..count {
            let a = MatRef::row_major(&a[a_place(s)..], m, k);
            let b = MatRef::row_major(&b[b_place(s)..], k, n);
            gemm(alpha, a, b, beta, MatMut::row_major(&mut one_by_one[c_place(s)..], m, n), &Sequential);
        }
        every_isa(false, |isa, threads, exec| {
            let mut together = c.clone();
            let a = RawRef::new(a.as_ptr().wrapping_add(a_place(0)), k as isize, 1).batch(a_stride);
            let b = RawRef::new(b.as_ptr().wrapping_add(b_place(0)), n as isize, 1).batch(b_stride);
            let out = RawMut::new(together.as_mut_ptr().wrapping_add(c_place(0)), n as isize, 1).batch(c_stride);
            // SAFETY: the operands hold `count` matrices where their strides say, or one that is shared.
            unsafe { gemm_batched_raw(count, [m, k, n], alpha, a, b, beta, out, exec) };
            assert_eq!(together, one_by_one, "{isa}, {threads} threads");
        });
    }
}

#[test]
fn a_large_batch_is_shared_between_threads() {
    let (count, m, k, n) = (37, 40, 50, 60);
    let mut random = problem::uniform(3);
    let mut numbers = |len: usize| -> Vec<f32> { (0..len).map(|_| (random() * 3.0).round() as f32).collect() };
    let (a, b) = (numbers(count * m * k), numbers(k * n));
    every_isa(false, |_, _, exec| {
        let mut c = vec![f32::NAN; count * m * n];
        let a_views = MatRef::row_major(&a, m, k).batch(count, (m * k) as isize);
        let c_views = MatMut::row_major(&mut c, m, n).batch(count, (m * n) as isize);
        gemm(1.0, a_views, MatRef::row_major(&b, k, n), 0.0, c_views, exec);
        for (at, &got) in c.iter().enumerate() {
            let (s, i, j) = (at / (m * n), at / n % m, at % n);
            let want: f32 = (0..k).map(|d| a[s * m * k + i * k + d] * b[d * n + j]).sum();
            assert_eq!(got, want, "product {s}, ({i}, {j})");
        }
    });
}

#[test]
fn beta_zero_overwrites_nan() {
    for (m, n) in [(1, 1), (1, 50), (50, 1), (20, 40), (3, 200)] {
        for k in [0, 1, 2, 30, 600] {
            for layout in [Layout::RowMajor, Layout::ColMajor, Layout::Padded, Layout::Spread] {
                every_isa(false, |isa, _, exec| {
                    let a = vec![1.0f32; m * k];
                    let b = vec![2.0f32; k * n];
                    let mut c = problem::Operand::new(layout, m, n, &mut || f32::NAN);
                    let (ra, rb) = (RawRef::new(a.as_ptr(), k as isize, 1), RawRef::new(b.as_ptr(), n as isize, 1));
                    // SAFETY: the operands were made for these sizes.
                    unsafe { gemm_raw([m, k, n], 1.0, ra, rb, 0.0, c.raw_mut(), exec) };
                    assert!((0..m * n).all(|at| c.get(at / n, at % n) == 2.0 * k as f32), "{isa}, {m}×{k}×{n}");
                });
            }
        }
    }
}

#[test]
fn uninitialised_output_is_a_place_to_write() {
    let (a, b) = ([1.0f64, 2.0, 3.0, 4.0], [5.0f64, 6.0, 7.0, 8.0]);
    let mut c = [MaybeUninit::<f64>::uninit(); 4];
    let (ra, rb) = (RawRef::new(a.as_ptr(), 2, 1), RawRef::new(b.as_ptr(), 2, 1));
    // SAFETY: two by two, all of them; β = 0, so C is only written, and afterwards it is initialised.
    let c = unsafe {
        gemm_raw([2, 2, 2], 1.0, ra, rb, 0.0, RawMut::new(c.as_mut_ptr().cast(), 2, 1), &Sequential);
        c.map(|x| x.assume_init())
    };
    assert_eq!(c, [19.0, 22.0, 43.0, 50.0]);
}

#[test]
fn a_view_outside_its_slice_is_refused_whatever_overflows() {
    let data = [0.0f32; 10];
    for (offset, dims, strides) in [
        (0, [2, 6], [5, 1]),
        (0, [2, 2], [-1, 1]),
        (usize::MAX, [1, 1], [0, 0]),
        (0, [usize::MAX, 2], [isize::MAX, isize::MAX]),
        (9, [usize::MAX, usize::MAX], [isize::MIN, isize::MIN]),
        (3, [2, 2], [isize::MAX, isize::MIN]),
    ] {
        let view = MatRef::try_strided(&data, offset, dims, strides);
        assert!(matches!(view, Err(ViewError::OutOfBounds { .. })), "{offset} {dims:?} {strides:?}");
    }
    assert!(MatRef::try_strided(&data, 9, [2, 5], [-5, -1]).is_ok());
    assert!(MatRef::try_strided(&data, usize::MAX, [0, 5], [5, 1]).is_ok());
    assert!(MatRef::row_major(&data, 2, 5).try_batch(2, 1).is_err());
}

#[test]
fn an_output_whose_elements_meet_is_refused() {
    let mut data = [0.0f32; 100];
    for (dims, strides) in [([2, 2], [1, 1]), ([3, 4], [3, 1]), ([4, 3], [2, 3]), ([2, 1], [0, 0])] {
        let view = MatMut::try_strided(&mut data, 0, dims, strides);
        assert_eq!(view.err(), Some(ViewError::Overlap), "{dims:?} {strides:?}");
    }
    assert!(MatMut::try_strided(&mut data, 0, [1, 7], [0, 3]).is_ok());
    assert!(MatMut::row_major(&mut data, 2, 3).try_batch(3, 5).is_err());
    assert!(MatMut::row_major(&mut data, 2, 3).try_batch(3, 6).is_ok());
}

#[test]
#[should_panic(expected = "[2, 3] × [2, 3] → [2, 3] does not fit")]
fn shapes_that_do_not_fit_are_told() {
    let (a, mut c) = ([0.0; 6], [0.0; 6]);
    gemm(
        1.0,
        MatRef::row_major(&a, 2, 3),
        MatRef::row_major(&a, 2, 3),
        0.0,
        MatMut::row_major(&mut c, 2, 3),
        &Sequential,
    );
}
