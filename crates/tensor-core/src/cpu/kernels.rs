//! The table of kernels: which function serves which verb, for which element types.
//!
//! Each line becomes a method of a sealed trait that [`crate::Element`], [`crate::Num`] or [`crate::Real`] inherits, and
//! is implemented for each type by calling the function behind `=`. That compiles the kernels here and not in the
//! programs that use them.

use super::step as steps;
use super::{ArrayArg, elementwise, fused, index, layout, linalg, narrow, product, random as rng, reduce, scan, sort};
use crate::exec::Executor;
use crate::ops::*;
use crate::random::Key;
use crate::{Array, Result, Shape};

/// An array of any element type.
#[allow(missing_docs)] // The variants are the types' names.
pub enum AnyArray<'a> {
    F32(&'a Array<f32>),
    F64(&'a Array<f64>),
    I64(&'a Array<i64>),
    I32(&'a Array<i32>),
    U8(&'a Array<u8>),
    Bool(&'a Array<bool>),
}

macro_rules! kernels {
    (@trait [$(#[$doc:meta])*] $trait:ident {
        $(fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $path:path;)*
    }) => {
        $(#[$doc])*
        #[allow(missing_docs)] // The verbs of `Backend` are documented there.
        pub trait $trait: Sized + Copy + 'static {
            $(fn $name($($arg: $ty,)* exec: &dyn Executor) -> $out where Self: crate::Element;)*
        }
    };
    (@each $trait:ident [$($t:ty),*] $fns:tt) => { $( kernels!(@impl $trait $t; $fns); )* };
    (@impl $trait:ident $t:ty; { $(fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $path:path;)* }) => {
        impl $trait for $t {
            $(fn $name($($arg: $ty,)* exec: &dyn Executor) -> $out { $path($($arg,)* exec) })*
        }
    };
    ($(#[$doc:meta])* $trait:ident for $types:tt { $($fns:tt)* }) => {
        kernels!(@trait [$(#[$doc])*] $trait { $($fns)* });
        kernels!(@each $trait $types { $($fns)* });
    };
}

kernels! {
    /// What can be done with elements of any type.
    ElementKernels for [f32, f64, i64, i32, u8, bool] {
        fn contiguous(x: &Array<Self>) -> Result<Array<Self>> = layout::contiguous;
        fn collect(x: &Array<Self>) -> Vec<Self> = layout::collect;
        fn cast_from(x: AnyArray<'_>) -> Result<Array<Self>> = elementwise::cast;
        fn select(mask: &Array<bool>, a: ArrayArg<'_, Self>, b: ArrayArg<'_, Self>) -> Result<Array<Self>>
            = elementwise::select;
        fn view(x: &Array<Self>, view: &View) -> Result<Array<Self>> = layout::view;
        fn view_assign(x: ArrayArg<'_, Self>, view: &View, src: ArrayArg<'_, Self>) -> Result<Array<Self>>
            = layout::view_assign;
        fn pad(x: &Array<Self>, padding: &[(usize, usize)], value: Self) -> Result<Array<Self>> = layout::pad;
        fn concat(parts: &[&Array<Self>], axis: usize) -> Result<Array<Self>> = layout::concat;
        fn index_select(x: &Array<Self>, axis: usize, index: &Array<i64>) -> Result<Array<Self>> = index::index_select;
        fn gather(x: &Array<Self>, axis: usize, index: &Array<i64>) -> Result<Array<Self>> = index::gather;
        fn scatter(op: Scatter, x: ArrayArg<'_, Self>, axis: usize, index: &Array<i64>, src: &Array<Self>)
            -> Result<Array<Self>> = index::scatter;
        fn fill(shape: &Shape, value: Self) -> Result<Array<Self>> = layout::fill;
        fn random(shape: &Shape, distribution: Distribution<Self>, key: Key) -> Result<Array<Self>> = rng::random;
    }
}

kernels! {
    /// What can be done with numbers.
    NumKernels for [f32, f64, i64, i32, u8] {
        fn unary(op: Unary, x: ArrayArg<'_, Self>) -> Result<Array<Self>> = elementwise::unary;
        fn binary(op: Binary, a: ArrayArg<'_, Self>, b: ArrayArg<'_, Self>) -> Result<Array<Self>> = elementwise::binary;
        fn compare(op: Compare, a: ArrayArg<'_, Self>, b: ArrayArg<'_, Self>) -> Result<Array<bool>>
            = elementwise::compare;
        fn view_add(x: ArrayArg<'_, Self>, view: &View, src: ArrayArg<'_, Self>) -> Result<Array<Self>>
            = layout::view_add;
        fn index_add(x: ArrayArg<'_, Self>, axis: usize, index: &Array<i64>, src: &Array<Self>) -> Result<Array<Self>>
            = index::index_add;
    }
}

kernels! {
    /// Reductions, orders and products of numbers.
    AxisKernels for [f32, f64, i64] {
        fn reduce(op: Reduce, x: &Array<Self>, axes: &[usize], keepdim: bool) -> Result<Array<Self>> = reduce::reduce;
        fn arg_reduce(op: ArgReduce, x: &Array<Self>, axis: usize, keepdim: bool) -> Result<Array<i64>>
            = reduce::arg_reduce;
        fn scan(op: Scan, x: &Array<Self>, axis: usize) -> Result<Array<Self>> = scan::scan;
        fn sort(x: &Array<Self>, axis: usize, descending: bool, count: usize) -> Result<(Array<Self>, Array<i64>)>
            = sort::sort;
        fn matmul(a: &Array<Self>, b: &Array<Self>) -> Result<Array<Self>> = product::matmul;
    }
}
kernels! { @each AxisKernels [i32, u8] {
    fn reduce(op: Reduce, x: &Array<Self>, axes: &[usize], keepdim: bool) -> Result<Array<Self>> = narrow::reduce;
    fn arg_reduce(op: ArgReduce, x: &Array<Self>, axis: usize, keepdim: bool) -> Result<Array<i64>> = narrow::arg_reduce;
    fn scan(op: Scan, x: &Array<Self>, axis: usize) -> Result<Array<Self>> = narrow::scan;
    fn sort(x: &Array<Self>, axis: usize, descending: bool, count: usize) -> Result<(Array<Self>, Array<i64>)>
        = narrow::sort;
    fn matmul(a: &Array<Self>, b: &Array<Self>) -> Result<Array<Self>> = narrow::matmul;
} }

kernels! {
    /// What can be done with real numbers.
    RealKernels for [f32, f64] {
        fn unary_real(op: UnaryReal, x: ArrayArg<'_, Self>) -> Result<Array<Self>> = elementwise::unary_real;
        fn binary_real(op: BinaryReal, a: ArrayArg<'_, Self>, b: ArrayArg<'_, Self>) -> Result<Array<Self>>
            = elementwise::binary_real;
        fn fused(op: &Fused, args: &[&Array<Self>]) -> Result<Array<Self>> = fused::fused;
        fn step(step: &Step<Self>, x: ArrayArg<'_, Self>, gradient: &Array<Self>, state: &mut [&mut Array<Self>])
            -> Result<Array<Self>> = steps::step;
        fn linalg(op: Linalg, args: &[&Array<Self>]) -> Result<Array<Self>> = linalg::linalg;
    }
}
