//! What may be said of a live server: what a commit costs now by the cost model of its machine, how far from the limit that is, and what a
//! change would bring. All of it is predicted; what was seen is only counted.

mod price;
mod sentences;
#[cfg(test)]
mod tests;
mod trouble;

use crate::results::{Inspection, MappingKind, ProcessOfFile};

pub use price::{PricedFrom, Tried, price};
pub use sentences::{lock_in_words, mapping_in_words, observed, stale_in_words};
pub use trouble::{Vitals, troubles};

/// The share of a distance: what the limit is of what is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Commits a second at the limit / commits a second now.
    pub commits: f64,
    /// Mappers at the limit / mappers now; `None`: there is no such limit, or no mapper.
    pub mappers: Option<f64>,
}

/// How a process has the file mapped, as far as a commit is concerned.
fn walks(kind: MappingKind) -> bool {
    matches!(kind, MappingKind::Writable | MappingKind::ReadOnlyOfWritable)
}

/// Whether a commit has to visit the process: it maps the file that is written to now, and could write to it.
fn is_walked(process: &ProcessOfFile) -> bool {
    process.stale.is_none() && process.mapping.iter().any(|range| walks(range.kind))
}

/// Processes whose mappings a commit has to walk.
pub fn walked(processes: &[ProcessOfFile]) -> u32 {
    processes.iter().filter(|process| is_walked(process)).count() as u32
}

/// Processes that map the file that the path names, whatever their mappings allow.
pub fn mapping(processes: &[ProcessOfFile]) -> u32 {
    processes.iter().filter(|process| process.stale.is_none() && !process.mapping.is_empty()).count() as u32
}

impl Inspection {
    /// How far the limit is away; `None`: there is none, or nothing commits.
    pub fn distance(&self) -> Option<Distance> {
        let limit = self.commit_cost.limit.value()?;
        let rate = self.load.commits_per_s.value.value()?.value;
        let now = f64::from(self.commit_cost.mappers);
        let mappers = limit.mappers.filter(|_| now > 0.0).map(|mappers| mappers.value / now);
        (rate > 0.0).then(|| Distance { commits: limit.commits_per_s.value / rate, mappers })
    }
}
