use proptest::{collection::vec, prelude::*, sample};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::{
    results::{Availability, Totals, Verdict, fixtures},
    scenario::Emulation,
};

/// Deviations of the four times from run to run, as shares: those of medians are small, those of high percentiles large.
const SCATTER: [f64; 4] = [0.02, 0.06, 0.03, 0.05];

/// A session on a machine that drifts by a tenth, whose B takes so many times as long for a commit.
fn session(seed: u64, pairs: u32, slowdown: f64) -> Ab {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut found = fixtures::ab(pairs, |arm, order, number| {
        let noise: f64 = StandardNormal.sample(&mut random);
        let drift = 1.1_f64.powf(f64::from(order - 1) / f64::from(2 * pairs - 1));
        let effect = if arm == "B" && number >= 2 { slowdown } else { 1.0 };
        drift * effect * (SCATTER[number] * noise).exp()
    });
    conclude(&mut found);
    found
}

fn row(found: &Ab, figure: KeyFigure) -> &AbFigure {
    found.figures.iter().find(|row| row.figure == figure).unwrap()
}

#[test]
fn a_scenario_against_itself_differs_in_nothing_in_19_of_20_repetitions() {
    let is_alike = |seed: &u64| session(*seed, 6, 1.0).figures.iter().all(|row| !row.effect.is_real());
    assert!((0..20).filter(is_alike).count() >= 19);
    // Of many, as often as the correction promises: with 95 %.
    assert!((100..500).filter(is_alike).count() >= 376);
}

#[test]
fn a_slowdown_of_20_percent_is_found_in_9_of_10_within_6_pairs() {
    let is_found = |seed: &u64| row(&session(*seed, 6, 1.2), KeyFigure::CommitP50Ns).effect == Effect::Worse;
    assert!((0..10).filter(is_found).count() >= 9);
}

#[test]
fn the_statement_names_the_difference_with_its_interval_and_its_pairs() {
    let found = session(1, 6, 1.2);
    let change = row(&found, KeyFigure::CommitP50Ns).change.value().unwrap();
    assert!(change.contains(1.2), "{change:?}");
    let said = &found.statement;
    assert!(said.starts_with("B is slower than A: commit p"), "{said}");
    assert!(said.contains("in 6 of 6 pairs") && said.contains("% higher (B/A 1."), "{said}");
    // The other way round it is faster.
    assert!(session(1, 6, 1.0 / 1.2).statement.starts_with("B is faster than A: commit p"));
}

#[test]
fn what_scatters_little_is_the_same_and_what_scatters_much_says_how_many_pairs_decide() {
    let mut quiet = fixtures::ab(6, |arm, order, _| if arm == "A" { 1.0 } else { 1.0 + 0.001 * f64::from(order) });
    conclude(&mut quiet);
    assert_eq!(quiet.statement, "A and B are the same within 5 % in every figure");
    // What is the same in every run is no test.
    assert_eq!(row(&quiet, KeyFigure::FrozenShare).p, None);
    let mut loud =
        fixtures::ab(6, |_, order, number| if (order + number as u32).is_multiple_of(3) { 1.3 } else { 1.0 });
    conclude(&mut loud);
    let statement = &loud.statement;
    assert!(statement.starts_with("undecided: ") && statement.contains("more pairs would decide"), "{statement}");
}

#[test]
fn a_steady_drift_cancels_and_is_reported() {
    let mut even = fixtures::ab(6, |_, order, _| 1.5_f64.powf(f64::from(order - 1) / 11.0));
    conclude(&mut even);
    let drift = row(&even, KeyFigure::ReaderP50Ns).drift.unwrap();
    assert!((drift.a.value - 1.5).abs() < 0.01 && (drift.b.value - 1.5).abs() < 0.01, "{drift:?}");
    let notes = &even.notes;
    assert!((drift.left - 1.0).abs() < 1e-9 && notes.last().unwrap().ends_with("cancels a steady drift"), "{notes:?}");
    assert!((row(&even, KeyFigure::ReaderP50Ns).change.value().unwrap().value - 1.0).abs() < 0.001);
    // Of five pairs one is not made good by its neighbour.
    let mut odd = fixtures::ab(5, |_, order, _| 1.5_f64.powf(f64::from(order - 1) / 9.0));
    conclude(&mut odd);
    let expected = 1.5_f64.powf(1.0 / 9.0 / 5.0);
    assert!((row(&odd, KeyFigure::ReaderP50Ns).drift.unwrap().left - expected).abs() < 0.001);
}

#[test]
fn pairs_that_are_worlds_apart_have_no_interval_and_are_undecided() {
    let mut wild = fixtures::ab(2, |_, order, number| if order == 2 && number == 0 { 1e6 } else { 1.0 });
    conclude(&mut wild);
    let read = row(&wild, KeyFigure::ReaderP50Ns);
    assert_eq!((read.effect, read.change.value()), (Effect::Undecided, None));
    assert!(wild.statement.starts_with("undecided: read p50"), "{}", wild.statement);
}

#[test]
fn what_is_emulated_is_marked() {
    let mut found = fixtures::ab(2, |_, _, _| 1.0);
    found.runs[1].emulate = Emulation::Demap;
    conclude(&mut found);
    assert!(found.notes.iter().any(|note| note.starts_with("B is emulated")), "{:?}", found.notes);
    assert!(found.notes.iter().all(|note| !note.starts_with("A is emulated")), "{:?}", found.notes);
}

#[test]
fn pairs_with_a_run_that_says_nothing_are_left_out() {
    let mut found = fixtures::ab(3, |_, _, _| 1.0);
    found.runs[0].complete = false;
    found.runs[2].verdict =
        Some(Verdict { outcome: Judgement::Invalid, reasons: vec!["late".to_owned()], clauses: vec![] });
    conclude(&mut found);
    assert_eq!(found.pairs, [3]);
    assert_eq!(
        found.notes[..2],
        ["pair 1 is left out: A's run is incomplete", "pair 2 is left out: B's run is invalid (late)"]
    );
    assert!(found.statement.starts_with("Nothing can be concluded: there is 1 whole pair"), "{}", found.statement);
    // An interrupted one has what it has.
    let mut cut = fixtures::ab(6, |_, _, _| 1.0);
    cut.runs.truncate(5);
    conclude(&mut cut);
    assert_eq!((cut.pairs.len(), cut.notes[0].as_str()), (2, "pair 3 is left out: B's run was not made"));
}

#[test]
fn percentiles_of_too_few_values_say_so_and_absent_figures_are_absent() {
    let mut found = fixtures::ab(3, |_, _, _| 1.0);
    for run in &mut found.runs {
        run.responses[1].count = 100;
        run.readers = Totals { due: 0, completed: 0, ..run.readers };
    }
    conclude(&mut found);
    let Availability::Unavailable { unavailable } = &row(&found, KeyFigure::CommitP99Ns).change else { panic!() };
    assert!(unavailable.starts_with("100 values are too few: it takes 400"), "{unavailable}");
    assert!(found.figures.iter().all(|row| row.figure != KeyFigure::ReadersCompletedShare));
    assert!(found.statement.starts_with("A and B are the same within 5 % in the 7 figures"), "{}", found.statement);
}

#[test]
fn commits_that_are_not_done_and_freezes_are_differences_too_and_regressions() {
    let mut found = fixtures::ab(6, |_, _, _| 1.0);
    for run in found.runs.iter_mut().filter(|run| run.settings[0].value == "B") {
        run.writers.completed = 0;
        run.longest_freeze_ns = Some(100_000_000 + 10_000_000 * u64::from(run.order));
    }
    found.allowed_regression = Some(0.1);
    conclude(&mut found);
    assert_eq!(found.regressions, [KeyFigure::CommitsCompletedShare, KeyFigure::LongestFreezeNs]);
    let statement = &found.statement;
    assert!(
        statement.starts_with("B is worse than A: commits completed is 0.0 % in B and 100.0 % in A"),
        "{statement}"
    );
    let mut slower = session(1, 6, 1.2);
    for (allowed, expected) in [(0.05, true), (0.4, false)] {
        slower.allowed_regression = Some(allowed);
        conclude(&mut slower);
        assert_eq!(slower.regressions.contains(&KeyFigure::CommitP50Ns), expected, "{allowed}");
    }
}

#[test]
fn scenarios_differ_in_their_keys_but_for_the_seed() {
    let scenario = |sets: &[&str]| {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        Scenario::parse("x", "[file]\nmailboxes = 5\n", &sets).unwrap()
    };
    let keys =
        differing_keys([&scenario(&["run.seed=1"]), &scenario(&["writer.rate=20/s", "slo.clauses=['rate>=0.5']"])]);
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].key.as_str(), keys[0].values[1].as_str()), ("writer.rate", "20/s"));
}

fn judged() -> impl Strategy<Value = (KeyFigure, Effect, f64)> {
    let effects = vec![Effect::Better, Effect::Worse, Effect::Same, Effect::Undecided, Effect::Unknown];
    (sample::select(KEY_FIGURES.to_vec()), sample::select(effects), 0.0..1.0f64)
}

proptest! {
    #[test]
    fn a_figure_never_contradicts_its_interval_and_its_pairs(
        factors in vec(0.5..2.0f64, 12), slowdown in 0.6..1.7f64, pairs in 2..=6u32,
    ) {
        let mut found = fixtures::ab(pairs, |arm, order, _| {
            factors[order as usize - 1].powf(0.2) * if arm == "B" { slowdown } else { 1.0 }
        });
        conclude(&mut found);
        for row in &found.figures {
            let change = row.change.value().unwrap();
            let (none, small) = if row.is_ratio { (1.0, 1.0 / row.least..=row.least) } else { (0.0, -row.least..=row.least) };
            let is_rise = change.value > none;
            match row.effect {
                Effect::Better | Effect::Worse => {
                    prop_assert!(!change.contains(none) && !small.contains(&change.value) && row.p.unwrap() <= LEVEL, "{row:?}");
                    prop_assert_eq!(row.effect == Effect::Better, is_rise == row.figure.more_is_better());
                }
                Effect::Same => prop_assert!(small.contains(&change.value), "{row:?}"),
                Effect::Undecided | Effect::Chance => prop_assert!(row.p.is_some() && row.more_pairs != Some(0), "{row:?}"),
                Effect::Unknown => prop_assert!(false, "all have a change: {row:?}"),
            }
            prop_assert!(row.agreeing as usize <= row.each.len() && row.each.len() == pairs as usize);
        }
    }

    #[test]
    fn the_statement_never_contradicts_the_figures(rows in vec(judged(), 1..9)) {
        let mut found = fixtures::ab(6, |_, _, _| 1.0);
        conclude(&mut found);
        let template = found.figures[0].clone();
        found.figures = rows.iter().map(|(figure, effect, p)| AbFigure { figure: *figure, effect: *effect, p: Some(*p), ..template.clone() }).collect();
        let said = sentences::statement(&found);
        let any = |wanted| rows.iter().any(|(_, effect, _)| *effect == wanted);
        prop_assert_eq!(said.contains("faster than") || said.contains("better"), any(Effect::Better), "{}", said);
        prop_assert_eq!(said.contains("slower than") || said.contains("worse"), any(Effect::Worse), "{}", said);
        prop_assert_eq!(said.contains("undecided"), any(Effect::Undecided) || any(Effect::Chance), "{}", said);
        prop_assert!(!said.contains("in every figure") || rows.iter().all(|(_, effect, _)| *effect == Effect::Same), "{}", said);
    }
}
