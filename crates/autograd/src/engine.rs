//! Backward: the tape in reverse, each node once, after everything that was computed from it.

use crate::backend::Autodiff;
use crate::graph::{NodeRef, address, extend};
use crate::mode::{Restore, is_grad_enabled, is_observed};
use crate::observe::BackwardEvent;
use crate::precision::Precision;
use crate::record::{Op, Record};
use crate::rules;
use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tensor_core::ops::{Binary, View};
use tensor_core::{Arg, Backend, Dims, Error, Real, Result, Shape, Tensor};

/// A tensor of one of the types that have gradients.
pub(crate) type AnyTensor<B> = Precision<Tensor<f32, Autodiff<B>>, Tensor<f64, Autodiff<B>>>;

/// The gradients on their way: one for each node that something was sent to, the deepest node first.
pub(crate) struct Queue<B: Backend> {
    /// What tells this pass from all others that are under way.
    pass: u32,
    lists: Lists,
    /// Nodes that wait, with what was sent to them so far, added in the order it came in.
    pending: Vec<Option<(NodeRef<B>, AnyTensor<B>)>>,
    /// Where in `pending` nodes are that bear the mark of another pass, by their addresses.
    unmarked: HashMap<usize, usize, Plain>,
    count: u64,
    /// The first thing that went wrong while adding.
    error: Option<Error>,
}

/// Addresses come from nobody who would want them to collide.
type Plain = BuildHasherDefault<DefaultHasher>;

/// Places in a queue.
#[derive(Default)]
struct Lists {
    /// Of operations that wait.
    heap: BinaryHeap<Entry>,
    /// Of leaves, in the order they were reached. Nothing was computed before them: they come last.
    leaves: Vec<usize>,
    /// Of nobody.
    free: Vec<usize>,
}

thread_local! {
    /// The lists of the pass before: memory for the next one.
    static LISTS: Cell<Option<Lists>> = const { Cell::new(None) };
}

/// Deeper nodes come first; of one depth, those that were reached first. Neither depends on addresses or threads.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    order: u64,
    number: Reverse<u64>,
    place: usize,
}

const NAMED: &str = "a place is filled while it is named";

static PASSES: AtomicU32 = AtomicU32::new(1);

impl<B: Backend> Queue<B> {
    fn new() -> Self {
        Queue {
            // 0 is for nodes without a mark.
            pass: PASSES.fetch_add(1, Relaxed).max(1),
            lists: LISTS.try_with(Cell::take).ok().flatten().unwrap_or_default(),
            pending: Vec::new(),
            unmarked: HashMap::default(),
            count: 0,
            error: None,
        }
    }

    /// Where in `pending` a node is.
    #[inline]
    fn place(&self, node: &NodeRef<B>) -> Option<usize> {
        let mark = node.mark.load(Relaxed);
        if mark >> 32 == self.pass.into() {
            return Some(mark as u32 as usize);
        }
        // Only a pass takes its own marks away: a node with none may have borne another's when it came in here.
        if self.unmarked.is_empty() { None } else { self.unmarked.get(&address(node)).copied() }
    }

    /// Puts a node that is not there yet in its place.
    #[inline]
    fn insert<T: Real>(&mut self, mut node: NodeRef<B>, total: Tensor<T, Autodiff<B>>) {
        let place = self.lists.free.pop().unwrap_or_else(|| {
            self.pending.push(None);
            self.pending.len() - 1
        });
        let mark = u32::try_from(place).map(|place| u64::from(self.pass) << 32 | u64::from(place));
        let marked = mark.is_ok_and(|mark| match node.get_mut() {
            // No other pass can come to it.
            Some(node) => {
                *node.mark.get_mut() = mark;
                true
            }
            None => node.mark.compare_exchange(0, mark, Relaxed, Relaxed).is_ok(),
        });
        if !marked {
            self.unmarked.insert(address(&node), place);
        }
        if node.is_leaf() {
            self.lists.leaves.push(place);
        } else {
            self.count += 1;
            self.lists.heap.push(Entry { order: node.order(), number: Reverse(self.count), place });
        }
        self.pending[place] = Some((node, AnyTensor::new(total)));
    }

    /// Adds `g`, the gradient of the whole output of `node` (or of what that was broadcast to) or of a part of it.
    fn add<T: Real>(&mut self, node: NodeRef<B>, part: Option<View>, g: Tensor<T, Autodiff<B>>) -> Result<()> {
        let Some(place) = self.place(&node) else {
            let first = match part {
                None => unbroadcast(g, &node),
                Some(view) => add_part(Tensor::zeros(node.shape()), &view, g)?,
            };
            self.insert(node, first);
            return Ok(());
        };
        let (node, total) = self.pending[place].as_mut().expect(NAMED);
        // In place: what is on its way need not move for it.
        let total = total.get_mut::<Tensor<T, Autodiff<B>>>().prim_mut();
        let sum = match part {
            None => {
                let g = &mut unbroadcast(g, node).into_prim();
                Autodiff::<B>::binary(Binary::Add, Arg::Own(total), Arg::Own(g))
            }
            Some(view) => Autodiff::<B>::view_add(Arg::Own(total), &view, Arg::Own(&mut g.into_prim())),
        };
        *total = sum?;
        Ok(())
    }

    /// Sends what the rule of `record` makes of `gradient` to the operands.
    fn send(
        &mut self,
        record: &mut Record<B>,
        needed: Option<&HashSet<usize>>,
        event: Option<&BackwardEvent>,
        node: Option<&NodeRef<B>>,
        gradient: AnyTensor<B>,
    ) -> Result<()> {
        // Values that are part of a graph need their nodes.
        let first = if is_grad_enabled() { [None, None] } else { std::mem::take(&mut record.first) };
        let mut emit = Emit { record, first, needed, queue: self, event };
        match gradient {
            Precision::Single(g) => rules::backward(node, g, &mut emit),
            Precision::Double(g) => rules::backward(node, g, &mut emit),
        }?;
        self.error.take().map_or(Ok(()), Err)
    }

    /// The next operation.
    #[inline]
    fn pop(&mut self) -> Option<(NodeRef<B>, AnyTensor<B>)> {
        let place = self.lists.heap.pop()?.place;
        let next = self.take(place);
        self.lists.free.push(place);
        Some(next)
    }

    #[inline]
    fn take(&mut self, place: usize) -> (NodeRef<B>, AnyTensor<B>) {
        let (node, total) = self.pending[place].take().expect(NAMED);
        self.unmark(&node);
        (node, total)
    }

    /// The leaf that was reached as number `i`.
    fn leaf(&mut self, i: usize) -> &mut (NodeRef<B>, AnyTensor<B>) {
        self.pending[self.lists.leaves[i]].as_mut().expect(NAMED)
    }

    #[inline]
    fn unmark(&mut self, node: &NodeRef<B>) {
        if node.mark.load(Relaxed) >> 32 == self.pass.into() {
            node.mark.store(0, Relaxed);
        } else {
            self.unmarked.remove(&address(node));
        }
    }
}

impl<B: Backend> Drop for Queue<B> {
    fn drop(&mut self) {
        // After an error nodes are left, which other passes may want to mark.
        for (node, _) in std::mem::take(&mut self.pending).into_iter().flatten() {
            self.unmark(&node);
        }
        let mut lists = std::mem::take(&mut self.lists);
        // What a huge graph needed is not kept.
        if lists.heap.capacity().max(lists.leaves.capacity()).max(lists.free.capacity()) <= 1024 {
            lists.heap.clear();
            lists.leaves.clear();
            lists.free.clear();
            _ = LISTS.try_with(|kept| kept.set(Some(lists)));
        }
    }
}

/// Where a rule sends gradients: to the operands, as far as they want one, to each of them once.
pub(crate) struct Emit<'a, B: Backend> {
    pub(crate) record: &'a Record<B>,
    /// The nodes of the first two operands, taken from the record where it is not asked for them again.
    first: [Option<NodeRef<B>>; 2],
    /// The nodes that need a gradient, if not all of them do.
    needed: Option<&'a HashSet<usize>>,
    queue: &'a mut Queue<B>,
    event: Option<&'a BackwardEvent>,
}

impl<B: Backend> Emit<'_, B> {
    /// The node of an operand, if it needs a gradient.
    #[inline]
    fn parent(&self, operand: usize) -> Option<&NodeRef<B>> {
        let first = self.first.get(operand).and_then(Option::as_ref);
        let parent = first.or_else(|| self.record.parent(operand))?;
        self.needed.is_none_or(|needed| needed.contains(&address(parent))).then_some(parent)
    }

    #[inline]
    pub(crate) fn wants(&self, operand: usize) -> bool {
        self.parent(operand).is_some()
    }

    /// The shape of an operand that wants a gradient.
    pub(crate) fn shape(&self, operand: usize) -> Shape {
        self.parent(operand).map_or(Shape::new(), |parent| parent.shape().clone())
    }

    /// The gradient of an operand, or of what it was broadcast to.
    #[inline]
    pub(crate) fn whole<T: Real>(&mut self, operand: usize, gradient: Tensor<T, Autodiff<B>>) {
        self.send(operand, None, gradient);
    }

    /// The gradient of a part of an operand; the rest has none.
    pub(crate) fn part<T: Real>(&mut self, operand: usize, view: View, gradient: Tensor<T, Autodiff<B>>) {
        self.send(operand, Some(view), gradient);
    }

    #[inline]
    fn send<T: Real>(&mut self, operand: usize, part: Option<View>, gradient: Tensor<T, Autodiff<B>>) {
        if !self.wants(operand) {
            return;
        }
        let own = self.first.get_mut(operand).and_then(Option::take);
        let Some(node) = own.or_else(|| self.record.parent(operand).cloned()) else { return };
        let checked = self.event.map_or(Ok(()), |event| event.check(operand, &gradient));
        if let Err(error) = checked.and_then(|()| self.queue.add(node, part, gradient)) {
            self.queue.error.get_or_insert(error);
        }
    }
}

/// What a pass is for.
pub(crate) struct Pass<'a, B: Backend> {
    /// Keep what was recorded, for another pass.
    pub(crate) retain: bool,
    /// Record the pass itself.
    pub(crate) create: bool,
    /// Return the gradients of these nodes, and leave the leaves' own alone; `None`: add to the leaves' gradients.
    pub(crate) targets: Option<&'a [NodeRef<B>]>,
}

impl<B: Backend> Pass<'_, B> {
    /// Runs from `roots` with their gradients, if there are targets through the nodes that are `needed` for them; returns the
    /// gradients of the targets, `None` where no path leads.
    pub(crate) fn run(
        &self,
        roots: &mut dyn Iterator<Item = (NodeRef<B>, AnyTensor<B>)>,
        mut needed: Option<HashSet<usize>>,
    ) -> Result<Vec<Option<AnyTensor<B>>>> {
        let observed = is_observed();
        let _unobserved = Restore::observe(false);
        let _mode = Restore::set(self.create);
        let mut queue = Queue::new();
        for (node, value) in roots {
            match value {
                Precision::Single(g) => queue.add(node, None, g)?,
                Precision::Double(g) => queue.add(node, None, g)?,
            }
        }
        let targets = self.targets.unwrap_or(&[]);
        let mut found: Vec<Option<AnyTensor<B>>> = targets.iter().map(|_| None).collect();
        // Where a target's gradient is wanted: there may be thousands of them.
        let mut wanted: HashMap<usize, Vec<usize>, Plain> = HashMap::default();
        targets.iter().enumerate().for_each(|(i, target)| wanted.entry(address(target)).or_default().push(i));
        let mut note = |node: &NodeRef<B>, gradient: &AnyTensor<B>| {
            let places = wanted.get(&address(node)).into_iter().flatten();
            places.for_each(|&i| found[i] = Some(gradient.clone()));
        };
        while let Some((mut node, gradient)) = queue.pop() {
            if self.targets.is_some() {
                note(&node, &gradient);
            }
            if let Some(needed) = &needed
                && node.parents().is_some_and(|parents| !parents.iter().any(|parent| needed.contains(&address(parent))))
            {
                continue;
            }
            let name = node.name();
            // The record of a node that nobody else owns goes with it, and is not moved before.
            if !self.retain
                && !observed
                && let Some(own) = node.get_mut()
            {
                let record = own.record_mut().ok_or_else(|| freed(name))?;
                if !matches!(record.op, Op::Checkpoint(_)) {
                    queue.send(record, needed.as_ref(), None, None, gradient)?;
                    continue;
                }
            }
            let mut record = node.record(self.retain).ok_or_else(|| freed(name))?;
            // The node of a checkpoint stands for the last one of its segment, whose record takes the place of its own.
            let mut last = None;
            while let Op::Checkpoint(segment) = &record.op {
                let again = segment.again(&record, &node, observed)?;
                if let (Some(needed), Some(targets)) = (needed.as_mut(), self.targets) {
                    extend(needed, targets, &again, &record);
                }
                record = again.record(self.retain).ok_or_else(|| freed(name))?;
                last = Some(again);
                if self.create {
                    // The graph of the gradient has the segment in it from now on, and must not get another.
                    node.set_record(record.clone());
                }
            }
            let event = observed.then(|| BackwardEvent::begin(last.as_ref().unwrap_or(&node)));
            queue.send(&mut record, needed.as_ref(), event.as_ref(), Some(&node), gradient)?;
            if let Some(event) = event {
                event.end();
            }
        }
        for i in 0..queue.lists.leaves.len() {
            let (node, gradient) = queue.leaf(i);
            match gradient {
                Precision::Single(g) => hooked(node, g)?,
                Precision::Double(g) => hooked(node, g)?,
            }
            if self.targets.is_some() {
                note(node, gradient);
            }
        }
        if self.targets.is_none() {
            // Only now, when nothing can fail any more, are the leaves changed.
            while let Some(place) = queue.lists.leaves.pop() {
                match queue.take(place) {
                    (node, Precision::Single(g)) => accumulate(&node, g),
                    (node, Precision::Double(g)) => accumulate(&node, g),
                }
            }
        }
        Ok(found)
    }
}

#[cold]
fn freed(name: &'static str) -> Error {
    Error::gradient(
        "backward",
        format!(
            "the graph was freed by an earlier backward pass (found at `{name}`); to go through it again, pass \
             retain_graph to the first one, or compute the loss anew"
        ),
    )
}

fn add_part<T: Real, B: Backend>(
    total: Tensor<T, Autodiff<B>>,
    view: &View,
    g: Tensor<T, Autodiff<B>>,
) -> Result<Tensor<T, Autodiff<B>>> {
    let (mut total, mut g) = (total.into_prim(), g.into_prim());
    Autodiff::<B>::view_add(Arg::Own(&mut total), view, Arg::Own(&mut g)).map(Tensor::from_prim)
}

/// Sums over the axes along which the node's output was repeated.
#[inline(always)]
fn unbroadcast<T: Real, B: Backend>(g: Tensor<T, Autodiff<B>>, node: &NodeRef<B>) -> Tensor<T, Autodiff<B>> {
    if g.layout().shape() == node.shape() { g } else { sum_to(g, node.shape()) }
}

fn sum_to<T: Real, B: Backend>(g: Tensor<T, Autodiff<B>>, shape: &Shape) -> Tensor<T, Autodiff<B>> {
    let added = g.rank() - shape.len();
    let axes: Dims<isize> = (0..g.rank())
        .filter(|&axis| axis < added || shape[axis - added] != g.shape()[axis])
        .map(|a| a as isize)
        .collect();
    let g = if axes.is_empty() { g } else { g.sum_axes(&axes[..]) };
    if g.layout().shape() == shape { g } else { g.reshape(shape).into_tensor() }
}

/// Puts what a leaf's hooks make of its gradient in its place.
fn hooked<T: Real, B: Backend>(node: &NodeRef<B>, g: &mut Tensor<T, Autodiff<B>>) -> Result<()> {
    node.slot::<T>().map_or(Ok(()), |slot| slot.hooked(g))
}

/// Adds to a leaf's gradient.
fn accumulate<T: Real, B: Backend>(node: &NodeRef<B>, g: Tensor<T, Autodiff<B>>) {
    // Without a handle of the leaf left, nobody can ask for its gradient.
    if let Some(slot) = node.slot::<T>() {
        slot.accumulate(g);
    }
}
