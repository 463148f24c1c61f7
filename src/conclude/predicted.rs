//! What a commit's cost model alone predicts of a scenario: one file, one lock, and readers that need CPU time once they get it.
//! Predicted, never measured; what the model leaves out is what a difference from the measured knee points at.

#[cfg(test)]
pub(crate) mod tests;

use std::ops::RangeInclusive;

use crate::{
    results::{Answer, CommitModel, PredictedClause, PredictedKnee, PredictedPoint},
    scenario::{Arrivals, Clause, Metric, RateOf, Scenario, Subject},
    stats::{self, Estimate, Gaps, Load, Prediction},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Basis<'a> {
    pub cost_model: &'a CommitModel,
    /// CPU time of a reader each time that it gets a CPU, nanoseconds: when it comes, and again when it is woken.
    pub reader_cpu_ns: f64,
    pub cpus: f64,
}

/// Readers that want more of the CPUs than this are too many for a prediction anyway.
const MOST_SHARED: f64 = 0.9;
/// More mappers than any machine has, and halvings that find a number among them to a thousandth.
pub(crate) const MOST_MAPPERS: f64 = 1e9;
const HALVINGS: usize = 40;

/// What is taken of the cost model's figures: their values, or an end of their intervals.
pub(crate) type End = fn(Estimate) -> f64;
const VALUE: End = |at| at.value;
const LOW: End = |at| at.low;
const HIGH: End = |at| at.high;
/// With the values, and with both ends.
pub(crate) const ENDS: [End; 3] = [VALUE, LOW, HIGH];

/// Why nothing can be predicted of a scenario; `None`: it can.
pub fn obstacle(scenario: &Scenario) -> Option<&'static str> {
    if scenario.writer.count == 0 {
        return Some("there is no writer, so no reader waits for one");
    }
    if scenario.writer.arrivals.rate_per_s().is_none() || scenario.reader_rate_total().is_none() {
        return Some("the prediction is for open loops: a closed loop has no rate");
    }
    if scenario.readers.lock == crate::mailboxes::LockKind::None {
        return Some("readers take no lock, so they do not wait for commits");
    }
    None
}

/// The scenario at another load; `None`: the model does not cover this key, or it takes no such value.
fn with(scenario: &Scenario, key: &str, load: f64) -> Option<Scenario> {
    let mut scenario = scenario.clone();
    let arrivals = match key {
        "readers.rate" => &mut scenario.readers.arrivals,
        "writer.rate" => &mut scenario.writer.arrivals,
        "readers.count" | "writer.count" => {
            let count = if key == "writer.count" { &mut scenario.writer.count } else { &mut scenario.readers.count };
            *count = load.round() as u32;
            return Some(scenario);
        }
        _ => return None,
    };
    let (Arrivals::Poisson { rate_per_s } | Arrivals::Even { rate_per_s }) = arrivals else { return None };
    *rate_per_s = load;
    Some(scenario)
}

/// Processes that map one file: its readers and its writers. Those of the largest instance.
pub(crate) fn mappers(scenario: &Scenario) -> f64 {
    f64::from(scenario.mappers_in(0))
}

fn commit_rate(scenario: &Scenario) -> f64 {
    scenario.writer.arrivals.rate_per_s().unwrap_or(0.0) / f64::from(scenario.instances.count)
}

/// The share of the time that the lock of one file is held, by what a commit takes where nothing else wants the CPUs.
pub(crate) fn held(scenario: &Scenario, cost_model: &CommitModel) -> Estimate {
    cost_model.commit_ns(mappers(scenario)).scaled(commit_rate(scenario) / 1e9 * mean_multiple(cost_model))
}

/// The mean commit over the typical one.
pub(crate) fn mean_multiple(cost_model: &CommitModel) -> f64 {
    match cost_model.spread.len() {
        0 => 1.0,
        several => cost_model.spread.iter().sum::<f64>() / several as f64,
    }
}

/// How a writer fares among those who want the same CPUs.
pub(crate) struct Contention {
    /// How many times longer the lock is held than alone: readers that come, and the commits of other files, want the
    /// writer's CPU as often as any other.
    pub hold: f64,
    /// CPUs that they leave for the herds of one file.
    pub cpus_left: f64,
    /// How many times longer a commit takes than alone, with the herd that it wakes.
    pub commit: f64,
}

impl Contention {
    /// `readers` of all `instances`, and commits of the other ones, in CPUs that they want.
    pub fn of(readers: f64, other_commits: f64, instances: f64, cpus: f64) -> Contention {
        let own = readers / instances;
        let least = 1.0 - MOST_SHARED;
        let hold = 1.0 / (1.0 - (readers + other_commits) / cpus).max(least);
        let cpus_left = (cpus - (readers - own) - other_commits).max(least * cpus);
        Contention { hold, cpus_left, commit: hold * (1.0 + own / (cpus_left - own).max(least * cpus)) }
    }
}

/// Commits that make a median to calibrate with.
pub const LEAST_COMMITS: u64 = 20;

/// How many times longer a commit of a run took (`hold_ns`, with the herd) than one alone and the run's readers make it.
/// `None`: the cost model says that it takes no time.
pub fn calibration(hold_ns: f64, mappers: f64, readers_per_s: f64, instances: f64, basis: &Basis<'_>) -> Option<f64> {
    let among = Contention::of(readers_per_s * basis.reader_cpu_ns / 1e9, 0.0, instances, basis.cpus);
    let expected = basis.cost_model.commit_ns(mappers).value * among.commit;
    (expected > 0.0).then(|| hold_ns / expected)
}

/// What to expect of a scenario that has no [`obstacle`].
pub(crate) fn predict(scenario: &Scenario, basis: &Basis<'_>, end: End) -> Prediction {
    let instances = f64::from(scenario.instances.count);
    let is_even = matches!(scenario.writer.arrivals, Arrivals::Even { .. }) && scenario.writer.count == 1;
    let reader_rate = scenario.reader_rate_total().unwrap_or(0.0);
    // A commit is CPU time nearly all of the time that it holds the lock, and no writer has more than one CPU.
    let other_commits = end(held(scenario, basis.cost_model)).min(1.0) * (instances - 1.0);
    let among = Contention::of(reader_rate * basis.reader_cpu_ns / 1e9, other_commits, instances, basis.cpus);
    let load = Load {
        commit_rate_per_s: commit_rate(scenario),
        commits: if is_even { Gaps::Even } else { Gaps::Poisson },
        hold_ns: end(basis.cost_model.commit_ns(mappers(scenario))) * among.hold,
        spread: &basis.cost_model.spread,
        reader_rate_per_s: reader_rate / instances,
        reader_cpu_ns: basis.reader_cpu_ns,
        cpus: among.cpus_left,
    };
    stats::predict(&load, scenario.run.duration_ns as f64 / 1e9, scenario.run.seed)
}

/// An objective as predicted. All operations of the readers are one to the model, and so are all kinds of commits. A freeze is taken to
/// be as long as the longest wait; one shorter than `run.freeze` is none.
fn judge(clause: Clause, scenario: &Scenario, prediction: &Prediction) -> PredictedClause {
    let seconds = scenario.run.duration_ns as f64 / 1e9;
    let commits = scenario.writer.arrivals.rate_per_s().unwrap_or(0.0) * seconds;
    let readers = scenario.reader_rate_total().unwrap_or(0.0) * seconds;
    let figure = match clause.metric {
        Metric::Latency { of: Subject::Reader(_) | Subject::AllReaders, at } => match at.quantile() {
            q if q >= 1.0 => prediction.longest_wait_ns + prediction.reader_response_ns(0.0),
            q => prediction.reader_response_ns(q),
        },
        // The slowest of n is at most what it is half of the times at the quantile 2^(−1/n).
        Metric::Latency { at, .. } if at.quantile() >= 1.0 => {
            prediction.commit_response_ns(0.5_f64.powf(1.0 / commits.max(1.0)))
        }
        Metric::Latency { at, .. } => prediction.commit_response_ns(at.quantile()),
        Metric::LongestFreeze => {
            let longest = prediction.longest_wait_ns;
            if longest >= scenario.run.freeze_ns as f64 { longest } else { 0.0 }
        }
        Metric::Rate(of) => {
            let reads = if readers > 0.0 { prediction.readers_completed } else { 1.0 };
            let writes = if commits > 0.0 { prediction.commits_completed } else { 1.0 };
            match of {
                RateOf::Readers => reads,
                RateOf::Commits => writes,
                RateOf::Lower => reads.min(writes),
            }
        }
    };
    PredictedClause { clause, figure, met: clause.comparison.holds(figure, clause.limit.value()) }
}

/// A point of an axis as predicted; `None`: the model does not cover this key.
pub fn point(scenario: &Scenario, key: &str, load: f64, basis: &Basis<'_>) -> Option<PredictedPoint> {
    let scenario = with(scenario, key, load)?;
    let clauses = &scenario.slo.clauses;
    let prediction = (!clauses.is_empty()).then(|| predict(&scenario, basis, VALUE));
    let judged = |prediction| clauses.iter().map(|clause| judge(*clause, &scenario, &prediction)).collect();
    let clauses = prediction.map_or_else(Vec::new, judged);
    Some(PredictedPoint { load, utilisation: held(&scenario, basis.cost_model), clauses })
}

/// The largest load (a value of `key`) in a range above 0 that would meet the scenario's objectives, to about 1 %, with an interval: its
/// lower end where both numbers of the cost model are highest, its upper end where both are lowest. `None`: there are no objectives,
/// `obstacle` names one, or the model does not cover this key.
pub fn predicted_knee(
    scenario: &Scenario,
    key: &str,
    basis: &Basis<'_>,
    range: RangeInclusive<f64>,
) -> Option<PredictedKnee> {
    if scenario.slo.clauses.is_empty() || obstacle(scenario).is_some() {
        return None;
    }
    with(scenario, key, *range.start())?;
    let meets = |load: f64, end: End| {
        let Some(scenario) = with(scenario, key, load) else { return false };
        let prediction = predict(&scenario, basis, end);
        scenario.slo.clauses.iter().all(|clause| judge(*clause, &scenario, &prediction).met)
    };
    let (from, to) = (*range.start(), *range.end());
    // On a logarithmic scale, where a thousandth is about a hundredth of the load: the model is no better, and every step takes time.
    let within = |range: RangeInclusive<f64>, end: End| {
        let range = range.start().ln()..=range.end().ln();
        match stats::largest(range, |load| meets(load.exp(), end)) {
            stats::Knee::At(load) => stats::Knee::At(load.exp()),
            outside => outside,
        }
    };
    let (answer, load) = match within(range.clone(), VALUE) {
        stats::Knee::Below => (Answer::Below, None),
        stats::Knee::Above => (Answer::Above, None),
        stats::Knee::At(value) => {
            let end = |from: f64, to: f64, end| match within(from..=to, end) {
                stats::Knee::Below => from,
                stats::Knee::At(load) => load,
                stats::Knee::Above => to,
            };
            let (low, high) = (end(from, value, HIGH), end(value, to, LOW));
            (Answer::Found, Some(Estimate { value, low, high }))
        }
    };
    Some(PredictedKnee { answer, load, from, to })
}

/// The number of readers at which commits alone hold the lock all the time; `None`: mappers add no significant cost.
pub fn saturation(scenario: &Scenario, cost_model: &CommitModel) -> Option<Estimate> {
    let readers =
        |mappers: f64| ((mappers - f64::from(scenario.writer.count)) * f64::from(scenario.instances.count)).max(0.0);
    let mappers = saturated_mappers(commit_rate(scenario), cost_model)?;
    Some(Estimate { value: readers(mappers.value), low: readers(mappers.low), high: readers(mappers.high) })
}

/// The number of mappers at which so many commits a second hold the lock all the time; `None`: mappers add no significant cost.
pub(crate) fn saturated_mappers(commits_per_s: f64, cost_model: &CommitModel) -> Option<Estimate> {
    let gap_ns = 1e9 / commits_per_s / mean_multiple(cost_model);
    // By halving, because a model that bends has no slope of its own.
    let at = |end: End| {
        let fits = |mappers: f64| end(cost_model.commit_ns(mappers)) <= gap_ns;
        let halve = |(low, high): (f64, f64), _| {
            let middle = f64::midpoint(low, high);
            if fits(middle) { (middle, high) } else { (low, middle) }
        };
        let mappers = (0..HALVINGS).fold((0.0, MOST_MAPPERS), halve).0;
        (!fits(MOST_MAPPERS)).then_some(mappers)
    };
    Some(Estimate { value: at(VALUE)?, low: at(HIGH)?, high: at(LOW)? })
}
