//! What might mitigate stalls: a table of changes, each with the causes that suggest it.
//! A mitigation changes how the same total load is carried, never how much it is.

#[cfg(test)]
mod tests;

use crate::mailboxes::{Format, LockKind, OpenMode, RemapRule};
use crate::os::pages::page_size;
use crate::results::Run;
use crate::scenario::{Arrivals, Contents, Scenario};

pub struct Mitigation {
    pub name: &'static str,
    pub meaning: &'static str,
    pub same_load: &'static str,
    /// The causes that suggest it, by their names in [`CAUSES`](crate::diagnose::CAUSES).
    pub causes: &'static [&'static str],
    change: fn(&Scenario) -> Change,
}

/// `--set` overrides that come after the user's own; or why there is nothing to change.
type Change = Result<Vec<String>, String>;

/// Causes that grow with the number of processes that map, or lock, one file: more instances reduce each of them.
const SPLIT: &[&str] = &[
    "sync-walks-mappers",
    "remap-herd",
    "page-fault-storm",
    "tlb-shootdowns",
    "demap-walks-mappers",
    "faults-behind-file-lock",
    "folio-lock",
    "lock-held-over-sync",
    "lock-held-over-checkpoint",
    "commit-behind-repack",
    "lock-convoy",
    "memory-pressure",
];
const SPLIT_LOAD: &str = "readers, file and commit rate are totals, which the instances share";

const fn split(name: &'static str, meaning: &'static str, change: fn(&Scenario) -> Change) -> Mitigation {
    Mitigation { name, meaning, same_load: SPLIT_LOAD, causes: SPLIT, change }
}

pub static MITIGATIONS: [Mitigation; 8] = [
    Mitigation {
        name: "read-only",
        meaning: "readers that open the file read-only",
        same_load: "nothing but the open mode changes",
        causes: &["sync-walks-mappers"],
        change: |scenario| match scenario.readers.open {
            OpenMode::ReadOnly => Err("readers open the file read-only already".to_owned()),
            OpenMode::ReadWrite => Ok(vec!["readers.open=read-only".to_owned()]),
        },
    },
    split("2-instances", "2 instances", |scenario| instances(scenario, 2)),
    split("4-instances", "4 instances", |scenario| instances(scenario, 4)),
    split("12-instances", "12 instances", |scenario| instances(scenario, 12)),
    Mitigation {
        name: "small-writes",
        meaning: "the file written a page at a time",
        same_load: "the file has the same contents; only the pieces that it is written in are smaller",
        causes: &["sync-walks-mappers"],
        change: small_writes,
    },
    Mitigation {
        name: "fewer-processes",
        meaning: "half the processes, each asking twice as often",
        same_load: "each reader's rate rises as their number falls",
        causes: &[
            "sync-walks-mappers",
            "remap-herd",
            "page-fault-storm",
            "tlb-shootdowns",
            "demap-walks-mappers",
            "memory-pressure",
        ],
        change: fewer_processes,
    },
    Mitigation {
        name: "remap-when-needed",
        meaning: "readers that remap the file only when they must",
        same_load: "nothing but the remap rule changes",
        causes: &["remap-herd", "tlb-shootdowns", "run-queue"],
        change: |scenario| match scenario.readers.remap {
            RemapRule::WhenNeeded => Err("readers remap the file only when they must already".to_owned()),
            RemapRule::EveryLock => Ok(vec!["readers.remap=when-needed".to_owned()]),
        },
    },
    Mitigation {
        name: "flock",
        meaning: "flock instead of fcntl locks",
        same_load: "nothing but the kind of lock changes, for readers and writers",
        causes: &["lock-convoy"],
        change: |scenario| match scenario.readers.lock {
            LockKind::Fcntl if matches!(scenario.file.contents, Contents::Generated { format: Format::Twom, .. }) => {
                Err("twom locks ranges of bytes, which flock cannot".to_owned())
            }
            LockKind::Fcntl => Ok(vec!["readers.lock=flock".to_owned()]),
            LockKind::Flock => Err("the lock is flock already".to_owned()),
            LockKind::Ofd => Err("the lock is one of the open file already".to_owned()),
            LockKind::None => Err("readers take no lock".to_owned()),
        },
    },
];

impl Mitigation {
    /// The overrides (`section.key=value`) that make it, to lay over the scenario's file after the user's own.
    pub fn overrides(&self, scenario: &Scenario) -> Result<Vec<String>, String> {
        (self.change)(scenario)
    }

    /// The causes among a run's findings that suggest it, largest first; empty: none does.
    pub fn suggested_by(&self, run: &Run) -> Vec<String> {
        let found = run.diagnosis.findings.iter().map(|finding| &finding.cause);
        found.filter(|cause| self.causes.contains(&&***cause)).cloned().collect()
    }

    pub fn named(name: &str) -> Option<&'static Mitigation> {
        MITIGATIONS.iter().find(|mitigation| mitigation.name == name)
    }
}

fn instances(scenario: &Scenario, count: u32) -> Change {
    let present = scenario.instances.count;
    if present >= count {
        return Err(format!("there are {present} instances already"));
    }
    if scenario.readers.count < count {
        return Err(format!("{count} instances need a reader each, and there are {}", scenario.readers.count));
    }
    if let Contents::Copied { .. } = scenario.file.contents {
        return Err("file.source cannot be split: every instance would get a whole copy".to_owned());
    }
    if scenario.writer.count > 0 && matches!(scenario.writer.arrivals, Arrivals::Closed { .. }) {
        return Err("every instance has writers of its own, which in a closed loop would commit more in all".to_owned());
    }
    Ok(vec![format!("instances.count={count}")])
}

/// A write of one page gives folios of one page.
fn small_writes(scenario: &Scenario) -> Change {
    let page = page_size();
    if scenario.file.write_size_bytes <= page {
        return Err("the file is written a page at a time already, or less".to_owned());
    }
    Ok(vec![format!("file.write-size={}KiB", page / 1024)])
}

fn fewer_processes(scenario: &Scenario) -> Change {
    let readers = &scenario.readers;
    let half = readers.count / 2;
    let Some(rate) = readers.arrivals.rate_per_s() else {
        return Err("in a closed loop fewer readers would ask less".to_owned());
    };
    if half < scenario.instances.count {
        return Err(format!(
            "half of {} readers are fewer than one for each of {} instances",
            readers.count, scenario.instances.count
        ));
    }
    let mut sets = vec![
        format!("readers.count={half}"),
        format!("readers.rate={}/s", rate * f64::from(readers.count) / f64::from(half)),
    ];
    if let Some(ramp) = readers.ramp {
        // The ramp begins at the same share of the readers.
        sets.push(format!("readers.ramp.from={}", ramp.from / 2));
    }
    Ok(sets)
}
