//! Losses of classes.

use super::super::line_of;
use super::{Reduction, same_shape, weighted};
use tensor_core::{Backend, Error, Real, Result, Tensor};

/// What [`cross_entropy`] compares with.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a, T: Real, B: Backend> {
    /// The right class of each place, from 0 on.
    Classes(&'a Tensor<i64, B>),
    /// A probability for each class.
    Probabilities(&'a Tensor<T, B>),
}

impl<'a, T: Real, B: Backend> From<&'a Tensor<i64, B>> for Target<'a, T, B> {
    fn from(classes: &'a Tensor<i64, B>) -> Self {
        Target::Classes(classes)
    }
}

impl<'a, B: Backend> From<&'a Tensor<f32, B>> for Target<'a, f32, B> {
    fn from(probabilities: &'a Tensor<f32, B>) -> Self {
        Target::Probabilities(probabilities)
    }
}

impl<'a, B: Backend> From<&'a Tensor<f64, B>> for Target<'a, f64, B> {
    fn from(probabilities: &'a Tensor<f64, B>) -> Self {
        Target::Probabilities(probabilities)
    }
}

options! {
    /// How [`cross_entropy`] is done.
    struct CrossEntropy ['a, T: Real, B: Backend] ['a, T, B] {
        /// What the loss of each class is multiplied by.
        weight: Option<&'a Tensor<T, B>> = None,
        /// Where this is the class, nothing counts.
        ignore_index: i64 = -100,
        /// How much of the target is spread evenly over all classes.
        label_smoothing: f64 = 0.0,
        /// What becomes of the losses; the mean is weighted by the weights of the right classes.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`nll_loss`] is done.
    struct Nll ['a, T: Real, B: Backend] ['a, T, B] {
        /// What the loss of each class is multiplied by.
        weight: Option<&'a Tensor<T, B>> = None,
        /// Where this is the class, nothing counts.
        ignore_index: i64 = -100,
        /// What becomes of the losses; the mean is weighted by the weights of the right classes.
        reduction: Reduction = Reduction::Mean,
    }

    /// How [`multi_margin_loss`] is done.
    struct MultiMargin ['a, T: Real, B: Backend] ['a, T, B] {
        /// The power of what is missing to the margin: 1 or 2.
        p: i32 = 1,
        /// How much larger the score of the right class should be than each other.
        margin: f64 = 1.0,
        /// What the loss of each class is multiplied by.
        weight: Option<&'a Tensor<T, B>> = None,
        /// What becomes of the losses of all rows.
        reduction: Reduction = Reduction::Mean,
    }
}

/// The axis of the classes: the second, or the only one of a vector.
fn class_axis<T: Real, B: Backend>(loss: &'static str, scores: &Tensor<T, B>) -> Result<usize> {
    match scores.rank() {
        0 => Err(Error::shape(loss, &[scores.layout().shape()], "a single number has no axis of classes")),
        rank => Ok(1.min(rank - 1)),
    }
}

/// One weight for each of `classes` classes.
fn check_weight<T: Real, B: Backend>(loss: &'static str, weight: Option<&Tensor<T, B>>, classes: usize) -> Result<()> {
    match weight {
        Some(weight) if weight.shape() != [classes] => {
            let hint = format!("there must be one weight for each of the {classes} classes");
            Err(Error::shape(loss, &[weight.layout().shape()], hint))
        }
        _ => Ok(()),
    }
}

/// The right classes, checked against scores.
struct Picks<T: Real, B: Backend> {
    axis: usize,
    /// As an index into the scores: the axis of classes has size 1, and 0 stands for a class that is ignored.
    index: Tensor<i64, B>,
    /// Where the class is ignored, if that is anywhere.
    ignored: Option<Tensor<bool, B>>,
    /// The weight of each right class, 0 where it is ignored; without it all are 1.
    weight: Option<Tensor<T, B>>,
    /// The sum of the weights.
    total: Tensor<T, B>,
}

impl<T: Real, B: Backend> Picks<T, B> {
    fn new(
        loss: &'static str,
        scores: &Tensor<T, B>,
        classes: &Tensor<i64, B>,
        weight: Option<&Tensor<T, B>>,
        ignore_index: i64,
    ) -> Result<Self> {
        let axis = class_axis(loss, scores)?;
        let count = scores.shape()[axis];
        let mut places = scores.shape().to_vec();
        places.remove(axis);
        if classes.shape() != places {
            let hint = "for scores [n, classes, …] the right classes must be [n, …], one index for each row";
            return Err(Error::shape(loss, &[scores.layout().shape(), classes.layout().shape()], hint));
        }
        check_weight(loss, weight, count)?;
        let mut any_ignored = false;
        for (row, class) in classes.to_vec().into_iter().enumerate() {
            if class == ignore_index {
                any_ignored = true;
            } else if !(0..count as i64).contains(&class) {
                let last = count as i64 - 1;
                let message = format!("row {row} is said to be of class {class}, but the classes are 0 to {last}");
                return Err(Error::value(loss, message));
            }
        }
        let ignored = if any_ignored { Some(classes.try_eq(ignore_index)?) } else { None };
        let index = match &ignored {
            Some(ignored) => ignored.try_where_cond(0, classes)?,
            None => classes.clone(),
        };
        let mut weight = match weight {
            Some(weight) => Some(weight.try_index_select(0, &index)?),
            None => None,
        };
        if let (Some(weight), Some(ignored)) = (&mut weight, &ignored) {
            *weight = ignored.try_where_cond(T::zero(), &*weight)?;
        }
        let total = match (&weight, &ignored) {
            (Some(weight), _) => weight.try_sum()?,
            (None, Some(ignored)) => Tensor::try_full([], T::from_f64((ignored.numel() - ignored.count()) as f64))?,
            (None, None) => Tensor::try_full([], T::from_f64(classes.numel() as f64))?,
        };
        Ok(Picks { axis, index: index.try_unsqueeze(axis)?.into_tensor(), ignored, weight, total })
    }

    /// Losses, one for each right class, with 0 where it is ignored.
    fn without_ignored(&self, losses: Tensor<T, B>) -> Result<Tensor<T, B>> {
        match &self.ignored {
            Some(ignored) => ignored.try_where_cond(T::zero(), losses),
            None => Ok(losses),
        }
    }

    /// Minus the scores of the right classes, times their weights.
    fn picked(&self, scores: &Tensor<T, B>) -> Result<Tensor<T, B>> {
        let losses = -scores.try_gather(self.axis, &self.index)?.try_squeeze(self.axis)?;
        let losses = self.without_ignored(losses)?;
        match &self.weight {
            Some(weight) => losses.try_mul(weight),
            None => Ok(losses),
        }
    }

    /// The mean is that of what counts, by its weights.
    fn reduced(&self, losses: Tensor<T, B>, reduction: Reduction) -> Result<Tensor<T, B>> {
        match reduction {
            Reduction::Mean if self.weight.is_some() || self.ignored.is_some() => {
                losses.try_sum()?.try_div(&self.total)
            }
            _ => reduction.of(losses),
        }
    }
}

functions! {
    /// The cross-entropy of classes given as logits: `−ln softmax(x)[class]`, or `−Σ y ln softmax(x)` where the target is a
    /// probability y for each class.
    ///
    /// `logits` are `[n, classes, …]`, any numbers, or `[classes]`; classes are `[n, …]`, or a single number; probabilities
    /// have the shape of the logits. The mean is that over all places, weighted by the weights of the right classes; where
    /// the target is probabilities, it is not weighted.
    ///
    /// # Panics
    /// If the shapes are not these, there is no such class, or the smoothing is not from 0 to 1.
    ///
    /// ```
    /// use nn::functional::{CrossEntropy, cross_entropy};
    /// use tensor_core::{Serial, Tensor};
    /// let logits = Tensor::<f64, Serial>::new([[0.0, 0.0], [-1000.0, 1000.0]]);
    /// let classes = Tensor::<i64, Serial>::new([0, 1]);
    /// assert!((cross_entropy(&logits, &classes, CrossEntropy::default()).item() - 2f64.ln() / 2.0).abs() < 1e-15);
    ///
    /// let probabilities = Tensor::<f64, Serial>::new([[0.5, 0.5], [0.0, 1.0]]);
    /// let smoothed = CrossEntropy { label_smoothing: 0.1, ..CrossEntropy::default() };
    /// let loss = cross_entropy(&logits, &probabilities, smoothed).item();
    /// assert!((loss - (2f64.ln() + 0.05 * 2000.0) / 2.0).abs() < 1e-12);
    /// ```
    fn cross_entropy | try_cross_entropy ['a] (
        logits: &Tensor<T, B>, target: impl Into<Target<'a, T, B>>, options: CrossEntropy<'_, T, B>,
    ) -> Tensor<T, B> {
        const LOSS: &str = "cross_entropy";
        let CrossEntropy { weight, ignore_index, label_smoothing, reduction } = options;
        if !(0.0..=1.0).contains(&label_smoothing) {
            return Err(Error::value(LOSS, format!("label_smoothing is {label_smoothing}; it must be from 0 to 1")));
        }
        let axis = class_axis(LOSS, logits)?;
        let count = logits.shape()[axis];
        check_weight(LOSS, weight, count)?;
        let (kept, spread) = (T::from_f64(1.0 - label_smoothing), T::from_f64(label_smoothing / count as f64));
        // Σ over the classes of minus the logarithms, with their weights.
        let over_classes = |losses: Tensor<T, B>| -> Result<Tensor<T, B>> {
            let losses = match weight {
                Some(weight) => losses.try_mul(weight.try_reshape(line_of(axis, logits.rank()))?)?,
                None => losses,
            };
            Ok(-losses.try_sum_axes(axis)?)
        };
        match target.into() {
            Target::Classes(classes) => {
                let picks = Picks::new(LOSS, logits, classes, weight, ignore_index)?;
                let logarithms = logits.try_log_softmax(axis)?;
                let right = picks.reduced(picks.picked(&logarithms)?, reduction)?;
                if label_smoothing == 0.0 {
                    return Ok(right);
                }
                let all = picks.reduced(picks.without_ignored(over_classes(logarithms)?)?, reduction)?;
                Ok(right * kept + all * spread)
            }
            Target::Probabilities(y) => {
                same_shape(LOSS, logits, y)?;
                let logarithms = logits.try_log_softmax(axis)?;
                let losses = if label_smoothing == 0.0 { logarithms * y } else { logarithms * (y * kept + spread) };
                reduction.of(over_classes(losses)?)
            }
        }
    }

    /// The negative log-likelihood: −`scores[class]`, the scores being logarithms of probabilities, `[n, classes, …]` or
    /// `[classes]`, and the classes `[n, …]` or a single number.
    ///
    /// # Panics
    /// If the shapes are not these, or there is no such class.
    ///
    /// ```
    /// use nn::functional::{Nll, nll_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let scores = Tensor::<f64, Serial>::new([[0.25, 0.75], [0.5, 0.5]]).ln();
    /// let loss = nll_loss(&scores, &Tensor::new([1, -1]), Nll { ignore_index: -1, ..Nll::default() });
    /// assert_eq!(loss.item(), -0.75f64.ln());
    /// ```
    fn nll_loss | try_nll_loss (
        scores: &Tensor<T, B>, classes: &Tensor<i64, B>, options: Nll<'_, T, B>,
    ) -> Tensor<T, B> {
        let Nll { weight, ignore_index, reduction } = options;
        let picks = Picks::new("nll_loss", scores, classes, weight, ignore_index)?;
        picks.reduced(picks.picked(scores)?, reduction)
    }

    /// `Σ max(0, margin − x[class] + x[i])ᵖ / classes` over all i but the right class, times the weight of the right class
    /// (on the margin the gradient is 0);
    /// scores `[n, classes]` and classes `[n]`, or `[classes]` and a single number.
    ///
    /// # Panics
    /// If the shapes are not these, there is no such class, or p is neither 1 nor 2.
    ///
    /// ```
    /// use nn::functional::{MultiMargin, multi_margin_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let scores = Tensor::<f64, Serial>::new([[1.0, 0.5, -3.0]]);
    /// assert_eq!(multi_margin_loss(&scores, &Tensor::new([0]), MultiMargin::default()).item(), 0.5 / 3.0);
    /// ```
    fn multi_margin_loss | try_multi_margin_loss (
        scores: &Tensor<T, B>, classes: &Tensor<i64, B>, options: MultiMargin<'_, T, B>,
    ) -> Tensor<T, B> {
        const LOSS: &str = "multi_margin_loss";
        let MultiMargin { p, margin, weight, reduction } = options;
        if p != 1 && p != 2 {
            return Err(Error::value(LOSS, format!("p is {p}; it must be 1 or 2")));
        }
        if scores.rank() > 2 {
            return Err(Error::shape(LOSS, &[scores.layout().shape()], "the scores must be [n, classes] or [classes]"));
        }
        // No class is ignored: this is none.
        let picks = Picks::new(LOSS, scores, classes, weight, i64::MIN)?;
        let count = scores.shape()[picks.axis];
        let right = scores.try_gather(picks.axis, &picks.index)?;
        let missing = (scores.try_sub(right)? + T::from_f64(margin)).clamp_min(T::zero());
        let missing = if p == 2 { missing.square() } else { missing };
        let numbers = Tensor::<i64, B>::try_arange(0, count as i64, 1)?;
        let others = picks.index.try_eq(numbers)?.try_where_cond(T::zero(), missing)?;
        let losses = others.try_sum_axes(picks.axis)? / T::from_f64(count as f64);
        reduction.of(weighted(LOSS, losses, picks.weight.as_ref())?)
    }

    /// `Σ max(0, 1 − x[j] + x[i]) / classes` over all right classes j and all others i (on the margin the gradient is 0); scores `[n, classes]`, and as many
    /// `classes`, the right ones first and −1 behind them. Without the batch `[classes]`.
    ///
    /// # Panics
    /// If the shapes differ or have another rank, or there is no such class.
    ///
    /// ```
    /// use nn::functional::{Reduction, multilabel_margin_loss};
    /// use tensor_core::{Serial, Tensor};
    /// let scores = Tensor::<f64, Serial>::new([[0.5, 1.0, 0.25]]);
    /// let loss = multilabel_margin_loss(&scores, &Tensor::new([[0, 1, -1]]), Reduction::Mean);
    /// assert_eq!(loss.item(), (0.75 + 0.25) / 3.0);
    /// ```
    fn multilabel_margin_loss | try_multilabel_margin_loss (
        scores: &Tensor<T, B>, classes: &Tensor<i64, B>, reduction: Reduction,
    ) -> Tensor<T, B> {
        const LOSS: &str = "multilabel_margin_loss";
        let shapes = [scores.layout().shape(), classes.layout().shape()];
        if scores.shape() != classes.shape() || !(1..=2).contains(&scores.rank()) {
            return Err(Error::shape(LOSS, &shapes, "scores and classes must both be [n, classes] or [classes]"));
        }
        let count = scores.size(-1);
        let axis = scores.rank() - 1;
        // The right classes of each row: as they stand in the list, and as a mark on each class.
        let mut list = classes.to_vec();
        let mut listed = vec![false; list.len()];
        let mut marked = vec![false; list.len()];
        for (row, start) in (0..list.len()).step_by(count.max(1)).enumerate() {
            let end = list[start..start + count].iter().position(|&class| class < 0).unwrap_or(count);
            for place in start..start + count {
                if place >= start + end {
                    list[place] = 0;
                } else if list[place] >= count as i64 {
                    let message = format!("row {row} is said to be of class {}, but there are {count}", list[place]);
                    return Err(Error::value(LOSS, message));
                } else {
                    listed[place] = true;
                    marked[start + list[place] as usize] = true;
                }
            }
        }
        let shape = scores.shape();
        let right = scores.try_gather(axis, &Tensor::try_from_vec(list, shape)?)?;
        let counts = Tensor::<bool, B>::try_from_vec(listed, shape)?
            .try_unsqueeze(-1)?
            .try_and(Tensor::<bool, B>::try_from_vec(marked, shape)?.not().try_unsqueeze(-2)?)?;
        let missing = (scores.try_unsqueeze(-2)?.try_sub(right.try_unsqueeze(-1)?)? + T::one()).clamp_min(T::zero());
        let losses = counts.try_where_cond(missing, T::zero())?.try_sum_axes([-2, -1])?;
        reduction.of(losses / T::from_f64(count as f64))
    }
}
