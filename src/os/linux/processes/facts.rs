//! What a process is: its name, its user, its service; what it does; what it used.

use std::fs;

use nix::{time::ClockId, unistd::Pid};

use super::super::proc_text::{field, name_and_stat, schedstat, stat_after_name, stat_number};
use crate::os::{clock::ns_of, facts::Probe, file_users::Activity};

/// Numbers of fields of `/proc/PID/stat` (proc(5)).
const THREADS: usize = 20;
const LAST_CPU: usize = 39;

/// What a process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub command: String,
    pub state: Probe<char>,
    pub last_cpu: Probe<u32>,
    pub user: Probe<u32>,
    pub service: Probe<Option<String>>,
    pub page_table_bytes: Probe<u64>,
}

/// `None`: it is gone.
pub fn of(pid: u32) -> Option<Facts> {
    let (command, stat) = name_and_stat(pid)?;
    let status = fs::read(format!("/proc/{pid}/status")).ok()?;
    let status = String::from_utf8_lossy(&status);
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup"));
    let lacks = |file: &str, name: &str| format!("/proc/{pid}/{file} has no {name}");
    Some(Facts {
        command,
        state: stat.chars().next().ok_or_else(|| lacks("stat", "state")),
        last_cpu: stat_number(&stat, LAST_CPU).ok_or_else(|| lacks("stat", "CPU")),
        user: effective_user(&status).ok_or_else(|| lacks("status", "Uid")),
        service: groups.map(|text| service(&text)).map_err(|error| format!("/proc/{pid}/cgroup: {error}")),
        page_table_bytes: field(&status, "VmPTE").map(|kib| kib * 1024).ok_or_else(|| lacks("status", "VmPTE")),
    })
}

/// `Uid: REAL EFFECTIVE SAVED FILES`: the one whose rights it has.
fn effective_user(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The service that a process belongs to, by its control groups (cgroups(7)): lines `NUMBER:CONTROLLERS:PATH`. In version 2 there is one line,
/// without controllers; in version 1 systemd has a hierarchy of its own. The innermost unit counts, else the path; `None`: the top group.
fn service(text: &str) -> Option<String> {
    let path_of = |wanted: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
        lines.find(|(controllers, path)| *controllers == wanted && *path != "/").map(|(_, path)| path)
    };
    let path = path_of("").or_else(|| path_of("name=systemd"))?;
    let is_unit = |part: &&str| part.ends_with(".service") || part.ends_with(".scope");
    Some(path.rsplit('/').find(is_unit).unwrap_or(path).to_owned())
}

/// What a process used since it began; `None`: it is gone. A few short reads, none of which waits for the process's memory.
pub fn activity(pid: u32) -> Option<Activity> {
    let stat = stat_after_name(pid)?;
    Some(Activity {
        state: stat.chars().next()?,
        cpu_ns: cpu_ns(pid),
        run_delay_ns: run_delay_ns(pid, stat_number(&stat, THREADS)?),
    })
}

/// Bytes of files on disks that a process made dirty since it began, by writing or through a mapping.
pub fn dirtied_bytes(pid: u32) -> Probe<u64> {
    let path = format!("/proc/{pid}/io");
    let io = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}; run as root"))?;
    field(&io, "write_bytes").ok_or_else(|| format!("{path} has no write_bytes"))
}

/// By the process's CPU clock, which everybody may read, and which is exact to the nanosecond and over all threads.
fn cpu_ns(pid: u32) -> Probe<u64> {
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(pid as i32));
    clock.and_then(ClockId::now).map(ns_of).map_err(|error| format!("CPU clock of process {pid}: {error}"))
}

/// `/proc/PID/schedstat` is of the first thread alone: those of all are added up. What threads that ended have waited is lost.
fn run_delay_ns(pid: u32, threads: usize) -> Probe<u64> {
    let read = |path: String| {
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("{path}: {error}; the kernel needs CONFIG_SCHED_INFO"))?;
        schedstat(&text).map(|(_, waited)| waited).ok_or_else(|| format!("{path}: not two numbers"))
    };
    if threads <= 1 {
        return read(format!("/proc/{pid}/schedstat"));
    }
    let path = format!("/proc/{pid}/task");
    let listed = fs::read_dir(&path).map_err(|error| format!("{path}: {error}"))?;
    listed.flatten().map(|entry| read(format!("{path}/{}/schedstat", entry.file_name().display()))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_unit_is_the_service() {
        assert_eq!(service("0::/system.slice/cyrus-imapd.service\n").as_deref(), Some("cyrus-imapd.service"));
        assert_eq!(service("0::/user.slice/user-0.slice/session-3.scope/deeper\n").as_deref(), Some("session-3.scope"));
        assert_eq!(service("0::/docker/0123abcd\n").as_deref(), Some("/docker/0123abcd"));
        assert_eq!(service("0::/\n"), None);
        let both = "9:name=systemd:/system.slice/ssh.service\n4:memory:/elsewhere\n0::/\n";
        assert_eq!(service(both).as_deref(), Some("ssh.service"), "of a machine that mounts both versions");
        assert_eq!(service(""), None);
    }

    #[test]
    fn this_process_is_described() {
        let facts = of(std::process::id()).unwrap();
        assert!(!facts.command.is_empty() && facts.page_table_bytes.unwrap() > 0 && facts.last_cpu.is_ok());
        assert_eq!(facts.user, Ok(nix::unistd::geteuid().as_raw()));
        assert!(of(u32::MAX).is_none());
        let status = "Name:\timapd\nUid:\t0\t76\t0\t0\n";
        assert_eq!(effective_user(status), Some(76));
    }

    #[test]
    fn what_a_process_uses_grows() {
        let before = activity(std::process::id()).unwrap();
        let dirtied = dirtied_bytes(std::process::id());
        let here = env!("CARGO_MANIFEST_DIR");
        let place = tempfile::NamedTempFile::new_in(here).unwrap();
        fs::write(place.path(), vec![1; 100_000]).unwrap();
        let after = activity(std::process::id()).unwrap();
        assert!(after.cpu_ns.unwrap() > before.cpu_ns.unwrap());
        assert!(after.run_delay_ns.unwrap() > 0 || before.run_delay_ns.is_ok());
        let dirtied_then = dirtied_bytes(std::process::id());
        let is_on_disk = nix::sys::statfs::statfs(here).unwrap().filesystem_type() != nix::sys::statfs::TMPFS_MAGIC;
        let least = if is_on_disk { 98_304 } else { 0 };
        assert!(dirtied_then.unwrap() >= dirtied.unwrap() + least);
        assert!(activity(u32::MAX).is_none());
    }
}
