//! What is looked at, and the clock: a live server, or one that a test made up.

use crate::{
    inspect::{locks::LockLook, machine::MachineChange},
    os::facts::Probe,
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

/// What is read again and again of a process of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessUsage {
    pub pid: u32,
    /// Whether it maps the file; else it only has it open.
    pub maps: bool,
    /// Time on a CPU since it began, nanoseconds; `None`: it may not be read.
    pub cpu_ns: Option<u64>,
    /// Time in a run queue since it began, nanoseconds; `None`: it may not be read, or the system does not count it.
    pub run_delay_ns: Option<u64>,
    /// Whether it is blocked inside the kernel (state D).
    pub is_blocked: bool,
}

pub trait Scene {
    /// Nanoseconds of any clock that never goes back.
    fn now_ns(&mut self) -> u64;
    fn wait_until(&mut self, at_ns: u64);
    fn glance(&mut self) -> Glance;
    fn commits(&mut self) -> Commits;
    /// All processes of the file.
    fn processes(&mut self) -> Vec<ProcessUsage>;
    /// Reads the table of locks; `None`: it was read only a moment ago.
    fn locks(&mut self) -> Option<Probe<LockLook>>;
    /// What changed since the last call.
    fn machine(&mut self) -> MachineChange;
}
