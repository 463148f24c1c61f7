//! `shrink`: `ftruncate` down by the last folio, and up again. Every mapper loses its pages, and finds zeros there.

use super::{Command, Mappers, Outcome, Target, UpdateMethod};

pub struct Shrink;

impl UpdateMethod for Shrink {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        target.set_length(target.last_folio().start)?;
        target.set_length(target.size())
    }

    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Option<Command>, String> {
        target.rebuild(target.last_folio())?;
        Ok(Some(Command::TouchFolios))
    }
}
