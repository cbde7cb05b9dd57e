//! Update rules: how one value moves along its gradient, and what it remembers from step to step.
//!
//! * [`Sgd`]: stochastic gradient descent with momentum, `sgd.rs`
//! * [`Adam`] and [`AdamW`]: steps scaled by running moments of the gradient, `adam.rs`
//!
//! A rule is plain data, its options; the numbers it remembers of each value are in a state that the caller keeps, one
//! for each value, which begins as the default.

mod adam;
mod sgd;

pub use adam::{Adam, AdamRule, AdamState, AdamW};
pub use sgd::{Sgd, SgdState};

use tensor_core::ops::Step;
use tensor_core::{Backend, Error, Real, Result, Tensor};

/// How a value moves along its gradient.
///
/// A rule of one's own has the step, a state, and a learning rate; an `Optimizer` then applies it to
/// parameters.
///
/// ```
/// use optim::rule::Rule;
/// use tensor_core::{Backend, Real, Result, Serial, Tensor};
///
/// /// Steps by the sign of the gradient alone.
/// struct Sign { lr: f64 }
///
/// impl Rule for Sign {
///     type State<T: Real, B: Backend> = ();
///
///     fn lr(&self) -> f64 { self.lr }
///     fn set_lr(&mut self, lr: f64) { self.lr = lr; }
///     fn check(&self) -> Result<()> { Ok(()) }
///
///     fn try_update<T: Real, B: Backend>(
///         &self,
///         value: &mut Tensor<T, B>,
///         gradient: &Tensor<T, B>,
///         _: &mut (),
///     ) -> Result<()> {
///         value.try_sub_(gradient.sign() * T::from_f64(self.lr))?;
///         Ok(())
///     }
/// }
///
/// let mut x = Tensor::<f64, Serial>::new([1.0, 2.0]);
/// Sign { lr: 0.5 }.update(&mut x, &Tensor::new([10.0, -0.1]), &mut ());
/// assert_eq!(x.to_vec(), [0.5, 2.5]);
/// ```
pub trait Rule {
    /// What is remembered of one value from step to step; its default is that of a value that has not moved yet.
    type State<T: Real, B: Backend>: Default + Send;

    /// The learning rate.
    fn lr(&self) -> f64;

    /// Sets the learning rate.
    fn set_lr(&mut self, lr: f64);

    /// Whether each option lies in its range.
    ///
    /// # Errors
    /// If one does not: the message names it, and the range.
    fn check(&self) -> Result<()>;

    /// Moves `value` by one step, in place.
    ///
    /// Nothing is recorded for gradients if that is switched off, as in `no_grad`; do so for tensors that could be.
    ///
    /// # Panics
    /// If the shapes of value and gradient differ, `state` is that of a value of another shape, or the options do not
    /// go together.
    #[track_caller]
    fn update<T: Real, B: Backend>(
        &self,
        value: &mut Tensor<T, B>,
        gradient: &Tensor<T, B>,
        state: &mut Self::State<T, B>,
    ) {
        if let Err(error) = self.try_update(value, gradient, state) {
            error.panic()
        }
    }

    /// [`update`](Self::update), with the error returned instead of a panic; nothing is changed then.
    ///
    /// # Errors
    /// Where `update` panics.
    fn try_update<T: Real, B: Backend>(
        &self,
        value: &mut Tensor<T, B>,
        gradient: &Tensor<T, B>,
        state: &mut Self::State<T, B>,
    ) -> Result<()>;
}

/// Whether options that may not be negative are not, nor infinite.
fn not_negative(rule: &'static str, options: &[(&str, f64)]) -> Result<()> {
    match options.iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
        Some((name, value)) => Err(Error::value(rule, format!("{name} is {value}; it must be a number ≥ 0"))),
        None => Ok(()),
    }
}

/// Whether the gradient and what is remembered have the shape of the value: none of them may be broadcast.
fn same_shapes<T: Real, B: Backend>(
    rule: &'static str,
    value: &Tensor<T, B>,
    gradient: &Tensor<T, B>,
    state: &[&Option<Tensor<T, B>>],
) -> Result<()> {
    let differs = |other: &Tensor<T, B>, hint: &str| match value.shape() == other.shape() {
        true => Ok(()),
        false => Err(Error::shape(rule, &[value.layout().shape(), other.layout().shape()], hint)),
    };
    differs(gradient, "a gradient has the shape of its value")?;
    state
        .iter()
        .copied()
        .flatten()
        .try_for_each(|tensor| differs(tensor, "the state is that of a value of another shape"))
}

/// Moves the value, and what is remembered of it, by one step, in place.
fn walk<'a, T: Real, B: Backend>(
    value: &mut Tensor<T, B>,
    step: &Step<T>,
    gradient: &Tensor<T, B>,
    state: impl IntoIterator<Item = &'a mut Tensor<T, B>>,
) -> Result<()> {
    let mut state: Vec<&mut B::Prim<T>> = state.into_iter().map(Tensor::prim_mut).collect();
    B::update(value.prim_mut(), |x| B::step(step, x, gradient.prim(), &mut state))
}
