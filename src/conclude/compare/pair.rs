//! Two runs: what they are, in what their loads and machines differ, and every figure of both.
//! The caller decides what to do about a mismatch; here it is only reported.

use super::{
    figures::{differences, regressions},
    loaded_run::LoadedRun,
    machine, matching,
    resampled::ResampledRun,
};
use crate::{
    conclude::{CompareOptions, difference_sentence, run::KEPT_UP},
    results::{Comparability, Comparison, Judgement, KeyDifference},
};

pub fn compare_pair(a: &LoadedRun, b: &LoadedRun, options: &CompareOptions) -> Comparison {
    let scenario = matching::differences(&[&a.run, &b.run], &options.across);
    let (environment, same_environment) = machine::sorted_out(&[machine::of_run(&a.run), machine::of_run(&b.run)]);
    let (first, second) = rayon::join(|| ResampledRun::of(&[a], 1), || ResampledRun::of(&[b], 2));
    let differences = differences(&first, &second, options.least_effect);
    let allowed_regression = options.allowed_regression;
    Comparison {
        warnings: mismatch(&scenario).into_iter().chain(warnings("A", a)).chain(warnings("B", b)).collect(),
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
    let keys: Vec<&str> = scenario
        .iter()
        .filter(|key| key.comparability == Comparability::Mismatch)
        .map(|key| key.key.as_str())
        .collect();
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
    for (what, totals) in [("reads", summary.readers), ("commits", summary.writers)] {
        if (totals.completed as f64) < KEPT_UP * totals.due as f64 {
            warnings.push(format!(
                "{letter} completed {} of {} scheduled {what}; its percentiles are of those alone",
                totals.completed, totals.due
            ));
        }
    }
    warnings
}
