//! Did the crowd freeze, why, and is this machine fit? Answered from a run directory alone, so that an old result or one from
//! another system can be diagnosed again. The definitions are those of docs/diagnosis.md.

mod causes;
mod commits;
mod facts;
mod freezes;
mod ledger;
mod spans;
#[cfg(test)]
mod tests;
mod verdict;

pub use causes::{CAUSES, Cause};
pub use verdict::{judge_anew, margin};

use crate::{
    results::{Diagnosis, Recorded},
    scenario::Clause,
};
use facts::Facts;
use ledger::Ledger;

/// Diagnoses a run; `clauses` are the objectives that it is judged by.
pub fn diagnose(recorded: &Recorded, clauses: &[Clause]) -> Diagnosis {
    let facts = Facts::new(recorded);
    let ledger = Ledger::new(&facts);
    if recorded.run.unmeasured().is_some() {
        let verdict = verdict::judge(recorded, &[], &ledger, clauses);
        return Diagnosis { verdict, ..Diagnosis::default() };
    }
    let freezes = freezes::all(&facts);
    let findings = if facts.is_noteworthy(&freezes) { causes::findings(&ledger, &facts) } else { Vec::new() };
    let verdict = verdict::judge(recorded, &freezes, &ledger, clauses);
    let mut caveats = facts.caveats();
    if recorded.run.recording.is_some() {
        caveats.extend(causes::cannot_be_judged(&facts));
    }
    Diagnosis { freezes, findings, stalled_ns: ledger.total_ns() as u64, verdict, caveats }
}
