//! Points with a line through them: before and after the fit, and as an animation of the line on its way.

use std::path::Path;

use plotters::prelude::*;

use super::{
    axes::{Axis, chart},
    canvas::{Area, BLUE, Drawn, ORANGE, paint, px, save_png},
    gif::save_gif,
};

/// `y = slope x + intercept`, and the loss it has.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
    pub(crate) loss: f64,
}

impl Line {
    fn at(&self, x: f64) -> f64 {
        self.slope * x + self.intercept
    }

    fn title(&self, when: &str) -> String {
        let sign = if self.intercept < 0.0 { '−' } else { '+' };
        let slope = format!("{:.3}", self.slope).replace('-', "−");
        format!("{when}: y = {slope} x {sign} {:.3},  loss {:.4}", self.intercept.abs(), self.loss)
    }
}

/// Two panels with the same axes: the points with the line before, and with the line after.
pub(crate) fn before_and_after(path: &Path, x: &[f64], y: &[f64], before: Line, after: Line) -> Drawn {
    save_png(path, (1000, 440), |area| {
        let panels = area.split_evenly((1, 2));
        let shown = [before, after];
        panel(&panels[0], x, y, &shown, before, "before")?;
        panel(&panels[1], x, y, &shown, after, "after")
    })
}

/// A GIF that shows the line after 0, 1, 2… steps, and rests on the last.
pub(crate) fn animation(path: &Path, x: &[f64], y: &[f64], lines: &[Line]) -> Drawn {
    let size = (560, 420);
    let frame = |(step, line): (usize, &Line)| {
        paint((size.0.into(), size.1.into()), |area| panel(area, x, y, lines, *line, &format!("step {step}")))
    };
    let frames = lines.iter().enumerate().map(frame).collect::<Drawn<Vec<_>>>()?;
    save_gif(path, size, &frames)
}

/// The points and one line; the axes have room for all the lines there are, so that they stand still.
fn panel(area: &Area<'_>, x: &[f64], y: &[f64], all: &[Line], line: Line, when: &str) -> Drawn {
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
    let ends = all.iter().flat_map(|line| [line.at(low), line.at(high)]);
    let x_axis = Axis::linear("x", x.iter().copied());
    let y_axis = Axis::linear("y", y.iter().copied().chain(ends));
    let mut chart = chart(area, &line.title(when), x_axis, y_axis)?;
    let point = |(&x, &y)| Circle::new((x, y), px(3), BLUE.mix(0.55).filled());
    chart.draw_series(x.iter().zip(y).map(point))?;
    let ends = [(low, line.at(low)), (high, line.at(high))];
    chart.draw_series([PathElement::new(ends, ORANGE.stroke_width(px(3)))])?;
    Ok(())
}
