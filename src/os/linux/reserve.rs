//! Space on a disk that is kept for later.

use std::{fs::File, io};

/// Gives a file so many bytes of its disk, without writing them where the file system can do that (posix_fallocate(3)).
///
/// # Errors
/// The disk has not got them.
pub fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    Ok(nix::fcntl::posix_fallocate(file, 0, bytes)?)
}
