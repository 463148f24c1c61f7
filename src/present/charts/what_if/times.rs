//! The baseline and every mitigation in absolute figures: response times of readers and of commits, the share that completed, freezes.
//! Below each run, dashed and hollow, what was predicted for it.

use super::captions;
use crate::{
    present::charts::{
        axis::Axis,
        canvas::Stroke,
        legend::Key,
        page::{Page, SMALL},
        palette::{DASHED, INK, Shape, series},
        plot::{Look, Mark, Panel, Plot},
    },
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
pub fn plot(tried: &WhatIf) -> Option<Plot> {
    let mitigations =
        tried.mitigations.iter().filter_map(|mitigation| Some((&*mitigation.name, mitigation.run.as_ref()?)));
    let runs: Vec<(&str, &Tried)> = std::iter::once(("baseline", &tried.baseline)).chain(mitigations).collect();
    let figures = || PANELS.into_iter().flat_map(|(_, figures)| figures);
    let measured = || runs.iter().flat_map(|(_, run)| figures().filter_map(|figure| run.measured.get(figure)));
    if !measured().any(|ns| ns > 0.0) {
        return None;
    }
    let predicted = || runs.iter().flat_map(|(_, run)| figures().filter_map(|figure| predicted_value(run, figure)));
    let axis = Axis::logarithmic_times("response time", measured().chain(predicted()), 6)?;
    let mut panels: Vec<Panel> = Vec::new();
    for (title, figures) in PANELS {
        let y = Axis::rows(runs.iter().map(|(name, _)| *name));
        let mut panel = Panel::new(title, y.high() * ROW, axis.clone(), y);
        for (number, (name, run)) in runs.iter().enumerate() {
            let (upper, lower) = (panel.row(number, -LOWER), panel.row(number, LOWER));
            let measured = figures.map(|figure| run.measured.get(figure).filter(|ns| *ns > 0.0));
            if measured.iter().all(Option::is_none) {
                panel.text("none completed", (axis.low(), upper), (6.0, 0.0), SMALL);
            }
            pair(&mut panel, upper, name, figures, measured, false);
            pair(&mut panel, lower, name, figures, figures.map(|figure| predicted_value(run, figure)), true);
        }
        panels.push(panel);
    }
    // The table is of whole runs: it stands at the right of all panels.
    if let Some(last) = panels.last_mut() {
        last.texts = runs.iter().map(|(_, run)| (cells(run).join(", "), INK)).collect();
    }
    Some(Plot {
        name: "what-if-times".to_owned(),
        page: page(tried, predicted().next().is_some()),
        origin: captions::origin(tried),
        sentences: runs.iter().map(|(name, run)| sentence(name, run)).collect(),
        columns: PANELS.len(),
        panels,
    })
}

fn predicted_value(run: &Tried, figure: KeyFigure) -> Option<f64> {
    captions::predicted(run.predicted.value()?, figure).map(|it| it.value).filter(|ns| ns.is_finite() && *ns > 0.0)
}

/// How the median and the 99th percentile look.
fn look(place: usize, is_predicted: bool) -> Look {
    let (color, shape) = if place == 0 { (series(5).0, Shape::Diamond) } else { (series(0).0, Shape::Circle) };
    let color = if is_predicted { series(3).0 } else { color };
    Look { color, shape, is_hollow: is_predicted }
}

/// Median and 99th percentile with a line between them; dashed and hollow if they are predicted.
fn pair(panel: &mut Panel, at: f64, name: &str, figures: [KeyFigure; 2], values: [Option<f64>; 2], is_predicted: bool) {
    if let [Some(from), Some(to)] = values {
        let dash = is_predicted.then_some(DASHED);
        panel.behind(Mark::Line(
            vec![(from, at), (to, at)],
            Stroke { color: look(1, is_predicted).color, width: 1.8, dash },
        ));
    }
    for ((place, ns), figure) in values.into_iter().enumerate().zip(figures) {
        let Some(ns) = ns else { continue };
        let how = if is_predicted { ", predicted" } else { "" };
        let title = format!("{name}, {}{how}: {}", captions::name(figure), captions::value(figure, ns));
        panel.add(title, Mark::Point((ns, at), 0.0, look(place, is_predicted)));
    }
}

fn cells(run: &Tried) -> [String; 3] {
    let verdict = match run.verdict.as_ref().map(|verdict| verdict.outcome) {
        _ if !run.complete => "incomplete",
        None => "–",
        Some(Judgement::Met) => "met",
        Some(Judgement::NotMet) => "not met",
        Some(Judgement::Invalid) => "invalid",
    };
    let of = |figure| run.measured.get(figure).map_or_else(|| "–".to_owned(), |value| captions::value(figure, value));
    [of(KeyFigure::CompletedShare), of(KeyFigure::LongestFreezeNs), verdict.to_owned()]
}

fn page(tried: &WhatIf, is_predicted: bool) -> Page {
    let mut legend = Vec::new();
    for is_predicted in [false, true].into_iter().filter(|predicted| !predicted || is_predicted) {
        let how = if is_predicted { "predicted" } else { "measured" };
        legend.extend(
            NAMES
                .into_iter()
                .enumerate()
                .map(|(place, name)| (Key::Mark(look(place, is_predicted)), format!("{name}, {how}"))),
        );
    }
    let caption = format!(
        "Each run once, with seed {} and the same total load. At the right, measured: the share of what was scheduled that completed, the \
         longest freeze, whether the objectives were met (–: there is none).{}{}{}",
        tried.seed,
        captions::prediction_source(tried),
        captions::not_predicted(tried),
        captions::not_run(tried)
    );
    Page {
        title: "Response times with each cure".to_owned(),
        subtitle: captions::measured_where(tried),
        legend,
        caption,
    }
}

fn sentence(name: &str, run: &Tried) -> String {
    let mut told: Vec<String> = Vec::new();
    for figure in PANELS.into_iter().flat_map(|(_, figures)| figures) {
        let of = |ns: Option<f64>| ns.map_or_else(|| "unavailable".to_owned(), |ns| captions::value(figure, ns));
        let predicted_value =
            predicted_value(run, figure).map_or_else(String::new, |ns| format!(", predicted {}", of(Some(ns))));
        told.push(format!("{} {}{predicted_value}", captions::name(figure), of(run.measured.get(figure))));
    }
    let [completed_share, freeze, verdict] = cells(run);
    format!(
        "{name}: {}; completed of due {completed_share}; longest freeze {freeze}; objectives {verdict}.",
        told.join("; ")
    )
}
