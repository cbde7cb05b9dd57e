//! What a function to differentiate may take: a tensor, or several in a structure of the user's own.

use crate::Autodiff;
use tensor_core::{Backend, Real, Tensor};

/// A tensor of the precision and backend of `X`.
pub type TensorOf<X> = Tensor<<X as Tree>::Real, Autodiff<<X as Tree>::Backend>>;

/// One tensor, or several in a structure: tensors, tuples, arrays, slices and `Vec`s of them to any depth, and structs for
/// which [`tree!`](crate::tree) has said what their fields are.
///
/// ```
/// use autograd::{Autodiff, functional::value_and_grad, tree};
/// use tensor_core::{Serial, Tensor};
/// type T = Tensor<f64, Autodiff<Serial>>;
///
/// struct Line { slope: T, intercept: T }
/// tree!(Line { slope, intercept }: f64, Serial);
///
/// let (x, y) = (T::new([0.0, 1.0]), T::new([1.0, 4.0]));
/// let line = Line { slope: T::new(1.0), intercept: T::new(1.0) };
/// let loss = |line: &Line| (&x * &line.slope + &line.intercept - &y).square().sum();
/// let (value, gradient) = value_and_grad(loss, &line);
/// assert_eq!((value.item(), gradient.slope.item(), gradient.intercept.item()), (4.0, -4.0, -4.0));
/// ```
pub trait Tree {
    /// The precision.
    type Real: Real;
    /// The backend under the tape.
    type Backend: Backend;
    /// The same structure with tensors of its own.
    type Owned: Tree<Real = Self::Real, Backend = Self::Backend, Owned = Self::Owned>;

    /// Appends the tensors, one after the other.
    fn tensors<'a>(&'a self, all: &mut Vec<&'a Tensor<Self::Real, Autodiff<Self::Backend>>>);

    /// The structure with other tensors, in the order of [`tensors`](Self::tensors).
    fn rebuild(&self, next: &mut dyn FnMut() -> Tensor<Self::Real, Autodiff<Self::Backend>>) -> Self::Owned;
}

impl<T: Real, B: Backend> Tree for Tensor<T, Autodiff<B>> {
    type Real = T;
    type Backend = B;
    type Owned = Self;

    fn tensors<'a>(&'a self, all: &mut Vec<&'a Self>) {
        all.push(self);
    }

    fn rebuild(&self, next: &mut dyn FnMut() -> Self) -> Self {
        next()
    }
}

impl<X: Tree> Tree for [X] {
    type Real = X::Real;
    type Backend = X::Backend;
    type Owned = Vec<X::Owned>;

    fn tensors<'a>(&'a self, all: &mut Vec<&'a TensorOf<X>>) {
        self.iter().for_each(|x| x.tensors(all));
    }

    fn rebuild(&self, next: &mut dyn FnMut() -> TensorOf<X>) -> Vec<X::Owned> {
        self.iter().map(|x| x.rebuild(next)).collect()
    }
}

impl<X: Tree> Tree for Vec<X> {
    type Real = X::Real;
    type Backend = X::Backend;
    type Owned = Vec<X::Owned>;

    fn tensors<'a>(&'a self, all: &mut Vec<&'a TensorOf<X>>) {
        self[..].tensors(all);
    }

    fn rebuild(&self, next: &mut dyn FnMut() -> TensorOf<X>) -> Vec<X::Owned> {
        self[..].rebuild(next)
    }
}

impl<X: Tree, const N: usize> Tree for [X; N] {
    type Real = X::Real;
    type Backend = X::Backend;
    type Owned = [X::Owned; N];

    fn tensors<'a>(&'a self, all: &mut Vec<&'a TensorOf<X>>) {
        self[..].tensors(all);
    }

    fn rebuild(&self, next: &mut dyn FnMut() -> TensorOf<X>) -> [X::Owned; N] {
        std::array::from_fn(|i| self[i].rebuild(next))
    }
}

impl<X: Tree + ?Sized> Tree for &X {
    type Real = X::Real;
    type Backend = X::Backend;
    type Owned = X::Owned;

    fn tensors<'a>(&'a self, all: &mut Vec<&'a Tensor<X::Real, Autodiff<X::Backend>>>) {
        (**self).tensors(all);
    }

    fn rebuild(&self, next: &mut dyn FnMut() -> Tensor<X::Real, Autodiff<X::Backend>>) -> X::Owned {
        (**self).rebuild(next)
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<T: Real, B: Backend, $($name: Tree<Real = T, Backend = B>),*> Tree for ($($name,)*) {
            type Real = T;
            type Backend = B;
            type Owned = ($($name::Owned,)*);

            #[allow(non_snake_case)] // The type parameters name the fields.
            fn tensors<'a>(&'a self, all: &mut Vec<&'a Tensor<T, Autodiff<B>>>) {
                let ($($name,)*) = self;
                $($name.tensors(all);)*
            }

            #[allow(non_snake_case)]
            fn rebuild(&self, next: &mut dyn FnMut() -> Tensor<T, Autodiff<B>>) -> Self::Owned {
                let ($($name,)*) = self;
                ($($name.rebuild(next),)*)
            }
        }
    };
}
tuples!(X1 X2);
tuples!(X1 X2 X3);
tuples!(X1 X2 X3 X4);
tuples!(X1 X2 X3 X4 X5);
tuples!(X1 X2 X3 X4 X5 X6);

/// Makes a struct of tensors a [`Tree`](crate::functional::Tree): `tree!(Line { slope, intercept }: f64, Serial)` names
/// its fields, each a tree itself, the precision, and the backend under the tape.
#[macro_export]
macro_rules! tree {
    ($name:ident { $($field:ident),* $(,)? }: $t:ty, $b:ty) => {
        impl $crate::functional::Tree for $name {
            type Real = $t;
            type Backend = $b;
            type Owned = $name;

            fn tensors<'a>(&'a self, all: &mut Vec<&'a $crate::functional::TensorOf<Self>>) {
                $($crate::functional::Tree::tensors(&self.$field, all);)*
            }

            fn rebuild(&self, next: &mut dyn FnMut() -> $crate::functional::TensorOf<Self>) -> Self {
                $name { $($field: $crate::functional::Tree::rebuild(&self.$field, next)),* }
            }
        }
    };
}
