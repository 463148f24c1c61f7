//! The parts of an operation as charts show them: phases of one kind together, each with its colour, the same in every chart.
//! They stand in the order in which an operation goes through them.

use crate::{
    mailboxes::Phase,
    present::charts::{GREY, PARTS},
    results::Series,
};
use plotters::style::RGBColor;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// From the intended to the actual start.
    StartDelay,
    Lock,
    /// Checking whether the file changed, and mapping it again.
    Remap,
    Search,
    Write,
    Sync,
    /// What another system would have done as well, imitated.
    Emulated,
    /// Releasing the lock.
    Unlock,
    /// Rewriting the file or repairing it; a repack follows the unlocking.
    Rewrite,
}

impl Part {
    pub const ALL: [Part; 9] = [
        Part::StartDelay,
        Part::Lock,
        Part::Remap,
        Part::Search,
        Part::Write,
        Part::Sync,
        Part::Emulated,
        Part::Unlock,
        Part::Rewrite,
    ];

    /// The part that a series of the results belongs to; `None`: it is a whole (`response`, `service`).
    pub fn of(series: Series) -> Option<Part> {
        let phase = match series {
            Series::Response | Series::Service | Series::Unfinished => return None,
            Series::StartDelay => return Some(Part::StartDelay),
            Series::Phase(phase) => phase,
        };
        Some(match phase {
            Phase::Lock => Part::Lock,
            Phase::Remap => Part::Remap,
            Phase::Search => Part::Search,
            Phase::Write1 | Phase::Write2 | Phase::Write3 => Part::Write,
            Phase::Sync1 | Phase::Sync2 | Phase::Sync3 => Part::Sync,
            Phase::Emulated => Part::Emulated,
            Phase::Unlock => Part::Unlock,
            Phase::Checkpoint | Phase::Recover | Phase::Repack => Part::Rewrite,
        })
    }

    pub const fn name(self) -> &'static str {
        match self {
            Part::StartDelay => "start delay",
            Part::Lock => "lock wait",
            Part::Remap => "remap",
            Part::Search => "search",
            Part::Write => "write",
            Part::Sync => "sync",
            Part::Emulated => "emulated",
            Part::Unlock => "unlock",
            Part::Rewrite => "checkpoint",
        }
    }

    pub fn color(self) -> RGBColor {
        match self {
            Part::StartDelay => GREY,
            part => PARTS[part as usize - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_belongs_to_a_part_and_no_two_parts_look_alike() {
        for phase in Phase::ALL {
            assert!(Part::of(Series::Phase(phase)).is_some(), "{}", phase.name());
        }
        assert_eq!(
            (Part::of(Series::StartDelay), Part::of(Series::Response), Part::of(Series::Service)),
            (Some(Part::StartDelay), None, None)
        );
        let mut colors: Vec<_> = Part::ALL.map(|part| (part.color().0, part.color().1, part.color().2)).to_vec();
        colors.sort_unstable();
        colors.dedup();
        assert_eq!(colors.len(), Part::ALL.len());
    }
}
