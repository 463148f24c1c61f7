//! What a machine is capable of, before anything ran: how many processes fit, and which evidence a run would have.

use serde::Serialize;

use crate::{
    conclude::{claim::Remark, in_order::grouped, wording::count},
    results::Environment,
};

/// How many processes fit that map one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Capacity {
    /// Each maps all of the file.
    pub processes: u64,
    /// The file's size, bytes, in whole MB.
    pub file_bytes: u64,
    /// The limits that refuse one more; empty: it is the most that a scenario may have.
    pub limits: Vec<String>,
}

/// How many processes fit, which evidence is missing, and how to get it.
pub fn capability(environment: &Environment, capacity: &Capacity) -> Vec<Remark> {
    let mut remarks = vec![Remark::new("Processes: ", fits(capacity))];
    let missing = environment.missing();
    let sources = count(environment.evidence.len() as u64, "source");
    let whole = environment.evidence.iter().filter(|source| source.available.value().is_none()).count();
    remarks.push(Remark::new(
        "Evidence: ",
        match (missing.is_empty(), whole) {
            (true, _) => format!("nothing of {sources} is missing"),
            (false, 0) => format!("none of {sources} is missing, but single figures are. Why, and what would give them:"),
            (false, whole) => {
                format!("{whole} of {sources} are missing: causes that rest on them cannot be named. Why, and what would give them:")
            }
        },
    ));
    let ways = grouped(missing.into_iter().map(|(name, why)| (way_out(why), name)));
    let remark = |(way, names): (&str, Vec<&str>)| Remark::new("  - ", format!("{way}: for {}", names.join("; ")));
    remarks.extend(ways.into_iter().map(remark));
    remarks
}

fn fits(capacity: &Capacity) -> String {
    let file = format!("{} MB", capacity.file_bytes / 1_000_000);
    let limits = capacity.limits.join(", ");
    match (capacity.processes, capacity.limits.is_empty()) {
        (0, _) => format!("none that maps a file of {file} fits: {limits} refuses it"),
        (processes, true) => format!("{processes} fit that map one file of {file}, the most that a scenario may have"),
        (processes, false) => {
            format!("about {} fit that map one file of {file}; more are refused by {limits}", rounded_down(processes))
        }
    }
}

/// Two digits: the estimate of what one process needs is no better, and a machine that is refused less than it can is no harm.
fn rounded_down(number: u64) -> u64 {
    let step = 10_u64.pow(number.max(1).ilog10().saturating_sub(1));
    number / step * step
}

/// What would let this process read what is missing: reasons begin with what failed and end with the way out.
fn way_out(why: &str) -> &str {
    why.split_once(": ").map_or(why, |(_, way)| way)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Availability, Evidence, fixtures};

    fn source(name: &str, why: Option<&str>) -> Evidence {
        let available =
            why.map_or(Availability::Value(true), |why| Availability::Unavailable { unavailable: why.to_owned() });
        Evidence { source: name.to_owned(), available, columns: Vec::new() }
    }

    fn capacity(processes: u64, limits: &[&str]) -> Capacity {
        let limits = limits.iter().map(|limit| (*limit).to_owned()).collect();
        Capacity { processes, file_bytes: 150_000_000, limits }
    }

    #[test]
    fn sources_that_one_step_would_give_are_named_together() {
        let mut environment = fixtures::run(&fixtures::outcome()).environment;
        let why = |event: &str| format!("no {event}/id: mount tracefs");
        environment.evidence = vec![
            source("flushes", Some(&why("tlb"))),
            source("pressure", None),
            source("walks", Some(&why("walk"))),
            source("folios", Some("/proc/kpageflags: Permission denied; run as root")),
        ];
        let said: Vec<String> = capability(&environment, &capacity(32_673, &["kernel.pid_max"]))
            .into_iter()
            .map(|remark| remark.lead + &remark.words)
            .collect();
        assert_eq!(
            said,
            [
                "Processes: about 32000 fit that map one file of 150 MB; more are refused by kernel.pid_max",
                "Evidence: 3 of 4 sources are missing: causes that rest on them cannot be named. Why, and what would give them:",
                "  - mount tracefs: for flushes; walks",
                "  - Permission denied; run as root: for folios",
            ]
        );
        environment.evidence.retain(|source| source.available.value().is_some());
        let said = capability(&environment, &capacity(0, &["memory"]));
        assert_eq!(said[0].words, "none that maps a file of 150 MB fits: memory refuses it");
        assert_eq!(said[1].words, "nothing of 1 source is missing");
    }

    proptest::proptest! {
        #[test]
        fn about_so_many_is_never_more_than_fit_and_little_less(processes in 1..u64::MAX) {
            let about = rounded_down(processes);
            proptest::prop_assert!(about <= processes && about >= processes - processes / 10);
        }
    }
}
