//! NEON: 4 × f32 or 2 × f64 in a register, and 32 registers.

use super::Simd;
use std::arch::aarch64::*;

/// Four `f32`.
#[derive(Clone, Copy)]
pub(crate) struct F32x4;

impl Simd for F32x4 {
    type T = f32;
    type V = float32x4_t;
    type Mask = usize;
    const LANES: usize = 4;
    const MASKS_ARE_CHEAP: bool = false;

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> usize {
        lanes.min(4)
    }

    #[inline(always)]
    unsafe fn prefetch(_: *const f32) {}

    #[inline(always)]
    unsafe fn prefetch_near(_: *const f32) {}

    #[inline(always)]
    unsafe fn splat(x: f32) -> float32x4_t {
        // SAFETY: the caller has the instruction set.
        unsafe { vdupq_n_f32(x) }
    }

    #[inline(always)]
    unsafe fn load(p: *const f32) -> float32x4_t {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe { vld1q_f32(p) }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f32, v: float32x4_t) {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe { vst1q_f32(p, v) }
    }

    #[inline(always)]
    unsafe fn load_masked(p: *const f32, mask: usize) -> float32x4_t {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe {
            let mut lanes = [0.0; 4];
            for (i, lane) in lanes.iter_mut().enumerate().take(mask) {
                *lane = *p.add(i);
            }
            vld1q_f32(lanes.as_ptr())
        }
    }

    #[inline(always)]
    unsafe fn store_masked(p: *mut f32, v: float32x4_t, mask: usize) {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe {
            let mut lanes = [0.0; 4];
            vst1q_f32(lanes.as_mut_ptr(), v);
            for (i, &lane) in lanes.iter().enumerate().take(mask) {
                p.add(i).write(lane);
            }
        }
    }

    #[inline(always)]
    unsafe fn add(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the caller has the instruction set.
        unsafe { vaddq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the caller has the instruction set.
        unsafe { vmulq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: the caller has the instruction set.
        unsafe { vfmaq_f32(c, a, b) }
    }

    #[inline(always)]
    unsafe fn gather(p: *const f32, stride: isize) -> float32x4_t {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe {
            let lanes: [f32; 4] = std::array::from_fn(|i| *p.offset(i as isize * stride));
            vld1q_f32(lanes.as_ptr())
        }
    }

    #[inline(always)]
    unsafe fn zip(a: float32x4_t, b: float32x4_t) -> (float32x4_t, float32x4_t) {
        // SAFETY: the caller has the instruction set.
        unsafe { (vzip1q_f32(a, b), vzip2q_f32(a, b)) }
    }

    #[inline(always)]
    unsafe fn unzip(a: float32x4_t, b: float32x4_t) -> (float32x4_t, float32x4_t) {
        // SAFETY: the caller has the instruction set.
        unsafe { (vuzp1q_f32(a, b), vuzp2q_f32(a, b)) }
    }
}

/// Two `f64`.
#[derive(Clone, Copy)]
pub(crate) struct F64x2;

impl Simd for F64x2 {
    type T = f64;
    type V = float64x2_t;
    type Mask = usize;
    const LANES: usize = 2;
    const MASKS_ARE_CHEAP: bool = false;

    #[inline(always)]
    unsafe fn mask(lanes: usize) -> usize {
        lanes.min(2)
    }

    #[inline(always)]
    unsafe fn prefetch(_: *const f64) {}

    #[inline(always)]
    unsafe fn prefetch_near(_: *const f64) {}

    #[inline(always)]
    unsafe fn splat(x: f64) -> float64x2_t {
        // SAFETY: the caller has the instruction set.
        unsafe { vdupq_n_f64(x) }
    }

    #[inline(always)]
    unsafe fn load(p: *const f64) -> float64x2_t {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe { vld1q_f64(p) }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f64, v: float64x2_t) {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe { vst1q_f64(p, v) }
    }

    #[inline(always)]
    unsafe fn load_masked(p: *const f64, mask: usize) -> float64x2_t {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe {
            let mut lanes = [0.0; 2];
            for (i, lane) in lanes.iter_mut().enumerate().take(mask) {
                *lane = *p.add(i);
            }
            vld1q_f64(lanes.as_ptr())
        }
    }

    #[inline(always)]
    unsafe fn store_masked(p: *mut f64, v: float64x2_t, mask: usize) {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe {
            let mut lanes = [0.0; 2];
            vst1q_f64(lanes.as_mut_ptr(), v);
            for (i, &lane) in lanes.iter().enumerate().take(mask) {
                p.add(i).write(lane);
            }
        }
    }

    #[inline(always)]
    unsafe fn add(a: float64x2_t, b: float64x2_t) -> float64x2_t {
        // SAFETY: the caller has the instruction set.
        unsafe { vaddq_f64(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: float64x2_t, b: float64x2_t) -> float64x2_t {
        // SAFETY: the caller has the instruction set.
        unsafe { vmulq_f64(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: float64x2_t, b: float64x2_t, c: float64x2_t) -> float64x2_t {
        // SAFETY: the caller has the instruction set.
        unsafe { vfmaq_f64(c, a, b) }
    }

    #[inline(always)]
    unsafe fn gather(p: *const f64, stride: isize) -> float64x2_t {
        // SAFETY: the caller's pointer is good for the lanes that are touched.
        unsafe {
            let lanes: [f64; 2] = std::array::from_fn(|i| *p.offset(i as isize * stride));
            vld1q_f64(lanes.as_ptr())
        }
    }

    #[inline(always)]
    unsafe fn zip(a: float64x2_t, b: float64x2_t) -> (float64x2_t, float64x2_t) {
        // SAFETY: the caller has the instruction set.
        unsafe { (vzip1q_f64(a, b), vzip2q_f64(a, b)) }
    }

    #[inline(always)]
    unsafe fn unzip(a: float64x2_t, b: float64x2_t) -> (float64x2_t, float64x2_t) {
        // SAFETY: the caller has the instruction set.
        unsafe { (vuzp1q_f64(a, b), vuzp2q_f64(a, b)) }
    }
}
