//! One process's open mailbox file: descriptor, lock and mapping, with Cyrus's own cycle of system calls around each use.
//! What readers and the writer do with it; the cycle itself is in `locking`.

mod list;
mod locking;
mod replace;
mod storage;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    ffi::{CStr, CString, OsStr},
    ops::Range,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    sync::Arc,
};

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    AfterCommit, Change, CommonMapping, Error, Format, KeyOrder, LockKind, Mapping, NoPhases, OpenMode, Phase,
    PhaseClock, RemapRule, Storage,
    lock::{Hold, Patience},
    recovery, twom,
};
use crate::os::view::View;

#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    pub format: Format,
    pub order: KeyOrder,
    pub mode: OpenMode,
    pub lock: LockKind,
    pub remap: RemapRule,
    /// Whether commits sync. Without, a crash of the machine may lose or tear them (Cyrus's `skiplist_unsafe`).
    pub sync: bool,
    /// Whether a commit after which enough of the file is garbage rewrites and replaces it, as Cyrus does.
    pub checkpoint: bool,
    /// Seed of the levels that new records draw.
    pub seed: u64,
}

impl OpenOptions {
    /// As Cyrus opens the files of its databases, but that they are not packed.
    pub fn of(format: Format, order: KeyOrder) -> OpenOptions {
        OpenOptions {
            format,
            order,
            mode: OpenMode::ReadWrite,
            lock: LockKind::Fcntl,
            remap: RemapRule::WhenNeeded,
            sync: true,
            checkpoint: false,
            seed: 0,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    pub changed: u32,
    pub checkpointed: bool,
}

/// Cyrus's mailbox names have at most 490 bytes; a longer key of somebody's own makes a list allocate once more.
const LONGEST_KEY: usize = 512;
/// Writes of one commit that have room: skiplist changes at most forty pointers, one write each.
const WRITES: usize = 64;
/// And its syncs.
const SYNCS: usize = 3;

pub struct Database<'n> {
    name: Cow<'n, CStr>,
    options: OpenOptions,
    file: storage::Descriptor,
    inode: u64,
    size: u64,
    /// `None`: before the first lock of a skiplist or twom, and after an error that took the mapping away.
    map: Option<Arc<Mapping>>,
    /// Where the threads of this process have theirs; `None`: it is this database's alone.
    common: Option<&'n CommonMapping>,
    /// The file of a twom database that was replaced, and its mapping, until the new one is mapped.
    replaced: Option<(Option<Arc<Mapping>>, OwnedFd)>,
    levels: Xoshiro256PlusPlus,
    /// Where a list is: kept between operations, so that no list but the first allocates. A worker that lists nothing has no room for it: each
    /// page of the heap that a worker writes to costs a page fault and a page.
    place: Vec<u8>,
    /// The same, of commits.
    written: Vec<Range<u64>>,
    /// How many of `written` there were at each sync.
    synced: Vec<usize>,
    /// What is notified of a long wait for the lock; workers have none.
    patience: Option<Box<dyn Patience>>,
}

fn c_path(path: &Path) -> Result<CString, Error> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::Io {
        call: "open",
        source: std::io::Error::new(std::io::ErrorKind::InvalidInput, "the path holds a zero byte"),
    })
}

impl Database<'static> {
    /// Opens and maps an existing file, with one cycle of the shared lock, as Cyrus does: skiplist and twom map it inside the lock,
    /// twoskip before. A twoskip file that a writer left unclean is repaired.
    pub fn open(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        Database::open_patiently(path, options, None)
    }

    /// The same, for a command that reports to its user when somebody else holds the (record) lock for long.
    pub fn open_patiently(
        path: &Path,
        options: OpenOptions,
        patience: Option<Box<dyn Patience>>,
    ) -> Result<Self, Error> {
        Database::open_with(Cow::Owned(c_path(path)?), options, None, patience)
    }
}

impl<'n> Database<'n> {
    /// The same by a name that a worker inherits: to allocate one would cost it five page faults and two pages of the heap.
    /// `common`: where the threads of this process have their mapping.
    pub fn open_named(name: &'n CStr, options: OpenOptions, common: Option<&'n CommonMapping>) -> Result<Self, Error> {
        Database::open_with(Cow::Borrowed(name), options, common, None)
    }

    fn open_with(
        name: Cow<'n, CStr>,
        options: OpenOptions,
        common: Option<&'n CommonMapping>,
        patience: Option<Box<dyn Patience>>,
    ) -> Result<Self, Error> {
        let file = storage::Descriptor { file: locking::open_file(&name, options.mode)?, sync: options.sync };
        let levels = Xoshiro256PlusPlus::seed_from_u64(options.seed);
        let mut database = Database {
            name,
            options,
            file,
            inode: 0,
            size: 0,
            map: None,
            common,
            replaced: None,
            levels,
            place: Vec::new(),
            written: Vec::new(),
            synced: Vec::new(),
            patience,
        };
        if matches!(options.format, Format::Twoskip | Format::Flat) {
            database.identify()?;
            database.remap()?;
        }
        database.noop(&mut NoPhases)?;
        Ok(database)
    }

    pub fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.name.to_bytes()))
    }

    pub fn mapped(&self) -> u64 {
        self.map.as_ref().map_or(0, |map| map.length())
    }

    /// Reads one byte of every page of the file, so that all of it is mapped; returns how many pages.
    pub fn touch_all(&self, page_size: u64) -> Result<u64, Error> {
        let bytes = self.bytes();
        let mut sum = 0u8;
        let pages = self.content_size()?.div_ceil(page_size);
        for page in 0..pages {
            sum = sum.wrapping_add(bytes.u8_at(page * page_size)?);
        }
        std::hint::black_box(sum);
        Ok(pages)
    }

    /// Lets the system map all pages of the file at once (Linux: `MADV_POPULATE_READ`).
    pub fn populate(&self) -> Result<(), Error> {
        let size = self.content_size()?;
        self.map.as_ref().map_or(Ok(()), |map| map.populate(size))
    }

    /// Where the content of the file ends. Nobody reads what lies behind it in a twom file, a hole of a quarter of its size.
    fn content_size(&self) -> Result<u64, Error> {
        if self.options.format == Format::Twom { twom::committed_size(self.bytes()) } else { Ok(self.size) }
    }

    /// Looks `key` up; the length of its value, or `None`.
    pub fn lookup(&mut self, key: &[u8], clock: &mut impl PhaseClock) -> Result<Option<usize>, Error> {
        self.begin(Hold::Shared, clock)?;
        let found = self.find(key).map(|value| value.map(|value| value.length()));
        clock.ended(Phase::Search);
        self.end(found, clock)
    }

    /// Copies the value of `key` into `value`, replacing what was there; whether there is such a record.
    pub fn value_of(&mut self, key: &[u8], value: &mut Vec<u8>) -> Result<bool, Error> {
        value.clear();
        self.begin(Hold::Shared, &mut NoPhases)?;
        let found = self.find(key).map(|found| found.map(|found| found.copy_to(value)).is_some());
        self.end(found, &mut NoPhases)
    }

    /// Takes the lock, checks whether the file changed, and releases the lock.
    pub fn noop(&mut self, clock: &mut impl PhaseClock) -> Result<(), Error> {
        self.begin(Hold::Shared, clock)?;
        self.end(Ok(()), clock)
    }

    /// Recovers the file, whatever its tail looks like: a check has found that it needs that.
    pub fn repair(&mut self) -> Result<(), Error> {
        self.begin(Hold::Exclusive, &mut NoPhases)?;
        let repaired = recovery::recover(self, self.options.format, self.options.order);
        self.end(repaired, &mut NoPhases)
    }

    /// Commits `changes` as one transaction, with the format's own writes and syncs, under the exclusive lock. An error after
    /// the transaction itself can only come from the checkpoint behind it: the old file is then in place, with the changes.
    pub fn commit(&mut self, changes: &[Change<'_>], clock: &mut impl PhaseClock) -> Result<Commit, Error> {
        self.commit_and(changes, None, clock)
    }

    /// The same, with something that follows the commit under its lock: the phase [`Phase::Emulated`].
    pub fn commit_and(
        &mut self,
        changes: &[Change<'_>],
        after: Option<&mut dyn AfterCommit>,
        clock: &mut impl PhaseClock,
    ) -> Result<Commit, Error> {
        self.begin(Hold::Exclusive, clock)?;
        let outcome = self.commit_locked(changes, after, clock);
        let mut commit = self.end(outcome, clock)?;
        if self.options.format == Format::Twom && commit.checkpointed {
            // Cyrus notes it at the commit, and does it when the command has ended.
            commit.checkpointed = clock.timed(Phase::Repack, || self.repack())?;
        }
        Ok(commit)
    }

    /// What the last commit wrote before each of its syncs, in their order.
    pub fn writes_by_sync(&self) -> impl Iterator<Item = &[Range<u64>]> {
        let starts = std::iter::once(0).chain(self.synced.iter().copied());
        starts.zip(&self.synced).map(|(start, &end)| &self.written[start..end])
    }

    fn find(&self, key: &[u8]) -> Result<Option<View<'_>>, Error> {
        self.options.format.find(self.options.order, self.bytes(), key)
    }

    fn commit_locked(
        &mut self,
        changes: &[Change<'_>],
        after: Option<&mut dyn AfterCommit>,
        clock: &mut impl PhaseClock,
    ) -> Result<Commit, Error> {
        let OpenOptions { format, order, .. } = self.options;
        if !format.is_clean(self.bytes())? {
            if self.options.mode == OpenMode::ReadOnly {
                return Err(Error::Unclean);
            }
            clock.timed(Phase::Recover, || self.recover())?;
        }
        self.written.clear();
        self.synced.clear();
        self.written.reserve(WRITES);
        self.synced.reserve(SYNCS);
        let mut levels = self.levels.clone();
        let changed = format.commit(order, self, changes, &mut levels, clock);
        self.levels = levels;
        let changed = changed?;
        if let Some(after) = after {
            clock.timed(Phase::Emulated, || after.committed(self.file.as_fd(), &self.written))?;
        }
        let checkpointed = changed > 0 && self.options.checkpoint && format.needs_checkpoint(self.bytes())?;
        if checkpointed && format != Format::Twom {
            clock.timed(Phase::Checkpoint, || self.checkpoint())?;
        }
        Ok(Commit { changed, checkpointed })
    }
}
