use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use memmap2::MmapOptions;
use nix::{
    sys::{
        signal::{Signal, kill},
        wait::waitpid,
    },
    unistd::Pid,
};

use super::*;
use crate::os::{
    file_users::{FileId, MappingKind, Stale},
    fork::fork_worker,
    pages::Pages,
};

/// A child that keeps what its parent has at the moment, and does nothing.
struct Child(Pid);

impl Child {
    fn fork() -> Child {
        let sleep = || {
            loop {
                nix::unistd::pause()
            }
        };
        Child(fork_worker(sleep).unwrap())
    }

    fn pid(&self) -> u32 {
        self.0.as_raw() as u32
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = kill(self.0, Signal::SIGKILL);
        let _ = waitpid(self.0, None);
    }
}

const BYTES: u64 = 64 << 10;

/// A child that maps `path` in one way, with the descriptor closed.
fn mapper(path: &Path, kind: MappingKind) -> Child {
    let file = match kind {
        MappingKind::ReadOnly => File::open(path),
        _ => OpenOptions::new().read(true).write(true).open(path),
    };
    let file = file.unwrap();
    let _mapped = match kind {
        MappingKind::Private => {
            // SAFETY: nothing is ever read through it.
            let private = unsafe { MmapOptions::new().len(BYTES as usize).map_copy(&file) };
            (Some(private.unwrap()), None)
        }
        _ => (None, Some(Pages::map(&file, BYTES, kind == MappingKind::Writable).unwrap())),
    };
    drop(file);
    Child::fork()
}

fn file_of(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, vec![1; BYTES as usize]).unwrap();
    path.canonicalize().unwrap()
}

/// A file that may be mapped, in a directory of its own.
fn database() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = file_of(directory.path(), "mailboxes.db");
    (directory, path)
}

fn users_of(path: &Path) -> FileUsers {
    FileUsers::of(path, FileId::from(&path.metadata().unwrap()))
}

/// Kinds and staleness of the children, in their order; other tests' children may have inherited descriptors and mappings, and do not count.
fn seen(users: &mut FileUsers, children: &[Child]) -> Vec<Option<(Vec<MappingKind>, Option<Stale>)>> {
    let (found, _) = users.find();
    children
        .iter()
        .map(|child| {
            let process = found.iter().find(|process| process.pid == child.pid())?;
            assert!(process.mapping.iter().all(|range| range.bytes == BYTES && range.offset == 0));
            Some((process.mapping.iter().map(|range| range.kind).collect(), process.stale))
        })
        .collect()
}

const KINDS: [MappingKind; 4] =
    [MappingKind::ReadOnly, MappingKind::ReadOnlyOfWritable, MappingKind::Writable, MappingKind::Private];

#[test]
fn mappers_of_each_kind_are_found_and_stay_known_when_the_file_is_replaced_and_deleted() {
    let (directory, path) = database();
    let other = file_of(directory.path(), "other.db");
    let children = KINDS.map(|kind| mapper(&path, kind));
    let stranger = [mapper(&other, MappingKind::Writable)];
    let mut users = users_of(&path);
    let all = |stale| KINDS.map(|kind| Some((vec![kind], stale))).to_vec();
    assert_eq!(seen(&mut users, &children), all(None));
    // A checkpoint.
    std::fs::rename(file_of(directory.path(), "mailboxes.db.NEW"), &path).unwrap();
    let newer = [mapper(&path, MappingKind::Writable)];
    assert_eq!(seen(&mut users, &children), all(Some(Stale::Replaced)));
    let current = Some((vec![MappingKind::Writable], None));
    assert_eq!(seen(&mut users, &newer), std::slice::from_ref(&current));
    // Who begins to look only now knows nothing of the older file but its name.
    let mut fresh = users_of(&path);
    assert_eq!(seen(&mut fresh, &children), all(Some(Stale::Replaced)));
    assert_eq!(seen(&mut fresh, &newer), [current]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(seen(&mut users, &children), all(Some(Stale::Deleted)));
    assert_eq!(seen(&mut users, &newer), [Some((vec![MappingKind::Writable], Some(Stale::Deleted)))]);
    assert_eq!(seen(&mut users, &stranger), [None], "another file of the directory");
}

#[test]
fn both_ways_of_reading_mappings_find_the_same_and_kinds_are_those_of_the_kernels_flags() {
    let (_directory, path) = database();
    let children = KINDS.map(|kind| mapper(&path, kind));
    let now = ids_at(&path);
    let sought = Sought::new(&path, now.clone(), now.clone());
    for method in [Method::Lines, Method::of_this_kernel()] {
        let maps = |child: &Child, which| match look::at_by(method, child.pid(), &sought, which) {
            Look::User(found) => !found.ranges.is_empty(),
            _ => false,
        };
        assert!(children.iter().all(|child| maps(child, Which::All)), "{method:?}");
        assert_eq!(
            children.each_ref().map(|child| maps(child, Which::Shared)),
            [true, true, true, false],
            "{method:?}"
        );
    }
    // Kinds are those that the kernel shows in its flags.
    for (child, kind) in children.iter().zip(KINDS) {
        let mut start = None;
        let mut keep = |mapping: &mappings::Mapping, _: mappings::NameOf<'_>| {
            if now.contains(&mapping.file) {
                start = Some(mapping.start);
            }
        };
        Method::Lines.visit(child.pid(), Which::All, &mut keep).unwrap();
        let flags = smaps::of(child.pid()).unwrap();
        let may_write = flags.iter().find(|range| Some(range.start) == start).unwrap().may_write;
        assert_eq!(may_write, kind != MappingKind::ReadOnly, "{kind:?}");
    }
}

#[test]
fn whoever_only_has_it_open_is_found_too() {
    let (_directory, path) = database();
    let held = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let child = Child::fork();
    drop(held);
    let mut users = users_of(&path);
    let (found, _) = users.find();
    let process = found.iter().find(|process| process.pid == child.pid()).unwrap();
    assert!(process.mapping.is_empty() && process.stale.is_none());
    let open = process.open.value().unwrap();
    assert!(open.len() == 1 && open[0].writable, "{open:?}");
    assert!(process.page_table_bytes.value().is_some_and(|bytes| *bytes > 0));
    assert!(found.iter().all(|process| process.pid != std::process::id()), "the one who looks does not count");
    std::fs::remove_file(&path).unwrap();
    let (found, _) = users.find();
    let process = found.iter().find(|process| process.pid == child.pid()).unwrap();
    assert_eq!(process.stale, Some(Stale::Deleted));
}

#[test]
fn one_that_vanishes_is_counted_and_one_that_is_stuck_is_named() {
    let (_directory, path) = database();
    let child = mapper(&path, MappingKind::Writable);
    // Process 1 is everywhere; it plays the one whose memory is locked.
    let (found, unseen) = users_of(&path).find_by(|pid, sought, which| {
        if pid == 1 {
            std::thread::park_timeout(Duration::from_secs(30));
        }
        look::at(pid, sought, which)
    });
    assert_eq!(unseen.stuck, [1]);
    assert!(found.iter().any(|process| process.pid == child.pid()), "the others are found all the same");
    let (found, unseen) = users_of(&path).find_by(|_, _, _| Look::Gone);
    assert!(found.is_empty() && unseen.vanished >= 2, "{unseen:?}");
    let (_, unseen) = users_of(&path).find_by(|_, _, _| Look::Forbidden);
    assert!(unseen.forbidden >= 2 && unseen.because.iter().any(|why| why.contains("may not be read")), "{unseen:?}");
    let gone = child.pid();
    drop(child);
    let now = ids_at(&path);
    assert!(matches!(look::at(gone, &Sought::new(&path, now.clone(), now), Which::All), Look::Gone));
}

#[test]
fn the_database_of_a_process_is_found_by_its_number() {
    let (_directory, path) = database();
    let child = mapper(&path, MappingKind::ReadOnlyOfWritable);
    let files = database_files(child.pid()).unwrap();
    assert!(files.iter().any(|file| file.path == path && file.bytes == BYTES), "{files:?}");
    assert!(files.is_sorted_by(|a, b| a.bytes >= b.bytes));
    assert!(database_files(u32::MAX).unwrap_err().contains("/proc/4294967295/maps"));
    let mut idle = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let why = database_files(idle.id()).unwrap_err();
    idle.kill().unwrap();
    idle.wait().unwrap();
    assert!(why.contains("maps no file"), "{why}");
}

/// `MAPSTORM_MAPPED_FILE` names a file that thousands of processes map: how long one look takes.
#[test]
#[ignore = "needs thousands of processes that map the file in MAPSTORM_MAPPED_FILE"]
fn thousands_of_mappers_are_found_in_time() {
    let path = PathBuf::from(std::env::var_os("MAPSTORM_MAPPED_FILE").unwrap()).canonicalize().unwrap();
    let mut users = users_of(&path);
    for _ in 0..3 {
        let began = Instant::now();
        let (found, unseen) = users.find();
        println!("{} processes in {:?}; {unseen:?}", found.len(), began.elapsed());
        assert!(!found.is_empty());
    }
}
