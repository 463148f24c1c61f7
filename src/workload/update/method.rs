//! The table of update methods: name, meaning, and how each is made. Command line, results and documentation follow from it.

use nix::sys::mman::MsFlags;

use super::UpdateMethod;
use super::append::Append;
use super::commit::{Commit, CommitFile};
use super::demap::Demap;
use super::drop_cache::DropCache;
use super::grow::Grow;
use super::mprotect::Mprotect;
use super::page_out::PageOut;
use super::punch::Punch;
use super::pwrite::{Pwrite, Then};
use super::remap::Remap;
use super::replace::Replace;
use super::shrink::Shrink;
use super::stop_mappers::{StopMappers, StopTime};
use super::store::Store;
use crate::scenario::WriterOperation;

pub struct Settings {
    pub commit: CommitFile,
    pub stop_time: StopTime,
    /// How many updates there were before, so that no two commits in a row change the same records.
    pub nth: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: readers may read meanwhile.
    Nothing,
    /// That no mapper reads meanwhile: pages are gone for a moment, and reading one would kill the reader (SIGBUS).
    Sleepers,
    /// That mappers answer: the update has ended when the last of them has done its part.
    Answers,
}

/// Which of a mapper's pages the kernel visits for one update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walks {
    /// None: mappings are not visited.
    Nothing,
    /// All pages of the folio that the update changes.
    Folio,
    /// All pages of every folio that a commit's syncs clean, which are counted.
    Counted,
}

/// The conditions under which a method is measured by default: those on which its cost depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    All,
    /// All open modes, with the largest folios.
    Modes,
    /// The smallest and the largest folios, mapped as Cyrus does.
    Folios,
    /// The largest folios, mapped as Cyrus does.
    One,
}

#[derive(Debug)]
pub struct Method {
    /// Its name on the command line and in results.
    pub name: &'static str,
    pub about: &'static str,
    /// Whether it imitates another system; such figures are always labelled.
    pub emulated: bool,
    pub needs: Needs,
    pub walks: Walks,
    pub standard: Standard,
    make: fn(&Settings) -> Box<dyn UpdateMethod>,
}

impl Method {
    pub fn make(&self, settings: &Settings) -> Box<dyn UpdateMethod> {
        (self.make)(settings)
    }

    pub fn named(name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    /// The methods that a name on the command line means: one, or all of a group in `COMMITS`; none: there is no such name.
    pub fn called(name: &str) -> &'static [Method] {
        let is_meant = |method: &&Method| method.name == name || name == COMMITS && method.is_commit();
        let start = METHODS.iter().take_while(|method| !is_meant(method)).count();
        let count = METHODS[start..].iter().take_while(is_meant).count();
        &METHODS[start..start + count]
    }

    /// Whether it is the file format's own commit.
    pub fn is_commit(&self) -> bool {
        self.walks == Walks::Counted
    }
}

/// A method that needs nothing, visits no mapping, and is measured under one condition.
const fn method(name: &'static str, about: &'static str, make: fn(&Settings) -> Box<dyn UpdateMethod>) -> Method {
    let (needs, walks, standard) = (Needs::Nothing, Walks::Nothing, Standard::One);
    Method { name, about, emulated: false, needs, walks, standard, make }
}

impl Method {
    const fn needs(self, needs: Needs) -> Method {
        Method { needs, ..self }
    }

    const fn walks_a_folio(self) -> Method {
        Method { walks: Walks::Folio, ..self }
    }

    const fn under(self, standard: Standard) -> Method {
        Method { standard, ..self }
    }

    const fn emulated(self) -> Method {
        Method { emulated: true, ..self }
    }
}

/// The short name of all commits.
pub const COMMITS: &str = "commit";

/// A commit of one kind.
const fn commit(name: &'static str, about: &'static str, make: fn(&Settings) -> Box<dyn UpdateMethod>) -> Method {
    Method { walks: Walks::Counted, standard: Standard::All, ..method(name, about, make) }
}

fn committing(settings: &Settings, operation: WriterOperation) -> Box<dyn UpdateMethod> {
    Box::new(Commit::new(settings.commit.clone(), operation, settings.nth))
}

pub static METHODS: &[Method] = &[
    commit("commit-store", "the format's own commit of a new mailbox, with its syncs", |settings| {
        committing(settings, WriterOperation::Store)
    }),
    commit("commit-replace", "the same of a mailbox whose record is replaced", |settings| {
        committing(settings, WriterOperation::Replace)
    }),
    commit("commit-delete", "the same of a mailbox that is deleted", |settings| {
        committing(settings, WriterOperation::Delete)
    })
    .under(Standard::Folios),
    method("pwrite", "200 bytes of one page, written", |_| Box::new(Pwrite(Then::Nothing))),
    method("pwrite+fdatasync", "the same, then fdatasync", |_| Box::new(Pwrite(Then::Fdatasync)))
        .walks_a_folio()
        .under(Standard::All),
    method("pwrite+fsync", "the same, then fsync", |_| Box::new(Pwrite(Then::Fsync)))
        .walks_a_folio()
        .under(Standard::Modes),
    method("store", "one byte through a writable mapping, to a clean page", |_| Box::new(Store(None)))
        .under(Standard::Modes),
    method("store+msync-sync", "the same, then msync(MS_SYNC) of the page", |_| {
        Box::new(Store(Some(MsFlags::MS_SYNC)))
    })
    .walks_a_folio()
    .under(Standard::Modes),
    method("store+msync-async", "the same, then msync(MS_ASYNC) of the page", |_| {
        Box::new(Store(Some(MsFlags::MS_ASYNC)))
    })
    .under(Standard::Modes),
    method("store+msync-invalidate", "the same, then msync(MS_ASYNC|MS_INVALIDATE)", |_| {
        Box::new(Store(Some(MsFlags::MS_ASYNC.union(MsFlags::MS_INVALIDATE))))
    })
    .under(Standard::Modes),
    method("append", "200 bytes behind the end of the file, then fdatasync", |_| Box::new(Append))
        .walks_a_folio()
        .under(Standard::Modes),
    method("grow", "ftruncate up by a folio", |_| Box::new(Grow)),
    method("shrink", "ftruncate down by a folio, and up again", |_| Box::new(Shrink))
        .needs(Needs::Sleepers)
        .walks_a_folio()
        .under(Standard::Folios),
    method("punch", "a hole where a folio was", |_| Box::new(Punch)).walks_a_folio().under(Standard::Folios),
    method("replace", "a new file renamed over; every mapper opens and maps it", |_| Box::new(Replace))
        .needs(Needs::Answers),
    method("remap", "every mapper unmaps the file and maps it again", |_| Box::new(Remap)).needs(Needs::Answers),
    method("mprotect", "the writer's own page, protected and unprotected", |_| Box::new(Mprotect)),
    method("drop", "posix_fadvise(POSIX_FADV_DONTNEED) of a clean folio", |_| Box::new(DropCache)),
    method("pageout", "madvise(MADV_PAGEOUT) of a clean folio", |_| Box::new(PageOut)),
    method("demap", "pwrite+fdatasync, then the page is unmapped from every mapper", |_| Box::new(Demap))
        .walks_a_folio()
        .under(Standard::Folios)
        .emulated(),
    method("stop-mappers", "pwrite+fdatasync, then all mappers are stopped for a time", |settings| {
        Box::new(StopMappers(settings.stop_time))
    })
    .walks_a_folio()
    .emulated(),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::{Format, KeyOrder, RecordStyle, dump, fixtures::generated};
    use crate::workload::update::{NoMappers, Target};

    fn database() -> (Vec<u8>, CommitFile) {
        let (format, style) = (Format::Twoskip, RecordStyle::Cyrus36);
        let (_directory, path) = generated(format, style, 700);
        let mut keys = Vec::new();
        dump(&path, |found, _| {
            if found.starts_with(b"N") {
                keys.push(found.to_vec());
            }
            Ok(())
        })
        .unwrap();
        (std::fs::read(&path).unwrap(), CommitFile { format, order: KeyOrder::Plain, style, keys: keys.into() })
    }

    #[test]
    fn every_method_changes_the_file_and_puts_it_back() {
        let directory = tempfile::tempdir_in(".").unwrap();
        let (content, commit) = database();
        let stop_time = StopTime { base_ns: 1000.0, per_mapper_ns: 1.0 };
        let settings = Settings { commit, stop_time, nth: 0 };
        // A file of part of a page is no database, but anything else can be done to it.
        let small = METHODS.iter().filter(|method| !method.is_commit()).map(|method| (method, &content[..150]));
        for (method, content) in METHODS.iter().map(|method| (method, &content[..])).chain(small) {
            let path = directory.path().join(format!("{}-{}", method.name, content.len()));
            let mut target = Target::create(&path, content, 16384).unwrap();
            let mut made = method.make(&settings);
            for _ in 0..3 {
                let updated = made.prepare(&mut target).and_then(|()| made.update(&mut target, &mut NoMappers));
                let outcome = updated.and_then(|()| made.restore(&mut target, 0).map(drop));
                outcome.unwrap_or_else(|error| panic!("{}: {error}", method.name));
            }
            made.finish(&mut target).unwrap();
            assert!(std::fs::read(&path).unwrap() == content, "{}", method.name);
        }
    }

    #[test]
    fn names_are_found_and_differ() {
        for method in METHODS {
            assert!(std::ptr::eq(Method::named(method.name).unwrap(), method), "{}", method.name);
        }
        assert!(Method::named("nothing").is_none());
        let called = |name: &str| Method::called(name).iter().map(|method| method.name).collect::<Vec<_>>();
        assert_eq!(called("commit"), ["commit-store", "commit-replace", "commit-delete"]);
        assert_eq!((called("pwrite"), called("nothing")), (vec!["pwrite"], vec![]));
        assert_eq!(METHODS.iter().filter(|method| method.emulated).count(), 2);
    }

    #[test]
    fn a_stop_time_grows_with_the_mappers() {
        let stop_time = StopTime { base_ns: 10.0, per_mapper_ns: 2.5 };
        assert_eq!((stop_time.of(0), stop_time.of(4)), (10, 20));
    }
}
