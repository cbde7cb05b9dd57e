//! Losses: how far predictions are from what they should be.
//!
//! * of numbers: `regression.rs`; of probabilities and yes or no: `binary.rs`; of classes: `classes.rs`
//! * that ask for a margin: `margin.rs`; of sequences of labels: `ctc.rs`

mod binary;
mod classes;
mod ctc;
mod margin;
mod regression;

pub use binary::*;
pub use classes::*;
pub use ctc::*;
pub use margin::*;
pub use regression::*;

use tensor_core::{Backend, Error, Real, Result, Tensor};

/// What becomes of the losses of all elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// They stay as they are.
    None,
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// Their sum divided by the size of the first axis.
    BatchMean,
}

impl Reduction {
    fn of<T: Real, B: Backend>(self, losses: Tensor<T, B>) -> Result<Tensor<T, B>> {
        match self {
            Reduction::None => Ok(losses),
            Reduction::Mean => losses.try_mean(),
            Reduction::Sum => losses.try_sum(),
            Reduction::BatchMean => {
                let batch = losses.shape().first().map_or(1, |&batch| batch);
                Ok(losses.try_sum()? / T::from_f64(batch as f64))
            }
        }
    }
}

/// Predictions and targets of one shape, which must be equal.
fn same_shape<T: Real, B: Backend>(loss: &'static str, x: &Tensor<T, B>, y: &Tensor<T, B>) -> Result<()> {
    if x.shape() == y.shape() {
        return Ok(());
    }
    let hint = "predictions and targets must have the same shape: a loss does not broadcast";
    Err(Error::shape(loss, &[x.layout().shape(), y.layout().shape()], hint))
}

/// The losses times their weights, which broadcast to them.
fn weighted<T: Real, B: Backend>(
    loss: &'static str,
    losses: Tensor<T, B>,
    weight: Option<&Tensor<T, B>>,
) -> Result<Tensor<T, B>> {
    let Some(weight) = weight else { return Ok(losses) };
    if weight.try_expand(losses.shape()).is_err() {
        let shapes = [losses.layout().shape(), weight.layout().shape()];
        return Err(Error::shape(loss, &shapes, "the weight (right) must broadcast to the losses (left)"));
    }
    losses.try_mul(weight)
}
