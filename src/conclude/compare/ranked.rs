//! What a ranking says first: against a baseline, which results are better; without, which comes first and by what.

use std::collections::HashMap;

use super::{
    conclusion::{RESULTS, answer},
    figures::subjects,
    matching::{across, hedged},
    names::{Unnamed, names},
};
use crate::{
    conclude::wording::{first_of, place_of},
    results::{Effect, Judgement, Provenance, Ranked, Ranking},
    scenario::units::format_duration_ns,
};

/// So many results are named.
const NAMED: usize = 3;

/// Rows are in their order; the values of `scenario` are in that of the letters.
pub fn conclusion(ranking: &Ranking) -> String {
    let Ranking { rows, scenario, .. } = ranking;
    let mut by_letter: Vec<&Ranked> = rows.iter().filter(|row| row.provenance != Provenance::Predicted).collect();
    by_letter.sort_by_key(|row| place_of(&row.letter));
    let unnamed: Vec<Unnamed> = by_letter
        .iter()
        .enumerate()
        .map(|(place, row)| Unnamed {
            directory: row.directories.first().map_or("", String::as_str),
            machine: row.machine.as_ref(),
            across: across(scenario, place),
        })
        .collect();
    let letters = by_letter.iter().map(|row| row.letter.as_str());
    let names: HashMap<&str, String> = letters.zip(names(&unnamed)).collect();
    let name = |row: &Ranked| match names.get(row.letter.as_str()) {
        Some(name) => name.clone(),
        None => format!("{} ({}, predicted)", row.letter, row.label),
    };
    let compared: Vec<&Ranked> = rows.iter().filter(|row| !row.differences.is_empty()).collect();
    let baseline = rows.iter().find(|row| row.is_baseline).filter(|_| !compared.is_empty());
    let said = match baseline {
        Some(baseline) if ranking.is_long() => in_counts(&compared, &name(baseline)),
        Some(baseline) => {
            let clauses = compared.iter().map(|row| {
                let subjects = subjects(&row.differences, &row.letter);
                answer([&name(baseline), &name(row)], &row.letter, RESULTS, &subjects, ranking.least_effect).clause
            });
            clauses.collect::<Vec<String>>().join("; ")
        }
        None if ranking.is_of_qualifications() => by_fitness(rows, name),
        None if ranking.objectives.is_empty() => by_p99(rows, name),
        None => by_objectives(rows, name),
    };
    hedged(scenario, true, &said)
}

/// How many rows differ from the baseline, and which way.
fn in_counts(compared: &[&Ranked], baseline: &str) -> String {
    let has = |row: &Ranked, effect| row.differences.iter().any(|difference| difference.effect == effect);
    let count = |is_so: &dyn Fn(bool, bool) -> bool| {
        compared.iter().filter(|row| is_so(has(row, Effect::Better), has(row, Effect::Worse))).count()
    };
    format!(
        "of {} results, {} are better than {baseline} in some figures and worse in none, {} worse in some and better in none, {} both; of \
         the others no difference is significant",
        compared.len(),
        count(&|better, worse| better && !worse),
        count(&|better, worse| worse && !better),
        count(&|better, worse| better && worse),
    )
}

fn with(rows: &[Ranked], wanted: Judgement) -> impl Iterator<Item = &Ranked> {
    rows.iter().filter(move |row| row.verdict == Some(wanted))
}

/// How many say nothing; empty: all say something.
fn silent(rows: &[Ranked]) -> String {
    match with(rows, Judgement::Invalid).count() {
        0 => String::new(),
        1 => "; 1 says nothing, as it is invalid".to_owned(),
        invalid => format!("; {invalid} say nothing, as they are invalid"),
    }
}

fn by_objectives(rows: &[Ranked], name: impl Fn(&Ranked) -> String) -> String {
    let (met, invalid) = (with(rows, Judgement::Met).map(name).collect::<Vec<_>>(), silent(rows));
    match (&met[..], rows.len()) {
        ([], all) => format!("none of {all} results meets the objectives{invalid}"),
        (met, all) if met.len() == all => {
            format!("all {all} results meet the objectives, {} by the largest margin", met[0])
        }
        (met, all) => format!("{} of {all} results meet the objectives: {}{invalid}", met.len(), first_of(met, NAMED)),
    }
}

fn by_fitness(rows: &[Ranked], name: impl Fn(&Ranked) -> String) -> String {
    let (fit, invalid) = (with(rows, Judgement::Met).map(name).collect::<Vec<_>>(), silent(rows));
    let least = rows.iter().filter_map(|row| row.qualified.as_ref()).map(|found| found.wanted);
    // Qualifications for other numbers are compared only by force.
    let (least, most) = least.fold((u64::MAX, 0), |(least, most), wanted| (least.min(wanted), most.max(wanted)));
    let wanted = if least == most { format!("{least} processes") } else { format!("{least} to {most} processes") };
    let all = rows.len();
    let which = match &fit[..] {
        [] => String::new(),
        [first, ..] if fit.len() > NAMED => format!("; the largest margin is that of {first}"),
        few => format!(": {}", few.join(", ")),
    };
    format!("{} of {all} results say fit for {wanted}{which}{invalid}", fit.len())
}

fn by_p99(rows: &[Ranked], name: impl Fn(&Ranked) -> String) -> String {
    let known = rows.iter().filter_map(|row| Some((row, row.reader_p99_ns?.median)));
    let known: Vec<(&Ranked, f64)> = known.collect();
    let time = |ns: f64| format_duration_ns(ns as u64);
    match &known[..] {
        [] => "nothing can be concluded: no result completed a read".to_owned(),
        [(only, ns)] => format!("only {} completed reads, with a p99 of {}", name(only), time(*ns)),
        [(first, least), .., (last, most)] => format!(
            "{} has the lowest p99 of reads, {}, and {} the highest, {}; a --baseline would show whether the difference is significant",
            name(first),
            time(*least),
            name(last),
            time(*most)
        ),
    }
}
