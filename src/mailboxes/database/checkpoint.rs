//! The checkpoint: every live record is written to a new file, which then takes the old one's name.
//! All of it happens under the exclusive lock; other processes notice by the inode and map the new file.

use std::{
    fs,
    os::fd::AsFd,
    path::{Path, PathBuf},
};

use nix::{
    fcntl::{OFlag, open},
    sys::stat::{Mode, fstat},
    unistd::fsync,
};

use super::{Database, OpenOptions, storage::Descriptor};
use crate::mailboxes::{
    Error, Format, Storage,
    lock::{Hold, Locked, lock},
};

pub(super) fn new_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".NEW");
    name.into()
}

impl Database<'_> {
    /// Rewrites and replaces the file. After an error the old one is in place, and goes on being used.
    ///
    /// Cyrus 3.6 puts a twoskip's checkpoint off until the command has ended; here it follows the commit, as up to 3.5.
    pub(super) fn checkpoint(&mut self) -> Result<(), Error> {
        let name = new_name(self.path());
        let outcome = self.rewrite_to(&name);
        if outcome.is_err() {
            // A part of the new file is of no use; the outcome says what failed.
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
        let mut new = Descriptor { file, sync: self.options.sync };
        let mut levels = self.levels.clone();
        let OpenOptions { format, order, .. } = self.options;
        format.rewrite(order, self.bytes(), &mut new, &mut levels)?;
        if format == Format::Skiplist {
            new.sync_data()?;
            // A process that opens the new file by its name waits until this writer is done with it.
            lock(new.as_fd(), self.options.lock, Locked::WHOLE, Hold::Exclusive)?;
            rename(name, self.path())?;
            new.sync_all()?;
            // Readers that still map the old file check the inode, under the lock, before they touch it.
            self.file.truncate(0)?;
        } else {
            rename(name, self.path())?;
            self.sync_directory()?;
        }
        self.levels = levels;
        // The old descriptor closes here, and releases the old file's lock.
        self.file = new;
        let status = fstat(&self.file).map_err(Error::call("fstat"))?;
        (self.size, self.inode) = (status.st_size as u64, status.st_ino as u64);
        self.remap()
    }

    fn sync_directory(&self) -> Result<(), Error> {
        if !self.options.sync {
            return Ok(());
        }
        let parent = self.path().parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let directory = fs::File::open(parent).map_err(Error::io("open"))?;
        fsync(&directory).map_err(Error::call("fsync"))
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(Error::io("rename"))
}
