//! What was measured as a multiple of a fitted model, below the panel that shows both: at 1 the model is right.
//! So that a model that does not fit is seen, also where the values themselves are small.

use super::plot::{Axis, INK, Look, Mark, Panel, Stroke};
use crate::scenario::units::factor;

pub const HEIGHT: f64 = 78.0;
/// Words of two marks are at least so far apart, pixels.
const APART: f64 = 15.0;
/// Values that are marked where there is room, the most wanted first.
const MARKED: [f64; 13] = [1.0, 10.0, 0.1, 100.0, 0.01, 1000.0, 0.001, 2.0, 0.5, 5.0, 0.2, 1.5, 0.7];
/// How such a panel is to be read.
pub const READING: &str = "Below: what was measured, as a multiple of the model.";

/// A measured value as a multiple of a model's; a model that is not over 0 there is infinitely far off.
pub fn ratio(measured: f64, model: f64) -> f64 {
    if model > 0.0 { measured / model } else { f64::INFINITY }
}

/// The axis of such multiples.
pub fn axis(ratios: impl IntoIterator<Item = f64>) -> Axis {
    let axis = Axis::ratios("× the model", ratios, 3);
    let mut kept: Vec<f64> = Vec::new();
    for value in MARKED.into_iter().filter(|value| axis.holds(*value)) {
        if kept.iter().all(|other| (axis.share(*other) - axis.share(value)).abs() * HEIGHT >= APART) {
            kept.push(value);
        }
    }
    kept.sort_by(f64::total_cmp);
    axis.marked(kept.into_iter().map(|value| (value, format!("×{value}"))).collect())
}

pub fn panel(x: &Axis, axis: &Axis) -> Panel {
    let mut panel = Panel::new("", HEIGHT, x, axis.clone());
    add_line(&mut panel);
    panel
}

/// The line at which measurement and model are the same.
pub fn add_line(panel: &mut Panel) {
    panel.behind(Mark::Line(vec![(panel.x.low, 1.0), (panel.x.high, 1.0)], Stroke::new(INK, 1.2)));
}

/// A measured value at `x`, with that of the model there.
pub fn add(panel: &mut Panel, title: &str, x: f64, [measured, model]: [f64; 2], look: Look) {
    let ratio = ratio(measured, model);
    let text =
        if ratio.is_finite() { format!("×{} the model", factor(ratio)) } else { "the model is below 0".to_owned() };
    panel.add(format!("{title}: {text}"), Mark::Point((x, ratio), 0.0, look));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::charts::{
        beyond::{self, Edge},
        series,
    };

    #[test]
    fn a_model_that_is_far_off_is_beyond_the_axis_and_says_so() {
        let x = Axis::count("n", 10.0, 5);
        let axis = axis([0.9, 1.1, ratio(3.0, 0.0)]);
        let mut panel = panel(&x, &axis);
        let look = Look::new(series(0));
        for (at, values, text) in [
            (1.0, [2.2, 2.0], "a: ×1.10 the model"),
            (2.0, [2.0, -1.0], "a: the model is below 0"),
            (3.0, [9.0, 1.0], "a: ×9"),
        ] {
            add(&mut panel, "a", at, values, look);
            assert!(panel.layers.last().unwrap().title.starts_with(text), "{}", panel.layers.last().unwrap().title);
        }
        let found: Vec<_> = beyond::of(&panel).into_iter().map(|(edge, at, _)| (edge, at)).collect();
        assert_eq!(found, [(Edge::Top, 2.0), (Edge::Top, 3.0)]);
        assert!(axis.ticks.len() >= 2 && axis.ticks.iter().any(|(value, _)| *value == 1.0), "{:?}", axis.ticks);
    }
}
