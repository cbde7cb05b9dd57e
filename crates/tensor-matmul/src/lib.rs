#![doc = include_str!("../README.md")]

mod blocked;
mod exec;
mod floats;
mod isa;
mod kernels;
mod pack;
mod raw;
mod scalar;
mod share;
mod simd;
mod tile;
mod vector;
mod view;

#[cfg(feature = "rayon")]
pub use exec::Rayon;
pub use exec::{Executor, Sequential};
pub use isa::{Info, Isa, Unavailable, force, info};
pub use raw::{RawMut, RawRef, gemm_batched_raw, gemm_raw};
pub use scalar::Scalar;
pub use view::{MatMut, MatRef, ViewError, gemm, matmul};
