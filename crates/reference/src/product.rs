//! The matrix product.

use crate::grid::{at, broadcast, tabulate};
use crate::wide::{narrow, wide};
use tensor_core::{Array, Error, Num, Result};

/// Σ over p of `a[…, i, p] · b[…, p, j]`.
pub(crate) fn matmul<T: Num>(a: &Array<T>, b: &Array<T>) -> Result<Array<T>> {
    let no = |hint| Error::shape("matmul", &[a.shape(), b.shape()], hint);
    // A vector has no axis of rows (on the left) or of columns (on the right); neither has its product.
    let (a_batch, rows, k) = match &a.shape()[..] {
        [] => return Err(no("a single number has no rows")),
        [k] => (&[][..], &[][..], *k),
        [batch @ .., _, k] => (batch, &a.shape()[batch.len()..=batch.len()], *k),
    };
    let (b_batch, also_k, cols) = match &b.shape()[..] {
        [] => return Err(no("a single number has no columns")),
        [k] => (&[][..], *k, &[][..]),
        [batch @ .., k, _] => (batch, *k, &b.shape()[batch.len() + 1..]),
    };
    if k != also_k {
        return Err(no("the rows on the left must be as long as the columns on the right"));
    }
    let batch = broadcast("matmul", a_batch, b_batch)?;
    tabulate(&[&batch, rows, cols].concat(), |i| {
        let (of_batch, of_matrix) = i.split_at(batch.len());
        let (row, col) = of_matrix.split_at(rows.len());
        let (a_batch, b_batch) = (repeated(of_batch, a_batch), repeated(of_batch, b_batch));
        let left = |p| wide(at(a, &[&a_batch, row, &[p]].concat()));
        let right = |p| wide(at(b, &[&b_batch[..], &[p], col].concat()));
        narrow((0..k).fold(wide(T::zero()), |sum, p| sum + left(p) * right(p)))
    })
}

/// The index into axes of sizes `of` that stands at `index` after broadcasting.
fn repeated(index: &[usize], of: &[usize]) -> Vec<usize> {
    let index = &index[index.len() - of.len()..];
    index.iter().zip(of).map(|(&i, &size)| if size == 1 { 0 } else { i }).collect()
}
