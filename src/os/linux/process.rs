//! What only Linux offers to a process about itself: dying with its parent, its name, its timer slack.
//! Everything here affects the calling process alone.

use std::fs;

use nix::{sys::signal::Signal, unistd::Pid};

use super::facts::TaskState;
use super::proc_text::{field, stat_after_name, tasks};

/// What makes a child die with its parent. Here the child itself asks for that (prctl(2), `PR_SET_PDEATHSIG`), so that before the
/// fork there is nothing to do.
pub struct ParentDeathGuard;

impl ParentDeathGuard {
    /// In the parent, before the fork.
    pub fn prepare() -> ParentDeathGuard {
        ParentDeathGuard
    }

    /// In the child, first of all: from now on the system kills it (SIGKILL) as soon as `parent` is gone. False if it is gone
    /// already.
    pub fn apply(self, parent: Pid) -> nix::Result<bool> {
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        // The parent may have died between the fork and the call above: then nothing would ever be sent.
        Ok(nix::unistd::getppid() == parent)
    }
}

/// Gives up what the system keeps for children that have ended: nothing, here.
pub fn forget_ended() {}

/// Sets the name that `ps` shows: at most 15 bytes are kept.
pub fn set_name(name: &std::ffi::CStr) -> nix::Result<()> {
    nix::sys::prctl::set_name(name)
}

/// Wakes timers of this process and of children forked later as exactly as the system can (default slack: 50 µs).
pub fn exact_timers() -> nix::Result<()> {
    nix::sys::prctl::set_timerslack(1)
}

/// Makes this process the parent of all that its children leave behind when they end: nothing that they start gets away from it.
pub fn adopt_orphans() -> nix::Result<()> {
    nix::sys::prctl::set_child_subreaper(true)
}

/// All living processes that descend from `ancestor`, by the parent that each reports; those that have ended are left out.
pub fn descendants_of(ancestor: Pid) -> Vec<Pid> {
    let parents: Vec<(i32, i32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = stat_after_name(pid)?;
            let mut fields = stat.split(' ');
            let is_over = matches!(fields.next()?, "Z" | "X");
            (!is_over).then_some((pid, fields.next()?.parse().ok()?))
        })
        .collect();
    let mut found = vec![ancestor.as_raw()];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|(_, its_parent)| *its_parent == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.into_iter().skip(1).map(Pid::from_raw).collect()
}

/// The number of the calling thread, which is that of the process in the first one; `/proc` has it too.
pub fn thread_id() -> u32 {
    nix::unistd::gettid().as_raw() as u32
}

/// Sends a signal to a thread of this process; one that is gone gets none.
pub fn signal_thread(thread: Pid, signal: Signal) {
    // SAFETY: tgkill takes numbers alone, and refuses those that are no thread of this process.
    let _ = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread.as_raw(), signal as libc::c_int) };
}

/// How many threads this process has, or `None` where the system does not report it.
pub fn threads_alive() -> Option<usize> {
    use std::os::unix::fs::MetadataExt;
    // Read at every fork, so it must be quick: the links of that directory are itself, its name above, and one a thread.
    match fs::metadata("/proc/self/task").ok()?.nlink() {
        // A system that does not count them so.
        0..=2 => fs::read_dir("/proc/self/task").ok().map(Iterator::count),
        links => Some(links as usize - 2),
    }
}

/// The OOM killer's adjustment of this process: -1000 (never) to 1000 (first).
pub fn oom_adjustment() -> Option<i32> {
    fs::read_to_string("/proc/self/oom_score_adj").ok()?.trim().parse().ok()
}

pub fn set_oom_adjustment(adjustment: i32) -> std::io::Result<()> {
    fs::write("/proc/self/oom_score_adj", adjustment.to_string())
}

/// Bytes of page tables of all processes together, or `None` where the system does not report it.
pub fn page_table_bytes() -> Option<u64> {
    field(&fs::read_to_string("/proc/meminfo").ok()?, "PageTables").map(|kib| kib * 1024)
}

pub fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Processes and threads that run or could run now, over all CPUs.
pub fn runnable() -> Option<u64> {
    tasks().map(|(runnable, _)| runnable)
}

pub fn state_of(pid: Pid) -> Option<TaskState> {
    match stat_after_name(pid)?.chars().next()? {
        'R' => Some(TaskState::Running),
        'T' | 't' => Some(TaskState::Stopped),
        'Z' | 'X' => None,
        _ if is_frozen(pid) => Some(TaskState::Frozen),
        'D' => Some(TaskState::Blocked),
        _ => Some(TaskState::Sleeping),
    }
}

/// Whether the control group of a process is frozen, in either version.
fn is_frozen(pid: Pid) -> bool {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    groups.lines().filter_map(|line| line.split_once(':')?.1.split_once(':')).any(|(controllers, path)| {
        let read = |file: String| fs::read_to_string(file).unwrap_or_default();
        match controllers {
            "freezer" => read(format!("/sys/fs/cgroup/freezer{path}/freezer.state")).starts_with("FROZEN"),
            "" => ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
                .iter()
                .any(|mount| read(format!("{mount}{path}/cgroup.events")).contains("frozen 1")),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_reports_on_this_process() {
        let counted = fs::read_dir("/proc/self/task").unwrap().count();
        // Other tests come and go meanwhile; this one and the main thread are there.
        assert!(threads_alive().unwrap().abs_diff(counted) <= 4 && threads_alive().unwrap() >= 2);
        assert!(page_table_bytes().unwrap() > 0);
        assert!((-1000..=1000).contains(&oom_adjustment().unwrap()));
        assert!(load_average().unwrap() >= 0.0);
        assert!(runnable().unwrap() >= 1);
        assert!(state_of(nix::unistd::getpid()).is_some(), "of the main thread, which may wait for this one");
    }
}
