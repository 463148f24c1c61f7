//! `mprotect`: the writer takes the right to write from its own page, and gives it back. Other processes' mappings are their
//! own; other threads of the process get an interrupt if they run.

use super::{Mappers, Outcome, Target, UpdateMethod, at};

pub struct Mprotect;

impl UpdateMethod for Mprotect {
    fn prepare(&mut self, target: &mut Target<'_>) -> Outcome {
        // A page that was written to is one whose protection means something to a processor.
        let (page, stamp) = (target.page(), target.stamp());
        target.own().map_err(at("mmap(PROT_WRITE)"))?.store(page, stamp).map_err(at("store"))
    }

    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let page = target.page();
        let own = target.own().map_err(at("mmap(PROT_WRITE)"))?;
        own.protect(page..page + 1, false).map_err(at("mprotect(PROT_READ)"))?;
        own.protect(page..page + 1, true).map_err(at("mprotect(PROT_READ|PROT_WRITE)"))
    }
}
