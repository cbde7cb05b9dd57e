//! The loss of sequences whose labels are not aligned with the inputs.

use super::super::{PadMode, try_pad};
use super::Reduction;
use tensor_core::{Backend, Error, Real, Result, Tensor};

options! {
    /// How [`ctc_loss`] is done.
    struct Ctc [] [] {
        /// The class that stands for no label.
        blank: usize = 0,
        /// Whether the loss of labels that do not fit into their input is 0, not ∞.
        zero_infinity: bool = false,
        /// What becomes of the losses of all sequences; for the mean each is first divided by the number of its labels.
        reduction: Reduction = Reduction::Mean,
    }
}

/// A logarithm that stands for probability 0: with it, unlike −∞, there is no ∞ − ∞, and what a step adds to it is lost.
const NEVER: f64 = -1e37;

/// The labels of all sequences, each with a blank before and behind it, in rows of one width.
struct Paths {
    width: usize,
    classes: Vec<i64>,
    /// Where the blank between two labels may be passed over: before a label that differs from the last one.
    skips: Vec<bool>,
}

impl Paths {
    fn new(sequences: &[&[i64]], blank: i64) -> Self {
        let width = 2 * sequences.iter().map(|labels| labels.len()).max().unwrap_or(0) + 1;
        let mut classes = vec![blank; sequences.len() * width];
        let mut skips = vec![false; classes.len()];
        for (row, labels) in sequences.iter().enumerate() {
            for (i, &label) in labels.iter().enumerate() {
                let place = row * width + 2 * i + 1;
                classes[place] = label;
                skips[place] = i > 0 && label != labels[i - 1];
            }
        }
        Paths { width, classes, skips }
    }
}

/// The labels of each sequence, checked.
fn sequences<'a, T: Real, B: Backend>(
    log_probabilities: &Tensor<T, B>,
    targets: &Tensor<i64, B>,
    labels: &'a [i64],
    lengths: [&[usize]; 2],
    blank: usize,
) -> Result<Vec<&'a [i64]>> {
    const LOSS: &str = "ctc_loss";
    let shapes = [log_probabilities.layout().shape(), targets.layout().shape()];
    let &[steps, batch, classes] = log_probabilities.shape() else { unreachable!("given a batch") };
    let [input_lengths, target_lengths] = lengths;
    if input_lengths.len() != batch || target_lengths.len() != batch {
        let (inputs, targets) = (input_lengths.len(), target_lengths.len());
        let message = format!("there are {inputs} lengths of inputs and {targets} of targets for {batch} sequences");
        return Err(Error::value(LOSS, message));
    }
    if blank >= classes {
        return Err(Error::value(LOSS, format!("the blank is class {blank}, but there are {classes}")));
    }
    if let Some(length) = input_lengths.iter().find(|&&length| length > steps) {
        return Err(Error::value(LOSS, format!("an input has length {length}, but there are {steps} steps")));
    }
    // Where each sequence begins, and how many labels there is room for.
    let (starts, room): (Vec<usize>, usize) = match *targets.shape() {
        [rows, width] if rows == batch => ((0..batch).map(|row| row * width).collect(), width),
        [all] if target_lengths.iter().try_fold(0usize, |sum, &length| sum.checked_add(length)) == Some(all) => {
            let start = |end: &mut usize, &length: &usize| {
                *end += length;
                Some(*end - length)
            };
            (target_lengths.iter().scan(0, start).collect(), all)
        }
        _ => {
            let hint = "the targets must be [n, labels], a row for each sequence, or a vector of all labels";
            return Err(Error::shape(LOSS, &shapes, hint));
        }
    };
    let mut all = Vec::with_capacity(batch);
    for (row, (&start, &length)) in starts.iter().zip(target_lengths).enumerate() {
        if length > room {
            return Err(Error::value(LOSS, format!("a target has length {length}, but there are {room} labels")));
        }
        let labels = &labels[start..start + length];
        let unknown = |&&label: &&i64| !(0..classes as i64).contains(&label) || label == blank as i64;
        if let Some(label) = labels.iter().find(unknown) {
            let message =
                format!("sequence {row} has label {label}; labels are 0 to {}, without {blank}", classes as i64 - 1);
            return Err(Error::value(LOSS, message));
        }
        all.push(labels);
    }
    Ok(all)
}

functions! {
    /// Connectionist temporal classification: minus the logarithm of the probability of the target's labels, summed over
    /// all ways to spread them over the steps of the input. A label may last several steps, and blanks may stand
    /// between labels, as they must between equal ones (A. Graves et al., "Connectionist temporal classification", 2006,
    /// equations 5 to 8, with logarithms in place of scaling).
    ///
    /// `log_probabilities` are `[steps, n, classes]`, logarithms as [`log_softmax`](Tensor::log_softmax) makes them, of
    /// which sequence i has `input_lengths[i]` steps; targets are `[n, labels]`, of which it has the first
    /// `target_lengths[i]`, or all labels of all sequences in one vector. The losses are `[n]`. Without the axis of the batch
    /// `[steps, classes]` and a vector of labels give a single number.
    ///
    /// If the labels do not fit into the steps the loss is ∞, or 0 with `zero_infinity`, and the gradient 0. The gradient is
    /// that in the logarithms as they are given, which need not be normalised. (PyTorch's is that in the logits before
    /// `log_softmax`; behind it both give the same.) It costs a few operations on `[n, 2·labels + 1]` for each step.
    ///
    /// # Panics
    /// If the shapes or the numbers of lengths do not fit, a length is more than there is, or a label is the blank or no
    /// class.
    ///
    /// ```
    /// use nn::functional::{Ctc, ctc_loss};
    /// use tensor_core::{Serial, Tensor};
    /// // Two steps, three classes of equal probability: label 1 is read from "1 1", "1 –" and "– 1".
    /// let even = Tensor::<f64, Serial>::full([2, 1, 3], (1.0 / 3.0f64).ln());
    /// let loss = ctc_loss(&even, &Tensor::new([[1]]), &[2], &[1], Ctc::default());
    /// assert!((loss.item() + (3.0 / 9.0f64).ln()).abs() < 1e-12);
    /// ```
    fn ctc_loss | try_ctc_loss (
        log_probabilities: &Tensor<T, B>, targets: &Tensor<i64, B>, input_lengths: &[usize], target_lengths: &[usize],
        options: Ctc,
    ) -> Tensor<T, B> {
        let Ctc { blank, zero_infinity, reduction } = options;
        let x = match log_probabilities.rank() {
            2 => log_probabilities.try_unsqueeze(1)?.into_tensor(),
            3 => log_probabilities.clone(),
            _ => {
                let hint = "must be [steps, n, classes] or [steps, classes]";
                return Err(Error::shape("ctc_loss", &[log_probabilities.layout().shape()], hint));
            }
        };
        let labels = targets.to_vec();
        let sequences = sequences(&x, targets, &labels, [input_lengths, target_lengths], blank)?;
        let (steps, batch) = (x.shape()[0], x.shape()[1]);
        let Paths { width, classes, skips } = Paths::new(&sequences, blank as i64);
        let never = T::from_f64(NEVER);

        // The logarithms of the classes on each path, [steps, n, width].
        let classes = Tensor::<i64, B>::try_from_vec(classes, [1, batch, width])?;
        let emitted = x.try_gather(2, &classes.try_expand([steps, batch, width])?.into_tensor())?;
        let skips = Tensor::<bool, B>::try_from_vec(skips, [batch, width])?;
        let behind = |alpha: &Tensor<T, B>, by: isize| try_pad(alpha, &[(by, -by)], PadMode::Constant(NEVER));
        // Of each way to read the input so far that ends at a place of the path, the sum; before the first step as if at the
        // first blank, from where the first label can be reached, too.
        let mut alpha = try_pad(&Tensor::zeros([batch, 1]), &[(0, width as isize - 1)], PadMode::Constant(NEVER))?;
        for step in 0..steps {
            let mut next = alpha.clone();
            if width > 1 {
                next = next.try_logaddexp(behind(&alpha, 1)?)?;
                next = next.try_logaddexp(skips.try_where_cond(behind(&alpha, 2)?, never)?)?;
            }
            next = next.try_add(emitted.try_index_axis(0, step as isize)?)?.try_clamp_min(never)?;
            let running: Vec<bool> = input_lengths.iter().map(|&length| step < length).collect();
            alpha = match running.iter().all(|&running| running) {
                true => next,
                false => Tensor::<bool, B>::try_from_vec(running, [batch, 1])?.try_where_cond(next, alpha)?,
            };
        }
        // A path is read when it ends at the last blank or, if there is one, the last label.
        let ends: Vec<i64> = target_lengths.iter().flat_map(|&n| [2 * n as i64, (2 * n as i64 - 1).max(0)]).collect();
        let ends = alpha.try_gather(1, &Tensor::try_from_vec(ends, [batch, 2])?)?;
        let labelled: Vec<bool> = target_lengths.iter().flat_map(|&n| [true, n > 0]).collect();
        let ends = Tensor::<bool, B>::try_from_vec(labelled, [batch, 2])?.try_where_cond(ends, never)?;
        let read = ends.try_index_axis(1, 0)?.try_logaddexp(ends.try_index_axis(1, 1)?)?;

        let impossible = if zero_infinity { T::zero() } else { T::infinity() };
        let losses = read.try_le(never / T::from_f64(2.0))?.try_where_cond(impossible, -read)?;
        let losses = match reduction {
            Reduction::Mean => {
                let counts: Vec<T> = target_lengths.iter().map(|&n| T::from_f64(n.max(1) as f64)).collect();
                losses.try_div(Tensor::try_from_vec(counts, [batch])?)?
            }
            Reduction::None | Reduction::Sum | Reduction::BatchMean => losses,
        };
        let unbatched = log_probabilities.rank() == 2 && reduction == Reduction::None;
        if unbatched { Ok(losses.try_squeeze(0)?.into_tensor()) } else { reduction.of(losses) }
    }
}
