//! What may be said of a what-if: where it started, what became of each mitigation, and what limits the figures.

use crate::{
    conclude::{
        claim::Remark,
        in_order::unique,
        run::KEPT_UP,
        wording::{count, estimate, figure_name, or_unavailable, show_key_figure, status, times},
    },
    mailboxes::OpenMode,
    results::{
        Availability, CauseShare, Change, Difference, KeyFigure, MitigationResult, MitigationStatus, Tried, WhatIf,
    },
    scenario::units::{format_bytes, format_rate},
};

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
        count(settings.instances, "instance"),
        format_bytes(settings.write_size_bytes)
    )
}

impl WhatIf {
    /// What was there before any mitigation: the baseline's settings and findings.
    pub fn start(&self) -> Vec<Remark> {
        let found = |found: &CauseShare| Remark::new("Found: ", format!("{} [{}]", found.statement, found.cause));
        let baseline = Remark::new("Baseline: ", settings(&self.baseline));
        std::iter::once(baseline).chain(self.findings.iter().map(found)).collect()
    }

    pub fn mitigation_sentences(&self) -> Vec<String> {
        let sentence = |mitigation: &MitigationResult| {
            let what = match &*mitigation.overrides {
                [] => mitigation.name.clone(),
                sets => format!("{} ({})", mitigation.name, sets.join(" ")),
            };
            let reason = mitigation.reason.as_deref().unwrap_or("unknown");
            let (so, remedy) = match mitigation.status {
                MitigationStatus::Measured => return format!("{what}: {}", measured(mitigation)),
                MitigationStatus::Incomplete => (", so not compared", ""),
                MitigationStatus::Refused => ("", " (--force runs it all the same)"),
                _ => ("", ""),
            };
            format!("{what}: {}{so}: {reason}{remedy}", status(mitigation.status))
        };
        self.mitigations.iter().map(sentence).collect()
    }

    pub fn caveats(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let measured = &self.baseline.measured;
        let mut shares =
            [("readers'", measured.readers_completed_share), ("commits'", measured.commits_completed_share)];
        shares.sort_by(|one, other| one.1.unwrap_or(1.0).total_cmp(&other.1.unwrap_or(1.0)));
        for (whose, share) in shares {
            let Some(share) = share.filter(|share| *share < KEPT_UP) else { continue };
            let words = format!(
                "of what was scheduled the baseline completed {:.0} % ({whose}); those percentiles are of what completed alone, and a \
                 mitigation that completes more improves more than they show",
                share * 100.0
            );
            remarks.push(Remark::new("Note: ", words));
        }
        let runs = self.mitigations.iter().filter_map(|mitigation| mitigation.run.as_ref());
        let all = std::iter::once(&self.baseline).chain(runs);
        let reasons = unique(all.filter_map(|run| Some(&**run.predicted.known().err()?)));
        if !reasons.is_empty() && !self.mitigations.is_empty() {
            let reasons = format!("unavailable where not shown: {}", reasons.join("; "));
            remarks.push(Remark::new("Predicted figures: ", reasons));
        }
        if self.mitigations.iter().any(|mitigation| mitigation.status == MitigationStatus::Measured) {
            let words = format!(
                "measured, each run once with seed {} and the same total load. Ratios have 95 % intervals, from what varied inside \
                 the runs: another run may differ by more. No real difference is one of at most 5 %; undecided is an interval with \
                 1 in it that allows more",
                self.seed
            );
            remarks.push(Remark::new("Differences: ", words));
        }
        remarks
    }
}

/// The two figures that matter most, then what else changed.
fn measured(mitigation: &MitigationResult) -> String {
    let predicted = mitigation.run.as_ref().and_then(|run| run.predicted.value());
    let main = [
        (KeyFigure::ReaderP99Ns, predicted.map(|predicted| predicted.reader_p99_ns)),
        (KeyFigure::CommitP50Ns, predicted.map(|predicted| predicted.commit_p50_ns)),
    ];
    let figures = main.iter().filter_map(|(figure, predicted)| {
        let changed = changed(mitigation.difference(*figure)?);
        let predicted = predicted.map(|predicted| estimate(predicted, |value| show_key_figure(*figure, value)));
        Some(predicted.map_or_else(|| changed.clone(), |predicted| format!("{changed}, predicted {predicted}")))
    });
    let others =
        [(Change::Better, "better too"), (Change::Worse, "WORSE")].into_iter().filter_map(|(change, words)| {
            let is_other =
                |found: &&Difference| found.change == change && main.iter().all(|(figure, _)| *figure != found.figure);
            let others = mitigation.differences.iter().filter(is_other);
            let names: Vec<String> = others
                .map(|found| match found.ratio {
                    Availability::Value(_) => format!("{}{}", figure_name(found.figure), ratio(found)),
                    Availability::Unavailable { .. } => values(found),
                })
                .collect();
            (!names.is_empty()).then(|| format!("{words}: {}", names.join(", ")))
        });
    figures.chain(others).collect::<Vec<_>>().join("; ")
}

/// Both values of a figure: `commit p50 216 ms → 6 ms`.
fn values(difference: &Difference) -> String {
    let value = |value: Option<f64>| or_unavailable(value, |value| show_key_figure(difference.figure, value));
    format!("{} {} → {}", figure_name(difference.figure), value(difference.before), value(difference.after))
}

fn changed(difference: &Difference) -> String {
    let change = match (difference.change, &difference.ratio) {
        (Change::Undecided, _) => ", undecided: it may be chance".to_owned(),
        (Change::Same, _) => ", no real difference".to_owned(),
        (Change::Worse, _) => ", WORSE".to_owned(),
        (Change::Unknown, Availability::Unavailable { unavailable }) => format!(", no interval ({unavailable})"),
        _ => String::new(),
    };
    format!("{}{}{change}", values(difference), ratio(difference))
}

fn ratio(difference: &Difference) -> String {
    difference.ratio.value().map_or_else(String::new, |ratio| format!(" ({})", times(ratio)))
}
