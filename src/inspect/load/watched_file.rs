//! The file on disk, followed over checkpoints: each puts another file in its place.

use std::{
    fs::{File, Metadata},
    os::{fd::AsFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
};

use super::scene::{Commits, Glance};
use crate::{
    inspect::Target,
    mailboxes::{CommitCounter, Contents, Format, Locked, Recognised, Uncounted},
    os::{facts::Probe, regular_file::open_unnoticed},
};

pub struct WatchedFile {
    path: PathBuf,
    /// The file that the path named at the last glance, device and inode.
    identity: (u64, u64),
    opened: Probe<Opened>,
    replaced: u32,
    /// Commits to files that were replaced, and to this one.
    counted: u64,
    last: (u64, i128),
}

/// A file that may be read.
struct Opened {
    file: File,
    counter: Result<CommitCounter, Uncounted>,
    locked: Probe<Locked>,
    /// Cyrus 3.6 empties a skiplist that a checkpoint replaced, and with it the end of its log.
    is_emptied: bool,
    /// Why the last attempt to count failed.
    failed: Option<String>,
}

impl Opened {
    fn open(path: &Path, is_new: bool) -> Probe<Opened> {
        let file = open_unnoticed(path).map_err(|error| format!("{error}; run as its owner or as root"))?;
        let found = Recognised::of(&file).map_err(|error| error.to_string())?;
        let locked = found.locked().ok_or("only of Cyrus's databases is known what is locked for a commit");
        Ok(Opened {
            counter: CommitCounter::begin(&file, is_new),
            locked: locked.map_err(str::to_owned),
            is_emptied: matches!(found.contents, Contents::Known(Format::Skiplist)),
            failed: None,
            file,
        })
    }

    /// Commits since the last call. What cannot be read now is counted later.
    fn count(&mut self) -> u64 {
        let Ok(counter) = &mut self.counter else { return 0 };
        match counter.more(&self.file) {
            Ok(more) => {
                self.failed = None;
                more
            }
            Err(error) => {
                self.failed = Some(error.to_string());
                0
            }
        }
    }
}

impl WatchedFile {
    pub fn open(target: &Target) -> WatchedFile {
        let opened = Opened::open(&target.path, false);
        let file = opened.as_ref().ok().and_then(|opened| opened.file.metadata().ok());
        let identity = file.as_ref().map_or((target.device, target.inode), identity_of);
        WatchedFile {
            path: target.path.clone(),
            identity,
            opened,
            replaced: 0,
            counted: 0,
            last: file.as_ref().map_or((0, 0), size_and_time),
        }
    }

    pub fn glance(&mut self) -> Glance {
        // Between the removal of a file and the next at its path, the old one is what there is.
        if let Ok(facts) = self.path.metadata() {
            if identity_of(&facts) != self.identity {
                self.replace(&facts);
            }
            let now = size_and_time(&facts);
            if now.0 != self.last.0 {
                self.count();
            }
            self.last = now;
        }
        let is_exclusive = match &self.opened {
            Ok(Opened { locked: Ok(locked), file, .. }) => {
                locked.is_held_exclusively(file.as_fd()).map_err(|error| error.to_string())
            }
            Ok(Opened { locked: Err(why), .. }) | Err(why) => Err(why.clone()),
        };
        Glance { bytes: self.last.0, modified_ns: self.last.1, replaced: self.replaced, is_exclusive }
    }

    /// Another file has the path: what was still committed to the old one is counted, through the descriptor.
    fn replace(&mut self, facts: &Metadata) {
        self.count();
        self.replaced += 1;
        self.identity = identity_of(facts);
        self.opened = Opened::open(&self.path, true);
        self.count();
    }

    fn count(&mut self) {
        self.counted += self.opened.as_mut().map_or(0, Opened::count);
    }

    pub fn commits(&mut self) -> Commits {
        self.count();
        match &self.opened {
            Err(why) => Commits::Uncounted(why.clone()),
            Ok(Opened { counter: Err(Uncounted::Elsewhere(why)), .. }) => Commits::Elsewhere((*why).to_owned()),
            Ok(Opened { counter: Err(Uncounted::Unknown(why)), .. }) => Commits::Uncounted(why.clone()),
            Ok(Opened { failed: Some(why), .. }) => Commits::NotNow(why.clone()),
            Ok(Opened { is_emptied: true, .. }) if self.replaced > 0 => Commits::NearlyCounted(self.counted),
            Ok(_) => Commits::Counted(self.counted),
        }
    }
}

fn identity_of(facts: &Metadata) -> (u64, u64) {
    (facts.dev(), facts.ino())
}

fn size_and_time(facts: &Metadata) -> (u64, i128) {
    (facts.len(), i128::from(facts.mtime()) * 1_000_000_000 + i128::from(facts.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::{Change, NoPhases, RecordStyle, fixtures};

    fn made(format: Format) -> (tempfile::TempDir, Target) {
        let (directory, path) = fixtures::generated(format, RecordStyle::Cyrus23, 60);
        (directory, Target::at(&path).unwrap())
    }

    #[test]
    fn commits_are_counted_over_checkpoints() {
        for format in [Format::Skiplist, Format::Twoskip, Format::Twom] {
            for commits_a_glance in [1, 7] {
                let (_directory, target) = made(format);
                let mut watched = WatchedFile::open(&target);
                let mut writer = fixtures::writer(format, &target.path);
                for number in 0..400u64 {
                    let value = vec![b'v'; 200 + (number % 50) as usize];
                    let key = format!("user.{}", number % 90);
                    let change = Change::Store { key: key.as_bytes(), value: &value };
                    writer.commit(&[change], &mut NoPhases).unwrap();
                    if number % commits_a_glance == 0 {
                        watched.glance();
                    }
                }
                let glance = watched.glance();
                assert!(glance.replaced >= 1, "{format:?}: it was packed");
                assert_eq!(glance.is_exclusive, Ok(false));
                assert_eq!(glance.bytes, target.path.metadata().unwrap().len());
                match watched.commits() {
                    Commits::Counted(commits) => {
                        assert_eq!((commits, format != Format::Skiplist), (400, true), "{format:?}")
                    }
                    Commits::NearlyCounted(commits) => {
                        assert_eq!(format, Format::Skiplist);
                        let lost = u64::from(glance.replaced) * commits_a_glance;
                        assert!(commits <= 400 && commits + lost >= 400, "{commits}");
                    }
                    other => panic!("{format:?}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_file_that_goes_is_what_it_was_and_one_without_a_counter_says_so() {
        let (directory, target) = made(Format::Twoskip);
        let mut watched = WatchedFile::open(&target);
        let before = watched.glance();
        std::fs::remove_file(&target.path).unwrap();
        assert_eq!(watched.glance(), before);
        assert_eq!(watched.commits(), Commits::Counted(0));
        std::fs::write(&target.path, "text").unwrap();
        let after = watched.glance();
        assert_eq!((after.bytes, after.replaced), (4, 1));
        assert!(after.is_exclusive.unwrap_err().contains("Cyrus"));
        assert!(matches!(watched.commits(), Commits::Uncounted(_)));
        drop(directory);
        assert_eq!(watched.glance().bytes, 4);
    }

    #[test]
    fn a_glance_costs_microseconds() {
        let (_directory, target) = made(Format::Twoskip);
        let mut watched = WatchedFile::open(&target);
        let began = std::time::Instant::now();
        (0..1000).for_each(|_| drop(watched.glance()));
        assert!(began.elapsed().as_millis() < 2000, "{:?}", began.elapsed());
    }
}
