//! The Universal Scalability Law over a sweep's runs, where it says anything: throughput against the number of readers.
//! In an open loop throughput is bounded by what was scheduled; where all of that completed, there is nothing to fit.

use super::groups::Group;
use crate::{
    conclude::run::KEPT_UP,
    results::{SweptRun, Throughput},
    scenario::{Arrivals, Scenario},
    stats::{LoadPoint, fit_usl},
};

/// How throughput scales along a group of runs; `None`: its load is not that of readers, whose throughput counts.
pub(crate) fn throughput(group: &Group<'_>, scenario: &Scenario) -> Option<Throughput> {
    if !group.key.starts_with("readers.") {
        return None;
    }
    let usable: Vec<(f64, &SweptRun)> =
        group.runs.iter().copied().filter(|(load, run)| *load > 0.0 && run.complete && run.errors == 0).collect();
    let (key, at, runs) = (group.key.clone(), group.at.clone(), usable.len() as u32);
    let mut throughput = Throughput { key, at, usl: None, runs, notes: Vec::new() };
    if usable.is_empty() {
        throughput.notes.push("no run is complete and without failures".to_owned());
        return Some(throughput);
    }
    let is_open = !matches!(scenario.readers.arrivals, Arrivals::Closed { .. });
    let kept_up = |(_, run): &&(f64, &SweptRun)| run.readers_completed_share().is_none_or(|share| share >= KEPT_UP);
    let behind = usable.iter().filter(|run| !kept_up(run)).count();
    if is_open && behind == 0 {
        throughput.notes.push(
            "no knee in throughput was found: every run completed at least 99 % of what was scheduled. In an open loop the readers' \
             throughput is then the scheduled rate, and a model fitted to it would describe the schedule. Sweep to larger loads, or \
             measure without a schedule with --set readers.arrivals=closed"
                .to_owned(),
        );
        return Some(throughput);
    }
    let point =
        |(load, run): &(f64, &SweptRun)| LoadPoint { load: *load, throughput_per_s: run.readers.completed_per_s };
    match fit_usl(&usable.iter().map(point).collect::<Vec<_>>(), scenario.run.seed) {
        Ok(usl) => throughput.usl = Some(usl),
        Err(error) => throughput.notes.push(error.to_string()),
    }
    if is_open && throughput.usl.is_some() {
        throughput.notes.push(format!(
            "the loop is open: {} of {} runs completed what was scheduled, and show the scheduled rate, not the most that is possible; \
             λ and σ are bounds from that, and only the curvature of the others is the machine's",
            usable.len() - behind,
            usable.len()
        ));
    }
    Some(throughput)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::sweep::groups::groups,
        results::{SweepReport, fixtures},
    };

    const OPEN: &str = "[file]\nmailboxes = 5";
    const CLOSED: &str = "[file]\nmailboxes = 5\n[readers]\narrivals = 'closed'";

    fn throughput_of(report: &SweepReport, scenario: &str) -> Throughput {
        let scenario = Scenario::parse("x", scenario, &[]).unwrap();
        throughput(&groups(report).remove(0), &scenario).unwrap()
    }

    /// Loads whose throughput follows the model with σ = 0.05, κ = 0.0005 and λ = 100/s.
    fn curved() -> SweepReport {
        let mut report = fixtures::sweep(vec![]);
        for (order, load) in (1..).zip([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]) {
            let mut run = fixtures::swept(order, load, 1, None);
            let completed_share = 100.0 * load / (1.0 + 0.05 * (load - 1.0) + 0.0005 * load * (load - 1.0));
            (run.readers.due_per_s, run.readers.completed_per_s) = (100.0 * load, completed_share);
            (run.readers.due, run.readers.completed) = ((1000.0 * load) as u64, (10.0 * completed_share) as u64);
            report.runs.push(run);
        }
        report
    }

    #[test]
    fn an_open_loop_that_kept_up_has_no_model() {
        let kept_up = fixtures::sweep((1..=5).map(|n| fixtures::swept(n, f64::from(n) * 100.0, 1, None)).collect());
        let found = throughput_of(&kept_up, OPEN);
        assert!(found.usl.is_none() && found.notes[0].starts_with("no knee in throughput was found"), "{found:?}");
        // In a closed loop the same throughput is the machine's own.
        let usl = throughput_of(&kept_up, CLOSED).usl.unwrap();
        assert!(usl.sigma.value < 0.001 && usl.peak_load.is_none(), "{usl:?}");
    }

    #[test]
    fn curvature_is_fitted_and_an_open_loop_says_what_limits_the_fit() {
        let found = throughput_of(&curved(), OPEN);
        let usl = found.usl.unwrap();
        assert!((usl.sigma.value - 0.05).abs() < 0.005, "{usl:?}");
        assert!((usl.kappa.value / 0.0005 - 1.0).abs() < 0.1, "{usl:?}");
        assert!(found.notes[0].contains("1 of 7 runs completed what was scheduled"), "{:?}", found.notes);
        assert!(throughput_of(&curved(), CLOSED).notes.is_empty());
    }

    #[test]
    fn too_few_loads_say_so_and_other_keys_have_no_throughput_of_readers() {
        let mut few = curved();
        few.runs.truncate(2);
        assert!(throughput_of(&few, CLOSED).notes[0].contains("at least"));
        let group = Group { key: "writer.rate".to_owned(), at: vec![], runs: vec![] };
        assert_eq!(throughput(&group, &Scenario::parse("x", OPEN, &[]).unwrap()), None);
    }
}
