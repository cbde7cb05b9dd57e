//! What tensors with gradients have besides the tensor API: leaves, `backward`, `grad`.

use crate::backend::{Autodiff, Var};
use crate::engine::{AnyTensor, Pass};
use crate::function::{Backward, custom};
use crate::graph::{Hook, NodeRef, Slot, between};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Weak};
use tensor_core::{Backend, Error, Real, Result, Tensor, View};

/// How a backward pass treats the graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackwardOptions {
    /// Keep what was recorded, so that it can be gone through again. Without it, values are freed as the pass goes along.
    pub retain_graph: bool,
    /// Record the backward pass too, so that gradients have gradients. It keeps the graph as well.
    pub create_graph: bool,
}

/// Gradients on tensors of [`Autodiff`].
///
/// ```
/// use autograd::{Autodiff, Gradient};
/// use tensor_core::{Serial, Tensor};
/// type T = Tensor<f32, Autodiff<Serial>>;
///
/// let a = T::new([-1.0, 1.0]).with_grad();
/// let x = T::new([[1.0, 1.0], [2.0, 1.0]]);
/// let loss = x.matmul(&a).square().mean();
/// loss.backward();
/// assert_eq!(a.grad().to_vec(), [-2.0, -1.0]);
/// ```
pub trait Gradient<T: Real, B: Backend>: Sized {
    /// This value as a leaf of a new graph: operations on it are recorded, and `backward` collects its gradient.
    #[must_use]
    fn with_grad(self) -> Self;

    /// Makes a leaf one that collects a gradient, or a constant. A tensor that was computed from such a leaf has a gradient
    /// in any case.
    ///
    /// # Panics
    /// If the tensor was computed from a leaf that requires a gradient and is to have none: that takes
    /// [`detach`](Tensor::detach).
    fn requires_grad_(&mut self, requires_grad: bool) -> &mut Self;

    /// Whether a gradient flows into this tensor: it is such a leaf, or was computed from one.
    fn requires_grad(&self) -> bool;

    /// Whether the tensor was not computed from one that requires a gradient.
    fn is_leaf(&self) -> bool;

    /// Goes through the graph from this number back to its leaves and adds the gradients to theirs.
    ///
    /// What was recorded is freed on the way.
    ///
    /// # Panics
    /// If the tensor has more than one element, was not computed from a leaf that requires a gradient, or its graph has
    /// been freed.
    #[track_caller]
    fn backward(&self) {
        if let Err(error) = self.try_backward() {
            error.panic()
        }
    }

    /// [`backward`](Self::backward), with the error returned instead of a panic; no leaf is changed then.
    fn try_backward(&self) -> Result<()> {
        self.backward_with(None, BackwardOptions::default())
    }

    /// `backward` from a tensor of any shape, whose own `gradient` is given (`None`: 1, for a number).
    ///
    /// # Errors
    /// As for [`backward`](Self::backward), and if the shapes of tensor and gradient differ.
    fn backward_with(&self, gradient: Option<&Self>, options: BackwardOptions) -> Result<()>;

    /// The gradient collected so far, if there is one.
    fn get_grad(&self) -> Option<View<T, Autodiff<B>>>;

    /// The gradient collected so far.
    ///
    /// It cannot be written to, since that would change a copy: use [`grad_mut`](Self::grad_mut).
    ///
    /// ```compile_fail
    /// # use autograd::{Autodiff, Gradient};
    /// # let a = tensor_core::Tensor::<f32, Autodiff<tensor_core::Serial>>::new([1.0]).with_grad();
    /// # a.sum().backward();
    /// a.grad().zero_(); // would be lost
    /// ```
    /// ```
    /// # use autograd::{Autodiff, Gradient};
    /// # let a = tensor_core::Tensor::<f32, Autodiff<tensor_core::Serial>>::new([1.0]).with_grad();
    /// # a.sum().backward();
    /// a.grad_mut().zero_();
    /// assert_eq!(a.grad().to_vec(), [0.0]);
    /// ```
    ///
    /// # Panics
    /// If there is none: no backward pass has reached this tensor, or it is not a leaf that requires a gradient.
    #[track_caller]
    fn grad(&self) -> View<T, Autodiff<B>> {
        match self.get_grad() {
            Some(gradient) => gradient,
            None => no_gradient().panic(),
        }
    }

    /// The gradient, to be written in place.
    ///
    /// # Panics
    /// If there is none.
    fn grad_mut(&self) -> GradMut<T, B>;

    /// Puts zeros in place of the gradient, if there is one.
    fn zero_grad(&self);

    /// This tensor, with `hook` called in each backward pass with its gradient, which it may look at (`None`) or replace.
    ///
    /// A leaf stays the same leaf: the hook sees the gradient of a pass before it is added to what has been collected. Of a
    /// recorded tensor the result is a handle of its own: gradients that reach the result go through the hook. A
    /// constant has no gradient, and its hook is never called.
    ///
    /// ```
    /// use autograd::{Autodiff, Gradient};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Autodiff<Serial>>::new([3.0, -4.0]).with_grad();
    /// let y = x.square().hook(|g| Some(g.maximum(-1.0).minimum(1.0)));
    /// (y * 100.0).sum().backward();
    /// assert_eq!(x.grad().to_vec(), [6.0, -8.0]);
    /// ```
    #[must_use]
    fn hook(
        &self,
        hook: impl Fn(&Tensor<T, Autodiff<B>>) -> Option<Tensor<T, Autodiff<B>>> + Send + Sync + 'static,
    ) -> Self;

    /// Sets the gradient to a value, or to none.
    ///
    /// # Panics
    /// If the tensor is not a leaf that requires a gradient, or the shapes differ.
    fn set_grad(&self, gradient: Option<Tensor<T, Autodiff<B>>>);
}

#[cold]
pub(crate) fn no_gradient() -> Error {
    Error::gradient("grad", "there is no gradient: call `backward` first, on a loss that was computed from this leaf")
}

fn slot<T: Real, B: Backend>(x: &Tensor<T, Autodiff<B>>) -> Option<&Arc<Slot<T, B>>> {
    x.prim().track.as_ref()?.slot()
}

impl<T: Real, B: Backend> Gradient<T, B> for Tensor<T, Autodiff<B>> {
    fn with_grad(self) -> Self {
        Tensor::from_prim(Var::leaf(self.into_prim().value))
    }

    #[track_caller]
    fn requires_grad_(&mut self, requires_grad: bool) -> &mut Self {
        if !self.is_leaf() && !requires_grad {
            let hint =
                "the tensor was computed from one that requires a gradient; `detach()` it to have one that does not";
            Error::gradient("requires_grad_", hint).panic()
        }
        if requires_grad != self.requires_grad() {
            let value = self.prim().value.clone();
            *self.prim_mut() = if requires_grad { Var::leaf(value) } else { Var::constant(value) };
        }
        self
    }

    fn requires_grad(&self) -> bool {
        self.prim().track.is_some()
    }

    fn is_leaf(&self) -> bool {
        self.prim().track.as_ref().is_none_or(|track| track.slot::<T>().is_some())
    }

    fn backward_with(&self, gradient: Option<&Self>, options: BackwardOptions) -> Result<()> {
        let root = root("backward", self, gradient)?;
        let pass =
            Pass { retain: options.retain_graph || options.create_graph, create: options.create_graph, targets: None };
        pass.run(&mut [root].into_iter(), None)?;
        Ok(())
    }

    fn get_grad(&self) -> Option<View<T, Autodiff<B>>> {
        slot(self)?.lock().clone().map(View::new)
    }

    fn zero_grad(&self) {
        if let Some(slot) = slot(self) {
            slot.zero();
        }
    }

    #[track_caller]
    fn grad_mut(&self) -> GradMut<T, B> {
        let Some(slot) = slot(self) else { no_gradient().panic() };
        let Some(grad) = slot.lock().take() else { no_gradient().panic() };
        GradMut { grad: Some(grad), slot: slot.clone() }
    }

    fn hook(
        &self,
        hook: impl Fn(&Tensor<T, Autodiff<B>>) -> Option<Tensor<T, Autodiff<B>>> + Send + Sync + 'static,
    ) -> Self {
        match slot(self) {
            Some(slot) => {
                slot.hook(Arc::new(hook));
                self.clone()
            }
            None => custom(&[self], || self.clone(), Hooked(Arc::new(hook))),
        }
    }

    #[track_caller]
    fn set_grad(&self, gradient: Option<Tensor<T, Autodiff<B>>>) {
        let Some(slot) = slot(self) else {
            Error::gradient("set_grad", "the tensor is not a leaf that requires a gradient").panic()
        };
        if let Some(gradient) = gradient.as_ref().filter(|gradient| gradient.shape() != self.shape()) {
            let shapes = [self.layout().shape(), gradient.layout().shape()];
            Error::shape("set_grad", &shapes, "a gradient has the shape of its tensor").panic()
        }
        *slot.lock() = gradient;
    }
}

/// Adds to a leaf's gradient, as a backward pass does.
pub(crate) fn add_grad<T: Real, B: Backend>(
    leaf: &Tensor<T, Autodiff<B>>,
    gradient: Tensor<T, Autodiff<B>>,
) -> Result<()> {
    let Some(slot) = slot(leaf) else { return Err(Error::gradient("accumulate", "the parameter is frozen")) };
    if gradient.shape() != leaf.shape() {
        let shapes = [leaf.layout().shape(), gradient.layout().shape()];
        return Err(Error::shape("accumulate", &shapes, "a gradient has the shape of its parameter"));
    }
    slot.accumulate(gradient.detach());
    Ok(())
}

/// The identity, whose gradient goes through a hook.
struct Hooked<T: Real, B: Backend>(Hook<T, B>);

impl<T: Real, B: Backend> Backward<T, B> for Hooked<T, B> {
    fn name(&self) -> &'static str {
        "hook"
    }

    fn backward(&self, gradient: Tensor<T, Autodiff<B>>) -> Vec<Option<Tensor<T, Autodiff<B>>>> {
        let replaced = (self.0)(&gradient);
        vec![Some(replaced.unwrap_or(gradient))]
    }
}

/// A hook on a [`Parameter`](crate::Parameter), for taking it off again; dropping this leaves it there.
pub struct HookHandle<T: Real, B: Backend> {
    slot: Weak<Slot<T, B>>,
    number: u64,
}

impl<T: Real, B: Backend> HookHandle<T, B> {
    /// Puts `hook` on a leaf.
    pub(crate) fn new(leaf: &Tensor<T, Autodiff<B>>, hook: Hook<T, B>) -> Option<Self> {
        let slot = slot(leaf)?;
        Some(HookHandle { slot: Arc::downgrade(slot), number: slot.hook(hook) })
    }

    /// Takes the hook off.
    pub fn remove(self) {
        if let Some(slot) = self.slot.upgrade() {
            slot.unhook(self.number);
        }
    }
}

/// A leaf's gradient, taken out to be written in place and put back when this is dropped.
pub struct GradMut<T: Real, B: Backend> {
    /// Always there, but for the moment of dropping.
    grad: Option<Tensor<T, Autodiff<B>>>,
    slot: Arc<Slot<T, B>>,
}

impl<T: Real, B: Backend> Deref for GradMut<T, B> {
    type Target = Tensor<T, Autodiff<B>>;

    fn deref(&self) -> &Self::Target {
        self.grad.as_ref().expect("there until dropped")
    }
}

impl<T: Real, B: Backend> DerefMut for GradMut<T, B> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.grad.as_mut().expect("there until dropped")
    }
}

impl<T: Real, B: Backend> Drop for GradMut<T, B> {
    fn drop(&mut self) {
        // What a backward pass has brought meanwhile is not lost.
        self.slot.add(self.grad.take().expect("there until dropped"));
    }
}

/// The node of an output, and its gradient.
fn root<T: Real, B: Backend>(
    op: &'static str,
    output: &Tensor<T, Autodiff<B>>,
    gradient: Option<&Tensor<T, Autodiff<B>>>,
) -> Result<(NodeRef<B>, AnyTensor<B>)> {
    let Some(track) = &output.prim().track else {
        return Err(Error::gradient(
            op,
            "the tensor was not computed from one that requires a gradient, or inside `no_grad`; nothing was recorded \
             (`explain` tells where the way to a parameter was cut)",
        ));
    };
    let gradient = match gradient {
        Some(gradient) if gradient.shape() == output.shape() => gradient.clone(),
        Some(gradient) => {
            let shapes = [output.layout().shape(), gradient.layout().shape()];
            return Err(Error::shape(op, &shapes, "the gradient given must have the shape of the tensor"));
        }
        None if output.numel() == 1 => Tensor::ones(output.shape()),
        None => {
            let hint =
                "only a single number has a gradient of its own; reduce it by `sum` or `mean`, or give its gradient";
            return Err(Error::shape(op, &[output.layout().shape()], hint));
        }
    };
    Ok((track.node().clone(), AnyTensor::new(gradient)))
}

/// The gradients of `output` with respect to `inputs`, without touching what leaves have collected.
///
/// ```
/// use autograd::{Autodiff, BackwardOptions, Gradient, grad};
/// use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f64, Autodiff<Serial>>::new(2.0).with_grad();
/// let y = x.powi(3);
/// let dy = grad(&y, &[&x], BackwardOptions { create_graph: true, ..Default::default() }).remove(0);
/// let d2y = grad(&dy, &[&x], BackwardOptions::default()).remove(0);
/// assert_eq!((dy.item(), d2y.item()), (12.0, 12.0));
/// ```
///
/// # Panics
/// As [`Gradient::backward`], and if an input does not require a gradient or `output` does not depend on it.
#[track_caller]
pub fn grad<T: Real, B: Backend>(
    output: &Tensor<T, Autodiff<B>>,
    inputs: &[&Tensor<T, Autodiff<B>>],
    options: BackwardOptions,
) -> Vec<Tensor<T, Autodiff<B>>> {
    match try_grad(&[(output, None)], inputs, options).and_then(|gradients| {
        gradients.into_iter().enumerate().map(|(i, gradient)| gradient.ok_or_else(|| unused(i))).collect()
    }) {
        Ok(gradients) => gradients,
        Err(error) => error.panic(),
    }
}

fn unused(i: usize) -> Error {
    Error::gradient(
        "grad",
        format!("the output does not depend on input {i}; `try_grad` answers `None` for such a one"),
    )
}

/// The gradients of Σ ⟨gradient, output⟩ with respect to `inputs`; `None` for an input that no output depends on.
/// Without a gradient an output is a number and counts as it is.
///
/// # Errors
/// As [`Gradient::backward`], and if an input does not require a gradient.
pub fn try_grad<T: Real, B: Backend>(
    outputs: &[(&Tensor<T, Autodiff<B>>, Option<&Tensor<T, Autodiff<B>>>)],
    inputs: &[&Tensor<T, Autodiff<B>>],
    options: BackwardOptions,
) -> Result<Vec<Option<Tensor<T, Autodiff<B>>>>> {
    let roots = outputs.iter().map(|(output, gradient)| root("grad", output, *gradient)).collect::<Result<Vec<_>>>()?;
    let target = |(i, input): (usize, &&Tensor<T, Autodiff<B>>)| match &input.prim().track {
        Some(track) => Ok(track.node().clone()),
        None => Err(Error::gradient(
            "grad",
            format!("input {i} does not require a gradient; make it a leaf by `with_grad`"),
        )),
    };
    let targets = inputs.iter().enumerate().map(target).collect::<Result<Vec<_>>>()?;
    let pass = Pass {
        retain: options.retain_graph || options.create_graph,
        create: options.create_graph,
        targets: Some(&targets),
    };
    let needed = between(roots.iter().map(|(node, _)| node), &targets);
    Ok(pass
        .run(&mut roots.into_iter(), Some(needed))?
        .into_iter()
        .map(|gradient| gradient.map(AnyTensor::into))
        .collect())
}
