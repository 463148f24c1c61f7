//! The figures of a simulated load: quantiles of readers' and commits' responses, the longest wait, and what completes.

use super::readers::{Sample, Span, samples, spans};
use super::{Load, Run};
use crate::stats::quantiles::median;
use crate::stats::random::Random;

const SAMPLES: usize = 200_000;
/// Readers to look at in one span, at most.
const MOST_PER_SPAN: usize = 20_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// How much of the time the lock is held; from 1 on commits come faster than they can be done.
    pub utilisation: f64,
    /// Of the readers that come within the duration, the share that ends within it, 0 to 1.
    pub readers_completed: f64,
    /// Of the commits that come within the duration, the share that ends within it, 0 to 1.
    pub commits_completed: f64,
    /// The longest wait of any reader within the duration, as the median of many durations, nanoseconds; 0 if most have none.
    pub longest_wait_ns: f64,
    reader_cpu_ns: f64,
    hold_ns: f64,
    /// Waits over 0, ascending, each with the share of readers that wait at most so long.
    waits: Vec<(f64, f64)>,
    /// Share of readers that do not wait.
    unhindered: f64,
    commits: Vec<f64>,
}

impl Prediction {
    pub(crate) fn of(load: &Load<'_>, runs: &[Run], duration_ns: f64, random: &mut Random) -> Prediction {
        let all: Vec<Vec<Span>> = runs.iter().map(|run| spans(load, run)).collect();
        let per_span = SAMPLES.div_ceil(all.iter().map(Vec::len).sum::<usize>().max(1)).min(MOST_PER_SPAN);
        let mut readers = Vec::new();
        let mut longest = Vec::new();
        for (spans, run) in all.iter().zip(runs) {
            let mut of_run = samples(load, spans, per_span, random);
            longest.extend(longest_waits(&mut of_run, load, duration_ns, run.length_ns));
            readers.extend(of_run);
        }
        let total_ns: f64 = runs.iter().map(|run| run.length_ns).sum();
        let late_ns: f64 = readers
            .iter()
            .filter(|reader| {
                reader.came_ns + reader.wait_ns + load.reader_cpu_ns > end_of_stretch(reader.came_ns, duration_ns)
            })
            .map(|reader| reader.weight_ns)
            .sum();
        readers.sort_by(|a, b| a.wait_ns.total_cmp(&b.wait_ns));
        let unhindered = (1.0 - readers.iter().map(|reader| reader.weight_ns).sum::<f64>() / total_ns).max(0.0);
        let mut share = unhindered;
        let mut add = |reader: &Sample| {
            share += reader.weight_ns / total_ns;
            (reader.wait_ns, share)
        };
        let waits = readers.iter().map(&mut add).collect();
        let commits = || runs.iter().flat_map(|run| run.commits.iter());
        let in_time = commits().filter(|commit| commit.end <= end_of_stretch(commit.came, duration_ns)).count();
        let mut responses: Vec<f64> = commits().map(|commit| commit.end - commit.came).collect();
        responses.sort_by(f64::total_cmp);
        Prediction {
            utilisation: load.utilisation(),
            readers_completed: (1.0 - late_ns / total_ns).clamp(0.0, 1.0),
            commits_completed: if responses.is_empty() { 1.0 } else { in_time as f64 / responses.len() as f64 },
            longest_wait_ns: median(longest),
            reader_cpu_ns: load.reader_cpu_ns,
            hold_ns: load.hold_ns,
            waits,
            unhindered,
            commits: responses,
        }
    }

    /// A quantile (0 to 1) of the readers' response: wait and CPU time, nanoseconds. Of all that come within the
    /// duration, those too that end after it (no more commits come then).
    pub fn reader_response_ns(&self, q: f64) -> f64 {
        let q = q.clamp(0.0, 1.0);
        if q <= self.unhindered {
            return self.reader_cpu_ns;
        }
        let place = self.waits.partition_point(|(_, share)| *share < q);
        let wait = self.waits.get(place).or(self.waits.last()).map_or(0.0, |(wait, _)| *wait);
        wait + self.reader_cpu_ns
    }

    /// A quantile (0 to 1) of the commits' response: wait, hold and the herd after it, nanoseconds. Of all that come within the duration,
    /// those too that end after it. Without any commit: what one would take, the hold.
    pub fn commit_response_ns(&self, q: f64) -> f64 {
        let place = (q.clamp(0.0, 1.0) * self.commits.len() as f64).ceil() as usize;
        self.commits.get(place.saturating_sub(1)).copied().unwrap_or(self.hold_ns)
    }

    #[cfg(test)]
    pub(crate) fn mean_commit_ns(&self) -> f64 {
        self.commits.iter().sum::<f64>() / self.commits.len() as f64
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> f64 {
        1.0 - self.unhindered
    }
}

fn end_of_stretch(moment: f64, duration_ns: f64) -> f64 {
    ((moment / duration_ns).floor() + 1.0) * duration_ns
}

/// The longest wait of each stretch. Readers come at random, so none waits over `w` with probability exp(−λ · time in
/// which one that comes would); the longest wait is taken where that is one half. Sorts the samples.
fn longest_waits(samples: &mut [Sample], load: &Load<'_>, duration_ns: f64, length_ns: f64) -> Vec<f64> {
    let stretch = |reader: &Sample| (reader.came_ns / duration_ns) as usize;
    samples.sort_by(|a, b| stretch(a).cmp(&stretch(b)).then(b.wait_ns.total_cmp(&a.wait_ns)));
    let mut longest = vec![0.0; (length_ns / duration_ns).round().max(1.0) as usize];
    for of_stretch in samples.chunk_by(|a, b| stretch(a) == stretch(b)) {
        let mut readers = 0.0;
        let first_below = of_stretch.iter().find(|reader| {
            readers += load.readers_per_ns() * reader.weight_ns;
            readers >= std::f64::consts::LN_2
        });
        if let (Some(reader), Some(place)) = (first_below, longest.get_mut(stretch(&of_stretch[0]))) {
            *place = reader.wait_ns;
        }
    }
    longest
}
