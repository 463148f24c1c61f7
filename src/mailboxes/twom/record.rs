//! The records of a twom file: heads with their pointers, and tails of key and value with a checksum of their own.
//! A head is read in place; a head to be stored is put together in a fixed buffer.

use super::header::{FIRST, HEADER, Header, Sums};
use crate::{
    mailboxes::{Bytes, Error, chain::LinkedHead},
    os::view::View,
};

pub(super) const MAX_LEVEL: usize = 31;
/// The longest head with its checksums: two lengths, an ancestor, 32 pointers.
const MAX_HEAD: usize = 32 + 8 * (MAX_LEVEL + 1) + 8;
/// A DELETE and a COMMIT take so many bytes; no record takes less.
pub(super) const SHORTEST: u64 = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Dummy = 1,
    Add,
    FatAdd,
    Replace,
    FatReplace,
    Delete,
    Commit,
}

impl Kind {
    const ALL: [Kind; 7] =
        [Kind::Dummy, Kind::Add, Kind::FatAdd, Kind::Replace, Kind::FatReplace, Kind::Delete, Kind::Commit];

    /// Of a new record with a key and a value.
    pub fn of_record(replaces: bool, key_length: u64, value_length: u64) -> Kind {
        let is_fat = key_length > u16::MAX.into() || value_length > u32::MAX.into();
        match (replaces, is_fat) {
            (false, false) => Kind::Add,
            (false, true) => Kind::FatAdd,
            (true, false) => Kind::Replace,
            (true, true) => Kind::FatReplace,
        }
    }

    /// Its name; where its pointers begin, from its start; and where its ancestor stands: for a DELETE, where its only pointer would.
    const fn layout(self) -> (&'static str, u64, Option<u64>) {
        match self {
            Kind::Dummy => ("DUMMY", 8, None),
            Kind::Add => ("ADD", 8, None),
            Kind::FatAdd => ("FATADD", 24, None),
            Kind::Replace => ("REPLACE", 16, Some(8)),
            Kind::FatReplace => ("FATREPLACE", 32, Some(24)),
            Kind::Delete => ("DELETE", 8, Some(8)),
            Kind::Commit => ("COMMIT", 8, None),
        }
    }

    pub const fn name(self) -> &'static str {
        self.layout().0
    }

    const fn pointers_at(self) -> u64 {
        self.layout().1
    }

    const fn ancestor_at(self) -> Option<u64> {
        self.layout().2
    }

    /// Whether it has a key and a value.
    pub const fn is_record(self) -> bool {
        !matches!(self, Kind::Dummy | Kind::Delete | Kind::Commit)
    }

    const fn is_fat(self) -> bool {
        matches!(self, Kind::FatAdd | Kind::FatReplace)
    }
}

/// A file up to an end: a transaction's, or that of the last commit.
#[derive(Clone, Copy)]
pub(super) struct Extent<'a> {
    pub bytes: Bytes<'a>,
    pub end: u64,
    pub sums: Sums,
}

impl<'a> Extent<'a> {
    /// All that is committed, and the header that says so.
    pub fn committed(bytes: Bytes<'a>) -> Result<(Header, Extent<'a>), Error> {
        let header = Header::read(bytes)?;
        Ok((header, Extent { bytes, end: header.current_size, sums: header.sums() }))
    }
}

/// A head in the file. The whole record is known to end before the end of its extent; its checksums are checked by those who ask.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    of: Extent<'a>,
    pub kind: Kind,
    pub offset: u64,
    pub level: usize,
    pub key_length: u64,
    pub value_length: u64,
    /// Where the next record in the file starts.
    pub end: u64,
}

impl<'a> Head<'a> {
    pub fn read(of: Extent<'a>, offset: u64) -> Result<Head<'a>, Error> {
        let corrupt = |what| Error::Corrupt { offset, what };
        if offset < HEADER || !offset.is_multiple_of(8) || (offset > HEADER && offset < FIRST) {
            return Err(corrupt("a pointer leads here, but no record can be here"));
        }
        if offset.saturating_add(SHORTEST) > of.end {
            return Err(corrupt("a pointer leads here, past the committed end"));
        }
        let code = of.bytes.u8_at(offset)?;
        let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == code);
        let kind = kind.ok_or(corrupt("no record of a known type starts here"))?;
        let level = usize::from(of.bytes.u8_at(offset + 1)?);
        let is_possible = match kind {
            Kind::Dummy => level == MAX_LEVEL,
            Kind::Delete | Kind::Commit => level == 0,
            _ => (1..=MAX_LEVEL).contains(&level),
        };
        if !is_possible || (kind == Kind::Dummy) != (offset == HEADER) {
            return Err(corrupt("the record's level or place is impossible"));
        }
        let (key_length, value_length) = if kind.is_fat() {
            (of.bytes.u64_le_at(offset + 8)?, of.bytes.u64_le_at(offset + 16)?)
        } else if kind.is_record() {
            (of.bytes.u16_le_at(offset + 2)?.into(), of.bytes.u32_le_at(offset + 4)?.into())
        } else {
            (0, 0)
        };
        let mut head = Head { of, kind, offset, level, key_length, value_length, end: 0 };
        let content = || key_length.checked_add(value_length)?.checked_add(2)?.checked_next_multiple_of(8);
        let tail = if kind.is_record() { content() } else { Some(0) };
        match tail.and_then(|tail| tail.checked_add(head.tail_at())) {
            Some(end) if end <= of.end => head.end = end,
            _ => return Err(corrupt("the record is longer than the file")),
        }
        Ok(head)
    }

    pub fn length(&self) -> u64 {
        self.end - self.offset
    }

    fn slots(&self) -> u64 {
        self.offset + self.kind.pointers_at()
    }

    fn sum_at(&self) -> u64 {
        self.slots() + 8 * (self.level as u64 + 1)
    }

    fn tail_at(&self) -> u64 {
        self.sum_at() + 8
    }

    /// Checks the checksum of the head: of lengths, ancestor and pointers.
    pub fn check(&self) -> Result<(), Error> {
        let head = self.of.bytes.slice(self.offset, self.sum_at() - self.offset)?;
        if self.of.sums.of(head) != self.of.bytes.u32_le_at(self.sum_at())? {
            return Err(Error::corrupt(self.offset, "the checksum of the record's head does not match"));
        }
        Ok(())
    }

    /// Checks the checksum of key and value.
    pub fn check_tail(&self) -> Result<(), Error> {
        let tail = self.of.bytes.slice(self.tail_at(), self.end - self.tail_at())?;
        if self.of.sums.of(tail) != self.of.bytes.u32_le_at(self.sum_at() + 4)? {
            return Err(Error::corrupt(self.offset, "the checksum of the record's key and value does not match"));
        }
        Ok(())
    }

    /// The key; that of the DUMMY is empty. Its checksum is not checked.
    pub fn key(&self) -> Result<View<'a>, Error> {
        self.of.bytes.slice(self.tail_at(), self.key_length)
    }

    pub fn value(&self) -> Result<View<'a>, Error> {
        self.check_tail()?;
        self.of.bytes.slice(self.tail_at() + self.key_length + 1, self.value_length)
    }

    /// A pointer; the only one of a COMMIT leads to the start of its transaction.
    pub fn slot(&self, slot: usize) -> Result<u64, Error> {
        debug_assert!(slot <= self.level);
        self.of.bytes.u64_le_at(self.slots() + 8 * slot as u64)
    }

    /// The next offset on `level` (below the record's own); 0 at the chain's end.
    pub fn next(&self, level: usize) -> Result<u64, Error> {
        if level > 0 {
            return self.slot(level + 1);
        }
        let [first, second] = [self.slot(0)?, self.slot(1)?];
        Ok(match (first < self.of.end, second < self.of.end) {
            (false, _) => second,
            (_, false) => first,
            _ => first.max(second),
        })
    }

    /// What it replaced or deleted, which always stands before it; `None` if it did neither.
    pub fn ancestor(&self) -> Result<Option<Head<'a>>, Error> {
        let Some(at) = self.kind.ancestor_at() else { return Ok(None) };
        match self.of.bytes.u64_le_at(self.offset + at)? {
            ancestor if ancestor < self.offset => Head::read(self.of, ancestor).map(Some),
            _ => Err(Error::corrupt(self.offset, "the record's ancestor does not stand before it")),
        }
    }

    /// The record that the level-0 pointer `offset` leads to, and the DELETE in front of it; `None` at the chain's end.
    pub fn linked(of: Extent<'a>, offset: u64) -> Result<Option<(Head<'a>, Option<Head<'a>>)>, Error> {
        if offset == 0 {
            return Ok(None);
        }
        let head = Head::read(of, offset)?;
        match head.kind {
            Kind::Delete => {
                Ok(head.ancestor()?.map(Head::must_be_record).transpose()?.map(|record| (record, Some(head))))
            }
            _ => Ok(Some((head.must_be_record()?, None))),
        }
    }

    pub fn must_be_record(self) -> Result<Head<'a>, Error> {
        if self.kind.is_record() {
            return Ok(self);
        }
        Err(Error::corrupt(self.offset, "the chain of records leads here, but this is no record"))
    }

    pub fn copy(&self) -> Result<HeadBuffer, Error> {
        let mut buffer = HeadBuffer { bytes: [0; MAX_HEAD], kind: self.kind, level: self.level, sums: self.of.sums };
        let length = buffer.length();
        for (at, word) in (self.offset..).step_by(8).zip(buffer.bytes[..length].chunks_exact_mut(8)) {
            word.copy_from_slice(&self.of.bytes.u64_le_at(at)?.to_le_bytes());
        }
        Ok(buffer)
    }
}

/// A head that is to be stored.
pub(super) struct HeadBuffer {
    bytes: [u8; MAX_HEAD],
    pub kind: Kind,
    level: usize,
    pub sums: Sums,
}

impl HeadBuffer {
    /// Without pointers and ancestor. Lengths are those of a kind that has room for them.
    pub fn new(sums: Sums, kind: Kind, level: usize, key_length: u64, value_length: u64) -> HeadBuffer {
        let mut bytes = [0; MAX_HEAD];
        bytes[0] = kind as u8;
        bytes[1] = level as u8;
        if kind.is_fat() {
            bytes[8..16].copy_from_slice(&key_length.to_le_bytes());
            bytes[16..24].copy_from_slice(&value_length.to_le_bytes());
        } else {
            bytes[2..4].copy_from_slice(&(key_length as u16).to_le_bytes());
            bytes[4..8].copy_from_slice(&(value_length as u32).to_le_bytes());
        }
        HeadBuffer { bytes, kind, level, sums }
    }

    /// With its checksums.
    pub fn length(&self) -> usize {
        self.sum_at() + 8
    }

    fn sum_at(&self) -> usize {
        self.slot_at(self.level + 1)
    }

    fn slot_at(&self, slot: usize) -> usize {
        self.kind.pointers_at() as usize + 8 * slot
    }

    pub fn set_ancestor(&mut self, to: u64) {
        if let Some(at) = self.kind.ancestor_at() {
            self.bytes[at as usize..][..8].copy_from_slice(&to.to_le_bytes());
        }
    }

    pub fn set_slot(&mut self, slot: usize, to: u64) {
        let at = self.slot_at(slot);
        self.bytes[at..at + 8].copy_from_slice(&to.to_le_bytes());
    }

    pub fn slot(&self, slot: usize) -> u64 {
        let at = self.slot_at(slot);
        self.bytes[at..at + 8].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    pub fn set_tail_sum(&mut self, sum: u32) {
        let at = self.sum_at() + 4;
        self.bytes[at..at + 4].copy_from_slice(&sum.to_le_bytes());
    }
}

impl LinkedHead for HeadBuffer {
    fn set_next(&mut self, level: usize, to: u64, committed: u64) {
        if level > 0 {
            return self.set_slot(level + 1, to);
        }
        let (first, second) = (self.slot(0), self.slot(1));
        self.set_slot(usize::from(first < committed && (second >= committed || first > second)), to);
    }

    fn seal(&mut self) -> &[u8] {
        let at = self.sum_at();
        let sum = self.sums.of(View::of(&self.bytes[..at]));
        self.bytes[at..at + 4].copy_from_slice(&sum.to_le_bytes());
        &self.bytes[..at + 8]
    }
}
