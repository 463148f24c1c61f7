//! `mapstorm qualify`: is this machine fit for a load? Preflight, a short cost model, the knee around the wanted load, a longer run at it.
//! The first Ctrl-C ends what is running and keeps what was measured.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::capacity::possible_runs;
use super::failure::{Failure, Outcome};
use super::live::Live;
use super::run::many;
use super::scenario_file::ScenarioFile;
use super::steps::{self, Mounting, Wanted};
use super::{Kept, objectives};
use crate::driver::Places;
use crate::experiment::{Qualify, QualifyStep, qualify};
use crate::mailboxes::Format;
use crate::results::{Fitness, Qualification};
use crate::scenario::units::{format_duration_ns, parse_bytes, parse_duration};
use crate::scenario::{BuiltIn, Scenario, Tunable};

/// The built-in scenario that is measured where none is given.
const DEFAULT: &str = "qualify";
/// The load that is varied.
const KEY: &str = "readers.count";
/// Runs, at most, as far as the room for their results goes.
const MOST_RUNS: u32 = 20;
/// The search goes up to so many times the wanted load.
const MOST_TIMES: u64 = 4;
/// With less there is no time for a run at the wanted load.
const LEAST_BUDGET_NS: u64 = 20_000_000_000;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm qualify --directory /var/imap                     today's usual load, on that file system
  mapstorm qualify --processes 3000 --database mailboxes.db  your own number of processes, on copies of your own file
  mapstorm qualify fastmail-2026 --budget 10min --out box-a  a built-in load, longer; kept in box-a/")]
pub struct QualifyArguments {
    /// A scenario whose load is wanted, a file or the name of a built-in one; the options below change it
    /// [default: a load of today's kind: twoskip, 150 MiB, 6000 processes, 1 lookup/s each, 10 commits/s]
    scenario: Option<PathBuf>,
    /// The wanted number of processes that map the file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    processes: Option<u32>,
    /// Measure on copies of this database, which is only read
    #[arg(long, value_name = "PATH", conflicts_with_all = ["size", "format"])]
    database: Option<PathBuf>,
    /// Make a database of this size
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    size: Option<u64>,
    /// Format of the database that is made
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Lookups of each process, such as 1/s
    #[arg(long, value_name = "RATE")]
    reads: Option<String>,
    /// Commits in all, such as 10/s
    #[arg(long, value_name = "RATE")]
    commits: Option<String>,
    /// Objectives instead of the scenario's, such as 'lookup.p99<=50ms,commit.rate>=0.99'; `default` stands for the default ones
    #[arg(long, value_name = "CLAUSES")]
    objectives: Vec<String>,
    /// Override a key of the scenario, such as readers.open=read-only
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Where the database is made: a directory on the file system that will hold it [default: where the results go]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Time for all of it, at least 20s
    #[arg(long, value_name = "TIME", default_value = "3min", value_parser = budget)]
    budget: u64,
    /// The result directory to make [default: results/SCENARIO-HOST-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    mounting: Mounting,
    #[command(flatten)]
    kept: Kept,
}

fn budget(text: &str) -> Result<u64, String> {
    match parse_duration(text).map_err(|error| error.to_string())? {
        enough if enough >= LEAST_BUDGET_NS => Ok(enough),
        _ => Err(format!("too short for a run at the wanted load: at least {}", format_duration_ns(LEAST_BUDGET_NS))),
    }
}

impl QualifyArguments {
    /// The overrides that the options stand for; the user's own come last.
    fn sets(&self) -> Result<Vec<String>, Failure> {
        let set = |key: &str, value: Option<String>| value.map(|value| format!("{key}={value}"));
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let clauses = objectives("--objectives", &self.objectives)?;
        let clauses = (!clauses.is_empty()).then(|| {
            let quoted: Vec<String> = clauses.iter().map(|clause| format!("'{clause}'")).collect();
            format!("[{}]", quoted.join(", "))
        });
        let named = [
            set("readers.count", self.processes.map(|count| count.to_string())),
            set("file.source", path(&self.database)),
            set("file.size", self.size.map(|bytes| format!("{bytes}B"))),
            set("file.format", self.format.map(|format| format.name().to_owned())),
            set("readers.rate", self.reads.clone()),
            set("writer.rate", self.commits.clone()),
            set("file.directory", path(&self.directory)),
            set("slo.clauses", clauses),
        ];
        Ok(named.into_iter().flatten().chain(self.sets.iter().cloned()).collect())
    }

    fn scenario(&self) -> Result<ScenarioFile, Failure> {
        match &self.scenario {
            Some(path) => Ok(ScenarioFile::read(path)?),
            None => Ok(ScenarioFile { name: DEFAULT.to_owned(), text: text(self.database.is_some()) }),
        }
    }
}

/// The default load; of a database of the user's own the file has neither format nor size.
fn text(is_copied: bool) -> String {
    let is_of_file = |line: &&str| !(is_copied && ["format =", "size ="].iter().any(|key| line.starts_with(key)));
    let text = BuiltIn::named(DEFAULT).map_or("", |scenario| scenario.text);
    text.lines().filter(is_of_file).flat_map(|line| [line, "\n"]).collect()
}

pub fn run(arguments: &QualifyArguments) -> Outcome {
    arguments.mounting.carry_out();
    let (file, sets) = (arguments.scenario()?, arguments.sets()?);
    let tunable = Tunable::parse(&file.name, &file.text, &sets, KEY)?;
    let scenario = Scenario::parse(&file.name, &file.text, &sets)?;
    if scenario.slo.clauses.is_empty() {
        return Err(Failure::invalid(
            "no objectives: the scenario has none; --objectives default judges by the default ones",
        ));
    }
    let wanted = u64::from(scenario.readers.count);
    let place = Wanted::of(arguments.out.as_deref(), &format!("{}-qualify", scenario.name));
    steps::look_ahead([(String::new(), &scenario)], MOST_RUNS, place.path(), false)?;
    let places = Places::of(&scenario, place.path());
    let possible = possible_runs(&tunable, wanted, MOST_RUNS, places).unwrap_or(wanted..=wanted);
    let range = *possible.start()..=(*possible.end()).min(wanted.saturating_mul(MOST_TIMES));
    let (directory, interrupted) = place.claim(&scenario.file.directory)?;
    let how = Qualify {
        tunable: &tunable,
        wanted,
        range,
        budget: Duration::from_nanos(arguments.budget),
        command: &steps::command(),
        interrupted: &interrupted,
    };
    let finished = Live::terse().during(|live| qualify(&how, directory, &mut |step| show(live, &step)));
    let (found, directory) = finished?.ok_or_else(|| Failure::interrupted_before("anything was measured"))?;
    arguments.kept.show(&found, &directory, outcome(&found))
}

fn outcome(found: &Qualification) -> Outcome {
    match found.verdict {
        _ if !found.complete => Err(Failure::Incomplete),
        Fitness::Fit => Ok(()),
        Fitness::NotFit | Fitness::Invalid => Err(Failure::NotMet),
    }
}

fn show(live: &Live, step: &QualifyStep<'_>) {
    match step {
        QualifyStep::CostModel => live.line("step 1 of 3: what a commit costs for each mapper"),
        QualifyStep::Measuring(progress) => live.show_cost(progress),
        QualifyStep::SearchBegins => live.line("step 2 of 3: up to how many processes the objectives hold"),
        QualifyStep::Search(step) => many::show(live, step),
        QualifyStep::Confirm { duration_ns } => {
            live.line(&format!("step 3 of 3: a longer run at the wanted load, {}", format_duration_ns(*duration_ns)));
        }
        QualifyStep::Going(progress) => live.show(progress),
        QualifyStep::Advice { mitigation } => live.line(&format!("what a commit would cost with {mitigation}")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::scenario::{Contents, default_objectives};

    fn scenario(arguments: &[&str]) -> Scenario {
        let parsed = Cli::try_parse_from([&["mapstorm", "qualify"], arguments].concat()).unwrap();
        let Command::Qualify(arguments) = parsed.command else { panic!("{:?}", parsed.command) };
        let (file, sets) = (arguments.scenario().ok().unwrap(), arguments.sets().ok().unwrap());
        Scenario::parse(&file.name, &file.text, &sets).unwrap_or_else(|errors| panic!("{errors}"))
    }

    #[test]
    fn options_are_overrides_of_the_default_load_or_of_a_named_one() {
        let default = scenario(&[]);
        assert_eq!((default.readers.count, default.file_bytes_per_instance()), (6000, Some(150 << 20)));
        assert_eq!(default.slo.clauses, default_objectives());
        let own =
            scenario(&["--processes", "40", "--size", "1MiB", "--reads", "2/s", "--objectives", "lookup.p99<=1s"]);
        assert_eq!((own.readers.count, own.readers.arrivals.rate_per_s()), (40, Some(2.0)));
        assert_eq!(own.slo.clauses.iter().map(ToString::to_string).collect::<Vec<_>>(), ["lookup.p99 <= 1 s"]);
        let quick = scenario(&["quick", "--commits", "3/s", "--set", "readers.count=7"]);
        assert_eq!((quick.name.as_str(), quick.readers.count), ("quick", 7));
        assert_eq!(quick.writer.arrivals.rate_per_s(), Some(3.0));
    }

    #[test]
    fn a_database_of_the_user_s_own_is_copied_and_has_its_own_size_and_format() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        let copied = scenario(&["--database", &path]);
        assert!(matches!(copied.file.contents, Contents::Copied { source } if source == Path::new(&path)));
        let both = Cli::try_parse_from(["mapstorm", "qualify", "--database", "x", "--size", "1MiB"]);
        assert_eq!(both.unwrap_err().exit_code(), 2);
    }

    #[test]
    fn a_budget_that_is_too_small_is_refused_with_the_least_that_works() {
        assert!(budget("19s").unwrap_err().contains("at least 20 s"));
        assert_eq!(budget("20s"), Ok(LEAST_BUDGET_NS));
    }
}
