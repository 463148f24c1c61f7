//! `punch`: a hole where the page's folio was. Every mapper loses its pages of it, and finds zeros there.

use super::{Aftermath, Mappers, Outcome, Target, UpdateMethod, at};
use crate::os::advice;

pub struct Punch;

impl UpdateMethod for Punch {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        advice::punch(&target.file, target.folio())
    }

    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Aftermath, String> {
        target.rebuild(target.folio()).map_err(at("pwrite"))?;
        Ok(Aftermath::TouchFolios)
    }
}
