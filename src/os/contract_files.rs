//! The files through which illumos makes and ends process contracts. Each answers only to exactly the flags of its kind, and with EINVAL to any
//! other: ctfs_tmpl_open wants reading and writing, ctfs_ctl_open writing (illumos-gate, usr/src/uts/common/fs/ctfs). O_CLOEXEC, which the standard
//! library adds, is handed on to them by copen (usr/src/uts/common/syscall/open.c), and so is set after the file is open.

use std::{os::fd::OwnedFd, path::Path};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::sys::stat::Mode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Template,
    Control,
}

impl Kind {
    fn flags(self) -> OFlag {
        match self {
            Kind::Template => OFlag::O_RDWR,
            Kind::Control => OFlag::O_WRONLY,
        }
    }
}

/// Closed when this process executes another program, as any file of ours is.
pub fn open_contract_file(path: &Path, kind: Kind) -> nix::Result<OwnedFd> {
    let file = open(path, kind.flags(), Mode::empty())?;
    fcntl(&file, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_file_is_opened_with_the_flags_of_its_kind_alone_and_closed_on_exec() {
        assert_eq!([Kind::Template, Kind::Control].map(Kind::flags), [OFlag::O_RDWR, OFlag::O_WRONLY]);
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = open_contract_file(file.path(), Kind::Control).unwrap();
        assert_eq!(fcntl(&opened, FcntlArg::F_GETFD), Ok(libc::FD_CLOEXEC));
        assert_eq!(open_contract_file(Path::new("/no/contracts"), Kind::Template).err(), Some(nix::Error::ENOENT));
    }
}
