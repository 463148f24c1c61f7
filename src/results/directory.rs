//! The directory of a result: claimed under a temporary name, renamed when all of it is there. An existing directory is never written into.
//! A measurement is never deleted: what cannot be written is a reason in the rest of it, and a name that was taken is replaced by the next one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{
    ClaimError, Diagnosis, Run, STACKS_FILE, Unfinished, counters, has_result, histogram_log, slots, stacks, stalls,
    timeline,
};
use crate::{
    driver::outcome::Outcome,
    os::{moment, replace::replace},
};

/// Why a result is incomplete whose driver was killed while it wrote: it is in the result until all is written.
const KILLED: &str = "the driver was killed while it wrote the results";
/// The file that reserves the space for results.
const RESERVE: &str = ".reserve";

/// The directory of a result under its temporary name. Dropped before it is finished, it is kept as an incomplete result if there is one in it, and
/// removed otherwise.
pub struct RunDirectory(Unfinished);

/// A result whose figures are all in one file.
pub trait OneFile: serde::Serialize {
    const FILE: &str;
    /// Adds the reasons to those that it has.
    fn mark_incomplete(&mut self, because: Vec<String>);
}

/// A directory that has its name.
#[derive(Debug)]
pub struct Named {
    pub path: PathBuf,
    /// Why it does not have the wanted name; `None`: it does.
    pub problem: Option<String>,
}

impl RunDirectory {
    /// Claims the name that a user gave; an error if it exists, another process has claimed it, or the directory cannot be made.
    pub fn new(wanted: &Path) -> Result<RunDirectory, ClaimError> {
        if wanted.file_name().is_none() {
            return Err(ClaimError::Nameless(wanted.to_owned()));
        }
        if fs::symlink_metadata(wanted).is_ok() {
            return Err(ClaimError::Exists(wanted.to_owned()));
        }
        Unfinished::claim(wanted).map(RunDirectory)
    }

    /// Claims a name that mapstorm chose, with a number at its end if it is taken; an error if the directory cannot be made.
    pub fn next(wanted: &Path) -> Result<RunDirectory, ClaimError> {
        Unfinished::claim_next(wanted).map(RunDirectory)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn wanted(&self) -> &Path {
        self.0.wanted()
    }

    /// Reserves bytes of the disk for the results, which are written last; an error if the disk has not so many.
    pub fn reserve(&self, bytes: u64) -> anyhow::Result<()> {
        let path = self.path().join(RESERVE);
        let kept = fs::File::create_new(&path).and_then(|file| crate::os::rename::reserve(&file, bytes));
        kept.with_context(|| format!("{}: no room for {bytes} bytes of results", self.wanted().display()))
    }

    /// Releases what was reserved: now the results are written.
    pub fn release(&self) {
        let _ = fs::remove_file(self.path().join(RESERVE));
    }

    /// Gives the directory its name or, if that is taken, the next free one. Its content stays in any case.
    pub fn finish(self) -> Named {
        self.release();
        moment::reached("naming");
        let (temporary, wanted) = (self.path().to_owned(), self.wanted().to_owned());
        match self.0.finish() {
            Ok(path) if path == wanted => Named { path, problem: None },
            Ok(path) => {
                let problem = format!("{} was there already when the measurement ended", wanted.display());
                Named { path, problem: Some(problem) }
            }
            Err(error) => {
                let problem = format!("the directory could not be renamed to {}: {error}", wanted.display());
                Named { path: temporary, problem: Some(problem) }
            }
        }
    }

    /// Writes a result with the files `beside` it, and names the directory; where it is. What went wrong with that, or before it
    /// (`problems`), makes the result incomplete, which is then written once more.
    pub fn keep<R: OneFile>(
        self,
        result: &mut R,
        mut problems: Vec<String>,
        beside: impl IntoIterator<Item = (&'static str, anyhow::Result<Vec<u8>>)>,
    ) -> PathBuf {
        self.release();
        for (name, content) in std::iter::once((R::FILE, json(result))).chain(beside) {
            let written = content.and_then(|content| put(self.path(), name, &content));
            problems.extend(written.err().map(|error| format!("{error:#}")));
        }
        let Named { path, problem } = self.finish();
        problems.extend(problem);
        if !problems.is_empty() {
            result.mark_incomplete(problems);
            // If this fails too, the screen says why all the same, and the file what was known when it was written last.
            let _ = json(result).and_then(|json| put(&path, R::FILE, &json));
        }
        path
    }

    /// Ends a measurement that cannot go on: what was measured until then is kept, and the error says where.
    pub fn keep_after(self, error: anyhow::Error) -> anyhow::Error {
        if !has_result(self.path()) {
            return error;
        }
        let Named { path, .. } = self.finish();
        error.context(format!("what was measured until then is in {}", path.display()))
    }
}

/// Writes a run directory, `run.json` first and last: until all is written it says that the driver was killed, because only then does it stay so.
/// What could not be written is added to the reasons why the run is incomplete.
pub fn write(directory: &Path, run: &mut Run, outcome: &Outcome) {
    let mut first = run.clone();
    first.summary.mark_incomplete(KILLED.to_owned());
    let figures = ("run.json", json(&first));
    for (name, content) in std::iter::once(figures).chain(tables(outcome, Some(&run.diagnosis))) {
        let written = content.and_then(|content| put(directory, name, &content));
        written.unwrap_or_else(|problem| run.summary.mark_incomplete(format!("{problem:#}")));
    }
    write_figures(directory, run);
}

/// The other files of a run, with its diagnosis if there is one yet.
pub(super) fn tables(
    outcome: &Outcome,
    diagnosis: Option<&Diagnosis>,
) -> impl Iterator<Item = (&'static str, anyhow::Result<Vec<u8>>)> {
    let evidence = outcome.evidence.as_ref();
    let always = [
        ("latency.hlog", histogram_log::text(outcome)),
        ("timeline.csv", table(|to| timeline::write(outcome, to))),
        ("slots.csv", table(|to| slots::write(&outcome.slots, to))),
    ];
    let stalls = evidence.map(|evidence| ("stalls.jsonl", stalls::text(evidence, diagnosis)));
    let counters = evidence.map(|evidence| ("counters.csv", table(|to| counters::write(evidence, to))));
    let sampled = evidence.map(|evidence| &evidence.stacks).filter(|stacks| !stacks.folded.is_empty());
    let stacks = sampled.map(|stacks| (STACKS_FILE, Ok(stacks::folded(stacks))));
    always.into_iter().chain(stalls).chain(counters).chain(stacks)
}

pub fn write_figures(directory: &Path, run: &mut Run) {
    let written = json(run).and_then(|json| put(directory, "run.json", &json));
    written.unwrap_or_else(|problem| run.summary.mark_incomplete(format!("{problem:#}")));
}

fn table(write: impl FnOnce(&mut Vec<u8>) -> anyhow::Result<()>) -> anyhow::Result<Vec<u8>> {
    let mut table = Vec::new();
    write(&mut table).map(|()| table)
}

/// Writes a file of a result, which appears whole under its name or not at all.
pub fn put(directory: &Path, name: &str, content: &[u8]) -> anyhow::Result<()> {
    moment::reached(name);
    let written = moment::disk_is_full().and_then(|()| replace(&directory.join(name), content));
    written.with_context(|| format!("{name} could not be written"))
}

/// A result as JSON, for people too.
pub fn json(result: &impl serde::Serialize) -> anyhow::Result<Vec<u8>> {
    Ok((serde_json::to_string_pretty(result)? + "\n").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Recorded, SweepReport, fixtures};

    #[test]
    fn what_cannot_be_written_is_a_reason_and_the_rest_is_written() {
        let root = tempfile::tempdir().unwrap();
        let outcome = fixtures::outcome();
        for missing in ["run.json", "latency.hlog", "timeline.csv", "slots.csv"] {
            let directory = root.path().join(missing);
            fs::create_dir(&directory).unwrap();
            // A directory of this name cannot be replaced by a file.
            fs::create_dir(directory.join(missing)).unwrap();
            let mut run = fixtures::run(&outcome);
            write(&directory, &mut run, &outcome);
            // The figures are written twice.
            let times = if missing == "run.json" { 2 } else { 1 };
            assert_eq!(run.summary.incomplete_because.len(), times, "{:?}", run.summary);
            assert!(run.summary.incomplete_because[0].starts_with(&format!("{missing} could not be written")));
            for other in ["run.json", "latency.hlog", "timeline.csv", "slots.csv"] {
                assert_eq!(directory.join(other).is_file(), other != missing);
            }
        }
    }

    #[test]
    fn what_is_diagnosed_before_it_is_written_is_what_is_read_back() {
        let root = tempfile::tempdir().unwrap();
        let outcome = fixtures::outcome();
        let mut run = fixtures::run(&outcome);
        let before = Recorded::of(&run, &outcome).unwrap();
        write(root.path(), &mut run, &outcome);
        let after = Recorded::load(root.path()).unwrap();
        assert!(after.run.summary.complete);
        assert_eq!((&before.run, &before.latencies, &before.counters), (&after.run, &after.latencies, &after.counters));
        assert_eq!((&before.stalls, &before.pauses), (&after.stalls, &after.pauses));
        assert_eq!(before.slots.instances, after.slots.instances);
    }

    #[test]
    fn room_is_kept_or_refused_before_anything_is_measured() {
        let root = tempfile::tempdir().unwrap();
        let directory = RunDirectory::new(&root.path().join("result")).unwrap();
        directory.reserve(1 << 20).unwrap();
        assert_eq!(fs::metadata(directory.path().join(RESERVE)).unwrap().len(), 1 << 20);
        directory.release();
        assert!(!directory.path().join(RESERVE).exists());
        let error = format!("{:#}", directory.reserve(1 << 60).unwrap_err());
        assert!(error.contains("no room for"), "{error}");
    }

    #[test]
    fn a_reason_why_runs_are_missing_is_kept_when_more_goes_wrong() {
        let root = tempfile::tempdir().unwrap();
        let wanted = root.path().join("result");
        let directory = RunDirectory::new(&wanted).unwrap();
        fs::create_dir(&wanted).unwrap();
        let mut sweep = SweepReport { stopped: Some("interrupted".to_owned()), ..fixtures::sweep(vec![]) };
        let path = directory.keep(&mut sweep, vec!["the disk was slow".to_owned()], []);
        let reasons = sweep.stopped.as_deref().unwrap();
        assert!(reasons.starts_with("interrupted; the disk was slow; ") && reasons.contains("was there already"));
        assert_eq!(SweepReport::load(&path).unwrap(), sweep);
    }

    #[test]
    fn names_that_are_none_or_taken_are_refused() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(RunDirectory::new(Path::new("/")), Err(ClaimError::Nameless(_))));
        let link = root.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(matches!(RunDirectory::new(&link), Err(ClaimError::Exists(_))));
        let next = RunDirectory::next(&link).unwrap();
        assert_eq!(next.wanted(), root.path().join("link-2"));
    }
}
