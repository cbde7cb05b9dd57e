//! Loops over rows of matrices, from which the factorisations are made.

use crate::Real;
use crate::cpu::functions::{self as f, Arithmetic};
use crate::cpu::lanes::fold;
use crate::simd::{Kernel, dispatch};
use tensor_matmul::Scalar;

/// The numbers that matrices are factored over.
pub(crate) trait Field: Real + Arithmetic + Scalar {}
impl<T: Real + Arithmetic + Scalar> Field for T {}

pub(super) fn abs<T: Field>(x: T) -> T {
    num_traits::Float::abs(x)
}

pub(super) fn sqrt<T: Field>(x: T) -> T {
    num_traits::Float::sqrt(x)
}

/// Σ xᵢ·yᵢ
pub(super) fn dot<T: Field>(x: &[T], y: &[T]) -> T {
    dispatch::<T, _>(Dot { x, y })
}

/// y ← y + α·x
pub(super) fn add_scaled<T: Field>(alpha: T, x: &[T], y: &mut [T]) {
    dispatch::<T, _>(AddScaled { alpha, x, y });
}

/// (x, y) ← (c·x − s·y, s·x + c·y)
pub(super) fn rotate<T: Field>(c: T, s: T, x: &mut [T], y: &mut [T]) {
    dispatch::<T, _>(Rotate { c, s, x, y });
}

/// Of the rows of `rest`, `stride` apart: row ← row[1..] − row[0]·x
pub(super) fn subtract_outer<T: Field>(x: &[T], rest: &mut [T], stride: usize) {
    dispatch::<T, _>(SubtractOuter { x, rest, stride });
}

/// Two rows of `width` elements, the first one in front of the second.
pub(super) fn two<T>(x: &mut [T], width: usize, first: usize, second: usize) -> (&mut [T], &mut [T]) {
    let (head, tail) = x.split_at_mut(second * width);
    (&mut head[first * width..][..width], &mut tail[..width])
}

/// Rows of `n` elements as columns.
pub(super) fn transposed<T: Field>(a: &[T], m: usize, n: usize) -> Vec<T> {
    (0..n).flat_map(|j| (0..m).map(move |i| a[i * n + j])).collect()
}

/// The power of two that brings the largest magnitude between 1 and 2, so that no square overflows or is lost; 1 where
/// there is nothing but 0, `None` if some element is infinite or NaN.
pub(super) fn scale<T: Field>(x: &[T]) -> Option<T> {
    let (zero, one, two) = (T::zero(), T::one(), T::one() + T::one());
    let largest = x.iter().fold(zero, |largest, &x| Arithmetic::maximum(largest, abs(x)));
    if !num_traits::Float::is_finite(largest) {
        return None;
    }
    let (mut scale, most) = (one, <T as num_traits::Float>::max_value() / (two + two));
    while largest * scale >= two {
        scale = scale / two;
    }
    while largest > zero && largest * scale < one && scale < most {
        scale = scale * two;
    }
    Some(scale)
}

/// Whether the first entry at least half as large as the largest is negative: such a vector is turned round.
pub(super) fn points_back<T: Field>(x: impl Iterator<Item = T> + Clone) -> bool {
    let half = x.clone().fold(T::zero(), |largest, x| Arithmetic::maximum(largest, abs(x))) * T::from_f64(0.5);
    x.into_iter().find(|&x| abs(x) >= half).is_some_and(|x| x < T::zero())
}

struct Dot<'a, T> {
    x: &'a [T],
    y: &'a [T],
}

impl<T: Field> Kernel for Dot<'_, T> {
    type Output = T;
    #[inline(always)]
    fn run(self) -> T {
        let n = self.x.len().min(self.y.len());
        let (x, y) = (&self.x[..n], &self.y[..n]);
        // SAFETY: `fold` asks for elements below `n` only.
        fold::<T, f::Add>(n, |i| unsafe { *x.get_unchecked(i) * *y.get_unchecked(i) })
    }
}

struct AddScaled<'a, T> {
    alpha: T,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Field> Kernel for AddScaled<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        self.y.iter_mut().zip(self.x).for_each(|(y, &x)| *y = *y + self.alpha * x);
    }
}

struct Rotate<'a, T> {
    c: T,
    s: T,
    x: &'a mut [T],
    y: &'a mut [T],
}

impl<T: Field> Kernel for Rotate<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let (c, s) = (self.c, self.s);
        for (x, y) in self.x.iter_mut().zip(self.y) {
            (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
        }
    }
}

struct SubtractOuter<'a, T> {
    x: &'a [T],
    rest: &'a mut [T],
    stride: usize,
}

impl<T: Field> Kernel for SubtractOuter<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for row in self.rest.chunks_mut(self.stride) {
            let Some((&mut factor, row)) = row.split_first_mut() else { continue };
            row.iter_mut().zip(self.x).for_each(|(y, &x)| *y = *y - factor * x);
        }
    }
}
