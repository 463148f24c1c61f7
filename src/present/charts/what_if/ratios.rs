//! What each mitigation changed: its figures as multiples of the baseline's, with intervals, one panel for every figure.
//! At 1 nothing changed. Panels share their axis, so that figures can be compared; the share that completed is a share, with an axis of
//! its own from 0 to 100 %.

use crate::{
    present::charts::{Axis, DASHED, GREY, INK, Key, Look, Mark, Panel, Plot, Shape, Stroke, color, forest},
    results::{Change, Difference, KeyFigure, MitigationResult, WhatIf},
    scenario::units::factor,
    stats::Estimate,
};

/// The figures that have a ratio, panel by panel; the longest freeze is no place for one, as a run has only one.
const RATIOS: [KeyFigure; 5] = [
    KeyFigure::ReaderP50Ns,
    KeyFigure::CommitP50Ns,
    KeyFigure::ReaderP99Ns,
    KeyFigure::CommitP99Ns,
    KeyFigure::StalledNsPerS,
];
/// Those that are shares: of what was scheduled, and of the time.
pub const SHARES: [KeyFigure; 3] =
    [KeyFigure::ReadersCompletedShare, KeyFigure::CommitsCompletedShare, KeyFigure::FrozenShare];
const COLUMNS: usize = 2;
/// Height of a row, pixels; and how much further down a prediction is than the measurement is up, as a share of it.
const ROW: f64 = 30.0;
const LOWER: f64 = 0.23;
/// Decades that predictions may add to the axis at either end.
const FAR: f64 = 10.0;

/// Draws the chart. `None`: no mitigation was compared.
pub fn plot(tried: &WhatIf, host: &str) -> Option<Plot> {
    let mut mitigations: Vec<&MitigationResult> = tried.mitigations.iter().collect();
    mitigations.retain(|mitigation| !mitigation.differences.is_empty());
    if mitigations.is_empty() {
        return None;
    }
    let differences = mitigations.iter().flat_map(|mitigation| &mitigation.differences);
    let differences = differences.filter(|difference| RATIOS.contains(&difference.figure));
    let measured: Vec<f64> = differences.filter_map(measured).flat_map(|(ratio, _)| forest::ends(ratio)).collect();
    let least = measured.iter().copied().fold(1.0, f64::min);
    let most = measured.iter().copied().fold(1.0, f64::max);
    let of_figure = |figure| mitigations.iter().filter_map(move |mitigation| predicted(tried, mitigation, figure));
    let predictions: Vec<Estimate> = RATIOS.into_iter().flat_map(of_figure).collect();
    let near = predictions.iter().map(|ratio| ratio.value.max(least / FAR).min(most * FAR));
    let label = "with the mitigation, as a multiple of the baseline";
    let axis = forest::axis(label, measured.iter().copied().chain(near), COLUMNS);
    let mut panels: Vec<Panel> = RATIOS.into_iter().map(|figure| panel(tried, &mitigations, figure, &axis)).collect();
    panels.extend(SHARES.into_iter().map(|figure| shares(tried, &mitigations, figure)));
    let caption = "Intervals are from what varied inside the runs: another run may differ by more. No real difference: the \
                   effect is at most 5 %. Undecided: the interval has 1 in it, and also larger effects.";
    let mut plot = super::plot(tried, host, ["what-if-ratios", "What each mitigation changed", caption], panels);
    plot = plot.in_columns(COLUMNS);
    let changes = [Change::Better, Change::Worse, Change::Same, Change::Undecided, Change::Unknown].map(look);
    plot.keys(changes.map(|(look, meaning)| (Key::Mark(look), format!("measured: {meaning}"))));
    plot.keys([(Key::Whisker, "interval, 95 %"), (Key::Mark(PREDICTED), "predicted, to the predicted baseline")]);
    plot.say_if(
        !predictions.is_empty(),
        "Predicted intervals have the ends of both predictions, so they are rather too wide.",
    );
    let is_beyond = |ratio: &Estimate| {
        [ratio.value, ratio.low, ratio.high].into_iter().any(|value| value > 0.0 && !axis.holds(value))
    };
    plot.say_if(predictions.iter().any(is_beyond), "What is predicted beyond the axis is cut off.");
    Some(plot)
}

/// The ratio of a difference, and how it looks; of two figures without an interval it is a point. `None`: a figure is missing, or there
/// was none of it before.
fn measured(difference: &Difference) -> Option<(Estimate, Look)> {
    let of_values = || {
        let before = difference.before.filter(|before| *before > 0.0)?;
        Some(Estimate::around(difference.after? / before, 0.0))
    };
    let ratio = difference.ratio.value().copied().or_else(of_values)?;
    (ratio.value.is_finite() && ratio.value > 0.0).then_some((ratio, look(difference.change).0))
}

/// The predicted figure as a multiple of the baseline's predicted one; the interval has the ends of both, so it is rather too wide.
fn predicted(tried: &WhatIf, mitigation: &MitigationResult, figure: KeyFigure) -> Option<Estimate> {
    let before = super::predicted(&tried.baseline, figure)?;
    let after = super::predicted(mitigation.run.as_ref()?, figure)?;
    let ratio = Estimate {
        value: after.value / before.value,
        low: after.low / before.high,
        high: after.high / before.low.max(f64::MIN_POSITIVE),
    };
    (ratio.value.is_finite() && ratio.value > 0.0).then_some(ratio)
}

fn look(change: Change) -> (Look, &'static str) {
    match change {
        Change::Better => (Look::new((color(2), Shape::Circle)), "better"),
        Change::Worse => (Look::new((color(1), Shape::Wedge)), "worse"),
        Change::Same => (Look::new((GREY, Shape::Square)), "no real difference"),
        Change::Undecided => (Look::new((GREY, Shape::Square)).hollow(), "undecided"),
        Change::Unknown => (Look::new((INK, Shape::Triangle)), "no interval: unknown whether it differs"),
    }
}

const PREDICTED: Look = Look::new((color(3), Shape::Diamond)).hollow();

fn panel(tried: &WhatIf, mitigations: &[&MitigationResult], figure: KeyFigure, axis: &Axis) -> Panel {
    let names = mitigations.iter().map(|mitigation| &mitigation.name);
    let mut panel = forest::panel(super::name(figure), names, ROW, axis, 0.0);
    for (number, mitigation) in mitigations.iter().enumerate() {
        let (upper, lower) = (panel.row(number, -LOWER), panel.row(number, LOWER));
        if let Some(difference) = mitigation.difference(figure) {
            let title = format!("{}: {}", mitigation.name, super::sentence(difference));
            match measured(difference) {
                Some((ratio, look)) => forest::add(&mut panel, upper, &title, ratio, look, None),
                None => panel.text_in_row(title, without_ratio(difference), upper),
            }
        }
        if let Some(ratio) = predicted(tried, mitigation, figure) {
            let (name, times) = (super::name(figure), factor(ratio.value));
            let title = format!("{}, {name}, predicted: ×{times}", mitigation.name);
            forest::add(&mut panel, lower, &title, ratio, PREDICTED, Some(DASHED));
        }
    }
    panel
}

/// A share of what was scheduled, with the baseline's as a line.
fn shares(tried: &WhatIf, mitigations: &[&MitigationResult], figure: KeyFigure) -> Panel {
    let names = mitigations.iter().map(|mitigation| &mitigation.name);
    let mut panel = Panel::rows(super::name(figure), ROW, &Axis::shares("", [], 4), names);
    if let Some(before) = tried.baseline.measured.get(figure) {
        let title = format!("baseline: {}", super::value(figure, before));
        panel.add(title, Mark::Upright(before, Stroke::new(INK, 1.2)));
    }
    for (number, mitigation) in mitigations.iter().enumerate() {
        let Some(run) = mitigation.run.as_ref() else { continue };
        let change = mitigation.difference(figure).map_or(Change::Unknown, |difference| difference.change);
        let predicted = super::predicted(run, figure).map(|share| share.value);
        for (share, lower, how, look) in
            [(run.measured.get(figure), -LOWER, "", look(change).0), (predicted, LOWER, ", predicted", PREDICTED)]
        {
            let Some(share) = share else { continue };
            let (name, figures) = (super::name(figure), super::value(figure, share));
            let title = format!("{}, {name}{how}: {figures}", mitigation.name);
            panel.add(title, Mark::Point((share, panel.row(number, lower)), 0.0, look));
        }
    }
    panel
}

/// What stands for the ratio that a difference does not have.
fn without_ratio(difference: &Difference) -> &'static str {
    match (difference.before, difference.after) {
        (None, _) | (_, None) => "unavailable",
        (Some(before), Some(after)) if before <= 0.0 && after <= 0.0 => "none in both",
        (Some(before), _) if before <= 0.0 => "none before",
        (_, Some(after)) if after <= 0.0 => "none after",
        _ => "no ratio",
    }
}
