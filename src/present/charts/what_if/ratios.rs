//! What each mitigation changed: its figures as multiples of the baseline's, with intervals, one panel for every figure.
//! At 1 nothing changed. Panels share their axis, so that figures can be compared.

use super::captions;
use crate::{
    present::charts::{
        axis::Axis,
        forest,
        legend::Key,
        page::{Page, SMALL},
        palette::{DASHED, GREY, INK, Shape, series},
        plot::{Look, Mark, Panel, Plot, Text},
    },
    results::{Change, Difference, KeyFigure, MitigationResult, WhatIf},
    stats::Estimate,
};

/// The figures, panel by panel; the longest freeze is no place for a ratio, as a run has only one.
const PANELS: [[KeyFigure; 3]; 2] = [
    [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns, KeyFigure::StalledNsPerS],
    [KeyFigure::CommitP50Ns, KeyFigure::CommitP99Ns, KeyFigure::CompletedShare],
];
/// Height of a row, pixels; and how much further down a prediction is than the measurement is up, as a share of it.
const ROW: f64 = 30.0;
const LOWER: f64 = 0.23;
/// Decades that predictions may add to the axis at either end.
const FAR: f64 = 10.0;

/// Draws the chart. `None`: no cure was compared.
pub fn plot(tried: &WhatIf) -> Option<Plot> {
    let mitigations: Vec<&MitigationResult> =
        tried.mitigations.iter().filter(|mitigation| !mitigation.differences.is_empty()).collect();
    if mitigations.is_empty() {
        return None;
    }
    let measured: Vec<f64> = mitigations
        .iter()
        .flat_map(|mitigation| &mitigation.differences)
        .filter_map(measured)
        .flat_map(|it| it.extent())
        .collect();
    let least = measured.iter().copied().fold(1.0, f64::min);
    let most = measured.iter().copied().fold(1.0, f64::max);
    let predicted_value = PANELS
        .iter()
        .flatten()
        .flat_map(|figure| mitigations.iter().map(|mitigation| predicted(tried, mitigation, *figure)));
    let near = predicted_value.flatten().map(|ratio| ratio.value.max(least / FAR).min(most * FAR));
    let label = "with the cure, as a multiple of the baseline";
    let axis = forest::axis(label, measured.iter().copied().chain(near), PANELS[0].len());
    let figures = PANELS.into_iter().flatten();
    Some(Plot {
        name: "what-if-ratios".to_owned(),
        page: page(tried, &mitigations, &axis),
        origin: captions::origin(tried),
        sentences: vec![captions::sentences(tried)],
        columns: PANELS[0].len(),
        panels: figures.map(|figure| panel(tried, &mitigations, figure, &axis)).collect(),
    })
}

#[derive(Clone, Copy)]
enum Measured {
    Significant(Estimate),
    /// Of two figures that have none.
    Alone(f64),
}

impl Measured {
    fn extent(self) -> Vec<f64> {
        match self {
            // The lower end of a wide interval may lie beyond the axis.
            Measured::Significant(Estimate { value, low, high }) => {
                vec![value, low.max(value / 10.0), high.min(value * 10.0)]
            }
            Measured::Alone(value) => vec![value],
        }
    }
}

/// The ratio of a difference; `None`: a figure is missing, or there was none of it before.
fn measured(difference: &Difference) -> Option<Measured> {
    if let Some(ratio) = difference.ratio.value() {
        return Some(Measured::Significant(*ratio)).filter(|_| ratio.value.is_finite() && ratio.value > 0.0);
    }
    let ratio = difference.after? / difference.before.filter(|before| *before > 0.0)?;
    (ratio.is_finite() && ratio > 0.0).then_some(Measured::Alone(ratio))
}

/// The predicted figure as a multiple of the baseline's predicted one; the interval has the ends of both, so it is rather too wide.
fn predicted(tried: &WhatIf, mitigation: &MitigationResult, figure: KeyFigure) -> Option<Estimate> {
    let before = captions::predicted(tried.baseline.predicted.value()?, figure)?;
    let after = captions::predicted(mitigation.run.as_ref()?.predicted.value()?, figure)?;
    let ratio = Estimate {
        value: after.value / before.value,
        low: after.low / before.high,
        high: after.high / before.low.max(f64::MIN_POSITIVE),
    };
    (ratio.value.is_finite() && ratio.value > 0.0).then_some(ratio)
}

fn look(change: Change) -> (Look, &'static str) {
    match change {
        Change::Better => (Look::new((series(2).0, Shape::Circle)), "better"),
        Change::Worse => (Look::new((series(1).0, Shape::Wedge)), "worse"),
        Change::Same => (Look::new((GREY, Shape::Square)), "no real difference"),
        Change::Unknown => (Look::new((INK, Shape::Triangle)), "no interval: not known whether it differs"),
    }
}

fn predicted_look() -> Look {
    Look::new((series(3).0, Shape::Diamond)).hollow()
}

fn panel(tried: &WhatIf, mitigations: &[&MitigationResult], figure: KeyFigure, axis: &Axis) -> Panel {
    let names = mitigations.iter().map(|mitigation| mitigation.name.as_str());
    let mut panel = forest::panel(captions::name(figure), names, ROW, axis, 0.0);
    for (number, mitigation) in mitigations.iter().enumerate() {
        let (upper, lower) = (panel.row(number, -LOWER), panel.row(number, LOWER));
        if let Some(difference) = mitigation.difference(figure) {
            let title = format!("{}: {}", mitigation.name, captions::sentence(difference));
            match measured(difference) {
                Some(Measured::Significant(ratio)) => {
                    forest::add(&mut panel, upper, title, ratio, look(difference.change).0, None);
                }
                Some(Measured::Alone(value)) => {
                    panel.add(title, Mark::Point((value, upper), 0.0, look(Change::Unknown).0));
                }
                None => {
                    let (text, at) = (without_ratio(difference).to_owned(), (axis.low(), upper));
                    panel.add(title, Mark::Text(Text { text, at, shift: (6.0, 0.0), words: SMALL, is_fitted: true }));
                }
            }
        }
        if let Some(ratio) = predicted(tried, mitigation, figure) {
            let title = format!(
                "{}, {}, predicted: ×{}",
                mitigation.name,
                captions::name(figure),
                captions::factor(ratio.value)
            );
            forest::add(&mut panel, lower, title, ratio, predicted_look(), Some(DASHED));
        }
    }
    panel
}

/// What a difference without a ratio says.
fn without_ratio(difference: &Difference) -> &'static str {
    match (difference.before, difference.after) {
        (None, _) | (_, None) => "unavailable",
        (Some(before), Some(after)) if before <= 0.0 && after <= 0.0 => "none in both",
        (Some(before), _) if before <= 0.0 => "none before",
        (_, Some(after)) if after <= 0.0 => "none any more",
        _ => "no ratio",
    }
}

fn page(tried: &WhatIf, mitigations: &[&MitigationResult], axis: &Axis) -> Page {
    let differences = || {
        PANELS
            .iter()
            .flatten()
            .flat_map(|figure| mitigations.iter().filter_map(|mitigation| mitigation.difference(*figure)))
    };
    let mut legend: Vec<(Key, String)> = Vec::new();
    let is_alone = |it: &Difference| matches!(measured(it), Some(Measured::Alone(_)));
    for change in [Change::Better, Change::Worse, Change::Same, Change::Unknown] {
        let is_drawn = |it: &Difference| match change {
            Change::Unknown => is_alone(it),
            _ => it.change == change && matches!(measured(it), Some(Measured::Significant(_))),
        };
        if differences().any(is_drawn) {
            let (look, meaning) = look(change);
            legend.push((Key::Mark(look), format!("measured: {meaning}")));
        }
    }
    legend.push((Key::Whisker, "interval, 95 %".to_owned()));
    let predicted_value = || {
        PANELS
            .iter()
            .flatten()
            .flat_map(|figure| mitigations.iter().filter_map(|mitigation| predicted(tried, mitigation, *figure)))
    };
    if predicted_value().next().is_some() {
        legend.push((Key::Mark(predicted_look()), "predicted, to the predicted baseline".to_owned()));
    }
    let mut caption = format!(
        "Each run once, with seed {} and the same total load. Intervals are from what varied inside the runs: another run may \
         differ by more. No real difference: the interval has 1 in it, or the effect is at most 5 %.",
        tried.seed
    );
    if predicted_value().next().is_some() {
        caption.push_str(" Predicted intervals have the ends of both predictions, so they are rather too wide.");
    }
    let beyond = |value: f64| value > 0.0 && !axis.holds(value);
    if predicted_value().any(|ratio| beyond(ratio.value) || beyond(ratio.low) || beyond(ratio.high)) {
        caption.push_str(" What is predicted beyond the axis is cut off.");
    }
    caption.push_str(&captions::prediction_source(tried));
    caption.push_str(&captions::not_predicted(tried));
    caption.push_str(&captions::not_run(tried));
    Page { title: "What each cure changed".to_owned(), subtitle: captions::measured_where(tried), legend, caption }
}
