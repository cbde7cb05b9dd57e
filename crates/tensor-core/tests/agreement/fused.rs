//! Composites in one kernel.

use crate::along::lines;
use crate::arrays::{Described, Epsilon, arrays, for_all, for_types, laid_out};
use crate::check::{Near, agree_on, verb};
use proptest::prelude::*;
use tensor_core::ops::Fused;
use tensor_core::{Backend, Real};

for_types!(mean_squared_errors: f32 f64);
fn mean_squared_errors<T: Epsilon + Real>() {
    let pairs = (arrays(), prop::bool::weighted(0.05)).prop_flat_map(|(x, wrong)| {
        let shape = if wrong { [&x.shape()[..], &[1]].concat() } else { x.shape() };
        (Just(x), laid_out(shape))
    });
    for_all(pairs.boxed(), |(x, y)| {
        let (x, y) = (x.made(T::tame), y.made(T::tame));
        // All terms are positive: the difference errs by one rounding, twice in the square, which has one of its own; n − 1
        // in the sum, one in the mean; as much again in the definition.
        let n: usize = x.shape().iter().product();
        let bound = |_, defined: f64| (n + 4) as f64 * T::EPSILON * defined;
        let verb = verb!(B, [] => B::fused(&Fused::Mse, &[&x.on::<B>(), &y.on::<B>()]));
        agree_on("mse", &verb, Near::Within(&bound));
    });
}

/// Exponents as a network makes them, and some that are infinite or NaN.
fn exponent<T: Epsilon + Real>(word: u64) -> T {
    T::from_f64(match word % 100 {
        0 => f64::INFINITY,
        1 => f64::NEG_INFINITY,
        2 => f64::NAN,
        _ => (word / 100) as f64 / (u64::MAX / 100) as f64 * 40.0 - 20.0,
    })
}

for_types!(softmax_adds_up_to_one: f32 f64);
fn softmax_adds_up_to_one<T: Epsilon + Real>() {
    for_all(lines(), |(x, axis, _)| {
        let x = x.made(exponent::<T>);
        let n = x.shape().get(axis).copied().unwrap_or(1);
        // The difference from the largest, at most 40, errs by a rounding, hence the exponential by 20 ε and 2 of its
        // own; the sum of positive terms by no more, n − 1 roundings, and two for the quotient; as much in the definition.
        let bound = |_, defined: f64| (n as f64 + 2.0 * (20.0 + 2.0) * 2.0 + 4.0) * T::EPSILON * defined + T::TINY;
        let verb = verb!(B, [] => B::fused(&Fused::Softmax { axis }, &[&x.on::<B>()]));
        agree_on("softmax", &verb, Near::Within(&bound));
    });
}

for_types!(log_softmax_is_the_logarithm_of_softmax: f32 f64);
fn log_softmax_is_the_logarithm_of_softmax<T: Epsilon + Real>() {
    for_all(lines(), |(x, axis, _)| {
        let x = x.made(exponent::<T>);
        let n = x.shape().get(axis).copied().unwrap_or(1);
        // The sum errs as that of softmax does, its logarithm by as much absolutely and a rounding of at most ln n; the
        // differences by roundings of at most 40 and 40 + ln n.
        let ln_n = (n.max(1) as f64).ln();
        let bound = |_, _| (n as f64 + 2.0 * (20.0 + 2.0) + 2.0 * (40.0 + 40.0 + 2.0 * ln_n)) * T::EPSILON;
        let verb = verb!(B, [] => B::fused(&Fused::LogSoftmax { axis }, &[&x.on::<B>()]));
        agree_on("log_softmax", &verb, Near::Within(&bound));
    });
}

for_types!(logarithms_of_running_sums: f32 f64);
fn logarithms_of_running_sums<T: Epsilon + Real>() {
    for_all(lines(), |(x, axis, _)| {
        let x = x.made(exponent::<T>);
        let n = x.shape().get(axis).copied().unwrap_or(1);
        // Each step errs by a few roundings of a value of at most 20 + ln n, and passes on no more than it was given.
        let bound = |_, _| 8.0 * n as f64 * (20.0 + (n.max(1) as f64).ln()) * T::EPSILON;
        let verb = verb!(B, [] => B::fused(&Fused::LogCumSumExp { axis }, &[&x.on::<B>()]));
        agree_on("logcumsumexp", &verb, Near::Within(&bound));
    });
}

for_types!(recurrences: f32 f64);
fn recurrences<T: Epsilon + Real>() {
    for_all(lines(), |(x, axis, _)| {
        let (x, decay) = (x.made(T::whole), x.made(|word| T::from_f64([-0.5, 0.0, 0.5, 1.0][word as usize % 4])));
        let n = x.shape().get(axis).copied().unwrap_or(1);
        let largest = x.on::<reference::Reference>().to_vec().iter().fold(0.0, |m: f64, x| m.max(x.as_f64().abs()));
        // Two roundings a step of a value of at most n times the largest.
        let bound = |_, _| 4.0 * (n * n) as f64 * largest * T::EPSILON;
        let verb = verb!(B, [] => B::fused(&Fused::Recurrence { axis }, &[&x.on::<B>(), &decay.on::<B>()]));
        agree_on("recurrence", &verb, Near::Within(&bound));
    });
}

for_types!(a_fused_operation_takes_its_number_of_operands: f32);
fn a_fused_operation_takes_its_number_of_operands<T: Epsilon + Real>() {
    let x = Described::of(vec![T::one(), T::zero()], &[2]);
    for op in [
        Fused::Mse,
        Fused::Softmax { axis: 0 },
        Fused::LogSoftmax { axis: 0 },
        Fused::LogCumSumExp { axis: 0 },
        Fused::Recurrence { axis: 0 },
    ] {
        for count in 0..4 {
            let verb = verb!(B, [] => {
                let own = x.on::<B>();
                B::fused(&op, &vec![&own; count])
            });
            agree_on("fused", &verb, Near::Within(&|_, defined: f64| 8.0 * T::EPSILON * defined.abs()));
        }
    }
}
