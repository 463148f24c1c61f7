//! What is predicted for a run before it is run: the cost law of one commit, and what waits for the lock meanwhile.
//! The figures come from small measurements of their own, never from the run that they are held against.

use crate::{
    law::{Estimate, Gaps, Load, Prediction, predict},
    results::{Predicted, Run},
    scenario::{Arrivals, Scenario},
};

/// TODO-MERGE
#[derive(Clone, Debug)]
pub struct CommitLaw {
    /// base
    pub base_ns: Estimate,
    /// per mapper
    pub per_mapper_ns: Estimate,
    /// source
    pub source: String,
}

fn predicted(scenario: &Scenario, law: &CommitLaw, reader_cpu_ns: f64) -> Prediction {
    let instances = f64::from(scenario.instances.count);
    let load = Load {
        commit_rate_per_s: scenario.writer.arrivals.rate_per_s().unwrap_or(0.0) / instances,
        commits: if matches!(scenario.writer.arrivals, Arrivals::Even { .. }) { Gaps::Even } else { Gaps::Poisson },
        hold_ns: law.base_ns.value + law.per_mapper_ns.value * f64::from(scenario.readers_in(0)),
        reader_rate_per_s: scenario.reader_rate_total().unwrap_or(0.0) / instances,
        reader_cpu_ns,
        cpus: 2.0 / instances,
    };
    predict(&load, scenario.run.duration_ns as f64 / 1e9, scenario.run.seed)
}

/// Key figures of a scenario by a commit's law; `reader_cpu_ns` is the CPU time of one reader's operation, nanoseconds.
/// The intervals are those of the law: the prediction is made with its values, and with both ends of their intervals.
pub fn prediction(scenario: &Scenario, law: &CommitLaw, reader_cpu_ns: f64) -> Predicted {
    let at = |base_ns: f64, per_mapper_ns: f64| {
        let exactly = |value: f64| Estimate { value: value.max(0.0), low: value.max(0.0), high: value.max(0.0) };
        let law = CommitLaw { base_ns: exactly(base_ns), per_mapper_ns: exactly(per_mapper_ns), ..law.clone() };
        predicted(scenario, &law, reader_cpu_ns)
    };
    let (base, slope) = (law.base_ns, law.per_mapper_ns);
    let [value, low, high] = [at(base.value, slope.value), at(base.low, slope.low), at(base.high, slope.high)];
    let estimate = |figure: &dyn Fn(&Prediction) -> f64| {
        let [value, low, high] = [&value, &low, &high].map(figure);
        Estimate { value, low: low.min(value).min(high), high: high.max(value).max(low) }
    };
    Predicted {
        hold_base_ns: base,
        hold_per_mapper_ns: slope,
        source: law.source.clone(),
        mappers: scenario.readers_in(0),
        utilisation: value.utilisation,
        reader_p50_ns: estimate(&|of| of.reader_response_ns(0.5)),
        reader_p99_ns: estimate(&|of| of.reader_response_ns(0.99)),
        commit_p50_ns: estimate(&|of| of.commit_response_ns(0.5)),
        commit_p99_ns: estimate(&|of| of.commit_response_ns(0.99)),
    }
}

/// CPU time of one reader's operation, about, nanoseconds: the medians of its phases, the wait for the lock left out, over all
/// operations by how often they came. Medians, because a mean has in it what other processes took from them. `None`: no
/// reader completed anything.
pub fn reader_cpu_ns(run: &Run) -> Option<f64> {
    let of_readers = || run.summary.rows.iter().filter(|row| row.role == "reader");
    let done: u64 = of_readers().filter(|row| row.series == "response").map(|row| row.count).sum();
    let phases = of_readers().filter(|row| ["remap", "search", "unlock"].contains(&&*row.series));
    let busy: f64 = phases.map(|row| row.p50_ns as f64 * row.count as f64).sum();
    (done > 0).then(|| busy / done as f64)
}
