//! Update methods: the ways in which a writer can change a file that others have mapped, one small file each behind one trait.
//! A method defines what is timed, and what is prepared and restored; it gives commands to the mappers of the file through [`Mappers`].

mod append;
mod block;
mod cleaned;
mod commit;
mod demap;
mod drop_cache;
mod grow;
mod mappers;
mod method;
mod mprotect;
mod page_out;
mod punch;
mod pwrite;
mod remap;
mod replace;
mod shrink;
mod stop_mappers;
mod store;
mod target;

pub use block::{Block, BlockCounters, CacheEvictor, measure};
pub use cleaned::Cleaned;
pub use commit::CommitFile;
#[cfg(test)]
pub use mappers::NoMappers;
pub use mappers::{Command, Mappers};
pub use method::{COMMITS, METHODS, Method, Needs, Settings, Standard, Walks};
pub use stop_mappers::StopTime;
pub use target::{Target, UPDATE_BYTES};

use super::experiments::{Outcome, at};

pub trait UpdateMethod {
    /// Makes the file ready for the next update; not timed.
    fn prepare(&mut self, _: &mut Target<'_>) -> Outcome {
        Ok(())
    }

    fn update(&mut self, target: &mut Target<'_>, mappers: &mut dyn Mappers) -> Outcome;

    /// Puts the file back after every update, with so many mappers; not timed. What mappers have to do before the file is for them as it was
    /// before the update: read pages again that were unmapped. `None`: no page was.
    fn restore(&mut self, _: &mut Target<'_>, _: u32) -> Result<Option<Command>, String> {
        Ok(None)
    }

    /// Puts the file back after the last update; not timed.
    fn finish(&mut self, target: &mut Target<'_>) -> Outcome {
        target.heal().map_err(at("putting the file back"))
    }

    /// After [`finish`](Self::finish): what the syncs of the last update cleaned, if that was counted.
    fn cleaned(&mut self) -> Option<Cleaned> {
        None
    }
}
