//! What one whole commit of a scenario costs under the lock, measured: the scenario's own format, open mode and write size, at as
//! many mappers as one of its instances has.

use std::{path::Path, sync::atomic::AtomicBool};

use anyhow::{Context, bail};

use super::{CostProgress, Plan, measure_cost, spread};
use crate::{
    law,
    mailboxes::{Format, OpenMode, detect},
    results::{CommitLaw, CostOutcome, MapperKind},
    scenario::{Contents, Scenario},
    workload::{
        mapper::{Busy, MapMode},
        update::Method,
    },
};

/// Bytes of the file that is measured, at most: the pages that a commit changes are as many in a small file as in a large one,
/// as long as they lie in different folios.
const FILE_BYTES: u64 = 16 << 20;
/// Mappers that are forked, at most. The law is a straight line: beyond, it goes on.
const MOST_MAPPERS: u32 = 4000;
/// And at least: fewer tell little of a slope.
const LEAST_MAPPERS: u32 = 64;

/// Measures it, within about `budget_ns`, in a directory on the scenario's file system. Every mapper has all pages mapped: where
/// readers have not touched all of them (yet), a commit costs less.
///
/// # Errors
/// Interrupted; or what [`measure_cost`] fails for; or three rounds did not tell.
pub fn commit_law(
    scenario: &Scenario,
    directory: &Path,
    budget_ns: u64,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(CostProgress),
) -> anyhow::Result<CommitLaw> {
    let format = match &scenario.file.contents {
        Contents::Generated { format, .. } => *format,
        Contents::Copied { source } => detect(source).map_err(|error| error.at(source))?,
    };
    let plan = Plan {
        directories: vec![directory.to_owned()],
        methods: vec![Method::named("commit").context("there is no such update method")?],
        full: true,
        modes: vec![match scenario.readers.open {
            OpenMode::ReadOnly => MapMode::ReadOnly,
            OpenMode::ReadWrite => MapMode::ReadWrite,
        }],
        write_sizes: vec![scenario.file.write_size_bytes],
        levels: spread(scenario.readers_in(0).clamp(LEAST_MAPPERS, MOST_MAPPERS)),
        busy: Busy::Asleep,
        reads_per_s: 1.0,
        visit_cpus: false,
        mappers: MapperKind::Processes,
        format,
        records: match &scenario.file.contents {
            Contents::Generated { records, .. } => *records,
            Contents::Copied { .. } => None,
        },
        file_bytes: file_bytes(scenario, format),
        budget_ns,
        standstill: law::find("t2000").context("there is no such preset")?,
        seed: scenario.run.seed,
    };
    let Some(measured) = measure_cost(&plan, &[], interrupted, tell)? else { bail!("interrupted") };
    match measured.cost.rows.first().map(|row| &row.outcome) {
        Some(CostOutcome::Measured(found)) => Ok(CommitLaw {
            // A server has other work to do between two commits.
            base_ns: found.apart.base_ns,
            per_mapper_ns: found.apart.per_mapper_ns,
            source: format!("measured: commits to a {} file of the same kind, mappers asleep", format.name()),
        }),
        Some(CostOutcome::Unsupported(why) | CostOutcome::Unfinished(why)) => bail!("{why}"),
        None => bail!("nothing was measured"),
    }
}

fn file_bytes(scenario: &Scenario, format: Format) -> u64 {
    let own = scenario.file_bytes_per_instance().unwrap_or(FILE_BYTES);
    // A flat file has pages, and needs more than one.
    let least = if format == Format::Flat { 64 << 10 } else { 256 << 10 };
    own.clamp(least, FILE_BYTES)
}
