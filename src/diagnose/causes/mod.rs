//! From the ledger to findings: each kind of time has one cause, the first of the table whose rule fits.
//! The table is in `table`; what a finding says is in `words`.

mod context;
mod table;
mod words;

use std::collections::BTreeMap;

pub use table::{CAUSES, Cause};

use super::{facts::Facts, ledger::Ledger};
use crate::results::Finding;

/// A cause with a smaller share of the stalled time is not told.
const LEAST_SHARE: f64 = 0.1;

/// The findings of a run, by share.
pub fn findings(ledger: &Ledger<'_>, facts: &Facts<'_>) -> Vec<Finding> {
    let total = ledger.total_ns();
    let context = context::Context::new(ledger, facts);
    let mut shares: BTreeMap<usize, f64> = BTreeMap::new();
    for (entry, ns) in ledger.iter() {
        *shares.entry(context.cause_of(entry)).or_default() += ns / total;
    }
    let mut shares: Vec<_> = shares.into_iter().filter(|(_, share)| *share >= LEAST_SHARE).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares.into_iter().map(|(cause, share)| words::finding(&CAUSES[cause], cause, share, &context)).collect()
}
