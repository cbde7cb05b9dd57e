//! The tape: nodes that outputs own, in an order that survives threads.
//!
//! A recorded tensor holds its [`Node`]; a node holds the nodes it was computed from and the values its rule needs.
//! Dropping the outputs frees all of it. Only tensor handles own a gradient [`Slot`]; a leaf's node refers to it weakly, so
//! that a gradient with a graph of its own (`create_graph`) keeps nothing alive in a circle.

use crate::Autodiff;
use crate::record::Record;
use std::any::Any;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use tensor_core::{Backend, Element, Error, Real, Result, Shape, Tensor};

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
    grad: Mutex<Option<Tensor<T, Autodiff<B>>>>,
    /// What is called with the gradient of each pass, by number.
    hooks: Mutex<Vec<(u64, Hook<T, B>)>>,
}

/// Looks at a gradient, and may put another in its place.
pub(crate) type Hook<T, B> = Arc<dyn Fn(&Tensor<T, Autodiff<B>>) -> Option<Tensor<T, Autodiff<B>>> + Send + Sync>;

impl<T: Element, B: Backend> Slot<T, B> {
    pub(crate) fn new() -> Self {
        Slot { grad: Mutex::new(None), hooks: Mutex::new(Vec::new()) }
    }

    fn hooks(&self) -> MutexGuard<'_, Vec<(u64, Hook<T, B>)>> {
        self.hooks.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Adds a hook behind the others, and says by which number it is removed.
    pub(crate) fn hook(&self, hook: Hook<T, B>) -> u64 {
        let mut hooks = self.hooks();
        let number = hooks.last().map_or(0, |(last, _)| last + 1);
        hooks.push((number, hook));
        number
    }

    pub(crate) fn unhook(&self, number: u64) {
        self.hooks().retain(|(own, _)| *own != number);
    }

    /// The gradient, locked; a panic elsewhere cannot leave it half written, since it is replaced as a whole.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<Tensor<T, Autodiff<B>>>> {
        self.grad.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<T: Real, B: Backend> Slot<T, B> {
    /// What the hooks make of the gradient of a pass, one after the other. No lock is held while they run.
    pub(crate) fn hooked(&self, gradient: Tensor<T, Autodiff<B>>) -> Result<Tensor<T, Autodiff<B>>> {
        let hooks = self.hooks().clone();
        hooks.iter().try_fold(gradient, |gradient, (_, hook)| match hook(&gradient) {
            None => Ok(gradient),
            Some(other) if other.shape() == gradient.shape() => Ok(other),
            Some(other) => {
                let shapes = [gradient.layout().shape(), other.layout().shape()];
                Err(Error::shape("hook", &shapes, "the gradient, and what the hook put in its place"))
            }
        })
    }

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
    /// What the node was computed from; `None` once a backward pass has freed it.
    fn parents(&self) -> Option<Vec<NodeRef<B>>>;
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

    fn parents(&self) -> Option<Vec<NodeRef<B>>> {
        let Kind::Op(_, record) = &self.kind else { return Some(Vec::new()) };
        let record = record.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        record.as_ref().map(|record| record.parents().cloned().collect())
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

/// The address of a node, which is its own as long as it lives.
pub(crate) fn address<B: Backend>(node: &NodeRef<B>) -> usize {
    Arc::as_ptr(node).cast::<()>() as usize
}

/// Visits `root` and everything that it was computed from, each node once, but for what lies only behind nodes that
/// `visit` answers `false` for.
pub(crate) fn walk<B: Backend>(root: &NodeRef<B>, visit: impl FnMut(&NodeRef<B>) -> bool) {
    walk_unseen(root, &mut HashSet::from([address(root)]), visit);
}

fn walk_unseen<B: Backend>(root: &NodeRef<B>, seen: &mut HashSet<usize>, mut visit: impl FnMut(&NodeRef<B>) -> bool) {
    let mut waiting = vec![root.clone()];
    while let Some(node) = waiting.pop() {
        if visit(&node) {
            waiting.extend(node.parents().into_iter().flatten().filter(|parent| seen.insert(address(parent))));
        }
    }
}

/// The addresses of `targets` and of all nodes between them and `roots`: the only ones that a pass for the targets has to
/// visit, none behind a target if `partial`. A freed node may be one, which the pass then finds out.
pub(crate) fn between<'a, B: Backend>(
    roots: impl Iterator<Item = &'a NodeRef<B>>,
    targets: &[NodeRef<B>],
    partial: bool,
) -> HashSet<usize> {
    let mut leading: HashSet<usize> = targets.iter().map(address).collect();
    let ends = if partial { leading.clone() } else { HashSet::new() };
    // What is not deeper than every target was computed from none.
    let depth = targets.iter().map(|target| target.order()).min().unwrap_or(u64::MAX);
    let mut reached = Vec::new();
    let mut seen = HashSet::new();
    for root in roots {
        if seen.insert(address(root)) {
            walk_unseen(root, &mut seen, |node| {
                let deeper = node.order() > depth && !ends.contains(&address(node));
                if deeper {
                    reached.push(node.clone());
                }
                deeper
            });
        }
    }
    reached.sort_by_key(|node| node.order());
    for node in reached {
        if node.parents().is_none_or(|parents| parents.iter().any(|parent| leading.contains(&address(parent)))) {
            leading.insert(address(&node));
        }
    }
    leading
}

/// Whether `root` was computed from a leaf by a way that does not lead through one of `own`.
pub(crate) fn reaches_other_leaf<'a, B: Backend>(root: &NodeRef<B>, own: impl Iterator<Item = &'a NodeRef<B>>) -> bool {
    let own: HashSet<usize> = own.map(address).collect();
    let mut found = false;
    walk(root, |node| {
        let own = own.contains(&address(node));
        found |= node.is_leaf() && !own;
        !own && !found
    });
    found
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
