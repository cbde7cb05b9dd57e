//! The kernels of an instruction set: its parameters, and tables of the const-generic functions, compiled for it.

use crate::raw::Product;
use crate::scalar::Scalar;
use crate::simd::Simd;
use crate::simd::portable::Array4;
use crate::tile::{Tile, tile};
use crate::vector::{self, Vector};
use std::marker::PhantomData;

/// Everything a product calls that is written in an instruction set. A type stands for a table, so that sizes are
/// constants to the loops around the kernels.
///
/// # Safety
/// The functions may be called only where the CPU has the instruction set.
pub(crate) trait Kernels: 'static {
    type T: Scalar;
    type S: Simd<T = Self::T>;
    /// Rows of the largest tile.
    const MR: usize;
    /// `TILES[masked][registers − 1][rows − 1]`.
    const TILES: Tiles<Self::T>;

    unsafe fn pack(dims: [usize; 2], from: *const Self::T, strides: [isize; 2], to: *mut Self::T, to_row: usize);
    unsafe fn rows(v: &Vector<Self::T>);
    unsafe fn cols(v: &Vector<Self::T>);
    unsafe fn few(v: &Vector<Self::T>);
    unsafe fn outer(p: &Product<Self::T>);

    /// Numbers in a register.
    const LANES: usize = Self::S::LANES;
    /// Columns of the largest tile.
    const NR: usize = 2 * Self::LANES;
    /// Depth of a block of k. Part of the bit contract: it depends on the type alone.
    const KC: usize = depth::<Self::T>();

    /// The tile of so many rows, at least one, and so many columns, at least one.
    #[inline(always)]
    fn tile(rows: usize, cols: usize) -> TileFn<Self::T> {
        let (masked, wide) = (!cols.is_multiple_of(Self::LANES), cols > Self::LANES);
        Self::TILES[masked as usize][wide as usize][rows - 1]
    }
}

type Tiles<T> = [[&'static [TileFn<T>]; 2]; 2];
type TileFn<T> = unsafe fn(&Tile<T>);

/// [`Kernels::KC`] for a type of this size.
pub(crate) const fn depth<T>() -> usize {
    if size_of::<T>() <= 4 { 512 } else { 256 }
}

/// The kernels of an instruction set for a type: the features it enables, and the rows of its tiles, up to half and
/// from half on.
macro_rules! kernels {
    ($(#[$doc:meta])* $name:ident: $S:path, $features:literal, rows $($mr:literal)*) => {
        $(#[$doc])*
        pub(crate) struct $name;

        const _: () = {
            type T = <$S as Simd>::T;
            const CHEAP: bool = <$S as Simd>::MASKS_ARE_CHEAP;

            #[target_feature(enable = $features)]
            unsafe fn tile<const MR: usize, const NV: usize, const MASKED: bool>(t: &Tile<T>) {
                // SAFETY: the features are enabled here; the caller's promise.
                unsafe { crate::tile::tile::<$S, MR, NV, MASKED>(t) }
            }

            impl Kernels for $name {
                type T = T;
                type S = $S;
                const MR: usize = [$($mr),*].len();
                const TILES: Tiles<T> = [
                    [&[$(tile::<$mr, 1, CHEAP>),*], &[$(tile::<$mr, 2, false>),*]],
                    [&[$(tile::<$mr, 1, true>),*], &[$(tile::<$mr, 2, true>),*]],
                ];

                #[target_feature(enable = $features)]
                unsafe fn pack(dims: [usize; 2], from: *const T, strides: [isize; 2], to: *mut T, to_row: usize) {
                    // SAFETY: as above.
                    unsafe { crate::pack::pack::<$S>(dims, from, strides, to, to_row) }
                }

                #[target_feature(enable = $features)]
                unsafe fn rows(v: &Vector<T>) {
                    // SAFETY: as above.
                    unsafe { vector::rows::<$S>(v) }
                }

                #[target_feature(enable = $features)]
                unsafe fn cols(v: &Vector<T>) {
                    // SAFETY: as above.
                    unsafe { vector::cols::<$S>(v) }
                }

                #[target_feature(enable = $features)]
                unsafe fn few(v: &Vector<T>) {
                    // SAFETY: as above.
                    unsafe { vector::few::<$S>(v) }
                }

                #[target_feature(enable = $features)]
                unsafe fn outer(p: &Product<T>) {
                    // SAFETY: as above.
                    unsafe { vector::outer::<$S>(p) }
                }
            }
        };
    };
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::*;
    use crate::simd::{avx2, avx512};

    kernels! {
        /// 28 of 32 registers hold a 14 × 32 tile.
        Avx512F32: avx512::F32x16, "avx512f", rows 1 2 3 4 5 6 7 8 9 10 11 12 13 14
    }

    kernels! {
        /// A 14 × 16 tile.
        Avx512F64: avx512::F64x8, "avx512f", rows 1 2 3 4 5 6 7 8 9 10 11 12 13 14
    }

    kernels! {
        /// 12 of 16 registers hold a 6 × 16 tile.
        Avx2F32: avx2::F32x8, "avx2,fma", rows 1 2 3 4 5 6
    }

    kernels! {
        /// A 6 × 8 tile.
        Avx2F64: avx2::F64x4, "avx2,fma", rows 1 2 3 4 5 6
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2F32, Avx2F64, Avx512F32, Avx512F64};

#[cfg(target_arch = "aarch64")]
mod arm {
    use super::*;
    use crate::simd::neon;

    kernels! {
        /// 20 of 32 registers hold a 10 × 8 tile.
        NeonF32: neon::F32x4, "neon", rows 1 2 3 4 5 6 7 8 9 10
    }

    kernels! {
        /// A 10 × 4 tile.
        NeonF64: neon::F64x2, "neon", rows 1 2 3 4 5 6 7 8 9 10
    }
}

#[cfg(target_arch = "aarch64")]
pub(crate) use arm::{NeonF32, NeonF64};

/// The portable kernels, for any number: a 4 × 8 tile in plain arrays.
pub(crate) struct Portable<T>(PhantomData<T>);

macro_rules! portable_rows {
    ($nv:literal, $masked:literal) => {
        &[
            tile::<Array4<T>, 1, $nv, $masked>,
            tile::<Array4<T>, 2, $nv, $masked>,
            tile::<Array4<T>, 3, $nv, $masked>,
            tile::<Array4<T>, 4, $nv, $masked>,
        ]
    };
}

impl<T: Scalar> Kernels for Portable<T> {
    type T = T;
    type S = Array4<T>;
    const MR: usize = 4;
    // One register is compiled for its masked form alone: nobody waits for these, and every number type has its own.
    const TILES: Tiles<T> =
        [[portable_rows!(1, true), portable_rows!(2, false)], [portable_rows!(1, true), portable_rows!(2, true)]];

    unsafe fn pack(dims: [usize; 2], from: *const T, strides: [isize; 2], to: *mut T, to_row: usize) {
        // SAFETY: plain arrays need no features; the caller's promise.
        unsafe { crate::pack::pack::<Array4<T>>(dims, from, strides, to, to_row) }
    }

    unsafe fn rows(v: &Vector<T>) {
        // SAFETY: as above.
        unsafe { vector::rows::<Array4<T>>(v) }
    }

    unsafe fn cols(v: &Vector<T>) {
        // SAFETY: as above.
        unsafe { vector::cols::<Array4<T>>(v) }
    }

    unsafe fn few(v: &Vector<T>) {
        // SAFETY: as above.
        unsafe { vector::few::<Array4<T>>(v) }
    }

    unsafe fn outer(p: &Product<T>) {
        // SAFETY: as above.
        unsafe { vector::outer::<Array4<T>>(p) }
    }
}
