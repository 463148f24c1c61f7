//! `replace`: a new file is written, synced and renamed over the old one; every mapper opens and maps it.
//! What a checkpoint of Cyrus does to its readers. The update has ended when the last mapper has the new file.

use super::{Command, Mappers, Outcome, Target, UpdateMethod, at};

pub struct Replace;

impl UpdateMethod for Replace {
    fn update(&mut self, target: &mut Target<'_>, mappers: &mut dyn Mappers) -> Outcome {
        let new = target.path.with_extension("new");
        let fresh = Target::create(&new, target.content, target.write_size).map_err(at("writing the new file"))?;
        std::fs::rename(&new, &target.path).map_err(at("rename"))?;
        target.is_now(fresh);
        mappers.execute(Command::Reopen)
    }

    fn restore(&mut self, _: &mut Target<'_>, _: u32) -> Result<Option<Command>, String> {
        // They have read one page of the new file; the next update finds them with all of it, as the one before.
        Ok(Some(Command::TouchAll))
    }
}
