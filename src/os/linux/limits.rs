//! What bounds a crowd on Linux: kernel settings, control groups of both versions, memory.
//! `None` is "no such limit here, or not to be seen": then it can refuse nothing.

use std::path::Path;

use nix::sys::resource::{Resource, getrlimit};
use procfs::{Current, Meminfo};

use super::cgroups::{self, ROOT, number};
pub use super::facts::{CpuQuota, GroupLimit, ProcessLimit, Told};

/// What the bound on a group is called here.
pub const GROUP: &str = "control group";

/// Memory that can be had without swapping, bytes.
pub fn available_memory() -> Option<u64> {
    Meminfo::current().ok()?.mem_available
}

/// Every bound on processes that is not a control group's.
pub fn process_limits() -> Vec<ProcessLimit> {
    let of_user = getrlimit(Resource::RLIMIT_NPROC).ok().map(|(soft, _)| soft);
    let sysctl = |path| number(Path::new(path));
    vec![
        ProcessLimit { name: "RLIMIT_NPROC", most: of_user, change: "ulimit -u" },
        // The highest process id, and so about how many processes there can be.
        ProcessLimit {
            name: "kernel.pid_max",
            most: sysctl("/proc/sys/kernel/pid_max"),
            change: "sysctl kernel.pid_max",
        },
        ProcessLimit {
            name: "kernel.threads-max",
            most: sysctl("/proc/sys/kernel/threads-max"),
            change: "sysctl kernel.threads-max",
        },
    ]
}

/// The tightest bound on processes among this process's control groups and their parents.
pub fn group_processes() -> Option<GroupLimit> {
    tightest("pids", &[("pids.max", "pids.current")])
}

/// The tightest bound on memory, bytes.
pub fn group_memory() -> Option<GroupLimit> {
    tightest("memory", &[("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")])
}

/// The tightest CPU quota of this process's control groups and their parents; `None`: there is none.
pub fn cpu_quota() -> Told<Option<CpuQuota>> {
    cgroups::cpu_quota(Path::new(ROOT))
}

/// A bound of 2⁶² or more is how version 1 says "none".
const NONE: u64 = 1 << 62;

fn tightest(controller: &str, files: &[(&str, &str)]) -> Option<GroupLimit> {
    let places = cgroups::directories(Path::new(ROOT), controller).ok()?;
    let limits = places.iter().flat_map(|place| files.iter().filter_map(move |files| limit_in(place, files)));
    limits.min_by_key(|limit| limit.free)
}

fn limit_in(directory: &Path, (max, current): &(&str, &str)) -> Option<GroupLimit> {
    let file = directory.join(max);
    let max = number(&file).filter(|max| *max < NONE)?;
    let used = number(&directory.join(current)).unwrap_or(0);
    Some(GroupLimit { file, max, free: max.saturating_sub(used) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_group_file_without_a_number_bounds_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let files = ("pids.max", "pids.current");
        assert_eq!(limit_in(directory.path(), &files), None);
        fs::write(directory.path().join("pids.max"), "max\n").unwrap();
        assert_eq!(limit_in(directory.path(), &files), None);
        fs::write(directory.path().join("pids.max"), "9223372036854771712\n").unwrap();
        assert_eq!(limit_in(directory.path(), &files), None);
        fs::write(directory.path().join("pids.max"), "100\n").unwrap();
        fs::write(directory.path().join("pids.current"), "30\n").unwrap();
        let limit = limit_in(directory.path(), &files).unwrap();
        assert_eq!((limit.max, limit.free), (100, 70));
    }

    #[test]
    fn this_machine_has_memory_and_process_ids() {
        assert!(available_memory().unwrap() > 0);
        let limits = process_limits();
        assert_eq!(limits.len(), 3);
        assert!(limits.iter().all(|limit| limit.most.unwrap() > 100), "{limits:?}");
    }
}
