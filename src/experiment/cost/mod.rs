//! The cost law: what one update costs for every process that maps the file, measured as a designed experiment.
//! One crowd is forked and reused; cells (methods × conditions) and numbers of mappers come in random order, round by round.

mod block;
mod files;
mod plan;
mod progress;
mod rounds;
mod series;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use crate::{
    driver::{Company, MapperCrowd},
    os::clock::now_ns,
    results::{COST_FORMAT_VERSION, Cost, CostRow, Environment},
    scenario::Scenario,
    workload::update::Settings,
};
use files::{Content, Place};
use rounds::Rounds;

pub use plan::{Plan, spread};
pub use progress::CostProgress;

/// A measured experiment: what `cost.json` keeps, and every block behind it.
pub struct Measured {
    /// The laws.
    pub cost: Cost,
    /// The blocks: row of `cost.rows`, round, mappers, typical time in nanoseconds.
    pub blocks: Vec<(usize, crate::law::Observation)>,
}

/// Carries the experiment out. `None`: interrupted before anything was measured.
pub fn measure_cost(
    plan: &Plan,
    command: &[String],
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(CostProgress),
) -> anyhow::Result<Option<Measured>> {
    let started = jiff::Timestamp::now();
    let places =
        plan.directories.iter().map(|directory| Place::inside(directory)).collect::<anyhow::Result<Vec<_>>>()?;
    let content = Content::of(&plan.scenario()?, places[0].path())?;
    let sites = plan.sites();
    let mut targets = files::make(plan, &sites, &places, &content)?;
    tell(CostProgress::Made { files: targets.len(), bytes: content.bytes.len() as u64 });
    let environment = Environment::probe(places[0].path(), &[]);
    let levels = plan.levels.len();
    let mapped = targets
        .iter()
        .enumerate()
        .map(|(number, target)| Ok((files::mapped(target, &sites[number / levels])?, number % levels)));
    let company = Company {
        files: mapped.collect::<anyhow::Result<Vec<_>>>()?,
        levels: plan.levels.clone(),
        busy: plan.busy,
        reads_per_s: plan.reads_per_s,
    };
    let forked = now_ns();
    let most = plan.levels.last().copied().unwrap_or(0);
    let mut crowd = MapperCrowd::gather(&company, interrupted, &mut |ready| {
        tell(CostProgress::Gathering { ready, of: most });
    })?;
    let ready_ns = now_ns() - forked;
    if interrupted.load(Relaxed) {
        return Ok(None);
    }
    let settings = Settings { commit: content.commit.clone(), standstill: plan.standstill() };
    let folios: Vec<Result<u64, String>> =
        (0..sites.len()).map(|site| files::folio_of(&targets[(site + 1) * levels - 1])).collect();
    let mut rounds = Rounds::new(plan, &settings);
    rounds.run(&mut targets, &mut crowd, interrupted, tell)?;
    drop(crowd);

    let system = |directory: &PathBuf| crate::os::environment::file_system(directory).map(|found| found.kind).into();
    let rows = rounds.cells().map(|(cell, series)| {
        let site = sites[cell.site];
        CostRow {
            method: cell.method.name.to_owned(),
            emulated: cell.method.emulated,
            mode: site.mode,
            write_size: site.write_size,
            folio_bytes: folios[cell.site].clone().into(),
            directory: plan.directories[site.directory].clone(),
            file_system: system(&plan.directories[site.directory]),
            outcome: series.outcome(cell.method, &plan.levels, folios[cell.site].clone()),
        }
    });
    let rows = rows.collect();
    let blocks = rounds.cells().enumerate();
    let blocks = blocks.flat_map(|(row, (_, series))| series.observations().iter().map(move |block| (row, *block)));
    let cost = Cost {
        cost_format_version: COST_FORMAT_VERSION,
        mapstorm_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_vec(),
        started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        environment,
        plan: plan.facts(content.bytes.len() as u64),
        ready_ns,
        measured_ns: rounds.elapsed_ns(),
        rounds: rounds.count(),
        complete: !interrupted.load(Relaxed),
        asking: rounds.asking(),
        rows,
    };
    Ok(Some(Measured { cost, blocks: blocks.collect() }))
}

impl Plan {
    /// The scenario whose file is made.
    fn scenario(&self) -> anyhow::Result<Scenario> {
        let text = format!(
            "[file]\nformat = '{}'\nsize = {}\nwrite-size = '1MiB'\n[readers]\ncount = 1\n[run]\nseed = {}\n",
            self.format.name(),
            self.file_bytes,
            self.seed
        );
        Scenario::parse("cost.toml", &text, &[]).map_err(|errors| anyhow::anyhow!("{errors}"))
    }
}
