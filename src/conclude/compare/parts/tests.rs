//! Made-up sweeps and what-ifs, compared part by part.

use super::{sweep::AT_POINTS, *};
use crate::{
    present::matched_charts,
    results::{
        Answer, Availability, Difference, Judgement, SweepReport,
        fixtures::{self, knee},
    },
    scenario::{Clause, Emulation},
    stats::Estimate,
};

/// Three repeats at each load, their p99 of reads (1 to 1.02 ms at `slower` 1) scattered by 1 %.
fn sweep(loads: &[f64], slower: u64) -> SweepReport {
    let runs = loads.iter().flat_map(|load| (1..=3).map(|repeat| (*load, repeat)));
    let swept = runs.enumerate().map(|(order, (load, repeat))| {
        let mut run = fixtures::swept(order as u32 + 1, load, repeat, Some(Judgement::Met));
        run.responses[0].p99_ns = (990_000 + 10_000 * u64::from(repeat)) * slower;
        run
    });
    // Runs are made in a random order.
    fixtures::sweep(swept.collect::<Vec<_>>().into_iter().rev().collect())
}

fn compared(sweeps: &[&SweepReport]) -> PartComparison {
    let named = sweeps.iter().enumerate().map(|(place, sweep)| (format!("results/{place}"), (*sweep).clone()));
    compare_sweeps(&named.collect::<Vec<_>>(), &[], 0.05)
}

fn row<'a>(comparison: &'a PartComparison, part: &str, figure: Option<KeyFigure>) -> &'a PartDifference {
    comparison.differences.iter().find(|row| row.figure == figure && row.part.to_string() == part).unwrap()
}

/// The parts that not all results have, by result.
fn alone(comparison: &PartComparison) -> Vec<&str> {
    let fact = comparison.plan.iter().find(|fact| fact.key.ends_with("s that not all have"));
    fact.into_iter().flat_map(|fact| &fact.values).map(String::as_str).collect()
}

fn unavailable(why: &str) -> Availability<PartValue> {
    Availability::Unavailable { unavailable: why.to_owned() }
}

#[test]
fn points_are_matched_by_what_their_settings_mean() {
    let (a, mut b) = (sweep(&[100.0, 200.0, 400.0], 1), sweep(&[100.0, 200.0, 800.0], 2));
    for run in b.runs.iter_mut().filter(|run| run.settings[0].value == "200") {
        run.settings[0].value = "2e2".to_owned();
    }
    let comparison = compared(&[&a, &b]);
    let rows = comparison.differences.len();
    assert_eq!(rows, 2 * AT_POINTS.len(), "{:?}", comparison.differences);
    assert_eq!(alone(&comparison), ["readers.count=400", "readers.count=800"]);
    let p99 = row(&comparison, "readers.count=200", Some(KeyFigure::ReaderP99Ns));
    let ratio = p99.ratio.value().and_then(PartValue::estimate).unwrap();
    assert!((ratio.value - 2.0).abs() < 1e-9 && ratio.low > 1.8 && ratio.high < 2.2, "{ratio:?}");
    assert_eq!((p99.effect, p99.a.value().map(|value| value.value)), (Effect::Worse, Some(1_010_000.0)));
    assert_eq!(comparison.sentences, ["read p99 is higher in B at all 2 loads (B / A 2.0)"]);
    let expected = "B (1) is worse than A (0): read p99 is higher in B at all 2 loads; none is better";
    assert_eq!(comparison.conclusion, expected);
    // In two axes, in any order of the keys.
    let at = |keys: [&str; 2]| keys.map(|key| Setting { key: key.to_owned(), value: key.to_owned(), number: None });
    assert!(is_same_point(&at(["a", "b"]), &at(["b", "a"])) && !is_same_point(&at(["a", "b"]), &at(["a", "c"])));
}

#[test]
fn a_sweep_compared_with_itself_shows_no_difference() {
    let mut one = sweep(&[100.0, 200.0], 1);
    one.knees = vec![knee(Answer::Found, 200.0, [Some(100.0), Some(400.0)])];
    let comparison = compared(&[&one, &one, &one]);
    assert!(comparison.sentences.is_empty() && comparison.warnings.is_empty() && comparison.plan.is_empty());
    let expected = "A (0) and B (1) are the same result: all figures are identical; A (0) and C (2) are the same result: all figures are \
                    identical";
    assert_eq!(comparison.conclusion, expected);
    let mut ratios = 0;
    for row in &comparison.differences {
        assert!(!row.effect.is_real(), "{row:?}");
        match row.ratio.value() {
            Some(ratio) => assert_eq!(ratio.estimate(), Some(SAME), "{row:?}"),
            None => assert_eq!(row.figure, Some(KeyFigure::LongestFreezeNs), "none froze"),
        }
        ratios += usize::from(row.ratio.value().is_some());
    }
    assert_eq!(ratios, 2 * (1 + 2 * 5));
}

#[test]
fn intervals_need_two_valid_runs() {
    let (a, mut b) = (sweep(&[100.0], 1), sweep(&[100.0], 3));
    b.runs[0].complete = false;
    b.runs[1].verdict.as_mut().unwrap().outcome = Judgement::Invalid;
    b.runs[2].longest_freeze_ns = Some(7_000_000);
    let comparison = compared(&[&a, &b]);
    let p99 = row(&comparison, "readers.count=100", Some(KeyFigure::ReaderP99Ns));
    let ratio = p99.ratio.value().unwrap();
    assert_eq!((ratio.estimate(), p99.effect), (None, Effect::Unknown));
    assert!((ratio.value - 3.0 * 1.0 / 1.01).abs() < 1e-9, "the valid run alone: {ratio:?}");
    let why = p99.b.value().map(|value| serde_json::to_string(&value.interval).unwrap());
    assert!(why.unwrap().contains("1 valid run"));
    let freeze = row(&comparison, "readers.count=100", Some(KeyFigure::LongestFreezeNs));
    assert_eq!(freeze.ratio, unavailable("none in A"));
    assert!(comparison.to_string().contains("7 ms"), "{comparison}");
    b.runs[2].complete = false;
    let comparison = compared(&[&a, &b]);
    let p99 = row(&comparison, "readers.count=100", Some(KeyFigure::ReaderP99Ns));
    assert_eq!(p99.ratio, unavailable("no valid run has it, or enough values for it in B"));
}

#[test]
fn knees_differ_where_what_the_runs_leave_open_does_not_overlap() {
    let (mut a, mut b) = (sweep(&[100.0], 1), sweep(&[100.0], 1));
    a.knees = vec![knee(Answer::Found, 200.0, [Some(200.0), Some(400.0)])];
    b.knees = vec![knee(Answer::Found, 800.0, [Some(800.0), Some(900.0)])];
    let comparison = compared(&[&a, &b]);
    let higher = row(&comparison, "knee of readers.count", None);
    assert_eq!(higher.ratio, Availability::Value(PartValue { value: 4.0, interval: Availability::Value([2.0, 4.5]) }));
    assert_eq!(higher.effect, Effect::Better);
    let expected =
        "B (1) is better than A (0): the knee of readers.count is 4.0× as high in B, up from 200 to 800; none is worse";
    assert_eq!(comparison.conclusion, expected);
    b.knees = vec![knee(Answer::Found, 300.0, [Some(300.0), Some(350.0)])];
    assert_eq!(row(&compared(&[&a, &b]), "knee of readers.count", None).effect, Effect::Undecided);
    b.knees = vec![knee(Answer::Above, 900.0, [Some(900.0), None])];
    let open = compared(&[&a, &b]);
    let ratio_of =
        |comparison: &PartComparison| serde_json::to_string(&row(comparison, "knee of readers.count", None).ratio);
    assert!(ratio_of(&open).unwrap().contains("all met in B"));
    let conclusion = &open.conclusion;
    assert!(conclusion.ends_with("the knee of readers.count has no ratio with an interval"), "{conclusion}");
    // Knees of different objectives are loads of different meaning.
    b.knees = vec![knee(Answer::Found, 800.0, [Some(800.0), Some(900.0)])];
    b.objectives = vec![Clause::parse("lookup.p99<=5ms").unwrap()];
    assert!(ratio_of(&compared(&[&a, &b])).unwrap().contains("knees of different objectives are not compared"));
    b.runs[0].emulate = Emulation::Demap;
    let comparison = compared(&[&a, &b]);
    assert!(comparison.differences.iter().all(|row| row.provenance == Provenance::Emulated));
    assert!(comparison.warnings.iter().any(|warning| warning.starts_with("B: EMULATED: 1 of 3 runs")));
    let chart = &matched_charts(&comparison).unwrap()[0];
    assert!(chart.svg.contains("read p99, readers.count=100 (emulated)"), "{}", chart.svg);
    b.knees.clear();
    assert_eq!(alone(&compared(&[&a, &b])), ["knee of readers.count", "none"]);
}

#[test]
fn sweeps_over_other_axes_are_refused_with_both() {
    let (a, mut b) = (sweep(&[100.0], 1), sweep(&[100.0], 1));
    b.axes[0].key = "writer.rate".to_owned();
    let error = on_common_axes(&mut [("x".to_owned(), a), ("y".to_owned(), b)]).unwrap_err();
    assert!(error.contains("x is over readers.count, y is over writer.rate"), "{error}");
    assert!(error.contains("(writer.rate in x)"), "{error}");
    assert!(error.contains("Sweep both machines over the same axes"), "{error}");
}

#[test]
fn mitigations_are_matched_by_name_and_their_ratios_compared() {
    let none = || Availability::Unavailable { unavailable: "not here".to_owned() };
    let (a, mut b) = (fixtures::what_if(), fixtures::what_if());
    let halves = Estimate { value: 0.5, low: 0.45, high: 0.55 };
    b.mitigations[0].differences[0] =
        Difference { ratio: Availability::Value(halves), ..b.mitigations[0].differences[0].clone() };
    b.mitigations.remove(1);
    b.baseline.scenario_hash = "another".to_owned();
    b.baseline.measured.reader_p99_ns = Some(98_000_000);
    let comparison = compare_what_ifs(&[("a".to_owned(), a.clone(), none()), ("b".to_owned(), b, none())], &[], 0.05);
    let baseline = row(&comparison, "baseline", Some(KeyFigure::ReaderP99Ns));
    assert_eq!(baseline.ratio.value().map(|ratio| (ratio.value, ratio.estimate())), Some((2.0, None)));
    let less = row(&comparison, "read-only", Some(KeyFigure::ReaderP99Ns));
    let ratio = less.ratio.value().and_then(PartValue::estimate).unwrap();
    assert!((ratio.value - 7.0).abs() < 1e-9 && ratio.low > 5.0 && less.effect == Effect::Worse, "{ratio:?}");
    assert_eq!(alone(&comparison), ["remap-when-needed", "none"]);
    insta::assert_snapshot!(comparison);
    let charts = matched_charts(&comparison).unwrap();
    assert!(charts[0].svg.contains("read p99, baseline") && charts[0].svg.contains("no interval"));
    let same = compare_what_ifs(&[("a".to_owned(), a.clone(), none()), ("a".to_owned(), a, none())], &[], 0.05);
    assert!(same.sentences.is_empty() && same.warnings.len() == 2, "both are incomplete: {:?}", same.warnings);
    assert!(same.differences.iter().all(|row| row.ratio.value().is_none_or(|ratio| ratio.value == 1.0)));
}

#[test]
fn of_readers_and_commits_each_share_is_compared() {
    let (a, mut b) = (sweep(&[100.0], 1), sweep(&[100.0], 1));
    for run in &mut b.runs {
        // Thousands of reads beside a few commits.
        run.writers.completed = run.writers.due / 4;
    }
    let comparison = compared(&[&a, &b]);
    for (figure, of_b, effect) in
        [(KeyFigure::CommitsCompletedShare, 0.25, Effect::Worse), (KeyFigure::ReadersCompletedShare, 1.0, Effect::Same)]
    {
        let completed = row(&comparison, "readers.count=100", Some(figure));
        let shares = [&completed.a, &completed.b].map(|share| share.value().map(|share| share.value));
        assert_eq!((shares, completed.effect), ([Some(1.0), Some(of_b)], effect));
    }
}

#[test]
fn what_may_not_be_concluded_from_other_loads_comes_first() {
    let (a, mut b) = (sweep(&[100.0], 1), sweep(&[100.0], 3));
    for run in &mut b.runs {
        run.scenario_hash = "1".repeat(64);
    }
    // Without the runs only the hashes are known.
    let comparison = compared(&[&a, &b]);
    assert!(comparison.conclusion.starts_with("With loads that may not be the same: B (1) is worse than A (0)"));
    assert!(
        comparison.warnings[0].contains("in 1 of 1 points, the first of them readers.count=100; the runs are not here")
    );
    // With them the keys are.
    let root = tempfile::tempdir().unwrap();
    let named = [&a, &b].map(|sweep| {
        let directory = root.path().join(&sweep.runs[0].scenario_hash[..1]);
        let mut run = fixtures::run(&fixtures::outcome());
        run.scenario.readers.count += u32::from(std::ptr::eq(sweep, &b));
        run.scenario.writer.count += u32::from(std::ptr::eq(sweep, &b));
        let first = sweep.runs.iter().find(|run| run.repeat == 1).unwrap();
        std::fs::create_dir_all(directory.join(&first.directory)).unwrap();
        fixtures::write(&directory.join(&first.directory), &run, &fixtures::outcome());
        (directory.display().to_string(), sweep.clone())
    });
    let expected = "With loads that are not the same (writer.count): B (1) is worse than A (0)";
    let comparison = compare_sweeps(&named, &[], 0.05);
    assert!(comparison.conclusion.starts_with(expected), "{}", comparison.conclusion);
    assert!(comparison.warnings[0].contains("differ in writer.count"), "{:?}", comparison.warnings);
    let across = compare_sweeps(&named, &["writer.count".to_owned()], 0.05);
    assert!(across.conclusion.starts_with("B (writer.count="), "{}", across.conclusion);
}

fn sample(name: &str) -> (String, SweepReport) {
    let directory = fixtures::sample(name);
    (directory.display().to_string(), SweepReport::load(&directory).unwrap())
}

#[test]
fn an_axis_that_only_one_has_is_a_value_of_the_other_s_scenario() {
    let mut arms =
        [sample("t2000-freeze-load-32cpu-tcg-linux-6.1"), sample("t2000-freeze-mappers-32cpu-tcg-linux-6.1")];
    on_common_axes(&mut arms).unwrap();
    let comparison = compare_sweeps(&arms, &[], 0.05);
    let points = comparison.differences.iter().filter(|row| row.figure == Some(KeyFigure::ReaderP99Ns));
    let points: Vec<String> = points.map(|row| row.part.to_string()).collect();
    assert_eq!(points, ["readers.count=2000, writer.emulate=demap", "readers.count=6000, writer.emulate=demap"]);
    assert!(comparison.differences.iter().all(|row| row.provenance == Provenance::Emulated));
}
