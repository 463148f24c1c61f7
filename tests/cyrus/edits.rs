//! One file, two writers in turn: ours and Cyrus's. Both must see what the other did, and a map must agree.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::tool::{Cyrus, have_cyrus};

#[test]
fn both_sides_edit_the_same_file() {
    if !have_cyrus() {
        return;
    }
    for format in ["twoskip", "skiplist"] {
        let cyrus = Cyrus::new(format);
        cyrus.generate(40, "cyrus-2.3");
        let text = String::from_utf8(cyrus.our_listing()).unwrap();
        let split = |line: &str| line.split_once('\t').map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut model: BTreeMap<String, String> = text.lines().filter_map(split).collect();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(17);
        for round in 0..16 {
            let ours = round % 2 == 0;
            let mut input = String::new();
            for edit in 0..5 {
                let known: Vec<String> = model.keys().cloned().collect();
                let old = known[rng.next_u32() as usize % known.len()].clone();
                let draw = rng.next_u32() % 4;
                let key = if draw == 0 { format!("user.new{:04}", rng.next_u32() % 10_000) } else { old };
                if draw == 3 {
                    input += &if ours { format!("delete {key}\n") } else { format!("DELETE {key}\n") };
                    model.remove(&key);
                } else {
                    let value = format!("round-{round}-{edit}");
                    input += &if ours { format!("set {key}\t{value}\n") } else { format!("SET {key} {value}\n") };
                    model.insert(key, value);
                }
                // Ours: one transaction or several.
                if ours && rng.next_u32().is_multiple_of(2) {
                    input.push('\n');
                }
            }
            if ours {
                cyrus.apply(input.as_bytes());
            } else {
                cyrus.dbtool_with(&["batch"], input.as_bytes());
            }
            if round % 5 == 4 || round == 15 {
                cyrus.assert_checked();
                cyrus.assert_consistent();
                let expected: String = model.iter().map(|(key, value)| format!("{key}\t{value}\n")).collect();
                assert_eq!(String::from_utf8(cyrus.our_listing()).unwrap(), expected, "{format} round {round}");
                assert_eq!(String::from_utf8(cyrus.their_listing()).unwrap(), expected, "{format} round {round}");
            }
        }
    }
}
