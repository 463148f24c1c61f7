//! The table of keys, and with it the sections of a [`Scenario`](struct@crate::scenario::Scenario). A new key is a line here.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::kind::Kind::{
    Axes, Choice, Clauses, Count, Duration, Flag, Line, Mix as Weights, Name, Path, Ramp as Growth, Rate, Size,
};
use super::super::values::{Values, WrittenAxis};
use super::{Key, Section, build};
use crate::mailboxes::{LockKind, OpenMode, RemapRule};
use crate::scenario::{
    Arrivals, Clause, Contents, Emulation, Mix, Prefault, ReaderOperation, Workers, WriterOperation,
};

const MS: u64 = 1_000_000;
const SECOND: u64 = 1000 * MS;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const ONE_IN_TEN_HOURS: f64 = 0.1 / 3600.0;

/// In the order of the reference.
pub(crate) static SECTIONS: [&Section; 8] = [&HEADING, &FILE, &INSTANCES, &READERS, &WRITER, &RUN, &SLO, &SWEEP];

section! {
    pub(crate) struct Heading = HEADING in "": "Above all sections.";

    name: Option<String> = "name", Name, note "the file's name without its ending",
        "Short name; part of the run directory's name.";
    description: Option<String> = "description", Line, "One line for people.";
}

section! {
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub struct DatabaseFile = FILE in "file":
        "The mapped file. `size`, `mailboxes` and `source` are one choice: exactly one of them must be given. \
         All amounts are totals over all instances.";

    /// What the file holds.
    contents: Contents = contents of
        "format", Choice(&["skiplist", "twoskip", "twom", "flat"]),
            or "'twoskip'", note "`twoskip`; with `source` it is recognised from the file",
        "On-disk format: Cyrus's `skiplist` (the default of 2.3, in 2007), `twoskip` (since 2.5) or `twom` (3.13), or `flat` pages \
         without a database."
        and "records", Choice(&["cyrus-2.3", "cyrus-3.6", "cyrus-3.13", "census-2026"]), note "`cyrus-2.3` for skiplist, `cyrus-3.6` for twoskip, `cyrus-3.13` for twom",
        "What the records look like: one short record a mailbox (2.3), two dlists (3.6) or three (3.13, which adds JMAP ids); or one \
         with keys and values as long as Fastmail's in 2026, ten a user (census). Not with `flat` or `source`."
        and "size", Size(4096, 1 << 44, 1),
        "Fill about this many bytes with mailboxes, in total over all instances. A skiplist stays below 4 GiB an instance. A \
         twom file is a quarter longer, by a hole."
        and "mailboxes", Count(1, 10_000_000_000),
        "Make exactly this many mailboxes (for `flat`: pages), in total over all instances."
        and "source", Path,
        "A database of your own: every instance gets a whole copy; the original is only read. A relative path starts at \
         the current directory.";
    write_size_bytes: u64 = "write-size", Size(512, 64 << 20, 512), or "'1MiB'",
        "Bytes per write(2) when the file is made. On file systems with large folios it sets the size of the page \
         cache's folios, and with it what one update costs.";
    directory: Option<PathBuf> = "directory", Path, note "inside the run directory",
        "Where the file is made, in a directory of its own that is removed after the run (`--keep-file` keeps it): it \
         chooses the file system and the disk. A relative path starts at the current directory.";
}

section! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub struct Instances = INSTANCES in "instances": "How many files there are, each with its own readers and writers.";

    count: u32 = "count", Count(1, 1000), or "1",
        "Readers, file and writer rate are divided among so many instances; every one needs a reader if there are any.";
}

section! {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub struct Readers = READERS in "readers": "The workers that search the file.";

    count: u32 = "count", Count(0, 1_000_000), or "200", "Readers in total over all instances.";
    open: OpenMode = "open", Choice(&["read-write", "read-only"]), or "'read-write'",
        "Access mode of the descriptor behind the mapping. Cyrus opens `read-write` even to read; the mapping itself \
         is read-only either way.";
    /// When operations are due; a rate is that of each reader.
    arrivals: Arrivals = arrivals of
        "arrivals", Choice(&["poisson", "even", "closed"]), or "'poisson'",
        "Open loop with random (`poisson`) or equal (`even`) gaps, whatever the system does; or `closed` loop: the next \
         operation waits for the one before."
        and "rate", Rate(ONE_IN_TEN_HOURS, 1e6), or "'1/s'", note "`1/s`; none with `closed`",
        "Operations of each reader. Open loop only."
        and "think", Duration(0, HOUR), or "'0ms'", note "`0ms`; none in an open loop",
        "Pause between operations. Closed loop only.";
    /// What they are. Absent in results of runs whose readers are processes.
    #[serde(default, skip_serializing_if = "Workers::are_processes")]
    workers: Workers = workers of
        "as", Choice(&["processes", "threads"]), or "'processes'",
        "Processes, each with a mapping of its own, as Cyrus's; or `threads` that share the mapping of their process, as those of an LMDB server or a \
         Java virtual machine."
        and "threads-per-process", Count(2, 1024), or "16", note "`16`; none with `processes`",
        "Threads of each process. With `threads` only.";
    lock: LockKind = "lock", Choice(&["fcntl", "flock", "ofd", "none"]), or "'fcntl'",
        "Lock around every operation. Cyrus takes `fcntl` wherever there is one; with `none` readers may see half a commit. Threads exclude each \
         other by `flock` and `ofd` (a record lock of the open file) alone.";
    remap: RemapRule = "remap", Choice(&["when-needed", "every-lock"]), or "'when-needed'",
        "Remap the file only if it outgrew the mapping or was replaced, or on every lock, as Cyrus 2.5.0 to 2.5.8 \
         did by mistake.";
    prefault: Prefault = "prefault", Choice(&["none", "touch", "populate"]), or "'none'",
        "How the file's pages are mapped before the start barrier opens: not at all, by touching each, or by the kernel at once.";
    ramp: Option<Ramp> = "ramp", Growth, note "all readers are there from the start",
        "The number of mappers grows linearly from `from` to `count`, beginning when measuring begins. Readers that \
         have not joined do not map the file.";
    operations: Mix<ReaderOperation> = "operations", Weights(&["lookup", "list", "noop"]), or "{ lookup = 100 }",
        "Weights of what is asked: one mailbox looked up, many records walked, only lock and look for changes.";
}

section! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub struct Ramp = RAMP in "ramp": "How the number of mappers grows.";

    from: u32 = "from", Count(0, 1_000_000), "Mappers at the beginning; at most `count`.";
    over_ns: u64 = "over", Duration(0, DAY), "Time to grow; at most the run's duration.";
}

section! {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub struct Writer = WRITER in "writer": "The workers that commit to the file.";

    count: u32 = "count", Count(0, 1000), or "1", "Writers of each instance; 0: nothing is written.";
    /// When commits are due; a rate is that of all writers of all instances together.
    arrivals: Arrivals = arrivals of
        "arrivals", Choice(&["poisson", "even", "closed"]), or "'poisson'", "As for readers."
        and "rate", Rate(ONE_IN_TEN_HOURS, 1e6), or "'10/s'", note "`10/s`; none with `closed`",
        "Commits in total over all writers of all instances. Open loop only."
        and "think", Duration(0, HOUR), or "'0ms'", note "`0ms`; none in an open loop",
        "Pause between commits. Closed loop only.";
    /// Weights of what is committed.
    operations: Mix<WriterOperation> = writer_operations of
        "operations", Weights(&["store", "replace", "delete"]), or "{ store = 1, replace = 2, delete = 1 }",
        "Weights of what is committed: a new mailbox, a record replaced, a mailbox removed. With `flat` only `replace`.";
    sync: bool = "sync", Flag, or "true",
        "Whether a commit is synced to disk while the lock is held; `false` is Cyrus's `skiplist_unsafe`.";
    checkpoint: bool = "checkpoint", Flag, or "true",
        "Whether the file is rewritten and replaced, as Cyrus does, once enough of it is garbage.";
    /// Whether each writer is a thread of a reading process, and its mapping theirs. Absent in results of runs whose writers are processes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_thread: bool = writer_is_thread of
        "as", Choice(&["process", "thread"]), or "'process'",
        "A process, or a `thread` among the first readers of its instance, so that what it unmaps or protects hits running siblings. \
         `thread` with `readers.as = \"threads\"` only.";
    /// Absent in results of runs whose writers remap when needed.
    #[serde(default, skip_serializing_if = "RemapRule::is_when_needed")]
    remap: RemapRule = "remap", Choice(&["when-needed", "every-lock"]), or "'when-needed'",
        "As for readers. With `every-lock` a writer that is a thread takes the translations of its siblings away at every commit.";
    /// Absent in results of runs whose writers unmap none.
    #[serde(default, skip_serializing_if = "is_zero")]
    unmaps: u32 = "unmaps", Count(0, 1_000_000), or "0",
        "Pages of its own memory that a writer maps, uses and unmaps one at a time after each commit, with the lock released, as an allocator \
         or a garbage collector does: each interrupts the CPUs that run its siblings. With `writer.as = \"thread\"` only.";
    /// What another system would also do at every commit. Absent in results of runs that emulate nothing.
    #[serde(default, skip_serializing_if = "Emulation::is_nothing")]
    emulate: Emulation = emulation of
        "emulate", Choice(&["nothing", "demap", "stop-mappers"]), or "'nothing'",
        "What another system would also do, after a commit's own syncs and before its lock is released: unmap the pages it \
         wrote from every mapper (Solaris's `hat_pageunload`), or stop every reader for a time (as was reported in 2007). \
         Results say `emulated`."
        and "stop-time", Duration(0, MINUTE), or "'10ms'", note "`10ms` (a Sun T2000, assumed)",
        "With `stop-mappers`: how long every reader is stopped at a commit, without what each reader adds."
        and "stop-time-per-mapper", Duration(0, SECOND), or "'10us'", note "`10us` (a Sun T2000, assumed)",
        "With `stop-mappers`: what each reader of the instance adds to that.";
}

section! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub struct Run = RUN in "run": "Times, thresholds and the seed.";

    warm_up_ns: u64 = "warm-up", Duration(0, DAY), or "'2s'",
        "Load before measuring begins. In the first second after the start barrier opens all workers start at once: it is not measured.";
    control_ns: u64 = "control", Duration(0, MINUTE), or "'1s'",
        "Readers alone between two warm-ups, before any writer: the noise floor that findings must exceed. `0ms`: none, and \
         one warm-up for all.";
    duration_ns: u64 = "duration", Duration(MS, DAY), or "'10s'", "How long to measure.";
    interval_ns: u64 = "interval", Duration(10 * MS, MINUTE), or "'100ms'",
        "One line of the timeline: divides one second, or is whole seconds; at most the duration.";
    stall_ns: u64 = "stall", Duration(1000, 10 * MINUTE), or "'20ms'",
        "An operation slower than this is a stall, and leaves a record of its own.";
    freeze_ns: u64 = "freeze", Duration(10 * MS, 10 * MINUTE), or "'100ms'",
        "A span of at least this length in which next to nothing completed is a freeze: see [diagnosis.md](diagnosis.md).";
    freeze_percent: u64 = "freeze-percent", Count(1, 50), or "5",
        "Next to nothing: fewer completed than this percentage of what was due.";
    evidence: bool = "evidence", Flag, or "true",
        "Whether slow operations, the system's counters and two noise probes are recorded, so that causes can be named.";
    seed: u64 = "seed", Count(0, u64::MAX), or "2007", "Every random choice of the run follows from it.";
}

section! {
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub struct Slo = SLO in "slo": "The objectives that the run is judged by. Without clauses there is no verdict.";

    clauses: Vec<Clause> = "clauses", Clauses, or "[]",
        "Metric, comparison and limit, as in `[\"lookup.p99<=50ms\", \"freeze.longest<=200ms\", \"rate>=0.99\"]`.";
}

section! {
    #[derive(Default)]
    pub(crate) struct SweepKeys = SWEEP in "sweep":
        "Several runs instead of one: every combination of the axes' values, each `repeats` times, in an order drawn by \
         lot. No part of the load that a single run makes, nor of its hash. `--axis` on the command line takes the place \
         of `axes`, and `--set 'sweep.axes=[]'` makes one run of it.";

    axes: Option<Vec<WrittenAxis>> = "axes", Axes, or "[]", note "none: one run",
        "One or two keys with their values, written as after `--axis`; at most 200 points.";
    repeats: Option<u32> = "repeats", Count(1, 100), or "3", "Runs of each point, every one with a seed of its own.";
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}
