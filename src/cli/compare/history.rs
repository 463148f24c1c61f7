//! `--history DIR`: the runs in a directory over time.

use std::path::Path;

use rayon::{iter::Either, prelude::*};

use super::{Compare, output};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::steps::command;
use crate::conclude::{LoadedRun, TrackedRun, history};
use crate::note;
use crate::present::{history_charts, history_report};
use crate::results::{FORMAT_VERSION, HISTORY_FILE, HistoryReport, Listed, MAPSTORM_VERSION, ResultKind, find_results};

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
    let page = || Ok(history_report(&report, history_charts(&report.history)?));
    output::leave(arguments, HISTORY_FILE, &report, &report, page)?;
    if report.history.regressions.is_empty() { Ok(()) } else { Err(Failure::NotMet) }
}

/// All runs in a directory, those of sweeps, what-ifs and the like too.
fn tracked(directory: &Path) -> Result<Vec<TrackedRun>, Failure> {
    let (listed, unread) = find_results(&[directory.to_owned()], true).map_err(Failure::invalid)?;
    let (runs, others): (Vec<_>, Vec<_>) = listed.into_iter().partition(|result| result.kind == ResultKind::Run.name());
    let load = |run: Listed| match LoadedRun::load_without_blocks(&run.path) {
        Ok(loaded) => Either::Left(TrackedRun::of(&loaded)),
        Err(reason) => Either::Right((run.path, reason)),
    };
    let (tracked, unreadable): (Vec<TrackedRun>, Vec<_>) = runs.into_par_iter().partition_map(load);
    for (path, reason) in unread.into_iter().map(|unread| (unread.path, unread.reason)).chain(unreadable) {
        note!("WARNING: left out: {}: {reason:#}", path.display());
    }
    if tracked.is_empty() {
        return Err(Failure::Invalid(format!(
            "--history {}: no run in it that can be read, and {} results of other kinds; name a directory that holds results of \
             `mapstorm run`, four levels deep at most: `mapstorm list DIR` shows them",
            directory.display(),
            others.len()
        )));
    }
    Ok(tracked)
}
