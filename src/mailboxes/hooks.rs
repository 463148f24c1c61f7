//! What a caller hands in to follow an operation: a clock that times its phases apart, and what is to follow a commit under its lock.
//! The file code only says which phase ended and what was written; what is done with that is the caller's business.

use std::{ops::Range, os::fd::BorrowedFd};

use super::Error;

/// One phase of an operation. A phase may come several times in one operation (a list locks once per match): its times add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Phase {
    Lock,
    /// `fstat`, `stat`, and remapping if the file outgrew its mapping or was replaced.
    Remap,
    Search,
    Unlock,
    /// The format's first write: twoskip marks the header dirty; skiplist writes record and pointers.
    Write1,
    Sync1,
    /// The second write: twoskip's records, pointers and commit; skiplist's commit word.
    Write2,
    Sync2,
    Write3,
    Sync3,
    Checkpoint,
    Recover,
    /// What another system would have done besides, imitated.
    Emulated,
}

impl Phase {
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Lock => "lock",
            Phase::Remap => "remap",
            Phase::Search => "search",
            Phase::Unlock => "unlock",
            Phase::Write1 => "write-1",
            Phase::Sync1 => "sync-1",
            Phase::Write2 => "write-2",
            Phase::Sync2 => "sync-2",
            Phase::Write3 => "write-3",
            Phase::Sync3 => "sync-3",
            Phase::Checkpoint => "checkpoint",
            Phase::Recover => "recover",
            Phase::Emulated => "emulated",
        }
    }

    pub const ALL: [Phase; Self::COUNT] = [
        Phase::Lock,
        Phase::Remap,
        Phase::Search,
        Phase::Unlock,
        Phase::Write1,
        Phase::Sync1,
        Phase::Write2,
        Phase::Sync2,
        Phase::Write3,
        Phase::Sync3,
        Phase::Checkpoint,
        Phase::Recover,
        Phase::Emulated,
    ];

    /// How many phases there are: the length of an array indexed by `phase as usize`.
    pub const COUNT: usize = Phase::Emulated as usize + 1;
}

/// Told at the end of every phase. Implementations read the clock and add the time since the last call to that phase.
pub trait PhaseClock {
    fn ended(&mut self, phase: Phase);
}

/// For callers that do not time anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPhases;

impl PhaseClock for NoPhases {
    fn ended(&mut self, _: Phase) {}
}

/// Told after every commit, under its lock, when all of it is written and synced.
pub trait AfterCommit {
    /// `written` bytes of `file` were written; ranges may touch or overlap.
    /// Errors: What it does failed; the commit itself is whole.
    fn committed(&mut self, file: BorrowedFd<'_>, written: &[Range<u64>]) -> Result<(), Error>;
}
