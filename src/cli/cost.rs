//! `mapstorm cost`: the cost model of this machine and its file systems, step by step.
//! The first Ctrl-C ends the measurement and keeps what there is.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::failure::{Failure, Outcome};
use super::live::Live;
use super::steps::{Mounting, Wanted, check_place, command, refuse, suffices};
use super::{Kept, is_directory, no_such, size};
use crate::driver::{Places, preflight};
use crate::experiment::{Measured, Plan, import, least_ns, measure_cost, spread};
use crate::mailboxes::{Format, detect};
use crate::results::{MapperKind, RunDirectory, write_cost};
use crate::scenario::units::parse_duration;
use crate::scenario::{MapMode, ReadPattern};
use crate::workload::update::{COMMITS, METHODS, Method};
use crate::{note, stats};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm cost --dir /var/imap                                      all update methods, on that file system
  mapstorm cost --method commit --format twoskip,twom --budget 3min  commits of two formats side by side
  mapstorm cost --file mailboxes.db --max-mappers 2000               on copies of your own database
  mapstorm cost --list                                               the update methods")]
#[command(args_conflicts_with_subcommands = true)]
pub struct CostArguments {
    #[command(subcommand)]
    action: Option<CostAction>,
    /// Where the files are made: a directory on each file system to be measured
    #[arg(long = "dir", value_name = "DIR", default_value = ".")]
    directories: Vec<PathBuf>,
    /// The largest number of processes that map a file [default: 4000, or what this machine can hold]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_mappers: Option<u32>,
    /// Time for all of it, making files and forking included; one that three rounds do not fit in is refused
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    budget: u64,
    /// Update methods, separated by commas; `commit` is short for all kinds of commits [default: all; --list shows them]
    #[arg(long = "method", value_name = "NAMES", value_delimiter = ',', value_parser = methods)]
    methods: Vec<&'static [Method]>,
    /// How mappers have the file mapped [default: read-only,read-write]
    #[arg(long, value_enum, value_delimiter = ',')]
    open: Vec<MapMode>,
    /// Bytes per write(2) that files are made with, which set the size of their folios [default: 4KiB,64KiB,1MiB]
    #[arg(long = "write-size", value_name = "SIZES", value_delimiter = ',', value_parser = write_size)]
    write_sizes: Vec<u64>,
    /// Measure every method under all conditions; otherwise each under those that matter to it, unless methods, open modes or
    /// write sizes are given
    #[arg(long)]
    full: bool,
    /// What mappers do while the file is updated
    #[arg(long, value_enum, default_value = "asleep")]
    readers: ReadPattern,
    /// Reads a second of all processes together, unless they are asleep; threads read without a pause
    #[arg(long, value_name = "N", default_value_t = 1000.0)]
    reads: f64,
    /// Let every mapper run on every CPU once, before measuring
    #[arg(long)]
    visit_cpus: bool,
    /// Whose mappings: of processes, or one of threads that share it
    #[arg(long, value_enum, default_value = "processes")]
    mappers: MapperKind,
    /// Measure on copies of this database, which is only read, instead of a generated one
    #[arg(long, value_name = "PATH", conflicts_with_all = ["formats", "size"])]
    file: Option<PathBuf>,
    /// Formats of the file, separated by commas: commits are measured in each of them, other methods in the first; all
    /// have records as the first one usually has
    #[arg(long = "format", value_name = "FORMATS", value_enum, value_delimiter = ',', default_value = "twoskip")]
    formats: Vec<Format>,
    /// About how large it is
    #[arg(long, default_value = "4MiB", value_parser = file_size)]
    size: u64,
    /// For stop-mappers: the machine whose stop time is imitated
    #[arg(long, value_name = "PRESET", default_value = "t2000", value_parser = preset)]
    stop_time: &'static stats::Preset,
    /// Seed of all orders
    #[arg(long, default_value_t = 2007)]
    seed: u64,
    /// The result directory to make [default: results/cost-HOST-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Measure although this machine seems too small
    #[arg(long)]
    force: bool,
    /// List the update methods, and do nothing
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    mounting: Mounting,
    #[command(flatten)]
    kept: Kept,
}

#[derive(Debug, Subcommand)]
enum CostAction {
    /// Make a result of what scripts/probe/probe.c printed on a machine where mapstorm does not run
    Import(ImportArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm cost import t2000-ufs.probe --out results/t2000-ufs  what scripts/probe/probe.c printed, as a result")]
struct ImportArguments {
    /// The file with the probe's standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The result directory to make [default: results/cost-HOST-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    kept: Kept,
}

const WRITE_SIZES: [u64; 3] = [4 << 10, 64 << 10, 1 << 20];
/// Mappers by default, where the machine can hold them.
const MAPPERS: u32 = 4000;

fn methods(name: &str) -> Result<&'static [Method], String> {
    let names = || std::iter::once(COMMITS).chain(METHODS.iter().map(|method| method.name)).collect::<Vec<_>>();
    match Method::called(name) {
        [] => Err(no_such("update method", name, &names())),
        called => Ok(called),
    }
}

fn write_size(text: &str) -> Result<u64, String> {
    let allowed = |size: u64| (512..=64 << 20).contains(&size) && size.is_multiple_of(512);
    size(text, allowed, "a write size is a multiple of 512 from 512 B to 64 MiB")
}

fn file_size(text: &str) -> Result<u64, String> {
    size(text, |size| (256 << 10..=1 << 32).contains(&size), "a file has 256 KiB to 4 GiB")
}

fn preset(name: &str) -> Result<&'static stats::Preset, String> {
    stats::find(name)
        .ok_or_else(|| format!("no such preset; there are {}", stats::names().collect::<Vec<_>>().join(", ")))
}

pub fn run(arguments: &CostArguments) -> Outcome {
    if let Some(CostAction::Import(arguments)) = &arguments.action {
        return run_import(arguments);
    }
    if arguments.list {
        super::print(&list())?;
        return Ok(());
    }
    check(arguments)?;
    arguments.mounting.carry_out();
    let wanted = Wanted::of(arguments.out.as_deref(), "cost");
    check_place(wanted.path(), "--out")?;
    let plan = plan(arguments, wanted.path())?;
    let (models, mappers) = (plan.cells().len(), plan.levels.last().copied().unwrap_or(0));
    let rounds = format!("three rounds of {models} models with up to {mappers} mappers");
    let formats = if plan.formats.len() > 1 { "--format, " } else { "" };
    let less = format!("--method, {formats}--open, --write-size, --max-mappers");
    suffices(plan.budget_ns, least_ns(&plan), &rounds, &less)?;
    let (directory, interrupted) = wanted.claim(&arguments.directories)?;
    let measured = Live::new()
        .during(|live| measure_cost(&plan, &command(), &interrupted, &mut |progress| live.show_cost(&progress)));
    let measured = measured?.ok_or_else(|| Failure::interrupted_before("anything was measured"))?;
    keep(directory, measured, arguments.kept)
}

fn run_import(arguments: &ImportArguments) -> Outcome {
    let wanted = Wanted::of(arguments.out.as_deref(), "cost");
    check_place(wanted.path(), "--out")?;
    let measured = import(&arguments.file, &command()).map_err(Failure::invalid)?;
    let (directory, _) = wanted.claim([])?;
    keep(directory, measured, arguments.kept)
}

fn keep(directory: RunDirectory, Measured { mut cost, blocks }: Measured, kept: Kept) -> Outcome {
    let directory = write_cost(directory, &mut cost, &blocks);
    kept.show(&cost, &directory, Failure::unless_complete(cost.complete))
}

/// Checks what clap cannot check; what is wrong, and what would be right.
fn check(arguments: &CostArguments) -> Result<(), String> {
    arguments.directories.iter().try_for_each(|directory| is_directory("--dir", directory))?;
    if let Some(directory) = given_twice(&arguments.directories) {
        return Err(format!("--dir {}: given twice", directory.display()));
    }
    if let Some(format) = given_twice(&arguments.formats) {
        return Err(format!("--format {}: given twice", format.name()));
    }
    let has_commit = arguments.methods.is_empty() || named(arguments).iter().any(|method| method.is_commit());
    if arguments.formats.len() > 1 && !has_commit {
        return Err("--format: only commits differ between formats, and --method names none".to_owned());
    }
    if !(arguments.reads > 0.0 && arguments.reads.is_finite()) {
        return Err("--reads: a number of reads a second over 0, for all mappers together".to_owned());
    }
    Ok(())
}

fn given_twice<T: PartialEq>(all: &[T]) -> Option<&T> {
    all.iter().enumerate().find(|(place, one)| all[..*place].contains(one)).map(|(_, one)| one)
}

/// What the arguments ask for.
/// Errors: This machine is too small, or the user's own database cannot be read, or is none.
fn plan(arguments: &CostArguments, wanted: &Path) -> Result<Plan, Failure> {
    let (formats, file_bytes) = match &arguments.file {
        Some(path) => (vec![detect(path).map_err(|error| error.at(path))?], std::fs::metadata(path)?.len()),
        None => (arguments.formats.clone(), arguments.size),
    };
    let standard = arguments.methods.is_empty() && arguments.open.is_empty() && arguments.write_sizes.is_empty();
    let mut plan = Plan {
        directories: arguments.directories.clone(),
        methods: or_all(&named(arguments), &METHODS.iter().collect::<Vec<_>>()),
        full: arguments.full || !standard,
        modes: or_all(&arguments.open, &[MapMode::ReadOnly, MapMode::ReadWrite]),
        write_sizes: or_all(&arguments.write_sizes, &WRITE_SIZES),
        levels: Vec::new(),
        read_pattern: arguments.readers,
        reads_per_s: arguments.reads,
        visit_cpus: arguments.visit_cpus,
        mappers: arguments.mappers,
        formats,
        source: arguments.file.clone(),
        records: None,
        file_bytes,
        budget_ns: arguments.budget,
        measuring_ns: 0,
        stop_time: arguments.stop_time,
        seed: arguments.seed,
    };
    let mut most = arguments.max_mappers.unwrap_or(MAPPERS);
    let refusals = loop {
        plan.levels = spread(most);
        let need = plan.need();
        let places = plan.directories.iter().map(|directory| Places { files: directory, results: wanted });
        let refusals: Vec<_> = places.flat_map(|places| preflight(&need, places)).collect();
        // Only the default is lowered, never a number that was asked for.
        if refusals.is_empty() || arguments.max_mappers.is_some() || most <= 100 || arguments.force {
            break refusals;
        }
        most /= 2;
    };
    refuse(refusals.into_iter().map(|refusal| ("", refusal)), arguments.force, "measures")?;
    if arguments.max_mappers.is_none() && most < MAPPERS {
        note!("Warning: this machine holds {most} mappers, not {MAPPERS}; --max-mappers N --force tries more");
    }
    Ok(plan)
}

/// The methods that were named, each once.
fn named(arguments: &CostArguments) -> Vec<&'static Method> {
    let mut known = HashSet::new();
    arguments.methods.iter().copied().flatten().filter(|method| known.insert(method.name)).collect()
}

/// What was given, or all there is.
fn or_all<T: Clone>(given: &[T], all: &[T]) -> Vec<T> {
    if given.is_empty() { all.to_vec() } else { given.to_vec() }
}

fn list() -> String {
    let line = |method: &Method| {
        let emulated = if method.emulated { " (emulated)" } else { "" };
        format!("{:<22} {}{emulated}\n", method.name, method.about)
    };
    let short = format!("{COMMITS:<22} short for all of the commits\n");
    METHODS.iter().map(line).chain([short]).collect()
}
