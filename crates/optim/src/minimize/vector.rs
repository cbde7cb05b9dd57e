//! Several tensors as one vector.

use autograd::{Autodiff, no_grad};
use tensor_core::{Backend, Real, Tensor};

#[derive(Debug)]
pub(super) struct Vector<T: Real, B: Backend>(pub(super) Vec<Tensor<T, Autodiff<B>>>);

impl<T: Real, B: Backend> Clone for Vector<T, B> {
    fn clone(&self) -> Self {
        Vector(self.0.clone())
    }
}

impl<T: Real, B: Backend> Vector<T, B> {
    pub(super) fn dot(&self, other: &Self) -> f64 {
        no_grad(|| self.0.iter().zip(&other.0).map(|(x, y)| (x * y).sum().item().as_f64()).sum())
    }

    pub(super) fn norm(&self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The greatest size of an element; NaN if one is.
    pub(super) fn size(&self) -> f64 {
        let sizes = self.0.iter().filter(|x| x.numel() > 0).map(|x| x.abs().max().item().as_f64());
        no_grad(|| sizes.fold(0.0, |a: f64, b| if a > b || a.is_nan() { a } else { b }))
    }

    /// self + a·other
    pub(super) fn plus(&self, a: f64, other: &Self) -> Self {
        let a = T::from_f64(a);
        no_grad(|| Vector(self.0.iter().zip(&other.0).map(|(x, y)| x + y * a).collect()))
    }

    /// self += a·other
    pub(super) fn add(&mut self, a: f64, other: &Self) {
        let a = T::from_f64(a);
        no_grad(|| {
            self.0.iter_mut().zip(&other.0).for_each(|(x, y)| {
                x.add_(y * a);
            });
        });
    }

    pub(super) fn times(&self, a: f64) -> Self {
        let a = T::from_f64(a);
        no_grad(|| Vector(self.0.iter().map(|x| x * a).collect()))
    }
}
