//! Made-up rows: a conclusion never contradicts them, and seldom takes chance for a difference.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::conclude::{claim::effect_of, difference};

const LEAST: f64 = 0.05;

fn row(name: &str, ratio: Option<Estimate>, tails: Option<Tails>) -> Stated {
    let effect = ratio.map_or(Effect::Unknown, |ratio| effect_of(&ratio, LEAST, false));
    let sentence = |ratio| difference::differs(name, "B", ["1".to_owned(), "2".to_owned()], &ratio, "95 % interval");
    let sentence = ratio.filter(|_| effect.is_real()).map(sentence);
    Stated { name: name.to_owned(), effect, ratio, tails, sentence }
}

fn ratio(value: f64, width: f64) -> Option<Estimate> {
    Some(Estimate { value, low: value / width, high: value * width })
}

fn subject(name: &str, rows: Vec<Stated>) -> Subject {
    Subject { name: name.to_owned(), places: "loads", are_independent: true, rows }
}

fn single(name: &str, value: f64, width: f64) -> Subject {
    subject(name, vec![row(name, ratio(value, width), Some(Tails::Normal))])
}

fn said(subjects: &[Subject]) -> String {
    answer(["A", "B"], "B", RESULTS, subjects, LEAST).clause
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
            "It is undecided whether A or B is better: no difference is significant; p99 could be -27 to +65 %",
        ),
        (
            vec![subject("p99", vec![row("p99", None, None)])],
            "It is undecided whether A or B is better: p99 has no ratio with an interval",
        ),
        (vec![], "Nothing can be concluded: A and B have nothing in common that could be compared"),
    ] {
        assert_eq!(said(&subjects), expected);
    }
}

#[test]
fn points_that_agree_are_one_sentence_and_evidence_together() {
    // Each alone would not be enough among so many, with the heavy tails of a few repeats.
    let points = |values: [f64; 4]| {
        let rows = values.iter().map(|value| row("p99 at n", ratio(*value, 1.3), Some(Tails::Repeats)));
        vec![subject("p99", rows.collect()), single("commit", 1.0, 1.2)]
    };
    let all = said(&points([0.6, 0.7, 0.6, 0.5]));
    assert_eq!(all, "B is better than A: p99 is lower in B at all 4 loads; none is worse");
    let answer = answer(["A", "B"], "B", RESULTS, &points([0.6, 0.7, 0.6, 1.0]), LEAST);
    assert_eq!(answer.sentences, ["p99 is lower in B at 3 of 4 loads (B / A 0.60 to 0.70)"]);
    let one = said(&points([0.6, 1.0, 1.0, 1.0]));
    assert_eq!(
        one,
        "It is undecided whether A or B is better: 1 of 5 intervals shows a difference, which chance may do"
    );
}

#[test]
fn chance_is_seldom_concluded_from() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut is_claimed = || {
        let subjects: Vec<Subject> = (0..14)
            .map(|_| {
                let error: f64 = StandardNormal.sample(&mut random);
                single("p99", (0.2 * error).exp(), (0.2_f64 * 1.96).exp())
            })
            .collect();
        !answer(["A", "B"], "B", RESULTS, &subjects, LEAST).sentences.is_empty()
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
        let subjects: Vec<Subject> = rows.into_iter().map(|rows| subject("p99", rows)).collect();
        let Answer { clause, sentences } = answer(["A", "B"], "B", RESULTS, &subjects, LEAST);
        let has = |effect| subjects.iter().flat_map(|subject| &subject.rows).any(|row| row.effect == effect);
        let all_same = subjects.iter().flat_map(|subject| &subject.rows).all(|row| row.effect == Effect::Same);
        prop_assert!(!clause.contains("is better than") || has(Effect::Better), "{}", clause);
        prop_assert!(!clause.contains("is worse than") || has(Effect::Worse), "{}", clause);
        prop_assert!(!clause.contains("none is worse") || !has(Effect::Worse), "{}", clause);
        prop_assert!(!clause.contains("none is better") || !has(Effect::Better), "{}", clause);
        prop_assert!(!clause.contains("in every figure") || all_same, "{}", clause);
        let is_claimed = clause.contains("is better than") || clause.contains("is worse than");
        prop_assert_eq!(is_claimed, !sentences.is_empty(), "{}", clause);
        // What has all that is possible for an interval and leaves out 1 is never chance.
        let is_beyond = |row: &Stated| row.tails.is_none() && row.effect.is_real();
        let is_beyond_doubt = subjects.iter().flat_map(|subject| &subject.rows).any(is_beyond);
        prop_assert!(!is_beyond_doubt || is_claimed, "{}", clause);
    }
}
