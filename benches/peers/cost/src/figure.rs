//! Curves of time against size, both logarithmic.

use crate::support::axes::{Axis, chart};
use crate::support::canvas::{Drawn, FAINT, INK, PALETTE, px, save_png, text};
use plotters::prelude::*;
use std::path::Path;

/// Sizes and seconds.
pub struct Curve {
    name: &'static str,
    points: Vec<(f64, f64)>,
    is_limit: bool,
}

impl Curve {
    pub fn measured(name: &'static str, points: impl Iterator<Item = (f64, f64)>) -> Self {
        Curve { name, points: points.collect(), is_limit: false }
    }

    /// What cannot be undercut.
    pub fn limit(name: &'static str, points: impl Iterator<Item = (f64, f64)>) -> Self {
        Curve { name, points: points.collect(), is_limit: true }
    }
}

/// Measured curves as points on lines, limits as broken lines, with a legend.
pub fn figure(path: &Path, title: &str, x_name: &str, curves: &[Curve]) -> Drawn {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        points().map(of).fold((f64::MAX, 0.0), |(low, high): (f64, f64), x| (low.min(x), high.max(x)))
    };
    let ((left, right), (_, high)) = (range(|p| p.0), range(|p| p.1));
    let low = curves.iter().filter(|curve| !curve.is_limit).flat_map(|curve| &curve.points).map(|p| p.1);
    let low = low.fold(f64::MAX, f64::min);
    let (x, y) = (Axis::logarithmic(x_name, left, right), Axis::logarithmic("microseconds", low * 0.5e6, high * 1.5e6));
    save_png(path, (640, 420), |area| {
        let mut chart = chart(area, title, x, y)?;
        for (i, curve) in curves.iter().enumerate() {
            let color = if curve.is_limit { FAINT } else { PALETTE[i % PALETTE.len()] };
            let places: Vec<_> = curve.points.iter().map(|&(x, y)| (x, y * 1e6)).collect();
            let shown = places.iter().copied().filter(|&(_, y)| y >= low * 0.5e6);
            if curve.is_limit {
                chart.draw_series(DashedLineSeries::new(shown, px(6), px(4), color.stroke_width(px(2))))?
            } else {
                chart.draw_series(shown.clone().map(|place| Circle::new(place, px(3), color.filled())))?;
                chart.draw_series(LineSeries::new(shown, color.stroke_width(px(2))))?
            };
            let (left, top) = (px(104) as i32, (px(60) + i as u32 * px(20)) as i32);
            area.draw(&Rectangle::new([(left, top), (left + px(16) as i32, top + px(3) as i32)], color.filled()))?;
            area.draw_text(curve.name, &text(14, INK), (left + px(22) as i32, top - px(8) as i32))?;
        }
        Ok(())
    })
}
