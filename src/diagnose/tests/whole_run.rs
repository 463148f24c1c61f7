//! Runs in which commits do not complete: what was in flight at the end, freezes of the writers; and shares of the stalled time.

use proptest::{collection::vec, prelude::*, sample};

use super::{super::in_flight, MS, diagnose, readers, recorded, stall, top};
use crate::{
    results::{Confidence, Diagnosis, InFlight, Recorded, Role, Series, Slot, Stall},
    scenario::Emulation,
};

/// A commit that was in `fdatasync` when the run ended.
fn commit(age_ms: u64) -> InFlight {
    let part = Series::named("sync-1");
    let (role, oldest_worker, oldest_ns) = (Role::Writer, 0, age_ms * MS as u64);
    InFlight { role, instance: 0, operation: None, part, workers: 1, completed_later: 0, oldest_worker, oldest_ns }
}

/// The diagnosis of a run at whose end these were in flight.
fn with_open(mut recorded: Recorded, in_flight: &[InFlight]) -> Diagnosis {
    recorded.run.summary.in_flight = Some(in_flight.to_vec());
    diagnose(&recorded, &[])
}

/// A run of 2000 reads and 47 commits, of which none completed, on a device that stalls all the time, the control span included.
fn on_a_stalled_device(stalls: Vec<Stall>, io_some_us: f64) -> Recorded {
    let counters =
        [("pressure_io_some_us", io_some_us, io_some_us), ("blocked", 50.0, 50.0), ("device_busy_us", 0.0, 0.0)];
    let mut recorded = recorded(stalls, &counters);
    recorded.slots.instances = vec![vec![Slot { due: 2, completed: 2 }; 1000]];
    recorded.run.scenario.writer.count = 1;
    (recorded.run.summary.writers.due, recorded.run.summary.writers.completed) = (47, 0);
    recorded
}

#[test]
fn a_device_that_stalls_for_the_whole_run_is_named_from_the_commit_in_flight() {
    let (search, lock) = (readers(100, &[("search", 600, 0, 0)]), readers(100, &[("lock", 600, 0, 0)]));
    for (stalls, io_some_us, in_flight, cause, confidence) in [
        (&search, 100_000.0, vec![commit(980)], "device-io", Confidence::High),
        (&lock, 100_000.0, vec![commit(980)], "lock-held-over-sync", Confidence::High),
        // Nobody else is slow: the commit alone.
        (&vec![], 100_000.0, vec![commit(980)], "device-io", Confidence::High),
        // The control span had as much I/O, and nothing shows that this run waits for it.
        (&search, 100_000.0, vec![], "unexplained", Confidence::Low),
        // Nobody waits for I/O: what the commit does is unknown, but it has the lock.
        (&lock, 1_000.0, vec![commit(980)], "unexplained", Confidence::Low),
    ] {
        let recorded = on_a_stalled_device(stalls.clone(), io_some_us);
        let diagnosis = with_open(recorded, &in_flight);
        assert_eq!(top(&diagnosis), (cause, confidence), "{diagnosis:#?}");
        let chain = diagnosis.findings[0].chain.join("\n");
        let said = "a commit that was due 980 ms before the end had not left its first sync";
        assert_eq!(chain.contains(said), confidence == Confidence::High, "{chain}");
        let freezes: Vec<_> =
            diagnosis.freezes.iter().map(|freeze| (freeze.role, freeze.due, freeze.completed)).collect();
        assert_eq!(freezes, [(Some(Role::Writer), 47, 0)]);
        let length = diagnosis.longest_freeze_ns().unwrap();
        assert!(length > 950 * MS as u64, "{length}");
    }
}

#[test]
fn a_commit_in_flight_is_slow_only_since_the_one_before_ended() {
    let before = stall(Role::Writer, 0, 0, &[("lock", 1, 0, 0), ("sync-1", 799, 0, 0)]);
    let recorded = on_a_stalled_device(vec![before], 100_000.0);
    let diagnosis = with_open(recorded, &[commit(990)]);
    assert_eq!(diagnosis.stalled_ns, 1000 * MS as u64, "800 ms and 200 ms");
}

#[test]
fn commits_that_complete_in_time_are_no_freeze_of_the_writers() {
    let mut recorded = on_a_stalled_device(vec![], 0.0);
    let done = |at: i64| stall(Role::Writer, 0, at * 50, &[("lock", 1, 0, 0), ("sync-1", 9, 0, 0)]);
    recorded.stalls = (0..20).map(done).collect();
    (recorded.run.summary.writers.due, recorded.run.summary.writers.completed) = (20, 20);
    assert_eq!(diagnose(&recorded, &[]).freezes, []);
    // From half of the run on none completes.
    recorded.stalls.truncate(10);
    recorded.run.summary.writers.completed = 10;
    let freezes = diagnose(&recorded, &[]).freezes;
    assert_eq!((freezes.len(), freezes[0].role, freezes[0].completed), (1, Some(Role::Writer), 0));
    assert!(freezes[0].end_ns - freezes[0].start_ns > 400 * MS as u64, "{freezes:?}");
    // Of commits without a record nothing is known.
    recorded.run.summary.writers.completed = 11;
    assert_eq!(diagnose(&recorded, &[]).freezes, []);
}

fn any_stall() -> impl Strategy<Value = Stall> {
    let names =
        ["start-delay", "lock", "remap", "search", "sync-1", "write-1", "checkpoint", "emulated", "repack", "unlock"];
    let part = (sample::select(names.to_vec()), 0u32..200, 0u32..120, 0u32..120);
    (any::<bool>(), 0u32..6, 0i64..900, vec(part, 1..6)).prop_map(|(writes, worker, at, mut parts)| {
        // An operation has a part once.
        parts.sort_unstable();
        parts.dedup_by_key(|part| part.0);
        stall(if writes { Role::Writer } else { Role::Reader }, worker, at, &parts)
    })
}

proptest! {
    #[test]
    fn shares_of_findings_are_of_one_whole(
        stalls in vec(any_stall(), 1..40),
        age_ms in 0u64..1000,
        counted in vec(0.0..90_000.0f64, 6),
        stops in any::<bool>(),
    ) {
        let names = ["pressure_io_some_us", "blocked", "cpu_quota_throttled_us", "stalled_frozen", "pressure_memory_some_us", "cpu_steal_us"];
        let counters: Vec<_> = names.into_iter().zip(counted).map(|(name, value)| (name, value / 9.0, value)).collect();
        let mut recorded = recorded(stalls, &counters);
        recorded.run.scenario.run.stall_ns = 20 * MS as u64;
        if stops {
            recorded.run.scenario.writer.emulate = Emulation::StopMappers { base_ns: 1, per_mapper_ns: 1 };
        }
        recorded.run.summary.readers.stalls = 1000;
        let open = [commit(age_ms)];
        let diagnosis = with_open(recorded.clone(), &open);
        let shares: f64 = diagnosis.findings.iter().map(|finding| finding.share).sum();
        prop_assert!(shares <= 1.0 + 1e-9, "{}", shares);
        let slow = recorded.stalls.iter().chain(&in_flight::records(&recorded, &open)).filter(|stall| {
            (stall.end_ns - stall.due_ns) as u64 > recorded.run.scenario.run.stall_ns
        }).map(Stall::length_ns).sum::<u64>();
        prop_assert!(diagnosis.stalled_ns.abs_diff(slow) <= 1000, "{} of {}: no time is booked twice", diagnosis.stalled_ns, slow);
        for text in diagnosis.findings.iter().flat_map(|finding| finding.chain.iter().chain([&finding.statement])) {
            let mut sum = 0;
            for (before, _) in text.match_indices(" %") {
                let digits = text[..before].rsplit(' ').next().unwrap_or("");
                let share: u32 = digits.parse().unwrap_or(0);
                prop_assert!(share <= 100, "{}", text);
                sum += share;
            }
            // Each is rounded; waits for I/O and a busy device are no parts of one whole.
            prop_assert!(sum <= 103 || text.contains("some process waited for I/O"), "{}", text);
        }
    }
}
