//! The verdict: each objective met or not, by what margin, and whether the sample was large enough to decide.
//! A run whose generator could not keep its own schedule is invalid, whatever its figures.

use std::path::Path;

use super::{
    claim::{LEAST_VALUES, decides},
    compare::loaded_run::{LoadedRun, Operation},
    in_order::unique,
    run::length,
    wording::count,
};
use crate::{
    diagnose::diagnose,
    results::{Diagnosis, Freeze, JudgedClause, Judgement, Recorded, Role, Summary, Verdict, names_of},
    scenario::{Clause, Metric, RateOf, Scenario, Subject},
    shm::SharedHistogram,
    stats::{Censored, effective_at},
};

/// A generator that itself delayed the start of more than this share of operations did not keep its schedule.
const HELD_UP_SHARE: f64 = 0.01;
/// Freezes looked for in fewer times their limit decide nothing.
const LEAST_LIMITS: f64 = 10.0;

/// Diagnoses a run and judges it by objectives; without any there is no verdict.
pub fn assess(recorded: &Recorded, clauses: &[Clause]) -> Diagnosis {
    let (mut diagnosis, held_up) = diagnose(recorded);
    let without_writer = clauses.iter().filter(|clause| !applies(clause, &recorded.run.scenario));
    diagnosis.caveats.extend(without_writer.map(|clause| format!("{clause} is not judged: the run has no writer")));
    diagnosis.verdict = judge(recorded, &diagnosis.freezes, held_up, clauses);
    diagnosis
}

/// `held_up`: how many operations had a start delay that the generator itself caused.
fn judge(recorded: &Recorded, freezes: &[Freeze], held_up: u64, clauses: &[Clause]) -> Option<Verdict> {
    if clauses.is_empty() {
        return None;
    }
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
    let run = LoadedRun::new(Path::new(""), recorded.run.clone(), &recorded.responses);
    verdict(clauses, &run, freezes, reasons)
}

/// Judges a run that was diagnosed before by other objectives, from its response times and the freezes that were found. Whether the generator kept its schedule is in the records of single operations, which are not
/// read: that is only known where the run had a verdict already. `None` without objectives.
pub fn judge_again(loaded: &LoadedRun, clauses: &[Clause]) -> Option<Verdict> {
    let run = &loaded.run;
    let before = run.diagnosis.verdict.iter().flat_map(|verdict| verdict.reasons.clone());
    let reasons = unique(reasons(&run.summary).into_iter().chain(run.unmeasured()).chain(before));
    verdict(clauses, loaded, &run.diagnosis.freezes, reasons)
}

/// Objectives for commits do not apply to a run without a writer.
fn applies(clause: &Clause, scenario: &Scenario) -> bool {
    let is_of_commits = match clause.metric {
        Metric::Latency { of, .. } => role_of(of).0 == Role::Writer,
        Metric::Rate(of) => of == RateOf::Commits,
        Metric::LongestFreeze => false,
    };
    !is_of_commits || scenario.writers_total() > 0
}

fn verdict(clauses: &[Clause], run: &LoadedRun, freezes: &[Freeze], reasons: Vec<String>) -> Option<Verdict> {
    let applying = clauses.iter().filter(|clause| applies(clause, &run.run.scenario));
    let clauses: Vec<JudgedClause> = applying.map(|clause| judge_clause(*clause, run, freezes)).collect();
    if clauses.is_empty() {
        return None;
    }
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
        reasons.push(format!("{} failed", count(summary.errors, "operation")));
    }
    if summary.readers.due + summary.writers.due == 0 {
        reasons.push("nothing was due".to_owned());
    }
    reasons
}

fn judge_clause(clause: Clause, run: &LoadedRun, freezes: &[Freeze]) -> JudgedClause {
    let (limit, summary) = (clause.limit.value(), &run.run.summary);
    let (mut at_least, mut effective) = (false, None);
    let (figure, samples, enough) = match clause.metric {
        Metric::Latency { of, at } => {
            let operation = operation(of, run);
            let times = responses(of, operation, run);
            let found = times.at(at.quantile());
            at_least = found.is_some_and(|found| found.at_least);
            effective = operation.zip(found).and_then(|(operation, found)| effective_at(&operation.blocks, found.ns));
            let enough = decides(times.over(limit as u64), times.len(), effective, 1.0 - at.quantile());
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
    JudgedClause { clause, figure, at_least, met, margin, samples, effective, enough: enough && figure.is_some() }
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

/// The role that an objective is about, and the operation; `None`: all of them.
fn role_of(of: Subject) -> (Role, Option<&'static str>) {
    match of {
        Subject::AllReaders => (Role::Reader, None),
        Subject::AllCommits => (Role::Writer, None),
        Subject::Reader(operation) => (Role::Reader, Some(operation.name())),
        Subject::Writer(operation) => (Role::Writer, Some(operation.name())),
    }
}

/// The operations that an objective is about; `None`: none completed.
fn operation(of: Subject, run: &LoadedRun) -> Option<&Operation> {
    let (role, name) = role_of(of);
    let Some(name) = name else { return run.of_role(role as usize) };
    run.operations.iter().find(|operation| operation.role == role as usize && operation.name == name)
}

/// Their response times, and the ages of what never completed.
fn responses(of: Subject, operation: Option<&Operation>, run: &LoadedRun) -> Censored {
    let (role, wanted) = role_of(of);
    let (mut known, mut ages) = (SharedHistogram::empty(), SharedHistogram::empty());
    for (value, count) in operation.iter().flat_map(|operation| operation.all.values()) {
        // Values come from a histogram of the same bounds.
        known.saturating_record_n(*value, *count);
    }
    for (tag, histogram) in &run.unfinished {
        let is_wanted = |(of_tag, name, _)| of_tag == role && wanted.is_none_or(|wanted| wanted == name);
        if names_of(tag).is_some_and(is_wanted) {
            // All have the same layout: adding cannot fail.
            let _ = ages.add(histogram);
        }
    }
    Censored::new(known, &ages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        results::{LatencyInterval, fixtures},
        stats::Counts,
    };

    /// A run of 10 s, with so many fast and slow operations by tag in each tenth of a second.
    fn run(lines: &[(&str, [u64; 2])], parts: u64) -> LoadedRun {
        let (mut run, length_ns) = (fixtures::run(&fixtures::outcome()), 100_000_000);
        run.summary.measured_ns = 100 * length_ns;
        let interval = |place: u64, (tag, [fast, slow]): &(&str, [u64; 2])| {
            let mut counts = vec![(1_000, *fast), (1_000_000_000, *slow)];
            counts.retain(|(_, count)| *count > 0);
            LatencyInterval { start_ns: place * length_ns, length_ns, tag: (*tag).to_owned(), counts }
        };
        let intervals = (0..parts).flat_map(|place| lines.iter().map(move |line| interval(place, line)));
        LoadedRun::new(Path::new(""), run, &intervals.collect::<Vec<_>>())
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
    fn a_run_without_a_writer_is_judged_by_its_readers_alone() {
        let judged = |writers: u32, text: &[&str]| {
            let mut run = run(&[("reader.lookup.response", [5000, 0])], 1);
            run.run.scenario.writer.count = writers;
            let clauses: Vec<Clause> = text.iter().map(|text| Clause::parse(text).unwrap()).collect();
            verdict(&clauses, &run, &[], Vec::new()).map(|verdict| (verdict.outcome, verdict.clauses.len()))
        };
        let both = ["lookup.p99<=10ms", "commit.p99<=1s"];
        assert_eq!(judged(0, &both), Some((Judgement::Met, 1)));
        assert_eq!(judged(1, &both), Some((Judgement::NotMet, 2)), "a writer that completed nothing");
        assert_eq!(judged(0, &["commit.p99<=1s", "commit.rate>=0.9"]), None);
    }

    #[test]
    fn a_percentile_that_falls_among_unfinished_operations_can_miss_a_limit_and_never_meet_it() {
        let run = run(&[("writer.store.response", [500, 0]), ("writer.store.unfinished", [0, 500])], 1);
        for (text, met, at_least) in
            [("commit.p10<=1ms", true, false), ("commit.p99<=10s", false, true), ("commit.p99<=10ms", false, true)]
        {
            let judged = judge_clause(Clause::parse(text).unwrap(), &run, &[]);
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
            let run = run(&[("reader.lookup.response", [fast, slow])], 1);
            assert_eq!(judge_clause(clause, &run, &[]).enough, expected, "{fast} {slow} {quantile}");
        }
    }

    #[test]
    fn thousands_of_operations_that_one_freeze_delays_are_hardly_more_evidence_than_one() {
        let judged = |lines: &[(&str, [u64; 2])], freeze: &[(&str, [u64; 2])]| {
            let (mut even, frozen) = (run(lines, 100), run(freeze, 1));
            even.operations[0].blocks[20] = frozen.operations[0].blocks[0].clone();
            even.operations[0].all =
                Counts::of(even.operations[0].blocks.iter().flat_map(|block| block.values().to_vec()));
            judge_clause(Clause::parse("lookup.p90<=50ms").unwrap(), &even, &[])
        };
        let lookups = |counts| [("reader.lookup.response", counts)];
        // 2 % of 6000 are slow: one in each tenth of a second, or all in one freeze.
        let (spread, frozen) =
            (judged(&lookups([59, 1]), &lookups([60, 1])), judged(&lookups([60, 0]), &lookups([0, 120])));
        assert!(spread.enough && spread.effective.is_some_and(|effective| effective > 1000.0), "{spread:?}");
        assert!(!frozen.enough && frozen.met && frozen.samples > 5000, "{frozen:?}");
        assert!(frozen.effective.is_some_and(|effective| effective < 100.0), "{frozen:?}");
    }
}
