//! Looks, before anything is created, whether this machine can hold the crowd.
//! A refusal names the limit, what is needed, and the setting to change.

use std::{fmt, fs};

use nix::sys::resource::{Resource, getrlimit};

use crate::scenario::Scenario;

/// A limit that the scenario would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The limit, by its name in the system.
    pub limit: &'static str,
    /// What it allows.
    pub allows: u64,
    /// What the scenario needs.
    pub needs: u64,
    /// What to change.
    pub change: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} allows {}, this scenario needs {}: {}", self.limit, self.allows, self.needs, self.change)
    }
}

/// What a scenario needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Processes, workers and driver.
    pub processes: u64,
    /// Bytes of memory: workers, page tables, files.
    pub memory: u64,
}

/// Kernel and private memory of one worker that maps nothing: stacks, task, page directories. Measured at about 100 KiB on
/// Linux 6.18 x86_64; doubled for safety.
const MEMORY_A_WORKER: u64 = 200 << 10;

impl Need {
    /// The worst case: every worker maps every page of its instance's file.
    pub fn of(scenario: &Scenario, page_size: u64) -> Need {
        let workers = u64::from(scenario.workers_total());
        let file = scenario.file_bytes_per_instance().unwrap_or(0);
        let page_tables = file.div_ceil(page_size) * 8 * workers;
        Need {
            processes: workers + 2,
            memory: workers * MEMORY_A_WORKER + page_tables + file * u64::from(scenario.instances.count),
        }
    }
}

/// Every limit of this machine that `need` would break.
pub fn preflight(need: &Need) -> Vec<Refusal> {
    let number = |path: &str| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let processes = getrlimit(Resource::RLIMIT_NPROC).ok().map(|(soft, _)| soft);
    let available = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
    });
    let limits = [
        ("RLIMIT_NPROC", processes, need.processes, "raise it (ulimit -u) or lower readers.count"),
        (
            "kernel.pid_max",
            number("/proc/sys/kernel/pid_max"),
            need.processes,
            "raise it (sysctl kernel.pid_max) or lower readers.count",
        ),
        (
            "kernel.threads-max",
            number("/proc/sys/kernel/threads-max"),
            need.processes,
            "raise it (sysctl kernel.threads-max) or lower readers.count",
        ),
        (
            "pids.max of the control group",
            number("/sys/fs/cgroup/pids.max"),
            need.processes,
            "raise it in the service's or container's settings, or lower readers.count",
        ),
        (
            "available memory (bytes)",
            available,
            need.memory,
            "use a larger machine, or lower readers.count or file.size",
        ),
    ];
    limits
        .into_iter()
        .filter_map(|(limit, allows, needs, change)| {
            let allows = allows.filter(|&allows| allows < needs)?;
            Some(Refusal { limit, allows, needs, change })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_limit_need_and_remedy() {
        assert_eq!(preflight(&Need { processes: 1, memory: 1 }), []);
        let refused = preflight(&Need { processes: 1, memory: u64::MAX });
        assert_eq!(refused.len(), 1);
        let text = refused[0].to_string();
        assert!(text.contains("available memory") && text.contains("readers.count"), "{text}");
    }
}
