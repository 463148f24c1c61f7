//! How much of a file the page cache holds, and how much of that waits to be written back, without reading the file into it.

use std::{
    fs::File,
    os::{
        fd::{AsFd, AsRawFd},
        unix::fs::MetadataExt,
    },
};

use memmap2::MmapOptions;
use nix::{
    errno::Errno,
    sys::statfs::{OVERLAYFS_SUPER_MAGIC, fstatfs},
    unistd::{AccessFlags, eaccess, geteuid},
};

use super::facts::{CachedBytes, Probe};
use crate::os::pages::page_size;

/// The number of cachestat(2) (Linux 6.5), which the libc crate does not have: the same on all architectures but Alpha.
const CACHESTAT: libc::c_long = 451;

/// `struct cachestat_range`: from where on, and how many bytes; 0: to the end.
#[repr(C)]
struct Range {
    offset: u64,
    length: u64,
}

/// `struct cachestat`, all in pages.
#[repr(C)]
#[derive(Default)]
struct Counted {
    cached: u64,
    dirty: u64,
    under_writeback: u64,
    evicted: u64,
    recently_evicted: u64,
}

/// How the page cache holds a file that is open for reading.
pub fn cached_bytes(file: &File) -> CachedBytes {
    match counted(file) {
        Ok(Counted { cached, dirty, under_writeback, .. }) => CachedBytes {
            resident: Ok(cached * page_size()),
            // A page can be both: it was changed again while it was written back.
            dirty: Ok((dirty + under_writeback).min(cached) * page_size()),
        },
        Err(why) => {
            CachedBytes { resident: resident_of(file).map_err(|other| format!("{why}; {other}")), dirty: Err(why) }
        }
    }
}

fn counted(file: impl AsFd) -> Probe<Counted> {
    // The pages of such a file are those of the file beneath, which a mapping leads to: it has none itself.
    if fstatfs(file.as_fd()).is_ok_and(|facts| facts.filesystem_type() == OVERLAYFS_SUPER_MAGIC) {
        return Err("cachestat(2) counts nothing on overlayfs".to_owned());
    }
    let (range, mut counted) = (Range { offset: 0, length: 0 }, Counted::default());
    // SAFETY: both structures are laid out as the call has them and live for its length; it writes to the second one alone.
    Errno::result(unsafe { libc::syscall(CACHESTAT, file.as_fd().as_raw_fd(), &raw const range, &raw mut counted, 0) })
        .map_err(|error| match error {
            Errno::ENOSYS => "the kernel has no cachestat(2), which Linux 6.5 brought".to_owned(),
            Errno::EPERM => "cachestat(2) is for who may write the file: run as its owner or as root".to_owned(),
            other => format!("cachestat(2): {other}"),
        })?;
    Ok(counted)
}

/// The same by mincore(2), of a mapping of which no page is touched.
fn resident_of(file: &File) -> Probe<u64> {
    let facts = file.metadata().map_err(|error| error.to_string())?;
    // Of a file that is another's, mincore reports all pages as resident (since Linux 5.2).
    let own = format!("/proc/self/fd/{}", file.as_raw_fd());
    if facts.uid() != geteuid().as_raw() && eaccess(own.as_str(), AccessFlags::W_OK).is_err() {
        return Err("mincore(2) is, too: run as its owner or as root".to_owned());
    }
    let length = usize::try_from(facts.len()).map_err(|_| "the file is too large to be mapped".to_owned())?;
    if length == 0 {
        return Ok(0);
    }
    let map = MmapOptions::new().len(length).map_raw_read_only(file.as_raw_fd()).map_err(|error| error.to_string())?;
    let pages = resident_pages(map.as_ptr().addr(), length)?;
    Ok(pages.iter().filter(|page| **page).count() as u64 * page_size())
}

/// Which pages of a mapping of files are in memory, wherever they are mapped (mincore(2)). Touches none.
pub(super) fn resident_pages(start: usize, length: usize) -> Probe<Vec<bool>> {
    let mut pages = vec![0u8; length.div_ceil(page_size() as usize)];
    // SAFETY: the call writes a byte a page of the range, and fails where nothing is mapped; it touches no memory there.
    Errno::result(unsafe { libc::mincore(start as *mut libc::c_void, length, pages.as_mut_ptr()) })
        .map_err(|error| format!("mincore: {error}"))?;
    Ok(pages.into_iter().map(|page| page & 1 != 0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::{advice::drop_cache, system::folios};

    /// A file on a disk: tests' own directory may be in memory, which nothing drops.
    fn written(bytes: usize) -> File {
        let file = tempfile::tempfile_in(".").unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &vec![7; bytes], 0).unwrap();
        file
    }

    #[test]
    fn looking_changes_nothing_in_the_page_cache() {
        const BYTES: usize = 8 << 20;
        let file = written(BYTES);
        let whole = cached_bytes(&file);
        assert_eq!(whole.resident.as_ref().unwrap(), &(BYTES as u64));
        assert!(whole.dirty.is_err() || whole.dirty.unwrap() <= BYTES as u64);
        file.sync_all().unwrap();
        drop_cache(&file, 0..BYTES as u64).unwrap();
        let before = resident_of(&file).unwrap();
        let looked = cached_bytes(&file);
        assert_eq!(looked.resident.as_ref().unwrap(), &before);
        let sampled = folios::sample(&file, 4 << 20);
        assert_eq!(resident_of(&file).unwrap(), before, "{looked:?} {sampled:?}");
        // A part of it is read: so much is there, and it stays that.
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut [0; 100], 4 << 20).unwrap();
        let partly = resident_of(&file).unwrap();
        assert!(partly > before || before == BYTES as u64, "{before} {partly}");
        let _ = (folios::sample(&file, 64 << 20), cached_bytes(&file));
        assert_eq!(resident_of(&file).unwrap(), partly);
    }

    #[test]
    fn the_dirty_part_is_what_was_not_synced() {
        let file = written(1 << 20);
        file.sync_all().unwrap();
        let Ok(clean) = cached_bytes(&file).dirty else { return eprintln!("skipped: no cachestat(2)") };
        assert_eq!(clean, 0);
        std::os::unix::fs::FileExt::write_all_at(&file, &[1; 100], 300_000).unwrap();
        // Write-back may come at once, and be over; never is it more than the file.
        assert!(cached_bytes(&file).dirty.unwrap() <= 1 << 20);
        assert_eq!(cached_bytes(&tempfile::tempfile_in(".").unwrap()).resident, Ok(0));
    }

    #[test]
    fn folios_of_a_sample_cover_what_is_resident() {
        let file = written(8 << 20);
        match folios::sample(&file, 4 << 20) {
            Ok(sample) => {
                assert_eq!(sample.of_bytes, 4 << 20);
                let covered: u64 = sample.folios.iter().map(|folio| folio.bytes).sum();
                assert_eq!(covered, 4 << 20, "{:?}", sample.folios);
                assert!(sample.folios.iter().all(|folio| folio.bytes.is_power_of_two()));
            }
            Err(why) => assert!(why.contains("root"), "{why}"),
        }
        assert_eq!(folios::sample(&tempfile::tempfile().unwrap(), 1).map_or(0, |sample| sample.of_bytes), 0);
    }
}
