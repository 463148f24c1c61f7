//! Many runs: repeats gathered in one row, rows judged by the same objectives and ordered, each compared with the baseline.
//! What was predicted stands among them, labelled.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::{
    figures::differences,
    gate::{check, regressions},
    loaded_run::LoadedRun,
    machine, matching, ranked,
    resampled::ResampledRun,
    warnings,
};
use crate::{
    conclude::{CompareOptions, in_order::grouped, judge_again, letter, machine_in_short, margin},
    results::{
        Comparability, Judgement, KeyDifference, Machine, PredictedClause, PredictedFigures, Provenance, Ranked,
        Ranking, Regression, Spread, Verdict, WorstClause,
    },
    scenario::Clause,
    stats::{Estimate, median},
};

#[derive(Clone, Debug)]
pub struct PredictedRow {
    /// Of which machine: as a row of a measured one would be labelled.
    pub label: String,
    pub directory: String,
    pub figures: PredictedFigures,
    pub clauses: Vec<PredictedClause>,
}

struct Group<'s> {
    sides: Vec<&'s LoadedRun>,
    machine: Machine,
}

/// Ranks runs; `baseline` is the place of the one that the others are compared with.
pub fn compare_many(
    sides: &[LoadedRun],
    baseline: Option<usize>,
    predicted: &[PredictedRow],
    options: &CompareOptions,
) -> Ranking {
    let runs: Vec<_> = sides.iter().map(|side| &side.run).collect();
    let (once, twice) = partitioned(sides);
    let groups = groups(&once);
    let firsts: Vec<_> = groups.iter().map(|group| &group.sides[0].run).collect();
    let objectives = objectives(sides, options);
    let scenario = matching::differences(&firsts, &options.across);
    let base = baseline.and_then(|place| groups.iter().position(|group| group.has(&sides[place])));
    let samples: Vec<ResampledRun> = match base {
        None => Vec::new(),
        Some(_) => {
            let seed = |group: &Group| groups.iter().position(|other| other.is_paired_with(group)).unwrap_or(0) as u64;
            groups.par_iter().map(|group| ResampledRun::of(&group.sides, seed(group))).collect()
        }
    };
    let ranked = groups.par_iter().enumerate().map(|(place, group)| {
        let row = Ranked { is_baseline: base == Some(place), ..group.ranked(place, &scenario, &objectives) };
        let Some(base) = base.filter(|base| *base != place) else { return row };
        let both = [&samples[base], &samples[place]];
        let differences = differences(both[0], both[1], false, options.least_effect);
        let checked = options.allowed_regression.map_or_else(Vec::new, |allowed| check(&differences, both, allowed));
        Ranked { paired: Some(both[0].is_paired_with(both[1])), differences, checked, ..row }
    });
    let mut rows: Vec<Ranked> = ranked.collect();
    let mismatch = matching::mismatch(&matching::differences(&runs, &options.across));
    let of_runs = rows
        .iter()
        .zip(&groups)
        .flat_map(|(row, group)| group.sides.iter().flat_map(|side| warnings(&row.letter, side)));
    let facts: Vec<_> = firsts.iter().map(|run| machine::of_run(run)).collect();
    let (environment, same_environment) = machine::sorted_out(&facts);
    let mut warnings: Vec<String> = mismatch.into_iter().chain(machine::qualification(&facts)).chain(of_runs).collect();
    // Repeats often have the same warnings; they stand next to each other.
    warnings.dedup();
    warnings.extend(twice.iter().map(|side| format!("{} is given twice; it counts once", side.directory.display())));
    rows.extend(predicted.iter().enumerate().map(|(place, row)| row.ranked(groups.len() + place)));
    rows.sort_by(|one, other| order(one, other, !objectives.is_empty()));
    let worse = |row: &Ranked| {
        let found = regressions(&row.differences, &row.checked);
        found.into_iter().map(|difference| Regression { letter: row.letter.clone(), difference }).collect::<Vec<_>>()
    };
    Ranking {
        conclusion: ranked::conclusion(&rows, &objectives, &scenario, options.least_effect),
        regressions: rows.iter().flat_map(worse).collect(),
        objectives,
        least_effect: options.least_effect,
        rows,
        scenario,
        environment,
        same_environment,
        warnings,
        allowed_regression: options.allowed_regression,
    }
}

fn objectives(sides: &[LoadedRun], options: &CompareOptions) -> Vec<Clause> {
    let of_runs = sides.iter().map(|side| &side.run.scenario.slo.clauses);
    let found = std::iter::once(&options.objectives).chain(of_runs).find(|clauses| !clauses.is_empty());
    found.cloned().unwrap_or_default()
}

/// The runs, and those of them that were given before, which count once: one run is no repeat of itself.
fn partitioned(sides: &[LoadedRun]) -> (Vec<&LoadedRun>, Vec<&LoadedRun>) {
    let is_new = |place: usize| !sides[..place].iter().any(|other| other.is_same_as(&sides[place]));
    let (once, twice): (Vec<_>, Vec<_>) = sides.iter().enumerate().partition(|(place, _)| is_new(*place));
    let of = |sides: Vec<(usize, _)>| sides.into_iter().map(|(_, side)| side).collect();
    (of(once), of(twice))
}

/// Repeats differ in nothing but the seed and what changes no load.
fn groups<'s>(sides: &[&'s LoadedRun]) -> Vec<Group<'s>> {
    let runs = sides.iter().map(|side| {
        let side = *side;
        ((Machine::of(&side.run), matching::load(&side.run)), side)
    });
    grouped(runs).into_iter().map(|((machine, _), sides)| Group { sides, machine }).collect()
}

impl Group<'_> {
    fn has(&self, side: &LoadedRun) -> bool {
        self.sides.iter().any(|other| other.is_same_as(side))
    }

    /// Whether each run of one is paired with the run in the same place of the other.
    fn is_paired_with(&self, other: &Group) -> bool {
        let mut pairs = self.sides.iter().zip(&other.sides);
        self.sides.len() == other.sides.len() && pairs.all(|(one, other)| one.is_paired_with(other))
    }

    fn spread(&self, figure: impl Fn(&LoadedRun) -> Option<f64>) -> Option<Spread> {
        let values: Vec<f64> = self.sides.iter().filter_map(|side| figure(side)).collect();
        let (least, most) = (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
        Some(Spread { median: median(values), least, most })
    }

    /// Its row, without what the baseline has to do with it.
    fn ranked(&self, place: usize, scenario: &[KeyDifference], objectives: &[Clause]) -> Ranked {
        let first = self.sides[0];
        let verdicts: Vec<Verdict> = self.sides.iter().filter_map(|side| judged(side, objectives)).collect();
        let quantile =
            |role: usize, q: f64| self.spread(|side| side.of_role(role)?.supported_quantile(q).map(|ns| ns as f64));
        let mut reasons: Vec<String> = verdicts.iter().flat_map(|verdict| verdict.reasons.clone()).collect();
        reasons.dedup();
        let clauses = verdicts.iter().flat_map(|verdict| &verdict.clauses);
        Ranked {
            letter: letter(place),
            label: label(&self.machine, place, scenario),
            provenance: first.run.provenance(),
            source: None,
            machine: Some(self.machine.clone()),
            directories: self.sides.iter().map(|side| side.directory.display().to_string()).collect(),
            is_baseline: false,
            verdict: verdicts.iter().map(|verdict| verdict.outcome).max_by_key(|outcome| badness(Some(*outcome))),
            reasons,
            worst: worst(clauses.filter_map(|judged| Some((judged.clause, judged.margin?)))),
            reader_p50_ns: quantile(0, 0.5),
            reader_p99_ns: quantile(0, 0.99),
            reader_max_ns: quantile(0, 1.0),
            commit_p99_ns: quantile(1, 0.99),
            reads: self.sides.iter().filter_map(|side| side.of_role(0)).map(|operation| operation.count()).sum(),
            completed_share: self.spread(|side| side.run.summary.completed_share()),
            longest_freeze_ns: self.spread(|side| Some(side.longest_freeze_ns() as f64)),
            finding: first.run.diagnosis.findings.first().map(|finding| finding.cause.clone()),
            paired: None,
            differences: Vec::new(),
            checked: Vec::new(),
        }
    }
}

fn label(machine: &Machine, place: usize, scenario: &[KeyDifference]) -> String {
    let of_load = scenario.iter().filter(|key| key.comparability != Comparability::Neutral);
    let values = of_load.map(|key| format!("{}={}", key.key, key.values[place]));
    [machine_in_short(machine)].into_iter().chain(values).collect::<Vec<_>>().join(", ")
}

/// By objectives that may not be those of its scenario.
fn judged(side: &LoadedRun, objectives: &[Clause]) -> Option<Verdict> {
    if let Some(why) = &side.left_out {
        // Judged once, by the objectives of its scenario; without its log it cannot be judged by others.
        let is_judged = side.run.scenario.slo.clauses == objectives;
        let again = || Verdict { outcome: Judgement::Invalid, reasons: vec![why.clone()], clauses: Vec::new() };
        return if is_judged { side.run.diagnosis.verdict.clone() } else { Some(again()) };
    }
    judge_again(side, objectives)
}

fn worst(clauses: impl Iterator<Item = (Clause, f64)>) -> Option<WorstClause> {
    let (clause, margin) = clauses.min_by(|one, other| one.1.total_cmp(&other.1))?;
    Some(WorstClause { clause, margin })
}

fn badness(verdict: Option<Judgement>) -> u8 {
    match verdict {
        Some(Judgement::Met) => 0,
        Some(Judgement::NotMet) => 1,
        Some(Judgement::Invalid) => 2,
        None => 3,
    }
}

fn order(one: &Ranked, other: &Ranked, by_objectives: bool) -> Ordering {
    // What is not known is last.
    let p99 = |row: &Ranked| row.reader_p99_ns.map_or(f64::INFINITY, |spread| spread.median);
    let freeze = |row: &Ranked| row.longest_freeze_ns.map_or(0.0, |spread| spread.median);
    let margin = |row: &Ranked| row.worst.as_ref().map_or(f64::NEG_INFINITY, |worst| worst.margin);
    let by_figures = p99(one).total_cmp(&p99(other)).then(freeze(one).total_cmp(&freeze(other)));
    if !by_objectives {
        return by_figures;
    }
    let by_verdict = badness(one.verdict).cmp(&badness(other.verdict));
    by_verdict.then(margin(other).total_cmp(&margin(one))).then(by_figures)
}

impl PredictedRow {
    fn ranked(&self, place: usize) -> Ranked {
        let spread =
            |estimate: &Estimate| Some(Spread { median: estimate.value, least: estimate.low, most: estimate.high });
        let figures = &self.figures;
        let met = self.clauses.iter().all(|clause| clause.met);
        let judgement = if met { Judgement::Met } else { Judgement::NotMet };
        let margins =
            self.clauses.iter().filter_map(|judged| Some((judged.clause, margin(&judged.clause, judged.figure)?)));
        Ranked {
            letter: letter(place),
            label: self.label.clone(),
            provenance: Provenance::Predicted,
            source: Some(format!("{}, {} mappers", figures.source, figures.mappers)),
            machine: None,
            directories: vec![self.directory.clone()],
            is_baseline: false,
            verdict: (!self.clauses.is_empty()).then_some(judgement),
            reasons: Vec::new(),
            worst: worst(margins),
            reader_p50_ns: spread(&figures.reader_p50_ns),
            reader_p99_ns: spread(&figures.reader_p99_ns),
            reader_max_ns: None,
            commit_p99_ns: spread(&figures.commit_p99_ns),
            reads: 0,
            completed_share: spread(&figures.completed_share()),
            longest_freeze_ns: None,
            finding: None,
            paired: None,
            differences: Vec::new(),
            checked: Vec::new(),
        }
    }
}
