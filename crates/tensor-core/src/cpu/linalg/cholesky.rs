//! The factor of a symmetric, positive definite matrix.

use super::rows::{Field, dot, sqrt};
use super::{BLOCK, Executor};
use tensor_matmul::{RawMut, RawRef, gemm_raw};

/// Replaces an `n × n` matrix, of which the lower triangle is read, by L with L·Lᵀ = A; fails with the order of the first
/// leading minor that is not positive.
pub(super) fn factor<T: Field>(a: &mut [T], n: usize, exec: &dyn Executor) -> Result<(), usize> {
    (0..n).for_each(|i| a[i * n + i + 1..][..n - i - 1].fill(T::zero()));
    for start in (0..n).step_by(BLOCK) {
        let end = n.min(start + BLOCK);
        let ptr = a.as_mut_ptr();
        let done = |row: isize, col: isize| RawRef::new(ptr.wrapping_add(start * n).cast_const(), row, col);
        let block = RawMut::new(ptr.wrapping_add(start * n + start), n as isize, 1);
        let (by_row, across) = (done(n as isize, 1), done(1, n as isize));
        // SAFETY: columns of the matrix that `a` borrows exclusively: the block's own, and those in front of it.
        unsafe { gemm_raw([n - start, start, end - start], -T::one(), by_row, across, T::one(), block, exec) };
        for i in start..n {
            let (above, row) = a.split_at_mut(i * n);
            for j in start..end.min(i) {
                let other = &above[j * n..][..n];
                row[j] = (row[j] - dot(&row[start..j], &other[start..j])) / other[j];
            }
            if i < end {
                let square = row[i] - dot(&row[start..i], &row[start..i]);
                // Not for NaN either.
                if !(square > T::zero()) {
                    return Err(i + 1);
                }
                row[i] = sqrt(square);
                row[i + 1..end].fill(T::zero());
            }
        }
    }
    Ok(())
}
