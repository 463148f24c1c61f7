//! The files through which illumos makes and ends process contracts. Each answers only to exactly the flags of its kind, and with EINVAL to any
//! other: ctfs_tmpl_open wants reading and writing, ctfs_ctl_open writing (illumos-gate, usr/src/uts/common/fs/ctfs). O_CLOEXEC, which the standard
//! library adds, is handed on to them by copen (usr/src/uts/common/syscall/open.c), and so is set after the file is open.

use std::{os::fd::OwnedFd, path::Path};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::sys::stat::Mode;

pub const TEMPLATE_FLAGS: OFlag = OFlag::O_RDWR;
pub const CONTROL_FLAGS: OFlag = OFlag::O_WRONLY;

/// Closed when this process executes another program, as any file of ours is.
pub fn open_contract_file(path: &Path, flags: OFlag) -> nix::Result<OwnedFd> {
    let file = open(path, flags, Mode::empty())?;
    fcntl(&file, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_file_is_opened_with_these_flags_alone_and_closed_on_exec() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = open_contract_file(file.path(), CONTROL_FLAGS).unwrap();
        let flags = OFlag::from_bits_retain(fcntl(&opened, FcntlArg::F_GETFL).unwrap());
        assert_eq!(flags & (OFlag::O_ACCMODE | OFlag::O_NONBLOCK | OFlag::O_CREAT), CONTROL_FLAGS);
        assert_eq!(fcntl(&opened, FcntlArg::F_GETFD), Ok(libc::FD_CLOEXEC));
        assert_eq!(open_contract_file(Path::new("/no/contracts"), TEMPLATE_FLAGS).err(), Some(nix::Error::ENOENT));
    }
}
