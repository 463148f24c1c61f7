//! What bounds a group of processes on illumos: kernel settings, resource controls of zone, project and task, memory caps, memory.
//! `None` is "no such limit here, or not visible": then it can refuse nothing.

use std::{ffi::CString, path::PathBuf};

use nix::unistd::geteuid;

use super::facts::{CpuQuota, GroupLimit, Probe, ProcessLimit};
use super::{
    illumos_facts::{kstats::memory_cap, var},
    kstat::Kstats,
    pages::page_size,
    process,
};

pub const GROUP: &str = "resource control";

/// resource_controls(7): each bounds processes, threads (a worker has one), or the contracts that workers die by (one each).
const CONTROLS: [&str; 7] = [
    "zone.max-processes",
    "zone.max-lwps",
    "project.max-processes",
    "project.max-lwps",
    "task.max-processes",
    "task.max-lwps",
    "project.max-contracts",
];

/// Memory that can be had without swapping, bytes: what is free, and what ZFS's cache would give up.
pub fn available_memory() -> Option<u64> {
    let kstats = Kstats::open().ok()?;
    let free = kstats.value("unix", 0, "system_pages", "freemem")? * page_size();
    let cache = |name| kstats.value("zfs", 0, "arcstats", name);
    let shrinks = cache("size").zip(cache("c_min")).map_or(0, |(size, least)| size.saturating_sub(least));
    Some(free + shrinks)
}

/// There is no such killer here: memory is promised only where it is there.
pub fn out_of_memory_kills() -> Vec<(String, u64)> {
    Vec::new()
}

/// Every bound on processes that is not a resource control: there is no RLIMIT_NPROC here.
pub fn process_limits() -> Vec<ProcessLimit> {
    let kstats = Kstats::open().ok();
    let most = kstats.as_ref().and_then(|kstats| var::parse(&kstats.raw("unix", 0, "var")?));
    let used = kstats.and_then(|kstats| kstats.value("unix", 0, "system_misc", "nproc")).unwrap_or(0);
    // SAFETY: sysconf takes no pointers.
    let highest = u64::try_from(unsafe { libc::sysconf(libc::_SC_MAXPID) }).ok();
    let limit =
        |name, most, used| ProcessLimit { name, most, used, binds: true, change: "in /etc/system, then reboot" };
    let mut limits = vec![limit("max_nprocs", most.map(|most| most.of_system), used), limit("pidmax", highest, used)];
    if !geteuid().is_root() {
        // How many a user has is not kept anywhere.
        limits.push(limit("maxuprc", most.map(|most| most.of_user), 0));
    }
    limits
}

pub fn group_processes() -> Option<GroupLimit> {
    CONTROLS.iter().filter_map(|name| controls::limit(name)).min_by_key(|limit| limit.free)
}

/// The cap on this zone's memory (rcapd(8)), bytes.
pub fn group_memory() -> Option<GroupLimit> {
    let kstats = Kstats::open().ok()?;
    let zone = process::zone()?;
    let mut statistics = Vec::new();
    kstats.visit(
        "memory_cap",
        |instance, _| instance == zone,
        |_, name, value| statistics.push((name.to_owned(), value)),
    );
    let (max, free) = memory_cap(&statistics)?;
    Some(GroupLimit { file: PathBuf::from("zone.capped-memory"), max, free })
}

/// Caps on CPU time (resource_controls(7)), in hundredths of a CPU; they are compared with what was used at every clock tick.
const CPU_CAPS: [&str; 2] = ["zone.cpu-cap", "project.cpu-cap"];

/// The tightest cap on CPU time; `None`: there is none.
pub fn cpu_quota() -> Probe<Option<CpuQuota>> {
    // No cap is shown as all that the type holds.
    let caps = CPU_CAPS.iter().filter_map(|name| Some((*name, controls::limit(name)?.max)));
    let cap = caps.filter(|(_, max)| *max < i32::MAX as u64).min_by_key(|(_, max)| *max);
    // A tick is 10 ms.
    Ok(cap.map(|(name, hundredths)| CpuQuota {
        group: PathBuf::from(name),
        setting: "prctl",
        quota_us: hundredths * 100,
        period_us: 10_000,
    }))
}

/// getrctl(2) and rctlblk_set_value(3C).
mod controls {
    use std::ffi::{c_char, c_int, c_uint, c_void};

    use super::{CString, GroupLimit, PathBuf};

    /// `sys/rctl.h`.
    const RCTL_FIRST: c_int = 0;
    const RCTL_NEXT: c_int = 1;
    const RCTL_USAGE: c_int = 2;
    const RCTL_LOCAL_DENY: c_uint = 2;

    unsafe extern "C" {
        fn getrctl(name: *const c_char, old: *mut c_void, new: *mut c_void, flags: c_int) -> c_int;
        fn rctlblk_size() -> usize;
        fn rctlblk_get_value(block: *mut c_void) -> u64;
        fn rctlblk_get_local_action(block: *mut c_void, signal: *mut c_int) -> c_uint;
    }

    /// The lowest value of a control that refuses more, less what is used; `None` if there is none.
    pub fn limit(name: &str) -> Option<GroupLimit> {
        let c_name = CString::new(name).ok()?;
        // SAFETY: takes nothing.
        let words = unsafe { rctlblk_size() }.div_ceil(size_of::<u64>());
        let (mut old, mut block, mut signal) = (vec![0u64; words], vec![0u64; words], 0);
        let mut flags = RCTL_FIRST;
        let max = loop {
            // SAFETY: the name ends with a zero, and both blocks have the size that the library wants, aligned for its numbers.
            let code = unsafe { getrctl(c_name.as_ptr(), old.as_mut_ptr().cast(), block.as_mut_ptr().cast(), flags) };
            if code != 0 {
                return None;
            }
            let place = block.as_mut_ptr().cast();
            // SAFETY: the call above has filled the block in.
            let (value, action) = unsafe { (rctlblk_get_value(place), rctlblk_get_local_action(place, &mut signal)) };
            if action & RCTL_LOCAL_DENY != 0 {
                break value;
            }
            old.copy_from_slice(&block);
            flags = RCTL_NEXT;
        };
        // SAFETY: as above; with this flag the old block is not read.
        let code = unsafe { getrctl(c_name.as_ptr(), std::ptr::null_mut(), block.as_mut_ptr().cast(), RCTL_USAGE) };
        // SAFETY: filled in, if the call succeeded.
        let used = if code == 0 { unsafe { rctlblk_get_value(block.as_mut_ptr().cast()) } } else { 0 };
        Some(GroupLimit { file: PathBuf::from(name), max, free: max.saturating_sub(used) })
    }
}
