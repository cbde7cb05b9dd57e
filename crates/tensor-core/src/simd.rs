//! Compiles a kernel once for each instruction set and picks one at run time.
//!
//! Kernels are plain loops that the compiler vectorises. They use no fast-math and their own elementary functions over
//! fused multiply-add, so that each copy gives the same bits.

use crate::{DType, Element};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// The instruction set that elementwise kernels and reductions use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Isa {
    /// What the program was compiled for; on x86-64 that is SSE2, on aarch64 NEON.
    Portable = 1,
    /// AVX2 and FMA.
    Avx2 = 2,
    /// AVX-512 (F, BW, DQ, VL).
    Avx512 = 3,
}

static CHOSEN: AtomicU8 = AtomicU8::new(0);

/// The instruction set in use: the best that this CPU has, unless [`force_isa`] chose another.
#[inline]
pub fn isa() -> Isa {
    match CHOSEN.load(Relaxed) {
        1 => Isa::Portable,
        2 => Isa::Avx2,
        3 => Isa::Avx512,
        _ => detect(),
    }
}

/// As matrix products have it: one choice, and one environment variable, for both.
#[cold]
fn detect() -> Isa {
    let most = match tensor_matmul::info().isa {
        tensor_matmul::Isa::Avx512 => Isa::Avx512,
        tensor_matmul::Isa::Avx2 => Isa::Avx2,
        _ => Isa::Portable,
    };
    let isa = supported().into_iter().rfind(|&isa| isa <= most).unwrap_or(Isa::Portable);
    CHOSEN.store(isa as u8, Relaxed);
    isa
}

/// The instruction sets that this CPU has, the best last.
pub fn supported() -> Vec<Isa> {
    #[allow(unused_mut)] // Only x86-64 adds to it.
    let mut sets = vec![Isa::Portable];
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            sets.push(Isa::Avx2);
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            if avx512 {
                sets.push(Isa::Avx512);
            }
        }
    }
    sets
}

/// Makes elementwise kernels and reductions use `isa` from now on, on all threads. For tests: results are the same bits
/// with each. ([`tensor_matmul::force`] does it for products; the environment variable `TENSOR_ISA` for both, from the
/// start.)
///
/// # Panics
/// If this CPU does not have it.
pub fn force_isa(isa: Isa) {
    assert!(supported().contains(&isa), "this CPU has no {isa:?}");
    CHOSEN.store(isa as u8, Relaxed);
}

/// A loop over data, with `run` marked `#[inline(always)]` so that it is compiled into each of the copies below.
pub(crate) trait Kernel {
    type Output;
    fn run(self) -> Self::Output;

    /// The copy for AVX2, where it differs in more than its instructions.
    #[inline(always)]
    #[cfg(target_arch = "x86_64")]
    fn run_avx2(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run()
    }

    /// The copy for AVX-512, where it differs in more than its instructions.
    #[inline(always)]
    #[cfg(target_arch = "x86_64")]
    fn run_avx512(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run()
    }
}

/// Whether `T` is a floating-point type.
pub(crate) const fn is_real<T: Element>() -> bool {
    matches!(T::DTYPE, DType::F32 | DType::F64)
}

/// Runs the copy for the instruction set in use, if `kernel` computes with reals. For integers and truth values what
/// every CPU has is enough, and the other copies are not compiled.
#[inline]
pub(crate) fn dispatch<T: Element, K: Kernel>(kernel: K) -> K::Output {
    if const { !is_real::<T>() } {
        return kernel.run();
    }
    match isa() {
        // SAFETY: `isa` answers with a set only after finding its features on this CPU.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { avx512(kernel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { avx2(kernel) },
        _ => kernel.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi1,bmi2")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run_avx512()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run_avx2()
}
