//! The parts of an operation as charts show them: phases of one kind together, each with its colour, the same in every chart.

use plotters::style::RGBColor;

use crate::{
    mailboxes::Phase,
    present::charts::{EMULATED, GREY, color},
    results::Series,
};

pub struct Part {
    pub name: &'static str,
    pub color: RGBColor,
    phases: &'static [Phase],
}

/// In the order in which an operation goes through them.
pub const PARTS: [Part; 9] = [
    // From the intended to the actual start.
    Part { name: "start delay", color: GREY, phases: &[] },
    Part { name: "lock wait", color: color(1), phases: &[Phase::Lock] },
    // Checking whether the file changed, and mapping it again.
    Part { name: "remap", color: color(3), phases: &[Phase::Remap] },
    Part { name: "search", color: color(5), phases: &[Phase::Search] },
    Part { name: "write", color: color(2), phases: &[Phase::Write1, Phase::Write2, Phase::Write3] },
    Part { name: "sync", color: color(0), phases: &[Phase::Sync1, Phase::Sync2, Phase::Sync3] },
    // What another system would have done as well, imitated.
    Part { name: "emulated", color: EMULATED, phases: &[Phase::Emulated] },
    Part { name: "unlock", color: color(4), phases: &[Phase::Unlock] },
    // Rewriting the file or repairing it; a repack follows the unlocking.
    Part { name: "checkpoint", color: color(6), phases: &[Phase::Checkpoint, Phase::Recover, Phase::Repack] },
];
pub const START_DELAY: usize = 0;

/// The place of the part that a series of the results belongs to; `None`: it is a whole (`response`, `service`).
pub fn part_of(series: Series) -> Option<usize> {
    match series {
        Series::Response | Series::Service | Series::Unfinished => None,
        Series::StartDelay => Some(START_DELAY),
        Series::Phase(phase) => PARTS.iter().position(|part| part.phases.contains(&phase)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_belongs_to_a_part_and_no_two_parts_look_alike() {
        for phase in Phase::ALL {
            assert!(part_of(Series::Phase(phase)).is_some(), "{}", phase.name());
        }
        let places = [Series::StartDelay, Series::Response, Series::Service].map(part_of);
        assert_eq!(places, [Some(START_DELAY), None, None]);
        let mut colors: Vec<_> = PARTS.map(|part| (part.color.0, part.color.1, part.color.2)).to_vec();
        colors.sort_unstable();
        colors.dedup();
        assert_eq!(colors.len(), PARTS.len());
    }
}
