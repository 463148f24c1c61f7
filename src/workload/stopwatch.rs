//! Times the phases of one operation: each phase gets the time since the end of the phase before it.
//! The times of a phase that occurs more than once are added up.

use super::StallProfiler;
use crate::mailboxes::{Phase, PhaseClock};
use crate::os::clock::now_ns;
use crate::shm::WorkerCell;

pub struct Stopwatch<'a> {
    profiler: Option<&'a StallProfiler<'a>>,
    /// Where the phase in progress is shown, and of which operation it is.
    shown: Option<(&'a WorkerCell, usize)>,
    /// When the last phase ended.
    pub last_ns: u64,
    spent_ns: [u64; Phase::COUNT],
    seen: u32,
}

impl<'a> Stopwatch<'a> {
    #[inline]
    pub fn started(now_ns: u64, profiler: Option<&'a StallProfiler<'a>>) -> Stopwatch<'a> {
        Stopwatch { profiler, shown: None, last_ns: now_ns, spent_ns: [0; Phase::COUNT], seen: 0 }
    }

    /// Shows in `cell` that `operation` is in progress, and in which phase.
    #[inline]
    pub fn shown_in(self, cell: &'a WorkerCell, operation: usize) -> Stopwatch<'a> {
        cell.set_phase(operation, None);
        Stopwatch { shown: Some((cell, operation)), ..self }
    }

    /// Time spent in `phase`, in nanoseconds; `None` if the operation had no such phase.
    #[inline]
    pub fn spent_ns(&self, phase: Phase) -> Option<u64> {
        (self.seen & (1 << phase as u32) != 0).then(|| self.spent_ns[phase as usize])
    }
}

impl PhaseClock for Stopwatch<'_> {
    #[inline]
    fn ended(&mut self, phase: Phase) {
        let now = now_ns();
        let spent = now.saturating_sub(self.last_ns);
        self.spent_ns[phase as usize] += spent;
        self.seen |= 1 << phase as u32;
        self.last_ns = now;
        if let Some(profiler) = self.profiler
            && profiler.is_long(spent)
        {
            profiler.account(phase as usize);
        }
    }

    #[inline]
    fn began(&mut self, phase: Phase) {
        if let Some((cell, operation)) = self.shown {
            cell.set_phase(operation, Some(phase));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_add_up_to_the_whole() {
        let start = now_ns();
        let mut watch = Stopwatch::started(start, None);
        for phase in [Phase::Lock, Phase::Search, Phase::Lock] {
            watch.ended(phase);
        }
        assert_eq!(watch.spent_ns(Phase::Sync1), None);
        let sum = watch.spent_ns(Phase::Lock).unwrap() + watch.spent_ns(Phase::Search).unwrap();
        assert_eq!(sum, watch.last_ns - start);
    }
}
