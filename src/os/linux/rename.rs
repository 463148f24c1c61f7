//! Renaming that replaces nothing, or that exchanges two names at once (renameat2(2)); and space on a disk that is kept for later.

use std::{ffi::CString, fs, io, os::unix::ffi::OsStrExt, path::Path};

use nix::errno::Errno;

fn renameat2(from: &Path, to: &Path, flags: libc::c_uint) -> io::Result<()> {
    let [from, to] = [from, to].map(|path| CString::new(path.as_os_str().as_bytes()));
    let (from, to) = (from?, to?);
    // SAFETY: both paths are zero-terminated and live through the call, which keeps neither. By number, because not every C library has it.
    let done = unsafe {
        libc::syscall(libc::SYS_renameat2, libc::AT_FDCWD, from.as_ptr(), libc::AT_FDCWD, to.as_ptr(), flags)
    };
    Ok(Errno::result(done).map(|_| ())?)
}

/// Renames to a name that is free.
///
/// # Errors
/// `AlreadyExists`: it is not. Or what rename(2) fails for.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat2(from, to, libc::RENAME_NOREPLACE) {
        // A file system without it, such as NFS: then there is a moment between looking and renaming.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) => {
            if fs::symlink_metadata(to).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(from, to)
        }
        outcome => outcome,
    }
}

/// Exchanges what two names stand for, at once.
///
/// # Errors
/// `EINVAL` or `ENOSYS`: the file system or kernel cannot. Or what rename(2) fails for.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    renameat2(one, other, libc::RENAME_EXCHANGE)
}

/// Gives a file so many bytes of its disk, without writing them where the file system can do that (posix_fallocate(3)).
pub fn reserve(file: &fs::File, bytes: u64) -> io::Result<()> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    Ok(nix::fcntl::posix_fallocate(file, 0, bytes)?)
}
