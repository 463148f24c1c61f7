//! Made-up rows: a conclusion never contradicts them, and seldom takes chance for a difference.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::{
    conclude::{claim::effect_of, difference},
    stats::{Tails, p_value},
};

const LEAST: f64 = 0.05;

/// `adjusted_p` is that of its own interval alone.
fn row(name: &str, ratio: Option<Estimate>, tails: Option<Tails>) -> Stated {
    let adjusted_p = ratio.zip(tails).map(|(ratio, tails)| p_value(&ratio, tails));
    let effect = ratio.map_or(Effect::Unknown, |ratio| effect_of(&ratio, LEAST, false));
    let sentence = |ratio| difference::differs(name, "B", ["1".to_owned(), "2".to_owned()], &ratio, "95 % interval");
    let sentence = ratio.filter(|_| effect.is_real()).map(sentence);
    Stated { name: name.to_owned(), effect, ratio, adjusted_p, sentence }
}

fn ratio(value: f64, width: f64) -> Option<Estimate> {
    Some(Estimate { value, low: value / width, high: value * width })
}

fn subject(name: &str, rows: Vec<Stated>) -> Subject {
    Subject { name: name.to_owned(), places: "loads", rows }
}

fn single(name: &str, value: f64, width: f64) -> Subject {
    subject(name, vec![row(name, ratio(value, width), Some(Tails::Normal))])
}

/// Corrects all of them together.
fn of_family(subjects: &mut [Subject]) -> Answer {
    let tests = subjects.iter().enumerate().flat_map(|(subject, found)| {
        let test = move |row: &Stated| Test { subject, are_independent: true, p: row.adjusted_p, effect: row.effect };
        found.rows.iter().map(test)
    });
    let adjusted = adjusted(&tests.collect::<Vec<_>>());
    for (row, p) in subjects.iter_mut().flat_map(|subject| &mut subject.rows).zip(adjusted) {
        (row.adjusted_p, row.effect) = (p, corrected(row.effect, p));
    }
    answer(["A", "B"], "B", RESULTS, subjects, LEAST)
}

fn said(mut subjects: Vec<Subject>) -> String {
    of_family(&mut subjects).clause
}

#[test]
fn the_most_important_difference_stands_in_the_sentence() {
    let (less, more) = (|name| single(name, 0.5, 1.1), |name| single(name, 3.0, 1.1));
    for (subjects, expected) in [
        (
            vec![less("p99"), less("p50")],
            "B is better than A: p99 is 50 % lower in B, down from 1 to 2; 1 more figure is better, none is worse",
        ),
        (vec![more("p99")], "B is worse than A: p99 is 3.0× as high in B, up from 1 to 2; none is better"),
        (
            vec![more("p99"), less("p50")],
            "B is better than A in some figures, and worse in others: p50 is 50 % lower in B, down from 1 to 2, but p99 is 3.0× as high in B, up from 1 to 2",
        ),
        (vec![single("p99", 1.0, 1.01)], "A and B are the same within 5 % in every figure"),
        (
            vec![single("p99", 1.1, 1.5)],
            "it is undecided whether A or B is better: no difference is significant; p99 could be -27 to +65 % (about 19 times as much measuring would decide)",
        ),
        (
            vec![subject("p99", vec![row("p99", None, None)])],
            "it is undecided whether A or B is better: p99 has no ratio with an interval",
        ),
        (vec![], "nothing can be concluded: A and B have nothing in common that could be compared"),
    ] {
        assert_eq!(said(subjects), expected);
    }
}

#[test]
fn points_that_agree_are_one_sentence_and_evidence_together() {
    // Each alone would not be enough among so many, with the heavy tails of a few repeats.
    let points = |values: [f64; 4]| {
        let rows = values.iter().map(|value| row("p99 at n", ratio(*value, 1.3), Some(Tails::Repeats)));
        vec![subject("p99", rows.collect()), single("commit", 1.0, 1.2)]
    };
    let all = said(points([0.6, 0.7, 0.6, 0.5]));
    assert_eq!(all, "B is better than A: p99 is lower in B at all 4 loads; none is worse");
    let answer = of_family(&mut points([0.6, 0.7, 0.6, 1.0]));
    assert_eq!(answer.sentences, ["p99 is lower in B at 3 of 4 loads (B / A 0.60 to 0.70)"]);
    let one = said(points([0.6, 1.0, 1.0, 1.0]));
    let chance = "it is undecided whether A or B is better: 1 of 5 intervals shows a difference, which chance may do";
    assert_eq!(one, chance);
}

#[test]
fn chance_is_seldom_concluded_from() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut is_claimed = || {
        let mut subjects: Vec<Subject> = (0..14)
            .map(|_| {
                let error: f64 = StandardNormal.sample(&mut random);
                single("p99", (0.2 * error).exp(), (0.2_f64 * 1.96).exp())
            })
            .collect();
        !of_family(&mut subjects).sentences.is_empty()
    };
    let claimed = (0..2000).filter(|_| is_claimed()).count();
    // Of single intervals half of the comparisons would have one.
    assert!((40..160).contains(&claimed), "{claimed} of 2000");
}

fn any_row() -> impl Strategy<Value = Stated> {
    let tails = prop_oneof![Just(None), Just(Some(Tails::Normal)), Just(Some(Tails::Repeats))];
    (0.05..20.0f64, 1.0..4.0f64, tails, any::<bool>())
        .prop_map(|(value, width, tails, has_ratio)| row("p99", ratio(value, width).filter(|_| has_ratio), tails))
}

proptest! {
    #[test]
    fn no_conclusion_contradicts_its_rows(rows in prop::collection::vec(prop::collection::vec(any_row(), 1..6), 0..6)) {
        let mut subjects: Vec<Subject> = rows.into_iter().map(|rows| subject("p99", rows)).collect();
        let raw: Vec<Effect> = subjects.iter().flat_map(|subject| &subject.rows).map(|row| row.effect).collect();
        let Answer { clause, sentences } = of_family(&mut subjects);
        let rows = || subjects.iter().flat_map(|subject| &subject.rows);
        let has = |effect| rows().any(|row| row.effect == effect);
        prop_assert!(!clause.contains("is better than") || has(Effect::Better), "{}", clause);
        prop_assert!(!clause.contains("is worse than") || has(Effect::Worse), "{}", clause);
        prop_assert!(!clause.contains("none is worse") || !has(Effect::Worse), "{}", clause);
        prop_assert!(!clause.contains("none is better") || !has(Effect::Better), "{}", clause);
        prop_assert!(!clause.contains("in every figure") || rows().all(|row| row.effect == Effect::Same), "{}", clause);
        let is_claimed = clause.contains("is better than") || clause.contains("is worse than");
        prop_assert_eq!(is_claimed, !sentences.is_empty(), "{}", clause);
        // A row says of its own what the conclusion says, or that it may be chance.
        prop_assert_eq!(is_claimed, rows().any(|row| row.effect.is_real()), "{}", clause);
        for (row, raw) in rows().zip(raw) {
            prop_assert!(row.effect == raw || row.effect == Effect::Chance && raw.is_real());
            // What was not tested, as it has all that is possible for an interval, is never chance.
            prop_assert!(row.effect != Effect::Chance || row.adjusted_p.is_some_and(|p| p > 0.05));
        }
    }
}
