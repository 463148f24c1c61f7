//! The formats and tables that there are, and which kinds of results have them.
//! A request for one that a kind does not have is refused with those that it has.

use clap::ValueEnum;

use super::{ExportError, ExportOptions, source::Source};
use crate::results::ResultKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Tidy CSV, one observation a row: for R, pandas, a spreadsheet
    Csv,
    /// What the result says of itself, as it is; of several results an array
    Json,
    /// OpenMetrics 1.0 text, for Prometheus and node_exporter's textfile collector
    Openmetrics,
    /// Bencher Metric Format, for continuous benchmarking with Bencher
    Bmf,
    /// The tables of csv with types, for DuckDB, Arrow, pandas (in a build with --features parquet)
    Parquet,
    /// HdrHistogram's interval log of one run, whole or some tags of it
    Hlog,
}

/// A table of tidy CSV, or of Parquet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportTable {
    /// The figures of the result
    Summary,
    /// Of runs: what was due, completed and stalled, and how long it took, interval by interval; of inspections: each sample
    Timeline,
    /// Of runs: the system's counters, interval by interval
    Counters,
    /// Of runs: the distribution of every latency
    Percentiles,
    /// Of sweeps: where the knee is, measured and predicted
    Knees,
    /// Of what-ifs: what each mitigation changed; of A/B comparisons: how B differs from A
    Differences,
    /// Of costs and shootdowns: what was seen at each number of mappers or responders
    Levels,
}

impl ExportFormat {
    /// The formats that a kind of result has.
    pub fn of(kind: ResultKind) -> &'static [ExportFormat] {
        let all = ExportFormat::value_variants();
        // The histogram log comes last.
        if kind == ResultKind::Run { all } else { &all[..all.len() - 1] }
    }
}

impl ExportTable {
    /// The tables that a kind of result has.
    pub fn of(kind: ResultKind) -> &'static [ExportTable] {
        use ExportTable::{Counters, Differences, Knees, Levels, Percentiles, Summary, Timeline};
        match kind {
            ResultKind::Run => &[Summary, Timeline, Counters, Percentiles],
            ResultKind::Sweep => &[Summary, Knees],
            ResultKind::WhatIf | ResultKind::Ab => &[Summary, Differences],
            ResultKind::Cost | ResultKind::Shootdown => &[Summary, Levels],
            ResultKind::Qualify => &[Summary],
            ResultKind::Inspection => &[Summary, Timeline],
        }
    }
}

/// As they are spelt on the command line.
pub(crate) fn names<T: ValueEnum>(choices: &[T]) -> String {
    let names = choices.iter().filter_map(T::to_possible_value).map(|value| value.get_name().to_owned());
    names.collect::<Vec<_>>().join(", ")
}

/// Whether the options go together.
pub(crate) fn check(options: &ExportOptions) -> Result<(), ExportError> {
    let needs = |option: &str, needed: &str| Err(ExportError::Invalid(format!("{option}: goes with {needed} only")));
    let has_tables = matches!(options.format, ExportFormat::Csv | ExportFormat::Parquet);
    if options.table.is_some() && !has_tables {
        return needs("--table", "--format csv and parquet");
    }
    if options.points.is_some() && options.table != Some(ExportTable::Percentiles) {
        return needs("--points", "--table percentiles");
    }
    if !options.tags.is_empty() && options.format != ExportFormat::Hlog {
        return needs("--tag", "--format hlog");
    }
    Ok(())
}

/// Whether a result has what is wanted.
pub(crate) fn check_kind(source: &Source, options: &ExportOptions) -> Result<(), ExportError> {
    check_choice(source, "format", &[options.format], ExportFormat::of(source.kind))?;
    check_choice(source, "table", options.table.as_slice(), ExportTable::of(source.kind))
}

fn check_choice<T: ValueEnum + PartialEq>(
    source: &Source,
    what: &str,
    wanted: &[T],
    has: &[T],
) -> Result<(), ExportError> {
    if wanted.iter().all(|choice| has.contains(choice)) {
        return Ok(());
    }
    Err(ExportError::Invalid(format!(
        "{}: the result of {} has no {what} `{}`; it has {}",
        source.path.display(),
        source.kind.with_article(),
        names(wanted),
        names(has)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_and_table_is_of_some_kind() {
        for format in ExportFormat::value_variants() {
            assert!(ResultKind::ALL.iter().any(|kind| ExportFormat::of(*kind).contains(format)), "{format:?}");
        }
        for table in ExportTable::value_variants() {
            assert!(ResultKind::ALL.iter().any(|kind| ExportTable::of(*kind).contains(table)), "{table:?}");
        }
        assert!(ResultKind::ALL.iter().all(|kind| ExportTable::of(*kind)[0] == ExportTable::Summary));
    }

    #[test]
    fn only_runs_have_a_histogram_log() {
        assert_eq!(names(ExportFormat::of(ResultKind::Run)), "csv, json, openmetrics, bmf, parquet, hlog");
        assert_eq!(names(ExportFormat::of(ResultKind::Cost)), "csv, json, openmetrics, bmf, parquet");
    }

    #[test]
    fn options_of_another_format_are_refused() {
        use ExportFormat::{Csv, Json, Parquet};
        for (format, table, points, tag, refused) in [
            (Json, Some(ExportTable::Summary), None, None, "--table: goes with --format csv and parquet only"),
            (Csv, None, Some(5), None, "--points: goes with --table percentiles only"),
            (Csv, None, None, Some("reader"), "--tag: goes with --format hlog only"),
            (Csv, Some(ExportTable::Percentiles), Some(5), None, ""),
            (Parquet, Some(ExportTable::Percentiles), Some(5), None, ""),
        ] {
            let options = ExportOptions { format, table, points, tags: tag.into_iter().map(str::to_owned).collect() };
            assert_eq!(check(&options).map_or_else(|error| error.to_string(), |()| String::new()), refused);
        }
    }
}
