//! Cut and damaged databases: our commands agree with each other on every one, and with Cyrus wherever Cyrus answers by rule.
//!
//! Cyrus runs without its time stamp `skipstamp`, so that every open recovers, as the first one after a boot does; without, a skiplist
//! reader of Cyrus follows whatever pointers there are, past the end of the file too, and takes any list for a whole one.
//! Asserted: what we accept, Cyrus opens and lists in the same bytes; what Cyrus refuses, we refuse. We refuse more (`Stricter`):
//! - Cyrus drops checkpointed or committed records that it cannot read and goes on with the rest; we never call a short list whole.
//! - A skiplist has no checksums, so a damaged pointer of a file that ends well is rebuilt by recovery; until then Cyrus follows it.
//! - After a refusal Cyrus has cut the file at the place that it refused, and its second try, in the same command, succeeds.
//!
//! Excluded, because what Cyrus does is an accident: it dies of a signal or an assertion, or does not end.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

use mapstorm::internals::mailboxes::{Error, Summary, check, dump, list, repair};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{
    needs::have,
    tool::{Answer, Cyrus, have_cyrus},
};

/// Of each kind of injury, for each format.
const CASES: usize = 200;
/// Set to anything, it lets Cyrus judge all cases instead of every so many.
const ALL: &str = "MAPSTORM_CONFORMANCE_ALL";
const EVERY: usize = 10;

/// What we say of a file: what it lists, or where and why it is refused.
type Ours = Result<(Summary, Vec<u8>), (Option<u64>, String)>;

fn injured(good: &[u8], damage: bool, rng: &mut Xoshiro256PlusPlus) -> (String, Vec<u8>) {
    let mut bytes = good.to_vec();
    let mut below = |most: usize| rng.next_u64() as usize % most;
    if !damage {
        bytes.truncate(below(good.len() - 1) + 1);
        return (format!("cut to {}", bytes.len()), bytes);
    }
    let (place, word) = (below(good.len()), below(good.len() / 4) * 4);
    let page = below(good.len() / 4096) * 4096;
    let tail = below(8000) + 1;
    let other = (below(good.len() / 4) * 4) as u32;
    let what = match below(9) {
        0 => {
            bytes[place] ^= 1 << below(8);
            format!("a bit flipped at {place}")
        }
        1 => {
            bytes[place] = below(256) as u8;
            format!("a byte replaced at {place}")
        }
        2 => {
            bytes[word..word + 4].fill(0);
            format!("a word zeroed at {word}")
        }
        3 => {
            bytes[word..word + 4].fill(0xff);
            format!("a word of ones at {word}")
        }
        4 => {
            bytes[word..word + 4].copy_from_slice(&other.to_be_bytes());
            format!("a word at {word} that leads to {other}")
        }
        5 => {
            bytes[page..page + 4096].fill(0);
            format!("a page zeroed at {page}")
        }
        6 => {
            let start = good.len() - tail.min(good.len());
            bytes[start..].fill(0);
            format!("zeros from {start} on")
        }
        7 => {
            bytes.resize(good.len() + tail, 0);
            format!("{tail} zeros added")
        }
        _ => {
            bytes.resize(good.len() + tail, 0xff);
            format!("{tail} bytes of ones added")
        }
    };
    (what, bytes)
}

/// The three ways that we read a file: check, dump, and what a run does: it checks its source, repairs a copy, and lists that.
/// They must agree.
fn ours(path: &Path, copy: &Path) -> Ours {
    let reported = |error: Error| (error.offset(), error.to_string());
    let text = |key: &[u8], value: &[u8], to: &mut Vec<u8>| {
        [key, b"\t", value, b"\n"].iter().for_each(|part| to.extend_from_slice(part));
        Ok(())
    };
    let before = fs::read(path).unwrap();
    let checked = check(path).map_err(reported);
    let mut dumped = Vec::new();
    let dump = dump(path, |key, value| text(key, value, &mut dumped)).map_err(reported);
    assert_eq!(dump, checked, "dump and check disagree");
    let mut copied = Vec::new();
    let summary = checked?;
    fs::copy(path, copy).unwrap();
    repair(copy, &summary).expect("what passes can be repaired");
    let read =
        list(copy, summary.order, |key, value| text(key, value, &mut copied)).expect("what passes can be listed");
    assert!(fs::read(path).unwrap() == before, "a file that is only read was changed");
    let lines = dumped.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert!(lines >= summary.records && copied == dumped, "run and dump list different records");
    assert_eq!(read, summary.records);
    if !summary.clean {
        let settled = check(copy).expect("a repaired copy is in order");
        assert!(settled.clean && settled.records == summary.records && settled.uncommitted == 0);
    }
    Ok((summary, dumped))
}

/// Judges one case by Cyrus, and names the class of its outcome.
fn judge(cyrus: &Cyrus, bytes: &[u8], good: &[u8], ours: &Ours) -> &'static str {
    fs::write(cyrus.file(), bytes).unwrap();
    fs::set_permissions(cyrus.file(), fs::Permissions::from_mode(0o777)).unwrap();
    let theirs = cyrus.ask(&["show"]);
    let left = fs::metadata(cyrus.file()).map_or(0, |facts| facts.len());
    // Cyrus replaces the file with what it could salvage of it.
    let _ = fs::remove_file(cyrus.directory.path().join("tested.db.NEW"));
    match (ours, theirs) {
        (_, Answer::Died(_)) => "excluded: Cyrus dies or hangs",
        (Ok((summary, listed)), Answer::Listed(theirs)) => {
            assert!(*listed == theirs, "the listings differ: {summary:?}");
            assert_eq!(left, summary.bytes - summary.uncommitted, "Cyrus cuts at another place");
            if summary.clean { "both accept" } else { "both recover" }
        }
        (Ok((summary, _)), Answer::Refused) => panic!("Cyrus refuses what we accept: {summary:?}"),
        (Err(_), Answer::Refused) => "both refuse",
        (Err((offset, _)), Answer::Listed(_)) if cyrus.format == "skiplist" && *offset == Some(left) => {
            "stricter: Cyrus cuts the file at the offset that we refuse"
        }
        (Err(_), Answer::Listed(theirs)) if theirs != good => {
            "stricter: Cyrus goes on with other records than there were"
        }
        (Err(_), Answer::Listed(_)) => "stricter: Cyrus does not look there",
    }
}

fn agree(format: &'static str) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cyrus");
    if !have(&fixtures, "the databases written by Cyrus") {
        return;
    }
    let file = fixtures.join(format!("{format}.db"));
    let good = fs::read(&file).unwrap();
    let listed = fs::read(fixtures.join(format!("{format}.records.tsv"))).unwrap();
    let cyrus = have_cyrus().then(|| Cyrus::that_always_recovers(format));
    let scratch = tempfile::tempdir().unwrap();
    let (path, copy) = (scratch.path().join("injured.db"), scratch.path().join("copy.db"));
    for (seed, damage) in [(15, false), (16, true)] {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut classes = BTreeMap::new();
        let mut accepted = 0;
        for number in 0..CASES {
            let (what, bytes) = injured(&good, damage, &mut rng);
            fs::write(&path, &bytes).unwrap();
            let ours = std::panic::catch_unwind(|| ours(&path, &copy)).unwrap_or_else(|_| panic!("{format}, {what}"));
            accepted += u32::from(ours.is_ok());
            if let Some(cyrus) = &cyrus
                && (number % EVERY == 0 || std::env::var_os(ALL).is_some())
            {
                let judged = || judge(cyrus, &bytes, &listed, &ours);
                let class = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judged)).unwrap_or_else(|_| {
                    panic!("{format}, {what}: we say {:?}", ours.as_ref().map(|(summary, _)| summary))
                });
                if std::env::var_os(ALL).is_some() && class.starts_with("stricter: Cyrus d") {
                    eprintln!("{format}, {what}: {:?}", ours.as_ref().err());
                }
                *classes.entry(class).or_insert(0) += 1;
            }
        }
        eprintln!(
            "{format}, {}: we accept {accepted} of {CASES}; {classes:#?}",
            if damage { "damaged" } else { "cut" }
        );
        if let Some(died) = classes.get("excluded: Cyrus dies or hangs") {
            assert!(*died < CASES, "Cyrus answered nothing");
        }
    }
}

#[test]
fn on_injured_skiplists() {
    agree("skiplist");
}

#[test]
fn on_injured_twoskips() {
    agree("twoskip");
}
