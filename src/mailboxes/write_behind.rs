//! Writing a large new file front to back while parts of what is already there still change.
//! The last part is held in memory, where a change costs little; what lies before it is changed in the file. The file is written
//! `write_size` bytes at a time, because that decides how large the page cache's folios are.

use std::{fs::File, io::Write, os::unix::fs::FileExt};

use super::{Bytes, Error, Storage, SyncCall};

pub struct WriteBehind<'f> {
    file: &'f File,
    write_size: usize,
    /// So many bytes at least are held, once there are so many.
    keep: usize,
    /// Where `held` begins: all before it is in the file.
    start: u64,
    held: Vec<u8>,
    /// The file is made so large at the end, if it is not.
    size: u64,
}

impl<'f> WriteBehind<'f> {
    /// An empty file, to be written `write_size` bytes at a time. About `expected` bytes will come; at most `memory` bytes are held,
    /// or two writes, if that is more.
    pub fn new(file: &'f File, write_size: usize, memory: usize, expected: u64) -> Result<WriteBehind<'f>, Error> {
        let write_size = write_size.max(1);
        let keep = memory.saturating_sub(write_size) / 2;
        // A quarter more than expected, so that it need not be moved to grow.
        let expected = usize::try_from(expected.saturating_add(expected / 4)).unwrap_or(usize::MAX);
        let mut held = Vec::new();
        held.try_reserve_exact(expected.min(2 * keep + write_size)).map_err(Error::no_memory)?;
        Ok(WriteBehind { file, write_size, keep, start: 0, held, size: 0 })
    }

    fn end(&self) -> u64 {
        self.start + self.held.len() as u64
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.held.len() + bytes.len() > 2 * self.keep + self.write_size {
            let count = self.held.len().saturating_sub(self.keep) / self.write_size;
            self.write_held(count * self.write_size)?;
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    fn change(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let before = usize::try_from(self.start.saturating_sub(offset)).unwrap_or(usize::MAX).min(bytes.len());
        let (written, held) = bytes.split_at(before);
        if !written.is_empty() {
            self.file.write_all_at(written, offset).map_err(Error::io("pwrite"))?;
        }
        if !held.is_empty() {
            let at = (offset + before as u64 - self.start) as usize;
            self.held[at..at + held.len()].copy_from_slice(held);
        }
        Ok(())
    }

    fn write_held(&mut self, length: usize) -> Result<(), Error> {
        let mut writes = self.held[..length].chunks(self.write_size);
        writes.try_for_each(|bytes| self.file.write_all(bytes).map_err(Error::io("write")))?;
        self.held.drain(..length);
        self.start += length as u64;
        Ok(())
    }

    /// Writes the rest; returns the size of the file.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.write_held(self.held.len())?;
        if self.size > self.end() {
            self.file.set_len(self.size).map_err(Error::io("ftruncate"))?;
        }
        Ok(self.size.max(self.end()))
    }
}

/// A file that nobody reads before it is finished. The owner of the descriptor syncs it then.
impl Storage for WriteBehind<'_> {
    fn bytes(&self) -> Bytes<'_> {
        Bytes::new(&[])
    }

    /// Appends at the end, or past it: the bytes between are zeros until something else is written there.
    fn append(&mut self, offset: u64, parts: &[&[u8]]) -> Result<(), Error> {
        let gap = offset.saturating_sub(self.end()) as usize;
        self.push(&vec![0; gap])?;
        parts.iter().try_for_each(|part| self.push(part))
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        if offset < self.end() { self.change(offset, bytes) } else { self.append(offset, &[bytes]) }
    }

    fn sync(&mut self, _: SyncCall) -> Result<(), Error> {
        Ok(())
    }

    /// What lies behind the last byte that is written stays a hole. It is not cut short.
    fn truncate(&mut self, size: u64) -> Result<(), Error> {
        self.size = self.size.max(size);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reaches_the_bytes_in_the_file_in_memory_and_across_the_border() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut out = WriteBehind::new(file.as_file(), 8, 64, 1000).unwrap();
        let mut wanted = Vec::new();
        for number in 0..200u8 {
            out.write(out.end(), &[number; 5]).unwrap();
            wanted.extend([number; 5]);
            assert!(out.held.len() <= 64, "{}", out.held.len());
            assert!(out.start.is_multiple_of(8));
            for offset in [0, out.start.saturating_sub(2), out.end() - 4] {
                out.write(offset, &[number, 1, 2, 3]).unwrap();
                wanted[offset as usize..][..4].copy_from_slice(&[number, 1, 2, 3]);
            }
        }
        out.append(out.end() + 3, &[b"behind", b" a gap"]).unwrap();
        wanted.extend(b"\0\0\0behind a gap");
        out.truncate(1024).unwrap();
        wanted.extend([0; 9]);
        assert_eq!(out.finish().unwrap(), 1024);
        assert_eq!(std::fs::read(file.path()).unwrap(), wanted);
    }

    #[test]
    fn writes_larger_than_the_memory_are_not_divided() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut out = WriteBehind::new(file.as_file(), 100, 10, 1000).unwrap();
        for number in 0..250 {
            out.push(&[number as u8]).unwrap();
        }
        assert_eq!(out.start, 200);
        assert_eq!(out.finish().unwrap(), 250);
        assert!(std::fs::read(file.path()).unwrap().into_iter().eq(0..250));
    }
}
