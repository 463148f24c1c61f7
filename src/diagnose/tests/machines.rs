//! Limits of a machine: CPU time beyond a quota, and figures that are unavailable.

use super::{MS, behind_a_sync, diagnose, readers, recorded, top};
use crate::results::{Availability, Confidence, CpuQuota, Datum, Evidence, Recorded, Stall};

/// A quota of 5 ms of every 100 ms, used up in the measured span for so many microseconds of each interval of 100 ms, but not before.
fn under_quota(stalls: Vec<Stall>, throttled_us: f64) -> Recorded {
    let counters = [
        ("cpu_quota_periods", 1.0, 1.0),
        ("cpu_quota_throttled_periods", 0.0, f64::from(throttled_us > 0.0)),
        ("cpu_quota_throttled_us", 0.0, throttled_us),
        ("runnable", 1.0, 20.0),
    ];
    let mut recorded = recorded(stalls, &counters);
    recorded.run.environment.cpu_quota = Availability::Value(Some(CpuQuota {
        group: "/sys/fs/cgroup/box".to_owned(),
        setting: "cpu.max".to_owned(),
        quota_us: 5000,
        period_us: 100_000,
    }));
    recorded
}

#[test]
fn waits_while_the_quota_is_used_up_are_waits_for_the_quota() {
    // Queued, and behind a lock whose holder left no record because it was held up itself.
    let mut stalls = readers(300, &[("start-delay", 60, 0, 60)]);
    stalls.extend(readers(600, &[("lock", 90, 0, 0)]));
    let diagnosis = diagnose(&under_quota(stalls.clone(), 90_000.0), &[]);
    assert_eq!(top(&diagnosis), ("cpu-quota", Confidence::High));
    assert_eq!(diagnosis.findings.len(), 1, "neither run-queue nor a lock of others: {:?}", diagnosis.findings);
    let finding = &diagnosis.findings[0];
    let wanted = "0.05 CPUs (5 ms of every 100 ms, cpu.max of /sys/fs/cgroup/box) was used up in 10 of 10 periods";
    assert!(finding.chain.last().unwrap().starts_with(wanted), "{:?}", finding.chain);
    assert!(finding.advice[0].contains("of /sys/fs/cgroup/box:"), "{:?}", finding.advice);
    // A quota that was never used up is no cause.
    let diagnosis = diagnose(&under_quota(stalls, 0.0), &[]);
    let causes: Vec<_> = diagnosis.findings.iter().map(|finding| &*finding.cause).collect();
    assert_eq!(causes, ["lock-held-by-another", "run-queue"]);
    assert!(!diagnosis.caveats.iter().any(|caveat| caveat.contains("cannot be judged")), "{:?}", diagnosis.caveats);
}

#[test]
fn a_quota_explains_only_the_time_in_which_it_was_used_up() {
    let mut stalls = readers(300, &[("start-delay", 60, 0, 60)]);
    stalls.extend(readers(800, &[("start-delay", 60, 0, 60)]));
    let mut recorded = under_quota(stalls, 0.0);
    let place = recorded.counters.column("cpu_quota_throttled_us").unwrap();
    let rows = recorded.counters.rows.iter_mut();
    rows.filter(|row| (300..400).contains(&(row.start_ns / MS))).for_each(|row| row.values[place] = Some(90_000.0));
    let shares: Vec<_> =
        diagnose(&recorded, &[]).findings.iter().map(|finding| (finding.cause.clone(), finding.share)).collect();
    assert_eq!(shares, [("cpu-quota".to_owned(), 0.5), ("run-queue".to_owned(), 0.5)]);
    // A holder of the lock that was seen is the cause, not the quota.
    let mut recorded = under_quota(readers(600, &[("lock", 90, 0, 0)]), 90_000.0);
    recorded.counters.columns.push("write_locks_of_others".to_owned());
    recorded.counters.rows.iter_mut().for_each(|row| row.values.push(Some(1.0)));
    assert_eq!(top(&diagnose(&recorded, &[])).0, "lock-held-by-another");
}

#[test]
fn a_cause_that_cannot_be_judged_here_says_so() {
    let counters = [("tlb_interrupts.cpu0", 0.0, 0.0), ("tlb_flush.remote_received", 0.0, 0.0)];
    let mut recorded = recorded(behind_a_sync(), &counters);
    let missing = |name: &str| Datum {
        name: name.to_owned(),
        available: Availability::Unavailable { unavailable: format!("{name}: not here") },
    };
    let timer = Datum { name: "timer_interrupts".to_owned(), available: Availability::Value(true) };
    recorded.run.environment.evidence = vec![Evidence {
        source: "interrupts".to_owned(),
        available: Availability::Value(true),
        columns: vec![missing("tlb_interrupts"), missing("tlb_flush.remote_received"), timer],
    }];
    recorded.counters.rows.iter_mut().for_each(|row| row.values.fill(None));
    let diagnosis = diagnose(&recorded, &[]);
    assert_eq!(top(&diagnosis).0, "sync-walks-mappers");
    assert!(diagnosis.findings[0].chain.last().unwrap().contains("TLB interrupts are unavailable"), "{diagnosis:?}");
    let caveats = diagnosis.caveats.join("\n");
    assert!(caveats.contains("`tlb-shootdowns` cannot be judged: tlb_interrupts: not here"), "{caveats}");
    assert!(caveats.contains("unavailable on this machine: tlb_interrupts; tlb_flush.remote_received"), "{caveats}");
    assert!(!caveats.contains("demap-walks-mappers"), "what only another system counts is not missed: {caveats}");
    // The tracepoint counts some of the flushes where they arrive: many are enough to name the cause.
    let rows = recorded.counters.rows.iter_mut();
    rows.for_each(|row| row.values[1] = Some(if row.start_ns < 0 { 1.0 } else { 20_000.0 }));
    let diagnosis = diagnose(&recorded, &[]);
    assert_eq!(top(&diagnosis), ("tlb-shootdowns", Confidence::High));
    let wanted =
        "`tlb-shootdowns` is judged by tlb_flush.remote_received alone, which counts fewer: tlb_interrupts: not here";
    assert!(diagnosis.caveats.contains(&wanted.to_owned()), "{:?}", diagnosis.caveats);
}

#[test]
fn pages_that_others_read_again_are_no_want_of_memory_while_nobody_waits_for_it() {
    let blocked = || readers(300, &[("search", 40, 0, 0)]);
    let cause = |counters: &[(&str, f64, f64)]| {
        let diagnosis = diagnose(&recorded(blocked(), counters), &[]);
        top(&diagnosis).0.to_owned()
    };
    let pages = ("refaulted_file_pages", 0.0, 200.0);
    assert_eq!(cause(&[pages, ("pressure_memory_some_us", 0.0, 10_000.0)]), "memory-pressure");
    // Where that is not counted, the pages are all there is.
    assert_eq!(cause(&[pages]), "memory-pressure");
    assert_ne!(cause(&[pages, ("pressure_memory_some_us", 0.0, 0.0)]), "memory-pressure");
}
