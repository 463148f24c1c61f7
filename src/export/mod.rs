//! Results in the formats of other tools: tidy CSV, JSON, OpenMetrics, histogram logs.
//! Each kind of result is read into one stream of observations, which CSV and OpenMetrics print. Nothing is worked out here that is not in
//! the result; what is unavailable is an empty cell or no sample, never a zero.

pub(crate) mod columns;
mod cost;
pub(crate) mod families;
mod format;
mod observation;
mod openmetrics;
mod over_time;
mod own_files;
mod run;
mod source;
mod sweep;
mod tidy;
mod what_if;

use std::path::PathBuf;

pub use format::{ExportFormat, ExportTable};

#[cfg(test)]
pub(crate) use format::names;
use observation::Observation;
use source::{Content, Source};

/// Why nothing was exported; both are invalid input.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The request is impossible; the message says what is possible.
    #[error("{0}")]
    Invalid(String),
    /// A result cannot be read.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// What is wanted of some results.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    pub format: ExportFormat,
    /// Of CSV: which table; `None`: the summary.
    pub table: Option<ExportTable>,
    /// Of the table of percentiles: most rows of each series; `None`: 200.
    pub points: Option<usize>,
    /// Of a histogram log: the tags wanted, or the parts that they begin with, such as `reader.lookup`; empty: all.
    pub tags: Vec<String>,
}

/// Reads results, given by their directories (or their main files), and puts them into another format.
///
/// # Errors
/// [`ExportError::Invalid`]: there is no such result, or its kind has no such format or table, or the results do not go together.
/// [`ExportError::Failed`]: a result cannot be read.
pub fn export(paths: &[PathBuf], options: &ExportOptions) -> Result<Vec<u8>, ExportError> {
    format::check(options)?;
    let sources = Source::find(paths)?;
    for source in &sources {
        format::check_kind(source, options)?;
    }
    match options.format {
        ExportFormat::Csv => tidy::table(&sources, options),
        ExportFormat::Json => Ok(own_files::json(&sources)?),
        ExportFormat::Openmetrics => openmetrics::document(&sources),
        ExportFormat::Hlog => own_files::log_of_tags(&sources, &options.tags),
    }
}

/// The observations of one table of a result, one by one: a long run has millions.
fn observations(
    source: &Source,
    content: &Content,
    table: ExportTable,
    points: usize,
) -> Result<Box<dyn Iterator<Item = Observation>>, ExportError> {
    let all = match (content, table) {
        (Content::Run(run), ExportTable::Timeline) => return Ok(Box::new(over_time::timeline(source, run)?)),
        (Content::Run(run), ExportTable::Counters) => return Ok(Box::new(over_time::counters(source, run)?)),
        (Content::Run(run), ExportTable::Percentiles) => return Ok(Box::new(run::percentiles(source, run, points)?)),
        (Content::Run(run), _) => run::summary(source, run),
        (Content::Sweep(sweep), ExportTable::Knees) => sweep::knees(source, sweep),
        (Content::Sweep(sweep), _) => sweep::summary(source, sweep),
        (Content::WhatIf(what_if, baseline), ExportTable::Differences) => {
            what_if::differences(source, what_if, baseline.as_deref())
        }
        (Content::WhatIf(what_if, baseline), _) => what_if::summary(source, what_if, baseline.as_deref()),
        (Content::Cost(cost), ExportTable::Levels) => cost::levels(source, cost),
        (Content::Cost(cost), _) => cost::summary(source, cost),
    };
    Ok(Box::new(all.into_iter()))
}
