//! `drop`: the writer declares that the folio will not be needed (`posix_fadvise(POSIX_FADV_DONTNEED)`).
//! Linux keeps pages that any process maps, so that this costs the mappers nothing.

use super::{Command, Mappers, Outcome, Target, UpdateMethod};
use crate::os::advice;

pub struct DropCache;

impl UpdateMethod for DropCache {
    fn prepare(&mut self, target: &mut Target<'_>) -> Outcome {
        target.fdatasync()
    }

    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        advice::drop_cache(&target.file, target.folio())
    }

    fn restore(&mut self, target: &mut Target<'_>, mappers: u32) -> Result<Option<Command>, String> {
        // Without mappers it may be gone: written again, its folios are those of before.
        if mappers == 0 {
            target.rebuild(target.folio())?;
        }
        Ok(None)
    }
}
