//! Many runs: repeats gathered in one row, rows judged by the same objectives and ordered, each compared with the baseline.
//! What was predicted stands among them, labelled.

use std::{
    borrow::Borrow,
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

use rayon::prelude::*;

use super::{
    cautions,
    figures::differences,
    fleet,
    gate::{check, regressions},
    loaded_run::LoadedRun,
    machine, matching, ranked,
    ranked_run::RankedRun,
    resampled::ResampledRun,
};
use crate::{
    conclude::{CompareOptions, letter, machine_in_short, margin},
    results::{
        Comparability, Judgement, KeyDifference, Machine, PredictedClause, PredictedFigures, Provenance, Ranked,
        Ranking, Regression, Run, Spread, UnreadResult, WorstClause,
    },
    scenario::Clause,
    stats::Estimate,
};

#[derive(Clone, Debug)]
pub struct PredictedRow {
    /// Of which machine: as a row of a measured one would be labelled.
    pub label: String,
    pub directory: String,
    pub figures: PredictedFigures,
    pub clauses: Vec<PredictedClause>,
}

/// What others are compared with. That takes the response times of all of them.
#[derive(Clone, Copy, Debug)]
pub struct Baseline<'s> {
    /// The runs that are ranked, in their order.
    pub sides: &'s [LoadedRun],
    /// Which of them it is.
    pub place: usize,
}

struct Group<'r> {
    /// With their places among all runs that are ranked.
    runs: Vec<(usize, &'r RankedRun)>,
}

/// Ranks runs; `baseline` is the place of the one that the others are compared with.
pub fn compare_many(
    sides: &[LoadedRun],
    baseline: Option<usize>,
    predicted: &[PredictedRow],
    options: &CompareOptions,
) -> Ranking {
    let objectives = objectives(sides.iter().map(|side| &side.run), options);
    let runs: Vec<RankedRun> = sides.par_iter().map(|side| RankedRun::of(side, &objectives)).collect();
    let baseline = baseline.map(|place| Baseline { sides, place });
    rank(&runs, baseline, predicted, &objectives, options)
}

/// Ranks runs that were judged by the objectives.
pub fn rank(
    runs: &[RankedRun],
    baseline: Option<Baseline>,
    predicted: &[PredictedRow],
    objectives: &[Clause],
    options: &CompareOptions,
) -> Ranking {
    let (once, twice) = partitioned(runs);
    let groups = groups(&once);
    let keys: Vec<_> = groups.iter().map(|group| &group.first().keys).collect();
    let scenario = matching::of_keys(&keys, &options.across);
    let base = baseline.and_then(|baseline| {
        let place = groups.iter().position(|group| group.has(&runs[baseline.place]))?;
        Some((place, samples(&groups, baseline.sides)))
    });
    let ranked = groups.par_iter().enumerate().map(|(place, group)| {
        let row = group.ranked(place, &scenario);
        match &base {
            None => row,
            Some((base, _)) if *base == place => Ranked { is_baseline: true, ..row },
            Some((base, samples)) => against([&samples[*base], &samples[place]], row, options),
        }
    });
    let mut rows: Vec<Ranked> = ranked.collect();
    let all_keys: Vec<_> = runs.iter().map(|run| &run.keys).collect();
    let mismatch = matching::mismatch(&matching::of_keys(&all_keys, &options.across));
    let facts: Vec<_> = groups.iter().map(|group| &group.first().facts).collect();
    let (environment, same_environment) = machine::sorted_out(&facts);
    let of_rows = rows.iter().zip(&groups).flat_map(|(row, group)| {
        let cautions = group.runs.iter().flat_map(|(_, run)| &run.cautions);
        cautions.map(|caution| (row.letter.clone(), caution.clone()))
    });
    let warnings = mismatch
        .into_iter()
        .chain(machine::qualification(&facts))
        .chain(cautions::together(of_rows))
        .chain(cautions::twice(twice.iter().map(|run| run.directory.clone()).collect()))
        .collect();
    rows.extend(predicted.iter().enumerate().map(|(place, row)| row.ranked(groups.len() + place)));
    rows.sort_by(|one, other| order(one, other, !objectives.is_empty()));
    let worse = |row: &Ranked| {
        let found = regressions(&row.differences, &row.checked);
        found.into_iter().map(|difference| Regression { letter: row.letter.clone(), difference }).collect::<Vec<_>>()
    };
    let ranking = Ranking {
        regressions: rows.iter().flat_map(worse).collect(),
        objectives: objectives.to_vec(),
        least_effect: options.least_effect,
        rows,
        scenario,
        environment,
        same_environment,
        warnings,
        allowed_regression: options.allowed_regression,
        ..Ranking::default()
    };
    concluded(ranking)
}

/// With what follows from the rows.
pub(super) fn concluded(ranking: Ranking) -> Ranking {
    Ranking {
        conclusion: ranked::conclusion(&ranking),
        verdicts: fleet::count(&ranking.rows.iter().collect::<Vec<_>>()),
        groups: fleet::groups(&ranking.rows),
        ..ranking
    }
}

/// The same with results that could not be read.
pub fn with_unread(mut ranking: Ranking, unread: Vec<UnreadResult>) -> Ranking {
    ranking.warnings.extend(cautions::unread(&unread));
    ranking.unread = unread;
    ranking
}

/// What to judge by: what was asked for, else those of the first run that has objectives; empty: none has.
pub fn objectives<R: Borrow<Run>>(runs: impl Iterator<Item = R>, options: &CompareOptions) -> Vec<Clause> {
    if !options.objectives.is_empty() {
        return options.objectives.clone();
    }
    let mut of_runs = runs.map(|run| run.borrow().scenario.slo.clauses.clone());
    of_runs.find(|clauses| !clauses.is_empty()).unwrap_or_default()
}

/// A row with what it differs from the baseline in; of both, what was resampled.
fn against([base, own]: [&ResampledRun; 2], row: Ranked, options: &CompareOptions) -> Ranked {
    let differences = differences(base, own, false, options.least_effect);
    let checked = options.allowed_regression.map(|allowed| check(&differences, [base, own], allowed));
    Ranked { paired: Some(base.is_paired_with(own)), differences, checked: checked.unwrap_or_default(), ..row }
}

/// Of each group what differences are drawn from; groups that are paired share a seed.
fn samples(groups: &[Group], sides: &[LoadedRun]) -> Vec<ResampledRun> {
    let of = |group: &Group| group.runs.iter().map(|(place, _)| &sides[*place]).collect::<Vec<&LoadedRun>>();
    let all: Vec<Vec<&LoadedRun>> = groups.iter().map(of).collect();
    // Whether each run of one is paired with the run in the same place of the other.
    let are_paired = |one: &[&LoadedRun], other: &[&LoadedRun]| {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_paired_with(other))
    };
    let seed = |own: &[&LoadedRun]| all.iter().position(|other| are_paired(other, own)).unwrap_or(0) as u64;
    all.par_iter().map(|own| ResampledRun::of(own, seed(own))).collect()
}

/// The runs with their places, and those of them that were given before, which count once: one run is no repeat of itself.
fn partitioned(runs: &[RankedRun]) -> (Vec<(usize, &RankedRun)>, Vec<&RankedRun>) {
    let mut known = HashSet::new();
    let (once, twice): (Vec<_>, Vec<_>) = runs.iter().enumerate().partition(|(_, run)| known.insert(run.identity));
    (once, twice.into_iter().map(|(_, run)| run).collect())
}

/// Repeats, in the order of their first runs.
fn groups<'r>(runs: &[(usize, &'r RankedRun)]) -> Vec<Group<'r>> {
    let (mut groups, mut places): (Vec<Group>, HashMap<_, usize>) = (Vec::new(), HashMap::new());
    for (place, run) in runs {
        let group = *places.entry(run.of_repeats).or_insert_with(|| {
            groups.push(Group { runs: Vec::new() });
            groups.len() - 1
        });
        groups[group].runs.push((*place, *run));
    }
    groups
}

impl<'r> Group<'r> {
    fn first(&self) -> &'r RankedRun {
        self.runs[0].1
    }

    fn has(&self, run: &RankedRun) -> bool {
        self.runs.iter().any(|(_, other)| other.identity == run.identity)
    }

    fn spread(&self, figure: impl Fn(&RankedRun) -> Option<f64>) -> Option<Spread> {
        fleet::spread(self.runs.iter().filter_map(|(_, run)| figure(run)).collect())
    }

    /// Its row, without what the baseline has to do with it.
    fn ranked(&self, place: usize, scenario: &[KeyDifference]) -> Ranked {
        let (first, runs) = (self.first(), || self.runs.iter().map(|(_, run)| *run));
        let verdicts = || runs().filter_map(|run| run.verdict.as_ref());
        let mut reasons: Vec<String> = verdicts().flat_map(|verdict| verdict.reasons.clone()).collect();
        reasons.dedup();
        let letter = letter(place);
        let cautions = runs().flat_map(|run| &run.cautions).map(|caution| caution.words(&letter));
        let mut warnings: Vec<String> = cautions.collect();
        warnings.dedup();
        let clauses = verdicts().flat_map(|verdict| &verdict.clauses);
        Ranked {
            label: label(&first.machine, place, scenario),
            provenance: first.provenance,
            machine: Some(first.machine.clone()),
            directories: runs().map(|run| run.directory.clone()).collect(),
            verdict: verdicts().map(|verdict| verdict.outcome).max_by_key(|outcome| badness(Some(*outcome))),
            reasons,
            warnings,
            worst: worst(clauses.filter_map(|judged| Some((judged.clause, judged.margin?)))),
            reader_p50_ns: self.spread(|run| run.reader_ns[0]),
            reader_p99_ns: self.spread(|run| run.reader_ns[1]),
            reader_max_ns: self.spread(|run| run.reader_ns[2]),
            commit_p99_ns: self.spread(|run| run.commit_p99_ns),
            reads: runs().map(|run| run.reads).sum(),
            completed_share: self.spread(|run| run.completed_share),
            longest_freeze_ns: self.spread(|run| Some(run.longest_freeze_ns)),
            finding: first.finding.clone(),
            letter,
            ..Ranked::default()
        }
    }
}

fn label(machine: &Machine, place: usize, scenario: &[KeyDifference]) -> String {
    let of_load = scenario.iter().filter(|key| key.comparability != Comparability::Neutral);
    let values = of_load.map(|key| format!("{}={}", key.key, key.values[place]));
    [machine_in_short(machine)].into_iter().chain(values).collect::<Vec<_>>().join(", ")
}

pub(super) fn worst(clauses: impl Iterator<Item = (Clause, f64)>) -> Option<WorstClause> {
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

/// By objectives, or by what qualifications found; else by figures alone.
pub(super) fn order(one: &Ranked, other: &Ranked, by_objectives: bool) -> Ordering {
    // What is not known is last.
    let median = |spread: Option<Spread>| spread.map_or(f64::INFINITY, |spread| spread.median);
    let figures = |row: &Ranked| [row.reader_p99_ns, row.longest_freeze_ns].map(median);
    let margin = |row: &Ranked| match &row.qualified {
        Some(qualified) => qualified.margin.unwrap_or(f64::NEG_INFINITY),
        None => row.worst.as_ref().map_or(f64::NEG_INFINITY, |worst| worst.margin),
    };
    let ([p99, freeze], [other_p99, other_freeze]) = (figures(one), figures(other));
    let by_figures = p99.total_cmp(&other_p99).then(freeze.total_cmp(&other_freeze));
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
            directories: vec![self.directory.clone()],
            verdict: (!self.clauses.is_empty()).then_some(judgement),
            worst: worst(margins),
            reader_p50_ns: spread(&figures.reader_p50_ns),
            reader_p99_ns: spread(&figures.reader_p99_ns),
            commit_p99_ns: spread(&figures.commit_p99_ns),
            completed_share: spread(&figures.completed_share()),
            ..Ranked::default()
        }
    }
}

#[cfg(test)]
#[test]
fn what_is_not_known_is_last() {
    let row = |longest: Option<f64>| Ranked {
        longest_freeze_ns: longest.map(|ns| Spread { median: ns, least: ns, most: ns }),
        ..Ranked::default()
    };
    for by_objectives in [false, true] {
        assert_eq!(order(&row(None), &row(Some(7e6)), by_objectives), Ordering::Greater);
        assert_eq!(order(&row(Some(0.0)), &row(Some(7e6)), by_objectives), Ordering::Less);
    }
}
