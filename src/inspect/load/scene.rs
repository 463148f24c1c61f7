//! What is looked at, and the clock: the real one here, made-up ones in tests.

use super::{LockLook, ProcessUsage, watched_file::WatchedFile};
use crate::{
    inspect::{
        Target,
        machine::{Machine, MachineChange},
    },
    os::{clock, facts::Probe},
};

/// What a glance shows of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Glance {
    pub bytes: u64,
    /// When it was changed last, nanoseconds since 1970.
    pub modified_ns: i128,
    /// How often another file took its place since the first glance.
    pub replaced: u32,
    /// Whether its lock is held exclusively; an error: that is not known without the table of locks.
    pub is_exclusive: Probe<bool>,
}

/// Commits as the file counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commits {
    /// So many since the first glance.
    Counted(u64),
    /// The same, unless one just before a checkpoint was missed.
    NearlyCounted(u64),
    /// They cannot be counted, and do not change this file.
    Elsewhere(String),
    /// They cannot be counted; why.
    Uncounted(String),
    /// The file was being written; it may be readable at another moment.
    NotNow(String),
}

pub trait Scene {
    /// Nanoseconds of any clock that never goes back.
    fn now_ns(&mut self) -> u64;
    fn wait_until(&mut self, at_ns: u64);
    fn glance(&mut self) -> Glance;
    fn commits(&mut self) -> Commits;
    fn processes(&mut self) -> Vec<ProcessUsage>;
    fn locks(&mut self) -> Option<Probe<LockLook>>;
    /// What changed since the last call.
    fn machine(&mut self) -> MachineChange;
}

pub struct Live<'a> {
    file: WatchedFile,
    processes: &'a mut dyn FnMut() -> Vec<ProcessUsage>,
    locks: &'a mut dyn FnMut() -> Option<Probe<LockLook>>,
    /// Opened when it is known whose quotas to read.
    machine: Option<Machine>,
    first_process: Option<u32>,
}

impl<'a> Live<'a> {
    pub fn open(
        target: &Target,
        processes: &'a mut dyn FnMut() -> Vec<ProcessUsage>,
        locks: &'a mut dyn FnMut() -> Option<Probe<LockLook>>,
    ) -> Live<'a> {
        Live { file: WatchedFile::open(target), processes, locks, machine: None, first_process: None }
    }
}

impl Scene for Live<'_> {
    fn now_ns(&mut self) -> u64 {
        clock::now_ns()
    }

    fn wait_until(&mut self, at_ns: u64) {
        // A signal ends it early: then the caller finds out whether to stop.
        clock::sleep_until(at_ns);
    }

    fn glance(&mut self) -> Glance {
        self.file.glance()
    }

    fn commits(&mut self) -> Commits {
        self.file.commits()
    }

    fn processes(&mut self) -> Vec<ProcessUsage> {
        let found = (self.processes)();
        self.first_process = self.first_process.or(found.first().map(|process| process.pid));
        found
    }

    fn locks(&mut self) -> Option<Probe<LockLook>> {
        (self.locks)()
    }

    fn machine(&mut self) -> MachineChange {
        let process = self.first_process;
        self.machine.get_or_insert_with(|| Machine::open(process)).change()
    }
}
