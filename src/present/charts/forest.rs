//! Ratios with their intervals, a row of names each, around the line at 1: of comparisons, and of what mitigations changed.

use plotters::style::RGBColor;

use super::{
    axis::Axis,
    canvas::Stroke,
    palette::{Dash, GREY, INK},
    plot::{Look, Mark, Panel},
};
use crate::{present::charts::page::WIDTH, stats::Estimate};

/// A panel with a row for every name. `least`: the least effect that counts, tinted around 1; 0: none is.
pub fn panel<'n>(
    title: &str,
    names: impl IntoIterator<Item = &'n str>,
    row_height: f64,
    axis: &Axis,
    least: f64,
) -> Panel {
    let y = Axis::rows(names);
    let mut panel = Panel::new(title, y.high() * row_height, axis.clone(), y);
    let high = panel.y.high();
    if least > 0.0 {
        panel.behind(Mark::Bar((1.0 / (1.0 + least), 0.0), (1.0 + least, high), GREY, 0.18));
    }
    panel.behind(Mark::Upright(1.0, Stroke { color: INK, width: 1.2, dash: None }));
    panel
}

/// A ratio at a height, with its interval unless that is a point.
pub fn add(panel: &mut Panel, at: f64, title: String, ratio: Estimate, look: Look, dash: Option<Dash>) {
    if ratio.low < ratio.high {
        let stroke = Stroke { color: look.color, width: 1.8, dash };
        panel.add(title.clone(), Mark::Whisker((ratio.low, at), (ratio.high, at), stroke));
    }
    panel.add(title, Mark::Point((ratio.value, at), 0.0, look));
}

/// The axis of ratios that are all to be on it, for panels so many side by side.
pub fn axis(label: &str, ratios: impl Iterator<Item = f64>, columns: usize) -> Axis {
    Axis::ratios(label, ratios, (WIDTH as usize / 80) / columns.max(1))
}

/// Words in a colour as strong as what they say.
pub fn ink(is_real: bool) -> RGBColor {
    if is_real { INK } else { GREY }
}
