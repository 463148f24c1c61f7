//! `counters.csv`: the system's counters, a row for each interval from the control span on, a column for each figure.
//! An empty cell could not be read; a source that this machine does not offer has no column (`run.json` says why).

use std::{
    io::{Read, Write},
    path::Path,
};

use anyhow::Context;

use super::{limits, recorded};
use crate::driver::outcome::{CounterRow, Evidence};

/// Columns before the counters.
const TIMES: [&str; 2] = ["start_s", "length_s"];

/// The whole table, in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counters {
    /// Names of the counters.
    pub columns: Vec<String>,
    /// Interval by interval.
    pub rows: Vec<CounterRow>,
}

impl Counters {
    /// Reads `counters.csv` of a run directory.
    ///
    /// # Errors
    /// There is no such file (the run was without evidence), or it is no such table.
    pub fn load(directory: &Path) -> anyhow::Result<Counters> {
        read(recorded::file(directory, "counters.csv")?.as_slice())
    }

    /// The place of a column; `None`: this machine did not tell.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// Writes the table.
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

/// Reads it back.
pub fn read(from: impl Read) -> anyhow::Result<Counters> {
    let mut table = csv::Reader::from_reader(from);
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
