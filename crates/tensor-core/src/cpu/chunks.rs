//! Loops over a fixed number of elements at once, which become vector instructions without a rest; and what an
//! instruction set has for the rest, and for writing past the caches.
//!
//! A chunk is read before its results are written: the results may take the place of an operand.

use crate::simd::Kernel;
use std::mem::MaybeUninit;

/// Elements that a loop over a short function takes at once: so many that compilers keep it a loop, and vectorise it.
pub(super) const SHORT: usize = 64;

/// Elements that a loop over a long function takes at once: so few that not many are computed in vain at the end.
pub(super) const LONG: usize = 16;

/// Results of so many bytes are written past the caches, which they would not stay in. That saves reading from memory
/// what is overwritten.
const STREAMED: usize = 2 << 20;

/// Whether `n` results at `out` are written past the caches.
pub(super) fn is_streamed<U>(out: *const U, n: usize) -> bool {
    n * size_of::<U>() >= STREAMED && out.addr().is_multiple_of(64)
}

/// Makes what was written past the caches visible to other threads.
#[inline]
pub(super) fn end_stream() {
    // SAFETY: every x86-64 has it.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::x86_64::_mm_sfence()
    };
}

/// What a kernel's copy for an instruction set does with memory.
pub(super) trait Memory {
    /// Whether functions of reals are called for one element after the other, because there is no fused multiply-add to
    /// make vector instructions of: that keeps the copies few that only very old CPUs run.
    const ONE_BY_ONE: bool = false;

    /// `n` elements, and anything behind them.
    ///
    /// # Safety
    /// There are `n` elements at `from`, `0 < n < LONG`, and the CPU has this instruction set.
    #[inline(always)]
    unsafe fn read_part<T: Copy>(from: *const T, n: usize) -> [T; LONG] {
        // SAFETY: the caller vouches for the elements, of which there is one at least.
        unsafe {
            let mut chunk = [*from; LONG];
            chunk.as_mut_ptr().copy_from(from, n);
            chunk
        }
    }

    /// Writes the first `n` elements of `chunk`.
    ///
    /// # Safety
    /// There is room for them at `to`, `0 < n < LONG`, and the CPU has this instruction set.
    #[inline(always)]
    unsafe fn write_part<T: Copy>(to: *mut T, chunk: [T; LONG], n: usize) {
        // SAFETY: the caller vouches for the room.
        unsafe { to.copy_from(chunk.as_ptr(), n) }
    }

    /// Writes a chunk past the caches.
    ///
    /// # Safety
    /// There is room for it at `to`, a multiple of 64 bytes or of the chunk's size, and the CPU has this instruction set. The thread calls
    /// [`end_stream`] before it says that it is done.
    #[inline(always)]
    unsafe fn stream<C: Copy>(to: *mut C, chunk: C) {
        // SAFETY: the caller vouches for the room.
        unsafe { to.write_unaligned(chunk) }
    }
}

/// What every CPU has.
pub(super) struct Portable;

impl Memory for Portable {
    const ONE_BY_ONE: bool = cfg!(all(target_arch = "x86_64", not(target_feature = "fma")));
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{LONG, Memory};
    use std::arch::x86_64::*;
    use std::mem::transmute_copy;

    pub(in crate::cpu) struct Avx512;

    impl Memory for Avx512 {
        #[inline(always)]
        unsafe fn read_part<T: Copy>(from: *const T, n: usize) -> [T; LONG] {
            let some = (1u32 << n) - 1;
            // SAFETY: the caller vouches for the elements and the instruction set; others are not read. The chunk has
            // the size of the registers.
            unsafe {
                match size_of::<T>() {
                    4 => transmute_copy(&_mm512_maskz_loadu_epi32(some as u16, from.cast())),
                    8 => {
                        let low = _mm512_maskz_loadu_epi64(some as u8, from.cast());
                        let high = _mm512_maskz_loadu_epi64((some >> 8) as u8, from.wrapping_add(8).cast());
                        transmute_copy(&[low, high])
                    }
                    _ => super::Portable::read_part(from, n),
                }
            }
        }

        #[inline(always)]
        unsafe fn write_part<T: Copy>(to: *mut T, chunk: [T; LONG], n: usize) {
            let some = (1u32 << n) - 1;
            // SAFETY: the caller vouches for the room and the instruction set; nothing else is written.
            unsafe {
                match size_of::<T>() {
                    4 => _mm512_mask_storeu_epi32(to.cast(), some as u16, transmute_copy(&chunk)),
                    8 => {
                        let [low, high]: [__m512i; 2] = transmute_copy(&chunk);
                        _mm512_mask_storeu_epi64(to.cast(), some as u8, low);
                        _mm512_mask_storeu_epi64(to.wrapping_add(8).cast(), (some >> 8) as u8, high);
                    }
                    _ => super::Portable::write_part(to, chunk, n),
                }
            }
        }

        #[inline(always)]
        unsafe fn stream<C: Copy>(to: *mut C, chunk: C) {
            let (to, from) = (to.cast::<__m512i>(), (&raw const chunk).cast::<__m512i>());
            for i in 0..size_of::<C>() / size_of::<__m512i>() {
                // SAFETY: each register is inside the chunk; the caller vouches for the room and the instruction set.
                unsafe { _mm512_stream_si512(to.add(i), from.add(i).read_unaligned()) }
            }
        }
    }

    pub(in crate::cpu) struct Avx2;

    impl Memory for Avx2 {
        #[inline(always)]
        unsafe fn stream<C: Copy>(to: *mut C, chunk: C) {
            let (to, from) = (to.cast::<__m256i>(), (&raw const chunk).cast::<__m256i>());
            for i in 0..size_of::<C>() / size_of::<__m256i>() {
                // SAFETY: each register is inside the chunk; the caller vouches for the room and the instruction set.
                unsafe { _mm256_stream_si256(to.add(i), from.add(i).read_unaligned()) }
            }
        }
    }
}

/// A kernel that reads and writes by way of [`Memory`].
pub(super) trait ChunkKernel {
    fn run_with<M: Memory>(self);
}

/// The kernel around a [`ChunkKernel`].
pub(super) struct Chunks<K>(pub(super) K);

impl<K: ChunkKernel> Kernel for Chunks<K> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.0.run_with::<Portable>();
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn run_avx2(self) {
        self.0.run_with::<Avx2>();
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn run_avx512(self) {
        self.0.run_with::<Avx512>();
    }
}

/// Writes `chunk(i)` for `i = 0, SHORT, 2 SHORT …` as long as a whole one fits, and returns where that ended.
///
/// # Safety
/// There is room for `n` results at `out`; if `streamed`, that is as [`Memory::stream`] asks.
#[inline(always)]
pub(super) unsafe fn whole<M: Memory, U: Copy>(
    out: *mut U,
    n: usize,
    streamed: bool,
    chunk: impl Fn(usize) -> [U; SHORT],
) -> usize {
    let mut i = 0;
    while i + SHORT <= n {
        let results = chunk(i);
        // SAFETY: the chunk ends before `n`.
        unsafe {
            let to = out.add(i).cast::<[U; SHORT]>();
            if streamed {
                M::stream(to, results);
            } else {
                to.write(results);
            }
        }
        i += SHORT;
    }
    i
}

/// `f(0)`, `f(1)`, …, in a loop that is vectorised before it is unrolled.
#[inline(always)]
pub(super) fn results<U: Copy, const W: usize>(f: impl Fn(usize) -> U) -> [U; W] {
    let mut results = MaybeUninit::<[U; W]>::uninit();
    for j in 0..W {
        // SAFETY: inside the array.
        unsafe { results.as_mut_ptr().cast::<U>().add(j).write(f(j)) };
    }
    // SAFETY: the loop wrote all of them.
    unsafe { results.assume_init() }
}

/// The `n ≤ LONG` elements at `from`, and anything behind them.
///
/// # Safety
/// There are `n > 0` elements at `from`, and the CPU has the instruction set of `M`.
#[inline(always)]
pub(super) unsafe fn read<M: Memory, T: Copy>(from: *const T, n: usize) -> [T; LONG] {
    // SAFETY: the caller vouches for the elements.
    unsafe { if n == LONG { from.cast::<[T; LONG]>().read() } else { M::read_part(from, n) } }
}

/// Results that are computed chunk by chunk. A trait and not a closure, because each call must become part of the function
/// around it, and so of its instruction set.
pub(super) trait Chunk<T> {
    /// The results from `i` on, of which `n ≤ LONG` count.
    ///
    /// # Safety
    /// There are so many operands from `i` on, and the CPU has the instruction set of `M`.
    unsafe fn at<M: Memory>(&self, i: usize, n: usize) -> [T; LONG];
}

/// Writes `n` results to `out`. There is one loop for whole chunks and for the rest, so that a long function is compiled
/// once.
///
/// # Safety
/// There is room for them, and `chunks` may be asked for them; if `streamed`, the room is as [`Memory::stream`] asks.
#[inline(always)]
pub(super) unsafe fn write<M: Memory, T: Copy>(out: *mut T, n: usize, streamed: bool, chunks: &impl Chunk<T>) {
    let mut i = 0;
    while i < n {
        let some = LONG.min(n - i);
        // SAFETY: the caller vouches for operands and results.
        unsafe {
            let (to, results) = (out.add(i), chunks.at::<M>(i, some));
            if some < LONG {
                M::write_part(to, results, some);
            } else if streamed {
                M::stream(to.cast(), results);
            } else {
                to.cast::<[T; LONG]>().write(results);
            }
        }
        i += LONG;
    }
}
