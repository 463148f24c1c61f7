//! Files made here, and files that are none of ours.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::{
    inspect::fixtures,
    mailboxes::{self, RecordStyle},
    results::{Availability, MappingKind},
};

fn process(pid: u32, ranges: &[(u64, u64)]) -> ProcessOfFile {
    let range = |&(offset, bytes): &(u64, u64)| MappedRange {
        bytes,
        offset,
        kind: MappingKind::ReadOnly,
        resident_bytes: Availability::not_recorded(),
    };
    ProcessOfFile { mapping: ranges.iter().map(range).collect(), ..fixtures::process(pid) }
}

/// A file with this content at `name` below a directory of its own.
fn placed(name: &str, content: &[u8]) -> (tempfile::TempDir, Target) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    let target = Target::at(&path).unwrap();
    (directory, target)
}

#[test]
fn a_database_of_cyrus_has_its_records_its_checkpoint_and_its_remap() {
    for (format, syncs) in [(Format::Skiplist, 2), (Format::Twoskip, 3), (Format::Twom, 3)] {
        let (_directory, path) = mailboxes::fixtures::generated(format, RecordStyle::Cyrus36, 500);
        let target = Target::at(&path).unwrap();
        let size = fs::metadata(&target.path).unwrap().len();
        let processes = [
            process(1, &[(0, size + 9000)]),
            process(2, &[(0, 8192), (8192, size - 8192 + 100)]),
            process(3, &[(0, size + 4000)]),
            process(4, &[(0, size - 700)]),
            process(5, &[(8192, size)]),
            ProcessOfFile { stale: Some(crate::results::Stale::Replaced), ..process(6, &[(0, 1)]) },
            process(7, &[]),
        ];
        let found = describe(&target, &processes);
        assert_eq!((found.name.as_str(), found.by_content), (format.name(), true));
        assert_eq!(found.syncs_per_commit, Some(syncs));
        assert_eq!(found.records.is_some(), format != Format::Skiplist);
        let checkpoint = found.checkpoint.unwrap();
        assert!(checkpoint.log_bytes <= 24 && checkpoint.due_at_bytes >= 16834, "{checkpoint:?}");
        let room = found.until_remap_bytes.unwrap();
        assert!(if format == Format::Twom { room >= size / 8 } else { room == 4000 }, "{format:?}: {room}");
        assert_eq!(found.behind_bytes, Some(700));
        let unmapped = describe(&target, &[]);
        assert_eq!((unmapped.until_remap_bytes, unmapped.behind_bytes), (None, None));
        // Cut, and with a header that is not one.
        let content = fs::read(&target.path).unwrap();
        fs::write(&target.path, &content[..90]).unwrap();
        let cut = describe(&target, &processes);
        assert!(cut.name == format.name() && cut.description.contains("header cannot be read"), "{cut:?}");
        assert_eq!((cut.records, cut.commits, cut.checkpoint), (None, None, None));
    }
}

/// A page of PostgreSQL: log position, checksum, flags, then lower, upper, special, size and version.
fn relation(bounds: [u16; 3]) -> Vec<u8> {
    let mut page = vec![0; 16384];
    for (place, value) in page[12..20].chunks_exact_mut(2).zip(bounds.into_iter().chain([0x2004])) {
        place.copy_from_slice(&value.to_ne_bytes());
    }
    page
}

/// Name and content of a file, then the format, whether its content says so, syncs a commit, and commits.
type Case<'a> = (&'a str, &'a [u8], &'a str, bool, Option<u32>, Option<u64>);

#[test]
fn what_others_wrote_is_named() {
    let mut lmdb = vec![0; 8192];
    for page in [0, 4096] {
        lmdb[page + 16..page + 20].copy_from_slice(&0xbeef_c0de_u32.to_ne_bytes());
        lmdb[page + 20..page + 24].copy_from_slice(&1u32.to_ne_bytes());
        lmdb[page + 40..page + 44].copy_from_slice(&4096u32.to_ne_bytes());
        lmdb[page + 120..page + 128].copy_from_slice(&321u64.to_ne_bytes());
        lmdb[page + 144..page + 152].copy_from_slice(&(60 + page as u64 / 4096).to_ne_bytes());
    }
    let mut sqlite = vec![0; 4096];
    sqlite[..16].copy_from_slice(b"SQLite format 3\0");
    (sqlite[18], sqlite[19], sqlite[27]) = (1, 1, 9);
    let full = relation([28, 4000, 8176]);
    let cases: [Case<'_>; 9] = [
        ("data.mdb", &lmdb, "lmdb", true, Some(2), Some(61)),
        ("a.sqlite", &sqlite, "sqlite", true, Some(1), Some(9)),
        ("base/16384/16397", &full, "postgresql", true, Some(0), None),
        ("somewhere", &full, "postgresql", true, Some(0), None),
        ("base/16384/16397.1", &[0; 8192], "postgresql", false, None, None),
        ("base/16384/16397_fsm", b"", "postgresql", false, None, None),
        ("base/mailboxes", &[0; 8192], "zeros", true, None, None),
        ("noise", b"\x7fELF\x02\x01\x01\0", "unknown", false, None, None),
        ("torn", b"\xa1\x02\x8b\x0dskip", "unknown-cyrus", true, None, None),
    ];
    for (name, content, expected, by_content, syncs, commits) in cases {
        let (_directory, target) = placed(name, content);
        let found = describe(&target, &[process(1, &[(0, 1 << 30)])]);
        assert_eq!((found.name.as_str(), found.by_content), (expected, by_content), "{name}");
        assert_eq!((found.syncs_per_commit, found.commits), (syncs, commits), "{name}");
        assert_eq!((found.until_remap_bytes, found.behind_bytes), (None, None), "{name}: no rule is known");
        assert!(!found.description.is_empty());
    }
}

#[test]
fn a_file_that_is_gone_is_described_as_unreadable() {
    let (directory, target) = placed("global/1262", b"");
    drop(directory);
    let found = describe(&target, &[]);
    assert_eq!((found.name.as_str(), found.by_content), ("postgresql", false));
    assert!(found.description.contains("No such file"), "{}", found.description);
}

#[test]
fn paths_of_relations_are_recognised_and_no_others() {
    for (path, expected) in [
        ("/var/lib/postgresql/17/main/base/5/1259", true),
        ("/data/base/16384/16397_vm.2", true),
        ("/data/global/1262", true),
        ("/data/pg_tblspc/16500/PG_17_202406281/16384/16600", true),
        ("/data/base/16384/pg_internal.init", false),
        ("/data/base/16384/16397.x", false),
        ("/var/lib/cyrus/mailboxes.db", false),
        ("16397", false),
    ] {
        assert_eq!(is_path_of_relation(Path::new(path)), expected, "{path}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_described(mut content in prop::collection::vec(any::<u8>(), 0..600), known in 0usize..6, size in 0u64..20000) {
        let magics: [&[u8]; 6] =
            [b"", b"\xa1\x02\x8b\x0dskiplist file\0\0\0", b"\xa1\x02\x8b\x0dtwoskip file\0\0\0\0", b"\xa1\x02\x8b\x0dtwomfile\0\0\0\0", b"SQLite format 3\0", b"mapstorm flat\0\0\0\0\0\0\0"];
        let magic = magics[known];
        let length = magic.len().min(content.len());
        content[..length].copy_from_slice(&magic[..length]);
        let (_directory, target) = placed("any", &content);
        let found = describe(&target, &[process(1, &[(0, size)]), process(2, &[(4096, size), (0, 4096)])]);
        prop_assert!(!found.name.is_empty() && !found.description.is_empty());
    }

    #[test]
    fn a_median_mapping_is_either_long_enough_or_behind(ends in prop::collection::vec(0u64..40000, 0..9), size in 1u64..40000) {
        let processes: Vec<ProcessOfFile> = ends.iter().map(|end| process(1, &[(0, *end)])).collect();
        let [until, behind] = distances(&Contents::Known(Format::Twoskip), HeaderFacts::default(), size, &processes);
        prop_assert_eq!(until.is_some(), ends.iter().any(|end| *end >= size));
        prop_assert_eq!(behind.is_some(), ends.iter().any(|end| *end < size));
        prop_assert!(until.is_none_or(|until| ends.contains(&(size + until))));
        prop_assert!(behind.is_none_or(|behind| behind > 0 && ends.contains(&(size - behind))));
    }
}
