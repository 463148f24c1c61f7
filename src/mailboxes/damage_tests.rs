//! Tests over both formats, both key orders, and random damage: no bytes make anything panic or go on for ever, and what passes the
//! check is found, listed and changed.

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::RngSeed};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    Bytes, Change, Error, Format, KeyOrder, MemoryStorage, NoPhases, Storage, format::Cursor, mboxsort, recovery,
    skiplist, twoskip,
};

const FORMATS: [Format; 2] = [Format::Skiplist, Format::Twoskip];
const ORDERS: [KeyOrder; 2] = [KeyOrder::Plain, KeyOrder::Mboxsort];

fn random(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn commit(storage: &mut MemoryStorage, format: Format, order: KeyOrder, changes: &[Change<'_>]) -> Result<u32, Error> {
    format.commit(order, storage, changes, &mut random(7), &mut NoPhases)
}

/// An empty file with these records committed, one transaction each.
fn made(format: Format, order: KeyOrder, keys: &[Vec<u8>]) -> MemoryStorage {
    let none: [(&[u8], &[u8]); 0] = [];
    let empty = match format {
        Format::Skiplist => skiplist::build(&none, 1, 0),
        _ => twoskip::build(&none, 1),
    };
    let mut storage = MemoryStorage::new(empty.unwrap());
    for key in keys {
        commit(&mut storage, format, order, &[Change::Store { key, value: key }]).unwrap();
    }
    storage
}

/// The keys as a walk lists them. More than there is room for is a circle.
fn listed(bytes: Bytes<'_>, format: Format, order: KeyOrder) -> Result<Vec<Vec<u8>>, Error> {
    let mut cursor = Cursor::seek(format, order, bytes, b"")?;
    let mut keys = Vec::new();
    while let Some((key, _)) = cursor.next(bytes)? {
        keys.push(key.to_vec());
        assert!(keys.len() as u64 <= bytes.len() / 16, "the walk goes round in a circle");
    }
    Ok(keys)
}

/// What a whole reading of the file makes of it: see [`recovery::settled`].
fn settled(bytes: Bytes<'_>, format: Format) -> Result<(KeyOrder, u64), Error> {
    recovery::settled(bytes, format).map(|settled| (settled.summary.order, settled.summary.records))
}

fn names() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::btree_set("[.ab\u{e9}\u{1f} +_-]{1,5}", 4..40)
        .prop_map(|names| names.into_iter().map(|name| format!("user.{name}").into_bytes()).collect())
}

type Injury = (u8, u16, u32);

fn injure(content: &mut Vec<u8>, format: Format, (how, place, value): Injury) {
    let place = usize::from(place) % content.len();
    let word = place / 8 * 8;
    match how % 6 {
        0 => content[place] ^= 1 << (value % 8),
        1 => content[place] = value as u8,
        // A pointer, a length, or a type.
        2 => content[place / 4 * 4..].iter_mut().zip(value.to_be_bytes()).for_each(|(byte, new)| *byte = new),
        3 => {
            let to = (value as usize % content.len() / 4 * 4) as u32;
            content[place / 4 * 4..].iter_mut().zip(to.to_be_bytes()).for_each(|(byte, new)| *byte = new);
        }
        4 => content.truncate(place.max(1)),
        _ => content.extend(std::iter::repeat_n((value % 2 * 255) as u8, place % 600)),
    }
    // Where the CRC stays wrong, nothing behind it is ever looked at.
    if format == Format::Twoskip && value % 3 > 0 && word + 8 <= content.len() && content.len() > 336 {
        twoskip::tests::reseal(content, word);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(15), ..ProptestConfig::default() })]

    #[test]
    fn each_order_is_told_kept_and_recovered(mut keys in names(), extra in names(), cut in 1_u64..40) {
        // One pair that only one order sorts so.
        keys.extend([b"user.tell-it".to_vec(), b"user.tell.it".to_vec()]);
        for format in FORMATS {
            for order in ORDERS {
                let mut storage = made(format, order, &keys);
                let mut model: Vec<&Vec<u8>> = keys.iter().collect();
                model.sort_by(|a, b| match (order, format) {
                    (KeyOrder::Mboxsort, _) => mboxsort(a, b),
                    (_, Format::Skiplist) => skiplist::compare(a, b),
                    _ => twoskip::compare(a, b),
                });
                model.dedup();
                prop_assert_eq!(settled(storage.bytes(), format).unwrap(), (order, model.len() as u64));
                prop_assert!(listed(storage.bytes(), format, order).unwrap().iter().eq(model));
                for key in &keys {
                    prop_assert_eq!(format.find(order, storage.bytes(), key).unwrap(), Some(key.into()));
                }
                // More of the same, one of which is torn: recovery keeps the order, and what was committed before.
                for key in &extra {
                    commit(&mut storage, format, order, &[Change::Store { key, value: b"extra" }]).unwrap();
                }
                let (whole, content) = (storage.bytes().len(), storage.bytes());
                prop_assert_eq!(format.key_order(content), order);
                if format == Format::Skiplist {
                    let torn = content.slice(0, whole - cut.min(24)).unwrap();
                    let (told, records) = settled(Bytes::of(torn), format).unwrap();
                    prop_assert_eq!(told, order);
                    prop_assert!(records >= keys.len() as u64 - 2);
                }
                let mut packed = MemoryStorage::default();
                format.rewrite(order, content, &mut packed, &mut random(3)).unwrap();
                prop_assert_eq!(settled(packed.bytes(), format).unwrap().0, order);
                prop_assert_eq!(listed(packed.bytes(), format, order).unwrap(), listed(content, format, order).unwrap());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, rng_seed: RngSeed::Fixed(16), ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_anything_panic_or_go_on_for_ever(
        format in proptest::sample::select(&FORMATS[..]),
        order in proptest::sample::select(&ORDERS[..]),
        injuries in proptest::collection::vec(any::<Injury>(), 1..4),
    ) {
        thread_local! {
            static GOOD: BTreeMap<bool, Vec<u8>> = FORMATS.into_iter().map(|format| {
                let keys: Vec<Vec<u8>> = (0..24).map(|n| format!("user.{}{}", n % 5, ["-a", ".a", ""][n % 3].repeat(n / 5)).into()).collect();
                let mut storage = made(format, KeyOrder::Plain, &keys);
                commit(&mut storage, format, KeyOrder::Plain, &[Change::Delete { key: &keys[3] }]).unwrap();
                (format == Format::Twoskip, storage.bytes().slice(0, storage.bytes().len()).unwrap().to_vec())
            }).collect();
        }
        let mut content = GOOD.with(|good| good[&(format == Format::Twoskip)].clone());
        for injury in injuries {
            injure(&mut content, format, injury);
        }
        let bytes = Bytes::new(&content);
        let _ = (listed(bytes, format, order), format.find(order, bytes, b"user.3.a"), format.key_order(bytes));
        let changes = [Change::Store { key: b"user.3", value: b"new" }, Change::Delete { key: b"user.1-a" }];
        let _ = commit(&mut MemoryStorage::new(content.clone()), format, order, &changes);
        let mut items = 0_u64;
        let _ = format.dump_layout(bytes, &mut |_| { items += 1; Ok(()) });
        prop_assert!(items <= bytes.len() / 4 + 2);
        // What passes is whole: every record is listed and found, and the file can be changed.
        if let Ok((order, records)) = settled(bytes, format) {
            let mut storage = MemoryStorage::new(content);
            recovery::recover(&mut storage, format, order).unwrap();
            let keys = listed(storage.bytes(), format, order).unwrap();
            prop_assert_eq!(keys.len() as u64, records);
            for key in &keys {
                prop_assert!(format.find(order, storage.bytes(), key).unwrap().is_some());
            }
            commit(&mut storage, format, order, &[Change::Store { key: b"user.3", value: b"new" }]).unwrap();
            let after = settled(storage.bytes(), format).unwrap();
            prop_assert!((records..=records + 1).contains(&after.1));
        }
    }
}
