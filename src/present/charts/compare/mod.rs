//! Charts of comparisons.

mod costs;
mod distribution;
mod forest;
mod runs;
mod sweeps;
mod what_ifs;

use super::{
    Chart, page,
    plot::{DASHED, Dash, Key, Look, Origin, series},
    render::rendered,
};
use crate::{
    conclude::{LoadedRun, MatchedRow, compare::pair_names, letter, machine_in_short},
    results::{
        Ab, ComparedRun, Comparison, CostComparison, Matched, MatchedResult, PartComparison, Ranking, SweepReport,
    },
};

/// Draws a pair: latency by percentile, every ratio with its interval, completed per second as time went by.
pub fn comparison_charts(comparison: &Comparison, a: &LoadedRun, b: &LoadedRun) -> anyhow::Result<Vec<Chart>> {
    let has_logs = [a, b].iter().all(|side| side.left_out.is_none());
    let logged = |plot| if has_logs { plot } else { None };
    rendered([
        logged(runs::percentiles_of_pair(comparison, a, b)),
        forest::of_pair(comparison),
        logged(runs::time_of_pair(comparison, a, b)),
    ])
}

/// Draws the rows of a ranking: of a few runs as small multiples, for which `sides` are the runs that it was made from. Of many, of
/// qualifications, and of runs that were not kept (no `sides`): how a figure is distributed.
pub fn ranking_charts(ranking: &Ranking, sides: &[LoadedRun]) -> anyhow::Result<Vec<Chart>> {
    if ranking.is_long() || ranking.is_of_qualifications() || sides.is_empty() {
        return rendered([distribution::plot(ranking)]);
    }
    runs::of_ranking(ranking, sides)
}

/// Draws the ratios of matched parts. No chart if there are none.
pub fn matched_charts<D: MatchedRow>(comparison: &Matched<D>) -> anyhow::Result<Vec<Chart>> {
    rendered([forest::of_matched(comparison)])
}

/// Draws what a mapper adds in all results, where there are several results or file systems; then the ratios of all models.
pub fn cost_comparison_charts(comparison: &CostComparison) -> anyhow::Result<Vec<Chart>> {
    rendered([costs::plot(comparison), forest::of_matched(comparison)])
}

/// Draws how the pairs of two scenarios in turns lie.
pub fn ab_charts(found: &Ab) -> anyhow::Result<Vec<Chart>> {
    rendered([forest::of_ab(found)])
}

/// Draws response times and commits by load, result over result, with the knees; then the ratios of all points.
pub fn sweep_comparison_charts(
    comparison: &PartComparison,
    sweeps: &[(String, SweepReport)],
) -> anyhow::Result<Vec<Chart>> {
    let loads = sweeps::plots(comparison, sweeps);
    rendered(loads.into_iter().map(Some).chain([forest::of_matched(comparison)]))
}

/// Draws what each mitigation does on each machine, then the ratios of all parts.
pub fn what_if_comparison_charts(comparison: &PartComparison) -> anyhow::Result<Vec<Chart>> {
    rendered([what_ifs::plot(comparison), forest::of_matched(comparison)])
}

/// How the results of a pair look on all its charts.
fn looks() -> [(Look, Option<Dash>); 2] {
    [(Look::new(series(0)), None), (Look::new(series(1)).hollow(), Some(DASHED))]
}

fn legend(comparison: &Comparison) -> Vec<(Key, String)> {
    names(comparison).into_iter().zip(looks()).map(|(name, (look, _))| (Key::Mark(look), name)).collect()
}

fn origin(comparison: &Comparison) -> Origin {
    let [a, b] = [&comparison.a, &comparison.b].map(|run| machine_in_short(&run.machine));
    let measured = if a == b { format!("A and B: {a}; measured") } else { format!("A: {a}; B: {b}; measured") };
    let source = |run: &ComparedRun| page::source(&run.scenario, &run.machine.host, &run.started, run.seed, None);
    Origin { measured, source: format!("A: {}; B: {}", source(&comparison.a), source(&comparison.b)) }
}

fn origin_of_matched<D>(comparison: &Matched<D>) -> Origin {
    let lettered = |show: fn(&MatchedResult) -> String| {
        let results = comparison.results.iter().enumerate();
        results.map(|(place, result)| format!("{}: {}", letter(place), show(result))).collect::<Vec<_>>().join("; ")
    };
    Origin { measured: lettered(MatchedResult::in_short), source: lettered(|result| result.directory.clone()) }
}

/// A and B as the legend has them.
fn names(comparison: &Comparison) -> [String; 2] {
    pair_names(&[comparison.a.clone(), comparison.b.clone()], &comparison.scenario)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::{CompareOptions, compare_costs, compare_many, compare_pair},
        present::charts::checks::{checked, expect, sample, words},
        results::Cost,
    };

    #[test]
    fn comparisons_of_samples_keep_the_rules_and_name_both_results() {
        let load = |name: &str| LoadedRun::load(&sample(name)).unwrap();
        let (a, b) = (load("fastmail-150m-6000-2cpu-linux-6.18"), load("fastmail-150m-6000-read-only-2cpu-linux-6.18"));
        let options =
            CompareOptions { least_effect: 0.07, across: vec![], allowed_regression: None, objectives: vec![] };
        let mut charts = checked(comparison_charts(&compare_pair(&a, &b, &options), &a, &b));
        // A share is not in percent what a product of numbers with two digits comes to.
        expect(&charts, &[("comparison-ratios", &["too small to count: up to 7 %"])]);
        let both = [a, b];
        charts.extend(checked(ranking_charts(&compare_many(&both, None, &[], &options), &both)));
        for chart in &charts {
            let foot = words(chart).into_iter().find(|line| line.matches(", seed ").count() == 2);
            assert!(foot.is_some(), "{}: {:?}", chart.name, words(chart));
        }
        let cost = Cost::load(&sample("cost-4000-2cpu-linux-6.18")).unwrap();
        charts.extend(checked(matched_charts(&compare_costs(
            &[("a".to_owned(), cost.clone()), ("b".to_owned(), cost)],
            &[],
            0.05,
        ))));
        assert!(charts.len() >= 6, "{}", charts.len());
    }
}
