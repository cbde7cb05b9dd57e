//! The gradient of every operation, in one table.
//!
//! A rule turns `g`, the gradient of an operation's output, into the gradients of its operands. It may use the operands
//! `a` and `b` and the output `y`, if it names them in brackets: just those values are kept for the backward pass. Rules
//! are written over recorded tensors, so that under `create_graph` they are recorded themselves, and gradients have
//! gradients, to any order.
//!
//! A rule does not undo broadcasting: the engine sums what it returns down to the operand's shape. A side whose gradient
//! nobody needs is not computed.
//!
//! To add an operation: its variant in `tensor_core::ops`, and a line here. Where a function has a kink or a tie, the line
//! follows PyTorch's convention.

pub(crate) mod linalg;

use crate::Autodiff;
use crate::backend::Var;
use crate::engine::Emit;
use crate::function::Backward;
use crate::graph::NodeRef;
use crate::mode::is_grad_enabled;
use crate::record::{Kept, Needs, Op, Record, copy};
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Arc;
use tensor_core::ops::*;
use tensor_core::{Backend, DType, Dims, Element, Error, Operand, Real, Result, Shape, SliceItem};

type Tensor<T, B> = tensor_core::Tensor<T, Autodiff<B>>;
type Mask<B> = tensor_core::Tensor<bool, Autodiff<B>>;

/// What was kept, as tensors that are part of the graph if the backward pass itself is recorded.
#[derive(Clone, Copy)]
struct Saved<'a, T, B: Backend> {
    record: &'a Record<B>,
    /// The values that will be asked for again: all others are taken, once.
    again: Needs,
    /// The output's own node, if the backward pass is recorded.
    node: Option<&'a NodeRef<B>>,
    precision: PhantomData<T>,
}

impl<T: Real, B: Backend> Saved<'_, T, B> {
    #[inline]
    fn tensor(&self, kept: &Cell<Kept<B>>, again: bool, node: Option<&NodeRef<B>>) -> Tensor<T, B> {
        match if again { copy(kept) } else { kept.take() } {
            Kept::Prim(value) => {
                let value = value.into::<B::Prim<T>>();
                Tensor::from_prim(match node.filter(|_| is_grad_enabled()) {
                    Some(node) => Var::of_node(value, node.clone()),
                    None => Var::constant(value),
                })
            }
            Kept::Scalar(value) => Tensor::full([], T::from_f64(value)),
            Kept::No => unreachable!("a rule uses only what it names in brackets"),
        }
    }

    /// For a use that leaves the values `again` in the record, for the next one.
    fn before(self, again: Needs) -> Self {
        Saved { again, ..self }
    }

    fn a(&self) -> Tensor<T, B> {
        self.tensor(&self.record.a, self.again.a, self.record.parent(0))
    }

    fn b(&self) -> Tensor<T, B> {
        self.tensor(&self.record.b, self.again.b, self.record.parent(1))
    }

    fn y(&self) -> Tensor<T, B> {
        self.tensor(&self.record.y, self.again.y, self.node)
    }
}

/// `name(operation, g, saved)`, and what it needs: `Operation [what is kept] gradient`.
macro_rules! unary_rules {
    ($rule:ident $needs:ident $enum:ident |$g:ident| { $($op:ident [$($keep:ident)*] $grad:expr;)* }) => {
        pub(crate) fn $needs(op: $enum) -> Needs {
            match op { $($enum::$op => Needs { $($keep: true,)* ..Needs::default() },)* }
        }

        fn $rule<T: Real, B: Backend>(op: $enum, $g: Tensor<T, B>, saved: Saved<'_, T, B>) -> Tensor<T, B> {
            match op { $($enum::$op => { $(let $keep = saved.$keep();)* $grad })* }
        }
    };
}

unary_rules! { unary unary_needs Unary |g| {
    Neg     []  -g;
    Abs     [a] g * a.sign();
    Sign    []  g.zeros_like();
    Square  [a] g * (a * c::<T>(2.0));
} }

unary_rules! { unary_real unary_real_needs UnaryReal |g| {
    Reciprocal [y] -(g * y.square());
    Sqrt       [y] g / (y * c::<T>(2.0));
    Rsqrt      [a y] g * y / a * c::<T>(-0.5);
    Cbrt       [y] g / (y.square() * c::<T>(3.0));
    Exp        [y] g * y;
    Expm1      [y] g * (y + c::<T>(1.0));
    Exp2       [y] g * (y * c::<T>(std::f64::consts::LN_2));
    Ln         [a] g / a;
    Log2       [a] g / (a * c::<T>(std::f64::consts::LN_2));
    Log10      [a] g / (a * c::<T>(std::f64::consts::LN_10));
    Log1p      [a] g / (a + c::<T>(1.0));
    Sin        [a] g * a.cos();
    Cos        [a] -(g * a.sin());
    Tan        [y] g * (y.square() + c::<T>(1.0));
    // Near ±1 the products are precise, 1 − a² is not.
    Asin       [a] g * ((-&a + c::<T>(1.0)) * (a + c::<T>(1.0))).rsqrt();
    Acos       [a] -(g * ((-&a + c::<T>(1.0)) * (a + c::<T>(1.0))).rsqrt());
    Atan       [a] g / (a.square() + c::<T>(1.0));
    Sinh       [a] g * a.cosh();
    Cosh       [a] g * a.sinh();
    Tanh       [y] g * (-y.square() + c::<T>(1.0));
    Asinh      [a] g * (a.square() + c::<T>(1.0)).rsqrt();
    Acosh      [a] g * ((&a - c::<T>(1.0)) * (a + c::<T>(1.0))).rsqrt();
    Atanh      [a] g / ((-&a + c::<T>(1.0)) * (a + c::<T>(1.0)));
    Sigmoid    [y] g * (-y.square() + y);
    Softplus   [a] g * a.sigmoid();
    LogSigmoid [a] g * (-a).sigmoid();
    Relu       [y] of_two(BinaryReal::Gate, g, &y.detach());
    Erf        [a] g * (-a.square()).exp() * c::<T>(std::f64::consts::FRAC_2_SQRT_PI);
    Erfc       [a] g * (-a.square()).exp() * c::<T>(-std::f64::consts::FRAC_2_SQRT_PI);
    Erfinv     [y] g * y.square().exp() * c::<T>(1.0 / std::f64::consts::FRAC_2_SQRT_PI);
    NormalCdf  [a] g * (a.square() * c::<T>(-0.5)).exp() * c::<T>(0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2);
    Lgamma     [a] g * a.digamma();
    Digamma    [a] g * of_two(BinaryReal::Polygamma, T::one(), &a);
    Floor      [] g.zeros_like();
    Ceil       [] g.zeros_like();
    Round      [] g.zeros_like();
    Trunc      [] g.zeros_like();
} }

/// `Operation { a: [what is kept] gradient of a, b: [what is kept] gradient of b }`.
macro_rules! binary_rules {
    ($rule:ident $needs:ident $enum:ident |$g:ident| {
        $($op:ident { a: [$($keep_a:ident)*] $da:expr, b: [$($keep_b:ident)*] $db:expr })*
    }) => {
        #[inline]
        pub(crate) fn $needs(op: $enum, a: bool, b: bool) -> Needs {
            let mut needs = Needs::default();
            match op { $($enum::$op => {
                if a { $(needs.$keep_a = true;)* }
                if b { $(needs.$keep_b = true;)* }
            })* }
            needs
        }

        fn $rule<T: Real, B: Backend>(
            op: $enum,
            g: Tensor<T, B>,
            saved: Saved<'_, T, B>,
            emit: &mut Emit<'_, B>,
        ) {
            let (for_a, for_b) = match (emit.wants(0), emit.wants(1)) {
                (true, true) => (Some(g.clone()), Some(g)),
                (true, false) => (Some(g), None),
                (false, wanted) => (None, wanted.then_some(g)),
            };
            match op { $($enum::$op => {
                if let Some($g) = for_a {
                    // The first side takes what the second does not need.
                    $(let $keep_a = saved.before($needs($enum::$op, false, for_b.is_some())).$keep_a();)*
                    emit.whole(0, $da);
                }
                if let Some($g) = for_b {
                    $(let $keep_b = saved.$keep_b();)*
                    emit.whole(1, $db);
                }
            })* }
        }
    };
}

binary_rules! { binary binary_needs Binary |g| {
    Add     { a: [] g, b: [] g }
    Sub     { a: [] g, b: [] -g }
    Mul     { a: [b] g * b, b: [a] g * a }
    // Equal operands share the gradient.
    Maximum { a: [a b] share(g, &a, a.lt(&b), &b), b: [a b] share(g, &a, b.lt(&a), &b) }
    Minimum { a: [a b] share(g, &a, a.gt(&b), &b), b: [a b] share(g, &a, b.gt(&a), &b) }
    // Here NaN loses to a number; of two the first takes the gradient.
    Fmax { a: [a b] share(g, &a, lost(a.lt(&b), &a, &b), &b), b: [a b] share(g, &b, b.lt(&a).or(b.isnan()), &a) }
    Fmin { a: [a b] share(g, &a, lost(a.gt(&b), &a, &b), &b), b: [a b] share(g, &b, b.gt(&a).or(b.isnan()), &a) }
    // On a bound, a number, the slope is 0, the smaller of both sides; a bound takes the gradient only where it was needed.
    ClampMin { a: [a b] a.gt(b).where_cond(g, T::zero()), b: [a b] a.lt(b).where_cond(g, T::zero()) }
    ClampMax { a: [a b] a.lt(b).where_cond(g, T::zero()), b: [a b] a.gt(b).where_cond(g, T::zero()) }
    FloorDivide { a: [] g.zeros_like(), b: [] g.zeros_like() }
    TruncDivide { a: [] g.zeros_like(), b: [] g.zeros_like() }
    Remainder   { a: [] g, b: [a b] -(g * a.floor_divide(b)) }
    Fmod        { a: [] g, b: [a b] -(g * a.trunc_divide(b)) }
} }

binary_rules! { binary_real binary_real_needs BinaryReal |g| {
    Div   { a: [b] g / b, b: [b y] -(g * y) / b }
    // At a = 0, x⁰ is constant, though x⁻¹ is infinite, and 0ᵇ is constant for b ≥ 0, though ln 0 is infinite. There 1 stands
    // in for a, so that derivatives of the derivative are finite too.
    Pow   {
        a: [a b] g * &b * b.eq(T::zero()).and(a.eq(T::zero())).where_cond(T::one(), &a).pow(&b - c::<T>(1.0)),
        b: [a b y] g * y * b.ge(T::zero()).and(a.eq(T::zero())).where_cond(T::one(), a).ln()
    }
    // At the origin, where the angle has no slope, 0 is taken.
    Atan2 { a: [a b] g * &b / squared_radius(&a, &b), b: [a b] -(g * &a) / squared_radius(&a, &b) }
    Hypot     { a: [a y] g * (a / y), b: [b y] g * (b / y) }
    Logaddexp { a: [a b] g * (a - b).sigmoid(), b: [a b] g * (b - a).sigmoid() }
    // Where a = 0 the value is 0 also for b ≤ 0, and the slope 0, not ln b.
    Xlogy     {
        a: [a b] {
            let constant = a.eq(T::zero()).and(b.le(T::zero()));
            constant.where_cond(T::zero(), g.xlogy(constant.where_cond(T::one(), b)))
        },
        b: [a b] g * a / b
    }
    // The sign of 0 is nobody's.
    Copysign  { a: [a y] g * a.eq(T::zero()).where_cond(T::zero(), a.sign() * y.sign()), b: [] g.zeros_like() }
    Gate      { a: [b] of_two(BinaryReal::Gate, g, &b), b: [] g.zeros_like() }
    // The order is a constant.
    Polygamma { a: [] g.zeros_like(), b: [a b] g * of_two(BinaryReal::Polygamma, a + T::one(), &b) }
} }

/// Whether `a`, the first operand of `fmax` or `fmin`, lost to `b`: it was `beaten`, or is the only NaN.
fn lost<T: Real, B: Backend>(beaten: Mask<B>, a: &Tensor<T, B>, b: &Tensor<T, B>) -> Mask<B> {
    beaten.or(a.isnan().and(b.eq(b)))
}

/// a² + b², and 1 at the origin.
fn squared_radius<T: Real, B: Backend>(a: &Tensor<T, B>, b: &Tensor<T, B>) -> Tensor<T, B> {
    a.eq(T::zero()).and(b.eq(T::zero())).where_cond(T::one(), a.square() + b.square())
}

/// A function that tensors have no method for.
fn of_two<T: Real, B: Backend>(op: BinaryReal, a: impl Operand<T, Autodiff<B>>, b: &Tensor<T, B>) -> Tensor<T, B> {
    let value = a.with(|a| Autodiff::<B>::binary_real(op, a, tensor_core::Arg::Ref(b.prim())));
    Tensor::from_prim(value.unwrap_or_else(|error| error.panic()))
}

/// `g` for an operand of two of which the larger or smaller counts: nothing if it `lost`, half if both are equal.
fn share<T: Real, B: Backend>(g: Tensor<T, B>, a: &Tensor<T, B>, lost: Mask<B>, b: &Tensor<T, B>) -> Tensor<T, B> {
    lost.where_cond(T::zero(), a.eq(b).where_cond(&g * c::<T>(0.5), &g))
}

pub(crate) fn reduce_needs(op: Reduce) -> Needs {
    match op {
        Reduce::Sum | Reduce::Mean => Needs::default(),
        Reduce::Prod => Needs { a: true, ..Needs::default() },
        Reduce::Max | Reduce::Min => Needs { a: true, y: true, ..Needs::default() },
    }
}

pub(crate) fn scan_needs(op: Scan) -> Needs {
    match op {
        Scan::Sum => Needs::default(),
        Scan::Prod => Needs { a: true, ..Needs::default() },
        Scan::Max | Scan::Min => Needs { a: true, y: true, ..Needs::default() },
    }
}

pub(crate) fn scatter_needs(op: Scatter, _: bool, src: bool) -> Needs {
    match op {
        Scatter::Assign | Scatter::Add => Needs::default(),
        Scatter::Mul => Needs { a: src, b: true, y: src },
        Scatter::Max | Scatter::Min => Needs { a: true, b: true, y: true },
    }
}

pub(crate) fn fused_needs(op: &Fused) -> Needs {
    match op {
        Fused::Mse => Needs { a: true, b: true, y: false },
        Fused::Softmax { .. } | Fused::LogSoftmax { .. } => Needs { y: true, ..Needs::default() },
        Fused::LogCumSumExp { .. } => Needs { a: true, y: true, ..Needs::default() },
        Fused::Recurrence { .. } => Needs { b: true, y: true, ..Needs::default() },
    }
}

/// Sends the gradient `g` of a recorded operation's output on to its operands. `node` is the output's own, which is asked for
/// only if the pass is recorded.
pub(crate) fn backward<T: Real, B: Backend>(
    node: Option<&NodeRef<B>>,
    g: Tensor<T, B>,
    emit: &mut Emit<'_, B>,
) -> Result<()> {
    let record = emit.record;
    let saved = Saved { record, again: Needs::default(), node, precision: PhantomData };
    match &record.op {
        Op::Unary(op) => emit.whole(0, unary(*op, g, saved)),
        Op::UnaryReal(op) => emit.whole(0, unary_real(*op, g, saved)),
        Op::Binary(op) => binary(*op, g, saved, emit),
        Op::BinaryReal(op) => binary_real(*op, g, saved, emit),
        Op::Select(mask) => {
            let mask = tensor_core::Tensor::<bool, Autodiff<B>>::from_prim(Var::constant(mask.clone()));
            if emit.wants(0) {
                emit.whole(0, mask.where_cond(&g, T::zero()));
            }
            if emit.wants(1) {
                emit.whole(1, mask.where_cond(T::zero(), &g));
            }
        }
        Op::Cast(DType::F32) => emit.whole(0, g.cast::<f32>()),
        Op::Cast(_) => emit.whole(0, g.cast::<f64>()),
        Op::Reduce(op, axes, keepdim) => emit.whole(0, reduce(*op, axes, *keepdim, g, &emit.shape(0), saved)),
        Op::Scan(op, axis) => emit.whole(0, scan(*op, *axis, g, saved)),
        Op::Sort(axis, index) => {
            emit.whole(0, Tensor::zeros(emit.shape(0)).scatter_add(*axis, &constant(index), &g));
        }
        Op::MatMul(columns) => matmul(g, &emit.shape(0), &emit.shape(1), *columns, saved, emit),
        Op::Linalg(op) => linalg::backward(*op, g, saved, emit)?,
        Op::View(view) => match view {
            View::Reshape(_) => emit.whole(0, g.reshape(emit.shape(0)).into_tensor()),
            View::Permute(axes) => {
                let mut inverse = vec![0isize; axes.len()];
                axes.iter().enumerate().for_each(|(to, &from)| inverse[from] = to as isize);
                emit.whole(0, g.permute(inverse).into_tensor());
            }
            // The engine sums what was repeated.
            View::Expand(_) => emit.whole(0, g),
            View::Slice(_) | View::Diagonal { .. } | View::Unfold { .. } => emit.part(0, view.clone(), g),
        },
        Op::ViewAssign(view) => {
            if emit.wants(1) {
                let written = look(&g, view)?;
                emit.whole(
                    1,
                    match view {
                        View::Expand(_) | View::Unfold { .. } => last_written(g.shape(), view, written)?,
                        View::Reshape(_) | View::Permute(_) | View::Slice(_) | View::Diagonal { .. } => written,
                    },
                );
            }
            if emit.wants(0) {
                let zero = Var::constant(Tensor::<T, B>::zeros([]).into_prim().value);
                let rest = Autodiff::<B>::view_assign(own(&mut g.into_prim()), view, own(&mut { zero }))?;
                emit.whole(0, Tensor::from_prim(rest));
            }
        }
        Op::ViewAdd(view) => {
            if emit.wants(1) {
                emit.whole(1, look(&g, view)?);
            }
            emit.whole(0, g);
        }
        Op::Pad(padding) => {
            let whole = emit.shape(0);
            let inside = padding.iter().zip(whole.iter()).map(|(&(before, _), &size)| (before..before + size).into());
            emit.whole(0, g.slice(inside.collect::<Vec<SliceItem>>()).into_tensor());
        }
        Op::Concat(axis, sizes) => {
            let mut start = 0;
            for (i, &size) in sizes.iter().enumerate() {
                if emit.wants(i) {
                    let mut items = vec![SliceItem::from(..); *axis];
                    items.push((start..start + size).into());
                    emit.whole(i, g.slice(items).into_tensor());
                }
                start += size;
            }
        }
        Op::IndexSelect(axis, index) => {
            emit.whole(0, Tensor::zeros(emit.shape(0)).index_add(*axis, &constant(index), &g));
        }
        Op::IndexAdd(axis, index) => {
            if emit.wants(1) {
                emit.whole(1, g.index_select(*axis, &constant(index)));
            }
            emit.whole(0, g);
        }
        Op::Gather(axis, index) => {
            emit.whole(0, Tensor::zeros(emit.shape(0)).scatter_add(*axis, &constant(index), &g));
        }
        Op::Scatter(op, axis, index) => scatter(*op, *axis, &constant(index), g, &emit.shape(1), saved, emit),
        Op::Fused(op) => fused(op, g, saved, emit),
        Op::Checkpoint(_) => unreachable!("the engine goes through the segment itself"),
        Op::Custom(rule, operands) => {
            let rule = rule.get::<Arc<dyn Backward<T, B>>>();
            let gradients = rule.backward(g);
            if gradients.len() != *operands {
                let message = format!("the rule gave {} gradients for {operands} operands", gradients.len());
                return Err(Error::gradient(rule.name(), message));
            }
            for (i, gradient) in gradients.into_iter().enumerate() {
                let Some(gradient) = gradient.filter(|_| emit.wants(i)) else { continue };
                if gradient.shape() != &emit.shape(i)[..] {
                    let shapes = [&emit.shape(i), gradient.layout().shape()];
                    return Err(Error::shape(
                        rule.name(),
                        &shapes,
                        format!("operand {i} and the gradient of the rule"),
                    ));
                }
                emit.whole(i, gradient);
            }
        }
    }
    Ok(())
}

fn c<T: Real>(x: f64) -> T {
    T::from_f64(x)
}

fn constant<T: Element, B: Backend>(value: &B::Prim<T>) -> Tensor<T, B> {
    Tensor::from_prim(Var::constant(value.clone()))
}

fn own<T, P>(value: &mut P) -> tensor_core::Arg<'_, T, P> {
    tensor_core::Arg::Own(value)
}

fn look<T: Real, B: Backend>(g: &Tensor<T, B>, view: &View) -> Result<Tensor<T, B>> {
    Autodiff::<B>::view(g.prim(), view).map(Tensor::from_prim)
}

/// `g`, the gradient at the places that `view` shows, where several may be one place of a tensor of `shape`: of what was
/// written there, only the last is seen.
fn last_written<T: Real, B: Backend>(shape: &[usize], view: &View, g: Tensor<T, B>) -> Result<Tensor<T, B>> {
    let order = Tensor::<i64, B>::arange(0, g.numel() as i64, 1).reshape(g.shape()).into_tensor();
    let base = &mut Tensor::<i64, B>::zeros(shape).into_prim();
    let written = Autodiff::<B>::view_assign(own(base), view, tensor_core::Arg::Ref(order.prim()))?;
    let seen = Tensor::<i64, B>::from_prim(Autodiff::<B>::view(&written, view)?).eq(&order);
    Ok(seen.where_cond(g, T::zero()))
}

fn reduce<T: Real, B: Backend>(
    op: Reduce,
    axes: &Dims,
    keepdim: bool,
    g: Tensor<T, B>,
    shape: &Shape,
    saved: Saved<'_, T, B>,
) -> Tensor<T, B> {
    let mut kept = shape.clone();
    axes.iter().for_each(|&axis| kept[axis] = 1);
    // With the reduced axes back at size 1, so that everything broadcasts.
    let wide = |x: Tensor<T, B>| if keepdim || axes.is_empty() { x } else { x.reshape(&kept).into_tensor() };
    let count: usize = axes.iter().map(|&axis| shape[axis]).product();
    let g = wide(g);
    match op {
        Reduce::Sum => g.expand(shape).into_tensor(),
        // Of no elements there is nothing to send a gradient to, but its own derivative must not become NaN.
        Reduce::Mean => (g * (T::one() / c::<T>(count.max(1) as f64))).expand(shape).into_tensor(),
        Reduce::Prod => {
            // The product of all others, zeros or not: that of those before, times that of those behind.
            let a = saved.a();
            let last: Vec<isize> = (0..shape.len())
                .filter(|axis| !axes.contains(axis))
                .chain(axes.iter().copied())
                .map(|a| a as isize)
                .collect();
            let line = a.permute(&last[..]);
            let permuted: Shape = line.shape().into();
            let flat: Shape = permuted[..shape.len() - axes.len()].iter().copied().chain([count]).collect();
            let line = line.reshape(&flat).into_tensor();
            let others = before(&line) * before(&line.flip(-1)).flip(-1);
            let mut back = vec![0isize; shape.len()];
            last.iter().enumerate().for_each(|(to, &from)| back[from as usize] = to as isize);
            g * others.reshape(&permuted).permute(back)
        }
        Reduce::Max | Reduce::Min => {
            let ties = saved.a().eq(wide(saved.y())).cast::<T>();
            let count = ties.sum_keepdim(&axes.iter().map(|&a| a as isize).collect::<Vec<_>>()[..]);
            ties * (g / count)
        }
    }
}

/// Along the last axis, the product of all elements before each.
fn before<T: Real, B: Backend>(line: &Tensor<T, B>) -> Tensor<T, B> {
    let count = line.size(-1);
    if count == 0 {
        return line.clone();
    }
    let mut one: Shape = line.shape().into();
    one[line.rank() - 1] = 1;
    let products = line.cumprod(-1);
    let last = line.rank() - 1;
    let mut items = vec![SliceItem::from(..); last];
    items.push((..count as isize - 1).into());
    Tensor::concat(&[&Tensor::ones(one), &products.slice(items)], -1)
}

fn scan<T: Real, B: Backend>(op: Scan, axis: usize, g: Tensor<T, B>, saved: Saved<'_, T, B>) -> Tensor<T, B> {
    match op {
        Scan::Sum => g.flip(axis).cumsum(axis).flip(axis).into_tensor(),
        Scan::Prod => {
            // gradient[j] = (product before j) · s[j], where s[j] = g[j] + a[j + 1] · s[j + 1]: right also where a is 0.
            let a = saved.a();
            before(&a.transpose(axis, -1)).transpose(axis, -1) * backwards(&g, &a, axis)
        }
        Scan::Max | Scan::Min => {
            // Each output came from the last place at or before it where the input equals the output, or is NaN.
            let (a, y) = (saved.a(), saved.y());
            let mut line = Shape::from(vec![1; a.rank()]);
            line[axis] = a.shape()[axis];
            let places = tensor_core::Tensor::<i64, Autodiff<B>>::arange(0, line[axis] as i64, 1);
            let places = places.reshape(&line).expand(a.shape()).into_tensor();
            let origin = a.eq(&y).or(a.ne(&a)).where_cond(&places, 0).cummax(axis);
            g.zeros_like().scatter_add(axis, &origin, &g)
        }
    }
}

/// The recurrence from the back: sᵢ = gᵢ + decayᵢ₊₁ · sᵢ₊₁ along `axis`.
fn backwards<T: Real, B: Backend>(g: &Tensor<T, B>, decay: &Tensor<T, B>, axis: usize) -> Tensor<T, B> {
    g.flip(axis).recurrence(&shifted(&decay.flip(axis), axis), axis).flip(axis).into_tensor()
}

/// The elements one place further along `axis`: 0 comes in, the last goes out.
fn shifted<T: Real, B: Backend>(x: &Tensor<T, B>, axis: usize) -> Tensor<T, B> {
    let size = x.shape()[axis];
    if size == 0 { x.clone() } else { behind_zero(&along(x, axis, 0, size - 1), axis) }
}

/// The elements from `start` up to `end` along `axis`.
fn along<T: Real, B: Backend>(x: &Tensor<T, B>, axis: usize, start: usize, end: usize) -> Tensor<T, B> {
    let mut items = vec![SliceItem::from(..); axis];
    items.push((start..end).into());
    x.slice(items).into_tensor()
}

/// The elements with a 0 before them along `axis`.
fn behind_zero<T: Real, B: Backend>(x: &Tensor<T, B>, axis: usize) -> Tensor<T, B> {
    let mut padding = vec![(0, 0); x.rank()];
    padding[axis] = (1, 0);
    x.pad(&padding, T::zero())
}

/// e^(a − b), and 1 for equal infinities.
fn ratio<T: Real, B: Backend>(a: &Tensor<T, B>, b: &Tensor<T, B>) -> Tensor<T, B> {
    a.eq(b).where_cond(T::zero(), a - b).exp()
}

fn matmul<T: Real, B: Backend>(
    g: Tensor<T, B>,
    shape_a: &Shape,
    shape_b: &Shape,
    columns: [bool; 2],
    saved: Saved<'_, T, B>,
    emit: &mut Emit<'_, B>,
) {
    if emit.wants(0) {
        let b = saved.b();
        emit.whole(
            0,
            match (shape_a.len(), b.rank()) {
                (1, 1) => &g * b,
                (1, 2) => b.matmul(&g),
                (_, 1) => g.unsqueeze(-1) * b,
                (1, _) => g.unsqueeze(-2).matmul(b.mt()).squeeze(-2).into_tensor(),
                (2, 2) => product(&g, &b.t(), columns[0]),
                _ => g.matmul(b.mt()),
            },
        );
    }
    if emit.wants(1) {
        let a = saved.a();
        emit.whole(
            1,
            match (a.rank(), shape_b.len()) {
                (1, 1) => g * a,
                (1, _) => a.unsqueeze(-1) * g.unsqueeze(-2),
                // The same sums as of the transposed matrix times `g`.
                (2, 1) => g.matmul(&a),
                // The batch axes of `a` joined its rows.
                (_, 1) => rows(&a).t().matmul(g.flatten()),
                (2, 2) => product(&a.t(), &g, columns[1]),
                (_, 2) => rows(&a).t().matmul(rows(&g)),
                _ => a.mt().matmul(&g),
            },
        );
    }
}

/// The product of two matrices as the gradient of a third, which lies in memory column by column or row by row: its gradient
/// lies as it does, so that a weight that was transposed for a product has one in its own order.
fn product<T: Real, B: Backend>(a: &Tensor<T, B>, b: &Tensor<T, B>, by_columns: bool) -> Tensor<T, B> {
    if by_columns { b.t().matmul(a.t()).t().into_tensor() } else { a.matmul(b) }
}

/// All axes but the last as one.
fn rows<T: Real, B: Backend>(x: &Tensor<T, B>) -> Tensor<T, B> {
    let (count, last) = (x.shape()[..x.rank() - 1].iter().product::<usize>(), x.size(-1));
    x.reshape([count, last]).into_tensor()
}

fn scatter<T: Real, B: Backend>(
    op: Scatter,
    axis: usize,
    index: &Tensor<i64, B>,
    g: Tensor<T, B>,
    shape_src: &Shape,
    saved: Saved<'_, T, B>,
    emit: &mut Emit<'_, B>,
) {
    let used = || {
        let items: Vec<SliceItem> = index.shape().iter().map(|&size| (..size as isize).into()).collect();
        saved.b().slice(items).into_tensor()
    };
    let (for_x, for_src) = match op {
        Scatter::Assign => {
            // Where several were written to one place, only the last is seen.
            let taken = emit.wants(1).then(|| {
                let order = Tensor::<i64, B>::arange(0, index.numel() as i64, 1).reshape(index.shape()).into_tensor();
                let seen = Tensor::<i64, B>::zeros(g.shape()).scatter(axis, index, &order).gather(axis, index);
                seen.eq(&order).where_cond(g.gather(axis, index), T::zero())
            });
            (emit.wants(0).then(|| g.scatter(axis, index, T::zero())), taken)
        }
        Scatter::Add => {
            let taken = emit.wants(1).then(|| g.gather(axis, index));
            (Some(g), taken)
        }
        Scatter::Mul => {
            let src = used();
            let others = emit.wants(1).then(|| {
                // The product of all others is the output over the factor, but where the factor is the only 0 of its place.
                let zero = src.eq(T::zero());
                let zeros = g.zeros_like().scatter_add(axis, index, &zero.cast::<T>()).gather(axis, index);
                let only = zero.and(zeros.eq(T::one()));
                let without = saved.a().scatter_reduce(axis, index, &only.where_cond(T::one(), &src), op, true);
                let of_only = (&g * without).gather(axis, index);
                let of_rest = (&g * saved.y()).gather(axis, index) / zero.where_cond(T::one(), &src);
                only.where_cond(of_only, of_rest)
            });
            (emit.wants(0).then(|| &g * g.ones_like().scatter_reduce(axis, index, &src, op, true)), others)
        }
        Scatter::Max | Scatter::Min => {
            // All that equal the extreme share the gradient.
            let y = saved.y();
            let (x, src) = (saved.a().eq(&y).cast::<T>(), used().eq(y.gather(axis, index)).cast::<T>());
            let share = g / x.scatter_add(axis, index, &src);
            (emit.wants(0).then(|| x * &share), emit.wants(1).then(|| src * share.gather(axis, index)))
        }
    };
    if let Some(g) = for_x.filter(|_| emit.wants(0)) {
        emit.whole(0, g);
    }
    if let Some(g) = for_src {
        let padding: Vec<(usize, usize)> =
            shape_src.iter().zip(index.shape()).map(|(&src, &used)| (0, src - used)).collect();
        emit.whole(1, g.pad(&padding, T::zero()));
    }
}

fn fused<T: Real, B: Backend>(op: &Fused, g: Tensor<T, B>, saved: Saved<'_, T, B>, emit: &mut Emit<'_, B>) {
    match *op {
        Fused::Mse => {
            let (a, b) = (saved.a(), saved.b());
            let scale = g * c::<T>(2.0 / a.numel().max(1) as f64);
            let slope = (a - b) * scale;
            if emit.wants(1) {
                emit.whole(1, -&slope);
            }
            if emit.wants(0) {
                emit.whole(0, slope);
            }
        }
        Fused::Softmax { axis } => {
            let y = saved.y();
            let weighted = (&g * &y).sum_keepdim(axis);
            emit.whole(0, (g - weighted) * y);
        }
        Fused::LogSoftmax { axis } => {
            let total = g.sum_keepdim(axis);
            emit.whole(0, g - saved.y().exp() * total);
        }
        Fused::LogCumSumExp { axis } => {
            // Each xⱼ has a part e^(xⱼ − yᵢ) in every yᵢ from its own on, which is e^(xⱼ − yⱼ) · e^(yⱼ − yⱼ₊₁) · …: no factor
            // is greater than 1.
            let (a, y) = (saved.a(), saved.y());
            let size = y.shape()[axis];
            if size == 0 {
                return emit.whole(0, g);
            }
            let steps = ratio(&along(&y, axis, 0, size - 1), &along(&y, axis, 1, size));
            emit.whole(0, ratio(&a, &y) * backwards(&g, &behind_zero(&steps, axis), axis));
        }
        Fused::Recurrence { axis } => {
            let sent = backwards(&g, &saved.b(), axis);
            if emit.wants(1) {
                emit.whole(1, &sent * shifted(&saved.y(), axis));
            }
            emit.whole(0, sent);
        }
    }
}
