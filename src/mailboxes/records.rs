//! What mailbox records hold: names and values as Cyrus 2.3, 3.6 and 3.13 write them.
//! Users' sizes follow a Zipf distribution: few people have hundreds of folders, most have the standard ones.

use std::io::Write;

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Amount, RecordStyle, census, jmap_id, name::Name};

/// Most folders a user may have beyond the standard ones.
const MOST_FOLDERS: f64 = 400.0;
/// Zipf's exponent: mean of about five further folders.
const FOLDERS_EXPONENT: f64 = 1.6;
/// When every generated mailbox was created: one moment, so that the file depends on nothing but the seed.
pub const CREATED: u32 = 1_190_000_000;

const ID: usize = 24;
/// Digits of an id: letters come after numbers, as in the order of bytes.
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mailbox {
    pub name: Name,
    pub number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By name, as of 2.3.
    Old,
    /// By unique id, as of 3.6; since 3.13 with the JMAP id.
    Id { jmap: bool },
    /// By user and JMAP id, as of 3.13.
    Jmap,
    /// By name, as of 3.6; since 3.13 with the JMAP id.
    Name { jmap: bool },
    /// Of the census's lengths.
    Census,
}

impl Kind {
    /// The records of every mailbox in a style. All records of a kind come before all of the next.
    pub const fn of(style: RecordStyle) -> &'static [Kind] {
        match style {
            RecordStyle::Cyrus23 => &[Kind::Old],
            RecordStyle::Cyrus36 => &[Kind::Id { jmap: false }, Kind::Name { jmap: false }],
            RecordStyle::Cyrus313 => &[Kind::Id { jmap: true }, Kind::Jmap, Kind::Name { jmap: true }],
            RecordStyle::Census2026 => &[Kind::Census],
        }
    }

    const fn has_jmap_field(self) -> bool {
        matches!(self, Kind::Id { jmap: true } | Kind::Name { jmap: true })
    }
}

impl Mailbox {
    /// Writes a record's key and value; both are emptied first.
    pub fn write(&self, kind: Kind, key: &mut Vec<u8>, value: &mut Vec<u8>) {
        key.clear();
        value.clear();
        let separator = if kind == Kind::Old { b'.' } else { b'\x1f' };
        let push_name = |out: &mut Vec<u8>| {
            out.extend_from_slice(b"user");
            out.push(separator);
            self.name.push_user(out);
            self.name.push_folder(out, separator);
        };
        match kind {
            Kind::Old => {
                push_name(key);
                value.extend_from_slice(b"0 default ");
                self.name.push_user(value);
                value.extend_from_slice(b"\tlrswipcda\tanyone\tp\t");
                return;
            }
            Kind::Census => return census::write(self.name, self.number, key, value),
            Kind::Id { .. } => {
                key.push(b'I');
                key.extend_from_slice(&self.id());
                value.extend_from_slice(b"%(T e N ");
                push_name(value);
            }
            Kind::Jmap => {
                key.push(b'J');
                self.name.push_user(key);
                key.push(jmap_id::SEPARATOR);
                jmap_id::push_id(key, jmap_id::number_of(self.name));
                value.extend_from_slice(b"%(T e N ");
                push_name(value);
                value.extend_from_slice(b" I ");
                value.extend_from_slice(&self.id());
            }
            Kind::Name { .. } => {
                key.push(b'N');
                push_name(key);
                value.extend_from_slice(b"%(T e I ");
                value.extend_from_slice(&self.id());
            }
        }
        if kind.has_jmap_field() {
            value.extend_from_slice(b" J ");
            jmap_id::push_id(value, jmap_id::number_of(self.name));
        }
        write!(value, " P default V {CREATED} C 1 F 1 M {CREATED} A %(").expect("memory takes all");
        self.name.push_user(value);
        value.extend_from_slice(b" lrswipkxtecdan)");
        value.extend_from_slice(if matches!(kind, Kind::Id { .. }) { b" H ())" } else { b")" });
    }

    pub fn lengths(&self, kind: Kind) -> (usize, usize) {
        if kind == Kind::Census {
            return census::lengths(self.name, self.number);
        }
        let (user, folder) = (self.name.user_length(), self.name.folder_length());
        let name = 5 + user + folder;
        let jmap = jmap_id::length(jmap_id::number_of(self.name));
        let field = if kind.has_jmap_field() { 3 + jmap } else { 0 };
        match kind {
            Kind::Old => (name, 30 + user),
            Kind::Jmap => (1 + user + 1 + jmap, 77 + name + ID + user),
            Kind::Id { .. } => (1 + ID, 79 + name + user + field),
            _ => (1 + name, 74 + ID + user + field),
        }
    }

    /// Ordered as the keys of a kind are; equal for unique ids that agree in half of their digits.
    pub fn rank(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Id { .. } => {
                self.digits().take(ID / 2).fold(0, |rank, digit| rank * DIGITS.len() as u64 + digit as u64)
            }
            Kind::Jmap => jmap_id::rank(self.name),
            Kind::Old | Kind::Name { .. } | Kind::Census => self.name.rank(),
        }
    }

    /// 24 lower-case letters and digits, as Cyrus makes them, one to one with the number.
    pub fn id(&self) -> [u8; ID] {
        let mut id = [0; ID];
        id.iter_mut().zip(self.digits()).for_each(|(place, digit)| *place = DIGITS[digit]);
        id
    }

    fn digits(&self) -> impl Iterator<Item = usize> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.number);
        std::iter::repeat_with(move || rng.random_range(0..DIGITS.len()))
    }
}

/// As many mailboxes as an amount asks for, in the order of their numbers. Every iteration gives the same.
#[derive(Clone)]
pub struct Mailboxes {
    style: RecordStyle,
    amount: Amount,
    seed: u64,
    overhead: u64,
    folders: Zipf<f64>,
    rng: Xoshiro256PlusPlus,
    /// So many mailboxes came before, and their records take so many bytes.
    mailboxes: u64,
    bytes: u64,
    next_user: u64,
    /// The user whose folders come now, the next of them, and where they end.
    user: Name,
    folder: u32,
    last: u32,
}

impl Mailboxes {
    /// Those of a seed; `overhead` is what the format adds to a record.
    pub fn new(style: RecordStyle, amount: Amount, seed: u64, overhead: u64) -> Mailboxes {
        Mailboxes {
            style,
            amount,
            seed,
            overhead,
            folders: Zipf::new(MOST_FOLDERS, FOLDERS_EXPONENT).expect("constant parameters are valid"),
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            mailboxes: 0,
            bytes: 0,
            next_user: 0,
            user: Name::of_user(0, 0),
            folder: 0,
            last: 0,
        }
    }

    /// About how many bytes the records of all that came so far take in the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn next_name(&mut self) -> Name {
        if self.style == RecordStyle::Census2026 {
            return census::name_of(self.mailboxes);
        }
        if self.folder == self.last {
            let first = self.rng.random_range(0..Name::FIRST.len());
            let further = self.folders.sample(&mut self.rng) as u32;
            self.user = Name::of_user(first, self.next_user);
            self.next_user += 1;
            (self.folder, self.last) = (0, Name::STANDARD + further);
        }
        let name = self.user.folder(self.folder, &mut self.rng);
        self.folder += 1;
        name
    }

    fn is_enough(&self) -> bool {
        match self.amount {
            Amount::Mailboxes(wanted) => self.mailboxes >= wanted,
            Amount::Bytes(wanted) => self.bytes >= wanted,
        }
    }
}

impl Iterator for Mailboxes {
    type Item = Mailbox;

    fn next(&mut self) -> Option<Mailbox> {
        if self.is_enough() {
            return None;
        }
        let mailbox = Mailbox { name: self.next_name(), number: self.seed.rotate_left(32) ^ self.mailboxes };
        self.mailboxes += 1;
        for kind in Kind::of(self.style) {
            let (key, value) = mailbox.lengths(*kind);
            self.bytes += self.overhead + (key + value) as u64;
        }
        Some(mailbox)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::collections::HashSet;

    pub const STYLES: [RecordStyle; 4] =
        [RecordStyle::Cyrus23, RecordStyle::Cyrus36, RecordStyle::Cyrus313, RecordStyle::Census2026];

    pub fn records(style: RecordStyle, mailboxes: u64, seed: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
        let kinds = Kind::of(style);
        let all = Mailboxes::new(style, Amount::Mailboxes(mailboxes), seed, 40);
        let records = all.flat_map(|mailbox| kinds.iter().map(move |kind| (mailbox, *kind)));
        records
            .map(|(mailbox, kind)| {
                let (mut key, mut value) = (Vec::new(), Vec::new());
                mailbox.write(kind, &mut key, &mut value);
                assert_eq!((key.len(), value.len()), mailbox.lengths(kind));
                (key, value)
            })
            .collect()
    }

    #[test]
    fn keys_are_distinct_and_depend_on_the_seed_alone() {
        for style in STYLES {
            let made = records(style, 5000, 7);
            assert_eq!(made.len(), 5000 * Kind::of(style).len());
            let keys: HashSet<_> = made.iter().map(|(key, _)| key).collect();
            assert_eq!(keys.len(), made.len());
            assert_eq!(made, records(style, 5000, 7));
            assert_ne!(made, records(style, 5000, 8));
        }
    }

    #[test]
    fn a_record_shows_its_style() {
        for style in STYLES {
            let shown = records(style, 100, 3).iter().map(|(key, value)| RecordStyle::shown_by(key, value)).max();
            assert_eq!(shown, Some(style));
        }
    }

    #[test]
    fn a_mailbox_of_3_13_has_three_records_that_name_each_other() {
        let made = records(RecordStyle::Cyrus313, 2, 1);
        let [id, jmap, name] = [3, 4, 5].map(|place| &made[place]);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace('\x1f', "/");
        let user = text(&jmap.0[1..]).split('\x1e').next().unwrap().to_owned();
        let (unique, rest) = (text(&id.0[1..]), "P default V 1190000000 C 1 F 1 M 1190000000 A");
        assert_eq!(text(&jmap.0), format!("J{user}\x1eP-V"));
        assert_eq!(text(&name.0), format!("Nuser/{user}/Archive"));
        let own = format!("{rest} %({user} lrswipkxtecdan)");
        assert_eq!(text(&id.1), format!("%(T e N user/{user}/Archive J P-V {own} H ())"));
        assert_eq!(text(&jmap.1), format!("%(T e N user/{user}/Archive I {unique} {own})"));
        assert_eq!(text(&name.1), format!("%(T e I {unique} J P-V {own})"));
    }
}
