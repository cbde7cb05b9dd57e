//! The short forms of the commonest losses: the mean over all elements, and nothing to choose. See [`functional`] for what
//! can be chosen.

use crate::functional::{self, BinaryCrossEntropyWithLogits, CrossEntropy, Huber, Nll, Reduction, functions};
use tensor_core::{Operand, Tensor};

functions! {
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
    fn l1 | try_l1 (x: &Tensor<T, B>, y: impl Operand<T, B>) -> Tensor<T, B> {
        functional::try_l1_loss(x, y, Reduction::Mean)
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
    fn huber | try_huber (x: &Tensor<T, B>, y: impl Operand<T, B>, delta: f64) -> Tensor<T, B> {
        functional::try_huber_loss(x, y, Huber { delta, ..Huber::default() })
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
    fn cross_entropy | try_cross_entropy (logits: &Tensor<T, B>, classes: &Tensor<i64, B>) -> Tensor<T, B> {
        functional::try_cross_entropy(logits, classes, CrossEntropy::default())
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
    fn nll | try_nll (log_probabilities: &Tensor<T, B>, classes: &Tensor<i64, B>) -> Tensor<T, B> {
        functional::try_nll_loss(log_probabilities, classes, Nll::default())
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
        logits: &Tensor<T, B>, targets: impl Operand<T, B>
    ) -> Tensor<T, B> {
        functional::try_binary_cross_entropy_with_logits(logits, targets, BinaryCrossEntropyWithLogits::default())
    }
}
