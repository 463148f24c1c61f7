//! What the charts of a sweep share: where it was measured, what is behind each point, what was found.

use super::view::{Verdict, View};
pub use crate::conclude::wording::{knee_in_short as knee, load};
use crate::{
    conclude::wording,
    present::charts::{Origin, Plot, from_to, page, with_interval},
    results::{Answer, Predicted, Purpose, Role},
    scenario::units::{format_duration_ns, short_ns},
    stats::Usl,
};

pub fn origin(view: &View) -> Origin {
    let report = view.report;
    let machine = report.machine.as_ref().map_or_else(
        || "an unknown machine".to_owned(),
        |machine| {
            let file_system = machine.file_system.value().map_or_else(String::new, |kind| format!(", files on {kind}"));
            let names = [machine.host.as_str(), machine.system.as_str(), machine.kernel.as_str()];
            page::machine(names, &machine.cpus_allowed, &machine.cpu_quota) + &file_system
        },
    );
    let what = match report.purpose {
        Purpose::Sweep => "sweep",
        Purpose::Knee => "search for the knee",
    };
    let host = report.machine.as_ref().map_or("", |machine| &machine.host);
    let version = Some(&*report.mapstorm_version);
    Origin {
        measured: format!("{machine}; {what} of {}: {}", report.scenario, wording::runs(report.runs.len())),
        source: page::source(&report.scenario, host, &report.started, report.seed, version),
    }
}

pub fn title(view: &View, what: &str) -> String {
    let others = view.report.axes.iter().filter(|axis| axis.key != view.across.key);
    let by: String = others.map(|axis| format!(" and {}", axis.key)).collect();
    format!("{what} by {}{by}", view.across.key)
}

/// Says how points are to be read and how many runs each stands for; also what is missing.
pub fn behind(view: &View, plot: &mut Plot) {
    let count = from_to(view.stops().map(|stop| stop.runs.len() as u64));
    let runs = if count == "1" { "run" } else { "runs" };
    let line = if view.is_numeric() { "lines join the medians" } else { "a short line is the median" };
    plot.say(format!("At each {}: {count} {runs}, a point each; {line}.", view.across.key));
    let invalid = view.runs().filter(|run| Verdict::of(run) == Verdict::Invalid).count();
    let all = view.runs().count();
    plot.say_if(invalid > 0, format!("Invalid or incomplete, and in no median: {invalid} of {all} runs."));
    if !view.report.complete {
        let why = view.report.stopped.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        plot.say(format!("INCOMPLETE{why}."));
    }
}

/// How many operations are behind the percentiles of a role.
pub fn operations(view: &View, role: Role) -> String {
    let counts = view.runs().filter_map(|run| run.all(role)).map(|all| all.count);
    if counts.clone().next().is_none() { "none".to_owned() } else { from_to(counts) }
}

/// Where the predicted knee is; `None`: there were no objectives.
pub fn predicted_knee(predicted: &Predicted) -> Option<String> {
    let knee = predicted.knee.as_ref()?;
    Some(match (knee.answer, knee.load) {
        (_, Some(load)) => with_interval(load, rounded),
        (Answer::Below, None) => format!("below {}", rounded(knee.from)),
        _ => format!("none up to {}", rounded(knee.to)),
    })
}

/// A load that was worked out: whole numbers from 10 on.
fn rounded(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { load(value) }
}

/// The cost model of a commit, with its intervals and where it is from; or why there is none.
pub fn cost_model(predicted: &Predicted) -> String {
    let Some(cost_model) = &predicted.cost_model else {
        let why = predicted.notes.first().map_or("there is none", |why| why);
        return format!("No cost model: {why}");
    };
    let [base, slope] = [cost_model.base_ns, cost_model.per_mapper_ns].map(|time| with_interval(time, short_ns));
    let full = predicted.saturation.map_or_else(String::new, |load| {
        let load = with_interval(load, rounded);
        format!("; by it the lock would be in use all the time at {} = {load}", predicted.key)
    });
    format!("Cost model: {base} + {slope} a mapper ({}){full}", cost_model.source)
}

/// What predictions are made from; empty if nothing is predicted.
pub fn predicted_from(view: &View) -> String {
    let cost_models = view.groups.iter().filter_map(|group| group.predicted?.cost_model.as_ref());
    page::predicted_from(cost_models.map(|cost_model| &*cost_model.source))
}

pub fn usl(key: &str, usl: &Usl) -> String {
    let number = |value: f64| match value {
        0.0 => "0".to_owned(),
        small if small < 0.01 => format!("{small:.1e}"),
        large => format!("{large:.3}"),
    };
    let peak = match usl.peak_load {
        Some(peak) => format!("peak at {key} = {}", with_interval(peak, rounded)),
        None => "no peak within 100 times the largest load".to_owned(),
    };
    let (sigma, kappa) = (number(usl.sigma.value), number(usl.kappa.value));
    format!("λ = {}/s, σ = {sigma}, κ = {kappa}; {peak}", load(usl.lambda_per_s.value))
}

pub fn time(ns: f64) -> String {
    format_duration_ns(ns.max(0.0).round() as u64)
}
