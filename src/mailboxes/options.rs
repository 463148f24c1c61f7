//! The choices that a scenario or a command line makes about the mapped file and how it is opened.
//! Each has one spelling, used in scenarios, results and on the command line alike.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jmap_id;

/// The on-disk format of the mapped file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Cyrus's skiplist: 32-bit offsets, no checksums, two syncs a commit. The default of 2.3 (2007).
    Skiplist,
    /// Cyrus's twoskip: 64-bit offsets, a CRC on every head, three syncs a commit. The default since 2.5.
    Twoskip,
    /// Cyrus's twom: stored through a writable mapping, three `msync` a commit. Can be chosen since 3.13.
    Twom,
    /// Plain pages that point at each other, without a database: for experiments on pages alone.
    Flat,
}

impl Format {
    pub const fn name(self) -> &'static str {
        match self {
            Format::Skiplist => "skiplist",
            Format::Twoskip => "twoskip",
            Format::Twom => "twom",
            Format::Flat => "flat",
        }
    }

    /// What its records usually look like; `None`: it has none.
    pub const fn usual_records(self) -> Option<RecordStyle> {
        match self {
            Format::Skiplist => Some(RecordStyle::Cyrus23),
            Format::Twoskip => Some(RecordStyle::Cyrus36),
            Format::Twom => Some(RecordStyle::Cyrus313),
            Format::Flat => None,
        }
    }
}

/// What the records of a generated file look like.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
pub enum RecordStyle {
    /// Cyrus 2.3: one record a mailbox, `user.joe.Sent` → `0 default joe⇥lrswipcda⇥`.
    #[serde(rename = "cyrus-2.3")]
    #[value(name = "cyrus-2.3")]
    Cyrus23,
    /// Cyrus 3.6: two records a mailbox, by name (`N…`) and by unique id (`I…`), each a dlist.
    #[serde(rename = "cyrus-3.6")]
    #[value(name = "cyrus-3.6")]
    Cyrus36,
    /// Cyrus 3.13: the two of 3.6, and a third one by user and JMAP id (`J…`).
    #[serde(rename = "cyrus-3.13")]
    #[value(name = "cyrus-3.13")]
    Cyrus313,
    /// One record a mailbox, with keys and values as long as Fastmail's in 2026, and ten records a user.
    #[serde(rename = "census-2026")]
    #[value(name = "census-2026")]
    Census2026,
}

impl RecordStyle {
    /// Whether a mailbox has several records, which change together: each is a dlist that names the others.
    pub const fn is_dlist(self) -> bool {
        matches!(self, RecordStyle::Cyrus36 | RecordStyle::Cyrus313)
    }

    /// The style that a record of a database shows: that of the file is the last of what its records show.
    pub fn shown_by(key: &[u8], value: &[u8]) -> RecordStyle {
        match key {
            [b'N', 0x1f, ..] => RecordStyle::Census2026,
            // A mailbox with a JMAP id always has such a record.
            [b'J', ..] if key.contains(&jmap_id::SEPARATOR) && value.starts_with(b"%(") => RecordStyle::Cyrus313,
            _ if value.starts_with(b"%(") => RecordStyle::Cyrus36,
            _ => RecordStyle::Cyrus23,
        }
    }
}

/// How much a generated file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Amount {
    /// As many mailboxes as fill about this many bytes.
    Bytes(u64),
    /// Exactly this many mailboxes (for `flat`: pages).
    Mailboxes(u64),
}

/// The access mode of the descriptor behind a mapping. The mapping itself is read-only, but that of a twom file is writable if its
/// descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum OpenMode {
    /// `O_RDWR`, as Cyrus opens its databases even to read. Linux then visits every mapper when a page is written back.
    ReadWrite,
    /// `O_RDONLY`.
    ReadOnly,
}

/// The lock taken around every operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LockKind {
    /// POSIX record lock over the whole file (`fcntl(F_SETLKW)`), Cyrus's default.
    Fcntl,
    /// `flock(2)`.
    Flock,
    /// Record lock of the open file description (`fcntl(F_OFD_SETLKW)`): threads of one process exclude each other by it.
    Ofd,
    /// No lock at all. Readers may then see a commit half done.
    None,
}

/// When a worker remaps the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum RemapRule {
    /// Only if the file outgrew the mapping or was replaced, as Cyrus does.
    #[default]
    WhenNeeded,
    /// `munmap` and `mmap` on every lock, as Cyrus 2.5.0 to 2.5.8 did by mistake (cyrus-imapd issue #5).
    EveryLock,
}

impl RemapRule {
    pub fn is_when_needed(&self) -> bool {
        *self == RemapRule::WhenNeeded
    }
}
