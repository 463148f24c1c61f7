//! `grow`: `ftruncate` to a larger size. Nothing is written, and nothing is mapped there yet.

use super::{Command, Mappers, Outcome, Target, UpdateMethod};

pub struct Grow;

impl UpdateMethod for Grow {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        target.set_length(target.size() + target.write_size)
    }

    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Option<Command>, String> {
        target.set_length(target.size())?;
        Ok(None)
    }
}
