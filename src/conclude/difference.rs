//! A difference between two results in words: a word for a table, a sentence for a person.

use super::wording::{effect_word, interval, show};
use crate::{
    results::{ComparedFigure, FigureDifference},
    scenario::units::factor,
    stats::Estimate,
};

/// What is said of B in a word or three.
pub fn verdict(row: &FigureDifference) -> &'static str {
    let (better, worse) = match row.figure {
        ComparedFigure::CompletedPerS | ComparedFigure::CompletedShare => ("more", "fewer"),
        ComparedFigure::FrozenShare => ("less", "more"),
        _ => ("faster", "slower"),
    };
    effect_word(row.effect, better, worse, "no interval")
}

/// A sentence, and what it rests on, in brackets; displayed, both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub words: String,
    /// May be empty.
    pub evidence: String,
}

impl std::fmt::Display for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.words, self.evidence)
    }
}

impl Sentence {
    pub fn new(words: String) -> Sentence {
        Sentence { words, evidence: String::new() }
    }
}

/// A real difference of the other result, which has this letter, in a sentence; `None`: it is none.
pub fn sentence(row: &FigureDifference, letter: &str) -> Option<Sentence> {
    let (a, b) = row.a.value().zip(row.b.value()).filter(|_| row.effect.is_real())?;
    let (a, b) = (show(row.figure, *a), show(row.figure, *b));
    Some(match (row.ratio.value(), row.figure) {
        (Some(ratio), _) => differs(&name(row), letter, [a, b], ratio, "95 % interval"),
        (None, ComparedFigure::FrozenShare) => {
            Sentence::new(format!("time frozen: {b} of the time in {letter} and none in A"))
        }
        (None, _) => Sentence::new(format!("{}: {b} in {letter} and none in A", name(row))),
    })
}

/// That a subject's figure differs, with both values and their ratio; `letter`: the other result, `kind`: what the interval is.
pub fn differs(subject: &str, letter: &str, [a, b]: [String; 2], ratio: &Estimate, kind: &str) -> Sentence {
    let direction = if ratio.value < 1.0 { "down" } else { "up" };
    let change = match ratio.value {
        0.0 => format!("{direction} from {a} to {b} in {letter}"),
        value => format!("{} in {letter}, {direction} from {a} to {b}", amount(value)),
    };
    let evidence = format!(" ({letter} / A {}, {kind} {})", factor(ratio.value), interval(ratio));
    Sentence { words: format!("{subject} is {change}"), evidence }
}

/// A ratio in words: `2.4× as high`, `35 % higher`, `35 % lower`, `8.3× lower`.
pub(super) fn amount(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 2.0 => format!("{}× as high", factor(ratio)),
        ratio if ratio >= 1.0 => format!("{:.0} % higher", (ratio - 1.0) * 100.0),
        ratio if ratio >= 0.5 => format!("{:.0} % lower", (1.0 - ratio) * 100.0),
        ratio => format!("{}× lower", factor(1.0 / ratio)),
    }
}

pub fn name(row: &FigureDifference) -> String {
    let all = match row.subject.as_str() {
        "reader" => "readers'",
        "commit" => "commits'",
        other => other,
    };
    match row.figure {
        ComparedFigure::CompletedPerS => format!("{all} completed per second"),
        ComparedFigure::CompletedShare => format!("{all} completed share"),
        ComparedFigure::FrozenShare | ComparedFigure::LongestFreezeNs => row.figure.name().to_owned(),
        figure => format!("{all} response {}", figure.name()),
    }
}

/// The same, as short as a table wants it.
pub fn short_name(row: &FigureDifference) -> String {
    match row.figure {
        ComparedFigure::FrozenShare | ComparedFigure::LongestFreezeNs => row.figure.name().to_owned(),
        figure => format!("{} {}", row.subject, figure.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Availability, Effect};

    #[test]
    fn differences_are_plain_sentences() {
        use ComparedFigure::*;
        let all =
            "lookup response p99 is 2.4× as high in B, up from 24 ms to 58 ms (B / A 2.4, 95 % interval 1.93 to 2.9)";
        for (figure, [a, b], ratio, effect, expected) in [
            (ResponseP99Ns, [24e6, 58e6], 2.41, Effect::Worse, all),
            (ResponseP99Ns, [58e6, 40e6], 0.69, Effect::Better, "lookup response p99 is 31 % lower in B, down from"),
            (ResponseP99Ns, [58e6, 5e6], 0.086, Effect::Better, "lookup response p99 is 12× lower in B, down from"),
            (CompletedPerS, [10.0, 6.5], 0.65, Effect::Worse, "lookup completed per second is 35 % lower in B"),
            (FrozenShare, [0.0, 0.12], f64::NAN, Effect::Worse, "time frozen: 12 % of the time in B and none in A"),
            (FrozenShare, [0.12, 0.0], 0.0, Effect::Better, "time frozen is down from 12 % to none in B (B / A 0"),
            (ResponseP99Ns, [1.0, 1.2], 1.2, Effect::Undecided, ""),
        ] {
            let interval = Estimate { value: ratio, low: ratio * 0.8, high: ratio * 1.2 };
            let row = FigureDifference {
                role: String::new(),
                subject: "lookup".to_owned(),
                figure,
                a: Availability::Value(a),
                b: Availability::Value(b),
                counts: [9, 9],
                effective: [None; 2],
                ratio: if ratio.is_nan() { Err("none".to_owned()) } else { Ok(interval) }.into(),
                effect,
            };
            let sentence = sentence(&row, "B").map_or_else(String::new, |sentence| sentence.to_string());
            assert!(sentence.starts_with(expected) && sentence.is_empty() == expected.is_empty(), "{sentence}");
        }
    }
}
