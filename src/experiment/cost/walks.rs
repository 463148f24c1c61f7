//! What the syncs of one kind of commit clean, on average over the commits that were counted.

use crate::results::SyncWalks;
use crate::workload::update::Cleaned;

/// Of those that were counted in folios (of `pages` pages each, where they are whole), or in pages; `None`: none was counted so.
pub fn mean(cleaned: &[Cleaned], in_folios: bool, pages: f64) -> Option<SyncWalks> {
    let counted: Vec<&Cleaned> = cleaned.iter().filter(|cleaned| cleaned.in_folios == in_folios).collect();
    let updates = counted.len();
    let mean = |sum: u64| sum as f64 / updates as f64;
    let syncs = counted.iter().map(|cleaned| cleaned.by_sync.len()).max()?;
    let of_sync = |sync: usize| mean(counted.iter().filter_map(|cleaned| cleaned.by_sync.get(sync)).sum());
    Some(SyncWalks {
        in_folios,
        by_sync: (0..syncs).map(of_sync).collect(),
        walks: mean(counted.iter().map(|cleaned| cleaned.pages).sum()) / pages,
        updates: updates as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_are_pages_in_whole_folios_and_pages_are_no_folios() {
        let folios = |middle, pages| Cleaned { in_folios: true, by_sync: vec![1, middle, 1], pages };
        let counted = [folios(2, 600), folios(4, 1000), Cleaned { in_folios: false, by_sync: vec![7], pages: 7 }];
        let found = mean(&counted, true, 256.0).unwrap();
        assert_eq!((found.by_sync, found.updates, found.walks), (vec![1.0, 3.0, 1.0], 2, 3.125));
        let found = mean(&counted, false, 1.0).unwrap();
        assert_eq!((found.by_sync, found.updates, found.walks), (vec![7.0], 1, 7.0));
        assert_eq!(mean(&counted[..2], false, 1.0), None, "not counted is not zero");
    }
}
