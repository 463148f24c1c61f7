//! From the attribution to findings: each kind of time has one cause, the first of the table whose rule fits.
//! The table is in `table`; what a finding says is in `explain`.

mod context;
mod explain;
mod table;

use std::collections::BTreeMap;

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

/// A cause that rests on a counter alone: where that is unavailable it cannot be judged, and a caveat says so.
struct Need {
    cause: &'static str,
    /// Columns any one of which is enough. A name with a `.` at its end is that of a column for each CPU.
    any_of: &'static [&'static str],
    /// A column that counts fewer events, if no other is available.
    at_least: Option<&'static str>,
}

const fn need(cause: &'static str, any_of: &'static [&'static str], at_least: Option<&'static str>) -> Need {
    Need { cause, any_of, at_least }
}

const NEEDS: [Need; 4] = [
    need("memory-pressure", &["pressure_memory_some_us", "refaulted_file_pages"], None),
    need("cpu-quota", &["cpu_quota_throttled_us"], None),
    need("demap-walks-mappers", &["cross_calls."], None),
    need("tlb-shootdowns", &["tlb_interrupts."], Some("tlb_flush.remote_received")),
];

/// Each cause that cannot be judged here, with the reason. Counters that only another system has are not missed on this one.
pub fn cannot_be_judged(facts: &Facts<'_>) -> Vec<String> {
    let environment = &facts.recorded.run.environment;
    let cannot = NEEDS.iter().filter(|need| !need.any_of.iter().any(|column| is_available(facts, column)));
    let caveats = cannot.filter_map(|Need { cause, any_of, at_least }| {
        let mut why = any_of.iter().filter_map(|column| environment.why_not(column.trim_end_matches('.')));
        let of_quota = || environment.cpu_quota.known().err().filter(|_| *cause == "cpu-quota").map(String::as_str);
        let why = why.next().or_else(of_quota)?;
        Some(match at_least.filter(|column| is_available(facts, column)) {
            Some(column) => format!("`{cause}` is judged by {column} alone, which counts fewer: {why}"),
            None => format!("`{cause}` cannot be judged: {why}"),
        })
    });
    caveats.collect()
}

fn is_available(facts: &Facts<'_>, wanted: &str) -> bool {
    let counters = &facts.recorded.counters;
    counters.named(wanted).filter_map(|column| counters.values(column)).flatten().any(|(_, value)| value.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_with_a_need_is_one_of_the_table() {
        for Need { cause, any_of, .. } in NEEDS {
            assert!(CAUSES.iter().any(|known| known.name == cause) && !any_of.is_empty(), "{cause}");
        }
    }
}
