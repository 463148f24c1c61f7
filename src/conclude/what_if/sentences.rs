//! What may be said of a what-if: where it started, what became of each mitigation, and what limits the figures.

use std::fmt::Write as _;

use crate::{
    conclude::wording::{Remark, figure_name, or_unavailable, show_key_figure},
    mailboxes::OpenMode,
    results::{
        Availability, CauseShare, Change, Difference, KeyFigure, MitigationResult, MitigationStatus, Tried, WhatIf,
    },
    scenario::units::{factor, format_bytes, format_rate},
};

/// Below this share of what was due, percentiles leave out much.
const COMPLETED: f64 = 0.99;

fn settings(tried: &Tried) -> String {
    let settings = &tried.settings;
    let rate = settings
        .reader_rate_per_s
        .map_or_else(|| "in a closed loop".to_owned(), |rate| format!("asking {} each", format_rate(rate)));
    let open = match settings.open {
        OpenMode::ReadOnly => "read-only",
        OpenMode::ReadWrite => "read-write",
    };
    format!(
        "{} readers {rate}, {}, opened {open}, the file written {} at a time",
        settings.readers,
        if settings.instances == 1 { "1 instance".to_owned() } else { format!("{} instances", settings.instances) },
        format_bytes(settings.write_size_bytes)
    )
}

impl WhatIf {
    /// What was there before any cure: the baseline's settings and findings.
    pub fn start(&self) -> Vec<Remark> {
        let found = |found: &CauseShare| Remark::new("Found: ", format!("{} [{}]", found.statement, found.cause));
        let baseline = Remark::new("Baseline: ", settings(&self.baseline));
        std::iter::once(baseline).chain(self.findings.iter().map(found)).collect()
    }

    /// What became of each cure.
    pub fn mitigation_sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        for mitigation in &self.mitigations {
            let what = match &*mitigation.overrides {
                [] => mitigation.name.clone(),
                sets => format!("{} ({})", mitigation.name, sets.join(" ")),
            };
            let outcome = match mitigation.status {
                MitigationStatus::Measured => measured(mitigation),
                MitigationStatus::Incomplete => format!("incomplete, so not compared: {}", reason(mitigation)),
                MitigationStatus::NotApplicable => format!("does not apply: {}", reason(mitigation)),
                MitigationStatus::Refused => format!("refused: {} (--force runs it all the same)", reason(mitigation)),
                MitigationStatus::Failed => format!("failed: {}", reason(mitigation)),
                MitigationStatus::NotRun => format!("not run: {}", reason(mitigation)),
            };
            sentences.push(format!("{what}: {outcome}"));
        }
        sentences
    }

    /// What limits the figures and the differences.
    pub fn caveats(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if let Some(share) = self.baseline.measured.completed_share.filter(|share| *share < COMPLETED) {
            remarks.push(Remark::new(
                "Note: ",
                format!(
                    "the baseline completed {:.0} % of what was due; its percentiles speak of those alone, and a cure that completes \
                     more helps more than they show",
                    share * 100.0
                ),
            ));
        }
        let runs = std::iter::once(&self.baseline)
            .chain(self.mitigations.iter().filter_map(|mitigation| mitigation.run.as_ref()));
        let mut reasons: Vec<&str> = Vec::new();
        for run in runs {
            if let Availability::Unavailable { unavailable } = &run.predicted
                && !reasons.contains(&&**unavailable)
            {
                reasons.push(unavailable);
            }
        }
        if !reasons.is_empty() && !self.mitigations.is_empty() {
            let reasons = format!("unavailable where not shown: {}", reasons.join("; "));
            remarks.push(Remark::new("Predicted figures: ", reasons));
        }
        if self.mitigations.iter().any(|mitigation| mitigation.status == MitigationStatus::Measured) {
            let seed = self.seed;
            remarks.push(Remark::new(
                "Differences: ",
                format!(
                    "measured, each run once with seed {seed} and the same total load. Ratios have 95 % intervals, from what varied inside \
                     the runs: another run may differ by more. No real difference is an interval with 1 in it, or at most 5 %"
                ),
            ));
        }
        remarks
    }
}

fn reason(mitigation: &MitigationResult) -> &str {
    mitigation.reason.as_deref().unwrap_or("unknown")
}

/// The two figures that matter most, then what else changed.
fn measured(mitigation: &MitigationResult) -> String {
    let predicted = mitigation.run.as_ref().and_then(|run| run.predicted.value());
    let main = [
        (KeyFigure::ReaderP99Ns, predicted.map(|predicted| predicted.reader_p99_ns)),
        (KeyFigure::CommitP50Ns, predicted.map(|predicted| predicted.commit_p50_ns)),
    ];
    let told = main.iter().filter_map(|(figure, predicted)| {
        let difference = mitigation.difference(*figure)?;
        let predicted = predicted.map_or_else(String::new, |of| {
            let [value, low, high] = [of.value, of.low, of.high].map(|value| show_key_figure(*figure, value));
            format!(", predicted {value} ({low} to {high})")
        });
        Some(format!("{}{predicted}", told(difference)))
    });
    let mut sentence = told.collect::<Vec<_>>().join("; ");
    for (change, words) in [(Change::Better, "better too"), (Change::Worse, "WORSE")] {
        let others = mitigation.differences.iter().filter(|difference| {
            difference.change == change && main.iter().all(|(figure, _)| *figure != difference.figure)
        });
        let names: Vec<String> = others
            .map(|difference| format!("{}{}", figure_name(difference.figure), ratio(difference).unwrap_or_default()))
            .collect();
        if !names.is_empty() {
            let _ = write!(sentence, "; {words}: {}", names.join(", "));
        }
    }
    sentence
}

/// A figure's change in words.
fn told(difference: &Difference) -> String {
    let value = |value: Option<f64>| or_unavailable(value, |value| show_key_figure(difference.figure, value));
    let mut words =
        format!("{} {} → {}", figure_name(difference.figure), value(difference.before), value(difference.after));
    words.push_str(&ratio(difference).unwrap_or_default());
    match (difference.change, &difference.ratio) {
        (Change::Same, Availability::Value(ratio)) if (ratio.value - 1.0).abs() > 0.05 => {
            words.push_str(", no real difference: it may be chance");
        }
        (Change::Same, _) => words.push_str(", no real difference"),
        (Change::Worse, _) => words.push_str(", WORSE"),
        (Change::Unknown, Availability::Unavailable { unavailable }) => {
            let _ = write!(words, ", no interval ({unavailable})");
        }
        _ => {}
    }
    words
}

fn ratio(difference: &Difference) -> Option<String> {
    let ratio = difference.ratio.value()?;
    Some(format!(" (×{}, {} to {})", factor(ratio.value), factor(ratio.low), factor(ratio.high)))
}
