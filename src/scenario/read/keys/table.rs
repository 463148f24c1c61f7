//! The table of keys. Reading, error messages, overrides and the reference page all follow from it.
//! One entry a key: section, name, kind with limits, default as TOML, note on the default, meaning.

use super::super::kind::Kind;
use super::Key;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const MS: u64 = 1_000_000;
/// No note on the default.
const NONE: &str = "";

const fn key(
    section: &'static str,
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    default_note: &'static str,
    doc: &'static str,
) -> Key {
    Key { section, name, kind, default, default_note, doc }
}

/// Every key, section by section.
pub(crate) static KEYS: &[Key] = &[
    key(
        "",
        "name",
        Kind::Name,
        None,
        "the file's name without its ending",
        "Short name; part of the run directory's name.",
    ),
    key("", "description", Kind::Line, None, NONE, "One line for people."),
    key(
        "file",
        "format",
        Kind::Choice(&["skiplist", "twoskip", "flat"]),
        Some("'twoskip'"),
        "`twoskip`; with `source` it is recognised from the file",
        "On-disk format: Cyrus's `skiplist` (the default of 2.3, in 2007) or `twoskip` (since 2.5), or `flat` pages \
         without a database.",
    ),
    key(
        "file",
        "records",
        Kind::Choice(&["cyrus-2.3", "cyrus-3.6"]),
        None,
        "`cyrus-2.3` for skiplist, `cyrus-3.6` for twoskip",
        "What the records look like: one short record a mailbox (2.3) or two dlists (3.6). Not with `flat` or `source`.",
    ),
    key(
        "file",
        "size",
        Kind::Size { min: 4096, max: 1 << 44, multiple_of: 1 },
        None,
        NONE,
        "Fill about this many bytes with mailboxes, in total over all instances. A skiplist stays below 4 GiB an instance.",
    ),
    key(
        "file",
        "mailboxes",
        Kind::Count { min: 1, max: 10_000_000_000 },
        None,
        NONE,
        "Make exactly this many mailboxes (for `flat`: pages), in total over all instances.",
    ),
    key(
        "file",
        "source",
        Kind::Path,
        None,
        NONE,
        "A database of your own: every instance gets a whole copy; the original is only read. A relative path starts at the current directory.",
    ),
    key(
        "file",
        "write-size",
        Kind::Size { min: 512, max: 64 << 20, multiple_of: 512 },
        Some("'1MiB'"),
        NONE,
        "Bytes per write(2) when the file is made. On file systems with large folios it sets the size of the page \
         cache's folios, and with it what one update costs.",
    ),
    key(
        "file",
        "directory",
        Kind::Path,
        None,
        "inside the run directory",
        "Where the file is made, in a directory of its own that is removed after the run (`--keep-file` keeps it): it chooses the file system and the disk. A relative path starts at the current directory.",
    ),
    key(
        "instances",
        "count",
        Kind::Count { min: 1, max: 1000 },
        Some("1"),
        NONE,
        "Readers, file and writer rate are divided among so many instances; every one needs a reader if there are any.",
    ),
    key(
        "readers",
        "count",
        Kind::Count { min: 0, max: 1_000_000 },
        Some("200"),
        NONE,
        "Readers in total over all instances.",
    ),
    key(
        "readers",
        "open",
        Kind::Choice(&["read-write", "read-only"]),
        Some("'read-write'"),
        NONE,
        "Access mode of the descriptor behind the mapping. Cyrus opens `read-write` even to read; the mapping itself \
         is read-only either way.",
    ),
    key(
        "readers",
        "arrivals",
        Kind::Choice(&["poisson", "even", "closed"]),
        Some("'poisson'"),
        NONE,
        "Open loop with random (`poisson`) or equal (`even`) gaps, whatever the system does; or `closed` loop: the next \
         operation waits for the one before.",
    ),
    key(
        "readers",
        "rate",
        Kind::Rate { min_per_s: 0.1 / 3600.0, max_per_s: 1e6 },
        Some("'1/s'"),
        "`1/s`; none with `closed`",
        "Operations of each reader. Open loop only.",
    ),
    key(
        "readers",
        "think",
        Kind::Duration { min: 0, max: HOUR },
        Some("'0ms'"),
        "`0ms`; none in an open loop",
        "Pause between operations. Closed loop only.",
    ),
    key(
        "readers",
        "lock",
        Kind::Choice(&["fcntl", "flock", "none"]),
        Some("'fcntl'"),
        NONE,
        "Lock around every operation. Cyrus takes `fcntl` wherever there is one; with `none` readers may see half a commit.",
    ),
    key(
        "readers",
        "remap",
        Kind::Choice(&["when-needed", "every-lock"]),
        Some("'when-needed'"),
        NONE,
        "Map the file anew only if it outgrew the mapping or was replaced, or on every lock, as Cyrus 2.5.0 to 2.5.8 \
         did by mistake.",
    ),
    key(
        "readers",
        "prefault",
        Kind::Choice(&["none", "touch", "populate"]),
        Some("'none'"),
        NONE,
        "How the file's pages are mapped before the gate opens: not at all, by touching each, or by the kernel at once.",
    ),
    key(
        "readers",
        "ramp",
        Kind::Ramp,
        None,
        "everybody is there from the start",
        "The number of mappers grows linearly from `from` to `count`, beginning when measuring begins. Readers that \
         have not joined do not map the file.",
    ),
    key(
        "readers",
        "operations",
        Kind::Mix(&["lookup", "list", "noop"]),
        Some("{ lookup = 100 }"),
        NONE,
        "Weights of what is asked: one mailbox looked up, many records walked, only lock and look for changes.",
    ),
    key(
        "writer",
        "count",
        Kind::Count { min: 0, max: 1000 },
        Some("1"),
        NONE,
        "Writers of each instance; 0: nothing is written.",
    ),
    key("writer", "arrivals", Kind::Choice(&["poisson", "even", "closed"]), Some("'poisson'"), NONE, "As for readers."),
    key(
        "writer",
        "rate",
        Kind::Rate { min_per_s: 0.1 / 3600.0, max_per_s: 1e6 },
        Some("'10/s'"),
        "`10/s`; none with `closed`",
        "Commits in total over all writers of all instances. Open loop only.",
    ),
    key(
        "writer",
        "think",
        Kind::Duration { min: 0, max: HOUR },
        Some("'0ms'"),
        "`0ms`; none in an open loop",
        "Pause between commits. Closed loop only.",
    ),
    key(
        "writer",
        "operations",
        Kind::Mix(&["store", "replace", "delete"]),
        Some("{ store = 1, replace = 2, delete = 1 }"),
        NONE,
        "Weights of what is committed: a new mailbox, a record written anew, a mailbox removed. With `flat` only `replace`.",
    ),
    key(
        "writer",
        "sync",
        Kind::Flag,
        Some("true"),
        NONE,
        "Whether a commit is synced to disk while the lock is held; `false` is Cyrus's `skiplist_unsafe`.",
    ),
    key(
        "writer",
        "checkpoint",
        Kind::Flag,
        Some("true"),
        NONE,
        "Whether the file is rewritten and replaced, as Cyrus does, once enough of it is garbage.",
    ),
    key(
        "writer",
        "emulate",
        Kind::Choice(&["nothing", "demap", "stop-mappers"]),
        Some("'nothing'"),
        NONE,
        "What another system would do besides, after a commit's own syncs and before its lock is let go: unmap the pages it wrote from \
         every mapper (Solaris's `hat_pageunload`), or stop every reader for a while (the words of 2007). Results say `emulated`.",
    ),
    key(
        "writer",
        "standstill",
        Kind::Duration { min: 0, max: MINUTE },
        Some("'10ms'"),
        "`10ms` (a Sun T2000, assumed)",
        "With `stop-mappers`: how long every reader stands still at a commit, without what each of them adds.",
    ),
    key(
        "writer",
        "standstill-per-mapper",
        Kind::Duration { min: 0, max: SECOND },
        Some("'10us'"),
        "`10us` (a Sun T2000, assumed)",
        "With `stop-mappers`: what each reader of the instance adds to that.",
    ),
    key(
        "run",
        "warm-up",
        Kind::Duration { min: 0, max: 24 * HOUR },
        Some("'2s'"),
        NONE,
        "Load before measuring begins. The first second after the gate opens is a herd and no figure.",
    ),
    key(
        "run",
        "control",
        Kind::Duration { min: 0, max: 60_000 * MS },
        Some("'1s'"),
        NONE,
        "Readers alone between two warm-ups, before any writer: the noise floor that findings must exceed. `0ms`: none, and \
         one warm-up for all.",
    ),
    key("run", "duration", Kind::Duration { min: MS, max: 24 * HOUR }, Some("'10s'"), NONE, "How long to measure."),
    key(
        "run",
        "interval",
        Kind::Duration { min: 10 * MS, max: 60_000 * MS },
        Some("'100ms'"),
        NONE,
        "One line of the timeline: divides one second, or is whole seconds; at most the duration.",
    ),
    key(
        "run",
        "stall",
        Kind::Duration { min: 1000, max: 600_000 * MS },
        Some("'20ms'"),
        NONE,
        "An operation slower than this is a stall, and leaves a record of its own.",
    ),
    key(
        "run",
        "freeze",
        Kind::Duration { min: 10 * MS, max: 600_000 * MS },
        Some("'100ms'"),
        NONE,
        "A span at least so long in which next to nothing completed is a freeze: see [diagnosis.md](diagnosis.md).",
    ),
    key(
        "run",
        "freeze-percent",
        Kind::Count { min: 1, max: 50 },
        Some("5"),
        NONE,
        "Next to nothing: fewer completed than this percentage of what was due.",
    ),
    key(
        "run",
        "evidence",
        Kind::Flag,
        Some("true"),
        NONE,
        "Whether slow operations, the system's counters and two bystanders are recorded, so that causes can be named.",
    ),
    key(
        "run",
        "seed",
        Kind::Count { min: 0, max: u64::MAX },
        Some("2007"),
        NONE,
        "Every random choice of the run follows from it.",
    ),
    key(
        "slo",
        "clauses",
        Kind::Clauses,
        Some("[]"),
        NONE,
        "Metric, comparison and limit, as in `[\"lookup.p99<=50ms\", \"freeze.longest<=200ms\", \"rate>=0.99\"]`.",
    ),
    key(
        "sweep",
        "axes",
        Kind::Axes,
        Some("[]"),
        "none: one run",
        "One or two keys with their values, written as after `--axis`; at most 200 points.",
    ),
    key(
        "sweep",
        "repeats",
        Kind::Count { min: 1, max: 100 },
        Some("3"),
        NONE,
        "Runs of each point, every one with a seed of its own.",
    ),
];

/// The keys inside `ramp`.
pub(crate) static RAMP_KEYS: &[Key] = &[
    key(
        "ramp",
        "from",
        Kind::Count { min: 0, max: 1_000_000 },
        None,
        NONE,
        "Mappers at the beginning; at most `count`.",
    ),
    key(
        "ramp",
        "over",
        Kind::Duration { min: 0, max: 24 * HOUR },
        None,
        NONE,
        "Time to grow; at most the run's duration.",
    ),
];
