//! Which histograms one shard holds, and where: one for every operation × (response, service, each phase).
//! The order is fixed, so that worker and driver agree without any table in shared memory.

use crate::mailboxes::Phase;

pub const READER_PHASES: [Phase; 4] = [Phase::Lock, Phase::Remap, Phase::Search, Phase::Unlock];

pub const WRITER_PHASES: [Phase; 14] = {
    use Phase::*;
    [Lock, Remap, Search, Write1, Sync1, Write2, Sync2, Write3, Sync3, Unlock, Checkpoint, Recover, Emulated, Repack]
};

/// What is measured of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Series {
    /// From the intended start to the end.
    Response,
    /// From the actual start to the end.
    Service,
    /// From the intended start to the actual start.
    StartDelay,
    /// One phase, all its times in one operation added up.
    Phase(Phase),
    /// From the intended start of an operation that never completed until it was given up: its response time is at least that.
    Unfinished,
}

impl Series {
    /// Everything measured of a completed operation with these phases, in the order kept in memory.
    pub fn all(phases: &[Phase]) -> impl Iterator<Item = Series> + '_ {
        [Series::Response, Series::Service, Series::StartDelay]
            .into_iter()
            .chain(phases.iter().map(|&p| Series::Phase(p)))
    }

    pub const fn count(phases: &[Phase]) -> usize {
        3 + phases.len()
    }

    pub fn name(self) -> &'static str {
        match self {
            Series::Response => "response",
            Series::Service => "service",
            Series::StartDelay => "start-delay",
            Series::Phase(phase) => phase.name(),
            Series::Unfinished => "unfinished",
        }
    }

    /// The series of this name; `None`: there is none.
    pub fn named(name: &str) -> Option<Series> {
        Series::every().find(|series| series.name() == name)
    }

    pub fn every() -> impl Iterator<Item = Series> {
        Series::all(&Phase::ALL).chain([Series::Unfinished])
    }

    /// Whether it is of a whole operation or of what precedes it, and not of a phase.
    pub fn is_whole(self) -> bool {
        !matches!(self, Series::Phase(_))
    }
}
