//! The sentences under a sweep's table: the knee, the scalability of throughput, and the prediction, each labelled as what it is.

use super::super::super::Remark;
use super::number;
use crate::results::{Answer, Knee, Predicted, PredictedKnee, Throughput};
use crate::{
    scenario::{Setting, units::format_duration_ns},
    stats::Estimate,
};

/// Settings in one line.
pub(crate) fn settings(settings: &[Setting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A load, as it was written.
fn load(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { number(value) }
}

/// A value with its interval.
fn estimate(it: Estimate, show: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", show(it.value), show(it.low), show(it.high))
}

/// Small shares in digits that mean something.
fn coefficient(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { format!("{value:.2e}") } else { format!("{value:.3}") }
}

fn duration(ns: f64) -> String {
    let sign = if ns < 0.0 { "-" } else { "" };
    format!("{sign}{}", format_duration_ns(ns.abs().round() as u64))
}

fn remark(remarks: &mut Vec<Remark>, lead: &str, words: &str) {
    remarks.push(Remark::new(lead, words));
}

pub(crate) fn knee(remarks: &mut Vec<Remark>, knee: &Knee) {
    let Knee { key, decisions, .. } = knee;
    let tried = |place: Option<&crate::results::Decision>| place.map_or_else(String::new, |it| load(it.load));
    let at = knee.load.map(load).unwrap_or_default();
    let low = match knee.low {
        Some(low) => format!("all runs met them up to {}", load(low)),
        None => "at no load did all runs meet them".to_owned(),
    };
    let high = match knee.high {
        Some(high) => format!("none did at {}", load(high)),
        None => "at no load did all runs miss them".to_owned(),
    };
    let runs = format!("{} runs", knee.runs);
    let sentence = match knee.answer {
        Answer::Found => format!("{key} = {at} is the largest load that met every objective: {low}, {high} ({runs})"),
        Answer::Below => format!(
            "even the smallest {key} that was tried, {}, does not meet every objective ({runs}): there is no knee to be found above it",
            tried(decisions.first())
        ),
        Answer::Above => format!(
            "every objective is still met at the largest {key} that was tried, {}: the knee is beyond it ({runs})",
            tried(decisions.last())
        ),
        Answer::Undecided => match knee.load {
            Some(at) => {
                format!("the objectives are met up to {key} = {}; beyond it the runs do not tell ({runs})", load(at))
            }
            None => format!("the runs do not tell ({runs} were valid, {} not)", knee.invalid),
        },
    };
    remark(remarks, "Knee, measured: ", &sentence);
    for note in &knee.notes {
        remark(remarks, "  note: ", note);
    }
}

pub(crate) fn throughput(remarks: &mut Vec<Remark>, throughput: &Throughput) {
    let heading = "Throughput: ";
    let mut notes = throughput.notes.iter();
    match throughput.law {
        Some(law) => {
            let peak = match law.peak_load {
                Some(peak) => format!("most throughput at {} = {}", throughput.key, estimate(peak, load)),
                None => "no peak within 100 times the largest load".to_owned(),
            };
            let sentence = format!(
                "Universal Scalability Law over {} runs: contention σ {}, coherence κ {}, λ {} a second at a load of 1; {peak}",
                throughput.runs,
                estimate(law.sigma, coefficient),
                estimate(law.kappa, coefficient),
                estimate(law.lambda_per_s, number),
            );
            remark(remarks, heading, &sentence);
        }
        None => {
            let why = notes.next().map_or("no law was fitted", |why| why);
            remark(remarks, heading, why);
        }
    }
    for note in notes {
        remark(remarks, "  note: ", note);
    }
}

pub(crate) fn predicted(remarks: &mut Vec<Remark>, predicted: &Predicted, no_objectives: bool) {
    let Some(law) = &predicted.law else {
        let why = predicted.notes.first().map_or("there is no cost law", |why| why);
        remark(remarks, "Not predicted: ", why);
        return;
    };
    let sentence = format!(
        "a commit holds the lock for {} + {} for each mapper ({})",
        estimate(law.base_ns, duration),
        estimate(law.per_mapper_ns, duration),
        law.source
    );
    remark(remarks, "Cost law: ", &sentence);
    if let (Some(first), Some(last)) = (predicted.points.first(), predicted.points.last()) {
        let held = |point: &crate::results::PredictedPoint| estimate(point.utilisation, |share| format!("{share:.2}"));
        let saturation = match predicted.saturation {
            Some(at) => {
                format!("; it would be held all the time at {} = {}", predicted.key, estimate(at, load_rounded))
            }
            None => String::new(),
        };
        let sentence = format!(
            "by that law the lock is held ρ = {} of the time at {}, {} at {}{saturation}",
            held(first),
            load(first.load),
            held(last),
            load(last.load)
        );
        remark(remarks, "Lock, predicted: ", &sentence);
    }
    match &predicted.knee {
        Some(knee) => remark(remarks, "Knee, predicted: ", &predicted_knee(&predicted.key, knee)),
        None if no_objectives => {
            remark(
                remarks,
                "Knee: ",
                "there are no objectives; --slo 'lookup.p99<=50ms' asks where they stop to be met",
            );
        }
        None => {}
    }
    if let Some(comparison) = &predicted.comparison {
        let by = comparison.difference.map_or_else(String::new, |difference| {
            let side = if difference < 0.0 { "below" } else { "above" };
            format!(" (predicted: {:.0} % {side} measured)", difference.abs() * 100.0)
        });
        remark(remarks, "  so: ", &format!("{}{by}", comparison.sentence));
    }
    for note in &predicted.notes {
        remark(remarks, "  note: ", note);
    }
}

fn load_rounded(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { number(value) }
}

fn predicted_knee(key: &str, knee: &PredictedKnee) -> String {
    let (from, to) = (load_rounded(knee.from), load_rounded(knee.to));
    match (knee.answer, knee.load) {
        (_, Some(at)) => format!("{key} = {}, from the cost law and queueing alone", estimate(at, load_rounded)),
        (Answer::Below, None) => format!("none: even {from} would not meet every objective"),
        _ => format!("none up to {to}: by the cost law and queueing alone every objective would still be met there"),
    }
}
