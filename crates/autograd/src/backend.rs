//! `Autodiff<B>`: a backend that computes on another and records what it does.
//!
//! Every verb runs on `B` first. If this thread records and some operand is tracked, the result then gets a node with
//! the operation, the nodes of its operands, and the values that the rule in `rules.rs` needs. A value that is kept has
//! its buffer shared from then on, so that a later write in place copies it: no gradient can be corrupted.

use crate::graph::{Node, NodeRef, Track};
use crate::mode::{is_grad_enabled, is_observed};
use crate::observe::Event;
use crate::record::{Kept, Needs, Op, Record};
use crate::rules;
use std::marker::PhantomData;
use tensor_core::ops::*;
use tensor_core::{Arg, Array, Backend, Element, Error, Key, Num, Real, Result, Shape};

/// The backend `B`, with gradients.
#[derive(Clone, Copy, Debug, Default)]
pub struct Autodiff<B>(PhantomData<B>);

/// A value of `B`, and its place in the graph if it has one.
#[derive(Clone)]
pub struct Var<T: Element, B: Backend> {
    pub(crate) value: B::Prim<T>,
    pub(crate) track: Option<Track<B>>,
}

impl<T: Element, B: Backend> Var<T, B> {
    #[inline]
    pub(crate) fn constant(value: B::Prim<T>) -> Self {
        Var { value, track: None }
    }

    /// The value as the output of `node`.
    #[inline]
    pub(crate) fn of_node(value: B::Prim<T>, node: NodeRef<B>) -> Self {
        Var { value, track: Some(Track::new(node)) }
    }

    /// The value as a leaf with an empty gradient.
    ///
    /// # Panics
    /// If there is no memory for its node.
    #[track_caller]
    pub(crate) fn leaf(value: B::Prim<T>) -> Self {
        let track = Track::leaf::<T>(B::as_array(&value).shape()).unwrap_or_else(|error| error.panic());
        Var { value, track: Some(track) }
    }

    #[inline]
    fn node(&self) -> Option<&NodeRef<B>> {
        self.track.as_ref().map(Track::node)
    }
}

type VarArg<'a, T, B> = Arg<'a, T, Var<T, B>>;
type Value<'a, T, B> = Arg<'a, T, <B as Backend>::Prim<T>>;

/// The operand's node, if it is tracked and this thread records.
#[inline]
fn node<T: Element, B: Backend>(arg: &VarArg<'_, T, B>) -> Option<NodeRef<B>> {
    let track = arg.prim()?.track.as_ref()?;
    is_grad_enabled().then(|| track.node().clone())
}

/// The operand without its place in the graph.
#[inline]
fn value<T: Element, B: Backend>(arg: VarArg<'_, T, B>) -> Value<'_, T, B> {
    match arg {
        Arg::Ref(var) => Arg::Ref(&var.value),
        Arg::Own(var) => Arg::Own(&mut var.value),
        Arg::Scalar(scalar) => Arg::Scalar(scalar),
    }
}

#[inline]
fn needed<T: Element, B: Backend>(needed: bool, arg: &Value<'_, T, B>) -> Kept<B> {
    if needed { Kept::arg(arg) } else { Kept::No }
}

/// `value` with a node of an operation whose rule needs no values.
pub(crate) fn linear<T: Element, B: Backend>(
    value: B::Prim<T>,
    op: Op<B>,
    parents: impl Iterator<Item = Option<NodeRef<B>>>,
) -> Result<Var<T, B>> {
    let record = Record::linear(op, parents);
    let node = Node::of_order(record.order(), B::as_array(&value).shape(), record)?;
    Ok(Var::of_node(value, node))
}

/// An operation with one differentiable operand.
///
/// The nodes of those that are `HOT` are made in their place, which is more to compile.
#[inline]
fn one<const HOT: bool, T: Element, U: Element, B: Backend>(
    op: impl FnOnce() -> Op<B>,
    needs: Needs,
    x: VarArg<'_, T, B>,
    verb: impl FnOnce(Value<'_, T, B>) -> Result<B::Prim<U>>,
) -> Result<Var<U, B>> {
    if is_observed() {
        let op = op();
        let event = Event::begin(op.name(), &[&x]);
        return event.end(record_one::<false, _, _, _>(|| op, needs, x, verb));
    }
    record_one::<HOT, _, _, _>(op, needs, x, verb)
}

#[inline]
fn record_one<const HOT: bool, T: Element, U: Element, B: Backend>(
    op: impl FnOnce() -> Op<B>,
    needs: Needs,
    x: VarArg<'_, T, B>,
    verb: impl FnOnce(Value<'_, T, B>) -> Result<B::Prim<U>>,
) -> Result<Var<U, B>> {
    let parent = node(&x);
    let x = value(x);
    if parent.is_none() {
        return verb(x).map(Var::constant);
    }
    let a = needed(needs.a, &x);
    let value = verb(x)?;
    let y = if needs.y { Kept::prim::<U>(&value) } else { Kept::No };
    let node = Node::op::<HOT>(B::as_array(&value).shape(), op, [a, Kept::No, y], [parent, None])?;
    Ok(Var::of_node(value, node))
}

/// An operation with two differentiable operands.
#[inline]
fn two<const HOT: bool, T: Element, B: Backend>(
    op: impl FnOnce() -> Op<B>,
    needs: impl FnOnce(bool, bool) -> Needs,
    a: VarArg<'_, T, B>,
    b: VarArg<'_, T, B>,
    verb: impl FnOnce(Value<'_, T, B>, Value<'_, T, B>) -> Result<B::Prim<T>>,
) -> Result<Var<T, B>> {
    if is_observed() {
        let op = op();
        let event = Event::begin(op.name(), &[&a, &b]);
        return event.end(record_two::<false, _, _>(|| op, needs, a, b, verb));
    }
    record_two::<HOT, _, _>(op, needs, a, b, verb)
}

#[inline]
fn record_two<const HOT: bool, T: Element, B: Backend>(
    op: impl FnOnce() -> Op<B>,
    needs: impl FnOnce(bool, bool) -> Needs,
    a: VarArg<'_, T, B>,
    b: VarArg<'_, T, B>,
    verb: impl FnOnce(Value<'_, T, B>, Value<'_, T, B>) -> Result<B::Prim<T>>,
) -> Result<Var<T, B>> {
    let first = [node(&a), node(&b)];
    let (a, b) = (value(a), value(b));
    if first[0].is_none() && first[1].is_none() {
        return verb(a, b).map(Var::constant);
    }
    let needs = needs(first[0].is_some(), first[1].is_some());
    let (kept_a, kept_b) = (needed(needs.a, &a), needed(needs.b, &b));
    let value = verb(a, b)?;
    let y = if needs.y { Kept::prim::<T>(&value) } else { Kept::No };
    let node = Node::op::<HOT>(B::as_array(&value).shape(), op, [kept_a, kept_b, y], first)?;
    Ok(Var::of_node(value, node))
}

/// One behind the other, recorded.
fn record_concat<T: Element, B: Backend>(parts: &[&Var<T, B>], axis: usize) -> Result<Var<T, B>> {
    let values: Vec<&B::Prim<T>> = parts.iter().map(|part| &part.value).collect();
    let value = B::concat(&values, axis)?;
    if !is_grad_enabled() || parts.iter().all(|part| part.track.is_none()) {
        return Ok(Var::constant(value));
    }
    // The rule needs to know how long each part is: a part without a node still takes its place.
    let sizes = parts.iter().map(|part| B::as_array(&part.value).shape()[axis]).collect();
    linear(value, Op::Concat(axis, sizes), parts.iter().map(|part| part.node().cloned()))
}

/// Whether this is a matrix whose columns, and not its rows, lie in memory one after the other.
fn lies_by_columns<T: Element>(x: &Array<T>) -> bool {
    matches!(x.layout().strides(), &[1, between] if between != 1)
}

/// Tells an observer that the result of an operation on these is a constant.
#[inline]
fn constant<T: Element, B: Backend>(name: &'static str, operands: &[&VarArg<'_, T, B>]) {
    if is_observed() {
        Event::constant(name, operands);
    }
}

/// What rules of linear operations need: nothing.
fn nothing(_: bool, _: bool) -> Needs {
    Needs::default()
}

impl<B: Backend> Backend for Autodiff<B> {
    type Prim<T: Element> = Var<T, B>;

    fn from_array<T: Element>(array: Array<T>) -> Var<T, B> {
        Var::constant(B::from_array(array))
    }

    #[inline]
    fn as_array<T: Element>(x: &Var<T, B>) -> &Array<T> {
        B::as_array(&x.value)
    }

    fn update<T: Element>(x: &mut Var<T, B>, f: impl FnOnce(VarArg<'_, T, B>) -> Result<Var<T, B>>) -> Result<()> {
        match &x.track {
            Some(track) if track.slot::<T>().is_some() => {
                if is_grad_enabled() {
                    return Err(Error::gradient(
                        "in-place update",
                        "a leaf that requires a gradient is changed in place, which its own gradient could not follow; \
                         do it inside `no_grad(|| …)`, or on a `detach()`ed copy",
                    ));
                }
                x.value = f(Arg::Own(x))?.value;
            }
            Some(_) if !is_grad_enabled() => {
                return Err(Error::gradient(
                    "in-place update",
                    "a tensor that was computed from one that requires a gradient is changed inside `no_grad`, and its \
                     gradient would be silently wrong; `detach()` it first",
                ));
            }
            _ => *x = f(Arg::Own(x))?,
        }
        Ok(())
    }

    fn detach<T: Element>(x: &Var<T, B>) -> Var<T, B> {
        constant("detach", &[&Arg::Ref(x)]);
        Var::constant(x.value.clone())
    }

    fn note<T: Element>(x: &Var<T, B>) -> Option<String> {
        x.track.as_ref().map(|track| match track.slot::<T>() {
            Some(_) => "requires_grad=true".to_string(),
            None => format!("grad_fn=<{}>", track.node().name()),
        })
    }

    #[inline]
    fn unary<T: Num>(op: Unary, x: VarArg<'_, T, B>) -> Result<Var<T, B>> {
        one::<true, _, _, _>(|| Op::Unary(op), rules::unary_needs(op), x, |x| B::unary(op, x))
    }

    #[inline]
    fn unary_real<T: Real>(op: UnaryReal, x: VarArg<'_, T, B>) -> Result<Var<T, B>> {
        one::<true, _, _, _>(|| Op::UnaryReal(op), rules::unary_real_needs(op), x, |x| B::unary_real(op, x))
    }

    #[inline]
    fn binary<T: Num>(op: Binary, a: VarArg<'_, T, B>, b: VarArg<'_, T, B>) -> Result<Var<T, B>> {
        two::<true, _, _>(|| Op::Binary(op), |na, nb| rules::binary_needs(op, na, nb), a, b, |a, b| B::binary(op, a, b))
    }

    #[inline]
    fn binary_real<T: Real>(op: BinaryReal, a: VarArg<'_, T, B>, b: VarArg<'_, T, B>) -> Result<Var<T, B>> {
        two::<true, _, _>(
            || Op::BinaryReal(op),
            |na, nb| rules::binary_real_needs(op, na, nb),
            a,
            b,
            |a, b| B::binary_real(op, a, b),
        )
    }

    fn compare<T: Num>(op: Compare, a: VarArg<'_, T, B>, b: VarArg<'_, T, B>) -> Result<Var<bool, B>> {
        constant(op.name(), &[&a, &b]);
        B::compare(op, value(a), value(b)).map(Var::constant)
    }

    fn logic(op: Logic, a: VarArg<'_, bool, B>, b: VarArg<'_, bool, B>) -> Result<Var<bool, B>> {
        B::logic(op, value(a), value(b)).map(Var::constant)
    }

    fn select<T: Element>(mask: &Var<bool, B>, a: VarArg<'_, T, B>, b: VarArg<'_, T, B>) -> Result<Var<T, B>> {
        two::<false, _, _>(|| Op::Select(mask.value.clone()), nothing, a, b, |a, b| B::select(&mask.value, a, b))
    }

    fn cast<T: Element, U: Element>(x: &Var<T, B>) -> Result<Var<U, B>> {
        // Only real numbers have gradients.
        if U::default().real().is_none() {
            constant("cast", &[&Arg::Ref(x)]);
            return B::cast(&x.value).map(Var::constant);
        }
        let cast = |x: Value<'_, T, B>| B::cast(x.prim().expect("a cast of a tensor"));
        one::<false, _, _, _>(|| Op::Cast(T::DTYPE), Needs::default(), Arg::Ref(x), cast)
    }

    fn reduce<T: Num>(op: Reduce, x: &Var<T, B>, axes: &[usize], keepdim: bool) -> Result<Var<T, B>> {
        let reduce = |_: Value<'_, T, B>| B::reduce(op, &x.value, axes, keepdim);
        one::<true, _, _, _>(|| Op::Reduce(op, axes.into(), keepdim), rules::reduce_needs(op), Arg::Ref(x), reduce)
    }

    fn arg_reduce<T: Num>(op: ArgReduce, x: &Var<T, B>, axis: usize, keepdim: bool) -> Result<Var<i64, B>> {
        constant(op.name(), &[&Arg::Ref(x)]);
        B::arg_reduce(op, &x.value, axis, keepdim).map(Var::constant)
    }

    fn scan<T: Num>(op: Scan, x: &Var<T, B>, axis: usize) -> Result<Var<T, B>> {
        let scan = |_: Value<'_, T, B>| B::scan(op, &x.value, axis);
        one::<false, _, _, _>(|| Op::Scan(op, axis), rules::scan_needs(op), Arg::Ref(x), scan)
    }

    fn sort<T: Num>(x: &Var<T, B>, axis: usize, descending: bool, count: usize) -> Result<(Var<T, B>, Var<i64, B>)> {
        let (sorted, index) = B::sort(&x.value, axis, descending, count)?;
        let op = || Op::Sort(axis, index.clone());
        let sorted = one::<false, _, _, _>(op, Needs::default(), Arg::Ref(x), |_| Ok(sorted))?;
        Ok((sorted, Var::constant(index)))
    }

    #[inline]
    fn matmul<T: Num>(a: &Var<T, B>, b: &Var<T, B>) -> Result<Var<T, B>> {
        let needs = |a_tracked, b_tracked| Needs { a: b_tracked, b: a_tracked, y: false };
        let op = || Op::MatMul([a, b].map(|x| lies_by_columns(B::as_array(&x.value))));
        two::<true, _, _>(op, needs, Arg::Ref(a), Arg::Ref(b), |_, _| B::matmul(&a.value, &b.value))
    }

    fn linalg<T: Real>(op: Linalg, args: &[&Var<T, B>]) -> Result<Var<T, B>> {
        let needs = |_, _| rules::linalg::needs(op);
        match args {
            [a] => one::<false, _, _, _>(
                || Op::Linalg(op),
                needs(true, true),
                Arg::Ref(*a),
                |_| B::linalg(op, &[&a.value]),
            ),
            [a, b] => {
                let solve = |_: Value<'_, T, B>, _: Value<'_, T, B>| B::linalg(op, &[&a.value, &b.value]);
                two::<false, _, _>(|| Op::Linalg(op), needs, Arg::Ref(*a), Arg::Ref(*b), solve)
            }
            _ => Err(Error::value(op.name(), "takes one or two operands")),
        }
    }

    #[inline]
    fn view<T: Element>(x: &Var<T, B>, view: &View) -> Result<Var<T, B>> {
        one::<true, _, _, _>(|| Op::View(view.clone()), Needs::default(), Arg::Ref(x), |_| B::view(&x.value, view))
    }

    fn view_assign<T: Element>(x: VarArg<'_, T, B>, view: &View, src: VarArg<'_, T, B>) -> Result<Var<T, B>> {
        two::<false, _, _>(|| Op::ViewAssign(view.clone()), nothing, x, src, |x, src| B::view_assign(x, view, src))
    }

    fn view_add<T: Num>(x: VarArg<'_, T, B>, view: &View, src: VarArg<'_, T, B>) -> Result<Var<T, B>> {
        two::<false, _, _>(|| Op::ViewAdd(view.clone()), nothing, x, src, |x, src| B::view_add(x, view, src))
    }

    fn pad<T: Element>(x: &Var<T, B>, padding: &[(usize, usize)], fill: T) -> Result<Var<T, B>> {
        let pad = |_: Value<'_, T, B>| B::pad(&x.value, padding, fill);
        one::<false, _, _, _>(|| Op::Pad(padding.to_vec()), Needs::default(), Arg::Ref(x), pad)
    }

    fn concat<T: Element>(parts: &[&Var<T, B>], axis: usize) -> Result<Var<T, B>> {
        if is_observed() {
            let operands: Vec<_> = parts.iter().map(|part| Arg::Ref(*part)).collect();
            let event = Event::begin("concat", &operands.iter().collect::<Vec<_>>());
            return event.end(record_concat(parts, axis));
        }
        record_concat(parts, axis)
    }

    fn index_select<T: Element>(x: &Var<T, B>, axis: usize, index: &Var<i64, B>) -> Result<Var<T, B>> {
        let op = || Op::IndexSelect(axis, index.value.clone());
        let select = |_: Value<'_, T, B>| B::index_select(&x.value, axis, &index.value);
        one::<false, _, _, _>(op, Needs::default(), Arg::Ref(x), select)
    }

    fn index_add<T: Num>(x: VarArg<'_, T, B>, axis: usize, index: &Var<i64, B>, src: &Var<T, B>) -> Result<Var<T, B>> {
        let op = || Op::IndexAdd(axis, index.value.clone());
        two::<false, _, _>(op, nothing, x, Arg::Ref(src), |x, _| B::index_add(x, axis, &index.value, &src.value))
    }

    fn gather<T: Element>(x: &Var<T, B>, axis: usize, index: &Var<i64, B>) -> Result<Var<T, B>> {
        let op = || Op::Gather(axis, index.value.clone());
        let gather = |_: Value<'_, T, B>| B::gather(&x.value, axis, &index.value);
        one::<false, _, _, _>(op, Needs::default(), Arg::Ref(x), gather)
    }

    fn scatter<T: Element>(
        op: Scatter,
        x: VarArg<'_, T, B>,
        axis: usize,
        index: &Var<i64, B>,
        src: &Var<T, B>,
    ) -> Result<Var<T, B>> {
        let recorded = || Op::Scatter(op, axis, index.value.clone());
        let needs = |a, b| rules::scatter_needs(op, a, b);
        two::<false, _, _>(recorded, needs, x, Arg::Ref(src), |x, _| B::scatter(op, x, axis, &index.value, &src.value))
    }

    fn fill<T: Element>(shape: &Shape, fill: T) -> Result<Var<T, B>> {
        B::fill(shape, fill).map(Var::constant)
    }

    fn random<T: Element>(shape: &Shape, distribution: Distribution<T>, key: Key) -> Result<Var<T, B>> {
        B::random(shape, distribution, key).map(Var::constant)
    }

    #[inline]
    fn fused<T: Real>(op: &Fused, args: &[&Var<T, B>]) -> Result<Var<T, B>> {
        let (a, b) = match args {
            [a] => (Arg::Ref(*a), Arg::Ref(*a)),
            [a, b] => (Arg::Ref(*a), Arg::Ref(*b)),
            _ => return Err(Error::value("fused", "takes one or two operands")),
        };
        let needs = rules::fused_needs(op);
        let operation = || Op::Fused(op.clone());
        if args.len() == 1 {
            return one::<true, _, _, _>(operation, needs, a, |_| B::fused(op, &[&args[0].value]));
        }
        two::<true, _, _>(operation, |_, _| needs, a, b, |_, _| B::fused(op, &[&args[0].value, &args[1].value]))
    }

    fn step<T: Real>(
        step: &Step<T>,
        x: VarArg<'_, T, B>,
        gradient: &Var<T, B>,
        state: &mut [&mut Var<T, B>],
    ) -> Result<Var<T, B>> {
        let tracked = |x: &Var<T, B>| x.track.is_some();
        let any = x.prim().is_some_and(tracked) || tracked(gradient) || state.iter().any(|state| tracked(state));
        if is_grad_enabled() && any {
            // By verbs that are recorded.
            return by_verbs::<T, Self>(step, x, gradient, state);
        }
        state.iter_mut().for_each(|state| state.track = None);
        let mut state: Vec<&mut B::Prim<T>> = state.iter_mut().map(|state| &mut state.value).collect();
        B::step(step, value(x), &gradient.value, &mut state).map(Var::constant)
    }
}
