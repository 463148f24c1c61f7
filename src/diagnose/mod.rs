//! Did the workers freeze, and why? Answered from a result alone, so that an old one or one from another system can be diagnosed again.
//! The definitions are those of docs/diagnosis.md.

mod causes;
mod commits;
mod facts;
mod freezes;
mod in_flight;
mod spans;
#[cfg(test)]
mod tests;
mod time_attribution;

pub use causes::CAUSES;

use crate::results::{Diagnosis, Recorded};
use facts::Facts;
use time_attribution::TimeAttribution;

/// Diagnoses a run, without a verdict; and how many slow operations had a start delay of the load generator's own.
pub fn diagnose(recorded: &Recorded) -> (Diagnosis, u64) {
    // An older result does not have them.
    let in_flight = recorded.run.summary.in_flight.as_deref().unwrap_or_default();
    let open = in_flight::records(recorded, in_flight);
    let facts = Facts::new(recorded, in_flight, &open);
    let attribution = TimeAttribution::new(&facts);
    if recorded.run.unmeasured().is_some() {
        return (Diagnosis::default(), attribution.held_up);
    }
    let freezes = freezes::all(&facts);
    let findings = if facts.is_noteworthy(&freezes) { causes::findings(&attribution, &facts) } else { Vec::new() };
    let mut caveats = facts.caveats();
    if recorded.run.recording.is_some() {
        caveats.extend(causes::cannot_be_judged(&facts));
    }
    let diagnosis = Diagnosis { freezes, findings, stalled_ns: attribution.total_ns() as u64, verdict: None, caveats };
    (diagnosis, attribution.held_up)
}
