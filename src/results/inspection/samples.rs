//! `samples.csv` beside `inspection.json`: a line for each look at the processes of the file. An empty cell is a figure that was
//! unavailable; `empty_cells` in the JSON says why.

use std::path::{Path, PathBuf};

use anyhow::Context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Inspection, Sampled};
use crate::results::{Availability, RunDirectory, limits, run_files};

/// The name of the table.
const SAMPLES_FILE: &str = "samples.csv";

/// A column of `samples.csv` with empty cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmptyCells {
    /// Its name.
    pub column: String,
    /// Why its first empty cell is empty.
    pub why: String,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SampleRow {
    time_s: f64,
    mappers: u32,
    bytes: u64,
    commits: Option<u64>,
    lock_waiters: Option<u32>,
    exclusive: Option<bool>,
    tlb_interrupts_per_s: Option<f64>,
    cpu_pressure: Option<f64>,
    memory_pressure: Option<f64>,
    io_pressure: Option<f64>,
    throttled: Option<f64>,
    blocked: u32,
    cpus_used: Option<f64>,
}

impl SampleRow {
    fn of(sampled: &Sampled) -> SampleRow {
        let [cpu, memory, io] = sampled.pressure.each_ref().map(|share| share.value().copied());
        SampleRow {
            time_s: sampled.at_ns as f64 / 1e9,
            mappers: sampled.mappers,
            bytes: sampled.bytes,
            commits: sampled.commits.value().copied(),
            lock_waiters: sampled.lock_waiters.value().copied(),
            exclusive: sampled.exclusive.value().copied(),
            tlb_interrupts_per_s: sampled.tlb_interrupts_per_s.value().copied(),
            cpu_pressure: cpu,
            memory_pressure: memory,
            io_pressure: io,
            throttled: sampled.throttled.value().copied(),
            blocked: sampled.blocked,
            cpus_used: sampled.cpus_used.value().copied(),
        }
    }

    /// With the reasons of cells that are empty.
    fn sampled(self, empty: &[EmptyCells]) -> anyhow::Result<Sampled> {
        let shares = [self.cpu_pressure, self.memory_pressure, self.io_pressure, self.throttled];
        let rates = [self.tlb_interrupts_per_s, self.cpus_used];
        for figure in shares.into_iter().chain(rates).flatten() {
            limits::figure(figure)?;
        }
        let at_ns = u64::try_from(limits::ns_of_seconds(self.time_s)?).context("a time before the first look")?;
        [self.bytes, self.commits.unwrap_or(0)].into_iter().try_for_each(limits::count)?;
        Ok(Sampled {
            at_ns,
            mappers: self.mappers,
            bytes: self.bytes,
            commits: known(self.commits, "commits", empty),
            lock_waiters: known(self.lock_waiters, "lock_waiters", empty),
            exclusive: known(self.exclusive, "exclusive", empty),
            tlb_interrupts_per_s: known(self.tlb_interrupts_per_s, "tlb_interrupts_per_s", empty),
            pressure: [
                known(self.cpu_pressure, "cpu_pressure", empty),
                known(self.memory_pressure, "memory_pressure", empty),
                known(self.io_pressure, "io_pressure", empty),
            ],
            throttled: known(self.throttled, "throttled", empty),
            blocked: self.blocked,
            cpus_used: known(self.cpus_used, "cpus_used", empty),
        })
    }
}

fn known<T>(cell: Option<T>, column: &str, empty: &[EmptyCells]) -> Availability<T> {
    let why = || empty.iter().find(|cells| cells.column == column).map(|cells| cells.why.clone());
    cell.ok_or_else(|| why().unwrap_or_else(|| "the result does not say why".to_owned())).into()
}

/// Each column with an empty cell, and the reason of the first.
fn empty_cells(samples: &[Sampled]) -> Vec<EmptyCells> {
    fn why<T>(samples: &[Sampled], of: impl Fn(&Sampled) -> &Availability<T>) -> Option<String> {
        samples.iter().find_map(|sampled| of(sampled).known().err().cloned())
    }
    let columns = [
        ("commits", why(samples, |all| &all.commits)),
        ("lock_waiters", why(samples, |all| &all.lock_waiters)),
        ("exclusive", why(samples, |all| &all.exclusive)),
        ("tlb_interrupts_per_s", why(samples, |all| &all.tlb_interrupts_per_s)),
        ("cpu_pressure", why(samples, |all| &all.pressure[0])),
        ("memory_pressure", why(samples, |all| &all.pressure[1])),
        ("io_pressure", why(samples, |all| &all.pressure[2])),
        ("throttled", why(samples, |all| &all.throttled)),
        ("cpus_used", why(samples, |all| &all.cpus_used)),
    ];
    let empty =
        columns.into_iter().filter_map(|(column, why)| Some(EmptyCells { column: column.to_owned(), why: why? }));
    empty.collect()
}

fn table(samples: &[Sampled]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for sampled in samples {
        table.serialize(SampleRow::of(sampled)).context(SAMPLES_FILE)?;
    }
    table.into_inner().context(SAMPLES_FILE)
}

/// Writes both files, and names the directory; where it is. Without samples there is no table. What went wrong with that is added to the
/// reasons why the result is incomplete.
pub fn write_inspection(directory: RunDirectory, found: &mut Inspection) -> PathBuf {
    found.empty_cells = empty_cells(&found.load.samples);
    let table = (!found.load.samples.is_empty()).then(|| (SAMPLES_FILE, table(&found.load.samples)));
    directory.keep(found, Vec::new(), table)
}

impl Inspection {
    pub(in crate::results) fn read_samples(&mut self, directory: &Path) -> anyhow::Result<()> {
        if !directory.join(SAMPLES_FILE).exists() {
            return Ok(());
        }
        let text = run_files::file(directory, SAMPLES_FILE)?;
        let rows = csv::Reader::from_reader(text.as_slice()).into_deserialize();
        let sampled =
            rows.map(|row: Result<SampleRow, _>| row.map_err(anyhow::Error::from)?.sampled(&self.empty_cells));
        self.load.samples = sampled.collect::<anyhow::Result<_>>().context(SAMPLES_FILE)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn an_inspection_is_read_back_with_its_samples_and_their_reasons() {
        let root = tempfile::tempdir().unwrap();
        let mut found = fixtures::inspection();
        let path = write_inspection(RunDirectory::new(&root.path().join("result")).unwrap(), &mut found);
        let columns: Vec<&str> = found.empty_cells.iter().map(|cells| &*cells.column).collect();
        assert_eq!(columns, ["commits", "throttled"]);
        let text = std::fs::read_to_string(path.join(SAMPLES_FILE)).unwrap();
        assert_eq!(text.lines().count(), 1 + found.load.samples.len(), "{text}");
        assert_eq!(Inspection::load(&path).unwrap(), found);
        // What is no sample is an error that names the file.
        std::fs::write(path.join(SAMPLES_FILE), text.replacen("\n0", "\n-1", 1)).unwrap();
        let error = format!("{:#}", Inspection::load(&path).unwrap_err());
        assert!(error.contains(SAMPLES_FILE), "{error}");
    }

    #[test]
    fn without_samples_there_is_no_table() {
        let root = tempfile::tempdir().unwrap();
        let mut found = fixtures::inspection();
        found.load.samples.clear();
        let path = write_inspection(RunDirectory::new(&root.path().join("result")).unwrap(), &mut found);
        assert!(!path.join(SAMPLES_FILE).exists() && found.complete && found.empty_cells.is_empty());
        assert_eq!(Inspection::load(&path).unwrap(), found);
    }
}
