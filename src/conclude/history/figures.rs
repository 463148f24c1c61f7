//! The figures that are followed over time: how each is read from a run, where it changed, and how it is called.

use std::sync::LazyLock;

use crate::{
    conclude::{
        LoadedRun,
        wording::{figure_name, show_key_figure},
    },
    results::{Effect, FigureChange, KeyFigure, PER_MAPPER_US, Segment, TrackedFigure},
    scenario::units::short_ns,
    stats::{ChangePoint, change_points, median, shortest_history},
};

/// All of them, the most important first.
pub const FIGURES: [TrackedFigure; 8] = {
    use TrackedFigure::*;
    [
        ReaderP99Ns,
        ReaderP50Ns,
        CommitP99Ns,
        ReadersCompletedShare,
        CommitsCompletedShare,
        LongestFreezeNs,
        LockHoldNs,
        PerMapperNs,
    ]
};

/// The level for one figure: that any of them changes by chance has 5 % (Bonferroni).
pub const LEVEL: f64 = 0.05 / FIGURES.len() as f64;
/// With how few runs no change can be significant.
pub static LEAST_RUNS: LazyLock<usize> = LazyLock::new(|| shortest_history(LEVEL));
/// Of the permutations.
const SEED: u64 = 2007;

/// The figure of a run; `None`: unavailable, such as a percentile of too few operations.
pub fn value(figure: TrackedFigure, loaded: &LoadedRun) -> Option<f64> {
    let summary = &loaded.run.summary;
    match figure {
        TrackedFigure::ReadersCompletedShare => summary.readers.completed_share(),
        TrackedFigure::CommitsCompletedShare => summary.writers.completed_share(),
        TrackedFigure::LongestFreezeNs => Some(loaded.longest_freeze_ns() as f64),
        TrackedFigure::LockHoldNs => loaded.run.hold_ns(|_| true),
        TrackedFigure::PerMapperNs => {
            let mut figures = loaded.run.diagnosis.findings.iter().flat_map(|finding| &finding.figures);
            figures.find(|figure| figure.name == PER_MAPPER_US).map(|figure| figure.value * 1000.0)
        }
        TrackedFigure::ReaderP50Ns => percentile(loaded, 0, 0.5),
        TrackedFigure::ReaderP99Ns => percentile(loaded, 0, 0.99),
        TrackedFigure::CommitP99Ns => percentile(loaded, 1, 0.99),
    }
}

fn percentile(loaded: &LoadedRun, role: usize, q: f64) -> Option<f64> {
    loaded.of_role(role)?.supported_quantile(q).map(|ns| ns as f64)
}

/// The figure of the same meaning by which runs are compared; `None`: there is none.
fn key_figure(figure: TrackedFigure) -> Option<KeyFigure> {
    Some(match figure {
        TrackedFigure::ReaderP50Ns => KeyFigure::ReaderP50Ns,
        TrackedFigure::ReaderP99Ns => KeyFigure::ReaderP99Ns,
        TrackedFigure::CommitP99Ns => KeyFigure::CommitP99Ns,
        TrackedFigure::ReadersCompletedShare => KeyFigure::ReadersCompletedShare,
        TrackedFigure::CommitsCompletedShare => KeyFigure::CommitsCompletedShare,
        TrackedFigure::LongestFreezeNs => KeyFigure::LongestFreezeNs,
        TrackedFigure::LockHoldNs | TrackedFigure::PerMapperNs => return None,
    })
}

pub fn name(figure: TrackedFigure) -> &'static str {
    match (key_figure(figure), figure) {
        (Some(figure), _) => figure_name(figure),
        (None, TrackedFigure::PerMapperNs) => "per-mapper cost",
        (None, _) => "lock hold",
    }
}

pub fn show(figure: TrackedFigure, value: f64) -> String {
    key_figure(figure).map_or_else(|| short_ns(value), |figure| show_key_figure(figure, value))
}

/// Whether it is a share, and more of it is better.
pub fn is_share(figure: TrackedFigure) -> bool {
    key_figure(figure).is_some_and(KeyFigure::more_is_better)
}

/// The segments of a figure, and its changes between them, each with the places of the runs next to it. A significant change of the median by no more than
/// `least_effect` (a share) is none. Both are empty where fewer than [`LEAST_RUNS`] runs have the figure.
pub fn analysed(
    figure: TrackedFigure,
    values: &[Option<f64>],
    least_effect: f64,
) -> (Vec<Segment>, Vec<(usize, usize, FigureChange)>) {
    let known: Vec<(usize, f64)> =
        values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?))).collect();
    if known.len() < *LEAST_RUNS {
        return (Vec::new(), Vec::new());
    }
    let all: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
    let points = merged(change_points(&all, LEVEL, SEED), &known, least_effect);
    let segments = parts(&points, &known).map(|part| Segment {
        first: part[0].0,
        last: part[part.len() - 1].0,
        runs: part.len(),
        median: middle(part),
    });
    let segments: Vec<Segment> = segments.collect();
    let changes = points
        .iter()
        .zip(segments.windows(2))
        .map(|(point, pair)| (pair[0].last, pair[1].first, change(figure, [pair[0].median, pair[1].median], point.p)));
    let changes = changes.collect();
    (segments, changes)
}

/// The parts between change points.
fn parts<'k>(points: &[ChangePoint], known: &'k [(usize, f64)]) -> impl Iterator<Item = &'k [(usize, f64)]> {
    let starts: Vec<usize> = std::iter::once(0).chain(points.iter().map(|point| point.at)).collect();
    let ends: Vec<usize> = points.iter().map(|point| point.at).chain([known.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| &known[start..end])
}

fn middle(part: &[(usize, f64)]) -> f64 {
    median(part.iter().map(|(_, value)| *value))
}

/// Without the change points whose effect is too small, the smallest first: each that goes changes its neighbours' segments.
fn merged(mut points: Vec<ChangePoint>, known: &[(usize, f64)], least_effect: f64) -> Vec<ChangePoint> {
    loop {
        let medians: Vec<f64> = parts(&points, known).map(middle).collect();
        let effects =
            medians.windows(2).map(|pair| if pair[0] == pair[1] { 0.0 } else { (pair[1] / pair[0]).ln().abs() });
        let smallest = effects.enumerate().min_by(|one, other| one.1.total_cmp(&other.1));
        match smallest {
            Some((place, effect)) if effect <= least_effect.ln_1p() => points.remove(place),
            _ => return points,
        };
    }
}

fn change(figure: TrackedFigure, [before, after]: [f64; 2], p: f64) -> FigureChange {
    let is_better = (after > before) == is_share(figure);
    FigureChange {
        figure,
        before,
        after,
        ratio: (before > 0.0).then(|| after / before),
        effect: if is_better { Effect::Better } else { Effect::Worse },
        p: (p * FIGURES.len() as f64).min(1.0),
    }
}

/// Whether a change is for the worse by more than is allowed, as a share. Where there was none of it, any is.
pub fn is_regression(change: &FigureChange, allowed: f64) -> bool {
    let is_over = change.ratio.is_none_or(|ratio| match is_share(change.figure) {
        true => ratio < 1.0 - allowed,
        false => ratio > 1.0 + allowed,
    });
    change.effect == Effect::Worse && is_over
}
