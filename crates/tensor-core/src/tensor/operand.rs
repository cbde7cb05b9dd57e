//! What can stand as an operand: tensors and views, owned and borrowed, and plain numbers.

use super::Tensor;
use crate::{Arg, Backend, BackendArg, Element};
use std::ops::Deref;

/// What a tensor operation accepts: `Tensor`, `&Tensor`, `View`, `&View`, a number, and what other crates add (a
/// `&Parameter`).
///
/// An owned tensor whose buffer no one shares lends it to the result: `a + b + c` allocates once.
pub trait Operand<T: Element, B: Backend>: Sized {
    /// Hands the operand to a verb.
    fn with<R>(self, verb: impl FnOnce(BackendArg<'_, T, B>) -> R) -> R;

    /// The operand as a tensor.
    fn into_tensor(self) -> Tensor<T, B>;
}

impl<T: Element, B: Backend> Operand<T, B> for Tensor<T, B> {
    #[inline]
    fn with<R>(mut self, verb: impl FnOnce(BackendArg<'_, T, B>) -> R) -> R {
        verb(Arg::Own(&mut self.0))
    }
    fn into_tensor(self) -> Tensor<T, B> {
        self
    }
}

impl<T: Element, B: Backend> Operand<T, B> for &Tensor<T, B> {
    #[inline]
    fn with<R>(self, verb: impl FnOnce(BackendArg<'_, T, B>) -> R) -> R {
        verb(Arg::Ref(&self.0))
    }
    fn into_tensor(self) -> Tensor<T, B> {
        self.clone()
    }
}

impl<T: Element, B: Backend> Operand<T, B> for View<T, B> {
    #[inline]
    fn with<R>(self, verb: impl FnOnce(BackendArg<'_, T, B>) -> R) -> R {
        self.0.with(verb)
    }
    fn into_tensor(self) -> Tensor<T, B> {
        self.0
    }
}

impl<T: Element, B: Backend> Operand<T, B> for &View<T, B> {
    #[inline]
    fn with<R>(self, verb: impl FnOnce(BackendArg<'_, T, B>) -> R) -> R {
        (&self.0).with(verb)
    }
    fn into_tensor(self) -> Tensor<T, B> {
        self.0.clone()
    }
}

impl<T: Element, B: Backend> Operand<T, B> for &mut Tensor<T, B> {
    #[inline]
    fn with<R>(self, verb: impl FnOnce(BackendArg<'_, T, B>) -> R) -> R {
        verb(Arg::Ref(&self.0))
    }
    fn into_tensor(self) -> Tensor<T, B> {
        self.clone()
    }
}

impl<T: Element, B: Backend> Operand<T, B> for T {
    #[inline]
    fn with<R>(self, verb: impl FnOnce(BackendArg<'_, T, B>) -> R) -> R {
        verb(Arg::Scalar(self))
    }
    fn into_tensor(self) -> Tensor<T, B> {
        Tensor::full([], self)
    }
}

/// A tensor that is a look into another: what `slice`, `t`, `reshape` and their kind return.
///
/// It is an operand like any tensor and has all its methods, but for those that write: tensors are values, so a write
/// to the look would change nothing. To write into a part of a tensor, take `slice_mut`; to go on with the part as a
/// tensor of its own, call [`into_tensor`](View::into_tensor).
///
/// ```compile_fail
/// # use tensor_core::{Serial, Tensor};
/// let mut x = Tensor::<f32, Serial>::ones([3, 2]);
/// x.slice((.., 0)).uniform_(-1.0, 1.0); // would be lost: use slice_mut
/// ```
/// ```compile_fail
/// # use tensor_core::{Serial, Tensor};
/// let mut x = Tensor::<f32, Serial>::ones([3, 2]);
/// x.t().zero_();
/// ```
/// ```
/// # use tensor_core::{Serial, Tensor};
/// let mut x = Tensor::<f32, Serial>::ones([3, 2]);
/// x.slice_mut((.., 0)).zero_();
/// let mut column = x.slice((.., 1)).into_tensor();
/// column.mul_(5.0);
/// assert_eq!(x.to_vec(), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
/// assert_eq!(column.to_vec(), [5.0; 3]);
/// ```
#[derive(Clone)]
#[must_use]
pub struct View<T: Element, B: Backend>(Tensor<T, B>);

impl<T: Element, B: Backend> View<T, B> {
    /// Shows `tensor` without allowing writes to it.
    #[inline]
    pub fn new(tensor: Tensor<T, B>) -> Self {
        View(tensor)
    }

    /// What the view shows, as a tensor of its own; copies nothing until one of them is written to.
    #[inline]
    pub fn into_tensor(self) -> Tensor<T, B> {
        self.0
    }
}

impl<T: Element, B: Backend> Deref for View<T, B> {
    type Target = Tensor<T, B>;

    #[inline]
    fn deref(&self) -> &Tensor<T, B> {
        &self.0
    }
}

impl<T: Element, B: Backend> AsRef<Tensor<T, B>> for View<T, B> {
    fn as_ref(&self) -> &Tensor<T, B> {
        self
    }
}

impl<T: Element, B: Backend> AsRef<Tensor<T, B>> for Tensor<T, B> {
    fn as_ref(&self) -> &Tensor<T, B> {
        self
    }
}

impl<T: Element, B: Backend> From<View<T, B>> for Tensor<T, B> {
    #[inline]
    fn from(view: View<T, B>) -> Self {
        view.0
    }
}

impl<T: Element, B: Backend> From<&Tensor<T, B>> for Tensor<T, B> {
    fn from(tensor: &Tensor<T, B>) -> Self {
        tensor.clone()
    }
}
