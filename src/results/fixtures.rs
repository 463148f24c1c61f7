//! Small made-up results for tests: an outcome of two instances, three intervals, readers and one writer; its run; a sweep; a what-if; an A/B comparison.

mod ab;
mod cost;
mod inspection;
mod qualify;
mod ranking;
mod what_if;

use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use super::*;
use crate::{
    driver::outcome::{Interval, Measured, Outcome, Role, Tag},
    mailboxes::{Format, Phase},
    scenario::{Axis, Emulation, Scenario, Setting},
    shm::{Counts, SharedHistogram, Slot, Slots, index_of},
    stats::Estimate,
};

pub use ab::ab;
pub use cost::{cost_of_formats, cost_on_file_systems};
pub use inspection::inspection;
pub use qualify::qualification;
pub use ranking::{ranked, ranking};
pub use what_if::what_if;

/// The directory of a stored result.
pub fn sample(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples").join(name)
}

pub const LOOKUP: Tag = Tag { role: Role::Reader, operation: "lookup", series: Series::Response };
pub const SERVICE: Tag = Tag { role: Role::Reader, operation: "lookup", series: Series::Service };
pub const LOCK: Tag = Tag { role: Role::Reader, operation: "lookup", series: Series::Phase(Phase::Lock) };
pub const STORE: Tag = Tag { role: Role::Writer, operation: "store", series: Series::Response };
const MS: u64 = 1_000_000;

fn counts(values_ns: &[u64]) -> Counts {
    let mut counters: BTreeMap<u16, u32> = BTreeMap::new();
    values_ns.iter().for_each(|&value| *counters.entry(index_of(value) as u16).or_default() += 1);
    Counts::new(counters.into_iter().collect())
}

pub fn outcome() -> Outcome {
    let interval = |start_ns, length_ns, counts, stalled, page_table_bytes| Interval {
        start_ns,
        length_ns,
        counts,
        stalled,
        page_table_bytes,
        runnable: None,
    };
    let intervals = vec![
        interval(
            0,
            100 * MS,
            vec![(LOOKUP, counts(&[MS, 2 * MS])), (SERVICE, counts(&[MS / 2; 2]))],
            vec![0, 3],
            Some(4096),
        ),
        // A sample of the driver that was delayed.
        interval(
            100 * MS,
            150 * MS + 1,
            vec![(LOOKUP, counts(&[5 * MS])), (SERVICE, counts(&[3 * MS])), (STORE, counts(&[40 * MS]))],
            vec![1, 0],
            None,
        ),
        interval(250 * MS + 1, 50 * MS - 1, vec![(LOCK, counts(&[MS, MS]))], vec![0, 0], Some(8192)),
    ];
    let mut measured: Vec<Measured> = Vec::new();
    for (tag, counts) in intervals.iter().flat_map(|interval| &interval.counts) {
        if !measured.iter().any(|known| known.tag == *tag) {
            measured.push(Measured { tag: *tag, histogram: SharedHistogram::empty() });
        }
        if let Some(known) = measured.iter_mut().find(|known| known.tag == *tag) {
            counts.add_to(&mut known.histogram);
        }
    }
    let slot = |place: u32| Slot { due: place % 3, completed: u32::from(place.is_multiple_of(7)) };
    let instances = vec![(0..300).map(slot).collect(), (5..305).map(slot).collect()];
    Outcome {
        began: UNIX_EPOCH + Duration::from_secs(1_190_000_000),
        ready_ns: 12 * MS,
        measured_ns: 300 * MS,
        due: [4, 2],
        completed: [3, 1],
        stalls: [0, 1],
        in_flight: Vec::new(),
        errors: 0,
        first_error: None,
        lost: Vec::new(),
        interrupted: false,
        interrupted_in: None,
        troubles: Vec::new(),
        page_table_bytes: Some(8192),
        load_average: None,
        driver_cpu_ns: Some(3 * MS),
        driven_ns: 5300 * MS,
        measured,
        intervals,
        slots: Slots { width_ns: MS, instances },
        monotonic_began_ns: 7,
        evidence: None,
        trace: None,
    }
}

/// A figure that is known to a tenth.
pub fn about(value: f64) -> Estimate {
    Estimate { value, low: 0.9 * value, high: 1.1 * value }
}

fn not_asked<T>() -> Availability<T> {
    Availability::Unavailable { unavailable: "not asked".to_owned() }
}

/// A machine that is the same wherever and whenever the tests run.
fn environment() -> Environment {
    Environment {
        system: "Linux".to_owned(),
        kernel: "6.18.1".to_owned(),
        kernel_version: "#1 SMP".to_owned(),
        architecture: "x86_64".to_owned(),
        host: "sample".to_owned(),
        cpu_model: Availability::Value("Sample CPU".to_owned()),
        cpus_online: Availability::Value(2),
        cpus_allowed: Availability::Value(2),
        cpu_quota: Availability::Value(None),
        memory_bytes: Availability::Value(24 << 30),
        page_size: Availability::Value(4096),
        platform: Platform::unavailable("not asked"),
        cpu_frequency_at_start: not_asked(),
        hypervisor: Availability::Value("KVM".to_owned()),
        clock_source: Availability::Value("tsc".to_owned()),
        huge_pages: Availability::Value("madvise".to_owned()),
        file_system: not_asked(),
        limits: Vec::new(),
        evidence: Vec::new(),
    }
}

/// The `run.json` of an outcome, every volatile value fixed.
pub fn run(outcome: &Outcome) -> Run {
    let text = "name = \"sample\"\n[file]\nmailboxes = 500\n[instances]\ncount = 2\n[readers]\ncount = 6\n";
    let scenario = Scenario::parse("sample.toml", text, &[]).unwrap();
    let folios = Availability::Value(vec![Folios { bytes: 4096, count: 3 }, Folios { bytes: 1 << 20, count: 150 }]);
    let file = FileFacts {
        instance: 0,
        format: Format::Twoskip,
        order: crate::mailboxes::KeyOrder::Plain,
        records: 1000,
        bytes_at_start: Availability::Value(150 << 20),
        bytes_at_end: Availability::Value(151 << 20),
        write_size: 1 << 20,
        folios,
    };
    let started = jiff::Timestamp::UNIX_EPOCH;
    let files = vec![file.clone(), FileFacts { instance: 1, ..file }];
    resolve(&scenario, outcome, Circumstances { command: vec![], started, environment: environment(), files })
}

/// A freeze of all instances, in which nothing completed.
pub fn freeze(start_ms: u64, end_ms: u64) -> Freeze {
    Freeze {
        instance: None,
        role: None,
        start_ns: start_ms * MS,
        end_ns: end_ms * MS,
        due: 9,
        completed: 0,
        waiting: 9,
        workers: 9,
        noise_probes: vec![],
        writer: vec![],
    }
}

/// A knee along `readers.count`.
pub fn knee(answer: Answer, load: f64, [low, high]: [Option<f64>; 2]) -> Knee {
    let (key, at) = ("readers.count".to_owned(), vec![]);
    Knee { key, at, answer, load: Some(load), low, high, decisions: vec![], runs: 9, invalid: 0, notes: vec![] }
}

/// A run of a sweep over `readers.count`, with 2 operations a second of each reader, all completed, judged as given.
pub fn swept(order: u32, load: f64, repeat: u32, judgement: Option<Judgement>) -> SweptRun {
    let settings = vec![Setting { key: "readers.count".to_owned(), value: load.to_string(), number: Some(load) }];
    let totals = |rate: f64| Totals {
        due: (rate * 10.0) as u64,
        completed: (rate * 10.0) as u64,
        stalls: 0,
        due_per_s: rate,
        completed_per_s: rate,
    };
    let responses = |role, count, p50_ns| Responses {
        unfinished: 0,
        at_least_from: None,
        role,
        operation: "all".to_owned(),
        count,
        p50_ns,
        p90_ns: 2 * p50_ns,
        p99_ns: 9 * p50_ns + u64::from(repeat) * MS,
        max_ns: 20 * p50_ns,
    };
    SweptRun {
        order,
        settings,
        repeat,
        seed: 7,
        scenario_hash: "0".repeat(64),
        directory: format!("points/{order:02}-readers.count={load}-r{repeat}"),
        emulate: Emulation::Nothing,
        complete: true,
        errors: 0,
        mappers: load as u32 + 1,
        readers: totals(2.0 * load),
        writers: totals(10.0),
        responses: vec![responses(Role::Reader, (20.0 * load) as u64, 100_000), responses(Role::Writer, 400, 3 * MS)],
        hold_ns: Some(1e6 + 5e3 * (load + 1.0)),
        commit_spread: Vec::new(),
        reader_own_ns: Some(50e3),
        reader_turn_ns: None,
        freezes: 0,
        longest_freeze_ns: None,
        stalled_ns_per_s: Some(0.0),
        frozen_share: Some(0.0),
        verdict: judgement.map(|outcome| Verdict {
            outcome,
            reasons: if outcome == Judgement::Invalid { vec!["7 operations failed".to_owned()] } else { vec![] },
            clauses: vec![],
        }),
        load_average: Some(1.5),
        finding: None,
    }
}

/// A sweep over `readers.count` of such runs, without knees, throughput and predictions.
pub fn sweep(runs: Vec<SweptRun>) -> SweepReport {
    let mut numbers: Vec<f64> = runs.iter().filter_map(|run| run.settings[0].number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    SweepReport {
        format_version: super::FORMAT_VERSION,
        mapstorm_version: "0.1.0".to_owned(),
        scenario: "sample".to_owned(),
        started: "2007-09-24T08:00:00Z".to_owned(),
        ended: "2007-09-24T09:00:00Z".to_owned(),
        complete: true,
        axes: vec![Axis {
            key: "readers.count".to_owned(),
            values: numbers.iter().map(ToString::to_string).collect(),
            numbers: Some(numbers),
        }],
        repeats: 3,
        planned: Some(runs.len() as u32),
        seed: 7,
        machine: Some(Machine {
            host: "imap1".to_owned(),
            cpu_model: not_asked(),
            hypervisor: Availability::Value("none".to_owned()),
            ..Machine::of_environment(&environment())
        }),
        runs,
        ..SweepReport::default()
    }
}

/// Writes a run directory as a driver does that is not killed.
pub fn write(directory: &std::path::Path, run: &Run, outcome: &Outcome) {
    let mut written = run.clone();
    super::write(directory, &mut written, outcome);
    assert_eq!(written.summary.incomplete_because, run.summary.incomplete_because, "all of it could be written");
}
