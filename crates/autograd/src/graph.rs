//! The tape: nodes that outputs own, in an order that survives threads.
//!
//! A recorded tensor holds its [`Node`]; a node holds the nodes it was computed from and the values its rule needs.
//! Dropping the outputs frees all of it. Only tensor handles own a gradient [`Slot`]; a leaf's node refers to it weakly, so
//! that a gradient with a graph of its own (`create_graph`) keeps nothing alive in a circle.

use crate::Autodiff;
use crate::precision::Precision;
use crate::record::{Kept, Op, Record};
use std::cell::Cell;
use std::collections::HashSet;
use std::sync::atomic::{AtomicIsize, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use tensor_core::memory::Shared;
use tensor_core::{Backend, Element, Error, Real, Result, Shape, Tensor};

/// An owner of a node.
pub(crate) type NodeRef<B> = Shared<Node<B>>;

/// One recorded operation, or a leaf.
// In this order: what is looked at first stands in the first line of the cache.
#[repr(C)]
pub(crate) struct Node<B: Backend> {
    /// The longest way to a leaf, so greater than that of every node it was computed from. It depends on the graph alone,
    /// and not on which thread recorded which part of it when: gradients are added in the same order in every run.
    order: u64,
    /// The backward pass that has something for this node, in the upper half, and where; 0 for none.
    pub(crate) mark: AtomicU64,
    /// The shape of the output, which its gradient has too.
    shape: Shape,
    kind: Kind<B>,
}

/// Where a gradient is collected.
type AnySlot<B> = Precision<Weak<Slot<f32, B>>, Weak<Slot<f64, B>>>;

enum Kind<B: Backend> {
    Leaf(AnySlot<B>),
    /// What a leaf's tensors hold, and no graph does: the leaf's node, and the gradient's place.
    Handle(NodeRef<B>, Precision<Arc<Slot<f32, B>>, Arc<Slot<f64, B>>>),
    /// `None` once a backward pass has used and freed it.
    Op(&'static str, Mutex<Option<Record<B>>>),
}

/// A tensor's place in the graph.
#[derive(Clone)]
pub(crate) struct Track<B: Backend>(NodeRef<B>);

impl<B: Backend> Track<B> {
    #[inline]
    pub(crate) fn new(node: NodeRef<B>) -> Self {
        Track(node)
    }

    /// That of a new leaf, with the place of its gradient.
    pub(crate) fn leaf<T: Element>(shape: &Shape) -> Result<Self> {
        let slot = Arc::new(Slot::<T, B>::new());
        let kind = Kind::Leaf(AnySlot::new(Arc::downgrade(&slot)));
        let node = Node::new(0, shape, || kind)?;
        let kind = Kind::Handle(node, Precision::new(slot));
        Ok(Track(Shared::new(Node { order: 0, shape: Shape::new(), mark: AtomicU64::new(0), kind })?))
    }

    #[inline]
    pub(crate) fn node(&self) -> &NodeRef<B> {
        match &self.0.kind {
            Kind::Handle(node, _) => node,
            Kind::Leaf(_) | Kind::Op(..) => &self.0,
        }
    }

    /// The place of a leaf's gradient.
    #[inline]
    pub(crate) fn slot<T: Element>(&self) -> Option<&Arc<Slot<T, B>>> {
        match &self.0.kind {
            Kind::Handle(_, slot) => Some(slot.get()),
            Kind::Leaf(_) | Kind::Op(..) => None,
        }
    }

    /// The node of an output, if no one else has it.
    pub(crate) fn node_mut(&mut self) -> Option<&mut Node<B>> {
        self.0.get_mut().filter(|node| matches!(node.kind, Kind::Op(..)))
    }
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
    /// Puts what the hooks make of the gradient of a pass in its place, one after the other. No lock is held while they run.
    pub(crate) fn hooked(&self, gradient: &mut Tensor<T, Autodiff<B>>) -> Result<()> {
        let hooks = self.hooks().clone();
        for (_, hook) in hooks {
            let Some(other) = hook(gradient) else { continue };
            if other.shape() != gradient.shape() {
                let shapes = [gradient.layout().shape(), other.layout().shape()];
                return Err(Error::shape("hook", &shapes, "the gradient, and what the hook put in its place"));
            }
            *gradient = other;
        }
        Ok(())
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

    /// Adds what a pass has brought, as if an empty slot held zeros: −0 would otherwise show that it was empty.
    pub(crate) fn accumulate(&self, gradient: Tensor<T, Autodiff<B>>) {
        let there = self.lock().take();
        self.add(match there {
            Some(there) => there + gradient,
            None => gradient + T::zero(),
        });
    }

    /// Zeros in place of the gradient, if there is one.
    pub(crate) fn zero(&self) {
        if let Some(grad) = &mut *self.lock() {
            *grad = grad.zeros_like();
        }
    }
}

/// How many nodes are alive, but for what the threads have yet to add.
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// The nodes that a thread has made, less those that it has dropped, since it last added them to [`LIVE`]: they come and go
/// too fast for a count that all threads share.
struct Made(Cell<isize>);

thread_local! {
    static MADE: Made = const { Made(Cell::new(0)) };
}

impl Drop for Made {
    fn drop(&mut self) {
        LIVE.fetch_add(self.0.take(), Relaxed);
    }
}

#[inline]
fn count(nodes: isize) {
    if MADE.try_with(|made| made.0.set(made.0.get() + nodes)).is_err() {
        LIVE.fetch_add(nodes, Relaxed);
    }
}

/// The number of nodes of all graphs of the program: recorded operations that something still holds, and leaves. What other
/// threads do is counted when they end, or ask themselves.
pub fn live_nodes() -> usize {
    let own = MADE.try_with(|made| made.0.take()).unwrap_or(0);
    (LIVE.fetch_add(own, Relaxed) + own).max(0) as usize
}

impl<B: Backend> Node<B> {
    /// An operation with the values `[a, b, y]` that its rule needs; if `HOT` compiled where it is called, so that the node is
    /// made in its place.
    #[inline(always)]
    pub(crate) fn op<const HOT: bool>(
        shape: &Shape,
        op: impl FnOnce() -> Op<B>,
        values: [Kept<B>; 3],
        first: [Option<NodeRef<B>>; 2],
    ) -> Result<NodeRef<B>> {
        if HOT { Self::op_here(shape, op, values, first) } else { Self::op_there(shape, op(), values, first) }
    }

    #[inline(never)]
    fn op_there(shape: &Shape, op: Op<B>, values: [Kept<B>; 3], first: [Option<NodeRef<B>>; 2]) -> Result<NodeRef<B>> {
        Self::op_here(shape, || op, values, first)
    }

    #[inline(always)]
    fn op_here(
        shape: &Shape,
        op: impl FnOnce() -> Op<B>,
        [a, b, y]: [Kept<B>; 3],
        first: [Option<NodeRef<B>>; 2],
    ) -> Result<NodeRef<B>> {
        let mut order = 0;
        first.iter().flatten().for_each(|parent| order = order.max(parent.order + 1));
        Self::new(order, shape, || {
            // The name first: what has been looked at is not made in its place any more.
            let op = op();
            let name = op.name();
            let (a, b, y) = (Cell::new(a), Cell::new(b), Cell::new(y));
            Kind::Op(name, Mutex::new(Some(Record { op, a, b, y, first, more: Vec::new() })))
        })
    }

    /// An operation of any number of operands, or one that stands for a part of the graph and has the order of its last node.
    pub(crate) fn of_order(order: u64, shape: &Shape, record: Record<B>) -> Result<NodeRef<B>> {
        Self::new(order, shape, || Kind::Op(record.op.name(), Mutex::new(Some(record))))
    }

    #[inline(always)]
    fn new(order: u64, shape: &Shape, kind: impl FnOnce() -> Kind<B>) -> Result<NodeRef<B>> {
        Shared::new_with(|| {
            count(1);
            Node { order, shape: shape.clone(), mark: AtomicU64::new(0), kind: kind() }
        })
    }

    #[inline]
    pub(crate) fn order(&self) -> u64 {
        self.order
    }

    /// The shape of the output.
    #[inline]
    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(crate) fn is_leaf(&self) -> bool {
        matches!(self.kind, Kind::Leaf(_))
    }

    /// The operation, or `leaf`.
    pub(crate) fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Leaf(_) | Kind::Handle(..) => "leaf",
            Kind::Op(name, _) => name,
        }
    }

    /// The leaf's gradient slot, if some handle of the leaf is left.
    pub(crate) fn slot<T: Element>(&self) -> Option<Arc<Slot<T, B>>> {
        match &self.kind {
            Kind::Leaf(slot) => slot.get::<Weak<Slot<T, B>>>().upgrade(),
            Kind::Handle(..) | Kind::Op(..) => None,
        }
    }

    /// What the node was computed from; `None` once a backward pass has freed it.
    pub(crate) fn parents(&self) -> Option<Vec<NodeRef<B>>> {
        let Kind::Op(_, record) = &self.kind else { return Some(Vec::new()) };
        lock(record).as_ref().map(|record| record.parents().cloned().collect())
    }

    /// What was recorded: taken out, or copied to `keep` it. `None` for a leaf, and if it is gone already.
    pub(crate) fn record(&self, keep: bool) -> Option<Record<B>> {
        let Kind::Op(_, record) = &self.kind else { return None };
        let mut record = lock(record);
        if keep { record.clone() } else { record.take() }
    }

    /// What was recorded, where it stands: the only owner needs no lock.
    #[inline]
    pub(crate) fn record_mut(&mut self) -> Option<&mut Record<B>> {
        self.unlocked()?.as_mut()
    }

    /// Puts what a checkpoint stood for in its place.
    pub(crate) fn set_record(&self, record: Record<B>) {
        if let Kind::Op(_, own) = &self.kind {
            *lock(own) = Some(record);
        }
    }

    #[inline]
    fn unlocked(&mut self) -> Option<&mut Option<Record<B>>> {
        match &mut self.kind {
            Kind::Leaf(_) | Kind::Handle(..) => None,
            Kind::Op(_, record) => Some(record.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner())),
        }
    }
}

/// The record, locked; a panic elsewhere cannot leave it half written, since it is only taken or copied.
fn lock<B: Backend>(record: &Mutex<Option<Record<B>>>) -> MutexGuard<'_, Option<Record<B>>> {
    record.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The address of a node, which is its own as long as it lives.
pub(crate) fn address<B: Backend>(node: &NodeRef<B>) -> usize {
    node.address()
}

/// Visits `root` and everything that it was computed from, each node once, but for what lies only behind nodes that
/// `visit` answers `false` for.
pub(crate) fn walk<B: Backend>(root: &NodeRef<B>, visit: impl FnMut(&NodeRef<B>) -> bool) {
    walk_unseen(root, &mut HashSet::from([address(root)]), visit);
}

/// [`walk`] to nodes that are not in `seen`, and into it.
pub(crate) fn walk_unseen<B: Backend>(
    root: &NodeRef<B>,
    seen: &mut HashSet<usize>,
    mut visit: impl FnMut(&NodeRef<B>) -> bool,
) {
    let mut waiting = vec![root.clone()];
    while let Some(node) = waiting.pop() {
        if visit(&node) {
            waiting.extend(node.parents().into_iter().flatten().filter(|parent| seen.insert(address(parent))));
        }
    }
}

/// The addresses of `targets` and of all nodes between them and `roots`: the only ones that a pass for the targets has to
/// visit. A freed node may be one, which the pass then finds out.
pub(crate) fn between<'a, B: Backend>(
    roots: impl Iterator<Item = &'a NodeRef<B>>,
    targets: &[NodeRef<B>],
) -> HashSet<usize> {
    let mut leading: HashSet<usize> = targets.iter().map(address).collect();
    // What is not deeper than every target was computed from none.
    let depth = targets.iter().map(|target| target.order()).min().unwrap_or(u64::MAX);
    let mut reached = Vec::new();
    let mut seen = HashSet::new();
    for root in roots {
        if seen.insert(address(root)) {
            walk_unseen(root, &mut seen, |node| {
                let deeper = node.order() > depth;
                if deeper {
                    reached.push(node.clone());
                }
                deeper
            });
        }
    }
    lead(&mut leading, reached);
    leading
}

/// Adds to the nodes that lead to `targets` those of a part of the graph that was computed again, from the operands of
/// `record` to `last`.
pub(crate) fn extend<B: Backend>(
    leading: &mut HashSet<usize>,
    targets: &[NodeRef<B>],
    last: &NodeRef<B>,
    record: &Record<B>,
) {
    let ends: HashSet<usize> = record.parents().map(address).collect();
    let mut reached = Vec::new();
    walk(last, |node| {
        let new = !ends.contains(&address(node));
        if new {
            // It may lie where a node lay that has been freed since.
            leading.remove(&address(node));
            reached.push(node.clone());
        }
        new
    });
    leading.extend(targets.iter().map(address));
    lead(leading, reached);
}

/// Adds those of `reached` that have a parent which leads to a target.
fn lead<B: Backend>(leading: &mut HashSet<usize>, mut reached: Vec<NodeRef<B>>) {
    reached.sort_by_key(|node| node.order());
    for node in reached {
        if node.parents().is_none_or(|parents| parents.iter().any(|parent| leading.contains(&address(parent)))) {
            leading.insert(address(&node));
        }
    }
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

impl<B: Backend> Drop for Node<B> {
    fn drop(&mut self) {
        if matches!(self.kind, Kind::Handle(..)) {
            return;
        }
        count(-1);
        // A million-node chain is taken apart here, in a loop, and not by a million nested drops.
        let mut orphans = Vec::new();
        self.leave(&mut orphans);
        while let Some(mut node) = orphans.pop() {
            if let Some(node) = node.get_mut() {
                node.leave(&mut orphans);
            }
        }
    }
}

impl<B: Backend> Node<B> {
    /// Leaves the nodes that this one was computed from; those that nobody else owns become orphans.
    #[inline]
    fn leave(&mut self, orphans: &mut Vec<NodeRef<B>>) {
        let Some(record) = self.record_mut() else { return };
        record.for_parents(|parent| {
            if let Some(mut parent) = parent.take()
                && parent.get_mut().is_some()
            {
                orphans.push(parent);
            }
        });
    }
}
