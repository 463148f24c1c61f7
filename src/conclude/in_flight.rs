//! What may be said of operations that had not completed when a run ended, and of a role that completed nothing at all.

use crate::{
    conclude::wording::count,
    results::{InFlight, Role, Run, Series},
    scenario::units::format_duration_ns,
};

/// So many groups are named; the others are younger.
const NAMED: usize = 3;

impl Run {
    /// For each role that had operations due and completed none: the first thing to be said of the run, in every medium.
    pub fn nothing_completed(&self) -> Vec<String> {
        let totals = [(Role::Writer, self.summary.writers), (Role::Reader, self.summary.readers)];
        let nothing = totals.into_iter().filter(|(_, totals)| totals.due > 0 && totals.completed == 0);
        let said = nothing.map(|(role, totals)| {
            let what = match role {
                Role::Writer => ["NO COMMIT COMPLETED", "commit"],
                Role::Reader => ["NO READER COMPLETED ANYTHING", "operation"],
            };
            let oldest = self.in_flight().find(|group| group.role == role).map(sentence);
            format!(
                "{}: none of {} in {}{}",
                what[0],
                count(totals.due, &format!("scheduled {}", what[1])),
                format_duration_ns(self.summary.measured_ns),
                oldest.map_or(String::new(), |oldest| format!("; at the end, {oldest}")),
            )
        });
        said.collect()
    }

    /// What was in flight at the end for longer than the stall threshold, in a sentence; `None`: nothing was.
    pub fn in_flight_sentence(&self) -> Option<String> {
        let slow: Vec<&InFlight> =
            self.in_flight().filter(|group| group.oldest_ns > self.scenario.run.stall_ns).collect();
        let named: Vec<String> = slow.iter().take(NAMED).map(|group| sentence(group)).collect();
        let more = slow.iter().skip(NAMED).map(|group| u64::from(group.workers)).sum::<u64>();
        let more = (more > 0).then(|| format!("{} had not completed either", count(more, "younger operation")));
        let all: Vec<String> = named.into_iter().chain(more).collect();
        (!all.is_empty()).then(|| format!("in flight when the measured span ended: {}", all.join("; ")))
    }

    /// Oldest first; none of a result that has no record of them.
    fn in_flight(&self) -> impl Iterator<Item = &InFlight> {
        self.summary.in_flight.iter().flatten()
    }
}

fn sentence(group: &InFlight) -> String {
    let age = format_duration_ns(group.oldest_ns);
    let who = count(group.workers, group.role.name());
    let was = if group.workers == 1 { "was" } else { "were" };
    let what = match (&group.operation, group.part) {
        (_, Some(Series::StartDelay)) | (None, _) => format!("{was} due to begin"),
        (Some(operation), Some(part)) => format!("{was} in {part} of {operation}"),
        (Some(operation), None) => format!("{was} at the begin of {operation}"),
    };
    let age = if group.workers == 1 { format!("for {age}") } else { format!("the oldest for {age}") };
    let later = match group.completed_later {
        0 => "never completed".to_owned(),
        all if all == group.workers => "completed afterwards".to_owned(),
        some => format!("{some} completed afterwards"),
    };
    // Whoever had not begun leaves the operation undone.
    let later = if group.operation.is_some() { format!(" ({later})") } else { String::new() };
    format!("{who} {what}, {age}{later}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    fn group(role: Role, part: Series, workers: u32, oldest_ns: u64) -> InFlight {
        let operation = (part != Series::StartDelay).then(|| "store".to_owned());
        InFlight {
            role,
            instance: 0,
            operation,
            part: Some(part),
            workers,
            completed_later: 0,
            oldest_worker: 0,
            oldest_ns,
        }
    }

    fn run(in_flight: Vec<InFlight>) -> Run {
        let mut run = fixtures::run(&fixtures::outcome());
        run.scenario.run.stall_ns = 10_000_000;
        run.summary.in_flight = Some(in_flight);
        run
    }

    #[test]
    fn a_writer_that_completes_nothing_is_the_first_thing_that_is_said_and_with_what_it_was_doing() {
        use crate::mailboxes::Phase;
        let sync = group(Role::Writer, Series::Phase(Phase::Sync1), 1, 20_400_000_000);
        let mut run = run(vec![sync, group(Role::Reader, Series::StartDelay, 3, 50_000_000)]);
        (run.summary.writers.due, run.summary.writers.completed) = (47, 0);
        let first = "NO COMMIT COMPLETED: none of 47 scheduled commits in 300 ms; at the end, 1 writer was in sync-1 of store, for 20.4 s \
                     (never completed)";
        assert_eq!(run.nothing_completed(), [first]);
        assert_eq!(run.warnings()[0], first);
        assert!(run.diagnosis_sentence().starts_with(first) && run.freeze_statement().starts_with(first));
        let flight = run.in_flight_sentence().unwrap();
        assert!(flight.ends_with("; 3 readers were due to begin, the oldest for 50 ms"), "{flight}");
    }

    #[test]
    fn what_is_younger_than_a_stall_is_not_worth_a_sentence() {
        assert_eq!(run(vec![group(Role::Reader, Series::Service, 9, 9_000_000)]).in_flight_sentence(), None);
        let mut unrecorded = run(Vec::new());
        unrecorded.summary.in_flight = None;
        assert_eq!(unrecorded.in_flight_sentence(), None);
    }
}
