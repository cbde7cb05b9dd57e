//! The tape: nodes that outputs own, in an order that survives threads.
//!
//! A recorded tensor holds its [`Node`]; a node holds the nodes it was computed from and the values its rule needs.
//! Dropping the outputs frees all of it. Only tensor handles own a gradient [`Slot`]; a leaf's node refers to it weakly, so
//! that a gradient with a graph of its own (`create_graph`) keeps nothing alive in a circle.

use crate::Autodiff;
use crate::precision::Precision;
use crate::record::Record;
use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use tensor_core::memory::Shared;
use tensor_core::{Backend, Element, Error, Real, Result, Shape, Tensor};

/// An owner of a node.
pub(crate) type NodeRef<B> = Shared<Node<B>>;

/// One recorded operation, or a leaf.
pub(crate) struct Node<B: Backend> {
    /// The longest way to a leaf, so greater than that of every node it was computed from. It depends on the graph alone,
    /// and not on which thread recorded which part of it when: gradients are added in the same order in every run.
    order: u64,
    /// The shape of the output, which its gradient has too.
    shape: Shape,
    kind: Kind<B>,
}

/// What was recorded.
pub(crate) type AnyRecord<B> = Precision<Record<f32, B>, Record<f64, B>>;

/// Where a gradient is collected.
type AnySlot<B> = Precision<Weak<Slot<f32, B>>, Weak<Slot<f64, B>>>;

enum Kind<B: Backend> {
    Leaf(AnySlot<B>),
    /// `None` once a backward pass has used and freed it.
    Op(&'static str, Mutex<Option<AnyRecord<B>>>),
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

thread_local! {
    /// How many nodes this thread has made, less those it has dropped. It alone writes to it.
    static LIVE: RefCell<Option<Arc<AtomicIsize>>> = const { RefCell::new(None) };
}

/// The counts of all threads, and of those that are gone.
static ALL_LIVE: Mutex<(isize, Vec<Arc<AtomicIsize>>)> = Mutex::new((0, Vec::new()));

fn all_live() -> MutexGuard<'static, (isize, Vec<Arc<AtomicIsize>>)> {
    ALL_LIVE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Counts nodes: a thread its own, for they come and go too fast for a count that all share.
#[inline]
fn count(nodes: isize) {
    let own = LIVE.try_with(|live| {
        let mut live = live.borrow_mut();
        let count = live.get_or_insert_with(|| {
            let count = Arc::new(AtomicIsize::new(0));
            all_live().1.push(count.clone());
            count
        });
        count.store(count.load(Relaxed) + nodes, Relaxed);
    });
    if own.is_err() {
        all_live().0 += nodes;
    }
}

/// The number of nodes of all graphs of the program: recorded operations that something still holds, and leaves.
pub fn live_nodes() -> usize {
    let (gone, counts) = &mut *all_live();
    counts.retain(|count| {
        let ended = Arc::strong_count(count) == 1;
        if ended {
            *gone += count.load(Relaxed);
        }
        !ended
    });
    (*gone + counts.iter().map(|count| count.load(Relaxed)).sum::<isize>()).max(0) as usize
}

impl<B: Backend> Node<B> {
    pub(crate) fn leaf<T: Element>(shape: Shape, slot: &Arc<Slot<T, B>>) -> Result<NodeRef<B>> {
        Self::new(0, shape, Kind::Leaf(AnySlot::new(Arc::downgrade(slot))))
    }

    #[inline]
    pub(crate) fn op<T: Element>(shape: Shape, record: Record<T, B>) -> Result<NodeRef<B>> {
        let order = record.parents().map(|parent| parent.order + 1).max().unwrap_or(0);
        let kind = Kind::Op(record.name(), Mutex::new(Some(AnyRecord::new(record))));
        Self::new(order, shape, kind)
    }

    #[inline]
    fn new(order: u64, shape: Shape, kind: Kind<B>) -> Result<NodeRef<B>> {
        count(1);
        Shared::new(Node { order, shape, kind })
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
            Kind::Leaf(_) => "leaf",
            Kind::Op(name, _) => name,
        }
    }

    /// The leaf's gradient slot, if some handle of the leaf is left.
    pub(crate) fn slot<T: Element>(&self) -> Option<Arc<Slot<T, B>>> {
        match &self.kind {
            Kind::Leaf(slot) => slot.get::<Weak<Slot<T, B>>>().upgrade(),
            Kind::Op(..) => None,
        }
    }

    /// What the node was computed from; `None` once a backward pass has freed it.
    pub(crate) fn parents(&self) -> Option<Vec<NodeRef<B>>> {
        let Kind::Op(_, record) = &self.kind else { return Some(Vec::new()) };
        let parents = |record: &AnyRecord<B>| match record {
            Precision::Single(record) => record.parents().cloned().collect(),
            Precision::Double(record) => record.parents().cloned().collect(),
        };
        lock(record).as_ref().map(parents)
    }

    /// A copy of what was recorded. `None` for a leaf, and if it is gone already.
    pub(crate) fn record(&self) -> Option<AnyRecord<B>> {
        let Kind::Op(_, record) = &self.kind else { return None };
        lock(record).clone()
    }

    /// What was recorded, taken out; as for [`record`](Self::record).
    pub(crate) fn take_record(node: &mut NodeRef<B>) -> Option<AnyRecord<B>> {
        if let Some(Node { kind: Kind::Op(_, record), .. }) = node.get_mut() {
            // The only owner needs no lock.
            return record.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        }
        let Kind::Op(_, record) = &node.kind else { return None };
        lock(record).take()
    }
}

/// Drops what was recorded but for the nodes of the operands, which go to `parents`.
fn leave<B: Backend>(record: AnyRecord<B>, parents: &mut Vec<NodeRef<B>>) {
    match record {
        Precision::Single(record) => parents.extend(record.into_parents()),
        Precision::Double(record) => parents.extend(record.into_parents()),
    }
}

/// The record, locked; a panic elsewhere cannot leave it half written, since it is only taken or copied.
fn lock<B: Backend>(record: &Mutex<Option<AnyRecord<B>>>) -> MutexGuard<'_, Option<AnyRecord<B>>> {
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

impl<B: Backend> Drop for Node<B> {
    fn drop(&mut self) {
        count(-1);
        let Kind::Op(_, record) = &mut self.kind else { return };
        let record = record.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Some(record) = record.take() else { return };
        // A million-node chain is taken apart here, in a loop, and not by a million nested drops.
        let mut orphans = Vec::new();
        leave(record, &mut orphans);
        while let Some(mut node) = orphans.pop() {
            if node.get_mut().is_some()
                && let Some(record) = Node::take_record(&mut node)
            {
                leave(record, &mut orphans);
            }
        }
    }
}
