//! The names of generated mailboxes, each in one number whose order is that of the names: user after user, folder after folder.
//! So millions of them are sorted without one of them written out.

use rand::{Rng, RngExt};

/// All folders on the first level, in the order of bytes; the inbox has no name of its own. The first six are every user's standard folders.
const SORTED: [&str; 14] = [
    "", "Archive", "Drafts", "Sent", "Spam", "Trash", "admin", "courses", "family", "lists", "projects", "receipts",
    "research", "travel",
];
/// What further folders are about, in the order that they are made in: lists, projects, courses, travel, receipts, admin, research, family.
const TOPIC_RANK: [u64; 8] = [9, 10, 7, 13, 11, 6, 12, 8];

/// Digits of a user's number: at least, and at most.
const DIGITS: [u32; 2] = [6, 11];
const FIRST_YEAR: u64 = 1998;

/// Bits from the lowest: depth, year, and folder on the first level; digits beyond six, digits from the left, and first name.
const DEPTH_BITS: u32 = 6;
const YEAR_BITS: u32 = 4;
const FOLDER_BITS: u32 = DEPTH_BITS + YEAR_BITS + 4;
const LENGTH_BITS: u32 = 3;
const NUMBER_BITS: u32 = 37;

/// A user's name and a folder's. Separators sort before everything that names hold, so all folders of a user stand together, and
/// all below a folder right after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(u64);

impl Name {
    /// First names of users, in the order of bytes.
    pub const FIRST: [&str; 16] = [
        "anna", "ben", "carla", "david", "elena", "felix", "grace", "hugo", "ines", "jack", "karen", "liam", "maria",
        "noah", "olga", "paul",
    ];
    /// How many standard folders a user has.
    pub const STANDARD: u32 = 6;

    /// The inbox of the user with a first name and a number below 10¹¹.
    pub fn of_user(first: usize, number: u64) -> Name {
        let length = number.checked_ilog10().map_or(1, |digits| digits + 1).max(DIGITS[0]);
        let from_left = number * 10u64.pow(DIGITS[1].saturating_sub(length));
        let user = (first as u64) << NUMBER_BITS | from_left;
        Name((user << LENGTH_BITS | u64::from(length - DIGITS[0])) << FOLDER_BITS)
    }

    /// A folder of the same user: the inbox, the standard ones, then further ones. Never the same for two of `nth`, because that
    /// is in the name.
    pub fn folder(self, nth: u32, rng: &mut impl Rng) -> Name {
        let folder = match nth.checked_sub(Name::STANDARD) {
            None => u64::from(nth) << (DEPTH_BITS + YEAR_BITS),
            Some(further) => {
                let rank = TOPIC_RANK[further as usize % TOPIC_RANK.len()] << (DEPTH_BITS + YEAR_BITS);
                match further / TOPIC_RANK.len() as u32 {
                    0 => rank,
                    depth => {
                        let year = rng.random_range(0..10) as u64;
                        rank | (year + 1) << DEPTH_BITS | u64::from(depth)
                    }
                }
            }
        };
        Name(self.0 | folder)
    }

    /// No name, only a rank, for records whose keys follow from it.
    pub const fn of_rank(rank: u64) -> Name {
        Name(rank)
    }

    pub fn rank(self) -> u64 {
        self.0
    }

    /// The same for all folders of a user, and ordered as users are.
    pub fn user_rank(self) -> u64 {
        self.0 >> FOLDER_BITS
    }

    /// Which of its user's folders it is: what [`folder`](Self::folder) was given.
    pub fn nth(self) -> u32 {
        let top = self.bits(DEPTH_BITS + YEAR_BITS, 4);
        match TOPIC_RANK.iter().position(|rank| *rank == top) {
            None => top as u32,
            Some(topic) => Name::STANDARD + self.bits(0, DEPTH_BITS) as u32 * TOPIC_RANK.len() as u32 + topic as u32,
        }
    }

    const fn bits(self, from: u32, count: u32) -> u64 {
        self.0 >> from & ((1 << count) - 1)
    }

    fn first(self) -> &'static str {
        Name::FIRST[self.bits(FOLDER_BITS + LENGTH_BITS + NUMBER_BITS, 4) as usize]
    }

    fn digits(self) -> u32 {
        DIGITS[0] + self.bits(FOLDER_BITS, LENGTH_BITS) as u32
    }

    /// Folder on the first level, and year and depth of the one below it.
    fn parts(self) -> (&'static str, Option<(u64, u64)>) {
        let (depth, year) = (self.bits(0, DEPTH_BITS), self.bits(DEPTH_BITS, YEAR_BITS));
        let top = SORTED[self.bits(DEPTH_BITS + YEAR_BITS, 4) as usize];
        (top, (year > 0).then(|| (FIRST_YEAR + year - 1, depth)))
    }

    pub fn push_user(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.first().as_bytes());
        let number = self.bits(FOLDER_BITS + LENGTH_BITS, NUMBER_BITS);
        push_number(out, number / 10u64.pow(DIGITS[1].saturating_sub(self.digits())), self.digits() as usize);
    }

    /// Appends the folder's name with a separator before each part of it; nothing, if it is the inbox.
    pub fn push_folder(self, out: &mut Vec<u8>, separator: u8) {
        let (top, below) = self.parts();
        if top.is_empty() {
            return;
        }
        out.push(separator);
        out.extend_from_slice(top.as_bytes());
        if let Some((year, depth)) = below {
            out.push(separator);
            push_number(out, year, 4);
            out.push(b'-');
            push_number(out, depth, 3);
        }
    }

    pub fn user_length(self) -> usize {
        self.first().len() + self.digits() as usize
    }

    pub fn folder_length(self) -> usize {
        let (top, below) = self.parts();
        let top = if top.is_empty() { 0 } else { 1 + top.len() };
        top + if below.is_some() { "/1998-001".len() } else { 0 }
    }
}

fn push_number(out: &mut Vec<u8>, mut number: u64, digits: usize) {
    let start = out.len();
    out.resize(start + digits, b'0');
    for digit in out[start..].iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn text(name: Name, separator: u8) -> Vec<u8> {
        let mut out = Vec::new();
        name.push_user(&mut out);
        name.push_folder(&mut out, separator);
        assert_eq!(out.len(), name.user_length() + name.folder_length());
        out
    }

    #[test]
    fn names_sort_as_their_numbers_do() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        // On both sides of each power of ten that is a number's digit more.
        let powers = (5..=11).flat_map(|digits| [10u64.pow(digits) - 1, 10u64.pow(digits)]).take(13);
        let numbers = [0, 1, 1_000_001, 12_345_678].into_iter().chain(powers);
        let users = numbers.flat_map(|number| [0, 3, 15].map(|first| Name::of_user(first, number)));
        let mut names: Vec<Name> =
            users.flat_map(|user| (0..406).map(|nth| user.folder(nth, &mut rng)).collect::<Vec<_>>()).collect();
        assert!(names.iter().zip((0..406).cycle()).all(|(name, nth)| name.nth() == nth));
        names.sort();
        for separator in [b'.', b'\x1f'] {
            let texts: Vec<_> = names.iter().map(|name| text(*name, separator)).collect();
            assert!(texts.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn a_name_holds_user_and_folder() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let user = Name::of_user(2, 1_234_567);
        assert_eq!(text(user, b'.'), b"carla1234567");
        assert_eq!(text(user.folder(3, &mut rng), b'.'), b"carla1234567.Sent");
        for (nth, topic) in TOPIC_RANK.map(|rank| SORTED[rank as usize]).into_iter().enumerate() {
            let name = text(Name::of_user(0, 7).folder(Name::STANDARD + nth as u32, &mut rng), b'.');
            assert_eq!(name, format!("anna000007.{topic}").into_bytes());
            let deep = text(Name::of_user(0, 7).folder(Name::STANDARD + 8 + nth as u32, &mut rng), b'.');
            let deep = String::from_utf8(deep).unwrap();
            assert!(deep.starts_with(&format!("anna000007.{topic}.")) && deep.ends_with("-001"), "{deep}");
        }
    }
}
