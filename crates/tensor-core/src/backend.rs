//! The verbs: what a place of execution must be able to do.
//!
//! A [`Tensor`](crate::Tensor) is a value of some backend's [`Backend::Prim`]. [`crate::Serial`] and [`crate::Parallel`]
//! compute; a decorator, such as the `Autodiff` of the crate `autograd`, wraps another backend and does something
//! besides. Verbs are few and take the operation as data ([`crate::ops`]), so that a backend or decorator costs as
//! many methods as there are verbs, and a new operation costs one enum variant.

use crate::ops::*;
use crate::random::Key;
use crate::{Array, Element, Num, Real, Result, Shape};
use std::fmt::Debug;

/// An operand on its way into a verb.
#[derive(Debug)]
pub enum Arg<'a, T, P> {
    /// Someone else's.
    Ref(&'a P),
    /// A value that its owner gives up when the verb succeeds: if no other handle shares its buffer, the result may take
    /// that buffer. A verb that fails leaves it as it was.
    Own(&'a mut P),
    /// One number standing for a tensor of rank 0, without the allocation.
    Scalar(T),
}

impl<'a, T, P> Arg<'a, T, P> {
    /// The value behind the operand, if it is not a scalar.
    #[inline]
    pub fn prim(&self) -> Option<&P> {
        match self {
            Arg::Ref(p) => Some(p),
            Arg::Own(p) => Some(p),
            Arg::Scalar(_) => None,
        }
    }
}

/// Shorthand for an operand of backend `B`.
pub type BackendArg<'a, T, B> = Arg<'a, T, <B as Backend>::Prim<T>>;

/// A place of execution: what it stores, and what it can do with it.
///
/// Verbs check their operands and return an [`Error`](crate::Error) before anything is changed. Operands of elementwise
/// verbs broadcast. All axes are given counted from the front.
pub trait Backend: Copy + Clone + Default + Debug + Send + Sync + 'static {
    /// A tensor of this backend: a value, cheap to clone.
    type Prim<T: Element>: Clone + Send + Sync + 'static;

    // ---- The way in and out

    /// A constant with these elements.
    fn from_array<T: Element>(array: Array<T>) -> Self::Prim<T>;

    /// The elements.
    fn as_array<T: Element>(x: &Self::Prim<T>) -> &Array<T>;

    /// Replaces `x` by what `f` makes of it, in place where no other handle shares its buffer; if `f` fails, `x` is as
    /// before. All writing in place comes through here, so that a decorator can allow it, refuse it or record it.
    fn update<T: Element>(
        x: &mut Self::Prim<T>,
        f: impl FnOnce(BackendArg<'_, T, Self>) -> Result<Self::Prim<T>>,
    ) -> Result<()>;

    /// The same value without a history; the value itself where there is none.
    fn detach<T: Element>(x: &Self::Prim<T>) -> Self::Prim<T> {
        x.clone()
    }

    /// What printing adds behind the elements, such as `requires_grad`.
    fn note<T: Element>(_: &Self::Prim<T>) -> Option<String> {
        None
    }

    // ---- Elementwise, broadcasting

    /// `op` of each element.
    fn unary<T: Num>(op: Unary, x: BackendArg<'_, T, Self>) -> Result<Self::Prim<T>>;

    /// `op` of each element.
    fn unary_real<T: Real>(op: UnaryReal, x: BackendArg<'_, T, Self>) -> Result<Self::Prim<T>>;

    /// `op` of each pair of elements.
    fn binary<T: Num>(op: Binary, a: BackendArg<'_, T, Self>, b: BackendArg<'_, T, Self>) -> Result<Self::Prim<T>>;

    /// `op` of each pair of elements.
    fn binary_real<T: Real>(
        op: BinaryReal,
        a: BackendArg<'_, T, Self>,
        b: BackendArg<'_, T, Self>,
    ) -> Result<Self::Prim<T>>;

    /// Whether `op` holds for each pair of elements; a constant.
    fn compare<T: Num>(op: Compare, a: BackendArg<'_, T, Self>, b: BackendArg<'_, T, Self>)
    -> Result<Self::Prim<bool>>;

    /// `op` of each pair of truth values.
    fn logic(op: Logic, a: BackendArg<'_, bool, Self>, b: BackendArg<'_, bool, Self>) -> Result<Self::Prim<bool>>;

    /// `a` where `mask` is true, `b` elsewhere.
    fn select<T: Element>(
        mask: &Self::Prim<bool>,
        a: BackendArg<'_, T, Self>,
        b: BackendArg<'_, T, Self>,
    ) -> Result<Self::Prim<T>>;

    /// Each element in another type, as Rust's `as` converts (to `bool`: whether it differs from 0). Recorded between
    /// real types, a constant otherwise.
    fn cast<T: Element, U: Element>(x: &Self::Prim<T>) -> Result<Self::Prim<U>>;

    // ---- Along axes

    /// Reduces `axes` (ascending, each once) to one value; they stay with size 1 if `keepdim`.
    fn reduce<T: Num>(op: Reduce, x: &Self::Prim<T>, axes: &[usize], keepdim: bool) -> Result<Self::Prim<T>>;

    /// Where along `axis` the extreme value stands; a constant.
    fn arg_reduce<T: Num>(op: ArgReduce, x: &Self::Prim<T>, axis: usize, keepdim: bool) -> Result<Self::Prim<i64>>;

    /// Runs along `axis`.
    fn scan<T: Num>(op: Scan, x: &Self::Prim<T>, axis: usize) -> Result<Self::Prim<T>>;

    /// The first `count` elements in order along `axis`, and where each came from. Equal elements keep their order; NaN is
    /// larger than every number.
    fn sort<T: Num>(
        x: &Self::Prim<T>,
        axis: usize,
        descending: bool,
        count: usize,
    ) -> Result<(Self::Prim<T>, Self::Prim<i64>)>;

    // ---- Products

    /// `[…, m, k] × […, k, n] → […, m, n]`, the axes in front broadcast. A vector on the left counts as a row, one on
    /// the right as a column, and that axis is gone from the result.
    fn matmul<T: Num>(a: &Self::Prim<T>, b: &Self::Prim<T>) -> Result<Self::Prim<T>>;

    /// Factorisations, determinants, solutions of linear equations: see [`Linalg`].
    fn linalg<T: Real>(op: Linalg, args: &[&Self::Prim<T>]) -> Result<Self::Prim<T>>;

    // ---- Layout

    /// Another look at the same elements.
    fn view<T: Element>(x: &Self::Prim<T>, view: &View) -> Result<Self::Prim<T>>;

    /// `x` with `src`, broadcast, in place of what `view` shows of it.
    fn view_assign<T: Element>(
        x: BackendArg<'_, T, Self>,
        view: &View,
        src: BackendArg<'_, T, Self>,
    ) -> Result<Self::Prim<T>>;

    /// `x` with `src`, broadcast, added to what `view` shows of it; where the view shows an element several times, all
    /// are added, in row-major order of the view. The adjoint of [`Backend::view`].
    fn view_add<T: Num>(x: BackendArg<'_, T, Self>, view: &View, src: BackendArg<'_, T, Self>)
    -> Result<Self::Prim<T>>;

    /// `before` and `after` copies of `value` around each axis.
    fn pad<T: Element>(x: &Self::Prim<T>, padding: &[(usize, usize)], value: T) -> Result<Self::Prim<T>>;

    /// One behind the other along `axis`; at least one, equal in all other axes.
    fn concat<T: Element>(parts: &[&Self::Prim<T>], axis: usize) -> Result<Self::Prim<T>>;

    // ---- By index

    /// The slices of `x` along `axis` that `index`, of any shape, names: that axis becomes the axes of `index`.
    /// Negative indices count from the end.
    fn index_select<T: Element>(x: &Self::Prim<T>, axis: usize, index: &Self::Prim<i64>) -> Result<Self::Prim<T>>;

    /// `x` with the slices of `src` added at the places along `axis` that `index` names, in that order. The adjoint of
    /// [`Backend::index_select`].
    fn index_add<T: Num>(
        x: BackendArg<'_, T, Self>,
        axis: usize,
        index: &Self::Prim<i64>,
        src: &Self::Prim<T>,
    ) -> Result<Self::Prim<T>>;

    /// `out[i, j, …] = x[i, index[i, j, …], …]`, the index standing at `axis`. `index` has the rank of `x` and no axis
    /// longer than that of `x`, `axis` excepted.
    fn gather<T: Element>(x: &Self::Prim<T>, axis: usize, index: &Self::Prim<i64>) -> Result<Self::Prim<T>>;

    /// `x` with each `src[i, j, …]` joined into `x[i, index[i, j, …], …]`. `src` has at least the shape of `index`.
    fn scatter<T: Element>(
        op: Scatter,
        x: BackendArg<'_, T, Self>,
        axis: usize,
        index: &Self::Prim<i64>,
        src: &Self::Prim<T>,
    ) -> Result<Self::Prim<T>>;

    // ---- From nothing

    /// `shape` times the same value.
    fn fill<T: Element>(shape: &Shape, value: T) -> Result<Self::Prim<T>>;

    /// Random elements. Element `i` of the tensor depends on `key` and `i` alone.
    fn random<T: Element>(shape: &Shape, distribution: Distribution<T>, key: Key) -> Result<Self::Prim<T>>;

    // ---- Composites worth one kernel

    /// See [`Fused`].
    fn fused<T: Real>(op: &Fused, args: &[&Self::Prim<T>]) -> Result<Self::Prim<T>>;

    /// The value that `step` makes of `x`; what is remembered of it, `state`, is changed with it. See [`Step`].
    ///
    /// A backend that does not say otherwise does it by its other verbs; by one kernel it is the same to the bit.
    fn step<T: Real>(
        step: &Step<T>,
        x: BackendArg<'_, T, Self>,
        gradient: &Self::Prim<T>,
        state: &mut [&mut Self::Prim<T>],
    ) -> Result<Self::Prim<T>> {
        by_verbs::<T, Self>(step, x, gradient, state)
    }
}
