//! Sweeps point by point, and what-ifs mitigation by mitigation, each compared with the first. The figures are those of `sweep.json` and
//! `what-if.json`. The runs in them need not be there; where they are, it is known in which keys the scenarios differ.

mod row;
mod sweep;
#[cfg(test)]
mod tests;
mod what_if;

use super::{
    conclusion::Verbs,
    machine::fact,
    matching,
    rows::{Gathered, MatchedRow, Whole, matched},
};
use crate::{
    conclude::{
        claim::{SAME, effect_of},
        letter,
        wording::first_of,
    },
    results::{Effect, KeyDifference, KeyFigure, Part, PartComparison, PartDifference, PartValue, Provenance, Run},
    scenario::Setting,
};

pub use sweep::{compare_sweeps, on_common_axes};
pub use what_if::compare_what_ifs;

/// So many parts that only some results have are named.
const NAMED: usize = 4;

struct Figures {
    part: Part,
    provenance: Provenance,
    figures: Vec<(Option<KeyFigure>, Result<PartValue, String>)>,
    /// What the figures rest on: hashes of scenarios; of a knee, the objectives. What shares none of it differs in more than its machine.
    basis: Vec<String>,
}

/// `None`: not all scenarios are there.
fn scenario_differences(runs: impl Iterator<Item = Option<Run>>, across: &[String]) -> Option<Vec<KeyDifference>> {
    let runs: Vec<Run> = runs.collect::<Option<_>>()?;
    Some(matching::differences(&runs.iter().collect::<Vec<_>>(), across))
}

fn compare(
    mut results: Vec<(Gathered, Vec<Figures>)>,
    (kind, verbs): (&'static str, Verbs),
    scenario: Option<Vec<KeyDifference>>,
    least_effect: f64,
) -> PartComparison {
    let (mut differences, mut doubts) = (Vec::new(), Vec::new());
    for other in 1..results.len() {
        let (first, second) = (&results[0].1, &results[other].1);
        let pairs: Vec<(&Figures, &Figures)> =
            first.iter().filter_map(|a| Some((a, second.iter().find(|b| is_same(&a.part, &b.part))?))).collect();
        if scenario.is_none() {
            doubts.extend(doubt(&pairs, kind, other));
        }
        for (a, b) in pairs {
            for (figure, first) in &a.figures {
                let Some((_, second)) = b.figures.iter().find(|(other, _)| other == figure) else { continue };
                let ratio = match a.is_knee() && !a.rests_with(b) {
                    true => Err("knees of different objectives are not compared".to_owned()),
                    false if results[other].0.pairing.is_same && !is_nothing(first) && first.is_ok() => {
                        Ok(PartValue::of(SAME))
                    }
                    false => ratio(&a.part, first, second, other),
                };
                let more_is_better = figure.is_none_or(KeyFigure::more_is_better);
                let interval = ratio.as_ref().ok().and_then(PartValue::estimate);
                let effect = interval.map_or(Effect::Unknown, |ratio| effect_of(&ratio, least_effect, more_is_better));
                differences.push(PartDifference {
                    other,
                    part: a.part.clone(),
                    provenance: a.provenance.max(b.provenance),
                    figure: *figure,
                    // Nothing twice is the same, without any interval.
                    effect: if is_nothing(first) && is_nothing(second) { Effect::Same } else { effect },
                    a: first.clone().into(),
                    b: second.clone().into(),
                    ratio: ratio.into(),
                    adjusted_p: None,
                });
            }
        }
    }
    differences.sort_by_key(|row| (row.other, row.table().0));
    let has = |parts: &[Figures], part: &Part| parts.iter().any(|other| is_same(&other.part, part));
    let alone = |parts: &[Figures]| {
        let some = parts.iter().filter(|found| results.iter().any(|(_, others)| !has(others, &found.part)));
        let some: Vec<String> = some.map(|found| found.part.to_string()).collect();
        if some.is_empty() { "none".to_owned() } else { first_of(&some, NAMED) }
    };
    let alone: Vec<String> = results.iter().map(|(_, parts)| alone(parts)).collect();
    for ((result, _), alone) in results.iter_mut().zip(alone) {
        result.plan.push(fact(&format!("{kind}s that not all have"), alone));
    }
    let results = results.into_iter().map(|(result, _)| result).collect();
    let whole = Whole { part: kind, verbs, scenario: scenario.unwrap_or_default(), doubts, least_effect };
    matched(results, whole, differences)
}

/// Why the loads of matched parts may not be the same, where the scenarios are not there to be compared key by key; `None`: they are, by their hashes.
fn doubt(pairs: &[(&Figures, &Figures)], kind: &str, other: usize) -> Option<String> {
    let letter = letter(other);
    let loads: Vec<_> = pairs.iter().filter(|(a, _)| !a.is_knee()).collect();
    let elsewhere: Vec<_> = loads.iter().filter(|(a, b)| !a.rests_with(b)).collect();
    let unknown = "the runs are not here, so the keys are not known: what figures differ by may come from them";
    match elsewhere.first() {
        Some((part, _)) => Some(format!(
            "A and {letter} have other scenarios (scenario_hash) in {} of {} {kind}s, the first of them {}; {unknown}",
            elsewhere.len(),
            loads.len(),
            part.part
        )),
        None if loads.is_empty() && !pairs.is_empty() => Some(format!(
            "A and {letter} have no {kind} in common by which their scenarios could be compared; {unknown}"
        )),
        None => None,
    }
}

impl Figures {
    fn is_knee(&self) -> bool {
        matches!(self.part, Part::Knee { .. })
    }

    fn rests_with(&self, other: &Figures) -> bool {
        self.basis.iter().any(|basis| other.basis.contains(basis))
    }
}

fn is_nothing(value: &Result<PartValue, String>) -> bool {
    value.as_ref().is_ok_and(|value| value.value == 0.0)
}

fn is_same(one: &Part, other: &Part) -> bool {
    match (one, other) {
        (Part::Point(one), Part::Point(other)) => is_same_point(one, other),
        (Part::Knee { key, at }, Part::Knee { key: other_key, at: other }) => {
            key == other_key && is_same_point(at, other)
        }
        _ => one == other,
    }
}

/// Settings are the same in any order, and numbers however they were written.
pub fn is_same_point(one: &[Setting], other: &[Setting]) -> bool {
    let is_same = |one: &Setting, other: &Setting| {
        one.key == other.key && if one.number.is_some() { one.number == other.number } else { one.value == other.value }
    };
    one.len() == other.len() && one.iter().all(|one| other.iter().any(|other| is_same(one, other)))
}

fn ratio(
    part: &Part,
    a: &Result<PartValue, String>,
    b: &Result<PartValue, String>,
    other: usize,
) -> Result<PartValue, String> {
    let (Ok(a), Ok(b)) = (a, b) else {
        let values = [(a, 0), (b, other)].into_iter();
        let reasons =
            values.filter_map(|(value, place)| Some(format!("{} in {}", value.as_ref().err()?, letter(place))));
        return Err(reasons.collect::<Vec<_>>().join("; "));
    };
    if a.value <= 0.0 {
        return Err(if b.value > 0.0 { "none in A" } else { "none in both" }.to_owned());
    }
    let interval = match (a.estimate(), b.estimate(), part) {
        // The knee is somewhere between both ends: so is the ratio.
        (Some(a), Some(b), Part::Knee { .. }) => Ok([b.low / a.high, b.high / a.low]),
        (Some(a), Some(b), _) => {
            let ratio = a.ratio_to(&b).map(|ratio| [ratio.low, ratio.high]);
            ratio.ok_or_else(|| "an interval includes 0".to_owned())
        }
        _ => Err(format!("{} has no interval", letter(if a.estimate().is_some() { other } else { 0 }))),
    };
    Ok(PartValue { value: b.value / a.value, interval: interval.into() })
}
