//! Registers as plain arrays, for CPUs without a file of their own and for every number but `f32` and `f64`.

use super::Simd;
use crate::scalar::Scalar;
use std::marker::PhantomData;

/// Four numbers of any kind.
#[derive(Clone, Copy)]
pub(crate) struct Array4<T>(PhantomData<T>);

const N: usize = 4;

impl<T: Scalar> Simd for Array4<T> {
    type T = T;
    type V = [T; N];
    type Mask = usize;
    const LANES: usize = N;
    const MASKS_ARE_CHEAP: bool = false;

    #[inline(always)]
    unsafe fn splat(x: T) -> [T; N] {
        [x; N]
    }

    #[inline(always)]
    unsafe fn load(p: *const T) -> [T; N] {
        // SAFETY: the caller's pointer is good for all lanes; an array is aligned as its elements are.
        unsafe { *p.cast() }
    }

    #[inline(always)]
    unsafe fn store(p: *mut T, v: [T; N]) {
        // SAFETY: as for the load.
        unsafe { *p.cast() = v }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> usize {
        lanes.min(N)
    }

    #[inline(always)]
    unsafe fn load_masked(p: *const T, mask: usize) -> [T; N] {
        // SAFETY: the caller's pointer is good for the lanes of the mask, and no others are touched.
        let at = |i: usize| if i < mask { unsafe { *p.add(i) } } else { T::zero() };
        [at(0), at(1), at(2), at(3)]
    }

    #[inline(always)]
    unsafe fn store_masked(p: *mut T, v: [T; N], mask: usize) {
        let mut i = 0;
        while i < mask {
            // SAFETY: as for the load.
            unsafe { p.add(i).write(v[i]) }
            i += 1;
        }
    }

    #[inline(always)]
    unsafe fn add(a: [T; N], b: [T; N]) -> [T; N] {
        [T::plus(a[0], b[0]), T::plus(a[1], b[1]), T::plus(a[2], b[2]), T::plus(a[3], b[3])]
    }

    #[inline(always)]
    unsafe fn mul(a: [T; N], b: [T; N]) -> [T; N] {
        [T::multiply(a[0], b[0]), T::multiply(a[1], b[1]), T::multiply(a[2], b[2]), T::multiply(a[3], b[3])]
    }

    #[inline(always)]
    unsafe fn fma(a: [T; N], b: [T; N], c: [T; N]) -> [T; N] {
        let of = |i: usize| T::multiply_add(a[i], b[i], c[i]);
        [of(0), of(1), of(2), of(3)]
    }

    #[inline(always)]
    unsafe fn gather(p: *const T, stride: isize) -> [T; N] {
        // SAFETY: the caller's pointer is good for every lane, wherever its stride puts it.
        let at = |i: isize| unsafe { *p.offset(i * stride) };
        [at(0), at(1), at(2), at(3)]
    }

    #[inline(always)]
    unsafe fn zip(a: [T; N], b: [T; N]) -> ([T; N], [T; N]) {
        ([a[0], b[0], a[1], b[1]], [a[2], b[2], a[3], b[3]])
    }

    #[inline(always)]
    unsafe fn unzip(a: [T; N], b: [T; N]) -> ([T; N], [T; N]) {
        ([a[0], a[2], b[0], b[2]], [a[1], a[3], b[1], b[3]])
    }

    #[inline(always)]
    unsafe fn prefetch(_: *const T) {}

    #[inline(always)]
    unsafe fn prefetch_near(_: *const T) {}
}
