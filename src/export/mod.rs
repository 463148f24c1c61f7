//! Results in the formats of other tools: tidy CSV, JSON, OpenMetrics, histogram logs.
//! Nothing is worked out here that the result does not say; what is unavailable is an empty cell or no sample, never a zero.

mod error;
mod format;
pub(crate) mod identity;
mod json;
mod log;
pub(crate) mod metrics;
mod source;
pub(crate) mod tidy;

use std::path::PathBuf;

pub use error::ExportError;
pub use format::{ExportFormat, ExportTable};

use source::Source;

/// What is wanted of some results.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// In which format.
    pub format: ExportFormat,
    /// Of CSV: which table; `None`: the summary.
    pub table: Option<ExportTable>,
    /// Of the table of percentiles: most rows of each series; `None`: 200.
    pub points: Option<usize>,
    /// Of a histogram log: the tags wanted, or the parts that they begin with, such as `reader.lookup`; empty: all.
    pub tags: Vec<String>,
}

/// Reads results, given by their directories (or the files in them that say everything), and puts them into another format.
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
        ExportFormat::Json => Ok(json::document(&sources)?),
        ExportFormat::Openmetrics => Ok(metrics::document(&sources)?),
        ExportFormat::Hlog => log::of_tags(&sources, &options.tags),
    }
}
