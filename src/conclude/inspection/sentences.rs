//! A live server in sentences. Each figure in them is one of the result.

use std::cmp::Reverse;

use super::{Distance, is_walked, mapping};
use crate::{
    conclude::{
        in_order::grouped,
        predicted::MOST_MAPPERS,
        wording::{at_most, capital, estimate},
    },
    results::{HeldLock, Inspection, LockFlavour, MappingKind, Observed, Precision, Stale},
    scenario::units::{factor, format_rate, number, percent, short_ns},
    stats::Estimate,
};

/// What commits a second, and readers beside them, are limited by.
pub const MODEL: &str =
    "by the model that commits exclude readers, and hold the lock for as long as the cost model says";

impl Inspection {
    /// What a commit costs now, and why; or what would say so.
    pub(super) fn sentence(&self) -> String {
        let cost = &self.commit_cost;
        let visits = match cost.mappers {
            0 => "no process maps the file so that a commit visits it".to_owned(),
            1 => "1 process maps the file and could write to it, and a commit visits it".to_owned(),
            many => format!("{many} processes map the file and could write to it, and a commit visits each of them"),
        };
        let (commit, of_mappers) = match (cost.commit_ns.known(), cost.of_mappers_ns.known()) {
            (Ok(commit), Ok(of_mappers)) => (commit, of_mappers),
            (Err(why), _) | (_, Err(why)) => {
                return format!("{}; the cost of a commit is unknown: {why}", capital(&visits));
            }
        };
        let why = match cost.mappers {
            0 => visits,
            _ => format!("{} of it because {visits}", at_most("at most", of_mappers)),
        };
        let held = match cost.utilisation.value() {
            Some(share) if share.value > 1.0 => {
                format!("; at {} commits come faster than they can be done", self.rate())
            }
            Some(share) if share.value > 0.0 => {
                format!("; at {} the lock is held {} of the time", self.rate(), percent(share.value))
            }
            _ => String::new(),
        };
        format!("One commit takes {} now, predicted: {why}{held}", estimate(*commit, short_ns))
    }

    fn rate(&self) -> String {
        let rate = self.load.commits_per_s.value.value();
        rate.map_or_else(String::new, |rate| format!("{} commits", format_rate(rate.value)))
    }

    /// Where readers starve, and how far that is; or why it is not known.
    pub fn limit_sentence(&self) -> String {
        let limit = match self.commit_cost.limit.known() {
            Ok(limit) => limit,
            // The sentence on the cost says why.
            Err(why) if self.commit_cost.commit_ns.known().err() == Some(why) => {
                return "The limit is unknown, as the cost of a commit is".to_owned();
            }
            Err(why) => return format!("The limit is unknown: {why}"),
        };
        let commits = estimate(limit.commits_per_s, format_rate);
        let Some(Distance { commits: times, mappers }) = self.distance() else {
            return format!(
                "With the mappers of now readers starve before {commits} commits, predicted; nothing was seen to commit"
            );
        };
        let by_mappers = match (limit.mappers, mappers) {
            (Some(most), Some(times)) => {
                format!("; or before {} mappers at that rate, {} as many as now", bounded(most), as_many(times))
            }
            _ => "; mappers alone reach no limit at that rate".to_owned(),
        };
        format!(
            "Readers starve before {commits} commits, {} as many as now{by_mappers}; predicted, {MODEL}",
            as_many(times)
        )
    }

    /// What limits the price.
    pub(super) fn limits_of_price(&self) -> Vec<String> {
        let cost = &self.commit_cost;
        let mut notes = Vec::new();
        let harmless = mapping(&self.processes) - cost.mappers;
        if harmless > 0 {
            notes.push(format!(
                "{} the file so that it cannot be written through: a commit does not visit them, and they are not in its price",
                maps(harmless)
            ));
        }
        for (stale, what) in [(Stale::Replaced, "another file was renamed over it"), (Stale::Deleted, "it was deleted")]
        {
            let processes = self.processes.iter().filter(|process| process.stale == Some(stale)).count() as u32;
            if processes > 0 {
                notes.push(format!(
                    "{} a file that the path does not name now ({what}): a commit does not visit them, and they keep its memory",
                    maps(processes)
                ));
            }
        }
        let unseen = self.unseen.forbidden + self.unseen.stuck.len() as u32;
        if unseen > 0 {
            notes.push(format!(
                "{unseen} process{} could not be seen: there may be more mappers, and a commit may cost more",
                if unseen == 1 { "" } else { "es" }
            ));
        }
        if cost.commit_ns.value().is_none() && cost.utilisation.value().is_some() {
            notes.push("how long the lock is held was seen, not predicted".to_owned());
        }
        notes
    }

    /// Processes of whom a commit visits each, by name: the most frequent first.
    pub fn visited(&self) -> Vec<(&str, u32)> {
        let walked = self.processes.iter().filter(|process| is_walked(process));
        let visited = grouped(walked.map(|process| (&*process.command, process)));
        let mut visited: Vec<_> = visited.into_iter().map(|(command, all)| (command, all.len() as u32)).collect();
        visited.sort_by_key(|(_, count)| Reverse(*count));
        visited
    }
}

fn maps(processes: u32) -> String {
    if processes == 1 { "1 process maps".to_owned() } else { format!("{processes} processes map") }
}

fn as_many(times: f64) -> String {
    format!("{}×", factor(times))
}

/// A number of mappers, whose upper end may be out of reach.
fn bounded(mappers: Estimate) -> String {
    match mappers.high >= MOST_MAPPERS {
        true => format!("{} ({} or more)", number(mappers.value.round()), number(mappers.low.round())),
        false => estimate(mappers, |mappers| number(mappers.round())),
    }
}

/// What a mapping allows, in words.
pub fn mapping_in_words(kind: Option<MappingKind>) -> &'static str {
    match kind {
        Some(MappingKind::ReadOnly) => "read-only",
        Some(MappingKind::ReadOnlyOfWritable) => "read, may write",
        Some(MappingKind::Writable) => "writable",
        Some(MappingKind::Private) => "private",
        None => "not mapped",
    }
}

pub fn stale_in_words(stale: Option<Stale>) -> &'static str {
    match stale {
        Some(Stale::Replaced) => "replaced",
        Some(Stale::Deleted) => "deleted",
        None => "",
    }
}

/// A figure that was seen, with how it was found; or why there is none.
pub fn observed(figure: &Observed, show: impl Fn(f64) -> String) -> String {
    match figure.value.known() {
        Err(why) => format!("unavailable: {why}"),
        Ok(found) => {
            let how = match figure.precision {
                Precision::Exact => "exact",
                Precision::Estimated => "estimated",
            };
            // What was counted has no interval to speak of.
            let value = if found.low < found.high { estimate(*found, show) } else { show(found.value) };
            format!("{value}, {how}, from {}", figure.from)
        }
    }
}

impl LockFlavour {
    fn in_words(self) -> &'static str {
        match self {
            LockFlavour::Posix => "fcntl",
            LockFlavour::Ofd => "fcntl of an open file",
            LockFlavour::Flock => "flock",
            LockFlavour::Lease => "lease",
        }
    }
}

/// A lock and who holds it.
pub fn lock_in_words(lock: &HeldLock) -> String {
    let how = if lock.exclusive { "exclusive" } else { "shared" };
    let who = match (lock.pid, lock.perhaps.as_slice()) {
        (Some(pid), _) => format!("process {pid}"),
        (None, []) => "an open file of an unknown process".to_owned(),
        (None, [one]) => format!("an open file, perhaps that of process {one}"),
        (None, several) => format!("an open file that {} processes have", several.len()),
    };
    let range = match (lock.start, lock.end) {
        (0, None) => "all of the file".to_owned(),
        (start, None) => format!("bytes from {start}"),
        (start, Some(end)) => format!("bytes {start} to {end}"),
    };
    format!("{how}, {}, {range}: {who}", lock.flavour.in_words())
}
