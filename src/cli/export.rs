//! `mapstorm export RESULT…`: results in the formats of other tools, on standard output or in a file.
//! A file appears whole or not at all, and none is replaced unless that was asked for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;

use super::exit;
use crate::report::{ExportError, ExportFormat, ExportOptions, ExportTable, export};
use crate::{note, os::terminal};

/// What to export, and how.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// Result directories, or the JSON files in them that say everything: `csv` takes several of one kind, `json` and `openmetrics` any,
    /// `hlog` one run
    #[arg(value_name = "RESULT", required = true)]
    results: Vec<PathBuf>,
    /// The format
    #[arg(long, value_enum)]
    format: ExportFormat,
    /// Of csv: which table [default: summary]
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

/// Exports; the exit code.
pub fn run(arguments: &ExportArguments) -> anyhow::Result<u8> {
    if let Some(out) = &arguments.out
        && out.exists()
        && !arguments.force
    {
        note!("{}: exists already; --force replaces it", out.display());
        return Ok(exit::INVALID);
    }
    let options = ExportOptions {
        format: arguments.format,
        table: arguments.table,
        points: arguments.points.map(|points| points as usize),
        tags: arguments.tags.clone(),
    };
    let text = match export(&arguments.results, &options) {
        Ok(text) => text,
        Err(ExportError::Invalid(why)) => {
            note!("{why}");
            return Ok(exit::INVALID);
        }
        Err(ExportError::Failed(error)) => return Err(error),
    };
    match &arguments.out {
        Some(out) => replace(out, &text)?,
        None => terminal::print(&text)?,
    }
    Ok(exit::FINE)
}

/// Writes a file under a temporary name beside it and renames it: a reader sees the old one or the new one, never a part.
fn replace(file: &Path, text: &[u8]) -> anyhow::Result<()> {
    let name = file.file_name().with_context(|| format!("--out {}: must name a file", file.display()))?;
    let temporary = file.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let written = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, file));
    if written.is_err() {
        // What cannot be removed was never written, most likely; the first error tells why.
        let _ = fs::remove_file(&temporary);
    }
    written.with_context(|| file.display().to_string())
}
