//! An open database against real files: unclean files, files that change between two operations, and files that are cut short.
//! A crash is imitated by the first calls of a commit and no more.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::mpsc::{self, TryRecvError},
};

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::mailboxes::{Call, MemoryStorage, RecordStyle, check, dump, fixtures::generated};

type Records = BTreeMap<Vec<u8>, Vec<u8>>;

const DATABASES: [Format; 3] = [Format::Twoskip, Format::Skiplist, Format::Twom];

fn options(format: Format) -> OpenOptions {
    OpenOptions { sync: false, ..OpenOptions::of(format, KeyOrder::Plain) }
}

fn made(format: Format, mailboxes: u64) -> (tempfile::TempDir, PathBuf) {
    generated(format, RecordStyle::Cyrus23, mailboxes)
}

/// The one change that stores a record.
fn store<'a>(key: &'a [u8], value: &'a [u8]) -> [Change<'a>; 1] {
    [Change::Store { key, value }]
}

fn records(path: &Path) -> Records {
    let mut all = Records::new();
    dump(path, |key, value| {
        all.insert(key.to_vec(), value.to_vec());
        Ok(())
    })
    .unwrap();
    all
}

/// Every state that a commit of `changes` passes through, from nothing done to all done.
fn states(before: &[u8], format: Format, changes: &[Change<'_>]) -> Vec<Vec<u8>> {
    let mut whole = MemoryStorage::new(before.to_vec());
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
    format.commit(KeyOrder::Plain, &mut whole, changes, &mut rng, &mut NoPhases).unwrap();
    let mut cut = MemoryStorage::new(before.to_vec());
    let mut states = vec![before.to_vec()];
    for call in &whole.calls {
        cut.replay(call).unwrap();
        if matches!(call, Call::Write(..) | Call::Truncate(_)) {
            states.push(cut.bytes().slice(0, cut.bytes().len()).unwrap().to_vec());
        }
    }
    states
}

#[test]
fn a_commit_cut_anywhere_is_listed_checked_and_repaired() {
    for format in DATABASES {
        let (_directory, path) = made(format, 60);
        let old = records(&path);
        let keys: Vec<&Vec<u8>> = old.keys().collect();
        let changes = [
            Change::Store { key: keys[20], value: b"replaced" },
            Change::Store { key: b"user.new", value: b"stored" },
            Change::Delete { key: keys[40] },
        ];
        let mut new = old.clone();
        new.insert(keys[20].clone(), b"replaced".to_vec());
        new.insert(b"user.new".to_vec(), b"stored".to_vec());
        new.remove(keys[40]);

        let before = fs::read(&path).unwrap();
        let states = states(&before, format, &changes);
        let mut unclean = 0;
        for (place, state) in states.iter().enumerate() {
            let last = place + 1 == states.len();
            fs::write(&path, state).unwrap();
            let summary = check(&path).unwrap_or_else(|error| panic!("{format:?} {place}: {error}"));
            assert!(summary.clean || place > 0 || last);
            unclean += u32::from(!summary.clean);
            if format != Format::Skiplist {
                assert_eq!(records(&path), if last { new.clone() } else { old.clone() }, "{place}");
                let reader = Database::open(&path, OpenOptions { mode: OpenMode::ReadOnly, ..options(format) });
                // A reader of twom reads what is committed.
                assert_eq!(summary.clean || format == Format::Twom, reader.is_ok(), "{place}");
                if let Err(error) = reader {
                    assert!(matches!(error, Error::Unclean), "{error}");
                }
            }
            // A reader repairs a twoskip; the others wait for their next writer.
            let mut database = Database::open(&path, options(format)).unwrap();
            assert!(database.lookup(keys[30], &mut NoPhases).unwrap().is_some());
            if format != Format::Twoskip {
                // The value that is there already: a skiplist writes it again, twom recovers and writes nothing.
                database.commit(&store(keys[0], &old[keys[0]]), &mut NoPhases).unwrap();
            }
            let summary = check(&path).unwrap();
            assert!(summary.clean, "{format:?} {place}");
            assert_eq!(records(&path), if last { new.clone() } else { old.clone() }, "{format:?} {place}");
        }
        assert!(unclean > 3, "{format:?}: {unclean} of {} states were unclean", states.len());
    }
}

#[test]
fn a_list_is_complete_whatever_is_written_meanwhile() {
    for format in DATABASES {
        let (_directory, path) = made(format, 400);
        let mut writer = Database::open(&path, options(format)).unwrap();
        for key in ["user.joe", "user.joe-x", "user.joe.Sent", "user.joe.Sent.2007", "user.joe2", "user.joe2.Sent"] {
            writer.commit(&store(key.as_bytes(), b"v"), &mut NoPhases).unwrap();
        }
        let mut reader = Database::open(&path, options(format)).unwrap();
        assert_eq!(reader.list(b"user.joe", &mut NoPhases).unwrap(), 3, "{format:?}");
        assert_eq!(reader.list(b"user.joe2", &mut NoPhases).unwrap(), 2, "{format:?}");
        assert_eq!(reader.list(b"user.nobody", &mut NoPhases).unwrap(), 0);
        assert_eq!(reader.list(b"", &mut NoPhases).unwrap(), records(&path).len() as u64);

        // A writer between any two matches: the walk finds its place again.
        let mut commits = 0_u32;
        let mut meddle = |phase| {
            if phase == Phase::Unlock {
                commits += 1;
                let (key, value) = (format!("user.joe.Sent.{}", commits % 7), commits.to_be_bytes());
                writer.commit(&store(key.as_bytes(), &value), &mut NoPhases).unwrap();
            }
        };
        let matches = reader.list(b"user.joe", &mut meddle).unwrap();
        assert!((3..=10).contains(&matches), "{format:?}: {matches}");
    }
}

#[test]
fn a_list_releases_the_lock_after_256_misses_or_at_every_record() {
    for (format, expected) in [(Format::Twoskip, 3), (Format::Skiplist, 1), (Format::Twom, 601)] {
        let (_directory, path) = made(format, 10);
        let mut database = Database::open(&path, options(format)).unwrap();
        for number in 0..600 {
            let key = format!("user.joe-{number:03}");
            database.commit(&store(key.as_bytes(), b"v"), &mut NoPhases).unwrap();
        }
        let mut locks = 0;
        let mut count_locks = |phase| locks += u32::from(phase == Phase::Lock);
        assert_eq!(database.list(b"user.joe", &mut count_locks).unwrap(), 0);
        assert_eq!(locks, expected, "{format:?}: 600 misses, their pauses and an end");
    }
}

#[test]
fn a_grown_file_is_checkpointed_and_other_processes_follow() {
    for format in DATABASES {
        let (directory, path) = made(format, 100);
        let mut model = records(&path);
        let keys: Vec<Vec<u8>> = model.keys().cloned().collect();
        // A new file that a dead writer left behind is overwritten.
        fs::write(directory.path().join("mailboxes.db.NEW"), b"left behind").unwrap();
        let mut reader = Database::open(&path, options(format)).unwrap();
        let mut writer = Database::open(&path, OpenOptions { checkpoint: true, ..options(format) }).unwrap();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
        let (mut checkpoints, mut largest) = (0, 0);
        for round in 0..1500u32 {
            let key = &keys[rng.next_u32() as usize % keys.len()];
            let change = if rng.next_u32().is_multiple_of(4) {
                model.remove(key);
                Change::Delete { key }
            } else {
                model.insert(key.clone(), round.to_be_bytes().to_vec());
                Change::Store { key, value: &round.to_be_bytes() }
            };
            largest = largest.max(fs::metadata(&path).unwrap().len());
            let mut phases = Vec::new();
            if writer.commit(&[change], &mut |phase| phases.push(phase)).unwrap().checkpointed {
                checkpoints += 1;
                // What is last: a twom file is rewritten when the lock is released already.
                let ends = [phases[phases.len() - 2], phases[phases.len() - 1]];
                let twom = format == Format::Twom;
                assert_eq!(
                    ends,
                    if twom { [Phase::Unlock, Phase::Repack] } else { [Phase::Checkpoint, Phase::Unlock] }
                );
                // A twom file is repacked when a quarter of it is of no use.
                let most = if twom { largest } else { largest / 2 };
                assert!(fs::metadata(&path).unwrap().len() <= most, "{format:?}");
                assert!(!directory.path().join("mailboxes.db.NEW").exists());
                assert!(check(&path).unwrap().clean);
            }
        }
        assert!(checkpoints >= 2, "{format:?}: {checkpoints}");
        assert_eq!(records(&path), model, "{format:?}");
        assert_eq!(reader.list(b"", &mut NoPhases).unwrap(), model.len() as u64, "{format:?}");
        for key in &keys {
            let length = reader.lookup(key, &mut NoPhases).unwrap();
            assert_eq!(length, model.get(key).map(Vec::len));
        }
    }
}

#[test]
fn a_checkpoint_that_cannot_be_written_leaves_the_old_file() {
    for format in [Format::Twoskip, Format::Twom] {
        let (directory, path) = made(format, 100);
        // A directory of that name cannot be opened for writing, not even by root.
        fs::create_dir(directory.path().join("mailboxes.db.NEW")).unwrap();
        let mut writer = Database::open(&path, OpenOptions { checkpoint: true, ..options(format) }).unwrap();
        let (mut failures, mut model) = (0, records(&path));
        for round in 0..400u32 {
            let (key, value) = (b"user.joe".as_slice(), round.to_be_bytes());
            failures += u32::from(writer.commit(&store(key, &value), &mut NoPhases).is_err());
            model.insert(key.to_vec(), value.to_vec());
        }
        assert!(failures > 0, "{format:?}");
        assert_eq!(records(&path), model);
        assert!(check(&path).unwrap().clean);
    }
}

#[test]
fn a_file_cut_short_beneath_its_mapping_is_an_error() {
    for format in [Format::Twoskip, Format::Skiplist, Format::Twom, Format::Flat] {
        let (_directory, path) = made(format, 2000);
        let keys: Vec<Vec<u8>> = records(&path).into_keys().collect();
        // Without a lock nothing is cleaned up first, so the reader really touches what is gone.
        let mut reader = Database::open(&path, OpenOptions { lock: LockKind::None, ..options(format) }).unwrap();
        assert!(keys.iter().all(|key| reader.lookup(key, &mut NoPhases).unwrap().is_some()));
        let mut cut = |phase| {
            if phase == Phase::Remap {
                fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(8192).unwrap();
            }
        };
        let error = reader.lookup(&keys[keys.len() - 1], &mut cut).unwrap_err();
        assert!(matches!(error, Error::Truncated { offset } if offset >= 8192), "{format:?}: {error:?}");
        let error = reader.lookup(&keys[keys.len() - 1], &mut NoPhases).unwrap_err();
        assert!(matches!(error, Error::Truncated { .. } | Error::Corrupt { .. }), "{format:?}: {error:?}");
        assert!(check(&path).is_err());
    }
}

#[test]
fn a_value_is_copied_out() {
    let (_directory, path) = made(Format::Twoskip, 20);
    let mut database = Database::open(&path, options(Format::Twoskip)).unwrap();
    let mut value = b"old".to_vec();
    for (key, expected) in records(&path) {
        assert!(database.value_of(&key, &mut value).unwrap());
        assert_eq!(value, expected);
    }
    assert!(!database.value_of(b"nobody", &mut value).unwrap());
    assert!(value.is_empty());
}

#[test]
fn a_reader_without_a_lock_survives_whatever_is_written_meanwhile() {
    for format in [Format::Twoskip, Format::Skiplist, Format::Twom, Format::Flat] {
        let (_directory, path) = made(format, 200);
        let (all, content) = (records(&path), fs::read(&path).unwrap());
        let mut reader = Database::open(&path, OpenOptions { lock: LockKind::None, ..options(format) }).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        let (mut found, mut missed) = (0, 0);
        let (reads, is_read) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            // Dropped when the reader has ended, however it ends.
            let _reads = reads;
            scope.spawn(|| {
                let is_read = is_read;
                // Random bytes are written in a few places, and then the old content is put back.
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(17);
                while is_read.try_recv() == Err(TryRecvError::Empty) {
                    for _ in 0..16 {
                        let mut anything = [0; 16];
                        rng.fill_bytes(&mut anything);
                        file.write_all_at(&anything, rng.next_u64() % (content.len() as u64 - 16)).unwrap();
                    }
                    file.write_all_at(&content, 0).unwrap();
                }
            });
            // Until both outcomes have been seen, but for no more rounds than these.
            for _ in 0..500 {
                for key in all.keys() {
                    match reader.lookup(key, &mut NoPhases) {
                        Ok(Some(_)) => found += 1,
                        Ok(None) | Err(Error::Corrupt { .. } | Error::Truncated { .. } | Error::Foreign(_)) => {
                            missed += 1
                        }
                        Err(error) => panic!("{format:?}: {error:?}"),
                    }
                }
                if found > 0 && missed > 20 {
                    break;
                }
            }
        });
        assert!(found > 0 && missed > 0, "{format:?}: {found} found, {missed} missed");
        for (key, value) in &all {
            assert_eq!(reader.lookup(key, &mut NoPhases).unwrap(), Some(value.len()), "{format:?}");
        }
        assert_eq!(reader.list(b"", &mut NoPhases).unwrap(), all.len() as u64, "{format:?}");
    }
}
