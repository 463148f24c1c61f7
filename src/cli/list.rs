//! `mapstorm list [DIR…]`: which results there are, and what each says in a line; `--scenarios`: which scenarios are built in.
//! What cannot be read is reported at the end, on standard error; everything else is listed.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, Outcome};
use crate::note;
use crate::present::{results_list, scenarios_list};
use crate::results::{ClaimState, Left, Listed, ResultKind, find_results, left_in};
use crate::scenario::BUILT_IN;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm list                              the results in results/, newest last
  mapstorm list --scenarios                  the built-in scenarios
  mapstorm list fleet --kind qualify --json  all qualifications below fleet/, as JSON")]
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
    /// The runs inside sweeps, what-ifs, A/B comparisons and qualifications too
    #[arg(long)]
    all: bool,
    /// Instead of results, the scenarios that are built in: their names, which `mapstorm run` takes, and what each is
    #[arg(long, conflicts_with_all = ["directories", "kind", "scenario", "all"])]
    scenarios: bool,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &List) -> Outcome {
    if arguments.scenarios {
        return list_scenarios(arguments.json);
    }
    let found = find_results(&arguments.directories, arguments.all);
    let (mut listed, unread) = found.map_err(Failure::invalid)?;
    let total = listed.len();
    listed.retain(|result| is_wanted(arguments, result));
    match (arguments.json, listed.as_slice()) {
        (true, listed) => super::print(&super::json(&listed)?)?,
        (false, []) => note!("{}", nothing(arguments, total)),
        (false, listed) => super::print(&results_list(listed, super::columns()))?,
    }
    for unread in &unread {
        note!("not listed: {}: {:#}", unread.path.display(), unread.reason);
    }
    for left in arguments.directories.iter().flat_map(|directory| left_in(directory)) {
        note!("unfinished: {}: {}", left.directory.display(), state(&left));
    }
    Ok(())
}

fn list_scenarios(json: bool) -> Outcome {
    let described = BUILT_IN.iter().map(|built_in| {
        let description = built_in.scenario()?.description.unwrap_or_default();
        Ok((built_in.name.to_owned(), description))
    });
    let described: Vec<_> = described.collect::<Result<_, Failure>>()?;
    if json {
        let named = described.iter().map(|(name, about)| serde_json::json!({ "name": name, "description": about }));
        return Ok(super::print(&super::json(&named.collect::<Vec<_>>())?)?);
    }
    Ok(super::print(&scenarios_list(&described, super::columns()))?)
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
