//! Results in the formats of other tools: tidy CSV, the same as Parquet, JSON, OpenMetrics, Bencher Metric Format, histogram logs.
//! Each kind of result is read into one stream of observations, which all but JSON and histogram logs print. Nothing is worked out here
//! that is not in the result; what is unavailable is an empty cell, null or no sample, never a zero.

mod ab;
mod bmf;
#[cfg(feature = "parquet")]
mod columnar;
pub(crate) mod columns;
mod cost;
pub(crate) mod families;
mod format;
mod inspection;
mod observation;
mod openmetrics;
mod qualify;
mod run;
mod shootdown;
mod source;
mod sweep;
mod table;
// Only docs/export.md says the types where Parquet is left out.
#[cfg(any(test, feature = "parquet"))]
pub(crate) mod types;
mod what_if;

use std::path::PathBuf;

pub use format::{ExportFormat, ExportTable};

use crate::results::{histogram_log, json_text, log_of_tags};
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
    /// For CSV and Parquet: which table; `None`: the summary.
    pub table: Option<ExportTable>,
    /// For the table of percentiles: most rows of each series; `None`: 200.
    pub points: Option<usize>,
    /// For a histogram log: the tags wanted, or the parts that they begin with, such as `reader.lookup`; empty: all.
    pub tags: Vec<String>,
}

/// Reads results, given by their directories (or their main files), and puts them into another format.
///
/// # Errors
/// `ExportError::Invalid`: there is no such result, or its kind has no such format or table, or the results do not go together.
/// `ExportError::Failed`: a result cannot be read.
pub fn export(paths: &[PathBuf], options: &ExportOptions) -> Result<Vec<u8>, ExportError> {
    format::check(options)?;
    let sources = Source::find(paths)?;
    for source in &sources {
        format::check_kind(source, options)?;
    }
    match options.format {
        ExportFormat::Csv => table::csv_of(&sources, options),
        ExportFormat::Json => Ok(json(&sources)?),
        ExportFormat::Openmetrics => openmetrics::document(&sources),
        ExportFormat::Bmf => bmf::document(&sources),
        #[cfg(feature = "parquet")]
        ExportFormat::Parquet => columnar::parquet_of(&sources, options),
        #[cfg(not(feature = "parquet"))]
        ExportFormat::Parquet => Err(ExportError::Invalid(
            "--format parquet: this build has no parquet: cargo build --features parquet".to_owned(),
        )),
        ExportFormat::Hlog => hlog(&sources, &options.tags),
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
        (Content::Run(run), ExportTable::Timeline) => return Ok(Box::new(run::timeline(source, run)?)),
        (Content::Run(run), ExportTable::Counters) => return Ok(Box::new(run::counters(source, run)?)),
        (Content::Run(run), ExportTable::Percentiles) => return Ok(Box::new(run::percentiles(source, run, points)?)),
        (Content::Run(run), _) => run::summary(source, run),
        (Content::Sweep(sweep), ExportTable::Knees) => sweep::knees(source, sweep),
        (Content::Sweep(sweep), _) => sweep::summary(source, sweep),
        (Content::WhatIf(what_if, machine), ExportTable::Differences) => {
            what_if::differences(source, what_if, machine.as_deref())
        }
        (Content::WhatIf(what_if, machine), _) => what_if::summary(source, what_if, machine.as_deref()),
        (Content::Cost(cost), ExportTable::Levels) => cost::levels(source, cost),
        (Content::Cost(cost), _) => cost::summary(source, cost),
        (Content::Qualify(found), _) => qualify::summary(source, found),
        (Content::Shootdown(found), ExportTable::Levels) => shootdown::levels(source, found),
        (Content::Shootdown(found), _) => shootdown::summary(source, found),
        (Content::Inspection(found), ExportTable::Timeline) => inspection::timeline(source, found),
        (Content::Inspection(found), _) => inspection::summary(source, found),
        (Content::Ab(found), ExportTable::Differences) => ab::differences(source, found),
        (Content::Ab(found), _) => ab::summary(source, found),
    };
    Ok(Box::new(all.into_iter()))
}

/// The JSON; of several results an array, in the order in which they were given.
fn json(sources: &[Source]) -> anyhow::Result<Vec<u8>> {
    let mut texts = Vec::new();
    for source in sources {
        source.content()?;
        texts.push(json_text(&source.path, source.kind)?);
    }
    if let [one] = texts.as_mut_slice() {
        return Ok(std::mem::take(one).into_bytes());
    }
    let parts: Vec<&str> = texts.iter().map(|text| text.trim_end()).collect();
    Ok(format!("[\n{}\n]\n", parts.join(",\n")).into_bytes())
}

/// The lines of the tags that are wanted, as HdrHistogram's own tools read them; without any, the log as it is.
/// One run only: two have no common beginning of time.
fn hlog(sources: &[Source], tags: &[String]) -> Result<Vec<u8>, ExportError> {
    let [source] = sources else {
        return Err(ExportError::Invalid(
            "--format hlog: one RESULT at a time; two runs have no common beginning of time".to_owned(),
        ));
    };
    source.content()?;
    let (log, known) = histogram_log(&source.path)?;
    for wanted in tags {
        if !known.iter().any(|tag| is_wanted(tag, wanted)) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(ExportError::Invalid(format!(
                "--tag {wanted}: {} has no such tag; it has {}",
                source.path.display(),
                known.join(", ")
            )));
        }
    }
    if tags.is_empty() {
        return Ok(log);
    }
    Ok(log_of_tags(&log, |tag| tags.iter().any(|wanted| is_wanted(tag, wanted)))?)
}

/// Whether a tag is the one that is wanted, or begins with the parts that are.
fn is_wanted(tag: &str, wanted: &str) -> bool {
    tag.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[test]
fn tags_are_wanted_whole_or_by_their_first_parts() {
    let wanted = |part| is_wanted("reader.lookup.response", part);
    assert!(["reader", "reader.lookup", "reader.lookup.response"].into_iter().all(wanted));
    assert!(!["read", "reader.look", "lookup", "reader.lookup.response.x"].into_iter().any(wanted));
}
