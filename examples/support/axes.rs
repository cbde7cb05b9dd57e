//! Axes with tidy ticks, and the frame of a chart between two of them.

use std::ops::Range;

use plotters::{
    coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter},
    prelude::*,
};

use super::canvas::{Area, Drawn, FAINT, GRID, INK, px, text};

pub(crate) type Chart<'a> = ChartContext<'a, BitMapBackend<'a>, Cartesian2d<Axis, Axis>>;

/// One axis: what it shows, from where to where, and which places have a number.
///
/// Start, end and ticks of a logarithmic axis are powers of ten.
#[derive(Clone)]
pub(crate) struct Axis {
    name: String,
    start: f64,
    end: f64,
    ticks: Vec<f64>,
    logarithmic: bool,
}

impl Axis {
    /// An axis that has room for all these values, and a little more.
    pub(crate) fn linear(name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        // A single value still needs an axis with some length.
        let room = if high > low { 0.04 * (high - low) } else { low.abs().max(1.0) * 0.5 };
        let (start, end) = (low - room, high + room);
        let step = tidy_step((end - start) / 8.0);
        let first = (start / step).ceil() as i64;
        let last = (end / step).floor() as i64;
        Axis {
            name: name.into(),
            start,
            end,
            ticks: (first..=last).map(|i| i as f64 * step).collect(),
            logarithmic: false,
        }
    }

    /// A logarithmic axis between two positive numbers.
    pub(crate) fn logarithmic(name: &str, low: f64, high: f64) -> Self {
        let (start, end) = (low.log10(), high.log10());
        let powers = || start.ceil() as i32..=end.floor() as i32;
        let ticks = if end - start > 2.0 {
            // Not more than eight of the powers of ten.
            let every = ((end - start) / 8.0).ceil() as i32;
            powers().filter(|power| power % every == 0).map(f64::from).collect()
        } else {
            let within = |power: i32| [1.0f64, 2.0, 5.0].map(|digit| digit.log10() + f64::from(power));
            (start.floor() as i32..=end.floor() as i32)
                .flat_map(within)
                .filter(|at| (start..=end).contains(at))
                .collect()
        };
        Axis { name: name.into(), start, end, ticks, logarithmic: true }
    }

    /// Where a value lies between start and end.
    fn place(&self, value: f64) -> f64 {
        if self.logarithmic { value.log10() } else { value }
    }

    fn value(&self, at: f64) -> f64 {
        if self.logarithmic { 10f64.powf(at) } else { at }
    }

    fn label(&self, at: f64) -> String {
        if self.logarithmic {
            let power = (at + 1e-9).floor();
            let digit = 10f64.powf(at - power).round();
            return match power as i32 {
                power @ -3..=0 => format!("{:.*}", power.unsigned_abs() as usize, digit * 10f64.powi(power)),
                power @ 1..=3 => format!("{}", digit * 10f64.powi(power)),
                power => format!("{digit}e{power}"),
            };
        }
        let step = if self.ticks.len() > 1 { self.ticks[1] - self.ticks[0] } else { 1.0 };
        let decimals = |step: f64| (-step.log10() - 1e-9).ceil().max(0.0) as usize;
        let largest = self.start.abs().max(self.end.abs());
        let number = if (1e-3..1e6).contains(&largest) {
            format!("{at:.*}", decimals(step))
        } else {
            let power = largest.log10().floor() as i32;
            let unit = 10f64.powi(power);
            format!("{:.*}e{power}", decimals(step / unit), at / unit)
        };
        // A minus is longer than a hyphen.
        number.replace('-', "−")
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let share = (self.place(*value) - self.start) / (self.end - self.start);
        first + (share * f64::from(last - first)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|&at| self.value(at)).collect()
    }

    fn range(&self) -> Range<f64> {
        self.value(self.start)..self.value(self.end)
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.label(self.place(*value))
    }
}

/// 1, 2 or 5 times a power of ten, and not smaller than `least`.
fn tidy_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].map(|digit| digit * power).into_iter().find(|&step| step >= least).unwrap_or(10.0 * power)
}

/// A chart between two axes, with its title above: ready to be drawn in.
pub(crate) fn chart<'a>(area: &Area<'a>, title: &str, x: Axis, y: Axis) -> Drawn<Chart<'a>> {
    let (margin, left, top) = (px(14), px(72), px(44));
    let mut chart = ChartBuilder::on(area)
        .margin_top(top)
        .margin_left(margin)
        .margin_right(px(20))
        .margin_bottom(px(6))
        .x_label_area_size(px(54))
        .y_label_area_size(left)
        .build_cartesian_2d(x.clone(), y.clone())?;
    // At the left end of the plot: a centred title would jump about in an animation.
    area.draw_text(title, &text(19, INK), ((margin + left) as i32, px(13) as i32))?;
    chart
        .configure_mesh()
        .bold_line_style(GRID.stroke_width(px(1)))
        .light_line_style(TRANSPARENT)
        .axis_style(FAINT.stroke_width(px(1)))
        .label_style(text(16, INK))
        .axis_desc_style(text(17, INK))
        .set_all_tick_mark_size(px(4))
        .x_desc(x.name)
        .y_desc(y.name)
        .draw()?;
    Ok(chart)
}
