//! What a checkpoint writes: a new file with every live record in order, each followed by the pointers that lead to it.
//! The places of those pointers are kept in memory, so nothing of the new file is read back.

use super::build::{TOO_LARGE, random_level};
use super::commit::write_record;
use super::layout::{DUMMY, Header, MAX_LEVEL, TERMINATOR, TYPE_DUMMY, TYPE_INORDER};
use super::read::Cursor;
use crate::mailboxes::{Bytes, Error, KeyOrder, Storage};

/// Writes the live records of `old` to an empty `new` file, packed. The caller syncs it.
pub fn rewrite(old: Bytes<'_>, order: KeyOrder, new: &mut impl Storage, rng: &mut impl rand::Rng) -> Result<(), Error> {
    let before = Header::read(old)?;
    let mut header = Header { level: 1, listed: 0, log_start: 0, ..before };
    let most = header.max_level as usize;
    let mut dummy = [0; 12 + 4 * MAX_LEVEL + 4];
    dummy[..4].copy_from_slice(&TYPE_DUMMY.to_be_bytes());
    dummy[12 + 4 * most..][..4].copy_from_slice(&TERMINATOR.to_be_bytes());
    new.append(DUMMY, &[&dummy[..12 + 4 * most + 4]])?;

    // Where the pointer on each level is that the next record of that level is hung on. Pointers start as zeros: the end.
    let mut slots = [0; MAX_LEVEL];
    for (level, slot) in slots.iter_mut().enumerate() {
        *slot = DUMMY + 12 + 4 * level as u64;
    }
    let mut end = header.first_record();
    let mut cursor = Cursor::seek(old, order, b"")?;
    let (mut key, mut value) = (Vec::new(), Vec::new());
    while let Some(entry) = cursor.next(old)? {
        entry.0.copy_to(&mut key);
        entry.1.copy_to(&mut value);
        let level = random_level(rng, header.max_level) as usize;
        header.level = header.level.max(level as u32);
        let offset = u32::try_from(end).map_err(|_| TOO_LARGE)?;
        let size = write_record(new, end, &[], TYPE_INORDER, &key, &value, &[0; MAX_LEVEL][..level])?;
        let pointers = end + size - 4 - 4 * level as u64;
        for (level, slot) in slots[..level].iter_mut().enumerate() {
            new.write(*slot, &offset.to_be_bytes())?;
            *slot = pointers + 4 * level as u64;
        }
        end += size;
        header.listed += 1;
    }
    header.log_start = u32::try_from(end).map_err(|_| TOO_LARGE)?;
    new.write(0, &header.encode())
}
