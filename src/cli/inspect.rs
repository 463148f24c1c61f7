//! `mapstorm inspect PATH | --pid PID`: a live server, only read. With `--measure` a scratch file beside it is measured, and removed.
//! Ctrl-C ends the look, and keeps what there is.

mod measure;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use clap::{ArgGroup, Args};

use self::measure::Measured;
use super::Shown;
use super::failure::{Failure, Outcome};
use super::live::Live;
use super::steps::{check_place, command, in_order_and_watched, parent};
use crate::conclude::inspection::{PricedFrom, price};
use crate::experiment::{no_cost_model, priced_by};
use crate::inspect::{MappedFile, Survey, Target, Window, database_files};
use crate::note;
use crate::results::{Cost, Inspection, RunDirectory, write_inspection};
use crate::scenario::units::{format_bytes, parse_duration};

const EXAMPLES: &str = "Examples:
  mapstorm inspect /var/lib/cyrus/mailboxes.db              who maps it, what happens to it in 3 s
  mapstorm inspect /var/lib/cyrus/mailboxes.db --measure    and what a commit costs, what a change would bring (20 s more)
  mapstorm inspect --pid 4711 --watch --record look         the largest database of a process, until Ctrl-C; kept in look/
  mapstorm inspect PATH --cost-model results/cost-imap1 --json | jq .commit_cost  priced by a cost model of earlier";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("what").required(true))]
pub struct InspectArguments {
    /// The file
    #[arg(value_name = "PATH", group = "what")]
    path: Option<PathBuf>,
    /// Instead of a file: a process, whose largest mapped database is taken
    #[arg(long, value_name = "PID", group = "what", value_parser = clap::value_parser!(u32).range(1..))]
    pid: Option<u32>,
    /// Show what happens at every interval (2s), until --for is over or Ctrl-C
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, default_missing_value = "2s", value_parser = interval)]
    watch: Option<u64>,
    /// For how long to watch [default: 3s; with --watch until Ctrl-C]
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    length: Option<u64>,
    /// Measure the cost model of a commit: at most 20 s, on a scratch file in the same directory, which is removed. Refused on a
    /// machine in trouble
    #[arg(long, conflicts_with = "cost_model")]
    measure: bool,
    /// With --measure: the directory of the scratch file, on the same file system [default: that of the file]
    #[arg(long, value_name = "DIR", requires = "measure")]
    dir: Option<PathBuf>,
    /// With --measure: measure although this machine seems to be in trouble
    #[arg(long, requires = "measure")]
    force: bool,
    /// The cost model of this machine: a result of `mapstorm cost`
    #[arg(long, value_name = "DIR")]
    cost_model: Option<PathBuf>,
    /// Keep the result in this directory, which is made: `report`, `compare`, `export` and `list` read it
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Draw no report.html and no charts/ with --record; `mapstorm report` draws them later
    #[arg(long, requires = "record")]
    no_report: bool,
    #[command(flatten)]
    shown: Shown,
}

const LENGTH_NS: u64 = 3_000_000_000;
/// Without --watch samples are taken as often as this.
const INTERVAL_NS: u64 = 500_000_000;
/// The kernel's locks are read at each look: more often would disturb.
const LEAST_INTERVAL_NS: u64 = 200_000_000;
const LONGEST_NS: u64 = 86_400_000_000_000;
/// So many other files of a process are named.
const NAMED: usize = 5;

fn interval(text: &str) -> Result<u64, String> {
    within(text, LEAST_INTERVAL_NS..=LONGEST_NS, "an interval from 200ms to 24h, as in 2s; PATH stands before --watch")
}

fn length(text: &str) -> Result<u64, String> {
    within(text, LEAST_INTERVAL_NS..=LONGEST_NS, "a time from 200ms to 24h, as in 10s")
}

fn within(text: &str, allowed: std::ops::RangeInclusive<u64>, otherwise: &str) -> Result<u64, String> {
    match parse_duration(text) {
        Ok(ns) if allowed.contains(&ns) => Ok(ns),
        _ => Err(otherwise.to_owned()),
    }
}

pub fn run(arguments: &InspectArguments) -> Outcome {
    let target = target(arguments)?;
    let given = arguments.cost_model.as_deref().map(|path| Cost::load(path).map(|cost| (path, cost)));
    let given = given.transpose().map_err(Failure::invalid)?;
    let scratch =
        arguments.dir.clone().or_else(|| target.path.parent().map(Path::to_owned)).filter(|_| arguments.measure);
    let record = arguments.record.as_deref();
    record.map_or(Ok(()), |place| check_place(place, "--record"))?;
    let parents: Vec<PathBuf> = scratch.iter().cloned().chain(record.map(|path| parent(path).to_owned())).collect();
    let interrupted = in_order_and_watched(&parents)?;
    let directory = record.map(RunDirectory::new).transpose().map_err(anyhow::Error::from)?;
    let survey = Survey::begin(target, command())?;
    let measured = match &scratch {
        Some(scratch) => measure::measured(&survey.seen, scratch, arguments.force, &interrupted)?,
        None => Measured::NotAsked,
    };
    let mut found = watched(arguments, survey, &interrupted);
    let from = priced_from(&found, given.as_ref(), &measured);
    price(&mut found, from);
    let kept = directory.map(|directory| write_inspection(directory, &mut found));
    let outcome = match measured {
        Measured::Refused(_) => Err(Failure::Refused),
        _ => Failure::unless_complete(found.complete),
    };
    match kept {
        Some(directory) => arguments.shown.kept(&found, &directory, !arguments.no_report, outcome),
        None => {
            super::print(&arguments.shown.text(&found)?)?;
            outcome
        }
    }
}

/// The file that is meant.
/// Errors: There is none, and what to do.
fn target(arguments: &InspectArguments) -> Result<Target, String> {
    match (&arguments.path, arguments.pid.unwrap_or_default()) {
        (Some(path), _) => Target::at(path),
        (None, pid) => Target::at(&largest(pid, database_files(pid))?),
    }
}

/// The largest file that a process maps; others are named.
fn largest(pid: u32, files: Result<Vec<MappedFile>, String>) -> Result<PathBuf, String> {
    let files = files.map_err(|why| format!("--pid {pid}: {why}; name the file itself: mapstorm inspect PATH"))?;
    let Some((first, others)) = files.split_first() else {
        return Err(format!(
            "--pid {pid}: this process maps no database (no regular file, shared, that is not a program); `ls -l /proc/{pid}/fd` shows what \
             it has open, and mapstorm inspect PATH takes a file by its name"
        ));
    };
    let described = |file: &MappedFile| format!("{} ({} mapped)", file.path.display(), format_bytes(file.bytes));
    if !others.is_empty() {
        let named: Vec<String> = others.iter().take(NAMED).map(described).collect();
        let more = others.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        note!("process {pid} maps {}; also {}{more}", described(first), named.join(", "));
    }
    Ok(first.path.clone())
}

/// Watches the file for as long as is wanted, and shows samples meanwhile.
fn watched(arguments: &InspectArguments, survey: Survey, interrupted: &AtomicBool) -> Inspection {
    let length_ns = arguments.length.or_else(|| arguments.watch.is_none().then_some(LENGTH_NS));
    let window = Window { length_ns, interval_ns: arguments.watch.unwrap_or(INTERVAL_NS), stop: interrupted };
    let mut found = Live::watching(arguments.watch.is_none())
        .during(|live| survey.observe(window, &mut |sampled| live.show_sample(sampled)));
    // What has no end of its own is complete whenever it is ended.
    if interrupted.load(Relaxed) && length_ns.is_some() {
        found.complete = false;
        found.incomplete_because.push("it was interrupted".to_owned());
    }
    found
}

fn priced_from(found: &Inspection, given: Option<&(&Path, Cost)>, measured: &Measured) -> PricedFrom {
    let from = match (measured, given) {
        (Measured::Done { cost, source }, _) => priced_by(found, cost, source),
        (Measured::Refused(why) | Measured::Failed(why), _) => {
            PricedFrom { cost_model: Err(why.clone()), ..no_cost_model(found) }
        }
        (Measured::NotAsked, Some((path, cost))) => priced_by(found, cost, &path.display().to_string()),
        (Measured::NotAsked, None) => no_cost_model(found),
    };
    from.notes.iter().filter(|note| note.starts_with("WARNING: ")).for_each(|warning| note!("{warning}"));
    from
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(arguments: &[&str]) -> Result<InspectArguments, String> {
        match Cli::try_parse_from([&["mapstorm", "inspect"], arguments].concat()).map(|cli| cli.command) {
            Ok(Command::Inspect(arguments)) => Ok(arguments),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_file_or_a_process_is_named_and_the_interval_has_a_default() {
        let watch = |arguments: &[&str]| parsed(arguments).unwrap().watch;
        assert_eq!(watch(&["x", "--watch"]), Some(2_000_000_000));
        assert_eq!((watch(&["x", "--watch", "500ms"]), watch(&["--pid", "7"])), (Some(500_000_000), None));
        for (arguments, says) in [
            (&[][..], "required"),
            (&["x", "--pid", "7"], "cannot be used with"),
            (&["--pid", "0"], "0"),
            (&["--watch", "x"], "PATH stands before --watch"),
            (&["x", "--watch", "1ms"], "from 200ms to 24h"),
            (&["x", "--measure", "--cost-model", "y"], "cannot be used with"),
            (&["x", "--dir", "y"], "--measure"),
        ] {
            let error = parsed(arguments).unwrap_err();
            assert!(error.contains(says), "{arguments:?}: {error}");
        }
    }

    #[test]
    fn of_several_files_the_largest_is_taken_and_none_says_what_to_do() {
        let file = |name: &str, bytes| MappedFile { path: name.into(), bytes };
        assert_eq!(largest(7, Ok(vec![file("a", 9), file("b", 8)])), Ok("a".into()));
        let none = largest(7, Ok(Vec::new())).unwrap_err();
        assert!(none.contains("maps no database") && none.contains("mapstorm inspect PATH"), "{none}");
        assert!(largest(7, Err("no such process".to_owned())).unwrap_err().contains("--pid 7: no such process"));
    }
}
