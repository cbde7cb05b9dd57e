//! Adam and AdamW.

use super::{Rule, not_negative, same_shapes, walk};
use tensor_core::math::Math;
use tensor_core::ops::Step;
use tensor_core::{Backend, Error, Real, Result, Tensor};

/// Adam ([Kingma and Ba 2015](https://arxiv.org/abs/1412.6980), algorithm 1), in PyTorch's form: each element's step is
/// scaled by running means of its gradient and its gradient's square.
///
/// > g ← ∇f(θ) + `weight_decay` · θ  (−∇f to maximise)<br>
/// > m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²<br>
/// > m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ), in step t = 1, 2, …<br>
/// > θ ← θ − `lr` · m̂ / (√v̂ + `eps`)
///
/// With `amsgrad` ([Reddi et al. 2018](https://openreview.net/forum?id=ryQu7f-RZ)) the largest v so far stands for v.
///
/// ```
/// use optim::rule::{Adam, Rule};
/// use tensor_core::{Serial, Tensor};
///
/// let rule = Adam { lr: 0.1, ..Adam::default() };
/// let mut state = Default::default();
/// let mut x = Tensor::<f64, Serial>::new([1.0, -4.0]);
/// for _ in 0..500 {
///     let gradient = 2.0 * &x;
///     rule.update(&mut x, &gradient, &mut state);
/// }
/// assert!(x.abs().max().item() < 1e-3);
/// ```
pub type Adam = AdamRule<false>;

/// AdamW ([Loshchilov and Hutter 2019](https://arxiv.org/abs/1711.05101), algorithm 2): [`Adam`] whose weight decay, 0.01
/// by default, does not go through the gradient's scale but straight to the value:
///
/// > θ ← θ − `lr` · `weight_decay` · θ before the step, and g ← ∇f(θ).
///
/// ```
/// use optim::rule::{AdamW, Rule};
/// use tensor_core::{Serial, Tensor};
///
/// let rule = AdamW { lr: 0.1, weight_decay: 0.5, ..AdamW::default() };
/// let mut x = Tensor::<f64, Serial>::new([1.0, -4.0]);
/// let still = x.zeros_like();
/// rule.update(&mut x, &still, &mut Default::default());
/// assert_eq!(x.to_vec(), [0.95, -3.8]);
/// ```
pub type AdamW = AdamRule<true>;

/// The options of [`Adam`] and, where the weight decay is `DECOUPLED` from the gradient, of [`AdamW`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamRule<const DECOUPLED: bool> {
    /// The learning rate; 0.001 by default.
    pub lr: f64,
    /// How much of the running means of the gradient, and of its square, is kept in each step; (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// What keeps the divisor from 0; 1e-8 by default.
    pub eps: f64,
    /// How strongly the value is pulled to 0.
    pub weight_decay: f64,
    /// Whether the divisor never shrinks.
    pub amsgrad: bool,
    /// Whether to climb instead of descend.
    pub maximize: bool,
}

impl<const DECOUPLED: bool> Default for AdamRule<DECOUPLED> {
    fn default() -> Self {
        let weight_decay = if DECOUPLED { 1e-2 } else { 0.0 };
        AdamRule { lr: 1e-3, betas: (0.9, 0.999), eps: 1e-8, weight_decay, amsgrad: false, maximize: false }
    }
}

/// What [`Adam`] and [`AdamW`] remember of a value.
#[derive(Clone)]
pub struct AdamState<T: Real, B: Backend> {
    /// How many steps were made.
    pub steps: u64,
    /// The running mean of the gradient m, from the first step on.
    pub mean: Option<Tensor<T, B>>,
    /// The running mean of the gradient's square v, from the first step on.
    pub square: Option<Tensor<T, B>>,
    /// The largest v so far, from the first step with `amsgrad` on.
    pub largest: Option<Tensor<T, B>>,
}

impl<T: Real, B: Backend> Default for AdamState<T, B> {
    fn default() -> Self {
        AdamState { steps: 0, mean: None, square: None, largest: None }
    }
}

impl<const DECOUPLED: bool> AdamRule<DECOUPLED> {
    const NAME: &str = if DECOUPLED { "AdamW" } else { "Adam" };
}

impl<const DECOUPLED: bool> Rule for AdamRule<DECOUPLED> {
    type State<T: Real, B: Backend> = AdamState<T, B>;

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn check(&self) -> Result<()> {
        for beta in [self.betas.0, self.betas.1] {
            if !(0.0..1.0).contains(&beta) {
                return Err(Error::value(Self::NAME, format!("a beta is {beta}; it must be a number ≥ 0 and < 1")));
            }
        }
        not_negative(Self::NAME, &[("lr", self.lr), ("eps", self.eps), ("weight_decay", self.weight_decay)])
    }

    fn try_update<T: Real, B: Backend>(
        &self,
        value: &mut Tensor<T, B>,
        gradient: &Tensor<T, B>,
        state: &mut AdamState<T, B>,
    ) -> Result<()> {
        self.check()?;
        same_shapes(Self::NAME, value, gradient, &[&state.mean, &state.square, &state.largest])?;

        let number = T::from_f64;
        let AdamRule { lr, betas: (beta1, beta2), eps, weight_decay, amsgrad, maximize } = *self;
        state.steps += 1;
        let steps = state.steps as f64;
        let step = Step::Adam {
            lr: number(lr / (1.0 - Math::pow(beta1, steps))),
            decay: number(if DECOUPLED { 0.0 } else { weight_decay }),
            maximize,
            shrink: number(if DECOUPLED { 1.0 - lr * weight_decay } else { 1.0 }),
            rest1: number(1.0 - beta1),
            beta2: number(beta2),
            rest2: number(1.0 - beta2),
            scale: number((1.0 - Math::pow(beta2, steps)).sqrt()),
            eps: number(eps),
        };
        let zeros = || value.zeros_like();
        let mean = state.mean.get_or_insert_with(zeros);
        let square = state.square.get_or_insert_with(zeros);
        let largest = amsgrad.then(|| state.largest.get_or_insert_with(zeros));
        walk(value, &step, gradient, [mean, square].into_iter().chain(largest))
    }
}
