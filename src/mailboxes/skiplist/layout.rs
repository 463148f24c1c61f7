//! The header, the records and the order of keys of a skiplist file.
//! Everything read here is checked: offsets are aligned and inside the file, types and levels are known ones.

use std::cmp::Ordering;

use crate::{
    mailboxes::{
        Bytes, Error, Foreign, KeyOrder,
        header_facts::{CHECKPOINT_SLACK, CheckpointDistance, HeaderFacts},
    },
    os::view::View,
};

pub const MAX_LEVEL: usize = 20;

pub(in crate::mailboxes) const MAGIC: [u8; 20] = *b"\xa1\x02\x8b\x0dskiplist file\0\0\0";
pub(super) const HEADER_SIZE: u64 = 48;
/// The dummy record is right after the header and starts every level's chain.
pub(super) const DUMMY: u64 = HEADER_SIZE;
/// The dummy's pointers: after its type and its two zero lengths.
const DUMMY_POINTERS: u64 = DUMMY + 12;
pub(super) const TYPE_DUMMY: u32 = 257;
pub(super) const TYPE_INORDER: u32 = 1;
pub(super) const TYPE_ADD: u32 = 2;
pub(super) const TYPE_DELETE: u32 = 4;
pub(super) const TYPE_COMMIT: u32 = 255;
pub(super) const TERMINATOR: u32 = u32::MAX;

/// The plain order of keys: byte by byte as *signed* chars, then the shorter one first.
#[inline]
pub fn compare<'a>(a: View<'a>, b: View<'a>) -> Ordering {
    // Signed bytes are in the order of unsigned ones whose highest bit is the opposite.
    a.compare(b, |byte| byte ^ 0x80)
}

#[inline]
pub(super) fn compare_in<'a>(order: KeyOrder, a: View<'a>, b: View<'a>) -> Ordering {
    order.compare(compare, a, b)
}

pub(super) fn padded(length: u64) -> u64 {
    (length + 3) & !3
}

pub(super) fn record_size(key: usize, value: usize, level: usize) -> u64 {
    16 + padded(key as u64) + padded(value as u64) + 4 * level as u64
}

/// The file's first 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) minor: u32,
    pub(super) max_level: u32,
    /// The highest level in use; searches start there.
    pub(super) level: u32,
    pub(super) listed: u32,
    pub(super) log_start: u32,
    pub(super) last_recovery: u32,
}

impl Header {
    pub(super) fn read(bytes: Bytes<'_>) -> Result<Header, Error> {
        if bytes.slice(0, 20)? != MAGIC {
            return Err(Error::Foreign(Foreign::Unknown));
        }
        if bytes.u32_at(20)? != 1 {
            return Err(Error::corrupt(20, "the skiplist version is not 1"));
        }
        let header = Header {
            minor: bytes.u32_at(24)?,
            max_level: bytes.u32_at(28)?,
            level: bytes.u32_at(32)?,
            listed: bytes.u32_at(36)?,
            log_start: bytes.u32_at(40)?,
            last_recovery: bytes.u32_at(44)?,
        };
        if header.max_level == 0 || header.max_level > MAX_LEVEL as u32 {
            return Err(Error::corrupt(28, "the maximum level is not 1 to 20"));
        }
        if header.level == 0 || header.level > header.max_level {
            return Err(Error::corrupt(32, "the current level is not 1 to the maximum level"));
        }
        if !header.log_start.is_multiple_of(4) || u64::from(header.log_start) < header.first_record() {
            return Err(Error::corrupt(40, "the log starts inside the header or between words"));
        }
        Ok(header)
    }

    pub(super) fn encode(&self) -> [u8; HEADER_SIZE as usize] {
        let mut bytes = [0; HEADER_SIZE as usize];
        bytes[..20].copy_from_slice(&MAGIC);
        let fields = [1, self.minor, self.max_level, self.level, self.listed, self.log_start, self.last_recovery];
        for (field, place) in fields.into_iter().zip(bytes[20..].chunks_exact_mut(4)) {
            place.copy_from_slice(&field.to_be_bytes());
        }
        bytes
    }

    pub(super) fn first_record(&self) -> u64 {
        DUMMY_POINTERS + 4 * u64::from(self.max_level) + 4
    }
}

/// A record that pointers lead to: its place and key. The rest is read only when it is needed, as Cyrus does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    pub(super) offset: u64,
    pub(super) key: View<'a>,
}

impl<'a> Node<'a> {
    pub(super) fn read(bytes: Bytes<'a>, offset: u64) -> Result<Node<'a>, Error> {
        if !offset.is_multiple_of(4) {
            return Err(Error::corrupt(offset, "a pointer leads between two words"));
        }
        if !matches!(bytes.u32_at(offset)?, TYPE_INORDER | TYPE_ADD) {
            return Err(Error::corrupt(offset, "a pointer leads to something that is no record"));
        }
        Node::of_any_type(bytes, offset)
    }

    /// The same, of a record whose type the caller has checked.
    pub(super) fn of_any_type(bytes: Bytes<'a>, offset: u64) -> Result<Node<'a>, Error> {
        let length = bytes.u32_at(offset + 4)?;
        Ok(Node { offset, key: bytes.slice(offset + 8, length.into())? })
    }

    fn value_length_at(&self) -> u64 {
        self.offset + 8 + padded(self.key.length() as u64)
    }

    pub(super) fn value(&self, bytes: Bytes<'a>) -> Result<View<'a>, Error> {
        let at = self.value_length_at();
        bytes.slice(at + 4, bytes.u32_at(at)?.into())
    }

    pub(super) fn pointers(&self, bytes: Bytes<'_>) -> Result<u64, Error> {
        let at = self.value_length_at();
        Ok(at + 4 + padded(bytes.u32_at(at)?.into()))
    }
}

pub(super) fn pointers_of(bytes: Bytes<'_>, offset: u64) -> Result<u64, Error> {
    if offset == DUMMY { Ok(DUMMY_POINTERS) } else { Node::read(bytes, offset)?.pointers(bytes) }
}

/// How many pointers start at `pointers`: only the terminator behind them says.
pub(super) fn level_at(bytes: Bytes<'_>, pointers: u64, most: u32) -> Result<u32, Error> {
    for level in 0..=most {
        if bytes.u32_at(pointers + 4 * u64::from(level))? == TERMINATOR {
            return if level == 0 { Err(Error::corrupt(pointers, "a record has no pointers")) } else { Ok(level) };
        }
    }
    Err(Error::corrupt(pointers, "a record has more pointers than the maximum level"))
}

/// What the header says; it counts records at a checkpoint alone. Cyrus makes one once the log is 16834 bytes longer than the rest.
pub fn header_facts(start: Bytes<'_>, size: u64) -> Result<HeaderFacts, Error> {
    let log_start = u64::from(Header::read(start)?.log_start);
    let log_bytes = size.checked_sub(log_start).ok_or(Error::Truncated { offset: size })?;
    let checkpoint = CheckpointDistance { log_bytes, due_at_bytes: log_start + CHECKPOINT_SLACK };
    Ok(HeaderFacts { checkpoint: Some(checkpoint), ..HeaderFacts::default() })
}

/// Whether a transaction may be appended: the file ends with a checkpoint's last record or with a commit.
pub fn is_clean(bytes: Bytes<'_>) -> bool {
    log_and_tail(bytes, bytes.len(), bytes).is_ok_and(|(_, is_clean)| is_clean)
}

/// Bytes at the end of a file that show whether it is clean.
pub const TAIL: u64 = 12;

/// Where the log begins, and whether a transaction may be appended, of a file of `size` bytes that ends with `tail`.
pub fn log_and_tail(start: Bytes<'_>, size: u64, tail: Bytes<'_>) -> Result<(u64, bool), Error> {
    let log = u64::from(Header::read(start)?.log_start);
    Ok((log, ends_clean(log, size, tail)))
}

fn ends_clean(start: u64, size: u64, tail: Bytes<'_>) -> bool {
    let word = |back: u64| tail.len().checked_sub(4 * back).and_then(|offset| tail.u32_at(offset).ok());
    if !size.is_multiple_of(4) || size < start {
        false
    } else if size == start {
        word(1) == Some(TERMINATOR)
    } else {
        word(1) == Some(TYPE_COMMIT) && (word(2) == Some(TERMINATOR) || word(3) == Some(TYPE_DELETE))
    }
}
