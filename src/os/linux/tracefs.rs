//! The tracing system, mounted for this process and its children alone where nobody has mounted it: in a mount namespace of their own, which is
//! gone when they are.

use std::path::Path;

use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
    unistd::geteuid,
};

use super::{facts::Probe, sources::tracepoints::PLACES};

/// Whether it was mounted now; false: it is there already, or this process is not root and may not. What the system mounts later is
/// seen in the namespace too.
pub fn mount_for_this_process() -> Probe<bool> {
    let [place, _] = PLACES;
    if !geteuid().is_root() || PLACES.iter().any(|place| Path::new(place).join("events").is_dir()) {
        return Ok(false);
    }
    if !Path::new(place).is_dir() {
        return Err(format!("{place} is missing: the kernel has no tracing system"));
    }
    let none: Option<&str> = None;
    unshare(CloneFlags::CLONE_NEWNS).map_err(|error| format!("unshare(CLONE_NEWNS): {error}"))?;
    mount(none, "/", none, MsFlags::MS_SLAVE | MsFlags::MS_REC, none)
        .map_err(|error| format!("mount of / as slave: {error}"))?;
    mount(Some("tracefs"), place, Some("tracefs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC, none)
        .map_err(|error| format!("mount of tracefs at {place}: {error}"))?;
    Ok(true)
}
