//! Losses: how far predictions are from what they should be, a single number. None of them broadcasts.

use tensor_core::{Backend, Error, Operand, Real, Result, Tensor};

/// Makes the two forms of a loss: `name` panics at the caller's line with the error's message, `try_name` returns it. The
/// body is that of `try_name`.
macro_rules! losses {
    ($($(#[$doc:meta])* fn $name:ident | $try:ident ($($arg:ident: $ty:ty),*) $body:block)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<T: Real, B: Backend>($($arg: $ty),*) -> Tensor<T, B> {
            match $try($($arg),*) {
                Ok(loss) => loss,
                Err(error) => error.panic(),
            }
        }

        #[doc = concat!("[`", stringify!($name), "`], with the error returned instead of a panic.")]
        ///
        /// # Errors
        #[doc = concat!("Where `", stringify!($name), "` panics.")]
        pub fn $try<T: Real, B: Backend>($($arg: $ty),*) -> Result<Tensor<T, B>> $body
    )* };
}

/// Predictions and targets of one shape, which must be equal.
fn same_shape<T: Real, B: Backend>(loss: &'static str, x: &Tensor<T, B>, y: &Tensor<T, B>) -> Result<()> {
    if x.shape() == y.shape() {
        return Ok(());
    }
    let hint = "predictions and targets must have the same shape: a loss does not broadcast";
    Err(Error::shape(loss, &[x.layout().shape(), y.layout().shape()], hint))
}

losses! {
    /// The mean absolute error: the mean of |x − y|. Its gradient where x = y is 0.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::l1;
    /// use tensor_core::{Serial, Tensor};
    /// let y_hat = Tensor::<f32, Serial>::new([1.0, 2.0]);
    /// assert_eq!(l1(&y_hat, &Tensor::new([1.0, 4.0])).item(), 1.0);
    /// ```
    fn l1 | try_l1 (x: &Tensor<T, B>, y: impl Operand<T, B>) {
        let y = y.into_tensor();
        same_shape("l1", x, &y)?;
        Ok((x - y).abs().mean())
    }

    /// The mean of Huber's function of r = x − y: r²/2 where |r| ≤ δ, and δ (|r| − δ/2) beyond, so that outliers pull
    /// no harder than δ ([Huber 1964](https://doi.org/10.1214/aoms/1177703732)).
    ///
    /// # Panics
    /// If the shapes differ, or δ is not above 0.
    ///
    /// ```
    /// use nn::huber;
    /// use tensor_core::{Serial, Tensor};
    /// let y_hat = Tensor::<f32, Serial>::new([1.0, 2.0]);
    /// assert_eq!(huber(&y_hat, &Tensor::new([2.0, 10.0]), 2.0).item(), (0.5 + 14.0) / 2.0);
    /// ```
    fn huber | try_huber (x: &Tensor<T, B>, y: impl Operand<T, B>, delta: f64) {
        let y = y.into_tensor();
        same_shape("huber", x, &y)?;
        if !(delta.is_finite() && delta > 0.0) {
            return Err(Error::value("huber", format!("delta is {delta}; it must be a number > 0")));
        }
        // With c = min(|r|, δ) both branches are c (|r| − c/2).
        let distance = (x - y).abs();
        let near = distance.minimum(T::from_f64(delta));
        Ok((&near * (distance - &near * T::from_f64(0.5))).mean())
    }

    /// The cross-entropy of classes given as logits: the mean over rows of `−ln softmax(x)[class]`. `logits` is
    /// `[n, classes]`, any numbers; `classes` is `[n]`, the right class of each row, from 0 on.
    ///
    /// It is [`nll`] of [`log_softmax`](Tensor::log_softmax), exact however large the logits are.
    ///
    /// # Panics
    /// If the shapes are not these, or there is no such class.
    ///
    /// ```
    /// use nn::{cross_entropy, try_cross_entropy};
    /// use tensor_core::{Serial, Tensor};
    /// let logits = Tensor::<f64, Serial>::new([[0.0, 0.0], [-1000.0, 1000.0]]);
    /// let loss = cross_entropy(&logits, &Tensor::new([0, 1]));
    /// assert!((loss.item() - 2f64.ln() / 2.0).abs() < 1e-15);
    ///
    /// let error = try_cross_entropy(&logits, &Tensor::new([0, 2])).unwrap_err();
    /// assert_eq!(error.to_string(), "cross_entropy: row 1 is said to be of class 2, but the classes are 0 to 1");
    /// ```
    fn cross_entropy | try_cross_entropy (logits: &Tensor<T, B>, classes: &Tensor<i64, B>) {
        check_classes("cross_entropy", logits, classes)?;
        picked(&logits.try_log_softmax(1)?, classes)
    }

    /// The negative log-likelihood: the mean over rows of −`log_probabilities[row, class]`. `log_probabilities` is
    /// `[n, classes]`; `classes` is `[n]`, the right class of each row, from 0 on.
    ///
    /// # Panics
    /// If the shapes are not these, or there is no such class.
    ///
    /// ```
    /// use nn::nll;
    /// use tensor_core::{Serial, Tensor};
    /// let log_probabilities = Tensor::<f64, Serial>::new([[0.25, 0.75], [0.5, 0.5]]).ln();
    /// let loss = nll(&log_probabilities, &Tensor::new([1, 0]));
    /// assert!((loss.item() + (0.75f64.ln() + 0.5f64.ln()) / 2.0).abs() < 1e-15);
    /// ```
    fn nll | try_nll (log_probabilities: &Tensor<T, B>, classes: &Tensor<i64, B>) {
        check_classes("nll", log_probabilities, classes)?;
        picked(log_probabilities, classes)
    }

    /// The cross-entropy of yes or no given as logits: the mean of −y ln σ(x) − (1 − y) ln(1 − σ(x)), where σ is the
    /// logistic function. `logits` are any numbers, `targets` probabilities from 0 to 1, mostly one of the two.
    ///
    /// It is computed as y softplus(−x) + (1 − y) softplus(x), where nothing cancels: exact however large the logits.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use nn::binary_cross_entropy_with_logits as loss;
    /// use tensor_core::{Serial, Tensor};
    /// let logits = Tensor::<f64, Serial>::new([0.0, 1000.0, 1000.0]);
    /// assert_eq!(loss(&logits, &Tensor::new([1.0, 1.0, 0.0])).item(), (2f64.ln() + 0.0 + 1000.0) / 3.0);
    /// ```
    fn binary_cross_entropy_with_logits | try_binary_cross_entropy_with_logits (
        logits: &Tensor<T, B>,
        targets: impl Operand<T, B>
    ) {
        let targets = targets.into_tensor();
        same_shape("binary_cross_entropy_with_logits", logits, &targets)?;
        let yes = (-logits).softplus() * &targets;
        let no = logits.softplus() * (-targets + T::one());
        Ok((yes + no).mean())
    }
}

/// A row of scores for each class index, and each index one of a score.
fn check_classes<T: Real, B: Backend>(
    loss: &'static str,
    scores: &Tensor<T, B>,
    classes: &Tensor<i64, B>,
) -> Result<()> {
    let &[rows, columns] = scores.shape() else {
        return Err(Error::shape(loss, &[scores.layout().shape()], "the scores must be a matrix, [n, classes]"));
    };
    if classes.shape() != [rows] {
        let hint = "for scores [n, classes] the right classes must be a vector [n], one index for each row";
        return Err(Error::shape(loss, &[scores.layout().shape(), classes.layout().shape()], hint));
    }
    let wrong = |&(_, class): &(usize, i64)| !(0..columns as i64).contains(&class);
    match classes.to_vec().into_iter().enumerate().find(wrong) {
        Some((row, class)) => {
            let last = columns as i64 - 1;
            Err(Error::value(
                loss,
                format!("row {row} is said to be of class {class}, but the classes are 0 to {last}"),
            ))
        }
        None => Ok(()),
    }
}

/// The mean over rows of minus the score of the right class.
fn picked<T: Real, B: Backend>(scores: &Tensor<T, B>, classes: &Tensor<i64, B>) -> Result<Tensor<T, B>> {
    let index = classes.try_unsqueeze(1)?;
    Ok(-scores.try_gather(1, &index)?.try_mean()?)
}
