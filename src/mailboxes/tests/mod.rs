//! Tests over all of Cyrus's formats: files that Cyrus wrote, files made here, transactions against a model, crashes at every call,
//! and damage. Everything is seeded, so a failure repeats.

mod crashes;
mod damage;
mod live;
mod twom_files;

use std::{collections::BTreeMap, fs, path::PathBuf};

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    Bytes, Call, Change, Error, Format, KeyOrder, MemoryStorage, NoPhases, Phase, Storage, SyncCall,
    format::{AddRecord, Cursor, Origin},
    recovery, skiplist, twom, twoskip,
};

const FORMATS: [Format; 3] = [Format::Skiplist, Format::Twoskip, Format::Twom];
const PLAIN: KeyOrder = KeyOrder::Plain;

type Records = Vec<(Vec<u8>, Vec<u8>)>;
type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn random(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// A packed file with these records, which are in the plain order of the format.
fn packed(format: Format, records: &Records, seed: u64) -> MemoryStorage {
    let mut file = MemoryStorage::default();
    let add_all = |add: &mut AddRecord<'_>| records.iter().try_for_each(|(key, value)| add(key, value));
    format.pack(Origin::New { seed: 7, expected: 0 }, &mut file, &mut random(seed), add_all).unwrap();
    file.calls.clear();
    file
}

/// The records of a model, in the plain order of the format.
fn in_order(format: Format, model: &Model) -> Records {
    let mut records: Records = model.clone().into_iter().collect();
    records.sort_by(|a, b| format.compare(&a.0, &b.0));
    records
}

fn numbered(count: usize) -> Model {
    (0..count).map(|n| (format!("Nuser\x1f{:06}", n * 7).into_bytes(), vec![b'v'; n * 13 % 150])).collect()
}

fn commit(file: &mut MemoryStorage, format: Format, order: KeyOrder, changes: &[Change<'_>]) -> Result<u32, Error> {
    format.commit(order, file, changes, &mut random(7), &mut NoPhases)
}

/// The records as a walk lists them. More than there is room for is a circle.
fn listed(bytes: Bytes<'_>, format: Format, order: KeyOrder) -> Result<Records, Error> {
    let mut records = Vec::new();
    format.visit(order, bytes, |key, value| {
        records.push((key.to_vec(), value.to_vec()));
        assert!(records.len() as u64 <= bytes.len() / 16, "the walk goes round in a circle");
        Ok(())
    })?;
    Ok(records)
}

/// How many records there are, and whether the file is clean.
fn check(bytes: Bytes<'_>, format: Format) -> Result<(u64, bool), Error> {
    recovery::verified(bytes, format, PLAIN)
}

/// Whether a call makes a transaction the last committed one: a skiplist's commit word, a clean header of the others.
fn ends_commit(call: &Call, format: Format) -> bool {
    match call {
        Call::Write(_, data) if format == Format::Skiplist => data[..] == [0, 0, 0, 255],
        call => is_header(call, format, 0),
    }
}

/// Whether a call writes the whole header with that dirty flag.
fn is_header(call: &Call, format: Format, dirty: u8) -> bool {
    match (format, call) {
        (Format::Twom, Call::Write(0, data)) => data.len() == 96 && data[36] == dirty,
        (_, Call::Write(0, data)) => data.len() == 64 && data[59] == dirty,
        _ => false,
    }
}

/// Asserts that a file is clean and holds exactly these records, in a walk and by search.
fn assert_holds(file: &MemoryStorage, format: Format, records: &Records) {
    assert_eq!(check(file.bytes(), format).unwrap(), (records.len() as u64, true), "{format:?}");
    assert_eq!(listed(file.bytes(), format, PLAIN).unwrap(), *records, "{format:?}");
    for (key, value) in records {
        assert_eq!(format.find(PLAIN, file.bytes(), key).unwrap(), Some(value.into()), "{format:?}");
    }
}

/// Commits random transactions, each checked against the model; gives the records after each transaction that wrote something.
fn churn(file: &mut MemoryStorage, format: Format, model: &mut Model, transactions: u32, seed: u64) -> Vec<Records> {
    let mut rng = random(seed);
    let mut states = vec![in_order(format, model)];
    for _ in 0..transactions {
        let mut owned = Vec::new();
        for _ in 0..1 + rng.next_u32() % 5 {
            let mut text = |most: u32, letters: u32| -> Vec<u8> {
                let length = rng.next_u32() % (most + 1);
                (0..length).map(|_| 0x7e + (rng.next_u32() % letters) as u8).collect()
            };
            let (key, value) = ([b"k".to_vec(), text(2, 6)].concat(), text(45, 3));
            owned.push((key, (!rng.next_u32().is_multiple_of(3)).then_some(value)));
        }
        let mut expected = 0;
        for (key, value) in &owned {
            let old = match value {
                Some(value) => model.insert(key.clone(), value.clone()),
                None => model.remove(key),
            };
            // No format writes anything for a missing key that is deleted; only a skiplist writes the same value again.
            expected += u32::from(match format {
                Format::Skiplist => old.is_some() || value.is_some(),
                _ => old != *value,
            });
        }
        let changes: Vec<_> = owned.iter().map(|(key, value)| change(key, value)).collect();
        assert_eq!(format.commit(PLAIN, file, &changes, &mut rng, &mut NoPhases).unwrap(), expected, "{format:?}");
        let records = in_order(format, model);
        assert_eq!(check(file.bytes(), format).unwrap(), (records.len() as u64, true), "{format:?}");
        assert_eq!(listed(file.bytes(), format, PLAIN).unwrap(), records, "{format:?}");
        if expected > 0 {
            states.push(records);
        }
    }
    states
}

fn change<'a>(key: &'a [u8], value: &'a Option<Vec<u8>>) -> Change<'a> {
    value.as_ref().map_or(Change::Delete { key }, |value| Change::Store { key, value })
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
fn files_of_real_cyrus_are_read_and_changed() {
    let Some(folder) = fixtures() else { return };
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(name) = name.strip_suffix(".db") else { continue };
        let Some(format) = FORMATS.into_iter().find(|format| name.starts_with(format.name())) else { continue };
        seen += 1;
        let content = fs::read(&path).unwrap();
        let mut file = MemoryStorage::new(content.clone());
        let records = listed(file.bytes(), format, PLAIN).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_holds(&file, format, &records);
        let tsv = folder.join(format!("{}.records.tsv", name.trim_end_matches("_repacked")));
        if tsv.exists() {
            let lines = records.iter().flat_map(|(key, value)| [key, &b"\t"[..], value, b"\n"].concat());
            assert!(lines.eq(fs::read(&tsv).unwrap()), "{name}: the records differ");
        }
        assert_holds(&packed(format, &records, 1), format, &records);
        // Recovery of a good file changes at most a skiplist's header.
        recovery::recover(&mut file, format, PLAIN).unwrap();
        assert_eq!(file.content[48..], content[48..], "{name}");
        churn(&mut file, format, &mut records.into_iter().collect(), 5, 1);
    }
    assert!(seen >= 9, "{seen} fixtures were tested");
}

#[test]
fn a_built_file_is_packed_and_its_records_are_found() {
    for (format, count) in
        FORMATS.into_iter().flat_map(|format| [0, 1, 2, 100, 4096, 9000].map(|count| (format, count)))
    {
        let records = in_order(format, &numbered(count));
        let file = packed(format, &records, count as u64);
        assert_eq!(file.content, packed(format, &records, count as u64).content, "the same seed gives the same file");
        assert_holds(&file, format, &records);
        assert_eq!(format.find(PLAIN, file.bytes(), b"Nuser").unwrap(), None);
        assert!(!format.needs_checkpoint(file.bytes()).unwrap());
        let (mut kinds, mut levels) = (BTreeMap::<&str, usize>::new(), 0);
        let collect = &mut |item: super::LayoutItem| {
            *kinds.entry(item.kind).or_default() += 1;
            // All but a skiplist's records have two pointers on level 0.
            levels += item.lengths.map_or(0, |_| item.pointers.len() - usize::from(format != Format::Skiplist));
            Ok(())
        };
        format.dump_layout(file.bytes(), collect).unwrap();
        let (record, commits) = match format {
            Format::Skiplist => ("INORDER", 0),
            Format::Twom => ("ADD", 1),
            _ => ("RECORD", count.min(1)),
        };
        let adds = if format == Format::Twom { count } else { 0 };
        let found = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
        assert_eq!((found(record), found("ADD"), found("DELETE"), found("COMMIT")), (count, adds, 0, commits));
        assert!(count < 1000 || (1.9..2.1).contains(&(levels as f64 / count as f64)), "{levels} of {count}");
    }
    assert_eq!(packed(Format::Skiplist, &Records::new(), 1).content.len(), 144);
    let long = vec![(vec![b'k'; 70_000], b"v".to_vec())];
    for format in [Format::Twoskip, Format::Twom] {
        assert_holds(&packed(format, &long, 1), format, &long);
    }
    assert!(Format::Skiplist.compare(b"\xc3", b"a").is_lt() && Format::Twoskip.compare(b"\xc3", b"a").is_gt());
    assert!(FORMATS.iter().all(|format| format.compare(b"a", b"aa").is_lt()));
}

#[test]
fn a_cursor_begins_at_the_first_key_that_is_not_smaller() {
    for format in FORMATS {
        let file = packed(format, &in_order(format, &numbered(100)), 3);
        let mut cursor = Cursor::seek(format, PLAIN, file.bytes(), b"Nuser\x1f000036").unwrap();
        let (key, value) = cursor.next(file.bytes()).unwrap().unwrap();
        assert_eq!((key.to_vec(), value.length()), (b"Nuser\x1f000042".to_vec(), 78), "{format:?}");
    }
}

#[test]
fn random_transactions_do_what_a_map_does() {
    for format in FORMATS {
        let mut model = numbered(20);
        let mut file = packed(format, &in_order(format, &model), 3);
        churn(&mut file, format, &mut model, 600, 5);
        assert_holds(&file, format, &in_order(format, &model));
        assert!(format.needs_checkpoint(file.bytes()).unwrap(), "{format:?}");
    }
}

/// Commits one change; returns how many records changed and the phases, in order.
fn phases(file: &mut MemoryStorage, format: Format, change: Change<'_>) -> (u32, Vec<Phase>) {
    let mut phases = Vec::new();
    let mut clock = |phase| phases.push(phase);
    let changed = format.commit(PLAIN, file, &[change], &mut random(1), &mut clock).unwrap();
    (changed, phases)
}

#[test]
fn a_commit_writes_and_syncs_in_the_order_of_cyrus() {
    use Phase::*;
    let records: Records = [("a", "1"), ("c", "3")].map(|(key, value)| (key.into(), value.into())).into();
    for format in FORMATS {
        let mut file = packed(format, &records, 1);
        assert_eq!(phases(&mut file, format, Change::Delete { key: b"b" }), (0, vec![Search]));
        assert!(file.calls.is_empty());
        // Only a skiplist writes a value again that is the same already.
        let same = phases(&mut file.clone(), format, Change::Store { key: b"a", value: b"1" });
        assert_eq!(same.0, u32::from(format == Format::Skiplist));
        let size = file.bytes().len();
        let (changed, phases) = phases(&mut file, format, Change::Store { key: b"a", value: b"one" });
        assert_eq!(changed, 1);
        assert_eq!(format.find(PLAIN, file.bytes(), b"a").unwrap(), Some(b"one".into()));
        let calls = &file.calls[..];
        if format == Format::Skiplist {
            assert_eq!(phases, [Search, Write1, Sync1, Write2, Sync2]);
            // A deletion and the new record, then pointers, then the commit.
            let is_first = |data: &[u8]| data[..8] == [0, 0, 0, 4, 0, 0, 0, 144];
            assert!(matches!(&calls[0], Call::Write(offset, data) if *offset == size && is_first(data)));
            let (pointers, rest) = calls[1..].split_at(calls.len() - 4);
            let is_pointer = |call: &Call| matches!(call, Call::Write(at, data) if *at < size && data.len() == 4);
            assert!(pointers.iter().all(is_pointer));
            let [Call::Sync(SyncCall::Data), Call::Write(_, data), Call::Sync(SyncCall::Data)] = rest else {
                panic!("{rest:?}")
            };
            assert_eq!(data[..], [0, 0, 0, 255]);
        } else {
            assert_eq!(phases, [Search, Write1, Sync1, Write2, Sync2, Write3, Sync3]);
            let [first, sync_1, writes @ .., sync_2, last, sync_3] = calls else { panic!("{calls:?}") };
            assert!(is_header(first, format, 1) && is_header(last, format, 0));
            let end = twom::committed_size(file.bytes()).unwrap_or(0);
            let syncs = if format == Format::Twom {
                [SyncCall::First(96), SyncCall::First(end), SyncCall::First(96)]
            } else {
                [SyncCall::Data, SyncCall::All, SyncCall::Data]
            };
            assert_eq!([sync_1, sync_2, sync_3].map(Clone::clone), syncs.map(Call::Sync));
            assert!(writes.iter().all(|call| matches!(call, Call::Write(..))));
        }
    }
}
