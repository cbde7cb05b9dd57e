//! Matrix products: shapes and batches here, the kernels in `tensor-matmul`.

use super::layout;
use super::walk::{coalesce, for_runs};
use crate::exec::Executor;
use crate::layout::broadcast_shapes;
use crate::ops::View;
use crate::{Array, Dims, Error, Num, Result, Shape};
use tensor_matmul::{RawMut, RawRef, Scalar, gemm_batched_raw, gemm_raw};

/// `[…, m, k] × […, k, n]`, as [`crate::Backend::matmul`] says.
///
/// Where the right operand has no batch axes, those of the left one join its rows: one large product instead of many
/// small ones. That goes by the shapes alone, so that no bit depends on strides.
pub(super) fn matmul<T: Num + Scalar>(a: &Array<T>, b: &Array<T>, exec: &dyn Executor) -> Result<Array<T>> {
    let (rank_a, rank_b) = (a.shape().len(), b.shape().len());
    if rank_a == 0 || rank_b == 0 {
        return Err(Error::shape("matmul", &[a.shape(), b.shape()], "a single number has no rows or columns; use `*`"));
    }
    let k = a.shape()[rank_a - 1];
    let inner_b = b.shape()[rank_b.saturating_sub(2)];
    if k != inner_b {
        let axis = if rank_b == 1 { -1 } else { -2 };
        return Err(Error::shape(
            "matmul",
            &[a.shape(), b.shape()],
            format!("the last axis of the left ({k}) must equal axis {axis} of the right ({inner_b})"),
        ));
    }
    if rank_a > 2 && rank_b <= 2 {
        let rows: usize = a.shape()[..rank_a - 1].iter().product();
        let flat = layout::view(a, &View::Reshape(Shape::from([rows, k])), exec)?;
        let mut shape: Shape = a.shape()[..rank_a - 1].into();
        if rank_b == 2 {
            shape.push(b.shape()[1]);
        }
        return layout::view(&matmul(&flat, b, exec)?, &View::Reshape(shape), exec);
    }

    let m = if rank_a == 1 { 1 } else { a.shape()[rank_a - 2] };
    let n = if rank_b == 1 { 1 } else { b.shape()[rank_b - 1] };
    let (sa, sb) = (a.layout().strides(), b.layout().strides());
    let left = RawRef::new(a.ptr(), if rank_a == 1 { 0 } else { sa[rank_a - 2] }, sa[rank_a - 1]);
    let right = RawRef::new(b.ptr(), sb[rank_b.saturating_sub(2)], if rank_b == 1 { 0 } else { sb[rank_b - 1] });
    if rank_a <= 2 && rank_b <= 2 {
        let shape = match (rank_a, rank_b) {
            (1, 1) => Shape::new(),
            (_, 1) => Shape::from([m]),
            (1, _) => Shape::from([n]),
            _ => Shape::from([m, n]),
        };
        // SAFETY: the operands' layouts stay inside their buffers; the product writes every element of the new one.
        return unsafe {
            Array::build(shape, |out| {
                let out = RawMut::new(out.as_mut_ptr().cast(), n as isize, 1);
                gemm_raw([m, k, n], T::one(), left, right, T::zero(), out, exec)
            })
        };
    }
    let batch_a: Shape = a.shape()[..rank_a.saturating_sub(2)].into();
    let batch_b: Shape = b.shape()[..rank_b.saturating_sub(2)].into();
    let batch = broadcast_shapes("matmul", &batch_a, &batch_b).map_err(|_| {
        Error::shape("matmul", &[a.shape(), b.shape()], "the axes in front of the matrices do not broadcast")
    })?;
    let mut shape = batch.clone();
    if rank_a > 1 {
        shape.push(m);
    }
    if rank_b > 1 {
        shape.push(n);
    }

    let (sizes, [along_a, along_b]) =
        coalesce(&batch, [&batch_strides(&batch_a, sa, &batch), &batch_strides(&batch_b, sb, &batch)]);
    let count: usize = batch.iter().product();
    let (step_a, step_b) = (along_a[along_a.len() - 1], along_b[along_b.len() - 1]);
    // SAFETY: the operands' layouts stay inside their buffers; the runs cover the new buffer's `count` matrices, and the
    // products write every element of theirs (with k = 0, zeros).
    unsafe {
        Array::build(shape, |out| {
            let out: *mut T = out.as_mut_ptr().cast();
            for_runs(&sizes, &along_a, 0, count, &mut |offset_a, position, run| {
                let mut offset_b = 0;
                for_runs(&sizes, &along_b, position, 1, &mut |offset, _, _| offset_b = offset);
                gemm_batched_raw(
                    run,
                    [m, k, n],
                    T::one(),
                    RawRef { ptr: left.ptr.wrapping_offset(offset_a), batch_stride: step_a, ..left },
                    RawRef { ptr: right.ptr.wrapping_offset(offset_b), batch_stride: step_b, ..right },
                    T::zero(),
                    RawMut::new(out.wrapping_add(position * m * n), n as isize, 1).batch((m * n) as isize),
                    exec,
                );
            });
        })
    }
}

/// How far apart an operand's matrices lie along each axis of the whole batch; 0 where they are repeated.
fn batch_strides(own: &Shape, strides: &[isize], batch: &Shape) -> Dims<isize> {
    let added = batch.len() - own.len();
    let mut along = Dims::filled(0, batch.len());
    for (axis, &size) in own.iter().enumerate() {
        if size == batch[added + axis] {
            along[added + axis] = strides[axis];
        }
    }
    along
}
