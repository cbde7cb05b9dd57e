//! Arrays large enough for several threads: more elements than a few chunks have, in every layout that kernels tell apart.

use crate::along::magnitude;
use crate::arrays::{Described, Epsilon, for_types};
use crate::check::{Near, agree, agree_on, error_of, verb};
use crate::step::{steps, walked};
use reference::Reference;
use tensor_core::ops::*;
use tensor_core::{Backend, Generator, Real, step};

/// Numbers of this shape without order, near 1 or −1, so that neither sums nor products of them all overflow.
fn numbers<T: Real>(shape: &[usize]) -> Vec<T> {
    let n: usize = shape.iter().product();
    let exponent = |i: usize| (i * 7919 % 1013) as f64 / 1e5 - 0.00506;
    (0..n).map(|i| T::from_f64(exponent(i).exp() * if i * 31 % 17 < 8 { 1.0 } else { -1.0 })).collect()
}

/// More than the magnitude of any of them.
const LARGEST: f64 = 1.006;

/// Arrays of shape [`SHAPE`] whose axes lie in order, turned round, backwards with a step, and with one repeated.
fn layouts<T: Real>() -> [Described<T>; 4] {
    let [m, n] = SHAPE;
    [
        Described::of(numbers(&[m, n]), &[m, n]),
        Described::of(numbers(&[n, m]), &[n, m]).seen(View::Permute([1, 0].into())),
        Described::of(numbers(&[m, 2 * n]), &[m, 2 * n]).seen(View::Slice(vec![step(.., -1), step(.., -2)])),
        Described::of(numbers(&[n]), &[n]).seen(View::Expand([m, n].into())),
    ]
}

/// 108 000 elements, and no power of two anywhere.
const SHAPE: [usize; 2] = [360, 300];

for_types!(functions_of_each_element: f32 f64);
fn functions_of_each_element<T: Epsilon + Real>() {
    for x in &layouts::<T>() {
        for &op in Unary::ALL {
            agree(op.name(), [x], &verb!(B, [x] => B::unary(op, x)), Near::Exactly);
        }
    }
    let [x, ..] = &layouts::<T>();
    for &op in UnaryReal::ALL {
        agree(op.name(), [x], &verb!(B, [x] => B::unary_real(op, x)), Near::Within(&error_of::<T>(op)));
    }
}

for_types!(functions_of_pairs: f32 f64);
fn functions_of_pairs<T: Epsilon + Real>() {
    let all = layouts::<T>();
    for x in &all {
        for y in &all {
            agree("sub", [x, y], &verb!(B, [x, y] => B::binary(Binary::Sub, x, y)), Near::Exactly);
        }
    }
    for &op in Compare::ALL {
        agree(op.name(), [&all[0], &all[1]], &verb!(B, [x, y] => B::compare(op, x, y)), Near::Exactly);
    }
    let mask = all[2].made(|x| x > T::zero());
    let verb = verb!(B, [x, y] => B::select(&mask.on::<B>(), x, y));
    agree("select", [&all[0], &all[1]], &verb, Near::Exactly);
}

for_types!(reductions_in_parts: f32 f64);
fn reductions_in_parts<T: Epsilon + Real>() {
    for x in &layouts::<T>() {
        let own = magnitude(&x.on::<Reference>());
        for axes in [&[0usize][..], &[1], &[0, 1]] {
            let n: usize = axes.iter().map(|&axis| SHAPE[axis]).product();
            for &op in Reduce::ALL {
                let verb = verb!(B, [] => B::reduce(op, &x.on::<B>(), axes, false));
                let largest = Reference::reduce(op, &own, axes, false).unwrap().to_vec();
                let bound = |i: usize, _| (n + 1) as f64 * T::EPSILON * largest[i].as_f64();
                agree_on(op.name(), &verb, Near::Within(&bound));
            }
        }
    }
}

for_types!(lines_side_by_side: f32 f64);
fn lines_side_by_side<T: Epsilon + Real>() {
    for x in &layouts::<T>() {
        for axis in [0, 1] {
            for &op in ArgReduce::ALL {
                agree_on(op.name(), &verb!(B, [] => B::arg_reduce(op, &x.on::<B>(), axis, false)), Near::Exactly);
            }
            agree_on(
                "sort",
                &verb!(B, [] => Ok(B::sort(&x.on::<B>(), axis, true, x.shape()[axis] / 2)?.1)),
                Near::Exactly,
            );
            // As for arrays of any size, the exponents being less than 2.1 apart.
            let bound = |_, defined: f64| (SHAPE[axis] + 16) as f64 * T::EPSILON * defined;
            let softmax = verb!(B, [] => B::fused(&Fused::Softmax { axis }, &[&x.on::<B>()]));
            agree_on("softmax", &softmax, Near::Within(&bound));
        }
    }
}

for_types!(scans: f32 f64);
fn scans<T: Epsilon + Real>() {
    for (&op, x) in Scan::ALL.iter().zip(layouts::<T>().iter().cycle()) {
        for axis in [0, 1] {
            // Up to the n-th element neither the sum of magnitudes nor their product exceeds n times the largest.
            let bound = |i: usize, _| {
                let n = ([i / SHAPE[1], i % SHAPE[1]][axis] + 1) as f64;
                n * T::EPSILON * (n * LARGEST)
            };
            agree_on(op.name(), &verb!(B, [] => B::scan(op, &x.on::<B>(), axis)), Near::Within(&bound));
        }
    }
}

for_types!(mean_squared_errors: f32 f64);
fn mean_squared_errors<T: Epsilon + Real>() {
    let all = layouts::<T>();
    // As for arrays of any size.
    let bound = |_, defined: f64| (SHAPE[0] * SHAPE[1] + 4) as f64 * T::EPSILON * defined;
    for x in &all {
        for y in &all {
            let verb = verb!(B, [] => B::fused(&Fused::Mse, &[&x.on::<B>(), &y.on::<B>()]));
            agree_on("mse", &verb, Near::Within(&bound));
        }
    }
}

for_types!(steps_of_optimisers: f32 f64);
fn steps_of_optimisers<T: Epsilon + Real>() {
    let all = layouts::<T>();
    for (i, step) in steps::<T>(0).into_iter().enumerate() {
        for x in &all {
            let state = [&all[0], &all[1]];
            let verb = verb!(B, [x] => walked::<T, B>(&step, x, &all[2], &state[..2 * i]));
            agree("step", [x], &verb, Near::Exactly);
        }
    }
}

for_types!(copies: f32);
fn copies<T: Epsilon + Real>() {
    let [m, n] = SHAPE;
    let index = Described::of((0..m as i64).map(|i| i * i % m as i64 - m as i64 / 2).collect(), &[m]);
    let whole = View::Slice(Vec::new());
    for x in &layouts::<T>() {
        agree_on("fill", &verb!(B, [] => B::fill(&SHAPE.into(), T::one())), Near::Exactly);
        let flat = View::Reshape([m * n].into());
        agree_on("reshape", &verb!(B, [] => B::view(&x.on::<B>(), &flat)), Near::Exactly);
        agree_on("cast", &verb!(B, [] => B::cast::<T, i32>(&x.on::<B>())), Near::Exactly);
        agree_on("pad", &verb!(B, [] => B::pad(&x.on::<B>(), &[(1, 2), (0, 3)], T::zero())), Near::Exactly);
        agree_on("concat", &verb!(B, [] => B::concat(&[&x.on::<B>(), &x.on::<B>()], 1)), Near::Exactly);
        let select = verb!(B, [] => B::index_select(&x.on::<B>(), 0, &index.on::<B>()));
        agree_on("index_select", &select, Near::Exactly);
        let [src, ..] = &layouts::<T>();
        let add = verb!(B, [x] => B::index_add(x, 0, &index.on::<B>(), &src.on::<B>()));
        agree("index_add", [x], &add, Near::Exactly);
        agree("view_add", [x, src], &verb!(B, [x, src] => B::view_add(x, &whole, src)), Near::Exactly);
        let index = Described::of((0..m * n).map(|i| (i * 31 % n) as i64).collect::<Vec<i64>>(), &SHAPE);
        agree_on("gather", &verb!(B, [] => B::gather(&x.on::<B>(), 1, &index.on::<B>())), Near::Exactly);
        for &op in Scatter::ALL {
            for axis in [0, 1] {
                let verb = verb!(B, [x] => B::scatter(op, x, axis, &index.on::<B>(), &src.on::<B>()));
                agree(op.name(), [x], &verb, Near::Exactly);
            }
        }
    }
}

for_types!(random_elements: f32 f64);
fn random_elements<T: Epsilon + Real>() {
    let key = Generator::new(5).reserve(0);
    let distribution = Distribution::Uniform { low: T::zero(), high: T::one() };
    agree_on("uniform", &verb!(B, [] => B::random(&SHAPE.into(), distribution, key)), Near::Exactly);
    let distribution = Distribution::Normal { mean: T::zero(), std: T::one() };
    // As for arrays of any size.
    let bound = |_, x: f64| 9.0 * (std::f64::consts::TAU + 4.0) * T::EPSILON + T::EPSILON * x.abs();
    agree_on("normal", &verb!(B, [] => B::random(&SHAPE.into(), distribution, key)), Near::Within(&bound));
}

for_types!(products: f32 f64);
fn products<T: Epsilon + Real>() {
    for a in &layouts::<T>() {
        let b = &Described::of(numbers::<T>(&[300, 37]), &[300, 37]);
        // As for matrices of any size, no term exceeding the square of the largest number.
        let bound = |_, _| 301.0 * T::EPSILON * (300.0 * LARGEST * LARGEST);
        agree_on("matmul", &verb!(B, [] => B::matmul(&a.on::<B>(), &b.on::<B>())), Near::Within(&bound));
    }
}
