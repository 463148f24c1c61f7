//! The 96-byte header of a twom file, and the checksums that all of the file has.
//! It holds the committed size and a dirty flag, and is stored twice by every transaction.

use xxhash_rust::xxh3::Xxh3Default;

use crate::{
    mailboxes::{Bytes, Error, Foreign},
    os::view::View,
};

/// The first 16 bytes of every twom file.
pub(in crate::mailboxes) const MAGIC: [u8; 16] = *b"\xA1\x02\x8B\x0Dtwomfile\0\0\0\0";
pub(super) const HEADER: u64 = 96;
/// Where the first record after the DUMMY starts.
pub(super) const FIRST: u64 = 368;

const VERSION: u32 = 1;
const DIRTY: u32 = 1;
const NO_SUMS: u32 = 1 << 27;
const XXH3: u32 = 1 << 28;
const EXTERNAL_SUMS: u32 = 1 << 29;
const EXTERNAL_ORDER: u32 = 1 << 30;
/// Where the flags are, and the header's own checksum.
const FLAGS: u64 = 36;
const SUM: u64 = 92;

/// How the checksums of a file are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sums {
    /// The low half of XXH3 with 64 bits.
    Xxh3,
    /// All of them are 0.
    None,
}

impl Sums {
    /// Those of a file whose header was verified before.
    pub fn read(bytes: Bytes<'_>) -> Result<Sums, Error> {
        bytes.u32_le_at(FLAGS).map(Sums::named_by)
    }

    fn named_by(flags: u32) -> Sums {
        if flags & NO_SUMS != 0 { Sums::None } else { Sums::Xxh3 }
    }

    pub fn of(self, bytes: View<'_>) -> u32 {
        match self {
            Sums::Xxh3 if bytes.length() > 0 => bytes.xxh3() as u32,
            _ => 0,
        }
    }

    /// The same of several parts that stand one after the other.
    pub fn of_parts(self, parts: &[&[u8]]) -> u32 {
        match self {
            Sums::Xxh3 => {
                let mut sum = Xxh3Default::new();
                parts.iter().for_each(|part| sum.update(part));
                sum.digest() as u32
            }
            Sums::None => 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub uuid: [u8; 16],
    flags: u32,
    /// One more by every repack.
    pub generation: u64,
    /// Live records.
    pub records: u64,
    pub commits: u64,
    /// Bytes of all DELETEs in force, and of all records that are deleted or have been replaced.
    pub dirty_size: u64,
    /// Where the part ends that is in the order of the keys.
    pub repack_size: u64,
    /// Where the last commit ends.
    pub current_size: u64,
    /// The highest level of any record.
    pub max_level: u32,
}

impl Header {
    /// Of a file without records.
    pub fn new(uuid: [u8; 16], generation: u64) -> Header {
        Header {
            uuid,
            flags: XXH3,
            generation,
            records: 0,
            commits: 0,
            dirty_size: 0,
            repack_size: FIRST,
            current_size: FIRST,
            max_level: 0,
        }
    }

    /// Reads the header and checks magic, version, checksum, and that the committed bytes are there.
    pub fn read(bytes: Bytes<'_>) -> Result<Header, Error> {
        Header::of(bytes, bytes.len())
    }

    /// The same, of the first bytes of a file of `size` bytes.
    pub fn of(bytes: Bytes<'_>, size: u64) -> Result<Header, Error> {
        if bytes.slice(0, 16)? != MAGIC {
            return Err(Error::Foreign(Foreign::Unknown));
        }
        let flags = bytes.u32_le_at(FLAGS)?;
        if flags & (EXTERNAL_SUMS | EXTERNAL_ORDER) != 0 {
            let what =
                "this twom file's checksums or order of keys are those of another program, which only that one knows";
            return Err(Error::Unsupported { what });
        }
        let mut uuid = [0; 16];
        for (place, half) in uuid.chunks_exact_mut(8).zip([16, 24]) {
            place.copy_from_slice(&bytes.u64_le_at(half)?.to_le_bytes());
        }
        let header = Header {
            uuid,
            flags,
            generation: bytes.u64_le_at(40)?,
            records: bytes.u64_le_at(48)?,
            commits: bytes.u64_le_at(56)?,
            dirty_size: bytes.u64_le_at(64)?,
            repack_size: bytes.u64_le_at(72)?,
            current_size: bytes.u64_le_at(80)?,
            max_level: bytes.u32_le_at(88)?,
        };
        if header.sums().of(bytes.slice(0, SUM)?) != bytes.u32_le_at(SUM)? {
            return Err(Error::corrupt(SUM, "the header's checksum does not match"));
        }
        if bytes.u32_le_at(32)? != VERSION {
            return Err(Error::corrupt(32, "the version is not 1"));
        }
        if header.current_size < FIRST || !header.current_size.is_multiple_of(8) {
            return Err(Error::corrupt(80, "the committed size is impossible"));
        }
        if header.current_size > size {
            return Err(Error::Truncated { offset: size });
        }
        Ok(header)
    }

    pub fn sums(&self) -> Sums {
        Sums::named_by(self.flags)
    }

    pub fn is_dirty(&self) -> bool {
        self.flags & DIRTY != 0
    }

    pub fn dirty(self, dirty: bool) -> Header {
        Header { flags: if dirty { self.flags | DIRTY } else { self.flags & !DIRTY }, ..self }
    }

    pub fn encode(&self) -> [u8; HEADER as usize] {
        let mut out = [0; HEADER as usize];
        out[..16].copy_from_slice(&MAGIC);
        out[16..32].copy_from_slice(&self.uuid);
        out[32..36].copy_from_slice(&VERSION.to_le_bytes());
        out[36..40].copy_from_slice(&self.flags.to_le_bytes());
        let Header { generation, records, commits, dirty_size, repack_size, current_size, .. } = *self;
        let fields = [generation, records, commits, dirty_size, repack_size, current_size];
        for (field, place) in fields.into_iter().zip(out[40..].chunks_exact_mut(8)) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        out[88..92].copy_from_slice(&self.max_level.to_le_bytes());
        let sum = self.sums().of(View::of(&out[..SUM as usize]));
        out[SUM as usize..].copy_from_slice(&sum.to_le_bytes());
        out
    }
}
