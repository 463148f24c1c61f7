//! Looks, before anything is created, whether this machine can hold the crowd.
//! A refusal names the limit, what is needed, and the setting to change.

use std::{fmt, path::Path};

use nix::sys::statvfs::statvfs;

use super::{arena::Arena, bystander};
use crate::{
    os::{limits, page::page_size},
    scenario::{Contents, Scenario, units::format_bytes},
};

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Processes.
    Processes,
    /// Bytes.
    Bytes,
}

/// A limit that the scenario would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The limit, by its name in the system.
    pub limit: String,
    /// What it leaves.
    pub allows: u64,
    /// What the scenario needs.
    pub needs: u64,
    /// Of what.
    pub unit: Unit,
    /// What to change.
    pub change: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { limit, allows, needs, unit, change } = self;
        match unit {
            Unit::Processes => write!(f, "{limit} allows {allows} processes, this scenario needs {needs}: {change}"),
            Unit::Bytes => {
                let (allows, needs) = (format_bytes(*allows), format_bytes(*needs));
                write!(f, "{limit}: {allows} free, this scenario needs {needs}: {change}")
            }
        }
    }
}

/// What a scenario needs, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Processes, workers and driver.
    pub processes: u64,
    /// Bytes of memory: workers, page tables, shared memory, files in the page cache.
    pub memory: u64,
    /// Bytes of disk: the files, twice while one is rewritten, and what commits append.
    pub disk: u64,
    /// What a user would lower to need less.
    pub knobs: Knobs,
}

/// The names of what sets how much is needed, as messages show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knobs {
    /// What sets the number of processes.
    pub processes: &'static str,
    /// What sets the size of the files.
    pub size: &'static str,
    /// What says where the files are.
    pub directory: &'static str,
}

impl Knobs {
    /// Those of a scenario.
    pub const SCENARIO: Knobs = Knobs { processes: "readers.count", size: "file.size", directory: "file.directory" };
}

/// Kernel and private memory of one worker that maps nothing: stacks, task, page directories. Measured at about 100 KiB on
/// Linux 6.18 x86_64 (`cargo bench`, "memory a worker"); doubled for safety.
pub const MEMORY_A_WORKER: u64 = 200 << 10;
/// Driver, the child that makes the file, and the bystanders.
pub const OTHERS: u64 = 2 + bystander::NAMES.len() as u64;
/// Bytes that one commit appends at most, roughly: a record or two and their marks.
const BYTES_A_COMMIT: u64 = 1024;

impl Need {
    /// The worst case: every worker maps every page of its instance's file.
    pub fn of(scenario: &Scenario) -> Need {
        let workers = u64::from(scenario.workers_total());
        let instances = u64::from(scenario.instances.count);
        let file = file_bytes(scenario);
        let page_tables = file.div_ceil(page_size()) * size_of::<u64>() as u64 * workers;
        let seconds = (scenario.run.warm_up_ns + scenario.run.duration_ns).div_ceil(1_000_000_000);
        let commits = (scenario.writer.arrivals.rate_per_s().unwrap_or(0.0) * seconds as f64) as u64;
        Need {
            processes: workers + OTHERS,
            memory: workers * MEMORY_A_WORKER + page_tables + Arena::bytes_for(scenario) + file * instances,
            // One instance at a time is rewritten by its checkpoint; making the file needs no second copy.
            disk: file * instances + file + commits * BYTES_A_COMMIT,
            knobs: Knobs::SCENARIO,
        }
    }
}

/// Bytes of one instance's file.
fn file_bytes(scenario: &Scenario) -> u64 {
    match &scenario.file.contents {
        // A source that is not there is told later, by name.
        Contents::Copied { source } => std::fs::metadata(source).map_or(0, |status| status.len()),
        Contents::Generated { .. } => scenario.file_bytes_per_instance().unwrap_or(0),
    }
}

/// Every limit of this machine that `need` would break, with its files in `directory` (or its nearest parent that exists).
pub fn preflight(need: &Need, directory: &Path) -> Vec<Refusal> {
    let groups = (limits::group_processes(), limits::group_memory());
    let group_name = |limit: &Option<limits::GroupLimit>| {
        limit.as_ref().map_or(String::new(), |limit| format!("{} ({})", limit.file.display(), limit.max))
    };
    let Knobs { processes, size, directory: place } = need.knobs;
    let of_system = limits::process_limits().into_iter().map(|limit| {
        let change = format!("raise it ({}) or lower {processes}", limit.change);
        (limit.name.to_owned(), limit.most, (need.processes, Unit::Processes), change)
    });
    let others = [
        (
            group_name(&groups.0),
            groups.0.as_ref().map(|limit| limit.free),
            (need.processes, Unit::Processes),
            format!("raise it in the service's or container's settings, or lower {processes}"),
        ),
        (
            "memory".to_owned(),
            limits::available_memory(),
            (need.memory, Unit::Bytes),
            format!("use a larger machine, or lower {processes} or {size}"),
        ),
        (
            group_name(&groups.1),
            groups.1.as_ref().map(|limit| limit.free),
            (need.memory, Unit::Bytes),
            format!("raise it in the service's or container's settings, or lower {processes} or {size}"),
        ),
        (
            format!("disk of {}", directory.display()),
            free_disk(directory),
            (need.disk, Unit::Bytes),
            format!("free some, name another place with {place}, or lower {size}"),
        ),
    ];
    let broken = of_system.chain(others).filter_map(|(limit, allows, (needs, unit), change)| {
        let allows = allows.filter(|&allows| allows < needs)?;
        Some(Refusal { limit, allows, needs, unit, change })
    });
    broken.collect()
}

fn free_disk(directory: &Path) -> Option<u64> {
    let here =
        if directory.is_absolute() { directory.to_owned() } else { std::env::current_dir().ok()?.join(directory) };
    let facts = statvfs(here.ancestors().find(|parent| parent.exists())?).ok()?;
    // Their types differ between systems: 32 or 64 bits.
    #[allow(clippy::useless_conversion)]
    Some(u64::from(facts.blocks_available()).saturating_mul(u64::from(facts.fragment_size())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_limit_need_and_remedy() {
        let place = Path::new("not/there/yet");
        let little = Need { processes: 1, memory: 1, disk: 1, knobs: Knobs::SCENARIO };
        assert_eq!(preflight(&little, place), []);
        let refused = preflight(&Need { memory: u64::MAX, ..little }, place);
        assert!(!refused.is_empty());
        let text = refused[0].to_string();
        assert!(text.contains("memory") && text.contains("readers.count"), "{text}");
        let refused = preflight(&Need { disk: u64::MAX, ..little }, place);
        assert_eq!(refused.len(), 1);
        assert!(refused[0].to_string().contains("file.directory"), "{}", refused[0]);
        let refused = preflight(&Need { processes: u64::MAX - 1, ..little }, place);
        assert!(refused.iter().any(|r| r.limit == "kernel.pid_max" || r.limit == "RLIMIT_NPROC"), "{refused:?}");
    }
}
