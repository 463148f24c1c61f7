//! What is read of a file while another process writes to it: its header, and how many commits there were.

use std::fs::File;

use tempfile::NamedTempFile;

use super::*;
use crate::mailboxes::{CommitCounter, Contents, Foreign, HeaderFacts, Locked, Recognised, Uncounted, lock};

/// A file on disk with these bytes.
fn on_disk(content: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(&file, content).unwrap();
    file
}

#[test]
fn every_commit_is_counted_once_whenever_the_file_is_read() {
    for format in FORMATS {
        for step in [1, 3, 17, 1000] {
            let mut model = numbered(20);
            let mut file = packed(format, &in_order(format, &model), 3);
            let disk = on_disk(&file.content);
            let mut seen = file.clone();
            let mut counter = CommitCounter::begin(disk.as_file(), false).unwrap();
            let expected = churn(&mut file, format, &mut model, 60, 5).len() as u64 - 1;
            let (mut counted, mut made) = (0, 0);
            for (place, call) in file.calls.iter().enumerate() {
                seen.replay(call).unwrap();
                made += u64::from(ends_commit(call, format));
                if place % step == 0 {
                    fs::write(&disk, &seen.content).unwrap();
                    counted += counter.more(disk.as_file()).unwrap();
                    assert_eq!(counted, made, "{format:?} after call {place}: {call:?}");
                }
            }
            fs::write(&disk, &seen.content).unwrap();
            counted += counter.more(disk.as_file()).unwrap();
            assert_eq!((counted, made), (expected, expected), "{format:?}");
            let syncs = file.calls.iter().filter(|call| !matches!(call, Call::Write(..) | Call::Truncate(_))).count();
            assert_eq!(syncs as u64, expected * u64::from(format.syncs_per_commit()), "{format:?}");
        }
    }
}

#[test]
fn after_a_checkpoint_its_own_transaction_does_not_count() {
    for format in FORMATS {
        for records in [0, 1, 7, 500] {
            let mut file = packed(format, &in_order(format, &numbered(records)), 3);
            let disk = on_disk(&file.content);
            let begin = || CommitCounter::begin(disk.as_file(), true).unwrap();
            assert_eq!(begin().more(disk.as_file()).unwrap(), 0, "{format:?} {records}");
            for key in 1..=3u8 {
                commit(&mut file, format, PLAIN, &[Change::Store { key: &[b'k', key], value: b"1" }]).unwrap();
                commit(&mut file, format, PLAIN, &[Change::Delete { key: &[b'k', key] }]).unwrap();
                fs::write(&disk, &file.content).unwrap();
                assert_eq!(begin().more(disk.as_file()).unwrap(), 2 * u64::from(key), "{format:?} {records}");
            }
        }
    }
}

#[test]
fn a_transaction_that_was_under_way_at_first_is_left_out_and_a_file_that_is_emptied_counts_nothing() {
    for format in FORMATS {
        let mut file = packed(format, &in_order(format, &numbered(20)), 3);
        let mut seen = file.clone();
        for number in 0..3u8 {
            commit(&mut file, format, PLAIN, &[Change::Store { key: &[b'k', number], value: b"1" }]).unwrap();
        }
        let first = file.calls.iter().position(|call| ends_commit(call, format)).unwrap();
        let (before, rest) = file.calls.split_at(first);
        before.iter().for_each(|call| seen.replay(call).unwrap());
        let disk = on_disk(&seen.content);
        let mut counter = CommitCounter::begin(disk.as_file(), false).unwrap();
        let mut counted = 0;
        for call in rest {
            seen.replay(call).unwrap();
            fs::write(&disk, &seen.content).unwrap();
            counted += counter.more(disk.as_file()).unwrap();
        }
        // The end of the log of a skiplist is not known before its first look between two transactions.
        assert_eq!(counted, if format == Format::Skiplist { 2 } else { 3 }, "{format:?}");
        fs::write(&disk, b"").unwrap();
        assert!(counter.more(disk.as_file()).is_ok_and(|more| more == 0) || format != Format::Skiplist);
    }
}

#[test]
fn what_counts_no_commits_says_why() {
    let why = |content: &[u8]| match CommitCounter::begin(on_disk(content).as_file(), false).unwrap_err() {
        Uncounted::Elsewhere(why) => format!("elsewhere: {why}"),
        Uncounted::Unknown(why) => why,
    };
    assert!(why(b"").contains("empty"));
    assert!(why(b"some text").contains("nothing in it is known to count commits"));
    assert!(why(b"\xa1\x02\x8b\x0dtwoskip file\0\0\0\0").contains("truncated"));
    let mut relation = vec![0; 8192];
    for (place, value) in [(12, 24u16), (14, 8192), (16, 8192), (18, 0x2004)] {
        relation[place..place + 2].copy_from_slice(&value.to_ne_bytes());
    }
    assert!(why(&relation).starts_with("elsewhere: PostgreSQL commits to its write-ahead log"));
    assert!(matches!(
        Recognised::of(on_disk(&relation).as_file()).unwrap(),
        Recognised { contents: Contents::Foreign(Foreign::Postgresql), syncs_per_commit: Some(0), .. }
    ));
}

#[test]
fn a_header_says_what_a_walk_finds_and_a_damaged_one_why_not() {
    for format in FORMATS {
        let mut model = numbered(20);
        let mut file = packed(format, &in_order(format, &model), 3);
        let packed_facts = format.header_facts(file.bytes(), file.bytes().len()).unwrap();
        churn(&mut file, format, &mut model, 30, 5);
        let disk = on_disk(&file.content);
        let found = Recognised::of(disk.as_file()).unwrap();
        assert!(matches!(found.contents, Contents::Known(known) if known == format));
        let HeaderFacts { records, checkpoint, room_bytes, .. } = found.header.unwrap();
        assert_eq!(records, (format != Format::Skiplist).then_some(model.len() as u64));
        let (before, after) = (packed_facts.checkpoint.unwrap(), checkpoint.unwrap());
        assert!(after.log_bytes > before.log_bytes && !before.is_due(), "{format:?}: {before:?} {after:?}");
        assert_eq!(room_bytes.is_some(), format == Format::Twom);
        // A byte of the committed size or of its checksum, or everything behind the header.
        let mut torn = file.content.clone();
        torn[if format == Format::Twom { 83 } else { 42 }] ^= 0x5a;
        fs::write(&disk, &torn).unwrap();
        assert!(Recognised::of(disk.as_file()).unwrap().header.is_err(), "{format:?}");
        fs::write(&disk, &file.content[..100]).unwrap();
        assert!(Recognised::of(disk.as_file()).unwrap().header.is_err(), "{format:?}");
    }
}

#[test]
fn an_exclusive_lock_of_another_shows_and_a_shared_one_does_not() {
    use std::os::fd::AsFd;
    let disk = on_disk(&[0; 1000]);
    // A lock of an open file description counts as another's even in this process.
    let other = File::options().read(true).write(true).open(disk.path()).unwrap();
    for what in [Locked::WHOLE, Locked::DATA] {
        for (hold, expected) in
            [(lock::Hold::Shared, false), (lock::Hold::Exclusive, true), (lock::Hold::Released, false)]
        {
            lock::lock(other.as_fd(), crate::mailboxes::LockKind::Ofd, what, hold).unwrap();
            assert_eq!(what.is_held_exclusively(disk.as_file().as_fd()).unwrap(), expected, "{what:?} {hold:?}");
        }
    }
}
