//! The specification: a backend that defines every operation by a loop over indices, with nothing clever in it.
//!
//! The tests hold the backends of `tensor-core` against [`Reference`] and it shares no kernel with them: elements are
//! computed one at a time (`functions`, `special`), widened to `f64` or `i128` (`wide`), each as a function of its index (`grid`);
//! views and indexing are maps of indices (`look`, `view`, `index`). Where order or precision is an implementation's
//! business, in sums and elementary functions of reals, the definition is meant up to rounding.

mod along;
mod functions;
mod grid;
mod index;
mod linalg;
mod look;
mod product;
mod random;
mod special;
mod view;
mod wide;

use grid::{Operand, array, at, broadcast, broadcast_at, check_axis, map, tabulate, zip};
use tensor_core::ops::*;
use tensor_core::{Arg, Array, Backend, Element, Error, Key, Num, Real, Result, Shape};
use wide::{narrow, wide};

/// The backend that defines what the others compute. Arrays always lie in row-major order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference;

impl Backend for Reference {
    type Prim<T: Element> = Array<T>;

    fn from_array<T: Element>(array: Array<T>) -> Array<T> {
        Array::from_slice(&array.to_vec(), array.shape()).expect("the elements of an array")
    }

    fn as_array<T: Element>(x: &Array<T>) -> &Array<T> {
        x
    }

    fn update<T: Element>(x: &mut Array<T>, f: impl FnOnce(Operand<'_, T>) -> Result<Array<T>>) -> Result<()> {
        *x = f(Arg::Own(x))?;
        Ok(())
    }

    fn unary<T: Num>(op: Unary, x: Operand<'_, T>) -> Result<Array<T>> {
        map(&array(x), |x| functions::unary(op, x))
    }

    fn unary_real<T: Real>(op: UnaryReal, x: Operand<'_, T>) -> Result<Array<T>> {
        map(&array(x), |x| functions::unary_real(op, x))
    }

    fn binary<T: Num>(op: Binary, a: Operand<'_, T>, b: Operand<'_, T>) -> Result<Array<T>> {
        zip(op.name(), a, b, |a, b| functions::binary(op, a, b))
    }

    fn binary_real<T: Real>(op: BinaryReal, a: Operand<'_, T>, b: Operand<'_, T>) -> Result<Array<T>> {
        zip(op.name(), a, b, |a, b| functions::binary_real(op, a, b))
    }

    fn compare<T: Num>(op: Compare, a: Operand<'_, T>, b: Operand<'_, T>) -> Result<Array<bool>> {
        zip(op.name(), a, b, |a, b| functions::compare(op, a, b))
    }

    fn logic(op: Logic, a: Operand<'_, bool>, b: Operand<'_, bool>) -> Result<Array<bool>> {
        zip(op.name(), a, b, |a, b| functions::logic(op, a, b))
    }

    fn select<T: Element>(mask: &Array<bool>, a: Operand<'_, T>, b: Operand<'_, T>) -> Result<Array<T>> {
        let (a, b) = (array(a), array(b));
        let shape = broadcast("select", mask.shape(), &broadcast("select", a.shape(), b.shape())?)?;
        tabulate(&shape, |i| broadcast_at(if broadcast_at(mask, &i) { &a } else { &b }, &i))
    }

    fn cast<T: Element, U: Element>(x: &Array<T>) -> Result<Array<U>> {
        map(x, |x| narrow(wide(x)))
    }

    fn reduce<T: Num>(op: Reduce, x: &Array<T>, axes: &[usize], keepdim: bool) -> Result<Array<T>> {
        along::reduce(op, x, axes, keepdim)
    }

    fn arg_reduce<T: Num>(op: ArgReduce, x: &Array<T>, axis: usize, keepdim: bool) -> Result<Array<i64>> {
        along::arg_reduce(op, x, axis, keepdim)
    }

    fn scan<T: Num>(op: Scan, x: &Array<T>, axis: usize) -> Result<Array<T>> {
        along::scan(op, x, axis)
    }

    fn sort<T: Num>(x: &Array<T>, axis: usize, descending: bool, count: usize) -> Result<(Array<T>, Array<i64>)> {
        along::sort(x, axis, descending, count)
    }

    fn matmul<T: Num>(a: &Array<T>, b: &Array<T>) -> Result<Array<T>> {
        product::matmul(a, b)
    }

    fn linalg<T: Real>(op: Linalg, args: &[&Array<T>]) -> Result<Array<T>> {
        linalg::linalg(op, args)
    }

    fn view<T: Element>(x: &Array<T>, view: &View) -> Result<Array<T>> {
        view::look(x.shape(), view)?.read(x)
    }

    fn view_assign<T: Element>(x: Operand<'_, T>, view: &View, src: Operand<'_, T>) -> Result<Array<T>> {
        write("assign", &array(x), view, &array(src), |_, new| new)
    }

    fn view_add<T: Num>(x: Operand<'_, T>, view: &View, src: Operand<'_, T>) -> Result<Array<T>> {
        write("add", &array(x), view, &array(src), |old, new| functions::binary(Binary::Add, old, new))
    }

    fn pad<T: Element>(x: &Array<T>, padding: &[(usize, usize)], value: T) -> Result<Array<T>> {
        if padding.len() != x.shape().len() {
            return Err(Error::shape("pad", &[x.shape()], "needs a pair for each axis"));
        }
        let around = |(&size, &(before, after)): (&usize, &(usize, usize))| {
            let total = size.checked_add(before).and_then(|size| size.checked_add(after));
            total.ok_or_else(|| Error::shape("pad", &[x.shape()], "the result would be too large"))
        };
        let shape: Vec<usize> = x.shape().iter().zip(padding).map(around).collect::<Result<_>>()?;
        tabulate(&shape, |i| {
            let inside = |(i, (before, _)): (&usize, &(usize, usize))| i.checked_sub(*before);
            let own: Option<Vec<usize>> = i.iter().zip(padding).map(inside).collect();
            own.filter(|own| own.iter().zip(x.shape().iter()).all(|(i, size)| i < size))
                .map_or(value, |own| at(x, &own))
        })
    }

    fn concat<T: Element>(parts: &[&Array<T>], axis: usize) -> Result<Array<T>> {
        let Some(first) = parts.first() else { return Err(Error::value("concat", "needs at least one tensor")) };
        check_axis("concat", axis, first.shape())?;
        let others = |x: &Array<T>| -> Vec<usize> {
            x.shape().iter().enumerate().filter(|&(a, _)| a != axis).map(|(_, &size)| size).collect()
        };
        for part in parts {
            if part.shape().len() != first.shape().len() || others(part) != others(first) {
                let hint = "all other axes must have equal sizes";
                return Err(Error::shape("concat", &[first.shape(), part.shape()], hint));
            }
        }
        // Where along the axis each element of the result comes from: which part, and which place there.
        let origins: Vec<(usize, usize)> =
            parts.iter().enumerate().flat_map(|(p, x)| (0..x.shape()[axis]).map(move |i| (p, i))).collect();
        let mut shape = first.shape().to_vec();
        shape[axis] = origins.len();
        tabulate(&shape, |mut i| {
            let (part, own) = origins[i[axis]];
            i[axis] = own;
            at(parts[part], &i)
        })
    }

    fn index_select<T: Element>(x: &Array<T>, axis: usize, index: &Array<i64>) -> Result<Array<T>> {
        index::slices("index_select", x.shape(), axis, index)?.read(x)
    }

    fn index_add<T: Num>(x: Operand<'_, T>, axis: usize, index: &Array<i64>, src: &Array<T>) -> Result<Array<T>> {
        let x = array(x);
        let look = index::slices("index_add", x.shape(), axis, index)?;
        if src.shape()[..] != look.shape {
            let hint = "what is added must have the shape that selecting by this index gives";
            return Err(Error::shape("index_add", &[src.shape(), &look.shape[..].into()], hint));
        }
        look.write(&x, |i| at(src, i), |old, new| functions::binary(Binary::Add, old, new))
    }

    fn gather<T: Element>(x: &Array<T>, axis: usize, index: &Array<i64>) -> Result<Array<T>> {
        index::elements("gather", x.shape(), axis, index)?.read(x)
    }

    fn scatter<T: Element>(
        op: Scatter,
        x: Operand<'_, T>,
        axis: usize,
        index: &Array<i64>,
        src: &Array<T>,
    ) -> Result<Array<T>> {
        let x = array(x);
        let look = index::elements(op.name(), x.shape(), axis, index)?;
        let covers = src.shape().len() == index.shape().len()
            && src.shape().iter().zip(index.shape().iter()).all(|(have, need)| have >= need);
        if !covers {
            return Err(Error::shape(op.name(), &[src.shape(), index.shape()], "the source must cover the index"));
        }
        let join = |old, new| match op {
            Scatter::Assign => new,
            Scatter::Add => narrow(wide(old) + wide(new)),
            Scatter::Mul => narrow(wide(old) * wide(new)),
            Scatter::Max if functions::is_nan(old) || old > new => old,
            Scatter::Min if functions::is_nan(old) || old < new => old,
            Scatter::Max | Scatter::Min => new,
        };
        look.write(&x, |i| at(src, i), join)
    }

    fn fill<T: Element>(shape: &Shape, value: T) -> Result<Array<T>> {
        tabulate(shape, |_| value)
    }

    fn random<T: Element>(shape: &Shape, distribution: Distribution<T>, key: Key) -> Result<Array<T>> {
        random::random(shape, distribution, key)
    }

    fn fused<T: Real>(op: &Fused, args: &[&Array<T>]) -> Result<Array<T>> {
        match (op, args) {
            (Fused::Mse, [x, y]) if x.shape() == y.shape() => {
                let squares =
                    grid::elements(x).iter().zip(grid::elements(y)).map(|(x, y)| (x.as_f64() - y.as_f64()).powi(2));
                Array::from_slice(&[T::from_f64(squares.sum::<f64>() / x.numel() as f64)], ())
            }
            (Fused::Mse, [x, y]) => Err(Error::shape("mse", &[x.shape(), y.shape()], "the shapes must be equal")),
            (Fused::Softmax { axis }, [x]) => along::softmax("softmax", x, *axis, |x, sum| x.exp() / sum),
            (Fused::LogSoftmax { axis }, [x]) => along::softmax("log_softmax", x, *axis, |x, sum| x - sum.ln()),
            (Fused::LogCumSumExp { axis }, [x]) => along::logcumsumexp(x, *axis),
            (Fused::Recurrence { axis }, [x, decay]) => along::recurrence(x, decay, *axis),
            (
                Fused::Mse
                | Fused::Softmax { .. }
                | Fused::LogSoftmax { .. }
                | Fused::LogCumSumExp { .. }
                | Fused::Recurrence { .. },
                _,
            ) => Err(Error::value("fused", "the wrong number of operands")),
        }
    }
}

/// `x` with `join(old, src)`, `src` broadcast, in place of each element that `view` shows, in row-major order of the view.
fn write<T: Element>(
    op: &'static str,
    x: &Array<T>,
    view: &View,
    src: &Array<T>,
    join: impl Fn(T, T) -> T,
) -> Result<Array<T>> {
    let look = view::look(x.shape(), view)?;
    if broadcast(op, &look.shape, src.shape())? != look.shape {
        let hint = "what is written must broadcast to its place";
        return Err(Error::shape(op, &[&look.shape[..].into(), src.shape()], hint));
    }
    look.write(x, |i| broadcast_at(src, i), join)
}
