//! What a node remembers: the operation, and the values its gradient rule needs.

use crate::function::Backward;
use crate::graph::NodeRef;
use crate::precision::Precision;
use std::cell::Cell;
use std::sync::Arc;
use tensor_core::ops::*;
use tensor_core::{Arg, Backend, DType, Dims, Element, Result};

/// An operation as recorded, with what it takes besides its differentiable operands.
#[derive(Clone)]
pub(crate) enum Op<B: Backend> {
    Unary(Unary),
    UnaryReal(UnaryReal),
    Binary(Binary),
    BinaryReal(BinaryReal),
    Select(B::Prim<bool>),
    /// From an element type.
    Cast(DType),
    Reduce(Reduce, Dims<usize>, bool),
    Scan(Scan, usize),
    Sort(usize, B::Prim<i64>),
    /// Whether each operand is a matrix that lies in memory column by column.
    MatMul([bool; 2]),
    Linalg(Linalg),
    View(View),
    ViewAssign(View),
    ViewAdd(View),
    Pad(Vec<(usize, usize)>),
    /// Along an axis, parts of these sizes.
    Concat(usize, Dims<usize>),
    IndexSelect(usize, B::Prim<i64>),
    IndexAdd(usize, B::Prim<i64>),
    Gather(usize, B::Prim<i64>),
    Scatter(Scatter, usize, B::Prim<i64>),
    Fused(Fused),
    /// With so many operands.
    Custom(Precision<Arc<dyn Backward<f32, B>>, Arc<dyn Backward<f64, B>>>, usize),
    Checkpoint(Arc<dyn Recompute<B>>),
}

/// A part of the graph that is computed again for its backward pass.
pub(crate) trait Recompute<B: Backend>: Send + Sync {
    /// Records the part anew, from the operands of `record`, and answers with its last node, which is what `node` stood for.
    fn again(&self, record: &Record<B>, node: &NodeRef<B>, observed: bool) -> Result<NodeRef<B>>;
}

impl<B: Backend> Op<B> {
    #[inline(always)]
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Op::Unary(op) => op.name(),
            Op::UnaryReal(op) => op.name(),
            Op::Binary(op) => op.name(),
            Op::BinaryReal(op) => op.name(),
            Op::Select(_) => "where_cond",
            Op::Cast(_) => "cast",
            Op::Reduce(op, ..) => op.name(),
            Op::Scan(op, _) => op.name(),
            Op::Sort(..) => "sort",
            Op::MatMul(_) => "matmul",
            Op::Linalg(op) => op.name(),
            Op::View(View::Reshape(_)) => "reshape",
            Op::View(View::Permute(_)) => "permute",
            Op::View(View::Expand(_)) => "expand",
            Op::View(View::Slice(_)) => "slice",
            Op::View(View::Diagonal { .. }) => "diagonal",
            Op::View(View::Unfold { .. }) => "unfold",
            Op::ViewAssign(_) => "copy_",
            Op::ViewAdd(_) => "add_",
            Op::Pad(_) => "pad",
            Op::Concat(..) => "concat",
            Op::IndexSelect(..) => "index_select",
            Op::IndexAdd(..) => "index_add",
            Op::Gather(..) => "gather",
            Op::Scatter(op, ..) => op.name(),
            Op::Fused(Fused::Mse) => "mse",
            Op::Fused(Fused::Softmax { .. }) => "softmax",
            Op::Fused(Fused::LogSoftmax { .. }) => "log_softmax",
            Op::Fused(Fused::LogCumSumExp { .. }) => "logcumsumexp",
            Op::Fused(Fused::Recurrence { .. }) => "recurrence",
            Op::Custom(Precision::Single(rule), _) => rule.name(),
            Op::Custom(Precision::Double(rule), _) => rule.name(),
            Op::Checkpoint(_) => "checkpoint",
        }
    }
}

/// A value that a rule needs, or not.
#[derive(Clone, Default)]
pub(crate) enum Kept<B: Backend> {
    #[default]
    No,
    Prim(Precision<B::Prim<f32>, B::Prim<f64>>),
    Scalar(f64),
}

impl<B: Backend> Kept<B> {
    /// The operand's value; a tensor shares its buffer, which from now on is copied before anyone writes to it.
    #[inline]
    pub(crate) fn arg<T: Element>(arg: &Arg<'_, T, B::Prim<T>>) -> Self {
        match arg {
            Arg::Ref(value) => Self::prim::<T>(value),
            Arg::Own(value) => Self::prim::<T>(value),
            Arg::Scalar(value) => Kept::Scalar(value.real().expect("only real numbers are recorded")),
        }
    }

    #[inline]
    pub(crate) fn prim<T: Element>(value: &B::Prim<T>) -> Self {
        Kept::Prim(Precision::new(value.clone()))
    }
}

/// Which values a rule needs: of the first and second operand, and the output.
#[derive(Clone, Copy, Default)]
pub(crate) struct Needs {
    pub(crate) a: bool,
    pub(crate) b: bool,
    pub(crate) y: bool,
}

/// A recorded operation. Operands are numbered; only those with a node receive a gradient.
pub(crate) struct Record<B: Backend> {
    pub(crate) op: Op<B>,
    /// The first two operands and the output: the rule takes each when it needs it for the last time.
    pub(crate) a: Cell<Kept<B>>,
    pub(crate) b: Cell<Kept<B>>,
    pub(crate) y: Cell<Kept<B>>,
    /// The nodes of the first two operands.
    pub(crate) first: [Option<NodeRef<B>>; 2],
    /// And of the others, where there are more.
    pub(crate) more: Vec<Option<NodeRef<B>>>,
}

/// What is in the cell stays there.
pub(crate) fn copy<B: Backend>(kept: &Cell<Kept<B>>) -> Kept<B> {
    let value = kept.take();
    kept.set(value.clone());
    value
}

impl<B: Backend> Clone for Record<B> {
    fn clone(&self) -> Self {
        let Record { op, a, b, y, first, more } = self;
        let [a, b, y] = [a, b, y].map(|kept| Cell::new(copy(kept)));
        Record { op: op.clone(), a, b, y, first: first.clone(), more: more.clone() }
    }
}

impl<B: Backend> Record<B> {
    /// An operation whose rule needs no values.
    pub(crate) fn linear(op: Op<B>, mut parents: impl Iterator<Item = Option<NodeRef<B>>>) -> Self {
        let first = [parents.next().flatten(), parents.next().flatten()];
        Record { op, a: Cell::default(), b: Cell::default(), y: Cell::default(), first, more: parents.collect() }
    }

    /// One more than the order of the deepest operand.
    pub(crate) fn order(&self) -> u64 {
        self.parents().map(|parent| parent.order() + 1).max().unwrap_or(0)
    }

    /// The node of operand `i`.
    #[inline]
    pub(crate) fn parent(&self, i: usize) -> Option<&NodeRef<B>> {
        match i {
            0 | 1 => self.first[i].as_ref(),
            _ => self.more[i - 2].as_ref(),
        }
    }

    pub(crate) fn parents(&self) -> impl Iterator<Item = &NodeRef<B>> {
        self.first.iter().chain(&self.more).flatten()
    }

    /// Calls `f` with the nodes of the operands, which it may take.
    #[inline]
    pub(crate) fn for_parents(&mut self, mut f: impl FnMut(&mut Option<NodeRef<B>>)) {
        self.first.iter_mut().for_each(&mut f);
        self.more.iter_mut().for_each(f);
    }
}
