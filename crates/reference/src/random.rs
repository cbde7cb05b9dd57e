//! Random elements, each from its own words of the key's stream: element `i` of an `f32` tensor has word `i`, that of any
//! other the words `2i` (the lower half) and `2i + 1`.

use crate::grid::{position, tabulate};
use crate::wide::{Wide, narrow, own, wide};
use rand::Rng;
use tensor_core::ops::Distribution;
use tensor_core::{Array, DType, Element, Error, ErrorKind, Key, Real, Result, Shape};

pub(crate) fn random<T: Element>(shape: &Shape, distribution: Distribution<T>, key: Key) -> Result<Array<T>> {
    use Distribution::*;
    match (T::DTYPE, distribution) {
        (DType::F32, Uniform { low, high }) => real(uniform(shape, own(low), own(high), key, f32::next_down)),
        (DType::F64, Uniform { low, high }) => real(uniform(shape, own(low), own(high), key, f64::next_down)),
        (DType::F32, Normal { mean, std }) => real(normal::<f32>(shape, own(mean), own(std), key)),
        (DType::F64, Normal { mean, std }) => real(normal::<f64>(shape, own(mean), own(std), key)),
        (DType::I64 | DType::I32 | DType::U8, Uniform { low, high }) => whole(shape, low, high, key),
        (DType::I64 | DType::I32 | DType::U8, Permutation) => permutation(shape, key),
        (dtype, _) => Err(ErrorKind::DType { op: "random", dtype, hint: "draw another type and cast it" }.into()),
    }
}

/// Elements of a real type under the other name that it has here.
fn real<R: Real, T: Element>(x: Result<Array<R>>) -> Result<Array<T>> {
    x.map(own)
}

/// Each element low + u · (high − low), rounded once, and below `high`.
fn uniform<T: Real>(shape: &Shape, low: T, high: T, key: Key, before: fn(T) -> T) -> Result<Array<T>> {
    if !(low <= high && (high - low).is_finite()) {
        return Err(Error::value("uniform", format!("needs finite bounds, low ≤ high, not {low} and {high}")));
    }
    tabulate(shape, |i| {
        let x = unit::<T>(key, position(&i, shape)).mul_add(high - low, low);
        if x < high || low == high { x } else { before(high) }
    })
}

/// Box and Muller: the elements 2k and 2k + 1 are the sides of the point at distance √(−2 ln u) and angle 2πv, where u comes
/// from the words of the first and v from those of the second.
fn normal<T: Real>(shape: &Shape, mean: T, std: T, key: Key) -> Result<Array<T>> {
    if !(mean.is_finite() && std.is_finite() && std >= T::zero()) {
        return Err(Error::value("normal", format!("needs a finite mean and deviation ≥ 0, not {mean} and {std}")));
    }
    tabulate(shape, |i| {
        let i = position(&i, shape);
        let distance = (-2.0 * positive::<T>(key, i / 2 * 2).as_f64().ln()).sqrt();
        let angle = std::f64::consts::TAU * unit::<T>(key, i / 2 * 2 + 1).as_f64();
        let side = if i.is_multiple_of(2) { angle.cos() } else { angle.sin() };
        T::from_f64(distance * side * std.as_f64() + mean.as_f64())
    })
}

/// Each element low + ⌊u · (high − low)⌋, u being the two words as a fraction of 2⁶⁴.
fn whole<T: Element>(shape: &Shape, low: T, high: T, key: Key) -> Result<Array<T>> {
    if low >= high {
        return Err(Error::value("uniform", format!("there is no whole number from {low} up to {high}")));
    }
    let Wide::Whole(range) = wide(high) - wide(low) else { unreachable!("called for integers") };
    tabulate(shape, |i| {
        let u = two_words(key, position(&i, shape));
        narrow(wide(low) + Wide::Whole(((u128::from(u) * range as u128) >> 64) as i128))
    })
}

/// Fisher and Yates: each place of 0, 1, …, n − 1, from the last on, is swapped with one up to it.
fn permutation<T: Element>(shape: &Shape, key: Key) -> Result<Array<T>> {
    let &[n] = &shape[..] else { return Err(Error::value("permutation", "a permutation has one axis")) };
    let mut numbers: Vec<T> = (0..n).map(|i| narrow(Wide::Whole(i as i128))).collect();
    if numbers.last().is_some_and(|&last| wide(last) != Wide::Whole(n as i128 - 1)) {
        return Err(Error::value("permutation", format!("a tensor of {} cannot number {n} elements", T::DTYPE)));
    }
    for (k, last) in (1..n).rev().enumerate() {
        let up_to = (u128::from(two_words(key, k)) * (last as u128 + 1)) >> 64;
        numbers.swap(last, up_to as usize);
    }
    Array::from_slice(&numbers, shape)
}

fn word(key: Key, i: usize) -> u32 {
    key.stream_at(i as u64).next_u32()
}

fn two_words(key: Key, i: usize) -> u64 {
    u64::from(word(key, 2 * i)) | u64::from(word(key, 2 * i + 1)) << 32
}

/// A number in [0, 1): the upper 24 bits of one word, or 53 of two.
fn unit<T: Real>(key: Key, i: usize) -> T {
    T::from_f64(match T::DTYPE {
        DType::F32 => f64::from(word(key, i) >> 8) / 2f64.powi(24),
        _ => (two_words(key, i) >> 11) as f64 / 2f64.powi(53),
    })
}

/// A number in (0, 1]: half a step above one word, rounded to single precision; one above 53 bits of two.
fn positive<T: Real>(key: Key, i: usize) -> T {
    T::from_f64(match T::DTYPE {
        DType::F32 => f64::from(word(key, i) as f32 / 2f32.powi(32) + 1.0 / 2f32.powi(33)),
        _ => ((two_words(key, i) >> 11) + 1) as f64 / 2f64.powi(53),
    })
}
