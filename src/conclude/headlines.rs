//! The few figures of a run that its reader wants before all others: how long readers and commits waited, what completed, whether it
//! froze, what failed. A percentile that too few values support is not one of them: then it is the slowest.

use super::{
    claim::needed,
    run::length,
    wording::{at_least, or_unavailable},
};
use crate::{
    results::{Role, Row, Run, Series, Totals},
    scenario::units::{format_duration_ns, percent},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    pub label: String,
    pub value: String,
    /// What is behind it.
    pub note: String,
}

impl Headline {
    fn new(label: impl Into<String>, value: impl Into<String>, note: impl Into<String>) -> Headline {
        Headline { label: label.into(), value: value.into(), note: note.into() }
    }
}

impl Run {
    pub fn headlines(&self) -> Vec<Headline> {
        let summary = &self.summary;
        let roles = [
            (Role::Reader, "readers", "reads", summary.readers),
            (Role::Writer, "commits", "commits", summary.writers),
        ];
        let scheduled = || roles.iter().filter(|(.., totals)| totals.due > 0);
        let mut headlines: Vec<Headline> = scheduled().map(|(role, name, ..)| self.response(*role, name)).collect();
        headlines.extend(scheduled().map(|(_, _, what, totals)| completed(what, totals)));
        headlines.push(self.longest_freeze());
        let failures = match (&summary.first_error, summary.errors) {
            (_, 0) => Headline::new("failures", "none", "of all operations, warm-up included"),
            (first, count) => {
                Headline::new("failures", count.to_string(), or_unavailable(first.as_ref(), Clone::clone))
            }
        };
        headlines.push(failures);
        headlines
    }

    /// The highest p99 of a role's operations; where none has enough values for one, the slowest of all.
    fn response(&self, role: Role, name: &str) -> Headline {
        let rows = || self.summary.rows.iter().filter(|row| row.role == role && row.series == Series::Response);
        let kinds = rows().count();
        let of_kinds = if kinds > 1 { format!(", the slowest of {kinds} kinds") } else { String::new() };
        let note = |row: &Row| format!("{}{of_kinds}; n = {}", row.operation, row.count + row.unfinished);
        let enough = needed(0.99);
        let values = |row: &Row| row.count + row.unfinished;
        let shown = |row: &Row, q: f64, ns: u64| {
            at_least(row.at_least_from.is_some_and(|from| q >= from), format_duration_ns(ns))
        };
        if let Some(row) = rows().filter(|row| values(row) >= enough).max_by_key(|row| row.p99_ns) {
            return Headline::new(format!("{name}' p99 response time"), shown(row, 0.99, row.p99_ns), note(row));
        }
        match rows().max_by_key(|row| row.max_ns) {
            Some(row) => {
                let note = format!("{}, a p99 takes {enough}", note(row));
                Headline::new(format!("{name}' slowest response time"), shown(row, 1.0, row.max_ns), note)
            }
            None => Headline::new(format!("{name}' response time"), "unavailable", "none completed"),
        }
    }

    fn longest_freeze(&self) -> Headline {
        let label = "longest freeze";
        if let Some(why) = self.unmeasured() {
            return Headline::new(label, "unavailable", why);
        }
        let freezes = &self.diagnosis.freezes;
        match freezes.iter().map(length).max() {
            Some(longest) => Headline::new(label, format_duration_ns(longest), format!("of {}", freezes.len())),
            None => {
                let least = format_duration_ns(self.scenario.run.freeze_ns);
                Headline::new(label, "none", format!("in no span of {least} or more"))
            }
        }
    }
}

/// Rounded down, so that 100 % is all.
fn completed(what: &str, totals: &Totals) -> Headline {
    let share = totals.completed_share().map(|share| (share * 1000.0).floor() / 1000.0);
    let note = format!("{} of {} scheduled", totals.completed, totals.due);
    Headline::new(format!("{what} completed"), or_unavailable(share, percent), note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;
    use proptest::prelude::*;

    fn of(run: &Run, start: &str) -> Headline {
        let all = run.headlines();
        all.iter().find(|one| one.label.starts_with(start)).unwrap_or_else(|| panic!("{start}: {all:?}")).clone()
    }

    fn run() -> Run {
        let mut run = fixtures::run(&fixtures::outcome());
        run.summary.readers = Totals { due: 60_000, completed: 59_999, ..run.summary.readers };
        run.summary.writers = Totals { due: 110, completed: 0, ..run.summary.writers };
        run.summary.rows.retain(|row| row.role == Role::Reader);
        run
    }

    #[test]
    fn what_did_not_complete_is_a_headline_and_not_rounded_away() {
        let run = run();
        assert_eq!(of(&run, "reads completed"), Headline::new("reads completed", "99.9 %", "59999 of 60000 scheduled"));
        assert_eq!(of(&run, "commits completed"), Headline::new("commits completed", "0.0 %", "0 of 110 scheduled"));
        let none = Headline::new("commits' response time", "unavailable", "none completed");
        assert_eq!(of(&run, "commits' response"), none);
        let mut without_writers = run.clone();
        without_writers.summary.writers.due = 0;
        assert!(without_writers.headlines().iter().all(|one| !one.label.starts_with("commits")));
    }

    #[test]
    fn failures_and_freezes_are_counted() {
        let mut run = run();
        (run.summary.errors, run.summary.first_error) = (7, Some("no space".to_owned()));
        run.diagnosis.freezes = vec![fixtures::freeze(100, 300), fixtures::freeze(500, 1100)];
        assert_eq!(of(&run, "failures"), Headline::new("failures", "7", "no space"));
        assert_eq!(of(&run, "longest freeze"), Headline::new("longest freeze", "600 ms", "of 2"));
        run.summary.measured_ns = 0;
        assert_eq!(of(&run, "longest freeze").value, "unavailable");
    }

    proptest! {
        #[test]
        fn a_p99_has_the_values_for_it(counts in prop::collection::vec(1..2000u64, 1..4), p99 in prop::collection::vec(1..1_000_000_000u64, 4)) {
            let mut run = run();
            let row = run.summary.rows[0].clone();
            run.summary.rows = counts.iter().zip(&p99).map(|(count, p99_ns)| {
                Row { role: Role::Reader, series: Series::Response, count: *count, p99_ns: *p99_ns, max_ns: 2 * p99_ns, ..row.clone() }
            }).collect();
            let headline = of(&run, "readers'");
            let supported: Vec<u64> = run.summary.rows.iter().filter(|row| row.count >= 400).map(|row| row.p99_ns).collect();
            match supported.iter().max() {
                Some(most) => {
                    prop_assert!(headline.label.contains("p99") && headline.value == format_duration_ns(*most), "{headline:?}");
                }
                None => prop_assert!(headline.label.contains("slowest") && headline.note.contains("a p99 takes"), "{headline:?}"),
            }
        }
    }
}
