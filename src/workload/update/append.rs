//! `append`: a record behind the end of the file, and the `fdatasync` that makes it and the new size last.

use std::os::unix::fs::FileExt;

use nix::unistd::fdatasync;

use super::{Aftermath, Mappers, Outcome, Target, UPDATE_BYTES, UpdateMethod, at};

pub struct Append;

impl UpdateMethod for Append {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let record = [target.stamp(); UPDATE_BYTES];
        target.file.write_all_at(&record, target.size()).map_err(at("pwrite"))?;
        fdatasync(&target.file).map_err(at("fdatasync"))
    }

    /// Cutting the record off again unmaps only pages behind the old end, which no mapper has read.
    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Aftermath, String> {
        target.file.set_len(target.size()).map_err(at("ftruncate"))?;
        Ok(Aftermath::Nothing)
    }
}
