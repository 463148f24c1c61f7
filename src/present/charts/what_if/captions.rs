//! The words of the charts of a what-if: where it was measured, what each figure is called, what was not run and why.
//! All differences are told in the description too, for those who do not see the chart.

use crate::{
    results::{
        Availability, Change, Difference, KeyFigure, MitigationResult, MitigationStatus, PredictedFigures, WhatIf,
    },
    scenario::units::{format_duration_ns, format_rate},
    stats::Estimate,
};

pub fn measured_where(tried: &WhatIf) -> String {
    let settings = &tried.baseline.settings;
    let asking = match settings.reader_rate_per_s {
        Some(rate) => format!("asking {} each", format_rate(rate)),
        None => "asking as fast as they can".to_owned(),
    };
    let instances = if settings.instances == 1 { "instance" } else { "instances" };
    let incomplete = if tried.complete { "" } else { "; INCOMPLETE" };
    format!(
        "baseline: {}, {} readers {asking}, {} {instances}{incomplete}",
        tried.scenario, settings.readers, settings.instances
    )
}

pub fn origin(tried: &WhatIf) -> String {
    crate::present::charts::page::origin(
        &tried.scenario,
        "",
        &tried.started,
        Some(tried.seed),
        Some(&tried.mapstorm_version),
    )
}

pub fn name(figure: KeyFigure) -> &'static str {
    match figure {
        KeyFigure::ReaderP50Ns => "readers' median",
        KeyFigure::ReaderP99Ns => "readers' p99",
        KeyFigure::CommitP50Ns => "commits' median",
        KeyFigure::CommitP99Ns => "commits' p99",
        KeyFigure::CompletedShare => "completed of due",
        KeyFigure::StalledNsPerS => "stalled time",
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
        KeyFigure::CompletedShare => Some(figures.completed_share),
        KeyFigure::StalledNsPerS | KeyFigure::LongestFreezeNs => None,
    }
}

pub fn value(figure: KeyFigure, value: f64) -> String {
    let time = || format_duration_ns(value.max(0.0).round() as u64);
    match figure {
        KeyFigure::CompletedShare => format!("{:.1} %", value * 100.0),
        KeyFigure::StalledNsPerS => format!("{} a second", time()),
        KeyFigure::LongestFreezeNs if value == 0.0 => "none".to_owned(),
        _ => time(),
    }
}

/// Cures without a finished run, with the reason of each; empty if there are none.
pub fn not_run(tried: &WhatIf) -> String {
    let told: Vec<String> = tried.mitigations.iter().filter_map(reason).collect();
    if told.is_empty() { String::new() } else { format!(" Not compared: {}.", told.join("; ")) }
}

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

/// Why runs have no predicted figures, each reason once; empty if all have them.
pub fn not_predicted(tried: &WhatIf) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    let runs = std::iter::once(&tried.baseline)
        .chain(tried.mitigations.iter().filter_map(|mitigation| mitigation.run.as_ref()));
    for run in runs {
        if let Availability::Unavailable { unavailable } = &run.predicted
            && !reasons.contains(&&**unavailable)
        {
            reasons.push(unavailable);
        }
    }
    if reasons.is_empty() { String::new() } else { format!(" Predictions unavailable: {}.", reasons.join("; ")) }
}

/// Where the predictions come from; empty if there are none.
pub fn prediction_source(tried: &WhatIf) -> String {
    let runs = std::iter::once(&tried.baseline)
        .chain(tried.mitigations.iter().filter_map(|mitigation| mitigation.run.as_ref()));
    let mut sources: Vec<&str> = Vec::new();
    for predicted in runs.filter_map(|run| run.predicted.value()) {
        if !sources.contains(&&*predicted.source) {
            sources.push(&predicted.source);
        }
    }
    if sources.is_empty() {
        return String::new();
    }
    format!(" Predicted: from a commit's cost law and queueing alone, never run; the law: {}.", sources.join("; "))
}

pub fn sentences(tried: &WhatIf) -> String {
    let of = |mitigation: &MitigationResult| {
        let told: Vec<String> = mitigation.differences.iter().map(sentence).collect();
        format!("{}: {}.", mitigation.name, told.join("; "))
    };
    let compared = tried.mitigations.iter().filter(|mitigation| !mitigation.differences.is_empty());
    std::iter::once(tried.conclusion.statement.clone()).chain(compared.map(of)).collect::<Vec<_>>().join("\n")
}

pub fn sentence(difference: &Difference) -> String {
    let figure = difference.figure;
    let of = |known: Option<f64>| known.map_or_else(|| "unavailable".to_owned(), |known| value(figure, known));
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
        Change::Unknown => "not known whether it differs",
    };
    format!("{} {} to {}{ratio}, {change}", name(figure), of(difference.before), of(difference.after))
}

/// A factor with two digits that mean something, and near 1 three.
pub fn factor(value: f64) -> String {
    match value {
        value if value.is_finite() && value != 0.0 => {
            let near_1 = (0.9..2.0).contains(&value);
            let decimals = if near_1 { 2 } else { (1 - value.abs().log10().floor() as i32).clamp(0, 6) as usize };
            format!("{value:.decimals$}")
        }
        value => value.to_string(),
    }
}
