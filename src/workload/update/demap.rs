//! `demap`, emulated: after the update the changed page is unmapped from every mapper and put back, so that each of them faults
//! when it next reads it. This is the path of Linux that is most like Solaris's `hat_pageunload`: a hole is punched where the page
//! was, which walks all mappings, and the page is written again. Without a lock a reader may see zeros in between.

use std::os::unix::fs::FileExt;

use nix::unistd::fdatasync;

use super::{Aftermath, Mappers, Outcome, Target, UpdateMethod, at};
use crate::os::advice;
use crate::os::pages::page_size;

pub struct Demap;

impl UpdateMethod for Demap {
    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let changed = target.changed();
        let page = target.page()..target.page() + page_size();
        target.file.write_all_at(&changed, page.start).map_err(at("pwrite"))?;
        fdatasync(&target.file).map_err(at("fdatasync"))?;
        let mut bytes = target.content[page.start as usize..page.end as usize].to_vec();
        bytes[..changed.len()].copy_from_slice(&changed);
        advice::punch(&target.file, page.clone())?;
        target.file.write_all_at(&bytes, page.start).map_err(at("pwrite"))
    }

    fn restore(&mut self, target: &mut Target<'_>, _: u32) -> Result<Aftermath, String> {
        // A hole in a large folio splits it.
        if target.write_size > page_size() {
            target.rebuild(target.folio()).map_err(at("pwrite"))?;
        }
        Ok(Aftermath::TouchFolios)
    }
}
