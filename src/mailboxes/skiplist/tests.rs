//! Files that Cyrus wrote, files made here, transactions against a model, crashes at every call, and damage.
//! All deterministic.

use std::{collections::BTreeMap, path::PathBuf};

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::mailboxes::{Bytes, Call, Change, Error, KeyOrder, MemoryStorage, NoPhases, Phase, PhaseClock, Storage};

type Records = Vec<(Vec<u8>, Vec<u8>)>;
type Model = BTreeMap<Vec<i8>, Vec<u8>>;

fn list(bytes: Bytes<'_>) -> Result<Records, Error> {
    let mut cursor = Cursor::seek(bytes, KeyOrder::Plain, b"")?;
    let mut records = Vec::new();
    while let Some((key, value)) = cursor.next(bytes)? {
        records.push((key.to_vec(), value.to_vec()));
    }
    Ok(records)
}

fn records(model: &Model) -> Records {
    model.iter().map(|(key, value)| (key.iter().map(|byte| *byte as u8).collect(), value.clone())).collect()
}

fn random(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn text(rng: &mut impl Rng, most: u32, letters: u32) -> Vec<u8> {
    let length = rng.next_u32() % (most + 1);
    (0..length).map(|_| (rng.next_u32() % letters) as u8 ^ 0x7e).collect()
}

fn fixtures() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cyrus");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no fixtures at {}", folder.display());
    eprintln!("skipped: no fixtures at {}", folder.display());
    None
}

#[test]
fn files_by_cyrus_pass_and_list_as_cyrus_lists_them() {
    let Some(folder) = fixtures() else { return };
    let listed = |name: &str| -> Records {
        let content = std::fs::read(folder.join(name)).unwrap();
        let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let tab = line.iter().position(|byte| *byte == b'\t').unwrap();
                (line[..tab].to_vec(), line[tab + 1..].to_vec())
            })
            .collect()
    };
    let mut seen = 0;
    for (name, records, expected) in [
        ("skiplist.db", 592, Some("skiplist.records.tsv")),
        ("skiplist_repacked.db", 592, Some("skiplist.records.tsv")),
        ("skiplist_v23style.db", 300, Some("skiplist_v23style.records.tsv")),
        ("skiplist_empty.db", 0, None),
        ("skiplist_import300.db", 0, None),
    ] {
        let content = std::fs::read(folder.join(name)).unwrap();
        let bytes = Bytes::new(&content);
        let report = check(bytes, KeyOrder::Plain).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(report.clean && is_clean(bytes), "{name}");
        let list = list(bytes).unwrap();
        assert_eq!(list.len() as u64, report.records, "{name}");
        if let Some(expected) = expected {
            assert_eq!(report.records, records, "{name}");
            assert_eq!(list, listed(expected), "{name}");
        }
        for (key, value) in &list {
            assert_eq!(find(bytes, KeyOrder::Plain, key).unwrap(), Some(value.into()), "{name}");
        }
        let packed = build(&list, 1, 0).unwrap();
        assert_eq!(super::tests::list(Bytes::new(&packed)).unwrap(), list, "{name}");
        // Recovery of a good file changes the header only.
        let mut storage = MemoryStorage::new(content.clone());
        recover(&mut storage, KeyOrder::Plain, 7).unwrap();
        assert_eq!(storage.bytes().slice(48, content.len() as u64 - 48).unwrap(), &content[48..], "{name}");
        seen += 1;
    }
    let there = std::fs::read_dir(&folder).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
        name.starts_with("skiplist") && name.ends_with(".db")
    });
    assert_eq!(there.count(), seen, "a fixture is not tested");
}

#[test]
fn what_is_built_is_found() {
    assert_eq!(build::<&[u8], &[u8]>(&[], 1, 0).unwrap().len(), 144);
    let records: Vec<_> = (0..5000).map(|n| (format!("user.{n:06}"), format!("{n}"))).collect();
    let file = build(&records, 3, 9).unwrap();
    let bytes = Bytes::new(&file);
    let report = check(bytes, KeyOrder::Plain).unwrap();
    assert_eq!((report.records, report.dead, report.log_bytes, report.clean), (5000, 0, 0, true));
    assert!((report.mean_level() - 2.0).abs() < 0.1);
    for (key, value) in &records {
        assert_eq!(find(bytes, KeyOrder::Plain, key.as_bytes()).unwrap(), Some(value.into()));
        assert_eq!(find(bytes, KeyOrder::Plain, format!("{key}.").as_bytes()).unwrap(), None);
    }
    let mut cursor = Cursor::seek(bytes, KeyOrder::Plain, b"user.000041x").unwrap();
    assert_eq!(cursor.next(bytes).unwrap(), Some((b"user.000042".into(), b"42".into())));
    assert!(matches!(build(&[("b", ""), ("a", "")], 1, 0), Err(Error::Corrupt { .. })));
    assert!(compare(b"\xc3", b"a").is_lt() && compare(b"a", b"aa").is_lt());
}

#[derive(Default)]
struct Phases(Vec<Phase>);

impl PhaseClock for Phases {
    fn ended(&mut self, phase: Phase) {
        self.0.push(phase);
    }
}

#[test]
fn a_commit_writes_and_syncs_in_the_order_of_cyrus() {
    let file = build(&[("a", "1"), ("c", "3")], 1, 0).unwrap();
    let size = file.len() as u64;
    let mut storage = MemoryStorage::new(file);
    let mut phases = Phases::default();
    let nothing = [Change::Delete { key: b"b" }];
    assert_eq!(commit(&mut storage, KeyOrder::Plain, &nothing, &mut random(1), &mut phases).unwrap(), 0);
    assert_eq!((&storage.calls[..], &phases.0[..]), (&[][..], &[Phase::Search][..]));

    phases.0.clear();
    // Cyrus writes a value that is the same already, too.
    let mut again = storage.clone();
    let same = [Change::Store { key: b"a", value: b"1" }];
    assert_eq!(commit(&mut again, KeyOrder::Plain, &same, &mut random(1), &mut NoPhases).unwrap(), 1);
    assert!(again.bytes().len() > size);
    let replace = [Change::Store { key: b"a", value: b"one" }];
    assert_eq!(commit(&mut storage, KeyOrder::Plain, &replace, &mut random(1), &mut phases).unwrap(), 1);
    assert_eq!(phases.0, [Phase::Search, Phase::Write1, Phase::Sync1, Phase::Write2, Phase::Sync2]);
    let calls = &storage.calls;
    assert!(
        matches!(&calls[0], Call::Write(offset, bytes) if *offset == size && bytes[..8] == [0, 0, 0, 4, 0, 0, 0, 144])
    );
    let rest = calls.len() - 3;
    assert!(
        calls[1..rest]
            .iter()
            .all(|call| matches!(call, Call::Write(offset, bytes) if *offset < size && bytes.len() == 4))
    );
    assert!(
        matches!(&calls[rest..], [Call::SyncData, Call::Write(_, bytes), Call::SyncData] if bytes[..] == [0, 0, 0, 255])
    );
    assert_eq!(find(storage.bytes(), KeyOrder::Plain, b"a").unwrap(), Some(b"one".into()));
}

/// Commits random transactions; gives the calls and the model after each transaction that changed something.
fn churn(storage: &mut MemoryStorage, model: &mut Model, transactions: usize, seed: u64) -> Vec<Records> {
    let mut rng = random(seed);
    let mut states = vec![records(model)];
    for _ in 0..transactions {
        let owned: Vec<_> = (0..1 + rng.next_u32() % 4)
            .map(|_| {
                let key = [b"k".to_vec(), text(&mut rng, 2, 6)].concat();
                (key, (!rng.next_u32().is_multiple_of(3)).then(|| text(&mut rng, 9, 3)))
            })
            .collect();
        let changes: Vec<_> = owned
            .iter()
            .map(|(key, value)| match value {
                Some(value) => Change::Store { key, value },
                None => Change::Delete { key },
            })
            .collect();
        let mut expected = 0;
        for (key, value) in &owned {
            let key = key.iter().map(|byte| *byte as i8).collect();
            let old = match value {
                Some(value) => model.insert(key, value.clone()),
                None => model.remove(&key),
            };
            // The same value again is written again.
            expected += u32::from(old.is_some() || value.is_some());
        }
        assert_eq!(commit(storage, KeyOrder::Plain, &changes, &mut rng, &mut NoPhases).unwrap(), expected);
        if expected > 0 {
            states.push(records(model));
        }
        let report = check(storage.bytes(), KeyOrder::Plain).unwrap();
        assert!(report.clean);
        assert_eq!(list(storage.bytes()).unwrap(), records(model));
    }
    states
}

#[test]
fn random_transactions_agree_with_a_model() {
    let mut storage = MemoryStorage::new(build::<&[u8], &[u8]>(&[], 1, 0).unwrap());
    assert!(!needs_checkpoint(storage.bytes()).unwrap());
    churn(&mut storage, &mut Model::new(), 600, 5);
    assert!(needs_checkpoint(storage.bytes()).unwrap());
}

#[test]
fn recovery_after_a_crash_at_every_call_gives_a_committed_state() {
    let base = build(&[("k", "0"), ("kx", "1"), ("l", "2")], 4, 0).unwrap();
    let mut model: Model = [("k", "0"), ("kx", "1"), ("l", "2")]
        .iter()
        .map(|(key, value)| (key.bytes().map(|byte| byte as i8).collect(), value.as_bytes().to_vec()))
        .collect();
    let mut storage = MemoryStorage::new(base.clone());
    let states = churn(&mut storage, &mut model, 60, 6);
    let calls = storage.calls.clone();
    let mut partly = MemoryStorage::new(base);
    let (mut committed, mut in_transaction) = (0, false);
    for call in &calls {
        let mut crashes = vec![partly.clone()];
        if let Call::Write(offset, bytes) = call
            && *offset == partly.bytes().len()
        {
            for cut in 1..bytes.len() {
                let mut torn = partly.clone();
                torn.write(*offset, &bytes[..cut]).unwrap();
                if cut < 4 && !in_transaction {
                    // Nothing but the zeros of a first word: Cyrus refuses these, however often it is asked.
                    let refused = recover(&mut torn, KeyOrder::Plain, 77).unwrap_err();
                    assert_eq!(refused.offset(), Some(*offset), "{refused}");
                } else {
                    crashes.push(torn);
                }
            }
            in_transaction = bytes[..] != [0, 0, 0, 255];
        }
        for mut crashed in crashes {
            recovers(&mut crashed, &states[committed]);
        }
        partly.replay(call).unwrap();
        committed += usize::from(matches!(call, Call::Write(_, bytes) if bytes[..] == [0, 0, 0, 255]));
    }
    assert_eq!(committed + 1, states.len());
    recovers(&mut partly, &states[committed]);
}

/// Recovers, and also recovers from a recovery that died after every one of its calls.
fn recovers(crashed: &mut MemoryStorage, state: &Records) {
    crashed.calls.clear();
    let mut again = crashed.clone();
    recover(crashed, KeyOrder::Plain, 77).unwrap();
    let calls = crashed.calls.clone();
    for call in calls {
        let mut once_more = again.clone();
        recover(&mut once_more, KeyOrder::Plain, 78).unwrap();
        assert_eq!(list(once_more.bytes()).unwrap(), *state);
        again.replay(&call).unwrap();
    }
    let report = check(crashed.bytes(), KeyOrder::Plain).unwrap();
    assert!(report.clean);
    assert_eq!(list(crashed.bytes()).unwrap(), *state);
    assert_eq!(crashed.bytes().u32_at(44).unwrap(), 77);
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let mut storage = MemoryStorage::new(build(&[("k", "0"), ("l", "2")], 4, 0).unwrap());
    churn(&mut storage, &mut Model::from([(vec![107], b"0".to_vec()), (vec![108], b"2".to_vec())]), 15, 8);
    let good = storage.bytes().slice(0, storage.bytes().len()).unwrap().to_vec();
    let mut rng = random(9);
    for round in 0..20_000 {
        let mut bad = good.clone();
        for _ in 0..=round % 3 {
            let place = rng.next_u32() as usize % bad.len();
            let other = rng.next_u32() as usize % bad.len() / 4 * 4;
            match rng.next_u32() % 4 {
                0 => bad[place] = rng.next_u32() as u8,
                1 => bad[place] ^= 1 << (rng.next_u32() % 8),
                2 => bad.copy_within(other..other + 4, place / 4 * 4),
                _ => bad[place / 4 * 4..][..4].copy_from_slice(&(other as u32).to_be_bytes()),
            }
        }
        if round % 5 == 0 {
            bad.truncate(rng.next_u32() as usize % good.len() / 4 * 4 + 4);
        }
        let bytes = Bytes::new(&bad);
        let _ = (
            find(bytes, KeyOrder::Plain, b"kx"),
            list(bytes),
            check(bytes, KeyOrder::Plain),
            needs_checkpoint(bytes),
            is_clean(bytes),
        );
        let changes = [Change::Store { key: b"kz", value: b"new" }, Change::Delete { key: b"k" }];
        let _ = commit(&mut MemoryStorage::new(bad.clone()), KeyOrder::Plain, &changes, &mut rng, &mut NoPhases);
        let mut storage = MemoryStorage::new(bad);
        if recover(&mut storage, KeyOrder::Plain, 1).is_ok() {
            let report = check(storage.bytes(), KeyOrder::Plain).unwrap();
            assert!(report.clean);
        }
    }
}
