//! What a slow operation spent its time on: the worker's usage is read before it, at the end of each part that took
//! long, and after it. Operations that are not slow cost at most one reading for each quarter of the stall threshold.

use std::cell::Cell;

use super::Stopwatch;
use crate::mailboxes::Phase;
use crate::os::facts::TaskUsage;
use crate::os::task::TaskUsageReader;
use crate::shm::{PLACES, START_DELAY, Slow, Spent, StallLog};

/// A part that takes longer than this share of the stall threshold is accounted separately.
const LONG_SHARE: u64 = 4;

pub struct StallProfiler<'a> {
    usage: TaskUsageReader,
    log: StallLog<'a>,
    stall_ns: u64,
    /// The last reading before the operation, and when it was taken.
    base: Cell<TaskUsage>,
    base_ns: Cell<u64>,
    last: Cell<TaskUsage>,
    parts: Cell<[(u32, Option<u32>); PLACES]>,
    any_part: Cell<bool>,
}

/// When an operation was due, could begin, began and ended: nanoseconds of the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub due_ns: u64,
    pub free_ns: u64,
    pub start_ns: u64,
    pub end_ns: u64,
}

impl<'a> StallProfiler<'a> {
    pub fn new(log: StallLog<'a>, stall_ns: u64) -> StallProfiler<'a> {
        StallProfiler {
            usage: TaskUsageReader::open(),
            log,
            stall_ns,
            base: Cell::default(),
            base_ns: Cell::default(),
            last: Cell::default(),
            parts: Cell::new([(0, Some(0)); PLACES]),
            any_part: Cell::default(),
        }
    }

    /// The worker waits for its next operation. During a long start delay no reading is taken: it would hide the cause.
    #[inline]
    pub fn prepare(&self, free_ns: u64, now_ns: u64) {
        self.clear();
        if self.is_long(now_ns - self.base_ns.get()) && !self.is_long(now_ns.saturating_sub(free_ns)) {
            let read = self.read();
            self.base.set(read);
            self.last.set(read);
            self.base_ns.set(now_ns);
        }
    }

    /// The operation began, `waited_ns` after the worker was free for it.
    #[inline]
    pub fn began(&self, waited_ns: u64) {
        if self.is_long(waited_ns) {
            self.account(START_DELAY);
        }
    }

    #[inline]
    pub fn is_long(&self, spent_ns: u64) -> bool {
        spent_ns > self.stall_ns / LONG_SHARE
    }

    /// A long part has just ended: what was used since the last reading was used in it.
    #[cold]
    pub fn account(&self, place: usize) {
        let (read, before) = (self.read(), self.last.get());
        let mut parts = self.parts.get();
        let (cpu_us, queued_us) = &mut parts[place];
        *cpu_us = cpu_us.saturating_add(micros(read.cpu_ns.saturating_sub(before.cpu_ns)));
        let queued = micros_between(before.run_delay_ns, read.run_delay_ns);
        *queued_us = queued_us.zip(queued).map(|(sum, more)| sum.saturating_add(more));
        self.parts.set(parts);
        self.last.set(read);
        self.any_part.set(true);
    }

    #[cold]
    pub fn keep(&self, operation: usize, times: Times, watch: &Stopwatch<'_>) {
        let (read, base) = (self.read(), self.base.get());
        let mut spent = [Spent::default(); PLACES];
        let parts = self.parts.get();
        for (place, spent) in spent.iter_mut().enumerate() {
            let whole_ns = match Phase::ALL.get(place) {
                Some(&phase) => watch.spent_ns(phase).unwrap_or(0),
                None => times.start_ns.saturating_sub(times.free_ns),
            };
            *spent = Spent { whole_us: micros(whole_ns), cpu_us: parts[place].0, queued_us: parts[place].1 };
        }
        let last = self.last.get();
        let queued = micros_between(last.run_delay_ns, read.run_delay_ns);
        share_out(&mut spent, micros(read.cpu_ns.saturating_sub(last.cpu_ns)), queued);
        let count = |now: u64, before: u64| u32::try_from(now.saturating_sub(before)).unwrap_or(u32::MAX - 1);
        let change = |now: Option<u64>, before: Option<u64>| now.zip(before).map(|(now, before)| count(now, before));
        let counts = [
            change(read.minor_faults, base.minor_faults),
            Some(count(read.major_faults, base.major_faults)),
            Some(count(read.voluntary_switches, base.voluntary_switches)),
            Some(count(read.involuntary_switches, base.involuntary_switches)),
            micros_between(base.fault_wait_ns, read.fault_wait_ns),
        ];
        let Times { due_ns, free_ns, start_ns, end_ns } = times;
        self.log.add(&Slow { operation, due_ns, free_ns, start_ns, end_ns, spent, counts });
        // Not the last reading: if the worker loses its CPU here, the wait in the run queue is part of the next start delay.
        self.base.set(read);
        self.base_ns.set(end_ns);
        self.clear();
    }

    fn clear(&self) {
        if self.any_part.replace(false) {
            self.parts.set([(0, Some(0)); PLACES]);
        }
    }

    fn read(&self) -> TaskUsage {
        self.log.counts.count_reading();
        self.usage.read()
    }
}

/// What a long part used beyond its own time, the short parts before it did; and what was used since the last long part, those after it.
/// It is shared out to what is left of each phase: first of those that were never long, so that one that waited long is not said to have run.
fn share_out(spent: &mut [Spent; PLACES], mut cpu_us: u32, mut queued_us: Option<u32>) {
    let mut was_long = [false; PLACES];
    for (spent, was_long) in spent.iter_mut().zip(&mut was_long) {
        *was_long = spent.cpu_us > 0 || spent.queued_us != Some(0);
        let queued = spent.queued_us.map(|queued| queued.min(spent.whole_us));
        queued_us = queued_us.zip(spent.queued_us.zip(queued)).map(|(all, (own, kept))| all.saturating_add(own - kept));
        let cpu = spent.cpu_us.min(spent.whole_us - queued.unwrap_or(0));
        cpu_us = cpu_us.saturating_add(spent.cpu_us - cpu);
        (spent.cpu_us, spent.queued_us) = (cpu, queued);
    }
    for only_short in [true, false] {
        let takes = |place: usize| place != START_DELAY && !(only_short && was_long[place]);
        cpu_us -= given(spent, takes, cpu_us, |spent| Some(&mut spent.cpu_us));
        queued_us = queued_us.map(|all| all - given(spent, takes, all, |spent| spent.queued_us.as_mut()));
    }
}

/// Adds so much to a figure of the phases that take it, each by the time of it that is not accounted for; how much they took.
fn given(
    spent: &mut [Spent; PLACES],
    takes: impl Fn(usize) -> bool,
    amount_us: u32,
    figure: impl Fn(&mut Spent) -> Option<&mut u32>,
) -> u32 {
    let left = |spent: &Spent| u64::from(spent.whole_us - spent.cpu_us - spent.queued_us.unwrap_or(0));
    let takers = || (0..PLACES).filter(|place| takes(*place));
    let room: u64 = takers().map(|place| left(&spent[place])).sum();
    let amount = u64::from(amount_us).min(room);
    let mut given = 0;
    for place in takers() {
        let share = (left(&spent[place]) * amount / room.max(1)) as u32;
        if let Some(figure) = figure(&mut spent[place]) {
            *figure += share;
            given += share;
        }
    }
    given
}

fn micros(ns: u64) -> u32 {
    u32::try_from(ns / 1000).unwrap_or(u32::MAX - 1)
}

fn micros_between(before: Option<u64>, now: Option<u64>) -> Option<u32> {
    now.zip(before).map(|(now, before)| micros(now.saturating_sub(before)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::PhaseClock;
    use crate::os::clock::now_ns;
    use crate::os::shared::Shared;
    use crate::shm::{SharedStall, StallCounts};

    #[test]
    fn what_many_short_parts_used_is_shared_out_to_them() {
        let of = |whole_us: u32, cpu_us: u32| Spent { whole_us, cpu_us, queued_us: Some(0) };
        let mut spent = [of(0, 0); PLACES];
        // Waited long for the lock, and mapped, searched and unlocked in a thousand short steps each.
        spent[Phase::Lock as usize] = Spent { whole_us: 9000, cpu_us: 10, queued_us: Some(40) };
        spent[Phase::Remap as usize] = of(3000, 0);
        spent[Phase::Search as usize] = of(1000, 0);
        spent[START_DELAY] = of(500, 0);
        share_out(&mut spent, 3900, Some(100));
        let at = |phase: Phase| spent[phase as usize];
        assert_eq!((at(Phase::Lock).cpu_us, at(Phase::Lock).queued_us), (10, Some(40)), "it waited");
        assert_eq!((at(Phase::Remap).cpu_us, at(Phase::Search).cpu_us), (2925, 975));
        assert_eq!((at(Phase::Remap).queued_us, at(Phase::Search).queued_us), (Some(75), Some(25)));
        assert_eq!(spent[START_DELAY], of(500, 0));
        // A long part that was read with what the short ones before it used.
        let mut spent = [of(0, 0); PLACES];
        spent[Phase::Remap as usize] = of(3000, 0);
        spent[Phase::Unlock as usize] = of(2000, 4500);
        share_out(&mut spent, 0, Some(0));
        assert_eq!(spent[Phase::Unlock as usize].cpu_us, 2000);
        assert_eq!(spent[Phase::Remap as usize].cpu_us, 2500);
        // More than there was time for is lost, not booked.
        let mut spent = [of(7, 0); PLACES];
        share_out(&mut spent, u32::MAX, None);
        assert!(
            spent.iter().enumerate().all(|(place, spent)| spent.cpu_us == if place == START_DELAY { 0 } else { 7 })
        );
    }

    #[test]
    fn a_long_part_knows_its_cpu_time() {
        let counts = Shared::<StallCounts>::zeroed(1).unwrap();
        let records = Shared::<SharedStall>::zeroed(1).unwrap();
        let profiler = StallProfiler::new(StallLog::new(&counts[0], &records), 4_000_000);
        let due_ns = now_ns();
        profiler.prepare(due_ns, due_ns);
        let mut watch = Stopwatch::started(due_ns, Some(&profiler));
        watch.ended(Phase::Lock);
        let busy = now_ns();
        while now_ns() < busy + 5_000_000 {}
        watch.ended(Phase::Search);
        std::thread::sleep(std::time::Duration::from_millis(5));
        watch.ended(Phase::Unlock);
        let times = Times { due_ns, free_ns: due_ns, start_ns: due_ns, end_ns: watch.last_ns };
        profiler.keep(2, times, &watch);
        let stall = records[0].read().unwrap();
        let [search, unlock] = [Phase::Search, Phase::Unlock].map(|phase| stall.spent[phase as usize]);
        assert!(search.whole_us >= 5000 && search.cpu_us > 0, "{stall:?}");
        assert!(unlock.whole_us >= 5000 && unlock.cpu_us < unlock.whole_us / 2, "{stall:?}");
        assert!(counts[0].readings() >= 4);
        assert!(stall.counts[2] >= Some(1));
    }
}
