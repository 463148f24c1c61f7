//! The measures of a page, its words, and where the data on it come from.

use plotters::style::text_anchor::HPos;

use super::{canvas::Words, palette::GREY};
use crate::{
    conclude::in_order::unique,
    results::{Availability, Environment, Quota, Run, cpus_in_short},
};

/// Width of a chart, pixels.
pub const WIDTH: u32 = 900;
/// Free at all sides.
pub const MARGIN: f64 = 14.0;

/// Of marks on axes.
pub const SMALL: Words = Words::of_size(12.0);
/// Of labels of axes.
pub const LABEL: Words = Words::of_size(13.0).end(HPos::Center);
/// Of titles of panels, where a chart has several.
pub const PANEL_TITLE: Words = Words::of_size(13.0).bold();
pub const TITLE: Words = Words::of_size(19.0).bold();
pub const CAPTION: Words = SMALL.color(GREY);

/// Where the data of a chart come from.
#[derive(Clone)]
pub struct Origin {
    /// The machine and the load; it stands below the title.
    pub measured: String,
    /// Scenario, host, date, seed and version as far as a result has them; it stands at the foot.
    pub source: String,
}

/// The source line of a result.
pub fn source(scenario: &str, host: &str, date: &str, seed: u64, version: Option<&str>) -> String {
    let host = if host.is_empty() { "host unavailable" } else { host };
    let seed = format!("seed {seed}");
    let version = version.map_or_else(String::new, |version| format!("mapstorm {version}"));
    let mut parts = vec![scenario, host, date, &seed, &version];
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

pub fn source_of(run: &Run) -> String {
    let (scenario, version) = (&run.scenario, &run.mapstorm_version);
    source(&scenario.name, &run.environment.host, &run.started, scenario.run.seed, Some(version))
}

/// Host, system and kernel of a machine, and its CPUs.
pub fn machine([host, system, kernel]: [&str; 3], cpus: &Availability<u64>, quota: &Quota) -> String {
    format!("{host}, {system} {kernel}, {}", cpus_in_short(cpus, quota))
}

/// The same of the machine that a result was measured on.
pub fn machine_of(measured_on: &Environment) -> String {
    let names = [&*measured_on.host, &*measured_on.system, &*measured_on.kernel];
    machine(names, &measured_on.cpus_allowed, &measured_on.cpu_quota)
}

/// What predictions are made from; empty if nothing is predicted.
pub fn predicted_from<'s>(sources: impl Iterator<Item = &'s str>) -> String {
    let sources = unique(sources);
    if sources.is_empty() {
        return String::new();
    }
    let sources = sources.join("; ");
    format!("Predicted: from a commit's cost model and queueing alone, never run; the cost model is from: {sources}.")
}

/// Such as `3`, or `2 to 5`.
pub fn from_to(counts: impl Iterator<Item = u64> + Clone) -> String {
    match (counts.clone().min(), counts.max()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (_, most) => most.unwrap_or(0).to_string(),
    }
}
