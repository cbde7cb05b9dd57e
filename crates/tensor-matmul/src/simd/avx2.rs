//! AVX2 with FMA: 8 × f32 or 4 × f64 in a register, and 16 registers.

use super::Simd;
use std::arch::x86_64::*;

/// Eight `f32`.
#[derive(Clone, Copy)]
pub(crate) struct F32x8;

impl Simd for F32x8 {
    type T = f32;
    type V = __m256;
    type Mask = __m256i;
    const LANES: usize = 8;
    const MASKS_ARE_CHEAP: bool = false;

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m256 {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn load(p: *const f32) -> __m256 {
        // SAFETY: the caller's pointer is good for all lanes.
        unsafe { _mm256_loadu_ps(p) }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f32, v: __m256) {
        // SAFETY: the caller's pointer is good for all lanes.
        unsafe { _mm256_storeu_ps(p, v) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> __m256i {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes.min(8) as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
    }

    #[inline(always)]
    unsafe fn load_masked(p: *const f32, mask: __m256i) -> __m256 {
        // SAFETY: the caller's pointer is good for the lanes of the mask; the others are not touched.
        unsafe { _mm256_maskload_ps(p, mask) }
    }

    #[inline(always)]
    unsafe fn store_masked(p: *mut f32, v: __m256, mask: __m256i) {
        // SAFETY: as for the load.
        unsafe { _mm256_maskstore_ps(p, mask, v) }
    }

    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: __m256, b: __m256) -> __m256 {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn gather(p: *const f32, stride: isize) -> __m256 {
        // SAFETY: the caller's pointer is good for every lane, wherever its stride puts it.
        unsafe {
            let lane = |i: isize| *p.offset(i * stride);
            _mm256_setr_ps(lane(0), lane(1), lane(2), lane(3), lane(4), lane(5), lane(6), lane(7))
        }
    }

    #[inline(always)]
    unsafe fn zip(a: __m256, b: __m256) -> (__m256, __m256) {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let (even, odd) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            (_mm256_permute2f128_ps::<0x20>(even, odd), _mm256_permute2f128_ps::<0x31>(even, odd))
        }
    }

    #[inline(always)]
    unsafe fn unzip(a: __m256, b: __m256) -> (__m256, __m256) {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let (low, high) = (_mm256_permute2f128_ps::<0x20>(a, b), _mm256_permute2f128_ps::<0x31>(a, b));
            (_mm256_shuffle_ps::<0b10_00_10_00>(low, high), _mm256_shuffle_ps::<0b11_01_11_01>(low, high))
        }
    }

    #[inline(always)]
    unsafe fn prefetch(p: *const f32) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(p.cast()) }
    }

    #[inline(always)]
    unsafe fn prefetch_near(p: *const f32) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
    }
}

/// Four `f64`.
#[derive(Clone, Copy)]
pub(crate) struct F64x4;

impl Simd for F64x4 {
    type T = f64;
    type V = __m256d;
    type Mask = __m256i;
    const LANES: usize = 4;
    const MASKS_ARE_CHEAP: bool = false;

    #[inline(always)]
    unsafe fn splat(x: f64) -> __m256d {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_set1_pd(x) }
    }

    #[inline(always)]
    unsafe fn load(p: *const f64) -> __m256d {
        // SAFETY: the caller's pointer is good for all lanes.
        unsafe { _mm256_loadu_pd(p) }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f64, v: __m256d) {
        // SAFETY: the caller's pointer is good for all lanes.
        unsafe { _mm256_storeu_pd(p, v) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> __m256i {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_cmpgt_epi64(_mm256_set1_epi64x(lanes.min(4) as i64), _mm256_setr_epi64x(0, 1, 2, 3)) }
    }

    #[inline(always)]
    unsafe fn load_masked(p: *const f64, mask: __m256i) -> __m256d {
        // SAFETY: the caller's pointer is good for the lanes of the mask; the others are not touched.
        unsafe { _mm256_maskload_pd(p, mask) }
    }

    #[inline(always)]
    unsafe fn store_masked(p: *mut f64, v: __m256d, mask: __m256i) {
        // SAFETY: as for the load.
        unsafe { _mm256_maskstore_pd(p, mask, v) }
    }

    #[inline(always)]
    unsafe fn add(a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_add_pd(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_mul_pd(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: __m256d, b: __m256d, c: __m256d) -> __m256d {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm256_fmadd_pd(a, b, c) }
    }

    #[inline(always)]
    unsafe fn gather(p: *const f64, stride: isize) -> __m256d {
        // SAFETY: the caller's pointer is good for every lane, wherever its stride puts it.
        unsafe {
            let lane = |i: isize| *p.offset(i * stride);
            _mm256_setr_pd(lane(0), lane(1), lane(2), lane(3))
        }
    }

    #[inline(always)]
    unsafe fn zip(a: __m256d, b: __m256d) -> (__m256d, __m256d) {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let (even, odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            (_mm256_permute2f128_pd::<0x20>(even, odd), _mm256_permute2f128_pd::<0x31>(even, odd))
        }
    }

    #[inline(always)]
    unsafe fn unzip(a: __m256d, b: __m256d) -> (__m256d, __m256d) {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let (low, high) = (_mm256_permute2f128_pd::<0x20>(a, b), _mm256_permute2f128_pd::<0x31>(a, b));
            (_mm256_unpacklo_pd(low, high), _mm256_unpackhi_pd(low, high))
        }
    }

    #[inline(always)]
    unsafe fn prefetch(p: *const f64) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(p.cast()) }
    }

    #[inline(always)]
    unsafe fn prefetch_near(p: *const f64) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
    }
}
