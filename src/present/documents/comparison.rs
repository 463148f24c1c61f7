//! Comparisons: two runs, a ranking of many, and results whose parts are matched. The differences in sentences, then figure by figure,
//! then what was compared; what is undecided or too little says so, and what would decide it.

use crate::{
    conclude::{
        MatchedRow,
        compare::{sentences::circumstances, side_by_side::SideBySide},
        difference::{short_name, verdict},
        letter, machine_in_short,
        wording::{self, NONE, count, interval, or_none, show, tallied, yes},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            parts::{facts_of, typed},
            ranking,
        },
    },
    results::{
        Availability, COMPARISON_FILE, Comparability, Compared, ComparedRun, Comparison, Effect, Fact,
        FigureDifference, KeyDifference, Matched, MatchedResult, Provenance,
    },
    scenario::units::{factor, format_duration_ns},
};

/// A comparison with these charts; `command`: what made it.
pub(crate) fn document<'a>(compared: &Compared, command: &[String], charts: &'a [Chart]) -> Document<'a> {
    let mut document = match compared {
        Compared::Runs(comparison) => of_pair(comparison, charts),
        Compared::Ranking(ranking) => ranking::document(ranking, charts),
        Compared::Costs(comparison) => of_matched(comparison, "What updates cost", charts),
        Compared::Shootdowns(comparison) => of_matched(comparison, "What TLB shootdowns cost", charts),
        Compared::Inspections(comparison) => of_matched(comparison, "A live server, inspected more than once", charts),
        Compared::Sweeps(comparison) => of_matched(comparison, "Sweeps, point by point", charts),
        Compared::WhatIfs(comparison) => of_matched(comparison, "What-ifs, mitigation by mitigation", charts),
    };
    let text = document.to_string();
    document
        .page()
        .section("words", "In words", "All of it in words")
        .text("", "As the terminal shows it, with all notes.")
        .code("The comparison as text", text)
        .code("The command as it was typed", typed(command));
    document
}

pub(super) fn begin<'a>(title: String, subtitle: String, question: &str) -> Document<'a> {
    let mut document = Document::new("a comparison", COMPARISON_FILE, title, subtitle);
    document.page().section("differences", "Differences", question);
    document
}

pub(super) fn charts_and_figures<'a>(document: &mut Document<'a>, charts: &'a [Chart]) {
    let page = document.page().section("charts", "Charts", "Charts").figures(charts);
    page.section("figures", "Figures", "Figure by figure");
}

/// So many of the differences stand below the conclusion; all of them are in the tables.
const NAMED: usize = 4;

/// The conclusion, which is the first line of every medium, then the most important differences.
pub(super) fn conclusion(document: &mut Document<'_>, conclusion: &str, sentences: &[String]) {
    let (named, others) = sentences.split_at(sentences.len().min(NAMED));
    let more = format!("{}: see the tables", count(others.len() as u64, "more difference"));
    let more = (!others.is_empty()).then_some(more);
    document.both().answer(format!("{conclusion}.")).items("- ", named).items("- ", more).gap();
}

pub(super) fn of_pair<'a>(comparison: &Comparison, charts: &'a [Chart]) -> Document<'a> {
    let Comparison { a, b, .. } = comparison;
    let title = match a.scenario == b.scenario {
        true => format!("{}: A and B", a.scenario),
        false => format!("{} and {}", a.scenario, b.scenario),
    };
    let subtitle = format!("A: {}; B: {}", machine_in_short(&a.machine), machine_in_short(&b.machine));
    let mut document = begin(title, subtitle, "What is different");
    conclusion(&mut document, &comparison.conclusion, &comparison.sentences);
    for (letter, run) in [("A: ", a), ("B: ", b)] {
        let (measured, machine) = (format_duration_ns(run.measured_ns), machine_in_short(&run.machine));
        let (directory, scenario, provenance) = (&run.directory, &run.scenario, run.provenance.name());
        let words = format!("{directory} ({scenario}; {machine}; {provenance} for {measured})");
        document.terminal().text(letter, words);
    }
    document.both().warnings(&comparison.warnings);
    let (differing, same) = (&comparison.environment, &comparison.same_environment);
    document.terminal().remarks(circumstances(&comparison.scenario, differing, same));
    charts_and_figures(&mut document, charts);
    let how = if comparison.paired { "paired block by block" } else { "unpaired" };
    let caption = format!("B against A, {how}, with 95 % intervals from what varied inside the runs");
    document.both().table(caption, pair_table(comparison));
    document.terminal().remarks(comparison.notes());
    compared(&mut document, ("The two runs", runs([a, b])), KEYS_DIFFER, &comparison.scenario, (differing, same));
    document
}

pub(super) fn of_matched<'a, D: MatchedRow>(comparison: &Matched<D>, title: &str, charts: &'a [Chart]) -> Document<'a> {
    let results: Vec<(String, &MatchedResult)> = comparison.names().into_iter().zip(&comparison.results).collect();
    let machines = results.iter().map(|(_, result)| result.in_short()).collect::<Vec<_>>();
    let mut document = begin(title.to_owned(), machines.join("; "), "What is different");
    conclusion(&mut document, &comparison.conclusion, &comparison.sentences);
    for (place, (_, result)) in results.iter().enumerate() {
        let words = format!("{} ({})", result.directory, result.in_short());
        document.terminal().text(format!("{}: ", letter(place)), words);
    }
    document.both().warnings(&comparison.warnings);
    let (differing, same) = (&comparison.environment, &comparison.same_environment);
    document.terminal().remarks(circumstances(&comparison.plan, differing, same));
    charts_and_figures(&mut document, charts);
    for found in D::side_by_side(comparison) {
        document.terminal().heading(found.caption);
        document.both().table(found.caption, in_columns(&found));
    }
    let mut captions: Vec<(usize, String)> = comparison.present().map(MatchedRow::table).collect();
    captions.sort();
    captions.dedup();
    for caption in captions {
        document.terminal().heading(&caption.1);
        let table = matched_table(comparison, &caption);
        document.both().table(caption.1, table);
    }
    document.terminal().gap().remarks(comparison.remarks());
    let letters = Grid::of(&results)
        .words("", |(name, _)| name)
        .words("result", |(_, result)| &result.directory)
        .words("machine and figures", |(_, result)| result.in_short());
    let caption = "What was asked for differently";
    compared(&mut document, (LETTERS, letters.into()), caption, &comparison.plan, (differing, same));
    document
}

pub(super) const LETTERS: &str = "What the letters stand for";
pub(super) const KEYS_DIFFER: &str = "Keys of the scenario that differ";

/// The section about what was compared: the results, what differs between loads and machines, and what does not. Tables without rows
/// are left out.
pub(super) fn compared(
    document: &mut Document<'_>,
    (caption, results): (&str, Grid),
    keys_differ: &str,
    keys: &[KeyDifference],
    (differing, same): (&[KeyDifference], &[Fact]),
) {
    document.page().section("compared", "Compared", "What was compared").table(caption, results);
    if !keys.is_empty() {
        document.page().table(keys_differ, side_by_side(keys, true));
    }
    if !differing.is_empty() {
        document.page().table("Facts of the machines that differ", side_by_side(differing, false));
    }
    if !same.is_empty() {
        document.page().table("Facts of the machines that are the same", facts_of(same));
    }
}

/// Up to so many results have columns of their own.
const COLUMNS: usize = 12;

/// A column for each result; of more than a page is wide for, how often each value comes.
fn side_by_side(keys: &[KeyDifference], of_load: bool) -> Grid {
    let width = keys.iter().map(|key| key.values.len()).max().unwrap_or(0);
    let columns = if width > COLUMNS { 0..0 } else { 0..width };
    let grid = columns.fold(Grid::of(keys).words("key", |key| &key.key), |grid, place| {
        grid.words(letter(place), |key| key.values.get(place).map_or("", String::as_str))
    });
    let grid = if width > COLUMNS { grid.words("values", |key| tallied(&key.values)) } else { grid };
    if !of_load {
        return grid.into();
    }
    grid.words("comparability", |key| match key.comparability {
        Comparability::Neutral => "changes no load",
        Comparability::Compared => "compared across",
        Comparability::Mismatch => "MISMATCH",
    })
    .into()
}

fn runs(runs: [&ComparedRun; 2]) -> Grid {
    let runs = [("A", runs[0]), ("B", runs[1])];
    Grid::of(&runs)
        .words("", |(letter, _)| letter)
        .words("result", |(_, run)| &run.directory)
        .words("scenario", |(_, run)| &run.scenario)
        .words("machine", |(_, run)| machine_in_short(&run.machine))
        .words("figures", |(_, run)| run.provenance.name())
        .words("for", |(_, run)| format_duration_ns(run.measured_ns))
        .words("seed", |(_, run)| run.seed)
        .words("complete", |(_, run)| yes(run.complete))
        .words("failed", |(_, run)| run.errors)
        .words("began (UTC)", |(_, run)| &run.started)
        .into()
}

/// Figure by figure: both values, their ratio with its interval, and what that allows to say.
fn pair_table(comparison: &Comparison) -> Grid {
    let value = |row: &FigureDifference, value: &Availability<f64>| or_none(value.value(), |ns| show(row.figure, *ns));
    Grid::of(comparison.differences.iter().filter(|row| !Comparison::has_too_few(row)))
        .words("figure", short_name)
        .number("A", |row| value(row, &row.a))
        .number("B", |row| value(row, &row.b))
        .number("B / A", |row| or_none(row.ratio.value(), |ratio| factor(ratio.value)))
        .number("95 % interval", |row| or_none(row.ratio.value(), interval))
        .number("B is", verdict)
        .number("ESS A, B", |row| match row.effective {
            [None, None] => NONE.to_owned(),
            both => both.map(|number| or_none(number, |number| format!("{number:.0}"))).join(", "),
        })
        .into()
}

/// A column for each result.
fn in_columns(found: &SideBySide) -> Grid {
    let grid = Grid::of(&found.rows).words("update", |(name, _)| name);
    let columns = found.columns.iter().enumerate();
    columns.fold(grid, |grid, (place, name)| grid.number(name.as_str(), move |(_, cells)| &cells[place])).into()
}

fn matched_table<D: MatchedRow>(comparison: &Matched<D>, caption: &(usize, String)) -> Grid {
    let bounds = |row: &D| {
        or_none(row.ratio().and_then(|(_, bounds)| bounds), |ratio| match row.effect() {
            Effect::Undecided => wording::percent(&ratio),
            _ => interval(&ratio),
        })
    };
    let name = |row: &D| {
        let emulated = if row.provenance() == Provenance::Emulated { ", emulated" } else { "" };
        format!("{}{}{emulated}", comparison.lead(row), row.name())
    };
    let rows: Vec<&D> = comparison.present().filter(|row| row.table() == *caption).collect();
    Grid::of(rows)
        .words(D::PART, name)
        .number("A", |row| row.values()[0].clone())
        .number("other", |row| row.values()[1].clone())
        .number("ratio", |row| or_none(row.ratio(), |(value, _)| factor(value)))
        .number("95 % interval", bounds)
        .number("it is", MatchedRow::verdict)
        .into()
}
