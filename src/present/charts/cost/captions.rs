//! What the charts of cost models share: where they were measured, what is behind them, what is not drawn.

use super::site::{Site, can_be_drawn};
use crate::{
    present::charts::{Origin, Panel, Plot, from_to, page, unique},
    results::{CostOutcome, CostRow, MapperKind},
    scenario::{ReadPattern, units::format_bytes},
};

pub fn mappers(site: &Site) -> &'static str {
    match site.cost.plan.mappers {
        MapperKind::Processes => "mappers of the file (processes)",
        MapperKind::Threads => "mappers of the file (threads of one process)",
    }
}

/// A plot of a directory; its title has the file system where there are charts of several.
pub fn plot(site: &Site, name: &str, title: &str, panels: Vec<Panel>) -> Plot {
    let title = match &site.distinction {
        Some(distinction) => format!("{title} ({distinction})"),
        None => title.to_owned(),
    };
    let cost = site.cost;
    let (machine, plan) = (&cost.environment, &cost.plan);
    let read_pattern = match plan.read_pattern {
        ReadPattern::Asleep => "asleep",
        ReadPattern::Touch => "reading the page",
        ReadPattern::Scan => "reading the file",
    };
    let measured = format!(
        "{}{}; {} of {} on {}; mappers {read_pattern}",
        cost.lead(),
        page::machine_of(machine),
        cost.file_in_words(),
        format_bytes(plan.file_bytes),
        site.file_system,
    );
    let source = page::source("cost", &machine.host, &cost.started, plan.seed, Some(&cost.mapstorm_version));
    Plot::new(format!("cost-{name}-{}", site.stem), title, Origin { measured, source }, panels)
}

/// How much was measured for these rows.
pub fn behind(site: &Site, rows: &[&CostRow], what: &str) -> String {
    let measured = || rows.iter().filter_map(|row| row.measured());
    let updates = measured().map(|found| found.levels.iter().map(|level| level.updates).sum::<u64>());
    let rounds = measured().map(|found| u64::from(found.cost_model.rounds));
    let incomplete = if site.cost.complete { "" } else { " INCOMPLETE: the measurement was interrupted." };
    format!("Behind each {what}: {} updates in {} rounds.{incomplete}", from_to(updates), from_to(rounds))
}

/// Which of these methods have no cost model, and why; empty if all have one.
pub fn left_out(site: &Site, wanted: impl Fn(&str) -> bool) -> String {
    let names = site.rows.iter().filter(|row| wanted(&row.method)).filter_map(|row| {
        let why = match row.outcome {
            CostOutcome::Measured(ref found) if can_be_drawn(found) => return None,
            CostOutcome::Measured(_) => "its cost model is not a number",
            CostOutcome::Unsupported(_) => "unsupported",
            CostOutcome::Unfinished(_) => "unfinished",
        };
        Some(format!("{} ({why})", row.update()))
    });
    let names = unique(names);
    if names.is_empty() { String::new() } else { format!("Not drawn: {}.", names.join(", ")) }
}
