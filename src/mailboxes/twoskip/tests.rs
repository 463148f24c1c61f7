//! Tests against databases that real Cyrus wrote, against a `BTreeMap`, and against cut and corrupt files.
//! Everything is seeded, so a failure repeats.

use std::{collections::BTreeMap, fs, path::PathBuf};

use rand::Rng;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::*;
use crate::mailboxes::{Call, Change, MemoryStorage, NoPhases, Phase, PhaseClock, Storage};

#[derive(Default)]
struct Phases(Vec<Phase>);

impl PhaseClock for Phases {
    fn ended(&mut self, phase: Phase) {
        self.0.push(phase);
    }
}

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

fn rng(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn listed(content: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let bytes = Bytes::new(content);
    let mut cursor = Cursor::seek(bytes, KeyOrder::Plain, b"").unwrap();
    let mut all = Vec::new();
    while let Some((key, value)) = cursor.next(bytes).unwrap() {
        all.push((key.to_vec(), value.to_vec()));
    }
    all
}

fn sample(count: u32) -> Map {
    (0..count).map(|n| (format!("Nuser\x1f{:06}", n * 7).into_bytes(), vec![b'v'; (n as usize * 13) % 150])).collect()
}

fn built(map: &Map, seed: u64) -> Vec<u8> {
    build(&map.iter().collect::<Vec<_>>(), seed).unwrap()
}

fn changes(map: &mut Map, rng: &mut Xoshiro256PlusPlus, count: u32) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    for _ in 0..count {
        let key = format!("Nuser\x1f{:06}", rng.next_u32() % 120).into_bytes();
        let value = (!rng.next_u32().is_multiple_of(3)).then(|| vec![b'a' + (rng.next_u32() % 4) as u8; 40]);
        match &value {
            Some(value) => drop(map.insert(key.clone(), value.clone())),
            None => drop(map.remove(&key)),
        }
        all.push((key, value));
    }
    all
}

fn as_changes(all: &[(Vec<u8>, Option<Vec<u8>>)]) -> Vec<Change<'_>> {
    all.iter()
        .map(|(key, value)| match value {
            Some(value) => Change::Store { key, value },
            None => Change::Delete { key },
        })
        .collect()
}

fn fixtures() -> Vec<PathBuf> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cyrus");
    let Ok(entries) = fs::read_dir(&directory) else {
        assert!(std::env::var_os("CI").is_none(), "{} is missing", directory.display());
        eprintln!("skipped: {} is missing", directory.display());
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("twoskip") && name.ends_with(".db")
    });
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

#[test]
fn files_of_real_cyrus_are_read() {
    for path in fixtures() {
        let content = fs::read(&path).unwrap();
        let report =
            check(Bytes::new(&content), KeyOrder::Plain).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(report.clean);
        let all = listed(&content);
        assert_eq!(all.len() as u64, report.records);
        for (key, value) in &all {
            assert_eq!(find(Bytes::new(&content), KeyOrder::Plain, key).unwrap(), Some(value.into()));
        }
        let repacked = path.ends_with("twoskip_repacked.db");
        let tsv =
            if repacked { path.with_file_name("twoskip.records.tsv") } else { path.with_extension("records.tsv") };
        if let Ok(tsv) = fs::read(tsv) {
            let mut text = Vec::new();
            for (key, value) in &all {
                text.extend_from_slice(&[key, &b"\t"[..], value, b"\n"].concat());
            }
            assert!(text == tsv, "{}: the records differ", path.display());
        }
        let mut map: Map = all.into_iter().collect();
        let mut storage = MemoryStorage::new(content);
        let all = changes(&mut map, &mut rng(1), 20);
        commit(&mut storage, KeyOrder::Plain, &as_changes(&all), &mut rng(2), &mut NoPhases).unwrap();
        check(storage.bytes(), KeyOrder::Plain).unwrap();
        assert!(listed(&storage.content).into_iter().eq(map));
    }
}

#[test]
fn a_built_file_is_packed_and_found_in() {
    for count in [0, 1, 2, 100, 4096, 9000] {
        let map = sample(count);
        let content = built(&map, u64::from(count));
        assert_eq!(content, built(&map, u64::from(count)), "the same seed gives the same file");
        let report = check(Bytes::new(&content), KeyOrder::Plain).unwrap();
        assert_eq!((report.records, report.dead_records, report.generation), (u64::from(count), 0, 1));
        assert!(count < 1000 || (1.9..2.1).contains(&report.mean_level), "{}", report.mean_level);
        for (key, value) in &map {
            assert_eq!(find(Bytes::new(&content), KeyOrder::Plain, key).unwrap(), Some(value.into()));
        }
        assert_eq!(find(Bytes::new(&content), KeyOrder::Plain, b"Nuser").unwrap(), None);
        assert!(listed(&content).into_iter().eq(map));
        assert!(!needs_checkpoint(Bytes::new(&content)).unwrap());
    }
    assert!(build(&[("b", "1"), ("a", "2")], 1).is_err());
    assert!(build(&[("a", "1"), ("a", "2")], 1).is_err());
    let long = vec![b'k'; 70_000];
    let content = build(&[(&long[..], b"v")], 1).unwrap();
    assert_eq!(find(Bytes::new(&content), KeyOrder::Plain, &long).unwrap(), Some(b"v".into()));
}

#[test]
fn transactions_do_what_a_map_does() {
    let mut map = sample(20);
    let mut storage = MemoryStorage::new(built(&map, 3));
    let mut rng = rng(4);
    for round in 0..400 {
        let all = changes(&mut map, &mut rng, 1 + round % 5);
        commit(&mut storage, KeyOrder::Plain, &as_changes(&all), &mut rng, &mut NoPhases).unwrap();
        let report = check(storage.bytes(), KeyOrder::Plain).unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert_eq!(report.records, map.len() as u64);
        assert!(listed(&storage.content).into_iter().eq(map.clone()), "round {round}");
    }
    assert!(needs_checkpoint(storage.bytes()).unwrap());
}

#[test]
fn a_commit_writes_and_syncs_in_cyrus_order() {
    let mut storage = MemoryStorage::new(built(&sample(20), 5));
    let mut phases = Phases::default();
    let none = [Change::Delete { key: b"absent" }, Change::Store { key: b"Nuser\x1f000000", value: b"" }];
    assert_eq!(commit(&mut storage, KeyOrder::Plain, &none, &mut rng(1), &mut phases).unwrap(), 0);
    assert_eq!((storage.calls.len(), phases.0), (0, vec![Phase::Search]));

    let mut phases = Phases::default();
    let one = [Change::Store { key: b"new", value: b"value" }];
    assert_eq!(commit(&mut storage, KeyOrder::Plain, &one, &mut rng(1), &mut phases).unwrap(), 1);
    use Phase::*;
    assert_eq!(phases.0, [Search, Write1, Sync1, Write2, Sync2, Write3, Sync3]);
    let calls = &storage.calls;
    let syncs: Vec<_> = (0..calls.len()).filter(|n| !matches!(calls[*n], Call::Write(..))).collect();
    assert_eq!(syncs, [1, calls.len() - 3, calls.len() - 1]);
    assert_eq!(
        [&calls[1], &calls[calls.len() - 3], &calls[calls.len() - 1]],
        [&Call::SyncData, &Call::SyncAll, &Call::SyncData]
    );
    assert!(matches!(&calls[0], Call::Write(0, data) if data.len() == 64 && data[59] == 1));
    assert!(matches!(&calls[calls.len() - 2], Call::Write(0, data) if data.len() == 64 && data[59] == 0));
}

#[test]
fn a_commit_cut_anywhere_recovers_to_the_last_or_the_new_state() {
    let mut map = sample(15);
    let mut storage = MemoryStorage::new(built(&map, 6));
    let mut rng = rng(7);
    for _ in 0..40 {
        let (old_map, old) = (map.clone(), storage.content.clone());
        let all = changes(&mut map, &mut rng, 4);
        storage.calls.clear();
        commit(&mut storage, KeyOrder::Plain, &as_changes(&all), &mut rng, &mut NoPhases).unwrap();
        for cut in 0..=storage.calls.len() {
            let mut crashed = MemoryStorage::new(old.clone());
            storage.calls[..cut].iter().for_each(|call| crashed.replay(call).unwrap());
            recover(&mut crashed, KeyOrder::Plain).unwrap();
            assert!(is_clean(crashed.bytes()).unwrap() && check(crashed.bytes(), KeyOrder::Plain).unwrap().clean);
            let done = cut + 1 >= storage.calls.len();
            assert!(listed(&crashed.content).into_iter().eq(if done { map.clone() } else { old_map.clone() }));
            commit(
                &mut crashed,
                KeyOrder::Plain,
                &[Change::Store { key: b"after", value: b"1" }],
                &mut rng,
                &mut NoPhases,
            )
            .unwrap();
            check(crashed.bytes(), KeyOrder::Plain).unwrap();
        }
        for cut in 0..storage.calls.len() {
            let mut crashed = MemoryStorage::new(old.clone());
            storage.calls[..cut].iter().for_each(|call| crashed.replay(call).unwrap());
            crashed.calls.clear();
            let before = crashed.content.clone();
            recover(&mut crashed, KeyOrder::Plain).unwrap();
            for again in 0..crashed.calls.len() {
                let mut twice = MemoryStorage::new(before.clone());
                crashed.calls[..again].iter().for_each(|call| twice.replay(call).unwrap());
                recover(&mut twice, KeyOrder::Plain).unwrap();
                assert!(twice.content == crashed.content, "recovery cut short and repeated gives the same file");
            }
        }
    }
}

#[test]
fn corrupt_bytes_never_panic() {
    let mut map = sample(30);
    let mut storage = MemoryStorage::new(built(&map, 8));
    let mut rng = rng(9);
    let all = changes(&mut map, &mut rng, 20);
    commit(&mut storage, KeyOrder::Plain, &as_changes(&all), &mut rng, &mut NoPhases).unwrap();
    for round in 0..6000 {
        let mut content = storage.content.clone();
        let at = rng.next_u32() as usize % content.len();
        match round % 4 {
            0 => content.truncate(at),
            1 => content[at] ^= 1 << (rng.next_u32() % 8),
            _ => {
                // A pointer or length changed, and every head's CRC made right again.
                let word = at / 8 * 8;
                let to = if round % 4 == 2 { u64::from(rng.next_u32() % 8000) / 8 * 8 } else { rng.next_u64() };
                content[word..word + 8].copy_from_slice(&to.to_be_bytes());
                reseal(&mut content, word);
            }
        }
        if round % 4 == 1 {
            assert!(check(Bytes::new(&content), KeyOrder::Plain).is_err(), "bit flip at {at:#x}");
        }
        let bytes = Bytes::new(&content);
        let _ = (check(bytes, KeyOrder::Plain), is_clean(bytes), needs_checkpoint(bytes));
        for key in map.keys().step_by(5) {
            let _ = find(bytes, KeyOrder::Plain, key);
        }
        if let Ok(mut cursor) = Cursor::seek(bytes, KeyOrder::Plain, b"") {
            while let Ok(Some(_)) = cursor.next(bytes) {}
        }
        let mut broken = MemoryStorage::new(content);
        let all = changes(&mut map.clone(), &mut rng, 2);
        let _ = commit(&mut broken, KeyOrder::Plain, &as_changes(&all), &mut rng, &mut NoPhases);
        let _ = recover(&mut broken, KeyOrder::Plain);
    }
}

/// Makes the CRC right of the header or of the head around `word`, if there is one.
pub(in crate::mailboxes) fn reseal(content: &mut [u8], word: usize) {
    if word < 64 {
        let crc = crc32fast::hash(&content[..60]);
        content[60..64].copy_from_slice(&crc.to_be_bytes());
        return;
    }
    for start in (64..=word).rev().step_by(8).take(35) {
        let crc_at = start + 8 + 8 * (usize::from(content[start + 1]) + 1);
        if b"=+-$".contains(&content[start]) && crc_at + 8 <= content.len() && content[start + 1] < 32 {
            let crc = crc32fast::hash(&content[start..crc_at]);
            content[crc_at..crc_at + 4].copy_from_slice(&crc.to_be_bytes());
            return;
        }
    }
}
