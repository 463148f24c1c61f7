//! What a commit's cost model alone predicts of a scenario: one file, one lock, and readers that need CPU time once they get it.
//! Predicted, never measured; what the model leaves out is what a difference from the measured knee points at.

#[cfg(test)]
pub(crate) mod tests;

use std::ops::RangeInclusive;

use crate::{
    results::{Answer, CommitModel, PredictedClause, PredictedKnee, PredictedPoint},
    scenario::{Arrivals, Clause, Metric, RateOf, Scenario, Subject},
    stats::{self, Estimate, Gaps, Load, Prediction, utilisation},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Basis<'a> {
    pub cost_model: &'a CommitModel,
    /// CPU time of one reader's operation, nanoseconds.
    pub reader_cpu_ns: f64,
    pub cpus: f64,
}

/// Readers that want more of the CPUs than this are too many for a prediction anyway.
const MOST_SHARED: f64 = 0.9;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Value,
    Low,
    High,
}

impl End {
    fn of(self, estimate: Estimate) -> f64 {
        match self {
            End::Value => estimate.value,
            End::Low => estimate.low,
            End::High => estimate.high,
        }
    }
}

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
    f64::from(scenario.readers.count.div_ceil(scenario.instances.count) + scenario.writer.count)
}

fn commit_rate(scenario: &Scenario) -> f64 {
    scenario.writer.arrivals.rate_per_s().unwrap_or(0.0) / f64::from(scenario.instances.count)
}

/// The share of the time that the lock of one file is held.
pub(crate) fn held(scenario: &Scenario, cost_model: &CommitModel) -> Estimate {
    let at = |end: End| {
        let (base, per_mapper) = (end.of(cost_model.base_ns), end.of(cost_model.per_mapper_ns));
        // The cost model is that of one whole commit, with all its syncs: hence once.
        utilisation(commit_rate(scenario), base, per_mapper, mappers(scenario), 1.0).max(0.0)
    };
    Estimate { value: at(End::Value), low: at(End::Low), high: at(End::High) }
}

/// What to expect of a scenario that has no [`obstacle`].
pub(crate) fn predict(scenario: &Scenario, basis: &Basis<'_>, end: End) -> Prediction {
    let instances = f64::from(scenario.instances.count);
    let is_even = matches!(scenario.writer.arrivals, Arrivals::Even { .. }) && scenario.writer.count == 1;
    // While a commit visits its mappers, readers want the CPU that it runs on as often as any other.
    let shared =
        (scenario.reader_rate_total().unwrap_or(0.0) * basis.reader_cpu_ns / 1e9 / basis.cpus).min(MOST_SHARED);
    let load = Load {
        commit_rate_per_s: commit_rate(scenario),
        commits: if is_even { Gaps::Even } else { Gaps::Poisson },
        hold_ns: end.of(basis.cost_model.commit_ns(mappers(scenario))) / (1.0 - shared),
        reader_rate_per_s: scenario.reader_rate_total().unwrap_or(0.0) / instances,
        reader_cpu_ns: basis.reader_cpu_ns,
        cpus: basis.cpus / instances,
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
    let prediction = (!clauses.is_empty()).then(|| predict(&scenario, basis, End::Value));
    let judged = |prediction| clauses.iter().map(|clause| judge(*clause, &scenario, &prediction)).collect();
    let clauses = prediction.map_or_else(Vec::new, judged);
    Some(PredictedPoint { load, utilisation: held(&scenario, basis.cost_model), clauses })
}

/// The largest load (a value of `key`) in a range above 0 that would meet the scenario's objectives, to about 1 %, with an interval: its
/// lower end where both numbers of the cost model are highest, its upper end where both are lowest. `None`: there are no objectives,
/// [`obstacle`] names one, or the model does not cover this key.
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
    let (answer, load) = match within(range.clone(), End::Value) {
        stats::Knee::Below => (Answer::Below, None),
        stats::Knee::Above => (Answer::Above, None),
        stats::Knee::At(value) => {
            let end = |from: f64, to: f64, end| match within(from..=to, end) {
                stats::Knee::Below => from,
                stats::Knee::At(load) => load,
                stats::Knee::Above => to,
            };
            let (low, high) = (end(from, value, End::High), end(value, to, End::Low));
            (Answer::Found, Some(Estimate { value, low, high }))
        }
    };
    Some(PredictedKnee { answer, load, from, to })
}

/// The number of readers at which commits alone hold the lock all the time; `None`: mappers add no significant cost.
pub fn saturation(scenario: &Scenario, cost_model: &CommitModel) -> Option<Estimate> {
    let instances = f64::from(scenario.instances.count);
    let gap_ns = 1e9 / commit_rate(scenario);
    let at = |end: End| {
        let per_mapper = end.of(cost_model.per_mapper_ns);
        let mappers = (gap_ns - end.of(cost_model.base_ns)) / per_mapper;
        (per_mapper > 0.0).then(|| ((mappers - f64::from(scenario.writer.count)) * instances).max(0.0))
    };
    Some(Estimate { value: at(End::Value)?, low: at(End::High)?, high: at(End::Low)? })
}
