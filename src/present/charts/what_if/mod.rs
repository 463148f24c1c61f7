//! Charts of the mitigations that were tried on a baseline: what each changed, and the absolute figures of all runs.
//! What was measured is solid; what is predicted is dashed, hollow and says so.

mod ratios;
#[cfg(test)]
mod tests;
mod times;

use super::{Chart, Origin, Panel, Plot, page, rendered, unique};
use crate::{
    conclude::wording::{count, or_unavailable, show_key_figure, status},
    results::{Availability, Change, Difference, KeyFigure, MitigationResult, MitigationStatus, Tried, WhatIf},
    scenario::units::{factor, format_rate},
    stats::Estimate,
};

/// Draws what each mitigation changed, `what-if-ratios`, and the absolute figures of all runs, `what-if-times`. The first is missing if
/// no mitigation was compared, the second if nothing completed. The captions name the mitigations that were not run, with the reasons.
/// `host`: that of the baseline's own result; empty: unavailable.
pub fn what_if_charts(tried: &WhatIf, host: &str) -> anyhow::Result<Vec<Chart>> {
    rendered([ratios::plot(tried, host), times::plot(tried, host)])
}

/// A plot that says how it was measured; `caption` goes on from there.
fn plot(tried: &WhatIf, host: &str, [name, title, caption]: [&str; 3], panels: Vec<Panel>) -> Plot {
    let settings = &tried.baseline.settings;
    let asking = match settings.reader_rate_per_s {
        Some(rate) => format!("asking {} each", format_rate(rate)),
        None => "asking as fast as they can".to_owned(),
    };
    let instances = count(settings.instances, "instance");
    let incomplete = if tried.complete { "" } else { "; INCOMPLETE" };
    let measured =
        format!("baseline: {}, {} readers {asking}, {instances}{incomplete}", tried.scenario, settings.readers);
    let source = page::source(&tried.scenario, host, &tried.started, tried.seed, Some(&tried.mapstorm_version));
    let mut plot = Plot::new(name, title, Origin { measured, source }, panels);
    plot.say(format!("Each run once, with seed {} and the same total load. {caption}", tried.seed));
    plot.say(page::predicted_from(runs(tried).filter_map(|(_, run)| Some(&*run.predicted.value()?.source))));
    let reasons = unique(runs(tried).filter_map(|(_, run)| run.predicted.known().err().map(String::as_str)));
    plot.say_if(!reasons.is_empty(), format!("Predictions unavailable: {}.", reasons.join("; ")));
    let not_run: Vec<String> = tried.mitigations.iter().filter_map(reason).collect();
    plot.say_if(!not_run.is_empty(), format!("Not compared: {}.", not_run.join("; ")));
    plot
}

/// The baseline and every mitigation that was run.
pub(crate) fn runs(tried: &WhatIf) -> impl Iterator<Item = (&str, &Tried)> {
    let mitigations = tried.mitigations.iter();
    let mitigations = mitigations.filter_map(|mitigation| Some((&*mitigation.name, mitigation.run.as_ref()?)));
    std::iter::once(("baseline", &tried.baseline)).chain(mitigations)
}

fn name(figure: KeyFigure) -> &'static str {
    match figure {
        KeyFigure::ReaderP50Ns => "readers' median",
        KeyFigure::ReaderP99Ns => "readers' p99",
        KeyFigure::CommitP50Ns => "commits' median",
        KeyFigure::CommitP99Ns => "commits' p99",
        KeyFigure::ReadersCompletedShare => "readers' completed of scheduled",
        KeyFigure::CommitsCompletedShare => "commits completed of scheduled",
        KeyFigure::StalledNsPerS => "stalled time",
        KeyFigure::FrozenShare => "time frozen",
        KeyFigure::LongestFreezeNs => "longest freeze",
    }
}

/// A figure as it is predicted; `None`: it is not.
pub(crate) fn predicted(run: &Tried, figure: KeyFigure) -> Option<Estimate> {
    let figures = run.predicted.value()?;
    match figure {
        KeyFigure::ReaderP50Ns => Some(figures.reader_p50_ns),
        KeyFigure::ReaderP99Ns => Some(figures.reader_p99_ns),
        KeyFigure::CommitP50Ns => Some(figures.commit_p50_ns),
        KeyFigure::CommitP99Ns => Some(figures.commit_p99_ns),
        KeyFigure::ReadersCompletedShare => Some(figures.readers_completed_share),
        KeyFigure::CommitsCompletedShare => Some(figures.commits_completed_share),
        KeyFigure::StalledNsPerS | KeyFigure::FrozenShare | KeyFigure::LongestFreezeNs => None,
    }
}

fn value(figure: KeyFigure, value: f64) -> String {
    show_key_figure(figure, if ratios::SHARES.contains(&figure) { value } else { value.round() })
}

/// Why a mitigation has no finished run.
fn reason(mitigation: &MitigationResult) -> Option<String> {
    let why = mitigation.reason.as_deref().unwrap_or("no reason is known");
    let is_finished = mitigation.status == MitigationStatus::Measured;
    (!is_finished).then(|| format!("{} ({}: {why})", mitigation.name, status(mitigation.status)))
}

fn sentence(difference: &Difference) -> String {
    let figure = difference.figure;
    let show = |known: Option<f64>| or_unavailable(known, |known| value(figure, known));
    let ratio = match &difference.ratio {
        Availability::Value(ratio) => {
            format!(" (times {}, {} to {})", factor(ratio.value), factor(ratio.low), factor(ratio.high))
        }
        Availability::Unavailable { unavailable } => format!(" (no interval: {unavailable})"),
    };
    let change = match difference.change {
        Change::Better => "better",
        Change::Worse => "worse",
        Change::Same => "no real difference",
        Change::Undecided => "undecided",
        Change::Unknown => "unknown whether it differs",
    };
    format!("{} {} to {}{ratio}, {change}", name(figure), show(difference.before), show(difference.after))
}
