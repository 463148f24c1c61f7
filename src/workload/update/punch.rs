//! `punch`: a hole where the page's folio was. Every mapper loses its pages of it, and finds zeros there.

use super::{Command, Mappers, Outcome, Target, UpdateMethod};
use crate::os::advice;

pub struct Punch;

impl UpdateMethod for Punch {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        advice::punch(&target.file, target.folio())
    }

    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Option<Command>, String> {
        target.rebuild(target.folio())?;
        Ok(Some(Command::TouchFolios))
    }
}
