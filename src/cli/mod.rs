//! The command line: arguments, the order of the steps, exit codes. One file per command.
//! Results go to stdout, progress and warnings to stderr.

pub mod ab;
pub mod abandon;
mod capacity;
pub mod compare;
pub mod cost;
pub mod diagnose;
pub mod doctor;
mod examples;
pub mod export;
pub mod failure;
pub mod generate;
mod hints;
pub mod inspect;
pub mod list;
mod live;
pub mod mailboxes;
mod manual;
pub mod qualify;
pub mod report;
pub mod run;
mod scenario_file;
pub mod shootdown;
mod steps;

use std::ops::RangeInclusive;
use std::path::Path;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use self::failure::Outcome;
use crate::note;
use crate::os::{escape, terminal};
use crate::present::{OnScreen, Screen};
use crate::results::LONG_VERSION;
use crate::scenario::units::parse_bytes;
use crate::scenario::{Clause, default_objectives, did_you_mean};

const EXAMPLES: &str = "Examples:
  mapstorm run quick                                       a first look: 200 readers, one writer, a verdict
  mapstorm qualify --processes 6000 --directory /var/imap  is this machine fit for so many?
  mapstorm cost --dir /var/imap                            what one update costs for each process that maps the file
  mapstorm inspect /var/lib/cyrus/mailboxes.db             a live server, only read
  mapstorm compare results/before results/after            which is better, and by how much";

/// Thousands of processes share one mapped Cyrus mailboxes.db while a writer commits to it.
#[derive(Debug, Parser)]
#[command(version, long_version = LONG_VERSION, after_help = format!("{EXAMPLES}\n\n{}", failure::help()))]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The arguments of this process. Where they are wrong, it ends here, with exit code 2 and, if that is known, what was probably meant.
    pub fn of_process() -> Cli {
        Cli::try_parse().unwrap_or_else(|error| hints::added(error).exit())
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Is this machine fit? Search for the knee around a wanted load, and confirm it with a longer run
    Qualify(qualify::QualifyArguments),
    /// Run a scenario: fork the workers, measure, report
    Run(run::Run),
    /// Measure what one update costs for every process that maps the file
    Cost(cost::CostArguments),
    /// Measure what TLB shootdowns cost: the one that causes them, and those that are interrupted
    Shootdown(shootdown::ShootdownArguments),
    /// A live server: who maps this file, what a commit to it costs now, and what a change would bring. Only reads
    Inspect(inspect::InspectArguments),
    /// Compare results of one kind: runs and qualifications (many are ranked), cost and shootdown results, inspections, sweeps, what-ifs
    Compare(compare::Compare),
    /// Which of two scenarios is better here? Their runs take turns, in pairs of the same seed
    Ab(ab::AbArguments),
    /// Say why a finished run froze, and whether it met its objectives
    Diagnose(diagnose::Diagnose),
    /// Draw a result: a page and its charts
    Report(report::Report),
    /// Show what evidence this machine offers, and what would offer more
    Doctor(doctor::Doctor),
    /// Make, check or list a mailbox file
    #[command(
        subcommand,
        after_help = "Examples:
  mapstorm mailboxes generate mailboxes.db --size 150MiB  make one
  mapstorm mailboxes check mailboxes.db                   verify it
  mapstorm mailboxes dump mailboxes.db | head             list its records"
    )]
    Mailboxes(mailboxes::Mailboxes),
    /// List the results that there are, a line each
    List(list::List),
    /// Put results into the formats of other tools: CSV, Parquet, JSON, OpenMetrics, Bencher, histogram logs
    Export(export::ExportArguments),
    /// Print the completion script of a shell
    Completions(generate::Completions),
    /// Print or write manual pages
    Man(generate::ManPages),
    /// What a driver becomes on a second signal: cleans up what it has left
    #[command(hide = true)]
    Abandon(abandon::Abandon),
}

/// Prints results, which are text.
fn print(text: &str) -> std::io::Result<()> {
    terminal::print(escape::plain(text).as_bytes())
}

/// JSON as commands print it.
fn json<T: Serialize>(value: &T) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// Columns of text that is to fit the screen: where none is known, those of most terminals.
const COLUMNS: usize = 80;

/// How many columns text may have.
fn columns() -> usize {
    terminal::columns().unwrap_or(COLUMNS)
}

/// How much is printed of a result.
#[derive(Clone, Copy, Debug, Args)]
struct Shown {
    /// Print everything that the terminal can show, not just one screen
    #[arg(short, long, conflicts_with = "json")]
    verbose: bool,
    /// Print the result's JSON file instead of its text
    #[arg(long)]
    json: bool,
}

impl Shown {
    /// A result as JSON, if that was asked for, or else as text.
    fn text<T: Serialize + OnScreen>(self, result: &T) -> serde_json::Result<String> {
        if self.json {
            return json(result);
        }
        // All of it has tables that are as wide as they are wherever no terminal would break them.
        let known = terminal::columns();
        let columns = if self.verbose { known } else { known.or(Some(COLUMNS)) };
        Ok(result.on(Screen { is_whole: self.verbose, columns }))
    }

    /// Shows a result that is kept: its text, its path, and its page. The outcome is `ended`, or that standard output failed.
    fn kept<T: Serialize + OnScreen>(self, result: &T, directory: &Path, has_page: bool, ended: Outcome) -> Outcome {
        let printed = print(&self.text(result)?);
        note!("results in {}", directory.display());
        if has_page {
            report::at_the_end(directory);
        }
        match printed {
            Ok(()) => ended,
            Err(error) => Err(anyhow::anyhow!("{error}; the results are in {}", directory.display()).into()),
        }
    }
}

/// How a command that always keeps its result shows it.
#[derive(Clone, Copy, Debug, Args)]
struct Kept {
    /// Draw no report.html and no charts/; `mapstorm report` draws them later
    #[arg(long)]
    no_report: bool,
    #[command(flatten)]
    shown: Shown,
}

impl Kept {
    fn show<T: Serialize + OnScreen>(self, result: &T, directory: &Path, ended: Outcome) -> Outcome {
        self.shown.kept(result, directory, !self.no_report, ended)
    }
}

/// Reads a percentage within these bounds; the share, 0 to 1 for 0% to 100%.
fn percent(text: &str, allowed: RangeInclusive<f64>) -> Result<f64, String> {
    match text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok()) {
        Some(percent) if allowed.contains(&percent) => Ok(percent / 100.0),
        _ => Err(format!("a percentage from {}% to {}%, as in 5%", allowed.start(), allowed.end())),
    }
}

/// Reads objectives, several in one option separated by commas; `default` stands for the default ones.
fn objectives(option: &str, given: &[String]) -> Result<Vec<Clause>, String> {
    let clauses = given.iter().flat_map(|given| given.split(',')).map(|clause| match clause.trim() {
        "default" => Ok(default_objectives()),
        written => {
            Clause::parse(written).map(|clause| vec![clause]).map_err(|error| format!("{option}: `{written}`: {error}"))
        }
    });
    Ok(clauses.collect::<Result<Vec<_>, _>>()?.concat())
}

/// Words for a name that is none of these.
fn no_such(what: &str, name: &str, names: &[&str]) -> String {
    format!("{}; there are {}", did_you_mean(name, names, &format!("no such {what}")), names.join(", "))
}

/// Checks that an option names a directory.
fn is_directory(option: &str, path: &Path) -> Result<(), String> {
    if path.is_dir() { Ok(()) } else { Err(format!("{option} {}: there is no such directory", path.display())) }
}

/// Reads a size in bytes that is `allowed`.
fn size(text: &str, allowed: fn(u64) -> bool, otherwise: &str) -> Result<u64, String> {
    let size = parse_bytes(text).map_err(|error| error.to_string())?;
    if allowed(size) { Ok(size) } else { Err(otherwise.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::{objectives, percent};
    use crate::scenario::default_objectives;

    #[test]
    fn clauses_are_separated_by_commas() {
        let given = ["lookup.p99<=50ms,freeze.longest<=200ms".to_owned(), "rate>=0.99".to_owned()];
        let clauses: Vec<_> = objectives("--slo", &given).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(clauses, ["lookup.p99 <= 50 ms", "freeze.longest <= 200 ms", "rate >= 0.99"]);
        let more = objectives("--slo", &["default, lookup.max<=1s".to_owned()]).unwrap();
        assert_eq!(
            (&more[..more.len() - 1], more.last().map(ToString::to_string).as_deref()),
            (&*default_objectives(), Some("lookup.max <= 1 s"))
        );
        let error = objectives("--slo", &["lookup.p99<=50ms,lokup.max<=1s".to_owned()]).unwrap_err();
        assert!(error.contains("did you mean `lookup.max`"), "{error}");
    }

    #[test]
    fn percentages_have_their_sign_and_their_bounds() {
        let parsed = |text| percent(text, 0.1..=1000.0);
        assert_eq!((parsed("5%"), parsed("12.5 %")), (Ok(0.05), Ok(0.125)));
        assert!(["5", "0.05", "0%", "1001%", "-1%", "x%", "nan%"].iter().all(|text| parsed(text).is_err()));
    }
}
