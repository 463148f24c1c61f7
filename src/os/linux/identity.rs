//! Which process this is, beyond its number: numbers come again, in other containers and after a restart.

use std::{fs, os::unix::fs::MetadataExt};

use super::proc_text::{stat_after_name, stat_number};

/// The running kernel: another one after every restart (proc(5), `random/boot_id`).
pub fn boot_id() -> Option<String> {
    Some(fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned())
}

/// The namespace in which this process has its number (pid_namespaces(7)).
pub fn pid_namespace() -> Option<u64> {
    Some(fs::metadata("/proc/self/ns/pid").ok()?.ino())
}

/// When a process of this namespace began, in clock ticks since the kernel's start (proc(5), `stat`, field 22); `None`: there is no such
/// process.
pub fn started(pid: u32) -> Option<u64> {
    stat_number(&stat_after_name(pid)?, 22)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_known_and_another_number_is_not() {
        assert!(started(std::process::id()).unwrap() > 0);
        assert_eq!(started(u32::MAX), None);
        assert!(boot_id().unwrap().len() >= 32);
        assert!(pid_namespace().unwrap() > 0);
    }
}
