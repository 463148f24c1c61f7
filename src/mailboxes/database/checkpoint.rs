//! The checkpoint: every live record is written to a new file, which then takes the old one's name.
//! Under the exclusive lock all the while; other processes notice by the inode and map the new file.

use std::{
    fs,
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
};

use nix::{
    fcntl::{OFlag, open},
    sys::stat::{Mode, fstat},
    unistd::{fdatasync, fsync, ftruncate},
};

use super::{
    Database, OpenOptions,
    storage::{seek, write_one, write_parts},
};
use crate::mailboxes::{
    Bytes, Error, Format, Storage,
    lock::{Hold, lock},
};

/// The new file while it is written. It is never read, so it is not mapped.
struct NewFile {
    file: OwnedFd,
    sync: bool,
}

impl Storage for NewFile {
    fn bytes(&self) -> Bytes<'_> {
        Bytes::new(&[])
    }

    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        seek(&self.file, offset)?;
        write_parts(&self.file, parts).map(|_| ())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        seek(&self.file, offset)?;
        write_one(&self.file, bytes).map(|_| ())
    }

    fn sync_data(&mut self) -> Result<(), Error> {
        if self.sync { fdatasync(&self.file).map_err(Error::call("fdatasync")) } else { Ok(()) }
    }

    fn sync_all(&mut self) -> Result<(), Error> {
        if self.sync { fsync(&self.file).map_err(Error::call("fsync")) } else { Ok(()) }
    }

    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        ftruncate(&self.file, size as libc::off_t).map_err(Error::call("ftruncate"))
    }
}

fn new_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".NEW");
    name.into()
}

impl Database {
    /// Rewrites and replaces the file. After an error the old one is in place, and goes on being used.
    ///
    /// Cyrus 3.6 puts a twoskip's checkpoint off until the command has ended; here it follows the commit, as up to 3.5.
    pub(super) fn checkpoint(&mut self) -> Result<(), Error> {
        let name = new_name(&self.path);
        let outcome = self.rewrite_to(&name);
        if outcome.is_err() {
            // Whatever there is of it is worth nothing; what went wrong is already known.
            let _ = fs::remove_file(&name);
        }
        outcome
    }

    fn rewrite_to(&mut self, name: &Path) -> Result<(), Error> {
        // Allocates, unlike everything else in the writer's loop: it rewrites a whole file.
        let c_name = super::c_path(name)?;
        let mode = fstat(&self.file).map_err(Error::call("fstat"))?.st_mode & 0o7777;
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_TRUNC;
        let file = open(c_name.as_c_str(), flags, Mode::from_bits_truncate(mode)).map_err(Error::call("open"))?;
        let mut new = NewFile { file, sync: self.options.sync };
        let mut levels = self.levels.clone();
        let OpenOptions { format, order, .. } = self.options;
        format.rewrite(order, self.bytes(), &mut new, &mut levels)?;
        if format == Format::Skiplist {
            new.sync_data()?;
            // Whoever opens it by its name waits until this writer is done with it.
            lock(new.file.as_fd(), self.options.lock, Hold::Exclusive)?;
            rename(name, &self.path)?;
            new.sync_all()?;
            // Readers that still map the old one look at the inode, under the lock, before they touch it.
            ftruncate(&self.file, 0).map_err(Error::call("ftruncate"))?;
        } else {
            rename(name, &self.path)?;
            self.sync_directory()?;
        }
        self.levels = levels;
        // The old descriptor closes here, and gives the old file's lock back.
        self.file = new.file;
        let status = fstat(&self.file).map_err(Error::call("fstat"))?;
        (self.size, self.inode) = (status.st_size as u64, status.st_ino as u64);
        self.remap()
    }

    fn sync_directory(&self) -> Result<(), Error> {
        if !self.options.sync {
            return Ok(());
        }
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let directory = fs::File::open(parent).map_err(Error::io("open"))?;
        fsync(&directory).map_err(Error::call("fsync"))
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(Error::io("rename"))
}
