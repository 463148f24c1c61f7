//! `demap`, emulated: after the update the changed page is unmapped from every mapper and put back, so that each of them faults
//! when it next reads it. This is the path of Linux that is most like Solaris's `hat_pageunload`: a hole is punched where the page
//! was, which walks all mappings, and the page is written again. Without a lock a reader may see zeros in between.

use super::{Command, Mappers, Outcome, Target, UpdateMethod};
use crate::os::advice;
use crate::os::pages::page_size;

pub struct Demap;

impl UpdateMethod for Demap {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let changed = target.changed();
        let page = target.page()..target.page() + page_size();
        target.pwrite(&changed, page.start)?;
        target.fdatasync()?;
        // The file may end in this page.
        let mut bytes = target.content[page.start as usize..page.end.min(target.size()) as usize].to_vec();
        bytes.resize(bytes.len().max(changed.len()), 0);
        bytes[..changed.len()].copy_from_slice(&changed);
        advice::punch(&target.file, page.clone())?;
        target.pwrite(&bytes, page.start)
    }

    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Option<Command>, String> {
        // A hole in a large folio splits it.
        if target.write_size > page_size() {
            target.rebuild(target.folio())?;
        }
        Ok(Some(Command::TouchFolios))
    }
}
