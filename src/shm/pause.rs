//! The pauses of a noise probe: moments at which it should have ticked and could not.
//! A noise probe maps nothing of the file, so its pauses are caused by the machine. Tested where the driver reads them.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::os::shared::Shareable;

/// Between two ticks, nanoseconds, where the system can sleep for as short a time.
pub const TICK_NS: u64 = 1_000_000;
/// A tick with a longer delay is a pause, nanoseconds.
pub const PAUSE_NS: u64 = 5_000_000;
pub const PAUSES: usize = 2048;

#[repr(C)]
pub struct SharedPause {
    start_ns: AtomicU64,
    end_ns: AtomicU64,
    queued_ns: AtomicU64,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for SharedPause {}

#[repr(C, align(64))]
pub struct ProbeCounters {
    ticks: AtomicU64,
    pauses: AtomicU64,
    cpu_ns: AtomicU64,
    bound: AtomicU64,
    last_ns: AtomicU64,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for ProbeCounters {}

pub struct PauseLog<'a> {
    counts: &'a ProbeCounters,
    pauses: &'a [SharedPause],
}

const QUEUED_UNKNOWN: u64 = u64::MAX;

impl<'a> PauseLog<'a> {
    pub fn new(counts: &'a ProbeCounters, pauses: &'a [SharedPause]) -> PauseLog<'a> {
        PauseLog { counts, pauses }
    }

    pub fn set_bound(&self) {
        self.counts.bound.store(1, Relaxed);
    }

    /// One tick, at `now_ns`, after which the probe had used `cpu_ns`.
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

    pub fn read(&self) -> ProbeCounts {
        ProbeCounts {
            ticks: self.counts.ticks.load(Relaxed),
            pauses: self.counts.pauses.load(Acquire),
            cpu_ns: self.counts.cpu_ns.load(Relaxed),
            is_bound: self.counts.bound.load(Relaxed) != 0,
            last_tick_ns: Some(self.counts.last_ns.load(Relaxed)).filter(|&at| at != 0),
        }
    }

    /// The first `count` pauses, as far as there was room: begin, end, and time in a run queue.
    pub fn pauses(&self, count: u64) -> impl Iterator<Item = (u64, u64, Option<u64>)> {
        self.pauses.iter().take(count as usize).map(|pause| {
            let queued_ns = Some(pause.queued_ns.load(Relaxed)).filter(|&queued| queued != QUEUED_UNKNOWN);
            (pause.start_ns.load(Relaxed), pause.end_ns.load(Relaxed), queued_ns)
        })
    }
}

/// What a noise probe counted. Times are nanoseconds of the monotonic clock.
pub struct ProbeCounts {
    pub ticks: u64,
    pub pauses: u64,
    pub cpu_ns: u64,
    pub is_bound: bool,
    /// Its last tick; `None`: it never ticked.
    pub last_tick_ns: Option<u64>,
}
