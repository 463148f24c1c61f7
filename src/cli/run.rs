//! `mapstorm run SCENARIO`: the main job, step by step.
//! The first Ctrl-C ends the run and keeps what was measured.

use std::{
    io::IsTerminal,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::{exit, live::Live, slo};
use crate::{
    driver::{Need, preflight},
    experiment::{OneRun, one_run},
    scenario::Scenario,
};

/// What to run, and where to put the results.
#[derive(Debug, Args)]
pub struct Run {
    /// The scenario's TOML file
    scenario: PathBuf,
    /// Override a key of the scenario, such as readers.count=500
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Judge the run by these objectives too, such as 'lookup.p99<=50ms,freeze.longest<=200ms'
    #[arg(long, value_name = "CLAUSES")]
    slo: Vec<String>,
    /// The run directory to make [default: results/SCENARIO-HOST-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Run although this machine seems too small
    #[arg(long)]
    force: bool,
    /// Keep the mapped files in the run directory
    #[arg(long)]
    keep_file: bool,
    /// Print run.json instead of the summary
    #[arg(long)]
    json: bool,
}

/// Carries the run out; the exit code.
pub fn run(arguments: &Run) -> anyhow::Result<u8> {
    let objectives = match slo::parse(&arguments.slo) {
        Ok(objectives) => objectives,
        Err(message) => {
            eprintln!("{message}");
            return Ok(exit::INVALID);
        }
    };
    let mut scenario = match Scenario::load(&arguments.scenario, &arguments.sets) {
        Ok(scenario) => scenario,
        Err(errors) => {
            eprintln!("{}", errors.render(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()));
            return Ok(exit::INVALID);
        }
    };
    scenario.slo.clauses.extend(objectives);
    let wanted = arguments.out.clone().unwrap_or_else(|| default_directory(&scenario));
    let refusals = preflight(&Need::of(&scenario), scenario.file.directory.as_deref().unwrap_or(&wanted));
    for refusal in &refusals {
        eprintln!("{}: {refusal}", if arguments.force { "Warning" } else { "Refused" });
    }
    if !refusals.is_empty() && !arguments.force {
        eprintln!("(--force runs all the same)");
        return Ok(exit::REFUSED);
    }
    let interrupted = watch_signals()?;
    let command: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let how = OneRun { wanted: &wanted, keep_file: arguments.keep_file, command: &command, interrupted: &interrupted };
    let live = Live::new();
    let finished = one_run(&scenario, &how, &mut |progress| live.show(&progress))?;
    live.end();
    let Some((run, directory)) = finished else {
        eprintln!("interrupted before the crowd was forked: there is nothing to keep");
        return Ok(exit::INCOMPLETE);
    };
    super::print(&if arguments.json { serde_json::to_string_pretty(&run)? + "\n" } else { run.to_string() })?;
    eprintln!("results in {}", directory.display());
    Ok(exit::of(&run))
}

/// A flag that the first signal to stop sets. The second one ends the driver at once, and its workers die with it.
fn watch_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&interrupted))?;
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    Ok(interrupted)
}

fn default_directory(scenario: &Scenario) -> PathBuf {
    let host = nix::unistd::gethostname().map_or_else(|_| "unknown".to_owned(), |h| h.to_string_lossy().into_owned());
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    PathBuf::from("results").join(format!("{}-{host}-{time}", scenario.name))
}
