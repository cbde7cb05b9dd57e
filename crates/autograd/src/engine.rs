//! Backward: the tape in reverse, each node once, after everything that was computed from it.

use crate::backend::Autodiff;
use crate::graph::{Node, NodeRef, address, between, extend};
use crate::mode::{Restore, is_observed};
use crate::observe::BackwardEvent;
use crate::precision::Precision;
use crate::record::{Op, Record};
use crate::rules;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tensor_core::ops::View;
use tensor_core::{Arg, Backend, Dims, Error, Real, Result, Tensor};

/// A tensor of one of the types that have gradients.
pub(crate) type AnyTensor<B> = Precision<Tensor<f32, Autodiff<B>>, Tensor<f64, Autodiff<B>>>;

/// The gradients on their way: one for each node that something was sent to, the deepest node first.
pub(crate) struct Queue<B: Backend> {
    /// What tells this pass from all others that are under way.
    pass: u32,
    heap: BinaryHeap<Entry>,
    /// The nodes in the heap, with what was sent to them so far, added in the order it came in.
    pending: Vec<Option<(NodeRef<B>, AnyTensor<B>)>>,
    free: Vec<usize>,
    /// Where in `pending` nodes are that bear the mark of another pass, by their addresses.
    unmarked: HashMap<usize, usize>,
    count: u64,
    /// The first thing that went wrong while adding.
    error: Option<Error>,
}

/// Deeper nodes come first; of one depth, those that were reached first. Neither depends on addresses or threads.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    order: u64,
    number: Reverse<u64>,
    place: usize,
}

static PASSES: AtomicU32 = AtomicU32::new(1);

impl<B: Backend> Queue<B> {
    fn new() -> Self {
        Queue {
            // 0 is for nodes without a mark.
            pass: PASSES.fetch_add(1, Relaxed).max(1),
            heap: BinaryHeap::new(),
            pending: Vec::new(),
            free: Vec::new(),
            unmarked: HashMap::new(),
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
    fn insert<T: Real>(&mut self, node: &NodeRef<B>, total: Tensor<T, Autodiff<B>>) {
        let pending = Some((node.clone(), AnyTensor::new(total)));
        let place = match self.free.pop() {
            Some(place) => {
                self.pending[place] = pending;
                place
            }
            None => {
                self.pending.push(pending);
                self.pending.len() - 1
            }
        };
        let mark = u32::try_from(place).map(|place| u64::from(self.pass) << 32 | u64::from(place));
        let marked = mark.is_ok_and(|mark| node.mark.compare_exchange(0, mark, Relaxed, Relaxed).is_ok());
        if !marked {
            self.unmarked.insert(address(node), place);
        }
        self.count += 1;
        self.heap.push(Entry { order: node.order(), number: Reverse(self.count), place });
    }

    /// Adds `g`, the gradient of the whole output of `node` (or of what that was broadcast to) or of a part of it.
    fn add<T: Real>(&mut self, node: &NodeRef<B>, part: Option<View>, g: Tensor<T, Autodiff<B>>) -> Result<()> {
        let Some(place) = self.place(node) else {
            let first = match part {
                None => unbroadcast(g, node),
                Some(view) => add_part(Tensor::zeros(node.shape()), &view, g)?,
            };
            self.insert(node, first);
            return Ok(());
        };
        let (node, total) = self.pending[place].take().expect("a place is filled while it is named");
        let total = total.into::<Tensor<T, Autodiff<B>>>();
        let total = match part {
            None => Ok(total + unbroadcast(g, &node)),
            Some(view) => add_part(total, &view, g),
        };
        match total {
            Ok(total) => self.pending[place] = Some((node, AnyTensor::new(total))),
            Err(error) => {
                self.unmark(&node);
                return Err(error);
            }
        }
        Ok(())
    }

    fn pop(&mut self) -> Option<(NodeRef<B>, AnyTensor<B>)> {
        let place = self.heap.pop()?.place;
        let (node, total) = self.pending[place].take()?;
        self.free.push(place);
        self.unmark(&node);
        Some((node, total))
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
    }
}

/// Where a rule sends gradients: to the operands, as far as they want one.
pub(crate) struct Emit<'a, B: Backend> {
    pub(crate) record: &'a Record<B>,
    /// The nodes that need a gradient, if not all of them do.
    needed: Option<&'a HashSet<usize>>,
    queue: &'a mut Queue<B>,
    event: Option<&'a BackwardEvent>,
}

impl<'a, B: Backend> Emit<'a, B> {
    /// The node of an operand, if it needs a gradient.
    #[inline]
    fn parent(&self, operand: usize) -> Option<&'a NodeRef<B>> {
        let parent = self.record.parent(operand)?;
        self.needed.is_none_or(|needed| needed.contains(&address(parent))).then_some(parent)
    }

    #[inline]
    pub(crate) fn wants(&self, operand: usize) -> bool {
        self.parent(operand).is_some()
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
        let Some(node) = self.parent(operand) else { return };
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
    /// Runs from `roots` with their gradients; returns the gradients of the targets, `None` where no path leads.
    pub(crate) fn run(&self, roots: Vec<(NodeRef<B>, AnyTensor<B>)>) -> Result<Vec<Option<AnyTensor<B>>>> {
        let observed = is_observed();
        let _unobserved = Restore::observe(false);
        let _mode = Restore::set(self.create);
        let mut needed = self.targets.map(|targets| between(roots.iter().map(|(node, _)| node), targets));
        let mut queue = Queue::new();
        for (node, value) in roots {
            match value {
                Precision::Single(g) => queue.add(&node, None, g)?,
                Precision::Double(g) => queue.add(&node, None, g)?,
            }
        }
        let targets = self.targets.unwrap_or(&[]);
        let mut found: Vec<Option<AnyTensor<B>>> = targets.iter().map(|_| None).collect();
        // Where a target's gradient is wanted: there may be thousands of them.
        let mut wanted: HashMap<usize, Vec<usize>> = HashMap::new();
        targets.iter().enumerate().for_each(|(i, target)| wanted.entry(address(target)).or_default().push(i));
        let mut leaves: Vec<(NodeRef<B>, AnyTensor<B>)> = Vec::new();
        while let Some((mut node, mut gradient)) = queue.pop() {
            if node.is_leaf() {
                gradient = match gradient {
                    Precision::Single(g) => Precision::Single(hooked(&node, g)?),
                    Precision::Double(g) => Precision::Double(hooked(&node, g)?),
                };
            }
            if self.targets.is_some() {
                let places = wanted.get(&address(&node)).into_iter().flatten();
                places.for_each(|&i| found[i] = Some(gradient.clone()));
            }
            if node.is_leaf() {
                if self.targets.is_none() {
                    leaves.push((node, gradient));
                }
                continue;
            }
            if let Some(needed) = &needed
                && node.parents().is_some_and(|parents| !parents.iter().any(|parent| needed.contains(&address(parent))))
            {
                continue;
            }
            let name = node.name();
            let mut record = Node::record(&mut node, self.retain).ok_or_else(|| freed(name))?;
            // The node of a checkpoint stands for the last one of its segment, whose record takes the place of its own.
            let mut last = None;
            while let Op::Checkpoint(segment) = &record.op {
                let mut again = segment.again(&record, &node, observed)?;
                if let (Some(needed), Some(targets)) = (needed.as_mut(), self.targets) {
                    extend(needed, targets, &again, &record);
                }
                record = Node::record(&mut again, self.retain).ok_or_else(|| freed(name))?;
                last = Some(again);
                if self.create {
                    // The graph of the gradient has the segment in it from now on, and must not get another.
                    node.set_record(record.clone());
                }
            }
            let event = observed.then(|| BackwardEvent::begin(last.as_ref().unwrap_or(&node)));
            let mut emit = Emit { record: &record, needed: needed.as_ref(), queue: &mut queue, event: event.as_ref() };
            match gradient {
                Precision::Single(g) => rules::backward(&node, g, &mut emit),
                Precision::Double(g) => rules::backward(&node, g, &mut emit),
            }?;
            if let Some(event) = event {
                event.end();
            }
            if let Some(error) = queue.error.take() {
                return Err(error);
            }
        }
        // Only now, when nothing can fail any more, are the leaves changed.
        for (node, gradient) in leaves {
            match gradient {
                Precision::Single(g) => accumulate(&node, g),
                Precision::Double(g) => accumulate(&node, g),
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
#[inline]
fn unbroadcast<T: Real, B: Backend>(g: Tensor<T, Autodiff<B>>, node: &NodeRef<B>) -> Tensor<T, Autodiff<B>> {
    let shape = node.shape();
    if g.layout().shape() == shape {
        return g;
    }
    let added = g.rank() - shape.len();
    let axes: Dims<isize> = (0..g.rank())
        .filter(|&axis| axis < added || shape[axis - added] != g.shape()[axis])
        .map(|a| a as isize)
        .collect();
    let g = if axes.is_empty() { g } else { g.sum_axes(&axes[..]) };
    if g.layout().shape() == shape { g } else { g.reshape(shape).into_tensor() }
}

/// What a leaf's hooks make of its gradient.
fn hooked<T: Real, B: Backend>(node: &NodeRef<B>, g: Tensor<T, Autodiff<B>>) -> Result<Tensor<T, Autodiff<B>>> {
    match node.slot::<T>() {
        Some(slot) => slot.hooked(g),
        None => Ok(g),
    }
}

/// Adds to a leaf's gradient.
fn accumulate<T: Real, B: Backend>(node: &NodeRef<B>, g: Tensor<T, Autodiff<B>>) {
    // Without a handle of the leaf left, nobody can ask for its gradient.
    if let Some(slot) = node.slot::<T>() {
        // As if the slot held zeros: −0 would otherwise show whether it was empty.
        slot.add(g + T::zero());
    }
}
