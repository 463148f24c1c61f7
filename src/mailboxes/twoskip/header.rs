//! The 64-byte header of a twoskip file.
//! It holds the committed size and a dirty flag, and is written twice by every transaction.

use crate::mailboxes::{Bytes, Error, Foreign};

/// The first 20 bytes of every twoskip file.
pub(in crate::mailboxes) const MAGIC: [u8; 20] = *b"\xA1\x02\x8B\x0Dtwoskip file\0\0\0\0";
pub(super) const HEADER: u64 = 64;
pub(super) const FIRST: u64 = 336;
const DIRTY: u32 = 1;

#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub generation: u64,
    pub records: u64,
    pub repack_size: u64,
    pub current_size: u64,
    pub flags: u32,
}

impl Header {
    /// Reads the header and checks magic, version, CRC, and that the committed bytes are there.
    pub fn read(bytes: Bytes<'_>) -> Result<Header, Error> {
        Header::of(bytes, bytes.len())
    }

    /// The same, of the first bytes of a file of `size` bytes.
    pub fn of(bytes: Bytes<'_>, size: u64) -> Result<Header, Error> {
        if bytes.slice(0, 20)? != MAGIC {
            return Err(Error::Foreign(Foreign::Unknown));
        }
        if bytes.slice(0, 60)?.crc32() != bytes.u32_at(60)? {
            return Err(Error::corrupt(60, "the header's CRC does not match"));
        }
        if bytes.u32_at(20)? != 1 {
            return Err(Error::corrupt(20, "the version is not 1"));
        }
        let header = Header {
            generation: bytes.u64_at(24)?,
            records: bytes.u64_at(32)?,
            repack_size: bytes.u64_at(40)?,
            current_size: bytes.u64_at(48)?,
            flags: bytes.u32_at(56)?,
        };
        if header.current_size < FIRST || !header.current_size.is_multiple_of(8) {
            return Err(Error::corrupt(48, "the committed size is impossible"));
        }
        if header.current_size > size {
            return Err(Error::Truncated { offset: size });
        }
        Ok(header)
    }

    /// Whether the flag is clear and the file ends where the last transaction did.
    pub fn is_clean(&self, bytes: Bytes<'_>) -> bool {
        !self.is_dirty() && self.current_size == bytes.len()
    }

    pub fn is_dirty(&self) -> bool {
        self.flags & DIRTY != 0
    }

    pub fn dirty(self, dirty: bool) -> Header {
        Header { flags: if dirty { self.flags | DIRTY } else { self.flags & !DIRTY }, ..self }
    }

    pub fn encode(&self) -> [u8; 64] {
        let mut out = [0; 64];
        out[..20].copy_from_slice(&MAGIC);
        out[20..24].copy_from_slice(&1u32.to_be_bytes());
        let fields = [self.generation, self.records, self.repack_size, self.current_size];
        for (field, place) in fields.into_iter().zip(out[24..].chunks_exact_mut(8)) {
            place.copy_from_slice(&field.to_be_bytes());
        }
        out[56..60].copy_from_slice(&self.flags.to_be_bytes());
        let crc = crc32fast::hash(&out[..60]);
        out[60..].copy_from_slice(&crc.to_be_bytes());
        out
    }
}
