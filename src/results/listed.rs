//! Which results there are under a directory, and a line for each.
//! Only the main JSON file of each is read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use rayon::{iter::Either, prelude::*};
use serde::Serialize;

use super::{
    Ab, Answer, Cost, Environment, Inspection, Judgement, Knee, Machine, MitigationResult, MitigationStatus,
    Qualification, ResultKind, Role, Run, Series, Shootdown, SweepReport, WhatIf,
};
use crate::scenario::units::{format_duration_ns, short_ns};

/// How many directories below the given one are searched.
const DEEPEST: usize = 4;

/// A result, in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its directory.
    pub path: PathBuf,
    /// The name of its kind, such as `run` or `what-if`.
    pub kind: &'static str,
    /// When the command began, UTC, ISO 8601.
    pub started: String,
    /// The scenario's name; of a live server the file's; else the kind's.
    pub name: String,
    /// The host's name; `null`: unknown.
    pub host: Option<String>,
    /// Operating system and kernel release; `null`: unknown.
    pub system: Option<String>,
    /// False if it was interrupted, workers were lost, or runs are missing.
    pub complete: bool,
    /// For a run: whether its objectives were met; `null`: there were none.
    pub verdict: Option<Judgement>,
    /// For a run: 99th percentile of response time of the readers' most frequent operation, nanoseconds; `null`: too few completed.
    pub reader_p99_ns: Option<u64>,
    /// For a run: the longest freeze, nanoseconds; `null`: there was none.
    pub longest_freeze_ns: Option<u64>,
    /// Its main figures, in a few words.
    pub says: String,
}

/// A directory that looks like a result but cannot be read as one, or cannot be looked into.
#[derive(Debug)]
pub struct Unread {
    pub path: PathBuf,
    pub reason: anyhow::Error,
}

/// A result that was not read yet: its kind and its directory.
pub type Place = (ResultKind, PathBuf);

/// The results under some directories, or the directories themselves if they are results; oldest first. The runs inside a sweep or a
/// what-if are only listed if `all` is wanted. Hidden directories are left out: unfinished results are such. An error if one of the directories
/// cannot be listed; what cannot be read further down is in the second list.
pub fn find(directories: &[PathBuf], all: bool) -> anyhow::Result<(Vec<Listed>, Vec<Unread>)> {
    let (places, mut unread) = places(directories, all)?;
    let read = |(kind, path): Place| match read(kind, &path) {
        Ok(listed) => Either::Left(listed),
        Err(reason) => Either::Right(Unread { path, reason }),
    };
    let (mut listed, unreadable): (Vec<Listed>, Vec<Unread>) = places.into_par_iter().partition_map(read);
    unread.extend(unreadable);
    listed.sort_by(|one, other| (&one.started, &one.path).cmp(&(&other.started, &other.path)));
    Ok((listed, unread))
}

/// Where results are under some directories, and of which kind, without reading them: in each of the directories sorted by path. `all`, the
/// error and the second list are as of [`find`].
pub fn places(directories: &[PathBuf], all: bool) -> anyhow::Result<(Vec<Place>, Vec<Unread>)> {
    let (mut places, mut unread) = (Vec::new(), Vec::new());
    for directory in directories {
        fs::read_dir(directory).with_context(|| format!("{}: no directory that can be listed", directory.display()))?;
        descend(directory, DEEPEST, all, &mut places, &mut unread);
    }
    Ok((places, unread))
}

fn descend(directory: &Path, levels: usize, all: bool, places: &mut Vec<Place>, unread: &mut Vec<Unread>) {
    if let Some(kind) = ResultKind::in_directory(directory) {
        places.push((kind, directory.to_owned()));
        if !all || kind == ResultKind::Run {
            return;
        }
    }
    let Some(levels) = levels.checked_sub(1) else { return };
    match subdirectories(directory) {
        Ok(below) => below.iter().for_each(|below| descend(below, levels, all, places, unread)),
        Err(error) => unread.push(Unread { path: directory.to_owned(), reason: error.into() }),
    }
}

/// Directories in a directory, sorted; neither hidden ones nor links, which might lead in a circle.
fn subdirectories(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && !entry.file_name().as_encoded_bytes().starts_with(b".") {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn read(kind: ResultKind, path: &Path) -> anyhow::Result<Listed> {
    Ok(match kind {
        ResultKind::Run => of_run(path, Run::load(path)?),
        ResultKind::Sweep => of_sweep(path, SweepReport::load(path)?),
        ResultKind::WhatIf => of_what_if(path, WhatIf::load(path)?),
        ResultKind::Cost => of_cost(path, Cost::load(path)?),
        ResultKind::Qualify => of_qualification(path, Qualification::load(path)?),
        ResultKind::Ab => of_ab(path, Ab::load(path)?),
        ResultKind::Shootdown => of_shootdown(path, Shootdown::load(path)?),
        ResultKind::Inspection => of_inspection(path, Inspection::load(path)?),
    })
}

/// What all kinds have.
fn listed(path: &Path, kind: ResultKind, machine: Option<Machine>, started: String, complete: bool) -> Listed {
    let (host, system) =
        machine.map(|machine| (machine.host, format!("{} {}", machine.system, machine.kernel))).unzip();
    Listed {
        path: path.to_owned(),
        kind: kind.name(),
        started,
        name: kind.name().to_owned(),
        host,
        system,
        complete,
        verdict: None,
        reader_p99_ns: None,
        longest_freeze_ns: None,
        says: String::new(),
    }
}

/// The same where a result has all of the machine's environment.
fn listed_on(path: &Path, kind: ResultKind, machine: &Environment, started: String, complete: bool) -> Listed {
    listed(path, kind, Some(Machine::of_environment(machine)), started, complete)
}

fn of_run(path: &Path, run: Run) -> Listed {
    let of_readers = run.summary.rows.iter().filter(|row| row.role == Role::Reader && row.series == Series::Response);
    let most = of_readers.max_by_key(|row| row.count);
    let longest = run.diagnosis.longest_freeze_ns();
    let verdict = run.diagnosis.verdict.map(|verdict| verdict.outcome);
    let judged = match verdict {
        Some(Judgement::Met) => "SLO met",
        Some(Judgement::NotMet) => "SLO NOT met",
        Some(Judgement::Invalid) => "INVALID",
        None => "no SLO",
    };
    let p99 = most.map_or_else(
        || "no reader completed anything".to_owned(),
        |row| match row.supported(0.99) {
            Some(ns) => format!("{} p99 {}", row.operation, format_duration_ns(ns)),
            None => format!("{} slowest {}", row.operation, format_duration_ns(row.max_ns)),
        },
    );
    let freeze = longest.map_or_else(|| "no freeze".to_owned(), |ns| format!("froze {}", format_duration_ns(ns)));
    Listed {
        name: run.scenario.name,
        verdict,
        reader_p99_ns: most.and_then(|row| row.supported(0.99)),
        longest_freeze_ns: longest,
        says: format!("{p99}; {freeze}; {judged}"),
        ..listed_on(path, ResultKind::Run, &run.environment, run.started, run.summary.complete)
    }
}

fn of_sweep(path: &Path, sweep: SweepReport) -> Listed {
    let runs = if sweep.runs.len() == 1 { "1 run".to_owned() } else { format!("{} runs", sweep.runs.len()) };
    let knees: Vec<String> = sweep.knees.iter().map(knee).collect();
    let says = if knees.is_empty() {
        let keys: Vec<&str> = sweep.axes.iter().map(|axis| &*axis.key).collect();
        format!("{runs} by {}", keys.join(" and "))
    } else {
        format!("{}; {runs}", knees.join("; "))
    };
    let all = listed(path, ResultKind::Sweep, sweep.machine, sweep.started, sweep.complete);
    Listed { name: sweep.scenario, says, ..all }
}

fn knee(knee: &Knee) -> String {
    match (knee.answer, knee.load) {
        (Answer::Found, Some(load)) => format!("knee at {} {load}", knee.key),
        (Answer::Above, Some(load)) => format!("knee above {} {load}", knee.key),
        (Answer::Below, _) => format!("knee below the smallest {}", knee.key),
        _ => format!("knee of {} undecided", knee.key),
    }
}

fn of_what_if(path: &Path, what_if: WhatIf) -> Listed {
    // Where only what-if.json was kept, the machine is unknown.
    let baseline = Run::load(&path.join(what_if.baseline.directory)).ok();
    let is_measured = |mitigation: &MitigationResult| mitigation.status == MitigationStatus::Measured;
    let says = match (what_if.conclusion.best.as_slice(), what_if.conclusion.lowered.as_slice()) {
        ([], []) if !what_if.mitigations.iter().any(is_measured) => "no mitigation was measured".to_owned(),
        ([], []) => "no mitigation made it better".to_owned(),
        ([_, ..], _) => format!("best: {}", what_if.conclusion.best.join(", ")),
        ([], lowered) => format!("better with {} of {} mitigations", lowered.len(), what_if.mitigations.len()),
    };
    let machine = baseline.as_ref().map(Machine::of);
    let all = listed(path, ResultKind::WhatIf, machine, what_if.started, what_if.complete);
    Listed { name: what_if.scenario, says, ..all }
}

fn of_qualification(path: &Path, found: Qualification) -> Listed {
    let knee = found.knee.map_or_else(String::new, |knee| match (knee.low, knee.high) {
        (Some(_), Some(_)) => format!("; objectives hold up to {:.0}", knee.load),
        (Some(low), None) => format!("; objectives hold up to at least {low:.0}"),
        (None, _) => format!("; objectives hold at no load down to {:.0}", knee.load),
    });
    let says = format!("{} for {} processes{knee}", found.verdict.words(), found.wanted);
    let all = listed(path, ResultKind::Qualify, found.machine, found.started, found.complete);
    Listed { name: found.scenario, says, ..all }
}

fn of_ab(path: &Path, found: Ab) -> Listed {
    let name = found.name();
    let all = listed(path, ResultKind::Ab, found.machine, found.started, found.complete);
    Listed { name, says: found.statement, ..all }
}

fn of_shootdown(path: &Path, found: Shootdown) -> Listed {
    let lost = found.models.iter().filter_map(|model| Some((model, model.responder_lost_ns.value()?)));
    let says = lost.max_by(|one, other| one.1.value.total_cmp(&other.1.value)).map_or_else(
        || "no model".to_owned(),
        |(model, lost)| format!("a responder loses up to {} ({})", short_ns(lost.value), model.method),
    );
    Listed { says, ..listed_on(path, ResultKind::Shootdown, &found.environment, found.started, found.complete) }
}

fn of_inspection(path: &Path, found: Inspection) -> Listed {
    let name = found.file.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let all = listed_on(path, ResultKind::Inspection, &found.environment, found.started, found.complete);
    Listed { name, says: found.statement, ..all }
}

fn of_cost(path: &Path, cost: Cost) -> Listed {
    let own = cost.rows.iter().filter(|row| !row.emulated);
    let slopes = own.filter_map(|row| Some((row.update(), row.measured()?.slope().value)));
    let says = slopes.max_by(|one, other| one.1.total_cmp(&other.1)).map_or_else(
        || "nothing was measured".to_owned(),
        |(method, ns)| format!("up to {} a mapper ({method})", short_ns(ns)),
    );
    Listed { says, ..listed_on(path, ResultKind::Cost, &cost.environment, cost.started, cost.complete) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::results::{FitKnee, fixtures};

    fn run(directory: &Path, name: &str, started: &str) {
        let outcome = fixtures::outcome();
        let mut run = fixtures::run(&outcome);
        run.started = started.to_owned();
        run.environment.host = "imap1".to_owned();
        let path = directory.join(name);
        fs::create_dir_all(&path).unwrap();
        fixtures::write(&path, &run, &outcome);
    }

    #[test]
    fn what_is_found_comes_oldest_first_and_hidden_directories_are_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        run(path, "b", "2007-09-24T08:00:00Z");
        run(path, "deep/er/c", "2007-09-23T08:00:00Z");
        run(path, ".a.77", "2007-09-22T08:00:00Z");
        run(path, "1/2/3/4/5/too-deep", "2007-09-22T08:00:00Z");
        fs::create_dir(path.join("foreign")).unwrap();
        fs::write(path.join("foreign/run.json"), "{\"format_version\": 1}").unwrap();
        let (listed, unread) = find(&[path.to_owned()], false).unwrap();
        let names: Vec<_> =
            listed.iter().map(|result| result.path.strip_prefix(path).unwrap().display().to_string()).collect();
        assert_eq!(names, ["deep/er/c", "b"]);
        assert_eq!(listed[1].says, "lookup slowest 5.01 ms; no freeze; no SLO");
        assert_eq!((listed[1].host.as_deref(), listed[1].system.as_deref()), (Some("imap1"), Some("Linux 6.18.1")));
        assert_eq!(unread.len(), 1);
        assert!(format!("{:#}", unread[0].reason).contains("format version 1"), "{:#}", unread[0].reason);
        // A result itself is listed too, and what is no directory is an error.
        assert_eq!(find(&[path.join("b")], false).unwrap().0.len(), 1);
        assert!(find(&[path.join("none")], false).is_err());
    }

    #[test]
    fn a_line_says_no_more_than_was_found() {
        let mut found = fixtures::qualification(&[], None);
        for (low, high, said) in [
            (Some(100.0), Some(400.0), "INVALID for 6000 processes; objectives hold up to 200"),
            (Some(200.0), None, "INVALID for 6000 processes; objectives hold up to at least 200"),
            (None, Some(200.0), "INVALID for 6000 processes; objectives hold at no load down to 200"),
        ] {
            found.knee = Some(FitKnee { load: 200.0, low, high });
            assert_eq!(of_qualification(Path::new("x"), found.clone()).says, said);
        }
        let mut what_if = fixtures::what_if();
        let says = |what_if: &WhatIf| of_what_if(Path::new("none"), what_if.clone()).says;
        assert_eq!(says(&what_if), "no mitigation made it better");
        what_if.mitigations.retain(|mitigation| mitigation.status != MitigationStatus::Measured);
        assert_eq!(says(&what_if), "no mitigation was measured");
    }

    #[test]
    fn runs_of_a_sweep_are_listed_on_request() {
        let directory = tempfile::tempdir().unwrap();
        let sweep = fixtures::sweep(vec![fixtures::swept(1, 100.0, 1, None)]);
        fs::create_dir(directory.path().join("s")).unwrap();
        fs::write(directory.path().join("s/sweep.json"), serde_json::to_string(&sweep).unwrap()).unwrap();
        run(&directory.path().join("s"), "points/01", "2007-09-24T08:10:00Z");
        let kinds = |all| -> Vec<&str> {
            find(&[directory.path().to_owned()], all).unwrap().0.iter().map(|listed| listed.kind).collect()
        };
        assert_eq!(kinds(false), ["sweep"]);
        assert_eq!(kinds(true), ["sweep", "run"]);
        let (listed, _) = find(&[directory.path().to_owned()], false).unwrap();
        assert_eq!(listed[0].says, "1 run by readers.count");
    }
}
