//! A ranking for the terminal: a row for each machine, best first, then each against the baseline. At most 100 columns wide.
//! What is predicted says so in its row.

use std::fmt::{self, Write as _};

use super::comparison::keys;
use crate::{
    conclude::wording::{short_name, show, verdict},
    present::text::comparison::{machines, regressions},
    results::{Ranked, Ranking, Spread},
};
use crate::{
    present::{Grid, table::paragraph},
    results::{Judgement, Provenance},
    scenario::{
        Metric,
        units::{factor, format_duration_ns},
    },
};

/// So many directories of a row are named.
const NAMED: usize = 3;
/// There is no value.
const NONE: &str = "–";

impl fmt::Display for Ranking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        paragraph(&mut text, "Ranked ", &self.order());
        for warning in &self.warnings {
            paragraph(&mut text, "WARNING: ", warning);
        }
        let _ = writeln!(text, "\n{}\n", self.table());
        for row in &self.rows {
            paragraph(&mut text, &format!("{}: ", row.letter), &row.words());
        }
        text.push('\n');
        keys(&mut text, &self.scenario);
        machines(&mut text, &self.environment, &self.same_environment);
        self.against_baseline(&mut text);
        if let Some(allowed) = self.allowed_regression {
            regressions(&mut text, allowed, self.regressions.iter().map(|it| (Some(&*it.letter), &it.difference)));
        }
        self.notes(&mut text);
        f.write_str(&text)
    }
}

impl Ranking {
    /// What it is ranked by, as the end of a sentence.
    pub fn order(&self) -> String {
        if self.objectives.is_empty() {
            return "by the readers' p99, then the longest freeze (there are no objectives)".to_owned();
        }
        let clauses: Vec<String> = self.objectives.iter().map(ToString::to_string).collect();
        format!("by the objectives {}: met first, then by the margin of the worst", clauses.join(", "))
    }

    /// A row for each result, or for its repeats together.
    pub fn table(&self) -> Grid {
        let header = ["", "verdict", "worst margin", "read p50", "p99", "max", "commit p99", "completed", "freeze"];
        let mut rows = Grid::new(header, 1);
        for row in &self.rows {
            let time = |spread: &Option<Spread>| spread.as_ref().map_or_else(|| NONE.to_owned(), times);
            let freeze = |spread: &Option<Spread>| match spread {
                None => NONE.to_owned(),
                Some(spread) if spread.most == 0.0 => "none".to_owned(),
                Some(spread) => times(spread),
            };
            let completed = row.completed_share.as_ref();
            rows.add_row([
                row.letter.clone(),
                judgement(row).to_owned(),
                row.worst.as_ref().map_or_else(|| NONE.to_owned(), |worst| margin(worst.clause.metric, worst.margin)),
                time(&row.reader_p50_ns),
                time(&row.reader_p99_ns),
                time(&row.reader_max_ns),
                time(&row.commit_p99_ns),
                completed.map_or_else(|| NONE.to_owned(), |share| format!("{:.1} %", share.median * 100.0)),
                freeze(&row.longest_freeze_ns),
            ]);
        }
        rows
    }

    fn against_baseline(&self, text: &mut String) {
        let Some(baseline) = self.rows.iter().find(|row| row.is_baseline) else { return };
        for row in self.rows.iter().filter(|row| !row.differences.is_empty()) {
            let real: Vec<String> = row
                .differences
                .iter()
                .filter(|difference| difference.effect.is_real())
                .map(|difference| {
                    let b = difference.b.value().map_or_else(String::new, |b| show(difference.figure, *b));
                    let ratio = difference.ratio.value().map_or_else(String::new, |ratio| {
                        format!(", {} times: {} to {}", factor(ratio.value), factor(ratio.low), factor(ratio.high))
                    });
                    format!("{} {} ({b}{ratio})", short_name(difference), verdict(difference))
                })
                .collect();
            let lead = format!("{} against {}: ", row.letter, baseline.letter);
            let told = if real.is_empty() { "no difference shown".to_owned() } else { real.join("; ") };
            paragraph(text, &lead, &told);
        }
    }

    fn notes(&self, text: &mut String) {
        if self.rows.iter().any(|row| row.directories.len() > 1 && row.provenance != Provenance::Predicted) {
            paragraph(
                text,
                "Repeats: ",
                "runs of the same load on the same machine are one row: the median of each figure, and below the ranges \
                 from the least to the most. The verdict is that of the worst. Against the baseline they are one long run.",
            );
        }
        if self.rows.iter().any(|row| row.provenance == Provenance::Predicted) {
            paragraph(
                text,
                "Predicted: ",
                "worked out from the cost law of a commit and from queueing, never run; ranges are what the law's own interval gives.",
            );
        }
        if self.rows.iter().any(|row| row.is_baseline) {
            paragraph(
                text,
                "Note: ",
                "intervals are 95 % intervals from what varied inside the runs; one run each cannot tell a difference of machine or \
                 setting from how one run differs from the next. One interval in 20 misses the truth by chance.",
            );
        }
    }
}

impl Ranked {
    /// What stands behind its letter.
    pub fn words(&self) -> String {
        let mut words = self.label.clone();
        let _ = write!(words, "; {}", self.provenance.name());
        if let Some(source) = &self.source {
            let _ = write!(words, " from {source}");
        }
        if self.provenance != Provenance::Predicted {
            let runs = if self.directories.len() == 1 {
                "1 run".to_owned()
            } else {
                format!("{} runs", self.directories.len())
            };
            let _ = write!(words, ", {runs}, {} reads ({})", self.reads, directories(self));
        }
        if self.is_baseline {
            words.push_str("; BASELINE");
        }
        if let Some(worst) = &self.worst {
            let _ = write!(words, "; decided by {}", worst.clause);
        }
        let ranges = ranges(self);
        if !ranges.is_empty() {
            let _ = write!(words, "; ranges: {ranges}");
        }
        for reason in &self.reasons {
            let _ = write!(words, "; invalid because {reason}");
        }
        if let Some(finding) = &self.finding {
            let _ = write!(words, "; why: {finding}");
        }
        words
    }
}

/// The first few directories of a row; of more only the number.
fn directories(row: &Ranked) -> String {
    let named = row.directories.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match row.directories.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn judgement(row: &Ranked) -> &'static str {
    match row.verdict {
        None => NONE,
        Some(Judgement::Met) => "met",
        Some(Judgement::NotMet) => "NOT MET",
        Some(Judgement::Invalid) => "invalid",
    }
}

/// Such as `35 % to spare`, `2.5 times over`.
fn margin(metric: Metric, margin: f64) -> String {
    match margin {
        margin if margin >= 0.0 => format!("{:.0} % spare", margin * 100.0),
        // Ten times over reads better than 900 percent.
        margin if margin < -1.0 && metric != Metric::Rate => format!("{} times", factor(1.0 - margin)),
        margin => format!("{:.0} % {}", -margin * 100.0, if metric == Metric::Rate { "short" } else { "over" }),
    }
}

fn times(spread: &Spread) -> String {
    format_duration_ns(spread.median as u64)
}

/// From where to where the figures of a row go, those that go anywhere.
fn ranges(row: &Ranked) -> String {
    let figures = [
        ("read p50", row.reader_p50_ns),
        ("p99", row.reader_p99_ns),
        ("max", row.reader_max_ns),
        ("commit p99", row.commit_p99_ns),
        ("freeze", row.longest_freeze_ns),
    ];
    let time = |ns: f64| format_duration_ns(ns as u64);
    let range = |(name, spread): (&str, Option<Spread>)| {
        let spread = spread.filter(|spread| spread.least < spread.most)?;
        Some(format!("{name} {} to {}", time(spread.least), time(spread.most)))
    };
    figures.into_iter().filter_map(range).collect::<Vec<_>>().join(", ")
}
