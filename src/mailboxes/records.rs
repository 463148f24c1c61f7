//! What mailbox records hold: names and values as Cyrus 2.3 and 3.6 write them.
//! Users' sizes follow Zipf's law: few people have hundreds of folders, most have the standard ones.

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Amount, RecordStyle};

/// A record: key and value.
pub type Record = (Vec<u8>, Vec<u8>);

const STANDARD: [&str; 5] = ["Archive", "Drafts", "Sent", "Spam", "Trash"];
const FIRST: [&str; 16] = [
    "anna", "ben", "carla", "david", "elena", "felix", "grace", "hugo", "ines", "jack", "karen", "liam", "maria",
    "noah", "olga", "paul",
];
const TOPICS: [&str; 8] = ["lists", "projects", "courses", "travel", "receipts", "admin", "research", "family"];
/// Most folders a user may have beyond the standard ones.
const MOST_FOLDERS: f64 = 400.0;
/// Zipf's exponent: mean of about five further folders.
const FOLDERS_EXPONENT: f64 = 1.6;
/// When every generated mailbox was created: one moment, so that the file depends on nothing but the seed.
pub const CREATED: u32 = 1_190_000_000;

/// One mailbox: whose, and which folder (none: the inbox).
struct Mailbox {
    user: String,
    folder: Option<String>,
    number: u64,
}

impl Mailbox {
    fn push_records(&self, style: RecordStyle, out: &mut Vec<Record>) {
        let user = &self.user;
        match style {
            RecordStyle::Cyrus23 => {
                let folder = self.folder.as_ref().map(|f| format!(".{f}")).unwrap_or_default();
                out.push((format!("user.{user}{folder}").into(), value_23(user)));
            }
            RecordStyle::Cyrus36 => {
                let folder =
                    self.folder.as_ref().map(|f| format!("\x1f{}", f.replace('.', "\x1f"))).unwrap_or_default();
                let name = format!("user\x1f{user}{folder}");
                let id = unique_id(self.number);
                let tail = format!("P default V {CREATED} C 1 F 1 M {CREATED} A %({user} lrswipkxtecdan)");
                out.push((format!("N{name}").into(), format!("%(T e I {id} {tail})").into()));
                out.push((format!("I{id}").into(), format!("%(T e N {name} {tail} H ())").into()));
            }
        }
    }
}

/// A 2.3-style value: type, partition, and rights.
fn value_23(user: &str) -> Vec<u8> {
    format!("0 default {user}	lrswipcda	anyone	p	").into()
}

/// 24 lower-case letters and digits, as Cyrus makes them, one to one with `number`.
fn unique_id(number: u64) -> String {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(number);
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    (0..24).map(|_| char::from(DIGITS[rng.random_range(0..36)])).collect()
}

/// The records of as many mailboxes as `amount` asks for, unsorted; `overhead` is what the format adds to a record.
pub fn generate_records(style: RecordStyle, amount: Amount, seed: u64, overhead: u64) -> (Vec<Record>, u64) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut records = Vec::new();
    let (mut mailboxes, mut bytes) = (0u64, 0u64);
    let enough = |mailboxes: u64, bytes: u64| match amount {
        Amount::Mailboxes(wanted) => mailboxes >= wanted,
        Amount::Bytes(wanted) => bytes >= wanted,
    };
    let folders = Zipf::new(MOST_FOLDERS, FOLDERS_EXPONENT).expect("constant parameters are valid");
    for number in 0u64.. {
        if enough(mailboxes, bytes) {
            break;
        }
        let user = format!("{}{number:06}", FIRST[rng.random_range(0..FIRST.len())]);
        let further = folders.sample(&mut rng) as usize;
        let names = std::iter::once(None)
            .chain(STANDARD.iter().map(|f| Some((*f).to_owned())))
            .chain((0..further).map(|n| Some(folder_name(n, &mut rng))));
        for folder in names {
            if enough(mailboxes, bytes) {
                break;
            }
            let first = records.len();
            Mailbox { user: user.clone(), folder, number: seed.rotate_left(32) ^ mailboxes }
                .push_records(style, &mut records);
            mailboxes += 1;
            bytes += records[first..].iter().map(|(k, v)| overhead + (k.len() + v.len()) as u64).sum::<u64>();
        }
    }
    (records, mailboxes)
}

/// Never the same name twice for one user, because `n` is in it.
fn folder_name(n: usize, rng: &mut impl Rng) -> String {
    let topic = TOPICS[n % TOPICS.len()];
    match n / TOPICS.len() {
        0 => topic.to_owned(),
        depth => format!("{topic}.{}-{depth:03}", 1998 + rng.random_range(0..10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn keys_are_distinct_and_depend_on_the_seed_alone() {
        for style in [RecordStyle::Cyrus23, RecordStyle::Cyrus36] {
            let (records, mailboxes) = generate_records(style, Amount::Mailboxes(5000), 7, 40);
            assert_eq!(mailboxes, 5000);
            let keys: HashSet<_> = records.iter().map(|(key, _)| key).collect();
            assert_eq!(keys.len(), records.len());
            assert_eq!(records, generate_records(style, Amount::Mailboxes(5000), 7, 40).0);
            assert_ne!(records, generate_records(style, Amount::Mailboxes(5000), 8, 40).0);
        }
    }
}
