//! Charts of comparisons.

pub(crate) mod forest;
pub(crate) mod multiples;
pub(crate) mod percentiles;
pub(crate) mod time;

pub use multiples::ranking_charts;

use super::{
    Chart,
    legend::Key,
    palette::{DASHED, Dash, series},
    plot::Look,
    render::rendered,
};
use crate::{
    conclude::{LoadedRun, MatchedRow, machine_in_short},
    results::{Comparability, ComparedRun, Comparison, Matched},
};

/// Draws a pair: latency by percentile, every ratio with its interval, completed per second as time went by.
pub fn comparison_charts(comparison: &Comparison, a: &LoadedRun, b: &LoadedRun) -> anyhow::Result<Vec<Chart>> {
    let has_logs = [a, b].iter().all(|side| side.left_out.is_none());
    let logged = |plot| if has_logs { plot } else { None };
    rendered([
        logged(percentiles::of_pair(comparison, a, b)),
        forest::of_pair(comparison),
        logged(time::of_pair(comparison, a, b)),
    ])
}

/// Draws the ratios of matched parts. No chart if there are none.
pub fn matched_charts<D: MatchedRow>(comparison: &Matched<D>) -> anyhow::Result<Vec<Chart>> {
    rendered([forest::of_matched(comparison)])
}

/// How the results of a pair look on all its charts.
fn looks() -> [(Look, Option<Dash>); 2] {
    [(Look::new(series(0)), None), (Look::new(series(1)).hollow(), Some(DASHED))]
}

fn legend(comparison: &Comparison) -> Vec<(Key, String)> {
    names(comparison).into_iter().zip(looks()).map(|(name, (look, _))| (Key::Mark(look), name)).collect()
}

/// What stands below the title of every chart of a pair.
fn subtitle(comparison: &Comparison) -> String {
    let [a, b] = [&comparison.a, &comparison.b].map(|run| machine_in_short(&run.machine));
    if a == b { format!("A and B: {a}; measured") } else { format!("A: {a}; B: {b}; measured") }
}

fn origin(comparison: &Comparison) -> String {
    let run = |letter: &str, run: &ComparedRun| {
        format!(
            "{letter}: {}",
            super::page::origin(&run.scenario, &run.machine.host, &run.started, Some(run.seed), None)
        )
    };
    format!("{}; {}", run("A", &comparison.a), run("B", &comparison.b))
}

/// A and B as the legend has them: with what was compared across, and else their directories' names.
fn names(comparison: &Comparison) -> [String; 2] {
    let name = |letter: &str, place: usize, directory: &str| {
        let values = comparison.scenario.iter().filter(|key| key.comparability != Comparability::Neutral);
        let values: Vec<String> = values.map(|key| format!("{}={}", key.key, key.values[place])).collect();
        if values.is_empty() {
            let name =
                std::path::Path::new(directory).file_name().map_or(directory.into(), |name| name.to_string_lossy());
            return format!("{letter}: {name}");
        }
        format!("{letter}: {}", values.join(", "))
    };
    [name("A", 0, &comparison.a.directory), name("B", 1, &comparison.b.directory)]
}
