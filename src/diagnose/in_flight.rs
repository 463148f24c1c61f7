//! Operations that had not completed when the measured span ended: one commit in flight in `fdatasync` may be all that explains a run. Those
//! that left no record later are taken for slow operations that ended with the span.

use crate::{
    mailboxes::Phase,
    results::{InFlight, Recorded, Role, Series, Stall, StallPart},
};

/// Time in which some process waited for I/O, and processes blocked in the kernel, while operations were slow; `None`: unavailable.
#[derive(Clone, Copy, Debug, Default)]
pub struct IoWaits {
    /// Microseconds a second (PSI `some`).
    pub some_us: Option<f64>,
    /// Mean.
    pub blocked: Option<f64>,
    /// Whether the first is clearly above that of the control span.
    pub rose: bool,
}

/// From here on some process waits for I/O most of the time, microseconds a second.
const MOST_OF_THE_TIME_US: f64 = 500_000.0;

impl InFlight {
    /// Whether all of them completed later, and so left records of their own.
    fn have_records(&self) -> bool {
        self.completed_later == self.workers
    }

    /// Whether it writes to the file, or waits until that is on the device.
    pub fn writes(&self) -> bool {
        use Phase::*;
        let is_io =
            |phase| matches!(phase, Write1 | Write2 | Write3 | Sync1 | Sync2 | Sync3 | Checkpoint | Recover | Repack);
        self.role == Role::Writer && matches!(self.part, Some(Series::Phase(phase)) if is_io(phase))
    }
}

/// Whether the device is what a run waits for. A device that stalls for the whole run, the control span included, is not above the control
/// span: then a commit that still writes or syncs at the end, longer than what counts as slow, shows whose waits they are.
pub fn waits_for_io(in_flight: &[InFlight], waits: IoWaits, slow_ns: u64) -> bool {
    let some_wait = waits.some_us.is_some_and(|us| us >= MOST_OF_THE_TIME_US);
    let are_blocked = waits.blocked.is_none_or(|blocked| blocked >= 1.0);
    let writes = in_flight.iter().any(|operation| operation.writes() && operation.oldest_ns > slow_ns);
    some_wait && are_blocked && (waits.rose || writes)
}

/// Slow operations with an open end, as records: what is known of them is one part. Before the worker's last record ended, it did
/// something else.
pub fn records(recorded: &Recorded, in_flight: &[InFlight]) -> Vec<Stall> {
    let end_ns = recorded.run.summary.measured_ns as i64;
    let record = |operation: &InFlight| {
        let due_ns = end_ns - i64::try_from(operation.oldest_ns).unwrap_or(i64::MAX).min(end_ns);
        let is_before = |stall: &&Stall| (stall.role, stall.worker) == (operation.role, operation.oldest_worker);
        let before = recorded.stalls.iter().filter(is_before).map(|stall| stall.end_ns).max();
        let free_ns = before.map_or(due_ns, |before| before.clamp(due_ns, end_ns));
        let is_delayed = operation.part == Some(Series::StartDelay);
        let whole_us = u32::try_from((end_ns - free_ns) / 1000).unwrap_or(u32::MAX);
        let part = operation.part.map(|part| StallPart { part, whole_us, cpu_us: 0, queued_us: None });
        Stall {
            role: operation.role,
            worker: operation.oldest_worker,
            instance: operation.instance,
            operation: operation.operation.clone().unwrap_or_default(),
            due_ns,
            free_ns,
            start_ns: if is_delayed { end_ns } else { free_ns },
            end_ns,
            parts: part.into_iter().collect(),
            minor_faults: None,
            major_faults: 0,
            voluntary_switches: 0,
            involuntary_switches: 0,
            fault_wait_us: None,
        }
    };
    in_flight.iter().filter(|operation| !operation.have_records()).map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(part: Phase, oldest_ns: u64) -> InFlight {
        let (operation, part) = (Some("store".to_owned()), Some(Series::Phase(part)));
        let (role, oldest_worker) = (Role::Writer, 0);
        InFlight { role, instance: 0, operation, part, workers: 1, completed_later: 0, oldest_worker, oldest_ns }
    }

    #[test]
    fn a_device_is_waited_for_if_most_of_the_time_some_process_does_and_it_is_this_runs() {
        let all = IoWaits { some_us: Some(1e6), blocked: Some(30.0), rose: false };
        let syncs = [commit(Phase::Sync1, 900)];
        for (in_flight, waits, expected) in [
            (&syncs[..], all, true),
            (&[], all, false),
            (&[], IoWaits { rose: true, ..all }, true),
            (&[commit(Phase::Lock, 900)], all, false),
            (&[commit(Phase::Sync1, 10)], all, false),
            (&[InFlight { role: Role::Reader, ..commit(Phase::Sync1, 900) }], all, false),
            (&syncs, IoWaits { some_us: Some(1e5), ..all }, false),
            (&syncs, IoWaits { blocked: Some(0.2), ..all }, false),
            // Only what is known counts.
            (&syncs, IoWaits { some_us: None, ..all }, false),
            (&syncs, IoWaits { blocked: None, ..all }, true),
        ] {
            assert_eq!(waits_for_io(in_flight, waits, 20), expected, "{in_flight:?} {waits:?}");
        }
    }
}
