//! Losses of numbers.

use super::{Reduction, same_shape};
use std::f64::consts::PI;
use tensor_core::{Backend, Error, Operand, Real, Result, Tensor};

options! {
    /// How [`smooth_l1_loss`] is done.
    struct SmoothL1 [] [] {
        /// Where the parabola ends.
        beta: f64 = 1.0,
        /// What becomes of the losses of all elements.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`huber_loss`] is done.
    struct Huber [] [] {
        /// Where the parabola ends.
        delta: f64 = 1.0,
        /// What becomes of the losses of all elements.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`kl_div`] is done.
    struct KlDiv [] [] {
        /// Whether targets are logarithms too.
        log_target: bool = false,
        /// What becomes of the losses of all elements; [`Reduction::BatchMean`] makes it the divergence.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`poisson_nll_loss`] is done.
    struct PoissonNll [] [] {
        /// Whether predictions are logarithms of the rates.
        log_input: bool = true,
        /// Whether Stirling's approximation of ln y! is added for y > 1.
        full: bool = false,
        /// What is added to a rate before its logarithm is taken.
        eps: f64 = 1e-8,
        /// What becomes of the losses of all elements.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`gaussian_nll_loss`] is done.
    struct GaussianNll [] [] {
        /// Whether the constant ½ ln 2π is added.
        full: bool = false,
        /// A smaller variance counts as this.
        eps: f64 = 1e-6,
        /// What becomes of the losses of all elements.
        reduction: Reduction = Reduction::Mean,
    }
}

/// `scale · r²/2` where |r| is below (or at) δ and `scale · δ (|r| − δ/2)` beyond.
fn parabola<T: Real, B: Backend>(r: Tensor<T, B>, delta: f64, scale: f64) -> Result<Tensor<T, B>> {
    let distance = r.abs();
    let near = r.square() * T::from_f64(scale / 2.0);
    let far = (&distance - T::from_f64(delta / 2.0)) * T::from_f64(delta * scale);
    distance.try_lt(T::from_f64(delta))?.try_where_cond(near, far)
}

functions! {
    /// The absolute error |x − y|. Its gradient where x = y is 0.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::functional::{Reduction, l1_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
    /// assert_eq!(l1_loss(&x, &Tensor::new([1.0, 4.0]), Reduction::None).to_vec(), [0.0, 2.0]);
    /// ```
    fn l1_loss | try_l1_loss (x: &Tensor<T, B>, y: impl Operand<T, B>, reduction: Reduction) -> Tensor<T, B> {
        let y = y.into_tensor();
        same_shape("l1_loss", x, &y)?;
        reduction.of((x - y).abs())
    }

    /// The squared error (x − y)². Its mean is [`mse`](tensor_core::mse).
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::functional::{Reduction, mse_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
    /// assert_eq!(mse_loss(&x, &Tensor::new([1.0, 4.0]), Reduction::Sum).item(), 4.0);
    /// ```
    fn mse_loss | try_mse_loss (x: &Tensor<T, B>, y: impl Operand<T, B>, reduction: Reduction) -> Tensor<T, B> {
        if reduction == Reduction::Mean {
            return tensor_core::try_mse(x, y);
        }
        let y = y.into_tensor();
        same_shape("mse_loss", x, &y)?;
        reduction.of((x - y).square())
    }

    /// With r = x − y, r²/2β where |r| < β and |r| − β/2 beyond; for β = 0 the absolute error. The gradient at
    /// r = 0 is 0.
    ///
    /// # Panics
    /// If the shapes differ, or β is negative.
    ///
    /// ```
    /// use nn::functional::{SmoothL1, smooth_l1_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
    /// assert_eq!(smooth_l1_loss(&x, &Tensor::new([2.0, 10.0]), SmoothL1::default()).item(), (0.5 + 7.5) / 2.0);
    /// ```
    fn smooth_l1_loss | try_smooth_l1_loss (x: &Tensor<T, B>, y: impl Operand<T, B>, options: SmoothL1) -> Tensor<T, B> {
        let SmoothL1 { beta, reduction } = options;
        let y = y.into_tensor();
        same_shape("smooth_l1_loss", x, &y)?;
        if beta.is_nan() || beta < 0.0 {
            return Err(Error::value("smooth_l1_loss", format!("beta is {beta}; it must be a number ≥ 0")));
        }
        let r = x - y;
        reduction.of(if beta == 0.0 { r.abs() } else { parabola(r, beta, 1.0 / beta)? })
    }

    /// Huber's function of r = x − y: r²/2 where |r| ≤ δ, and δ (|r| − δ/2) beyond, so that outliers pull no harder than δ
    /// ([Huber 1964](https://doi.org/10.1214/aoms/1177703732)).
    ///
    /// # Panics
    /// If the shapes differ, or δ is not above 0.
    ///
    /// ```
    /// use nn::functional::{Huber, huber_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
    /// let loss = huber_loss(&x, &Tensor::new([2.0, 10.0]), Huber { delta: 2.0, ..Huber::default() });
    /// assert_eq!(loss.item(), (0.5 + 14.0) / 2.0);
    /// ```
    fn huber_loss | try_huber_loss (x: &Tensor<T, B>, y: impl Operand<T, B>, options: Huber) -> Tensor<T, B> {
        let Huber { delta, reduction } = options;
        let y = y.into_tensor();
        same_shape("huber_loss", x, &y)?;
        if !(delta.is_finite() && delta > 0.0) {
            return Err(Error::value("huber_loss", format!("delta is {delta}; it must be a number > 0")));
        }
        reduction.of(parabola(x - y, delta, 1.0)?)
    }

    /// The parts of Kullback and Leibler's divergence of a distribution y from one whose logarithms are x:
    /// y · (ln y − x), and 0 where y = 0.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::functional::{KlDiv, Reduction, kl_div};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f64, Serial>::new([[0.5, 0.5]]).ln(), Tensor::new([[1.0, 0.0]]));
    /// let options = KlDiv { reduction: Reduction::BatchMean, ..KlDiv::default() };
    /// assert!((kl_div(&x, &y, options).item() - 2f64.ln()).abs() < 1e-15);
    /// ```
    fn kl_div | try_kl_div (x: &Tensor<T, B>, y: impl Operand<T, B>, options: KlDiv) -> Tensor<T, B> {
        let KlDiv { log_target, reduction } = options;
        let y = y.into_tensor();
        same_shape("kl_div", x, &y)?;
        if log_target {
            return reduction.of(y.exp() * (y - x));
        }
        // 1 stands in for 0, whose logarithm is infinite.
        let logarithm = y.try_eq(T::zero())?.try_where_cond(T::one(), &y)?.ln();
        reduction.of(&y * logarithm - &y * x)
    }

    /// Minus the logarithm of Poisson's probability of y at the rate eˣ, up to a term of y alone: eˣ − y x; or, if x is the
    /// rate itself, x − y ln(x + eps).
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::functional::{PoissonNll, poisson_nll_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([0.0]);
    /// assert_eq!(poisson_nll_loss(&x, &Tensor::new([3.0]), PoissonNll::default()).item(), 1.0);
    /// ```
    fn poisson_nll_loss | try_poisson_nll_loss (x: &Tensor<T, B>, y: impl Operand<T, B>, options: PoissonNll) -> Tensor<T, B> {
        let PoissonNll { log_input, full, eps, reduction } = options;
        let y = y.into_tensor();
        same_shape("poisson_nll_loss", x, &y)?;
        let mut losses = if log_input { x.exp() - &y * x } else { x - &y * (x + T::from_f64(eps)).ln() };
        if full {
            let small = y.try_le(T::one())?;
            let y = small.try_where_cond(T::one(), y)?;
            let stirling = &y * y.ln() - &y + (y * T::from_f64(2.0 * PI)).ln() * T::from_f64(0.5);
            losses += small.try_where_cond(T::zero(), stirling)?;
        }
        reduction.of(losses)
    }

    /// Minus the logarithm of the normal density of y at mean x and variance v, without its constant:
    /// ½ (ln v + (x − y)²/v). The variance has the shape of x and y, or of all but their last axis, or a last axis of 1. In its
    /// gradient, that it is at least `eps` does not count.
    ///
    /// # Panics
    /// If the shapes of x and y differ, that of the variance is none of these, or a variance is negative.
    ///
    /// ```
    /// use nn::functional::{GaussianNll, gaussian_nll_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f64, Serial>::new([1.0, 2.0]), Tensor::new([3.0, 2.0]));
    /// assert_eq!(gaussian_nll_loss(&x, &y, &Tensor::ones([2]), GaussianNll::default()).item(), 1.0);
    /// ```
    fn gaussian_nll_loss | try_gaussian_nll_loss (
        x: &Tensor<T, B>, y: impl Operand<T, B>, variance: &Tensor<T, B>, options: GaussianNll,
    ) -> Tensor<T, B> {
        const LOSS: &str = "gaussian_nll_loss";
        let GaussianNll { full, eps, reduction } = options;
        let y = y.into_tensor();
        same_shape(LOSS, x, &y)?;
        let lead = x.shape().split_last().map(|(_, lead)| lead);
        let variance = match variance.shape() {
            shape if shape == x.shape() => variance.clone(),
            shape if Some(shape) == lead => variance.try_unsqueeze(-1)?.into_tensor(),
            [shape @ .., 1] if Some(shape) == lead => variance.clone(),
            _ => {
                let hint = "the variance (right) must have the shape of the means (left), or all but the last axis of it";
                return Err(Error::shape(LOSS, &[x.layout().shape(), variance.layout().shape()], hint));
            }
        };
        if variance.try_lt(T::zero())?.any() {
            return Err(Error::value(LOSS, "a variance is negative"));
        }
        let missing = (-variance.detach() + T::from_f64(eps)).relu();
        let variance = variance.try_add(missing)?;
        let losses = (variance.ln() + (x - y).square() / variance) * T::from_f64(0.5);
        reduction.of(if full { losses + T::from_f64(0.5 * (2.0 * PI).ln()) } else { losses })
    }
}
