//! Records as long as those of mailboxes.db at Fastmail in 2026 (its census of calls: cyrus-imapd, pull request 6217). It says how
//! long keys and values are, by classes, and that a scan meets about ten records. Within a class every length is equally likely here.
//!
//! Every user has ten records, so that a scan of one meets ten. Their keys are `N`, the user and letters up to the drawn length,
//! separated by 0x1F: ten bytes at least, where the census says eight. Keys of two and three bytes cannot hold that. They are three
//! bytes, stand behind all others, and have nothing beneath them: one of 200 records, as in the census, until all 146,072 are taken.

use std::ops::Range;

use rand::{Rng, RngExt, SeedableRng, distr::Alphanumeric};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::name::Name;

/// Lengths, and how many of a thousand records have them.
type Class = (Range<u32>, u32);

/// Those of keys; the other five have a short key.
const KEYS: &[Class] = &[(LEAST_KEY..16, 55), (16..32, 305), (32..64, 480), (64..128, 150), (128..256, 5)];
/// The census does not say how long the last five are.
const VALUES: &[Class] = &[
    (1..2, 30),
    (4..8, 10),
    (8..16, 60),
    (16..32, 225),
    (32..64, 500),
    (64..128, 50),
    (128..256, 75),
    (256..512, 45),
    (512..1024, 5),
];

/// Multiples of these fractions of 2⁶⁴, 1/g and 1/g² where g³ = g + 1, spread evenly over a square: even the rarest classes of keys and
/// of values have their share of few thousand records, and neither depends on the other.
const STEPS: [u64; 2] = [0xc13f_a9a9_02a6_328f, 0x91e1_0da5_c79e_7b1c];

const RECORDS_A_USER: u64 = 10;
/// Digits of a user: enough for more records than the generator makes.
const USER: u32 = 6;
/// `N`, the user, the record's number among the user's, and two separators.
const LEAST_KEY: u32 = 1 + 1 + USER + 1 + 1;

/// Every 200th record has a short key.
const SHORT_EVERY: u64 = 200;
const SHORT_DIGITS: u32 = 3;
/// `O`, the first letter behind the `N` of all other keys, and two digits.
const FIRST_SHORT: u64 = 24 * BASE * BASE;
const SHORT_KEYS: u64 = BASE.pow(SHORT_DIGITS) - FIRST_SHORT;
/// Marks the rank of a short key.
const SHORT: u64 = 1 << 63;

const BASE: u64 = DIGITS.len() as u64;
/// In the order of bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The record that was made after `before` others: its place in the order of keys.
pub fn name_of(before: u64) -> Name {
    let short = before / SHORT_EVERY;
    if before % SHORT_EVERY == SHORT_EVERY - 1 && short < SHORT_KEYS {
        return Name::of_rank(SHORT | short);
    }
    Name::of_rank(before - short.min(SHORT_KEYS))
}

pub fn lengths(name: Name, number: u64) -> (usize, usize) {
    let (key, value, _) = drawn(name, number);
    (key, value)
}

pub fn write(name: Name, number: u64, key: &mut Vec<u8>, value: &mut Vec<u8>) {
    let (key_length, value_length, mut rng) = drawn(name, number);
    let rank = name.rank();
    if rank & SHORT != 0 {
        push_digits(key, FIRST_SHORT + (rank ^ SHORT), SHORT_DIGITS);
    } else {
        key.extend_from_slice(b"N\x1f");
        push_digits(key, rank / RECORDS_A_USER, USER);
        key.push(0x1f);
        push_digits(key, rank % RECORDS_A_USER, 1);
        fill(key, key_length, &mut rng);
    }
    fill(value, value_length, &mut rng);
}

/// A value that a writer stores, appended to an empty one; `seed` decides on all of it.
pub fn write_value(seed: u64, value: &mut Vec<u8>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let length = draw(VALUES, seed.wrapping_mul(STEPS[1]), &mut rng);
    fill(value, length, &mut rng);
}

/// Lengths of key and value, and what draws the letters in them.
fn drawn(name: Name, number: u64) -> (usize, usize, Xoshiro256PlusPlus) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(number);
    let [of_key, of_value] = STEPS.map(|step| number.wrapping_mul(step));
    let (key, value) = (draw(KEYS, of_key, &mut rng), draw(VALUES, of_value, &mut rng));
    (if name.rank() & SHORT == 0 { key } else { SHORT_DIGITS as usize }, value, rng)
}

/// A length of the class that stands at `place`, of 2⁶⁴, and any of that class.
fn draw(classes: &[Class], place: u64, rng: &mut impl Rng) -> usize {
    let all: u32 = classes.iter().map(|(_, permille)| permille).sum();
    let mut left = ((u128::from(place) * u128::from(all)) >> 64) as u32;
    for (lengths, permille) in classes {
        if left < *permille {
            return rng.random_range(lengths.clone()) as usize;
        }
        left -= permille;
    }
    unreachable!("the place is within all of them")
}

fn push_digits(to: &mut Vec<u8>, number: u64, count: u32) {
    to.extend((0..count).rev().map(|place| DIGITS[(number / BASE.pow(place) % BASE) as usize]));
}

fn fill(to: &mut Vec<u8>, length: usize, rng: &mut impl Rng) {
    let missing = length.saturating_sub(to.len());
    to.extend(rng.sample_iter(Alphanumeric).take(missing));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::{RecordStyle, records::tests::records};

    fn assert_shares(lengths: &[usize], classes: &[Class]) {
        for (class, permille) in classes {
            let found = lengths.iter().filter(|length| class.contains(&(**length as u32))).count();
            let found = found as f64 * 1000.0 / lengths.len() as f64;
            let allowed = (f64::from(*permille) * 0.1).max(2.0);
            assert!((found - f64::from(*permille)).abs() <= allowed, "{class:?}: {found} permille");
        }
    }

    #[test]
    fn lengths_are_those_of_the_census() {
        for seed in [0, 7, 2007, u64::MAX] {
            let records = records(RecordStyle::Census2026, 10_000, seed);
            let keys: Vec<_> = records.iter().map(|(key, _)| key.len()).collect();
            let values: Vec<_> = records.iter().map(|(_, value)| value.len()).collect();
            assert_shares(&keys, &[KEYS, &[(2..4, 5)]].concat());
            assert_shares(&values, VALUES);
            assert!(values.iter().all(|value| VALUES.iter().any(|(class, _)| class.contains(&(*value as u32)))));
        }
    }

    #[test]
    fn short_keys_come_last_and_run_out() {
        let key = |name| {
            let (mut key, mut value) = (Vec::new(), Vec::new());
            write(name, 1, &mut key, &mut value);
            key
        };
        assert_eq!(key(name_of(199)), b"O00");
        assert_eq!(key(name_of(SHORT_KEYS * SHORT_EVERY - 1)), b"zzz");
        // Names go on without a gap, with short keys between them and after those have run out.
        assert_eq!(name_of(200).rank() - name_of(198).rank(), 1);
        let last = SHORT_KEYS * SHORT_EVERY;
        let ranks = [last - 2, last, last + 198, last + 199, last + 200].map(|before| name_of(before).rank());
        assert_eq!(ranks.map(|rank| rank - ranks[0]), [0, 1, 199, 200, 201]);
    }
}
