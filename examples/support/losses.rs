//! Loss curves on a logarithmic axis, with a legend that covers nothing.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    axes::{Axis, chart},
    canvas::{Area, Drawn, INK, PALETTE, px, text},
};

/// One run of training: its name, and pairs of where it stood and the loss there.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) losses: Vec<(f64, f64)>,
}

impl Run {
    /// Whether it ended above where it began.
    fn diverges(&self) -> bool {
        match (self.losses.first(), self.losses.last()) {
            // Written so that NaN diverges.
            (Some((_, first)), Some((_, last))) => !matches!(last.partial_cmp(first), Some(order) if order.is_le()),
            _ => false,
        }
    }
}

/// Draws the runs over an area, the legend in a column at its right.
///
/// A run that diverges would press all others to the bottom: the axis ends a little above all else, and such a run's
/// curve ends there, with an arrow.
pub(crate) fn loss_curves(area: &Area<'_>, title: &str, x_name: &str, runs: &[Run]) -> Drawn {
    // A column as wide as the longest name; a single run needs none.
    let (width, _) = area.dim_in_pixel();
    let style = text(16, INK).pos(Pos::new(HPos::Left, VPos::Center));
    let mut column = 0;
    for run in runs.iter().filter(|_| runs.len() > 1) {
        column = column.max(area.estimate_text_size(&legend(run), &style)?.0 + px(46));
    }
    let (plot, key) = area.split_horizontally(width - column);

    let finite = |run: &Run| run.losses.clone().into_iter().filter(|(_, loss)| *loss > 0.0 && loss.is_finite());
    let whole = runs.iter().filter(|run| !run.diverges()).flat_map(finite).map(|(_, loss)| loss);
    let starts = runs.iter().filter_map(|run| finite(run).next()).map(|(_, loss)| loss);
    let room = if runs.iter().any(Run::diverges) { 3.0 } else { 1.6 };
    let top = room * starts.chain(whole).fold(f64::MIN_POSITIVE, f64::max);
    let bottom = runs.iter().flat_map(finite).map(|(_, loss)| loss).fold(top, f64::min) / 1.6;
    let x = Axis::linear(x_name, runs.iter().flat_map(finite).filter(|(_, loss)| *loss <= top).map(|(x, _)| x));
    let y = Axis::logarithmic("loss (mean squared error)", bottom, top);
    let mut chart = chart(&plot, title, x, y)?;

    for (run, color) in runs.iter().zip(PALETTE.iter().cycle()) {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for &(x, loss) in run.losses.iter().filter(|(_, loss)| *loss > 0.0 || loss.is_nan()) {
            if loss <= top {
                points.push((x, loss));
                continue;
            }
            if let Some(&(before, below)) = points.last() {
                // Where the line to the next point leaves the chart; straight up if that point is nowhere.
                let share = if loss.is_finite() { (top / below).ln() / (loss / below).ln() } else { 0.0 };
                points.push((before + share * (x - before), top));
            }
            break;
        }
        let exit = points.last().copied().filter(|&(_, loss)| loss == top);
        // Piece by piece: in one path, the sharp turns of a loss that swings would grow long spikes.
        let piece = |ends: &[(f64, f64)]| PathElement::new(ends, color.stroke_width(px(2)));
        chart.draw_series(points.windows(2).map(piece))?;
        chart.draw_series(exit.map(|exit| TriangleMarker::new(exit, px(6), color.filled())))?;
    }

    for (i, (run, color)) in runs.iter().filter(|_| column > 0).zip(PALETTE.iter().cycle()).enumerate() {
        let at = px(60 + 28 * i as u32) as i32;
        let line = [(0, at), (px(20) as i32, at)];
        key.draw(&PathElement::new(line, color.stroke_width(px(3))))?;
        key.draw_text(&legend(run), &style, (px(28) as i32, at))?;
    }
    Ok(())
}

fn legend(run: &Run) -> String {
    if run.diverges() { format!("{} (diverges)", run.name) } else { run.name.clone() }
}
