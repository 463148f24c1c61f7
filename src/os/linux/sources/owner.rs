//! The owner of each probe in the tracing system, encoded in the name of the probe. The tracing system is one for all containers of a machine, so a
//! process number alone says nothing: it may be of another pid namespace, or have been given to another process since.

use nix::{errno::Errno, sys::signal::kill, unistd::Pid};

use crate::os::identity;

const PREFIX: &str = "mapstorm_";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its pid namespace: the inode of `/proc/PID/ns/pid`.
    namespace: u64,
    pid: i32,
    /// When it began, clock ticks after boot.
    started: u64,
}

impl Owner {
    /// This process. `None`: `/proc` does not show all of that, or is mounted for another pid namespace, where numbers are others.
    pub fn myself() -> Option<Owner> {
        let pid = std::process::id();
        let is_ours = std::fs::read_link("/proc/self").ok()?.to_str()? == pid.to_string();
        let of_myself = |pid: i32| {
            Some(Owner { namespace: identity::pid_namespace()?, pid, started: identity::started(pid.unsigned_abs())? })
        };
        is_ours.then(|| of_myself(i32::try_from(pid).ok()?))?
    }

    /// A name of its own: at most 48 letters, of which the tracing system takes 63; digits, letters and `_`.
    pub fn name(&self, count: u64) -> String {
        format!("{PREFIX}{:x}_{}_{:x}_{count}", self.namespace, self.pid, self.started)
    }

    pub fn of(name: &str) -> Option<Owner> {
        let parts: Vec<&str> = name.strip_prefix(PREFIX)?.split('_').collect();
        let [namespace, pid, started, count] = parts[..] else { return None };
        count.parse::<u64>().ok()?;
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        Some(Owner { namespace: number(namespace)?, pid: pid.parse().ok()?, started: number(started)? })
    }

    /// Whether it is certain that this process is gone, as `myself` sees it: only those of one's own pid namespace can be looked for.
    pub fn is_gone(&self, myself: &Owner) -> bool {
        if self.namespace != myself.namespace || self.pid <= 0 {
            return false;
        }
        match identity::started(self.pid.unsigned_abs()) {
            // Its number may have been given to another process.
            Some(started) => started != self.started,
            // Not shown may be hidden.
            None => kill(Pid::from_raw(self.pid), None) == Err(Errno::ESRCH),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_contains_its_owner_and_no_other_name_does() {
        let owner = Owner { namespace: 0xf000_0123, pid: 4_194_303, started: 0xffff_ffff };
        let name = owner.name(12);
        assert_eq!((name.as_str(), Owner::of(&name)), ("mapstorm_f0000123_4194303_ffffffff_12", Some(owner)));
        assert!(name.len() <= 48);
        for other in
            ["mapstorm", "mapstorm_", "mapstorm_41_0", "mapstorm_f_41_x!_0", "mapstorm_f_41_9_mine", "other_f_41_9_0"]
        {
            assert_eq!(Owner::of(other), None, "{other}");
        }
    }

    #[test]
    fn only_a_process_of_this_namespace_can_be_known_to_be_gone() {
        let myself = Owner::myself().unwrap();
        assert!(!myself.is_gone(&myself));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id() as i32;
        child.wait().unwrap();
        let dead = Owner { pid, ..myself };
        assert!(dead.is_gone(&myself), "waited for, so its number is free");
        assert!(!Owner { namespace: myself.namespace + 1, ..dead }.is_gone(&myself), "another container's may live");
        assert!(Owner { started: myself.started + 1, ..myself }.is_gone(&myself), "its number was given to another");
        assert!(!Owner { namespace: myself.namespace + 1, started: 0, ..myself }.is_gone(&myself));
    }
}
