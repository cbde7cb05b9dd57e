//! Fitted curves: one problem with its residuals, or many small charts.

use std::path::Path;

use plotters::prelude::*;

use super::{
    axes::{Axis, chart},
    canvas::{Area, BLUE, Drawn, FAINT, ORANGE, px, save_png},
};

/// What is seen of a fit.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) x_name: String,
    pub(crate) y_name: String,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) curve: Vec<(f64, f64)>,
    /// What was observed less what the model says, for each point.
    pub(crate) residuals: Vec<f64>,
}

/// The points with the curve and, at the right, the residuals.
pub(crate) fn fit_plot(path: &Path, panel: &Panel) -> Drawn {
    save_png(path, (1060, 440), |area| {
        let (left, right) = area.split_horizontally(px(560));
        curve(&left, panel, 3)?;
        let points: Vec<(f64, f64)> = panel.points.iter().map(|(x, _)| *x).zip(panel.residuals.clone()).collect();
        let x = Axis::linear(&panel.x_name, panel.points.iter().chain(&panel.curve).map(|(x, _)| *x));
        let far = panel.residuals.iter().fold(0.0f64, |far, residual| far.max(residual.abs()));
        let y = Axis::linear("observed − model", [-far, far]);
        let ends =
            panel.points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (x, _)| (a.min(*x), b.max(*x)));
        let mut chart = chart(&right, "Residuals", x, y)?;
        chart.draw_series([PathElement::new([(ends.0, 0.0), (ends.1, 0.0)], FAINT.stroke_width(px(2)))])?;
        chart.draw_series(points.iter().map(|&point| Circle::new(point, px(3), BLUE.mix(0.6).filled())))?;
        Ok(())
    })
}

/// A chart for each fit, as many as there are.
pub(crate) fn fit_sheet(path: &Path, panels: &[Panel]) -> Drawn {
    let columns = panels.len().clamp(1, if panels.len() > 9 { 5 } else { 3 });
    let rows = panels.len().div_ceil(columns);
    save_png(path, (360 * columns as u32, 280 * rows as u32), |area| {
        let places = area.split_evenly((rows, columns));
        places.iter().zip(panels).try_for_each(|(place, panel)| curve(place, panel, 2))
    })
}

fn curve(area: &Area<'_>, panel: &Panel, size: u32) -> Drawn {
    let both = || panel.points.iter().chain(&panel.curve);
    let x = Axis::linear(&panel.x_name, both().map(|(x, _)| *x));
    let y = Axis::linear(&panel.y_name, both().map(|(_, y)| *y));
    let mut chart = chart(area, &panel.title, x, y)?;
    chart.draw_series(panel.points.iter().map(|&point| Circle::new(point, px(size), BLUE.mix(0.6).filled())))?;
    // Piece by piece: in one path, sharp turns would grow long spikes.
    chart.draw_series(panel.curve.windows(2).map(|ends| PathElement::new(ends, ORANGE.stroke_width(px(2)))))?;
    Ok(())
}
