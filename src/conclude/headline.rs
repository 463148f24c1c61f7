//! The figures that a run comes down to: of readers and of commits, apart, how many completed and how long they took; freezes and
//! failures. The few that stand next to the verdict.

use crate::{
    conclude::claim::needed,
    results::{Role, Row, Run, Series, Totals},
    scenario::units::{format_duration_ns, percent},
};

impl Run {
    /// What each is about, and what is said of it, in the order of a reader's interest.
    pub(crate) fn headline_figures(&self) -> Vec<(&'static str, String)> {
        let of_role = |role: Role, totals: &Totals| {
            let rows = self.summary.rows.iter().filter(|row| row.role == role && row.series == Series::Response);
            let most = rows.max_by_key(|row| row.count);
            format!("{}; {}", completed(totals), most.map_or_else(|| "no response times".to_owned(), times))
        };
        let summary = &self.summary;
        let roles = [("readers", Role::Reader, &summary.readers), ("commits", Role::Writer, &summary.writers)];
        let roles = roles.into_iter().filter(|(_, _, totals)| totals.due > 0);
        let mut figures: Vec<_> = roles.map(|(what, role, totals)| (what, of_role(role, totals))).collect();
        let longest = match (self.unmeasured(), self.diagnosis.longest_freeze_ns()) {
            (Some(_), _) => "unavailable".to_owned(),
            (None, longest) => longest.map_or_else(|| "none".to_owned(), format_duration_ns),
        };
        figures.push(("longest freeze", format!("{longest}; operations failed: {}", summary.errors)));
        figures
    }
}

/// Rounded down: what is not complete is no 100 %.
fn completed(totals: &Totals) -> String {
    let share = totals.completed_share().map_or(0.0, |share| (share * 1000.0).floor() / 1000.0);
    format!("{} of {} scheduled completed", percent(share), totals.due)
}

/// The most frequent operation's times. A percentile that too few values support is left to their largest.
fn times(row: &Row) -> String {
    let (name, high) = if row.count >= needed(0.99) { ("p99", row.p99_ns) } else { ("max", row.max_ns) };
    let [half, high] = [row.p50_ns, high].map(format_duration_ns);
    format!("{} p50 {half}, {name} {high} of {}", row.operation, row.count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    proptest::proptest! {
        #[test]
        fn shares_and_percentiles_are_those_of_the_role_and_rest_on_enough_values(
            due in 0..10_000u64, undone in 0..10_000u64, count in 1..1_000u64, p50 in 1..1_000_000u64, more in 1..1_000_000u64,
        ) {
            let mut run = fixtures::run(&fixtures::outcome());
            let completed = due.saturating_sub(undone);
            (run.summary.writers.due, run.summary.writers.completed) = (due, completed);
            let writers = run.summary.rows.iter_mut().filter(|row| row.role == Role::Writer && row.series == Series::Response);
            for row in writers {
                (row.count, row.p50_ns, row.p99_ns, row.max_ns) = (count, p50, p50 + more, p50 + 2 * more);
            }
            let figures = run.headline_figures();
            let of_commits = figures.iter().find(|(what, _)| *what == "commits").map(|(_, said)| said);
            proptest::prop_assert_eq!(of_commits.is_some(), due > 0);
            let Some(said) = of_commits else { return Ok(()) };
            let rest = format!(" % of {due} scheduled completed; ");
            let Some((share, _)) = said.split_once(&rest) else { panic!("no {rest:?} in {said}") };
            let share: f64 = share.parse().unwrap();
            let exact = 100.0 * completed as f64 / due as f64;
            // Rounded down, to one digit.
            proptest::prop_assert!(share <= exact + 1e-9 && share > exact - 0.11, "{} {}", exact, said);
            proptest::prop_assert_eq!(said.contains("p99"), count >= needed(0.99), "{}", said);
        }
    }
}
