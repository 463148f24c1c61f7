//! Memory of one process on which operations are tried that take translations away: given back, protected, moved, unmapped.
//! No reference into it is ever handed out, so that no operation can leave one that points nowhere.

use std::mem::ManuallyDrop;

use nix::{
    errno::Errno,
    sys::mman::{MapFlags, mprotect, munmap},
};

use super::{
    advice,
    memory::{Memory, protection},
    pages::page_size,
};

/// Advice that takes translations away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    DontNeed,
    Free,
    PageOut,
    /// Small pages become a huge one.
    Collapse,
    /// They stay small.
    NoHugePages,
}

/// Private anonymous pages, readable and writable.
pub struct PrivatePages {
    memory: Memory,
    writable: bool,
}

impl PrivatePages {
    /// Maps so many pages, at least one. They are not there yet: the first access of each takes a page fault.
    pub fn map(pages: usize) -> nix::Result<PrivatePages> {
        let length = pages.max(1).checked_mul(page_size() as usize).ok_or(Errno::ENOMEM)?;
        Ok(PrivatePages { memory: Memory::anonymous(length, MapFlags::MAP_PRIVATE)?, writable: true })
    }

    /// The same, at an address that is a multiple of so many pages (a power of two).
    pub fn aligned(pages: usize) -> nix::Result<PrivatePages> {
        let bytes = pages * page_size() as usize;
        let wide = ManuallyDrop::new(PrivatePages::map(2 * pages)?.memory);
        let (first, length) = (wide.start, wide.length);
        // What lies before and behind is unmapped, and the middle is kept.
        let before = first.addr().get().next_multiple_of(bytes) - first.addr().get();
        // SAFETY: all three parts lie inside the mapping, which is ours and of which no reference exists.
        let (start, behind) = unsafe { (first.byte_add(before), first.byte_add(before + bytes)) };
        for (part, size) in [(first, before), (behind, length - before - bytes)] {
            if size > 0 {
                // SAFETY: as above.
                unsafe { munmap(part, size) }?;
            }
        }
        Ok(PrivatePages { memory: Memory { start, length: bytes }, writable: true })
    }

    /// Writes a byte of the first `pages` pages, as far as there are so many. `EACCES` while they are protected.
    pub fn store(&mut self, pages: usize, value: u8) -> nix::Result<()> {
        if !self.writable {
            return Err(Errno::EACCES);
        }
        for offset in (0..self.memory.length).step_by(page_size() as usize).take(pages) {
            // SAFETY: inside the mapping, which is writable and lives as long as `self`; nobody else knows of it.
            unsafe { self.memory.start.as_ptr().cast::<u8>().add(offset).write_volatile(value) };
        }
        Ok(())
    }

    /// `mprotect(2)` of all of it.
    pub fn protect(&mut self, writable: bool) -> nix::Result<()> {
        // Said before, so that a failure in the middle leaves nothing that is stored to in vain.
        self.writable = false;
        // SAFETY: the mapping is ours, and `store` is the only access to it.
        unsafe { mprotect(self.memory.start, self.memory.length, protection(writable)) }?;
        self.writable = writable;
        Ok(())
    }

    /// `madvise(2)` of all of it; why it cannot. Advice never unmaps: what was given back reads as zeros.
    pub fn advise(&self, advice: Advice) -> Result<(), String> {
        advice::advise(self.memory.start, self.memory.length, advice)
    }

    /// Moves all of it to where `to` is, which must be as large and is gone then; why it cannot.
    pub fn move_to(self, to: PrivatePages) -> Result<PrivatePages, String> {
        if self.memory.length != to.memory.length {
            return Err("mremap: the places differ in size".to_owned());
        }
        // Which of the two is left by a call that failed is not known: then both stay mapped.
        let [from, to] = [self.memory, to.memory].map(ManuallyDrop::new);
        advice::move_pages(from.start, from.length, to.start)?;
        Ok(PrivatePages { memory: ManuallyDrop::into_inner(to), writable: self.writable })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_stored_to_protected_and_moved() {
        let mut pages = PrivatePages::map(4).unwrap();
        assert_eq!(pages.memory.length, 4 * page_size() as usize);
        pages.store(4, 7).unwrap();
        pages.protect(false).unwrap();
        assert_eq!(pages.store(1, 7), Err(Errno::EACCES));
        pages.protect(true).unwrap();
        pages.store(9, 7).unwrap();
        match pages.move_to(PrivatePages::map(4).unwrap()) {
            Ok(mut moved) => moved.store(4, 8).unwrap(),
            // Not every system moves pages.
            Err(why) => assert!(why.contains("mremap") || cfg!(not(target_os = "linux")), "{why}"),
        }
        let other = PrivatePages::map(1).unwrap();
        assert!(PrivatePages::map(2).unwrap().move_to(other).is_err());
    }

    #[test]
    fn aligned_pages_are_aligned_and_all_there() {
        let mut pages = PrivatePages::aligned(512).unwrap();
        assert_eq!(pages.memory.start.addr().get() % (512 * page_size() as usize), 0);
        pages.store(512, 1).unwrap();
        assert_eq!(pages.memory.length, 512 * page_size() as usize);
    }
}
