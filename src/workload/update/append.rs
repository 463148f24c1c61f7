//! `append`: a record behind the end of the file, and the `fdatasync` that makes it and the new size last.

use super::{Command, Mappers, Outcome, Target, UPDATE_BYTES, UpdateMethod};

pub struct Append;

impl UpdateMethod for Append {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let record = [target.stamp(); UPDATE_BYTES];
        target.pwrite(&record, target.size())?;
        target.fdatasync()
    }

    /// Cutting the record off again unmaps only pages behind the old end, which no mapper has read.
    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Option<Command>, String> {
        target.set_length(target.size())?;
        Ok(None)
    }
}
