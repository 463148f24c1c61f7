//! What readers and commits wait for one lock: one file, one writer at a time, readers shut out while it is held.
//! A seeded simulation of a simple model, whose assumptions are listed here; its figures are right only where they hold.
//!
//! - Commits come at random (Poisson) or evenly, one after the other, first come first served. Each holds the lock for a
//!   time that is drawn from a distribution: M/G/1 or D/G/1 (D. G. Kendall's notation, 1953). They do not wait for readers.
//! - Readers come at random. One that comes while the lock is held waits until it is released.
//! - Then the blocked herd needs CPUs: after a hold of length H, λH readers want c of CPU time each on C CPUs while λ
//!   more come per second, which is over after D = λ·H·c/(C − λ·c). A reader's place in the herd is uniform over what is
//!   left of D when it gets there.
//! - The writer that woke the herd is still in the call that releases the lock. It is one of many that can run, needs more
//!   CPU time than each of them, and so goes on when they are through: a commit takes H + D, and the next begins then.
//! - Where the next commit begins at once, about one reader for each other CPU comes too late, and waits for that one too (`readers`).

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
/// Of a herd, as a multiple of the hold before it.
const LONGEST_DRAIN: f64 = 10.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// At random, as if many clients sent them: exponential gaps.
    Poisson,
    Even,
}

/// The load of one file. Everything is at least 0, `cpus` over 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load<'a> {
    pub commit_rate_per_s: f64,
    pub commits: Gaps,
    /// How long each typically holds the exclusive lock, nanoseconds.
    pub hold_ns: f64,
    /// Multiples of that, each as likely as the others, such as evenly spaced quantiles; empty: all hold it as long.
    pub spread: &'a [f64],
    /// Readers' operations per second, of all readers of the file together; they come at random.
    pub reader_rate_per_s: f64,
    /// CPU time of one of them once it has the lock, nanoseconds.
    pub reader_cpu_ns: f64,
    /// CPUs for them: what other work leaves of a machine's.
    pub cpus: f64,
}

impl Load<'_> {
    fn readers_per_ns(&self) -> f64 {
        self.reader_rate_per_s / 1e9
    }

    /// CPUs that readers want, as a share of those that there are; from 1 on they never catch up.
    fn wanted(&self) -> f64 {
        self.readers_per_ns() * self.reader_cpu_ns / self.cpus
    }

    /// How long the herd takes after a hold, as a multiple of it; infinite where it is never through.
    fn drain(&self) -> f64 {
        if self.wanted() < 1.0 { self.wanted() / (1.0 - self.wanted()) } else { f64::INFINITY }
    }

    /// How much of the time the lock is held; from 1 on commits come faster than they can be done.
    fn utilisation(&self) -> f64 {
        let mean =
            if self.spread.is_empty() { 1.0 } else { self.spread.iter().sum::<f64>() / self.spread.len() as f64 };
        self.commit_rate_per_s / 1e9 * self.hold_ns * mean
    }

    /// Whether the queues end again and again.
    fn is_stable(&self) -> bool {
        self.wanted() < 1.0 && self.utilisation() * (1.0 + self.drain()) < 1.0
    }
}

/// CPU time of a reader, from how long herds took (`herd_ns`) after holds of `held_ns`: D = λ·H·c/(C − Λ·c) solved for c, with λ readers
/// a nanosecond of the file and Λ of all files.
pub fn reader_cpu_ns(herd_ns: f64, held_ns: f64, of_file_per_ns: f64, of_all_per_ns: f64, cpus: f64) -> f64 {
    cpus * herd_ns / (of_file_per_ns * held_ns + of_all_per_ns * herd_ns)
}

/// What to expect of a load within `duration_s` seconds (over 0).
///
/// Where the queues end again and again, one long run of some 20,000 commits is simulated and cut into stretches of the
/// duration. Where they do not (commits never catch up, or the CPUs cannot keep up with the readers), everything gets
/// worse the longer it lasts: then several runs of just the duration are simulated, each from empty queues. Of more
/// than 200,000 commits in the duration only the first 200,000 are simulated. The same seed gives the same prediction.
pub fn predict(load: &Load<'_>, duration_s: f64, seed: u64) -> Prediction {
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

/// One commit, nanoseconds from a start with empty queues.
pub(crate) struct Commit {
    pub came: f64,
    pub start: f64,
    /// When it releases the lock.
    pub released: f64,
    /// When the herd is through, and the writer goes on. The next commit starts no earlier.
    pub end: f64,
}

/// Commits, one after the other.
pub(crate) struct Run {
    /// Its length. Whatever came in it is followed to its end.
    pub length_ns: f64,
    pub commits: Vec<Commit>,
}

impl Run {
    pub(crate) fn simulate(load: &Load<'_>, length_ns: f64, random: &mut Random) -> Run {
        let mut run = Run { length_ns, commits: Vec::new() };
        if load.commit_rate_per_s <= 0.0 {
            return run;
        }
        let mean_gap = 1e9 / load.commit_rate_per_s;
        let gap = |first: bool, random: &mut Random| match load.commits {
            Gaps::Poisson => mean_gap * random.exponential(),
            Gaps::Even if first => mean_gap * random.uniform(),
            Gaps::Even => mean_gap,
        };
        // A herd that is never through keeps no writer from its share of the CPUs for ever.
        let drain = load.drain().min(LONGEST_DRAIN);
        let mut came = gap(true, random);
        while came < length_ns {
            let start = run.commits.last().map_or(came, |last| came.max(last.end));
            let multiple = if load.spread.is_empty() { 1.0 } else { load.spread[random.below(load.spread.len())] };
            let held = load.hold_ns * multiple;
            run.commits.push(Commit { came, start, released: start + held, end: start + held * (1.0 + drain) });
            came += gap(false, random);
        }
        run
    }
}
