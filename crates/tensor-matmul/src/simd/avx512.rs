//! AVX-512: 16 × f32 or 8 × f64 in a register, and 32 registers.

use super::Simd;
use std::arch::x86_64::*;

/// Sixteen `f32`.
#[derive(Clone, Copy)]
pub(crate) struct F32x16;

impl Simd for F32x16 {
    type T = f32;
    type V = __m512;
    type Mask = __mmask16;
    const LANES: usize = 16;
    const MASKS_ARE_CHEAP: bool = true;

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm512_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn load(p: *const f32) -> __m512 {
        // SAFETY: the caller's pointer is good for all lanes.
        unsafe { _mm512_loadu_ps(p) }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f32, v: __m512) {
        // SAFETY: the caller's pointer is good for all lanes.
        unsafe { _mm512_storeu_ps(p, v) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> __mmask16 {
        if lanes >= 16 { !0 } else { (1 << lanes) - 1 }
    }

    #[inline(always)]
    unsafe fn load_masked(p: *const f32, mask: __mmask16) -> __m512 {
        // SAFETY: the caller's pointer is good for the lanes of the mask; the others are not touched.
        unsafe { _mm512_maskz_loadu_ps(mask, p) }
    }

    #[inline(always)]
    unsafe fn store_masked(p: *mut f32, v: __m512, mask: __mmask16) {
        // SAFETY: as for the load.
        unsafe { _mm512_mask_storeu_ps(p, mask, v) }
    }

    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn gather(p: *const f32, stride: isize) -> __m512 {
        // SAFETY: the caller's pointer is good for every lane, wherever its stride puts it.
        unsafe {
            if stride == 2 {
                let (low, high) = (_mm512_maskz_loadu_ps(0x5555, p), _mm512_maskz_loadu_ps(0x5555, p.add(16)));
                return Self::unzip(low, high).0;
            }
            let near = i32::try_from(stride).ok().and_then(|s| s.checked_mul(16)).is_some();
            if near {
                let index = _mm512_mullo_epi32(
                    _mm512_set1_epi32(stride as i32),
                    _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                );
                return _mm512_i32gather_ps::<4>(index, p);
            }
            let lane = |i: isize| *p.offset(i * stride);
            _mm512_setr_ps(
                lane(0),
                lane(1),
                lane(2),
                lane(3),
                lane(4),
                lane(5),
                lane(6),
                lane(7),
                lane(8),
                lane(9),
                lane(10),
                lane(11),
                lane(12),
                lane(13),
                lane(14),
                lane(15),
            )
        }
    }

    #[inline(always)]
    unsafe fn zip(a: __m512, b: __m512) -> (__m512, __m512) {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            (_mm512_permutex2var_ps(a, low, b), _mm512_permutex2var_ps(a, high, b))
        }
    }

    #[inline(always)]
    unsafe fn unzip(a: __m512, b: __m512) -> (__m512, __m512) {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
            let odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
            (_mm512_permutex2var_ps(a, even, b), _mm512_permutex2var_ps(a, odd, b))
        }
    }

    const STEP: usize = 4;

    #[inline(always)]
    unsafe fn transpose(from: *const f32, col: isize, to: *mut f32, to_row: usize) {
        // SAFETY: the caller's pointers are good for 4 × 16 elements.
        unsafe {
            // Columns j, j + 4, j + 8, j + 12 share a register.
            let mut four = [_mm512_setzero_ps(); 4];
            for (j, four) in four.iter_mut().enumerate() {
                let from = from.offset(j as isize * col);
                let x = _mm512_castps128_ps512(_mm_loadu_ps(from));
                let x = _mm512_mask_broadcast_f32x4(x, 0x00f0, _mm_loadu_ps(from.offset(4 * col)));
                let x = _mm512_mask_broadcast_f32x4(x, 0x0f00, _mm_loadu_ps(from.offset(8 * col)));
                *four = _mm512_mask_broadcast_f32x4(x, 0xf000, _mm_loadu_ps(from.offset(12 * col)));
            }
            let a = _mm512_castps_pd(_mm512_unpacklo_ps(four[0], four[1]));
            let b = _mm512_castps_pd(_mm512_unpackhi_ps(four[0], four[1]));
            let c = _mm512_castps_pd(_mm512_unpacklo_ps(four[2], four[3]));
            let d = _mm512_castps_pd(_mm512_unpackhi_ps(four[2], four[3]));
            let low = [_mm512_unpacklo_pd(a, c), _mm512_unpackhi_pd(a, c)];
            let high = [_mm512_unpacklo_pd(b, d), _mm512_unpackhi_pd(b, d)];
            let rows = [low[0], low[1], high[0], high[1]];
            for (i, row) in rows.into_iter().enumerate() {
                _mm512_storeu_ps(to.add(i * to_row), _mm512_castpd_ps(row));
            }
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

/// Eight `f64`.
#[derive(Clone, Copy)]
pub(crate) struct F64x8;

impl Simd for F64x8 {
    type T = f64;
    type V = __m512d;
    type Mask = __mmask8;
    const LANES: usize = 8;
    const MASKS_ARE_CHEAP: bool = true;

    #[inline(always)]
    unsafe fn splat(x: f64) -> __m512d {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm512_set1_pd(x) }
    }

    #[inline(always)]
    unsafe fn load(p: *const f64) -> __m512d {
        // SAFETY: the caller's pointer is good for all lanes.
        unsafe { _mm512_loadu_pd(p) }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f64, v: __m512d) {
        // SAFETY: the caller's pointer is good for all lanes.
        unsafe { _mm512_storeu_pd(p, v) }
    }

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> __mmask8 {
        if lanes >= 8 { !0 } else { (1 << lanes) - 1 }
    }

    #[inline(always)]
    unsafe fn load_masked(p: *const f64, mask: __mmask8) -> __m512d {
        // SAFETY: the caller's pointer is good for the lanes of the mask; the others are not touched.
        unsafe { _mm512_maskz_loadu_pd(mask, p) }
    }

    #[inline(always)]
    unsafe fn store_masked(p: *mut f64, v: __m512d, mask: __mmask8) {
        // SAFETY: as for the load.
        unsafe { _mm512_mask_storeu_pd(p, mask, v) }
    }

    #[inline(always)]
    unsafe fn add(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm512_add_pd(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm512_mul_pd(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: __m512d, b: __m512d, c: __m512d) -> __m512d {
        // SAFETY: the caller has the instruction set.
        unsafe { _mm512_fmadd_pd(a, b, c) }
    }

    #[inline(always)]
    unsafe fn gather(p: *const f64, stride: isize) -> __m512d {
        // SAFETY: the caller's pointer is good for every lane, wherever its stride puts it.
        unsafe {
            if stride == 2 {
                let (low, high) = (_mm512_maskz_loadu_pd(0x55, p), _mm512_maskz_loadu_pd(0x55, p.add(8)));
                return Self::unzip(low, high).0;
            }
            let s = stride as i64;
            let index = _mm512_setr_epi64(0, s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s, 7 * s);
            _mm512_i64gather_pd::<8>(index, p)
        }
    }

    #[inline(always)]
    unsafe fn zip(a: __m512d, b: __m512d) -> (__m512d, __m512d) {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
            let high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
            (_mm512_permutex2var_pd(a, low, b), _mm512_permutex2var_pd(a, high, b))
        }
    }

    #[inline(always)]
    unsafe fn unzip(a: __m512d, b: __m512d) -> (__m512d, __m512d) {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
            let odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
            (_mm512_permutex2var_pd(a, even, b), _mm512_permutex2var_pd(a, odd, b))
        }
    }

    const STEP: usize = 2;

    #[inline(always)]
    unsafe fn transpose(from: *const f64, col: isize, to: *mut f64, to_row: usize) {
        // SAFETY: the caller's pointers are good for 2 × 8 elements.
        unsafe {
            // Columns j, j + 2, j + 4, j + 6 share a register. (Two columns are as far apart as four times as many f32.)
            let mut two = [_mm512_setzero_pd(); 2];
            for (j, two) in two.iter_mut().enumerate() {
                let from = from.offset(j as isize * col).cast();
                let step = 4 * col;
                let x = _mm512_castps128_ps512(_mm_loadu_ps(from));
                let x = _mm512_mask_broadcast_f32x4(x, 0x00f0, _mm_loadu_ps(from.offset(step)));
                let x = _mm512_mask_broadcast_f32x4(x, 0x0f00, _mm_loadu_ps(from.offset(2 * step)));
                *two = _mm512_castps_pd(_mm512_mask_broadcast_f32x4(x, 0xf000, _mm_loadu_ps(from.offset(3 * step))));
            }
            _mm512_storeu_pd(to, _mm512_unpacklo_pd(two[0], two[1]));
            _mm512_storeu_pd(to.add(to_row), _mm512_unpackhi_pd(two[0], two[1]));
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
