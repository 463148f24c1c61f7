//! Descriptors of a process that lead to a file.

use std::{
    ffi::CString,
    fs::{self, File, OpenOptions},
    io,
    os::{
        fd::AsRawFd,
        unix::{ffi::OsStringExt, fs::OpenOptionsExt},
    },
    path::PathBuf,
};

use nix::{errno::Errno, sys::stat::makedev};

use super::mappings::NameOf;
use crate::os::file_users::{FileId, OpenFile};

/// The descriptors of regular files that `is_sought` picks by file, whether that has lost its name, and the name.
///
/// # Errors
/// There is no such process, or this user may not see them.
pub fn of(
    pid: u32,
    is_sought: &mut dyn FnMut(FileId, bool, NameOf<'_>) -> bool,
) -> io::Result<Vec<(OpenFile, FileId)>> {
    let path = PathBuf::from(format!("/proc/{pid}/fd"));
    let directory = OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(&path)?;
    let mut found = Vec::new();
    for entry in fs::read_dir(&path)? {
        let Some(descriptor) = entry?.file_name().into_string().ok().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // Closed meanwhile: then it is not open.
        let Some(facts) = facts_of(&directory, descriptor, true) else { continue };
        if u32::from(facts.stx_mode) & libc::S_IFMT != libc::S_IFREG {
            continue;
        }
        let device = makedev(facts.stx_dev_major.into(), facts.stx_dev_minor.into());
        let file = FileId { device, inode: facts.stx_ino };
        let link = path.join(descriptor.to_string());
        let name = || Some(fs::read_link(&link).ok()?.into_os_string().into_vec());
        if !is_sought(file, facts.stx_nlink == 0, &name) {
            continue;
        }
        // The link itself shows how the file was opened.
        let Some(link) = facts_of(&directory, descriptor, false) else { continue };
        found.push((OpenFile { descriptor, writable: u32::from(link.stx_mode) & libc::S_IWUSR != 0 }, file));
    }
    found.sort_unstable_by_key(|(open, _)| open.descriptor);
    Ok(found)
}

/// Facts of what a descriptor leads to, or of the link that stands for it. What is known already is enough: a server of a network file system
/// that does not answer is not waited for.
fn facts_of(directory: &File, descriptor: u32, follow: bool) -> Option<libc::statx> {
    let name = CString::new(descriptor.to_string()).ok()?;
    let flags = libc::AT_STATX_DONT_SYNC | if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let wanted = libc::STATX_TYPE | libc::STATX_MODE | libc::STATX_INO | libc::STATX_NLINK;
    // SAFETY: `struct statx` is plain numbers, of which zero is a valid value for each.
    let mut facts: libc::statx = unsafe { std::mem::zeroed() };
    // SAFETY: the name ends with a zero, and there is room for one structure.
    let answer = unsafe { libc::statx(directory.as_raw_fd(), name.as_ptr(), flags, wanted, &raw mut facts) };
    Errno::result(answer).ok().map(|_| facts)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn descriptors_of_this_process_are_found_with_their_mode() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let reader = File::open(place.path()).unwrap();
        let writer = OpenOptions::new().write(true).open(place.path()).unwrap();
        let expected = FileId::from(&reader.metadata().unwrap()).inode;
        let mut is_sought = |file: FileId, is_nameless: bool, name: NameOf<'_>| {
            let is_it = file.inode == expected && !is_nameless;
            assert!(!is_it || name().unwrap() == place.path().as_os_str().as_bytes());
            is_it
        };
        let found = of(std::process::id(), &mut is_sought).unwrap();
        let mode = |descriptor: i32| {
            found.iter().find(|(open, _)| open.descriptor == descriptor as u32).map(|(open, _)| open.writable)
        };
        assert_eq!([mode(reader.as_raw_fd()), mode(writer.as_raw_fd())], [Some(false), Some(true)]);
        assert!(of(u32::MAX, &mut |_, _, _| true).is_err());
    }
}
