//! Writing a large file front to back while parts of what is already there still change.
//! The last part is held back, where changing it costs nothing; what lies before it is changed in the file. What is written is
//! written `piece` bytes at a time, because that decides how large the page cache's folios are.

use std::{fs::File, io::Write, os::unix::fs::FileExt};

use super::Error;

pub struct Behind<'f> {
    file: Option<&'f File>,
    piece: usize,
    /// Bytes that are held back at least, once there are so many.
    keep: usize,
    /// Where `held` begins: all before it is in the file.
    start: u64,
    held: Vec<u8>,
}

impl<'f> Behind<'f> {
    /// An empty file, to be written `piece` bytes at a time. About `expected` bytes will come; at most `memory` bytes are held, or
    /// two pieces, if that is more.
    pub fn new(file: &'f File, piece: usize, memory: usize, expected: u64) -> Result<Behind<'f>, Error> {
        let piece = piece.max(1);
        let keep = memory.saturating_sub(piece) / 2;
        // A quarter more than expected, so that it need not be moved to grow.
        let expected = usize::try_from(expected.saturating_add(expected / 4)).unwrap_or(usize::MAX);
        let mut held = Vec::new();
        held.try_reserve_exact(expected.min(2 * keep + piece)).map_err(Error::no_memory)?;
        Ok(Behind { file: Some(file), piece, keep, start: 0, held })
    }

    #[cfg(test)]
    pub fn in_memory() -> Behind<'static> {
        Behind { file: None, piece: 0, keep: 0, start: 0, held: Vec::new() }
    }

    pub fn end(&self) -> u64 {
        self.start + self.held.len() as u64
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some(file) = self.file
            && self.held.len() + bytes.len() > 2 * self.keep + self.piece
        {
            self.write(file)?;
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    pub fn change(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let before = usize::try_from(self.start.saturating_sub(offset)).unwrap_or(usize::MAX).min(bytes.len());
        let (written, held) = bytes.split_at(before);
        if let Some(file) = self.file.filter(|_| !written.is_empty()) {
            file.write_all_at(written, offset).map_err(Error::io("pwrite"))?;
        }
        if !held.is_empty() {
            let at = (offset + before as u64 - self.start) as usize;
            self.held[at..at + held.len()].copy_from_slice(held);
        }
        Ok(())
    }

    fn write(&mut self, file: &File) -> Result<(), Error> {
        let count = self.held.len().saturating_sub(self.keep) / self.piece;
        let end = count * self.piece;
        write_pieces(file, &self.held[..end], self.piece)?;
        self.held.drain(..end);
        self.start += end as u64;
        Ok(())
    }

    /// Writes the rest; how large the file is.
    pub fn finish(self) -> Result<u64, Error> {
        if let Some(file) = self.file {
            write_pieces(file, &self.held, self.piece)?;
        }
        Ok(self.end())
    }

    #[cfg(test)]
    pub fn into_bytes(self) -> Vec<u8> {
        self.held
    }
}

fn write_pieces(mut file: &File, bytes: &[u8], piece: usize) -> Result<(), Error> {
    bytes.chunks(piece).try_for_each(|piece| file.write_all(piece).map_err(Error::io("write")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_is_changed_wherever_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut out = Behind::new(file.as_file(), 8, 64, 1000).unwrap();
        let mut wanted = Vec::new();
        for number in 0..200u8 {
            out.push(&[number; 5]).unwrap();
            wanted.extend([number; 5]);
            assert!(out.held.len() <= 64, "{}", out.held.len());
            assert!(out.start.is_multiple_of(8));
            // In the file, across the border, or in memory.
            for offset in [0, out.start.saturating_sub(2), out.end() - 4] {
                out.change(offset, &[number, 1, 2, 3]).unwrap();
                wanted[offset as usize..][..4].copy_from_slice(&[number, 1, 2, 3]);
            }
        }
        assert_eq!(out.finish().unwrap(), 1000);
        assert_eq!(std::fs::read(file.path()).unwrap(), wanted);
    }

    #[test]
    fn pieces_larger_than_the_memory_are_written_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut out = Behind::new(file.as_file(), 100, 10, 1000).unwrap();
        for number in 0..250 {
            out.push(&[number as u8]).unwrap();
        }
        assert_eq!(out.start, 200);
        assert_eq!(out.finish().unwrap(), 250);
        assert!(std::fs::read(file.path()).unwrap().into_iter().eq(0..250));
    }
}
