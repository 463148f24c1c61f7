//! Which kind of file this is, by its first bytes, and what its header says. Nothing is locked, and no record is read: others may use the
//! file at this moment. What mapstorm does not read is named, so that nobody takes it for a damaged database.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    path::Path,
};

use super::{Bytes, Error, Foreign, Format, HeaderFacts, flat, foreign, lock::Locked};
use crate::os::regular_file::open_regular;

/// Bytes that are read: enough for every magic, and to distinguish text from other content.
const LOOK: usize = 512;
/// The first four bytes of every database that Cyrus made itself.
const CYRUS: &[u8] = b"\xa1\x02\x8b\x0d";

fn format_of(start: &[u8]) -> Result<Format, Error> {
    let known: [(&[u8], Format); 4] = [
        (&super::skiplist::MAGIC, Format::Skiplist),
        (&super::twoskip::MAGIC, Format::Twoskip),
        (&super::twom::MAGIC, Format::Twom),
        (&flat::MAGIC, Format::Flat),
    ];
    for (magic, format) in known {
        if start.starts_with(magic) {
            return Ok(format);
        }
        // Cut inside its own magic, but past what all of Cyrus's have in common.
        if start.len() < magic.len() && start.len() > CYRUS.len() + 1 && magic.starts_with(start) {
            return Err(Error::Truncated { offset: start.len() as u64 });
        }
    }
    Err(Error::Foreign(foreign_kind(start)))
}

fn foreign_kind(start: &[u8]) -> Foreign {
    let word =
        |at: usize| start.get(at..at + 4).map_or(0, |word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
    let either = |at, magic: u32| word(at) == magic || word(at) == magic.swap_bytes();
    let compressors: [&[u8]; 4] = [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"];
    match start {
        [] => Foreign::Empty,
        _ if start.starts_with(b"\xa1\x02\x8b\x0dzeroskip") => Foreign::Zeroskip,
        _ if start.starts_with(CYRUS) => Foreign::UnknownCyrus,
        _ if start.starts_with(b"SQLite format 3\0") => Foreign::Sqlite,
        _ if [0x0005_3162, 0x0006_1561, 0x0004_2253].into_iter().any(|magic| either(12, magic)) => Foreign::Berkeley,
        _ if either(16, 0xbeef_c0de) => Foreign::Lmdb,
        _ if is_relation(start) => Foreign::Postgresql,
        _ if compressors.iter().any(|magic| start.starts_with(magic)) => Foreign::Compressed,
        _ if start.iter().all(|byte| *byte == 0) => Foreign::Zeros,
        _ if start.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x1f..=0x7e | 0x80..)) => Foreign::Text,
        _ => Foreign::Unknown,
    }
}

/// Whether a file begins as PostgreSQL's pages do (`src/include/storage/bufpage.h`): 8 KiB, layout version 4, and bounds in order.
fn is_relation(start: &[u8]) -> bool {
    const HEADER: u16 = 24;
    const PAGE: u16 = 8192;
    let half = |at: usize| start.get(at..at + 2).map_or(0, |half| u16::from_ne_bytes([half[0], half[1]]));
    let [flags, lower, upper, special, size_and_version] = [10, 12, 14, 16, 18].map(half);
    let is_in_order = HEADER <= lower && lower <= upper && upper <= special && special <= PAGE;
    // Three flags are known, and special space is aligned.
    size_and_version == (PAGE | 4) && flags < 8 && special.is_multiple_of(8) && is_in_order
}

pub(super) fn format_of_file(file: &File) -> Result<Format, Error> {
    let mut start = Vec::with_capacity(LOOK);
    file.take(LOOK as u64).read_to_end(&mut start).map_err(Error::io("read"))?;
    format_of(&start)
}

/// Recognises the format of a file by its magic. The file is only read. Anything else is named in the error; a FIFO does not block.
pub fn detect(path: &Path) -> Result<Format, Error> {
    format_of_file(&open_regular(path)?)
}

/// What the content of a file is.
#[derive(Debug)]
pub enum Contents {
    /// A database that mapstorm reads.
    Known(Format),
    Foreign(Foreign),
    /// Nothing more can be said: the file ends within its magic.
    Unreadable(Error),
}

/// What a file is, and what its header says.
#[derive(Debug)]
pub struct Recognised {
    pub contents: Contents,
    /// Syncs of this file that one commit makes; `None`: not known.
    pub syncs_per_commit: Option<u32>,
    /// Or why its header cannot be read: it is damaged, cut, or written at this moment.
    pub header: Result<HeaderFacts, Error>,
}

/// A header that is written at this moment is read again so often.
pub(super) const ATTEMPTS: usize = 8;

impl Recognised {
    /// Reads the beginning of a file. A writer may be at work: it is read until two readings agree and make sense, a few times.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(file: &File) -> io::Result<Recognised> {
        let mut before = header_at(file, 0)?;
        let mut found = Recognised::of_start(file, &before)?;
        for _ in 1..ATTEMPTS {
            let now = header_at(file, 0)?;
            if now == before && found.header.is_ok() {
                break;
            }
            found = Recognised::of_start(file, &now)?;
            before = now;
        }
        Ok(found)
    }

    fn of_start(file: &File, start: &[u8]) -> io::Result<Recognised> {
        let size = file.metadata()?.len();
        Ok(match format_of(start) {
            Ok(format) => Recognised {
                contents: Contents::Known(format),
                syncs_per_commit: Some(format.syncs_per_commit()),
                header: format.header_facts(Bytes::new(start), size),
            },
            Err(Error::Foreign(foreign)) => Recognised {
                contents: Contents::Foreign(foreign),
                syncs_per_commit: foreign::syncs_per_commit(foreign, start),
                header: Ok(foreign::facts(foreign, start, |offset| header_at(file, offset))),
            },
            Err(error) => Recognised {
                contents: Contents::Unreadable(error),
                syncs_per_commit: None,
                header: Err(Error::Truncated { offset: start.len() as u64 }),
            },
        })
    }

    /// What a process of Cyrus locks while it uses the file; `None`: it is no database of Cyrus.
    pub fn locked(&self) -> Option<Locked> {
        match self.contents {
            Contents::Known(format) => Some(Locked::in_use(format)),
            _ => None,
        }
    }
}

/// As many bytes as a header has, from `offset` on; fewer at the end of the file.
pub(super) fn header_at(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    read_at(file, offset, LOOK)
}

/// Up to `length` bytes from `offset` on; fewer at the end of the file.
pub(super) fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut read = 0;
    while read < length {
        match file.read_at(&mut bytes[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of PostgreSQL with its log position, a checksum, and these bounds.
    fn relation(bounds: [u16; 3]) -> Vec<u8> {
        let mut page = vec![0; 8192];
        page[..10].copy_from_slice(&[0, 0, 0, 0, 0x60, 0x2c, 0x91, 0x01, 0x5c, 0x11]);
        for (place, value) in page[12..20].chunks_exact_mut(2).zip(bounds.into_iter().chain([0x2004])) {
            place.copy_from_slice(&value.to_ne_bytes());
        }
        page
    }

    #[test]
    fn files_that_are_no_mailbox_files_are_named() {
        let mut berkeley = vec![0; 64];
        berkeley[12..16].copy_from_slice(&0x0005_3162_u32.to_le_bytes());
        for (start, expected) in [
            (b"".as_slice(), Foreign::Empty),
            (&[0; 512], Foreign::Zeros),
            (b"\xa1\x02\x8b\x0dsomething else", Foreign::UnknownCyrus),
            (b"SQLite format 3\0\x10\0", Foreign::Sqlite),
            (&berkeley, Foreign::Berkeley),
            (&relation([24, 8192, 8192]), Foreign::Postgresql),
            (&relation([400, 300, 8192]), Foreign::Unknown),
            (b"\x1f\x8b\x08\0", Foreign::Compressed),
            (b"user.joe\t0 default joe\tlrs\t\n", Foreign::Text),
            (b"\x7fELF\x02\x01\x01\0", Foreign::Unknown),
        ] {
            match format_of(start) {
                Err(Error::Foreign(found)) => assert_eq!(found, expected),
                other => panic!("{expected:?}: {other:?}"),
            }
        }
        assert!(matches!(format_of(b"\xa1\x02\x8b\x0dskip"), Err(Error::Truncated { offset: 8 })));
        assert!(matches!(format_of(b"\xa1\x02\x8b\x0dtwomfile\0\0\0\0 and more"), Ok(Format::Twom)));
        assert!(matches!(format_of(b"\xa1\x02\x8b\x0dskiplist file\0\0\0 and more"), Ok(Format::Skiplist)));
    }
}
