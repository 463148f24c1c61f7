//! A what-if with a cost model given: predictions stand next to what was measured, for the baseline and for every mitigation.
//! A program of its own without the usual harness, whose threads the driver would refuse to fork beside.

use std::{path::Path, sync::atomic::AtomicBool};

use mapstorm::internals::{
    experiment::what_if::{Choice, How, Plan, Wanted, what_if},
    results::{Availability, CommitModel, MitigationStatus, PredictedFigures, RunDirectory},
    scenario::Scenario,
    stats::Estimate,
};

const SCENARIO: &str = r#"
[file]
mailboxes = 300
[readers]
count = 6
rate = "20/s"
[writer]
rate = "20/s"
[run]
warm-up = "0s"
control = "0ms"
duration = "500ms"
"#;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let wanted =
        Wanted { name: "scenario", text: SCENARIO, sets: &[], objectives: &[], place: Path::new("."), force: false };
    let choice = Choice::parse("read-only,2-instances,small-writes").unwrap();
    let plan = Plan::new(&wanted, choice).unwrap();
    let result = directory.path().join("result");
    let how = How { command: &[], interrupted: &AtomicBool::new(false) };
    let mut asked = Vec::new();
    let mut cost_model = |scenario: &Scenario, place: &Path| {
        assert!(place.is_dir());
        asked.push(scenario.hash());
        // A page at a time is what could not be measured here.
        anyhow::ensure!(scenario.file.write_size_bytes > 65536, "no such file system");
        let exactly = |value: f64| Estimate { value, low: value, high: value };
        Ok(CommitModel::straight(exactly(2e6), exactly(1e6), "made up".to_owned()))
    };
    let (what_if, _) =
        what_if(&plan, &how, RunDirectory::new(&result).unwrap(), Some(&mut cost_model), &mut |_| {}).unwrap().unwrap();
    let hash = |mitigation: usize| what_if.mitigations[mitigation].run.as_ref().unwrap().scenario_hash.clone();
    // Two instances are the baseline's law at other mappers.
    assert_eq!(asked, [what_if.baseline.scenario_hash.clone(), hash(0), hash(2)]);
    let predicted = |run: &Availability<PredictedFigures>| run.value().unwrap().clone();
    let baseline = predicted(&what_if.baseline.predicted);
    // Six readers and a writer at 1 ms each, and 2 ms.
    assert_eq!(baseline.mappers, 7);
    assert!((baseline.utilisation.value - 20.0 * 0.009).abs() < 1e-9, "{baseline:?}");
    assert!(baseline.commit_p50_ns.value >= 9e6, "{baseline:?}");
    let [read_only, split, small] = &*what_if.mitigations else { panic!("{:?}", what_if.mitigations) };
    assert!([read_only, split, small].iter().all(|mitigation| mitigation.status == MitigationStatus::Measured));
    let split = predicted(&split.run.as_ref().unwrap().predicted);
    assert_eq!(split.mappers, 4);
    assert!(split.commit_p50_ns.value < baseline.commit_p50_ns.value);
    let Availability::Unavailable { unavailable } = &small.run.as_ref().unwrap().predicted else { panic!() };
    assert!(unavailable.contains("no such file system"), "{unavailable}");
    let text = what_if.to_string();
    assert_eq!(text.lines().filter(|line| line.starts_with("|   predicted")).count(), 3, "{text}");
    assert!(text.contains(", predicted ") && text.contains("no such file system"), "{text}");
}
