//! Which kind of file this is, by its first bytes. What mapstorm does not read is named, so that nobody takes it for a damaged
//! database.

use std::{fs::File, io::Read, path::Path};

use super::{Error, Foreign, Format, flat};
use crate::os::regular_file::open_regular;

/// Bytes that are read: enough for every magic, and to distinguish text from other content.
pub(super) const LOOK: usize = 512;
/// The first four bytes of every database that Cyrus made itself.
const CYRUS: &[u8] = b"\xa1\x02\x8b\x0d";

pub(super) fn format_of(start: &[u8]) -> Result<Format, Error> {
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
    Err(Error::Foreign(foreign(start)))
}

fn foreign(start: &[u8]) -> Foreign {
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
