//! What the rules of the table need in addition to the kind of time: sums over the whole attribution, and the counters.
//! Worked out once for each run.

use super::{
    super::{
        facts::Facts,
        time_attribution::{LockHolder, SchedState, TimeAttribution, TimeKind},
    },
    table::CAUSES,
};
use crate::mailboxes::Phase;
use crate::results::{Confidence, InFlight, Role, Series};

pub struct Context<'l, 'a> {
    pub attribution: &'l TimeAttribution,
    pub facts: &'l Facts<'a>,
    /// Whether all remap the file at the same time: see [`HERD_SHARE`].
    pub is_herd: bool,
    /// Share of the stalled time of operations with many page faults, outside waits for the lock.
    pub faulting: f64,
    /// Share of the time of writers' syncs, while others waited for them, that was spent on a CPU.
    pub walking: f64,
    pub mappers: f64,
}

/// Microseconds of a second in which some process waited for memory, at least, before pages that are read again mean anything.
const LEAST_WAIT_FOR_MEMORY_US: f64 = 1000.0;
/// Processes do not wait for a device that is busy for fewer microseconds a second.
const IDLE_DEVICE_US: f64 = 200_000.0;
/// Fewer stacks show nothing.
const LEAST_STACKS: f64 = 10.0;
/// From this number of mappers on, the CPU time of a sync is due to them.
pub(super) const MANY_MAPPERS: f64 = 50.0;
/// A herd: this share of the stalled time is the same work of all.
pub(super) const HERD_SHARE: f64 = 0.25;
/// Of that at least so much is mapping itself; the rest is its consequence: a page fault finds its folio locked by a
/// write-back that waits until it may walk the mappings, which all others are changing.
const HERD_BEGINS: f64 = 0.1;
/// From this number of cross calls a commit for each mapper on, a walk interrupts a CPU at most of its steps.
const CROSS_CALLS_A_MAPPER: f64 = 0.5;

impl<'l, 'a> Context<'l, 'a> {
    pub fn new(attribution: &'l TimeAttribution, facts: &'l Facts<'a>) -> Context<'l, 'a> {
        let total = attribution.total_ns().max(1.0);
        let scenario = &facts.recorded.run.scenario;
        let remapping = attribution.sum(remaps_as_reader) / total;
        let refaulting = attribution.sum(refaults) / total;
        let sum_of_syncs =
            |wanted: &dyn Fn(&TimeKind) -> bool| attribution.sum(|kind| is_sync(kind.part) && wanted(kind));
        Context {
            is_herd: remapping >= HERD_BEGINS && remapping + refaulting >= HERD_SHARE,
            faulting: attribution.sum(|kind| {
                kind.faults && kind.holder == LockHolder::None && kind.part == Series::Phase(Phase::Search)
            }) / total,
            walking: sum_of_syncs(&|kind| kind.state == SchedState::Running) / sum_of_syncs(&|_| true).max(1.0),
            mappers: f64::from(scenario.mappers_in(0)),
            attribution,
            facts,
        }
    }

    pub fn cause_of(&self, kind: &TimeKind) -> usize {
        CAUSES.iter().position(|cause| (cause.owns)(kind, self)).unwrap_or(CAUSES.len() - 1)
    }

    /// CPU time spent on receiving TLB interrupts while operations were slow, as a share of one CPU: their number times what one costs on this
    /// machine, which was measured before the run. `None`: one of the two is unknown.
    pub fn tlb_share(&self) -> Option<f64> {
        let price_ns = self.facts.recorded.run.recording.as_ref()?.tlb_interrupt_ns.value()?;
        // Without a row for them: those that had anything to drop, which the tracepoint counts. There are more.
        let of_tracepoint = || self.facts.figure("tlb_flush.remote_received", "");
        let interrupts = self.facts.figure("tlb_interrupts.", "").or_else(of_tracepoint)?;
        let above = interrupts.value - interrupts.control.unwrap_or(0.0);
        Some((above * price_ns / 1e9).max(0.0))
    }

    /// Cross calls that all CPUs sent while operations were slow, above the control span, for each commit and each mapper;
    /// `None` where the system does not count them, or there were no commits.
    pub fn cross_calls_a_mapper(&self) -> Option<f64> {
        let figure = self.facts.figure("cross_calls.", "")?;
        let commits = self.facts.recorded.run.summary.writers.completed_per_s;
        let above = (figure.value - figure.control.unwrap_or(0.0)).max(0.0);
        (commits > 0.0).then(|| above / commits / self.mappers.max(1.0))
    }

    /// `Seen` if a role's kernel stacks say so; else `otherwise`.
    pub(super) fn seen_at(&self, role: Role, places: &[&str], least: f64, otherwise: Confidence) -> Confidence {
        if self.stacks_are_at(role, places, least) { Confidence::Seen } else { otherwise }
    }

    /// `Seen` if writers' kernel stacks wait for the file system's journal, a folio that is written, or the device; else `otherwise`.
    pub(super) fn waits_for_disk(&self, otherwise: Confidence) -> Confidence {
        self.seen_at(Role::Writer, &["journal", "folio", "device"], 0.5, otherwise)
    }

    /// Whether the device was so busy that processes wait for it; `None`: unavailable.
    pub(super) fn device_is_busy(&self) -> Option<bool> {
        self.facts.rate("device_busy_us").map(|us| us >= IDLE_DEVICE_US)
    }

    /// Whether this share of a role's kernel stacks or more was at one of these places, and there are enough of them.
    pub(super) fn stacks_are_at(&self, role: Role, places: &[&str], least: f64) -> bool {
        let own = format!("{}_stacks.", role.name());
        let (mut all, mut there) = (0.0, 0.0);
        for column in &self.facts.recorded.counters.columns {
            let Some(place) = column.strip_prefix(&own) else { continue };
            let count = self.facts.total(column).unwrap_or(0.0);
            all += count;
            there += if places.contains(&place) { count } else { 0.0 };
        }
        all >= LEAST_STACKS && there >= least * all
    }

    /// Whether commits walk all mappers and interrupt the CPUs of most: with few, any cross call is one for each.
    pub(super) fn demaps(&self) -> bool {
        let enough = self.cross_calls_a_mapper().is_some_and(|calls| calls >= CROSS_CALLS_A_MAPPER);
        enough && self.mappers >= MANY_MAPPERS
    }

    /// The oldest commit that still wrote to the file when the run ended, if that is what all waits are for.
    pub(super) fn oldest_write(&self) -> Option<&InFlight> {
        let writes = self.facts.in_flight.iter().filter(|operation| self.facts.waits_for_io && operation.writes());
        writes.max_by_key(|operation| operation.oldest_ns)
    }

    pub(super) fn memory_is_short(&self) -> bool {
        let rose = |column, factor, least| self.facts.rose(column, factor, least);
        // Microseconds of a second in which a process waited for memory; or pages that were read again after reclaim, which others on the
        // machine cause too, so that they count only where some process waited for them, or where that is unknown.
        let waited = self.facts.rate("pressure_memory_some_us").is_none_or(|us| us >= LEAST_WAIT_FOR_MEMORY_US);
        rose("pressure_memory_some_us", 5.0, 20_000.0) || (waited && rose("refaulted_file_pages", 5.0, 1000.0))
    }
}

pub(super) fn high_if(is_direct: bool) -> Confidence {
    if is_direct { Confidence::High } else { Confidence::Medium }
}

pub(super) fn high_or_low(is_seen: bool) -> Confidence {
    if is_seen { Confidence::High } else { Confidence::Low }
}

/// Not only queued; and it is known which of them.
pub(super) fn runs_or_waits(kind: &TimeKind) -> bool {
    matches!(kind.state, SchedState::Running | SchedState::Blocked)
}

pub(super) fn is_sync(part: Series) -> bool {
    matches!(part, Series::Phase(Phase::Sync1 | Phase::Sync2 | Phase::Sync3))
}

/// Blocked in a search without any I/O of its own.
pub(super) fn refaults(kind: &TimeKind) -> bool {
    kind.part == Series::Phase(Phase::Search)
        && kind.state == SchedState::Blocked
        && !kind.major_faults
        && kind.interference.is_none()
}

/// Mapping the file again, as a reader. The phase is that of looking for another file or size too, which takes no page fault.
pub(super) fn remaps_as_reader(kind: &TimeKind) -> bool {
    let by_reader = match kind.holder {
        LockHolder::None => !kind.of_writer && kind.any_fault,
        LockHolder::Readers => true,
        LockHolder::Writer | LockHolder::Other => false,
    };
    by_reader && kind.part == Series::Phase(Phase::Remap)
}

/// Asleep in page faults of its own that read nothing.
pub(super) fn sleeps_in_faults(kind: &TimeKind) -> bool {
    kind.in_faults && kind.holder == LockHolder::None && refaults(kind)
}

pub(super) fn is_write(part: Series) -> bool {
    matches!(part, Series::Phase(Phase::Write1 | Phase::Write2 | Phase::Write3))
}
