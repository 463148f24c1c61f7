//! What the syncs of a commit clean in a file that others have mapped: the kernel walks all mappings of a folio when it cleans it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Target;
use crate::mailboxes::Mapping;
use crate::os::facts::{Folio, Probe};
use crate::os::folios;
use crate::os::pages::page_size;

/// Folios where the system shows them: those that were written before a sync and are clean after the commit. Else pages that were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    pub in_folios: bool,
    /// How many each sync cleaned in the part of the file that mappers have mapped, in the order of the syncs.
    pub by_sync: Vec<u64>,
    /// Their pages that mappers have mapped, all syncs together.
    pub pages: u64,
}

impl Cleaned {
    /// Of a commit that has just ended: what it wrote before each of its syncs.
    pub fn of<'w>(target: &Target<'_>, writes: impl Iterator<Item = &'w [Range<u64>]>) -> Cleaned {
        let folios = folios_of(target);
        let in_folios = folios.is_ok();
        let (by_sync, pages) = count(writes, &folios.unwrap_or_default(), target.size().next_multiple_of(page_size()));
        Cleaned { in_folios, by_sync, pages }
    }
}

fn folios_of(target: &Target<'_>) -> Probe<Vec<Folio>> {
    let map = Mapping::of(&target.file, target.size()).map_err(|error| error.to_string())?;
    let bytes = map.bytes(target.size()).slice(0, target.size());
    folios::list(bytes.map_err(|error| error.to_string())?)
}

/// How many of `folios`, which are in the file's order, each sync cleans in the first `mapped` bytes, and how many pages of theirs. A page
/// that is in none of them counts for itself.
fn count<'w>(writes: impl Iterator<Item = &'w [Range<u64>]>, folios: &[Folio], mapped: u64) -> (Vec<u64>, u64) {
    let page = page_size();
    let folio_at = |offset: u64| {
        let before = folios.partition_point(|folio| folio.start <= offset);
        let found = before.checked_sub(1).map(|place| folios[place]);
        let alone = Folio { start: offset / page * page, bytes: page, dirty: false };
        found.filter(|folio| offset < folio.start + folio.bytes).unwrap_or(alone)
    };
    let of_sync = |writes: &[Range<u64>]| {
        let mut seen = BTreeMap::new();
        for range in writes {
            let mut offset = range.start;
            while offset < range.end.min(mapped) {
                let folio = folio_at(offset);
                let end = folio.start + folio.bytes;
                if !folio.dirty {
                    seen.insert(folio.start, (end.min(mapped) - folio.start).div_ceil(page));
                }
                offset = end;
            }
        }
        (seen.len() as u64, seen.values().sum::<u64>())
    };
    let counted: Vec<(u64, u64)> = writes.map(of_sync).collect();
    (counted.iter().map(|(cleaned, _)| *cleaned).collect(), counted.iter().map(|(_, pages)| pages).sum())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a count page by page: every page that is written names its folio, and a folio counts once for each sync.
        #[test]
        fn a_folio_counts_once_for_each_sync_that_cleans_it(
            sizes in prop::collection::vec((0u32..5, any::<bool>()), 1..30),
            mapped in 0u64..400,
            writes in prop::collection::vec(prop::collection::vec((0u64..500_000, 1u64..30_000), 0..6), 0..4),
        ) {
            let page = page_size();
            let mut folios: Vec<Folio> = Vec::new();
            for (order, dirty) in sizes {
                let start = folios.last().map_or(0, |last| last.start + last.bytes);
                folios.push(Folio { start, bytes: page << order, dirty });
            }
            let mapped = mapped * page;
            let writes: Vec<Vec<Range<u64>>> = writes
                .into_iter()
                .map(|sync| sync.into_iter().map(|(start, length)| start..start + length).collect())
                .collect();
            let (by_sync, pages) = count(writes.iter().map(Vec::as_slice), &folios, mapped);
            let owner = |number: u64| folios.iter().find(|folio| (folio.start..folio.start + folio.bytes).contains(&(number * page)));
            let mut all = 0;
            let expected: Vec<u64> = writes.iter().map(|sync| {
                let written: BTreeSet<u64> =
                    sync.iter().flat_map(|range| range.start / page..range.end.div_ceil(page)).collect();
                let written = written.into_iter().filter(|number| number * page < mapped);
                let cleaned: BTreeSet<(u64, u64)> = written
                    .filter(|number| owner(*number).is_none_or(|folio| !folio.dirty))
                    .map(|number| owner(number).map_or((number * page, page), |folio| (folio.start, folio.bytes)))
                    .collect();
                all += cleaned.iter().map(|(start, bytes)| ((start + bytes).min(mapped) - start) / page).sum::<u64>();
                cleaned.len() as u64
            }).collect();
            prop_assert_eq!((by_sync, pages), (expected, all));
        }
    }
}
