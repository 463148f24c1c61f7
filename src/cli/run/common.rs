//! The steps that every way of running has in common: objectives, preflight, signals, names.
//! What is wrong is told on standard error, here and nowhere else.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::Run;
use crate::{
    cli::{exit, slo},
    driver::{Need, preflight},
    note,
    scenario::{Clause, Scenario, ScenarioErrors},
};

/// The objectives of the command line; `None`: one of them is wrong, and that has been told.
pub fn objectives(arguments: &Run) -> Option<Vec<Clause>> {
    slo::parse(&arguments.slo).inspect_err(|message| note!("{message}")).ok()
}

/// Tells what is wrong with a scenario; the exit code for it.
pub fn invalid(errors: &ScenarioErrors) -> u8 {
    note!("{}", errors.render(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()));
    exit::INVALID
}

/// Whether a run may not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The machine is too small for it, which has been told.
    Yes,
    /// It may be, or is wanted all the same.
    No,
}

/// Looks whether this machine can hold the crowds of some scenarios, and tells what it cannot. Each comes with what its messages begin
/// with, to say which of several runs they are about.
pub fn look_ahead<'a>(
    scenarios: impl IntoIterator<Item = (String, &'a Scenario)>,
    wanted: &Path,
    force: bool,
) -> Refused {
    let mut refused = Refused::No;
    for (which, scenario) in scenarios {
        for refusal in preflight(&Need::of(scenario), scenario.file.directory.as_deref().unwrap_or(wanted)) {
            note!("{}: {which}{refusal}", if force { "Warning" } else { "Refused" });
            refused = Refused::Yes;
        }
    }
    if refused == Refused::No || force {
        return Refused::No;
    }
    note!("(--force runs all the same)");
    Refused::Yes
}

/// A flag that the first signal to stop sets. The second one ends the driver at once, and its workers die with it.
pub fn watch_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&interrupted))?;
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    Ok(interrupted)
}

/// The command as it was typed.
pub fn command() -> Vec<String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect()
}

/// Where results go unless told otherwise: `results/NAME-HOST-TIME`.
pub fn default_directory(name: &str) -> PathBuf {
    let host = nix::unistd::gethostname().map_or_else(|_| "unknown".to_owned(), |h| h.to_string_lossy().into_owned());
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    PathBuf::from("results").join(format!("{name}-{host}-{time}"))
}
