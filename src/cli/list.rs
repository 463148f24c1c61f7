//! `mapstorm list [DIR…]`: which results there are, and what each says in a line.
//! What cannot be read is reported at the end, on standard error; everything else is listed.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, Outcome};
use crate::note;
use crate::present::results_table;
use crate::results::{ClaimState, Left, Listed, ResultKind, find_results, left_in};

#[derive(Debug, Args)]
pub struct List {
    /// Directories to look in, four levels deep
    #[arg(value_name = "DIR", default_value = "results")]
    directories: Vec<PathBuf>,
    /// Only results of this kind
    #[arg(long, value_enum)]
    kind: Option<ResultKind>,
    /// Only results of scenarios with this in their name
    #[arg(long, value_name = "PART")]
    scenario: Option<String>,
    /// The runs inside sweeps and what-ifs too
    #[arg(long)]
    all: bool,
    /// Print JSON instead of the table
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &List) -> Outcome {
    let found = find_results(&arguments.directories, arguments.all);
    let (mut listed, unread) = found.map_err(Failure::invalid)?;
    let total = listed.len();
    listed.retain(|result| is_wanted(arguments, result));
    match (arguments.json, listed.as_slice()) {
        (true, listed) => super::print(&(serde_json::to_string_pretty(listed)? + "\n"))?,
        (false, []) => note!("{}", nothing(arguments, total)),
        (false, listed) => super::print(&format!("{}\n", results_table(listed)))?,
    }
    for unread in &unread {
        note!("not listed: {}: {:#}", unread.path.display(), unread.reason);
    }
    for left in arguments.directories.iter().flat_map(|directory| left_in(directory)) {
        note!("unfinished: {}: {}", left.directory.display(), state(&left));
    }
    Ok(())
}

fn state(left: &Left) -> String {
    match &left.state {
        ClaimState::Alive(Some(owner)) => format!("process {} is at work on it", owner.pid),
        ClaimState::Alive(None) => "a process is at work on it".to_owned(),
        ClaimState::Dead(owner) => {
            let whose = owner.as_ref().map_or_else(String::new, |owner| format!(" {}", owner.pid));
            format!(
                "process{whose} was killed; the next `mapstorm run` with results in the same directory puts it in order"
            )
        }
        ClaimState::Elsewhere(owner) => {
            format!(
                "process {} on {} works on it, or did, which cannot be seen from here; if it is gone, remove that and {}",
                owner.pid,
                owner.host,
                left.claim.display()
            )
        }
    }
}

fn is_wanted(arguments: &List, result: &Listed) -> bool {
    arguments.kind.is_none_or(|kind| result.kind == kind.name())
        && arguments.scenario.as_ref().is_none_or(|part| result.name.contains(part))
}

fn nothing(arguments: &List, total: usize) -> String {
    let places: Vec<String> = arguments.directories.iter().map(|place| place.display().to_string()).collect();
    match total {
        0 => format!("no results in {}", places.join(", ")),
        total => format!("nothing in {} is such; results of other kinds or scenarios: {total}", places.join(", ")),
    }
}
