//! What is said of changes over time.

use super::figures::{name, show};
use crate::{
    conclude::{
        difference::ratio_in_words,
        wording::{capital, count, first_of, least, runs},
    },
    results::{Effect, FigureChange, HistoryChange, HistoryRun, HistorySeries, KeyDifference},
};

/// So many facts that changed at the same place are named.
const NAMED: usize = 5;

/// Such as `read p99 30 % higher, from 1 ms to 1.3 ms (worse, p = 0.007)`.
fn figure(change: &FigureChange) -> String {
    let [before, after] = [change.before, change.after].map(|value| show(change.figure, value));
    let how = change.ratio.filter(|ratio| *ratio > 0.0);
    let how = how.map_or_else(String::new, |ratio| format!(" {},", ratio_in_words(ratio)));
    let effect = if change.effect == Effect::Worse { "worse" } else { "better" };
    format!("{}{how} from {before} to {after} ({effect}, p = {})", name(change.figure), p_value(change.p))
}

/// A p-value with three digits behind the point.
pub fn p_value(p: f64) -> String {
    format!("{p:.3}")
}

fn run(run: &HistoryRun) -> String {
    format!("{} ({})", run.began, run.directory)
}

/// A change between two runs, and what else changed there.
pub fn change(ends: [&HistoryRun; 2], figures: &[FigureChange], circumstances: &[KeyDifference]) -> String {
    let figures: Vec<String> = figures.iter().map(figure).collect();
    let [before, after] = ends.map(run);
    let there = circumstance(circumstances);
    format!("Between {before} and {after}: {}. {there}", figures.join("; "))
}

/// What changed at the same place: the kernel and mapstorm with both versions, the rest by name.
fn circumstance(circumstances: &[KeyDifference]) -> String {
    let version = |key: &str, what: &str| {
        let found = circumstances.iter().find(|fact| fact.key == key)?;
        Some(format!("{what} changed from {} to {} there", found.values[0], found.values[1]))
    };
    let versions: Vec<String> =
        [version("kernel", "the kernel"), version("mapstorm", "mapstorm")].into_iter().flatten().collect();
    let is_other = |fact: &&KeyDifference| !["kernel", "mapstorm"].contains(&&*fact.key);
    let others: Vec<String> = circumstances.iter().filter(is_other).map(|fact| fact.key.clone()).collect();
    let others = (!others.is_empty()).then(|| format!("there changed also: {}", first_of(&others, NAMED)));
    let all: Vec<String> = versions.into_iter().chain(others).collect();
    match all.as_slice() {
        [] => "No fact of the machine that is recorded changed there".to_owned(),
        some => format!("{}. That it is the cause is not shown", capital(&some.join("; "))),
    }
}

/// Of one series.
pub fn of_series(scenario: &str, all: &[HistoryRun], changes: &[HistoryChange], least_effect: f64) -> String {
    let span = format!("{scenario}, {}", runs(all.len()));
    match changes.len() as u64 {
        0 => format!("{span}: no figure changed significantly by more than {}", least(least_effect)),
        some => format!("{span}: {}", count(some, "change")),
    }
}

/// Of all. `longest`: runs of the longest series, those that are too short included.
pub fn conclusion(series: &[HistorySeries], least_effect: f64, least_runs: usize, longest: usize) -> String {
    if series.is_empty() {
        return format!(
            "Not enough history: at most {} have the same load on the same machine, and it takes {least_runs}. In fewer, not even a step \
             between two halves without any overlap is significant: chance orders so few values that way too often",
            runs(longest)
        );
    }
    let all: usize = series.iter().map(|series| series.runs.len()).sum();
    let changes: usize = series.iter().map(|series| series.changes.len()).sum();
    let latest = series.iter().filter_map(|series| Some((series, series.changes.last()?)));
    let latest = latest.max_by(|(one, a), (other, b)| one.runs[a.after].began.cmp(&other.runs[b.after].began));
    let loads = if series.len() == 1 { "one load".to_owned() } else { format!("{} loads", series.len()) };
    match latest {
        None => {
            format!("No figure changed significantly by more than {} in {} of {loads}", least(least_effect), runs(all))
        }
        Some((of, latest)) => {
            let figures: Vec<String> = latest.figures.iter().map(figure).collect();
            let (many, began) = (count(changes as u64, "change"), &of.runs[latest.after].began);
            let (scenario, figures) = (&of.scenario, figures.join("; "));
            format!("{many} in {} of {loads}, the latest at {began} ({scenario}): {figures}", runs(all))
        }
    }
}

/// Of a figure that is worse in its last segment.
pub fn regression(scenario: &str, at: &HistoryRun, change: &FigureChange) -> String {
    format!("{scenario}: {}, since {}", figure(change), at.began)
}
