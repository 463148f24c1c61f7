//! Whose the probes of the tracing system are, told by their names. The tracing system is one for all containers of a machine, so a
//! process number alone says nothing: it may be of another pid namespace, or have been given to another process since.

use std::{fs, os::unix::fs::MetadataExt};

use nix::{errno::Errno, sys::signal::kill, unistd::Pid};

/// What all our names begin with.
const PREFIX: &str = "mapstorm_";

/// The process that has set probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its pid namespace: the inode of `/proc/PID/ns/pid`.
    namespace: u64,
    /// Its number in there.
    pid: i32,
    /// When it began, clock ticks after boot.
    started: u64,
}

impl Owner {
    /// This process. `None`: `/proc` does not tell all of that.
    pub fn myself() -> Option<Owner> {
        let pid = i32::try_from(std::process::id()).ok()?;
        Some(Owner { namespace: namespace("self")?, pid, started: started("self")? })
    }

    /// A name of its own: at most 48 letters, of which the tracing system takes 63; digits, letters and `_`.
    pub fn name(&self, count: u64) -> String {
        format!("{PREFIX}{:x}_{}_{:x}_{count}", self.namespace, self.pid, self.started)
    }

    /// Whose name this is, if it is one of ours.
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
        // Asked without /proc, which may be mounted for another namespace than ours.
        if kill(Pid::from_raw(self.pid), None) == Err(Errno::ESRCH) {
            return true;
        }
        // Its number lives; whether another process has it now is known where /proc shows that very process.
        let entry = self.pid.to_string();
        let is_shown = namespace(&entry) == Some(self.namespace) && number_in_namespace(&entry) == Some(self.pid);
        is_shown && started(&entry).is_some_and(|started| started != self.started)
    }
}

fn namespace(entry: &str) -> Option<u64> {
    Some(fs::metadata(format!("/proc/{entry}/ns/pid")).ok()?.ino())
}

/// The last number of the line `NSpid`: the one in the innermost namespace.
fn number_in_namespace(entry: &str) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{entry}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("NSpid:"))?.split_whitespace().last()?.parse().ok()
}

/// Field 22 of `/proc/PID/stat`. The name before it may hold anything but ends with the last `)`.
fn started(entry: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{entry}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_owner_and_no_other_name_does() {
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
