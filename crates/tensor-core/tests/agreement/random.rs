//! Random elements: the same function of key and position everywhere.

use crate::arrays::{Epsilon, Sample, for_all, for_types, shapes};
use crate::check::{Near, agree_on, verb};
use proptest::prelude::*;
use tensor_core::ops::Distribution;
use tensor_core::{Backend, Element, Generator, Key, Real};

/// A key somewhere in the stream of some seed.
fn keys() -> BoxedStrategy<Key> {
    (any::<u64>(), 0..1000u64)
        .prop_map(|(seed, words)| {
            let mut generator = Generator::new(seed);
            generator.reserve(words);
            generator.reserve(0)
        })
        .boxed()
}

for_types!(each_number_of_a_range_from_its_own_words: f32 f64 i64 i32 u8 bool);
fn each_number_of_a_range_from_its_own_words<T: Sample>() {
    for_all((shapes(), any::<u64>(), any::<u64>(), keys()).boxed(), |(shape, low, high, key)| {
        let distribution = Distribution::Uniform { low: T::wild(low), high: T::wild(high) };
        agree_on("uniform", &verb!(B, [] => B::random(&shape[..].into(), distribution, key)), Near::Exactly);
    });
}

for_types!(normal_numbers_from_two_uniform_ones: f32 f64);
fn normal_numbers_from_two_uniform_ones<T: Epsilon + Real>() {
    for_all((shapes(), -9.0..9.0, -1.0..9.0, keys()).boxed(), |(shape, mean, std, key)| {
        let (mean, std) = (T::from_f64(mean), T::from_f64(std));
        // The angle errs by two roundings of at most 2π (2πε), its sine and the distance by a few more, the sum by one.
        // No distance exceeds 9: that needs a u below 2⁻⁵⁸.
        let bound = |_, x: f64| {
            let side = 9.0 * std.as_f64() * (std::f64::consts::TAU + 4.0) * T::EPSILON;
            side + T::EPSILON * x.abs()
        };
        let distribution = Distribution::Normal { mean, std };
        agree_on("normal", &verb!(B, [] => B::random(&shape[..].into(), distribution, key)), Near::Within(&bound));
    });
}

for_types!(permutations_of_the_first_numbers: f32 f64 i64 i32 u8 bool);
fn permutations_of_the_first_numbers<T: Sample>() {
    let shapes = prop_oneof![(0..300usize).prop_map(|n| vec![n]), shapes()];
    for_all((shapes, keys()).boxed(), |(shape, key)| {
        let verb = verb!(B, [] => B::random(&shape[..].into(), Distribution::<T>::Permutation, key));
        agree_on("permutation", &verb, Near::Exactly);
    });
}

/// Distributions that make no sense, or that a type does not have.
fn refused<T: Element>(one: T) -> Vec<Distribution<T>> {
    vec![Distribution::Normal { mean: one, std: one }, Distribution::Uniform { low: one, high: T::default() }]
}

#[test]
fn what_a_type_cannot_hold_is_an_error() {
    let key = Generator::new(0).reserve(0);
    for distribution in refused(1i64) {
        agree_on("random", &verb!(B, [] => B::random(&[3].into(), distribution, key)), Near::Exactly);
    }
    for distribution in refused(true) {
        agree_on("random", &verb!(B, [] => B::random(&[3].into(), distribution, key)), Near::Exactly);
    }
    let (nan, infinite) = (f32::NAN, f32::INFINITY);
    for (low, high) in [(1.0, 0.0), (nan, 1.0), (0.0, nan), (0.0, infinite), (f32::MIN, f32::MAX)] {
        let distribution = Distribution::Uniform { low, high };
        agree_on("uniform", &verb!(B, [] => B::random(&[3].into(), distribution, key)), Near::Exactly);
    }
    for (mean, std) in [(0.0, -1.0), (nan, 1.0), (0.0, nan), (infinite, 1.0), (0.0, infinite)] {
        let distribution = Distribution::Normal { mean, std };
        agree_on("normal", &verb!(B, [] => B::random(&[3].into(), distribution, key)), Near::Exactly);
    }
}
