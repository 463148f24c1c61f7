//! The names of `linux/` on a system that mapstorm does not know, and where illumos has nothing of the kind: nothing pretends.
//! Callers handle `None` and `ENOSYS` anyhow, because a Linux machine may lack these too.

const UNKNOWN: &str = "mapstorm does not know how to ask this system";

fn unknown<T>() -> Result<T, String> {
    Err(UNKNOWN.to_owned())
}

/// Why there is nothing of the kind: on illumos, and on a system that mapstorm does not know.
fn none<T>(of_illumos: &str, of_unknown: &str) -> Result<T, String> {
    Err(if cfg!(target_os = "illumos") { of_illumos } else { of_unknown }.to_owned())
}

/// Functions that give the same answer to everything.
macro_rules! answers {
    ($($(#[$comment:meta])* $visibility:vis fn $name:ident($($argument:ty),*) -> $result:ty = $answer:expr;)*) => {
        $($(#[$comment])* $visibility fn $name($(_: $argument),*) -> $result {
            $answer
        })*
    };
}

pub mod advice {
    use std::{ops::Range, os::fd::AsFd, ptr::NonNull};

    use crate::os::private_pages::Advice;

    answers! {
        pub(in crate::os) fn advise(NonNull<libc::c_void>, usize, Advice) -> Result<(), String> = super::unknown();
        pub(in crate::os) fn move_pages(NonNull<libc::c_void>, usize, NonNull<libc::c_void>) -> Result<(), String> = super::unknown();
        /// Callers touch each page instead.
        pub fn populate(&[impl Sized]) -> nix::Result<()> = Err(nix::Error::ENOSYS);
        pub fn punch(impl AsFd, Range<u64>) -> Result<(), String> = super::unknown();
        pub fn drop_cache(impl AsFd, Range<u64>) -> Result<(), String> = super::unknown();
    }
}

pub mod affinity {
    pub fn cpus_allowed() -> Result<u64, String> {
        std::thread::available_parallelism().map(|cpus| cpus.get() as u64).map_err(|error| error.to_string())
    }

    answers! {
        pub fn allowed() -> Result<Vec<usize>, String> = super::unknown();
        pub fn bind(usize) -> nix::Result<()> = Err(nix::Error::ENOSYS);
        pub fn pin_to_last_cpu() -> nix::Result<usize> = Err(nix::Error::ENOSYS);
        pub fn on_every_cpu(impl FnMut()) -> nix::Result<usize> = Err(nix::Error::ENOSYS);
    }
}

pub mod environment {
    use std::path::Path;

    use super::{UNKNOWN, unknown};
    use crate::os::facts::{FileSystem, Probe};
    use crate::os::platform::{self, FrequencyRange, Placement, Platform};

    answers! {
        pub fn hypervisor() -> Probe<String> = platform::hypervisor();
        pub fn cpu_model() -> Probe<String> = unknown();
        pub fn cpus_online() -> Probe<u64> = unknown();
        pub fn memory() -> Probe<u64> = unknown();
        pub fn clock_source() -> Probe<String> = unknown();
        pub fn huge_pages() -> Probe<String> = unknown();
        pub fn file_system(&Path) -> Probe<FileSystem> = unknown();
        pub fn platform(&Path) -> Platform = Platform::unavailable(UNKNOWN);
        pub fn placement(usize, usize) -> Placement = Placement::Unknown;
        pub fn frequency_now() -> Probe<FrequencyRange> = unknown();
        pub fn pressure() -> [Probe<f64>; 2] = [(); 2].map(|()| unknown());
        pub fn evidence() -> Vec<(&'static str, Probe<()>)> = Vec::new();
    }
}

pub mod page_cache {
    use std::fs::File;

    use crate::os::facts::{CachedBytes, Probe};

    /// A file on ZFS is in the ARC, and in pages too only where it is mapped; neither is reported by file.
    pub fn cached_bytes(_: &File) -> CachedBytes {
        let why = "illumos does not report by file what is in memory; `kstat -p zfs::arcstats` has all files together";
        let none = || -> Probe<u64> { super::none(why, super::UNKNOWN) };
        CachedBytes { resident: none(), dirty: none() }
    }
}

pub mod folios {
    use std::fs::File;

    use crate::os::{
        facts::{Folio, FolioSample},
        pages::page_size,
        view::View,
    };

    answers! {
        pub fn sample(&File, u64) -> Result<FolioSample, String> = none();
        pub fn list(View<'_>) -> Result<Vec<Folio>, String> = none();
    }

    /// illumos's page cache of files is made of single pages; larger ones exist for memory without a file.
    fn none<T>() -> Result<T, String> {
        let pages = format!("each page of a file, of {} bytes, is written back on its own", page_size());
        let of_unknown = "this system does not show how its page cache is made up";
        super::none(&format!("illumos has no folios: {pages}"), of_unknown)
    }
}

pub mod tracefs {
    use crate::os::facts::Probe;

    answers! {
        pub fn mount_for_this_process() -> Probe<bool> = Ok(false);
    }
}

pub mod kernel_stack {
    use nix::unistd::Pid;

    use crate::os::facts::Probe;

    /// illumos shows it to mdb(1) and DTrace alone.
    pub fn read(_: Pid) -> Probe<Vec<String>> {
        let dtrace =
            "illumos shows kernel stacks to DTrace alone: `--trace \"dtrace -s scripts/dtrace/blocked-faults.d\"`";
        super::none(dtrace, "this system does not show where in the kernel a process is")
    }
}

/// A lock and the host's name have to do.
pub mod identity {
    answers! {
        pub fn boot_id() -> Option<String> = None;
        pub fn pid_namespace() -> Option<u64> = None;
        pub fn started(u32) -> Option<u64> = None;
    }
}

/// Nothing is refused for a limit that is not read.
pub mod limits {
    use crate::os::facts::{CpuQuota, GroupLimit, Probe, ProcessLimit};

    pub const GROUP: &str = "group";

    answers! {
        pub fn available_memory() -> Option<u64> = None;
        pub fn out_of_memory_kills() -> Vec<(String, u64)> = Vec::new();
        pub fn process_limits() -> Vec<ProcessLimit> = Vec::new();
        pub fn group_processes() -> Option<GroupLimit> = None;
        pub fn group_memory() -> Option<GroupLimit> = None;
        pub fn cpu_quota() -> Probe<Option<CpuQuota>> = super::unknown();
    }
}

pub mod locks {
    use crate::os::{
        facts::Probe,
        file_users::{FileId, HeldLock},
    };

    pub(in crate::os) const OF_ILLUMOS: &str = "illumos has no list of file locks that a program can read; `pfiles PID` shows those of one process, `mdb -k` all";

    pub struct LockReader;

    impl LockReader {
        pub fn open() -> LockReader {
            LockReader
        }

        pub fn read(&mut self, _: &[FileId]) -> Option<Probe<Vec<HeldLock>>> {
            Some(super::none(OF_ILLUMOS, super::UNKNOWN))
        }
    }
}

pub mod process {
    use nix::{errno::Errno, unistd::Pid};

    use crate::os::facts::TaskState;

    /// A driver that is killed leaves its workers behind.
    pub struct ParentDeathGuard;

    impl ParentDeathGuard {
        pub fn prepare() -> ParentDeathGuard {
            ParentDeathGuard
        }

        pub fn apply(self, _: Pid) -> nix::Result<bool> {
            Err(Errno::ENOSYS)
        }
    }

    answers! {
        pub fn forget_ended() -> () = ();
        pub fn set_name(&std::ffi::CStr) -> nix::Result<()> = Err(Errno::ENOSYS);
        pub fn exact_timers() -> nix::Result<()> = Err(Errno::ENOSYS);
        pub fn adopt_orphans() -> nix::Result<()> = Err(Errno::ENOSYS);
        pub fn descendants_of(Pid) -> Vec<Pid> = Vec::new();
        pub fn threads_alive() -> Option<usize> = None;
        pub fn oom_adjustment() -> Option<i32> = None;
        pub fn set_oom_adjustment(i32) -> std::io::Result<()> = Err(Errno::ENOSYS.into());
        pub fn page_table_bytes() -> Option<u64> = None;
        pub fn load_average() -> Option<f64> = None;
        pub fn runnable() -> Option<u64> = None;
        pub fn state_of(Pid) -> Option<TaskState> = None;
        // Of threads nothing is known but their process.
        pub fn thread_id() -> u32 = std::process::id();
        pub fn signal_thread(Pid, nix::sys::signal::Signal) -> () = ();
    }
}

pub mod processes {
    use crate::os::{
        facts::Probe,
        file_users::{Activity, FileUsers, MappedFile, ProcessOfFile, Unseen},
    };

    answers! {
        pub(in crate::os) fn find(&mut FileUsers) -> (Vec<ProcessOfFile>, Unseen) =
            (Vec::new(), Unseen { because: vec![super::UNKNOWN.to_owned()], ..Unseen::default() });
        pub fn database_files(u32) -> Probe<Vec<MappedFile>> = super::unknown();
        pub fn activity(u32) -> Option<Activity> = None;
        pub fn dirtied_bytes(u32) -> Probe<u64> = super::unknown();
    }
}

pub mod rename {
    use std::{
        fs,
        io::{self, Read},
        path::Path,
    };

    /// Renames to a name that is free (otherwise `AlreadyExists`); there is a moment between looking and renaming.
    pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        if fs::symlink_metadata(to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(from, to)
    }

    pub fn exchange(_: &Path, _: &Path) -> io::Result<()> {
        Err(nix::errno::Errno::ENOSYS.into())
    }

    /// Gives a file so many bytes of its disk, by writing them.
    pub fn reserve(mut file: &fs::File, bytes: u64) -> io::Result<()> {
        io::copy(&mut io::repeat(0).take(bytes), &mut file).map(|_| ())
    }
}

pub(in crate::os) mod sources {
    use crate::os::{
        counters::{Open, Source, open_files, or_absent},
        facts::Column,
    };

    pub(in crate::os) const SOURCES: [(&str, Open); 2] =
        [("counters of the system", |_| open_interrupts()), ("size and identity of the files (stat)", open_files)];

    pub(in crate::os) fn open_live(_: Option<u32>) -> Vec<Source> {
        vec![open_interrupts()]
    }

    pub(in crate::os) fn open_walks() -> Source {
        open_interrupts()
    }

    pub(in crate::os) fn open_interrupts() -> Source {
        let why = "mapstorm does not know how to ask this system; run it on Linux or illumos".to_owned();
        or_absent(Err(why), vec![Column::counted("counters")])
    }
}

/// Only what POSIX's `getrusage` reports.
pub mod task {
    use nix::sys::resource::{UsageWho, getrusage};

    use crate::os::facts::TaskUsage;

    pub struct TaskUsageReader;

    impl TaskUsageReader {
        pub fn open() -> TaskUsageReader {
            TaskUsageReader
        }

        pub fn read(&self) -> TaskUsage {
            let Ok(counted) = getrusage(UsageWho::RUSAGE_SELF) else { return TaskUsage::default() };
            TaskUsage {
                cpu_ns: crate::os::clock::cpu_ns(),
                run_delay_ns: None,
                fault_wait_ns: None,
                // POSIX has no such field: a system may leave it at zero for ever.
                minor_faults: None,
                major_faults: counted.major_page_faults() as u64,
                voluntary_switches: counted.voluntary_context_switches() as u64,
                involuntary_switches: counted.involuntary_context_switches() as u64,
            }
        }
    }
}

pub mod title {
    /// Command lines cannot be overwritten: there is no title.
    pub enum Title {}

    impl Title {
        pub fn find() -> Option<Title> {
            None
        }

        /// # Safety
        /// Never called.
        pub unsafe fn set(&self, _: &[u8]) {
            match *self {}
        }
    }
}
