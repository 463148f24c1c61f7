//! What bounds a group of processes on Linux: kernel settings, control groups of both versions, memory.
//! `None` is "no such limit here, or not visible": then it can refuse nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use nix::{
    sys::resource::{RLIM_INFINITY, Resource, getrlimit},
    unistd::getuid,
};
use procfs::{Current, Meminfo, process::Process};

use super::facts::{CpuQuota, GroupLimit, Probe, ProcessLimit};
use super::{
    cgroups,
    proc_text::{field, number, tasks},
    tree::Tree,
};

/// `linux/capability.h`.
const CAP_SYS_ADMIN: u32 = 21;
const CAP_SYS_RESOURCE: u32 = 24;

pub const GROUP: &str = "control group";

pub fn available_memory() -> Option<u64> {
    Meminfo::current().ok()?.mem_available
}

/// Every bound on processes that is not a control group's.
pub fn process_limits() -> Vec<ProcessLimit> {
    let of_user = getrlimit(Resource::RLIMIT_NPROC).ok().map(|(soft, _)| soft).filter(|soft| *soft != RLIM_INFINITY);
    let binds = of_user.is_some() && !is_above_user_limits();
    // Threads of the system, the kernel's own too. Those of this process are among what it needs.
    let threads = tasks().map_or(0, |(_, threads)| threads.saturating_sub(1));
    let sysctl = |name: &'static str, path: &str, change| ProcessLimit {
        name,
        most: number(path),
        used: threads,
        binds: true,
        change,
    };
    vec![
        ProcessLimit {
            name: "RLIMIT_NPROC",
            most: of_user,
            used: if binds { threads_of_user(getuid().as_raw()) } else { 0 },
            binds,
            change: "ulimit -u",
        },
        // The highest process id, and so about how many processes and threads there can be.
        sysctl("kernel.pid_max", "/proc/sys/kernel/pid_max", "sysctl kernel.pid_max"),
        sysctl("kernel.threads-max", "/proc/sys/kernel/threads-max", "sysctl kernel.threads-max"),
    ]
}

/// Whether RLIMIT_NPROC does not hold here: for the real user root and for two capabilities (fork(2)), but of the first user
/// namespace. In another one root is a user like any other.
fn is_above_user_limits() -> bool {
    let identity = fs::read_to_string("/proc/self/uid_map");
    // All 32 bits, each as itself. A kernel without user namespaces has no such file.
    let is_first = identity.map_or(true, |map| map.split_whitespace().eq(["0", "0", "4294967295"]));
    let of_administrator = 1 << CAP_SYS_ADMIN | 1 << CAP_SYS_RESOURCE;
    let capabilities = || Process::myself().and_then(|myself| myself.status()).map_or(0, |status| status.capeff);
    is_first && (getuid().is_root() || capabilities() & of_administrator != 0)
}

/// Threads of the other processes of a real user, as far as this process sees them.
fn threads_of_user(user: u32) -> u64 {
    let Ok(processes) = procfs::process::all_processes() else { return 0 };
    // Those that are gone meanwhile, or not readable, do not count.
    let statuses = processes.filter_map(|process| process.ok()?.status().ok());
    let others = statuses.filter(|status| status.ruid == user && status.pid.cast_unsigned() != std::process::id());
    others.map(|status| status.threads).sum()
}

/// The tightest bound on processes among this process's control groups and their parents.
pub fn group_processes() -> Option<GroupLimit> {
    tightest("pids", &[("pids.max", "pids.current")])
}

pub fn group_memory() -> Option<GroupLimit> {
    tightest("memory", &[("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")])
}

/// Processes that the out-of-memory killer has killed, by the counts that this process can see: where each is, and what it says.
pub fn out_of_memory_kills() -> Vec<(String, u64)> {
    let of_groups = cgroups::directories(Tree::of_system(), None, "memory").unwrap_or_default().into_iter();
    // Version 2 and version 1.
    let files = of_groups.flat_map(|place| ["memory.events", "memory.oom_control"].map(|name| place.join(name)));
    let counts = files.chain([PathBuf::from("/proc/vmstat")]).filter_map(|file| {
        let text = fs::read_to_string(&file).ok()?;
        Some((format!("{}: oom_kill", file.display()), field(&text, "oom_kill")?))
    });
    counts.collect()
}

/// The tightest CPU quota of this process's control groups and their parents; `None`: there is none.
pub fn cpu_quota() -> Probe<Option<CpuQuota>> {
    cgroups::cpu_quota(Tree::of_system())
}

/// A bound of 2⁶² or more is how version 1 says "none".
const NONE: u64 = 1 << 62;

fn tightest(controller: &str, files: &[(&str, &str)]) -> Option<GroupLimit> {
    let places = cgroups::directories(Tree::of_system(), None, controller).ok()?;
    let limits = places.iter().flat_map(|place| files.iter().filter_map(move |files| limit_in(place, files)));
    limits.min_by_key(|limit| limit.free)
}

fn limit_in(directory: &Path, (max, current): &(&str, &str)) -> Option<GroupLimit> {
    let file = directory.join(max);
    let max = number(&file).filter(|max| *max < NONE)?;
    let used = number(directory.join(current)).unwrap_or(0);
    Some(GroupLimit { file, max, free: max.saturating_sub(used) })
}

#[cfg(test)]
mod tests {
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
        assert!(limits.iter().all(|limit| limit.most.is_none_or(|most| most > 100)), "{limits:?}");
        assert!(limits[1..].iter().all(|limit| limit.most.is_some() && limit.used > 1 && limit.binds), "{limits:?}");
        // Others come and go meanwhile, but not by thousands.
        assert!(threads_of_user(getuid().as_raw()) <= tasks().unwrap().1 + 5000);
        let mut other = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let found = threads_of_user(getuid().as_raw());
        other.kill().unwrap();
        other.wait().unwrap();
        assert!(found >= 1);
    }
}
