//! One process's open mailbox file: descriptor, lock and mapping, with Cyrus's own cycle of system calls around each use.
//! Lock, `fstat`, `stat`, remap if needed, search or change, unlock: cyrus-imapd's `mappedfile_readlock` and its twins.

use std::{
    ffi::CString,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
};

use nix::{
    fcntl::{OFlag, open},
    sys::stat::{Mode, fstat, stat},
};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    Bytes, Change, Error, Format, LockKind, Medium, OpenMode, Phase, PhaseClock, RemapRule,
    lock::{Hold, lock},
    mapping::Mapping,
    skiplist, twoskip,
};

/// How a [`Database`] is opened.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// The file's format.
    pub format: Format,
    /// Access mode of the descriptor.
    pub mode: OpenMode,
    /// The lock around every operation.
    pub lock: LockKind,
    /// When to map anew.
    pub remap: RemapRule,
    /// Whether commits sync. Without, a crash of the machine may lose or tear them (Cyrus's `skiplist_unsafe`).
    pub sync: bool,
    /// Seed of the levels that new records draw.
    pub seed: u64,
}

/// What one commit did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Records stored, replaced or deleted.
    pub changed: u32,
}

/// An open, mapped mailbox file.
pub struct Database {
    path: PathBuf,
    name: CString,
    options: OpenOptions,
    file: OwnedFd,
    inode: u64,
    size: u64,
    map: Mapping,
    levels: Xoshiro256PlusPlus,
    /// Where a list is: kept between operations, so that listing allocates nothing.
    place: Vec<u8>,
}

/// Recognises the format of a file by its magic. The file is only read.
pub fn detect(path: &Path) -> Result<Format, Error> {
    use std::io::Read;
    let mut magic = Vec::with_capacity(20);
    let file = std::fs::File::open(path).map_err(Error::io("open"))?;
    file.take(20).read_to_end(&mut magic).map_err(Error::io("read"))?;
    if magic.starts_with(b"\xa1\x02\x8b\x0dskiplist file\0\0\0") {
        Ok(Format::Skiplist)
    } else if magic.starts_with(b"\xa1\x02\x8b\x0dtwoskip file\0\0\0\0") {
        Ok(Format::Twoskip)
    } else {
        Err(Error::UnknownFormat)
    }
}

fn open_file(name: &CString, mode: OpenMode) -> Result<OwnedFd, Error> {
    let access = match mode {
        OpenMode::ReadWrite => OFlag::O_RDWR,
        OpenMode::ReadOnly => OFlag::O_RDONLY,
    };
    open(name.as_c_str(), access | OFlag::O_CLOEXEC, Mode::empty()).map_err(Error::call("open"))
}

impl Database {
    /// Opens and maps an existing file. Does not lock it.
    pub fn open(path: &Path, options: OpenOptions) -> Result<Database, Error> {
        if options.format == Format::Flat {
            return Err(Error::NotBuilt { format: options.format });
        }
        let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::Io {
            call: "open",
            source: std::io::Error::new(std::io::ErrorKind::InvalidInput, "the path holds a zero byte"),
        })?;
        let file = open_file(&name, options.mode)?;
        let status = fstat(&file).map_err(Error::call("fstat"))?;
        let size = status.st_size as u64;
        let map = Mapping::of(&file, size)?;
        let levels = Xoshiro256PlusPlus::seed_from_u64(options.seed);
        Ok(Database {
            path: path.to_owned(),
            name,
            options,
            file,
            inode: status.st_ino as u64,
            size,
            map,
            levels,
            place: Vec::with_capacity(4096),
        })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes mapped.
    pub fn mapped(&self) -> u64 {
        self.map.length()
    }

    /// Reads one byte of every page of the file, so that all of it is mapped; returns how many pages.
    pub fn touch_all(&self, page_size: u64) -> Result<u64, Error> {
        let bytes = self.bytes();
        let mut sum = 0u8;
        for page in 0..self.size.div_ceil(page_size) {
            sum = sum.wrapping_add(bytes.u8_at(page * page_size)?);
        }
        std::hint::black_box(sum);
        Ok(self.size.div_ceil(page_size))
    }

    /// Looks `key` up; the length of its value, or `None`.
    pub fn lookup(&mut self, key: &[u8], clock: &mut impl PhaseClock) -> Result<Option<usize>, Error> {
        self.begin(Hold::Shared, clock)?;
        let found = match self.options.format {
            Format::Skiplist => skiplist::find(self.bytes(), key),
            _ => twoskip::find(self.bytes(), key),
        }
        .map(|value| value.map(<[u8]>::len));
        clock.ended(Phase::Search);
        self.end(clock)?;
        found
    }

    /// Takes the lock, looks whether the file changed, and lets go.
    pub fn noop(&mut self, clock: &mut impl PhaseClock) -> Result<(), Error> {
        self.begin(Hold::Shared, clock)?;
        self.end(clock)
    }

    /// Walks the records whose keys begin with `prefix`; returns how many. The lock is let go and retaken around each, as
    /// Cyrus does around each callback of a LIST.
    pub fn list(&mut self, prefix: &[u8], clock: &mut impl PhaseClock) -> Result<u64, Error> {
        self.place.clear();
        self.place.extend_from_slice(prefix);
        let mut matches = 0;
        loop {
            self.begin(Hold::Shared, clock)?;
            let mut place = std::mem::take(&mut self.place);
            let found = self.next_match(prefix, matches > 0, &mut place);
            self.place = place;
            clock.ended(Phase::Search);
            self.end(clock)?;
            if !found? {
                return Ok(matches);
            }
            matches += 1;
        }
    }

    /// Moves `place` to the next key with `prefix`, from it on or (`past`) behind it. False if there is none.
    fn next_match(&self, prefix: &[u8], past: bool, place: &mut Vec<u8>) -> Result<bool, Error> {
        let bytes = self.bytes();
        let found = match self.options.format {
            Format::Skiplist => {
                let mut cursor = skiplist::Cursor::seek(bytes, place)?;
                following(past.then_some(place), || cursor.next(bytes))?
            }
            _ => {
                let mut cursor = twoskip::Cursor::seek(bytes, place)?;
                following(past.then_some(place), || cursor.next(bytes))?
            }
        };
        match found {
            Some((key, _)) if key.starts_with(prefix) => {
                place.clear();
                place.extend_from_slice(key);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Commits `changes` as one transaction, with the format's own writes and syncs, under the exclusive lock.
    pub fn commit(&mut self, changes: &[Change<'_>], clock: &mut impl PhaseClock) -> Result<Commit, Error> {
        self.begin(Hold::Exclusive, clock)?;
        let changed = self.commit_locked(changes, clock);
        self.end(clock)?;
        changed.map(|changed| Commit { changed })
    }

    fn commit_locked(&mut self, changes: &[Change<'_>], clock: &mut impl PhaseClock) -> Result<u32, Error> {
        let mut levels = self.levels.clone();
        let skiplist = self.options.format == Format::Skiplist;
        let clean = if skiplist { skiplist::is_clean(self.bytes()) } else { twoskip::is_clean(self.bytes())? };
        if !clean {
            if self.options.mode == OpenMode::ReadOnly {
                return Err(Error::Unclean);
            }
            if skiplist {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                skiplist::recover(self, now.map_or(0, |since| since.as_secs() as u32))?;
            } else {
                twoskip::recover(self)?;
            }
            clock.ended(Phase::Recover);
        }
        let changed = if skiplist {
            skiplist::commit(self, changes, &mut levels, clock)
        } else {
            twoskip::commit(self, changes, &mut levels, clock)
        };
        self.levels = levels;
        changed
    }

    /// Takes the lock and makes the mapping fit the file, as often as the file is replaced meanwhile.
    fn begin(&mut self, hold: Hold, clock: &mut impl PhaseClock) -> Result<(), Error> {
        loop {
            lock(self.file.as_fd(), self.options.lock, hold)?;
            clock.ended(Phase::Lock);
            let fitted = self.fit();
            clock.ended(Phase::Remap);
            match fitted {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    self.unlock()?;
                    return Err(error);
                }
            }
        }
    }

    /// `fstat`, `stat`, and whatever follows from them. False if the file was replaced: the new one is open, not locked.
    fn fit(&mut self) -> Result<bool, Error> {
        let mine = fstat(&self.file).map_err(Error::call("fstat"))?;
        let named = stat(self.name.as_c_str()).map_err(Error::call("stat"))?;
        if mine.st_ino != named.st_ino {
            // Closing the old descriptor also gives back the lock on it.
            self.file = open_file(&self.name, self.options.mode)?;
            return Ok(false);
        }
        let size = mine.st_size as u64;
        let inode = mine.st_ino as u64;
        let must_map = inode != self.inode || size > self.map.length() || self.options.remap == RemapRule::EveryLock;
        self.size = size;
        self.inode = inode;
        if must_map {
            self.map = Mapping::of(&self.file, size)?;
        }
        Ok(true)
    }

    fn end(&mut self, clock: &mut impl PhaseClock) -> Result<(), Error> {
        self.unlock()?;
        clock.ended(Phase::Unlock);
        Ok(())
    }

    fn unlock(&self) -> Result<(), Error> {
        lock(self.file.as_fd(), self.options.lock, Hold::Released)
    }
}

/// Key and value in the mapping.
type Entry<'a> = (&'a [u8], &'a [u8]);

/// The next record, or the one behind it if its key is `past`.
fn following<'a>(
    past: Option<&Vec<u8>>,
    mut next: impl FnMut() -> Result<Option<Entry<'a>>, Error>,
) -> Result<Option<Entry<'a>>, Error> {
    let found = next()?;
    match (found, past) {
        (Some((key, _)), Some(past)) if key == past.as_slice() => next(),
        _ => Ok(found),
    }
}

impl Medium for Database {
    fn bytes(&self) -> Bytes<'_> {
        self.map.bytes(self.size)
    }

    fn write(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        use nix::unistd::{Whence, lseek};
        lseek(&self.file, offset as libc::off_t, Whence::SeekSet).map_err(Error::call("lseek"))?;
        let total: usize = parts.iter().map(|part| part.len()).sum();
        let empty: &[u8] = &[];
        let mut slices = [std::io::IoSlice::new(empty); 8];
        let count = parts.len().min(slices.len());
        for (slice, part) in slices.iter_mut().zip(parts) {
            *slice = std::io::IoSlice::new(part);
        }
        let written = match (parts, count) {
            ([only], _) => nix::unistd::write(&self.file, only).map_err(Error::call("write"))?,
            _ => nix::sys::uio::writev(&self.file, &slices[..count]).map_err(Error::call("writev"))?,
        };
        if written != total {
            let source = std::io::Error::new(std::io::ErrorKind::WriteZero, "wrote less than asked: the disk is full?");
            return Err(Error::Io { call: "write", source });
        }
        self.size = self.size.max(offset + total as u64);
        if self.size > self.map.length() {
            self.map = Mapping::of(&self.file, self.size)?;
        }
        Ok(())
    }

    fn sync_data(&mut self) -> Result<(), Error> {
        if !self.options.sync {
            return Ok(());
        }
        nix::unistd::fdatasync(&self.file).map_err(Error::call("fdatasync"))
    }

    fn sync_all(&mut self) -> Result<(), Error> {
        if !self.options.sync {
            return Ok(());
        }
        nix::unistd::fsync(&self.file).map_err(Error::call("fsync"))
    }

    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        nix::unistd::ftruncate(&self.file, size as libc::off_t).map_err(Error::call("ftruncate"))?;
        self.size = size;
        Ok(())
    }
}
