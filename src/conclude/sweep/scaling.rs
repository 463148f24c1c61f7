//! The Universal Scalability Law over a sweep's runs, where it says anything: throughput against the number of readers.
//! In an open loop throughput is bounded by what was scheduled; where all of that completed, there is nothing to fit.

use super::{Group, knee::load};
use crate::{
    conclude::run::KEPT_UP,
    results::{SweptRun, Throughput, Totals},
    scenario::{Arrivals, Scenario, units::percent},
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
    let behind = usable.iter().filter(|(_, run)| has_fallen_behind(&run.readers)).count();
    if is_open && behind == 0 {
        throughput.notes = completed(&usable);
        throughput.notes.push(
            "so no knee in the readers' throughput was found: in an open loop it is then the scheduled rate, and a model fitted to it \
             would describe the schedule. Sweep to larger loads, or measure without a schedule with --set readers.arrivals=closed"
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
    if is_open {
        throughput.notes.extend(completed(&usable));
    }
    if is_open && throughput.usl.is_some() {
        throughput.notes.push(format!(
            "the loop is open: in {} of {} runs the readers completed what was scheduled, and show the scheduled rate, not the most that is possible; \
             λ and σ are bounds from that, and only the curvature of the others is the machine's",
            usable.len() - behind,
            usable.len()
        ));
    }
    Some(throughput)
}

fn has_fallen_behind(totals: &Totals) -> bool {
    totals.completed_share().is_some_and(|share| share < KEPT_UP)
}

type TotalsOf = fn(&SweptRun) -> &Totals;

/// What the runs completed of what was scheduled: a sentence for each role, that with the least share first.
fn completed(runs: &[(f64, &SweptRun)]) -> Vec<String> {
    let roles: [(&str, TotalsOf); 2] = [("commits", |run| &run.writers), ("readers", |run| &run.readers)];
    let sentences = roles.iter().filter_map(|(role, totals)| {
        let shares = runs.iter().filter_map(|(load, run)| Some((totals(run).completed_share()?, *load)));
        let (least, at) = shares.min_by(|one, other| one.0.total_cmp(&other.0))?;
        let behind = runs.iter().filter(|(_, run)| has_fallen_behind(totals(run))).count();
        let sentence = match behind {
            0 => format!("{role}: every run completed at least 99 % of what was scheduled"),
            behind => format!(
                "{role}: {behind} of {} runs completed less than 99 % of what was scheduled; the least is {}, at a load of {}",
                runs.len(),
                percent(least),
                load(at)
            ),
        };
        Some((least, sentence))
    });
    let mut sentences: Vec<(f64, String)> = sentences.collect();
    sentences.sort_by(|one, other| one.0.total_cmp(&other.0));
    sentences.into_iter().map(|(_, sentence)| sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::sweep::groups,
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
        assert!(
            found.usl.is_none() && found.notes[2].starts_with("so no knee in the readers' throughput"),
            "{found:?}"
        );
        // In a closed loop the same throughput is the machine's own.
        let usl = throughput_of(&kept_up, CLOSED).usl.unwrap();
        assert!(usl.sigma.value < 0.001 && usl.peak_load.is_none(), "{usl:?}");
    }

    #[test]
    fn each_role_has_a_sentence_and_the_worse_comes_first() {
        let mut report = fixtures::sweep((1..=5).map(|n| fixtures::swept(n, f64::from(n) * 100.0, 1, None)).collect());
        let said = |report: &SweepReport| throughput_of(report, OPEN).notes;
        for sentence in &said(&report)[..2] {
            assert!(sentence.ends_with(": every run completed at least 99 % of what was scheduled"), "{sentence}");
        }
        report.runs[3].writers.completed = 0;
        let wanted =
            "commits: 1 of 5 runs completed less than 99 % of what was scheduled; the least is 0.0 %, at a load of 400";
        assert_eq!(said(&report)[0], wanted);
        assert_eq!(said(&report)[1], "readers: every run completed at least 99 % of what was scheduled");
    }

    proptest::proptest! {
        #[test]
        fn no_sentence_hides_a_role_that_fell_behind(done in proptest::collection::vec((0u64..=100, 0u64..=100), 5..9)) {
            let mut report = fixtures::sweep(vec![]);
            for (order, (reads, commits)) in (1..).zip(&done) {
                let mut run = fixtures::swept(order, f64::from(order) * 100.0, 1, None);
                (run.readers.due, run.readers.completed) = (100, *reads);
                (run.writers.due, run.writers.completed) = (100, *commits);
                report.runs.push(run);
            }
            let notes = throughput_of(&report, OPEN).notes;
            let place = |role: &str| notes.iter().position(|note| note.starts_with(role)).unwrap();
            let [reads, commits] =
                [done.iter().map(|done| done.0).min().unwrap(), done.iter().map(|done| done.1).min().unwrap()];
            for (role, least) in [("readers: ", reads), ("commits: ", commits)] {
                proptest::prop_assert_eq!(notes[place(role)].contains("every run completed"), least >= 99);
            }
            proptest::prop_assert!(commits >= reads || place("commits: ") < place("readers: "), "{:?}", notes);
        }
    }

    #[test]
    fn curvature_is_fitted_and_an_open_loop_says_what_limits_the_fit() {
        let found = throughput_of(&curved(), OPEN);
        let usl = found.usl.unwrap();
        assert!((usl.sigma.value - 0.05).abs() < 0.005, "{usl:?}");
        assert!((usl.kappa.value / 0.0005 - 1.0).abs() < 0.1, "{usl:?}");
        let limits = found.notes.last().unwrap();
        assert!(limits.contains("in 1 of 7 runs the readers completed what was scheduled"), "{limits}");
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
