//! Sweeps point by point, and what-ifs mitigation by mitigation, each compared with the first. All of it rests on `sweep.json` and
//! `what-if.json` alone: the runs in them need not be there.

use std::cmp::Ordering;

use super::{
    machine::{self, fact},
    matched::{MatchedResult, matched},
};
use crate::{
    conclude::wording::knee_in_short,
    conclude::{MatchedRow, claim::effect_of, letter},
    results::{
        Answer, Difference, Effect, Environment, Judgement, KeyFigure, Knee, Known, Machine, Part, PartComparison,
        PartDifference, PartValue, Provenance, SweepReport, SweptRun, WhatIf,
    },
    scenario::Setting,
    stats::{Estimate, median},
};

const AT_POINTS: [KeyFigure; 4] =
    [KeyFigure::ReaderP99Ns, KeyFigure::CommitP99Ns, KeyFigure::CompletedShare, KeyFigure::LongestFreezeNs];
const OF_WHAT_IFS: [KeyFigure; 7] = [
    KeyFigure::ReaderP50Ns,
    KeyFigure::ReaderP99Ns,
    KeyFigure::CommitP50Ns,
    KeyFigure::CommitP99Ns,
    KeyFigure::CompletedShare,
    KeyFigure::StalledNsPerS,
    KeyFigure::LongestFreezeNs,
];

struct Figures {
    part: Part,
    provenance: Provenance,
    figures: Vec<(Option<KeyFigure>, Known<PartValue>)>,
    /// What the figures rest on: hashes of scenarios, or objectives. Results that share none of it differ in more than their machines.
    basis: Vec<String>,
}

/// Compares sweeps, each with its directory as it was given, with the first of them.
/// Errors: They are not over the same axes; the message names them.
pub fn compare_sweeps(sweeps: &[(String, SweepReport)], least_effect: f64) -> Result<PartComparison, String> {
    let axes = |place: usize| {
        let mut keys: Vec<&str> = sweeps[place].1.axes.iter().map(|axis| &*axis.key).collect();
        keys.sort_unstable();
        keys
    };
    if let Some(other) = (1..sweeps.len()).find(|other| axes(*other) != axes(0)) {
        let [first, second] =
            [0, other].map(|place| format!("{} is over {}", sweeps[place].0, axes(place).join(" and ")));
        return Err(format!("{first}, {second}: only sweeps over the same axes have points that can be compared"));
    }
    let sides = sweeps.iter().map(|(directory, sweep)| {
        let none = || Known::Unavailable { unavailable: "nothing ran".to_owned() };
        let plan = vec![
            fact("purpose", format!("{:?}", sweep.purpose).to_lowercase()),
            fact("scenario", sweep.scenario.clone()),
            fact("objectives", sweep.objectives.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            fact("repeats", sweep.repeats.to_string()),
            fact("seed", sweep.seed.to_string()),
            fact("mapstorm", sweep.mapstorm_version.clone()),
        ];
        let side = MatchedResult {
            directory: directory.clone(),
            machine: sweep.machine.clone().map_or_else(none, Known::Value),
            environment: sweep.machine.as_ref().map(machine::of_machine).unwrap_or_default(),
            plan,
            is_complete: sweep.complete,
        };
        (side, of_sweep(sweep))
    });
    let mut comparison = compare(sides.collect(), "point", least_effect);
    for (place, (_, sweep)) in sweeps.iter().enumerate() {
        comparison.warnings.extend(sweep.warnings().iter().map(|it| format!("{}: {it}", letter(place))));
    }
    Ok(comparison)
}

/// Compares what-ifs, each with its directory as it was given and its machine, with the first of them.
pub fn compare_what_ifs(what_ifs: &[(String, WhatIf, Known<Environment>)], least_effect: f64) -> PartComparison {
    let sides = what_ifs.iter().map(|(directory, what_if, environment)| {
        let file_system = |environment: &Environment| match &environment.file_system {
            Known::Value(found) => Known::Value(found.kind.clone()),
            Known::Unavailable { unavailable } => Known::Unavailable { unavailable: unavailable.clone() },
        };
        let machine = match environment {
            Known::Value(found) => Known::Value(Machine::with_files(found, file_system(found))),
            Known::Unavailable { unavailable } => Known::Unavailable { unavailable: unavailable.clone() },
        };
        let side = MatchedResult {
            directory: directory.clone(),
            machine,
            environment: environment.value().map(machine::of_environment).unwrap_or_default(),
            plan: vec![
                fact("scenario", what_if.scenario.clone()),
                fact("seed", what_if.seed.to_string()),
                fact("mapstorm", what_if.mapstorm_version.clone()),
            ],
            is_complete: what_if.complete,
        };
        (side, of_what_if(what_if))
    });
    compare(sides.collect(), "mitigation", least_effect)
}

/// Matches the parts of all with those of the first.
fn compare(mut results: Vec<(MatchedResult, Vec<Figures>)>, kind: &str, least_effect: f64) -> PartComparison {
    let (mut differences, mut warnings) = (Vec::new(), Vec::new());
    let (first, others) = results.split_first().map_or((&[][..], &[][..]), |(first, others)| (&*first.1, others));
    for (place, (_, parts)) in others.iter().enumerate() {
        let pairs: Vec<(&Figures, &Figures)> =
            first.iter().filter_map(|a| Some((a, parts.iter().find(|b| is_same(&a.part, &b.part))?))).collect();
        let rests_elsewhere = |(a, b): &&(&Figures, &Figures)| !a.basis.iter().any(|it| b.basis.contains(it));
        let elsewhere: Vec<_> = pairs.iter().filter(rests_elsewhere).collect();
        if let Some((part, _)) = elsewhere.first() {
            warnings.push(format!(
                "A and {} have other scenarios (scenario_hash) or objectives in {} of {} parts, the first of them {}: what \
                 figures differ by may come from that",
                letter(place + 1),
                elsewhere.len(),
                pairs.len(),
                part.part
            ));
        }
        for (a, b) in pairs {
            for (figure, first) in &a.figures {
                let found = b.figures.iter().find(|(other, _)| other == figure);
                differences.extend(found.map(|(_, second)| {
                    let ratio = ratio(&a.part, first, second, place + 1);
                    PartDifference {
                        other: place + 1,
                        part: a.part.clone(),
                        provenance: a.provenance.max(b.provenance),
                        figure: *figure,
                        effect: ratio.as_ref().map_or(Effect::Unknown, |ratio| effect(*figure, ratio, least_effect)),
                        a: first.clone(),
                        b: second.clone(),
                        ratio: ratio.into(),
                    }
                }));
            }
        }
    }
    differences.sort_by_key(|row| (row.other, row.table().0));
    let has = |parts: &[Figures], part: &Part| parts.iter().any(|other| is_same(&other.part, part));
    let lacking = |parts: &[Figures]| {
        let some = parts.iter().filter(|it| results.iter().any(|(_, others)| !has(others, &it.part)));
        some.map(|it| it.part.to_string()).collect::<Vec<_>>().join("; ")
    };
    let alone: Vec<String> = results.iter().map(|(_, parts)| lacking(parts)).collect();
    for ((side, _), alone) in results.iter_mut().zip(alone) {
        let alone = if alone.is_empty() { "none".to_owned() } else { alone };
        side.plan.push(fact(&format!("{kind}s that not all have"), alone));
    }
    let sides = results.into_iter().map(|(side, _)| side).collect();
    let mut comparison = matched(sides, kind, least_effect, differences);
    comparison.warnings.extend(warnings);
    comparison
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
fn is_same_point(one: &[Setting], other: &[Setting]) -> bool {
    let is_same = |one: &Setting, other: &Setting| {
        one.key == other.key && if one.number.is_some() { one.number == other.number } else { one.value == other.value }
    };
    one.len() == other.len() && one.iter().all(|one| other.iter().any(|other| is_same(one, other)))
}

fn of_sweep(sweep: &SweepReport) -> Vec<Figures> {
    let knees = sweep.knees.iter().map(|knee| Figures {
        part: Part::Knee { key: knee.key.clone(), at: knee.at.clone() },
        provenance: Provenance::of_run(
            sweep
                .runs
                .iter()
                .any(|run| !run.emulate.is_nothing() && knee.at.iter().all(|setting| run.settings.contains(setting))),
        ),
        figures: vec![(None, of_knee(knee).into())],
        basis: vec![format!("{:?}", sweep.objectives)],
    });
    let mut points: Vec<(Vec<Setting>, Vec<&SweptRun>)> = Vec::new();
    for run in &sweep.runs {
        match points.iter_mut().find(|(known, _)| is_same_point(known, &run.settings)) {
            Some((_, runs)) => runs.push(run),
            None => points.push((run.settings.clone(), vec![run])),
        }
    }
    // Runs are made in a random order.
    let rank = |at: &[Setting]| -> Vec<f64> {
        let place =
            |it: &Setting| sweep.axes.iter().find_map(|axis| axis.values.iter().position(|one| *one == it.value));
        at.iter().map(|it| it.number.unwrap_or_else(|| place(it).unwrap_or_default() as f64)).collect()
    };
    points.sort_by(|(one, _), (other, _)| rank(one).partial_cmp(&rank(other)).unwrap_or(Ordering::Equal));
    let points = points.into_iter().map(|(at, runs)| Figures {
        part: Part::Point(at),
        provenance: Provenance::of_run(runs.iter().any(|run| !run.emulate.is_nothing())),
        figures: AT_POINTS.map(|figure| (Some(figure), of_repeats(figure, &runs).into())).to_vec(),
        basis: runs.iter().map(|run| run.scenario_hash.clone()).collect(),
    });
    knees.chain(points).collect()
}

fn of_knee(knee: &Knee) -> Result<PartValue, String> {
    let Some(load) = knee.load.filter(|_| knee.answer == Answer::Found) else { return Err(knee_in_short(knee)) };
    Ok(match (knee.low, knee.high) {
        (Some(low), Some(high)) if 0.0 < low && low <= load && load <= high => {
            PartValue::of(Estimate { value: load, low, high })
        }
        _ => PartValue::alone(load, "the runs leave the knee open on one side"),
    })
}

fn of_repeats(figure: KeyFigure, runs: &[&SweptRun]) -> Result<PartValue, String> {
    let of = |run: &SweptRun| match figure {
        KeyFigure::ReaderP99Ns => run.all("reader").map(|all| all.p99_ns as f64),
        KeyFigure::CommitP99Ns => run.all("writer").map(|all| all.p99_ns as f64),
        KeyFigure::CompletedShare => {
            let due = run.readers.due as f64 + run.writers.due as f64;
            (due > 0.0).then(|| (run.readers.completed as f64 + run.writers.completed as f64) / due)
        }
        KeyFigure::LongestFreezeNs => Some(run.longest_freeze_ns.unwrap_or(0) as f64),
        _ => None,
    };
    let is_valid = |run: &&&SweptRun| run.complete && run.judgement() != Some(Judgement::Invalid);
    let values: Vec<f64> = runs.iter().filter(is_valid).filter_map(|run| of(run)).collect();
    match (Estimate::of_repeats(&values), values.len()) {
        (Some(estimate), _) => Ok(PartValue::of(estimate)),
        (None, 0) => Err("no valid run has it".to_owned()),
        (None, 1) => Ok(PartValue::alone(values[0], "1 valid run: an interval takes 2")),
        (None, _) => Ok(PartValue::alone(median(values), "a repeat has 0, or they are too far apart")),
    }
}

fn of_what_if(what_if: &WhatIf) -> Vec<Figures> {
    let baseline = &what_if.baseline;
    let value = |figure| match baseline.measured.get(figure) {
        Some(value) => Known::Value(PartValue::alone(value, "it was run once")),
        None => Known::Unavailable { unavailable: "nothing of it was measured".to_owned() },
    };
    let of_baseline = Figures {
        part: Part::Baseline,
        provenance: baseline.settings.provenance(),
        figures: OF_WHAT_IFS.map(|figure| (Some(figure), value(figure))).to_vec(),
        basis: vec![baseline.scenario_hash.clone()],
    };
    let tried =
        what_if.cures.iter().filter(|mitigation| !mitigation.differences.is_empty()).map(|mitigation| Figures {
            part: Part::Mitigation(mitigation.name.clone()),
            provenance: mitigation.run.as_ref().map_or(Provenance::Measured, |run| run.settings.provenance()),
            figures: mitigation.differences.iter().map(|it| (Some(it.figure), of_difference(it).into())).collect(),
            basis: mitigation.run.iter().map(|run| run.scenario_hash.clone()).collect(),
        });
    std::iter::once(of_baseline).chain(tried).collect()
}

fn of_difference(difference: &Difference) -> Result<PartValue, String> {
    match (&difference.ratio, difference.before, difference.after) {
        (Known::Value(ratio), ..) => Ok(PartValue::of(*ratio)),
        (_, Some(0.0), _) => Err("none without it".to_owned()),
        (Known::Unavailable { unavailable }, Some(before), Some(after)) if before > 0.0 => {
            Ok(PartValue::alone(after / before, unavailable))
        }
        (Known::Unavailable { unavailable }, ..) => Err(unavailable.clone()),
    }
}

/// The figure of the `other` result divided by that of the first.
fn ratio(part: &Part, a: &Known<PartValue>, b: &Known<PartValue>, other: usize) -> Result<PartValue, String> {
    let (Known::Value(a), Known::Value(b)) = (a, b) else {
        let reason = |value: &Known<PartValue>, place| match value {
            Known::Value(_) => None,
            Known::Unavailable { unavailable } => Some(format!("{unavailable} in {}", letter(place))),
        };
        return Err([reason(a, 0), reason(b, other)].into_iter().flatten().collect::<Vec<_>>().join("; "));
    };
    if a.value <= 0.0 {
        return Err(if b.value > 0.0 { "none in A" } else { "none in both" }.to_owned());
    }
    let value = b.value / a.value;
    let interval = match (a.estimate(), b.estimate(), part) {
        // The knee is somewhere between both ends: so is the ratio.
        (Some(a), Some(b), Part::Knee { .. }) => Ok([b.low / a.high, b.high / a.low]),
        (Some(a), Some(b), _) => {
            a.ratio_to(&b).map(|it| [it.low, it.high]).ok_or_else(|| "an interval includes 0".to_owned())
        }
        _ => Err(format!("{} has no interval", letter(if a.estimate().is_some() { other } else { 0 }))),
    };
    Ok(PartValue { value, interval: interval.into() })
}

/// What a ratio says; without an interval nothing.
fn effect(figure: Option<KeyFigure>, ratio: &PartValue, least_effect: f64) -> Effect {
    let more_is_better = matches!(figure, None | Some(KeyFigure::CompletedShare));
    ratio.estimate().map_or(Effect::Unknown, |ratio| effect_of(&ratio, least_effect, more_is_better))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        present::matched_charts,
        results::{Difference, fixtures, what_if_fixtures},
        scenario::{Clause, Emulation},
    };

    /// Three repeats at each load, their p99 of reads (1 to 1.02 ms at `slower` 1) scattered by 1 %.
    fn sweep(loads: &[f64], slower: u64) -> SweepReport {
        let runs = loads.iter().flat_map(|load| (1..=3).map(|repeat| (*load, repeat)));
        let swept = runs.enumerate().map(|(order, (load, repeat))| {
            let mut run = fixtures::swept(order as u32 + 1, load, repeat, Some(Judgement::Met));
            run.responses[0].p99_ns = (990_000 + 10_000 * u64::from(repeat)) * slower;
            run
        });
        // Made in an order of chance.
        fixtures::sweep(swept.collect::<Vec<_>>().into_iter().rev().collect())
    }

    fn knee(answer: Answer, load: f64, ends: [Option<f64>; 2]) -> Knee {
        let [low, high] = ends;
        let (key, at) = ("readers.count".to_owned(), vec![]);
        Knee { key, at, answer, load: Some(load), low, high, decisions: vec![], runs: 9, invalid: 0, notes: vec![] }
    }

    fn compared(sweeps: &[&SweepReport]) -> PartComparison {
        let named = sweeps.iter().enumerate().map(|(place, sweep)| (format!("results/{place}"), (*sweep).clone()));
        compare_sweeps(&named.collect::<Vec<_>>(), 0.05).unwrap()
    }

    fn row<'a>(of: &'a PartComparison, part: &str, figure: Option<KeyFigure>) -> &'a PartDifference {
        of.differences.iter().find(|row| row.figure == figure && row.part.to_string() == part).unwrap()
    }

    fn plan(of: &PartComparison, key: &str) -> Option<Vec<String>> {
        of.plan.iter().find(|fact| fact.key == key).map(|fact| fact.values.clone())
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
        let only = Some(vec!["readers.count=400".to_owned(), "readers.count=800".to_owned()]);
        assert_eq!(plan(&comparison, "points that not all have"), only);
        let p99 = row(&comparison, "readers.count=200", Some(KeyFigure::ReaderP99Ns));
        let ratio = p99.ratio.value().and_then(PartValue::estimate).unwrap();
        assert!((ratio.value - 2.0).abs() < 1e-9 && ratio.low > 1.8 && ratio.high < 2.2, "{ratio:?}");
        assert_eq!((p99.effect, p99.a.value().map(|it| it.value)), (Effect::Worse, Some(1_010_000.0)));
        let expected = "read p99 at readers.count=100 is 2.0 times as much in B (2.02 ms, 1.01 ms in A; B / A 2.0";
        assert!(comparison.sentences[0].starts_with(expected), "{:?}", comparison.sentences);
        assert_eq!(comparison.sentences.len(), 2);
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
        let mut ratios = 0;
        for row in &comparison.differences {
            assert!(!row.effect.is_real(), "{row:?}");
            match row.ratio.value() {
                Some(ratio) => assert_eq!(ratio.value, 1.0, "{row:?}"),
                None => assert_eq!(row.figure, Some(KeyFigure::LongestFreezeNs), "none froze"),
            }
            ratios += usize::from(row.ratio.value().is_some());
        }
        assert_eq!(ratios, 2 * (1 + 2 * 3));
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
        let why = p99.b.value().map(|it| serde_json::to_string(&it.interval).unwrap());
        assert!(why.unwrap().contains("1 valid run"));
        let freeze = row(&comparison, "readers.count=100", Some(KeyFigure::LongestFreezeNs));
        assert_eq!(freeze.ratio, Known::Unavailable { unavailable: "none in A".to_owned() });
        assert!(comparison.to_string().contains("7 ms"), "{comparison}");
        b.runs[2].complete = false;
        let comparison = compared(&[&a, &b]);
        let p99 = row(&comparison, "readers.count=100", Some(KeyFigure::ReaderP99Ns));
        assert_eq!(p99.ratio, Known::Unavailable { unavailable: "no valid run has it in B".to_owned() });
    }

    #[test]
    fn knees_differ_where_what_the_runs_leave_open_does_not_overlap() {
        let (mut a, mut b) = (sweep(&[100.0], 1), sweep(&[100.0], 1));
        a.knees = vec![knee(Answer::Found, 200.0, [Some(200.0), Some(400.0)])];
        b.knees = vec![knee(Answer::Found, 800.0, [Some(800.0), Some(900.0)])];
        let comparison = compared(&[&a, &b]);
        let higher = row(&comparison, "knee of readers.count", None);
        assert_eq!(higher.ratio, Known::Value(PartValue { value: 4.0, interval: Known::Value([2.0, 4.5]) }));
        assert_eq!(higher.effect, Effect::Better);
        assert!(comparison.sentences[0].contains("knee of readers.count is 4.0 times as much in B"));
        b.knees = vec![knee(Answer::Found, 300.0, [Some(300.0), Some(350.0)])];
        assert_eq!(row(&compared(&[&a, &b]), "knee of readers.count", None).effect, Effect::Undecided);
        b.knees = vec![knee(Answer::Above, 900.0, [Some(900.0), None])];
        b.objectives = vec![Clause::parse("lookup.p99<=5ms").unwrap()];
        let comparison = compared(&[&a, &b]);
        let Known::Unavailable { unavailable } = &row(&comparison, "knee of readers.count", None).ratio else {
            panic!()
        };
        assert!(unavailable.contains("all met in B"), "{unavailable}");
        assert!(comparison.warnings[0].contains("1 of 2 parts, the first of them knee"), "{:?}", comparison.warnings);
        b.runs[0].emulate = Emulation::Demap;
        let comparison = compared(&[&a, &b]);
        assert!(comparison.differences.iter().all(|row| row.provenance == Provenance::Emulated));
        assert!(comparison.warnings.iter().any(|it| it.starts_with("B: EMULATED: 1 of 3 runs")));
        let chart = &matched_charts(&comparison).unwrap()[0];
        assert!(chart.svg.contains("read p99, readers.count=100 (emulated)"), "{}", chart.svg);
        b.knees.clear();
        let only = Some(vec!["knee of readers.count".to_owned(), "none".to_owned()]);
        assert_eq!(plan(&compared(&[&a, &b]), "points that not all have"), only);
    }

    #[test]
    fn sweeps_over_other_axes_are_refused_with_both() {
        let (a, mut b) = (sweep(&[100.0], 1), sweep(&[100.0], 1));
        b.axes[0].key = "writer.rate".to_owned();
        let error = compare_sweeps(&[("x".to_owned(), a), ("y".to_owned(), b)], 0.05).unwrap_err();
        assert!(error.contains("x is over readers.count, y is over writer.rate"), "{error}");
    }

    #[test]
    fn mitigations_are_matched_by_name_and_their_ratios_compared() {
        let none = || Known::Unavailable { unavailable: "not here".to_owned() };
        let (a, mut b) = (what_if_fixtures::what_if(), what_if_fixtures::what_if());
        let halves = Estimate { value: 0.5, low: 0.45, high: 0.55 };
        b.cures[0].differences[0] = Difference { ratio: Known::Value(halves), ..b.cures[0].differences[0].clone() };
        b.cures.remove(1);
        b.baseline.scenario_hash = "another".to_owned();
        b.baseline.measured.reader_p99_ns = Some(98_000_000);
        let comparison = compare_what_ifs(&[("a".to_owned(), a.clone(), none()), ("b".to_owned(), b, none())], 0.05);
        let baseline = row(&comparison, "baseline", Some(KeyFigure::ReaderP99Ns));
        assert_eq!(baseline.ratio.value().map(|it| (it.value, it.estimate())), Some((2.0, None)));
        let less = row(&comparison, "read-only", Some(KeyFigure::ReaderP99Ns));
        let ratio = less.ratio.value().and_then(PartValue::estimate).unwrap();
        assert!((ratio.value - 7.0).abs() < 1e-9 && ratio.low > 5.0 && less.effect == Effect::Worse, "{ratio:?}");
        let only = Some(vec!["remap-when-needed".to_owned(), "none".to_owned()]);
        assert_eq!(plan(&comparison, "mitigations that not all have"), only);
        insta::assert_snapshot!(comparison);
        let charts = matched_charts(&comparison).unwrap();
        assert!(charts[0].svg.contains("read p99, baseline") && charts[0].svg.contains("no interval"));
        let same = compare_what_ifs(&[("a".to_owned(), a.clone(), none()), ("a".to_owned(), a, none())], 0.05);
        assert!(same.sentences.is_empty() && same.warnings.len() == 2, "both are incomplete: {:?}", same.warnings);
        assert!(same.differences.iter().all(|row| row.ratio.value().is_none_or(|ratio| ratio.value == 1.0)));
    }
}
