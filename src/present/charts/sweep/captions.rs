//! The words of the charts of a sweep: where it was measured, what is behind each point, what was found.
//! All of it is told in the description too, point by point, for those who do not see the chart.

use super::view::{self, Group, Mark, Stop, View};
pub use crate::conclude::wording::{knee_in_short as knee, load};
use crate::{
    present::charts::page::{self, from_to},
    results::{Answer, Availability, Predicted, Purpose, Responses, SweptRun, cpus_in_short},
    scenario::units::{format_duration_ns, short_ns},
    stats::{Estimate, Usl},
};

pub fn measured_where(view: &View) -> String {
    let report = view.report;
    let machine = report.machine.as_ref().map_or_else(
        || "an unknown machine".to_owned(),
        |machine| {
            let cpus = format!(", {}", cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota));
            let file_system = match &machine.file_system {
                Availability::Value(kind) => format!(", files on {kind}"),
                Availability::Unavailable { .. } => String::new(),
            };
            format!("{}, {} {}{cpus}{file_system}", machine.host, machine.system, machine.kernel)
        },
    );
    let what = match report.purpose {
        Purpose::Sweep => "sweep",
        Purpose::Knee => "search for the knee",
    };
    let runs = report.runs.len();
    format!("{machine}; {what} of {}: {runs} {}", report.scenario, if runs == 1 { "run" } else { "runs" })
}

pub fn origin(view: &View) -> String {
    let report = view.report;
    let host = report.machine.as_ref().map_or("", |machine| &machine.host);
    page::origin(&report.scenario, host, &report.started, Some(report.seed), Some(&report.mapstorm_version))
}

pub fn title(view: &View, what: &str) -> String {
    let others = view.report.axes.iter().filter(|axis| axis.key != view.across.key);
    let by: String = others.map(|axis| format!(" and {}", axis.key)).collect();
    format!("{what} by {}{by}", view.across.key)
}

/// How points are to be read and how many runs each stands for; also what is missing.
pub fn behind(view: &View) -> String {
    let each = from_to(view.stops().map(|stop| stop.runs.len() as u64));
    let runs = if each == "1" { "run" } else { "runs" };
    let line = if view.is_numeric() { "lines join the medians" } else { "a short line is the median" };
    let mut text = format!("At each {}: {each} {runs}, a point each; {line}.", view.across.key);
    let invalid = view.runs().filter(|run| Mark::of(run) == Mark::Invalid).count();
    if invalid > 0 {
        text.push_str(&format!(" {invalid} of {} runs say nothing and are in no median.", view.runs().count()));
    }
    if !view.report.complete {
        let why = view.report.stopped.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        text.push_str(&format!(" INCOMPLETE{why}."));
    }
    text
}

/// How many operations are behind the percentiles of a role.
pub fn operations(view: &View, role: &str) -> String {
    let counts = view.runs().filter_map(|run| run.all(role)).map(|all| all.count);
    if counts.clone().next().is_none() { "none".to_owned() } else { from_to(counts) }
}

/// Where the predicted knee is; `None`: there were no objectives.
pub fn predicted_knee(predicted: &Predicted) -> Option<String> {
    let knee = predicted.knee.as_ref()?;
    Some(match (knee.answer, knee.load) {
        (_, Some(Estimate { value, low, high })) => {
            format!("{} ({} to {})", rounded(value), rounded(low), rounded(high))
        }
        (Answer::Below, None) => format!("below {}", rounded(knee.from)),
        _ => format!("none up to {}", rounded(knee.to)),
    })
}

/// A load that was worked out: whole numbers from 10 on.
fn rounded(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { load(value) }
}

/// The cost law of a commit, with its intervals and where it is from; or why there is none.
pub fn cost_model(predicted: &Predicted) -> String {
    let Some(cost_model) = &predicted.cost_model else {
        let why = predicted.notes.first().map_or("there is none", |why| why);
        return format!("No cost law: {why}");
    };
    let estimate = |it: Estimate| format!("{} ({} to {})", short_ns(it.value), short_ns(it.low), short_ns(it.high));
    let (base, each) = (estimate(cost_model.base_ns), estimate(cost_model.per_mapper_ns));
    let full = predicted.saturation.map_or_else(String::new, |at| {
        let [at, low, high] = [at.value, at.low, at.high].map(rounded);
        format!("; by it the lock would be in use all the time at {} = {at} ({low} to {high})", predicted.key)
    });
    format!("Cost law: {base} + {each} a mapper ({}){full}", cost_model.source)
}

/// What predictions are made from, group by group; empty if nothing is predicted.
pub fn prediction_source(view: &View) -> String {
    let mut sources: Vec<&str> = Vec::new();
    for cost_model in view.groups.iter().filter_map(|group| group.predicted?.cost_model.as_ref()) {
        if !sources.contains(&&*cost_model.source) {
            sources.push(&cost_model.source);
        }
    }
    if sources.is_empty() {
        return String::new();
    }
    format!(
        " Predicted: from a commit's cost law and queueing alone, never run; the law is from: {}.",
        sources.join("; ")
    )
}

pub fn usl(key: &str, cost_model: &Usl) -> String {
    let number = |value: f64| match value {
        0.0 => "0".to_owned(),
        small if small < 0.01 => format!("{small:.1e}"),
        large => format!("{large:.3}"),
    };
    let peak = match cost_model.peak_load {
        Some(peak) => {
            format!("peak at {key} = {} ({} to {})", rounded(peak.value), rounded(peak.low), rounded(peak.high))
        }
        None => "no peak within 100 times the largest load".to_owned(),
    };
    let (sigma, kappa) = (number(cost_model.sigma.value), number(cost_model.kappa.value));
    format!("λ = {}/s, σ = {sigma}, κ = {kappa}; {peak}", load(cost_model.lambda_per_s.value))
}

/// Every group in sentences: what was found, then every point.
pub fn sentences(view: &View, point: impl Fn(&Group, &Stop) -> String) -> String {
    let mut lines = Vec::new();
    for group in &view.groups {
        if !group.at.is_empty() {
            lines.push(format!("{}:", group.title()));
        }
        if let Some(found) = group.knee {
            lines.push(format!("Knee, measured: {}.", knee(found)));
        }
        if let Some(predicted_value) = group.predicted.and_then(predicted_knee) {
            lines.push(format!("Knee, predicted: {predicted_value}."));
        }
        for stop in &group.stops {
            let told = point(group, stop);
            lines.push(format!("{} = {}: {}{}; {told}.", view.across.key, stop.name, runs(stop), judged(stop)));
        }
    }
    lines.join("\n")
}

fn runs(stop: &Stop) -> String {
    if stop.runs.len() == 1 { "1 run".to_owned() } else { format!("{} runs", stop.runs.len()) }
}

/// Such as ` (2 met the objectives, 1 did not)`; empty without objectives.
fn judged(stop: &Stop) -> String {
    let count = |mark: Mark| stop.runs.iter().filter(|run| Mark::of(run) == mark).count();
    let kinds = [(Mark::Met, "met the objectives"), (Mark::NotMet, "did not"), (Mark::Invalid, "say nothing")];
    let told: Vec<String> = kinds
        .into_iter()
        .filter(|(mark, _)| count(*mark) > 0)
        .map(|(mark, words)| format!("{} {words}", count(mark)))
        .collect();
    if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
}

/// A figure of a point: the median, with the least and the most of repeats.
pub fn spread(stop: &Stop, figure: impl Fn(&SweptRun) -> Option<f64>, show: impl Fn(f64) -> String) -> String {
    match view::spread(&stop.runs, figure) {
        None => "unavailable".to_owned(),
        Some(it) if it.least == it.most => show(it.median),
        Some(it) => format!("{} ({} to {})", show(it.median), show(it.least), show(it.most)),
    }
}

pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub fn time(ns: f64) -> String {
    format_duration_ns(ns.max(0.0).round() as u64)
}

/// A percentile of all operations of a role.
pub fn percentile<'a>(role: &'a str, of: fn(&Responses) -> u64) -> impl Fn(&SweptRun) -> Option<f64> + 'a {
    move |run| run.all(role).map(|all| of(all) as f64)
}
