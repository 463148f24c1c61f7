//! What mappers add by cost models: slopes with their intervals on a logarithmic axis, several lines in a row of names.

use plotters::style::RGBColor;

use super::plot::{Axis, DOTTED, Dash, Look, Mark, Panel, Stroke};
use crate::stats::Estimate;

/// Height of a line in a row, pixels; and of the space between rows.
const LINE: f64 = 11.0;
const SPACE: f64 = 10.0;
/// The axis spans at least this ratio, so that a lone point does not fill it.
const LEAST_RANGE: f64 = 100.0;

#[derive(Clone, Copy)]
pub struct Slope {
    pub estimate: Estimate,
    /// Whether a mapper adds something, and enough to count.
    pub is_significant: bool,
}

impl Slope {
    /// At this height a point with its interval, dashed so; if it is not significant, dotted in another colour up to how much it may be.
    pub fn add_to(
        self,
        panel: &mut Panel,
        at: f64,
        title: &str,
        (look, dash): (Look, Option<Dash>),
        at_most: RGBColor,
    ) {
        let Estimate { value, low, high } = self.estimate;
        if self.is_significant {
            let stroke = Stroke::new(look.color, 1.5).dashed(dash);
            panel.interval(title, (value, at), ((low, at), (high, at)), look, stroke);
        } else if high > 0.0 {
            let stroke = Stroke::new(at_most, 1.2).dashed(Some(DOTTED));
            panel.add(title, Mark::Whisker((panel.x.low, at), (high, at), stroke));
        }
    }
}

/// The axis of these slopes; the lower end of a wide interval may lie beyond it. `None`: none is over 0.
pub fn axis(label: &str, slopes: impl Iterator<Item = Slope> + Clone) -> Option<Axis> {
    let most = slopes.clone().map(|slope| slope.estimate.high).fold(0.0, f64::max);
    let ends = slopes.flat_map(
        |Slope { estimate: Estimate { value, low, high }, is_significant }| {
            if is_significant { [low.max(value / 10.0), high] } else { [high; 2] }
        },
    );
    Axis::logarithmic_times(label, ends.chain([most / LEAST_RANGE]), 9)
}

/// A panel with so many lines in the row of every name.
pub fn panel(title: &str, names: impl IntoIterator<Item: Into<String>>, lines: usize, axis: &Axis) -> Panel {
    Panel::rows(title, LINE * lines as f64 + SPACE, axis, names)
}

/// Where a line of a row is.
pub fn line(panel: &Panel, row: usize, (place, lines): (usize, usize)) -> f64 {
    let lines = lines as f64;
    let lower = (place as f64 + 0.5) / lines - 0.5;
    panel.row(row, lower * LINE * lines / (LINE * lines + SPACE))
}
