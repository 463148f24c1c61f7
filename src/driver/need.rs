//! What a scenario needs of a machine, at most: processes, memory, and room on disks.

use super::arena::{Arena, READER_SHARD, WRITER_SHARD, stall_records};
use super::noise_probe;
use crate::mailboxes::{RecordStyle, expected_bytes, memory_of};
use crate::os::pages::page_size;
use crate::scenario::{Contents, Scenario};
use crate::shm::{PAUSES, SlotGrid};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    pub bytes: u64,
    pub files: u64,
}

impl std::ops::Add for Room {
    type Output = Room;

    fn add(self, other: Room) -> Room {
        Room { bytes: self.bytes.saturating_add(other.bytes), files: self.files.saturating_add(other.files) }
    }
}

impl std::ops::Mul<u64> for Room {
    type Output = Room;

    fn mul(self, times: u64) -> Room {
        Room { bytes: self.bytes.saturating_mul(times), files: self.files.saturating_mul(times) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub processes: u64,
    /// Bytes of memory: files in the page cache, shared memory, and either what making a file takes or workers and page tables.
    pub memory: u64,
    /// The mapped files, twice while one is rewritten, and what commits append.
    pub disk: Room,
    /// Bytes of the largest file that is written.
    pub largest_file: u64,
    pub results: Room,
    /// What a user would lower to need less.
    pub knobs: Knobs,
}

/// The names of what sets how much is needed, as messages show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knobs {
    pub processes: &'static str,
    pub size: &'static str,
    pub directory: &'static str,
    /// What sets how much there is to say in the results.
    pub results: &'static str,
}

impl Knobs {
    pub const SCENARIO: Knobs = Knobs {
        processes: "readers.count",
        size: "file.size",
        directory: "file.directory",
        results: "run.duration or readers.count",
    };
}

/// Kernel and private memory of one worker that maps nothing: stacks, task, page directories. Measured at about 100 KiB on
/// Linux 6.18 x86_64 (`cargo bench`, "memory a worker"); doubled for safety.
pub const MEMORY_A_WORKER: u64 = 200 << 10;
/// Driver, the child that makes the file, and the noise probes.
pub const OTHERS: u64 = 2 + noise_probe::NAMES.len() as u64;
/// Bytes that one commit appends at most, roughly: up to three records and their marks.
const BYTES_A_COMMIT: u64 = 1024;

impl Need {
    /// The worst case: every worker maps every page of its instance's file.
    pub fn of(scenario: &Scenario) -> Need {
        let (workers, processes) = (u64::from(scenario.workers_total()), u64::from(scenario.processes_total()));
        let instances = u64::from(scenario.instances.count);
        let file = file_bytes(scenario);
        let files = file.saturating_mul(instances);
        let page_tables = (file.div_ceil(page_size()) * size_of::<u64>() as u64).saturating_mul(processes);
        let of_workers = (workers * MEMORY_A_WORKER).saturating_add(page_tables);
        let seconds = (scenario.run.warm_up_ns + scenario.run.duration_ns).div_ceil(1_000_000_000);
        let commits = (scenario.writer.arrivals.rate_per_s().unwrap_or(0.0) * seconds as f64) as u64;
        let appended = commits.saturating_mul(BYTES_A_COMMIT);
        Need {
            // The system counts threads as it does processes.
            processes: workers + OTHERS,
            // All files are made before the first worker is forked.
            memory: of_workers
                .max(making(scenario, file))
                .saturating_add(Arena::bytes_for(scenario))
                .saturating_add(files),
            // One instance at a time is rewritten by its checkpoint; making the file needs no second copy.
            disk: Room { bytes: files.saturating_add(file).saturating_add(appended), files: instances + 1 },
            largest_file: file,
            results: results_of(scenario) + REPORT,
            knobs: Knobs::SCENARIO,
        }
    }

    /// The same as one of several runs, whose results take so much together: mapped files are removed before the next run, results stay.
    pub fn among(self, results: Room) -> Need {
        Need { results: results + REPORT, ..self }
    }
}

fn file_bytes(scenario: &Scenario) -> u64 {
    match &scenario.file.contents {
        // A source that is not there is reported later, by name.
        Contents::Copied { source } => std::fs::metadata(source).map_or(0, |status| status.len()),
        Contents::Generated { format, records, .. } => scenario
            .amount_in(0)
            .map_or(0, |amount| expected_bytes(*format, records.unwrap_or(RecordStyle::Cyrus36), amount)),
    }
}

/// Memory of the child that makes a file of `bytes`.
fn making(scenario: &Scenario, bytes: u64) -> u64 {
    match &scenario.file.contents {
        Contents::Copied { .. } => memory_of(0) + scenario.file.write_size_bytes,
        Contents::Generated { .. } => memory_of(bytes),
    }
}

/// `report.html` and the charts, of however many runs.
const REPORT: Room = Room { bytes: 4 << 20, files: 64 };

/// What the results of a run take, but for its report: each table by its rows, twice, because the length of a row is an estimate.
pub fn results_of(scenario: &Scenario) -> Room {
    // `run.json`: the fixed part, and one instance.
    const FIXED: u64 = 256 << 10;
    const AN_INSTANCE: u64 = 2 << 10;
    // One interval: a histogram of `latency.hlog`, a row of `timeline.csv`, and all of `counters.csv`; and a row of `slots.csv`.
    const A_HISTOGRAM: u64 = 512;
    const A_ROW: u64 = 160;
    const COUNTERS: u64 = 4 << 10;
    const A_SLOT: u64 = 40;
    // A line of `stalls.jsonl`: an operation, and a pause.
    const A_STALL: u64 = 800;
    const A_PAUSE: u64 = 200;
    // The directory, and the files in it.
    const FILES: u64 = 10;
    let instances = u64::from(scenario.instances.count);
    let intervals = scenario.run.duration_ns.div_ceil(scenario.run.interval_ns.max(1)) + 1;
    let slots = SlotGrid::over(scenario.run.duration_ns, scenario.instances.count).length as u64 * instances;
    let each_interval = (READER_SHARD + WRITER_SHARD) as u64 * A_HISTOGRAM + (instances + 1) * A_ROW + COUNTERS;
    let pauses = (noise_probe::NAMES.len() * PAUSES) as u64 * A_PAUSE;
    let stalls = stall_records(scenario) as u64 * A_STALL + pauses;
    let bytes = FIXED + instances * AN_INSTANCE + intervals.saturating_mul(each_interval) + slots * A_SLOT + stalls;
    Room { bytes: bytes.saturating_mul(2), files: FILES }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(file: &str, more: &str) -> Need {
        Need::of(&Scenario::parse("x.toml", &format!("[file]\n{file}\n{more}"), &[]).unwrap())
    }

    #[test]
    fn making_a_file_needs_as_much_memory_as_the_generator_takes() {
        let [small, large] = ["size = '4MiB'", "size = '1GiB'"].map(|size| need(size, "[readers]\ncount = 1"));
        assert!(small.memory > memory_of(4 << 20) && small.memory < 256 << 20, "{small:?}");
        assert!(large.memory > (1 << 30) + memory_of(1 << 30), "{large:?}");
        assert_eq!((memory_of(1 << 30), memory_of(1 << 40)), (256 << 20, 256 << 20));
        assert_eq!(large.largest_file, 1 << 30);
    }

    #[test]
    fn a_number_of_mailboxes_is_a_size_too() {
        let need = need("mailboxes = 1000000", "[readers]\ncount = 1");
        // 366 bytes a mailbox (twoskip, 3.6).
        assert!((300_000_000..450_000_000).contains(&need.largest_file), "{need:?}");
    }

    #[test]
    fn longer_runs_and_more_readers_have_larger_results() {
        let [short, long, many] = [("10s", 10), ("10h", 10), ("10s", 5000)].map(|(duration, count)| {
            need("size = '4MiB'", &format!("[run]\nduration = '{duration}'\n[readers]\ncount = {count}"))
        });
        assert!(long.results.bytes > 10 * short.results.bytes, "{long:?} {short:?}");
        assert!(many.results.bytes > 3 * short.results.bytes, "{many:?} {short:?}");
    }
}
