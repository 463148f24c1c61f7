//! Trouble made on purpose, and the diagnosis that must name it. `cargo bench --bench confusion` does so sixty times and more.
//! One at a time: each would be trouble for the others.
#![cfg(target_os = "linux")]

mod inject;

use std::{path::Path, sync::Mutex};

use inject::{Injection, Outcome};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn outcome(injection: Injection) -> Option<Outcome> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // Control groups cannot be installed: where there are none, CI does without them too.
    if let Some(why) = injection.impossible(directory.path()) {
        eprintln!("skipped {}: {why}", injection.name());
        return None;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_mapstorm"));
    Some(inject::run(program, injection, 7, "8s", directory.path()).unwrap())
}

/// Share of the stalled time that the diagnosis gives to a cause.
fn share(outcome: &Outcome, cause: &str) -> f64 {
    let findings = outcome.run["diagnosis"]["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["cause"] == cause);
    found.map_or(0.0, |finding| finding["share"].as_f64().unwrap())
}

/// Whether more processes than the injection's own and those of a quiet machine wanted the CPUs before measuring began, on average.
fn was_busy_before(outcome: &Outcome) -> bool {
    let mut counters = csv::Reader::from_reader(outcome.counters.as_bytes());
    let header = counters.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (start, runnable) = (place("start_s"), place("runnable"));
    let number = |row: &csv::StringRecord, place: usize| row[place].parse::<f64>().ok();
    let rows: Vec<csv::StringRecord> = counters.records().map(Result::unwrap).collect();
    let before = rows.iter().filter(|row| number(row, start) < Some(0.0));
    let wanted: Vec<f64> = before.filter_map(|row| number(row, runnable)).collect();
    let cpus = outcome.run["environment"]["cpus_online"].as_f64().unwrap();
    wanted.iter().sum::<f64>() > (cpus + 1.5) * wanted.len() as f64
}

/// The cause must be found, with most of its freeze if everybody was stopped.
fn must_be_named(injection: Injection) -> Option<Outcome> {
    let outcome = outcome(injection)?;
    let cause = injection.cause().unwrap();
    let diagnosis = &outcome.run["diagnosis"];
    assert!(share(&outcome, cause) > 0.2, "{cause}, not {:?}: {diagnosis:#}", outcome.cause());
    if injection.has_edges() {
        // How exact the edges are is for the benchmark to say, on a quiet machine.
        assert!(outcome.edges_off_ns().is_some() && outcome.covered() > Some(0.5), "{diagnosis:#}");
        let caught =
            diagnosis["freezes"].as_array().unwrap().iter().map(|freeze| freeze["workers"].as_u64().unwrap()).max();
        assert!(caught > Some(100), "{diagnosis:#}");
    }
    Some(outcome)
}

#[test]
fn workers_stopped_by_a_signal_are_found() {
    let _ = must_be_named(Injection::StopAll);
}

#[test]
fn a_third_of_the_readers_stopped_is_found() {
    let _ = must_be_named(Injection::StopThird);
}

#[test]
fn a_lock_held_by_another_process_is_found_and_seen_in_the_stacks_of_those_that_wait() {
    let Some(outcome) = must_be_named(Injection::HoldLock) else { return };
    let stacks = &outcome.run["recording"]["stacks"];
    let Some(samples) = stacks["samples"].as_u64() else {
        assert!(!nix::unistd::geteuid().is_root() || stacks["unavailable"].is_string(), "{stacks}");
        return;
    };
    assert!(samples > 20, "{stacks}");
    let commonest = stacks["commonest"].as_array().unwrap().iter().find(|stack| stack["role"] == "reader").unwrap();
    let functions = commonest["functions"].as_array().unwrap();
    let is_lock = |name: &serde_json::Value| {
        name.as_str().unwrap().contains("setlk") || name.as_str().unwrap().contains("posix_lock")
    };
    assert!(functions.iter().any(is_lock), "{commonest}");
    assert!(
        outcome.folded.lines().all(|line| line.starts_with("reader;") || line.starts_with("writer;")),
        "{}",
        outcome.folded
    );
    let spent = stacks["spent_ns"].as_u64().unwrap();
    assert!(spent < outcome.run["summary"]["measured_ns"].as_u64().unwrap() / 20, "{stacks}");
}

#[test]
fn a_slow_device_is_found() {
    let _ = must_be_named(Injection::SlowDevice);
}

#[test]
fn a_device_that_stalls_until_the_end_is_found_and_the_writers_freeze() {
    let Some(outcome) = outcome(Injection::StalledDevice) else { return };
    let (cause, run) = (Injection::StalledDevice.cause().unwrap(), &outcome.run);
    assert!(share(&outcome, cause) > 0.2, "{cause}, not {:?}: {:#}", outcome.cause(), run["diagnosis"]);
    let freezes = run["diagnosis"]["freezes"].as_array().unwrap();
    let of_writers = freezes.iter().filter(|freeze| freeze["instance"].is_null() && freeze["completed"] == 0);
    let end_ns = run["summary"]["measured_ns"].as_u64().unwrap();
    let last = of_writers.filter_map(|freeze| freeze["end_ns"].as_u64()).max();
    assert!(last.is_some_and(|last| last + 1_000_000_000 > end_ns), "no freeze until {end_ns}: {freezes:#?}");
}

#[test]
fn short_memory_is_found() {
    let _ = must_be_named(Injection::LimitMemory);
}

#[test]
fn a_file_replaced_by_a_copy_is_found() {
    let _ = must_be_named(Injection::Replace);
}

#[test]
fn a_file_rewritten_in_place_is_found() {
    let Some(outcome) = outcome(Injection::Truncate) else { return };
    let sources = outcome.run["environment"]["evidence"].as_array().unwrap();
    let counts_removals = sources
        .iter()
        .flat_map(|source| source["columns"].as_array().unwrap())
        .any(|column| column["name"] == "page_cache_removals" && column["available"] == true);
    // Without the tracepoint all that can be seen is the lock under which it was rewritten.
    let cause = if counts_removals { Injection::Truncate.cause().unwrap() } else { "lock-held-by-another" };
    assert!(share(&outcome, cause) > 0.2, "{cause}, not {:?}: {:#}", outcome.cause(), outcome.run["diagnosis"]);
}

#[test]
fn shootdowns_by_a_thread_that_unmaps_are_found() {
    let Some(outcome) = outcome(Injection::UnmapLocked) else { return };
    // On a machine that has much else to do the price of an interrupt may be lost in the noise, or processes wait for a CPU and not for an
    // interrupt; then the cause is not named.
    let price = &outcome.run["recording"]["tlb_interrupt_ns"];
    let share = share(&outcome, "tlb-shootdowns");
    let is_excused = price["unavailable"].is_string() || was_busy_before(&outcome);
    assert!(share > 0.2 || is_excused, "{price}, {:#}", outcome.run["diagnosis"]);
}

#[test]
fn slack_timers_are_found() {
    let _ = must_be_named(Injection::SlackTimers);
}

#[test]
fn every_cause_that_is_injected_is_one_of_the_table() {
    let known: Vec<_> = mapstorm::internals::diagnose::CAUSES.iter().map(|cause| cause.name).collect();
    for cause in Injection::ALL.iter().filter_map(|injection| injection.cause()) {
        assert!(known.contains(&cause), "{cause}");
    }
}

#[test]
fn nothing_that_was_not_done_is_found() {
    let Some(outcome) = outcome(Injection::None) else { return };
    // A machine that has much else to do may show trouble of its own; but nobody stopped, froze or replaced anything.
    for cause in ["stopped-by-signal", "frozen-cgroup", "page-fault-storm"] {
        assert!(share(&outcome, cause) == 0.0, "{cause}: {:#}", outcome.run["diagnosis"]);
    }
    assert!(share(&outcome, "lock-held-by-another") < 0.5, "{:#}", outcome.run["diagnosis"]);
}
