//! What readers and commits wait for one lock: one file, one writer at a time, readers shut out while it is held.
//! A seeded simulation of a simple model, whose assumptions are listed here; its figures are right only where they hold.
//!
//! - Commits come at random (Poisson) or evenly, each holds the lock for the same time, one after the other, first come
//!   first served: M/D/1 or D/D/1 (D. G. Kendall's notation, 1953). They do not wait for readers.
//! - Readers come at random. One that comes while the lock is held waits until no commit is left (the *busy period* is
//!   over): commits that queue go first.
//! - Then the blocked herd needs CPUs: at the end of a busy period of length B, λB readers want c of CPU time each on C
//!   CPUs while λ more come per second, which is over after D = λ·B·c/(C − λ·c) in which no commit holds the lock. A
//!   reader's place in the herd is uniform over what is left of D when it gets there. The next commit interrupts the
//!   herd.

mod prediction;
mod readers;
#[cfg(test)]
mod tests;

pub use prediction::Prediction;

use super::random::Random;

/// Commits to simulate, at least (but see [`MOST_RUNS`]).
const COMMITS: f64 = 20_000.0;
/// Runs (or stretches of one long run) of the wanted duration, at least and at most.
const LEAST_RUNS: f64 = 5.0;
const MOST_RUNS: f64 = 20_000.0;
/// Where each run starts from empty queues, so many are enough.
const MOST_RUNS_FROM_EMPTY: f64 = 1_000.0;
/// Commits in one run at most: a longer one is cut short.
const MOST_COMMITS: f64 = 200_000.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// At random, as if many clients sent them: exponential gaps.
    Poisson,
    Even,
}

/// The load of one file. Everything is at least 0, `cpus` over 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    pub commit_rate_per_s: f64,
    pub commits: Gaps,
    /// How long each holds the exclusive lock, nanoseconds.
    pub hold_ns: f64,
    /// Readers' operations per second, of all readers of the file together; they come at random.
    pub reader_rate_per_s: f64,
    /// CPU time of one of them, nanoseconds.
    pub reader_cpu_ns: f64,
    /// CPUs for them: a whole machine's, or this file's share of it.
    pub cpus: f64,
}

impl Load {
    fn readers_per_ns(&self) -> f64 {
        self.reader_rate_per_s / 1e9
    }

    /// How many readers the CPUs finish per nanosecond; infinite where readers need none.
    fn finished_per_ns(&self) -> f64 {
        if self.reader_cpu_ns > 0.0 { self.cpus / self.reader_cpu_ns } else { f64::INFINITY }
    }

    /// Whether the queues end again and again: the lock is free at times, and in these the CPUs can do all the readers.
    fn is_stable(&self) -> bool {
        let free = 1.0 - utilisation(self.commit_rate_per_s, self.hold_ns, 0.0, 0.0, 1.0);
        free > 0.0 && self.readers_per_ns() < free * self.finished_per_ns()
    }
}

/// How much of the time a lock is held: commits per second × (`base_ns` + `per_mapper_ns` · `mappers`) × `syncs` per
/// commit. From 1 on, commits come faster than they can be done.
pub fn utilisation(rate_per_s: f64, base_ns: f64, per_mapper_ns: f64, mappers: f64, syncs: f64) -> f64 {
    rate_per_s / 1e9 * (base_ns + per_mapper_ns * mappers) * syncs
}

/// What to expect of a load within `duration_s` seconds (over 0).
///
/// Where the queues end again and again, one long run of some 20,000 commits is simulated and cut into stretches of the
/// duration. Where they do not (the lock is always held, or the CPUs cannot keep up with the readers), everything gets
/// worse the longer it lasts: then several runs of just the duration are simulated, each from empty queues. Of more
/// than 200,000 commits in the duration only the first 200,000 are simulated. The same seed gives the same prediction.
pub fn predict(load: &Load, duration_s: f64, seed: u64) -> Prediction {
    let mut random = Random::new(seed);
    let expected = load.commit_rate_per_s * duration_s;
    let duration_ns = duration_s * 1e9 * (MOST_COMMITS / expected).min(1.0);
    let wanted = (COMMITS / expected.min(MOST_COMMITS)).ceil().clamp(LEAST_RUNS, MOST_RUNS);
    let runs = if load.is_stable() {
        vec![Run::simulate(load, duration_ns * wanted, &mut random)]
    } else {
        (0..wanted.min(MOST_RUNS_FROM_EMPTY) as usize).map(|_| Run::simulate(load, duration_ns, &mut random)).collect()
    };
    Prediction::of(load, &runs, duration_ns, &mut random)
}

/// Commits, one after the other: when each came, when it was done, and the busy periods, nanoseconds from a start with empty queues.
pub(crate) struct Run {
    /// Its length. Whatever came in it is followed to its end.
    pub length_ns: f64,
    pub commits: Vec<(f64, f64)>,
    /// Begin and end of each span in which the lock was held all the time, in order; they do not touch.
    pub busy: Vec<(f64, f64)>,
}

impl Run {
    pub(crate) fn simulate(load: &Load, length_ns: f64, random: &mut Random) -> Run {
        let mut run = Run { length_ns, commits: Vec::new(), busy: Vec::new() };
        if load.commit_rate_per_s <= 0.0 {
            return run;
        }
        let mean_gap = 1e9 / load.commit_rate_per_s;
        let mut gap = |first: bool| match load.commits {
            Gaps::Poisson => mean_gap * random.exponential(),
            Gaps::Even if first => mean_gap * random.uniform(),
            Gaps::Even => mean_gap,
        };
        let mut arrival = gap(true);
        while arrival < length_ns {
            let end = match run.busy.last_mut() {
                Some((_, end)) if arrival <= *end => {
                    *end += load.hold_ns;
                    *end
                }
                _ => {
                    run.busy.push((arrival, arrival + load.hold_ns));
                    arrival + load.hold_ns
                }
            };
            run.commits.push((arrival, end));
            arrival += gap(false);
        }
        run
    }
}
