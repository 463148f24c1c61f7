//! A small made-up outcome for the tests of this room: two instances, three intervals, readers and one writer.

use std::{
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use super::{Circumstances, Environment, FileFacts, Folios, Known, Run, resolve};
use crate::record::{Counts, Interval, Measured, Outcome, SharedHistogram, Slot, Slots, Tag, index_of};
use crate::{mailboxes::Format, scenario::Scenario};

pub const LOOKUP: Tag = Tag { role: "reader", operation: "lookup", series: "response" };
pub const SERVICE: Tag = Tag { role: "reader", operation: "lookup", series: "service" };
pub const LOCK: Tag = Tag { role: "reader", operation: "lookup", series: "lock" };
pub const STORE: Tag = Tag { role: "writer", operation: "store", series: "response" };
const MS: u64 = 1_000_000;

fn counts(values_ns: &[u64]) -> Counts {
    let mut counters: Vec<(u16, u32)> = values_ns.iter().map(|&value| (index_of(value) as u16, 1)).collect();
    counters.sort_unstable();
    counters.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    Counts::new(counters)
}

/// The outcome.
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
        // A look that came late.
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
        errors: 0,
        first_error: None,
        lost: Vec::new(),
        interrupted: false,
        page_table_bytes: Some(8192),
        load_average: None,
        driver_cpu_ns: Some(3 * MS),
        measured,
        intervals,
        slots: Slots { width_ns: MS, instances },
        monotonic_began_ns: 7,
        evidence: None,
    }
}

/// What stands in `run.json` for an outcome, every volatile value fixed.
pub fn run(outcome: &Outcome) -> Run {
    let text = "name = \"sample\"\n[file]\nmailboxes = 500\n[instances]\ncount = 2\n[readers]\ncount = 6\n";
    let scenario = Scenario::parse("sample.toml", text, &[]).unwrap();
    let mut environment = Environment::probe(Path::new("."), &[]);
    (environment.system, environment.kernel) = ("Linux".to_owned(), "6.18.1".to_owned());
    environment.architecture = "x86_64".to_owned();
    environment.cpus_allowed = Known::Value(2);
    environment.cpus_online = Known::Value(2);
    environment.evidence.clear();
    environment.memory_bytes = Known::Value(24 << 30);
    environment.file_system = Known::Unavailable { unavailable: "not asked".to_owned() };
    let folios = Known::Value(vec![Folios { bytes: 4096, count: 3 }, Folios { bytes: 1 << 20, count: 150 }]);
    let file = FileFacts {
        instance: 0,
        format: Format::Twoskip,
        records: 1000,
        bytes_at_start: Known::Value(150 << 20),
        bytes_at_end: Known::Value(151 << 20),
        write_size: 1 << 20,
        folios,
    };
    let started = jiff::Timestamp::UNIX_EPOCH;
    let files = vec![file.clone(), FileFacts { instance: 1, ..file }];
    resolve(&scenario, outcome, Circumstances { command: vec![], started, environment, files })
}
