//! One look at one process.

use std::{fs, io, os::unix::fs::MetadataExt};

use super::{
    descriptors,
    facts::{self, Facts},
    mappings::{Mapping, Method, Which},
    smaps::{self, Resident},
    sought::Sought,
};
use crate::os::{
    facts::Probe,
    file_users::{FileId, MappedRange, MappingKind, OpenFile},
};

/// Why what is resident is not known.
pub const TOO_COSTLY: &str = "the kernel walks page tables to count it, which would have taken too long for all processes; look at one with --pid";

/// What became of a look.
pub enum Look {
    User(Box<Found>),
    /// It has nothing to do with the file.
    Other,
    Forbidden,
    Gone,
}

/// A process that uses the file.
pub struct Found {
    pub ranges: Vec<Range>,
    pub open: Probe<Vec<(OpenFile, FileId)>>,
    pub facts: Facts,
}

/// A mapping of the file.
pub struct Range {
    pub mapping: Mapping,
    kind: MappingKind,
}

impl Range {
    pub fn finish(self, resident: Option<&Probe<Vec<Resident>>>) -> MappedRange {
        let bytes = match resident {
            None => Err("the process did not answer in time".to_owned()),
            Some(Err(why)) => Err(why.clone()),
            Some(Ok(all)) => all
                .iter()
                .find(|range| range.start == self.mapping.start)
                .and_then(|range| range.bytes)
                .ok_or_else(|| "the mapping was gone when its pages were counted".to_owned()),
        };
        let Mapping { start, end, offset, .. } = self.mapping;
        MappedRange { bytes: end - start, offset, kind: self.kind, resident_bytes: bytes.into() }
    }
}

/// Looks at a process by the faster way.
pub fn at(pid: u32, sought: &Sought, which: Which) -> Look {
    at_by(Method::of_this_kernel(), pid, sought, which)
}

/// Looks at a process by this way.
pub fn at_by(method: Method, pid: u32, sought: &Sought, which: Which) -> Look {
    look(method, pid, sought, which).unwrap_or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Look::Forbidden,
        // A process without memory: a part of the kernel, or a zombie. It is still there.
        _ if error.raw_os_error() == Some(libc::ESRCH) && fs::exists(format!("/proc/{pid}")).unwrap_or(false) => {
            Look::Other
        }
        _ => Look::Gone,
    })
}

fn look(method: Method, pid: u32, sought: &Sought, which: Which) -> io::Result<Look> {
    let mut mappings: Vec<Mapping> = Vec::new();
    method.visit(pid, which, &mut |mapping, name| {
        if sought.is(pid, mapping.file, name) {
            mappings.push(*mapping);
        }
    })?;
    let open = descriptors::of(pid, &mut |file, is_nameless, name| {
        // A file with a name is another one, if its number is; and the name of a link is that of the process's mounts.
        let no_name = || None;
        sought.is(pid, file, if is_nameless { name } else { &no_name })
    });
    if mappings.is_empty() && open.as_ref().is_ok_and(Vec::is_empty) {
        return Ok(Look::Other);
    }
    let open = match open {
        Ok(open) => Ok(open),
        Err(error) if mappings.is_empty() => return Err(error),
        Err(error) => Err(format!("/proc/{pid}/fd: {error}")),
    };
    // One that was taken away meanwhile is no mapping.
    let range = |mapping: Mapping| Some(Range { mapping, kind: kind_of(pid, &mapping)? });
    let ranges = mappings.into_iter().filter_map(range).collect();
    Ok(facts::of(pid).map_or(Look::Gone, |facts| Look::User(Box::new(Found { ranges, open, facts }))))
}

/// What a mapping allows; `None`: it is gone.
fn kind_of(pid: u32, mapping: &Mapping) -> Option<MappingKind> {
    Some(match (mapping.shared, mapping.writable) {
        (false, _) => MappingKind::Private,
        (true, true) => MappingKind::Writable,
        (true, false) if is_of_writable(pid, mapping)? => MappingKind::ReadOnlyOfWritable,
        (true, false) => MappingKind::ReadOnly,
    })
}

/// Whether the file behind a mapping was opened for writing, which is what `mw` in VmFlags says of a shared mapping. The link in
/// `/proc/PID/map_files` has the mode of that file, whether it is still open or not; to look at the link itself needs no privilege beyond
/// that for the mappings, and walks no page table.
fn is_of_writable(pid: u32, mapping: &Mapping) -> Option<bool> {
    let link = format!("/proc/{pid}/map_files/{:x}-{:x}", mapping.start, mapping.end);
    match fs::symlink_metadata(link) {
        Ok(facts) => Some(facts.mode() & libc::S_IWUSR != 0),
        Err(_) => smaps::of(pid).ok()?.iter().find(|range| range.start == mapping.start).map(|range| range.may_write),
    }
}
