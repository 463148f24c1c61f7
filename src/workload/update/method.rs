//! The table of update methods: name, meaning, and how each is made. Command line, results and documentation follow from it.

use nix::sys::mman::MsFlags;

use super::{
    UpdateMethod,
    append::Append,
    commit::{Commit, CommitKind},
    demap::Demap,
    drop_cache::DropCache,
    grow::Grow,
    mprotect::Mprotect,
    page_out::PageOut,
    punch::Punch,
    pwrite::{Pwrite, Then},
    remap::Remap,
    replace::Replace,
    shrink::Shrink,
    stop_mappers::{Standstill, StopMappers},
    store::Store,
};

/// What some methods need to be made.
pub struct Settings {
    /// For `commit`.
    pub commit: CommitKind,
    /// For `stop-mappers`.
    pub standstill: Standstill,
    /// How many updates there were before, so that no two commits in a row replace the same records.
    pub nth: u64,
}

/// What a method needs of its surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it can go on beside readers that read.
    Nothing,
    /// That nobody reads meanwhile: pages are gone for a moment, and reading one would kill the reader (SIGBUS).
    Sleepers,
    /// That mappers answer: the update has ended when the last of them has done its part.
    Answers,
}

/// Which of a mapper's pages the kernel has to look at for one update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walks {
    /// None: mappings are not visited.
    Nothing,
    /// All pages of every folio that the update changes.
    Folios,
}

/// Under which conditions a method is measured unless all are asked for: where what it costs does not depend on a condition, one
/// is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// All.
    All,
    /// All open modes, with the largest folios.
    Modes,
    /// The smallest and the largest folios, mapped as Cyrus does.
    Folios,
    /// The largest folios, mapped as Cyrus does.
    One,
}

/// One update method.
#[derive(Debug)]
pub struct Method {
    /// Its name on the command line and in results.
    pub name: &'static str,
    /// What one update is.
    pub about: &'static str,
    /// Whether it imitates another system; such figures are always labelled.
    pub emulated: bool,
    /// What it needs of its surroundings.
    pub needs: Needs,
    /// What the kernel looks at in each mapper, if it looks.
    pub walks: Walks,
    /// Under which conditions it is measured unless all are asked for.
    pub standard: Standard,
    /// Makes it.
    pub make: fn(&Settings) -> Box<dyn UpdateMethod>,
}

impl Method {
    /// The method so called.
    pub fn named(name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }
}

const fn method(
    name: &'static str,
    about: &'static str,
    needs: Needs,
    walks: Walks,
    standard: Standard,
    make: fn(&Settings) -> Box<dyn UpdateMethod>,
) -> Method {
    Method { name, about, emulated: false, needs, walks, standard, make }
}

const fn emulated(method: Method) -> Method {
    Method { emulated: true, ..method }
}

/// All of them.
pub static METHODS: &[Method] = &[
    method(
        "commit",
        "the format's own commit of one replaced record, with its syncs",
        Needs::Nothing,
        Walks::Folios,
        Standard::All,
        |settings| Box::new(Commit::new(settings.commit.clone(), settings.nth)),
    ),
    method("pwrite", "200 bytes of one page, written", Needs::Nothing, Walks::Nothing, Standard::One, |_| {
        Box::new(Pwrite(Then::Nothing))
    }),
    method("pwrite+fdatasync", "the same, then fdatasync", Needs::Nothing, Walks::Folios, Standard::All, |_| {
        Box::new(Pwrite(Then::Fdatasync))
    }),
    method("pwrite+fsync", "the same, then fsync", Needs::Nothing, Walks::Folios, Standard::Modes, |_| {
        Box::new(Pwrite(Then::Fsync))
    }),
    method(
        "store",
        "one byte through a writable mapping, to a clean page",
        Needs::Nothing,
        Walks::Nothing,
        Standard::Modes,
        |_| Box::new(Store(None)),
    ),
    method(
        "store+msync-sync",
        "the same, then msync(MS_SYNC) of the page",
        Needs::Nothing,
        Walks::Folios,
        Standard::Modes,
        |_| Box::new(Store(Some(MsFlags::MS_SYNC))),
    ),
    method(
        "store+msync-async",
        "the same, then msync(MS_ASYNC) of the page",
        Needs::Nothing,
        Walks::Nothing,
        Standard::Modes,
        |_| Box::new(Store(Some(MsFlags::MS_ASYNC))),
    ),
    method(
        "store+msync-invalidate",
        "the same, then msync(MS_ASYNC|MS_INVALIDATE)",
        Needs::Nothing,
        Walks::Nothing,
        Standard::Modes,
        |_| Box::new(Store(Some(MsFlags::MS_ASYNC.union(MsFlags::MS_INVALIDATE)))),
    ),
    method(
        "append",
        "200 bytes behind the end of the file, then fdatasync",
        Needs::Nothing,
        Walks::Folios,
        Standard::Modes,
        |_| Box::new(Append),
    ),
    method("grow", "ftruncate up by a folio", Needs::Nothing, Walks::Nothing, Standard::One, |_| Box::new(Grow)),
    method(
        "shrink",
        "ftruncate down by a folio, and up again",
        Needs::Sleepers,
        Walks::Folios,
        Standard::Folios,
        |_| Box::new(Shrink),
    ),
    method("punch", "a hole where a folio was", Needs::Nothing, Walks::Folios, Standard::Folios, |_| Box::new(Punch)),
    method(
        "replace",
        "a new file renamed over; every mapper opens and maps it",
        Needs::Answers,
        Walks::Nothing,
        Standard::One,
        |_| Box::new(Replace),
    ),
    method(
        "remap",
        "every mapper unmaps the file and maps it anew",
        Needs::Answers,
        Walks::Nothing,
        Standard::One,
        |_| Box::new(Remap),
    ),
    method(
        "mprotect",
        "the writer's own page, protected and unprotected",
        Needs::Nothing,
        Walks::Nothing,
        Standard::One,
        |_| Box::new(Mprotect),
    ),
    method(
        "drop",
        "posix_fadvise(POSIX_FADV_DONTNEED) of a clean folio",
        Needs::Nothing,
        Walks::Nothing,
        Standard::One,
        |_| Box::new(DropCache),
    ),
    method("pageout", "madvise(MADV_PAGEOUT) of a clean folio", Needs::Nothing, Walks::Nothing, Standard::One, |_| {
        Box::new(PageOut)
    }),
    emulated(method(
        "demap",
        "pwrite+fdatasync, then the page is unmapped from every mapper",
        Needs::Nothing,
        Walks::Folios,
        Standard::Folios,
        |_| Box::new(Demap),
    )),
    emulated(method(
        "stop-mappers",
        "pwrite+fdatasync, then all mappers stand still a while",
        Needs::Nothing,
        Walks::Folios,
        Standard::One,
        |s| Box::new(StopMappers(s.standstill)),
    )),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        mailboxes::{Amount, Format, GenerateSpec, KeyOrder, RecordStyle, dump, generate},
        workload::update::{NoMappers, Target},
    };

    fn database(directory: &Path) -> (Vec<u8>, CommitKind) {
        let path = directory.join("database");
        let (format, style) = (Format::Twoskip, RecordStyle::Cyrus36);
        let spec = GenerateSpec { format, style, amount: Amount::Bytes(1 << 18), seed: 7, write_size: 1 << 16 };
        generate(&path, &spec).unwrap();
        let mut keys = Vec::new();
        dump(&path, |found, _| {
            if found.starts_with(b"N") {
                keys.push(found.to_vec());
            }
            Ok(())
        })
        .unwrap();
        (std::fs::read(&path).unwrap(), CommitKind { format, order: KeyOrder::Plain, style, keys: keys.into() })
    }

    #[test]
    fn every_method_changes_the_file_and_puts_it_back() {
        let directory = tempfile::tempdir_in(".").unwrap();
        let (content, commit) = database(directory.path());
        let standstill = Standstill { base_ns: 1000.0, per_mapper_ns: 1.0 };
        let settings = Settings { commit, standstill, nth: 0 };
        for method in METHODS {
            let path = directory.path().join(method.name);
            let mut target = Target::create(&path, &content, 16384).unwrap();
            let mut made = (method.make)(&settings);
            for _ in 0..3 {
                let outcome = made
                    .prepare(&mut target)
                    .and_then(|()| made.update(&mut target, &mut NoMappers))
                    .and_then(|()| made.restore(&mut target, 0));
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
        assert_eq!(METHODS.iter().filter(|method| method.emulated).count(), 2);
    }

    #[test]
    fn a_standstill_grows_with_the_mappers() {
        let standstill = Standstill { base_ns: 10.0, per_mapper_ns: 2.5 };
        assert_eq!((standstill.of(0), standstill.of(4)), (10, 20));
    }
}
