//! `store`: the page is changed through a writable mapping, alone or with the `msync` that follows it.

use super::{Mappers, Outcome, Target, UpdateMethod, at};
use nix::sys::mman::MsFlags;

pub struct Store(pub Option<MsFlags>);

impl UpdateMethod for Store {
    /// The page is clean, so that the store is the first one after a write-back, as it would be in service.
    fn prepare(&mut self, target: &mut Target<'_>) -> Outcome {
        target.own()?;
        target.fdatasync()
    }

    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let (page, stamp) = (target.page(), target.stamp());
        let own = target.own()?;
        own.store(page, stamp).map_err(at("store"))?;
        match self.0 {
            None => Ok(()),
            Some(flags) => own.sync(page..page + 1, flags).map_err(at("msync")),
        }
    }
}
