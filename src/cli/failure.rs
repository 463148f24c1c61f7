//! How a command ends that does not end well.

use std::{io, path::Path};

use crate::mailboxes::FileError;
use crate::note;
use crate::os::regular_file::is_wrong_path;
use crate::results::{ClaimError, Judgement, Run};
use crate::scenario::ScenarioErrors;

/// All exit codes, and what they mean: one table for every command, `--help` and the manual. A second signal leaves 130 or 143.
pub const EXIT_CODES: [(u8, &str); 7] = [
    (0, "fine"),
    (FAILURE, "failure"),
    (INVALID, "wrong usage, or invalid input of any kind"),
    (3, "this machine is too small"),
    (4, "an objective was not met, a regression was found, or the run is invalid"),
    (5, "incomplete (interrupted, workers lost, or results that could not all be written)"),
    (130, "ended by a second Ctrl-C"),
];

pub const FAILURE: u8 = 1;
pub const INVALID: u8 = 2;

/// The table in a sentence.
pub fn help() -> String {
    let codes = EXIT_CODES.map(|(code, meaning)| format!("{code} {meaning}"));
    format!("Exit codes: {}.", codes.join("; "))
}

/// Why a command did not end well. What was measured is kept in all cases.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage or invalid input, in words: nothing was started.
    Invalid(String),
    /// This machine is too small, which has been reported: nothing was made.
    Refused,
    /// Not all objectives were met, or the run is invalid and says nothing about the machine; of a comparison: a figure is worse than the
    /// baseline's by more than `--fail-on-regression` allows.
    NotMet,
    /// Interrupted, workers lost, or results that could not all be written.
    Incomplete,
    /// Operations failed, or a run of many did, which has been reported.
    Failed,
    Error(anyhow::Error),
}

pub type Outcome = Result<(), Failure>;

impl Failure {
    pub fn invalid(why: impl std::fmt::Display) -> Failure {
        // With `{:#}` an error says its causes too.
        Failure::Invalid(format!("{why:#}"))
    }

    /// Whether an error is about what the user gave: a file of the wrong kind, or a name that cannot be used for a result.
    pub fn is_wrong_input(error: &anyhow::Error) -> bool {
        let is_wrong_file = error.downcast_ref::<FileError>().is_some_and(|error| error.error.is_wrong_input());
        let is_wrong_name = error.downcast_ref::<ClaimError>().is_some_and(|error| match error {
            ClaimError::Io(_, error) => is_wrong_path(error),
            _ => true,
        });
        is_wrong_file || is_wrong_name
    }

    /// How a command ends whose result is complete, or is not.
    pub fn unless_complete(is_complete: bool) -> Outcome {
        if is_complete { Ok(()) } else { Err(Failure::Incomplete) }
    }

    /// A signal came so early that there is no result, which is reported.
    pub fn interrupted_before(what: &str) -> Failure {
        note!("interrupted before {what}: there is nothing to keep");
        Failure::Incomplete
    }

    /// An error about a path that the user named.
    pub fn of_path(path: &Path, error: anyhow::Error) -> Failure {
        let error = error.context(path.display().to_string());
        let is_wrong = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_wrong_path);
        if is_wrong { Failure::invalid(error) } else { Failure::Error(error) }
    }

    /// Its row of the table.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Failed => FAILURE,
            Failure::Error(error) if !Failure::is_wrong_input(error) => FAILURE,
            Failure::Invalid(_) | Failure::Error(_) => INVALID,
            Failure::Refused => 3,
            Failure::NotMet => 4,
            Failure::Incomplete => 5,
        }
    }

    /// How a finished run ends its command. An incomplete run and failed operations come before the verdict.
    pub fn of_run(run: &Run) -> Outcome {
        let verdict = run.diagnosis.verdict.as_ref().map(|verdict| verdict.outcome);
        match (run.summary.complete, run.summary.errors, verdict) {
            (false, _, _) => Err(Failure::Incomplete),
            (true, 1.., _) => Err(Failure::Failed),
            (true, 0, Some(Judgement::NotMet | Judgement::Invalid)) => Err(Failure::NotMet),
            (true, 0, Some(Judgement::Met) | None) => Ok(()),
        }
    }
}

/// What commands find wrong themselves, they say in words: it is about what the user gave.
impl From<String> for Failure {
    fn from(why: String) -> Failure {
        Failure::Invalid(why)
    }
}

impl From<ScenarioErrors> for Failure {
    fn from(errors: ScenarioErrors) -> Failure {
        use std::io::IsTerminal;
        let has_colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Failure::Invalid(errors.render(has_colours))
    }
}

macro_rules! errors {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure::Error(error.into())
            }
        }
    )*};
}

errors!(anyhow::Error, io::Error, serde_json::Error, FileError, std::num::TryFromIntError);
