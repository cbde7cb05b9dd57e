//! The five loops around the micro-kernel, for m, n ≥ 2.
//!
//! As in BLIS (Van Zee and van de Geijn, 2015), with A and B in each other's places: a block of B stays in the
//! second-level cache, and a tile of A in the first while the block passes by. (That suits wide registers: of A and B, the
//! tile of A is the smaller.) An operand is copied ("packed") only where it pays: B by the micro-kernel itself, as its
//! rows pass for the first time, A a tile before its first use.

use crate::kernels::Kernels;
use crate::pack::{Buffers, with_buffers};
use crate::raw::Product;
use crate::scalar::Scalar;
use crate::tile::Tile;
use crate::vector;
use num_traits::One;
use std::mem::MaybeUninit;
use std::ptr;

/// Rows and columns of C that one round of the outer loops takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks {
    pub(crate) mc: usize,
    pub(crate) nc: usize,
}

impl Blocks {
    /// From the caches: a block of B takes five eighths of the second level, and a block of A a quarter of the third, or
    /// 4 MiB.
    fn of<K: Kernels>() -> Blocks {
        let (l2, l3) = crate::isa::caches();
        let depth = K::KC * size_of::<K::T>();
        let nc = (l2 / 8 * 5 / depth / K::NR).max(1) * K::NR;
        let mc = ((l3 / 4).min(4 << 20) / depth / K::MR).max(1) * K::MR;
        Blocks { mc, nc }
    }
}

/// `C ← α·A·B + β·C` on the calling thread.
///
/// # Safety
/// As for [`gemm_raw`](crate::gemm_raw), with m, n, k ≥ 1; and the CPU has the kernels' instruction set.
#[inline(never)]
pub(crate) unsafe fn product<K: Kernels>(p: &Product<K::T>) {
    let p = &columns_side_by_side(p);
    // SAFETY: the caller's promise.
    unsafe {
        if p.k <= vector::OUTER && p.n >= 4 * K::NR && p.b.col_stride == 1 && p.c.col_stride == 1 {
            return K::outer(p);
        }
        if p.b.col_stride == 1 && p.m.max(p.k).max(p.n) <= SMALL {
            return loops::<K>(Blocks { mc: SMALL, nc: SMALL }, p, None, None);
        }
        blocked::<K>(Blocks::of::<K>(), worth_packing::<K>(p), p);
    }
}

/// [`loops`] with the buffers it asks for.
///
/// # Safety
/// As for [`product`]; B is packed unless its columns lie side by side.
#[inline(never)]
unsafe fn blocked<K: Kernels>(blocks: Blocks, (pack_a, pack_b): (bool, bool), p: &Product<K::T>) {
    with_buffers(|Buffers { a, b }| {
        let a = pack_a.then(|| a.room(blocks.mc.min(p.m).div_ceil(K::MR) * a_tile::<K>()));
        let b = pack_b.then(|| b.room(blocks.nc.min(p.n).next_multiple_of(K::NR) * K::KC.min(p.k)));
        // SAFETY: the caller's promise, and the buffers' sizes.
        unsafe { loops::<K>(blocks, p, a, b) }
    })
}

/// Depths of A that are fetched together: at least a cache line of them.
const LINE: usize = 16;

/// Up to this size, everything fits the caches as it is.
const SMALL: usize = 64;

/// Whether to pack A, and B.
///
/// B must be, unless its columns lie side by side. Beyond that, an operand is packed if it is used often enough, and its
/// lines crowd on too few sets of the first-level cache, or so many lie apart that their pages are too many.
fn worth_packing<K: Kernels>(p: &Product<K::T>) -> (bool, bool) {
    // Whether so many lines, this far apart, are more than their sets hold: of eight ways, and as many as a page has lines.
    let crowded = |stride: isize, lines: usize| {
        let bytes = stride.unsigned_abs().wrapping_mul(size_of::<K::T>());
        lines > 8 * (4096 >> bytes.trailing_zeros().clamp(6, 12))
    };
    // A tile's rows are all in use at once, along with others: one set for them is too few.
    let one_set = |stride: isize| crowded(stride, 9);
    // Where a sliver has a line a row, both operands are to stay in the first level, all depths of them. (Wider ones come from
    // the second in any case, and leave time to fetch A.)
    let deep = |stride: isize| K::NR * size_of::<K::T>() <= 64 && crowded(stride, p.k.min(K::KC));
    let far = |stride: isize| one_set(stride) || deep(stride);
    let scattered = p.a.col_stride != 1 && (far(p.a.col_stride) || large::<K>(p.m * p.k));
    let a = p.n > 3 * K::NR && p.k > 8 && (one_set(p.a.row_stride) || scattered);
    let b = p.k > 8
        && (p.m > 16 * K::MR && deep(p.b.row_stride)
            || p.m > 8 * K::MR && large::<K>(p.k * p.n)
            || p.m > 3 * K::MR && one_set(p.b.row_stride));
    (a, b || p.b.col_stride != 1)
}

/// Whether so many elements are too many to stay in the caches while they are used.
fn large<K: Kernels>(elements: usize) -> bool {
    elements * size_of::<K::T>() > 768 << 10
}

/// From a row of packed A to the next: a little more than a block of k, so that the rows of a tile do not fall on the
/// same sets of a cache.
const fn a_stride<K: Kernels>() -> usize {
    K::KC + 16
}

/// From a column of packed A to the next, where its columns lie straight.
const fn a_width<K: Kernels>() -> usize {
    K::MR.next_multiple_of(K::LANES)
}

/// Elements of a packed tile of A.
const fn a_tile<K: Kernels>() -> usize {
    let (by_rows, by_cols) = (K::MR * a_stride::<K>(), K::KC * a_width::<K>());
    if by_rows > by_cols { by_rows } else { by_cols }
}

/// The same product, turned so that the columns of C lie side by side if either its rows or its columns do.
#[inline(always)]
fn columns_side_by_side<T: Scalar>(p: &Product<T>) -> Product<T> {
    let mut p = *p;
    if p.c.col_stride != 1 {
        if p.c.row_stride.unsigned_abs() == 1 {
            (p.m, p.n) = (p.n, p.m);
            (p.a, p.b) = (p.b, p.a);
            for operand in [&mut p.a, &mut p.b] {
                (operand.row_stride, operand.col_stride) = (operand.col_stride, operand.row_stride);
            }
            (p.c.row_stride, p.c.col_stride) = (p.c.col_stride, p.c.row_stride);
        }
        if p.c.col_stride == -1 {
            let last = p.n as isize - 1;
            p.b.ptr = p.b.ptr.wrapping_offset(last * p.b.col_stride);
            p.c.ptr = p.c.ptr.wrapping_offset(-last);
            (p.b.col_stride, p.c.col_stride) = (-p.b.col_stride, 1);
        }
    }
    p
}

/// # Safety
/// As for [`product`]. Without a buffer for B its columns lie side by side; the buffers have room for a block of A (a
/// tile after the other) and a block of B (a sliver after the other).
#[inline(always)]
unsafe fn loops<K: Kernels>(
    blocks: Blocks,
    p: &Product<K::T>,
    a_buffer: Option<*mut K::T>,
    b_buffer: Option<*mut K::T>,
) {
    let (a_strides, b_strides) = ([p.a.row_stride, p.a.col_stride], [p.b.row_stride, p.b.col_stride]);
    let fetch = a_buffer.is_some() || b_buffer.is_some() || large::<K>(p.m * p.n);
    // LOOP 5: blocks of C's rows.
    let mut ic = 0;
    while ic < p.m {
        let mc = blocks.mc.min(p.m - ic);
        let (height, taller) = even(mc, K::MR);
        // LOOP 4: blocks of k, in order; their size and order are the bit contract's.
        let mut pc = 0;
        while pc < p.k {
            let kc = K::KC.min(p.k - pc);
            let beta = if pc == 0 { p.beta } else { K::T::one() };
            // LOOP 3: blocks of C's columns, of even numbers of slivers.
            let (mut jc, mut block, (width, wider)) = (0, 0, even(p.n.div_ceil(K::NR), blocks.nc / K::NR));
            while jc < p.n {
                let nc = ((width + (block < wider) as usize) * K::NR).min(p.n - jc);
                // With every sliver that passes by, a part of the next tile of A is fetched.
                let part = if fetch { kc.div_ceil(nc.div_ceil(K::NR)).next_multiple_of(LINE) } else { 0 };
                let next_a_gap = if fetch { (kc / part).max(1) } else { 1 };
                // LOOP 2: tiles of rows, of even heights.
                let (mut ir, mut number) = (ic, 0);
                while ir < ic + mc {
                    let rows = height + (number < taller) as usize;
                    // SAFETY: rows, columns and depths below m, n, k; buffers have room for every tile and sliver.
                    unsafe {
                        let source = offset(p.a.ptr, a_strides, ir, pc);
                        let (mut a, mut a_step) = (source, a_strides);
                        let (mut next_a, mut next_a_step) = (offset(source, a_strides, rows, 0), a_strides);
                        if let Some(buffer) = a_buffer {
                            let packed = buffer.add(number * a_tile::<K>());
                            (a, a_step) = (packed.cast_const(), [a_stride::<K>() as isize, 1]);
                            let by_columns = p.a.row_stride == 1 && p.a.col_stride != 1;
                            if by_columns {
                                a_step = [1, a_width::<K>() as isize];
                            }
                            if jc > 0 {
                                (next_a, next_a_step) = (a.wrapping_add(a_tile::<K>()), a_step);
                            } else if by_columns {
                                K::pack([kc, rows], source, [p.a.col_stride, 1], packed, a_width::<K>());
                            } else {
                                K::pack([rows, kc], source, a_strides, packed, a_stride::<K>());
                            }
                        }
                        let c_strides = [p.c.row_stride, p.c.col_stride];
                        let below = offset(p.c.ptr, c_strides, ir + rows, jc);
                        // LOOP 1: slivers of columns.
                        let (mut jr, mut sliver) = (jc, 0);
                        while jr < jc + nc {
                            let cols = K::NR.min(jc + nc - jr);
                            let source = offset(p.b.ptr, b_strides, pc, jr);
                            let (mut b, mut b_row, mut b_copy) = (source, p.b.row_stride, ptr::null_mut());
                            if let Some(buffer) = b_buffer {
                                let packed = buffer.add(sliver * K::NR * kc);
                                if ir == ic && p.b.col_stride == 1 && cols == K::NR {
                                    b_copy = packed;
                                } else {
                                    if ir == ic {
                                        K::pack([kc, cols], source, b_strides, packed, K::NR);
                                    }
                                    (b, b_row) = (packed.cast_const(), K::NR as isize);
                                }
                            }
                            let c = offset(p.c.ptr, c_strides, ir, jr).cast_mut();
                            let tile = Tile {
                                k: kc,
                                a,
                                a_row: a_step[0],
                                a_col: a_step[1],
                                b,
                                b_row,
                                b_copy,
                                c,
                                c_row: p.c.row_stride,
                                cols,
                                alpha: p.alpha,
                                beta,
                                fetch,
                                next_c: if jr + K::NR < jc + nc { c.wrapping_add(K::NR) } else { below },
                                next_a: offset(next_a, next_a_step, 0, sliver * part),
                                next_a_row: next_a_step[0],
                                next_a_col: next_a_step[1],
                                next_a_depths: if sliver * part < kc { part } else { 0 },
                                next_a_gap,
                            };
                            if p.c.col_stride == 1 {
                                K::tile(rows, cols)(&tile);
                            } else {
                                scattered(K::tile(rows, cols), &tile, rows, p.c.col_stride);
                            }
                            jr += K::NR;
                            sliver += 1;
                        }
                    }
                    ir += rows;
                    number += 1;
                }
                jc += nc;
                block += 1;
            }
            pc += kc;
        }
        ic += mc;
    }
}

/// Element (i, j), which need not exist.
#[inline(always)]
fn offset<T>(p: *const T, [row, col]: [isize; 2], i: usize, j: usize) -> *const T {
    p.wrapping_offset((i as isize).wrapping_mul(row).wrapping_add((j as isize).wrapping_mul(col)))
}

/// So many rows in the fewest tiles of at most `max`, as evenly as can be: the height, and how many tiles have one more.
#[inline(always)]
fn even(rows: usize, max: usize) -> (usize, usize) {
    if rows <= max {
        return (rows, 0);
    }
    let (rows, tiles) = (rows as u32, rows.div_ceil(max) as u32);
    ((rows / tiles) as usize, (rows % tiles) as usize)
}

/// Elements of the largest tile.
const TILE: usize = 14 * 32;

/// A tile of C whose columns are strided: the sums come to the stack, and α and β to each element.
///
/// # Safety
/// As for a tile, with C's columns `c_col` apart.
#[cold]
unsafe fn scattered<T: Scalar>(kernel: unsafe fn(&Tile<T>), tile: &Tile<T>, rows: usize, c_col: isize) {
    let width = TILE / rows.max(1);
    debug_assert!(tile.cols <= width);
    let mut memory = MaybeUninit::<[T; TILE]>::uninit();
    let sums: *mut T = memory.as_mut_ptr().cast();
    // SAFETY: a tile fits the memory, and is written before it is read; C by the caller's promise.
    unsafe {
        kernel(&Tile { c: sums, c_row: width as isize, alpha: T::one(), beta: T::zero(), ..*tile });
        for i in 0..rows {
            for j in 0..tile.cols {
                let c = tile.c.offset(i as isize * tile.c_row + j as isize * c_col);
                let sum = *sums.add(i * width + j);
                c.write(match tile.beta.is_zero() {
                    true => T::multiply(tile.alpha, sum),
                    false => T::multiply_add(tile.alpha, sum, T::multiply(tile.beta, *c)),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Isa;
    use crate::kernels::Portable;
    use crate::raw::{RawMut, RawRef};
    use proptest::prelude::*;

    /// Blocks of one tile, of everything, and in between; operands packed and not: the same bits.
    fn no_block_can_be_seen<K: Kernels<T = f32>>([m, k, n]: [usize; 3], [mc, nc]: [usize; 2], factors: [f32; 2]) {
        let data: Vec<f32> = (0..m.max(k) * k.max(n)).map(|i| ((i * 37 % 101) as f32 - 50.0) / 7.0).collect();
        let run = |blocks: Blocks, pack: (bool, bool), col_major: bool| {
            let mut c = data[..m * n].to_vec();
            let (a_row, a_col) = if col_major { (1, m as isize) } else { (k as isize, 1) };
            let a: Vec<f32> =
                (0..m * k).map(|at| if col_major { data[at % m * k + at / m] } else { data[at] }).collect();
            let p = Product {
                m,
                k,
                n,
                alpha: factors[0],
                a: RawRef::new(a.as_ptr(), a_row, a_col),
                b: RawRef::new(data.as_ptr(), n as isize, 1),
                beta: factors[1],
                c: RawMut::new(c.as_mut_ptr(), n as isize, 1),
            };
            // SAFETY: the operands were made for these sizes; the callers ask for the instruction set.
            unsafe { blocked::<K>(blocks, pack, &p) };
            c.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let whole = Blocks { mc: usize::MAX, nc: usize::MAX };
        let want = run(whole, (false, false), false);
        let tiny = Blocks { mc: mc * K::MR, nc: nc * K::NR };
        for pack in [(false, false), (true, false), (false, true), (true, true)] {
            for col_major in [false, true] {
                assert!(run(tiny, pack, col_major) == want, "{tiny:?}, packed {pack:?}, {col_major}");
            }
        }
    }

    proptest! {
        // Fewer where PROPTEST_CASES says so: an emulator is slow.
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(60), ..Default::default() })]

        #[test]
        fn blocks_and_packing_cannot_be_seen(
            dims in (2..70usize, prop_oneof![1..40usize, 500..540usize, 1020..1030usize], 2..140usize),
            blocks in [1..3usize, 1..3usize],
            alpha in prop_oneof![Just(1.0f32), Just(0.3)],
            beta in prop_oneof![Just(0.0f32), Just(1.0), Just(-0.7)],
        ) {
            let (dims, factors) = ([dims.0, dims.1, dims.2], [alpha, beta]);
            no_block_can_be_seen::<Portable<f32>>(dims, blocks, factors);
            #[cfg(target_arch = "x86_64")]
            if Isa::Avx2.is_available() {
                no_block_can_be_seen::<crate::kernels::Avx2F32>(dims, blocks, factors);
            }
            #[cfg(target_arch = "x86_64")]
            if Isa::Avx512.is_available() {
                no_block_can_be_seen::<crate::kernels::Avx512F32>(dims, blocks, factors);
            }
            #[cfg(target_arch = "aarch64")]
            if Isa::Neon.is_available() {
                no_block_can_be_seen::<crate::kernels::NeonF32>(dims, blocks, factors);
            }
        }
    }
}
