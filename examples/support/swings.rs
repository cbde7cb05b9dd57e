//! A recorded swing with two simulated ones, and the way the loss went.

use std::path::Path;

use plotters::prelude::*;

use super::{
    axes::{Axis, chart},
    canvas::{BLUE, Drawn, FAINT, ORANGE, px, save_png},
    losses::{Run, loss_curves},
};

/// Left, the record as points, the first guess in grey, the fit as a line; right, the loss of each stage.
pub(crate) fn swing_plot(
    path: &Path,
    title: &str,
    record: &[(f64, f64)],
    guess: &[(f64, f64)],
    fit: &[(f64, f64)],
    stages: &[Run],
) -> Drawn {
    save_png(path, (1240, 440), |area| {
        let (left, right) = area.split_horizontally(px(700));
        let all = || record.iter().chain(guess).chain(fit);
        let x = Axis::linear("time in seconds", all().map(|(t, _)| *t));
        let y = Axis::linear("angle in radians", all().map(|(_, angle)| *angle));
        let mut chart = chart(&left, title, x, y)?;
        for (line, color, width) in [(guess, FAINT, 1), (fit, ORANGE, 2)] {
            chart.draw_series(line.windows(2).map(|ends| PathElement::new(ends, color.stroke_width(px(width)))))?;
        }
        chart.draw_series(record.iter().map(|&point| Circle::new(point, px(3), BLUE.mix(0.6).filled())))?;
        loss_curves(&right, "Fitted in stages", "gradient", stages)
    })
}
