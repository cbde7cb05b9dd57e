//! The order in which a sequence is folded to one value: a function of its length and the type alone.
//!
//! * Fewer than 16 elements: one after the other, from the front.
//! * Up to [`BLOCK`] elements: in lanes, as many as fit in 256 bytes, 64 at most (`f32` 64, `f64` 32); below that number
//!   of elements a quarter of them. Element `p` goes to lane `p mod L`, except that the rest behind the last whole row of
//!   `L` goes to the last lanes. Each lane takes its elements in order, and the lanes are then joined in halves: lane
//!   `l` with lane `l + L/2`, then with `l + L/4` and so on to `l + 1`. The lanes are the same whatever the width of a
//!   register is, so that each instruction set gives the same bits.
//! * Longer: blocks of [`BLOCK`] elements, the last one shorter, whose results are joined in pairs, pairs of pairs and so on
//!   ([`Pairwise`]). So the error of a sum grows with the logarithm of its length.

use super::chunks::results;
use super::functions::{self as f, Arithmetic, F2};
use super::walk::BLOCK;
use crate::simd::is_real;

/// A way to join two partial results.
pub(super) trait Join<T>: F2<T, Out = T> {
    /// What changes nothing when it is joined: where folding starts, and what no elements fold to.
    fn start() -> T;
}

impl<T: Arithmetic> Join<T> for f::Add {
    #[inline(always)]
    fn start() -> T {
        T::zero()
    }
}

impl<T: Arithmetic> Join<T> for f::Mul {
    #[inline(always)]
    fn start() -> T {
        T::one()
    }
}

impl<T: Arithmetic> Join<T> for f::Maximum {
    #[inline(always)]
    fn start() -> T {
        T::LOWEST
    }
}

impl<T: Arithmetic> Join<T> for f::Minimum {
    #[inline(always)]
    fn start() -> T {
        T::HIGHEST
    }
}

/// The most lanes that values of this type are folded in.
pub(super) const fn lanes<T>() -> usize {
    if size_of::<T>() == 8 { 32 } else { 64 }
}

/// Folds the `n ≤ BLOCK` values `at(0)`, `at(1)`, ….
#[inline(always)]
fn fold_block<T: Copy, J: Join<T>>(n: usize, at: impl Fn(usize) -> T) -> T {
    if n < lanes::<T>() {
        return fold_short::<T, J>(n, at);
    }
    // Known when this is compiled, so that no more is compiled than is needed.
    if const { lanes::<T>() == 32 } { fold_lanes::<T, J, 32>(n, at) } else { fold_lanes::<T, J, 64>(n, at) }
}

/// Folds the `n < lanes::<T>()` values `at(0)`, `at(1)`, ….
#[inline(always)]
pub(super) fn fold_short<T: Copy, J: Join<T>>(n: usize, at: impl Fn(usize) -> T) -> T {
    if n < 16 {
        return (0..n).fold(J::start(), |value, p| J::call(value, at(p)));
    }
    if const { lanes::<T>() == 32 } { fold_lanes::<T, J, 8>(n, at) } else { fold_lanes::<T, J, 16>(n, at) }
}

/// Folds `n ≥ L` values in `L` lanes. All lanes are made anew with each step, which is how compilers keep them in vector
/// registers.
#[inline(always)]
fn fold_lanes<T: Copy, J: Join<T>, const L: usize>(n: usize, at: impl Fn(usize) -> T) -> T {
    let mut lanes = [J::start(); L];
    let mut p = 0;
    if L >= 32 {
        // Four rows at once, or the loop over the lanes is taken apart before it is vectorised.
        while p + 4 * L <= n {
            lanes = results(|l| {
                let two = J::call(J::call(lanes[l], at(p + l)), at(p + L + l));
                J::call(J::call(two, at(p + 2 * L + l)), at(p + 3 * L + l))
            });
            p += 4 * L;
        }
    }
    while p + L <= n {
        lanes = results(|l| J::call(lanes[l], at(p + l)));
        p += L;
    }
    if p < n {
        // The last `L` values, those that a lane already has left out.
        let seen = (p + L - n) as u32;
        lanes = results(|l| {
            let value = at(n - L + l);
            J::call(lanes[l], if l as u32 >= seen { value } else { J::start() })
        });
    }
    let mut width = L / 2;
    while width > 0 {
        for l in 0..width {
            lanes[l] = J::call(lanes[l], lanes[l + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// Folds `n` values of any number, given by position.
#[inline(always)]
pub(super) fn fold<T: Arithmetic, J: Join<T>>(n: usize, at: impl Fn(usize) -> T) -> T {
    if const { !is_real::<T>() } {
        // Integers give the same in any order.
        return (0..n).fold(J::start(), |value, p| J::call(value, at(p)));
    }
    let mut blocks = Pairwise::<T, J>::new();
    let mut start = 0;
    loop {
        // The only call: it is many instructions.
        let block = fold_block::<T, J>(BLOCK.min(n - start), |p| at(start + p));
        if n <= BLOCK {
            return block;
        }
        blocks.push(block);
        start += BLOCK;
        if start >= n {
            return blocks.finish();
        }
    }
}

/// Joins values in pairs as they come: `((a b)(c d))((e f) g)`. The left part of each join holds a power of two of them, so
/// that parts of a power of two in length may be joined on their own, by different threads, without a change of order.
pub(super) struct Pairwise<T, J> {
    /// The results of the joined parts, longest first: one for each bit of `count`.
    parts: [T; usize::BITS as usize],
    count: usize,
    join: std::marker::PhantomData<J>,
}

impl<T: Copy, J: Join<T>> Pairwise<T, J> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Pairwise { parts: [J::start(); usize::BITS as usize], count: 0, join: std::marker::PhantomData }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, mut value: T) {
        let mut top = self.count.count_ones() as usize;
        for _ in 0..self.count.trailing_ones() {
            top -= 1;
            value = J::call(self.parts[top], value);
        }
        self.parts[top] = value;
        self.count += 1;
    }

    /// The result of all; of none, what folding starts from.
    #[inline(always)]
    pub(super) fn finish(self) -> T {
        let parts = &self.parts[..self.count.count_ones() as usize];
        let Some((&last, before)) = parts.split_last() else { return J::start() };
        before.iter().rev().fold(last, |right, &left| J::call(left, right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::testing::fraction;

    /// The order that the head of this file describes, by recursion.
    fn described<T: Arithmetic>(x: &[T], most: usize) -> T {
        let sum = |x: &mut dyn Iterator<Item = &T>| x.fold(T::zero(), |sum, &x| Arithmetic::add(sum, x));
        let n = x.len();
        if n < 16 {
            return sum(&mut x.iter());
        }
        if n > 1024 {
            let (left, right) = x.split_at(n.div_ceil(1024).next_power_of_two() / 2 * 1024);
            return Arithmetic::add(described(left, most), described(right, most));
        }
        let count = if n < most { most / 4 } else { most };
        let (rows, rest) = x.split_at(n / count * count);
        let first_of_rest = count - rest.len();
        let mut lanes: Vec<T> = (0..count)
            .map(|l| sum(&mut rows[l..].iter().step_by(count).chain(rest.get(l.wrapping_sub(first_of_rest)))))
            .collect();
        while lanes.len() > 1 {
            let right = lanes.split_off(lanes.len() / 2);
            lanes.iter_mut().zip(right).for_each(|(left, right)| *left = Arithmetic::add(*left, right));
        }
        lanes[0]
    }

    #[test]
    fn sequences_are_folded_in_the_order_described() {
        let x: Vec<f64> = (0..20_000).map(fraction).collect();
        let y: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        for n in (0..300).chain([1000, 1023, 1024, 1025, 1050, 2048, 3000, 4096, 5121, 7 * 1024 + 1, 20_000]) {
            assert_eq!(fold::<f64, f::Add>(n, |i| x[i]).to_bits(), described(&x[..n], 32).to_bits(), "{n}");
            assert_eq!(fold::<f32, f::Add>(n, |i| y[i]).to_bits(), described(&y[..n], 64).to_bits(), "{n}");
        }
    }

    #[test]
    fn a_long_sum_is_as_exact_as_a_short_one() {
        let n = 1 << 20;
        let sum = fold::<f32, f::Add>(n, |_| 0.1);
        assert!((sum - 104_857.6).abs() < 0.04, "{sum}: one after the other it would be 100958.34");
    }
}
