//! A what-if for the terminal: a table with a row for each run, what was predicted below what was measured, and a sentence
//! for each cure. At most 100 columns wide.

use std::fmt::{self, Write as _};

use super::{
    Change, CureResult, Difference, Judgement, KeyFigure, Known, Status, Tried, WhatIf, diagnosis_text::paragraph,
    text::table,
};
use crate::{
    mailboxes::OpenMode,
    scenario::units::{format_bytes, format_duration_ns, format_rate},
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
        text.push('\n');
        paragraph(&mut text, "Conclusion: ", &self.conclusion.statement);
        paragraph(&mut text, "Baseline: ", &settings(&self.baseline));
        for found in &self.findings {
            paragraph(&mut text, "Found: ", &format!("{} [{}]", found.statement, found.cause));
        }
        let _ = writeln!(text, "\n{}", self.table());
        self.sentences(&mut text);
        self.caveats(&mut text);
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
    fn table(&self) -> comfy_table::Table {
        let header = ["run", "read p50", "read p99", "commit p50", "commit p99", "reached", "freeze", "verdict"];
        let mut rows = table(&header, 1);
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

    fn sentences(&self, text: &mut String) {
        text.push('\n');
        for cure in &self.cures {
            let what = match &*cure.overrides {
                [] => cure.name.clone(),
                sets => format!("{} ({})", cure.name, sets.join(" ")),
            };
            let outcome = match cure.status {
                Status::Measured => measured(cure),
                Status::Incomplete => format!("incomplete, so not compared: {}", reason(cure)),
                Status::NotApplicable => format!("does not apply: {}", reason(cure)),
                Status::Refused => format!("refused: {} (--force runs it all the same)", reason(cure)),
                Status::Failed => format!("failed: {}", reason(cure)),
                Status::NotRun => format!("not run: {}", reason(cure)),
            };
            paragraph(text, "- ", &format!("{what}: {outcome}"));
        }
    }

    fn caveats(&self, text: &mut String) {
        text.push('\n');
        if let Some(share) = self.baseline.measured.completed_share.filter(|share| *share < REACHED) {
            paragraph(
                text,
                "Note: ",
                &format!(
                    "the baseline completed {:.0} % of what was due; its percentiles speak of those alone, and a cure that completes \
                     more helps more than they show",
                    share * 100.0
                ),
            );
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
            paragraph(text, "Predicted figures: ", &format!("unavailable where not shown: {}", reasons.join("; ")));
        }
        if self.cures.iter().any(|cure| cure.status == Status::Measured) {
            let seed = self.seed;
            paragraph(
                text,
                "Differences: ",
                &format!(
                    "measured, each run once with seed {seed} and the same total load. Ratios have 95 % intervals, from what varied inside \
                     the runs: another run may differ by more. No real difference is an interval with 1 in it, or at most 5 %"
                ),
            );
        }
    }
}

fn reason(cure: &CureResult) -> &str {
    cure.reason.as_deref().unwrap_or("unknown")
}

/// The two figures that matter most, then what else changed.
fn measured(cure: &CureResult) -> String {
    let predicted = cure.run.as_ref().and_then(|run| run.predicted.value());
    let main = [
        (KeyFigure::ReaderP99Ns, predicted.map(|predicted| predicted.reader_p99_ns.value)),
        (KeyFigure::CommitP50Ns, predicted.map(|predicted| predicted.commit_p50_ns.value)),
    ];
    let told = main.iter().filter_map(|(figure, predicted)| {
        let difference = cure.difference(*figure)?;
        let predicted = predicted.map_or_else(String::new, |value| format!(", predicted {}", show(*figure, value)));
        Some(format!("{}{predicted}", told(difference)))
    });
    let mut sentence = told.collect::<Vec<_>>().join("; ");
    for (change, words) in [(Change::Better, "better too"), (Change::Worse, "WORSE")] {
        let others = cure.differences.iter().filter(|difference| {
            difference.change == change && main.iter().all(|(figure, _)| *figure != difference.figure)
        });
        let names: Vec<String> = others
            .map(|difference| format!("{}{}", name(difference.figure), ratio(difference).unwrap_or_default()))
            .collect();
        if !names.is_empty() {
            let _ = write!(sentence, "; {words}: {}", names.join(", "));
        }
    }
    sentence
}

/// A figure's change in words.
fn told(difference: &Difference) -> String {
    let value =
        |value: Option<f64>| value.map_or_else(|| "unavailable".to_owned(), |value| show(difference.figure, value));
    let mut words = format!("{} {} → {}", name(difference.figure), value(difference.before), value(difference.after));
    words.push_str(&ratio(difference).unwrap_or_default());
    match (difference.change, &difference.ratio) {
        (Change::Same, Known::Value(ratio)) if (ratio.value - 1.0).abs() > 0.05 => {
            words.push_str(", no real difference: it may be chance");
        }
        (Change::Same, _) => words.push_str(", no real difference"),
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

/// A factor with two digits that mean something.
fn factor(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value >= 1e6 {
        return "ever more".to_owned();
    }
    let decimals = (1 - value.abs().log10().floor() as i32).clamp(0, 6) as usize;
    format!("{value:.decimals$}")
}

fn name(figure: KeyFigure) -> &'static str {
    match figure {
        KeyFigure::ReaderP50Ns => "read p50",
        KeyFigure::ReaderP99Ns => "read p99",
        KeyFigure::CommitP50Ns => "commit p50",
        KeyFigure::CommitP99Ns => "commit p99",
        KeyFigure::CompletedShare => "reached",
        KeyFigure::StalledNsPerS => "stalled time",
        KeyFigure::LongestFreezeNs => "longest freeze",
    }
}

fn show(figure: KeyFigure, value: f64) -> String {
    match figure {
        KeyFigure::CompletedShare => format!("{:.1} %", value * 100.0),
        KeyFigure::StalledNsPerS => format!("{} a second", format_duration_ns(value as u64)),
        _ => format_duration_ns(value as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        law::Estimate,
        mailboxes::{LockKind, RemapRule},
        results::{CauseShare, Conclusion, Measured, PredictedFigures, Settings},
    };

    const MS: u64 = 1_000_000;

    fn tried(directory: &str, reader_ns: u64, predicted: Known<PredictedFigures>) -> Tried {
        Tried {
            directory: directory.to_owned(),
            scenario_hash: String::new(),
            settings: Settings {
                instances: 1,
                readers: 6000,
                readers_per_instance: 6000,
                reader_rate_per_s: Some(1.0),
                open: OpenMode::ReadWrite,
                lock: LockKind::Fcntl,
                remap: RemapRule::WhenNeeded,
                write_size_bytes: 1 << 20,
            },
            complete: true,
            errors: 0,
            measured: Measured {
                reader_p50_ns: Some(reader_ns / 400),
                reader_p99_ns: Some(reader_ns),
                commit_p50_ns: Some(reader_ns + MS),
                commit_p99_ns: None,
                completed_share: Some(0.9751),
                stalled_ns_per_s: Some(123e9),
                longest_freeze_ns: if reader_ns > 10 * MS { 3014 * MS } else { 0 },
            },
            predicted,
            verdict: None,
        }
    }

    fn estimate(value: f64) -> Estimate {
        Estimate { value, low: value * 0.9, high: value * 1.1 }
    }

    fn difference(figure: KeyFigure, before: f64, after: f64, change: Change) -> Difference {
        Difference {
            figure,
            before: Some(before),
            after: Some(after),
            ratio: Known::Value(estimate(after / before)),
            change,
        }
    }

    fn cure(name: &str, set: &str, status: Status, reason: Option<&str>) -> CureResult {
        CureResult {
            name: name.to_owned(),
            meaning: String::new(),
            overrides: if set.is_empty() { vec![] } else { vec![set.to_owned()] },
            suggested_by: vec!["sync-walks-mappers".to_owned()],
            status,
            reason: reason.map(str::to_owned),
            run: None,
            differences: vec![],
        }
    }

    fn sample() -> WhatIf {
        let predicted = PredictedFigures {
            hold_base_ns: estimate(3e6),
            hold_per_mapper_ns: estimate(50.0),
            source: "made up".to_owned(),
            mappers: 6001,
            reader_cpu_ns: 40e3,
            utilisation: estimate(0.03),
            reader_p50_ns: estimate(60e3),
            reader_p99_ns: estimate(4e6),
            commit_p50_ns: estimate(3.3e6),
            commit_p99_ns: estimate(5e6),
            completed_share: estimate(0.9),
            longest_wait_ns: estimate(7e6),
        };
        let unmeasured = Known::Unavailable { unavailable: "the cost law of a commit was not measured".to_owned() };
        let mut read_only = cure("read-only", "readers.open=read-only", Status::Measured, None);
        read_only.run = Some(tried("cures/read-only", 3 * MS + MS / 2, Known::Value(predicted)));
        read_only.differences = vec![
            difference(KeyFigure::ReaderP99Ns, 49e6, 3.5e6, Change::Better),
            difference(KeyFigure::CommitP50Ns, 50e6, 49e6, Change::Same),
            difference(KeyFigure::StalledNsPerS, 123e9, 1e9, Change::Better),
            difference(KeyFigure::CompletedShare, 0.97, 0.5, Change::Worse),
        ];
        let mut remap = cure("remap-when-needed", "readers.remap=when-needed", Status::Measured, None);
        remap.run = Some(tried("cures/remap-when-needed", 118_123_456, unmeasured.clone()));
        let unknown = Known::Unavailable { unavailable: "20 operations are too few".to_owned() };
        let p99 = difference(KeyFigure::ReaderP99Ns, 49e6, 118e6, Change::Unknown);
        let commit = difference(KeyFigure::CommitP50Ns, 50e6, 119e6, Change::Same);
        remap.differences = vec![Difference { ratio: unknown, ..p99 }, commit];
        WhatIf {
            format_version: 1,
            mapstorm_version: String::new(),
            command: vec![],
            started: String::new(),
            ended: String::new(),
            scenario: "fastmail-150m-6000".to_owned(),
            seed: 2007,
            complete: false,
            named: vec![],
            baseline: tried("baseline", 49 * MS, unmeasured),
            findings: vec![CauseShare {
                cause: "sync-walks-mappers".to_owned(),
                share: 0.86,
                statement: "A sync visits every process that maps the page: 86 % of the stalled time.".to_owned(),
            }],
            cures: vec![
                read_only,
                remap,
                cure("2-instances", "", Status::NotApplicable, Some("there are 2 instances already")),
                cure("4-instances", "instances.count=4", Status::Refused, Some("memory is short")),
                cure("12-instances", "instances.count=12", Status::Failed, Some("the disk is full")),
                cure("small-writes", "file.write-size=4KiB", Status::NotRun, Some("interrupted")),
            ],
            conclusion: Conclusion { helped: vec![], best: None, statement: "Nothing is sure.".to_owned() },
        }
    }

    #[test]
    fn measured_and_predicted_stand_side_by_side() {
        insta::assert_snapshot!(sample().to_string());
    }

    #[test]
    fn it_fits_a_terminal() {
        let text = sample().to_string();
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }

    #[test]
    fn factors_keep_two_digits() {
        let written = [0.0, 0.0123, 0.071, 0.98, 1.234, 12.34, 250.0, 1e300].map(factor);
        assert_eq!(written, ["0", "0.012", "0.071", "0.98", "1.2", "12", "250", "ever more"]);
    }
}
