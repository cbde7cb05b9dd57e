//! Which instruction set serves, and how to force one.

use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};

/// A set of kernels for `f32` and `f64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Isa {
    /// AVX-512 (x86-64).
    Avx512 = 1,
    /// AVX2 with FMA (x86-64).
    Avx2 = 2,
    /// NEON (AArch64).
    Neon = 3,
    /// This crate's kernels in plain Rust, over `mul_add`: the same bits everywhere, slow without FMA in hardware.
    Portable = 4,
    /// The crate `matrixmultiply`: what CPUs without FMA get, outside the bit contract.
    MatrixMultiply = 5,
}

impl Isa {
    /// All of them, the preferred first.
    pub const ALL: [Isa; 5] = [Isa::Avx512, Isa::Avx2, Isa::Neon, Isa::Portable, Isa::MatrixMultiply];

    /// The name, as the environment variable `TENSOR_ISA` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Avx512 => "avx512",
            Isa::Avx2 => "avx2",
            Isa::Neon => "neon",
            Isa::Portable => "portable",
            Isa::MatrixMultiply => "matrixmultiply",
        }
    }

    /// Whether this machine can run it.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => is_x86_feature_detected!("avx512f"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            Isa::Portable | Isa::MatrixMultiply => true,
            #[allow(unreachable_patterns, reason = "not on every architecture")]
            _ => false,
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// 0 until the first product.
static CHOSEN: AtomicU8 = AtomicU8::new(0);
static L2: AtomicUsize = AtomicUsize::new(0);
static L3: AtomicUsize = AtomicUsize::new(0);

/// The one in force.
#[inline]
pub(crate) fn current() -> Isa {
    match CHOSEN.load(Relaxed) {
        1 => Isa::Avx512,
        2 => Isa::Avx2,
        3 => Isa::Neon,
        4 => Isa::Portable,
        5 => Isa::MatrixMultiply,
        _ => choose(),
    }
}

#[cold]
fn choose() -> Isa {
    let isa = usual();
    CHOSEN.store(isa as u8, Relaxed);
    isa
}

/// What the environment asks for, or the best there is.
fn usual() -> Isa {
    if let Ok(name) = std::env::var("TENSOR_ISA") {
        return Isa::ALL
            .into_iter()
            .find(|isa| isa.name() == name && isa.is_available())
            .unwrap_or_else(|| panic!("TENSOR_ISA={name}: not an instruction set of this machine"));
    }
    let fma = cfg!(not(target_arch = "x86_64"));
    let kernels = [Isa::Avx512, Isa::Avx2, Isa::Neon].into_iter().find(|isa| isa.is_available());
    kernels.unwrap_or(if fma { Isa::Portable } else { Isa::MatrixMultiply })
}

/// Forces a set of kernels for every product of this process that begins from now on, or with `None` goes back to the
/// usual one. For tests and comparisons: among those within the bit contract, no result changes.
///
/// The usual one is the best that the machine has, or what the environment variable `TENSOR_ISA` says (`avx512`, `avx2`,
/// `neon`, `portable`, `matrixmultiply`). It is read at the first product, which panics if the machine has no such set.
///
/// # Errors
/// If the machine cannot run it.
///
/// ```
/// use tensor_matmul::{Isa, force, info};
/// force(Some(Isa::Portable))?;
/// assert_eq!(info().isa, Isa::Portable);
/// force(None)?;
/// # Ok::<(), tensor_matmul::Unavailable>(())
/// ```
pub fn force(isa: Option<Isa>) -> Result<(), Unavailable> {
    let isa = isa.unwrap_or_else(usual);
    if !isa.is_available() {
        return Err(Unavailable(isa));
    }
    CHOSEN.store(isa as u8, Relaxed);
    Ok(())
}

/// The machine has no such instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable(pub Isa);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this machine has no {}", self.0)
    }
}

impl std::error::Error for Unavailable {}

/// What serves products in this process: [`info`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// The kernels in force.
    pub isa: Isa,
    /// Bytes of second-level cache that block sizes are taken from.
    pub l2: usize,
    /// Bytes of third-level cache.
    pub l3: usize,
}

/// Tells which kernels serve and what the block sizes are taken from.
///
/// ```
/// println!("{}", tensor_matmul::info()); // avx512, L2 2048 KiB, L3 266240 KiB
/// ```
pub fn info() -> Info {
    let (l2, l3) = caches();
    Info { isa: current(), l2, l3 }
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, L2 {} KiB, L3 {} KiB", self.isa, self.l2 >> 10, self.l3 >> 10)
    }
}

/// Bytes of the second- and third-level caches; careful guesses where the CPU does not say.
pub(crate) fn caches() -> (usize, usize) {
    let l2 = L2.load(Relaxed);
    if l2 > 0 {
        return (l2, L3.load(Relaxed));
    }
    let (l2, l3) = measure_caches();
    L3.store(l3, Relaxed);
    L2.store(l2, Relaxed);
    (l2, l3)
}

#[cfg(target_arch = "x86_64")]
fn measure_caches() -> (usize, usize) {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    let (mut l2, mut l3) = (256 << 10, 4 << 20);
    let most = __cpuid(0).eax;
    // Deterministic cache parameters: leaf 4 (Intel) or 0x8000_001D (AMD), the same layout.
    let leaf = if __cpuid(0).ebx == u32::from_le_bytes(*b"Auth") { 0x8000_001d } else { 4 };
    if leaf == 4 && most < 4 || leaf != 4 && __cpuid(0x8000_0000).eax < leaf {
        return (l2, l3);
    }
    for cache in 0..8 {
        let r = __cpuid_count(leaf, cache);
        let (kind, level) = (r.eax & 31, r.eax >> 5 & 7);
        if kind == 0 {
            break;
        }
        let [ways, partitions, line, sets] = [r.ebx >> 22, r.ebx >> 12 & 0x3ff, r.ebx & 0xfff, r.ecx];
        let bytes = [ways, partitions, line, sets].iter().map(|&x| x as usize + 1).product();
        match level {
            2 => l2 = bytes,
            3 => l3 = bytes,
            _ => {}
        }
    }
    (l2, l3)
}

#[cfg(not(target_arch = "x86_64"))]
fn measure_caches() -> (usize, usize) {
    (512 << 10, 4 << 20)
}
