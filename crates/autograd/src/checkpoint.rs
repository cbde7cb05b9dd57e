//! Activation checkpointing: a part of the graph that is computed again in the backward pass instead of being kept.

use crate::backend::{Autodiff, Var, linear};
use crate::engine::{AnyTensor, Emit, Pass};
use crate::functional::{TensorOf, Tree, rebuild, tensors};
use crate::gradient::Gradient;
use crate::graph::{Node, NodeRef, address, walk};
use crate::mode::{enable_grad, is_grad_enabled};
use crate::precision::Precision;
use crate::record::{Op, Recompute, Record};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use tensor_core::{Backend, Generator, Real, Result, Tensor, with_generator};

/// `f(x)`, of which the tape keeps `x` alone: the backward pass calls `f` again for the values it needs.
///
/// A chain of n steps in √n checkpoints takes √n times less memory, for one more forward pass. Values have the same bits as
/// without: `f` must compute the same each time, and what it draws from the default generator is drawn again. (Where
/// several threads draw from that at once, hand `f` a generator of its own.) So have gradients in a chain of checkpoints;
/// where paths run beside each other, contributions to one tensor may be added in another order. Tensors and parameters
/// that `f` captured receive their gradients too.
///
/// ```
/// use autograd::{Autodiff, Gradient, checkpoint};
/// use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f64, Autodiff<Serial>>::new([1.0, 2.0]).with_grad();
/// let y = checkpoint(|x: &Tensor<f64, Autodiff<Serial>>| x.exp().sin().square(), &x);
/// y.sum().backward();
/// let want = 2.0 * x.exp().sin() * x.exp().cos() * x.exp();
/// assert_eq!(x.grad().to_vec(), want.to_vec());
/// ```
#[track_caller]
pub fn checkpoint<X: Tree, Y: Into<TensorOf<X>>>(
    f: impl Fn(&X::Owned) -> Y + Send + Sync + 'static,
    x: &X,
) -> TensorOf<X>
where
    X::Owned: Send + Sync + 'static,
{
    if !is_grad_enabled() {
        return f(&rebuild(x, &tensors(x).into_iter().cloned().collect::<Vec<_>>())).into();
    }
    let given = tensors(x);
    let state = Generator::current();
    let constants: Vec<_> = given.iter().map(|x| x.detach()).collect();
    let structure = rebuild(x, &constants);
    let f = move |variables: &[TensorOf<X>]| f(&rebuild(&structure, variables)).into();
    let tracked = given.iter().map(|x| x.requires_grad()).collect();
    let mut segment = Segment { f: Box::new(f), constants, tracked, captured: Vec::new(), state };

    // Recorded once, to see what `f` captured; the record is gone before the next segment begins.
    let output = enable_grad(|| (segment.f)(&segment.leaves()));
    let value = output.prim().value.clone();
    segment.captured = captured(output);
    let own = given.iter().map(|x| x.prim().track.as_ref().map(|track| track.node.clone()));
    let parents: Vec<Option<NodeRef<X::Backend>>> = own.chain(segment.captured.iter().cloned().map(Some)).collect();
    if parents.iter().all(Option::is_none) {
        return Tensor::from_prim(Var::constant(value));
    }
    let segment: Arc<dyn Recompute<X::Real, X::Backend>> = Arc::new(segment);
    let op = Op::Checkpoint(Precision::new(segment));
    Tensor::from_prim(linear(value, op, parents.into_iter()).unwrap_or_else(|error| error.panic()))
}

/// The nodes that a recorded output was computed from and that live on without it: those that were there before.
fn captured<T: Real, B: Backend>(output: Tensor<T, Autodiff<B>>) -> Vec<NodeRef<B>> {
    let Some(root) = output.prim().track.as_ref().map(|track| track.node.clone()) else { return Vec::new() };
    let mut nodes = Vec::new();
    walk(&root, |node| {
        nodes.push(node.clone());
        true
    });
    drop((output, root));
    // The deepest first: once those that were computed from a node are gone, it is the segment's own if nobody else owns it.
    nodes.sort_by_key(|node| Reverse(node.order()));
    let mut border = HashSet::new();
    let mut alive = Vec::new();
    for (i, mut node) in nodes.into_iter().enumerate() {
        if node.get_mut().is_some() {
            border.extend(node.parents().iter().flatten().map(address));
            drop(Node::record(&mut node, false));
        } else {
            alive.push((i == 0, node));
        }
    }
    alive.into_iter().filter(|(root, node)| *root || border.contains(&address(node))).map(|(_, node)| node).collect()
}

/// A function of tensors to a tensor.
type Segmented<T, B> = Box<dyn Fn(&[Tensor<T, Autodiff<B>>]) -> Tensor<T, Autodiff<B>> + Send + Sync>;

/// What the tape keeps of a checkpoint.
struct Segment<T: Real, B: Backend> {
    f: Segmented<T, B>,
    constants: Vec<Tensor<T, Autodiff<B>>>,
    tracked: Vec<bool>,
    /// The nodes that `f` reaches by itself: the operands behind the given ones.
    captured: Vec<NodeRef<B>>,
    state: Generator,
}

impl<T: Real, B: Backend> Segment<T, B> {
    fn leaves(&self) -> Vec<Tensor<T, Autodiff<B>>> {
        let leaf = |(x, &tracked): (&Tensor<T, Autodiff<B>>, &bool)| {
            if tracked { x.clone().with_grad() } else { x.clone() }
        };
        self.constants.iter().zip(&self.tracked).map(leaf).collect()
    }
}

impl<T: Real, B: Backend> Recompute<T, B> for Segment<T, B> {
    fn backward(&self, record: &Record<B>, g: Tensor<T, Autodiff<B>>, emit: &mut Emit<'_, B>) -> Result<()> {
        let create = is_grad_enabled();
        // Under `create_graph` the segment's inputs are nodes of their own behind the operands.
        let behind = |(i, x): (usize, &Tensor<T, Autodiff<B>>)| match record.parent(i) {
            Some(parent) => {
                let tracked = Tensor::from_prim(Var::of_node(x.prim().value.clone(), parent.clone()));
                tracked.permute((0..x.rank() as isize).collect::<Vec<_>>()).into_tensor()
            }
            None => x.clone(),
        };
        let variables: Vec<_> =
            if create { self.constants.iter().enumerate().map(behind).collect() } else { self.leaves() };
        let output = with_generator(self.state.clone(), || enable_grad(|| (self.f)(&variables)));
        let Some(root) = output.prim().track.as_ref().map(|track| track.node.clone()) else { return Ok(()) };
        let own = variables.iter().enumerate().filter_map(|(i, x)| Some((i, x.prim().track.as_ref()?.node.clone())));
        let given = self.constants.len();
        let others = self.captured.iter().enumerate().map(|(i, node)| (given + i, node.clone()));
        let (places, targets): (Vec<usize>, Vec<NodeRef<B>>) =
            own.chain(others).filter(|(i, _)| emit.wants(*i)).unzip();
        let pass = Pass { retain: true, create, targets: Some(&targets), partial: true };
        // The segment adds to what operands have been sent so far, so that sums have the order, and the bits, that they
        // have without checkpoints.
        let sent =
            places.iter().zip(&targets).filter_map(|(&i, target)| Some((target.clone(), emit.take(i)?))).collect();
        let found = pass.run_on(vec![(root, AnyTensor::new(g))], sent)?;
        places
            .into_iter()
            .zip(found)
            .filter_map(|(i, total)| Some((i, total?)))
            .try_for_each(|(i, total)| emit.put(i, total))
    }
}
