//! Which database files a process maps.

use std::{collections::BTreeMap, ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf, time::Duration};

use super::{
    mappings::{Method, Which},
    sought::{DELETED, mounts_of},
};
use crate::os::{facts::Probe, file_users::MappedFile, patience::ask_each};

/// There is one process to ask, and nobody else waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Files that a process maps shared and does not execute, the largest mapping first: one of them may be its database.
///
/// # Errors
/// There is no such process, this user may not see its mappings, it does not answer, or it maps no such file.
pub fn database_files(pid: u32) -> Probe<Vec<MappedFile>> {
    let asked = ask_each(vec![pid], PATIENCE, read).answers.pop();
    let (_, files) = asked.ok_or_else(|| {
        format!(
            "process {pid} does not answer: its memory is locked, probably by a task that is blocked inside the kernel"
        )
    })?;
    let files = files.map_err(|error| format!("/proc/{pid}/maps: {error}; run as root, or as the process's user"))?;
    let files = MappedFile::largest_first(pid, files)?;
    if mounts_of(pid).is_some_and(|mounts| Some(mounts) != mounts_of("self")) {
        return Err(format!(
            "process {pid} has mounts of its own, where it maps {}; enter them (nsenter -t {pid} -m), or name the file by its path out here",
            files[0].path.display()
        ));
    }
    Ok(files)
}

/// Bytes that a process maps of each file.
fn read(pid: u32) -> std::io::Result<BTreeMap<PathBuf, u64>> {
    let mut files = BTreeMap::new();
    Method::of_this_kernel().visit(pid, Which::Shared, &mut |mapping, name| {
        let Some(name) = name().filter(|name| !mapping.executable && is_of_a_file(name)) else { return };
        let path = name.strip_suffix(DELETED).unwrap_or(&name).to_vec();
        *files.entry(OsString::from_vec(path).into()).or_default() += mapping.end - mapping.start;
    })?;
    Ok(files)
}

/// Not of memory that only has the form of a file, nor of a device, nor what the C library maps in every process with a locale.
fn is_of_a_file(name: &[u8]) -> bool {
    let others: [&[u8]; 4] = [b"/memfd:", b"/SYSV", b"/dev/", b"/anon_hugepage"];
    name.starts_with(b"/")
        && !others.iter().any(|other| name.starts_with(other))
        && !name.ends_with(b"/gconv-modules.cache")
}
