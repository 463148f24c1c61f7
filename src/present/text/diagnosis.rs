//! The diagnosis in words a mail administrator understands: first the verdict, then the freezes, then why, and what to do.

use std::fmt::Write as _;

use crate::{
    present::Grid,
    results::{Confidence, Diagnosis, Figure, Finding, Freeze, JudgedClause, Judgement, Run, Verdict},
};
use crate::{
    present::table::paragraph,
    scenario::{Limit, Metric, units::format_duration_ns},
};

/// So many freezes and figures are shown; of more only the number is told.
const SHOWN: usize = 5;

impl Run {
    /// Verdict, freezes and findings as text.
    pub fn diagnosis_text(&self) -> String {
        let mut text = String::new();
        let diagnosis = &self.diagnosis;
        verdict(&mut text, diagnosis);
        freezes(&mut text, self);
        match diagnosis.findings.as_slice() {
            [] => {}
            [top, others @ ..] => {
                finding(&mut text, "Why", top);
                for other in others {
                    finding(&mut text, "Also", other);
                }
            }
        }
        for caveat in &diagnosis.caveats {
            paragraph(&mut text, "Note: ", caveat);
        }
        text.truncate(text.trim_end().len());
        text + "\n"
    }
}

fn verdict(text: &mut String, diagnosis: &Diagnosis) {
    let Some(verdict) = &diagnosis.verdict else { return };
    let _ = writeln!(text, "VERDICT: {}", verdict.headline());
    for reason in &verdict.reasons {
        paragraph(text, "  because ", reason);
    }
    for clause in &verdict.clauses {
        judged(text, clause);
    }
    text.push('\n');
}

fn judged(text: &mut String, judged: &JudgedClause) {
    let figure = judged.figure_text();
    let margin = judged.margin_text().map_or_else(String::new, |margin| format!(", {margin}"));
    let sample = if judged.enough {
        String::new()
    } else {
        format!(" (too few to be sure: {} values; run longer)", judged.samples)
    };
    let answer = if judged.met { "met    " } else { "NOT MET" };
    let _ = writeln!(text, "  {answer}  {}: {figure}{margin}{sample}", judged.clause);
}

fn freezes(text: &mut String, run: &Run) {
    let diagnosis = &run.diagnosis;
    let _ = writeln!(text, "{}", run.freeze_statement());
    if diagnosis.freezes.is_empty() {
        return;
    }
    let longest = diagnosis.longest_freezes();
    let _ = writeln!(text, "\n{}", freeze_table(&longest, SHOWN));
    if longest.len() > SHOWN {
        let _ = writeln!(text, "and {} more in run.json", longest.len() - SHOWN);
    }
    text.push('\n');
}
/// The first `shown` of some freezes as a table.
pub fn freeze_table(freezes: &[&Freeze], shown: usize) -> Grid {
    let header = ["at", "for", "instance", "due", "done", "waiting", "workers", "bystanders", "writer meanwhile"];
    let mut rows = Grid::new(header, 0).with_words_last();
    for freeze in freezes.iter().take(shown) {
        let stood_still = freeze.bystanders.iter().filter(|bystander| bystander.share > 0.5).count();
        let bystanders = match (freeze.bystanders.len(), stood_still) {
            (0, _) => "not asked".to_owned(),
            (_, 0) => "ticked on".to_owned(),
            (all, some) if all == some => "froze too".to_owned(),
            (all, some) => format!("{some} of {all} froze"),
        };
        let writer = freeze.writer.iter().take(2).map(|part| format!("{} {:.0} %", part.what, part.share * 100.0));
        rows.add_row([
            format!("{:.3} s", freeze.start_ns as f64 / 1e9),
            format_duration_ns(length(freeze)),
            freeze.instance.map_or_else(|| "all".to_owned(), |instance| instance.to_string()),
            freeze.due.to_string(),
            freeze.completed.to_string(),
            freeze.waiting.to_string(),
            freeze.workers.to_string(),
            bystanders,
            writer.collect::<Vec<_>>().join(", "),
        ]);
    }
    rows
}

fn length(freeze: &Freeze) -> u64 {
    freeze.end_ns - freeze.start_ns
}

impl Diagnosis {
    /// The freezes, longest first: those of the whole crowd, or if there are none, those of single instances.
    pub fn longest_freezes(&self) -> Vec<&Freeze> {
        let mut longest: Vec<&Freeze> = self.freezes.iter().filter(|freeze| freeze.instance.is_none()).collect();
        if longest.is_empty() {
            longest.extend(&self.freezes);
        }
        longest.sort_by_key(|freeze| std::cmp::Reverse(length(freeze)));
        longest
    }
}

impl Run {
    /// Whether it froze, in one line.
    pub fn freeze_statement(&self) -> String {
        if let Some(why) = self.unmeasured() {
            return why;
        }
        let longest = self.diagnosis.longest_freezes();
        let Some(first) = longest.first() else {
            return format!(
                "No freeze: in no span of {} or more did fewer than {} % of the due operations complete.",
                format_duration_ns(self.scenario.run.freeze_ns),
                self.scenario.run.freeze_percent
            );
        };
        let total: u64 = longest.iter().map(|freeze| length(freeze)).sum();
        format!(
            "FROZEN: {} {} of {}, {} in all, the longest {}",
            longest.len(),
            if longest.len() == 1 { "freeze" } else { "freezes" },
            if first.instance.is_none() { "the whole crowd" } else { "an instance" },
            format_duration_ns(total),
            format_duration_ns(length(first))
        )
    }

    /// The diagnosis in one sentence: what most of the stalled time came from; without a finding, whether it froze.
    pub fn diagnosis_sentence(&self) -> String {
        if let Some(why) = self.unmeasured() {
            return why;
        }
        match self.diagnosis.findings.first() {
            Some(top) => top.statement.clone(),
            None if self.diagnosis.freezes.is_empty() => self.freeze_statement(),
            None => "It froze, and nothing in the evidence says why: unexplained.".to_owned(),
        }
    }
}

impl Verdict {
    /// The answer in words.
    pub fn headline(&self) -> String {
        match self.outcome {
            Judgement::Met => "every objective was met".to_owned(),
            Judgement::NotMet => format!(
                "NOT MET, {} of {} objectives",
                self.clauses.iter().filter(|clause| !clause.met).count(),
                self.clauses.len()
            ),
            Judgement::Invalid => "INVALID, this run says nothing about the machine".to_owned(),
        }
    }
}

impl JudgedClause {
    /// What was measured, with its unit.
    pub fn figure_text(&self) -> String {
        match (self.figure, self.clause.limit) {
            (None, _) => "nothing was measured".to_owned(),
            (Some(ns), Limit::DurationNs(_)) => format_duration_ns(ns as u64),
            (Some(share), Limit::Fraction(_)) => format!("{share:.4}"),
        }
    }

    /// How far that is from the limit, and on which side; `None`: there is no figure.
    pub fn margin_text(&self) -> Option<String> {
        let margin = self.margin?;
        let side = if margin < 0.0 { "over the limit" } else { "to spare" };
        Some(match self.clause.metric {
            Metric::Rate if margin < 0.0 => format!("{:.1} % short of it", -margin * 100.0),
            // Ten times over reads better than 900 percent.
            _ if margin < -1.0 => format!("{:.1} times the limit", 1.0 - margin),
            _ => format!("{:.0} % {side}", margin.abs() * 100.0),
        })
    }
}

impl Confidence {
    /// How sure that is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Confidence::High => "sure",
            Confidence::Medium => "likely",
            Confidence::Low => "a guess",
        }
    }
}

impl Figure {
    /// The value in digits that mean something.
    pub fn value_text(&self) -> String {
        number(self.value)
    }

    /// The same of the control span; `None`: unknown, or it has none.
    pub fn control_text(&self) -> Option<String> {
        self.control.map(number)
    }
}

fn finding(text: &mut String, heading: &str, finding: &Finding) {
    let sure = finding.confidence.words();
    paragraph(text, &format!("{heading}: "), &format!("{} [{}, {sure}]", finding.statement, finding.cause));
    for (depth, link) in finding.chain.iter().enumerate() {
        let arrow = if depth == 0 { "   " } else { "<- " };
        paragraph(text, &format!("  {}{arrow}", "   ".repeat(depth.min(4))), link);
    }
    for figure in finding.figures.iter().take(SHOWN) {
        let control = figure.control_text().map_or_else(String::new, |control| format!(" (control span: {control})"));
        paragraph(text, "  figure: ", &format!("{} {}{control}", figure.value_text(), figure.name));
    }
    for advice in &finding.advice {
        paragraph(text, "  do: ", advice);
    }
    text.push('\n');
}

fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        results::{During, sample},
        scenario::Clause,
    };

    #[test]
    fn verdict_freezes_and_the_top_finding_come_first() {
        let mut run = sample::run(&sample::outcome());
        let judged = |text: &str, figure: f64, met, margin, samples, enough| JudgedClause {
            clause: Clause::parse(text).unwrap(),
            figure: Some(figure),
            met,
            margin: Some(margin),
            samples,
            enough,
        };
        let during = |what: &str, share| During { what: what.to_owned(), share };
        run.diagnosis = Diagnosis {
            freezes: vec![Freeze {
                instance: None,
                start_ns: 1_500_000_000,
                end_ns: 2_120_000_000,
                due: 1200,
                completed: 3,
                waiting: 1197,
                workers: 200,
                bystanders: vec![during("unpinned", 0.0), during("pinned", 0.9)],
                writer: vec![during("sync-1", 0.94), during("idle", 0.06)],
            }],
            findings: vec![Finding {
                cause: "sync-walks-mappers".to_owned(),
                statement: "A sync visits every process that maps the page: 94 % of the stalled time.".to_owned(),
                chain: vec!["operations waited for the lock".to_owned(), "held by the writer".to_owned()],
                share: 0.94,
                figures: vec![Figure { name: "µs a mapper".to_owned(), value: 6.4, control: Some(0.0) }],
                confidence: Confidence::High,
                advice: vec!["open the file read-only in readers".to_owned()],
            }],
            stalled_ns: 7,
            verdict: Some(Verdict {
                outcome: Judgement::NotMet,
                reasons: vec![],
                clauses: vec![
                    judged("lookup.p99<=50ms", 500e6, false, -9.0, 5000, true),
                    judged("commit.p99<=1s", 0.4e9, true, 0.6, 80, false),
                    judged("rate>=0.99", 0.98, false, -0.0101, 5000, true),
                ],
            }),
            caveats: vec!["what was not told by this machine".to_owned()],
        };
        insta::assert_snapshot!(run.diagnosis_text());
    }

    #[test]
    fn without_a_freeze_it_says_what_was_looked_for() {
        let text = sample::run(&sample::outcome()).diagnosis_text();
        assert_eq!(
            text,
            "No freeze: in no span of 100 ms or more did fewer than 5 % of the due operations complete.\n"
        );
    }
}
