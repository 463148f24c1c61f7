//! Changes of records are those of mailboxes.

use std::collections::BTreeMap;

use super::*;
use crate::mailboxes::records::tests::records;

type Records = BTreeMap<Vec<u8>, Vec<u8>>;

fn apply(buffer: &ChangeBuffer, records: &mut Records) {
    let (changes, count) = buffer.changes();
    for change in &changes[..count] {
        match change {
            Change::Store { key, value } => drop(records.insert(key.to_vec(), value.to_vec())),
            Change::Delete { key } => assert!(records.remove(*key).is_some()),
        }
    }
}

/// Every mailbox has all its records, and each names it by the same name and ids.
fn assert_complete(records: &Records) {
    for (key, value) in records {
        let names = Names::of(key, value).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(value)));
        let mut twins = vec![[b"N", names.name].concat(), [b"I", names.id].concat()];
        if !names.jmap_id.is_empty() {
            let user = names.name.split(|byte| *byte == 0x1f).nth(1).unwrap();
            twins.push([b"J", user, b"\x1e", names.jmap_id].concat());
        }
        assert!(twins.contains(key));
        for twin in &twins {
            assert_eq!(Names::of(twin, &records[twin]), Some(Names { ..names }));
        }
    }
}

#[test]
fn all_records_of_a_mailbox_stay_together() {
    for (style, kinds) in [(RecordStyle::Cyrus36, "NI"), (RecordStyle::Cyrus313, "NJI")] {
        let mut records: Records = records(style, 50, 3).into_iter().collect();
        let keys: Vec<Vec<u8>> = records.keys().cloned().collect();
        let mut buffer = ChangeBuffer::new(style);
        assert_complete(&records);
        for number in 0..100u64 {
            let key = &keys[(number * 37) as usize % keys.len()];
            let before = records[key].clone();
            buffer.replace(key, &before, number);
            apply(&buffer, &mut records);
            assert_ne!(records[key], before);
            assert_eq!(records.len(), keys.len() + number as usize * kinds.len());
            buffer.create(b"Nuser\x1fjoe", 2, number);
            let (changes, count) = buffer.changes();
            let stored = changes[..count].iter().map(|change| match change {
                Change::Store { key, .. } => char::from(key[0]),
                Change::Delete { .. } => '-',
            });
            assert_eq!(stored.collect::<String>(), kinds);
            apply(&buffer, &mut records);
            assert_complete(&records);
        }
        for number in 0..100 {
            buffer.delete(b"Nuser\x1fjoe", 2, number);
            apply(&buffer, &mut records);
        }
        assert_eq!(records.keys().cloned().collect::<Vec<_>>(), keys);
        assert_complete(&records);
        buffer.remove(&keys[99], &records[&keys[99]]);
        apply(&buffer, &mut records);
        assert_eq!(records.len(), keys.len() - kinds.len());
        assert_complete(&records);
    }
}

#[test]
fn a_mailbox_without_a_jmap_id_keeps_two_records_and_a_shared_one_is_nobodys() {
    let mut buffer = ChangeBuffer::new(RecordStyle::Cyrus313);
    buffer.replace(b"Nuser\x1fjoe", b"%(T i I abc P default)", 1);
    assert_eq!(buffer.changes().1, 2);
    buffer.replace(b"Nshared\x1fnews", b"%(T e I abc J P-F P default)", 1);
    let (changes, count) = buffer.changes();
    assert!(count == 3 && matches!(changes[1], Change::Store { key: b"J\x1eP-F", .. }));
    // A key is kept as it is.
    buffer.replace(b"Jjoe.smith\x1eP-F", b"%(T e N user\x1fjoe I abc)", 1);
    assert!(matches!(buffer.changes().0[1], Change::Store { key: b"Jjoe.smith\x1eP-F", .. }));
}

#[test]
fn a_record_of_the_census_is_one_store_of_a_drawn_length() {
    let mut buffer = ChangeBuffer::new(RecordStyle::Census2026);
    let mut records = Records::new();
    let mut lengths = std::collections::BTreeSet::new();
    let key = b"N\x1f00001A\x1fmapstorm-2-7".to_vec();
    buffer.create(b"N\x1f00001A", 2, 7);
    apply(&buffer, &mut records);
    for revision in 0..100 {
        let before = records.insert(key.clone(), Vec::new()).unwrap();
        buffer.replace(&key, b"", revision);
        apply(&buffer, &mut records);
        assert_ne!(records[&key], before);
        lengths.insert(before.len());
    }
    assert!(lengths.len() > 20, "{lengths:?}");
    buffer.delete(b"N\x1f00001A", 2, 7);
    apply(&buffer, &mut records);
    assert!(records.is_empty());
}

#[test]
fn a_mailbox_of_the_old_style_is_one_record_that_changes() {
    let mut buffer = ChangeBuffer::new(RecordStyle::Cyrus23);
    let mut records = Records::new();
    buffer.create(b"user.joe", 0, 7);
    apply(&buffer, &mut records);
    assert_eq!(records[b"user.joe.mapstorm-0-7".as_slice()], b"0 default joe\tlrswipcda\tanyone\tp\t");
    let mut seen = vec![records[b"user.joe.mapstorm-0-7".as_slice()].clone()];
    for revision in 0..3 {
        buffer.replace(b"user.joe.mapstorm-0-7", b"", revision);
        apply(&buffer, &mut records);
        seen.push(records[b"user.joe.mapstorm-0-7".as_slice()].clone());
    }
    seen.dedup();
    assert_eq!(seen.len(), 4);
    buffer.delete(b"user.joe", 0, 7);
    apply(&buffer, &mut records);
    assert!(records.is_empty());
}

#[test]
fn an_unusual_name_is_quoted() {
    let mut out = Vec::new();
    push_atom(&mut out, b"my \"folder\"");
    assert_eq!(out, b"\"my \\\"folder\\\"\"");
}
