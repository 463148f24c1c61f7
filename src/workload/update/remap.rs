//! `remap`: nothing is written; every mapper unmaps the file, remaps it and reads a page, as after the file outgrew its
//! mapping (or on every lock, in Cyrus 2.5.0 to 2.5.8). The update has ended when the last one has.

use super::{Command, Mappers, Outcome, Target, UpdateMethod};

pub struct Remap;

impl UpdateMethod for Remap {
    fn update(&mut self, _: &mut Target<'_>, mappers: &mut dyn Mappers) -> Outcome {
        mappers.execute(Command::Remap)
    }

    fn restore(&mut self, _: &mut Target<'_>, _: u32) -> Result<Option<Command>, String> {
        Ok(Some(Command::TouchAll))
    }
}
