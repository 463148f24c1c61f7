//! The page of a comparison: what differs in sentences first, then charts, then figure by figure, then what was compared.
//! All kinds of comparison have one page: two runs, a ranking of many, and results whose parts are matched.

use anyhow::Context;
use askama::Template;

use super::{
    Head,
    command::typed,
    parts::{Figures, Table},
};
use crate::{
    conclude::{MatchedRow, letter, machine_in_short},
    present::{Grid, charts::chart::Chart},
    results::{Compared, ComparedRun, Comparison, ComparisonReport, Fact, KeyDifference, Matched, Ranking, Standing},
    scenario::units::format_duration_ns,
};

#[derive(Template)]
#[template(path = "comparison.html", config = "src/present/html/askama.toml")]
struct Page<'a> {
    head: Head,
    question: &'static str,
    warnings: &'a [String],
    answers: Vec<String>,
    none: String,
    charts: Figures<'a>,
    figures: Vec<Table>,
    compared: Vec<Table>,
    text: String,
    typed: String,
}

/// The page of a comparison with these charts.
///
/// # Errors
/// The template engine fails; then the fault is in here.
pub fn comparison_page(report: &ComparisonReport, charts: &[Chart]) -> anyhow::Result<String> {
    let page = match &report.compared {
        Compared::Runs(comparison) => of_pair(comparison),
        Compared::Ranking(ranking) => of_ranking(ranking),
        Compared::Costs(comparison) => of_matched(comparison, "What updates cost"),
        Compared::Sweeps(comparison) => of_matched(comparison, "Sweeps, point by point"),
        Compared::WhatIfs(comparison) => of_matched(comparison, "What-ifs, mitigation by mitigation"),
    };
    let page = Page { charts: Figures::new(charts, false), typed: typed(&report.command), ..page };
    page.render().context("the page of a comparison")
}

fn of_pair(comparison: &Comparison) -> Page<'_> {
    let Comparison { a, b, .. } = comparison;
    let title = if a.scenario == b.scenario {
        format!("{}: A and B", a.scenario)
    } else {
        format!("{} and {}", a.scenario, b.scenario)
    };
    let subtitle = format!("A: {}; B: {}", machine_in_short(&a.machine), machine_in_short(&b.machine));
    Page {
        head: Head::of_comparison(title, subtitle),
        question: "What is different",
        warnings: &comparison.warnings,
        answers: comparison.sentences.clone(),
        none: "No difference shown.".to_owned(),
        charts: Figures::new([], false),
        figures: vec![Table::new(
            "B against A, with 95 % intervals from what varied inside the runs",
            comparison.table(),
        )],
        compared: of_both(
            vec![Table::new("The two runs", runs(&[a, b]))],
            ("Keys of the scenario that differ", &comparison.scenario),
            (&comparison.environment, &comparison.same_environment),
        ),
        text: comparison.to_string(),
        typed: String::new(),
    }
}

fn runs(runs: &[&ComparedRun]) -> Grid {
    let header = ["", "result", "scenario", "machine", "figures", "for", "seed", "complete", "failed", "began (UTC)"];
    let mut grid = Grid::new(header, header.len());
    for (place, run) in runs.iter().enumerate() {
        grid.add_row([
            letter(place),
            run.directory.clone(),
            run.scenario.clone(),
            machine_in_short(&run.machine),
            run.provenance.name().to_owned(),
            format_duration_ns(run.measured_ns),
            run.seed.to_string(),
            if run.complete { "yes" } else { "NO" }.to_owned(),
            run.errors.to_string(),
            run.started.clone(),
        ]);
    }
    grid
}

fn of_ranking(ranking: &Ranking) -> Page<'_> {
    let best = ranking.rows.first().map_or_else(String::new, |row| format!("best: {} {}", row.letter, row.label));
    let mut rows = Grid::new(["", "which", "figures", "results"], 4);
    for row in &ranking.rows {
        let from = row.source.iter().cloned().chain(row.directories.iter().cloned()).collect::<Vec<_>>().join(", ");
        rows.add_row([row.letter.clone(), row.label.clone(), row.provenance.name().to_owned(), from]);
    }
    Page {
        head: Head::of_comparison(format!("{} results, ranked", ranking.rows.len()), best),
        question: "Best first",
        warnings: &ranking.warnings,
        answers: ranking.rows.iter().map(|row| format!("{}: {}", row.letter, row.words())).collect(),
        none: "Nothing was compared.".to_owned(),
        charts: Figures::new([], false),
        figures: vec![Table::new(format!("Ranked {}", ranking.order()), ranking.table())],
        compared: of_both(
            vec![Table::new("What the letters stand for", rows)],
            ("Keys of the scenario that differ", &ranking.scenario),
            (&ranking.environment, &ranking.same_environment),
        ),
        text: ranking.to_string(),
        typed: String::new(),
    }
}

fn of_matched<'a, D: MatchedRow>(comparison: &'a Matched<D>, title: &str) -> Page<'a> {
    let mut rows = Grid::new(["", "result", "machine", "figures"], 4);
    for (place, (directory, machine)) in comparison.directories.iter().zip(comparison.machine_names()).enumerate() {
        rows.add_row([letter(place), directory.clone(), machine, "measured".to_owned()]);
    }
    let names: Vec<String> = comparison.machine_names().collect();
    Page {
        head: Head::of_comparison(title.to_owned(), names.join("; ")),
        question: "What is different",
        warnings: &comparison.warnings,
        answers: comparison.sentences.clone(),
        none: "No difference shown.".to_owned(),
        charts: Figures::new([], false),
        figures: comparison.tables().into_iter().map(|(caption, grid)| Table::new(caption, grid)).collect(),
        compared: of_both(
            vec![Table::new("What the letters stand for", rows)],
            ("What was asked for differently", &comparison.plan),
            (&comparison.environment, &comparison.same_environment),
        ),
        text: comparison.to_string(),
        typed: String::new(),
    }
}

/// Adds what differs between loads and machines, side by side, and what does not. Tables without rows are left out.
fn of_both(
    mut tables: Vec<Table>,
    (caption, keys): (&str, &[KeyDifference]),
    (differing, same): (&[KeyDifference], &[Fact]),
) -> Vec<Table> {
    if !keys.is_empty() {
        tables.push(Table::new(caption, side_by_side(keys, true)));
    }
    if !differing.is_empty() {
        tables.push(Table::new("Facts of the machines that differ", side_by_side(differing, false)));
    }
    if !same.is_empty() {
        let mut grid = Grid::new(["fact", "value"], 2);
        same.iter().for_each(|fact| grid.add_row([fact.key.clone(), fact.value.clone()]));
        tables.push(Table::new("Facts of the machines that are the same", grid));
    }
    tables
}

fn side_by_side(keys: &[KeyDifference], of_load: bool) -> Grid {
    let width = keys.iter().map(|key| key.values.len()).max().unwrap_or(0);
    let letters: Vec<String> = (0..width).map(letter).collect();
    let header = ["key"].into_iter().chain(letters.iter().map(String::as_str));
    let header: Vec<&str> = header.chain(of_load.then_some("standing")).collect();
    let mut grid = Grid::new(header.iter().copied(), header.len());
    for key in keys {
        let standing = match key.standing {
            Standing::Free => "changes no load",
            Standing::Across => "compared across",
            Standing::Mismatch => "MISMATCH",
        };
        let mut row = vec![key.key.clone()];
        row.extend(key.values.iter().cloned());
        row.resize(width + 1, String::new());
        row.extend(of_load.then(|| standing.to_owned()));
        grid.add_row(row);
    }
    grid
}
