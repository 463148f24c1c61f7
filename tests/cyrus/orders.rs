//! Both orders of keys that Cyrus 3.6 knows: with and without `improved_mboxlist_sort`, which `cyr_dbtool -M` stands for.
//! We tell from the file alone which it is, list as Cyrus does, and what we commit is where Cyrus looks for it.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{
    databases::mapstorm,
    tool::{Cyrus, have_cyrus},
};

/// Names of the letters that the orders differ about.
fn names(seed: u64, count: usize) -> Vec<String> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let letters = [".", ".", "-", " ", "+", "a", "b", "~", "é", "\u{1f}", "\u{1}", "\u{8}"];
    let mut names = BTreeSet::new();
    while names.len() < count {
        let length = 1 + rng.next_u32() as usize % 6;
        let name: String = (0..length).map(|_| letters[rng.next_u32() as usize % letters.len()]).collect();
        names.insert(format!("user.{name}"));
    }
    // Not sorted, so that the order is that of the file.
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_by_key(|name| name.bytes().rev().collect::<Vec<_>>());
    names
}

#[test]
fn both_are_recognised_listed_and_kept() {
    if !have_cyrus() {
        return;
    }
    for format in ["skiplist", "twoskip"] {
        for (flag, expected) in [(None, "plain"), (Some("-M"), "mboxsort")] {
            let cyrus = Cyrus::new(format);
            let with_flag = |action: &'static str| [Some(action), flag].into_iter().flatten().collect::<Vec<_>>();
            let input: String = names(3, 150).iter().map(|name| format!("{name}\tby Cyrus\n")).collect();
            cyrus.dbtool_with(&[with_flag("set"), vec!["-n"]].concat(), input.as_bytes());
            let agree = |what: &str| {
                let check = mapstorm().args(["mailboxes", "check", "--json"]).arg(cyrus.file()).output().unwrap();
                let verdict: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
                assert_eq!(verdict["consistent"], true, "{format} {flag:?} {what}: {verdict}");
                assert_eq!(verdict["order"], expected, "{format} {flag:?} {what}");
                assert!(
                    cyrus.our_listing() == cyrus.dbtool(&with_flag("show")),
                    "{format} {flag:?} {what}: the listings differ"
                );
                let theirs = cyrus.dbtool(&with_flag("consistent"));
                assert!(theirs.starts_with(b"Yes"), "{format} {flag:?} {what}: Cyrus finds it inconsistent");
            };
            agree("as Cyrus made it");
            let edits: String = names(4, 60).iter().map(|name| format!("set {name}\tby us\n\n")).collect();
            cyrus.apply(edits.as_bytes());
            agree("after our commits");
            let edits: String = names(3, 150).iter().step_by(3).map(|name| format!("delete {name}\n")).collect();
            cyrus.apply(edits.as_bytes());
            agree("after our deletions");
        }
    }
}
