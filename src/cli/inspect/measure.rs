//! `inspect --measure`: a short cost model on a scratch file, unless the machine is in trouble.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, faccessat};

use crate::cli::failure::Failure;
use crate::cli::live::Live;
use crate::cli::steps::command;
use crate::conclude::inspection::{Vitals, troubles};
use crate::driver::{Knobs, Need, Places, preflight};
use crate::experiment::{Plan, SHORT_BUDGET_NS, least_ns, measure_cost, measurement};
use crate::note;
use crate::os::{affinity, environment, limits, process};
use crate::results::{Cost, Inspection};
use crate::scenario::units::{format_bytes, format_duration_ns};

/// What became of the measurement.
pub enum Measured {
    NotAsked,
    /// The machine is in trouble, or the directory cannot be used: why, which was reported.
    Refused(String),
    /// It was begun and gave nothing: why.
    Failed(String),
    Done {
        cost: Box<Cost>,
        source: String,
    },
}

/// Measures in `scratch`.
/// Errors: Signals cannot be handled, or the file is none that can be made.
pub fn measured(seen: &Inspection, scratch: &Path, force: bool, interrupted: &AtomicBool) -> Result<Measured, Failure> {
    if let Some(why) = unusable(scratch) {
        return Ok(refused(vec![why]));
    }
    let memory = free_memory().map(|free| free / 4);
    let plan = measurement(seen, scratch, memory)?;
    let mut why = troubles(&vitals(&plan, scratch, memory));
    let places = Places { files: scratch, results: scratch };
    // Memory and disk are judged more strictly above.
    if why.is_empty() {
        why.extend(preflight(&need(&plan), places).iter().map(ToString::to_string));
    }
    let least_ns = least_ns(&plan);
    if least_ns > SHORT_BUDGET_NS {
        why.push(format!(
            "it would take about {}, and has {}",
            format_duration_ns(least_ns),
            format_duration_ns(SHORT_BUDGET_NS)
        ));
    }
    if !why.is_empty() && !force {
        return Ok(refused(why));
    }
    why.iter().for_each(|why| note!("Warning: {why}"));
    let found = Live::terse().during(|live| {
        live.line(&format!(
            "measuring what a commit costs, at most {} in {}",
            format_duration_ns(SHORT_BUDGET_NS),
            scratch.display()
        ));
        measure_cost(&plan, &command(), interrupted, &mut |progress| live.show_cost(&progress))
    });
    Ok(match found {
        Ok(Some(found)) => Measured::Done { source: source(&plan), cost: Box::new(found.cost) },
        Ok(None) => Measured::Failed("the measurement was interrupted".to_owned()),
        Err(error) => {
            note!("Warning: no cost model: {error:#}");
            Measured::Failed(format!("the measurement failed: {error:#}"))
        }
    })
}

fn refused(why: Vec<String>) -> Measured {
    why.iter().for_each(|why| note!("Refused: --measure: {why}"));
    note!(
        "(--force measures all the same; --cost-model DIR takes a result of `mapstorm cost`, made when the machine is quiet)"
    );
    Measured::Refused(format!("--measure was refused: {}", why.join("; ")))
}

/// Why no file can be made in a directory, and what to do.
fn unusable(scratch: &Path) -> Option<String> {
    let may = AccessFlags::W_OK | AccessFlags::X_OK;
    let other = "--dir DIR names another directory on the same file system";
    if !scratch.is_dir() {
        return Some(format!("{}: no such directory; {other}", scratch.display()));
    }
    let error = faccessat(AT_FDCWD, scratch, may, AtFlags::AT_EACCESS).err()?;
    Some(format!("{}: cannot be written: {}; {other}", scratch.display(), error.desc()))
}

/// Memory that may be used without swapping, bytes; `None`: not known.
fn free_memory() -> Option<u64> {
    let of_group = limits::group_memory().map(|limit| limit.free);
    limits::available_memory().into_iter().chain(of_group).min()
}

fn need(plan: &Plan) -> Need {
    let load = "the load of the machine";
    Need { knobs: Knobs { processes: load, size: load, directory: "--dir", results: load }, ..plan.need() }
}

fn vitals(plan: &Plan, scratch: &Path, memory: Option<u64>) -> Vitals {
    let [memory_pressure, cpu_pressure] = environment::pressure().map(Into::into);
    let cpus = affinity::cpus_allowed().ok().map(|cpus| cpus.max(1) as f64);
    // Their types differ between systems: 32 or 64 bits.
    #[allow(clippy::useless_conversion)]
    let disk = statvfs(scratch).ok().map(|facts| {
        let [free, all] = [facts.blocks_available(), facts.blocks()].map(u64::from);
        (free as f64 / all.max(1) as f64, free.saturating_mul(u64::from(facts.fragment_size())))
    });
    let need = plan.need();
    Vitals {
        memory_pressure,
        cpu_pressure,
        load_per_cpu: process::load_average().zip(cpus).map(|(load, cpus)| load / cpus),
        memory_allowed: memory,
        memory_needed: need.memory,
        disk_free: disk,
        disk_needed: need.disk.bytes,
    }
}

fn source(plan: &Plan) -> String {
    format!(
        "measured now in a {} file of {}, up to {} mappers asleep",
        plan.formats[0].name(),
        format_bytes(plan.file_bytes),
        plan.levels.last().unwrap_or(&0)
    )
}
