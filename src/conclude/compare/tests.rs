//! Comparisons of made-up runs: how often chance is taken for a difference, how often a difference is found, and the charts.
//! Every random number comes from a seed.

mod pairs;

use std::path::Path;

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{
    conclude::{CompareOptions, PredictedRow, compare::loaded_run::LoadedRun, compare_many, compare_pair},
    present::{
        Chart,
        charts::checks::{check, words as words_of},
        comparison_charts, ranking_charts,
    },
    results::{
        Availability, ComparedFigure, Comparison, Effect, FigureDifference, Judgement, LatencyInterval, Provenance,
        Run, Totals, Verdict, fixtures,
    },
    scenario::{Clause, Scenario},
    stats::Estimate,
};

const MS: u64 = 1_000_000;

fn options() -> CompareOptions {
    CompareOptions { least_effect: 0.05, across: vec![], allowed_regression: Some(0.1), objectives: vec![] }
}

fn scenario(sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    Scenario::parse("x.toml", "[file]\nsize = '1MiB'\n[readers]\ncount = 10\n", &sets).unwrap()
}

fn run(freezes: &[(u64, u64)]) -> Run {
    let mut run = fixtures::run(&fixtures::outcome());
    run.scenario = scenario(&[]);
    run.summary.measured_ns = 10_000 * MS;
    run.diagnosis.freezes = freezes.iter().map(|(start, end)| fixtures::freeze(*start, *end)).collect();
    run
}

/// A run of 10 s: in each 100 ms so many reads and commits of about 1 ms times `slower`. What is common to the reads of an interval
/// is correlated with that of the one before.
fn made_up(seed: u64, slower: f64, reads: usize, commits: usize, freezes: &[(u64, u64)]) -> LoadedRun {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
    let mut common = 0.0;
    let mut intervals = Vec::new();
    for place in 0..100u64 {
        common = 0.6 * common + 0.05 * normal();
        for (tag, count) in [("reader.lookup.response", reads), ("writer.replace.response", commits)] {
            // Of two digits, as a histogram has them.
            let value = |ms: f64| ((ms * 100.0).round() as u64).max(1) * MS / 100;
            let mut counts: Vec<(u64, u64)> =
                (0..count).map(|_| (value((common + 0.3 * normal()).exp() * slower), 1)).collect();
            counts.sort_unstable();
            let (start_ns, length_ns, tag) = (place * 100 * MS, 100 * MS, tag.to_owned());
            intervals.push(LatencyInterval { start_ns, length_ns, tag, counts });
        }
    }
    intervals.retain(|interval| !interval.counts.is_empty());
    LoadedRun::new(Path::new(&format!("results/{seed}")), run(freezes), &intervals)
}

/// So many pairs, of which the second is slower by this factor.
fn pairs(count: u64, slower: f64) -> Vec<Comparison> {
    let pair = |seed: u64| {
        let (a, b) = (made_up(seed, 1.0, 60, 0, &[]), made_up(10_000 + seed, slower, 60, 0, &[]));
        compare_pair(&a, &b, &options())
    };
    (0..count).map(pair).collect()
}

/// The share of the comparisons of which this is true of a figure of the readers.
fn share(all: &[Comparison], figure: ComparedFigure, is_so: fn(&FigureDifference) -> bool) -> f64 {
    let row = |comparison: &'_ Comparison| {
        comparison.differences.iter().find(|row| row.figure == figure && row.role == "reader").unwrap().clone()
    };
    all.iter().filter(|comparison| is_so(&row(comparison))).count() as f64 / all.len() as f64
}

fn has(chart: &Chart, text: &str) -> bool {
    words_of(chart).join(" ").contains(text)
}

#[test]
fn chance_is_seldom_taken_for_a_difference() {
    let all = pairs(100, 1.0);
    for figure in [ComparedFigure::ResponseP50Ns, ComparedFigure::ResponseP99Ns] {
        let alone = share(&all, figure, |row| !row.ratio.value().unwrap().contains(1.0));
        assert!(alone <= 0.09, "{figure:?}: {alone}");
    }
    // Of all figures together hardly more, and no row is called different of which the conclusion says nothing.
    let claimed = all.iter().filter(|comparison| !comparison.sentences.is_empty()).count();
    let called = all.iter().filter(|comparison| comparison.differences.iter().any(|row| row.effect.is_real())).count();
    assert!(claimed <= 7 && called == claimed, "{claimed} and {called} of 100");
}

#[test]
fn a_slowdown_by_a_fifth_is_found() {
    let all = pairs(60, 1.2);
    for figure in [ComparedFigure::ResponseP50Ns, ComparedFigure::ResponseP90Ns] {
        let share = share(&all, figure, |row| row.effect == Effect::Worse);
        assert!(share >= 0.9, "{figure:?}: {share}");
    }
}

#[test]
fn every_figure_says_what_it_can() {
    let (a, b) = (made_up(1, 1.0, 60, 1, &[]), made_up(2, 2.0, 60, 1, &[(1000, 3000), (4000, 4500), (7000, 9000)]));
    let comparison = compare_pair(&a, &b, &options());
    let row = |subject: &str, figure| {
        comparison.differences.iter().find(|row| row.subject == subject && row.figure == figure).unwrap()
    };
    let p99 = row("lookup", ComparedFigure::ResponseP99Ns);
    let ratio = p99.ratio.value().unwrap();
    assert_eq!(p99.effect, Effect::Worse);
    assert!(ratio.low > 1.5 && ratio.high < 2.6 && p99.counts == [6000, 6000], "{p99:?}");
    let effective = p99.effective[0].unwrap();
    assert!((1.0..6000.0).contains(&effective), "values are correlated: {effective}");
    let few = row("replace", ComparedFigure::ResponseP99Ns);
    assert_eq!((few.effect, few.a.value()), (Effect::Unknown, None));
    let why = "100 values are too few: it takes 400".to_owned();
    assert_eq!(few.a, Availability::Unavailable { unavailable: why });
    let frozen = row("workers", ComparedFigure::FrozenShare);
    assert_eq!((frozen.effect, frozen.ratio.value(), frozen.b.value()), (Effect::Worse, None, Some(&0.45)));
    assert_eq!(row("workers", ComparedFigure::LongestFreezeNs).b.value(), Some(&2e9));
    assert!(comparison.sentences.iter().any(|sentence| sentence.contains("45 % of the time in B and none in A")));
    let conclusion = "B (2) is worse than A (1): lookup response p99 is ";
    assert!(comparison.conclusion.starts_with(conclusion), "{}", comparison.conclusion);
    assert!(comparison.conclusion.ends_with("none is better"), "{}", comparison.conclusion);
    assert!(comparison.to_string().starts_with(conclusion.split(" than").next().unwrap()), "{comparison}");
    let worse: Vec<_> = comparison.regressions.iter().map(|row| (row.subject.as_str(), row.figure)).collect();
    assert!(worse.contains(&("lookup", ComparedFigure::ResponseP99Ns)), "{worse:?}");
    assert!(worse.iter().all(|(_, figure)| *figure != ComparedFigure::ResponseP999Ns));
    assert!(worse.contains(&("workers", ComparedFigure::FrozenShare)), "freezes that were not there before: {worse:?}");
    assert!(compare_pair(&b, &a, &options()).regressions.is_empty(), "faster is none");
}

#[test]
fn what_makes_figures_doubtful_comes_first() {
    let (a, mut b) = (made_up(1, 1.0, 60, 1, &[]), made_up(2, 1.0, 60, 1, &[]));
    b.run.summary.complete = false;
    b.run.summary.errors = 7;
    b.run.scenario.readers.count = 11;
    let comparison = compare_pair(&a, &b, &options());
    assert!(comparison.conclusion.starts_with("With loads that are not the same (readers.count): "));
    let warnings = comparison.warnings.join("\n");
    for words in ["differ in readers.count", "B is incomplete", "in B 7 operations failed"] {
        assert!(warnings.contains(words), "{words}: {warnings}");
    }
    let reasons = vec!["workers were lost".to_owned()];
    b.run.diagnosis.verdict = Some(Verdict { outcome: Judgement::Invalid, reasons, clauses: vec![] });
    let comparison = compare_pair(&a, &b, &options());
    let expected = "nothing can be concluded: B is invalid (workers were lost)";
    assert!(comparison.conclusion.ends_with(expected) && comparison.sentences.is_empty(), "{}", comparison.conclusion);
}

fn prediction() -> PredictedRow {
    let [of_fixture, ..] = &fixtures::what_if().mitigations[..] else { unreachable!() };
    let mut figures = of_fixture.run.as_ref().and_then(|run| run.predicted.value().cloned()).unwrap();
    (figures.source, figures.reader_p99_ns) = ("another machine".to_owned(), figures.reader_p99_ns.scaled(0.2));
    PredictedRow { label: "other, SunOS".to_owned(), directory: "cost".to_owned(), figures, clauses: vec![] }
}

#[test]
fn repeats_are_one_row_and_predictions_stand_among_what_was_measured() {
    let mut sides = vec![made_up(1, 1.0, 60, 3, &[]), made_up(2, 1.4, 60, 3, &[]), made_up(3, 3.0, 60, 3, &[])];
    sides[1].run.scenario.run.seed += 1;
    sides[2].run.environment.host = "slow".to_owned();
    let mut options = options();
    options.across = vec!["run.seed".to_owned()];
    options.objectives = vec![Clause::parse("lookup.p99<=5ms").unwrap()];
    let ranking = compare_many(&sides, Some(0), &[prediction()], &options);
    let rows: Vec<_> =
        ranking.rows.iter().map(|row| (row.letter.as_str(), row.directories.len(), row.verdict)).collect();
    assert_eq!(rows, [("A", 2, Some(Judgement::Met)), ("B", 1, Some(Judgement::NotMet)), ("C", 1, None)]);
    let repeats = &ranking.rows[0];
    let p99 = repeats.reader_p99_ns.unwrap();
    assert!(p99.least < p99.most && p99.median > p99.least && p99.median < p99.most, "{p99:?}");
    assert!(repeats.is_baseline && repeats.differences.is_empty() && repeats.reads == 12_000);
    let conclusion = "B (slow, Linux) is worse than A (sample, Linux): lookup response p99 is ";
    assert!(ranking.conclusion.starts_with(conclusion), "{}", ranking.conclusion);
    assert!(ranking.rows[1].differences.iter().any(|row| row.effect == Effect::Worse));
    assert!(ranking.regressions.iter().all(|regression| regression.letter == "B") && !ranking.regressions.is_empty());
    assert_eq!(ranking.rows[2].provenance, Provenance::Predicted);
    assert!(ranking.environment.iter().any(|key| key.key == "host" && key.values[1] == "slow"));
    let text = ranking.to_string();
    assert_eq!(text.lines().find(|line| line.chars().count() > 100), None);
    assert!(text.contains("C: other, SunOS; predicted from another machine") && text.contains("BASELINE"), "{text}");
    let charts = ranking_charts(&ranking, &sides).unwrap();
    assert_eq!(charts.len(), 2);
    for chart in &charts {
        check(chart);
        assert!(has(chart, "predicted"), "{:?}", words_of(chart));
    }
    assert!(words_of(&charts[1]).contains(&"predicted: nothing over time".to_owned()));
    // Without objectives, by the readers' 99th percentile: the prediction is the fastest.
    options.objectives.clear();
    let letters: Vec<_> =
        compare_many(&sides, None, &[prediction()], &options).rows.iter().map(|row| row.letter.clone()).collect();
    assert_eq!(letters, ["C", "A", "B"]);
}

#[test]
fn a_run_that_is_given_twice_is_no_repeat_of_itself() {
    let (one, mut copy) = (made_up(1, 1.0, 60, 3, &[]), made_up(1, 1.0, 60, 3, &[]));
    copy.directory = "elsewhere".into();
    let ranking = compare_many(&[one.clone(), copy], Some(1), &[], &options());
    assert_eq!((ranking.rows.len(), ranking.rows[0].directories.len(), ranking.rows[0].reads), (1, 1, 6000));
    assert!(ranking.rows[0].is_baseline);
    let warnings = &ranking.warnings;
    assert!(warnings.iter().any(|warning| warning.starts_with("elsewhere is given twice")), "{warnings:?}");
}

#[test]
fn charts_of_a_pair_describe_all_they_show() {
    let (a, b) = (made_up(1, 1.0, 60, 1, &[]), made_up(2, 2.0, 60, 1, &[(1000, 3000), (4000, 4500)]));
    let comparison = compare_pair(&a, &b, &options());
    let charts = comparison_charts(&comparison, &a, &b).unwrap();
    assert_eq!(charts, comparison_charts(&comparison, &a, &b).unwrap(), "the same data give the same bytes");
    let names: Vec<_> = charts.iter().map(|chart| chart.name.as_str()).collect();
    assert_eq!(names, ["comparison-latency-by-percentile", "comparison-ratios", "comparison-completed"]);
    charts.iter().for_each(check);
    for (chart, words) in charts.iter().zip([
        &["percentile (logarithmic)", "response time, ms (logarithmic)"][..],
        &["B / A (logarithmic)", "lookup p99", "slower"],
        &["B frozen"],
    ]) {
        assert!(words.iter().all(|words| has(chart, words)), "{:?}", words_of(chart));
    }
    assert!(!has(&charts[2], "A frozen"), "{:?}", words_of(&charts[2]));
    for (chart, counts) in
        charts.iter().zip(["reads 6000 in A, 6000 in B; commits 100 in A", "replace p99 (100 and 100)"])
    {
        assert!(chart.description.contains(counts), "{}", chart.description);
    }
    // Nothing to draw is no chart.
    let empty = made_up(1, 1.0, 0, 0, &[]);
    let mut other = empty.clone();
    other.run.started.push('1');
    let nothing = compare_pair(&empty, &other, &options());
    assert_eq!(comparison_charts(&nothing, &empty, &other).unwrap(), []);
    let first = nothing.to_string().lines().next().map(str::to_owned);
    assert_eq!(first.as_deref(), Some("It is undecided whether A or B is better: no figure of both has an interval."));
}

#[test]
fn what_completed_is_compared_as_a_share_of_what_was_scheduled() {
    let (mut a, mut b) = (made_up(1, 1.0, 60, 1, &[]), made_up(2, 1.0, 60, 1, &[]));
    let set = |side: &mut LoadedRun, [due, completed]: [u64; 2]| {
        (side.run.summary.writers.due, side.run.summary.writers.completed) = (due, completed);
    };
    let found = |a: &LoadedRun, b: &LoadedRun| {
        let comparison = compare_pair(a, b, &options());
        let is_it = |row: &FigureDifference| row.figure == ComparedFigure::CompletedShare && row.role == "writer";
        (comparison.differences.iter().find(|row| is_it(row)).cloned().unwrap(), comparison.regressions)
    };
    // All of a schedule is the same as all of another, without any interval.
    set(&mut a, [100, 100]);
    set(&mut b, [90, 90]);
    let (all, _) = found(&a, &b);
    assert_eq!((all.effect, all.ratio.value(), all.b.value()), (Effect::Same, None, Some(&1.0)));
    set(&mut b, [100, 50]);
    let (half, regressions) = found(&a, &b);
    let ratio = half.ratio.value().unwrap();
    assert!((ratio.value - 0.5).abs() < 1e-9 && half.effect == Effect::Worse, "{half:?}");
    assert!(regressions.iter().any(|row| row.figure == ComparedFigure::CompletedShare), "{regressions:?}");
    // Nothing of it is a share too, in one or in both.
    let mut none = made_up(2, 1.0, 60, 0, &[]);
    set(&mut none, [100, 0]);
    let (nothing, _) = found(&a, &none);
    assert_eq!((nothing.effect, nothing.b.value()), (Effect::Worse, Some(&0.0)));
    let conclusion = compare_pair(&a, &none, &options()).conclusion;
    assert!(conclusion.contains("commits' completed share is down from 100.0 % to 0.0 % in B"), "{conclusion}");
    assert_eq!(found(&none, &a).0.effect, Effect::Better);
    assert_eq!(found(&none, &none).0.effect, Effect::Same);
    // In a closed loop there is no schedule.
    b.run.scenario = scenario(&["readers.arrivals=closed"]);
    let rows = compare_pair(&a, &b, &options()).differences;
    assert!(rows.iter().any(|row| row.figure == ComparedFigure::CompletedPerS && row.role == "reader"));
}
