//! The names of `linux/rename.rs` elsewhere.

use std::{fs, io, path::Path};

/// Renames to a name that is free; there is a moment between looking and renaming.
///
/// # Errors
/// `AlreadyExists`: it is not free. Or what rename(2) fails for.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// Unavailable.
///
/// # Errors
/// Always.
pub fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(nix::errno::Errno::ENOSYS.into())
}
