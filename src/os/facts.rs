//! What systems tell, in the same shape on all of them.

use std::path::PathBuf;

/// A value, or why there is none.
pub type Told<T> = Result<T, String>;

/// A bound of the system on how many processes there can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessLimit {
    /// What the system calls it.
    pub name: &'static str,
    /// Most processes; `None`: not set, or not to be seen by this process.
    pub most: Option<u64>,
    /// How to raise it.
    pub change: &'static str,
}

/// A bound on a group of processes (Linux: a control group; illumos: a resource control), with what it leaves free now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLimit {
    /// The file, or the resource control, that sets it.
    pub file: PathBuf,
    /// Its value.
    pub max: u64,
    /// The value less what is used already.
    pub free: u64,
}

/// The file system that a file lies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// Such as `ext4`.
    pub kind: String,
    /// What is mounted.
    pub source: String,
    /// Where.
    pub mount_point: String,
    /// Options of the mount and of the file system.
    pub options: String,
}

/// What a process has used since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskUsage {
    /// Time on a CPU, nanoseconds.
    pub cpu_ns: u64,
    /// Time in a run queue, ready but not running, nanoseconds; `None` where the system does not tell.
    pub run_delay_ns: Option<u64>,
    /// Time asleep in page faults, nanoseconds; `None` where the system does not tell.
    pub fault_wait_ns: Option<u64>,
    /// Page faults that needed no I/O; `None` where the system does not count them.
    pub minor_faults: Option<u64>,
    /// Page faults that read from a device.
    pub major_faults: u64,
    /// Times it gave up the CPU to wait.
    pub voluntary_switches: u64,
    /// Times the CPU was taken from it.
    pub involuntary_switches: u64,
}

/// One figure of a source of counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, with the unit if it has one.
    pub name: String,
    /// Whether it is counted up for ever; otherwise it is a level.
    pub counted: bool,
}

impl Column {
    /// Counted up for ever.
    pub fn counted(name: &str) -> Column {
        Column { name: name.to_owned(), counted: true }
    }

    /// A level.
    pub fn level(name: &str) -> Column {
        Column { name: name.to_owned(), counted: false }
    }
}

/// A source of counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    /// What it tells, and where from.
    pub name: &'static str,
    /// Its columns, or why there are none and what would help.
    pub columns: Told<Vec<String>>,
}

/// What a process is doing, as the scheduler sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// On a CPU, or in a run queue.
    Running,
    /// Waiting, and a signal can end that: for a lock, a timer, a pipe.
    Sleeping,
    /// Waiting for a device, or for a lock inside the kernel.
    Blocked,
    /// Stopped by a signal or a debugger.
    Stopped,
    /// Its control group is frozen.
    Frozen,
}

impl TaskState {
    /// For people.
    pub fn in_words(self) -> &'static str {
        match self {
            TaskState::Running => "running",
            TaskState::Sleeping => "asleep",
            TaskState::Blocked => "blocked inside the kernel",
            TaskState::Stopped => "stopped by a signal",
            TaskState::Frozen => "frozen by its control group",
        }
    }
}
