//! From the attribution to findings: each kind of time has one cause, the first of the table whose rule fits.
//! The table is in `table`; what a finding says is in `explain`.

mod context;
mod explain;
mod needs;
mod table;

use std::collections::BTreeMap;

pub use needs::cannot_be_judged;
pub use table::CAUSES;

use super::{
    facts::Facts,
    time_attribution::{TimeAttribution, TimeKind},
};
use crate::results::{Confidence, Finding};
use context::Context;

/// A cause: which time belongs to it, the strength of its evidence, its figures, and what to do.
pub struct Cause {
    pub name: &'static str,
    pub meaning: &'static str,
    pub owns: fn(&TimeKind, &Context<'_, '_>) -> bool,
    pub confidence: fn(&Context<'_, '_>) -> Confidence,
    /// The columns that it rests on. A name with a `.` at its end is summed over all CPUs.
    pub figures: &'static [CauseFigure],
    /// What to do. `GROUP` stands for the control group whose CPU quota binds.
    pub advice: &'static [&'static str],
}

/// A column of `counters.csv`, and its name in a finding.
type CauseFigure = (&'static str, &'static str);

/// A cause with a smaller share of the stalled time is not reported.
const LEAST_SHARE: f64 = 0.1;

pub fn findings(attribution: &TimeAttribution, facts: &Facts<'_>) -> Vec<Finding> {
    let total = attribution.total_ns();
    let context = Context::new(attribution, facts);
    let mut shares: BTreeMap<usize, f64> = BTreeMap::new();
    for (kind, ns) in attribution.iter() {
        *shares.entry(context.cause_of(kind)).or_default() += ns / total;
    }
    let mut shares: Vec<_> = shares.into_iter().filter(|(_, share)| *share >= LEAST_SHARE).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares.into_iter().map(|(cause, share)| explain::finding(&CAUSES[cause], cause, share, &context)).collect()
}
