//! The least time that a plan takes, estimated before anything is made: a budget that is smaller is refused.
//! From what a machine with 2 CPUs took (docs/measured.md), rather too little than too much; what depends most on the machine is timed.

use super::plan::{Plan, Site};
use super::rounds::LEAST_ROUNDS;
use crate::results::MapperKind;
use crate::scenario::MapMode;
use crate::workload::update::{CacheEvictor, Method, Needs, Walks};

/// Bytes a second that are written and synced.
const WRITTEN: f64 = 300e6;
/// Bytes a second that all mappers together map and read, in folios of fewer bytes than [`LARGE`] and of more.
const MAPPED: [f64; 2] = [25e9, 100e9];
const LARGE: u64 = 256 << 10;
/// Forking a mapper, and the end of it, nanoseconds.
const FORK_NS: f64 = 0.2e6;
/// A child with threads for mappers: one for each number of them in each round.
const CHILD_NS: f64 = 50e6;
/// An update without mappers, with what it restores, nanoseconds.
const UPDATE_NS: f64 = 0.5e6;
/// What each mapper adds, nanoseconds: where it has something to do itself; and where its pages are visited, read-only, in small folios
/// and in large ones.
const CALLED_NS: f64 = 25e3;
const VISITED_NS: [f64; 3] = [0.3e3, 2e3, 15e3];
/// Updates of a block, at least.
const UPDATES: f64 = 2.0;

/// The time that making the files, gathering the mappers and three rounds take, nanoseconds.
pub fn least_ns(plan: &Plan) -> u64 {
    let sites = plan.sites();
    let mappings: f64 = plan.levels.iter().map(|level| f64::from(*level)).sum();
    let most = plan.levels.last().copied().map_or(0.0, f64::from);
    let bytes = plan.file_bytes as f64;
    let map_ns = |site: &Site| mappings * bytes * 1e9 / MAPPED[usize::from(site.write_size >= LARGE)];
    let made_ns = bytes * (sites.len() * plan.levels.len()) as f64 * 1e9 / WRITTEN;
    let gathered_ns = match plan.mappers {
        MapperKind::Processes => most * FORK_NS + sites.iter().map(map_ns).sum::<f64>(),
        MapperKind::Threads => CHILD_NS * f64::from(LEAST_ROUNDS) * plan.levels.len() as f64,
    };
    let evicted_ns = CacheEvictor::new().evict_ns() as f64;
    let block_ns =
        |method: &Method, site: &Site, level: u32| evicted_ns + UPDATES * plan.update_ns(method, site, level);
    let cells = plan.cells().into_iter().filter(|cell| plan.forbids(cell.method).is_none());
    let round = cells.flat_map(|cell| plan.levels.iter().map(move |level| (cell, *level)));
    let round_ns: f64 = round.map(|(cell, level)| block_ns(cell.method, &sites[cell.site], level)).sum();
    (made_ns + gathered_ns + f64::from(LEAST_ROUNDS) * round_ns) as u64
}

impl Plan {
    /// One update with so many mappers, about.
    fn update_ns(&self, method: &Method, site: &Site, level: u32) -> f64 {
        let stops = if method.name == "stop-mappers" { self.stop_time.update_ns(f64::from(level)) } else { 0.0 };
        let is_called = method.needs != Needs::Nothing || method.emulated || site.mode == MapMode::Dirty;
        let per_mapper = match (method.walks, site.mode) {
            _ if is_called => CALLED_NS,
            (Walks::Nothing, _) => 0.0,
            (Walks::Folio | Walks::Counted, MapMode::ReadOnly) => VISITED_NS[0],
            (Walks::Folio | Walks::Counted, _) => VISITED_NS[1 + usize::from(site.write_size >= LARGE)],
        };
        UPDATE_NS + stops + per_mapper * f64::from(level)
    }
}
