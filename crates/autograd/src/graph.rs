//! The tape: nodes that outputs own, in an order that survives threads.
//!
//! A recorded tensor holds its [`Node`]; a node holds the nodes it was computed from and the values its rule needs.
//! Dropping the outputs frees all of it. Only tensor handles own a gradient [`Slot`]; a leaf's node refers to it weakly, so
//! that a gradient with a graph of its own (`create_graph`) keeps nothing alive in a circle.

use crate::Autodiff;
use crate::record::Record;
use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use tensor_core::{Backend, Element, Real, Shape, Tensor};

/// A node of any element type.
pub(crate) type NodeRef<B> = Arc<dyn AnyNode<B>>;

/// One recorded operation, or a leaf.
pub(crate) struct Node<T: Element, B: Backend> {
    /// The longest way to a leaf, so greater than that of every node it was computed from. It depends on the graph alone,
    /// and not on which thread recorded which part of it when: gradients are added in the same order in every run.
    order: u64,
    /// The shape of the output, which its gradient has too.
    shape: Shape,
    kind: Kind<T, B>,
}

enum Kind<T: Element, B: Backend> {
    Leaf(Weak<Slot<T, B>>),
    /// `None` once a backward pass has used and freed it.
    Op(&'static str, Mutex<Option<Record<T, B>>>),
}

/// Where a leaf's gradient is collected.
pub(crate) struct Slot<T: Element, B: Backend> {
    pub(crate) grad: Mutex<Option<Tensor<T, Autodiff<B>>>>,
}

impl<T: Element, B: Backend> Slot<T, B> {
    /// The gradient, locked; a panic elsewhere cannot leave it half written, since it is replaced as a whole.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<Tensor<T, Autodiff<B>>>> {
        self.grad.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<T: Real, B: Backend> Slot<T, B> {
    /// Adds to the gradient. The lock is not held while adding: other threads may add meanwhile.
    pub(crate) fn add(&self, gradient: Tensor<T, Autodiff<B>>) {
        let mut total = gradient;
        loop {
            let mut grad = self.lock();
            let Some(there) = grad.take() else {
                *grad = Some(total);
                return;
            };
            drop(grad);
            total = there + total;
        }
    }
}

/// What the engine asks of a node without knowing its element type.
pub(crate) trait AnyNode<B: Backend>: Any + Send + Sync {
    fn order(&self) -> u64;
    fn shape(&self) -> &Shape;
    fn is_leaf(&self) -> bool;
    /// The operation, or `leaf`.
    fn name(&self) -> &'static str;
    /// Moves what the node was computed from out of it: how a long chain is dropped without recursion.
    fn unlink(&mut self, parents: &mut Vec<NodeRef<B>>);
    fn as_any(&self) -> &dyn Any;
}

/// How many nodes are alive, for tests that look for leaks.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// The number of nodes of all graphs of the program: recorded operations that something still holds, and leaves.
pub fn live_nodes() -> usize {
    LIVE.load(Relaxed)
}

impl<T: Element, B: Backend> Node<T, B> {
    pub(crate) fn leaf(shape: Shape, slot: &Arc<Slot<T, B>>) -> NodeRef<B> {
        LIVE.fetch_add(1, Relaxed);
        Arc::new(Node { order: 0, shape, kind: Kind::Leaf(Arc::downgrade(slot)) })
    }

    #[inline]
    pub(crate) fn op(shape: Shape, record: Record<T, B>) -> NodeRef<B> {
        LIVE.fetch_add(1, Relaxed);
        let order = record.parents().map(|parent| parent.order() + 1).max().unwrap_or(0);
        Arc::new(Node { order, shape, kind: Kind::Op(record.name(), Mutex::new(Some(record))) })
    }

    /// The leaf's gradient slot, if some handle of the leaf is left.
    pub(crate) fn slot(&self) -> Option<Arc<Slot<T, B>>> {
        match &self.kind {
            Kind::Leaf(slot) => slot.upgrade(),
            Kind::Op(..) => None,
        }
    }

    /// What was recorded: taken out, or copied if it is to be kept. `None` for a leaf, and if it is gone already.
    pub(crate) fn record(&self, keep: bool) -> Option<Record<T, B>> {
        let Kind::Op(_, record) = &self.kind else { return None };
        let mut record = record.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if keep { record.clone() } else { record.take() }
    }
}

impl<T: Element, B: Backend> AnyNode<B> for Node<T, B> {
    fn order(&self) -> u64 {
        self.order
    }

    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn is_leaf(&self) -> bool {
        matches!(self.kind, Kind::Leaf(_))
    }

    fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Leaf(_) => "leaf",
            Kind::Op(name, _) => name,
        }
    }

    fn unlink(&mut self, parents: &mut Vec<NodeRef<B>>) {
        if let Kind::Op(_, record) = &mut self.kind {
            let record = record.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
            if let Some(record) = record.take() {
                parents.extend(record.into_parents());
            }
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<T: Element, B: Backend> Drop for Node<T, B> {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Relaxed);
        let mut orphans = Vec::new();
        self.unlink(&mut orphans);
        // A million-node chain is taken apart here, in a loop, and not by a million nested drops.
        while let Some(mut node) = orphans.pop() {
            if let Some(last) = Arc::get_mut(&mut node) {
                last.unlink(&mut orphans);
            }
        }
    }
}
