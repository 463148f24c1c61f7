//! All formats, both key orders, and random damage: no bytes make anything panic or go on for ever, and what passes the check is
//! found, listed and changed.

use proptest::{prelude::*, test_runner::RngSeed};

use super::{super::order::mboxsort, *};

const ORDERS: [KeyOrder; 2] = [KeyOrder::Plain, KeyOrder::Mboxsort];

/// An empty file with these records committed, one transaction each.
fn made(format: Format, order: KeyOrder, keys: &[Vec<u8>]) -> MemoryStorage {
    let mut file = packed(format, &Records::new(), 1);
    for key in keys {
        commit(&mut file, format, order, &[Change::Store { key, value: key }]).unwrap();
    }
    file
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

/// The orders that a format's keys can have.
fn orders(format: Format) -> &'static [KeyOrder] {
    if format == Format::Twom { &ORDERS[..1] } else { &ORDERS }
}

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
    // Where the checksum stays wrong, nothing behind it is ever read.
    if format != Format::Skiplist && value % 3 > 0 && word + 8 <= content.len() && content.len() > 368 {
        reseal(content, format, word);
    }
}

/// Makes the checksum right of the header or of the head around `word`, if there is one.
fn reseal(content: &mut [u8], format: Format, word: usize) {
    let (header, kinds): (usize, &[(u8, usize)]) = if format == Format::Twom {
        (96, &[(1, 8), (2, 8), (3, 24), (4, 16), (5, 32), (6, 8), (7, 8)])
    } else {
        (64, &[(b'=', 8), (b'+', 8), (b'-', 8), (b'$', 8)])
    };
    let head = || {
        (header..=word).rev().step_by(8).take(35).find_map(|start| {
            let (kind, level) = (content[start], usize::from(content[start + 1]));
            let (_, pointers) = kinds.iter().find(|(known, _)| *known == kind)?;
            let sum_at = start + pointers + 8 * (level + 1);
            (level < 32 && word < sum_at && sum_at + 8 <= content.len()).then_some((start, sum_at))
        })
    };
    let Some((start, sum_at)) = (if word < header { Some((0, header - 4)) } else { head() }) else { return };
    let sum = if format == Format::Twom {
        (xxhash_rust::xxh3::xxh3_64(&content[start..sum_at]) as u32).to_le_bytes()
    } else {
        crc32fast::hash(&content[start..sum_at]).to_be_bytes()
    };
    content[sum_at..sum_at + 4].copy_from_slice(&sum);
}

#[test]
fn any_changed_bit_of_a_file_with_checksums_fails_the_check() {
    for format in [Format::Twoskip, Format::Twom] {
        let mut model = numbered(30);
        let mut file = packed(format, &in_order(format, &model), 8);
        churn(&mut file, format, &mut model, 4, 9);
        // What lies behind the last commit of a twom file means nothing.
        let end = if format == Format::Twom {
            twom::committed_size(file.bytes()).unwrap() as usize
        } else {
            file.content.len()
        };
        for place in 0..end {
            let mut content = file.content.clone();
            content[place] ^= 1 << (place % 8);
            let checked = check(Bytes::new(&content), format);
            assert!(!matches!(checked, Ok((_, true))), "{format:?}: bit {} of byte {place:#x}", place % 8);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(15), ..ProptestConfig::default() })]

    #[test]
    fn each_order_is_recognised_kept_and_recovered(mut keys in names(), extra in names(), cut in 1_u64..40) {
        // One pair that only one order sorts so.
        keys.extend([b"user.tell-it".to_vec(), b"user.tell.it".to_vec()]);
        for format in FORMATS {
            for &order in orders(format) {
                let mut storage = made(format, order, &keys);
                let mut model: Vec<&Vec<u8>> = keys.iter().collect();
                model.sort_by(|a, b| match order {
                    KeyOrder::Mboxsort => mboxsort((*a).into(), (*b).into()),
                    KeyOrder::Plain => format.compare(a, b),
                });
                model.dedup();
                prop_assert_eq!(settled(storage.bytes(), format).unwrap(), (order, model.len() as u64));
                let list = listed(storage.bytes(), format, order).unwrap();
                prop_assert!(list.iter().map(|(key, _)| key).eq(model));
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
                    let (recovered, records) = settled(Bytes::of(torn), format).unwrap();
                    prop_assert_eq!(recovered, order);
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
    #![proptest_config(ProptestConfig { cases: 24_000, rng_seed: RngSeed::Fixed(16), ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_anything_panic_or_go_on_for_ever(
        place in 0..FORMATS.len(),
        order in proptest::sample::select(&ORDERS[..]),
        injuries in proptest::collection::vec(any::<Injury>(), 1..4),
    ) {
        thread_local! {
            static GOOD: [Vec<u8>; 3] = FORMATS.map(|format| {
                let keys: Vec<Vec<u8>> = (0..24).map(|n| format!("user.{}{}", n % 5, ["-a", ".a", ""][n % 3].repeat(n / 5)).into()).collect();
                let mut storage = made(format, KeyOrder::Plain, &keys);
                commit(&mut storage, format, KeyOrder::Plain, &[Change::Delete { key: &keys[3] }]).unwrap();
                storage.content
            });
        }
        let format = FORMATS[place];
        let order = if format == Format::Twom { PLAIN } else { order };
        let mut content = GOOD.with(|good| good[place].clone());
        for injury in injuries {
            injure(&mut content, format, injury);
        }
        let bytes = Bytes::new(&content);
        let _ = (listed(bytes, format, order), format.find(order, bytes, b"user.3.a"), format.key_order(bytes));
        let _ = (check(bytes, format), format.is_clean(bytes), format.needs_checkpoint(bytes));
        let changes = [Change::Store { key: b"user.3", value: b"new" }, Change::Delete { key: b"user.1-a" }];
        let _ = commit(&mut MemoryStorage::new(content.clone()), format, order, &changes);
        let mut items = 0_u64;
        let _ = format.dump_layout(bytes, &mut |_| { items += 1; Ok(()) });
        prop_assert!(items <= bytes.len() / 4 + 2);
        let mut recovered = MemoryStorage::new(content.clone());
        if recovery::recover(&mut recovered, format, PLAIN).is_ok() && format == Format::Skiplist {
            prop_assert!(check(recovered.bytes(), format).unwrap().1);
        }
        // What passes is whole: every record is listed and found, and the file can be changed.
        if let Ok((order, records)) = settled(bytes, format) {
            let mut storage = MemoryStorage::new(content);
            recovery::recover(&mut storage, format, order).unwrap();
            let list = listed(storage.bytes(), format, order).unwrap();
            prop_assert_eq!(list.len() as u64, records);
            for (key, value) in &list {
                prop_assert_eq!(format.find(order, storage.bytes(), key).unwrap(), Some(value.into()));
            }
            commit(&mut storage, format, order, &[Change::Store { key: b"user.3", value: b"new" }]).unwrap();
            let after = settled(storage.bytes(), format).unwrap();
            prop_assert!((records..=records + 1).contains(&after.1));
        }
    }
}
