//! Copies of operands in an order that a micro-kernel reads straight through, and the memory they live in.

use crate::simd::Simd;
use std::cell::Cell;
use std::mem::MaybeUninit;

/// `to[i·to_row + j] ← from[i·row + j·col]` for `rows × cols` elements, with zeros up to a whole register at the end of
/// each row.
///
/// # Safety
/// `from` is good for reading those elements, and `to` for writing `rows` rows of `cols` rounded up to whole registers;
/// `to_row` is no less than that.
#[inline(always)]
pub(crate) unsafe fn pack<S: Simd>(
    [rows, cols]: [usize; 2],
    from: *const S::T,
    [row, col]: [isize; 2],
    to: *mut S::T,
    to_row: usize,
) {
    // SAFETY: the offsets below stay within `rows × cols` on the one side, and the rounded rows on the other.
    unsafe {
        let whole = cols / S::LANES * S::LANES;
        let rest = S::mask(cols - whole);
        if col == 1 {
            for i in 0..rows {
                let (from, to) = (from.offset(i as isize * row), to.add(i * to_row));
                for j in (0..whole).step_by(S::LANES) {
                    S::store(to.add(j), S::load(from.add(j)));
                }
                if whole < cols {
                    S::store(to.add(whole), S::load_masked(from.add(whole), rest));
                }
            }
        } else if row == 1 {
            for j in (0..cols).step_by(S::LANES) {
                let (from, to, width) = (from.offset(j as isize * col), to.add(j), (cols - j).min(S::LANES));
                if width == S::LANES && rows >= S::STEP {
                    for i in (0..rows).step_by(S::STEP) {
                        // The last step ends with the last row, and does some of the step before again.
                        let i = i.min(rows - S::STEP);
                        S::transpose(from.add(i), col, to.add(i * to_row), to_row);
                    }
                } else {
                    for i in (0..rows).step_by(S::LANES) {
                        let block = [(rows - i).min(S::LANES), width];
                        transpose::<S>(block, from.add(i), col, to.add(i * to_row), to_row);
                    }
                }
            }
        } else {
            for i in 0..rows {
                let (from, to) = (from.offset(i as isize * row), to.add(i * to_row));
                for j in (0..whole).step_by(S::LANES) {
                    S::store(to.add(j), S::gather(from.offset(j as isize * col), col));
                }
                if whole < cols {
                    S::store(to.add(whole), S::zero());
                    for j in whole..cols {
                        to.add(j).write(*from.offset(j as isize * col));
                    }
                }
            }
        }
    }
}

/// Up to a register by a register, from columns that lie straight to rows that do.
///
/// # Safety
/// As for [`pack`], with `rows, cols ≤ LANES` and `row` = 1.
#[inline(always)]
unsafe fn transpose<S: Simd>([rows, cols]: [usize; 2], from: *const S::T, col: isize, to: *mut S::T, to_row: usize) {
    // SAFETY: columns below `cols`, and in each the first `rows` elements by the mask; rows below `rows`.
    unsafe {
        let mut square = [S::zero(); 16];
        let mask = S::mask(rows);
        for (j, column) in square.iter_mut().enumerate().take(cols) {
            *column = S::load_masked(from.offset(j as isize * col), mask);
        }
        zip_columns::<S>(&mut square);
        for (i, &row) in square.iter().enumerate().take(rows) {
            S::store(to.add(i * to_row), row);
        }
    }
}

/// Turns columns into rows: zips register i with register i + LANES/2, log₂ LANES times over.
///
/// # Safety
/// The CPU has the instruction set.
#[inline(always)]
pub(crate) unsafe fn zip_columns<S: Simd>(square: &mut [S::V; 16]) {
    for _ in 0..S::LANES.ilog2() {
        let columns = *square;
        for i in 0..S::LANES / 2 {
            // SAFETY: the caller's promise.
            (square[2 * i], square[2 * i + 1]) = unsafe { S::zip(columns[i], columns[i + S::LANES / 2]) };
        }
    }
}

/// Memory on cache-line boundaries that a thread keeps from one product to the next.
#[derive(Default)]
pub(crate) struct Buffer(Vec<Line>);

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code, reason = "only ever seen through pointers")] [MaybeUninit<u8>; 64]);

impl Buffer {
    /// Room for `len` elements, with anything in it.
    pub(crate) fn room<T>(&mut self, len: usize) -> *mut T {
        const { assert!(align_of::<T>() <= align_of::<Line>()) };
        let lines = (len * size_of::<T>()).div_ceil(size_of::<Line>());
        if lines > self.0.len() {
            self.0 = Vec::new();
            self.0.resize(lines, Line([MaybeUninit::uninit(); 64]));
        }
        self.0.as_mut_ptr().cast()
    }
}

/// The two buffers of a thread.
#[derive(Default)]
pub(crate) struct Buffers {
    pub(crate) a: Buffer,
    pub(crate) b: Buffer,
}

thread_local! {
    static BUFFERS: Cell<Option<Buffers>> = const { Cell::new(None) };
}

/// Lends out the thread's buffers. A product within (a number's own multiplication might contain one) gets new ones.
pub(crate) fn with_buffers<R>(work: impl FnOnce(&mut Buffers) -> R) -> R {
    let mut buffers = BUFFERS.take().unwrap_or_default();
    let result = work(&mut buffers);
    BUFFERS.set(Some(buffers));
    result
}
