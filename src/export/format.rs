//! The formats and tables that there are, and which kinds of results have them.
//! Who asks for one that a kind does not have is told those that it has.

use super::{ExportError, ExportOptions, source::Source};
use crate::results::ResultKind;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// Tidy CSV, one observation a row: for R, pandas, a spreadsheet
    Csv,
    /// What the result says of itself, as it is; of several results an array
    Json,
    /// OpenMetrics 1.0 text, for Prometheus and node_exporter's textfile collector
    Openmetrics,
    /// HdrHistogram's interval log of one run, whole or some tags of it
    Hlog,
}

/// A table of tidy CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportTable {
    /// The figures of the result
    Summary,
    /// Of runs: what was due, completed and stalled, and how long it took, interval by interval
    Timeline,
    /// Of runs: the system's counters, interval by interval
    Counters,
    /// Of runs: the distribution of every latency
    Percentiles,
    /// Of sweeps: where the knee is, measured and predicted
    Knees,
    /// Of what-ifs: what each cure changed
    Differences,
    /// Of costs: what was seen at each number of mappers
    Levels,
}

impl ExportFormat {
    /// All of them.
    pub const ALL: [ExportFormat; 4] =
        [ExportFormat::Csv, ExportFormat::Json, ExportFormat::Openmetrics, ExportFormat::Hlog];

    /// As it is spelt after `--format`.
    pub fn name(self) -> &'static str {
        match self {
            ExportFormat::Csv => "csv",
            ExportFormat::Json => "json",
            ExportFormat::Openmetrics => "openmetrics",
            ExportFormat::Hlog => "hlog",
        }
    }

    /// The formats that a kind of result has.
    pub fn of(kind: ResultKind) -> &'static [ExportFormat] {
        match kind {
            ResultKind::Run => &ExportFormat::ALL,
            ResultKind::Sweep | ResultKind::WhatIf | ResultKind::Cost => &ExportFormat::ALL[..3],
        }
    }
}

impl ExportTable {
    /// As it is spelt after `--table`.
    pub fn name(self) -> &'static str {
        match self {
            ExportTable::Summary => "summary",
            ExportTable::Timeline => "timeline",
            ExportTable::Counters => "counters",
            ExportTable::Percentiles => "percentiles",
            ExportTable::Knees => "knees",
            ExportTable::Differences => "differences",
            ExportTable::Levels => "levels",
        }
    }

    /// The tables that a kind of result has.
    pub fn of(kind: ResultKind) -> &'static [ExportTable] {
        use ExportTable::{Counters, Differences, Knees, Levels, Percentiles, Summary, Timeline};
        match kind {
            ResultKind::Run => &[Summary, Timeline, Counters, Percentiles],
            ResultKind::Sweep => &[Summary, Knees],
            ResultKind::WhatIf => &[Summary, Differences],
            ResultKind::Cost => &[Summary, Levels],
        }
    }
}

/// Whether the options go together.
pub(crate) fn check(options: &ExportOptions) -> Result<(), ExportError> {
    let needs = |option: &str, needed: &str| Err(ExportError::Invalid(format!("{option}: goes with {needed} only")));
    if options.table.is_some() && options.format != ExportFormat::Csv {
        return needs("--table", "--format csv");
    }
    if options.points.is_some() && options.table != Some(ExportTable::Percentiles) {
        return needs("--points", "--format csv --table percentiles");
    }
    if !options.tags.is_empty() && options.format != ExportFormat::Hlog {
        return needs("--tag", "--format hlog");
    }
    Ok(())
}

/// Whether a result has what is wanted.
pub(crate) fn check_kind(source: &Source, options: &ExportOptions) -> Result<(), ExportError> {
    let has_not = |what: &str, wanted: &str, has: Vec<&str>| {
        Err(ExportError::Invalid(format!(
            "{}: the result of a {} has no {what} `{wanted}`; it has {}",
            source.path.display(),
            source.kind.name(),
            has.join(", ")
        )))
    };
    let formats = ExportFormat::of(source.kind);
    if !formats.contains(&options.format) {
        let names = formats.iter().map(|format| format.name()).collect();
        return has_not("format", options.format.name(), names);
    }
    let tables = ExportTable::of(source.kind);
    match options.table {
        Some(table) if !tables.contains(&table) => {
            has_not("table", table.name(), tables.iter().map(|table| table.name()).collect())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn names_are_what_the_command_line_takes() {
        for format in ExportFormat::value_variants() {
            assert_eq!(format.to_possible_value().unwrap().get_name(), format.name());
        }
        for table in ExportTable::value_variants() {
            assert_eq!(table.to_possible_value().unwrap().get_name(), table.name());
        }
    }

    #[test]
    fn every_format_and_table_is_of_some_kind() {
        for format in ExportFormat::ALL {
            assert!(ResultKind::ALL.iter().any(|kind| ExportFormat::of(*kind).contains(&format)), "{format:?}");
        }
        for table in ExportTable::value_variants() {
            assert!(ResultKind::ALL.iter().any(|kind| ExportTable::of(*kind).contains(table)), "{table:?}");
        }
        assert!(ResultKind::ALL.iter().all(|kind| ExportTable::of(*kind)[0] == ExportTable::Summary));
    }

    #[test]
    fn options_of_another_format_are_refused() {
        let options = |format, table, points, tags: &[&str]| ExportOptions {
            format,
            table,
            points,
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        let told = |options| check(&options).unwrap_err().to_string();
        assert_eq!(
            told(options(ExportFormat::Json, Some(ExportTable::Summary), None, &[])),
            "--table: goes with --format csv only"
        );
        assert!(told(options(ExportFormat::Csv, None, Some(5), &[])).contains("--table percentiles"));
        assert!(told(options(ExportFormat::Csv, None, None, &["reader"])).contains("--format hlog"));
        assert!(check(&options(ExportFormat::Csv, Some(ExportTable::Percentiles), Some(5), &[])).is_ok());
    }
}
