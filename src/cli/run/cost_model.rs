//! The cost model that predictions rest on: from `mapstorm cost`, or measured before the first run; never from the runs compared.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::Run;
use crate::cli::failure::Failure;
use crate::cli::live::Live;
use crate::cli::steps::parent;
use crate::conclude::predicted::obstacle;
use crate::experiment::commit_model;
use crate::mailboxes::{OpenMode, detect};
use crate::results::{CommitModel, Cost, CostRow, commits_of};
use crate::scenario::units::format_bytes;
use crate::scenario::{Contents, MapMode, Scenario};

/// It is measured for as long as a run measures, within these bounds, nanoseconds.
const BUDGET_NS: [u64; 2] = [1_000_000_000, 10_000_000_000];

/// Time for measuring the cost model of a scenario, nanoseconds.
pub fn budget_ns(scenario: &Scenario) -> u64 {
    scenario.run.duration_ns.clamp(BUDGET_NS[0], BUDGET_NS[1])
}

/// The cost model that `--cost-model` names, if it is given.
pub fn given(arguments: &Run, scenario: &Scenario) -> Result<Option<CommitModel>, Failure> {
    let path = arguments.many.cost_model.as_deref();
    path.map(|path| from_file(path, scenario)).transpose().map_err(Failure::invalid)
}

/// The cost model of a scenario's commits from `cost.json` (or its directory).
/// Errors: It cannot be read, or has no commit as this scenario makes it.
pub fn from_file(path: &Path, scenario: &Scenario) -> anyhow::Result<CommitModel> {
    let cost = Cost::load(path)?;
    let mode = match scenario.readers.open {
        OpenMode::ReadOnly => MapMode::ReadOnly,
        OpenMode::ReadWrite => MapMode::ReadWrite,
    };
    let format = scenario.file.contents.format().or_else(|| match &scenario.file.contents {
        Contents::Copied { source } => detect(source).ok(),
        Contents::Generated { .. } => None,
    });
    let fits = |row: &&CostRow| row.mode == mode && row.write_size == scenario.file.write_size_bytes;
    let is_same = |row: &&CostRow| format.is_none_or(|format| format == cost.format_of(row));
    let row = |name: &str| cost.rows.iter().filter(|row| row.method == name && is_same(row)).find(fits);
    let source = format!("{}, up to {} mappers asleep", path.display(), cost.plan.levels.last().unwrap_or(&0));
    CommitModel::of_commits(&commits_of(&scenario.writer.operations), row, &source).map_err(|why| {
        anyhow::anyhow!(
            "--cost-model {}: {why} in a {} file that was written {} at a time and mapped {}; measure it with `mapstorm cost --method commit --format {} --write-size {}`",
            path.display(),
            format.map_or("such a", |format| format.name()),
            format_bytes(scenario.file.write_size_bytes),
            mode.in_words(),
            format.map_or("twoskip", |format| format.name()),
            scenario.file.write_size_bytes,
        )
    })
}

/// Measures it on the scenario's file system. `None`: nothing can be predicted, or the measurement failed, which was reported.
pub fn measured(scenario: &Scenario, wanted: &Path, interrupted: &AtomicBool, live: &Live) -> Option<CommitModel> {
    if obstacle(scenario).is_some() {
        return None;
    }
    let directory = scenario.file.directory.as_deref().unwrap_or(parent(wanted));
    live.line("measuring what a commit costs for each mapper");
    let made = std::fs::create_dir_all(directory).map_err(anyhow::Error::from);
    let cost_model = made.and_then(|()| {
        commit_model(scenario, directory, budget_ns(scenario), interrupted, &mut |progress| live.show_cost(&progress))
    });
    cost_model
        .inspect_err(|error| live.line(&format!("Warning: no cost model, and so no prediction from one: {error:#}")))
        .ok()
}
