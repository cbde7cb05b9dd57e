//! A rule together with the parameters it moves.

use crate::rule::{self, AdamRule, Rule};
use autograd::{Autodiff, Parameter, no_grad};
use std::borrow::Borrow;
use tensor_core::{Backend, Real, Result};

/// A rule, the parameters it moves, and what it remembers of each.
///
/// It shares the parameters with the model. [`Sgd`], [`Adam`] and [`AdamW`] are optimisers with the rules of this crate.
#[must_use]
pub struct Optimizer<R: Rule, T: Real, B: Backend> {
    rule: R,
    slots: Vec<Slot<R, T, B>>,
}

/// A parameter and its state.
struct Slot<R: Rule, T: Real, B: Backend> {
    parameter: Parameter<T, B>,
    state: R::State<T, Autodiff<B>>,
}

/// Stochastic gradient descent over parameters; see [`rule::Sgd`] for formula and source.
///
/// ```
/// use autograd::{Autodiff, Gradient, Parameter};
/// use optim::Sgd;
/// use tensor_core::{Serial, Tensor};
///
/// let a = Parameter::new(Tensor::<f64, Autodiff<Serial>>::new([3.0, -2.0]));
/// let mut optimiser = Sgd::new([&a], 0.1).momentum(0.9).nesterov(true);
/// for _ in 0..200 {
///     optimiser.zero_grad();
///     a.value().square().sum().backward();
///     optimiser.step();
/// }
/// assert!(a.value().abs().max().item() < 1e-9);
/// ```
pub type Sgd<T, B> = Optimizer<rule::Sgd, T, B>;

/// Adam over parameters; see [`rule::Adam`] for formula and source.
///
/// ```
/// use autograd::{Autodiff, Gradient, Parameter};
/// use optim::Adam;
/// use tensor_core::{Serial, Tensor};
///
/// let a = Parameter::new(Tensor::<f64, Autodiff<Serial>>::new([3.0, -2.0]));
/// let mut optimiser = Adam::new([&a], 0.1).betas(0.8, 0.99);
/// for _ in 0..500 {
///     optimiser.zero_grad();
///     a.value().square().sum().backward();
///     optimiser.step();
/// }
/// assert!(a.value().abs().max().item() < 1e-6);
/// ```
pub type Adam<T, B> = Optimizer<rule::Adam, T, B>;

/// AdamW over parameters; see [`rule::AdamW`] for formula and source. It decays weights by 0.01 unless told otherwise.
///
/// ```
/// use autograd::{Autodiff, Parameter};
/// use optim::AdamW;
/// use tensor_core::{Serial, Tensor};
///
/// let a = Parameter::new(Tensor::<f64, Autodiff<Serial>>::new([3.0, -2.0]));
/// let mut optimiser = AdamW::new([&a], 0.1).weight_decay(0.5);
/// a.set_grad(Some(Tensor::new([0.0, 0.0])));
/// optimiser.step();
/// assert!((a.value() - 0.95 * Tensor::new([3.0, -2.0])).abs().max().item() < 1e-15);
/// ```
pub type AdamW<T, B> = Optimizer<rule::AdamW, T, B>;

impl<R: Rule, T: Real, B: Backend> Optimizer<R, T, B> {
    /// The parameters, `[&a, &b]` or what a model's `parameters()` returns, moved by a rule. One that is named twice is
    /// moved once.
    pub fn with_rule(rule: R, parameters: impl IntoIterator<Item = impl Borrow<Parameter<T, B>>>) -> Self {
        let mut slots: Vec<Slot<R, T, B>> = Vec::new();
        for parameter in parameters {
            let parameter = parameter.borrow();
            if !slots.iter().any(|slot| slot.parameter.is_same(parameter)) {
                slots.push(Slot { parameter: parameter.share(), state: Default::default() });
            }
        }
        Optimizer { rule, slots }
    }

    /// Moves each parameter that has a gradient by one step, in place; nothing is recorded.
    ///
    /// # Panics
    /// If the options do not go together, or a parameter has got another shape since it was first moved.
    #[track_caller]
    pub fn step(&mut self) {
        if let Err(error) = self.try_step() {
            error.panic()
        }
    }

    /// [`step`](Self::step), with the error returned instead of a panic. Options that do not go together are found
    /// before any parameter moves.
    ///
    /// # Errors
    /// Where `step` panics.
    pub fn try_step(&mut self) -> Result<()> {
        no_grad(|| {
            self.slots.iter_mut().try_for_each(|Slot { parameter, state }| match parameter.get_grad() {
                Some(gradient) => parameter.update(|value| self.rule.try_update(value, &gradient, state)),
                None => Ok(()),
            })
        })
    }

    /// Sets the gradient of each parameter to none, so that the next backward pass starts anew. A parameter that it does
    /// not reach stays where it is.
    pub fn zero_grad(&self) {
        for Slot { parameter, .. } in &self.slots {
            if parameter.requires_grad() {
                parameter.set_grad(None);
            }
        }
    }

    /// Fills the gradients there are with zeros, in place. A parameter that the next backward pass does not reach goes
    /// on by its momentum and weight decay.
    pub fn zero_grad_in_place(&self) {
        self.slots.iter().for_each(|slot| slot.parameter.zero_grad());
    }

    /// The learning rate.
    pub fn lr(&self) -> f64 {
        self.rule.lr()
    }

    /// Sets the learning rate, from the next step on.
    ///
    /// # Panics
    /// If it is negative or not finite.
    ///
    /// ```
    /// # use autograd::{Autodiff, Parameter};
    /// # use tensor_core::{Serial, Tensor};
    /// # let a = Parameter::new(Tensor::<f32, Autodiff<Serial>>::new([3.0, -2.0]));
    /// let mut optimiser = optim::Sgd::new([&a], 0.1);
    /// optimiser.set_lr(optimiser.lr() / 2.0);
    /// assert_eq!(optimiser.lr(), 0.05);
    /// ```
    #[track_caller]
    pub fn set_lr(&mut self, lr: f64) {
        if let Err(error) = self.try_set_lr(lr) {
            error.panic()
        }
    }

    /// [`set_lr`](Self::set_lr), with the error returned instead of a panic; nothing is changed then.
    ///
    /// # Errors
    /// Where `set_lr` panics.
    pub fn try_set_lr(&mut self, lr: f64) -> Result<()> {
        let before = self.rule.lr();
        self.rule.set_lr(lr);
        self.rule.check().inspect_err(|_| self.rule.set_lr(before))
    }

    /// The rule with its options.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    /// The optimiser with some options changed.
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut R)) -> Self {
        change(&mut self.rule);
        match self.rule.check() {
            Ok(()) => self,
            Err(error) => error.panic(),
        }
    }
}

impl<T: Real, B: Backend> Sgd<T, B> {
    /// Descent by `lr` times the gradient, for the parameters `[&a, &b]` or what a model's `parameters()` returns.
    ///
    /// # Panics
    /// If `lr` is negative or not finite.
    #[track_caller]
    pub fn new(parameters: impl IntoIterator<Item = impl Borrow<Parameter<T, B>>>, lr: f64) -> Self {
        Self::with_rule(Default::default(), parameters).with(|rule: &mut rule::Sgd| rule.lr = lr)
    }

    /// How much of the last step goes on into the next, mostly 0.9; 0 unless set.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn momentum(self, momentum: f64) -> Self {
        self.with(|rule| rule.momentum = momentum)
    }

    /// How much of the gradient does not go into the momentum; 0 unless set.
    ///
    /// # Panics
    /// If it is not finite.
    #[track_caller]
    pub fn dampening(self, dampening: f64) -> Self {
        self.with(|rule| rule.dampening = dampening)
    }

    /// How strongly parameters are pulled to 0: the gradient of `weight_decay` / 2 · θ² is added; 0 unless set.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        self.with(|rule| rule.weight_decay = weight_decay)
    }

    /// Whether to use Nesterov's form of momentum; the first step is an error if there is no momentum, or dampening.
    #[track_caller]
    pub fn nesterov(self, nesterov: bool) -> Self {
        self.with(|rule| rule.nesterov = nesterov)
    }

    /// Whether to climb instead of descend.
    #[track_caller]
    pub fn maximize(self, maximize: bool) -> Self {
        self.with(|rule| rule.maximize = maximize)
    }
}

impl<const DECOUPLED: bool, T: Real, B: Backend> Optimizer<AdamRule<DECOUPLED>, T, B> {
    /// Steps of about `lr`, mostly 0.001, for the parameters `[&a, &b]` or what a model's `parameters()` returns.
    ///
    /// # Panics
    /// If `lr` is negative or not finite.
    #[track_caller]
    pub fn new(parameters: impl IntoIterator<Item = impl Borrow<Parameter<T, B>>>, lr: f64) -> Self {
        Self::with_rule(Default::default(), parameters).with(|rule: &mut AdamRule<DECOUPLED>| rule.lr = lr)
    }

    /// How much of the running means of the gradient, and of its square, is kept in each step; 0.9 and 0.999 unless set.
    ///
    /// # Panics
    /// If one is negative, or not below 1.
    #[track_caller]
    pub fn betas(self, mean: f64, square: f64) -> Self {
        self.with(|rule| rule.betas = (mean, square))
    }

    /// What keeps the divisor from 0; 1e-8 unless set.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn eps(self, eps: f64) -> Self {
        self.with(|rule| rule.eps = eps)
    }

    /// How strongly parameters are pulled to 0, through the gradient (Adam; 0 unless set) or straight (AdamW; 0.01).
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        self.with(|rule| rule.weight_decay = weight_decay)
    }

    /// Whether the divisor never shrinks.
    #[track_caller]
    pub fn amsgrad(self, amsgrad: bool) -> Self {
        self.with(|rule| rule.amsgrad = amsgrad)
    }

    /// Whether to climb instead of descend.
    #[track_caller]
    pub fn maximize(self, maximize: bool) -> Self {
        self.with(|rule| rule.maximize = maximize)
    }
}
