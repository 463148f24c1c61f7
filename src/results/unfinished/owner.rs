//! The owner of an unfinished directory, and whether that process still lives.
//! A process number is not enough: it comes again after a restart and in every container.

use std::{
    fs::{self, File, TryLockError},
    io::Read,
    os::unix::fs::MetadataExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{os::identity, results::host_name};

/// A process, as its claim says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its number, in its namespace.
    pub pid: u32,
    /// Its host's name.
    pub host: String,
    /// When it began, in clock ticks since the kernel's start.
    pub started: Option<u64>,
    /// The namespace of its number.
    pub pid_namespace: Option<u64>,
    /// The running kernel.
    pub boot_id: Option<String>,
    /// Whether it holds a lock on its claim for as long as it lives.
    pub locked: bool,
}

/// Whether a process still works on what was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimState {
    /// The process works on it; `None`: its identity cannot be read.
    Alive(Option<Owner>),
    /// The process is gone; `None`: before it had written its identity.
    Dead(Option<Owner>),
    /// The process is on another host, or in a container that cannot be seen from here.
    Elsewhere(Owner),
}

impl Owner {
    pub fn this(locked: bool) -> Owner {
        let pid = std::process::id();
        Owner {
            pid,
            host: host_name(),
            started: identity::started(pid),
            pid_namespace: identity::pid_namespace(),
            boot_id: identity::boot_id(),
            locked,
        }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether it is the same process as another one, whatever its lock.
    pub(super) fn is(&self, other: &Owner) -> bool {
        Owner { locked: true, ..self.clone() } == Owner { locked: true, ..other.clone() }
    }

    /// Whether it is gone, as seen by `this`; `lock_is_free`: its claim could be locked just now.
    fn is_gone(&self, this: &Owner, lock_is_free: bool) -> Option<bool> {
        let same_kernel = match (&self.boot_id, &this.boot_id) {
            (Some(then), Some(now)) if then == now => true,
            // The host was restarted: none of its processes is left.
            (Some(_), Some(_)) if self.host == this.host => return Some(true),
            (Some(_), Some(_)) => return None,
            _ => self.host == this.host,
        };
        match same_kernel {
            false => None,
            true if self.locked && lock_is_free => Some(true),
            // Whether it lives can only be seen by its number, from the same namespace.
            true if self.pid_namespace == this.pid_namespace => Some(identity::started(self.pid) != self.started),
            true => None,
        }
    }
}

/// The state of the claim `path`, and the claim, open and locked by this process if its owner is dead. An error means that there is no claim.
pub(super) fn state_of(path: &Path) -> std::io::Result<(ClaimState, File)> {
    let mut claim = crate::os::regular_file::open_regular(path)?;
    // Any error but WouldBlock: the file system has no locks.
    let lock = claim.try_lock();
    let mut text = Vec::new();
    // A longer file is no claim.
    Read::take(&mut claim, 4096).read_to_end(&mut text)?;
    let owner: Option<Owner> = serde_json::from_slice(&text).ok();
    let state = match owner {
        owner if matches!(lock, Err(TryLockError::WouldBlock)) => ClaimState::Alive(owner),
        None => ClaimState::Dead(None),
        Some(owner) => match owner.is_gone(&Owner::this(true), lock.is_ok()) {
            Some(true) => ClaimState::Dead(Some(owner)),
            Some(false) => ClaimState::Alive(Some(owner)),
            None => ClaimState::Elsewhere(owner),
        },
    };
    Ok((state, claim))
}

/// Whether an open file is the one that has this name now.
pub(super) fn is_linked(file: &File, path: &Path) -> bool {
    let identity = |facts: fs::Metadata| (facts.dev(), facts.ino());
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(named)) => identity(open) == identity(named),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_number_alone_identifies_nothing() {
        let this = Owner::this(false);
        assert_eq!(this.is_gone(&this, false), Some(false), "it is this very process");
        let before = Owner { started: this.started.map(|ticks| ticks + 1), ..this.clone() };
        assert_eq!(before.is_gone(&this, false), Some(true), "another process had the number");
        let contained = Owner { pid_namespace: Some(1), ..this.clone() };
        assert_eq!(contained.is_gone(&this, false), None, "without a lock it is unknown");
        assert_eq!(Owner { locked: true, ..contained }.is_gone(&this, true), Some(true), "the lock is free");
        let restarted = Owner { boot_id: Some("before".to_owned()), ..this.clone() };
        assert_eq!(restarted.is_gone(&this, false), Some(true));
        assert_eq!(Owner { host: "another".to_owned(), ..restarted }.is_gone(&this, false), None);
        let elsewhere = Owner { host: "another".to_owned(), boot_id: None, locked: true, ..this.clone() };
        assert_eq!(elsewhere.is_gone(&this, false), None);
    }
}
