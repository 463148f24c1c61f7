//! What a caller hands in to follow an operation: a clock that times its phases apart, and what is to follow a commit under its lock.
//! The file code only says which phase ended and what was written; what is done with that is the caller's business.

use std::{ops::Range, os::fd::BorrowedFd};

use super::Error;

macro_rules! phases {
    ($($(#[$comment:meta])* $phase:ident: $name:literal,)*) => {
        /// One phase of an operation. A phase may come several times in one operation (a list locks once per match): its times add up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Phase {
            $($(#[$comment])* $phase,)*
        }

        impl Phase {
            pub const ALL: [Phase; Self::COUNT] = [$(Phase::$phase),*];

            /// How many phases there are: the length of an array indexed by `phase as usize`.
            pub const COUNT: usize = [$($name),*].len();

            pub const fn name(self) -> &'static str {
                match self {
                    $(Phase::$phase => $name,)*
                }
            }
        }
    };
}

phases! {
    Lock: "lock",
    /// `fstat`, `stat`, and remapping if the file outgrew its mapping or was replaced.
    Remap: "remap",
    Search: "search",
    Unlock: "unlock",
    /// The format's first write: twoskip marks the header dirty; skiplist writes record and pointers.
    Write1: "write-1",
    Sync1: "sync-1",
    /// The second write: twoskip's records, pointers and commit; skiplist's commit word.
    Write2: "write-2",
    Sync2: "sync-2",
    Write3: "write-3",
    Sync3: "sync-3",
    /// The file is rewritten under its exclusive lock, and replaced.
    Checkpoint: "checkpoint",
    Recover: "recover",
    /// An imitation of what another system would have done in addition.
    Emulated: "emulated",
    /// After the commit and its unlock: the file is rewritten under the shared lock, and replaced (twom).
    Repack: "repack",
}

/// Called at the end of every phase. Implementations read the clock and add the time since the last call to that phase.
pub trait PhaseClock {
    fn ended(&mut self, phase: Phase);

    /// Called before a phase that may block: whoever is still in it when the run ends can say so.
    fn began(&mut self, _: Phase) {}

    /// Times `work` as a phase that may block, also if it fails.
    fn timed<T>(&mut self, phase: Phase, work: impl FnOnce() -> T) -> T {
        self.began(phase);
        let done = work();
        self.ended(phase);
        done
    }
}

impl<F: FnMut(Phase)> PhaseClock for F {
    fn ended(&mut self, phase: Phase) {
        self(phase);
    }
}

/// For callers that do not time anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPhases;

impl PhaseClock for NoPhases {
    fn ended(&mut self, _: Phase) {}
}

/// Called after every commit, under its lock, when all of it is written and synced.
pub trait AfterCommit {
    /// `written` bytes of `file` were written; ranges may touch or overlap.
    /// Errors: What it does failed; the commit itself is whole.
    fn committed(&mut self, file: BorrowedFd<'_>, written: &[Range<u64>]) -> Result<(), Error>;
}
