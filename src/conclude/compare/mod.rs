//! Results compared with each other: two runs, many of them ranked, cost models, sweeps, what-ifs; what differs, and how significantly.

mod cautions;
pub(crate) mod conclusion;
pub(crate) mod cost;
pub(crate) mod drift;
pub(crate) mod figures;
mod fit;
pub(crate) mod fleet;
mod gate;
mod inspection;
pub(crate) mod loaded_run;
pub(crate) mod machine;
pub(crate) mod many;
pub(crate) mod matching;
pub(crate) mod names;
pub(crate) mod parts;
pub(crate) mod platform;
mod ranked;
pub(crate) mod ranked_run;
pub(crate) mod resampled;
pub(crate) mod rows;
pub(crate) mod sentences;
pub(crate) mod shootdown;
pub(crate) mod shown;
pub(crate) mod side_by_side;
#[cfg(test)]
mod tests;

pub use cost::compare_costs;
pub use fit::{FitRun, rank_qualifications};
pub use inspection::compare_inspections;
pub use many::{Baseline, PredictedRow, compare_many, objectives as objectives_of_runs, rank, with_unread};
pub use matching::{is_key, keys as scenario_keys, of_keys as differing_keys};
pub use parts::{compare_sweeps, compare_what_ifs, is_same_point, on_common_axes};
pub use ranked_run::RankedRun;
pub use rows::MatchedRow;
pub use shootdown::compare_shootdowns;
pub use shown::ALL as SHOWN_ROWS;

use self::{
    conclusion::{Answer, RESULTS, answer},
    figures::{differences, subjects},
    gate::{check, regressions},
    loaded_run::LoadedRun,
    matching::{across, hedged, mismatch},
    names::{Unnamed, names},
    resampled::ResampledRun,
};
use crate::{
    conclude::letter,
    results::{ComparedRun, Comparison, Judgement, KeyDifference},
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
    let seed = if a.is_paired_with(b) { 1 } else { 2 };
    let (first, second) = rayon::join(|| ResampledRun::of(&[a], 1), || ResampledRun::of(&[b], seed));
    let differences = differences(&first, &second, a.is_same_as(b), options.least_effect);
    let runs = [a, b].map(LoadedRun::in_short);
    let [name_of_a, name_of_b] = pair_names(&runs, &scenario);
    let found = match invalid([a, b]) {
        Some(why) => Answer::alone(format!("nothing can be concluded: {why}")),
        None if a.is_same_as(b) => Answer::identical([&name_of_a, &name_of_b]),
        None => answer([&name_of_a, &name_of_b], "B", RESULTS, &subjects(&differences, "B"), options.least_effect),
    };
    let warnings = mismatch(&scenario)
        .into_iter()
        .chain(machine::qualification(&facts))
        .chain(cautions::of_run(a).iter().map(|caution| caution.words("A")))
        .chain(cautions::of_run(b).iter().map(|caution| caution.words("B")))
        .collect();
    let checked = options.allowed_regression.map(|allowed| check(&differences, [&first, &second], allowed));
    let checked = checked.unwrap_or_default();
    let drift = drift::between(a, b, &scenario);
    let [a, b] = runs;
    Comparison {
        conclusion: hedged(&scenario, true, &found.clause),
        warnings,
        a,
        b,
        least_effect: options.least_effect,
        scenario,
        environment,
        same_environment,
        sentences: found.sentences,
        allowed_regression: options.allowed_regression,
        paired: first.is_paired_with(&second),
        drift,
        regressions: regressions(&differences, &checked),
        checked,
        differences,
    }
}

/// What the two runs of a pair are called.
pub(crate) fn pair_names(runs: &[ComparedRun; 2], scenario: &[KeyDifference]) -> [String; 2] {
    let unnamed = [0, 1].map(|place| Unnamed {
        directory: &runs[place].directory,
        machine: Some(&runs[place].machine),
        across: across(scenario, place),
    });
    let mut names = names(&unnamed).into_iter();
    [(); 2].map(|()| names.next().unwrap_or_default())
}

/// Why figures of the runs say nothing; `None`: they do.
fn invalid(runs: [&LoadedRun; 2]) -> Option<String> {
    let why = |(place, run): (usize, &LoadedRun)| {
        let verdict = run.run.diagnosis.verdict.as_ref().filter(|verdict| verdict.outcome == Judgement::Invalid)?;
        Some(format!("{} is invalid ({})", letter(place), verdict.reasons.join("; ")))
    };
    runs.into_iter().enumerate().find_map(why)
}
