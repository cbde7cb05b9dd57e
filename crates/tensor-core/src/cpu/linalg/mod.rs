//! Linear algebra on batches of matrices: factorisations, determinants, solutions of equations.
//!
//! Each noun is a function of one matrix that lies row after row in memory, in a file of its own. Large matrices are
//! worked on in blocks, so that most of the work is done by the matrix product ([`tensor_matmul`]); the rest are the few
//! loops over rows in [`rows`]. No path fuses a multiplication with an addition outside the product, and no sum depends on
//! the number of threads: the same bits everywhere.

mod cholesky;
mod eigh;
mod lu;
mod qr;
mod rows;
mod svd;
mod triangular;

use super::layout::contiguous;
use super::walk::SyncPtr;
use crate::exec::{CHUNK, Executor, Out, Sequential, for_chunks};
use crate::ops::Linalg;
use crate::{Array, Error, Result, Shape};
use rows::Field;
use std::sync::{Mutex, PoisonError};

/// Rows or columns that are worked on before the product brings the rest up to date.
const BLOCK: usize = 32;

/// From this many elements on a matrix is worked on by all threads, and not each by one.
const LARGE: usize = 128 * 128;

/// Why a matrix has no such factors or solution.
#[derive(Clone, Copy)]
enum Fail {
    /// The leading minor of this order is not positive.
    NotPositive(usize),
    /// The pivot at this place is 0.
    Singular(usize),
    /// Some element is infinite or NaN.
    NotFinite,
    /// The rotations did not come to an end.
    Unsettled,
}

impl Fail {
    fn error(self, op: Linalg, matrix: usize, count: usize) -> Error {
        let which = if count > 1 { format!("matrix {matrix} of {count}") } else { "the matrix".to_string() };
        Error::value(
            op.name(),
            match self {
                Fail::NotPositive(order) => {
                    format!("{which} is not positive definite: its leading minor of order {order} is not positive")
                }
                Fail::Singular(place) => format!("{which} is singular: pivot {place} of its factorisation is 0"),
                Fail::NotFinite => format!("{which} has elements that are infinite or NaN"),
                Fail::Unsettled => format!("{which} needs more rotations than any should"),
            },
        )
    }
}

/// As [`crate::Backend::linalg`] says.
pub(super) fn linalg<T: Field>(op: Linalg, args: &[&Array<T>], exec: &dyn Executor) -> Result<Array<T>> {
    let shapes: Vec<&Shape> = args.iter().map(|x| x.shape()).collect();
    let shape = op.shape(&shapes)?;
    let matrix = |shape: &[usize]| [shape[shape.len() - 2], shape[shape.len() - 1]];
    let sizes: Vec<[usize; 2]> = shapes.iter().map(|shape| matrix(shape)).collect();
    let count: usize = shapes[0][..shapes[0].len() - 2].iter().product();
    let args = args.iter().map(|x| contiguous(x, exec)).collect::<Result<Vec<_>>>()?;
    let args: Vec<SyncPtr<T>> = args.iter().map(|x| SyncPtr(x.ptr())).collect();
    let out_size = shape.iter().product::<usize>().checked_div(count).unwrap_or(0);
    let failed: Mutex<Option<(usize, Fail)>> = Mutex::new(None);
    // SAFETY: each matrix has a part of the new buffer of its own, filled before it is looked at, and all parts together
    // cover it. The operands were made contiguous and have as many matrices as the result.
    let result = unsafe {
        Array::build(shape, |out| {
            let out = Out::new(out.as_mut_ptr().cast::<T>());
            let each = |i: usize, exec: &dyn Executor| {
                (0..out_size).for_each(|at| out.at(i * out_size + at).write(T::zero()));
                let out = std::slice::from_raw_parts_mut(out.at(i * out_size), out_size);
                let operand = |a: usize| {
                    let size = sizes[a][0] * sizes[a][1];
                    std::slice::from_raw_parts(args[a].get().wrapping_add(i * size), size)
                };
                if let Err(fail) = one(op, &sizes, &operand, out, exec) {
                    let mut first = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    if first.is_none_or(|(other, _)| i < other) {
                        *first = Some((i, fail));
                    }
                }
            };
            let largest = sizes.iter().map(|[m, n]| m * n).max().unwrap_or(0);
            if largest >= LARGE {
                (0..count).for_each(|i| each(i, exec));
            } else {
                for_chunks(exec, count, (CHUNK / 8 / largest.max(1)).max(1), &|start, end| {
                    (start..end).for_each(|i| each(i, &Sequential));
                });
            }
        })?
    };
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((matrix, fail)) => Err(fail.error(op, matrix, count)),
        None => Ok(result),
    }
}

/// `op` of one matrix, into `out`, which holds zeros.
fn one<'a, T: Field>(
    op: Linalg,
    sizes: &[[usize; 2]],
    operand: &dyn Fn(usize) -> &'a [T],
    out: &mut [T],
    exec: &dyn Executor,
) -> Result<(), Fail> {
    let (a, [m, n]) = (operand(0), sizes[0]);
    match op {
        Linalg::Cholesky => {
            out.copy_from_slice(a);
            return cholesky::factor(out, n, exec).map_err(Fail::NotPositive);
        }
        Linalg::Lu => {
            (0..m).for_each(|i| out[i * (n + 1)..][..n].copy_from_slice(&a[i * n..][..n]));
            let factors = lu::factor(out, [m, n], n + 1, exec);
            factors.rows.iter().enumerate().for_each(|(i, &row)| out[i * (n + 1) + n] = T::from_f64(row as f64));
        }
        Linalg::Det => {
            let mut factors = a.to_vec();
            let odd = lu::factor(&mut factors, [n, n], n, exec).odd;
            let product = (0..n).fold(T::one(), |product, i| product * factors[i * n + i]);
            out[0] = if odd { -product } else { product };
        }
        Linalg::Inverse => {
            let mut identity = vec![T::zero(); n * n];
            (0..n).for_each(|i| identity[i * n + i] = T::one());
            return lu::solve(a, n, &identity, n, out, exec).map_err(Fail::Singular);
        }
        Linalg::Solve => return lu::solve(a, n, operand(1), sizes[1][1], out, exec).map_err(Fail::Singular),
        Linalg::SolveTriangular { upper, unit } => {
            out.copy_from_slice(operand(1));
            triangular::solve(a, n, triangular::Kind { upper, unit }, out, sizes[1][1], exec);
        }
        Linalg::Qr { complete } => qr::factor(a, [m, n], if complete { m } else { m.min(n) }, out, exec),
        Linalg::Svd => return svd::factor(a, [m, n], out, exec),
        Linalg::Eigh => return eigh::factor(a, n, out),
    }
    Ok(())
}
