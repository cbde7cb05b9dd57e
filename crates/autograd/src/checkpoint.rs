//! Activation checkpointing: a part of the graph that is computed again in the backward pass instead of being kept.
//!
//! The node of a checkpoint stands for the last node of the part, and has its depth. When the backward pass comes to it, the
//! part is recorded again, from the same operands, and the pass goes on through it as if it had been there all along. So
//! gradients are added in the order of the whole graph, and have its bits. Under `create_graph` the part stays.

use crate::backend::{Autodiff, Var};
use crate::functional::{TensorOf, Tree, rebuild, tensors};
use crate::graph::{Node, NodeRef, Track, address, walk};
use crate::mode::{Restore, enable_grad, is_grad_enabled};
use crate::record::{Op, Recompute, Record};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use tensor_core::{Backend, Error, Generator, Real, Result, Tensor, with_generator};

/// `f(x)`, of which the tape keeps `x` alone: the backward pass calls `f` again for the values it needs.
///
/// A chain of n steps in √n checkpoints takes √n times less memory, for one more forward pass. Values and gradients have
/// the same bits as without: `f` must compute the same each time, and what it draws from the default generator is drawn
/// again. (Where several threads draw from that at once, hand `f` a generator of its own.) Tensors and parameters that `f`
/// captured receive their gradients too.
///
/// A pass under `create_graph` makes an ordinary part of the graph of it, which the gradient needs to have gradients.
///
/// A backward pass fails if `f` does not record the same the second time, as far as shape and depth of its result tell.
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
pub fn checkpoint<X: Tree + ?Sized, Y: Into<TensorOf<X>>>(
    f: impl Fn(&X::Owned) -> Y + Send + Sync + 'static,
    x: &X,
) -> TensorOf<X>
where
    X::Owned: Send + Sync + 'static,
{
    let given: Vec<_> = tensors(x).into_iter().cloned().collect();
    let constants: Vec<_> = given.iter().map(Tensor::detach).collect();
    let structure = rebuild(x, &constants);
    let f = move |variables: &[TensorOf<X>]| f(&rebuild(&structure, variables)).into();
    let state = Generator::current();

    let mut output: TensorOf<X> = f(&given);
    let track = output.prim_mut().track.as_mut().filter(|_| is_grad_enabled());
    // Who else holds the result holds all that it was computed from.
    let Some(node) = track.and_then(Track::node_mut) else { return output };
    let (order, shape, value) = (node.order(), node.shape().clone(), output.prim().value.clone());
    let nodes: Vec<_> = given.iter().map(|x| x.prim().track.as_ref().map(Track::node)).collect();
    // What was recorded is gone from here on, before the next checkpoint begins.
    let operands = operands(output, &nodes);
    let is = |node: &NodeRef<X::Backend>, other: &NodeRef<X::Backend>| address(node) == address(other);
    let used = |node: &&NodeRef<X::Backend>| operands.iter().any(|operand| is(operand, node));
    let captured = operands.iter().filter(|operand| !nodes.iter().flatten().any(|node| is(operand, node)));
    let parents = nodes.iter().map(|node| node.filter(used).cloned()).chain(captured.cloned().map(Some));
    let record = Record::linear(Op::Checkpoint(Arc::new(Segment { f: Box::new(f), constants, state })), parents);
    match Node::of_order(order, &shape, record) {
        Ok(node) => Tensor::from_prim(Var::of_node(value, node)),
        Err(error) => error.panic(),
    }
}

/// Drops an output, and answers with the nodes that it was computed from and that live on without it: those of `given`, and
/// others that were there before.
fn operands<T: Real, B: Backend>(output: Tensor<T, Autodiff<B>>, given: &[Option<&NodeRef<B>>]) -> Vec<NodeRef<B>> {
    let given: HashSet<usize> = given.iter().flatten().copied().map(address).collect();
    let mut nodes = Vec::new();
    if let Some(track) = &output.prim().track {
        walk(track.node(), |node| {
            nodes.push(node.clone());
            !given.contains(&address(node))
        });
    }
    drop(output);
    // The deepest first: once those that were computed from it are gone, a node that nobody else owns is one of the part.
    nodes.sort_by_key(|node| Reverse(node.order()));
    let (mut alive, mut border) = (Vec::new(), HashSet::new());
    for mut node in nodes {
        if node.get_mut().is_some() {
            border.extend(node.parents().iter().flatten().map(address));
            drop(node.record(false));
        } else {
            alive.push(node);
        }
    }
    // Of what lives on, that where the part begins.
    alive.retain(|node| border.contains(&address(node)));
    alive
}

/// A function of tensors to a tensor.
type Function<T, B> = Box<dyn Fn(&[Tensor<T, Autodiff<B>>]) -> Tensor<T, Autodiff<B>> + Send + Sync>;

/// What the tape keeps of a checkpoint.
struct Segment<T: Real, B: Backend> {
    f: Function<T, B>,
    /// The values of what it was given, which are its first operands; what it captured are the others.
    constants: Vec<Tensor<T, Autodiff<B>>>,
    state: Generator,
}

impl<T: Real, B: Backend> Recompute<B> for Segment<T, B> {
    fn again(&self, record: &Record<B>, node: &NodeRef<B>, observed: bool) -> Result<NodeRef<B>> {
        let variable = |(i, x): (usize, &Tensor<T, Autodiff<B>>)| match record.parent(i) {
            Some(parent) => Tensor::from_prim(Var::of_node(x.prim().value.clone(), parent.clone())),
            None => x.clone(),
        };
        let variables: Vec<_> = self.constants.iter().enumerate().map(variable).collect();
        let _observed = Restore::observe(observed);
        let output = with_generator(self.state.clone(), || enable_grad(|| (self.f)(&variables)));
        match &output.prim().track {
            Some(track) if (track.node().order(), track.node().shape()) == (node.order(), node.shape()) => {
                Ok(track.node().clone())
            }
            _ => Err(Error::gradient(
                "checkpoint",
                "the function did not record the same in the backward pass as before; it must not depend on what \
                 changes in between",
            )),
        }
    }
}
