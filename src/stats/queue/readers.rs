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
    /// How probably a reader still waits in the hold of the commit that begins at once then; 0: no commit does.
    stays: f64,
}

/// The spans of a run: each commit's hold, its herd, and if CPUs cannot keep up with the readers all that is between.
pub(crate) fn spans(load: &Load<'_>, run: &Run) -> Vec<Span> {
    let mut spans = Vec::with_capacity(2 * run.commits.len() + 1);
    let mut free_from = 0.0;
    let mut add = |start: f64, end: f64, released: f64, drained: f64, stays: f64| {
        let end = end.min(run.length_ns);
        if end > start {
            spans.push(Span { start, end, released, drained, stays });
        }
    };
    let is_behind = load.wanted() > 1.0;
    for (place, Commit { start, released, end, .. }) in run.commits.iter().enumerate() {
        if is_behind {
            add(free_from, *start, free_from, free_from, 0.0);
        }
        let is_followed = run.commits.get(place + 1).is_some_and(|next| next.start == *end);
        let stays =
            if is_followed { stay_behind(load.cpus - 1.0, load.readers_per_ns() * (released - start)) } else { 0.0 };
        add(*start, *released, *released, *end, stays);
        add(*released, *end, *released, *end, stays);
        free_from = *end;
    }
    if is_behind {
        add(free_from, run.length_ns, free_from, free_from, 0.0);
    }
    spans
}

/// How probably a reader of a herd still waits when the writer, which had another commit to make, has the lock again: of those that were woken
/// each of the `others` (CPUs but the writer's) is just about to run one, and that one comes too late. With m other readers in the mean the
/// herd is 1 and a Poisson number of them: E[min(1, others / herd)], for one other CPU (1 − exp(−m)) / m.
fn stay_behind(others: f64, m: f64) -> f64 {
    if others <= 0.0 {
        return 0.0;
    }
    // Of a large herd next to none; the sum below would have to go far.
    if m > 100.0 {
        return (others / m).min(1.0);
    }
    let (mut share, mut sum) = ((-m).exp(), 0.0);
    for herd in 1..=400_u32 {
        sum += share * (others / f64::from(herd)).min(1.0);
        share *= m / f64::from(herd);
    }
    sum
}

/// The hold that begins where the herd of this span is through: behind the herd, if the span is the hold before it.
fn hold_behind(spans: &[Span], place: usize) -> Option<usize> {
    (place + 1..spans.len()).take(2).find(|other| spans[*other].start == spans[place].drained)
}

/// So many readers of each span, evenly over it but for a little chance.
pub(crate) fn samples(load: &Load<'_>, spans: &[Span], per_span: usize, random: &mut Random) -> Vec<Sample> {
    // What came before and could not be done yet goes first.
    let behind = (load.wanted() - 1.0).max(0.0);
    let mut samples = Vec::with_capacity(spans.len() * per_span);
    for (place, span) in spans.iter().enumerate() {
        let weight_ns = (span.end - span.start) / per_span as f64;
        for i in 0..per_span {
            let came_ns = span.start + (i as f64 + random.uniform()) * weight_ns;
            let mut place = place;
            while spans[place].stays > 0.0
                && random.uniform() < spans[place].stays
                && let Some(next) = hold_behind(spans, place)
            {
                place = next;
            }
            let span = &spans[place];
            let goes_on = came_ns.max(span.released);
            let wait_ns = goes_on - came_ns + random.uniform() * (span.drained - goes_on).max(0.0) + behind * came_ns;
            samples.push(Sample { came_ns, wait_ns, weight_ns });
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::stay_behind;

    #[test]
    fn of_a_herd_about_one_reader_for_each_other_cpu_stays_behind() {
        for m in [0.01_f64, 0.5, 2.0, 20.0, 99.0] {
            let known = (1.0 - (-m).exp()) / m;
            assert!((stay_behind(1.0, m) - known).abs() < 1e-6, "{m}");
        }
        assert_eq!(stay_behind(0.0, 3.0), 0.0, "on one CPU the herd runs before the writer goes on");
        assert!((stay_behind(3.0, 1000.0) - 0.003).abs() < 1e-9);
        assert!(stay_behind(7.0, 2.0) > 0.95);
    }
}
