//! The steps that commands which measure have in common: tracing, preflight, signals, the name of the result, what others have left behind.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::failure::{Failure, Outcome};
use crate::driver::{Need, Places, Refusal, Room, preflight, results_of};
use crate::note;
use crate::os::affinity;
use crate::os::signal::second_becomes;
use crate::os::tracefs::mount_for_this_process;
use crate::results::{self, CpuQuota, Owner, RunDirectory, Swept};
use crate::scenario::Scenario;
use crate::scenario::units::format_duration_ns;

/// Evidence that takes a step first: root mounts the tracing system for its own process, unless that is refused.
#[derive(Clone, Copy, Debug, Args)]
pub struct Mounting {
    /// As root, do not mount the tracing system (tracefs) for this process where it is not mounted: evidence that needs it is then unavailable
    #[arg(long)]
    no_mount: bool,
}

impl Mounting {
    /// To be called before anything is forked or asked of the system.
    pub fn carry_out(self) {
        if self.no_mount {
            return;
        }
        match mount_for_this_process() {
            Ok(true) => note!("mounted tracefs for this process alone, for more evidence (--no-mount refuses that)"),
            Ok(false) => {}
            Err(why) => note!("Warning: no tracing system: {why}; evidence that needs it is unavailable"),
        }
    }
}

/// Refuses a place for results, as this option names it, that can never be made, because it is or lies below what is no directory: no machine
/// is too small for that.
pub fn check_place(wanted: &Path, option: &str) -> Outcome {
    let nearest = wanted.ancestors().find(|place| place.exists());
    match nearest.filter(|place| !place.is_dir()) {
        Some(file) => Err(Failure::invalid(format!(
            "{}: {} exists already and is no directory; name another place with {option}",
            wanted.display(),
            file.display()
        ))),
        None => Ok(()),
    }
}

/// Checks whether this machine can hold the workers of some scenarios, and reports why it cannot. Each scenario comes with the prefix of
/// its messages, which says which of several runs they are about, and runs so many times. There must be room for all results together.
pub fn look_ahead<'a>(
    scenarios: impl IntoIterator<Item = (String, &'a Scenario)>,
    times: u32,
    wanted: &Path,
    force: bool,
) -> Outcome {
    check_place(wanted, "--out")?;
    let scenarios: Vec<_> = scenarios.into_iter().collect();
    let results =
        scenarios.iter().map(|(_, scenario)| results_of(scenario)).fold(Room::default(), |all, one| all + one);
    let refusals = scenarios.iter().flat_map(|(which, scenario)| {
        let need = Need::of(scenario).among(results * u64::from(times));
        preflight(&need, Places::of(scenario, wanted)).into_iter().map(move |refusal| (which.as_str(), refusal))
    });
    refuse(refusals, force, "runs")
}

/// Reports why this machine is too small, each reason once, although it may be that of several runs, which have prefixes. With `force` the
/// command does what it `does` all the same.
pub fn refuse<'w>(refusals: impl Iterator<Item = (&'w str, Refusal)>, force: bool, does: &str) -> Outcome {
    let mut reported = Vec::new();
    for (which, refusal) in refusals {
        if !reported.contains(&refusal) {
            note!("{}: {which}{refusal}", if force { "Warning" } else { "Refused" });
            reported.push(refusal);
        }
    }
    if reported.is_empty() || force {
        return Ok(());
    }
    note!("(--force {does} all the same)");
    Err(Failure::Refused)
}

/// Checks that a budget suffices for `what`; else what would, or what to do without.
pub fn suffices(budget_ns: u64, least_ns: u64, what: &str, less: &str) -> Result<(), String> {
    if least_ns <= budget_ns {
        return Ok(());
    }
    // Rounded up, so that what is proposed is accepted although the next estimate differs a little.
    let (budget, seconds) = (format_duration_ns(budget_ns), (least_ns as f64 * 1.25 / 1e9).ceil());
    Err(format!("--budget {budget}: too little for {what}; the least is about {seconds} s. Or measure less: {less}"))
}

/// Warns of a CPU quota that would stop all workers together; it refuses nothing.
fn warn_of_quota() {
    let quota = CpuQuota::probe();
    let allowed = affinity::cpus_allowed().ok();
    if let Some(warning) = quota.value().and_then(Option::as_ref).and_then(|quota| quota.warning(allowed)) {
        note!("Warning: {warning}");
    }
}

/// A flag that the first signal to stop sets. The second signal ends the driver at once: its workers die with it, and what it has left
/// unfinished in `parents` is cleaned up. SIGHUP sets the flag and is never a second signal: both the system and shells send it.
fn watch_signals(parents: &[PathBuf]) -> anyhow::Result<Arc<AtomicBool>> {
    let (interrupted, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    for signal in [SIGINT, SIGTERM] {
        let code = (128 + signal).to_string();
        let mut arguments = vec![OsString::from("abandon"), OsString::from(code)];
        arguments.extend(parents.iter().map(|parent| parent.clone().into_os_string()));
        second_becomes(signal, Arc::clone(&asked), &arguments)?;
        signal_hook::flag::register(signal, Arc::clone(&asked))?;
    }
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    Ok(interrupted)
}

pub enum Wanted {
    /// `--out`.
    Named(PathBuf),
    /// The default, which gets a number if it is taken.
    Default(PathBuf),
}

impl Wanted {
    /// `--out DIR`, or `results/NAME-HOST-TIME`.
    pub fn of(out: Option<&Path>, name: &str) -> Wanted {
        out.map_or_else(|| Wanted::Default(default_directory(name)), |out| Wanted::Named(out.to_owned()))
    }

    /// Its path, without the number that the default may get.
    pub fn path(&self) -> &Path {
        let (Wanted::Named(path) | Wanted::Default(path)) = self;
        path
    }

    /// Claims it, and handles signals to stop from now on. What killed processes have left next to it, or in other directories that will be
    /// used, is cleaned up first.
    /// Errors: The name is taken or invalid, or the directory cannot be made.
    pub fn claim<'p>(
        &self,
        others: impl IntoIterator<Item = &'p PathBuf>,
    ) -> anyhow::Result<(RunDirectory, Arc<AtomicBool>)> {
        let mut parents: Vec<PathBuf> = others.into_iter().cloned().collect();
        parents.push(parent(self.path()).to_owned());
        parents.sort();
        parents.dedup();
        let interrupted = in_order_and_watched(&parents)?;
        warn_of_quota();
        let directory = match self {
            Wanted::Named(path) => RunDirectory::new(path),
            Wanted::Default(path) => RunDirectory::next(path),
        };
        Ok((directory?, interrupted))
    }
}

/// The directory that something is in, of a bare name the current one.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Cleans up what killed processes have left in directories that will be used, and handles signals to stop from now on.
pub fn in_order_and_watched(parents: &[PathBuf]) -> anyhow::Result<Arc<AtomicBool>> {
    put_in_order(results::sweep(parents.iter().map(PathBuf::as_path)));
    watch_signals(parents)
}

/// Reports what was done with what killed processes have left.
pub fn put_in_order(swept: Vec<Swept>) {
    let whose = |owner: Option<Owner>| match owner {
        Some(owner) => format!("process {} on {}, which was killed", owner.pid, owner.host),
        None => "a process that was killed".to_owned(),
    };
    for swept in swept {
        match swept {
            Swept::Removed { directory, owner } => {
                note!("removed {}, left by {}: there were no results in it", directory.display(), whose(owner));
            }
            Swept::Kept { path, owner } => note!("kept {}: results of {}", path.display(), whose(owner)),
            Swept::Failed { directory, error } => {
                note!("Warning: {}, left by a process that was killed, is still there: {error}", directory.display());
            }
        }
    }
}

pub fn command() -> Vec<String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect()
}

/// Where results go by default: `results/NAME-HOST-TIME`.
fn default_directory(name: &str) -> PathBuf {
    let host = results::host_name();
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    PathBuf::from("results").join(format!("{name}-{host}-{time}"))
}
