//! The cost model: what one update costs for every process that maps the file, measured as a designed experiment.
//! The mappers are forked once and reused; cells (methods × conditions) and numbers of mappers come in random order, round by round.

mod budget;
mod commit_cost;
mod files;
mod imported;
mod plan;
mod rounds;
mod series;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use clap::ValueEnum;

use crate::driver::{MapperGroup, MapperPlan};
use crate::mailboxes::{Format, RecordStyle};
use crate::os::clock::now_ns;
use crate::results::{
    Cost, CostBlock, CostRow, Environment, FORMAT_VERSION, MAPSTORM_VERSION, MapperKind, Unfinished, utc,
};
use crate::scenario::{Contents, Scenario};
use crate::workload::update::Target;
use files::Content;
use rounds::{Rounds, Span};

pub use budget::least_ns;
pub use commit_cost::{ModelKind, commit_model, model_kind};
pub use imported::import;
pub use plan::{Plan, spread};

const FILES: &str = "mapstorm-cost";

/// A measured experiment: what `cost.json` keeps, and every block behind it.
pub struct Measured {
    pub cost: Cost,
    pub blocks: Vec<CostBlock>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CostProgress {
    /// What will be made and measured; and the least time that it takes, of that which there is, nanoseconds.
    Planned { files: usize, bytes: u64, models: usize, least_ns: u64, of_ns: u64 },
    /// Files are made.
    Making { made: usize, of: usize },
    /// Mappers are forked, and map their files.
    Gathering { ready: u32, of: u32 },
    /// The time since the experiment began, of the time there is for it, nanoseconds; the round, from 1; and precise slopes, of all.
    Measuring { elapsed_ns: u64, of_ns: u64, round: u32, precise: usize, of: usize },
}

/// Carries the experiment out. `None`: interrupted before anything was measured.
pub fn measure_cost(
    plan: &Plan,
    command: &[String],
    interrupted: &AtomicBool,
    on_step: &mut dyn FnMut(CostProgress),
) -> anyhow::Result<Option<Measured>> {
    let (started, began) = (jiff::Timestamp::now(), now_ns());
    let (sites, models) = (plan.sites(), plan.cells().len());
    let (files, bytes, of_ns) = (sites.len() * plan.levels.len(), plan.file_bytes, plan.budget_ns);
    on_step(CostProgress::Planned { files, bytes, models, least_ns: least_ns(plan), of_ns });
    let places = plan.directories.iter().map(|directory| Unfinished::claim_next(&directory.join(FILES)));
    let places = places.collect::<Result<Vec<_>, _>>()?;
    let content = |format: &Format| Content::of(&plan.scenario(*format)?, places[0].path(), interrupted);
    let contents = plan.formats.iter().map(content).collect::<anyhow::Result<Vec<_>>>()?;
    let mut targets = files::make(plan, &sites, &places, &contents, on_step)?;
    let environment = Environment::probe(places[0].path(), &[]);
    let folios: Vec<_> = targets.iter().step_by(plan.levels.len()).map(files::folio_of).collect();
    let mut rounds = Rounds::new(plan, contents.iter().map(|content| content.commit.clone()).collect());
    let span = Span { began_ns: began, end_ns: began + plan.budget_ns };
    let (ready_ns, ended) = match plan.mappers {
        MapperKind::Processes => {
            let groups = groups(plan, &targets)?;
            let forked = now_ns();
            let most = plan.levels.last().copied().unwrap_or(0);
            let mut gathering = |ready| on_step(CostProgress::Gathering { ready, of: most });
            let mut workers = MapperGroup::gather(&groups, interrupted, &mut gathering)?;
            let ready_ns = now_ns() - forked;
            if interrupted.load(Relaxed) {
                return Ok(None);
            }
            let span = Span { end_ns: span.end_ns.max(now_ns() + plan.measuring_ns), ..span };
            (ready_ns, rounds.run(&mut targets, &mut workers, span, interrupted, on_step))
        }
        MapperKind::Threads => (0, rounds.run_with_threads(&mut targets, span, interrupted, on_step)),
    };
    let blocks = rounds.cells.iter().enumerate();
    let blocks: Vec<CostBlock> = blocks.flat_map(|(row, (_, series))| series.blocks(row)).collect();
    let incomplete_because = match ended {
        Ok(()) => Vec::new(),
        Err(error) if blocks.is_empty() => return Err(error),
        Err(error) => vec![format!("{error:#}")],
    };

    let system = |directory: &PathBuf| crate::os::environment::file_system(directory).map(|found| found.kind).into();
    let rows = rounds.cells.iter().map(|(cell, series)| {
        let site = sites[cell.site];
        CostRow {
            method: cell.method.name.to_owned(),
            emulated: cell.method.emulated,
            format: (plan.formats.len() > 1).then(|| plan.formats[site.format]),
            mode: site.mode,
            write_size: site.write_size,
            folio_bytes: folios[cell.site].clone().into(),
            directory: plan.directories[site.directory].clone(),
            file_system: system(&plan.directories[site.directory]),
            outcome: series.outcome(cell.method, &plan.levels, folios[cell.site].clone(), rounds.untraced.as_deref()),
        }
    });
    let rows = rows.collect();
    let cost = Cost {
        format_version: FORMAT_VERSION,
        mapstorm_version: MAPSTORM_VERSION.to_owned(),
        command: command.to_vec(),
        started: utc(started),
        environment,
        imported_from: None,
        plan: plan.facts(contents[0].bytes.len() as u64),
        ready_ns,
        measured_ns: rounds.elapsed_ns,
        rounds: rounds.rounds,
        complete: !interrupted.load(Relaxed) && rounds.lost.is_empty() && incomplete_because.is_empty(),
        incomplete_because,
        asking: rounds.asking(),
        lost_mappers: rounds.lost,
        rows,
    };
    Ok(Some(Measured { cost, blocks }))
}

fn groups(plan: &Plan, targets: &[Target<'_>]) -> anyhow::Result<MapperPlan> {
    let (sites, levels) = (plan.sites(), plan.levels.len());
    let mapped = targets.iter().enumerate();
    let mapped = mapped.map(|(number, target)| Ok((files::mapped(target, &sites[number / levels])?, number % levels)));
    Ok(MapperPlan {
        files: mapped.collect::<anyhow::Result<Vec<_>>>()?,
        levels: plan.levels.clone(),
        read_pattern: plan.read_pattern,
        reads_per_s: plan.reads_per_s,
    })
}

impl Plan {
    /// What the records look like: in several formats as in the first of them, so that nothing but the format differs.
    fn records(&self) -> Option<RecordStyle> {
        let of_first = || self.formats.first().filter(|_| self.formats.len() > 1)?.usual_records();
        self.records.or_else(of_first)
    }

    /// The scenario whose database files of this format are copies of.
    fn scenario(&self, format: Format) -> anyhow::Result<Scenario> {
        let records = self.records().filter(|_| format != Format::Flat).and_then(|style| style.to_possible_value());
        let records = records.map_or_else(String::new, |style| format!("records = '{}'\n", style.get_name()));
        let text = format!(
            "[file]\nformat = '{}'\n{records}size = {}\nwrite-size = '1MiB'\n[readers]\ncount = 1\n[run]\nseed = {}\n",
            format.name(),
            self.file_bytes,
            self.seed
        );
        let mut scenario = Scenario::parse("cost.toml", &text, &[]).map_err(|errors| anyhow::anyhow!("{errors}"))?;
        if let Some(source) = &self.source {
            scenario.file.contents = Contents::Copied { source: source.clone() };
        }
        Ok(scenario)
    }
}
