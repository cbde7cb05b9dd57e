//! Operations with a gradient of the user's own.

use crate::backend::{Autodiff, Var, linear};
use crate::mode::{is_grad_enabled, no_grad};
use crate::precision::Precision;
use crate::record::Op;
use std::sync::Arc;
use tensor_core::{Backend, Element, Real, Tensor};

/// The gradient rule of an operation made with [`custom`].
pub trait Backward<T: Element, B: Backend>: Send + Sync + 'static {
    /// What printing and error messages call the operation.
    fn name(&self) -> &'static str;

    /// The gradients of the operands, in their order, from the gradient of the output; `None` for one that has none.
    /// A backward pass fails if there are more or fewer, or one has not the shape of its operand.
    ///
    /// Written over recorded tensors: if `self` keeps the operands themselves, the rule can be differentiated again.
    fn backward(&self, gradient: Tensor<T, Autodiff<B>>) -> Vec<Option<Tensor<T, Autodiff<B>>>>;
}

/// An operation computed by `forward`, which is not recorded, with `rule` for its gradient.
///
/// ```
/// use autograd::{Autodiff, Backward, Gradient, custom};
/// use tensor_core::{Backend, Serial, Tensor};
///
/// type T = Tensor<f64, Autodiff<Serial>>;
///
/// /// Clamped in the forward pass, the identity in the backward one.
/// struct StraightThrough;
/// impl Backward<f64, Serial> for StraightThrough {
///     fn name(&self) -> &'static str { "straight_through" }
///     fn backward(&self, gradient: T) -> Vec<Option<T>> { vec![Some(gradient)] }
/// }
///
/// let x = T::new([-2.0, 0.5]).with_grad();
/// custom(&[&x], || x.maximum(-1.0), StraightThrough).sum().backward();
/// assert_eq!(x.grad().to_vec(), [1.0, 1.0]);
/// ```
#[track_caller]
pub fn custom<T: Real, B: Backend>(
    operands: &[&Tensor<T, Autodiff<B>>],
    forward: impl FnOnce() -> Tensor<T, Autodiff<B>>,
    rule: impl Backward<T, B>,
) -> Tensor<T, Autodiff<B>> {
    let value = no_grad(forward).detach().into_prim().value;
    if !is_grad_enabled() || operands.iter().all(|x| x.prim().track.is_none()) {
        return Tensor::from_prim(Var::constant(value));
    }
    let rule: Arc<dyn Backward<T, B>> = Arc::new(rule);
    let op = Op::Custom(Precision::new(rule), operands.len());
    let parents = operands.iter().map(|x| Some(x.prim().track.as_ref()?.node().clone()));
    match linear(value, op, parents) {
        Ok(var) => Tensor::from_prim(var),
        Err(error) => error.panic(),
    }
}
