//! What one commit of a scenario costs under the lock, measured with the scenario's kinds of commits, file, open mode, write size and mappers.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Context;

use super::{CostProgress, Plan, least_ns, measure_cost, spread};
use crate::mailboxes::detect;
use crate::results::{CommitModel, CostOutcome, commit_method, commits_of};
use crate::scenario::{Contents, MapMode, Scenario};
use crate::workload::update::Method;

/// Mappers that are forked, at most: beyond them the cost model is extrapolated.
const MOST_MAPPERS: u32 = 4000;
/// And at least: fewer determine a slope poorly.
const LEAST_MAPPERS: u32 = 64;
/// Every mapper reads every page of a file as large as the scenario's: how large the last folio is, and in how many a commit's records
/// lie, is part of what it costs. For each second of the budget they together map so many bytes at most, or getting ready would take all
/// of it: Linux maps some 100 GB a second in folios of 1 MiB, a fifth of that page by page, and less on a busy host.
const MAPPED_PER_S: [u64; 2] = [5 << 30, 25 << 30];
const LARGE_FOLIO: u64 = 256 << 10;
/// The size where the scenario gives none.
const FILE_BYTES: u64 = 16 << 20;

/// Where three rounds did not fit, because the host is busier than was estimated, it is measured again for so many times the budget.
const AGAIN: u64 = 8;

/// What decides which cost model applies to a scenario's commits, whatever the number of mappers: how the file is mapped, and the bytes of
/// a write that it is made with.
pub type ModelKind = (MapMode, u64);

pub fn model_kind(scenario: &Scenario) -> ModelKind {
    (scenario.readers.open.into(), scenario.file.write_size_bytes)
}

/// Measures it, within about `budget_ns` or the time that three rounds take, in a directory on the scenario's file system. Every mapper has all pages mapped: where
/// readers have not touched all of them (yet), a commit costs less.
/// Errors: Interrupted; or what [`measure_cost`] fails for; or three rounds gave no fit.
pub fn commit_model(
    scenario: &Scenario,
    directory: &Path,
    budget_ns: u64,
    interrupted: &AtomicBool,
    on_step: &mut dyn FnMut(CostProgress),
) -> anyhow::Result<CommitModel> {
    let (format, records, source) = match &scenario.file.contents {
        Contents::Generated { format, records, .. } => (*format, *records, None),
        Contents::Copied { source } => (detect(source).map_err(|error| error.at(source))?, None, Some(source.clone())),
    };
    let commits = commits_of(&scenario.writer.operations);
    let methods = commits.iter().map(|(operation, _)| {
        Method::named(&commit_method(*operation)).with_context(|| format!("no update method {operation:?}"))
    });
    let plan = Plan::asleep(directory, methods.collect::<Result<_, _>>()?, vec![format], budget_ns, scenario.run.seed);
    let mut plan = Plan {
        modes: vec![scenario.readers.open.into()],
        write_sizes: vec![scenario.file.write_size_bytes],
        levels: spread(mappers(scenario, budget_ns)),
        source,
        records,
        file_bytes: file_bytes(scenario),
        // Getting ready takes longer on a busy host: without a model there would be no prediction at all.
        measuring_ns: budget_ns / 2,
        ..plan.map_err(anyhow::Error::msg)?
    };
    plan.budget_ns = budget_ns.max(least_ns(&plan));
    let mut measure = |plan: &Plan| measure_cost(plan, &[], interrupted, on_step)?.context("interrupted");
    let mut measured = measure(&plan)?;
    if measured.cost.rows.iter().any(|row| matches!(row.outcome, CostOutcome::Unfinished(_))) {
        plan.measuring_ns = AGAIN * budget_ns;
        measured = measure(&plan)?;
    }
    let row = |name: &str| measured.cost.rows.iter().find(|row| row.method == name);
    let source = format!("measured in a {} file of the same kind, mappers asleep", format.name());
    CommitModel::of_commits(&commits, row, &source).map_err(anyhow::Error::msg)
}

fn file_bytes(scenario: &Scenario) -> u64 {
    let source = match &scenario.file.contents {
        Contents::Copied { source } => std::fs::metadata(source).ok().map(|facts| facts.len()),
        Contents::Generated { .. } => None,
    };
    scenario.file_bytes_per_instance().or(source).unwrap_or(FILE_BYTES)
}

/// As many as an instance has readers, but for what would take too long to get ready.
fn mappers(scenario: &Scenario, budget_ns: u64) -> u32 {
    let [small, large] = MAPPED_PER_S;
    let mapped_per_s = if scenario.file.write_size_bytes < LARGE_FOLIO { small } else { large };
    let mapped = (mapped_per_s as f64 * budget_ns as f64 / 1e9) as u64;
    // The levels of `spread` have 15 eighths of the most.
    let most = mapped / file_bytes(scenario).max(1) * 8 / 15;
    scenario.mappers_in(0).min(u32::try_from(most).unwrap_or(u32::MAX)).clamp(LEAST_MAPPERS, MOST_MAPPERS)
}
