//! What a bystander saw: moments at which it should have ticked and could not.
//! A bystander maps nothing of the file, so its pauses are the machine's.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::os::shared::Shareable;

/// Between two ticks, nanoseconds.
pub const TICK_NS: u64 = 1_000_000;
/// A tick so late is a pause, nanoseconds.
pub const PAUSE_NS: u64 = 5_000_000;
/// Pauses that are kept of each bystander.
pub const PAUSES: usize = 2048;

/// One pause in shared memory.
#[repr(C)]
pub struct SharedPause {
    start_ns: AtomicU64,
    end_ns: AtomicU64,
    queued_ns: AtomicU64,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for SharedPause {}

/// What one bystander counts.
#[repr(C, align(64))]
pub struct BystanderCounts {
    ticks: AtomicU64,
    pauses: AtomicU64,
    cpu_ns: AtomicU64,
    bound: AtomicU64,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for BystanderCounts {}

/// One bystander's memory.
pub struct PauseLog<'a> {
    counts: &'a BystanderCounts,
    pauses: &'a [SharedPause],
}

const QUEUED_UNKNOWN: u64 = u64::MAX;

impl<'a> PauseLog<'a> {
    /// Room for `pauses.len()`.
    pub fn new(counts: &'a BystanderCounts, pauses: &'a [SharedPause]) -> PauseLog<'a> {
        PauseLog { counts, pauses }
    }

    /// It is bound to a CPU, as it should be.
    pub fn is_bound(&self) {
        self.counts.bound.store(1, Relaxed);
    }

    /// One tick, after which the bystander had used `cpu_ns`.
    pub fn ticked(&self, cpu_ns: Option<u64>) {
        self.counts.ticks.store(self.counts.ticks.load(Relaxed) + 1, Relaxed);
        if let Some(cpu_ns) = cpu_ns {
            self.counts.cpu_ns.store(cpu_ns, Relaxed);
        }
    }

    /// It was due at `start_ns` and came at `end_ns`, `queued_ns` of it in a run queue.
    pub fn paused(&self, start_ns: u64, end_ns: u64, queued_ns: Option<u64>) {
        let seen = self.counts.pauses.load(Relaxed);
        self.counts.pauses.store(seen + 1, Relaxed);
        if let Some(pause) = self.pauses.get(seen as usize) {
            pause.start_ns.store(start_ns, Relaxed);
            pause.end_ns.store(end_ns, Relaxed);
            pause.queued_ns.store(queued_ns.unwrap_or(QUEUED_UNKNOWN), Relaxed);
        }
    }

    /// What it saw, in times since `zero_ns`.
    pub fn read(&self, name: &'static str, must_be_bound: bool, zero_ns: u64) -> (Bystander, Vec<Pause>) {
        let seen = self.counts.pauses.load(Relaxed);
        let since = |at: &AtomicU64| at.load(Relaxed) as i64 - zero_ns as i64;
        let kept = self.pauses.iter().take(seen as usize).map(|pause| Pause {
            bystander: name.to_owned(),
            start_ns: since(&pause.start_ns),
            end_ns: since(&pause.end_ns),
            queued_ns: Some(pause.queued_ns.load(Relaxed)).filter(|&queued| queued != QUEUED_UNKNOWN),
        });
        let kept: Vec<Pause> = kept.collect();
        let bystander = Bystander {
            name: name.to_owned(),
            ticks: self.counts.ticks.load(Relaxed),
            pauses: seen,
            pauses_without_record: seen - kept.len() as u64,
            cpu_ns: self.counts.cpu_ns.load(Relaxed),
            pinned: must_be_bound && self.counts.bound.load(Relaxed) != 0,
        };
        (bystander, kept)
    }
}

/// A process that maps nothing and ticks every millisecond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bystander {
    /// `pinned` or `unpinned`.
    pub name: String,
    /// Whether it is bound to one CPU.
    pub pinned: bool,
    /// How often it ticked.
    pub ticks: u64,
    /// Ticks that came more than 5 ms late.
    pub pauses: u64,
    /// Of those, how many have no record: there was no room.
    pub pauses_without_record: u64,
    /// CPU time it used, nanoseconds.
    pub cpu_ns: u64,
}

/// A bystander's tick that came more than 5 ms late. Times are nanoseconds since measuring began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pause {
    /// Which bystander.
    pub bystander: String,
    /// When it should have ticked.
    pub start_ns: i64,
    /// When it did.
    pub end_ns: i64,
    /// Time it spent in a run queue meanwhile; `null`: the system does not tell.
    pub queued_ns: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;

    #[test]
    fn what_has_no_room_is_counted() {
        let counts = Shared::<BystanderCounts>::zeroed(1).unwrap();
        let pauses = Shared::<SharedPause>::zeroed(2).unwrap();
        let log = PauseLog::new(&counts[0], &pauses);
        for start in [100, 200, 300] {
            log.paused(start, start + 50, (start == 200).then_some(7));
            log.ticked(Some(start));
        }
        let (bystander, kept) = log.read("unpinned", false, 150);
        assert_eq!((bystander.ticks, bystander.pauses, bystander.pauses_without_record), (3, 3, 1));
        let times: Vec<_> = kept.iter().map(|pause| (pause.start_ns, pause.end_ns, pause.queued_ns)).collect();
        assert_eq!(times, [(-50, 0, None), (50, 100, Some(7))]);
    }
}
