//! Registers of numbers: the few operations that every kernel is written in, one file for each instruction set.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod portable;

use crate::scalar::Scalar;

/// A register of [`LANES`](Self::LANES) numbers.
///
/// # Safety
/// Every function may be called only where the CPU has the instruction set, and must be inlined into a function that
/// enables it (hence `inline(always)`). Pointers must be good for the lanes that are touched, at any alignment; lanes
/// that a mask leaves out are not touched, and load as zero.
pub(crate) trait Simd: Copy + 'static {
    /// The number in a lane.
    type T: Scalar;
    /// The register.
    type V: Copy;
    /// The first so many lanes.
    type Mask: Copy;
    /// Numbers in a register.
    const LANES: usize;
    /// Whether a masked load or store costs little more than a plain one (a slot of the ports that multiply).
    const MASKS_ARE_CHEAP: bool;

    unsafe fn splat(x: Self::T) -> Self::V;
    unsafe fn load(p: *const Self::T) -> Self::V;
    unsafe fn store(p: *mut Self::T, v: Self::V);
    /// The first `lanes` lanes; all of them if `lanes ≥ LANES`.
    unsafe fn mask(lanes: usize) -> Self::Mask;
    unsafe fn load_masked(p: *const Self::T, mask: Self::Mask) -> Self::V;
    unsafe fn store_masked(p: *mut Self::T, v: Self::V, mask: Self::Mask);
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    /// `a·b + c`, rounded once.
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// Lane i from `p + i·stride`.
    unsafe fn gather(p: *const Self::T, stride: isize) -> Self::V;
    /// The lanes of both, alternating: `a0 b0 a1 b1 …`, first half and second half.
    unsafe fn zip(a: Self::V, b: Self::V) -> (Self::V, Self::V);
    /// What [`zip`](Self::zip) undoes: the even lanes of both, then the odd lanes.
    unsafe fn unzip(a: Self::V, b: Self::V) -> (Self::V, Self::V);
    /// Brings the cache line of `p` to the second-level cache; a hint that never faults.
    unsafe fn prefetch(p: *const Self::T);
    /// Brings the cache line of `p` to the first-level cache.
    unsafe fn prefetch_near(p: *const Self::T);

    #[inline(always)]
    unsafe fn zero() -> Self::V {
        // SAFETY: the caller's promise is the same.
        unsafe { Self::splat(<Self::T as num_traits::Zero>::zero()) }
    }

    /// Rows that [`transpose`](Self::transpose) makes at once.
    const STEP: usize = Self::LANES;

    /// [`STEP`](Self::STEP) rows that lie straight, `to_row` apart, from [`LANES`](Self::LANES) columns that do, `col`
    /// apart.
    #[inline(always)]
    unsafe fn transpose(from: *const Self::T, col: isize, to: *mut Self::T, to_row: usize) {
        // SAFETY: the caller's pointers are good for LANES × LANES elements.
        unsafe {
            let mut square = [Self::zero(); 16];
            for (j, column) in square.iter_mut().enumerate().take(Self::LANES) {
                *column = Self::load(from.offset(j as isize * col));
            }
            crate::pack::zip_columns::<Self>(&mut square);
            for (i, &row) in square.iter().enumerate().take(Self::LANES) {
                Self::store(to.add(i * to_row), row);
            }
        }
    }
}
