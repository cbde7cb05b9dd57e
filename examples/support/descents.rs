//! How a loss falls with the steps and with the time, for several methods, all axes logarithmic.

use std::path::Path;

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    axes::{Axis, chart},
    canvas::{Area, Drawn, INK, PALETTE, px, save_png, text},
};

/// A method, and after each of its steps (from 0 on): seconds since the start, and the loss.
pub(crate) struct Descent {
    pub(crate) name: String,
    pub(crate) losses: Vec<(f64, f64)>,
}

/// Two panels, the loss against steps and against time, and the names at the right.
pub(crate) fn descent_plot(path: &Path, title: &str, descents: &[Descent]) -> Drawn {
    save_png(path, (1240, 460), |area| {
        let (plots, key) = area.split_horizontally(px(1080));
        let (left, right) = plots.split_horizontally(px(540));
        let steps = |descent: &Descent| descent.losses.iter().enumerate().map(|(i, loss)| (i as f64, loss.1)).collect();
        panel(&left, title, "step", descents, steps)?;
        panel(&right, "", "milliseconds", descents, |descent| {
            descent.losses.iter().map(|(seconds, loss)| (1e3 * seconds, *loss)).collect()
        })?;
        let style = text(17, INK).pos(Pos::new(HPos::Left, VPos::Center));
        for (i, (descent, color)) in descents.iter().zip(PALETTE).enumerate() {
            let at = px(70 + 28 * i as u32) as i32;
            key.draw(&PathElement::new([(px(4) as i32, at), (px(24) as i32, at)], color.stroke_width(px(3))))?;
            key.draw_text(&descent.name, &style, (px(32) as i32, at))?;
        }
        Ok(())
    })
}

fn panel(
    area: &Area<'_>,
    title: &str,
    x_name: &str,
    descents: &[Descent],
    points: impl Fn(&Descent) -> Vec<(f64, f64)>,
) -> Drawn {
    // Below this there is nothing left but rounding.
    let floor = 1e-24;
    // A logarithmic axis has no place for the very start.
    let shown: Vec<Vec<(f64, f64)>> = descents
        .iter()
        .map(|descent| points(descent).into_iter().filter(|(x, y)| *x > 0.0 && *y >= floor).collect())
        .collect();
    let all = || shown.iter().flatten();
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MIN_POSITIVE, f64::max);
    let x = Axis::logarithmic(x_name, least(&mut all().map(|p| p.0)), most(&mut all().map(|p| p.0)) * 1.2);
    let y = Axis::logarithmic("loss", least(&mut all().map(|p| p.1)) / 3.0, most(&mut all().map(|p| p.1)) * 3.0);
    let mut chart = chart(area, title, x, y)?;
    for (points, color) in shown.iter().zip(PALETTE) {
        chart.draw_series(points.windows(2).map(|ends| PathElement::new(ends, color.stroke_width(px(2)))))?;
        chart.draw_series(points.last().map(|&end| Circle::new(end, px(4), color.filled())))?;
    }
    Ok(())
}
