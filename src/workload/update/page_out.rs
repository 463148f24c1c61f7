//! `pageout`: the writer asks the system to page the folio out (`madvise(MADV_PAGEOUT)`, Linux 5.4).
//! Linux leaves a page alone that other processes map too, so that this costs its mappers nothing.

use crate::os::private_pages::Advice;

use super::{Command, Mappers, Outcome, Target, UpdateMethod};

pub struct PageOut;

impl UpdateMethod for PageOut {
    /// The page is clean and in the writer's page table: only what is there can be paged out.
    fn prepare(&mut self, target: &mut Target<'_>) -> Outcome {
        target.fdatasync()?;
        let folio = target.folio();
        let own = target.own()?;
        for page in folio.step_by(crate::os::pages::page_size() as usize) {
            std::hint::black_box(own.touch(page));
        }
        Ok(())
    }

    fn update(&mut self, target: &mut Target<'_>, _: &mut dyn Mappers) -> Outcome {
        let folio = target.folio();
        target.own()?.advise(folio, Advice::PageOut)
    }

    fn restore(&mut self, target: &mut Target<'_>, mappers: u32) -> Result<Option<Command>, String> {
        // Without mappers it may be gone: written again, its folios are those of before.
        if mappers == 0 {
            target.rebuild(target.folio())?;
        }
        Ok(None)
    }
}
