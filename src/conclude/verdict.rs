//! The verdict: each objective met or not, by what margin, and whether the sample was large enough to decide.
//! A run whose generator could not keep its own schedule is invalid, whatever its figures.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::{
    claim::{LEAST_VALUES, decides},
    in_order::unique,
    run::length,
};
use crate::{
    diagnose::diagnose,
    results::{Diagnosis, Freeze, JudgedClause, Judgement, Recorded, Role, Run, Series, Summary, Verdict, names_of},
    scenario::{Clause, Metric, RateOf, Subject},
    shm::SharedHistogram,
    stats::Censored,
};

/// A generator that itself delayed the start of more than this share of operations did not keep its schedule.
const HELD_UP_SHARE: f64 = 0.01;
/// Freezes looked for in fewer times their limit decide nothing.
const LEAST_LIMITS: f64 = 10.0;

type Latencies = BTreeMap<String, Histogram<u64>>;

/// Diagnoses a run and judges it by objectives; without any there is no verdict.
pub fn assess(recorded: &Recorded, clauses: &[Clause]) -> Diagnosis {
    let (mut diagnosis, held_up) = diagnose(recorded);
    diagnosis.verdict = judge(recorded, &diagnosis.freezes, held_up, clauses);
    diagnosis
}

/// `held_up`: how many operations had a start delay that the generator itself caused.
fn judge(recorded: &Recorded, freezes: &[Freeze], held_up: u64, clauses: &[Clause]) -> Option<Verdict> {
    let summary = &recorded.run.summary;
    let mut reasons = reasons(summary);
    reasons.extend(recorded.run.unmeasured());
    let due = summary.readers.due + summary.writers.due;
    if held_up as f64 > HELD_UP_SHARE * due as f64 {
        reasons.push(format!(
            "the generator could not keep its schedule: {held_up} of {due} operations had a start delay although their workers were \
             free and waited for no CPU"
        ));
    }
    verdict(clauses, summary, &recorded.latencies, freezes, reasons)
}

/// Judges a run that was diagnosed before by other objectives, from its response times (by `role.operation.response`) and the
/// freezes that were found. Whether the generator kept its schedule is in the records of single operations, which are not
/// read: that is only known where the run had a verdict already. `None` without objectives.
pub fn judge_again(run: &Run, responses: &Latencies, clauses: &[Clause]) -> Option<Verdict> {
    let before = run.diagnosis.verdict.iter().flat_map(|verdict| verdict.reasons.clone());
    let reasons = unique(reasons(&run.summary).into_iter().chain(run.unmeasured()).chain(before));
    verdict(clauses, &run.summary, responses, &run.diagnosis.freezes, reasons)
}

fn verdict(
    clauses: &[Clause],
    summary: &Summary,
    latencies: &Latencies,
    freezes: &[Freeze],
    reasons: Vec<String>,
) -> Option<Verdict> {
    if clauses.is_empty() {
        return None;
    }
    let judged = clauses.iter().map(|clause| judge_clause(*clause, summary, latencies, freezes));
    let clauses: Vec<JudgedClause> = judged.collect();
    let outcome = if !reasons.is_empty() {
        Judgement::Invalid
    } else if clauses.iter().all(|clause| clause.met) {
        Judgement::Met
    } else {
        Judgement::NotMet
    };
    Some(Verdict { outcome, reasons, clauses })
}

fn reasons(summary: &Summary) -> Vec<String> {
    let mut reasons = Vec::new();
    if !summary.complete {
        reasons.push("the run is incomplete: it was interrupted, or workers were lost".to_owned());
    }
    if summary.errors > 0 {
        reasons.push(format!("{} operations failed", summary.errors));
    }
    if summary.readers.due + summary.writers.due == 0 {
        reasons.push("nothing was due".to_owned());
    }
    reasons
}

fn judge_clause(clause: Clause, summary: &Summary, latencies: &Latencies, freezes: &[Freeze]) -> JudgedClause {
    let limit = clause.limit.value();
    let mut at_least = false;
    let (figure, samples, enough) = match clause.metric {
        Metric::Latency { of, at } => {
            let times = responses(of, latencies);
            let found = times.at(at.quantile());
            at_least = found.is_some_and(|found| found.at_least);
            let enough = decides(times.over(limit as u64), times.len(), 1.0 - at.quantile());
            (found.map(|found| found.ns as f64), times.len(), enough)
        }
        Metric::LongestFreeze => {
            let longest = freezes.iter().map(length).max().unwrap_or(0) as f64;
            (Some(longest), freezes.len() as u64, longest > limit || summary.measured_ns as f64 >= LEAST_LIMITS * limit)
        }
        Metric::Rate(of) => {
            let (share, due) = completed(of, summary);
            (share, due, due >= LEAST_VALUES)
        }
    };
    // A lower bound can miss an upper limit, and never meet it.
    let met = !at_least && figure.is_some_and(|figure| clause.comparison.holds(figure, limit));
    let margin = figure.and_then(|figure| margin(&clause, figure));
    JudgedClause { clause, figure, at_least, met, margin, samples, enough: enough && figure.is_some() }
}

/// How far a figure is on the right side of an objective's limit, as a share of the limit; negative: on the wrong side. `None`:
/// the limit is 0.
pub fn margin(clause: &Clause, figure: f64) -> Option<f64> {
    let limit = clause.limit.value();
    let side = match clause.metric {
        Metric::Rate(_) => figure - limit,
        _ => limit - figure,
    };
    (limit > 0.0).then(|| side / limit)
}

/// The share of what was due that completed, and how much was due; of two roles those of the lower share. `None`: nothing was due.
pub(super) fn completed(of: RateOf, summary: &Summary) -> (Option<f64>, u64) {
    let roles = match of {
        RateOf::Readers => &[&summary.readers][..],
        RateOf::Commits => &[&summary.writers],
        RateOf::Lower => &[&summary.readers, &summary.writers],
    };
    let shares = roles.iter().filter_map(|totals| Some((totals.completed_share()?, totals.due)));
    match shares.min_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((share, due)) => (Some(share), due),
        None => (None, 0),
    }
}

/// Response times, and the ages of what never completed.
fn responses(of: Subject, latencies: &Latencies) -> Censored {
    let (mut known, mut ages) = (SharedHistogram::empty(), SharedHistogram::empty());
    for (tag, histogram) in latencies {
        let Some((role, name, series)) = names_of(tag) else { continue };
        let sum = match series {
            Series::Response => &mut known,
            Series::Unfinished => &mut ages,
            _ => continue,
        };
        let wanted = match of {
            Subject::AllReaders => role == Role::Reader,
            Subject::AllCommits => role == Role::Writer,
            Subject::Reader(operation) => role == Role::Reader && name == operation.name(),
            Subject::Writer(operation) => role == Role::Writer && name == operation.name(),
        };
        if wanted {
            // All have the same layout: adding cannot fail.
            let _ = sum.add(histogram);
        }
    }
    Censored::new(known, &ages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    fn histogram(fast: u64, slow: u64) -> Histogram<u64> {
        let mut histogram = SharedHistogram::empty();
        histogram.record_n(1_000, fast).unwrap();
        histogram.record_n(1_000_000_000, slow).unwrap();
        histogram
    }

    #[test]
    fn readers_that_kept_up_do_not_hide_a_writer_that_completed_nothing() {
        let mut summary = fixtures::run(&fixtures::outcome()).summary;
        let share = |summary: &Summary| RateOf::ALL.map(|of| completed(of, summary));
        (summary.readers.due, summary.readers.completed) = (8000, 8000);
        (summary.writers.due, summary.writers.completed) = (200, 0);
        assert_eq!(share(&summary), [(Some(1.0), 8000), (Some(0.0), 200), (Some(0.0), 200)]);
        summary.readers.completed = 4000;
        summary.writers.due = 0;
        assert_eq!(share(&summary), [(Some(0.5), 8000), (None, 0), (Some(0.5), 8000)]);
    }

    #[test]
    fn a_percentile_that_falls_among_unfinished_operations_can_miss_a_limit_and_never_meet_it() {
        let summary = fixtures::run(&fixtures::outcome()).summary;
        let all = Latencies::from([
            ("writer.store.response".to_owned(), histogram(500, 0)),
            ("writer.store.unfinished".to_owned(), histogram(0, 500)),
        ]);
        for (text, met, at_least) in
            [("commit.p10<=1ms", true, false), ("commit.p99<=10s", false, true), ("commit.p99<=10ms", false, true)]
        {
            let judged = judge_clause(Clause::parse(text).unwrap(), &summary, &all, &[]);
            assert_eq!((judged.met, judged.at_least, judged.samples), (met, at_least, 1000), "{text}");
        }
    }

    #[test]
    fn few_values_do_not_decide_a_high_percentile() {
        for (fast, slow, quantile, expected) in [
            (0, 0, 0.5, false),
            (300, 0, 0.99, false),
            (400, 0, 0.99, true),
            // Significantly not met.
            (30, 30, 0.99, true),
            // Just at the limit.
            (990, 10, 0.99, false),
            (10, 1, 1.0, true),
            (10, 0, 1.0, false),
        ] {
            let at = if quantile < 1.0 { format!("p{}", quantile * 100.0) } else { "max".to_owned() };
            let clause = Clause::parse(&format!("lookup.{at}<=50ms")).unwrap();
            let all = Latencies::from([("reader.lookup.response".to_owned(), histogram(fast, slow))]);
            let summary = fixtures::run(&fixtures::outcome()).summary;
            assert_eq!(judge_clause(clause, &summary, &all, &[]).enough, expected, "{fast} {slow} {quantile}");
        }
    }
}
