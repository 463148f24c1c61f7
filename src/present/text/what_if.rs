//! A what-if for the terminal: a table with a row for each run, what was predicted below what was measured, and a sentence
//! for each cure. At most 100 columns wide.

#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

use crate::{
    conclude::wording::{figure_name, show_key_figure},
    mailboxes::OpenMode,
    scenario::units::{factor, format_bytes, format_duration_ns, format_rate},
};
use crate::{
    present::{
        Grid, Remark,
        table::{paragraph, paragraphs},
    },
    results::{CauseShare, Change, CureResult, CureStatus, Difference, Judgement, KeyFigure, Known, Tried, WhatIf},
};

/// There is no value.
const NONE: &str = "–";
/// Below this share of what was due, percentiles leave out much.
const REACHED: f64 = 0.99;

impl fmt::Display for WhatIf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        let _ =
            writeln!(text, "{}: what would cure it{}", self.scenario, if self.complete { "" } else { " (INCOMPLETE)" });
        for reason in &self.incomplete_because {
            paragraph(&mut text, "Incomplete: ", reason);
        }
        text.push('\n');
        paragraph(&mut text, "Conclusion: ", &self.conclusion.statement);
        paragraphs(&mut text, &self.start());
        let _ = writeln!(text, "\n{}", self.table());
        text.push('\n');
        paragraphs(&mut text, &self.cure_remarks());
        text.push('\n');
        paragraphs(&mut text, &self.caveats());
        f.write_str(&text)
    }
}

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
    fn table(&self) -> Grid {
        let header = ["run", "read p50", "read p99", "commit p50", "commit p99", "reached", "freeze", "verdict"];
        let mut rows = Grid::new(header, 1);
        let runs = self.cures.iter().filter_map(|cure| Some((&*cure.name, cure.run.as_ref()?)));
        for (name, run) in std::iter::once(("baseline", &self.baseline)).chain(runs) {
            let measured = &run.measured;
            let time = |ns: Option<u64>| ns.map_or_else(|| NONE.to_owned(), format_duration_ns);
            let times =
                [measured.reader_p50_ns, measured.reader_p99_ns, measured.commit_p50_ns, measured.commit_p99_ns];
            let reached =
                measured.completed_share.map_or_else(|| NONE.to_owned(), |share| format!("{:.1} %", share * 100.0));
            let freeze = match measured.longest_freeze_ns {
                0 => "none".to_owned(),
                length => format_duration_ns(length),
            };
            let verdict = match run.verdict.as_ref().map(|verdict| verdict.outcome) {
                None => NONE,
                Some(Judgement::Met) => "met",
                Some(Judgement::NotMet) => "not met",
                Some(Judgement::Invalid) => "invalid",
            };
            let whole = if run.complete { name.to_owned() } else { format!("{name} (cut)") };
            rows.add_row([whole].into_iter().chain(times.map(time)).chain([reached, freeze, verdict.to_owned()]));
            if let Known::Value(predicted) = &run.predicted {
                let times = [
                    &predicted.reader_p50_ns,
                    &predicted.reader_p99_ns,
                    &predicted.commit_p50_ns,
                    &predicted.commit_p99_ns,
                ];
                let times = times.map(|time| format_duration_ns(time.value as u64));
                let reached = format!("{:.1} %", predicted.completed_share.value * 100.0);
                rows.add_row(["  predicted".to_owned()].into_iter().chain(times).chain([reached]));
            }
        }
        rows
    }

    /// What was there before any cure: the baseline's settings and findings.
    pub fn start(&self) -> Vec<Remark> {
        let found = |found: &CauseShare| Remark::new("Found: ", format!("{} [{}]", found.statement, found.cause));
        let baseline = Remark::new("Baseline: ", settings(&self.baseline));
        std::iter::once(baseline).chain(self.findings.iter().map(found)).collect()
    }

    /// What became of each cure.
    pub fn cure_remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        for cure in &self.cures {
            let what = match &*cure.overrides {
                [] => cure.name.clone(),
                sets => format!("{} ({})", cure.name, sets.join(" ")),
            };
            let outcome = match cure.status {
                CureStatus::Measured => measured(cure),
                CureStatus::Incomplete => format!("incomplete, so not compared: {}", reason(cure)),
                CureStatus::NotApplicable => format!("does not apply: {}", reason(cure)),
                CureStatus::Refused => format!("refused: {} (--force runs it all the same)", reason(cure)),
                CureStatus::Failed => format!("failed: {}", reason(cure)),
                CureStatus::NotRun => format!("not run: {}", reason(cure)),
            };
            remarks.push(Remark::new("- ", format!("{what}: {outcome}")));
        }
        remarks
    }

    /// What limits the figures and the differences.
    pub fn caveats(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if let Some(share) = self.baseline.measured.completed_share.filter(|share| *share < REACHED) {
            remarks.push(Remark::new(
                "Note: ",
                format!(
                    "the baseline completed {:.0} % of what was due; its percentiles speak of those alone, and a cure that completes \
                     more helps more than they show",
                    share * 100.0
                ),
            ));
        }
        let runs = std::iter::once(&self.baseline).chain(self.cures.iter().filter_map(|cure| cure.run.as_ref()));
        let mut reasons: Vec<&str> = Vec::new();
        for run in runs {
            if let Known::Unavailable { unavailable } = &run.predicted
                && !reasons.contains(&&**unavailable)
            {
                reasons.push(unavailable);
            }
        }
        if !reasons.is_empty() && !self.cures.is_empty() {
            let reasons = format!("unavailable where not shown: {}", reasons.join("; "));
            remarks.push(Remark::new("Predicted figures: ", reasons));
        }
        if self.cures.iter().any(|cure| cure.status == CureStatus::Measured) {
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

fn reason(cure: &CureResult) -> &str {
    cure.reason.as_deref().unwrap_or("unknown")
}

/// The two figures that matter most, then what else changed.
fn measured(cure: &CureResult) -> String {
    let predicted = cure.run.as_ref().and_then(|run| run.predicted.value());
    let main = [
        (KeyFigure::ReaderP99Ns, predicted.map(|predicted| predicted.reader_p99_ns)),
        (KeyFigure::CommitP50Ns, predicted.map(|predicted| predicted.commit_p50_ns)),
    ];
    let told = main.iter().filter_map(|(figure, predicted)| {
        let difference = cure.difference(*figure)?;
        let predicted = predicted.map_or_else(String::new, |of| {
            let [value, low, high] = [of.value, of.low, of.high].map(|value| show_key_figure(*figure, value));
            format!(", predicted {value} ({low} to {high})")
        });
        Some(format!("{}{predicted}", told(difference)))
    });
    let mut sentence = told.collect::<Vec<_>>().join("; ");
    for (change, words) in [(Change::Better, "better too"), (Change::Worse, "WORSE")] {
        let others = cure.differences.iter().filter(|difference| {
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
    let value = |value: Option<f64>| {
        value.map_or_else(|| "unavailable".to_owned(), |value| show_key_figure(difference.figure, value))
    };
    let mut words =
        format!("{} {} → {}", figure_name(difference.figure), value(difference.before), value(difference.after));
    words.push_str(&ratio(difference).unwrap_or_default());
    match (difference.change, &difference.ratio) {
        (Change::Same, Known::Value(ratio)) if (ratio.value - 1.0).abs() > 0.05 => {
            words.push_str(", no real difference: it may be chance");
        }
        (Change::Same, _) => words.push_str(", no real difference"),
        (Change::Worse, _) => words.push_str(", WORSE"),
        (Change::Unknown, Known::Unavailable { unavailable }) => {
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
