//! Facts of the file: where it is, how large, when it was changed, and how the page cache holds it.

use std::{
    os::unix::fs::MetadataExt,
    time::{Duration, SystemTime},
};

use super::Target;
use crate::{
    os::{
        environment::file_system,
        facts::{CachedBytes, Folio},
        folios, page_cache,
        regular_file::{device_numbers, open_unnoticed},
    },
    results::{Folios, InspectedFile, PageCache},
};

/// Folios are read of at most so many bytes of the file: each page of them is entered in a page table for a moment.
const MOST_FOLIOS: u64 = 64 << 20;

/// What is known of the file that the path of `target` names at `now`.
///
/// # Errors
/// There is none any more.
pub fn inspect_file(target: &Target, now: SystemTime) -> Result<InspectedFile, String> {
    let facts = target.path.metadata().map_err(|error| {
        format!("{}: {error}; it was there a moment ago: name it again when it is back", target.path.display())
    })?;
    let changed = Duration::new(facts.mtime().max(0) as u64, facts.mtime_nsec() as u32);
    let since = now.duration_since(SystemTime::UNIX_EPOCH + changed).unwrap_or_default();
    let (major, minor) = device_numbers(facts.dev());
    Ok(InspectedFile {
        path: target.path.clone(),
        device: format!("{major}:{minor}"),
        inode: facts.ino(),
        bytes: facts.len(),
        since_change_ns: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
        file_system: file_system(&target.path).into(),
        page_cache: page_cache_of(target),
    })
}

/// How the page cache holds the file, which is not read for that.
fn page_cache_of(target: &Target) -> PageCache {
    let file = open_unnoticed(&target.path).map_err(|error| format!("{error}; run as its owner or as root"));
    let cached = match &file {
        Ok(file) => page_cache::cached_bytes(file),
        Err(why) => CachedBytes { resident: Err(why.clone()), dirty: Err(why.clone()) },
    };
    let sample = file.and_then(|file| folios::sample(&file, MOST_FOLIOS));
    let sizes = |folios: &[Folio]| -> Vec<Folios> {
        Folio::sizes(folios).into_iter().map(|(bytes, count)| Folios { bytes, count }).collect()
    };
    PageCache {
        resident_bytes: cached.resident.into(),
        dirty_bytes: cached.dirty.into(),
        folios_of_bytes: sample.as_ref().map_or(0, |sample| sample.of_bytes),
        folios: sample.map(|sample| sizes(&sample.folios)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_place_its_age_and_its_pages() {
        let directory = tempfile::tempdir_in(".").unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, vec![1; 300_000]).unwrap();
        let target = Target::at(&path).unwrap();
        let changed = path.metadata().unwrap().modified().unwrap();
        let found = inspect_file(&target, changed + Duration::from_millis(1500)).unwrap();
        assert_eq!((found.bytes, found.inode, found.since_change_ns), (300_000, target.inode, 1_500_000_000));
        assert!(
            found
                .device
                .split_once(':')
                .is_some_and(|(major, minor)| { major.parse::<u64>().is_ok() && minor.parse::<u64>().is_ok() })
        );
        assert!(found.file_system.value().is_none_or(|file_system| !file_system.kind.is_empty()));
        let resident = found.page_cache.resident_bytes.value();
        assert!(resident.is_none_or(|bytes| *bytes <= 303_104), "{resident:?}");
        let folios = found.page_cache.folios.value();
        assert!(folios.is_none_or(|folios| folios.iter().map(|size| size.bytes * size.count).sum::<u64>() <= 303_104));
        // A clock that was set back is no age before the change.
        assert_eq!(inspect_file(&target, changed - Duration::from_secs(9)).unwrap().since_change_ns, 0);
        std::fs::remove_file(&path).unwrap();
        assert!(inspect_file(&target, changed).unwrap_err().contains("moment ago"));
    }
}
