//! The attribution of stalled time: every slow operation's time, divided by where it was spent and how.
//! Time spent waiting for the file's lock is attributed to what its holder did meanwhile.

use std::{collections::BTreeMap, ops::Range};

use super::{
    commits::{Commit, overlap},
    facts::Facts,
    spans::Spans,
};
use crate::mailboxes::Phase;
use crate::results::{Role, Series, Stall, StallPart};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SchedState {
    Running,
    Queued,
    Blocked,
    /// It was in flight when the run ended, and nothing says whether it ran or waited.
    Unknown,
}

/// What held a process up from outside, whatever it was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interference {
    Stopped,
    Frozen,
    /// Nothing of this run went on, the noise probes included, and not for want of a CPU.
    Halted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockHolder {
    None,
    /// A writer of the workers; the entry says what it did meanwhile.
    Writer,
    /// Readers of the workers, which kept a writer waiting; the entry says what they did meanwhile.
    Readers,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeKind {
    /// Whether a writer's own operation was slow, or a reader's.
    pub of_writer: bool,
    /// Whether it was spent waiting for the lock, and who held that.
    pub holder: LockHolder,
    /// The part of an operation: the holder's, if it is a writer's.
    pub part: Series,
    pub state: SchedState,
    pub interference: Option<Interference>,
    /// Whether the slow operation took any page fault, as one does that mapped the file again; true where that is not known.
    pub any_fault: bool,
    /// Whether it took many.
    pub faults: bool,
    /// Whether it was blocked, apart from the lock, mostly for page faults (known on illumos, not on Linux).
    pub in_faults: bool,
    pub major_faults: bool,
    pub replaced: bool,
    pub throttled: bool,
}

/// From this number on, a slow operation had many page faults: a search needs about twenty pages, most of them mapped.
const MANY_FAULTS: u32 = 50;
/// A part shorter than this share of the stall threshold was not accounted apart (see the worker's meter).
const SHORT_SHARE: u64 = 4;
/// A wait for the lock that was blocked for this share is followed by a queue of all who waited with it.
const CONVOY_SHARE: f64 = 0.2;

/// All of it, in nanoseconds.
#[derive(Default)]
pub struct TimeAttribution {
    kinds: BTreeMap<TimeKind, f64>,
    /// Slow operations with a start delay of the load generator's own: for the verdict.
    pub held_up: u64,
}

impl<'a> TimeAttribution {
    pub fn new(facts: &Facts<'a>) -> TimeAttribution {
        let mut attribution = TimeAttribution::default();
        for (stalls, is_open) in [(&facts.stalls, false), (&facts.open, true)] {
            for stall in stalls {
                attribution.book(stall, is_open, facts);
            }
        }
        attribution
    }

    pub fn total_ns(&self) -> f64 {
        self.kinds.values().sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&TimeKind, f64)> {
        self.kinds.iter().map(|(kind, ns)| (kind, *ns))
    }

    pub fn sum(&self, wanted: impl Fn(&TimeKind) -> bool) -> f64 {
        self.kinds.iter().filter(|(kind, _)| wanted(kind)).map(|(_, ns)| ns).sum()
    }

    fn add(&mut self, kind: TimeKind, ns: f64) {
        if ns > 0.0 {
            *self.kinds.entry(kind).or_default() += ns;
        }
    }

    fn book(&mut self, stall: &'a Stall, is_open: bool, facts: &Facts<'a>) {
        let in_faults = is_mostly_in_faults(stall);
        let replaced = facts.replaced.overlap(&(stall.free_ns..stall.end_ns)) > 0;
        let running = |part: Series, throttled: bool| TimeKind {
            of_writer: stall.role == Role::Writer,
            holder: LockHolder::None,
            part,
            state: SchedState::Running,
            interference: None,
            any_fault: stall.minor_faults != Some(0),
            faults: stall.minor_faults.is_some_and(|faults| faults >= MANY_FAULTS),
            in_faults,
            major_faults: stall.major_faults > 0,
            replaced,
            throttled,
        };
        let mut held_up = 0.0;
        for (time, part) in &Commit::new(stall, is_open).parts {
            let [on_cpu, queued, blocked, unknown] = shares(part, is_open, facts);
            let kind = running(part.part, is_most(&facts.throttled, time));
            self.add(kind, on_cpu);
            if part.part == Series::Phase(Phase::Lock) {
                self.book_wait(kind, stall, time, [queued, blocked + unknown], facts);
                continue;
            }
            self.add(TimeKind { state: SchedState::Queued, ..kind }, queued);
            self.add(TimeKind { state: SchedState::Unknown, ..kind }, unknown);
            for (interference, ns) in interferences(time, stall.instance, blocked, facts) {
                // A worker that was stopped while it slept was not delayed by the load generator.
                if part.part == Series::StartDelay && interference.is_none() {
                    held_up += ns;
                }
                self.add(TimeKind { state: SchedState::Blocked, interference, ..kind }, ns);
            }
        }
        let threshold_ns = facts.recorded.run.scenario.run.stall_ns as f64;
        self.held_up += u64::from(held_up > threshold_ns / 2.0);
    }

    /// Attributes a wait for the lock to what its holders did meanwhile. A process that waited blocked also queues afterwards, with
    /// all others that were woken at once: that belongs to the wait.
    fn book_wait(
        &mut self,
        kind: TimeKind,
        stall: &Stall,
        time: &Range<i64>,
        [queued_ns, blocked_ns]: [f64; 2],
        facts: &Facts<'a>,
    ) {
        let is_own = |commit: &Commit<'_>| kind.of_writer && commit.writer == stall.worker;
        let commits = facts.commits.overlapping(Some(stall.instance), time).filter(|commit| !is_own(commit));
        let by_writers = Held::of(commits, time, kind.of_writer);
        let left_ns = (blocked_ns - by_writers.covered_ns).max(0.0);
        // Readers share the lock among themselves: only a writer waits for them.
        let readers = kind.of_writer.then(|| facts.holds.overlapping(Some(stall.instance), time));
        let by_readers = Held::of(readers.into_iter().flatten(), time, true);
        let by_readers_ns = if by_readers.covered_ns > left_ns / 2.0 { left_ns } else { 0.0 };
        let is_convoy = blocked_ns >= CONVOY_SHARE * (blocked_ns + queued_ns);
        let queued_behind_ns = if is_convoy { queued_ns } else { 0.0 };
        self.add(TimeKind { state: SchedState::Queued, ..kind }, queued_ns - queued_behind_ns);
        // The queue behind a wait is shared out as the wait itself.
        let stretch = 1.0 + queued_behind_ns / blocked_ns.max(1.0);
        let by_others_ns = left_ns - by_readers_ns;
        let other = TimeKind { holder: LockHolder::Other, state: SchedState::Blocked, ..kind };
        for (interference, ns) in interferences(time, stall.instance, by_others_ns, facts) {
            self.add(TimeKind { interference, ..other }, ns * stretch);
        }
        for (holder, held, ns) in
            [(LockHolder::Writer, by_writers, blocked_ns - left_ns), (LockHolder::Readers, by_readers, by_readers_ns)]
        {
            self.book_holds(TimeKind { holder, ..kind }, held, stall.instance, ns * stretch, facts);
        }
    }

    /// Shares time out to what the holders of a lock did.
    fn book_holds(&mut self, kind: TimeKind, held: Held<'a>, instance: u32, ns: f64, facts: &Facts<'a>) {
        let states = [SchedState::Running, SchedState::Queued, SchedState::Blocked, SchedState::Unknown];
        for (span, part, is_open, common) in held.parts {
            let kind = TimeKind { part: part.part, throttled: is_most(&facts.throttled, &span), ..kind };
            let parts = shares(part, is_open, facts);
            let sum = parts.iter().sum::<f64>().max(1.0);
            for (state, share) in states.into_iter().zip(parts) {
                let (kind, waited_ns) = (TimeKind { state, ..kind }, ns * common / held.covered_ns * share / sum);
                if state != SchedState::Blocked {
                    self.add(kind, waited_ns);
                    continue;
                }
                // What the holder was held up for is shared out as all of its time in this part.
                for (interference, part_ns) in interferences(&span, instance, share, facts) {
                    self.add(TimeKind { interference, ..kind }, waited_ns * part_ns / share.max(1.0));
                }
            }
        }
    }
}

struct Held<'a> {
    /// Parts of their operations while they had it, each with its time, whether it is of an open one, and what it has in common with the
    /// wait.
    parts: Vec<(Range<i64>, &'a StallPart, bool, f64)>,
    covered_ns: f64,
}

impl<'a> Held<'a> {
    /// What the holders did during a wait. A repack shares the lock: only writers wait for it.
    fn of<'c>(holders: impl Iterator<Item = &'c Commit<'a>>, wait: &Range<i64>, of_writer: bool) -> Held<'a>
    where
        'a: 'c,
    {
        let mut parts = Vec::new();
        for holder in holders {
            let from = holder.hold.start;
            let to = if of_writer { i64::MAX } else { holder.hold.end };
            for (span, part) in holder.parts.iter().filter(|(span, _)| span.start >= from && span.start < to) {
                let common = overlap(span, wait);
                if common > 0 {
                    parts.push((span.clone(), *part, holder.is_open, common as f64));
                }
            }
        }
        Held { covered_ns: parts.iter().map(|(.., common)| common).sum(), parts }
    }
}

/// Whether an operation slept in page faults for most of the time that it was blocked, its wait for the lock and its start delay aside.
fn is_mostly_in_faults(stall: &Stall) -> bool {
    let own = stall.parts.iter().filter(|part| !matches!(part.part, Series::StartDelay | Series::Phase(Phase::Lock)));
    let ran_us = |part: &StallPart| part.cpu_us.saturating_add(part.queued_us.unwrap_or(0));
    let blocked_us: u64 = own.map(|part| u64::from(part.whole_us.saturating_sub(ran_us(part)))).sum();
    stall.fault_wait_us.is_some_and(|waited_us| waited_us > 0 && 2 * u64::from(waited_us) >= blocked_us)
}

/// Nanoseconds of a part on a CPU, queued, blocked, and in neither of them for certain. A part too short to be accounted apart counts as
/// running; an operation in flight is only known to wait if it waits for the lock, or where all waits are for the device.
fn shares(part: &StallPart, is_open: bool, facts: &Facts<'_>) -> [f64; 4] {
    let whole = f64::from(part.whole_us) * 1000.0;
    if is_open {
        let waits = facts.waits_for_io && part.part != Series::StartDelay;
        return if waits { [0.0, 0.0, whole, 0.0] } else { [0.0, 0.0, 0.0, whole] };
    }
    if u64::from(part.whole_us) < facts.recorded.run.scenario.run.stall_ns / SHORT_SHARE / 1000 {
        return [whole, 0.0, 0.0, 0.0];
    }
    let queued = (f64::from(part.queued_us.unwrap_or(0)) * 1000.0).min(whole);
    let running = (f64::from(part.cpu_us) * 1000.0).min(whole - queued);
    [running, queued, whole - queued - running, 0.0]
}

fn is_most(spans: &Spans, span: &Range<i64>) -> bool {
    2 * spans.overlap(span) > span.end - span.start
}

/// Blocked time of a span, shared out to what held workers of the instance up from outside meanwhile, and the rest: a worker that was
/// stopped may have waited for a CPU for much longer after that.
fn interferences(
    span: &Range<i64>,
    instance: u32,
    blocked_ns: f64,
    facts: &Facts<'_>,
) -> impl Iterator<Item = (Option<Interference>, f64)> {
    let kinds = [
        (facts.stopped(instance), Interference::Stopped),
        (Some(&facts.frozen), Interference::Frozen),
        (Some(&facts.halted), Interference::Halted),
    ];
    let mut left_ns = blocked_ns;
    let mut shared = Vec::with_capacity(kinds.len() + 1);
    for (spans, interference) in kinds {
        let ns = spans.map_or(0.0, |spans| spans.overlap(span) as f64).min(left_ns);
        left_ns -= ns;
        shared.push((Some(interference), ns));
    }
    shared.push((None, left_ns));
    shared.into_iter().filter(|(_, ns)| *ns > 0.0)
}
