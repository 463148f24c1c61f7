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
    let (figure, samples, enough) = match clause.metric {
        Metric::Latency { of, at } => {
            let histogram = responses(of, latencies);
            let samples = histogram.len();
            let figure = (samples > 0).then(|| histogram.value_at_quantile(at.quantile()) as f64);
            (figure, samples, is_enough(&histogram, at.quantile(), limit))
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
    let met = figure.is_some_and(|figure| clause.comparison.holds(figure, limit));
    let margin = figure.and_then(|figure| margin(&clause, figure));
    JudgedClause { clause, figure, met, margin, samples, enough: enough && figure.is_some() }
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

fn responses(of: Subject, latencies: &Latencies) -> Histogram<u64> {
    let mut sum = SharedHistogram::empty();
    for (tag, histogram) in latencies {
        let Some((role, name, Series::Response)) = names_of(tag) else { continue };
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
    sum
}

fn is_enough(histogram: &Histogram<u64>, quantile: f64, limit_ns: f64) -> bool {
    let samples = histogram.len();
    decides(samples - histogram.count_between(0, limit_ns as u64).min(samples), samples, 1.0 - quantile)
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
            assert_eq!(is_enough(&histogram(fast, slow), quantile, 50e6), expected, "{fast} {slow} {quantile}");
        }
    }
}
