//! What a node remembers: the operation, and the values its gradient rule needs.

use crate::Autodiff;
use crate::engine::Emit;
use crate::function::Backward;
use crate::graph::NodeRef;
use std::sync::Arc;
use tensor_core::ops::*;
use tensor_core::{Arg, Backend, DType, Dims, Element, Result, Tensor};

/// An operation as recorded, with what it takes besides its differentiable operands.
pub(crate) enum Op<T: Element, B: Backend> {
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
    Custom(Arc<dyn Backward<T, B>>, usize),
    Checkpoint(Arc<dyn Recompute<T, B>>),
}

/// A part of the graph that is computed again for its backward pass.
pub(crate) trait Recompute<T: Element, B: Backend>: Send + Sync {
    fn backward(&self, record: &Record<T, B>, g: Tensor<T, Autodiff<B>>, emit: &mut Emit<'_, B>) -> Result<()>;
}

impl<T: Element, B: Backend> Clone for Op<T, B> {
    fn clone(&self) -> Self {
        match self {
            Op::Unary(op) => Op::Unary(*op),
            Op::UnaryReal(op) => Op::UnaryReal(*op),
            Op::Binary(op) => Op::Binary(*op),
            Op::BinaryReal(op) => Op::BinaryReal(*op),
            Op::Select(mask) => Op::Select(mask.clone()),
            Op::Cast(from) => Op::Cast(*from),
            Op::Reduce(op, axes, keepdim) => Op::Reduce(*op, axes.clone(), *keepdim),
            Op::Scan(op, axis) => Op::Scan(*op, *axis),
            Op::Sort(axis, index) => Op::Sort(*axis, index.clone()),
            Op::MatMul(columns) => Op::MatMul(*columns),
            Op::Linalg(op) => Op::Linalg(*op),
            Op::View(view) => Op::View(view.clone()),
            Op::ViewAssign(view) => Op::ViewAssign(view.clone()),
            Op::ViewAdd(view) => Op::ViewAdd(view.clone()),
            Op::Pad(padding) => Op::Pad(padding.clone()),
            Op::Concat(axis, sizes) => Op::Concat(*axis, sizes.clone()),
            Op::IndexSelect(axis, index) => Op::IndexSelect(*axis, index.clone()),
            Op::IndexAdd(axis, index) => Op::IndexAdd(*axis, index.clone()),
            Op::Gather(axis, index) => Op::Gather(*axis, index.clone()),
            Op::Scatter(op, axis, index) => Op::Scatter(*op, *axis, index.clone()),
            Op::Fused(op) => Op::Fused(op.clone()),
            Op::Custom(rule, operands) => Op::Custom(rule.clone(), *operands),
            Op::Checkpoint(segment) => Op::Checkpoint(segment.clone()),
        }
    }
}

impl<T: Element, B: Backend> Op<T, B> {
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
            Op::Custom(rule, _) => rule.name(),
            Op::Checkpoint(_) => "checkpoint",
        }
    }
}

/// A value that a rule needs, or not.
#[derive(Clone)]
pub(crate) enum Kept<T, P> {
    No,
    Prim(P),
    Scalar(T),
}

impl<T: Copy, P: Clone> Kept<T, P> {
    /// The operand's value; a tensor shares its buffer, which from now on is copied before anyone writes to it.
    #[inline]
    pub(crate) fn arg(arg: &Arg<'_, T, P>) -> Self {
        match arg {
            Arg::Ref(value) => Kept::Prim((*value).clone()),
            Arg::Own(value) => Kept::Prim((**value).clone()),
            Arg::Scalar(value) => Kept::Scalar(*value),
        }
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
#[derive(Clone)]
pub(crate) struct Record<T: Element, B: Backend> {
    pub(crate) op: Op<T, B>,
    pub(crate) a: Kept<T, B::Prim<T>>,
    pub(crate) b: Kept<T, B::Prim<T>>,
    pub(crate) y: Kept<T, B::Prim<T>>,
    /// The nodes of the first two operands.
    pub(crate) first: [Option<NodeRef<B>>; 2],
    /// And of the others, where there are more.
    pub(crate) more: Vec<Option<NodeRef<B>>>,
}

impl<T: Element, B: Backend> Record<T, B> {
    pub(crate) fn name(&self) -> &'static str {
        self.op.name()
    }

    /// The node of operand `i`.
    pub(crate) fn parent(&self, i: usize) -> Option<&NodeRef<B>> {
        match i {
            0 | 1 => self.first[i].as_ref(),
            _ => self.more[i - 2].as_ref(),
        }
    }

    pub(crate) fn parents(&self) -> impl Iterator<Item = &NodeRef<B>> {
        self.first.iter().chain(&self.more).flatten()
    }

    pub(crate) fn into_parents(self) -> impl Iterator<Item = NodeRef<B>> {
        self.first.into_iter().chain(self.more).flatten()
    }
}
