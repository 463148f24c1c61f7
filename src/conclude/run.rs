//! What may be said of one run: what a reader must know first, whether it froze, why, and whether the objectives were met.

use crate::{
    conclude::{
        claim::decides,
        verdict::completed,
        wording::{at_least, count, first_of},
    },
    results::{
        CommonStack, Confidence, Diagnosis, Freeze, JudgedClause, Judgement, Role, Run, Summary, Totals, Verdict,
    },
    scenario::{
        Emulation, Limit, Metric, RateOf,
        units::{format_duration_ns, percent},
    },
};

/// Below this share of what was scheduled, a run has not kept up: its percentiles leave out much.
pub(crate) const KEPT_UP: f64 = 0.99;

/// So many lost workers are named; of more only the number is reported.
const NAMED: usize = 5;
/// So many stacks are named, and so many functions of each.
const STACKS: usize = 3;
const FUNCTIONS: usize = 5;

pub(crate) fn kept_up(completed: u64, due: u64) -> bool {
    completed as f64 >= KEPT_UP * due as f64
}

/// Whether the share is significantly below that at which a run counts as having kept up: a commit in flight at the end is no reason.
pub(crate) fn fell_behind(completed: u64, due: u64) -> bool {
    !kept_up(completed, due) && decides(due.saturating_sub(completed), due, None, 1.0 - KEPT_UP)
}

pub(crate) fn length(freeze: &Freeze) -> u64 {
    freeze.end_ns.saturating_sub(freeze.start_ns)
}

impl Summary {
    /// The share of scheduled operations that completed, of the role of which fewer did; `None`: none was scheduled.
    pub(crate) fn completed_share(&self) -> Option<f64> {
        completed(RateOf::Lower, self).0
    }

    /// The roles that have not kept up, with words such as `3 of 4 scheduled commits`; `reads`: what readers do.
    pub(crate) fn fell_behind(&self, reads: &str) -> Vec<(Totals, String)> {
        let roles = [(reads, self.readers), ("commits", self.writers)].into_iter();
        let behind = roles.filter(|(_, totals)| !kept_up(totals.completed, totals.due));
        let words = |what, totals: &Totals| format!("{} of {} scheduled {what}", totals.completed, totals.due);
        behind.map(|(what, totals)| (totals, words(what, &totals))).collect()
    }
}

impl Diagnosis {
    /// The freezes, longest first: those of all workers together, or if there are none, those of single instances, or of writers alone.
    pub fn longest_freezes(&self) -> Vec<&Freeze> {
        let kinds: [fn(&&Freeze) -> bool; 3] =
            [|freeze| freeze.is_of_all(), |freeze| freeze.instance.is_some(), |freeze| freeze.role.is_some()];
        let of_kind = kinds.map(|kind| self.freezes.iter().filter(kind).collect::<Vec<&Freeze>>());
        let mut longest = of_kind.into_iter().find(|freezes| !freezes.is_empty()).unwrap_or_default();
        longest.sort_by_key(|freeze| std::cmp::Reverse(length(freeze)));
        longest
    }
}

impl Run {
    /// That the run imitated another system, in a sentence; `None`: it did not.
    pub fn emulated(&self) -> Option<String> {
        let what = match self.scenario.writer.emulate {
            Emulation::Nothing => return None,
            Emulation::Demap => {
                "every commit unmapped the pages it wrote from every mapper, as Solaris does".to_owned()
            }
            Emulation::StopMappers { base_ns, per_mapper_ns } => format!(
                "every commit stopped all readers of its file, for {} and {} more for each of them",
                format_duration_ns(base_ns),
                format_duration_ns(per_mapper_ns)
            ),
        };
        Some(format!("EMULATED: {what}; no figure here is a property of this system"))
    }

    /// What a reader of the figures must know first.
    pub fn warnings(&self) -> Vec<String> {
        let summary = &self.summary;
        let mut warnings = self.nothing_completed();
        warnings.extend(self.emulated());
        if !summary.lost_workers.is_empty() {
            let named = first_of(&summary.lost_workers, NAMED);
            let were = if summary.lost_workers.len() == 1 { "was" } else { "were" };
            let workers = count(summary.lost_workers.len() as u64, "worker");
            warnings.push(format!("{workers} {were} lost: {named}"));
        }
        // An older result does not say why.
        let unexplained = !summary.complete && summary.incomplete_because.is_empty() && summary.lost_workers.is_empty();
        if unexplained || summary.interrupted() {
            warnings.push("the run was interrupted; the figures are those until then".to_owned());
        }
        warnings.extend(summary.troubles().map(|trouble| format!("the result is incomplete: {trouble}")));
        if let Some(error) = &summary.first_error {
            warnings.push(format!("{} failed; the first: {error}", count(summary.errors, "operation")));
        }
        if let Some(trace) = self.trace.as_ref().filter(|trace| trace.stopped_ns.is_none()) {
            warnings.push(format!(
                "the command of --trace ended before the run did ({}): see {}",
                trace.ended, trace.output
            ));
        }
        let behind = summary.fell_behind("reads").into_iter().filter(|(totals, _)| totals.completed > 0);
        // A result that is older than the record of operations in flight has no ages.
        let percentiles = match &summary.in_flight {
            Some(_) => "the others count by age",
            None => "the percentiles are of those alone",
        };
        warnings.extend(behind.map(|(_, what)| format!("only {what} completed; {percentiles}")));
        warnings.extend(self.in_flight_sentence());
        warnings
    }

    pub fn freeze_statement(&self) -> String {
        if let Some(why) = self.unmeasured() {
            return why;
        }
        let longest = self.diagnosis.longest_freezes();
        let Some(first) = longest.first() else {
            let none = format!(
                "No freeze: in no span of {} or more did fewer than {} % of the due operations complete.",
                format_duration_ns(self.scenario.run.freeze_ns),
                self.scenario.run.freeze_percent
            );
            return self.with_nothing_completed(none);
        };
        let total: u64 = longest.iter().map(|freeze| length(freeze)).sum();
        let frozen = format!(
            "FROZEN: {} of {}, {} in all, the longest {}",
            count(longest.len() as u64, "freeze"),
            match (first.role, first.instance) {
                (Some(Role::Writer), _) => "the writers, while readers went on",
                (Some(Role::Reader), _) => "the readers, while writers went on",
                (None, None) => "all instances",
                (None, Some(_)) => "an instance",
            },
            format_duration_ns(total),
            format_duration_ns(length(first))
        );
        self.with_nothing_completed(frozen)
    }

    /// Sentences that begin with what completed nothing: nothing else matters as much.
    fn with_nothing_completed(&self, sentence: String) -> String {
        let first = self.nothing_completed().into_iter().map(|said| format!("{said}. "));
        first.chain([sentence]).collect()
    }

    /// What the findings' shares are of, in a sentence; `None`: there is no finding.
    pub fn stalled_statement(&self) -> Option<String> {
        let Diagnosis { findings, stalled_ns, .. } = &self.diagnosis;
        let named: f64 = findings.iter().map(|finding| finding.share).sum();
        let rest = ((1.0 - named) * 100.0).max(0.0);
        (!findings.is_empty()).then(|| {
            format!(
                "Stalled time is the time that readers and writers spent in operations of over {}, added up: {}. Each part of it has one \
                 cause; {rest:.0} % of it is in causes too small to be named.",
                format_duration_ns(self.scenario.run.stall_ns),
                format_duration_ns(*stalled_ns)
            )
        })
    }

    /// The diagnosis in one sentence: what most of the stalled time came from; without a finding, whether it froze.
    pub fn diagnosis_sentence(&self) -> String {
        if let Some(why) = self.unmeasured() {
            return why;
        }
        match self.diagnosis.findings.first() {
            Some(top) => self.with_nothing_completed(top.statement.clone()),
            None if self.diagnosis.freezes.is_empty() => self.freeze_statement(),
            None => {
                self.with_nothing_completed("It froze, and nothing in the evidence says why: unexplained.".to_owned())
            }
        }
    }

    /// The commonest stacks of stalled workers: those of writers first, because all others wait for what these do under the lock.
    pub fn common_stacks(&self) -> Vec<String> {
        let stacks = self.recording.as_ref().and_then(|recording| recording.stacks.value());
        let mut stacks: Vec<&CommonStack> = stacks.iter().flat_map(|stacks| &stacks.commonest).collect();
        stacks.sort_by_key(|stack| std::cmp::Reverse(stack.role));
        stacks.into_iter().take(STACKS).map(CommonStack::words).collect()
    }
}

impl Verdict {
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
    pub fn figure_text(&self) -> String {
        match (self.figure, self.clause.limit) {
            (None, _) => "nothing was measured".to_owned(),
            (Some(ns), Limit::DurationNs(_)) => at_least(self.at_least, format_duration_ns(ns as u64)),
            (Some(share), Limit::Fraction(_)) => format!("{share:.4}"),
        }
    }

    /// How many values it rests on, and how many independent ones they stand for, if fewer.
    pub fn values_text(&self) -> String {
        match self.effective.map(f64::round).filter(|effective| *effective < self.samples as f64) {
            Some(effective) => format!("{}, effective {effective}", self.samples),
            None => self.samples.to_string(),
        }
    }

    /// How far that is from the limit, and on which side; `None`: there is no figure.
    pub fn margin_text(&self) -> Option<String> {
        let margin = self.margin?;
        let side = if margin < 0.0 { "over the limit" } else { "to spare" };
        Some(match self.clause.metric {
            Metric::Rate(_) if margin < 0.0 => format!("{:.1} % short of it", -margin * 100.0),
            // Ten times the limit reads better than 900 percent over it.
            _ if margin < -1.0 => format!("{:.1} times the limit", 1.0 - margin),
            _ => format!("{:.0} % {side}", margin.abs() * 100.0),
        })
    }
}

impl Confidence {
    pub fn words(self) -> &'static str {
        match self {
            Confidence::Seen => "seen in kernel stacks",
            Confidence::High => "confidence high",
            Confidence::Medium => "confidence medium",
            Confidence::Low => "confidence low",
        }
    }
}

impl CommonStack {
    /// Whose it is, how common, and its innermost functions.
    pub fn words(&self) -> String {
        let named: Vec<&str> = self.functions.iter().rev().take(FUNCTIONS).map(String::as_str).collect();
        let more = if self.functions.len() > FUNCTIONS { " ← …" } else { "" };
        format!("{} {}: {}{more}", self.role, percent(self.share), named.join(" ← "))
    }
}
