//! What a ranking says first: against a baseline, which results are better; without, which comes first and by what.

use super::{
    conclusion::{RESULTS, answer},
    figures::subjects,
    matching::{across, hedged},
    names::{Unnamed, names},
};
use crate::{
    conclude::wording::first_of,
    results::{Judgement, KeyDifference, Provenance, Ranked},
    scenario::{Clause, units::format_duration_ns},
};

/// So many results are named.
const NAMED: usize = 3;

/// Rows are in their order; the values of `scenario` are in that of the letters.
pub fn conclusion(rows: &[Ranked], objectives: &[Clause], scenario: &[KeyDifference], least_effect: f64) -> String {
    let mut by_letter: Vec<&Ranked> = rows.iter().filter(|row| row.provenance != Provenance::Predicted).collect();
    by_letter.sort_by(|one, other| (one.letter.len(), &one.letter).cmp(&(other.letter.len(), &other.letter)));
    let unnamed: Vec<Unnamed> = by_letter
        .iter()
        .enumerate()
        .map(|(place, row)| Unnamed {
            directory: row.directories.first().map_or("", String::as_str),
            machine: row.machine.as_ref(),
            across: across(scenario, place),
        })
        .collect();
    let names = names(&unnamed);
    let name = |row: &Ranked| match by_letter.iter().position(|other| other.letter == row.letter) {
        Some(place) => names[place].clone(),
        None => format!("{} ({}, predicted)", row.letter, row.label),
    };
    let baseline = rows.iter().find(|row| row.is_baseline);
    let against = baseline.into_iter().flat_map(|baseline| rows.iter().map(move |row| (baseline, row)));
    let clauses = against.filter(|(_, row)| !row.differences.is_empty()).map(|(baseline, row)| {
        let subjects = subjects(&row.differences, &row.letter);
        answer([&name(baseline), &name(row)], &row.letter, RESULTS, &subjects, least_effect).clause
    });
    let clauses: Vec<String> = clauses.collect();
    let said = match (clauses.is_empty(), objectives.is_empty()) {
        (false, _) => clauses.join("; "),
        (true, false) => by_objectives(rows, name),
        (true, true) => by_p99(rows, name),
    };
    hedged(scenario, true, said)
}

fn by_objectives(rows: &[Ranked], name: impl Fn(&Ranked) -> String) -> String {
    let with = |wanted: Judgement| rows.iter().filter(|row| row.verdict == Some(wanted)).map(&name).collect::<Vec<_>>();
    let (met, invalid) = (with(Judgement::Met), with(Judgement::Invalid).len());
    let invalid = if invalid > 0 { format!("; {invalid} say nothing, as they are invalid") } else { String::new() };
    match (&met[..], rows.len()) {
        ([], all) => format!("None of {all} results meets the objectives{invalid}"),
        (met, all) if met.len() == all => {
            format!("All {all} results meet the objectives, {} by the largest margin", met[0])
        }
        (met, all) => format!("{} of {all} results meet the objectives: {}{invalid}", met.len(), first_of(met, NAMED)),
    }
}

fn by_p99(rows: &[Ranked], name: impl Fn(&Ranked) -> String) -> String {
    let known = rows.iter().filter_map(|row| Some((row, row.reader_p99_ns?.median)));
    let known: Vec<(&Ranked, f64)> = known.collect();
    let time = |ns: f64| format_duration_ns(ns as u64);
    match &known[..] {
        [] => "Nothing can be concluded: no result completed a read".to_owned(),
        [(only, ns)] => format!("Only {} completed reads, with a p99 of {}", name(only), time(*ns)),
        [(first, least), .., (last, most)] => format!(
            "{} has the lowest p99 of reads, {}, and {} the highest, {}; a --baseline would show whether the difference is significant",
            name(first),
            time(*least),
            name(last),
            time(*most)
        ),
    }
}
