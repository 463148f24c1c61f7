//! `mapstorm mailboxes check FILE`: the verdict on a file, for people or as JSON; also on one that is bad.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::failure::{Failure, Outcome};
use crate::cli::print;
use crate::driver::LockWait;
use crate::mailboxes::{Inspected, Summary};
use crate::note;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm mailboxes check /var/lib/cyrus/mailboxes.db           consistent or not, and where not
  mapstorm mailboxes check mailboxes.db --json | jq .consistent  the verdict for other programs")]
pub struct Check {
    /// A skiplist, twoskip, twom or flat file; it is only read
    file: PathBuf,
    /// Print the verdict as JSON, also on a bad file
    #[arg(long)]
    json: bool,
}

/// The verdict for machines: `consistent` says which of the others there are.
#[derive(Serialize)]
struct Verdict<'a> {
    file: String,
    consistent: bool,
    #[serde(flatten)]
    summary: Option<Summary>,
    #[serde(flatten)]
    fault: Option<Fault<'a>>,
}

#[derive(Serialize)]
struct Fault<'a> {
    /// `corrupt`, `truncated`, or what the file is instead.
    kind: &'a str,
    /// Where in the file, if it is about a place in it.
    offset: Option<u64>,
    what: String,
}

pub fn run(Check { file, json }: &Check) -> Outcome {
    let mut wait = LockWait { path: file.clone(), interrupted: None };
    let outcome = Inspected::open(file, &mut wait).and_then(|opened| opened.check());
    if *json {
        let fault = outcome.as_ref().err().map(|error| Fault {
            kind: error.kind(),
            offset: error.offset(),
            what: error.to_string(),
        });
        let name = file.to_string_lossy().into_owned();
        let summary = outcome.as_ref().ok().copied();
        let verdict = Verdict { file: name, consistent: outcome.is_ok(), summary, fault };
        print(&(serde_json::to_string(&verdict)? + "\n"))?;
    }
    let summary = outcome.map_err(|error| match error.is_wrong_input() {
        true => Failure::invalid(error.at(file)),
        false => {
            note!("{}", error.at(file));
            Failure::Failed
        }
    })?;
    if !*json {
        print(&format!("{}: consistent: {summary}\n", file.display()))?;
    }
    Ok(())
}
