//! Gaussian elimination with partial pivoting, and what is solved by it.

use super::rows::{Field, abs, add_scaled, subtract_outer, two};
use super::triangular::{self, Kind};
use super::{BLOCK, Executor};
use tensor_matmul::{RawMut, RawRef, gemm_raw};

/// What a factorisation in place leaves besides its factors.
pub(super) struct Factors {
    /// Which row of the matrix each row of the product is.
    pub(super) rows: Vec<usize>,
    /// Whether that is an odd permutation.
    pub(super) odd: bool,
    /// The first pivot that is 0.
    pub(super) singular: Option<usize>,
}

/// Replaces an `m × n` matrix whose rows lie `stride` apart by U, on and above the diagonal, and L below it.
pub(super) fn factor<T: Field>(a: &mut [T], [m, n]: [usize; 2], stride: usize, exec: &dyn Executor) -> Factors {
    let mut factors = Factors { rows: (0..m).collect(), odd: false, singular: None };
    let k = m.min(n);
    for start in (0..k).step_by(BLOCK) {
        let end = k.min(start + BLOCK);
        for j in start..end {
            let at = |i: usize| i * stride + j;
            let pivot = (j + 1..m).fold(j, |best, i| if abs(a[at(i)]) > abs(a[at(best)]) { i } else { best });
            if pivot != j {
                let (upper, lower) = two(a, stride, j, pivot);
                upper[..n].swap_with_slice(&mut lower[..n]);
                factors.rows.swap(j, pivot);
                factors.odd = !factors.odd;
            }
            if a[at(j)] == T::zero() {
                factors.singular.get_or_insert(j);
                continue;
            }
            let (above, below) = a.split_at_mut((j + 1) * stride);
            let row = &above[j * stride + j..][..end - j];
            (j + 1..m).for_each(|i| {
                let x = &mut below[(i - j - 1) * stride + j];
                *x = *x / row[0];
            });
            if m > j + 1 {
                subtract_outer(&row[1..], &mut below[j..], stride);
            }
        }
        if end == n {
            continue;
        }
        for i in start + 1..end {
            for p in start..i {
                let (above, row) = two(a, stride, p, i);
                add_scaled(-row[p], &above[end..n], &mut row[end..n]);
            }
        }
        let ptr = a.as_mut_ptr();
        let part = |i: usize, j: usize| ptr.wrapping_add(i * stride + j);
        let read = |i, j| RawRef::new(part(i, j).cast_const(), stride as isize, 1);
        let rest = RawMut::new(part(end, end), stride as isize, 1);
        // SAFETY: three disjoint parts of the matrix that `a` borrows exclusively: the rest, the columns left of it and the
        // rows above it.
        unsafe {
            gemm_raw(
                [m - end, end - start, n - end],
                -T::one(),
                read(end, start),
                read(start, end),
                T::one(),
                rest,
                exec,
            );
        }
    }
    factors
}

/// Writes X with A·X = B to `x`, for `n × n` A and `n × k` B; fails with the place of a pivot that is 0.
pub(super) fn solve<T: Field>(
    a: &[T],
    n: usize,
    b: &[T],
    k: usize,
    x: &mut [T],
    exec: &dyn Executor,
) -> Result<(), usize> {
    let mut lu = a.to_vec();
    let factors = factor(&mut lu, [n, n], n, exec);
    if let Some(place) = factors.singular {
        return Err(place);
    }
    factors.rows.iter().enumerate().for_each(|(i, &row)| x[i * k..][..k].copy_from_slice(&b[row * k..][..k]));
    triangular::solve(&lu, n, Kind { upper: false, unit: true }, x, k, exec);
    triangular::solve(&lu, n, Kind { upper: true, unit: false }, x, k, exec);
    Ok(())
}
