//! Minima of smooth functions: the methods of Newton's kind in a file each, what they share here.
//!
//! * [`Lbfgs`]: gradients only, `lbfgs.rs`; its line search in `wolfe.rs`
//! * [`NewtonCg`]: gradients and products of the Hessian, `newton_cg.rs`

mod lbfgs;
mod newton_cg;
mod vector;
mod wolfe;

pub use lbfgs::Lbfgs;
pub use newton_cg::NewtonCg;

use crate::{flat::tensors, stop::Stop};
use autograd::{
    functional::{TensorOf, Tree},
    no_grad,
};
use tensor_core::{Error, Real, Result};
use vector::Vector;

/// Where a descent ended.
#[derive(Clone, Debug)]
pub struct Minimum<X: Tree> {
    /// The parameters.
    pub parameters: X::Owned,
    /// The function there.
    pub value: f64,
    /// The gradient there.
    pub gradient: X::Owned,
    /// How many steps were taken.
    pub iterations: usize,
    /// How often function and gradient were computed.
    pub evaluations: usize,
    /// How many products with the Hessian were.
    pub products: usize,
    /// Why it ended.
    pub stop: Stop,
}

/// Where a descent is: what a watcher is shown at the start and after each step.
#[derive(Debug)]
pub struct Progress<'a, X: Tree> {
    /// The parameters.
    pub parameters: &'a X::Owned,
    /// The function there.
    pub value: f64,
    /// The greatest size of an element of the gradient.
    pub slope: f64,
    /// How many steps were taken.
    pub iteration: usize,
    /// How often function and gradient were computed.
    pub evaluations: usize,
    /// How many products with the Hessian were.
    pub products: usize,
}

/// The methods by which each of the minimisers is called; `descend` is its own.
macro_rules! minimiser {
    ($name:ident) => {
        impl $name {
            /// A minimum of `f`, a function to a single number, near `start`: a tensor, or several in a structure.
            ///
            /// # Panics
            /// If `f` has more than a single number for its value, if value or gradient at the start are not finite, or if
            /// an option is out of its range.
            #[track_caller]
            pub fn minimize<X: Tree, Y: Into<TensorOf<X>>>(&self, f: impl Fn(&X::Owned) -> Y, start: &X) -> Minimum<X> {
                self.minimize_watched(f, start, |_| ControlFlow::Continue(()))
            }

            /// [`minimize`](Self::minimize), with the error returned instead of a panic.
            ///
            /// # Errors
            /// Where `minimize` panics.
            pub fn try_minimize<X: Tree, Y: Into<TensorOf<X>>>(
                &self,
                f: impl Fn(&X::Owned) -> Y,
                start: &X,
            ) -> Result<Minimum<X>> {
                self.try_minimize_watched(f, start, |_| ControlFlow::Continue(()))
            }

            /// [`minimize`](Self::minimize) that shows where it is, at the start and after each step, to a closure which
            /// may end it there.
            ///
            /// # Panics
            /// Where `minimize` does.
            #[track_caller]
            pub fn minimize_watched<X: Tree, Y: Into<TensorOf<X>>>(
                &self,
                f: impl Fn(&X::Owned) -> Y,
                start: &X,
                watch: impl FnMut(&Progress<'_, X>) -> ControlFlow<()>,
            ) -> Minimum<X> {
                match self.try_minimize_watched(f, start, watch) {
                    Ok(minimum) => minimum,
                    Err(error) => error.panic(),
                }
            }

            /// [`minimize_watched`](Self::minimize_watched), with the error returned instead of a panic.
            ///
            /// # Errors
            /// Where `minimize` panics.
            pub fn try_minimize_watched<X: Tree, Y: Into<TensorOf<X>>>(
                &self,
                f: impl Fn(&X::Owned) -> Y,
                start: &X,
                mut watch: impl FnMut(&Progress<'_, X>) -> ControlFlow<()>,
            ) -> Result<Minimum<X>> {
                self.descend(&|x| f(x).into(), start, &mut watch)
            }
        }
    };
}
use minimiser;

/// What is minimised, as the methods take it.
type Function<'a, X> = &'a dyn Fn(&<X as Tree>::Owned) -> TensorOf<X>;
type Watch<'a, X> = &'a mut dyn FnMut(&Progress<'_, X>) -> std::ops::ControlFlow<()>;

/// Whether a function can be minimised from there: one finite number.
fn check_start<X: Tree>(op: &'static str, f: Function<'_, X>, start: &X::Owned) -> Result<()> {
    let value = no_grad(|| f(start));
    if value.numel() != 1 {
        let hint = "only a single number has a minimum; reduce it by `sum` or `mean`";
        return Err(Error::shape(op, &[value.layout().shape()], hint));
    }
    let value = value.to_vec()[0].as_f64();
    if !value.is_finite() {
        return Err(Error::value(op, format!("the value at the start is {value}: start where it is finite")));
    }
    Ok(())
}

/// Whether an option is a number ≥ 0.
fn check_option(op: &'static str, name: &str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::value(op, format!("{name} is {value}; it must be a number ≥ 0")))
}

fn single<X: Tree>(value: &TensorOf<X>) -> f64 {
    value.to_vec()[0].as_f64()
}

/// The tensors of a structure as constants.
fn vector<X: Tree>(x: &X) -> Vector<X::Real, X::Backend> {
    Vector(tensors(x).into_iter().map(|tensor| tensor.detach()).collect())
}

/// The structure of `like` with the tensors of a vector.
fn structure<X: Tree>(like: &X, vector: &Vector<X::Real, X::Backend>) -> X::Owned {
    let mut tensors = vector.0.iter();
    like.rebuild(&mut || tensors.next().expect("as many as there were").clone())
}
