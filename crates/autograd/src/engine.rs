//! Backward: the tape in reverse, each node once, after everything that was computed from it.

use crate::backend::Autodiff;
use crate::graph::{Node, NodeRef, address, between};
use crate::mode::{Restore, is_observed};
use crate::observe::BackwardEvent;
use crate::precision::Precision;
use crate::record::Record;
use crate::rules;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use tensor_core::ops::View;
use tensor_core::{Arg, Backend, Dims, Error, Real, Result, Tensor};

/// A tensor of one of the types that have gradients.
pub(crate) type AnyTensor<B> = Precision<Tensor<f32, Autodiff<B>>, Tensor<f64, Autodiff<B>>>;

/// The gradients on their way: one for each node that something was sent to, the deepest node first.
pub(crate) struct Queue<B: Backend> {
    heap: BinaryHeap<Entry>,
    /// The nodes in the heap, with what was sent to them so far, added in the order it came in.
    pending: Vec<Option<(NodeRef<B>, AnyTensor<B>)>>,
    free: Vec<usize>,
    /// Where in `pending` a node is, by its address, which is its own as long as it is there.
    places: HashMap<usize, usize, BuildHasherDefault<AddressHasher>>,
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

/// Addresses of allocations differ in their middle bits: a multiplication spreads them well enough.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("addresses are hashed as numbers");
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl<B: Backend> Queue<B> {
    fn new() -> Self {
        Queue {
            heap: BinaryHeap::new(),
            pending: Vec::new(),
            free: Vec::new(),
            places: HashMap::default(),
            count: 0,
            error: None,
        }
    }

    /// Adds `g`, the gradient of the whole output of `node` (or of what that was broadcast to) or of a part of it.
    fn add<T: Real>(&mut self, node: &NodeRef<B>, part: Option<View>, g: Tensor<T, Autodiff<B>>) -> Result<()> {
        let address = address(node);
        if let Some(&place) = self.places.get(&address) {
            let (node, total) = self.pending[place].take().expect("a place is filled while it is named");
            let total = total.into::<Tensor<T, Autodiff<B>>>();
            let total = match part {
                None => total + unbroadcast(g, &node),
                Some(view) => add_part(total, &view, g)?,
            };
            self.pending[place] = Some((node, AnyTensor::new(total)));
            return Ok(());
        }
        let first = match part {
            None => unbroadcast(g, node),
            Some(view) => add_part(Tensor::zeros(node.shape()), &view, g)?,
        };
        let pending = Some((node.clone(), AnyTensor::new(first)));
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
        self.places.insert(address, place);
        self.count += 1;
        self.heap.push(Entry { order: node.order(), number: Reverse(self.count), place });
        Ok(())
    }

    /// Takes out what was sent to `node` so far; [`put`](Self::put) it back with more.
    fn take(&mut self, node: &NodeRef<B>) -> Option<AnyTensor<B>> {
        let &place = self.places.get(&address(node))?;
        self.pending[place].take().map(|(_, total)| total)
    }

    /// Puts back what was taken out, or adds to what is there.
    fn put<T: Real>(&mut self, node: &NodeRef<B>, g: Tensor<T, Autodiff<B>>) -> Result<()> {
        match self.places.get(&address(node)) {
            Some(&place) if self.pending[place].is_none() => {
                self.pending[place] = Some((node.clone(), AnyTensor::new(g)));
                Ok(())
            }
            _ => self.add(node, None, g),
        }
    }

    fn pop(&mut self) -> Option<(NodeRef<B>, AnyTensor<B>)> {
        let place = self.heap.pop()?.place;
        let (node, total) = self.pending[place].take()?;
        self.places.remove(&address(&node));
        self.free.push(place);
        Some((node, total))
    }
}

/// Where a rule sends gradients: to the operands, as far as they want one.
pub(crate) struct Emit<'a, B: Backend> {
    parent: &'a dyn Fn(usize) -> Option<&'a NodeRef<B>>,
    queue: &'a mut Queue<B>,
    event: Option<&'a BackwardEvent>,
}

impl<B: Backend> Emit<'_, B> {
    #[inline]
    pub(crate) fn wants(&self, operand: usize) -> bool {
        (self.parent)(operand).is_some()
    }

    /// Takes out what was sent to an operand so far, for [`put`](Self::put).
    pub(crate) fn take(&mut self, operand: usize) -> Option<AnyTensor<B>> {
        self.queue.take((self.parent)(operand)?)
    }

    /// Sends an operand all that was taken out, and more.
    pub(crate) fn put(&mut self, operand: usize, total: AnyTensor<B>) -> Result<()> {
        let Some(node) = (self.parent)(operand) else { return Ok(()) };
        match total {
            Precision::Single(g) => self.queue.put(node, g),
            Precision::Double(g) => self.queue.put(node, g),
        }
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
        let Some(node) = (self.parent)(operand) else { return };
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
    /// Go no further than the targets, so that of a target behind another only what reaches it directly counts.
    pub(crate) partial: bool,
}

impl<B: Backend> Pass<'_, B> {
    /// Runs from `roots` with their gradients; returns the gradients of the targets, `None` where no path leads.
    pub(crate) fn run(&self, roots: Vec<(NodeRef<B>, AnyTensor<B>)>) -> Result<Vec<Option<AnyTensor<B>>>> {
        self.run_on(roots, Vec::new())
    }

    /// [`run`](Self::run), with what nodes have been sent already.
    pub(crate) fn run_on(
        &self,
        roots: Vec<(NodeRef<B>, AnyTensor<B>)>,
        sent: Vec<(NodeRef<B>, AnyTensor<B>)>,
    ) -> Result<Vec<Option<AnyTensor<B>>>> {
        let observed = is_observed();
        let _unobserved = Restore::observe(false);
        let _mode = Restore::set(self.create);
        let needed = self.targets.map(|targets| between(roots.iter().map(|(node, _)| node), targets, self.partial));
        let mut queue = Queue::new();
        for (node, value) in roots.into_iter().chain(sent) {
            match value {
                Precision::Single(g) => queue.add(&node, None, g)?,
                Precision::Double(g) => queue.add(&node, None, g)?,
            }
        }
        let targets = self.targets.unwrap_or(&[]);
        let mut found: Vec<Option<AnyTensor<B>>> = targets.iter().map(|_| None).collect();
        let mut leaves: Vec<(NodeRef<B>, AnyTensor<B>)> = Vec::new();
        while let Some((mut node, mut gradient)) = queue.pop() {
            if node.is_leaf() {
                gradient = match gradient {
                    Precision::Single(g) => Precision::Single(hooked(&node, g)?),
                    Precision::Double(g) => Precision::Double(hooked(&node, g)?),
                };
            }
            let mut arrived = false;
            for (_, found) in targets.iter().zip(&mut found).filter(|(target, _)| same(target, &node)) {
                *found = Some(gradient.clone());
                arrived = true;
            }
            if arrived && self.partial {
                continue;
            }
            if node.is_leaf() {
                if self.targets.is_none() {
                    leaves.push((node, gradient));
                }
                continue;
            }
            let needs = |parent: &NodeRef<B>| needed.as_ref().is_none_or(|needed| needed.contains(&address(parent)));
            if needed.is_some() && node.parents().is_some_and(|parents| !parents.iter().any(needs)) {
                continue;
            }
            let record = if self.retain { node.record() } else { Node::take_record(&mut node) };
            match (record.ok_or_else(|| freed(&node))?, gradient) {
                (Precision::Single(record), Precision::Single(g)) => {
                    self.send(&node, &record, g, &needs, observed, &mut queue)?
                }
                (Precision::Double(record), Precision::Double(g)) => {
                    self.send(&node, &record, g, &needs, observed, &mut queue)?
                }
                _ => unreachable!("a gradient has the precision of its node"),
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

    /// Applies the node's rule, for those operands that are needed.
    fn send<T: Real>(
        &self,
        node: &NodeRef<B>,
        record: &Record<T, B>,
        g: Tensor<T, Autodiff<B>>,
        needs: &dyn Fn(&NodeRef<B>) -> bool,
        observed: bool,
        queue: &mut Queue<B>,
    ) -> Result<()> {
        let parent = |i| record.parent(i).filter(|parent| needs(parent));
        if observed {
            let event = BackwardEvent::begin(node);
            let result = rules::backward(record, node, g, &mut Emit { parent: &parent, queue, event: Some(&event) });
            event.end();
            result?;
        } else {
            rules::backward(record, node, g, &mut Emit { parent: &parent, queue, event: None })?;
        }
        queue.error.take().map_or(Ok(()), Err)
    }
}

fn same<B: Backend>(a: &NodeRef<B>, b: &NodeRef<B>) -> bool {
    address(a) == address(b)
}

#[cold]
fn freed<B: Backend>(node: &NodeRef<B>) -> Error {
    Error::gradient(
        "backward",
        format!(
            "the graph was freed by an earlier backward pass (found at `{}`); to go through it again, pass retain_graph \
             to the first one, or compute the loss anew",
            node.name()
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
    if g.shape() == &shape[..] {
        return g;
    }
    let added = g.rank() - shape.len();
    let axes: Dims<isize> = (0..g.rank())
        .filter(|&axis| axis < added || shape[axis - added] != g.shape()[axis])
        .map(|a| a as isize)
        .collect();
    let g = if axes.is_empty() { g } else { g.sum_axes(&axes[..]) };
    if g.shape() == &shape[..] { g } else { g.reshape(shape).into_tensor() }
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
