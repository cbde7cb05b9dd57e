//! Narrow integers take the kernels of `i64`: sums, orders and products wrap to the same bits, and each kernel that is
//! not compiled once more for `i32` and `u8` makes the library lighter.

use super::kernels::{AnyArray, AxisKernels, ElementKernels};
use crate::exec::Executor;
use crate::ops::*;
use crate::{Array, Num, Result};

fn wide<T: Num>(x: &Array<T>, exec: &dyn Executor) -> Result<Array<i64>> {
    <i64 as ElementKernels>::cast_from(T::any(x), exec)
}

fn narrow<T: Num>(x: &Array<i64>, exec: &dyn Executor) -> Result<Array<T>> {
    T::cast_from(AnyArray::I64(x), exec)
}

pub(super) fn reduce<T: Num>(
    op: Reduce,
    x: &Array<T>,
    axes: &[usize],
    keepdim: bool,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    narrow(&i64::reduce(op, &wide(x, exec)?, axes, keepdim, exec)?, exec)
}

pub(super) fn arg_reduce<T: Num>(
    op: ArgReduce,
    x: &Array<T>,
    axis: usize,
    keepdim: bool,
    exec: &dyn Executor,
) -> Result<Array<i64>> {
    i64::arg_reduce(op, &wide(x, exec)?, axis, keepdim, exec)
}

pub(super) fn scan<T: Num>(op: Scan, x: &Array<T>, axis: usize, exec: &dyn Executor) -> Result<Array<T>> {
    narrow(&i64::scan(op, &wide(x, exec)?, axis, exec)?, exec)
}

pub(super) fn sort<T: Num>(
    x: &Array<T>,
    axis: usize,
    descending: bool,
    count: usize,
    exec: &dyn Executor,
) -> Result<(Array<T>, Array<i64>)> {
    let (sorted, index) = i64::sort(&wide(x, exec)?, axis, descending, count, exec)?;
    Ok((narrow(&sorted, exec)?, index))
}

pub(super) fn matmul<T: Num>(a: &Array<T>, b: &Array<T>, exec: &dyn Executor) -> Result<Array<T>> {
    narrow(&i64::matmul(&wide(a, exec)?, &wide(b, exec)?, exec)?, exec)
}
