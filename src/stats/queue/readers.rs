//! Readers of a simulated run: not each of them, but some of every span in which a reader waits, with weights.
//! So rare waits are as well known as common ones, and the work does not grow with the readers.

use super::{Commit, Load, Run};
use crate::stats::random::Random;

/// A reader that waits, in place of others.
pub(crate) struct Sample {
    /// When it came, nanoseconds since the run's start.
    pub came_ns: f64,
    /// How long it waits until it gets its CPU, nanoseconds.
    pub wait_ns: f64,
    /// The time of arrivals that it stands for, nanoseconds.
    pub weight_ns: f64,
}

/// A span in which a reader that comes waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: f64,
    end: f64,
    /// When those that come in it can go on.
    released: f64,
    /// When the last of them is through.
    drained: f64,
}

/// The spans of a run: each commit's hold, its herd, and if CPUs cannot keep up with the readers all that is between.
pub(crate) fn spans(load: &Load<'_>, run: &Run) -> Vec<Span> {
    let mut spans = Vec::with_capacity(2 * run.commits.len() + 1);
    let mut free_from = 0.0;
    let mut add = |start: f64, end: f64, released: f64, drained: f64| {
        let end = end.min(run.length_ns);
        if end > start {
            spans.push(Span { start, end, released, drained });
        }
    };
    let is_behind = load.wanted() > 1.0;
    for Commit { start, released, end, .. } in &run.commits {
        if is_behind {
            add(free_from, *start, free_from, free_from);
        }
        add(*start, *released, *released, *end);
        add(*released, *end, *released, *end);
        free_from = *end;
    }
    if is_behind {
        add(free_from, run.length_ns, free_from, free_from);
    }
    spans
}

/// So many readers of each span, evenly over it but for a little chance.
pub(crate) fn samples(load: &Load<'_>, spans: &[Span], per_span: usize, random: &mut Random) -> Vec<Sample> {
    // What came before and could not be done yet goes first.
    let behind = (load.wanted() - 1.0).max(0.0);
    let mut samples = Vec::with_capacity(spans.len() * per_span);
    for span in spans {
        let weight_ns = (span.end - span.start) / per_span as f64;
        for i in 0..per_span {
            let came_ns = span.start + (i as f64 + random.uniform()) * weight_ns;
            let goes_on = came_ns.max(span.released);
            let wait_ns = goes_on - came_ns + random.uniform() * (span.drained - goes_on).max(0.0) + behind * came_ns;
            samples.push(Sample { came_ns, wait_ns, weight_ns });
        }
    }
    samples
}
