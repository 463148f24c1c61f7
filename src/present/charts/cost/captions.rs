//! The words of the charts of the cost law: where it was measured, what is behind it, what is not drawn.
//! All of it is told in the description too, law by law, for those who do not see the chart.

use super::site::{Site, can_be_drawn};
use crate::{
    present::{
        charts::page::{self, from_to},
        sentence,
    },
    results::{CostOutcome, CostRow, MapperKind, cpus_in_short},
    scenario::{ReadPattern, units::format_bytes},
};

pub fn mappers(site: &Site) -> &'static str {
    match site.cost.plan.mappers {
        MapperKind::Processes => "mappers of the file (processes)",
        MapperKind::Threads => "mappers of the file (threads of one process)",
    }
}

pub fn measured_where(site: &Site) -> String {
    let (machine, plan) = (&site.cost.environment, &site.cost.plan);
    let cpus = format!(", {}", cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota));
    let read_pattern = match plan.read_pattern {
        ReadPattern::Asleep => "asleep",
        ReadPattern::Touch => "reading the page",
        ReadPattern::Scan => "reading the file",
    };
    format!(
        "{}, {} {}{cpus}; {} file of {} on {}; mappers {read_pattern}",
        machine.host,
        machine.system,
        machine.kernel,
        plan.format.name(),
        format_bytes(plan.file_bytes),
        site.file_system,
    )
}

pub fn origin(site: &Site) -> String {
    let cost = site.cost;
    page::origin("cost", &cost.environment.host, &cost.started, Some(cost.plan.seed), Some(&cost.mapstorm_version))
}

/// A title, with the file system where there are charts of several.
pub fn title(site: &Site, title: &str) -> String {
    match &site.distinction {
        Some(distinction) => format!("{title} ({distinction})"),
        None => title.to_owned(),
    }
}

/// How much was measured for these rows.
pub fn behind(site: &Site, rows: &[&CostRow], what: &str) -> String {
    let measured = || rows.iter().filter_map(|row| row.measured());
    let updates = measured().map(|found| found.levels.iter().map(|level| level.updates).sum::<u64>());
    let rounds = measured().map(|found| u64::from(found.cost_model.rounds));
    let incomplete = if site.cost.complete { "" } else { " INCOMPLETE: the measurement was interrupted." };
    format!("Behind each {what}: {} updates in {} rounds.{incomplete}", from_to(updates), from_to(rounds))
}

/// What was wanted of these methods but has no law; empty if there is none.
pub fn left_out(site: &Site, wanted: impl Fn(&str) -> bool) -> String {
    let mut names: Vec<String> = Vec::new();
    for row in site.rows.iter().filter(|row| wanted(&row.method)) {
        let why = match row.outcome {
            CostOutcome::Measured(ref found) if can_be_drawn(found) => continue,
            CostOutcome::Measured(_) => "its law is no number",
            CostOutcome::Unsupported(_) => "unsupported",
            CostOutcome::Unfinished(_) => "unfinished",
        };
        let name = format!("{} ({why})", row.method);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { String::new() } else { format!(" Not drawn: {}.", names.join(", ")) }
}

pub fn sentences(site: &Site, rows: &[&CostRow]) -> String {
    rows.iter().map(|row| sentence(row, site.cost.plan.mappers)).collect::<Vec<_>>().join("\n")
}
