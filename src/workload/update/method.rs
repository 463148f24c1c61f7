//! The table of update methods: name, meaning, and how each is made. Command line, results and documentation follow from it.

use nix::sys::mman::MsFlags;

use super::UpdateMethod;
use super::call::{Call, StopTime, Then};
use super::commit::{Commit, CommitFile};
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
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Commit(WriterOperation),
    Call(Call),
    /// For the time of the settings.
    StopMappers,
}

impl Method {
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

    pub fn make(&self, settings: &Settings) -> Box<dyn UpdateMethod> {
        match self.how {
            How::Commit(operation) => Box::new(Commit::new(settings.commit.clone(), operation, settings.nth)),
            How::Call(call) => Box::new(call),
            How::StopMappers => Box::new(Call::StopMappers(settings.stop_time)),
        }
    }

    /// Whether it is the file format's own commit.
    pub fn is_commit(&self) -> bool {
        self.walks == Walks::Counted
    }
}

/// A method that needs nothing, visits no mapping, and is measured under one condition.
const fn method(name: &'static str, about: &'static str, how: How) -> Method {
    let (needs, walks, standard) = (Needs::Nothing, Walks::Nothing, Standard::One);
    Method { name, about, emulated: false, needs, walks, standard, how }
}

const fn call(name: &'static str, about: &'static str, call: Call) -> Method {
    method(name, about, How::Call(call))
}

/// A commit of one kind.
const fn commit(name: &'static str, about: &'static str, operation: WriterOperation) -> Method {
    Method { walks: Walks::Counted, standard: Standard::All, ..method(name, about, How::Commit(operation)) }
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

pub static METHODS: &[Method] = &[
    commit("commit-store", "the format's own commit of a new mailbox, with its syncs", WriterOperation::Store),
    commit("commit-replace", "the same of a mailbox whose record is replaced", WriterOperation::Replace),
    commit("commit-delete", "the same of a mailbox that is deleted", WriterOperation::Delete).under(Standard::Folios),
    call("pwrite", "200 bytes of one page, written", Call::Pwrite(Then::Nothing)),
    call("pwrite+fdatasync", "the same, then fdatasync", Call::Pwrite(Then::Fdatasync))
        .walks_a_folio()
        .under(Standard::All),
    call("pwrite+fsync", "the same, then fsync", Call::Pwrite(Then::Fsync)).walks_a_folio().under(Standard::Modes),
    call("store", "one byte through a writable mapping, to a clean page", Call::Store(None)).under(Standard::Modes),
    call("store+msync-sync", "the same, then msync(MS_SYNC) of the page", Call::Store(Some(MsFlags::MS_SYNC)))
        .walks_a_folio()
        .under(Standard::Modes),
    call("store+msync-async", "the same, then msync(MS_ASYNC) of the page", Call::Store(Some(MsFlags::MS_ASYNC)))
        .under(Standard::Modes),
    call(
        "store+msync-invalidate",
        "the same, then msync(MS_ASYNC|MS_INVALIDATE)",
        Call::Store(Some(MsFlags::MS_ASYNC.union(MsFlags::MS_INVALIDATE))),
    )
    .under(Standard::Modes),
    call("append", "200 bytes behind the end of the file, then fdatasync", Call::Append)
        .walks_a_folio()
        .under(Standard::Modes),
    call("grow", "ftruncate up by a folio", Call::Grow),
    call("shrink", "ftruncate down by a folio, and up again", Call::Shrink)
        .needs(Needs::Sleepers)
        .walks_a_folio()
        .under(Standard::Folios),
    call("punch", "a hole where a folio was", Call::Punch).walks_a_folio().under(Standard::Folios),
    call("replace", "a new file renamed over; every mapper opens and maps it", Call::Replace).needs(Needs::Answers),
    call("remap", "every mapper unmaps the file and maps it again", Call::Remap).needs(Needs::Answers),
    call("mprotect", "the writer's own page, protected and unprotected", Call::Mprotect),
    call("drop", "posix_fadvise(POSIX_FADV_DONTNEED) of a clean folio", Call::DropCache),
    call("pageout", "madvise(MADV_PAGEOUT) of a clean folio", Call::PageOut),
    call("demap", "pwrite+fdatasync, then the page is unmapped from every mapper", Call::Demap)
        .walks_a_folio()
        .under(Standard::Folios)
        .emulated(),
    method("stop-mappers", "pwrite+fdatasync, then all mappers are stopped for a time", How::StopMappers)
        .walks_a_folio()
        .emulated(),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::{Format, KeyOrder, RecordStyle, dump, generated};
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
