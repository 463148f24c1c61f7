//! `shrink`: `ftruncate` down by the last folio, and up again. Every mapper loses its pages, and finds zeros there.

use super::{Aftermath, Mappers, Outcome, Target, UpdateMethod, at};

pub struct Shrink;

impl UpdateMethod for Shrink {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        target.file.set_len(target.last_folio().start).map_err(at("ftruncate"))?;
        target.file.set_len(target.size()).map_err(at("ftruncate"))
    }

    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Aftermath, String> {
        target.rebuild(target.last_folio()).map_err(at("pwrite"))?;
        Ok(Aftermath::TouchFolios)
    }
}
