//! `samples.csv` beside `inspection.json`: a line for each look at the processes of the file. An empty cell is a figure that was
//! unavailable; `empty_cells` in the JSON says why.

use std::path::{Path, PathBuf};

use anyhow::Context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Inspection, Sampled};
use crate::results::{Availability, RunDirectory, limits, run_files};

const SAMPLES_FILE: &str = "samples.csv";

/// A column of `samples.csv` with empty cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmptyCells {
    /// Its name.
    pub column: String,
    /// Why its first empty cell is empty.
    pub why: String,
}

/// A time as seconds.
pub(super) mod seconds {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::results::limits;

    pub fn serialize<S: Serializer>(ns: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(*ns as f64 / 1e9)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let ns = limits::ns_of_seconds(f64::deserialize(from)?).map_err(D::Error::custom)?;
        u64::try_from(ns).map_err(|_| D::Error::custom("a time before the first look"))
    }
}

/// A figure as a cell, empty if it was unavailable.
pub(super) mod cell {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::results::Availability;

    pub fn serialize<T: Serialize, S: Serializer>(figure: &Availability<T>, to: S) -> Result<S::Ok, S::Error> {
        figure.value().serialize(to)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Availability<T>, D::Error> {
        let why = || "the result does not say why".to_owned();
        Ok(Option::<T>::deserialize(from)?.ok_or_else(why).into())
    }
}

impl Sampled {
    /// The columns whose cells may be empty; of those that are, with the reason.
    fn reasons(&mut self) -> [(&'static str, Option<&mut String>); 9] {
        fn why<T>(figure: &mut Availability<T>) -> Option<&mut String> {
            match figure {
                Availability::Value(_) => None,
                Availability::Unavailable { unavailable } => Some(unavailable),
            }
        }
        [
            ("commits", why(&mut self.commits)),
            ("lock_waiters", why(&mut self.lock_waiters)),
            ("exclusive", why(&mut self.exclusive)),
            ("tlb_interrupts_per_s", why(&mut self.tlb_interrupts_per_s)),
            ("cpu_pressure", why(&mut self.cpu_pressure)),
            ("memory_pressure", why(&mut self.memory_pressure)),
            ("io_pressure", why(&mut self.io_pressure)),
            ("throttled", why(&mut self.throttled)),
            ("cpus_used", why(&mut self.cpus_used)),
        ]
    }

    /// Checks its figures, and gives its empty cells their reasons.
    fn checked(mut self, empty: &[EmptyCells]) -> anyhow::Result<Sampled> {
        let pressure = [&self.cpu_pressure, &self.memory_pressure, &self.io_pressure];
        for figure in pressure.into_iter().chain([&self.throttled, &self.tlb_interrupts_per_s, &self.cpus_used]) {
            figure.value().copied().map(limits::figure).transpose()?;
        }
        [self.bytes, self.commits.value().copied().unwrap_or(0)].into_iter().try_for_each(limits::count)?;
        for (column, why) in self.reasons() {
            if let Some((why, cells)) = why.zip(empty.iter().find(|cells| cells.column == column)) {
                why.clone_from(&cells.why);
            }
        }
        Ok(self)
    }
}

/// Each column with an empty cell, and the reason of the first.
fn empty_cells(samples: &mut [Sampled]) -> Vec<EmptyCells> {
    let columns = samples.first_mut().map_or(0, |first| first.reasons().len());
    let first_empty = |place: usize| {
        samples.iter_mut().find_map(|sampled| {
            let (column, why) = sampled.reasons().into_iter().nth(place)?;
            Some(EmptyCells { column: column.to_owned(), why: why?.clone() })
        })
    };
    (0..columns).filter_map(first_empty).collect()
}

fn table(samples: &[Sampled]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for sampled in samples {
        table.serialize(sampled).context(SAMPLES_FILE)?;
    }
    table.into_inner().context(SAMPLES_FILE)
}

/// Writes both files, and names the directory; where it is. Without samples there is no table. What went wrong with that is added to the
/// reasons why the result is incomplete.
pub fn write_inspection(directory: RunDirectory, found: &mut Inspection) -> PathBuf {
    found.empty_cells = empty_cells(&mut found.load.samples);
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
        let sampled = rows.map(|row: Result<Sampled, _>| row.map_err(anyhow::Error::from)?.checked(&self.empty_cells));
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
