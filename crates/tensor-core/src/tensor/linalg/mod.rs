//! Linear algebra: matrices are the last two axes of a tensor, the axes in front count them.
//!
//! * products of every kind: `product.rs`, `einsum.rs`; distances: `distance.rs`
//! * factors: `factor.rs`; determinants, inverses, solutions: `solve.rs`
//! * norms of matrices, rank and condition: `norm.rs`

mod distance;
mod einsum;
mod factor;
mod norm;
mod product;
mod solve;

pub use einsum::{einsum, try_einsum};
pub use norm::Norm;
pub use product::Contraction;

use super::Tensor;
use crate::ops::Linalg;
use crate::slice::{Ellipsis, SliceItem};
use crate::{Backend, Error, Real, Result, Shape, broadcast_shapes};
use std::ops::Range;

/// Some rows and columns of each matrix.
fn part<T: Real, B: Backend>(x: &Tensor<T, B>, rows: Range<usize>, columns: Range<usize>) -> Tensor<T, B> {
    x.slice((Ellipsis, SliceItem::from(rows), SliceItem::from(columns))).into_tensor()
}

fn apply<T: Real, B: Backend>(op: Linalg, args: &[&Tensor<T, B>]) -> Result<Tensor<T, B>> {
    let args: Vec<_> = args.iter().map(|x| &x.0).collect();
    B::linalg(op, &args).map(Tensor)
}

/// Rows and columns; an error that names `op` if there are none.
fn matrix<T: Real, B: Backend>(op: &'static str, x: &Tensor<T, B>) -> Result<(usize, usize)> {
    match *x.shape() {
        [.., m, n] => Ok((m, n)),
        _ => Err(Error::shape(op, &[x.shape_owned()], "needs a matrix, the last two axes of a tensor")),
    }
}

fn square<T: Real, B: Backend>(op: &'static str, x: &Tensor<T, B>) -> Result<usize> {
    match matrix(op, x)? {
        (m, n) if m == n => Ok(n),
        _ => Err(Error::shape(op, &[x.shape_owned()], "the matrices must be square")),
    }
}

/// Both with as many matrices, repeated where one has fewer.
fn as_many<T: Real, B: Backend>(
    op: &'static str,
    a: &Tensor<T, B>,
    b: &Tensor<T, B>,
) -> Result<(Tensor<T, B>, Tensor<T, B>)> {
    matrix(op, a)?;
    matrix(op, b)?;
    let batch = |x: &Tensor<T, B>| Shape::from(&x.shape()[..x.rank() - 2]);
    let whole = broadcast_shapes(op, &batch(a), &batch(b)).map_err(|_| {
        Error::shape(op, &[a.shape_owned(), b.shape_owned()], "the axes in front of the matrices do not broadcast")
    })?;
    let repeated = |x: &Tensor<T, B>| {
        let shape: Shape = whole.iter().chain(&x.shape()[x.rank() - 2..]).copied().collect();
        if x.shape() == &shape[..] { Ok(x.clone()) } else { x.try_expand(shape).map(|x| x.into_tensor()) }
    };
    Ok((repeated(a)?, repeated(b)?))
}
