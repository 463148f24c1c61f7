//! Results of one load on one machine over time: where their figures changed, between which two runs, and what else changed there.

pub(crate) mod figures;
pub(crate) mod sentences;
#[cfg(test)]
pub(crate) mod tests;

use std::{cmp::Reverse, collections::BTreeMap};

use rayon::prelude::*;

use self::figures::{FIGURES, LEAST_RUNS, LEVEL, analysed, is_regression, value};
use super::{
    LoadedRun,
    compare::{machine, matching},
    in_order::grouped,
    wording::runs as so_many_runs,
};
use crate::results::{
    Fact, FigureHistory, History, HistoryChange, HistoryRun, HistorySeries, Judgement, KeyDifference, Provenance,
};

/// Of a longer series the newest are analysed: the time that it takes grows with the square of their number.
const MOST_RUNS: usize = 500;

/// What a history needs of a run.
#[derive(Clone, Debug)]
pub struct TrackedRun {
    load: BTreeMap<String, String>,
    scenario: String,
    provenance: Provenance,
    run: HistoryRun,
    facts: Vec<Fact>,
    values: Vec<Option<f64>>,
    /// Whether its figures mean anything: it is complete, and not invalid.
    is_usable: bool,
}

impl TrackedRun {
    pub fn of(loaded: &LoadedRun) -> TrackedRun {
        let run = &loaded.run;
        let is_invalid = run.diagnosis.verdict.as_ref().is_some_and(|verdict| verdict.outcome == Judgement::Invalid);
        TrackedRun {
            load: matching::load(run),
            scenario: run.scenario.name.clone(),
            provenance: run.provenance(),
            run: HistoryRun {
                directory: loaded.directory.display().to_string(),
                began: run.measuring_began.clone(),
                kernel: format!("{} {}", run.environment.system, run.environment.kernel),
                mapstorm_version: run.mapstorm_version.clone(),
                seed: run.scenario.run.seed,
            },
            facts: machine::of_run(run),
            values: FIGURES.iter().map(|figure| value(*figure, loaded)).collect(),
            is_usable: run.summary.complete && !is_invalid && run.unmeasured().is_none(),
        }
    }
}

/// Finds the changes of runs of any loads and machines, in any order. Those of the same load on the same machine are one series: its kernel, mapstorm,
/// and the seed may differ. `least_effect` and `allowed_regression` are shares.
pub fn history(tracked: Vec<TrackedRun>, least_effect: f64, allowed_regression: Option<f64>) -> History {
    let (mut usable, unusable): (Vec<_>, Vec<_>) = tracked.into_iter().partition(|run| run.is_usable);
    usable.sort_by(|one, other| (&one.run.began, &one.run.directory).cmp(&(&other.run.began, &other.run.directory)));
    let keyed = usable.into_iter().map(|run| ((run.load.clone(), machine::identity(&run.facts)), run));
    let mut groups: Vec<(Vec<Fact>, Vec<TrackedRun>)> =
        grouped(keyed).into_iter().map(|((_, machine), runs)| (machine, runs)).collect();
    groups.sort_by_key(|(_, runs)| Reverse(runs.len()));
    let longest = groups.first().map_or(0, |(_, runs)| runs.len());
    let (enough, few): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(_, runs)| runs.len() >= *LEAST_RUNS);
    let alone: usize = few.iter().map(|(_, runs)| runs.len()).sum();
    let older: usize = enough.iter().map(|(_, runs)| runs.len().saturating_sub(MOST_RUNS)).sum();
    let series: Vec<HistorySeries> =
        enough.into_par_iter().map(|(machine, runs)| of_series(machine, runs, least_effect)).collect();
    let warnings = [
        (alone, format!("in no series of {} of the same load on the same machine", so_many_runs(*LEAST_RUNS))),
        (unusable.len(), "incomplete or invalid: figures of such mean nothing".to_owned()),
        (older, format!("older than the newest {MOST_RUNS} of a series, which are analysed")),
    ];
    let warnings = warnings.into_iter().filter(|(count, _)| *count > 0);
    History {
        conclusion: sentences::conclusion(&series, least_effect, *LEAST_RUNS, longest),
        least_runs: *LEAST_RUNS,
        level: LEVEL,
        least_effect,
        regressions: allowed_regression.map_or_else(Vec::new, |allowed| regressions(&series, allowed)),
        series,
        warnings: warnings.map(|(count, why)| format!("left out: {}, {why}", so_many_runs(count))).collect(),
        allowed_regression,
    }
}

fn of_series(machine: Vec<Fact>, mut all: Vec<TrackedRun>, least_effect: f64) -> HistorySeries {
    all.drain(..all.len().saturating_sub(MOST_RUNS));
    // A series has runs, and all of them the same load.
    let (scenario, provenance) =
        all.last().map_or_else(|| (String::new(), Provenance::Measured), |run| (run.scenario.clone(), run.provenance));
    let (mut figures, mut found) = (Vec::new(), Vec::new());
    for (number, figure) in FIGURES.into_iter().enumerate() {
        let values: Vec<Option<f64>> = all.iter().map(|run| run.values[number]).collect();
        let (segments, changes) = analysed(figure, &values, least_effect);
        found.extend(changes.into_iter().map(|(before, after, change)| ((before, after), change)));
        figures.push(FigureHistory { figure, values, segments });
    }
    let mut places = grouped(found);
    places.sort_by_key(|((before, after), _)| (*after, *before));
    let changes = places.into_iter().map(|((before, after), figures)| {
        let [one, other] = [before, after].map(|place| &all[place]);
        let circumstances = changed_facts(one, other);
        let sentence = sentences::change([&one.run, &other.run], &figures, &circumstances);
        HistoryChange { before, after, sentence, figures, circumstances }
    });
    let changes: Vec<HistoryChange> = changes.collect();
    let runs: Vec<HistoryRun> = all.iter().map(|run| run.run.clone()).collect();
    let conclusion = sentences::of_series(&scenario, &runs, &changes, least_effect);
    HistorySeries { scenario, provenance, machine, conclusion, runs, figures, changes }
}

/// Facts that differ between two runs, the kernel and mapstorm first.
fn changed_facts(one: &TrackedRun, other: &TrackedRun) -> Vec<KeyDifference> {
    let (mut differing, _) = machine::sorted_out(&[one.facts.clone(), other.facts.clone()]);
    differing.retain(|fact| !machine::is_limit(fact));
    differing.sort_by_key(|fact| ["kernel", "mapstorm"].iter().position(|key| fact.key == *key).unwrap_or(usize::MAX));
    differing
}

/// Figures whose last change is for the worse by more than is allowed, in sentences.
fn regressions(series: &[HistorySeries], allowed: f64) -> Vec<String> {
    let of_one = |series: &HistorySeries| {
        let last = FIGURES.into_iter().filter_map(|figure| {
            let mut changes =
                series.changes.iter().flat_map(|change| change.figures.iter().map(move |found| (change, found)));
            changes.rfind(|(_, found)| found.figure == figure)
        });
        let worse = last.filter(|(_, found)| is_regression(found, allowed));
        let said = worse.map(|(at, found)| sentences::regression(&series.scenario, &series.runs[at.after], found));
        said.collect::<Vec<_>>()
    };
    series.iter().flat_map(of_one).collect()
}
