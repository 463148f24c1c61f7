//! Histories of made-up runs: what is found, what is left out, and what is said of it.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::results::{Effect, TrackedFigure, fixtures};

const MS: f64 = 1e6;
const P99: usize = 0;
const READS: usize = 3;
const FREEZE: usize = 5;

/// Runs a day apart, of 5 % noise in every time; the first figure is this many times as large from a place on, where the kernel changes too.
fn made_up(count: usize, step: (usize, f64)) -> Vec<TrackedRun> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(11);
    let mut noise =
        || -> f64 { (0.05 * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, &mut random)).exp() };
    let fixture = fixtures::run(&fixtures::outcome());
    let mut one = |place: usize| {
        let is_after = place >= step.0;
        let mut run = fixture.clone();
        run.environment.kernel = if is_after { "6.18.1" } else { "6.12.9" }.to_owned();
        let times = [if is_after { step.1 } else { 1.0 }, 0.2, 9.0].map(|ms| Some(ms * MS * noise()));
        let values = times.into_iter().chain([Some(1.0), Some(1.0), Some(0.0), None, None]).collect();
        TrackedRun {
            load: matching::load(&run),
            scenario: "small".to_owned(),
            provenance: run.provenance(),
            run: HistoryRun {
                directory: format!("results/{place:02}"),
                began: format!("2026-{:02}-{:02}T03:00:00.000Z", 1 + place / 28, 1 + place % 28),
                kernel: format!("Linux {}", run.environment.kernel),
                mapstorm_version: "0.1.0".to_owned(),
                seed: place as u64,
            },
            facts: machine::of_run(&run),
            values,
            is_usable: true,
        }
    };
    (0..count).map(&mut one).collect()
}

/// Thirty runs; the kernel changes at the nineteenth, and read p99 rises by 30 %.
pub fn sample() -> History {
    history(made_up(30, (18, 1.3)), 0.05, Some(0.1))
}

#[test]
fn a_step_is_found_where_the_kernel_changed() {
    let found = sample();
    let [series] = &found.series[..] else { panic!("{found:?}") };
    let [change] = &series.changes[..] else { panic!("{:?}", series.changes) };
    assert_eq!((change.before, change.after), (17, 18));
    let [figure] = &change.figures[..] else { panic!("{change:?}") };
    assert_eq!((figure.figure, figure.effect), (TrackedFigure::ReaderP99Ns, Effect::Worse));
    assert!(figure.ratio.is_some_and(|ratio| (1.2..1.4).contains(&ratio)) && figure.p <= 0.02, "{figure:?}");
    for words in [
        "Between 2026-01-18T03:00:00.000Z (results/17) and 2026-01-19T03:00:00.000Z (results/18): read p99 ",
        "The kernel changed from 6.12.9 to 6.18.1 there",
        "That it is the cause is not shown",
    ] {
        assert!(change.sentence.contains(words), "{}", change.sentence);
    }
    let conclusion = &found.conclusion;
    assert!(conclusion.starts_with("1 change in 30 runs of one load, the latest at 2026-01-19"), "{conclusion}");
    assert_eq!(found.regressions.len(), 1);
    assert!(found.regressions[0].starts_with("small: read p99 ") && found.warnings.is_empty(), "{found:?}");
    // Two segments of what changed, one of what did not, none of what no run has.
    let segments: Vec<usize> = series.figures.iter().map(|figure| figure.segments.len()).collect();
    assert_eq!(segments, [2, 1, 1, 1, 1, 1, 0, 0]);
}

#[test]
fn what_is_allowed_or_too_small_is_no_regression_and_no_change() {
    let runs = || made_up(30, (18, 1.3));
    assert_eq!(history(runs(), 0.05, Some(0.5)).regressions.len(), 0);
    assert_eq!(history(runs(), 0.05, None).regressions.len(), 0);
    let small = history(runs(), 0.5, Some(0.1));
    assert!(small.series[0].changes.is_empty() && small.regressions.is_empty());
    assert_eq!(small.conclusion, "No figure changed significantly by more than 50 % in 30 runs of one load");
    // Better is no regression.
    let better = history(made_up(30, (18, 0.7)), 0.05, Some(0.1));
    assert_eq!((better.series[0].changes.len(), better.regressions.len()), (1, 0));
}

#[test]
fn the_order_is_that_of_time_and_not_of_the_directories() {
    let mut runs = made_up(30, (18, 1.3));
    runs.reverse();
    runs.swap(3, 20);
    assert_eq!(history(runs, 0.05, Some(0.1)), sample());
}

#[test]
fn too_few_runs_are_an_answer_and_others_are_counted() {
    let few = history(made_up(11, (5, 3.0)), 0.05, Some(0.1));
    assert_eq!((few.series.len(), few.regressions.len()), (0, 0));
    let start = "Not enough history: at most 11 runs have the same load on the same machine, and it takes 12.";
    assert!(few.conclusion.starts_with(start), "{}", few.conclusion);
    assert_eq!(few.warnings, ["left out: 11 runs, in no series of 12 runs of the same load on the same machine"]);
    assert!(history(Vec::new(), 0.05, None).conclusion.starts_with("Not enough history: at most 0 runs"));

    let mut runs = made_up(50, (99, 1.0));
    for (place, run) in runs.iter_mut().enumerate() {
        match place {
            0..14 => drop(run.load.insert("readers.count".to_owned(), "7".to_owned())),
            14..19 => run.facts[0].value.push('2'),
            19..21 => run.is_usable = false,
            _ => {}
        }
    }
    let found = history(runs, 0.05, None);
    assert_eq!(found.series.iter().map(|series| series.runs.len()).collect::<Vec<_>>(), [29, 14]);
    assert_eq!(found.conclusion, "No figure changed significantly by more than 5 % in 43 runs of 2 loads");
    assert!(found.warnings[0].starts_with("left out: 5 runs, in no series"), "{:?}", found.warnings);
    assert!(found.warnings[1].starts_with("left out: 2 runs, incomplete or invalid"), "{:?}", found.warnings);
}

#[test]
fn what_a_run_does_not_have_is_left_out_of_its_figure_alone() {
    let mut runs = made_up(30, (18, 1.3));
    for place in [4, 17, 18, 19] {
        runs[place].values[P99] = None;
    }
    runs.iter_mut().skip(11).for_each(|run| run.values[1] = None);
    let found = history(runs, 0.05, None);
    let series = &found.series[0];
    assert_eq!((series.changes[0].before, series.changes[0].after), (16, 20));
    assert_eq!(series.figures[0].segments.iter().map(|segment| segment.runs).collect::<Vec<_>>(), [16, 10]);
    assert!(series.figures[1].segments.is_empty(), "11 runs have it");
}

#[test]
fn freezes_that_appear_and_work_that_is_not_done_are_worse() {
    let mut runs = made_up(30, (99, 1.0));
    for run in runs.iter_mut().skip(20) {
        (run.values[FREEZE], run.values[READS]) = (Some(300.0 * MS), Some(0.8));
    }
    let found = history(runs, 0.05, Some(0.1));
    let [change] = &found.series[0].changes[..] else { panic!("{found:?}") };
    let ratios: Vec<_> = change.figures.iter().map(|found| (found.effect, found.ratio)).collect();
    assert_eq!(ratios, [(Effect::Worse, Some(0.8)), (Effect::Worse, None)]);
    assert!(change.sentence.contains("longest freeze from none to 300 ms (worse"), "{}", change.sentence);
    assert!(change.sentence.contains("No fact of the machine that is recorded changed there"), "{}", change.sentence);
    assert_eq!(found.regressions.len(), 2);
}

#[test]
fn only_the_last_segment_is_a_regression() {
    let mut runs = made_up(40, (14, 1.4));
    runs.iter_mut().skip(28).for_each(|run| run.values[P99] = run.values[P99].map(|ns| ns / 1.4));
    let found = history(runs, 0.05, Some(0.1));
    assert_eq!((found.series[0].changes.len(), found.regressions.len()), (2, 0), "{:?}", found.series[0].changes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_change_never_contradicts_its_segments(
        steps in proptest::collection::vec((1..30usize, 0.3..3.0f64), 0..3), least in 0.0..0.6f64, allowed in 0.0..0.6f64,
    ) {
        let mut runs = made_up(30, (99, 1.0));
        for (place, factor) in steps {
            runs.iter_mut().skip(place).for_each(|run| run.values[P99] = run.values[P99].map(|ns| ns * factor));
        }
        let found = history(runs, least, Some(allowed));
        let series = &found.series[0];
        for change in &series.changes {
            prop_assert!(change.before < change.after && change.sentence.contains(&series.runs[change.after].began));
            for figure in &change.figures {
                let ratio = figure.after / figure.before;
                prop_assert_eq!((figure.ratio, figure.effect == Effect::Worse), (Some(ratio), ratio > 1.0));
                prop_assert!(ratio.max(1.0 / ratio) > 1.0 + least - 1e-9 && figure.p <= 0.05);
            }
        }
        let last = series.changes.iter().flat_map(|change| &change.figures).rfind(|found| found.figure == FIGURES[P99]);
        let is_worse = last.is_some_and(|found| found.after / found.before > 1.0 + allowed);
        prop_assert_eq!(found.regressions.iter().any(|said| said.contains("read p99")), is_worse);
        prop_assert_eq!(series.changes.is_empty(), found.conclusion.starts_with("No figure changed"));
    }
}
