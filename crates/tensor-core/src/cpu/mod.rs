//! The backends that compute: one implementation, run by one thread or by rayon's.
//!
//! Each verb goes to a kernel that was compiled in this crate for each element type ([`kernels`]), with the executor as
//! a trait object, so that a program that uses tensors does not compile kernels again. The kernels cut their work by its
//! size alone, which is why both backends give the same bits.

mod chunks;
mod elementwise;
mod functions;
mod fused;
mod index;
pub(crate) mod kernels;
mod lanes;
mod layout;
mod linalg;
mod narrow;
mod product;
mod random;
mod reduce;
mod scan;
mod sort;
mod step;
#[cfg(test)]
mod testing;
mod walk;

use crate::backend::Backend;
use crate::exec::{Executor, Sequential};
use crate::ops::*;
use crate::random::Key;
use crate::{Arg, Array, Element, Num, Real, Result, Shape};
use std::fmt::Debug;

/// The CPU, its kernels run by `E`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu<E>(E);

/// One thread.
pub type Serial = Cpu<Sequential>;

/// The threads of rayon's current pool, for work that is large enough; the same bits as [`Serial`].
#[cfg(feature = "rayon")]
pub type Parallel = Cpu<crate::exec::Rayon>;

/// An operand of a kernel.
pub(crate) type ArrayArg<'a, T> = Arg<'a, T, Array<T>>;

impl<E: Executor + Copy + Default + Debug + 'static> Backend for Cpu<E> {
    type Prim<T: Element> = Array<T>;

    #[inline]
    fn from_array<T: Element>(array: Array<T>) -> Array<T> {
        array
    }

    #[inline]
    fn as_array<T: Element>(x: &Array<T>) -> &Array<T> {
        x
    }

    #[inline]
    fn update<T: Element>(x: &mut Array<T>, f: impl FnOnce(ArrayArg<'_, T>) -> Result<Array<T>>) -> Result<()> {
        *x = f(Arg::Own(x))?;
        Ok(())
    }

    #[inline]
    fn unary<T: Num>(op: Unary, x: ArrayArg<'_, T>) -> Result<Array<T>> {
        T::unary(op, x, &E::default())
    }

    #[inline]
    fn unary_real<T: Real>(op: UnaryReal, x: ArrayArg<'_, T>) -> Result<Array<T>> {
        T::unary_real(op, x, &E::default())
    }

    #[inline]
    fn binary<T: Num>(op: Binary, a: ArrayArg<'_, T>, b: ArrayArg<'_, T>) -> Result<Array<T>> {
        T::binary(op, a, b, &E::default())
    }

    #[inline]
    fn binary_real<T: Real>(op: BinaryReal, a: ArrayArg<'_, T>, b: ArrayArg<'_, T>) -> Result<Array<T>> {
        T::binary_real(op, a, b, &E::default())
    }

    fn compare<T: Num>(op: Compare, a: ArrayArg<'_, T>, b: ArrayArg<'_, T>) -> Result<Array<bool>> {
        T::compare(op, a, b, &E::default())
    }

    fn logic(op: Logic, a: ArrayArg<'_, bool>, b: ArrayArg<'_, bool>) -> Result<Array<bool>> {
        elementwise::logic(op, a, b, &E::default())
    }

    fn select<T: Element>(mask: &Array<bool>, a: ArrayArg<'_, T>, b: ArrayArg<'_, T>) -> Result<Array<T>> {
        T::select(mask, a, b, &E::default())
    }

    fn cast<T: Element, U: Element>(x: &Array<T>) -> Result<Array<U>> {
        U::cast_from(T::any(x), &E::default())
    }

    fn reduce<T: Num>(op: Reduce, x: &Array<T>, axes: &[usize], keepdim: bool) -> Result<Array<T>> {
        T::reduce(op, x, axes, keepdim, &E::default())
    }

    fn arg_reduce<T: Num>(op: ArgReduce, x: &Array<T>, axis: usize, keepdim: bool) -> Result<Array<i64>> {
        T::arg_reduce(op, x, axis, keepdim, &E::default())
    }

    fn scan<T: Num>(op: Scan, x: &Array<T>, axis: usize) -> Result<Array<T>> {
        T::scan(op, x, axis, &E::default())
    }

    fn sort<T: Num>(x: &Array<T>, axis: usize, descending: bool, count: usize) -> Result<(Array<T>, Array<i64>)> {
        T::sort(x, axis, descending, count, &E::default())
    }

    #[inline]
    fn matmul<T: Num>(a: &Array<T>, b: &Array<T>) -> Result<Array<T>> {
        T::matmul(a, b, &E::default())
    }

    fn linalg<T: Real>(op: Linalg, args: &[&Array<T>]) -> Result<Array<T>> {
        T::linalg(op, args, &E::default())
    }

    #[inline]
    fn view<T: Element>(x: &Array<T>, view: &View) -> Result<Array<T>> {
        T::view(x, view, &E::default())
    }

    fn view_assign<T: Element>(x: ArrayArg<'_, T>, view: &View, src: ArrayArg<'_, T>) -> Result<Array<T>> {
        T::view_assign(x, view, src, &E::default())
    }

    fn view_add<T: Num>(x: ArrayArg<'_, T>, view: &View, src: ArrayArg<'_, T>) -> Result<Array<T>> {
        T::view_add(x, view, src, &E::default())
    }

    fn pad<T: Element>(x: &Array<T>, padding: &[(usize, usize)], value: T) -> Result<Array<T>> {
        T::pad(x, padding, value, &E::default())
    }

    fn concat<T: Element>(parts: &[&Array<T>], axis: usize) -> Result<Array<T>> {
        T::concat(parts, axis, &E::default())
    }

    fn index_select<T: Element>(x: &Array<T>, axis: usize, index: &Array<i64>) -> Result<Array<T>> {
        T::index_select(x, axis, index, &E::default())
    }

    fn index_add<T: Num>(x: ArrayArg<'_, T>, axis: usize, index: &Array<i64>, src: &Array<T>) -> Result<Array<T>> {
        T::index_add(x, axis, index, src, &E::default())
    }

    fn gather<T: Element>(x: &Array<T>, axis: usize, index: &Array<i64>) -> Result<Array<T>> {
        T::gather(x, axis, index, &E::default())
    }

    fn scatter<T: Element>(
        op: Scatter,
        x: ArrayArg<'_, T>,
        axis: usize,
        index: &Array<i64>,
        src: &Array<T>,
    ) -> Result<Array<T>> {
        T::scatter(op, x, axis, index, src, &E::default())
    }

    fn fill<T: Element>(shape: &Shape, value: T) -> Result<Array<T>> {
        T::fill(shape, value, &E::default())
    }

    fn random<T: Element>(shape: &Shape, distribution: Distribution<T>, key: Key) -> Result<Array<T>> {
        T::random(shape, distribution, key, &E::default())
    }

    #[inline]
    fn fused<T: Real>(op: &Fused, args: &[&Array<T>]) -> Result<Array<T>> {
        T::fused(op, args, &E::default())
    }

    #[inline]
    fn step<T: Real>(
        step: &Step<T>,
        x: ArrayArg<'_, T>,
        gradient: &Array<T>,
        state: &mut [&mut Array<T>],
    ) -> Result<Array<T>> {
        T::step(step, x, gradient, state, &E::default())
    }
}
