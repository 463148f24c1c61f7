//! A directory that was measured, with its rows: each has charts of its own, named by its file system, that say where they were measured,
//! what is behind them and what is not drawn. Colours go by write size, the same in all charts of a result.

use std::collections::BTreeSet;

use plotters::style::RGBColor;

use crate::{
    present::{
        charts::{Origin, Panel, Plot, Shape, chart::stem, from_to, page, series, unique},
        heading,
    },
    results::{Cost, CostOutcome, CostRow, MapperKind, Measurement},
    scenario::{MapMode, ReadPattern, units::format_bytes},
    stats::Estimate,
};

pub struct Site<'a> {
    pub cost: &'a Cost,
    /// Its rows here, measured or not.
    pub rows: Vec<&'a CostRow>,
    pub file_system: String,
    /// The same as a part of names of files, different for each directory.
    pub stem: String,
    /// What distinguishes it from other directories, if there are any.
    pub distinction: Option<String>,
}

pub fn sites(cost: &Cost) -> Vec<Site<'_>> {
    let directories = unique(cost.rows.iter().map(|row| row.directory.as_path()));
    let mut stems: Vec<String> = Vec::new();
    let mut sites = Vec::new();
    for directory in &directories {
        let rows: Vec<_> = cost.rows.iter().filter(|row| row.directory == *directory).collect();
        let found = rows.iter().find_map(|row| row.file_system.value());
        let file_system = found.cloned().unwrap_or_else(|| "an unknown file system".to_owned());
        let plain = Some(stem(found.map_or("unknown", |found| found))).filter(|plain| !plain.is_empty());
        let plain = plain.unwrap_or_else(|| "unknown".to_owned());
        let names = std::iter::once(plain.clone()).chain((2..).map(|number| format!("{plain}-{number}")));
        let stem = names.into_iter().find(|name| !stems.contains(name)).unwrap_or(plain);
        stems.push(stem.clone());
        sites.push(Site { cost, rows, file_system, stem, distinction: None });
    }
    // The file system, and where two directories are on the same kind, the directory too.
    let kinds: Vec<String> = sites.iter().map(|site| site.file_system.clone()).collect();
    for (site, directory) in sites.iter_mut().zip(&directories).filter(|_| directories.len() > 1) {
        let alone = kinds.iter().filter(|kind| **kind == site.file_system).count() == 1;
        let kind = &site.file_system;
        site.distinction = Some(if alone { kind.clone() } else { format!("{kind}, {}", directory.display()) });
    }
    sites
}

impl<'a> Site<'a> {
    /// The rows with a cost model that can be drawn.
    pub fn measured(&self) -> impl Iterator<Item = &'a CostRow> {
        self.rows.iter().copied().filter(|row| row.measured().is_some_and(can_be_drawn))
    }

    /// Colour and shape of a write size.
    pub fn look(&self, write_size: u64) -> (RGBColor, Shape) {
        let sizes: BTreeSet<u64> = self.cost.rows.iter().map(|row| row.write_size).collect();
        series(sizes.iter().position(|size| *size == write_size).unwrap_or(0))
    }

    /// A write size in words, with the folios it makes where they are known and the same in all open modes.
    pub fn size(&self, write_size: u64) -> String {
        let mut headings = self.rows.iter().filter(|row| row.write_size == write_size).map(|row| heading(row));
        let first = headings.next().unwrap_or_default();
        if headings.all(|name| name == first) { first } else { format!("writes of {}", format_bytes(write_size)) }
    }

    /// Open mode and write size of a row in words.
    pub fn condition(&self, row: &CostRow) -> String {
        format!("{}, {}", row.mode.in_words(), self.size(row.write_size))
    }

    pub fn name(&self, row: &CostRow) -> String {
        format!("{}, {}", row.update(), self.condition(row))
    }

    /// The label of an axis of mappers.
    pub fn mappers(&self) -> &'static str {
        match self.cost.plan.mappers {
            MapperKind::Processes => "mappers of the file (processes)",
            MapperKind::Threads => "mappers of the file (threads of one process)",
        }
    }

    /// A plot of the directory; its title has the file system where there are charts of several.
    pub fn plot(&self, name: &str, title: &str, panels: Vec<Panel>) -> Plot {
        let of_several = self.distinction.as_ref().map_or_else(String::new, |distinction| format!(" ({distinction})"));
        let cost = self.cost;
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
            self.file_system,
        );
        let source = page::source("cost", &machine.host, &cost.started, plan.seed, Some(&cost.mapstorm_version));
        let (name, title) = (format!("cost-{name}-{}", self.stem), format!("{title}{of_several}"));
        Plot::new(name, title, Origin { measured, source }, panels)
    }

    /// Says how much was measured for these rows.
    pub fn say_behind(&self, plot: &mut Plot, rows: &[&CostRow], what: &str) {
        let measured = || rows.iter().filter_map(|row| row.measured());
        let updates = measured().map(|found| found.levels.iter().map(|level| level.updates).sum::<u64>());
        let rounds = measured().map(|found| u64::from(found.cost_model.rounds));
        plot.say(format!("Behind each {what}: {} updates in {} rounds.", from_to(updates), from_to(rounds)));
        plot.say_if(!self.cost.complete, "INCOMPLETE: the measurement was interrupted.");
    }

    /// Says which of these methods have no cost model, and why.
    pub fn say_left_out(&self, plot: &mut Plot, is_wanted: impl Fn(&str) -> bool) {
        let names = self.rows.iter().filter(|row| is_wanted(&row.method)).filter_map(|row| {
            let why = match row.outcome {
                CostOutcome::Measured(ref found) if can_be_drawn(found) => return None,
                CostOutcome::Measured(_) => "its cost model is not a number",
                CostOutcome::Unsupported(_) => "unsupported",
                CostOutcome::Unfinished(_) => "unfinished",
            };
            Some(format!("{} ({why})", row.update()))
        });
        let names = unique(names);
        plot.say_if(!names.is_empty(), format!("Not drawn: {}.", names.join(", ")));
    }

    /// Those of the rows that have no straight line for a cost model, in words.
    pub fn bent(&self, rows: &[&CostRow]) -> Vec<String> {
        let bent = rows.iter().filter(|row| row.measured().is_some_and(Measurement::bends));
        bent.map(|row| format!("{} ({})", row.update(), self.condition(row))).collect()
    }
}

/// Whether a cost model has only finite numbers: an axis has no place for others.
pub fn can_be_drawn(found: &Measurement) -> bool {
    let points = found.cost_model.points.iter().map(|point| point.ns);
    let mut all = points.chain([found.cost_model.base_ns, found.slope()]);
    all.all(|Estimate { value, low, high }| [value, low, high].iter().all(|number| number.is_finite()))
}

/// How methods are mapped, the most informative first.
pub const MODES: [MapMode; 3] = [MapMode::ReadWrite, MapMode::ReadOnly, MapMode::Dirty];

/// The place of a row's open mode among them.
pub fn mode_place(row: &CostRow) -> usize {
    MODES.iter().position(|mode| *mode == row.mode).unwrap_or(MODES.len())
}
