//! Exit codes of the command, all of them.

use crate::{
    mailboxes::FileError,
    results::{ClaimError, Judgement, Run},
};

/// What they mean, for `--help` and the manual.
pub const HELP: &str = "Exit codes: 0 fine; 1 failure; 2 wrong usage or invalid input; 3 this machine is too small; 4 an objective was not met, or \
                        the run is invalid; 5 incomplete (interrupted, workers lost, or results that could not all be written); 130 ended by a second Ctrl-C.";
/// Everything went as asked.
pub const FINE: u8 = 0;
/// Something failed.
pub const FAILURE: u8 = 1;
/// Wrong usage or invalid input: nothing was started.
pub const INVALID: u8 = 2;
/// This machine is too small for the scenario: nothing was created.
pub const REFUSED: u8 = 3;
/// The run met not all of its objectives, or is invalid and says nothing about the machine. Of a comparison: a figure is worse than
/// the baseline's by more than `--fail-on-regression` allows.
pub const SLO_NOT_MET: u8 = 4;
/// The run was interrupted, lost workers, or could not write all of its results: what was measured is kept, marked incomplete.
pub const INCOMPLETE: u8 = 5;

/// The exit code of an error that ended a command: a file of the wrong kind is wrong input, and so is a name that cannot be used for a result;
/// everything else is a failure.
pub fn of_error(error: &anyhow::Error) -> u8 {
    let is_wrong_file = || error.downcast_ref::<FileError>().is_some_and(|error| error.error.is_wrong_input());
    let is_wrong_name = || error.downcast_ref::<ClaimError>().is_some_and(|error| !matches!(error, ClaimError::Io(..)));
    if is_wrong_file() || is_wrong_name() { INVALID } else { FAILURE }
}

/// The exit code of a finished run. What makes a run incomplete or its operations fail weighs more than the verdict.
pub fn of(run: &Run) -> u8 {
    let verdict = run.diagnosis.verdict.as_ref().map(|verdict| verdict.outcome);
    match (run.summary.complete, run.summary.errors, verdict) {
        (false, _, _) => INCOMPLETE,
        (true, 1.., _) => FAILURE,
        (true, 0, Some(Judgement::NotMet | Judgement::Invalid)) => SLO_NOT_MET,
        (true, 0, Some(Judgement::Met) | None) => FINE,
    }
}
