//! `/proc/PID/xmap`: the mappings of a process, with what is resident of each.
//! The layout is an array of `prxmap_t` of `sys/procfs.h`, as a 64-bit process reads it.

use std::ops::Range;

use super::{long_at, word_at};
use crate::os::file_users::{FileId, MappingKind};

/// Length of an entry, and the offsets of its parts.
const LENGTH: usize = 216;
const SIZE: usize = 8;
const NAME: Range<usize> = 16..80;
const OFFSET: usize = 80;
const FLAGS: usize = 88;
const DEVICE: usize = 104;
const INODE: usize = 112;
const RESIDENT_PAGES: usize = 120;

/// `MA_EXEC`, `MA_WRITE`, `MA_SHARED`.
const EXECUTABLE: u32 = 0x01;
const WRITABLE: u32 = 0x02;
const SHARED: u32 = 0x08;
/// `PRNODEV`: no file is behind it.
const NO_DEVICE: u64 = u64::MAX;

/// One mapping of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub bytes: u64,
    pub offset: u64,
    /// The link of `/proc/PID/path` that leads to the file; empty: there is none.
    pub link: String,
    pub shared: bool,
    pub executable: bool,
    /// How the file was opened is not shown, so that none is read-only of a file that was opened for writing.
    pub kind: MappingKind,
    pub file: FileId,
    pub resident_pages: u64,
}

/// The mappings of files; what is cut off at the end is left out.
pub fn parse(bytes: &[u8]) -> Vec<Mapping> {
    bytes.chunks_exact(LENGTH).filter_map(mapping).collect()
}

fn mapping(entry: &[u8]) -> Option<Mapping> {
    let flags = word_at(entry, FLAGS)?;
    let file = FileId { device: long_at(entry, DEVICE)?, inode: long_at(entry, INODE)? };
    let link = entry[NAME].split(|byte| *byte == 0).next()?;
    let kind = match (flags & SHARED != 0, flags & WRITABLE != 0) {
        (false, _) => MappingKind::Private,
        (true, true) => MappingKind::Writable,
        (true, false) => MappingKind::ReadOnly,
    };
    (file.device != NO_DEVICE).then_some(Mapping {
        bytes: long_at(entry, SIZE)?,
        offset: long_at(entry, OFFSET)?,
        link: String::from_utf8_lossy(link).into_owned(),
        shared: flags & SHARED != 0,
        executable: flags & EXECUTABLE != 0,
        kind,
        file,
        resident_pages: long_at(entry, RESIDENT_PAGES)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(flags: u32, device: u64) -> Vec<u8> {
        let mut entry = vec![0; LENGTH];
        let mut put = |offset: usize, value: u64| entry[offset..offset + 8].copy_from_slice(&value.to_ne_bytes());
        put(0, 0xffff_fd7f_0000_0000);
        put(8, 65536);
        put(80, 8192);
        put(104, device);
        put(112, 4711);
        put(120, 3);
        put(128, 99);
        entry[16..24].copy_from_slice(b"zfs.1.42");
        entry[88..92].copy_from_slice(&flags.to_ne_bytes());
        entry[92..96].copy_from_slice(&4096u32.to_ne_bytes());
        entry
    }

    #[test]
    fn mappings_are_where_the_header_says() {
        let expected = Mapping {
            bytes: 65536,
            offset: 8192,
            link: "zfs.1.42".to_owned(),
            shared: true,
            executable: false,
            kind: MappingKind::ReadOnly,
            file: FileId { device: 7, inode: 4711 },
            resident_pages: 3,
        };
        assert_eq!(parse(&entry(0x04 | 0x08, 7)), [expected]);
        let kind = |flags| parse(&entry(flags, 7))[0].kind;
        assert_eq!(
            [kind(0x0e), kind(0x06), kind(0x04)],
            [MappingKind::Writable, MappingKind::Private, MappingKind::Private]
        );
        assert!(parse(&entry(0x05, 7))[0].executable);
    }

    #[test]
    fn memory_without_a_file_and_what_is_cut_off_is_left_out() {
        let bytes = [entry(0x0c, u64::MAX), entry(0x0c, 1), entry(0x0c, 2)].concat();
        assert_eq!(parse(&bytes).len(), 2);
        assert_eq!(parse(&bytes[..bytes.len() - 1]).len(), 1);
        assert!(parse(&[]).is_empty());
    }
}
