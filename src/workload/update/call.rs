//! The update methods that are a few system calls: what each does, what is prepared before it, and what is restored after it.

use nix::sys::mman::MsFlags;
use nix::sys::signal::Signal;
use nix::unistd::fsync;

use super::{Command, Mappers, Outcome, Target, UPDATE_BYTES, UpdateMethod, at};
use crate::os::advice;
use crate::os::clock::{now_ns, sleep_until};
use crate::os::pages::page_size;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Call {
    /// `pwrite`: what Cyrus's commit is made of, alone or with the sync that follows it.
    Pwrite(Then),
    /// `store`: the page is changed through a writable mapping, alone or with the `msync` that follows it.
    Store(Option<MsFlags>),
    /// `append`: a record behind the end of the file, and the `fdatasync` that makes it and the new size last.
    Append,
    /// `grow`: `ftruncate` to a larger size. Nothing is written, and nothing is mapped there yet.
    Grow,
    /// `shrink`: `ftruncate` down by the last folio, and up again. Every mapper loses its pages, and finds zeros there.
    Shrink,
    /// `punch`: a hole where the page's folio was. Every mapper loses its pages of it, and finds zeros there.
    Punch,
    /// `replace`: a new file is written, synced and renamed over the old one; every mapper opens and maps it.
    /// What a checkpoint of Cyrus does to its readers. The update has ended when the last mapper has the new file.
    Replace,
    /// `remap`: nothing is written; every mapper unmaps the file, remaps it and reads a page, as after the file outgrew its
    /// mapping (or on every lock, in Cyrus 2.5.0 to 2.5.8). The update has ended when the last one has.
    Remap,
    /// `mprotect`: the writer's own page is protected and made writable again; only other threads of the writer get an interrupt.
    Mprotect,
    /// `drop`: the writer declares that the folio will not be needed (`posix_fadvise(POSIX_FADV_DONTNEED)`).
    /// Linux keeps pages that any process maps, so that this costs the mappers nothing.
    DropCache,
    /// `pageout`: the writer asks the system to page the folio out (`madvise(MADV_PAGEOUT)`, Linux 5.4).
    /// Linux leaves a page alone that other processes map too, so that this costs its mappers nothing.
    PageOut,
    /// `demap`, emulated: after the update the changed page is unmapped from every mapper and put back, so that each of them faults
    /// when it next reads it. This is the path of Linux that is most like Solaris's `hat_pageunload`: a hole is punched where the page
    /// was, which walks all mappings, and the page is written again. Without a lock a reader may see zeros in between.
    Demap,
    /// `stop-mappers`, emulated: after the update every mapper is stopped (`SIGSTOP`) for the time of a preset, and continues
    /// (`SIGCONT`).
    StopMappers(StopTime),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Nothing,
    /// `fdatasync`: the data, and what is needed to find it.
    Fdatasync,
    Fsync,
}

/// How long mappers are stopped: `base_ns`, and `per_mapper_ns` for each of them, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopTime {
    pub base_ns: f64,
    pub per_mapper_ns: f64,
}

impl StopTime {
    pub fn of(&self, mappers: u32) -> u64 {
        (self.base_ns + self.per_mapper_ns * f64::from(mappers)).max(0.0) as u64
    }
}

impl UpdateMethod for Call {
    fn prepare(&mut self, target: &mut Target<'_>) -> Outcome {
        let (page, folio) = (target.page(), target.folio());
        match self {
            // The page is clean, so that the store is the first one after a write-back, as it would be in service.
            Call::Store(_) => {
                target.own()?;
                target.fdatasync()
            }
            // Only for a page that was written to do processors cache that it is writable.
            Call::Mprotect => {
                let stamp = target.stamp();
                target.own()?.store(page, stamp).map_err(at("store"))
            }
            Call::DropCache => target.fdatasync(),
            // The page is clean and in the writer's page table: only what is there can be paged out.
            Call::PageOut => {
                target.fdatasync()?;
                let own = target.own()?;
                for page in folio.step_by(page_size() as usize) {
                    std::hint::black_box(own.touch(page));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn update(&mut self, target: &mut Target<'_>, mappers: &mut dyn Mappers) -> Outcome {
        match *self {
            Call::Pwrite(then) => {
                let changed = target.changed();
                target.pwrite(&changed, target.page())?;
                match then {
                    Then::Nothing => Ok(()),
                    Then::Fdatasync => target.fdatasync(),
                    Then::Fsync => fsync(&target.file).map_err(at("fsync")),
                }
            }
            Call::Store(then) => {
                let (page, stamp) = (target.page(), target.stamp());
                let own = target.own()?;
                own.store(page, stamp).map_err(at("store"))?;
                then.map_or(Ok(()), |flags| own.sync(page..page + 1, flags).map_err(at("msync")))
            }
            Call::Append => {
                let record = [target.stamp(); UPDATE_BYTES];
                target.pwrite(&record, target.size())?;
                target.fdatasync()
            }
            Call::Grow => target.set_length(target.size() + target.write_size),
            Call::Shrink => {
                target.set_length(target.last_folio().start)?;
                target.set_length(target.size())
            }
            Call::Punch => advice::punch(&target.file, target.folio()),
            Call::Replace => {
                let new = target.path.with_extension("new");
                let fresh = Target::create(&new, target.content, target.write_size);
                let fresh = fresh.map_err(at("writing the new file"))?;
                std::fs::rename(&new, &target.path).map_err(at("rename"))?;
                target.is_now(fresh);
                mappers.execute(Command::Reopen)
            }
            Call::Remap => mappers.execute(Command::Remap),
            Call::Mprotect => {
                let page = target.page();
                let own = target.own()?;
                own.protect(page..page + 1, false).map_err(at("mprotect(PROT_READ)"))?;
                own.protect(page..page + 1, true).map_err(at("mprotect(PROT_READ|PROT_WRITE)"))
            }
            Call::DropCache => advice::drop_cache(&target.file, target.folio()),
            Call::PageOut => {
                let folio = target.folio();
                target.own()?.page_out(folio)
            }
            Call::Demap => {
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
            Call::StopMappers(time) => {
                Call::Pwrite(Then::Fdatasync).update(target, mappers)?;
                mappers.signal(Signal::SIGSTOP)?;
                sleep_until(now_ns() + time.of(mappers.count()));
                mappers.signal(Signal::SIGCONT)
            }
        }
    }

    fn restore(&mut self, target: &mut Target<'_>, mappers: u32) -> Result<Option<Command>, String> {
        match self {
            // Cutting the record off again unmaps only pages behind the old end, which no mapper has read.
            Call::Append | Call::Grow => target.set_length(target.size())?,
            Call::Shrink => target.rebuild(target.last_folio())?,
            Call::Punch => target.rebuild(target.folio())?,
            // A hole in a large folio splits it.
            Call::Demap if target.write_size > page_size() => target.rebuild(target.folio())?,
            // Without mappers the folio may be gone: written again, its folios are those of before.
            Call::DropCache | Call::PageOut if mappers == 0 => target.rebuild(target.folio())?,
            _ => {}
        }
        Ok(match self {
            Call::Shrink | Call::Punch | Call::Demap => Some(Command::TouchFolios),
            // Of a new file they have read one page; the next update finds them with all of it, as the one before.
            Call::Replace | Call::Remap => Some(Command::TouchAll),
            _ => None,
        })
    }
}
