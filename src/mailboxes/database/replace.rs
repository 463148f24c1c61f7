//! A file is rewritten, and the new one takes its name; other processes notice by the inode and map the new file.
//! A checkpoint does all of it under the exclusive lock. The repack of a twom file copies the live records under the shared lock, so that
//! readers go on, and what was committed meanwhile follows.

use std::{
    fs,
    os::fd::AsFd,
    path::{Path, PathBuf},
    sync::Arc,
};

use nix::{
    fcntl::{AT_FDCWD, OFlag, open, renameat},
    sys::stat::{Mode, fstat, stat},
    unistd::{fsync, write},
};

use super::{
    Database, OpenOptions,
    list::LOCKS_A_GATE,
    locking::Gate,
    storage::{Descriptor, Stored},
};
use crate::mailboxes::{
    Error, Format, KeyOrder, NoPhases, Storage, SyncCall,
    format::{Origin, Place},
    lock::{Hold, Locked, lock, try_lock},
    twom::{self, Builder, Start},
};

/// After so many records others may lock the old file.
const RECORDS_A_LOCK: u32 = 64 * 1024;

fn new_name(path: &Path) -> PathBuf {
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
        unless_it_fails(&name, self.rewrite_to(&name))
    }

    fn rewrite_to(&mut self, name: &Path) -> Result<(), Error> {
        let mut new = self.create(name, OFlag::O_TRUNC)?;
        let mut levels = self.levels.clone();
        let OpenOptions { format, order, .. } = self.options;
        format.rewrite(order, self.bytes(), &mut new, &mut levels)?;
        let rename = || fs::rename(name, self.path()).map_err(Error::io("rename"));
        if format == Format::Skiplist {
            new.sync(SyncCall::Data)?;
            // A process that opens the new file by its name waits until this writer is done with it.
            lock(new.as_fd(), self.options.lock, Locked::WHOLE, Hold::Exclusive)?;
            rename()?;
            new.sync(SyncCall::All)?;
            // Readers that still map the old file check the inode, under the lock, before they touch it.
            self.file.truncate(0)?;
        } else {
            rename()?;
            if self.options.sync {
                let directory = fs::File::open(self.directory()).map_err(Error::io("open"))?;
                fsync(&directory).map_err(Error::call("fsync"))?;
            }
        }
        self.levels = levels;
        // The old descriptor closes here, and releases the old file's lock.
        self.file = new;
        self.identify()?;
        self.remap()
    }

    /// Makes the new file, with the rights of the old one. Allocates, unlike everything else in the writer's loop: a whole file is copied.
    fn create(&self, name: &Path, more: OFlag) -> Result<Descriptor, Error> {
        let mode = fstat(&self.file).map_err(Error::call("fstat"))?.st_mode & 0o7777;
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | more;
        let file = open(&*super::c_path(name)?, flags, Mode::from_bits_truncate(mode)).map_err(Error::call("open"))?;
        Ok(Descriptor { file, sync: self.options.sync })
    }

    /// Where the file is.
    fn directory(&self) -> &Path {
        self.path().parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Repacks the file, unless another process does, or has just done so; whether it did. After an error the old file is in place, and
    /// goes on being used.
    pub(super) fn repack(&mut self) -> Result<bool, Error> {
        if !try_lock(self.file.as_fd(), self.options.lock, Locked::REPACK, Hold::Exclusive)? {
            return Ok(false);
        }
        let (inode, name) = (self.inode, new_name(self.path()));
        let begun = self.begin(Hold::Shared, &mut NoPhases).and_then(|()| twom::is_clean(self.bytes()));
        let outcome = match begun {
            Ok(true) if self.inode == inode => self.copy_to(&name),
            begun => begun.map(|_| None),
        };
        let outcome = unless_it_fails(&name, outcome);
        self.release();
        let unlocked = lock(self.file.as_fd(), self.options.lock, Locked::REPACK, Hold::Released);
        let Some(new) = outcome? else { return unlocked.map(|()| false) };
        // From here on other processes can use the new file.
        lock(new.descriptor.as_fd(), self.options.lock, Locked::DATA, Hold::Released)?;
        self.map = new.map.map(Arc::new);
        self.file = new.descriptor;
        self.identify()?;
        Ok(true)
    }

    /// The new file, locked, in the place of the old one; `None` if the old one is not there any more.
    fn copy_to(&mut self, name: &Path) -> Result<Option<Stored>, Error> {
        twom::consistent(self.bytes())?;
        let start = Start::of(Origin::Old(self.bytes()))?;
        let mut new = self.begin_new(name, &start)?;
        let mut levels = self.levels.clone();
        let mut builder = Builder::begin(&start, &mut new, &mut levels)?;
        let snapshot = twom::committed_size(self.bytes())?;
        self.copy_records(snapshot, &mut new, &mut builder)?;
        builder.finish_with(self.bytes(), snapshot, &mut new)?;
        self.levels = levels;
        let is_renamed = self.put_in_place(name)?;
        if !is_renamed {
            fs::remove_file(name).map_err(Error::io("unlink"))?;
        }
        Ok(is_renamed.then_some(new))
    }

    /// Makes, locks and maps the new file.
    fn begin_new(&self, name: &Path, start: &Start) -> Result<Stored, Error> {
        match fs::remove_file(name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io("unlink")(error)),
            _ => {}
        }
        let file = self.create(name, OFlag::empty())?;
        let bytes = start.bytes();
        if write(&file, &bytes).map_err(Error::call("write"))? != bytes.len() {
            return Err(Error::no_room("write"));
        }
        if !try_lock(file.as_fd(), self.options.lock, Locked::DATA, Hold::Exclusive)? {
            return Err(Error::Unsupported { what: "somebody else has locked the new file of a repack" });
        }
        let size = fstat(&file).map_err(Error::call("fstat"))?.st_size as u64;
        Stored::of(file, size)
    }

    /// Copies the records as of when the file ended at `snapshot`.
    fn copy_records(
        &mut self,
        snapshot: u64,
        new: &mut Stored,
        builder: &mut Builder<impl rand::Rng>,
    ) -> Result<(), Error> {
        let mut place = twom::seek(self.bytes(), KeyOrder::Plain, b"")?;
        let (mut key, mut value, mut last) = (Vec::new(), Vec::new(), None);
        let (mut copied, mut locks) = (0, 0_u64);
        while let Some(entry) = twom::step_as_of(self.bytes(), &mut place, snapshot)? {
            entry.0.copy_to(&mut key);
            if last.take().is_some_and(|last: Vec<u8>| last == key) {
                continue;
            }
            entry.1.copy_to(&mut value);
            builder.add(new, &key, &value)?;
            copied += 1;
            if copied == RECORDS_A_LOCK {
                let gate = if locks.is_multiple_of(LOCKS_A_GATE) { Gate::Through } else { Gate::Past };
                place = self.let_others_in(gate, &key)?;
                // The walk goes on at this record, which is copied already.
                last = Some(key.clone());
                (copied, locks) = (0, locks + 1);
            }
        }
        Ok(())
    }

    /// Gives the shared lock up for a moment; the place of `key` after that.
    fn let_others_in(&mut self, gate: Gate, key: &[u8]) -> Result<Place, Error> {
        self.unlock()?;
        self.take(gate, Hold::Shared)?;
        // The same file, whatever has become of its name: what is in it stays.
        self.size = fstat(&self.file).map_err(Error::call("fstat"))?.st_size as u64;
        if self.size > self.mapped() {
            self.remap()?;
        }
        twom::seek(self.bytes(), KeyOrder::Plain, key)
    }

    /// Renames the new file over the old one, unless that has been replaced meanwhile; whether it did.
    fn put_in_place(&self, name: &Path) -> Result<bool, Error> {
        let leaf = self.path().file_name().map(PathBuf::from).unwrap_or_default();
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
        let directory = open(self.directory(), flags, Mode::empty()).map_err(Error::call("open"))?;
        let mine = fstat(&self.file).map_err(Error::call("fstat"))?;
        let named = stat(&*self.name).map_err(Error::call("stat"))?;
        if mine.st_ino != named.st_ino {
            return Ok(false);
        }
        renameat(AT_FDCWD, name, &directory, &leaf).map_err(Error::call("renameat"))?;
        if self.options.sync {
            fsync(&directory).map_err(Error::call("fsync"))?;
        }
        Ok(true)
    }
}

/// An outcome; if it is an error, the new file is removed: a part of it is of no use. The error says what failed first.
fn unless_it_fails<T>(name: &Path, outcome: Result<T, Error>) -> Result<T, Error> {
    outcome.inspect_err(|_| {
        let _ = fs::remove_file(name);
    })
}
