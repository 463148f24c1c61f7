//! What a bystander saw: moments at which it should have ticked and could not.
//! A bystander maps nothing of the file, so its pauses are the machine's.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

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
    last_ns: AtomicU64,
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

    /// One tick, at `now_ns`, after which the bystander had used `cpu_ns`.
    pub fn ticked(&self, now_ns: u64, cpu_ns: Option<u64>) {
        self.counts.last_ns.store(now_ns, Relaxed);
        self.counts.ticks.store(self.counts.ticks.load(Relaxed) + 1, Relaxed);
        if let Some(cpu_ns) = cpu_ns {
            self.counts.cpu_ns.store(cpu_ns, Relaxed);
        }
    }

    /// It was due at `start_ns` and came at `end_ns`, `queued_ns` of it in a run queue.
    pub fn paused(&self, start_ns: u64, end_ns: u64, queued_ns: Option<u64>) {
        let seen = self.counts.pauses.load(Relaxed);
        if let Some(pause) = self.pauses.get(seen as usize) {
            pause.start_ns.store(start_ns, Relaxed);
            pause.end_ns.store(end_ns, Relaxed);
            pause.queued_ns.store(queued_ns.unwrap_or(QUEUED_UNKNOWN), Relaxed);
        }
        // Counted when it is whole: a probe may be killed at any moment.
        self.counts.pauses.store(seen + 1, Release);
    }

    /// What it saw, in times since `zero_ns`.
    pub fn read(&self, name: &'static str, must_be_bound: bool, zero_ns: u64) -> (Bystander, Vec<Pause>) {
        let seen = self.counts.pauses.load(Acquire);
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
            last_tick_ns: Some(self.counts.last_ns.load(Relaxed))
                .filter(|&at| at != 0)
                .map(|at| at as i64 - zero_ns as i64),
            lost: None,
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
    /// Its last tick, nanoseconds since measuring began; `null`: it never ticked, or the result is older than this figure.
    #[serde(default)]
    pub last_tick_ns: Option<i64>,
    /// Why it was lost before the end of the run; `null`: it was not. What it saw until its last tick stands; behind that it says
    /// nothing.
    #[serde(default)]
    pub lost: Option<String>,
}

impl Bystander {
    /// Whether it was there until `end_ns` to see what held processes up.
    pub fn saw_until(&self, end_ns: i64) -> bool {
        self.lost.is_none() || self.last_tick_ns.is_some_and(|last| last >= end_ns)
    }
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
            log.ticked(start + 50, Some(start));
        }
        let (bystander, kept) = log.read("unpinned", false, 150);
        assert_eq!((bystander.ticks, bystander.pauses, bystander.pauses_without_record), (3, 3, 1));
        assert_eq!(bystander.last_tick_ns, Some(200));
        assert!(bystander.saw_until(999));
        let lost = Bystander { lost: Some("killed by SIGKILL".to_owned()), ..bystander };
        assert!(lost.saw_until(200) && !lost.saw_until(201));
        let times: Vec<_> = kept.iter().map(|pause| (pause.start_ns, pause.end_ns, pause.queued_ns)).collect();
        assert_eq!(times, [(-50, 0, None), (50, 100, Some(7))]);
    }
}
