//! What the charts of a what-if share: where it was measured, what each figure is called, what was not run and why.

use crate::{
    conclude::wording::show_key_figure,
    present::charts::{Origin, Panel, Plot, page, unique},
    results::{
        Availability, Change, Difference, KeyFigure, MitigationResult, MitigationStatus, PredictedFigures, Tried,
        WhatIf,
    },
    scenario::units::{factor, format_rate},
    stats::Estimate,
};

/// A plot that says how it was measured; `caption` goes on from there.
pub fn plot(tried: &WhatIf, host: &str, [name, title, caption]: [&str; 3], panels: Vec<Panel>) -> Plot {
    let settings = &tried.baseline.settings;
    let asking = match settings.reader_rate_per_s {
        Some(rate) => format!("asking {} each", format_rate(rate)),
        None => "asking as fast as they can".to_owned(),
    };
    let instances = if settings.instances == 1 { "instance" } else { "instances" };
    let incomplete = if tried.complete { "" } else { "; INCOMPLETE" };
    let measured = format!(
        "baseline: {}, {} readers {asking}, {} {instances}{incomplete}",
        tried.scenario, settings.readers, settings.instances
    );
    let source = page::source(&tried.scenario, host, &tried.started, tried.seed, Some(&tried.mapstorm_version));
    let mut plot = Plot::new(name, title, Origin { measured, source }, panels);
    plot.say(format!("Each run once, with seed {} and the same total load. {caption}", tried.seed));
    plot.say(page::predicted_from(runs(tried).filter_map(|(_, run)| Some(&*run.predicted.value()?.source))));
    let reasons = unique(runs(tried).filter_map(|(_, run)| match &run.predicted {
        Availability::Unavailable { unavailable } => Some(&**unavailable),
        Availability::Value(_) => None,
    }));
    plot.say_if(!reasons.is_empty(), format!("Predictions unavailable: {}.", reasons.join("; ")));
    let not_run: Vec<String> = tried.mitigations.iter().filter_map(reason).collect();
    plot.say_if(!not_run.is_empty(), format!("Not compared: {}.", not_run.join("; ")));
    plot
}

/// The baseline and every mitigation that was run.
pub fn runs(tried: &WhatIf) -> impl Iterator<Item = (&str, &Tried)> {
    let mitigations = tried.mitigations.iter();
    let mitigations = mitigations.filter_map(|mitigation| Some((&*mitigation.name, mitigation.run.as_ref()?)));
    std::iter::once(("baseline", &tried.baseline)).chain(mitigations)
}

pub fn name(figure: KeyFigure) -> &'static str {
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

/// The same figure as it is predicted; `None`: it is not.
pub fn predicted(figures: &PredictedFigures, figure: KeyFigure) -> Option<Estimate> {
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

pub fn value(figure: KeyFigure, value: f64) -> String {
    match figure {
        KeyFigure::LongestFreezeNs if value == 0.0 => "none".to_owned(),
        KeyFigure::ReadersCompletedShare | KeyFigure::CommitsCompletedShare | KeyFigure::FrozenShare => {
            show_key_figure(figure, value)
        }
        _ => show_key_figure(figure, value.max(0.0).round()),
    }
}

/// Why a mitigation has no finished run.
fn reason(mitigation: &MitigationResult) -> Option<String> {
    let what = match mitigation.status {
        MitigationStatus::Measured => return None,
        MitigationStatus::Incomplete => "incomplete",
        MitigationStatus::NotApplicable => "does not apply",
        MitigationStatus::Refused => "refused",
        MitigationStatus::Failed => "failed",
        MitigationStatus::NotRun => "not run",
    };
    let why = mitigation.reason.as_deref().unwrap_or("no reason is known");
    Some(format!("{} ({what}: {why})", mitigation.name))
}

pub fn sentence(difference: &Difference) -> String {
    let figure = difference.figure;
    let show = |known: Option<f64>| known.map_or_else(|| "unavailable".to_owned(), |known| value(figure, known));
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
