//! What systems report, in the same types on all of them.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Pages of a file that the page cache keeps as one: at `start` of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folio {
    pub start: u64,
    pub bytes: u64,
    /// Whether it waits to be written back.
    pub dirty: bool,
}

impl Folio {
    /// How many there are of each size, bytes.
    pub fn sizes(folios: &[Folio]) -> BTreeMap<u64, u64> {
        let mut sizes = BTreeMap::new();
        folios.iter().for_each(|folio| *sizes.entry(folio.bytes).or_default() += 1);
        sizes
    }
}

/// Folios of a part of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolioSample {
    pub folios: Vec<Folio>,
    /// Bytes of the file in that part, whether they are in memory or not.
    pub of_bytes: u64,
}

/// How the page cache holds a file, bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedBytes {
    pub resident: Probe<u64>,
    /// What waits to be written back, or is written back now.
    pub dirty: Probe<u64>,
}

/// A value, or why there is none.
pub type Probe<T> = Result<T, String>;

/// The same as results keep it: a value, or `{"unavailable": "why"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Availability<T> {
    /// The value.
    Value(T),
    /// There is none.
    Unavailable {
        /// Why, and where possible what would change that.
        unavailable: String,
    },
}

impl<T> Availability<T> {
    /// What a result has that was made before this was recorded.
    pub fn not_recorded() -> Availability<T> {
        Availability::unavailable("not recorded by the version that measured this")
    }

    pub fn unavailable(why: impl Into<String>) -> Availability<T> {
        Availability::Unavailable { unavailable: why.into() }
    }

    pub fn value(&self) -> Option<&T> {
        match self {
            Availability::Value(value) => Some(value),
            Availability::Unavailable { .. } => None,
        }
    }

    /// The value, or why there is none.
    pub fn known(&self) -> Result<&T, &String> {
        match self {
            Availability::Value(value) => Ok(value),
            Availability::Unavailable { unavailable } => Err(unavailable),
        }
    }
}

impl<T> From<Probe<T>> for Availability<T> {
    fn from(found: Probe<T>) -> Availability<T> {
        match found {
            Ok(value) => Availability::Value(value),
            Err(why) => Availability::unavailable(why),
        }
    }
}

/// Whether a file can be opened; `remedy` is what would help.
#[cfg(any(target_os = "linux", target_os = "illumos"))]
pub(super) fn opens(path: &str, remedy: &str) -> Probe<()> {
    std::fs::File::open(path).map(|_| ()).map_err(|error| format!("{path}: {error}; {remedy}"))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessLimit {
    pub name: &'static str,
    /// Most processes; `None`: not set, or not visible to this process.
    pub most: Option<u64>,
    /// How much of it is used already, of what it counts, by others: threads of the user, or of the system; 0 where that is not visible.
    pub used: u64,
    /// Whether it holds for this process: the system's administrator is above some of them.
    pub binds: bool,
    pub change: &'static str,
}

/// A bound on a group of processes (Linux: a control group; illumos: a resource control), with what it leaves free now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLimit {
    /// The file, or the resource control, that sets it.
    pub file: PathBuf,
    pub max: u64,
    /// The value less what is used already.
    pub free: u64,
}

/// A bound on the CPU time of a group of processes: so much in each period, over all CPUs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuQuota {
    /// The group: a directory, or a resource control.
    pub group: PathBuf,
    pub setting: &'static str,
    pub quota_us: u64,
    /// Of each so many microseconds.
    pub period_us: u64,
}

impl CpuQuota {
    pub fn cpus(&self) -> f64 {
        self.quota_us as f64 / self.period_us as f64
    }
}

/// A file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileSystem {
    /// Such as `ext4`, `tmpfs`, `zfs`.
    pub kind: String,
    /// Device, or what is mounted instead of one.
    pub source: String,
    /// Where it is mounted.
    pub mount_point: String,
    /// Options of the mount and of the file system, sorted.
    pub options: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskUsage {
    /// Time on a CPU, nanoseconds.
    pub cpu_ns: u64,
    /// Time in a run queue, ready but not running, nanoseconds; `None` where the system does not report it.
    pub run_delay_ns: Option<u64>,
    /// Time asleep in page faults, nanoseconds; `None` where the system does not report it.
    pub fault_wait_ns: Option<u64>,
    /// Page faults that needed no I/O; `None` where the system does not count them.
    pub minor_faults: Option<u64>,
    /// Page faults that read from a device.
    pub major_faults: u64,
    pub voluntary_switches: u64,
    pub involuntary_switches: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, with the unit if it has one.
    pub name: String,
    /// Whether it is counted up for ever; otherwise it is a level.
    pub counted: bool,
    /// Why this machine does not report it, and what would help. `None`: it does.
    pub unavailable: Option<String>,
}

impl Column {
    pub fn counted(name: &str) -> Column {
        Column { name: name.to_owned(), counted: true, unavailable: None }
    }

    pub fn level(name: &str) -> Column {
        Column { name: name.to_owned(), counted: false, unavailable: None }
    }

    pub fn unavailable(self, why: impl Into<String>) -> Column {
        Column { unavailable: Some(why.into()), ..self }
    }

    /// The common name of all columns that report the same of different CPUs.
    pub fn family(name: &str) -> &str {
        let of_cpu = |place: &str| place.strip_prefix("cpu").is_some_and(|number| number.parse::<u32>().is_ok());
        name.rsplit_once('.').filter(|(_, place)| of_cpu(place)).map_or(name, |(family, _)| family)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    pub name: &'static str,
    pub columns: Vec<Column>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// On a CPU, or in a run queue.
    Running,
    /// Waiting, and a signal can end that: for a lock, a timer, a pipe.
    Sleeping,
    /// Waiting for a device, or for a lock inside the kernel.
    Blocked,
    Stopped,
    Frozen,
}

impl TaskState {
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
