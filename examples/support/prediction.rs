//! How good a fit is, at a glance: the predictions against the truth, and beside it the way the loss went.

use std::path::Path;

use plotters::prelude::*;

use super::{
    axes::{Axis, chart},
    canvas::{BLUE, Drawn, FAINT, px, save_png},
    losses::{Run, loss_curves},
};

/// Left, a point for each row, on the grey line where the prediction is the truth; right, the loss of the run.
pub(crate) fn prediction_plot(
    path: &Path,
    target: &str,
    title: &str,
    truth: &[f64],
    predicted: &[f64],
    run: Run,
) -> Drawn {
    save_png(path, (1060, 460), |area| {
        let (left, right) = area.split_horizontally(px(480));
        let both = || truth.iter().chain(predicted).copied();
        let x_name = format!("{target} in the data");
        let y_name = format!("{target} predicted");
        let (x, y) = (Axis::linear(&x_name, both()), Axis::linear(&y_name, both()));
        let mut chart = chart(&left, title, x, y)?;
        let (low, high) = both().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        chart.draw_series([PathElement::new([(low, low), (high, high)], FAINT.stroke_width(px(2)))])?;
        let point = |(&truth, &predicted)| Circle::new((truth, predicted), px(4), BLUE.mix(0.6).filled());
        chart.draw_series(truth.iter().zip(predicted).map(point))?;
        loss_curves(&right, "training", "epoch", &[run])
    })
}
