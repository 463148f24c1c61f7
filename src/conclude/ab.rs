//! How B differs from A, from runs that took turns: figure by figure over the pairs, then in one sentence.
//! Each figure is tested by Student's t over the pairs, and the tests of all figures are corrected together by Holm's method: what is called
//! better or worse is all right with 95 %, also of nine figures. (Benjamini and Hochberg's would allow one in twenty of those that are
//! called different to be wrong; here a single one is acted on.)

mod sentences;
#[cfg(test)]
mod tests;

pub use sentences::{arm, change, differs, effect, value};

use crate::{
    conclude::{
        claim::{needed, too_few},
        compare::matching::{keys_of, of_keys},
        wording::{KEY_FIGURES, count, runs},
    },
    results::{Ab, AbDrift, AbFigure, Comparability, Effect, Judgement, KeyDifference, KeyFigure, SweptRun},
    scenario::Scenario,
    stats::{Estimate, LEVEL, Paired, holm, median, trend},
};

/// A smaller effect is none, as a share.
pub const LEAST_EFFECT: f64 = 0.05;
/// Figures have steps (those of histograms are up to 1 %): pairs are taken to scatter by at least this share of the least that counts.
const RESOLUTION: f64 = 0.1;
/// With fewer pairs nothing can be said.
const LEAST_PAIRS: usize = 2;
/// An interval of ratios that reaches further than this from 1 says nothing.
const FARTHEST: f64 = 1e9;

/// What the scenarios differ in, seeds aside.
pub fn differing_keys([a, b]: [&Scenario; 2]) -> Vec<KeyDifference> {
    let differences = of_keys(&[keys_of(a), keys_of(b)], &[]).into_iter();
    let on_purpose = |key| KeyDifference { comparability: Comparability::Compared, ..key };
    differences.filter(|key| key.key != "run.seed").map(on_purpose).collect()
}

/// Fills in what follows from the runs.
pub fn conclude(found: &mut Ab) {
    let (mut pairs, mut notes) = (Vec::new(), Vec::new());
    for pair in 1..=found.runs.iter().map(|run| run.repeat).max().unwrap_or(0) {
        let problem = |arm: &str| {
            let why = found.run(arm, pair).map_or_else(|| Some("was not made".to_owned()), unusable)?;
            Some(format!("{arm}'s run {why}"))
        };
        match ["A", "B"].into_iter().filter_map(problem).collect::<Vec<_>>() {
            none if none.is_empty() => pairs.push(pair),
            problems => notes.push(format!("pair {pair} is left out: {}", problems.join(", "))),
        }
    }
    found.pairs = pairs;
    let mut tested: Vec<(AbFigure, Option<Paired>)> =
        KEY_FIGURES.iter().filter_map(|figure| compared(found, *figure)).collect();
    judge(&mut tested);
    found.figures = tested.into_iter().map(|(figure, _)| figure).collect();
    found.regressions =
        found.allowed_regression.map(|allowed| regressions(&found.figures, allowed)).unwrap_or_default();
    found.statement = sentences::statement(found);
    notes.extend(sentences::notes(found));
    found.notes = notes;
}

/// Why a run says nothing; `None`: it does.
fn unusable(run: &SweptRun) -> Option<String> {
    match run.judgement() {
        _ if !run.complete => Some("is incomplete".to_owned()),
        _ if run.errors > 0 => Some(format!("has {}", count(run.errors, "failed operation"))),
        Some(Judgement::Invalid) => {
            let reasons = run.verdict.as_ref().map_or(&[][..], |verdict| &verdict.reasons);
            Some(format!("is invalid ({})", reasons.join("; ")))
        }
        _ => None,
    }
}

/// The least difference that counts of what can be 0, in its own unit: of what completed 2 % of all; of the time frozen 1 %, and of times a
/// noticeable one, but no less than the least effect on A's.
fn least_difference(figure: KeyFigure, a: Option<f64>) -> f64 {
    let of_a = LEAST_EFFECT * a.unwrap_or(0.0);
    match figure {
        KeyFigure::ReadersCompletedShare | KeyFigure::CommitsCompletedShare => 0.02,
        KeyFigure::FrozenShare => of_a.max(0.01),
        _ => of_a.max(10e6),
    }
}

/// A figure of both runs of every pair; or why it says nothing.
fn values(found: &Ab, figure: KeyFigure) -> Result<Vec<[f64; 2]>, String> {
    let both = |pair: &u32| ["A", "B"].map(|arm| found.run(arm, *pair));
    let all: Vec<&SweptRun> = found.pairs.iter().flat_map(both).flatten().collect();
    if found.pairs.len() < LEAST_PAIRS {
        return Err(format!("an interval takes at least {LEAST_PAIRS} whole pairs"));
    }
    if let Some((role, q)) = figure.quantile() {
        let fewest =
            all.iter().filter_map(|run| run.all(role)).map(|all| all.count + all.unfinished).min().unwrap_or(0);
        if fewest < needed(q) {
            return Err(format!("{} in a run; raise run.duration", too_few(fewest, needed(q))));
        }
    }
    let missing = all.iter().filter(|run| run.figure(figure).is_none()).count();
    if missing > 0 {
        return Err(format!("{} of {} have none", missing, runs(all.len())));
    }
    let value = |arm, pair| found.run(arm, pair).and_then(|run| run.figure(figure)).unwrap_or(f64::NAN);
    Ok(found.pairs.iter().map(|pair| ["A", "B"].map(|arm| value(arm, *pair))).collect())
}

/// A figure, not judged yet, and what is tested; nothing is, where all runs have the same. `None`: no run has it.
fn compared(found: &Ab, figure: KeyFigure) -> Option<(AbFigure, Option<Paired>)> {
    let has_values = |run: &SweptRun| match figure.quantile() {
        Some((role, _)) => run.all(role).is_some(),
        None => run.figure(figure).is_some(),
    };
    found.runs.iter().find(|run| has_values(run))?;
    let is_ratio = figure.quantile().is_some();
    let scaled = |value: f64| if is_ratio { value.ln() } else { value };
    let back = |value: f64| if is_ratio { value.exp() } else { value };
    let values = values(found, figure);
    let known = values.as_deref().unwrap_or_default();
    let mean = |arm: usize| {
        let all = known.iter().map(|pair| scaled(pair[arm]));
        (!known.is_empty()).then(|| back(all.sum::<f64>() / known.len() as f64))
    };
    let margin = if is_ratio { (1.0 + LEAST_EFFECT).ln() } else { least_difference(figure, mean(0)) };
    let each: Vec<f64> = known.iter().map(|[a, b]| scaled(*b) - scaled(*a)).collect();
    let paired = Paired::of(&each, RESOLUTION * margin);
    let first = known.first().map(|[a, _]| *a);
    let is_one_value = known.iter().flatten().all(|value| Some(*value) == first);
    let change = paired.map(|paired| {
        let change = if is_one_value { Estimate::around(0.0, 0.0) } else { paired.estimate() };
        if is_ratio { exponential(change) } else { change }
    });
    let change = match change {
        Some(change) if !is_ratio || is_near(&change) => Ok(change),
        Some(_) => Err("the pairs are too far apart for an interval: raise --pairs".to_owned()),
        None => Err("a run has 0".to_owned()),
    };
    let agrees = |difference: &&f64| paired.is_some_and(|paired| **difference * paired.mean > 0.0);
    let figure = AbFigure {
        figure,
        a: mean(0),
        b: mean(1),
        is_ratio,
        agreeing: each.iter().filter(agrees).count() as u32,
        each: each.iter().map(|difference| back(*difference)).collect(),
        change: values.and(change).into(),
        least: back(margin),
        p: None,
        effect: Effect::Unknown,
        more_pairs: None,
        drift: if is_ratio { drift(found, figure, RESOLUTION * margin) } else { None },
    };
    Some((figure, paired.filter(|_| !is_one_value)))
}

/// The ratio of which this is the logarithm.
fn exponential(Estimate { value, low, high }: Estimate) -> Estimate {
    Estimate { value: value.exp(), low: low.exp(), high: high.exp() }
}

fn is_near(ratio: &Estimate) -> bool {
    ratio.low > 1.0 / FARTHEST && ratio.high < FARTHEST
}

/// Judges all figures together. A figure that is the same in every run cannot differ, however its runs were dealt out: it is no test of
/// the family (R. E. Tarone, 1990).
fn judge(figures: &mut [(AbFigure, Option<Paired>)]) {
    let raw: Vec<f64> = figures.iter().filter_map(|(_, paired)| Some(paired.as_ref()?.p())).collect();
    let mut raised = holm(&raw).into_iter();
    for (figure, paired) in figures {
        let margin = if figure.is_ratio { figure.least.ln() } else { figure.least };
        figure.p = paired.and_then(|_| raised.next());
        figure.effect = match (&paired, figure.p) {
            (Some(paired), Some(p)) if !paired.is_within(margin) => match paired.mean.abs() > margin {
                true if p <= LEVEL && (paired.mean > 0.0) == figure.figure.more_is_better() => Effect::Better,
                true if p <= LEVEL => Effect::Worse,
                true if paired.p() <= LEVEL => Effect::Chance,
                _ => Effect::Undecided,
            },
            (None, _) if figure.change.value().is_none() => Effect::Unknown,
            _ => Effect::Same,
        };
        let open = paired.filter(|_| matches!(figure.effect, Effect::Undecided | Effect::Chance));
        figure.more_pairs = open.and_then(|paired| paired.more(margin, LEVEL / raw.len() as f64));
    }
}

/// How a time moved along the order of the runs, which are taken to follow each other evenly.
fn drift(found: &Ab, figure: KeyFigure, resolution: f64) -> Option<AbDrift> {
    let session = found.runs.len().checked_sub(1).filter(|steps| *steps > 0)? as f64;
    let [a, b] = ["A", "B"].map(|arm| {
        let of_arm = found.pairs.iter().filter_map(|pair| found.run(arm, *pair));
        let points = of_arm.filter_map(|run| Some((f64::from(run.order - 1) / session, run.figure(figure)?.ln())));
        points.collect::<Vec<(f64, f64)>>()
    });
    let middle = |points: &[(f64, f64)]| points.iter().map(|(place, _)| place).sum::<f64>() / points.len() as f64;
    let (slope_of_a, slope_of_b) = (trend(&a, resolution)?, trend(&b, resolution)?);
    let steady = median([slope_of_a.value, slope_of_b.value]);
    let left = (steady * (middle(&b) - middle(&a))).exp();
    let [a, b] = [slope_of_a, slope_of_b].map(exponential);
    (is_near(&a) && is_near(&b)).then_some(AbDrift { a, b, left })
}

/// Figures that are significantly worse in B, and by more than this share of A's.
fn regressions(figures: &[AbFigure], allowed: f64) -> Vec<KeyFigure> {
    let is_worse = |row: &&AbFigure| {
        let Some((change, a)) = row.change.value().zip(row.a) else { return false };
        let rise = if row.is_ratio { change.value - 1.0 } else { change.value / a };
        let worse = if row.figure.more_is_better() { -rise } else { rise };
        row.p.is_some_and(|p| p <= LEVEL) && worse > allowed
    };
    figures.iter().filter(is_worse).map(|row| row.figure).collect()
}
