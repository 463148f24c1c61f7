//! The file that is updated, as its writer holds it: one page of it changes, and afterwards it is put back as it was.
//! Everything here but the update itself happens outside the measured time.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use nix::unistd::fdatasync;

use super::{Outcome, at};
use crate::os::advice;
use crate::os::pages::{Pages, page_size};

/// A file with known content, and the page of it that updates change.
pub struct Target<'a> {
    pub path: PathBuf,
    pub file: File,
    /// What it holds when no update is under way.
    pub content: &'a [u8],
    pub write_size: u64,
    /// The writer's own mapping, made when a method first asks for it: until then it is no mapper.
    own: Option<Pages>,
    stamp: u8,
}

/// Bytes that are compared at a time when a file is put back.
const READ: usize = 256 << 10;
/// Bytes of an update of a page: about what a mailbox's record takes.
pub const UPDATE_BYTES: usize = 200;

impl<'a> Target<'a> {
    /// Makes a new file of `content`, written `write_size` bytes at a time: that decides how large its folios are.
    pub fn create(path: &Path, content: &'a [u8], write_size: u64) -> io::Result<Target<'a>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        write_in_pieces(&file, 0, content, write_size)?;
        file.sync_all()?;
        Ok(Target { path: path.to_owned(), file, content, write_size, own: None, stamp: 0 })
    }

    pub fn size(&self) -> u64 {
        self.content.len() as u64
    }

    /// Where the page is that updates change: in the middle of the file, at a multiple of the write size.
    pub fn page(&self) -> u64 {
        self.size() / 2 / self.piece() * self.piece()
    }

    /// The piece that was written at once and holds the page: its folio, where the file system keeps folios so large.
    pub fn folio(&self) -> Range<u64> {
        self.page()..(self.page() + self.piece()).min(self.size())
    }

    pub fn last_folio(&self) -> Range<u64> {
        let start = (self.size() - 1) / self.piece() * self.piece();
        start..self.size()
    }

    /// At least a page: smaller writes fill the same folio.
    fn piece(&self) -> u64 {
        self.write_size.max(page_size())
    }

    pub fn stamp(&mut self) -> u8 {
        self.stamp = self.stamp.wrapping_add(1);
        self.stamp
    }

    /// What an update writes to the page: as it was, but for one byte.
    pub fn changed(&mut self) -> [u8; UPDATE_BYTES] {
        let at = self.page() as usize;
        let mut bytes = [0; UPDATE_BYTES];
        let old = &self.content[at..self.content.len().min(at + UPDATE_BYTES)];
        bytes[..old.len()].copy_from_slice(old);
        bytes[0] = self.stamp();
        bytes
    }

    /// The writer's own, writable mapping.
    pub fn own(&mut self) -> Result<&Pages, String> {
        let own = match self.own.take() {
            Some(own) => own,
            None => Pages::map(&self.file, self.size(), true).map_err(at("mmap(PROT_WRITE)"))?,
        };
        Ok(self.own.insert(own))
    }

    /// The file of this name is another one from now on.
    pub fn is_now(&mut self, fresh: Target<'a>) {
        (self.file, self.own) = (fresh.file, None);
    }

    /// Writes `range` again, after freeing it: its folios are then new. Its pages are unmapped from all processes.
    pub fn rebuild(&self, range: Range<u64>) -> Outcome {
        // Where holes cannot be punched, the pages are only overwritten.
        let _ = advice::punch(&self.file, range.clone());
        let piece = &self.content[range.start as usize..range.end as usize];
        let written = write_in_pieces(&self.file, range.start, piece, self.write_size);
        written.and_then(|()| self.file.sync_all()).map_err(at("pwrite"))
    }

    pub fn pwrite(&self, bytes: &[u8], offset: u64) -> Outcome {
        self.file.write_all_at(bytes, offset).map_err(at("pwrite"))
    }

    pub fn fdatasync(&self) -> Outcome {
        fdatasync(&self.file).map_err(at("fdatasync"))
    }

    pub fn set_length(&self, length: u64) -> Outcome {
        self.file.set_len(length).map_err(at("ftruncate"))
    }

    /// Restores the pages that differ from the content, and the size.
    pub fn heal(&mut self) -> io::Result<()> {
        self.own = None;
        if self.file.metadata()?.len() != self.size() {
            self.file.set_len(self.size())?;
        }
        let page = page_size() as usize;
        let mut now = vec![0; READ.next_multiple_of(page)];
        let mut at = 0;
        for content in self.content.chunks(now.len()) {
            let now = &mut now[..content.len()];
            self.file.read_exact_at(now, at)?;
            for (is, was) in now.chunks(page).zip(content.chunks(page)) {
                if is != was {
                    self.file.write_all_at(was, at)?;
                }
                at += was.len() as u64;
            }
        }
        self.file.sync_all()
    }
}

fn write_in_pieces(file: &File, start: u64, content: &[u8], write_size: u64) -> io::Result<()> {
    let mut at = start;
    for piece in content.chunks(usize::try_from(write_size).unwrap_or(usize::MAX).max(1)) {
        file.write_all_at(piece, at)?;
        at += piece.len() as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_restored() {
        let directory = tempfile::tempdir_in(".").unwrap();
        let content: Vec<u8> = (0..1 << 18).map(|byte: u32| (byte % 251) as u8).collect();
        let path = directory.path().join("target");
        let mut target = Target::create(&path, &content, 16384).unwrap();
        assert_eq!(target.page() % 16384, 0);
        assert_eq!(target.folio(), 131_072..147_456);
        assert_eq!(target.last_folio(), (1 << 18) - 16384..1 << 18);
        let (first, second) = (target.changed(), target.changed());
        assert_ne!(first, second, "every update changes something");
        target.file.write_all_at(&first, target.page()).unwrap();
        target.file.set_len(target.size() + 100).unwrap();
        target.heal().unwrap();
        assert!(std::fs::read(&path).unwrap() == content);
        target.rebuild(target.folio()).unwrap();
        assert!(std::fs::read(&path).unwrap() == content);
        assert!(Target::create(&path, &content, 16384).is_err(), "nothing is ever overwritten");
    }
}
