//! Functions of one, two or three elements, broadcast over any layouts.
//!
//! Each function is compiled as a loop over contiguous elements ([`K1`], [`K2`]). Operands that do not lie so are gathered
//! block by block, or walked as a whole where all lie dense in the same order of axes; the result then keeps that order.

use super::ArrayArg;
use super::chunks::{
    Chunk, ChunkKernel, Chunks, LONG, Memory, SHORT, end_stream, is_streamed, read, results, whole, write,
};
use super::functions::{self as f, Arithmetic, F1, F2, RealScalar};
use super::kernels::AnyArray;
use super::layout::contiguous;
use super::walk::{BLOCK, Block, Room, Stream, coalesce, for_blocks};
use crate::exec::{CHUNK, Executor, Out, for_chunks};
use crate::layout::{Layout, broadcast_shapes};
use crate::ops::*;
use crate::simd::{dispatch, is_real};
use crate::{Arg, Array, Dims, Element, Result, Shape};
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// A loop over `n ≤ BLOCK` elements: `out[i] = f(x[i])`, written past the caches if asked for. The caller vouches for `n`
/// elements at each address (one, where the step is 0); they do not overlap, unless they are the same.
type K1<T> = unsafe fn(out: *mut T, x: Block<T>, n: usize, streamed: bool);

/// A loop over `n ≤ BLOCK` elements: `out[i] = f(a[i], b[i])`, under the same conditions.
type K2<T, U> = unsafe fn(out: *mut U, a: Block<T>, b: Block<T>, n: usize, streamed: bool);

struct Map1<T, U, F> {
    out: *mut U,
    x: *const T,
    n: usize,
    streamed: bool,
    f: PhantomData<F>,
}

impl<T: Element, F: F1<T>> ChunkKernel for Map1<T, F::Out, F> {
    #[inline(always)]
    fn run_with<M: Memory>(self) {
        let Map1 { out, x, n, streamed, .. } = self;
        // SAFETY: `K1`'s caller vouches for `n` elements at `out` and at `x`.
        unsafe {
            if const { M::ONE_BY_ONE && is_real::<T>() } {
                return one_by_one(out, x, n, F::call);
            }
            if const { !F::SHORT } {
                return write::<M, _>(out, n, streamed, &OfEach::<T, F> { x, f: PhantomData });
            }
            let mut i = whole::<M, _>(out, n, streamed, |i| {
                let x = x.add(i).cast::<[T; SHORT]>().read();
                results(|j| F::call(x[j]))
            });
            while i < n {
                out.add(i).write(F::call(*x.add(i)));
                i += 1;
            }
        }
    }
}

/// `out[i] = f(x[i])`, compiled once for all functions.
///
/// # Safety
/// There are `n` elements at `x`, and room for as many at `out`.
#[inline(never)]
unsafe fn one_by_one<T: Copy, U>(out: *mut U, x: *const T, n: usize, f: fn(T) -> U) {
    for i in 0..n {
        // SAFETY: the caller vouches for the elements.
        unsafe { out.add(i).write(f(*x.add(i))) };
    }
}

/// `out[i] = f(a[i], b[i])`, compiled once for all functions.
///
/// # Safety
/// There are `n` elements in each block (one, where the step is 0), and room for as many at `out`.
#[inline(never)]
unsafe fn pair_by_pair<T: Copy, U>(out: *mut U, a: Block<T>, b: Block<T>, n: usize, f: fn(T, T) -> U) {
    for i in 0..n {
        // SAFETY: the caller vouches for the elements.
        unsafe { out.add(i).write(f(*a.ptr.add(i * a.step), *b.ptr.add(i * b.step))) };
    }
}

/// A long function of one operand.
struct OfEach<T, F> {
    x: *const T,
    f: PhantomData<F>,
}

impl<T: Copy, F: F1<T>> Chunk<F::Out> for OfEach<T, F> {
    #[inline(always)]
    unsafe fn at<M: Memory>(&self, i: usize, n: usize) -> [F::Out; LONG] {
        // SAFETY: the caller vouches for the elements.
        F::of_each(unsafe { read::<M, _>(self.x.add(i), n) })
    }
}

unsafe fn k1<T: Element, F: F1<T>>(out: *mut F::Out, x: Block<T>, n: usize, streamed: bool) {
    let mut room = Room::new();
    // SAFETY: the caller vouches for the elements of the block.
    let x = unsafe { x.spread(n, &mut room) };
    dispatch::<T, _>(Chunks(Map1::<T, F::Out, F> { out, x: x.ptr, n, streamed, f: PhantomData }));
}

struct Map2<T, U, F> {
    out: *mut U,
    a: Block<T>,
    b: Block<T>,
    n: usize,
    streamed: bool,
    f: PhantomData<F>,
}

impl<T: Element, F: F2<T>> ChunkKernel for Map2<T, F::Out, F> {
    #[inline(always)]
    fn run_with<M: Memory>(self) {
        let Map2 { out, a, b, n, streamed, .. } = self;
        // SAFETY: `K2`'s caller vouches for `n` elements at `out`, and for `n` (or, with step 0, one) at `a` and `b`. A
        // chunk of one that stands for all is read where it was spread out, again and again.
        unsafe {
            if const { M::ONE_BY_ONE && is_real::<T>() } {
                return pair_by_pair(out, a, b, n, F::call);
            }
            let (mut all_a, mut all_b) = (MaybeUninit::<[T; SHORT]>::uninit(), MaybeUninit::<[T; SHORT]>::uninit());
            let pairs = Pairs::<T, F> {
                a: Block { ptr: a.repeated(&mut all_a), step: a.step },
                b: Block { ptr: b.repeated(&mut all_b), step: b.step },
                f: PhantomData,
            };
            if const { !F::SHORT } {
                return write::<M, _>(out, n, streamed, &pairs);
            }
            let i = whole::<M, _>(out, n, streamed, |i| {
                let (a, b) = (pairs.a_at(i).cast::<[T; SHORT]>().read(), pairs.b_at(i).cast::<[T; SHORT]>().read());
                results(|j| F::call(a[j], b[j]))
            });
            let (a, b) = (pairs.a_at(i), pairs.b_at(i));
            for j in 0..n - i {
                out.add(i + j).write(F::call(*a.add(j), *b.add(j)));
            }
        }
    }
}

/// A function of two operands.
struct Pairs<T, F> {
    a: Block<T>,
    b: Block<T>,
    f: PhantomData<F>,
}

impl<T: Copy, F> Pairs<T, F> {
    #[inline(always)]
    fn a_at(&self, i: usize) -> *const T {
        self.a.ptr.wrapping_add(i * self.a.step)
    }

    #[inline(always)]
    fn b_at(&self, i: usize) -> *const T {
        self.b.ptr.wrapping_add(i * self.b.step)
    }
}

impl<T: Copy, F: F2<T>> Chunk<F::Out> for Pairs<T, F> {
    #[inline(always)]
    unsafe fn at<M: Memory>(&self, i: usize, n: usize) -> [F::Out; LONG] {
        // SAFETY: the caller vouches for the elements.
        unsafe { F::of_each(read::<M, _>(self.a_at(i), n), read::<M, _>(self.b_at(i), n)) }
    }
}

unsafe fn k2<T: Element, F: F2<T>>(out: *mut F::Out, a: Block<T>, b: Block<T>, n: usize, streamed: bool) {
    if const { F::SHORT } && n == 1 {
        // SAFETY: the caller vouches for one element each.
        return unsafe { out.write(F::call(*a.ptr, *b.ptr)) };
    }
    dispatch::<T, _>(Chunks(Map2::<T, F::Out, F> { out, a, b, n, streamed, f: PhantomData }));
}

/// [`k1`] in double precision, rounded.
unsafe fn k1_in_double<T: RealScalar, F: F1<f64, Out = f64>>(out: *mut T, x: Block<T>, n: usize, _: bool) {
    let mut room = Room::new();
    // SAFETY: the caller vouches for `n ≤ BLOCK` elements of the block and places for the results.
    unsafe {
        let x = x.in_double(n, &mut room);
        k1::<f64, F>(x, Block { ptr: x, step: 1 }, n, false);
        (0..n).for_each(|i| out.add(i).write(T::from_f64(*x.add(i))));
    }
}

/// [`k2`] in double precision, rounded.
unsafe fn k2_in_double<T: RealScalar, F: F2<f64, Out = f64>>(out: *mut T, a: Block<T>, b: Block<T>, n: usize, _: bool) {
    let (mut room_a, mut room_b) = (Room::new(), Room::new());
    // SAFETY: the caller vouches for `n ≤ BLOCK` elements of the blocks and places for the results.
    unsafe {
        let (a, b) = (a.in_double(n, &mut room_a), b.in_double(n, &mut room_b));
        k2::<f64, F>(a, Block { ptr: a, step: 1 }, Block { ptr: b, step: 1 }, n, false);
        (0..n).for_each(|i| out.add(i).write(T::from_f64(*a.add(i))));
    }
}

pub(super) fn unary<T: Arithmetic>(op: Unary, x: ArrayArg<'_, T>, exec: &dyn Executor) -> Result<Array<T>> {
    let kernel: K1<T> = match op {
        Unary::Neg => k1::<T, f::Neg>,
        Unary::Abs => k1::<T, f::Abs>,
        Unary::Sign => k1::<T, f::Sign>,
        Unary::Square => k1::<T, f::Square>,
    };
    map_same(x, kernel, exec)
}

pub(super) fn unary_real<T: RealScalar>(op: UnaryReal, x: ArrayArg<'_, T>, exec: &dyn Executor) -> Result<Array<T>> {
    use UnaryReal as U;
    let kernel: K1<T> = match op {
        U::Reciprocal => k1::<T, f::Reciprocal>,
        U::Sqrt => k1::<T, f::Sqrt>,
        U::Rsqrt => k1::<T, f::Rsqrt>,
        U::Cbrt => k1::<T, f::Cbrt>,
        U::Exp => k1::<T, f::Exp>,
        U::Expm1 => k1::<T, f::Expm1>,
        U::Exp2 => k1::<T, f::Exp2>,
        U::Ln => k1::<T, f::Ln>,
        U::Log2 => k1::<T, f::Log2>,
        U::Log10 => k1::<T, f::Log10>,
        U::Log1p => k1::<T, f::Log1p>,
        U::Sin => k1::<T, f::Sin>,
        U::Cos => k1::<T, f::Cos>,
        U::Tan => k1::<T, f::Tan>,
        U::Asin => k1::<T, f::Asin>,
        U::Acos => k1::<T, f::Acos>,
        U::Atan => k1::<T, f::Atan>,
        U::Sinh => k1::<T, f::Sinh>,
        U::Cosh => k1::<T, f::Cosh>,
        U::Tanh => k1::<T, f::Tanh>,
        U::Asinh => k1::<T, f::Asinh>,
        U::Acosh => k1::<T, f::Acosh>,
        U::Atanh => k1::<T, f::Atanh>,
        U::Sigmoid => k1::<T, f::Sigmoid>,
        U::Softplus => k1::<T, f::Softplus>,
        U::LogSigmoid => k1::<T, f::LogSigmoid>,
        U::Relu => k1::<T, f::Relu>,
        U::Erf => k1::<T, f::Erf>,
        U::Erfc => k1::<T, f::Erfc>,
        U::Erfinv => k1_in_double::<T, f::Erfinv>,
        U::NormalCdf => k1::<T, f::NormalCdf>,
        U::Lgamma => k1_in_double::<T, f::Lgamma>,
        U::Digamma => k1_in_double::<T, f::Digamma>,
        U::Floor => k1::<T, f::Floor>,
        U::Ceil => k1::<T, f::Ceil>,
        U::Round => k1::<T, f::Round>,
        U::Trunc => k1::<T, f::Trunc>,
    };
    map_same(x, kernel, exec)
}

pub(super) fn binary<T: Arithmetic>(
    op: Binary,
    a: ArrayArg<'_, T>,
    b: ArrayArg<'_, T>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let kernel: K2<T, T> = match op {
        Binary::Add => k2::<T, f::Add>,
        Binary::Sub => k2::<T, f::Sub>,
        Binary::Mul => k2::<T, f::Mul>,
        Binary::Maximum | Binary::ClampMin => k2::<T, f::Maximum>,
        Binary::Minimum | Binary::ClampMax => k2::<T, f::Minimum>,
        Binary::Fmax => k2::<T, f::Fmax>,
        Binary::Fmin => k2::<T, f::Fmin>,
        Binary::FloorDivide => k2::<T, f::FloorDivide>,
        Binary::TruncDivide => k2::<T, f::TruncDivide>,
        Binary::Remainder => k2::<T, f::Remainder>,
        Binary::Fmod => k2::<T, f::Fmod>,
    };
    zip_same(op.name(), a, b, kernel, exec)
}

pub(super) fn binary_real<T: RealScalar>(
    op: BinaryReal,
    a: ArrayArg<'_, T>,
    b: ArrayArg<'_, T>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let kernel: K2<T, T> = match op {
        BinaryReal::Div => k2::<T, f::Div>,
        BinaryReal::Pow => k2::<T, f::Pow>,
        BinaryReal::Atan2 => k2::<T, f::Atan2>,
        BinaryReal::Hypot => k2::<T, f::Hypot>,
        BinaryReal::Logaddexp => k2_in_double::<T, f::Logaddexp>,
        BinaryReal::Xlogy => k2::<T, f::Xlogy>,
        BinaryReal::Copysign => k2::<T, f::Copysign>,
        BinaryReal::Gate => k2::<T, f::Gate>,
        BinaryReal::Polygamma => k2_in_double::<T, f::Polygamma>,
    };
    zip_same(op.name(), a, b, kernel, exec)
}

pub(super) fn compare<T: Arithmetic>(
    op: Compare,
    a: ArrayArg<'_, T>,
    b: ArrayArg<'_, T>,
    exec: &dyn Executor,
) -> Result<Array<bool>> {
    let kernel: K2<T, bool> = match op {
        Compare::Eq => k2::<T, f::Eq>,
        Compare::Ne => k2::<T, f::Ne>,
        Compare::Lt => k2::<T, f::Lt>,
        Compare::Le => k2::<T, f::Le>,
        // The same with the sides exchanged.
        Compare::Gt => k2::<T, f::Lt>,
        Compare::Ge => k2::<T, f::Le>,
    };
    let mut plan = Plan::new(op.name(), &a, &b)?;
    let (mut pa, mut pb) = (address(&a), address(&b));
    if matches!(op, Compare::Gt | Compare::Ge) {
        plan.strides.swap(0, 1);
        (pa, pb) = (pb, pa);
    }
    // SAFETY: `Plan::run` writes every element.
    unsafe { Array::build_dense(plan.layout.clone(), |out| plan.run(out.as_mut_ptr().cast(), pa, pb, kernel, exec)) }
}

pub(super) fn logic(
    op: Logic,
    a: ArrayArg<'_, bool>,
    b: ArrayArg<'_, bool>,
    exec: &dyn Executor,
) -> Result<Array<bool>> {
    let kernel: K2<bool, bool> = match op {
        Logic::And => k2::<bool, f::And>,
        Logic::Or => k2::<bool, f::Or>,
        Logic::Xor => k2::<bool, f::Xor>,
    };
    zip_same(op.name(), a, b, kernel, exec)
}

/// Applies `kernel`, in the operand's own buffer where that is given up and dense.
fn map_same<T: Element>(x: ArrayArg<'_, T>, kernel: K1<T>, exec: &dyn Executor) -> Result<Array<T>> {
    match x {
        Arg::Own(array) if array.is_unique() && array.layout().is_dense() => {
            let mut out = array.take();
            let (n, start) = (out.numel(), out.layout().offset());
            let data = out.buffer_mut().expect("found unique").wrapping_add(start);
            // SAFETY: the dense layout covers `n` elements of the buffer from its offset on, and no one else has it.
            unsafe { run1(data, data, &[n], &[1], kernel, exec) };
            Ok(out)
        }
        Arg::Ref(array) => map(array, kernel, exec),
        Arg::Own(array) => map(array, kernel, exec),
        // SAFETY: the kernel writes the one element.
        Arg::Scalar(value) => unsafe {
            Array::build(Shape::new(), |out| kernel(out.as_mut_ptr().cast(), Block { ptr: &value, step: 0 }, 1, false))
        },
    }
}

fn map<T: Element>(x: &Array<T>, kernel: K1<T>, exec: &dyn Executor) -> Result<Array<T>> {
    if let Some(dense) = x.as_dense() {
        // SAFETY: `run1` writes every element.
        return unsafe { x.build_like(|out| run1(out, dense.as_ptr(), &[dense.len()], &[1], kernel, exec)) };
    }
    let (shape, [strides]) = coalesce(x.shape(), [x.layout().strides()]);
    // SAFETY: `run1` writes every element; the layout of `x` stays inside its buffer.
    unsafe {
        Array::build(x.shape().clone(), |out| run1(out.as_mut_ptr().cast(), x.ptr(), &shape, &strides, kernel, exec))
    }
}

/// # Safety
/// `out` has room for the elements of `shape`; `strides` reach live elements from `x`, which may be those of `out`.
unsafe fn run1<T: Element>(
    out: *mut T,
    x: *const T,
    shape: &[usize],
    strides: &[isize],
    kernel: K1<T>,
    exec: &dyn Executor,
) {
    // SAFETY: the caller vouches for the elements.
    let x = unsafe { Stream::new(x, shape, strides, false) };
    let n = shape.iter().product();
    let streamed = is_streamed(out, n) && out.addr() != x.addr();
    let out = Out::new(out);
    for_blocks(exec, shape, n, &|start, len| {
        let mut room = Room::new();
        // SAFETY: blocks are disjoint parts of `out`.
        unsafe { kernel(out.at(start), x.block(start, len, &mut room), len, streamed) };
        if streamed && ((start + len).is_multiple_of(CHUNK) || start + len == n) {
            end_stream();
        }
    });
}

/// How two operands are walked together: the shape they broadcast to, and the layout of the result.
struct Plan {
    layout: Layout,
    shape: Dims<usize>,
    strides: [Dims<isize>; 2],
}

/// Where the operand's elements are.
fn address<T: Element>(x: &ArrayArg<'_, T>) -> *const T {
    match x {
        Arg::Ref(x) => x.ptr(),
        Arg::Own(x) => x.ptr(),
        Arg::Scalar(value) => value,
    }
}

/// Strides of an operand along the axes of `shape`, 0 where it is repeated.
fn along<T: Element>(x: &ArrayArg<'_, T>, shape: &Shape) -> Dims<isize> {
    match x.prim() {
        Some(x) if x.shape() == shape => x.layout().strides().into(),
        Some(x) => {
            let added = shape.len() - x.shape().len();
            let mut strides = Dims::filled(0, shape.len());
            for (axis, &size) in x.shape().iter().enumerate() {
                if size == shape[added + axis] {
                    strides[added + axis] = x.layout().strides()[axis];
                }
            }
            strides
        }
        None => Dims::filled(0, shape.len()),
    }
}

/// If both operands can be walked in the order of memory: the dense one whose layout the result takes, and the step of
/// each, 0 for one element that stands for all.
#[inline(always)]
fn together<'x>(a: Option<&'x Layout>, b: Option<&'x Layout>) -> Option<(&'x Layout, [usize; 2])> {
    let (x, y) = match (a, b) {
        (Some(x), Some(y)) => (x, y),
        (Some(x), None) => return x.is_dense().then_some((x, [1, 0])),
        (None, y) => return y.filter(|y| y.is_dense()).map(|y| (y, [0, 1])),
    };
    if x.shape() == y.shape() {
        let alike = x.is_contiguous() && y.is_contiguous() || x.strides() == y.strides() && x.is_dense();
        return alike.then_some((x, [1, 1]));
    }
    if y.numel() == 1 && y.rank() <= x.rank() {
        return x.is_dense().then_some((x, [1, 0]));
    }
    if x.numel() == 1 && x.rank() <= y.rank() {
        return y.is_dense().then_some((y, [0, 1]));
    }
    None
}

/// Where the operand's elements are, and how they lie; a number has no layout.
#[inline(always)]
fn seen<'x, T: Element>(x: &'x ArrayArg<'_, T>) -> (Option<&'x Layout>, *const T) {
    match x {
        Arg::Ref(x) => (Some(x.layout()), x.ptr()),
        Arg::Own(x) => (Some(x.layout()), x.ptr()),
        Arg::Scalar(value) => (None, value),
    }
}

impl Plan {
    #[inline]
    fn new<T: Element>(op: &'static str, a: &ArrayArg<'_, T>, b: &ArrayArg<'_, T>) -> Result<Plan> {
        if let Some((like, steps)) = together(a.prim().map(Array::layout), b.prim().map(Array::layout)) {
            return Ok(Plan {
                layout: like.at_start(),
                shape: Dims::filled(like.numel(), 1),
                strides: steps.map(|step| Dims::filled(step as isize, 1)),
            });
        }
        let none = Shape::new();
        let shape = broadcast_shapes(op, a.prim().map_or(&none, |x| x.shape()), b.prim().map_or(&none, |x| x.shape()))?;
        let (sizes, strides) = coalesce(&shape, [&along(a, &shape), &along(b, &shape)]);
        Ok(Plan { layout: Layout::contiguous(shape)?, shape: sizes, strides })
    }

    /// # Safety
    /// `out` has room for the result; the strides reach live elements from `a` and `b`, either of which may be `out`.
    #[inline]
    unsafe fn run<T: Element, U: Element>(
        &self,
        out: *mut U,
        a: *const T,
        b: *const T,
        kernel: K2<T, U>,
        exec: &dyn Executor,
    ) {
        let n = self.shape.iter().product();
        let streamed = is_streamed(out, n) && out.addr() != a.addr() && out.addr() != b.addr();
        // SAFETY: the caller vouches for the elements.
        let (a, b) = unsafe {
            (Stream::new(a, &self.shape, &self.strides[0], false), Stream::new(b, &self.shape, &self.strides[1], false))
        };
        let out = Out::new(out);
        for_blocks(exec, &self.shape, n, &|start, len| {
            let (mut room_a, mut room_b) = (Room::new(), Room::new());
            let (a, b) = (a.block(start, len, &mut room_a), b.block(start, len, &mut room_b));
            // SAFETY: blocks are disjoint parts of `out`.
            unsafe { kernel(out.at(start), a, b, len, streamed) };
            if streamed && ((start + len).is_multiple_of(CHUNK) || start + len == n) {
                end_stream();
            }
        });
    }
}

/// The operand itself as the place of the result: if it is given up, no one shares it, and it has the result's layout.
#[inline]
fn lend<T: Element>(x: &mut ArrayArg<'_, T>, plan: &Plan) -> Option<Array<T>> {
    let Arg::Own(x) = x else { return None };
    let fits = x.is_unique() && x.shape() == plan.layout.shape() && x.layout().strides() == plan.layout.strides();
    fits.then(|| x.take())
}

/// Applies `kernel` to each pair, in the buffer of an operand that is given up, if one has the result's layout.
fn zip_same<T: Element>(
    op: &'static str,
    mut a: ArrayArg<'_, T>,
    mut b: ArrayArg<'_, T>,
    kernel: K2<T, T>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    // The addresses are good as long as the buffers are, which a lent operand takes along into the result.
    let ((like_a, pa), (like_b, pb)) = (seen(&a), seen(&b));
    // Few elements are not worth planning for.
    if let Some((like, steps)) = together(like_a, like_b)
        && like.numel() <= BLOCK
    {
        let (n, x, y) = (like.numel(), Block { ptr: pa, step: steps[0] }, Block { ptr: pb, step: steps[1] });
        // An operand with step 1 has the layout of the result.
        let (out, place) = match (&mut a, &mut b) {
            (Arg::Own(array), _) if steps[0] == 1 && array.is_unique() => (array.take(), pa),
            (_, Arg::Own(array)) if steps[1] == 1 && array.is_unique() => (array.take(), pb),
            (a, b) => {
                let like = if steps[0] == 1 { a.prim() } else { b.prim() }.expect("one of both is dense");
                // SAFETY: the kernel writes all `n` elements, and the operands have `n` or one each.
                return unsafe { like.build_like(|out| kernel(out, x, y, n, false)) };
            }
        };
        // SAFETY: the dense layout of the lent operand covers `n ≤ BLOCK` elements from `place` on; no one else has them.
        unsafe { kernel(place.cast_mut(), x, y, n, false) };
        return Ok(out);
    }
    let plan = Plan::new(op, &a, &b)?;
    if let Some(out) = lend(&mut a, &plan).or_else(|| lend(&mut b, &plan)) {
        // SAFETY: the lent array has the layout of the result and no other owner.
        unsafe { plan.run(out.ptr().cast_mut(), pa, pb, kernel, exec) };
        return Ok(out);
    }
    // SAFETY: `Plan::run` writes every element.
    unsafe { Array::build_dense(plan.layout.clone(), |out| plan.run(out.as_mut_ptr().cast(), pa, pb, kernel, exec)) }
}

pub(super) fn select<T: Element>(
    mask: &Array<bool>,
    a: ArrayArg<'_, T>,
    b: ArrayArg<'_, T>,
    exec: &dyn Executor,
) -> Result<Array<T>> {
    let none = Shape::new();
    let values =
        broadcast_shapes("select", a.prim().map_or(&none, |x| x.shape()), b.prim().map_or(&none, |x| x.shape()))?;
    let shape = broadcast_shapes("select", mask.shape(), &values)?;
    let mask_strides = along(&Arg::Ref(mask), &shape);
    let (sizes, [sm, sa, sb]) = coalesce(&shape, [&mask_strides, &along(&a, &shape), &along(&b, &shape)]);
    // SAFETY: the strides are those of the operands, which stay inside their buffers, or 0; blocks are disjoint and
    // cover the result.
    unsafe {
        let mask = Stream::new(mask.ptr(), &sizes, &sm, false);
        let (a, b) = (Stream::new(address(&a), &sizes, &sa, false), Stream::new(address(&b), &sizes, &sb, false));
        Array::build(shape, |out| {
            let n = out.len();
            let out = Out::new(out.as_mut_ptr().cast::<T>());
            for_blocks(exec, &sizes, n, &|start, len| {
                let (mut rm, mut ra, mut rb) = (Room::new(), Room::new(), Room::new());
                let m = mask.block(start, len, &mut rm).spread(len, &mut rm);
                let a = a.block(start, len, &mut ra).spread(len, &mut ra);
                let b = b.block(start, len, &mut rb).spread(len, &mut rb);
                // Both are read and none is branched on: masks are seldom such as can be guessed.
                for i in 0..len {
                    let (a, b) = (*a.ptr.add(i), *b.ptr.add(i));
                    out.at(start + i).write(if *m.ptr.add(i) { a } else { b });
                }
            });
        })
    }
}

/// A conversion as Rust's `as` does it; to `bool`: whether the number differs from 0.
trait To<U> {
    fn to(self) -> U;
}

macro_rules! casts {
    ($($t:ty => [$($u:ty),*]);* $(;)?) => { $( $(
        impl To<$u> for $t {
            #[inline(always)]
            fn to(self) -> $u { self as $u }
        }
    )* )* };
}
casts! {
    f32 => [f32, f64, i64, i32, u8];
    f64 => [f32, f64, i64, i32, u8];
    i64 => [f32, f64, i64, i32, u8];
    i32 => [f32, f64, i64, i32, u8];
    u8 => [f32, f64, i64, i32, u8];
    bool => [i64, i32, u8, bool];
}
macro_rules! truths {
    ($($t:ty: $zero:expr),*) => { $(
        impl To<bool> for $t {
            #[inline(always)]
            fn to(self) -> bool { self != $zero }
        }
    )* };
}
truths!(f32: 0.0, f64: 0.0, i64: 0, i32: 0, u8: 0);
impl To<f32> for bool {
    fn to(self) -> f32 {
        u8::from(self).into()
    }
}
impl To<f64> for bool {
    fn to(self) -> f64 {
        u8::from(self).into()
    }
}

/// A plain loop for what the program was compiled for: there are many pairs of types, and memory is waited for most.
fn convert<T: Element + To<U>, U: Element>(x: &Array<T>, exec: &dyn Executor) -> Result<Array<U>> {
    let Some(dense) = x.as_dense() else { return convert(&contiguous(x, exec)?, exec) };
    // SAFETY: the chunks cover the result.
    unsafe {
        Array::build_dense(x.layout().at_start(), |out| {
            let out = Out::new(out.as_mut_ptr().cast::<U>());
            for_chunks(exec, dense.len(), CHUNK, &|start, end| {
                let out = out.at(start);
                dense[start..end].iter().enumerate().for_each(|(i, x)| out.add(i).write(x.to()));
            });
        })
    }
}

#[allow(private_bounds)] // `To` lists conversions between a sealed set of types.
pub(super) fn cast<U: Element>(x: AnyArray<'_>, exec: &dyn Executor) -> Result<Array<U>>
where
    f32: To<U>,
    f64: To<U>,
    i64: To<U>,
    i32: To<U>,
    u8: To<U>,
    bool: To<U>,
{
    match x {
        AnyArray::F32(x) => convert(x, exec),
        AnyArray::F64(x) => convert(x, exec),
        AnyArray::I64(x) => convert(x, exec),
        AnyArray::I32(x) => convert(x, exec),
        AnyArray::U8(x) => convert(x, exec),
        AnyArray::Bool(x) => convert(x, exec),
    }
}
