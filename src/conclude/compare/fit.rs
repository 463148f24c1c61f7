//! Many qualifications: fit by the largest margin first, then those that are not, then those that say nothing.

use std::collections::BTreeMap;

use super::{
    machine::{self, Unavailable, of_machine},
    many, matching,
};
use crate::{
    conclude::{CompareOptions, letter, machine_in_short},
    results::{
        Fact, Fitness, Judgement, Provenance, Qualification, Qualified, Ranked, Ranking, Responses, Role, Spread,
        SweptRun, Totals,
    },
    scenario::Clause,
};

/// A qualification, as far as its row in a ranking rests on it: without its search.
#[derive(Clone, Debug)]
pub struct FitRun {
    /// What was asked for: what must be the same where qualifications are compared.
    pub keys: BTreeMap<String, String>,
    objectives: Vec<Clause>,
    facts: Vec<Fact>,
    /// Its letter is not known yet.
    row: Ranked,
}

impl FitRun {
    pub fn of(directory: String, found: Qualification) -> FitRun {
        let objectives: Vec<String> = found.objectives.iter().map(ToString::to_string).collect();
        let keys = [
            ("name", found.scenario.clone()),
            ("processes", found.wanted.to_string()),
            ("objectives", objectives.join(", ")),
        ];
        FitRun {
            keys: keys.map(|(key, value)| (key.to_owned(), value)).into(),
            facts: found.machine.as_ref().map(|found| of_machine(found, Unavailable::Named)).unwrap_or_default(),
            objectives: found.objectives.clone(),
            row: row(directory, found),
        }
    }
}

/// Ranks qualifications; their order gives the letters.
pub fn rank_qualifications(found: &[FitRun], options: &CompareOptions) -> Ranking {
    let rows = found.iter().enumerate();
    let mut rows: Vec<Ranked> = rows.map(|(place, run)| Ranked { letter: letter(place), ..run.row.clone() }).collect();
    let keys: Vec<_> = found.iter().map(|run| &run.keys).collect();
    let scenario = matching::of_keys(&keys, &options.across);
    let facts: Vec<_> = found.iter().map(|run| &run.facts).collect();
    let (environment, same_environment) = machine::sorted_out(&facts);
    let warnings = matching::mismatch(&scenario).into_iter().chain(machine::qualification(&facts)).collect();
    rows.sort_by(|one, other| many::order(one, other, true));
    many::concluded(Ranking {
        objectives: found.first().map_or_else(Vec::new, |run| run.objectives.clone()),
        least_effect: options.least_effect,
        rows,
        scenario,
        environment,
        same_environment,
        warnings,
        ..Ranking::default()
    })
}

/// With the figures of the longer run at the wanted load, where that was made.
fn row(directory: String, found: Qualification) -> Ranked {
    let run = found.confirmation.as_ref();
    let of_role = |role: Role| run.and_then(|run| run.all(role));
    let verdict = match found.verdict {
        Fitness::Fit => Judgement::Met,
        Fitness::NotFit => Judgement::NotMet,
        Fitness::Invalid => Judgement::Invalid,
    };
    let clauses = run.iter().filter_map(|run| run.verdict.as_ref()).flat_map(|verdict| &verdict.clauses);
    Ranked {
        label: found.machine.as_ref().map_or_else(|| "machine unavailable".to_owned(), machine_in_short),
        provenance: run.map_or(Provenance::Measured, SweptRun::provenance),
        directories: vec![directory],
        verdict: Some(verdict),
        worst: many::worst(clauses.filter_map(|judged| Some((judged.clause, judged.margin?)))),
        reader_p50_ns: quantile(of_role(Role::Reader), 0.5),
        reader_p99_ns: quantile(of_role(Role::Reader), 0.99),
        reader_max_ns: quantile(of_role(Role::Reader), 1.0),
        commit_p99_ns: quantile(of_role(Role::Writer), 0.99),
        reads: of_role(Role::Reader).map_or(0, |all| all.count),
        completed_share: run.and_then(completed_share).map(alone),
        longest_freeze_ns: run.map(|run| alone(run.longest_freeze_ns.unwrap_or(0) as f64)),
        finding: found.limit.as_ref().and_then(|limit| limit.cause.clone()),
        qualified: Some(Qualified {
            wanted: found.wanted,
            knee: found.knee,
            margin: found.margin(),
            statement: found.statement,
        }),
        reasons: found.reasons,
        machine: found.machine,
        ..Ranked::default()
    }
}

fn alone(value: f64) -> Spread {
    Spread { median: value, least: value, most: value }
}

/// `None`: too few values support it, or it is only known to be at least so long.
fn quantile(all: Option<&Responses>, q: f64) -> Option<Spread> {
    let all = all.filter(|all| all.at_least_from.is_none_or(|from| q < from))?;
    all.supported(q).map(|ns| alone(ns as f64))
}

/// Of readers and writers the lower share; `None`: nothing was due.
fn completed_share(run: &SweptRun) -> Option<f64> {
    [run.readers, run.writers].iter().filter_map(Totals::completed_share).reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{FitKnee, fixtures};

    fn options() -> CompareOptions {
        CompareOptions { least_effect: 0.05, across: vec![], allowed_regression: None, objectives: vec![] }
    }

    fn found(verdict: Fitness, knee: Option<FitKnee>) -> Qualification {
        Qualification { verdict, knee, wanted: 6000, ..fixtures::qualification(&[], Some(Judgement::Met)) }
    }

    fn knee(load: f64) -> Option<FitKnee> {
        Some(FitKnee { load, low: Some(load / 1.4), high: Some(load * 1.4) })
    }

    #[test]
    fn the_largest_margin_is_first_and_what_says_nothing_is_last() {
        let below = Some(FitKnee { load: 100.0, low: None, high: Some(100.0) });
        let all = [
            ("invalid", found(Fitness::Invalid, knee(90_000.0))),
            ("below", found(Fitness::NotFit, below)),
            ("near", found(Fitness::NotFit, knee(5000.0))),
            ("narrow", found(Fitness::Fit, knee(6600.0))),
            ("wide", found(Fitness::Fit, knee(12_000.0))),
            ("unknown", found(Fitness::NotFit, None)),
        ];
        let runs: Vec<FitRun> = all.into_iter().map(|(name, found)| FitRun::of(name.to_owned(), found)).collect();
        let ranking = rank_qualifications(&runs, &options());
        let order: Vec<&str> = ranking.rows.iter().map(|row| row.directories[0].as_str()).collect();
        assert_eq!(order, ["wide", "narrow", "near", "below", "unknown", "invalid"]);
        let margins: Vec<_> = ranking.rows.iter().map(|row| row.qualified.as_ref().unwrap().margin).collect();
        assert_eq!((margins[0], margins[3], margins[4]), (Some(2.0), None, None), "unavailable is no number");
        assert_eq!(ranking.rows[0].letter, "E", "letters are those of the order in which results were given");
        assert!(ranking.conclusion.contains("2 of 6 results say fit for 6000 processes: "), "{}", ranking.conclusion);
        assert!(ranking.conclusion.ends_with("; 1 says nothing, as it is invalid"), "{}", ranking.conclusion);
        let text = ranking.to_string();
        assert!(text.contains("below 100") && text.contains("12000 (8571 to 16800)"), "{text}");
    }

    #[test]
    fn qualifications_for_other_loads_are_a_mismatch() {
        let other = Qualification { wanted: 7000, ..found(Fitness::Fit, knee(9000.0)) };
        let runs = [found(Fitness::Fit, knee(9000.0)), other].map(|found| FitRun::of("x".to_owned(), found));
        let ranking = rank_qualifications(&runs, &options());
        assert!(ranking.conclusion.starts_with("With loads that are not the same (processes): "));
        assert!(ranking.warnings[0].contains("they differ in processes"), "{:?}", ranking.warnings);
    }

    #[test]
    fn a_percentile_that_is_only_a_bound_is_no_figure() {
        let responses = |at_least_from: Option<f64>| Responses {
            role: Role::Writer,
            operation: "all".to_owned(),
            count: 1000,
            unfinished: 100,
            at_least_from,
            p50_ns: 5,
            p90_ns: 9,
            p99_ns: 10,
            max_ns: 11,
        };
        assert_eq!(quantile(Some(&responses(None)), 0.99), Some(alone(10.0)));
        assert_eq!(quantile(Some(&responses(Some(0.9))), 0.99), None);
        assert_eq!(quantile(Some(&responses(Some(0.9))), 0.5), Some(alone(5.0)));
    }
}
