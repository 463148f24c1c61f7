//! `mapstorm report RESULT`: draws a result: one page, and its charts in a directory. Commands that measure draw theirs at their end.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, Outcome};
use crate::note;
use crate::present::Reported;
use crate::results::ResultKind;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm report results/quick-imap1                     report.html and charts/ in the result
  mapstorm report results/cost-imap1 --out /var/www/cost  elsewhere")]
pub struct Report {
    /// The result directory, or the JSON file in it: such as run.json, sweep.json or ab.json
    result: PathBuf,
    /// Where report.html and charts/ go [default: into the result directory]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the charts as PNG too (only in a program that was built with this feature)
    #[arg(long)]
    png: bool,
}

/// Draws; the path of the page goes to stdout.
pub fn run(arguments: &Report) -> Outcome {
    if arguments.png && !cfg!(feature = "png") {
        return Err(Failure::invalid(
            "this program cannot write PNG; one built with `cargo install mapstorm --features png` can",
        ));
    }
    let read = ResultKind::of(&arguments.result)
        .and_then(|(kind, directory)| Ok((Reported::load(kind, &directory)?, directory)));
    let (reported, directory) = read.map_err(Failure::invalid)?;
    if let Some(why) = reported.left_out() {
        note!("{why}: what is drawn from that is not in the report");
    }
    let report = reported.draw(arguments.png)?;
    let hint = "--out DIR writes the report somewhere else, and leaves the result as it is";
    let written = report.write(arguments.out.as_ref().unwrap_or(&directory));
    let path = match &arguments.out {
        Some(out) => written.map_err(|error| Failure::of_path(out, error))?,
        None => written.map_err(|error| anyhow::anyhow!("{error:#}\n({hint})"))?,
    };
    Ok(super::print(&format!("{}\n", path.display()))?)
}

/// Draws the result that a command has just left. What was measured is kept, also if this fails.
pub(super) fn at_the_end(directory: &Path) {
    let draw = || {
        let (kind, directory) = ResultKind::of(directory)?;
        Reported::load(kind, &directory)?.draw(false)?.write(&directory)
    };
    match draw() {
        Ok(path) => note!("report in {}", path.display()),
        Err(error) => note!("Warning: no report: {error:#}"),
    }
}
