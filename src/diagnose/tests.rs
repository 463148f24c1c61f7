//! Causes that no test machine has on demand, from made-up evidence.

mod machines;
mod whole_run;

use std::collections::BTreeMap;

use crate::conclude::assess as diagnose;
use crate::{
    results::{
        Availability, Confidence, ControlSpan, CounterRow, Counters, Diagnosis, Judgement, Overhead, Pause, Recorded,
        Recording, Role, Series, Slot, Slots, Stall, StallPart, Totals, fixtures,
    },
    scenario::{Clause, Emulation},
};

const MS: i64 = 1_000_000;

/// Part, and milliseconds in all, on a CPU, and in a run queue.
type Part = (&'static str, u32, u32, u32);

fn stall(role: Role, worker: u32, start_ms: i64, parts: &[Part]) -> Stall {
    let part = |&(part, whole, cpu, queued): &Part| StallPart {
        part: Series::named(part).unwrap(),
        whole_us: whole * 1000,
        cpu_us: cpu * 1000,
        queued_us: Some(queued * 1000),
    };
    let delay: u32 = parts.iter().filter(|part| part.0 == "start-delay").map(|part| part.1).sum();
    let rest: u32 = parts.iter().filter(|part| part.0 != "start-delay").map(|part| part.1).sum();
    let start_ns = (start_ms + i64::from(delay)) * MS;
    Stall {
        role,
        worker,
        instance: 0,
        operation: "lookup".to_owned(),
        due_ns: start_ms * MS,
        free_ns: start_ms * MS,
        start_ns,
        end_ns: start_ns + i64::from(rest) * MS,
        parts: parts.iter().map(part).collect(),
        minor_faults: Some(0),
        major_faults: 0,
        voluntary_switches: 1,
        involuntary_switches: 0,
        fault_wait_us: None,
    }
}

fn readers(start_ms: i64, parts: &[Part]) -> Vec<Stall> {
    (0..50).map(|worker| stall(Role::Reader, worker, start_ms, parts)).collect()
}

/// Of a run of one second.
fn totals(due: u64, completed: u64, stalls: u64) -> Totals {
    Totals { due, completed, stalls, due_per_s: due as f64, completed_per_s: completed as f64 }
}

/// A run of one second behind a control span of one, with counters by name: per row before and after the beginning.
fn recorded(stalls: Vec<Stall>, counters: &[(&str, f64, f64)]) -> Recorded {
    let mut run = fixtures::run(&fixtures::outcome());
    run.scenario.instances.count = 1;
    // With the writer 500 mappers.
    run.scenario.readers.count = 499;
    run.summary.measured_ns = 1_000_000_000;
    run.summary.readers = totals(1000, 1000, stalls.iter().filter(|stall| stall.role == Role::Reader).count() as u64);
    run.summary.writers = totals(1000, 1000, 0);
    run.recording = Some(Recording {
        records: stalls.len() as u64,
        without_record: 0,
        without_record_ns: 0,
        noise_probes: vec![],
        control: Some(ControlSpan {
            start_ns: -1000 * MS,
            length_ns: 1_000_000_000,
            completed: 1000,
            p50_ns: None,
            p99_ns: None,
            max_ns: None,
        }),
        overhead: Overhead::default(),
        stacks: Availability::not_recorded(),
        // 5 µs, as a virtual machine of 2026 has.
        tlb_interrupt_ns: Availability::Value(5000.0),
    });
    let row = |at: i64| CounterRow {
        start_ns: at * 100 * MS,
        length_ns: 100 * MS as u64,
        values: counters.iter().map(|(_, control, value)| Some(if at < 0 { *control } else { *value })).collect(),
    };
    let columns = counters.iter().map(|(name, ..)| (*name).to_owned()).collect();
    Recorded {
        left_out: Default::default(),
        latencies: BTreeMap::new(),
        responses: vec![],
        slots: Slots { width_ns: MS as u64, instances: vec![vec![]] },
        stalls,
        pauses: vec![],
        stops: vec![],
        counters: Counters { columns, rows: (-10..10).map(row).collect() },
        run,
    }
}

fn top(diagnosis: &Diagnosis) -> (&str, Confidence) {
    let finding = diagnosis.findings.first().expect("a finding");
    (&finding.cause, finding.confidence)
}

/// Readers that waited for the lock while the writer's sync took 49 ms of CPU time.
fn behind_a_sync() -> Vec<Stall> {
    let mut stalls = readers(300, &[("lock", 40, 0, 0)]);
    stalls.push(stall(Role::Writer, 0, 290, &[("lock", 1, 0, 0), ("sync-1", 50, 49, 0), ("unlock", 1, 0, 0)]));
    stalls
}

/// Readers that waited for the lock, and a commit with such a part and release.
fn behind_a_commit(part: Part, release: Part) -> Vec<Stall> {
    let mut stalls = readers(300, &[("lock", 90, 0, 0)]);
    stalls.push(stall(Role::Writer, 0, 299, &[("lock", 1, 0, 0), part, release]));
    stalls
}

/// Operations of a role that wait for the lock while a writer repacks the file.
fn behind_a_repack(role: Role) -> Recorded {
    let parts = [("lock", 1, 0, 0), ("sync-1", 1, 0, 0), ("unlock", 1, 0, 0), ("repack", 95, 10, 0)];
    let waiting = (1..51).map(|worker| stall(role, worker, 303, &[("lock", 90, 0, 0)]));
    let mut recorded = recorded(waiting.chain([stall(Role::Writer, 0, 299, &parts)]).collect(), &[]);
    recorded.run.summary.writers = totals(100, 100, 51);
    recorded
}

/// A writer that is 600 ms behind when measuring begins, and completes a commit every 10 ms.
fn behind_since_the_warm_up() -> Recorded {
    let commit = |number: i64| Stall {
        due_ns: (number - 60) * 10 * MS,
        end_ns: number * 10 * MS,
        ..stall(Role::Writer, 0, number * 10 - 10, &[("lock", 1, 0, 0), ("sync-1", 9, 0, 0)])
    };
    let mut recorded = recorded((0..160).map(commit).collect(), &[]);
    recorded.slots.instances = vec![vec![Slot::default(); 1000]];
    recorded.run.summary.writers = totals(100, 40, 100);
    recorded
}

#[test]
fn who_catches_up_on_the_warm_up_is_not_frozen() {
    let mut recorded = behind_since_the_warm_up();
    assert_eq!(diagnose(&recorded, &[]).freezes, []);
    recorded.stalls.retain(|stall| stall.due_ns >= 0);
    let freezes = diagnose(&recorded, &[]).freezes;
    let [freeze] = &freezes[..] else { panic!("{freezes:?}") };
    assert!(freeze.role == Some(Role::Writer) && freeze.end_ns > 590_000_000, "{freeze:?}");
}

/// Readers that slept in page faults while they searched, as illumos's microstates report.
fn asleep_in_faults(waited_us: Option<u32>) -> Vec<Stall> {
    let mut stalls = readers(300, &[("search", 40, 0, 0)]);
    stalls.iter_mut().for_each(|stall| (stall.minor_faults, stall.fault_wait_us) = (None, waited_us));
    stalls
}

/// A run with ten commits a second and 500 mappers, on two CPUs that send so many cross calls in 100 ms each.
fn with_cross_calls(stalls: Vec<Stall>, calls: f64) -> Recorded {
    let columns = [("cross_calls.cpu0", 1.0, calls), ("cross_calls.cpu1", 1.0, calls)];
    let mut recorded = recorded(stalls, &columns);
    recorded.run.summary.writers.completed_per_s = 10.0;
    recorded
}

#[test]
fn each_rule_names_its_cause_and_no_other() {
    use Confidence::{High, Low, Medium, Seen};
    let at_folios = [("reader_stacks.folio", 0.0, 3.0), ("reader_stacks.file_lock", 0.0, 1.0)];
    // Per 100 ms: 10,000 received on each of two CPUs.
    let received = [("tlb_interrupts.cpu0", 1.0, 10_000.0), ("tlb_interrupts.cpu1", 1.0, 10_000.0)];
    let attempted = [("tlb_interrupts.cpu0", 1.0, 1.0), ("tlb_flush.remote_attempted", 1.0, 20_000.0)];
    let slept = Some(38_000);
    let release = ("unlock", 1, 0, 0);
    for (recorded, cause, confidence, last_of_chain) in [
        (recorded(behind_a_sync(), &received), "tlb-shootdowns", High, ""),
        (recorded(behind_a_sync(), &attempted), "sync-walks-mappers", High, "did not rise"),
        // 10,000 a second at ten commits: two for each mapper and commit.
        (
            with_cross_calls(behind_a_sync(), 501.0),
            "demap-walks-mappers",
            High,
            "2.0 cross calls a commit for each of 500 mappers",
        ),
        // 1000 a second are one for every fifth mapper: the sync walks, but interrupts few CPUs (x86).
        (with_cross_calls(behind_a_sync(), 51.0), "sync-walks-mappers", High, "cross calls: 1020 a second"),
        (with_cross_calls(asleep_in_faults(slept), 1.0), "faults-behind-file-lock", High, ""),
        (with_cross_calls(asleep_in_faults(slept), 501.0), "demap-walks-mappers", High, ""),
        (recorded(asleep_in_faults(slept), &[]), "faults-behind-file-lock", Medium, ""),
        // Where the time asleep in faults is unavailable or short, nothing is concluded.
        (with_cross_calls(asleep_in_faults(None), 1.0), "unexplained", Low, ""),
        (with_cross_calls(asleep_in_faults(Some(15_000)), 1.0), "unexplained", Low, ""),
        (recorded(behind_a_commit(("checkpoint", 95, 10, 0), release), &[]), "lock-held-over-checkpoint", High, ""),
        (recorded(behind_a_commit(("sync-1", 5, 0, 0), ("unlock", 90, 80, 0)), &[]), "lock-convoy", High, ""),
        (recorded(readers(300, &[("search", 200, 0, 0)]), &at_folios), "folio-lock", Seen, ""),
        (behind_a_repack(Role::Writer), "commit-behind-repack", High, "beside its readers"),
    ] {
        let diagnosis = diagnose(&recorded, &[]);
        assert_eq!(top(&diagnosis), (cause, confidence));
        let chain = &diagnosis.findings[0].chain;
        assert!(chain.last().unwrap().contains(last_of_chain), "{chain:?}");
    }
}

#[test]
fn a_repack_keeps_no_reader_waiting() {
    let diagnosis = diagnose(&behind_a_repack(Role::Reader), &[]);
    assert_eq!(diagnosis.findings[0].cause, "lock-held-by-another", "{:?}", diagnosis.findings);
    // The writer's own wait, of 51 operations.
    let repack = diagnosis.findings.iter().find(|finding| finding.cause == "commit-behind-repack");
    assert!(repack.is_none_or(|finding| finding.share < 0.04), "{repack:?}");
}

#[test]
fn a_walk_that_was_traced_is_reported_with_the_inferred_one() {
    // Per 100 ms, of which the measured span has ten.
    let mut recorded = recorded(behind_a_sync(), &[("mkclean_ns", 9000.0, 8_000_000.0)]);
    recorded.run.summary.writers.completed = 2;
    let finding = &diagnose(&recorded, &[]).findings[0];
    assert_eq!(finding.cause, "sync-walks-mappers");
    let values: Vec<f64> = finding.figures.iter().take(2).map(|figure| figure.value).collect();
    // 49 ms, and 80 ms of two commits, for 500 mappers.
    assert!((values[0] - 98.0).abs() < 0.1 && (values[1] - 80.0).abs() < 0.1, "{values:?}");
    assert!(finding.chain.last().unwrap().contains("traced: 80.00 µs"), "{:?}", finding.chain);
    // If an interval could not be read, the total is unknown.
    recorded.counters.rows.last_mut().unwrap().values[0] = None;
    let finding = &diagnose(&recorded, &[]).findings[0];
    assert!(!finding.chain.last().unwrap().contains("traced"), "{:?}", finding.chain);
}

#[test]
fn a_stop_of_the_whole_machine_is_the_hypervisors() {
    let mut recorded = recorded(readers(300, &[("start-delay", 200, 0, 0)]), &[("cpu_steal_us", 0.0, 150_000.0)]);
    for noise_probe in ["pinned", "unpinned"] {
        let (start_ns, end_ns) = (300 * MS, 500 * MS);
        recorded.pauses.push(Pause { noise_probe: noise_probe.to_owned(), start_ns, end_ns, queued_ns: Some(0) });
    }
    let clause = Clause::parse("rate>=0.5").unwrap();
    let diagnosis = diagnose(&recorded, &[clause]);
    assert_eq!(top(&diagnosis), ("hypervisor", Confidence::High));
    assert_eq!(diagnosis.verdict.unwrap().outcome, Judgement::Met, "the machine stopped, not the load generator");
    // If one noise probe ticked on, only the load generator was stopped, and the run is invalid.
    recorded.pauses.pop();
    let diagnosis = diagnose(&recorded, &[clause]);
    assert_eq!(top(&diagnosis).0, "late-wake-up");
    let verdict = diagnosis.verdict.unwrap();
    assert_eq!(verdict.outcome, Judgement::Invalid);
    assert!(verdict.reasons[0].contains("schedule"), "{:?}", verdict.reasons);
    assert!(verdict.clauses[0].met, "each objective is still judged");
}

#[test]
fn workers_that_a_writer_stops_while_they_sleep_are_stopped_and_not_late() {
    // Of 400 ms that each reader was late, it was stopped for 300, and waited for a CPU after that.
    let mut stalls = readers(300, &[("start-delay", 400, 0, 100)]);
    stalls.push(stall(Role::Writer, 0, 280, &[("lock", 1, 0, 0), ("sync-1", 19, 0, 0), ("emulated", 300, 0, 0)]));
    let mut recorded = recorded(stalls, &[]);
    let clause = Clause::parse("rate>=0.5").unwrap();
    let late = diagnose(&recorded, &[clause]);
    assert_eq!(top(&late).0, "late-wake-up");
    assert_eq!(late.verdict.unwrap().outcome, Judgement::Invalid);
    recorded.run.scenario.writer.emulate = Emulation::StopMappers { base_ns: 1, per_mapper_ns: 1 };
    let stopped = diagnose(&recorded, &[clause]);
    assert_eq!(top(&stopped), ("emulated", Confidence::High));
    let shares: Vec<_> = stopped.findings.iter().map(|found| (&*found.cause, (found.share * 100.0).round())).collect();
    assert_eq!(shares, [("emulated", 75.0), ("run-queue", 25.0)], "each part of the time has its own cause");
    assert_eq!(stopped.verdict.unwrap().outcome, Judgement::Met);
    // A writer that stops nobody explains nothing: the generator was late.
    recorded.stalls.pop();
    assert_eq!(diagnose(&recorded, &[clause]).verdict.unwrap().outcome, Judgement::Invalid);
}

#[test]
fn a_wait_for_readers_is_attributed_to_what_they_do() {
    let mut stalls = readers(300, &[("lock", 1, 0, 0), ("remap", 90, 0, 0), ("unlock", 1, 0, 0)]);
    stalls.iter_mut().for_each(|stall| stall.minor_faults = Some(20));
    stalls.push(stall(Role::Writer, 0, 302, &[("lock", 85, 0, 0), ("sync-1", 1, 0, 0)]));
    let diagnosis = diagnose(&recorded(stalls, &[]), &[]);
    assert_eq!(top(&diagnosis), ("remap-herd", Confidence::High));
    assert_eq!(diagnosis.findings.len(), 1, "{:?}", diagnosis.findings);
    // The same wait without readers that hold the lock is due to another process.
    let alone = vec![stall(Role::Writer, 0, 302, &[("lock", 85, 0, 0), ("sync-1", 1, 0, 0)])];
    let mut recorded = recorded(alone, &[]);
    recorded.run.summary.writers.stalls = 5;
    recorded.run.summary.writers.completed = 10;
    assert_eq!(top(&diagnose(&recorded, &[])), ("lock-held-by-another", Confidence::Low));
}

#[test]
fn time_without_a_cause_is_unexplained() {
    let diagnosis = diagnose(&recorded(readers(300, &[("search", 200, 0, 0)]), &[]), &[]);
    assert_eq!(top(&diagnosis), ("unexplained", Confidence::Low));
    assert!((diagnosis.findings[0].share - 1.0).abs() < 1e-9);
    assert_eq!(diagnosis.stalled_ns, 50 * 200 * MS as u64);
}

#[test]
fn noise_that_the_control_span_has_too_is_no_finding() {
    // Fifty of a thousand operations were slow, and thirty of a thousand in the control span.
    let mut stalls = readers(300, &[("start-delay", 30, 0, 30)]);
    assert_eq!(diagnose(&recorded(stalls.clone(), &[]), &[]).findings.len(), 1);
    stalls.extend((0..30).map(|worker| stall(Role::Reader, worker, -500, &[("start-delay", 30, 0, 30)])));
    let mut with_control = recorded(stalls, &[]);
    with_control.run.summary.readers.stalls = 50;
    assert_eq!(diagnose(&with_control, &[]).findings, []);
}

#[test]
fn shares_add_up_and_every_cause_has_a_name_of_its_own() {
    let mut stalls = readers(300, &[("lock", 60, 0, 0), ("search", 30, 0, 30)]);
    stalls.push(stall(Role::Writer, 0, 299, &[("lock", 1, 0, 0), ("sync-1", 60, 0, 0), ("unlock", 1, 0, 0)]));
    let diagnosis = diagnose(&recorded(stalls, &[]), &[]);
    let shares: f64 = diagnosis.findings.iter().map(|finding| finding.share).sum();
    assert!((0.9..=1.0 + 1e-9).contains(&shares), "{shares}");
    let mut names: Vec<_> = super::CAUSES.iter().map(|cause| cause.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), super::CAUSES.len());
}
