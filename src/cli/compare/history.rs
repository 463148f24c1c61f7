//! `--history DIR`: the runs in a directory over time.

use std::path::{Path, PathBuf};

use rayon::{iter::Either, prelude::*};

use super::{Compare, output};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::run::common::command;
use crate::conclude::{LoadedRun, TrackedRun, history};
use crate::note;
use crate::present::{history_charts, history_report};
use crate::results::{FORMAT_VERSION, HISTORY_FILE, HistoryReport, MAPSTORM_VERSION, ResultKind, find_results};

/// Searches a directory, and reports what changed. What cannot be read is named and left out.
///
/// # Errors
/// The directory cannot be listed or holds no run, or `--out` cannot be written: invalid input. A regression of more than is allowed: not met.
pub fn run(arguments: &Compare, directory: &Path) -> Outcome {
    if let Some(out) = &arguments.out {
        output::check(out).map_err(Failure::invalid)?;
    }
    let tracked = tracked(directory)?;
    let report = HistoryReport {
        format_version: FORMAT_VERSION,
        mapstorm_version: MAPSTORM_VERSION.to_owned(),
        command: command(),
        directory: directory.display().to_string(),
        history: history(tracked, arguments.min_effect, arguments.fail_on_regression),
    };
    let json = serde_json::to_string_pretty(&report)? + "\n";
    if let Some(out) = &arguments.out {
        let drawn = history_report(&report, history_charts(&report.history)?);
        output::write(out, (HISTORY_FILE, &json), |inside| drawn.write(inside).map(|_| ()))?;
    }
    crate::cli::print(&if arguments.json { json } else { report.to_string() })?;
    if let Some(out) = &arguments.out {
        note!("history in {}", out.display());
    }
    if report.history.regressions.is_empty() { Ok(()) } else { Err(Failure::NotMet) }
}

/// All runs in a directory, those of sweeps, what-ifs and the like too.
fn tracked(directory: &Path) -> Result<Vec<TrackedRun>, Failure> {
    let (listed, mut unread) = find_results(&[directory.to_owned()], true).map_err(Failure::invalid)?;
    let of_others = listed.iter().filter(|result| result.kind != ResultKind::Run.name()).count();
    let paths = listed.into_iter().filter(|result| result.kind == ResultKind::Run.name()).map(|result| result.path);
    let load = |path: PathBuf| match LoadedRun::load_without_blocks(&path) {
        Ok(loaded) => Either::Left(TrackedRun::of(&loaded)),
        Err(reason) => Either::Right((path, reason)),
    };
    let paths: Vec<PathBuf> = paths.collect();
    let (tracked, unreadable): (Vec<TrackedRun>, Vec<_>) = paths.into_par_iter().partition_map(load);
    let unread = unread.drain(..).map(|unread| (unread.path, unread.reason)).chain(unreadable);
    for (path, reason) in unread {
        note!("WARNING: left out: {}: {reason:#}", path.display());
    }
    if tracked.is_empty() {
        return Err(Failure::Invalid(format!(
            "--history {}: no run in it that can be read, and {of_others} results of other kinds; name a directory that holds results of \
             `mapstorm run`, four levels deep at most: `mapstorm list DIR` shows them",
            directory.display()
        )));
    }
    Ok(tracked)
}
