//! `mapstorm inspect --json`, and what it says.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

/// What inspect prints.
pub struct Inspection(pub Value);

/// Inspects the file, for a second unless `arguments` say otherwise.
pub fn inspect(path: &Path, arguments: &[&str]) -> Inspection {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    let length: &[&str] = if arguments.contains(&"--for") { &[] } else { &["--for", "1s"] };
    command.arg("inspect").arg(path).arg("--json").args(length).args(arguments);
    of(&command.output().unwrap())
}

/// What a command that ended well printed. Exit code 4 is a verdict, not a failure.
pub fn of(output: &Output) -> Inspection {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 4)), "{}: {errors}", output.status);
    let parsed = serde_json::from_slice(&output.stdout);
    Inspection(parsed.unwrap_or_else(|error| panic!("{error}: {}\n{errors}", String::from_utf8_lossy(&output.stdout))))
}

impl Inspection {
    /// The processes that map the file, by number.
    pub fn mappers(&self) -> BTreeMap<u32, &Value> {
        self.processes().filter(|(_, process)| !list(&process["mapping"]).is_empty()).collect()
    }

    /// The processes that map the file or have it open.
    pub fn processes(&self) -> impl Iterator<Item = (u32, &Value)> {
        list(&self.0["processes"]).iter().map(|process| (number(&process["pid"]) as u32, process))
    }

    /// The kind of a process's first mapping.
    pub fn kind(&self, pid: u32) -> &str {
        let mappers = self.mappers();
        let process = mappers.get(&pid).unwrap_or_else(|| panic!("no mapper {pid}: {:#}", self.0["processes"]));
        process["mapping"][0]["kind"].as_str().unwrap()
    }

    pub fn format(&self) -> &str {
        assert_eq!(self.0["format"]["by_content"], true, "{:#}", self.0["format"]);
        self.0["format"]["name"].as_str().unwrap()
    }

    /// Locks that are held.
    pub fn locks(&self) -> &[Value] {
        list(&self.0["locks"]["held"])
    }

    /// Mappers that a commit has to walk.
    pub fn walked(&self) -> u32 {
        number(&self.0["commit_cost"]["mappers"]) as u32
    }

    /// The sentences on what hides processes.
    pub fn because(&self) -> String {
        let sentences = list(&self.0["unseen"]["because"]).iter().map(|sentence| sentence.as_str().unwrap());
        sentences.collect::<Vec<_>>().join("\n")
    }

    /// That each figure of groups is the sum of its processes.
    pub fn assert_groups_add_up(&self) {
        let counted: f64 = list(&self.0["groups"]).iter().map(|group| number(&group["processes"])).sum();
        assert_eq!(counted as usize, self.processes().count(), "{:#}", self.0["groups"]);
    }
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not a list, perhaps unavailable: {value}"))
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number, perhaps unavailable: {value}"))
}

/// The numbers of the waiters of a lock.
pub fn waiters(lock: &Value) -> BTreeSet<u32> {
    list(&lock["waiters"]).iter().map(|waiter| number(&waiter["pid"]) as u32).collect()
}
