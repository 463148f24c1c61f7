//! `mapstorm export RESULT…`: results in the formats of other tools, on standard output or in a file.
//! A file appears whole or not at all, and none is replaced unless that was asked for.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, Outcome};
use crate::export::{ExportFormat, ExportOptions, ExportTable, export};
use crate::os::replace::replace;
use crate::os::terminal;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm export results/quick-imap1 --format csv --table percentiles > percentiles.csv    one table, to standard output
  mapstorm export results/quick-imap1 --format openmetrics --out mapstorm.prom --force      for node_exporter's textfile collector
  mapstorm export results/quick-imap1 --format hlog --tag reader.lookup --out lookups.hlog  one operation's histograms")]
pub struct ExportArguments {
    /// Result directories, or the JSON files in them that say everything: `csv` and `parquet` take several of one kind, `json`,
    /// `openmetrics` and `bmf` any, `hlog` one run
    #[arg(value_name = "RESULT", required = true)]
    results: Vec<PathBuf>,
    /// The format
    #[arg(long, value_enum)]
    format: ExportFormat,
    /// Of csv and parquet: which table [default: summary]
    #[arg(long, value_enum)]
    table: Option<ExportTable>,
    /// Of --table percentiles: most rows of each series [default: 200]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    points: Option<u32>,
    /// Of hlog: only this tag, such as reader.lookup.response, or all tags that begin so: reader.lookup, reader; several times for
    /// several
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    force: bool,
}

pub fn run(arguments: &ExportArguments) -> Outcome {
    if let Some(why) = arguments.out.as_deref().and_then(|out| refused(out, arguments.force)) {
        return Err(Failure::invalid(why));
    }
    if arguments.format == ExportFormat::Parquet && arguments.out.is_none() && terminal::is_terminal() {
        return Err(Failure::invalid(
            "--format parquet: standard output is a terminal, and Parquet is no text; use --out FILE, or a pipe",
        ));
    }
    let options = ExportOptions {
        format: arguments.format,
        table: arguments.table,
        points: arguments.points.map(|points| points as usize),
        tags: arguments.tags.clone(),
    };
    let text = export(&arguments.results, &options).map_err(Failure::invalid)?;
    match &arguments.out {
        Some(out) => replace(out, &text).map_err(|error| Failure::of_path(out, error.into()))?,
        None => terminal::print_data(&text)?,
    }
    Ok(())
}

/// Why a file may not be written; `None`: it may.
fn refused(out: &Path, force: bool) -> Option<String> {
    let at = out.display();
    match fs::symlink_metadata(out) {
        _ if out.file_name().is_none() => Some(format!("--out {at}: must name a file")),
        Ok(found) if !found.is_file() => {
            Some(format!("{at}: exists already and is no regular file; nothing else is replaced"))
        }
        Ok(_) if !force => Some(format!("{at}: exists already; --force replaces it")),
        _ => None,
    }
}
