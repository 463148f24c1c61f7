//! What a writer stores: a new mailbox, another version of one that exists, or the end of one.
//! The buffers are kept, so that a writer's loop allocates nothing.

use std::io::Write;

use super::{RecordStyle, census, jmap_id, records::CREATED};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    Store { key: &'a [u8], value: &'a [u8] },
    Delete { key: &'a [u8] },
}

/// The records of one mailbox: by name, by unique id (3.6), and by user and JMAP id (3.13); in other styles one record.
pub struct ChangeBuffer {
    style: RecordStyle,
    keys: [Vec<u8>; 3],
    values: [Vec<u8>; 3],
    count: usize,
    deletes: bool,
    /// Unique id and JMAP id of the mailbox, if its records are dlists. The latter is empty if it has none.
    id: Vec<u8>,
    jmap_id: Vec<u8>,
}

/// Longer names and values than these make a buffer grow once.
const ROOM: usize = 4096;

impl ChangeBuffer {
    pub fn new(style: RecordStyle) -> ChangeBuffer {
        let room = || [(); 3].map(|()| Vec::with_capacity(ROOM));
        let [id, jmap_id, _] = room();
        ChangeBuffer { style, keys: room(), values: room(), count: 0, deletes: false, id, jmap_id }
    }

    /// A new mailbox: the `number`th of writer `writer`, beneath the mailbox of key `parent`.
    pub fn create(&mut self, parent: &[u8], writer: u32, number: u64) {
        self.own(parent, writer, number);
        match self.style {
            RecordStyle::Cyrus23 => self.value_23(parent, 0),
            RecordStyle::Cyrus36 | RecordStyle::Cyrus313 => self.fill_dlists(0),
            RecordStyle::Census2026 => self.census_value(own_number(writer, number)),
        }
    }

    /// The end of a mailbox that [`create`](Self::create) made with the same arguments.
    pub fn delete(&mut self, parent: &[u8], writer: u32, number: u64) {
        self.own(parent, writer, number);
        self.deletes = true;
    }

    /// Another version of an existing mailbox, as a change of its rights leaves it: `value` is the present value of `key`, and
    /// needed for dlists only, where all records of the mailbox keep its name and ids. `revision` makes each version differ from
    /// the one before; of two that the census's style draws, some in a million are the same single letter.
    pub fn replace(&mut self, key: &[u8], value: &[u8], revision: u64) {
        self.begin(&[key]);
        let names = if self.style.is_dlist() { Names::of(key, value) } else { None };
        match names {
            Some(Names { name, id, jmap_id }) => {
                self.set_key(0, &[b"N", name]);
                id.clone_into(&mut self.id);
                jmap_id.clone_into(&mut self.jmap_id);
                self.set_keys_of_ids();
                if key.starts_with(b"J") {
                    self.set_key(2, &[key]);
                }
                self.fill_dlists(revision + 1);
            }
            None if self.style == RecordStyle::Census2026 => self.census_value(!revision),
            None => self.value_23(key, revision + 1),
        }
    }

    /// The end of an existing mailbox, whose present value is `value`: of all its records.
    pub fn remove(&mut self, key: &[u8], value: &[u8]) {
        self.replace(key, value, 0);
        self.deletes = true;
    }

    /// Replaces one record's value by `revision` alone: for flat files, whose values mean nothing.
    pub fn number(&mut self, key: &[u8], revision: u64) {
        self.begin(&[key]);
        self.values[0].clear();
        put(&mut self.values[0], format_args!("revision {revision}"));
    }

    /// The changes, and how many they are. Their order in a transaction is Cyrus's: N, J, I to store, and N, I, J to delete.
    pub fn changes(&self) -> ([Change<'_>; 3], usize) {
        let change = |place: usize| {
            let (key, value) = (self.keys[place].as_slice(), self.values[place].as_slice());
            if self.deletes { Change::Delete { key } } else { Change::Store { key, value } }
        };
        let order = if self.count == 3 && !self.deletes { [0, 2, 1] } else { [0, 1, 2] };
        (order.map(change), self.count)
    }

    /// One record so far, to be stored.
    fn begin(&mut self, key: &[&[u8]]) {
        (self.count, self.deletes) = (1, false);
        self.set_key(0, key);
    }

    fn set_key(&mut self, place: usize, parts: &[&[u8]]) {
        self.keys[place].clear();
        for part in parts {
            self.keys[place].extend_from_slice(part);
        }
    }

    /// Keys of the mailbox that [`create`](Self::create) makes, and its ids.
    fn own(&mut self, parent: &[u8], writer: u32, number: u64) {
        let separator: &[u8] = if self.style == RecordStyle::Cyrus23 { b"." } else { b"\x1f" };
        self.begin(&[parent, separator]);
        put(&mut self.keys[0], format_args!("mapstorm-{writer}-{number}"));
        if self.style.is_dlist() {
            self.id.clear();
            put(&mut self.id, format_args!("mapstorm{writer:06}{number:010}"));
            self.jmap_id.clear();
            if self.style == RecordStyle::Cyrus313 {
                jmap_id::push_id(&mut self.jmap_id, own_number(writer, number));
            }
            self.set_keys_of_ids();
        }
    }

    /// The keys of a mailbox's other records: its name's is set, and so are its ids.
    fn set_keys_of_ids(&mut self) {
        let [by_name, by_id, by_jmap_id] = &mut self.keys;
        by_id.clear();
        by_id.push(b'I');
        by_id.extend_from_slice(&self.id);
        self.count = 2;
        if !self.jmap_id.is_empty() {
            by_jmap_id.clear();
            by_jmap_id.push(b'J');
            jmap_id::push_user(by_jmap_id, &by_name[1..]);
            by_jmap_id.push(jmap_id::SEPARATOR);
            by_jmap_id.extend_from_slice(&self.jmap_id);
            self.count = 3;
        }
    }

    /// `0 default OWNER⇥rights⇥anyone⇥rights⇥`.
    fn value_23(&mut self, key: &[u8], revision: u64) {
        let value = &mut self.values[0];
        value.clear();
        value.extend_from_slice(b"0 default ");
        value.extend_from_slice(owner(key));
        if revision == 0 {
            value.extend_from_slice(b"\tlrswipcda\tanyone\tp\t");
        } else {
            put(value, format_args!("\tlrswipcda\tanyone\tlrs{revision:08}p\t"));
        }
    }

    fn census_value(&mut self, seed: u64) {
        self.values[0].clear();
        census::write_value(seed, &mut self.values[0]);
    }

    /// The values of the mailbox whose keys and ids are set. Each names what is not in its key.
    fn fill_dlists(&mut self, revision: u64) {
        let name = &self.keys[0][1..];
        for (kind, value) in [b'N', b'I', b'J'].into_iter().zip(&mut self.values).take(self.count) {
            value.clear();
            value.extend_from_slice(b"%(T e");
            if kind != b'N' {
                value.extend_from_slice(b" N ");
                push_atom(value, name);
            }
            if kind != b'I' {
                value.extend_from_slice(b" I ");
                value.extend_from_slice(&self.id);
            }
            if kind != b'J' && !self.jmap_id.is_empty() {
                value.extend_from_slice(b" J ");
                value.extend_from_slice(&self.jmap_id);
            }
            let changed = u64::from(CREATED) + revision;
            put(value, format_args!(" P default V {CREATED} C 1 F 1 M {changed} A %("));
            push_atom(value, owner(name));
            value.extend_from_slice(if kind == b'I' { b" lrswipkxtecdan) H ())" } else { b" lrswipkxtecdan))" });
        }
    }
}

/// A number of a mailbox of a writer's own: of no other one, and larger than any of a generated mailbox's JMAP id.
fn own_number(writer: u32, number: u64) -> u64 {
    (number + 1) << 20 | u64::from(writer)
}

/// Writing to a `Vec` cannot fail; within its capacity it does not allocate.
fn put(to: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = to.write_fmt(text);
}

/// The user that a mailbox belongs to, from its key or name.
fn owner(key: &[u8]) -> &[u8] {
    key.split(|byte| matches!(byte, b'.' | 0x1f)).nth(1).unwrap_or(b"anyone")
}

/// An atom of Cyrus's dlist: quoted if it holds anything unusual.
fn push_atom(to: &mut Vec<u8>, atom: &[u8]) {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@' | b'+' | 0x1f);
    if !atom.is_empty() && atom.iter().all(plain) {
        return to.extend_from_slice(atom);
    }
    to.push(b'"');
    for &byte in atom {
        if matches!(byte, b'"' | b'\\') {
            to.push(b'\\');
        }
        to.push(byte);
    }
    to.push(b'"');
}

/// What the records of a mailbox name it by. The JMAP id is empty if it has none.
#[derive(Debug, PartialEq, Eq)]
struct Names<'a> {
    name: &'a [u8],
    id: &'a [u8],
    jmap_id: &'a [u8],
}

impl Names<'_> {
    /// `None` if it is no such record, or one whose name is quoted (then only the record itself is replaced).
    fn of<'a>(key: &'a [u8], value: &'a [u8]) -> Option<Names<'a>> {
        let field = |name: &[u8]| {
            let mut words = value.strip_prefix(b"%(")?.split(|byte| *byte == b' ');
            words.find(|word| *word == name)?;
            words.next().filter(|word| !word.is_empty() && word[0] != b'"')
        };
        let jmap_id = || field(b"J").unwrap_or_default();
        Some(match key.split_first()? {
            (b'N', name) => Names { name, id: field(b"I")?, jmap_id: jmap_id() },
            (b'I', id) => Names { name: field(b"N")?, id, jmap_id: jmap_id() },
            (b'J', of_user) => {
                let end = of_user.iter().rposition(|byte| *byte == jmap_id::SEPARATOR)?;
                Names { name: field(b"N")?, id: field(b"I")?, jmap_id: &of_user[end + 1..] }
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
