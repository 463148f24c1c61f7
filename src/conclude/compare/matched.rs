//! What all results whose parts are matched have in common: what they are, what differs between them, what is said of it.

use super::machine;
use crate::{
    conclude::{MatchedRow, letter},
    results::{Availability, Fact, Machine, Matched},
};

pub struct MatchedResult {
    pub directory: String,
    pub machine: Availability<Machine>,
    /// Facts of the machine; empty: unavailable.
    pub environment: Vec<Fact>,
    pub plan: Vec<Fact>,
    pub is_complete: bool,
}

/// Results with their differences; `part` is what they are matched by.
pub fn matched<D: MatchedRow>(
    results: Vec<MatchedResult>,
    part: &str,
    least_effect: f64,
    differences: Vec<D>,
) -> Matched<D> {
    let plans: Vec<_> = results.iter().map(|result| result.plan.clone()).collect();
    let environments: Vec<_> = results.iter().map(|result| result.environment.clone()).collect();
    let (environment, same_environment) = machine::sorted_out(&environments);
    let incomplete = results.iter().enumerate().filter(|(_, result)| !result.is_complete);
    let mut warnings: Vec<String> = incomplete
        .map(|(place, _)| format!("{} is incomplete: it was interrupted, or workers were lost", letter(place)))
        .collect();
    if differences.is_empty() {
        warnings.push(format!("the results have no {part} in common"));
    }
    Matched {
        least_effect,
        plan: machine::sorted_out(&plans).0,
        environment,
        same_environment,
        warnings,
        sentences: differences.iter().filter_map(|row| row.sentence(&letter(row.other()))).collect(),
        differences,
        directories: results.iter().map(|result| result.directory.clone()).collect(),
        machines: results.into_iter().map(|result| result.machine).collect(),
    }
}
