//! What a writer stores: a new mailbox, another version of one that exists, or the end of one.
//! The buffers are kept, so that a writer's loop allocates nothing.

use std::io::Write;

use super::{RecordStyle, records::CREATED};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    Store { key: &'a [u8], value: &'a [u8] },
    Delete { key: &'a [u8] },
}

/// The records of one mailbox: one in the style of 2.3, two (by name and by unique id) in that of 3.6.
pub struct ChangeBuffer {
    style: RecordStyle,
    keys: [Vec<u8>; 2],
    values: [Vec<u8>; 2],
    count: usize,
    deletes: bool,
    scratch: Vec<u8>,
}

/// Longer names and values than these make a buffer grow once.
const ROOM: usize = 4096;

impl ChangeBuffer {
    pub fn new(style: RecordStyle) -> ChangeBuffer {
        let room = || [Vec::with_capacity(ROOM), Vec::with_capacity(ROOM)];
        ChangeBuffer {
            style,
            keys: room(),
            values: room(),
            count: 0,
            deletes: false,
            scratch: Vec::with_capacity(ROOM),
        }
    }

    /// A new mailbox: the `number`th of writer `writer`, beneath the mailbox of key `parent`.
    pub fn create(&mut self, parent: &[u8], writer: u32, number: u64) {
        self.own(parent, writer, number);
        match self.style {
            RecordStyle::Cyrus23 => self.value_23(parent, 0),
            RecordStyle::Cyrus36 => self.values_36(writer, number, 0),
        }
        self.deletes = false;
    }

    /// The end of a mailbox that [`create`](Self::create) made with the same arguments.
    pub fn delete(&mut self, parent: &[u8], writer: u32, number: u64) {
        self.own(parent, writer, number);
        self.deletes = true;
    }

    /// Another version of an existing mailbox, as a change of its rights leaves it: `value` is the present value of `key`, and
    /// needed in the style of 3.6 only, where both records of the mailbox keep its name and unique id. `revision` makes each
    /// version differ from the one before.
    pub fn replace(&mut self, key: &[u8], value: &[u8], revision: u64) {
        self.deletes = false;
        self.set_key(0, &[key]);
        self.count = 1;
        let names = match self.style {
            RecordStyle::Cyrus23 => None,
            RecordStyle::Cyrus36 => name_and_id(key, value),
        };
        match names {
            Some((name, id)) => {
                self.set_key(0, &[b"N", name]);
                self.set_key(1, &[b"I", id]);
                self.scratch.clear();
                self.scratch.extend_from_slice(id);
                self.count = 2;
                self.fill_36(revision + 1);
            }
            None => self.value_23(key, revision + 1),
        }
    }

    /// The end of an existing mailbox, whose present value is `value`: of both its records in the style of 3.6.
    pub fn remove(&mut self, key: &[u8], value: &[u8]) {
        self.replace(key, value, 0);
        self.deletes = true;
    }

    /// Replaces one record's value by `revision` alone: for flat files, whose values mean nothing.
    pub fn number(&mut self, key: &[u8], revision: u64) {
        self.deletes = false;
        self.set_key(0, &[key]);
        self.count = 1;
        self.values[0].clear();
        put(&mut self.values[0], format_args!("revision {revision}"));
    }

    pub fn changes(&self) -> ([Change<'_>; 2], usize) {
        let change = |place: usize| {
            let (key, value) = (self.keys[place].as_slice(), self.values[place].as_slice());
            if self.deletes { Change::Delete { key } } else { Change::Store { key, value } }
        };
        ([change(0), change(1)], self.count)
    }

    fn set_key(&mut self, place: usize, parts: &[&[u8]]) {
        self.keys[place].clear();
        for part in parts {
            self.keys[place].extend_from_slice(part);
        }
    }

    fn own(&mut self, parent: &[u8], writer: u32, number: u64) {
        let separator: &[u8] = if self.style == RecordStyle::Cyrus23 { b"." } else { b"\x1f" };
        self.set_key(0, &[parent, separator]);
        put(&mut self.keys[0], format_args!("mapstorm-{writer}-{number}"));
        self.count = 1;
        if self.style == RecordStyle::Cyrus36 {
            self.set_key(1, &[b"I"]);
            put(&mut self.keys[1], format_args!("mapstorm{writer:06}{number:010}"));
            self.count = 2;
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

    fn values_36(&mut self, writer: u32, number: u64, revision: u64) {
        self.scratch.clear();
        put(&mut self.scratch, format_args!("mapstorm{writer:06}{number:010}"));
        self.fill_36(revision);
    }

    /// Both values of the mailbox whose keys are set and whose unique id is in `scratch`.
    fn fill_36(&mut self, revision: u64) {
        let [by_name, by_id] = &mut self.values;
        let name = &self.keys[0][1..];
        by_name.clear();
        by_name.extend_from_slice(b"%(T e I ");
        by_name.extend_from_slice(&self.scratch);
        by_id.clear();
        by_id.extend_from_slice(b"%(T e N ");
        push_atom(by_id, name);
        for value in [&mut *by_name, &mut *by_id] {
            let changed = u64::from(CREATED) + revision;
            put(value, format_args!(" P default V {CREATED} C 1 F 1 M {changed} A %("));
            push_atom(value, owner(name));
            value.extend_from_slice(b" lrswipkxtecdan)");
        }
        by_name.push(b')');
        by_id.extend_from_slice(b" H ())");
    }
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

/// Name and unique id of the mailbox that a 3.6-style record is of; `None` if it is no such record, or one whose name is
/// quoted (then only the record itself is replaced).
fn name_and_id<'a>(key: &'a [u8], value: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let field = |name: &[u8]| {
        let mut words = value.strip_prefix(b"%(")?.split(|byte| *byte == b' ');
        words.find(|word| *word == name)?;
        words.next().filter(|word| !word.is_empty() && word[0] != b'"')
    };
    match key.split_first()? {
        (b'N', name) => Some((name, field(b"I")?)),
        (b'I', id) => Some((field(b"N")?, id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::mailboxes::records::tests::records;

    type Records = BTreeMap<Vec<u8>, Vec<u8>>;

    fn apply(buffer: &ChangeBuffer, records: &mut Records) {
        let (changes, count) = buffer.changes();
        for change in &changes[..count] {
            match change {
                Change::Store { key, value } => drop(records.insert(key.to_vec(), value.to_vec())),
                Change::Delete { key } => assert!(records.remove(*key).is_some()),
            }
        }
    }

    /// Every N record has its I record with the same id and name, and the other way round.
    fn assert_paired(records: &Records) {
        for (key, value) in records {
            let (name, id) = name_and_id(key, value).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(value)));
            let (kind, of): (&[u8], &[u8]) = if key[0] == b'N' { (b"I", id) } else { (b"N", name) };
            let twin = [kind, of].concat();
            let found = name_and_id(&twin, &records[&twin]).map(|(name, id)| (name.to_vec(), id.to_vec()));
            assert_eq!(found, Some((name.to_vec(), id.to_vec())));
        }
    }

    #[test]
    fn both_records_of_a_mailbox_stay_a_pair() {
        let mut records: Records = records(RecordStyle::Cyrus36, 50, 3).into_iter().collect();
        let keys: Vec<Vec<u8>> = records.keys().cloned().collect();
        let mut buffer = ChangeBuffer::new(RecordStyle::Cyrus36);
        assert_paired(&records);
        for number in 0..100u64 {
            let key = &keys[(number * 37) as usize % keys.len()];
            let before = records[key].clone();
            buffer.replace(key, &before, number);
            apply(&buffer, &mut records);
            assert_ne!(records[key], before);
            buffer.create(b"Nuser\x1fjoe", 2, number);
            apply(&buffer, &mut records);
            assert_paired(&records);
        }
        assert_eq!(records.len(), 100 + 200);
        for number in 0..100 {
            buffer.delete(b"Nuser\x1fjoe", 2, number);
            apply(&buffer, &mut records);
        }
        assert_eq!(records.keys().cloned().collect::<Vec<_>>(), keys);
        assert_paired(&records);
    }

    #[test]
    fn a_mailbox_of_the_old_style_is_one_record_that_changes() {
        let mut buffer = ChangeBuffer::new(RecordStyle::Cyrus23);
        let mut records = Records::new();
        buffer.create(b"user.joe", 0, 7);
        apply(&buffer, &mut records);
        assert_eq!(records[b"user.joe.mapstorm-0-7".as_slice()], b"0 default joe\tlrswipcda\tanyone\tp\t");
        let mut seen = vec![records[b"user.joe.mapstorm-0-7".as_slice()].clone()];
        for revision in 0..3 {
            buffer.replace(b"user.joe.mapstorm-0-7", b"", revision);
            apply(&buffer, &mut records);
            seen.push(records[b"user.joe.mapstorm-0-7".as_slice()].clone());
        }
        seen.dedup();
        assert_eq!(seen.len(), 4);
        buffer.delete(b"user.joe", 0, 7);
        apply(&buffer, &mut records);
        assert!(records.is_empty());
    }

    #[test]
    fn an_unusual_name_is_quoted() {
        let mut out = Vec::new();
        push_atom(&mut out, b"my \"folder\"");
        assert_eq!(out, b"\"my \\\"folder\\\"\"");
    }
}
