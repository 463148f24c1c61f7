//! Predicted over measured, a row for everything that was predicted: what is right of 1 was predicted too high.

use super::{Chart, GREY, INK, Key, Look, Origin, Plot, Shape, color, forest, rendered};
use crate::stats::Estimate;

const ROW: f64 = 20.0;

/// One figure that was predicted, and measured afterwards.
pub struct PredictedFigure {
    pub name: String,
    /// Predicted over measured; the interval is that of the prediction alone.
    pub ratio: Estimate,
    /// What was measured and predicted, in words.
    pub text: String,
    /// Whether the model was built without a look at it.
    pub held_out: bool,
}

/// Draws them. `near`: up to this share off is near enough. No chart if there are none.
pub fn prediction_chart(
    figures: &[PredictedFigure],
    near: f64,
    [measured, source]: [&str; 2],
) -> anyhow::Result<Option<Chart>> {
    let ends = figures.iter().flat_map(|figure| [figure.ratio.low, figure.ratio.value, figure.ratio.high]);
    // The texts take as much room as the axis.
    let axis = forest::axis("predicted / measured", ends, 2);
    let mut panel = forest::panel("", figures.iter().map(|figure| &figure.name), ROW, &axis, near);
    panel.texts = figures.iter().map(|figure| (figure.text.clone(), INK)).collect();
    let look = |held_out: bool| match held_out {
        true => Look::new((color(1), Shape::Triangle)),
        false => Look::new((color(0), Shape::Circle)),
    };
    for (number, figure) in figures.iter().enumerate() {
        let (at, title) =
            (panel.row(number, 0.0), format!("{}: {:.3}, {}", figure.name, figure.ratio.value, figure.text));
        forest::add(&mut panel, at, &title, figure.ratio, look(figure.held_out), None);
    }
    let origin = Origin { measured: measured.to_owned(), source: source.to_owned() };
    let mut plot = Plot::new("predictions", "Predicted against measured", origin, vec![panel]);
    plot.keys([(Key::Mark(look(false)), "as published before"), (Key::Mark(look(true)), "held out")]);
    plot.legend.push((Key::Area(GREY, 0.25), format!("within {:.0} %", near * 100.0)));
    plot.say(
        "Points: the predicted figure divided by the measured one; lines: 95 % prediction intervals of the cost model alone. \
         What a measured figure varies by from run to run is not in them.",
    );
    Ok(rendered((!figures.is_empty()).then_some(plot))?.pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prediction_has_its_row_and_says_what_it_is() {
        let figure = |name: &str, value: f64, held_out| PredictedFigure {
            name: name.to_owned(),
            ratio: Estimate { value, low: 0.9 * value, high: 1.1 * value },
            text: format!("{:.0} for 1000", 1000.0 * value),
            held_out,
        };
        let figures = [figure("flat, 64 KiB", 1.18, false), figure("twoskip, even", 0.93, true)];
        let chart = prediction_chart(&figures, 0.15, ["a machine", "15 searches"]).unwrap().unwrap();
        for words in ["flat, 64 KiB", "1180 for 1000", "twoskip, even", "held out", "within 15 %", "a machine"] {
            assert!(chart.svg.contains(words), "{words}");
        }
        assert!(prediction_chart(&[], 0.15, ["", ""]).unwrap().is_none());
    }
}
