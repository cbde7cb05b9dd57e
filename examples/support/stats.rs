//! What a fitted model is judged by, and the scales it was fitted in.

use gradus::f64::*;

/// Mean and standard deviation along the first axis: of each column of a matrix, or of a vector. A column that never
/// changes has the deviation 1, so that it can be divided by.
pub(crate) struct Scale {
    pub(crate) mean: Tensor,
    pub(crate) deviation: Tensor,
}

impl Scale {
    /// Changes nothing.
    pub(crate) fn raw() -> Scale {
        Scale { mean: tensor(0.0), deviation: tensor(1.0) }
    }

    /// The scale in which each column of `data` has mean 0 and standard deviation 1.
    pub(crate) fn of(data: &Tensor) -> Scale {
        let rough = data.mean_axes(0);
        // A second pass takes out what rounding left of the first: 14 digits of the mean are not enough below.
        let mean = &rough + (data - &rough).mean_axes(0);
        let deviation = (data - &mean).square().mean_axes(0).sqrt();
        let deviation = deviation.gt(0.0).where_cond(&deviation, 1.0);
        Scale { mean, deviation }
    }

    pub(crate) fn apply(&self, data: &Tensor) -> Tensor {
        (data - &self.mean) / &self.deviation
    }
}

/// Intercept and coefficients of standardised data, as those of the data itself.
///
/// From `(y − ȳ)/s = w₀ + Σ wⱼ (xⱼ − x̄ⱼ)/sⱼ` follow `bⱼ = wⱼ s/sⱼ` and `b₀ = ȳ + w₀ s − Σ bⱼ x̄ⱼ`.
pub(crate) fn unscale(intercept: &Tensor, weights: &Tensor, x: &Scale, y: &Scale) -> (Tensor, Tensor) {
    let raw = weights * &y.deviation / &x.deviation;
    let shift = (&raw * &x.mean).sum();
    (&y.mean + intercept * &y.deviation - shift, raw)
}

/// R², the share of the variance that is explained, `1 − Σ(y − ŷ)² / Σ(y − ȳ)²`.
pub(crate) fn r_squared(truth: &Tensor, predicted: &Tensor) -> f64 {
    let mean = Scale::of(truth).mean;
    1.0 - residual_sum(truth, predicted) / (truth - mean).square().sum().item()
}

/// The residual standard deviation, `√(Σ(y − ŷ)² / (n − parameters))`; none without a degree of freedom.
pub(crate) fn residual_deviation(truth: &Tensor, predicted: &Tensor, parameters: usize) -> Option<f64> {
    let freedom = truth.numel().checked_sub(parameters).filter(|&freedom| freedom > 0)?;
    Some((residual_sum(truth, predicted) / freedom as f64).sqrt())
}

fn residual_sum(truth: &Tensor, predicted: &Tensor) -> f64 {
    (truth - predicted).square().sum().item()
}
