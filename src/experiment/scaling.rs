//! The Universal Scalability Law over a sweep's runs, where it says anything: throughput against the number of readers.
//! In an open loop throughput is bounded by what was due; where that was reached, there is nothing to fit.

use super::groups::Group;
use crate::{
    law::{LoadPoint, fit_usl},
    results::{SweptRun, Throughput},
    scenario::{Arrivals, Scenario},
};

/// Below this share of what was due, a run has not kept up.
pub(super) const KEPT_UP: f64 = 0.99;

/// How throughput scales along a group of runs; `None`: its load is none of readers, who are the ones whose throughput counts.
pub(super) fn throughput(group: &Group<'_>, scenario: &Scenario) -> Option<Throughput> {
    if !group.key.starts_with("readers.") {
        return None;
    }
    let usable: Vec<(f64, &SweptRun)> =
        group.runs.iter().copied().filter(|(load, run)| *load > 0.0 && run.complete && run.errors == 0).collect();
    let mut throughput = Throughput {
        key: group.key.clone(),
        at: group.at.clone(),
        law: None,
        runs: usable.len() as u32,
        notes: Vec::new(),
    };
    if usable.is_empty() {
        throughput.notes.push("no run is complete and without failures".to_owned());
        return Some(throughput);
    }
    let is_open = !matches!(scenario.readers.arrivals, Arrivals::Closed { .. });
    let kept_up = |(_, run): &&(f64, &SweptRun)| run.readers_reached().is_none_or(|reached| reached >= KEPT_UP);
    let behind = usable.iter().filter(|it| !kept_up(it)).count();
    if is_open && behind == 0 {
        throughput.notes.push(
            "no knee in throughput was reached: every run completed at least 99 % of what was due. In an open loop the readers' \
             throughput is then what was asked for, and a law fitted to it would speak of the question. Sweep to larger loads, or \
             ask as fast as can be with --set readers.arrivals=closed"
                .to_owned(),
        );
        return Some(throughput);
    }
    let points: Vec<LoadPoint> = usable
        .iter()
        .map(|(load, run)| LoadPoint { load: *load, throughput_per_s: run.readers.completed_per_s })
        .collect();
    match fit_usl(&points, scenario.run.seed) {
        Ok(law) => throughput.law = Some(law),
        Err(error) => throughput.notes.push(error.to_string()),
    }
    if is_open && throughput.law.is_some() {
        throughput.notes.push(format!(
            "the loop is open: {} of {} runs reached what was due, and show what was asked for, not what could be had; λ and σ \
             are bounds from that, and only the bend of the others is the machine's",
            usable.len() - behind,
            usable.len()
        ));
    }
    Some(throughput)
}
