//! `grow`: `ftruncate` to a larger size. Nothing is written, and nothing is mapped there yet.

use super::{Aftermath, Mappers, Outcome, Target, UpdateMethod, at};

pub struct Grow;

impl UpdateMethod for Grow {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        target.file.set_len(target.size() + target.write_size).map_err(at("ftruncate"))
    }

    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Aftermath, String> {
        target.file.set_len(target.size()).map_err(at("ftruncate"))?;
        Ok(Aftermath::Nothing)
    }
}
