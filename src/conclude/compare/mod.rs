//! Results compared with each other: two runs, many of them ranked, cost models, sweeps, what-ifs; what differs, and how significantly.

pub(crate) mod cost;
pub(crate) mod figures;
pub(crate) mod loaded_run;
pub(crate) mod machine;
pub(crate) mod many;
pub(crate) mod matching;
pub(crate) mod parts;
pub(crate) mod platform;
pub(crate) mod resampled;
pub(crate) mod rows;
pub(crate) mod sentences;
#[cfg(test)]
mod tests;

pub use cost::compare_costs;
pub use many::{PredictedRow, compare_many};
pub use matching::{differences as scenario_differences, is_key};
pub use parts::{compare_sweeps, compare_what_ifs};
pub use rows::MatchedRow;

use self::{
    figures::{differences, regressions},
    loaded_run::LoadedRun,
    resampled::ResampledRun,
};
use crate::{
    conclude::difference_sentence,
    results::{Comparability, Comparison, Judgement, KeyDifference},
    scenario::Clause,
};

#[derive(Clone, Debug)]
pub struct CompareOptions {
    /// A smaller effect is no difference, however significant it is; as a share, 0.05 for 5 %.
    pub least_effect: f64,
    pub across: Vec<String>,
    /// By how much a figure may be worse than the baseline's before it is a regression, as a share; `None`: it is not checked.
    pub allowed_regression: Option<f64>,
    /// Objectives to rank by; empty: those of the scenario.
    pub objectives: Vec<Clause>,
}

/// Compares two runs. The caller decides what to do about a mismatch of their loads; here it is only reported.
pub fn compare_pair(a: &LoadedRun, b: &LoadedRun, options: &CompareOptions) -> Comparison {
    let scenario = matching::differences(&[&a.run, &b.run], &options.across);
    let facts = [machine::of_run(&a.run), machine::of_run(&b.run)];
    let (environment, same_environment) = machine::sorted_out(&facts);
    let (first, second) = rayon::join(|| ResampledRun::of(&[a], 1), || ResampledRun::of(&[b], 2));
    let differences = differences(&first, &second, options.least_effect);
    let allowed_regression = options.allowed_regression;
    Comparison {
        warnings: mismatch(&scenario)
            .into_iter()
            .chain(machine::qualification(&facts))
            .chain(warnings("A", a))
            .chain(warnings("B", b))
            .collect(),
        a: a.in_short(),
        b: b.in_short(),
        least_effect: options.least_effect,
        scenario,
        environment,
        same_environment,
        sentences: differences.iter().filter_map(difference_sentence).collect(),
        allowed_regression,
        regressions: allowed_regression.map_or_else(Vec::new, |allowed| regressions(&differences, allowed)),
        differences,
    }
}

/// What a mismatch of the loads does to all figures; `None`: there is none.
pub fn mismatch(scenario: &[KeyDifference]) -> Option<String> {
    let mismatches = scenario.iter().filter(|key| key.comparability == Comparability::Mismatch);
    let keys: Vec<&str> = mismatches.map(|key| key.key.as_str()).collect();
    (!keys.is_empty()).then(|| {
        format!(
            "the loads are not the same (they differ in {}): what the figures differ by may come from that",
            keys.join(", ")
        )
    })
}

/// What a reader of a run's figures must know first.
pub fn warnings(letter: &str, side: &LoadedRun) -> Vec<String> {
    let (summary, diagnosis) = (&side.run.summary, &side.run.diagnosis);
    let mut warnings = Vec::new();
    if !summary.complete {
        warnings.push(format!("{letter} is incomplete: it was interrupted, or workers were lost"));
    }
    if summary.errors > 0 {
        warnings.push(format!("in {letter} {} operations failed", summary.errors));
    }
    if let Some(verdict) = diagnosis.verdict.as_ref().filter(|verdict| verdict.outcome == Judgement::Invalid) {
        warnings.push(format!("{letter} is invalid, its figures say nothing: {}", verdict.reasons.join("; ")));
    }
    warnings.extend(
        side.left_out
            .as_ref()
            .map(|why| format!("{letter}: {why}; its figures are those of run.json, without intervals")),
    );
    let behind = summary.fell_behind("reads").into_iter();
    warnings.extend(behind.map(|(_, what)| format!("{letter} completed {what}; its percentiles are of those alone")));
    warnings
}
