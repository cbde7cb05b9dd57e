//! Losses of yes or no.

use super::{Reduction, same_shape, weighted};
use tensor_core::{Backend, Error, Operand, Real, Result, Tensor};

options! {
    /// How [`binary_cross_entropy`] is done.
    struct BinaryCrossEntropy ['a, T: Real, B: Backend] ['a, T, B] {
        /// What losses are multiplied by; broadcasts to them.
        weight: Option<&'a Tensor<T, B>> = None,
        /// What becomes of the losses of all elements.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`binary_cross_entropy_with_logits`] is done.
    struct BinaryCrossEntropyWithLogits ['a, T: Real, B: Backend] ['a, T, B] {
        /// What losses are multiplied by; broadcasts to them.
        weight: Option<&'a Tensor<T, B>> = None,
        /// What the loss of a yes is multiplied by; broadcasts to the losses.
        pos_weight: Option<&'a Tensor<T, B>> = None,
        /// What becomes of the losses of all elements.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`multilabel_soft_margin_loss`] is done.
    struct MultilabelSoftMargin ['a, T: Real, B: Backend] ['a, T, B] {
        /// What the loss of each class is multiplied by.
        weight: Option<&'a Tensor<T, B>> = None,
        /// What becomes of the losses of all rows.
        reduction: Reduction = Reduction::Mean,
    }
}

/// ln x, but at least −100.
fn bounded_ln<T: Real, B: Backend>(x: &Tensor<T, B>) -> Result<Tensor<T, B>> {
    let least = T::from_f64(-100.0);
    // 1 stands in for 0, whose logarithm has no derivative.
    let low = x.try_le(T::zero())?;
    let ln = low.try_where_cond(T::one(), x)?.ln();
    low.try_or(ln.try_lt(least)?)?.try_where_cond(least, ln)
}

/// −w y ln σ(x) − (1 − y) ln(1 − σ(x)), where nothing cancels.
fn logistic<T: Real, B: Backend>(
    loss: &'static str,
    logits: &Tensor<T, B>,
    targets: Tensor<T, B>,
    pos_weight: Option<&Tensor<T, B>>,
) -> Result<Tensor<T, B>> {
    let yes = weighted(loss, (-logits).softplus() * &targets, pos_weight)?;
    let no = logits.softplus() * (-targets + T::one());
    Ok(yes + no)
}

functions! {
    /// The cross-entropy of yes or no given as probabilities: −y ln x − (1 − y) ln(1 − x), each logarithm at least −100.
    ///
    /// [`binary_cross_entropy_with_logits`] is exact where this is not. The gradient in x is (x − y)/max(x (1 − x), 10⁻¹²), as
    /// PyTorch's: finite at 0 and 1, and not 0 where the prediction is wrong.
    ///
    /// # Panics
    /// If the shapes differ, the weight does not broadcast to them, or a prediction is not from 0 to 1.
    ///
    /// ```
    /// use nn::functional::{BinaryCrossEntropy, binary_cross_entropy};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([0.5, 0.0]);
    /// let loss = binary_cross_entropy(&x, &Tensor::new([1.0, 1.0]), BinaryCrossEntropy::default());
    /// assert_eq!(loss.item(), (2f64.ln() + 100.0) / 2.0);
    /// ```
    fn binary_cross_entropy | try_binary_cross_entropy (
        x: &Tensor<T, B>, y: impl Operand<T, B>, options: BinaryCrossEntropy<'_, T, B>,
    ) -> Tensor<T, B> {
        const LOSS: &str = "binary_cross_entropy";
        let BinaryCrossEntropy { weight, reduction } = options;
        let y = y.into_tensor();
        same_shape(LOSS, x, &y)?;
        if !x.try_ge(T::zero())?.try_and(x.try_le(T::one())?)?.all() {
            return Err(Error::value(LOSS, "a prediction is no probability from 0 to 1"));
        }
        let losses = |x: &Tensor<T, B>| -> Result<Tensor<T, B>> {
            let yes = bounded_ln(x)? * &y;
            let no = bounded_ln(&(-x + T::one()))? * (-&y + T::one());
            Ok(-(yes + no))
        };
        let least = T::from_f64(1e-12);
        let inside = (x * (-x + T::one())).try_ge(least)?;
        let losses = if inside.all() {
            losses(x)?
        } else {
            // Elsewhere the value is a constant in x, and the slope comes from a parabola whose own value is 0.
            let (constant, zero) = (x.detach(), x - x.detach());
            let slope = &zero * (&zero * T::from_f64(0.5) + (&constant - &y)) / least;
            losses(&inside.try_where_cond(x, &constant)?)? + inside.try_where_cond(T::zero(), slope)?
        };
        reduction.of(weighted(LOSS, losses, weight)?)
    }

    /// The cross-entropy of yes or no given as logits: −p y ln σ(x) − (1 − y) ln(1 − σ(x)), where σ is the logistic function and
    /// p the `pos_weight`. Logits are any numbers, targets probabilities from 0 to 1, mostly one of the two.
    ///
    /// It is computed as p y softplus(−x) + (1 − y) softplus(x), where nothing cancels: exact however large the logits.
    ///
    /// # Panics
    /// If the shapes differ, or a weight does not broadcast to them.
    ///
    /// ```
    /// use nn::functional::{BinaryCrossEntropyWithLogits, binary_cross_entropy_with_logits};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f64, Serial>::new([0.0, 1000.0]), Tensor::new([1.0, 0.0]));
    /// let weight = Tensor::new([2.0]);
    /// let options = BinaryCrossEntropyWithLogits { pos_weight: Some(&weight), ..BinaryCrossEntropyWithLogits::default() };
    /// assert_eq!(binary_cross_entropy_with_logits(&x, &y, options).item(), (2.0 * 2f64.ln() + 1000.0) / 2.0);
    /// ```
    fn binary_cross_entropy_with_logits | try_binary_cross_entropy_with_logits (
        x: &Tensor<T, B>, y: impl Operand<T, B>, options: BinaryCrossEntropyWithLogits<'_, T, B>,
    ) -> Tensor<T, B> {
        const LOSS: &str = "binary_cross_entropy_with_logits";
        let BinaryCrossEntropyWithLogits { weight, pos_weight, reduction } = options;
        let y = y.into_tensor();
        same_shape(LOSS, x, &y)?;
        reduction.of(weighted(LOSS, logistic(LOSS, x, y, pos_weight)?, weight)?)
    }

    /// The logistic loss of classes −1 and 1: ln(1 + e^(−y x)).
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::functional::{Reduction, soft_margin_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([0.0, 1000.0]);
    /// assert_eq!(soft_margin_loss(&x, &Tensor::new([1.0, -1.0]), Reduction::Sum).item(), 2f64.ln() + 1000.0);
    /// ```
    fn soft_margin_loss | try_soft_margin_loss (x: &Tensor<T, B>, y: impl Operand<T, B>, reduction: Reduction) -> Tensor<T, B> {
        let y = y.into_tensor();
        same_shape("soft_margin_loss", x, &y)?;
        reduction.of((-y * x).softplus())
    }

    /// The mean over classes, the last axis, of [`binary_cross_entropy_with_logits`]: `[…, classes]` → the losses of `[…]`.
    ///
    /// # Panics
    /// If the shapes differ or have no axis, or the weight does not broadcast to them.
    ///
    /// ```
    /// use nn::functional::{MultilabelSoftMargin, multilabel_soft_margin_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, y) = (Tensor::<f64, Serial>::zeros([2, 3]), Tensor::ones([2, 3]));
    /// assert_eq!(multilabel_soft_margin_loss(&x, &y, MultilabelSoftMargin::default()).item(), 2f64.ln());
    /// ```
    fn multilabel_soft_margin_loss | try_multilabel_soft_margin_loss (
        x: &Tensor<T, B>, y: impl Operand<T, B>, options: MultilabelSoftMargin<'_, T, B>,
    ) -> Tensor<T, B> {
        const LOSS: &str = "multilabel_soft_margin_loss";
        let MultilabelSoftMargin { weight, reduction } = options;
        let y = y.into_tensor();
        same_shape(LOSS, x, &y)?;
        reduction.of(weighted(LOSS, logistic(LOSS, x, y, None)?, weight)?.try_mean_axes(-1)?)
    }
}
