//! The baseline and every mitigation in absolute figures: response times of readers and of commits, the share that completed, freezes.
//! Below each run, dashed and hollow, its prediction.

use crate::{
    conclude::wording::{NONE, or_none},
    present::charts::{Axis, DASHED, INK, Key, Look, Mark, Panel, Plot, Shape, Stroke, color},
    results::{Judgement, KeyFigure, Tried, WhatIf},
};

const PANELS: [(&str, [KeyFigure; 2]); 2] = [
    ("readers' response time", [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns]),
    ("commits' response time", [KeyFigure::CommitP50Ns, KeyFigure::CommitP99Ns]),
];
const NAMES: [&str; 2] = ["median", "p99"];
/// Height of a row, pixels; and how much further down a prediction is than the measurement is up, as a share of it.
const ROW: f64 = 34.0;
const LOWER: f64 = 0.23;

/// `None`: no run has a response time.
pub fn plot(tried: &WhatIf, host: &str) -> Option<Plot> {
    let runs: Vec<(&str, &Tried)> = super::runs(tried).collect();
    let figures = || PANELS.into_iter().flat_map(|(_, figures)| figures);
    let measured = || runs.iter().flat_map(|(_, run)| figures().filter_map(|figure| run.measured.get(figure)));
    if !measured().any(|ns| ns > 0.0) {
        return None;
    }
    let predicted = || runs.iter().flat_map(|(_, run)| figures().filter_map(|figure| predicted_value(run, figure)));
    let axis = Axis::logarithmic_times("response time", measured().chain(predicted()), 6)?;
    let mut panels: Vec<Panel> = Vec::new();
    for (title, figures) in PANELS {
        let mut panel = Panel::rows(title, ROW, &axis, runs.iter().map(|(name, _)| *name));
        for (number, (name, run)) in runs.iter().enumerate() {
            let (upper, lower) = (panel.row(number, -LOWER), panel.row(number, LOWER));
            let measured = figures.map(|figure| run.measured.get(figure).filter(|ns| *ns > 0.0));
            if measured.iter().all(Option::is_none) {
                panel.text_in_row(format!("{name}, {title}: none completed"), "none completed", upper);
            }
            pair(&mut panel, upper, name, figures, measured, false);
            pair(&mut panel, lower, name, figures, figures.map(|figure| predicted_value(run, figure)), true);
        }
        panels.push(panel);
    }
    // The table is of whole runs: it stands at the right of all panels.
    if let Some(last) = panels.last_mut() {
        last.texts = runs.iter().map(|(_, run)| (cells(run), INK)).collect();
    }
    let caption = "At the right, measured: the shares of what was scheduled that completed, of readers / of commits, the longest freeze, \
                   whether the objectives were met (–: there is none).";
    let mut plot = super::plot(tried, host, ["what-if-times", "Response times with each mitigation", caption], panels);
    for (is_predicted, how) in [(false, "measured"), (true, "predicted")] {
        let key = |place: usize| (Key::Mark(look(place, is_predicted)), format!("{}, {how}", NAMES[place]));
        plot.keys([0, 1].map(key));
    }
    Some(plot.in_columns(PANELS.len()))
}

fn predicted_value(run: &Tried, figure: KeyFigure) -> Option<f64> {
    super::predicted(run, figure).map(|time| time.value).filter(|ns| ns.is_finite() && *ns > 0.0)
}

/// How the median and the 99th percentile look.
fn look(place: usize, is_predicted: bool) -> Look {
    let (number, shape) = if place == 0 { (5, Shape::Diamond) } else { (0, Shape::Circle) };
    let number = if is_predicted { 3 } else { number };
    Look { color: color(number), shape, is_hollow: is_predicted }
}

/// Median and 99th percentile with a line between them; dashed and hollow if they are predicted.
fn pair(panel: &mut Panel, at: f64, name: &str, figures: [KeyFigure; 2], values: [Option<f64>; 2], is_predicted: bool) {
    if let [Some(from), Some(to)] = values {
        let dash = is_predicted.then_some(DASHED);
        let stroke = Stroke::new(look(1, is_predicted).color, 1.8).dashed(dash);
        panel.behind(Mark::Line(vec![(from, at), (to, at)], stroke));
    }
    for ((place, ns), figure) in values.into_iter().enumerate().zip(figures) {
        let title = format!("{name}, {}{}", super::name(figure), if is_predicted { ", predicted" } else { "" });
        match ns {
            Some(ns) => {
                let title = format!("{title}: {}", super::value(figure, ns));
                panel.add(title, Mark::Point((ns, at), 0.0, look(place, is_predicted)));
            }
            None if is_predicted => {}
            None => panel.missing.push(format!("{title}: unavailable")),
        }
    }
}

/// The share that completed, the longest freeze, and the verdict.
fn cells(run: &Tried) -> String {
    let verdict = match run.verdict.as_ref().map(|verdict| verdict.outcome) {
        _ if !run.complete => "incomplete",
        None => NONE,
        Some(Judgement::Met) => "met",
        Some(Judgement::NotMet) => "not met",
        Some(Judgement::Invalid) => "invalid",
    };
    let show = |figure| or_none(run.measured.get(figure), |value| super::value(figure, value));
    let done = [KeyFigure::ReadersCompletedShare, KeyFigure::CommitsCompletedShare].map(show).join(" / ");
    [done, show(KeyFigure::LongestFreezeNs), verdict.to_owned()].join(", ")
}
