//! Equations with a triangular matrix.

use super::rows::{Field, add_scaled, two};
use super::{BLOCK, Executor};
use tensor_matmul::{RawMut, RawRef, gemm_raw};

/// Which part of the matrix is read.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) upper: bool,
    /// The diagonal counts as 1.
    pub(super) unit: bool,
}

/// Replaces B, `n × k`, by X with A·X = B.
pub(super) fn solve<T: Field>(a: &[T], n: usize, kind: Kind, x: &mut [T], k: usize, exec: &dyn Executor) {
    let blocks = n.div_ceil(BLOCK);
    for block in 0..blocks {
        let start = BLOCK * if kind.upper { blocks - 1 - block } else { block };
        let end = n.min(start + BLOCK);
        let known = if kind.upper { end..n } else { 0..start };
        let ptr = x.as_mut_ptr();
        let factor = RawRef::new(a.as_ptr().wrapping_add(start * n + known.start), n as isize, 1);
        let above = RawRef::new(ptr.wrapping_add(known.start * k).cast_const(), k as isize, 1);
        let rows = RawMut::new(ptr.wrapping_add(start * k), k as isize, 1);
        // SAFETY: the block's rows of A, left or right of it; and rows of X, which `x` borrows exclusively: those that are
        // known, and the block's own.
        unsafe { gemm_raw([end - start, known.len(), k], -T::one(), factor, above, T::one(), rows, exec) };
        for step in 0..end - start {
            let i = if kind.upper { end - 1 - step } else { start + step };
            if kind.upper {
                for p in i + 1..end {
                    let (row, below) = two(x, k, i, p);
                    add_scaled(-a[i * n + p], below, row);
                }
            } else {
                for p in start..i {
                    let (above, row) = two(x, k, p, i);
                    add_scaled(-a[i * n + p], above, row);
                }
            }
            if !kind.unit {
                let pivot = a[i * n + i];
                x[i * k..][..k].iter_mut().for_each(|x| *x = *x / pivot);
            }
        }
    }
}
