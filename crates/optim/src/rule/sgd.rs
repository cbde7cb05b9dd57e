//! Stochastic gradient descent.

use super::{Rule, not_negative, same_shapes, walk};
use tensor_core::ops::Step;
use tensor_core::{Backend, Error, Real, Result, Tensor};

/// Stochastic gradient descent, with momentum as [Sutskever et al. 2013](https://proceedings.mlr.press/v28/sutskever13.html)
/// describe it, in PyTorch's form:
///
/// > g ← ∇f(θ) + `weight_decay` · θ  (−∇f to maximise)<br>
/// > b ← `momentum` · b + (1 − `dampening`) · g, in the first step b ← g<br>
/// > θ ← θ − `lr` · b, without momentum θ − `lr` · g, in Nesterov's form θ − `lr` · (g + `momentum` · b)
///
/// ```
/// use optim::rule::{Rule, Sgd};
/// use tensor_core::{Serial, Tensor};
///
/// let rule = Sgd { lr: 0.1, momentum: 0.9, ..Sgd::default() };
/// let mut state = Default::default();
/// let mut x = Tensor::<f64, Serial>::new([1.0, -4.0]);
/// for _ in 0..500 {
///     let gradient = 2.0 * &x;
///     rule.update(&mut x, &gradient, &mut state);
/// }
/// assert!(x.abs().max().item() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate; 0.001 by default.
    pub lr: f64,
    /// How much of the last step goes on into this one.
    pub momentum: f64,
    /// How much of the gradient does not go into the momentum.
    pub dampening: f64,
    /// How strongly the value is pulled to 0: the gradient of `weight_decay` / 2 · θ² is added.
    pub weight_decay: f64,
    /// Whether the gradient is taken where the momentum is about to lead; needs momentum, and no dampening.
    pub nesterov: bool,
    /// Whether to climb instead of descend.
    pub maximize: bool,
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd { lr: 1e-3, momentum: 0.0, dampening: 0.0, weight_decay: 0.0, nesterov: false, maximize: false }
    }
}

/// What [`Sgd`] remembers of a value.
#[derive(Clone)]
pub struct SgdState<T: Real, B: Backend> {
    /// The running sum of gradients b, from the first step with momentum on.
    pub momentum: Option<Tensor<T, B>>,
}

impl<T: Real, B: Backend> Default for SgdState<T, B> {
    fn default() -> Self {
        SgdState { momentum: None }
    }
}

impl Rule for Sgd {
    type State<T: Real, B: Backend> = SgdState<T, B>;

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn check(&self) -> Result<()> {
        let Sgd { lr, momentum, weight_decay, dampening, .. } = *self;
        if !dampening.is_finite() {
            return Err(Error::value("Sgd", format!("dampening is {dampening}; it must be finite")));
        }
        not_negative("Sgd", &[("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)])
    }

    fn try_update<T: Real, B: Backend>(
        &self,
        value: &mut Tensor<T, B>,
        gradient: &Tensor<T, B>,
        state: &mut SgdState<T, B>,
    ) -> Result<()> {
        self.check()?;
        if self.nesterov && (self.momentum == 0.0 || self.dampening != 0.0) {
            let Sgd { momentum, dampening, .. } = self;
            let message = format!(
                "Nesterov's form needs a momentum above 0 and no dampening; momentum is {momentum}, dampening {dampening}"
            );
            return Err(Error::value("Sgd", message));
        }
        same_shapes("Sgd", value, gradient, &[&state.momentum])?;

        let number = T::from_f64;
        let Sgd { lr, momentum, dampening, weight_decay, nesterov, maximize } = *self;
        let [lr, decay] = [lr, weight_decay].map(number);
        // The first step begins with b = 0, of which nothing is left, and all of the gradient.
        let first = momentum != 0.0 && state.momentum.is_none();
        let fresh = if first { T::one() } else { number(1.0 - dampening) };
        let step = Step::Sgd { lr, decay, maximize, momentum: number(momentum), fresh, nesterov };
        let buffer = match momentum {
            0.0 => None,
            _ => Some(state.momentum.get_or_insert_with(|| value.zeros_like())),
        };
        walk(value, &step, gradient, buffer)
    }
}
