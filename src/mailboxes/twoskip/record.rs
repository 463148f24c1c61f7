//! The records of a twoskip file: heads with their pointers, contents with their own CRC, and the pads between them.
//! A head is read in place and checked; a head to be written is put together in a fixed buffer.

use super::header::{FIRST, HEADER};
use crate::{
    mailboxes::{Bytes, Error, chain::LinkedHead},
    os::view::View,
};

pub(super) const MAX_LEVEL: usize = 31;
/// The longest head: two long lengths, 32 pointers, two CRCs.
const MAX_HEAD: usize = 8 + 16 + 8 * (MAX_LEVEL + 1) + 8;
/// Bytes of a COMMIT.
pub const COMMIT: usize = 24;
/// Padding that keeps a head from straddling a 512-byte sector.
pub(super) const BLANK: [u8; 8] = *b" BLANK\x07\xA0";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dummy = b'=' as isize,
    Record = b'+' as isize,
    Delete = b'-' as isize,
    Commit = b'$' as isize,
}

/// A head in the file, its CRC checked, its content known to end before the given end.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    bytes: Bytes<'a>,
    pub kind: Kind,
    pub offset: u64,
    pub level: usize,
    pub key_length: u64,
    pub value_length: u64,
    slots: u64,
}

/// Where the transaction begins that ends with this COMMIT, which is where the one before it ended.
pub fn transaction_start(commit: &[u8; COMMIT]) -> Result<u64, Error> {
    let bytes = placed(commit);
    let head = Head::read(Bytes::new(&bytes), FIRST, bytes.len() as u64)?;
    let is_commit = head.kind == Kind::Commit && head.level == 0;
    if is_commit { head.slot(0) } else { Err(Error::corrupt(FIRST, "a transaction does not end with a COMMIT")) }
}

/// What the records of a transaction change, in their order: the key of what is stored, `None` for what is deleted.
pub fn changes_in(transaction: &[u8]) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let bytes = placed(transaction);
    let (bytes, end) = (Bytes::new(&bytes), bytes.len() as u64);
    let (mut changes, mut offset) = (Vec::new(), FIRST);
    while offset < end {
        if bytes.slice(offset, 8)? == BLANK {
            offset += 8;
            continue;
        }
        let head = Head::read(bytes, offset, end)?;
        match head.kind {
            Kind::Record => changes.push(Some(head.key()?.to_vec())),
            Kind::Delete => changes.push(None),
            Kind::Dummy | Kind::Commit => {}
        }
        offset = head.end();
    }
    Ok(changes)
}

/// A part of a file, placed where records can be.
fn placed(part: &[u8]) -> Vec<u8> {
    [&[0; FIRST as usize], part].concat()
}

impl<'a> Head<'a> {
    pub fn read(bytes: Bytes<'a>, offset: u64, end: u64) -> Result<Head<'a>, Error> {
        let corrupt = |what| Error::Corrupt { offset, what };
        if offset < HEADER || !offset.is_multiple_of(8) || (offset > HEADER && offset < FIRST) {
            return Err(corrupt("a pointer leads here, but no record can be here"));
        }
        if offset >= end {
            return Err(corrupt("a pointer leads here, past the committed end"));
        }
        let kind = match bytes.u8_at(offset)? {
            b'=' => Kind::Dummy,
            b'+' => Kind::Record,
            b'-' => Kind::Delete,
            b'$' => Kind::Commit,
            _ => return Err(corrupt("no record of a known type starts here")),
        };
        let level = usize::from(bytes.u8_at(offset + 1)?);
        let (low, high) = if kind == Kind::Record { (1, MAX_LEVEL) } else { (0, MAX_LEVEL) };
        if level < low || level > high || (kind == Kind::Dummy) != (offset == HEADER) {
            return Err(corrupt("the record's level or place is impossible"));
        }
        if kind == Kind::Dummy && level != MAX_LEVEL {
            return Err(corrupt("the DUMMY record's level is not 31"));
        }
        let mut slots = offset + 8;
        let mut key_length = u64::from(bytes.u16_at(offset + 2)?);
        if key_length == 0xFFFF {
            key_length = bytes.u64_at(slots)?;
            slots += 8;
        }
        let mut value_length = u64::from(bytes.u32_at(offset + 4)?);
        if value_length == 0xFFFF_FFFF {
            value_length = bytes.u64_at(slots)?;
            slots += 8;
        }
        let head = Head { bytes, kind, offset, level, key_length, value_length, slots };
        let crc_at = head.crc_at();
        if bytes.slice(offset, crc_at - offset)?.crc32() != bytes.u32_at(crc_at)? {
            return Err(corrupt("the CRC of the record's head does not match"));
        }
        let ends = key_length.checked_add(value_length).and_then(|length| length.checked_next_multiple_of(8));
        match ends.and_then(|length| length.checked_add(head.content_at())) {
            Some(content_end) if content_end <= end => Ok(head),
            _ => Err(corrupt("the record is longer than the file")),
        }
    }

    fn crc_at(&self) -> u64 {
        self.slots + 8 * (self.level as u64 + 1)
    }

    fn content_at(&self) -> u64 {
        self.crc_at() + 8
    }

    fn content_length(&self) -> u64 {
        (self.key_length + self.value_length).next_multiple_of(8)
    }

    pub fn end(&self) -> u64 {
        self.content_at() + self.content_length()
    }

    /// The key. Its CRC is not checked.
    pub fn key(&self) -> Result<View<'a>, Error> {
        self.bytes.slice(self.content_at(), self.key_length)
    }

    pub fn value(&self) -> Result<View<'a>, Error> {
        self.check_tail()?;
        self.bytes.slice(self.content_at() + self.key_length, self.value_length)
    }

    pub fn check_tail(&self) -> Result<(), Error> {
        let content = self.bytes.slice(self.content_at(), self.content_length())?;
        if content.crc32() != self.bytes.u32_at(self.crc_at() + 4)? {
            return Err(Error::corrupt(self.offset, "the CRC of the record's key and value does not match"));
        }
        Ok(())
    }

    pub fn slot(&self, slot: usize) -> Result<u64, Error> {
        debug_assert!(slot <= self.level);
        self.bytes.u64_at(self.slots + 8 * slot as u64)
    }

    /// The next offset on `level` (below the record's own), in a file that ends at `end`; 0 at the chain's end.
    pub fn next(&self, level: usize, end: u64) -> Result<u64, Error> {
        if level > 0 {
            return self.slot(level + 1);
        }
        if self.level == 0 {
            return self.slot(0);
        }
        let (first, second) = (self.slot(0)?, self.slot(1)?);
        Ok(match (first < end, second < end) {
            (false, _) => second,
            (_, false) => first,
            _ => first.max(second),
        })
    }

    /// The record that the level-0 pointer `offset` leads to, past a DELETE; `None` at the chain's end.
    pub fn live(bytes: Bytes<'a>, offset: u64, end: u64) -> Result<Option<Head<'a>>, Error> {
        if offset == 0 {
            return Ok(None);
        }
        let mut head = Head::read(bytes, offset, end)?;
        if head.kind == Kind::Delete {
            match head.slot(0)? {
                0 => return Ok(None),
                next => head = Head::read(bytes, next, end)?,
            }
        }
        head.must_be_record().map(Some)
    }

    pub fn must_be_record(self) -> Result<Head<'a>, Error> {
        if self.kind != Kind::Record {
            return Err(Error::corrupt(self.offset, "the chain of records leads here, but this is no record"));
        }
        Ok(self)
    }

    pub fn copy(&self) -> Result<HeadBuffer, Error> {
        let length = self.content_at() - self.offset;
        let mut buffer = HeadBuffer {
            bytes: [0; MAX_HEAD],
            slots: (self.slots - self.offset) as usize,
            level: self.level,
            length: length as usize,
        };
        for (at, word) in (self.offset..).step_by(8).zip(buffer.bytes[..buffer.length].chunks_exact_mut(8)) {
            word.copy_from_slice(&self.bytes.u64_at(at)?.to_be_bytes());
        }
        Ok(buffer)
    }
}

pub(super) struct HeadBuffer {
    bytes: [u8; MAX_HEAD],
    slots: usize,
    level: usize,
    length: usize,
}

impl HeadBuffer {
    pub fn new(kind: Kind, level: usize, key_length: u64, value_length: u64) -> HeadBuffer {
        let mut bytes = [0; MAX_HEAD];
        bytes[0] = kind as u8;
        bytes[1] = level as u8;
        let (short_key, short_value) = (u16::try_from(key_length), u32::try_from(value_length));
        bytes[2..4].copy_from_slice(&short_key.unwrap_or(u16::MAX).to_be_bytes());
        bytes[4..8].copy_from_slice(&short_value.unwrap_or(u32::MAX).to_be_bytes());
        let mut slots = 8;
        for (is_long, length) in
            [(key_length >= u16::MAX.into(), key_length), (value_length >= u32::MAX.into(), value_length)]
        {
            if is_long {
                bytes[slots..slots + 8].copy_from_slice(&length.to_be_bytes());
                slots += 8;
            }
        }
        HeadBuffer { bytes, slots, level, length: slots + 8 * (level + 1) + 8 }
    }

    pub fn set_slot(&mut self, slot: usize, to: u64) {
        let at = self.slots + 8 * slot;
        self.bytes[at..at + 8].copy_from_slice(&to.to_be_bytes());
    }

    fn slot(&self, slot: usize) -> u64 {
        let at = self.slots + 8 * slot;
        self.bytes[at..at + 8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    pub fn set_tail_crc(&mut self, crc: u32) {
        self.bytes[self.length - 4..self.length].copy_from_slice(&crc.to_be_bytes());
    }

    pub fn len(&self) -> u64 {
        self.length as u64
    }
}

impl LinkedHead for HeadBuffer {
    fn set_next(&mut self, level: usize, to: u64, committed: u64) {
        if level > 0 {
            return self.set_slot(level + 1, to);
        }
        let (first, second) = (self.slot(0), self.slot(1.min(self.level)));
        let slot = if first >= committed {
            0
        } else if second >= committed {
            1
        } else {
            usize::from(second <= first)
        };
        self.set_slot(slot.min(self.level), to);
    }

    fn seal(&mut self) -> &[u8] {
        let at = self.length - 8;
        let crc = crc32fast::hash(&self.bytes[..at]);
        self.bytes[at..at + 4].copy_from_slice(&crc.to_be_bytes());
        &self.bytes[..self.length]
    }
}

/// Whether a pad comes before a head of `length` bytes that would otherwise start at `end`.
pub(super) fn pad_first(end: u64, length: u64) -> bool {
    length <= 504 && (end + 8) % 512 > (end - 8 + length) % 512
}

/// Draws a level: 1, and one more with p = 0.5 each time, up to 31.
pub(in crate::mailboxes) fn draw_level(rng: &mut impl rand::Rng) -> usize {
    (1 + rng.next_u32().trailing_zeros() as usize).min(MAX_LEVEL)
}
