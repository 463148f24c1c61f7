//! `counters.csv`: the system's counters, a row for each interval from the control span on, a column for each figure.
//! An empty cell could not be read; a source that this machine does not offer has no column (`run.json` says why).
//! What each figure is, diagnosis, exports and the manual take from the table of known counters here.

use std::{io::Write, path::Path};

use anyhow::Context;

use super::{limits, run_files};
use crate::{
    driver::outcome::{CounterRow, Evidence},
    os::facts::Column,
};

/// Columns before the counters.
const TIMES: [&str; 2] = ["start_s", "length_s"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterKind {
    /// Only rises: a row has what the interval added.
    Count,
    /// A row has its value at the interval's end.
    Level,
}

/// What the values in the table are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterUnit {
    Number,
    Bytes,
    Pages,
    /// Of 512 bytes.
    Sectors,
    Microseconds,
    Nanoseconds,
}

impl CounterUnit {
    /// What names in it end with, its base unit, and how many make one of that.
    fn facts(self) -> (&'static str, &'static str, f64) {
        match self {
            CounterUnit::Number => ("", "1", 1.0),
            CounterUnit::Bytes => ("_bytes", "bytes", 1.0),
            CounterUnit::Pages => ("_pages", "pages", 1.0),
            CounterUnit::Sectors => ("_sectors", "sectors", 1.0),
            CounterUnit::Microseconds => ("_us", "seconds", 1e6),
            CounterUnit::Nanoseconds => ("_ns", "seconds", 1e9),
        }
    }
}

/// What is known of a column, which those of single CPUs (`name.cpuN`) share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter<'a> {
    pub name: &'a str,
    pub kind: CounterKind,
    pub unit: CounterUnit,
}

/// All counters that any system has, and how workers over the stall threshold were found.
const KNOWN: [(CounterKind, CounterUnit, &str); 8] = [
    (
        CounterKind::Count,
        CounterUnit::Number,
        "tlb_interrupts call_interrupts reschedule_interrupts timer_interrupts tlb_flush.task_switch tlb_flush.remote_received \
         tlb_flush.local tlb_flush.local_mm tlb_flush.remote_attempted mmap_lock.start_locking mmap_lock.acquire_returned \
         mmap_lock.released page_cache_removals mkclean_walks cpu_quota_periods cpu_quota_throttled_periods context_switches \
         minor_faults major_faults device_reads device_writes files_replaced cross_calls interrupts involuntary_switches migrations \
         mutex_waits rwlock_read_waits rwlock_write_waits hat_faults protection_faults kernel_faults reader_stacks.walk \
         reader_stacks.mapping_lock reader_stacks.journal reader_stacks.folio reader_stacks.device reader_stacks.file_lock \
         reader_stacks.running reader_stacks.other writer_stacks.walk writer_stacks.mapping_lock writer_stacks.journal \
         writer_stacks.folio writer_stacks.device writer_stacks.file_lock writer_stacks.running writer_stacks.other",
    ),
    (
        CounterKind::Count,
        CounterUnit::Pages,
        "direct_reclaim_pages background_reclaim_pages refaulted_file_pages scanned_pages",
    ),
    (CounterKind::Count, CounterUnit::Sectors, "device_read_sectors"),
    (
        CounterKind::Count,
        CounterUnit::Microseconds,
        "pressure_cpu_some_us pressure_cpu_full_us pressure_io_some_us pressure_io_full_us pressure_memory_some_us \
         pressure_memory_full_us cpu_quota_throttled_us cpu_user_us cpu_system_us cpu_idle_us cpu_iowait_us cpu_softirq_us \
         cpu_steal_us cpu_interrupt_us device_busy_us device_flushes_us",
    ),
    (CounterKind::Count, CounterUnit::Nanoseconds, "mkclean_ns"),
    (CounterKind::Level, CounterUnit::Nanoseconds, "mkclean_longest_ns"),
    (CounterKind::Level, CounterUnit::Bytes, "dirty_bytes writeback_bytes page_table_bytes file_bytes free_bytes"),
    (
        CounterKind::Level,
        CounterUnit::Number,
        "runnable blocked device_in_flight lock_waiters write_locks_of_workers write_locks_of_others processes stalled_running \
         stalled_sleeping stalled_blocked stalled_stopped stalled_frozen",
    ),
];

impl<'a> Counter<'a> {
    /// What a column is; `None`: no counter that this version knows.
    pub fn known(column: &'a str) -> Option<Counter<'a>> {
        let family = Column::family(column);
        let found = KNOWN.iter().find(|(_, _, names)| names.split(' ').any(|name| name == family));
        found.map(|&(kind, unit, _)| Counter { name: column, kind, unit })
    }

    pub fn is_level(column: &'a str) -> bool {
        Counter::known(column).is_some_and(|counter| counter.kind == CounterKind::Level)
    }

    /// Its name where values are in base units, the base unit, and what values of the table are divided by to be in it.
    pub fn in_base_unit(self) -> (&'a str, &'static str, f64) {
        let (ending, base, divisor) = self.unit.facts();
        let is_converted = divisor > 1.0;
        (self.name.strip_suffix(ending).filter(|_| is_converted).unwrap_or(self.name), base, divisor)
    }
}

/// The whole table, in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counters {
    pub columns: Vec<String>,
    pub rows: Vec<CounterRow>,
}

impl Counters {
    pub fn load(directory: &Path) -> anyhow::Result<Counters> {
        read(&run_files::file(directory, "counters.csv")?)
    }

    /// Columns by name, those of all CPUs if it ends with a `.`.
    pub fn named(&self, wanted: &str) -> impl Iterator<Item = &str> {
        let is_wanted = move |column: &&str| match wanted.strip_suffix('.') {
            Some(family) => column.strip_prefix(family).is_some_and(|rest| rest.starts_with('.')),
            None => *column == wanted,
        };
        self.columns.iter().map(String::as_str).filter(is_wanted)
    }

    /// The rows with a column's value, which may not have been read; `None`: the column is unavailable on this machine.
    pub fn values(&self, column: &str) -> Option<impl Iterator<Item = (&CounterRow, Option<f64>)>> {
        let place = self.column(column)?;
        Some(self.rows.iter().map(move |row| (row, row.values.get(place).copied().flatten())))
    }

    /// The place of a column; `None`: unavailable on this machine.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

pub fn write(evidence: &Evidence, to: impl Write) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_writer(to);
    table.write_record(TIMES.into_iter().chain(evidence.columns.iter().map(String::as_str)))?;
    for row in &evidence.rows {
        let times = [row.start_ns as f64 / 1e9, row.length_ns as f64 / 1e9].map(|seconds| format!("{seconds:.6}"));
        let values = row.values.iter().map(|value| value.map_or_else(String::new, |value| value.to_string()));
        table.write_record(times.into_iter().chain(values))?;
    }
    table.flush().context("counters.csv")
}

pub fn read(text: &[u8]) -> anyhow::Result<Counters> {
    let mut table = csv::Reader::from_reader(text);
    let columns = table.headers().context("counters.csv")?.iter().skip(TIMES.len()).map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in table.records() {
        let record = record.context("counters.csv")?;
        let number = |place: usize| record.get(place).and_then(|text| text.parse::<f64>().ok());
        let (start, length) = number(0).zip(number(1)).context("counters.csv: a row without its time")?;
        let ns = |seconds| limits::ns_of_seconds(seconds).context("counters.csv");
        let (start_ns, length_ns) = (ns(start)?, ns(length.max(0.0))? as u64);
        let values = (TIMES.len()..record.len()).map(|place| number(place).map(limits::figure).transpose());
        let values = values.collect::<anyhow::Result<_>>().context("counters.csv")?;
        rows.push(CounterRow { start_ns, length_ns, values });
    }
    Ok(Counters { columns, rows })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::os::counters::{Subject, probe};

    #[test]
    fn the_table_knows_all_that_this_system_counts() {
        let directory = std::env::temp_dir();
        for column in probe(Subject { files: &[], directory: &directory }).iter().flat_map(|source| &source.columns) {
            // The stand-in of systems that mapstorm does not know.
            if column.name == "counters" {
                continue;
            }
            let known = Counter::known(&column.name).unwrap_or_else(|| panic!("{} is in no table", column.name));
            // A source need not say which kind an unavailable column has.
            if column.unavailable.is_none() {
                assert_eq!(known.kind == CounterKind::Count, column.counted, "{}", column.name);
            }
        }
    }

    #[test]
    fn names_are_there_once_end_in_their_unit_and_stand_in_the_manual() {
        let manual = include_str!("../docgen/text/results.md");
        let names: Vec<_> =
            KNOWN.iter().flat_map(|(_, unit, names)| names.split(' ').map(|name| (*unit, name))).collect();
        assert_eq!(names.iter().map(|(_, name)| name).collect::<BTreeSet<_>>().len(), names.len());
        for (unit, name) in names {
            assert!(name.ends_with(unit.facts().0), "{name}: {unit:?}");
            // Of columns of one tracepoint the manual has only the second parts.
            let second = name.split_once('.').map(|(_, second)| format!("`.{second}`"));
            let is_there = [Some(format!("`{name}`")), Some(format!("`{name}.cpuN`")), second];
            assert!(is_there.iter().flatten().any(|name| manual.contains(name)), "{name}: not in the manual");
        }
    }

    #[test]
    fn times_are_in_seconds_elsewhere() {
        for (column, name, unit, divisor) in [
            ("cpu_user_us", "cpu_user", "seconds", 1e6),
            ("mkclean_ns", "mkclean", "seconds", 1e9),
            ("mkclean_longest_ns", "mkclean_longest", "seconds", 1e9),
            ("dirty_bytes", "dirty_bytes", "bytes", 1.0),
            ("direct_reclaim_pages", "direct_reclaim_pages", "pages", 1.0),
            ("device_read_sectors", "device_read_sectors", "sectors", 1.0),
            ("tlb_interrupts.cpu0", "tlb_interrupts.cpu0", "1", 1.0),
            ("context_switches", "context_switches", "1", 1.0),
        ] {
            assert_eq!(Counter::known(column).unwrap().in_base_unit(), (name, unit, divisor));
        }
        assert_eq!(Counter::known("stolen_us"), None);
        assert!(Counter::is_level("write_locks_of_workers") && !Counter::is_level("cross_calls.cpu1"));
    }
}
