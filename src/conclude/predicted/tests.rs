//! Predictions of loads simple enough to be known otherwise.

mod samples;

use super::*;
use crate::stats::CostPoint;

fn scenario(more: &str) -> Scenario {
    let text = format!("[file]\nmailboxes = 5000\n[writer]\nrate = '10/s'\n{more}");
    Scenario::parse("x", &text, &[]).unwrap()
}

/// Nanoseconds; intervals of ±10 %.
pub(crate) fn commit_model(base_ns: f64, per_mapper_ns: f64) -> CommitModel {
    let around = |value: f64| Estimate::around(value, 0.1 * value);
    CommitModel::straight(around(base_ns), around(per_mapper_ns), "made up".to_owned())
}

fn basis(cost_model: &CommitModel) -> Basis<'_> {
    Basis { cost_model, reader_cpu_ns: 50e3, cpus: 2.0 }
}

#[test]
fn utilisation_is_rate_times_what_a_commit_costs() {
    let cost_model = commit_model(2e6, 10e3);
    let basis = basis(&cost_model);
    // 999 readers and a writer: 2 ms + 1000 · 10 µs, ten times a second.
    let one = point(&scenario(""), "readers.count", 999.0, &basis).unwrap();
    assert!((one.utilisation.value - 0.12).abs() < 1e-9, "{one:?}");
    assert!((one.utilisation.low - 0.108).abs() < 1e-9 && (one.utilisation.high - 0.132).abs() < 1e-9);
    // Four files: a quarter of the mappers and of the commits each.
    let four = point(&scenario("[instances]\ncount = 4"), "readers.count", 3996.0, &basis).unwrap();
    assert!((four.utilisation.value - 0.03).abs() < 1e-9, "{four:?}");
    let at = saturation(&scenario(""), &cost_model).unwrap();
    assert!((at.value - 9799.0).abs() < 1.0 && at.low < at.value && at.value < at.high, "{at:?}");
    assert_eq!(point(&scenario(""), "file.mailboxes", 9.0, &basis), None);
}

#[test]
fn the_knee_is_where_an_objective_stops_to_be_met() {
    let cost_model = commit_model(1e6, 10e3);
    let basis = basis(&cost_model);
    // The costliest of few commits decides the median commit: without a queue it is a + b·mappers, longer by the share u of two CPUs that
    // the readers want, 50 µs a second each, and by the herd: (1 ms + 10 µs·N) / (1 − N · 25e-6)² is 20 ms at 1731 mappers.
    let rare = scenario("[run]\nduration = '10s'\n[slo]\nclauses = ['commit.p50<=20ms']\n");
    let rare = with(&rare, "writer.rate", 0.2).unwrap();
    let knee = predicted_knee(&rare, "readers.count", &basis, 1000.0..=4000.0).unwrap();
    let load = knee.load.unwrap();
    assert!((load.value / 1731.0 - 1.0).abs() < 0.03, "{knee:?}");
    assert!(load.low < 0.95 * load.value && load.high > 1.05 * load.value, "{knee:?}");
    let never = predicted_knee(&rare, "readers.count", &basis, 1.0..=10.0).unwrap();
    assert_eq!((never.answer, never.load), (Answer::Above, None));
    let always = predicted_knee(&rare, "readers.count", &basis, 5000.0..=6000.0).unwrap();
    assert_eq!(always.answer, Answer::Below);
    assert_eq!(predicted_knee(&scenario(""), "readers.count", &basis, 1.0..=10.0), None, "no objectives");
}

#[test]
fn a_model_that_bends_is_met_at_its_points_and_inverted_between_them() {
    let at = |mappers: u32, ms: f64| CostPoint { mappers, ns: Estimate::around(ms * 1e6, ms * 1e5) };
    let bent = CommitModel { points: vec![at(0, 2.0), at(1000, 12.0), at(4000, 102.0)], ..commit_model(2e6, 10e3) };
    let held_at = |load: f64| point(&scenario(""), "readers.count", load, &basis(&bent)).unwrap().utilisation;
    assert!((held_at(999.0).value - 0.12).abs() < 1e-9 && (held_at(3999.0).value - 1.02).abs() < 1e-9);
    // 12 ms at 1000, 30 µs for each one more: 100 ms, the gap of ten a second, at 3933 mappers.
    let full = saturation(&scenario(""), &bent).unwrap();
    assert!((full.value - 3932.3).abs() < 1.0 && (held_at(full.value).value - 1.0).abs() < 1e-3, "{full:?}");
    assert!(full.low < full.value && full.value < full.high, "{full:?}");
    // Commits that take twice as long on average as typically fill the lock with half the time of a typical one.
    let tailed = CommitModel { spread: vec![1.0, 1.0, 4.0], ..bent.clone() };
    let held_longer = held(&with(&scenario(""), "readers.count", 999.0).unwrap(), &tailed);
    assert!((held_at(999.0).value * 2.0 - held_longer.value).abs() < 1e-9);
    let half = saturation(&scenario(""), &tailed).unwrap();
    assert!((half.value - 2265.7).abs() < 1.0, "{half:?}");
    assert_eq!(saturation(&scenario(""), &commit_model(2e6, 0.0)), None);
}

#[test]
fn a_writer_waits_for_other_files_readers_and_commits_too() {
    // 2 CPUs: readers of all files want 0.4 of them, the commits of the other file 0.2.
    let among = Contention::of(0.4, 0.2, 2.0, 2.0);
    assert!((among.hold - 1.0 / 0.7).abs() < 1e-9 && (among.cpus_left - 1.6).abs() < 1e-9);
    // The herd of this file's readers, 0.2 of the 1.6 CPUs left.
    assert!((among.commit - among.hold * 1.6 / 1.4).abs() < 1e-9);
    let alone = Contention::of(0.0, 0.0, 1.0, 2.0);
    assert_eq!([alone.hold, alone.commit, alone.cpus_left], [1.0, 1.0, 2.0]);
}

proptest::proptest! {
    #[test]
    fn more_readers_or_fewer_cpus_never_make_a_commit_shorter(
        readers in 0.0..40.0f64, more in 0.0..10.0f64, commits in 0.0..4.0f64, instances in 1.0..13.0f64, cpus in 0.1..64.0f64,
    ) {
        let one = Contention::of(readers, commits, instances, cpus);
        for other in [Contention::of(readers + more, commits, instances, cpus), Contention::of(readers, commits, instances, cpus / 2.0)] {
            proptest::prop_assert!(other.hold >= one.hold * (1.0 - 1e-12) && other.commit >= one.commit * (1.0 - 1e-9));
            proptest::prop_assert!(other.hold >= 1.0 && other.commit >= other.hold && other.cpus_left > 0.0 && other.commit.is_finite());
        }
    }
}

#[test]
fn every_kind_of_objective_is_judged() {
    let cost_model = commit_model(1e6, 10e3);
    let basis = basis(&cost_model);
    let clauses =
        "['lookup.p50<=1ms', 'reader.max<=1s', 'commit.p99<=1s', 'commit.max<=2s', 'freeze.longest<=1s', 'rate>=0.99']";
    let scenario = scenario(&format!("[slo]\nclauses = {clauses}\n"));
    let few = point(&scenario, "readers.count", 100.0, &basis).unwrap();
    assert!(few.clauses.iter().all(|clause| clause.met), "{few:?}");
    assert_eq!(few.clauses[4].figure, 0.0, "no wait is as long as a freeze");
    // 12 000 mappers: 121 ms each, ten times a second. The lock is never free.
    let many = point(&scenario, "readers.count", 12_000.0, &basis).unwrap();
    assert!(many.utilisation.value > 1.0);
    assert!(many.clauses.iter().all(|clause| !clause.met || !clause.clause.metric.is_rate()), "{many:?}");
    // Commits wait ever longer. Readers are let in after each: they wait for one, and for their herd.
    assert!(many.clauses[2].figure > 5e9 && (121e6..500e6).contains(&many.clauses[4].figure), "{many:?}");
}

#[test]
fn what_cannot_be_predicted_says_why() {
    for (more, why) in [
        ("count = 0\n", "no writer"),
        ("[readers]\narrivals = 'closed'", "closed loop"),
        ("[readers]\nlock = 'none'", "no lock"),
    ] {
        let text = format!("[file]\nmailboxes = 5000\n[writer]\n{more}");
        let obstacle = obstacle(&Scenario::parse("x", &text, &[]).unwrap()).unwrap();
        assert!(obstacle.contains(why), "{obstacle}");
    }
    assert_eq!(obstacle(&scenario("")), None);
}
