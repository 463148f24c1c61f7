//! Ratios with their intervals, a row of names each, around the line at 1: of comparisons, and of what mitigations changed.

use super::plot::{Axis, Dash, GREY, INK, Look, Mark, Panel, Stroke, WIDTH};
use crate::stats::Estimate;

/// A panel with a row for every name. `least`: the least effect that counts, tinted around 1; 0: none is.
pub fn panel(
    title: &str,
    names: impl IntoIterator<Item: Into<String>>,
    row_height: f64,
    axis: &Axis,
    least: f64,
) -> Panel {
    let mut panel = Panel::rows(title, row_height, axis, names);
    if least > 0.0 {
        panel.behind(Mark::Bar((1.0 / (1.0 + least), 0.0), (1.0 + least, panel.y.high), GREY, 0.18));
    }
    panel.behind(Mark::Upright(1.0, Stroke::new(INK, 1.2)));
    panel
}

/// A ratio at a height, with its interval unless that is a point.
pub fn add(panel: &mut Panel, at: f64, title: &str, ratio: Estimate, look: Look, dash: Option<Dash>) {
    if ratio.low < ratio.high {
        let stroke = Stroke::new(look.color, 1.8).dashed(dash);
        panel.add(title, Mark::Whisker((ratio.low, at), (ratio.high, at), stroke));
    }
    panel.add(title, Mark::Point((ratio.value, at), 0.0, look));
}

/// What of a ratio is to be on the axis: the ends of a wide interval may lie beyond it.
pub fn ends(Estimate { value, low, high }: Estimate) -> [f64; 3] {
    [value, low.max(value / 10.0), high.min(value * 10.0)]
}

/// The axis of ratios that are all to be on it, for panels so many side by side.
pub fn axis(label: &str, ratios: impl Iterator<Item = f64>, columns: usize) -> Axis {
    Axis::ratios(label, ratios, (WIDTH as usize / 80) / columns)
}
