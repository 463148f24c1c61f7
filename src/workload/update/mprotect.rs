//! `mprotect`: the writer's own page is protected and made writable again; only other threads of the writer get an interrupt.

use super::{Mappers, Outcome, Target, UpdateMethod, at};

pub struct Mprotect;

impl UpdateMethod for Mprotect {
    fn prepare(&mut self, target: &mut Target<'_>) -> Outcome {
        // Only for a page that was written to do processors cache that it is writable.
        let (page, stamp) = (target.page(), target.stamp());
        target.own()?.store(page, stamp).map_err(at("store"))
    }

    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let page = target.page();
        let own = target.own()?;
        own.protect(page..page + 1, false).map_err(at("mprotect(PROT_READ)"))?;
        own.protect(page..page + 1, true).map_err(at("mprotect(PROT_READ|PROT_WRITE)"))
    }
}
