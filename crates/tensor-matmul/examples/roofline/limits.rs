//! What the machine can do at most: fused multiply-adds from registers, and reading memory.

use std::hint::black_box;
use std::time::Instant;
use tensor_matmul::Isa;

/// Independent chains, enough to hide the latency of an FMA.
const CHAINS: usize = 12;

macro_rules! chains {
    ($($name:ident: $features:literal, $arch:literal, $float:ident, $splat:path, $fma:path;)*) => {$(
        #[cfg(target_arch = $arch)]
        #[target_feature(enable = $features)]
        fn $name(rounds: usize) {
            let (x, y) = ($splat(black_box(0.5)), $splat(black_box(0.25)));
            let (mut a, mut b, mut c, mut d, mut e, mut f) = (x, x, x, x, x, x);
            let (mut g, mut h, mut i, mut j, mut k, mut l) = (y, y, y, y, y, y);
            for _ in 0..rounds {
                a = $fma(a, x, y);
                b = $fma(b, x, y);
                c = $fma(c, x, y);
                d = $fma(d, x, y);
                e = $fma(e, x, y);
                f = $fma(f, x, y);
                g = $fma(g, x, y);
                h = $fma(h, x, y);
                i = $fma(i, x, y);
                j = $fma(j, x, y);
                k = $fma(k, x, y);
                l = $fma(l, x, y);
            }
            let registers = [a, b, c, d, e, f, g, h, i, j, k, l];
            black_box(registers);
        }
    )*};
}

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

chains! {
    avx512_f32: "avx512f", "x86_64", f32, _mm512_set1_ps, _mm512_fmadd_ps;
    avx512_f64: "avx512f", "x86_64", f64, _mm512_set1_pd, _mm512_fmadd_pd;
    avx2_f32: "avx2,fma", "x86_64", f32, _mm256_set1_ps, _mm256_fmadd_ps;
    avx2_f64: "avx2,fma", "x86_64", f64, _mm256_set1_pd, _mm256_fmadd_pd;
    neon_f32: "neon", "aarch64", f32, vdupq_n_f32, vfmaq_f32;
    neon_f64: "neon", "aarch64", f64, vdupq_n_f64, vfmaq_f64;
}

/// One measurement of the FMA peak of a core, in GFLOP/s, by so many rounds of [`CHAINS`] fused multiply-adds; `bytes` is
/// the size of a number.
pub(crate) fn fma_peak(isa: Isa, bytes: usize, rounds: usize) -> f64 {
    let start = Instant::now();
    // SAFETY: the instruction set is the one that serves products here, or was asked for.
    let width = unsafe {
        match (isa, bytes) {
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512, 4) => (avx512_f32(rounds), 64).1,
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512, _) => (avx512_f64(rounds), 64).1,
            #[cfg(target_arch = "x86_64")]
            (_, 4) if Isa::Avx2.is_available() => (avx2_f32(rounds), 32).1,
            #[cfg(target_arch = "x86_64")]
            (_, _) if Isa::Avx2.is_available() => (avx2_f64(rounds), 32).1,
            #[cfg(target_arch = "aarch64")]
            (_, 4) => (neon_f32(rounds), 16).1,
            #[cfg(target_arch = "aarch64")]
            (_, _) => (neon_f64(rounds), 16).1,
            #[allow(unreachable_patterns, reason = "not on every architecture")]
            _ => return f64::NAN,
        }
    };
    (2 * rounds * CHAINS * (width / bytes)) as f64 / start.elapsed().as_secs_f64() / 1e9
}

/// How many rounds take about so many seconds.
pub(crate) fn rounds_for(isa: Isa, bytes: usize, seconds: f64) -> usize {
    const ROUNDS: usize = 1 << 12;
    let start = Instant::now();
    fma_peak(isa, bytes, ROUNDS);
    (seconds / start.elapsed().as_secs_f64() * ROUNDS as f64) as usize + ROUNDS
}

/// One measurement of reading so many bytes over and over, in GB/s. The first time does not count, as with the products.
pub(crate) fn read_bandwidth(memory: &[u64]) -> f64 {
    let reads = (1 << 24) / size_of_val(memory) + 1;
    let wide = Isa::Avx2.is_available();
    let once = || match wide {
        // SAFETY: the machine has it.
        #[cfg(target_arch = "x86_64")]
        true => unsafe { read_avx2(black_box(memory)) },
        _ => read(black_box(memory)),
    };
    once();
    let start = Instant::now();
    (0..reads).for_each(|_| once());
    (reads * size_of_val(memory)) as f64 / start.elapsed().as_secs_f64() / 1e9
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn read_avx2(memory: &[u64]) {
    read(memory)
}

#[inline(always)]
fn read(memory: &[u64]) {
    // Many sums at once: the loads are the limit.
    let mut sums = [0u64; 32];
    for chunk in memory.chunks_exact(32) {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum ^= x;
        }
    }
    black_box(sums);
}
