//! Matrix products: shapes and batches here, the kernels in `tensor-matmul`.

use super::layout;
use super::walk::{SyncPtr, coalesce, for_runs};
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::broadcast_shapes;
use crate::ops::View;
use crate::{Array, Dims, Error, Num, Result, Shape};
use tensor_matmul::{RawMut, RawRef, gemm_batched_raw, gemm_raw};

/// `[…, m, k] × […, k, n]`, as [`crate::Backend::matmul`] says.
///
/// Where the right operand has no batch axes, those of the left one join its rows: one large product instead of many
/// small ones. That goes by the shapes alone, so that no bit depends on strides.
pub(super) fn matmul<T: Factor>(a: &Array<T>, b: &Array<T>, exec: &dyn Executor) -> Result<Array<T>> {
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
            Array::build(shape, |out| T::products(1, [m, k, n], left, right, out.as_mut_ptr().cast(), exec))
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
                let left = RawRef { ptr: left.ptr.wrapping_offset(offset_a), batch_stride: step_a, ..left };
                let right = RawRef { ptr: right.ptr.wrapping_offset(offset_b), batch_stride: step_b, ..right };
                T::products(run, [m, k, n], left, right, out.wrapping_add(position * m * n), exec);
            });
        })
    }
}

/// Numbers that matrices are multiplied over.
pub(super) trait Factor: Num {
    /// `count` products `[m, k] × [k, n]`, written one behind the other.
    ///
    /// # Safety
    /// The operands lead to live elements, and there is room for the products at `out`.
    unsafe fn products(
        count: usize,
        size: [usize; 3],
        a: RawRef<Self>,
        b: RawRef<Self>,
        out: *mut Self,
        exec: &dyn Executor,
    );
}

macro_rules! reals {
    ($($t:ty),*) => { $(
        impl Factor for $t {
            unsafe fn products(
                count: usize,
                [m, k, n]: [usize; 3],
                a: RawRef<Self>,
                b: RawRef<Self>,
                out: *mut Self,
                exec: &dyn Executor,
            ) {
                let (size, out) = ([m, k, n], RawMut::new(out, n as isize, 1));
                // SAFETY: the caller's promise.
                unsafe {
                    match count {
                        1 => gemm_raw(size, 1.0, a, b, 0.0, out, exec),
                        _ => gemm_batched_raw(count, size, 1.0, a, b, 0.0, out.batch((m * n) as isize), exec),
                    }
                }
            }
        }
    )* };
}
reals!(f32, f64);

impl Factor for i64 {
    /// Rows of the right matrix times a number each, added up: matrices of integers are too rare for blocks and tiles, which
    /// are much to compile.
    unsafe fn products(
        count: usize,
        [m, k, n]: [usize; 3],
        a: RawRef<i64>,
        b: RawRef<i64>,
        out: *mut i64,
        exec: &dyn Executor,
    ) {
        let (from_a, from_b, out) = (SyncPtr(a.ptr), SyncPtr(b.ptr), Out::new(out));
        for_chunks(exec, count * m, (CHUNK / (k * n).max(1)).max(1), &|start, end| {
            for row in start..end {
                let (s, i) = ((row / m) as isize, (row % m) as isize);
                let a_row = from_a.get().wrapping_offset(s * a.batch_stride + i * a.row_stride);
                let b_first = from_b.get().wrapping_offset(s * b.batch_stride);
                // SAFETY: the caller vouches for operands and room; each row of the products is in one chunk.
                unsafe {
                    out.at(row * n).write_bytes(0, n);
                    let sums = std::slice::from_raw_parts_mut(out.at(row * n), n);
                    for p in 0..k as isize {
                        let factor = *a_row.wrapping_offset(p * a.col_stride);
                        let b_row = b_first.wrapping_offset(p * b.row_stride);
                        for (j, sum) in sums.iter_mut().enumerate() {
                            let b = *b_row.wrapping_offset(j as isize * b.col_stride);
                            *sum = sum.wrapping_add(factor.wrapping_mul(b));
                        }
                    }
                }
            }
        });
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
