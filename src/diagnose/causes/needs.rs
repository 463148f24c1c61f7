//! Causes that rest on a counter alone: where it is unavailable, they cannot be judged, and a caveat says so.

use super::super::facts::Facts;
use crate::results::Availability;

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
        let of_quota = || match &environment.cpu_quota {
            Availability::Unavailable { unavailable } if *cause == "cpu-quota" => Some(unavailable.as_str()),
            _ => None,
        };
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
    use super::{super::CAUSES, NEEDS, Need};

    #[test]
    fn every_cause_with_a_need_is_one_of_the_table() {
        for Need { cause, any_of, .. } in NEEDS {
            assert!(CAUSES.iter().any(|known| known.name == cause) && !any_of.is_empty(), "{cause}");
        }
    }
}
