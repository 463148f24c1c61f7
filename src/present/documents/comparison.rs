//! Comparisons: two runs, a ranking of many, and results whose parts are matched. The differences in sentences, then figure by figure,
//! then what was compared; what is undecided or too little says so, and what would decide it.

use crate::{
    conclude::{
        MatchedRow,
        compare::sentences::circumstances,
        letter, machine_in_short,
        wording::{self, NONE, interval, or_none, short_name, show, verdict},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::parts::{facts, typed},
    },
    results::{
        Availability, COMPARISON_FILE, Comparability, Compared, ComparedRun, Comparison, Effect, Fact, Judgement,
        KeyDifference, Matched, Provenance, Ranked, Ranking, Spread,
    },
    scenario::{
        Metric,
        units::{factor, format_duration_ns, percent},
    },
};

/// A comparison with these charts; `command`: what made it.
pub(crate) fn document<'a>(compared: &Compared, command: &[String], charts: &'a [Chart]) -> Document<'a> {
    let mut document = match compared {
        Compared::Runs(comparison) => of_pair(comparison, charts),
        Compared::Ranking(ranking) => of_ranking(ranking, charts),
        Compared::Costs(comparison) => of_matched(comparison, "What updates cost", charts),
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

fn begin<'a>(title: String, subtitle: String, question: &str) -> Document<'a> {
    let mut document = Document::new("a comparison", COMPARISON_FILE, title, subtitle);
    document.page().section("differences", "Differences", question);
    document
}

/// The charts, then the section of tables.
fn charts_and_figures<'a>(document: &mut Document<'a>, charts: &'a [Chart]) {
    let page = document.page().section("charts", "Charts", "Charts").figures(charts);
    page.section("figures", "Figures", "Figure by figure");
}

/// What is different, in sentences.
fn differences(document: &mut Document<'_>, sentences: &[String]) {
    if sentences.is_empty() {
        document.terminal().text("", "No difference shown.");
        document.page().answer("No difference shown.");
    }
    document.both().answers("- ", sentences);
}

pub(super) fn of_pair<'a>(comparison: &Comparison, charts: &'a [Chart]) -> Document<'a> {
    let Comparison { a, b, .. } = comparison;
    let title = match a.scenario == b.scenario {
        true => format!("{}: A and B", a.scenario),
        false => format!("{} and {}", a.scenario, b.scenario),
    };
    let subtitle = format!("A: {}; B: {}", machine_in_short(&a.machine), machine_in_short(&b.machine));
    let mut document = begin(title, subtitle, "What is different");
    for (letter, run) in [("A: ", a), ("B: ", b)] {
        let (measured, machine) = (format_duration_ns(run.measured_ns), machine_in_short(&run.machine));
        let (directory, scenario, provenance) = (&run.directory, &run.scenario, run.provenance.name());
        let words = format!("{directory} ({scenario}; {machine}; {provenance} for {measured})");
        document.terminal().text(letter, words);
    }
    document.both().warnings(&comparison.warnings);
    let (differing, same) = (&comparison.environment, &comparison.same_environment);
    document.terminal().remarks(circumstances(&comparison.scenario, differing, same)).gap();
    differences(&mut document, &comparison.sentences);
    charts_and_figures(&mut document, charts);
    let caption = "B against A, with 95 % intervals from what varied inside the runs";
    document.both().table(caption, pair_table(comparison));
    document.terminal().remarks(comparison.notes());
    document.page().section("compared", "Compared", "What was compared").table("The two runs", runs(&[a, b]));
    side_by_side_tables(&mut document, "Keys of the scenario that differ", &comparison.scenario, (differing, same));
    document
}

pub(super) fn of_ranking<'a>(ranking: &Ranking, charts: &'a [Chart]) -> Document<'a> {
    let best = ranking.rows.first().map_or_else(String::new, |row| format!("best: {} {}", row.letter, row.label));
    let mut document = begin(format!("{} results, ranked", ranking.rows.len()), best, "Best first");
    document.terminal().text("Ranked ", ranking.order());
    document.both().warnings(&ranking.warnings);
    document.terminal().table("", ranking_table(ranking));
    let mut which = Grid::new(["", "which", "figures", "results"], 4);
    for row in &ranking.rows {
        document.terminal().text(format!("{}: ", row.letter), row.words());
        document.page().answers("", [format!("{}: {}", row.letter, row.words())]);
        let from = row.source.iter().cloned().chain(row.directories.iter().cloned()).collect::<Vec<_>>().join(", ");
        which.add_row([row.letter.clone(), row.label.clone(), row.provenance.name().to_owned(), from]);
    }
    if ranking.rows.is_empty() {
        document.page().answer("Nothing was compared.");
    }
    charts_and_figures(&mut document, charts);
    document.page().table(format!("Ranked {}", ranking.order()), ranking_table(ranking));
    let (differing, same) = (&ranking.environment, &ranking.same_environment);
    document.terminal().gap().remarks(circumstances(&ranking.scenario, differing, same)).remarks(ranking.notes());
    document.page().section("compared", "Compared", "What was compared").table("What the letters stand for", which);
    side_by_side_tables(&mut document, "Keys of the scenario that differ", &ranking.scenario, (differing, same));
    document
}

pub(super) fn of_matched<'a, D: MatchedRow>(comparison: &Matched<D>, title: &str, charts: &'a [Chart]) -> Document<'a> {
    let names: Vec<String> = comparison.machine_names().collect();
    let mut document = begin(title.to_owned(), names.join("; "), "What is different");
    let mut letters = Grid::new(["", "result", "machine", "figures"], 4);
    for (place, (directory, machine)) in comparison.directories.iter().zip(names).enumerate() {
        document.terminal().text(format!("{}: ", letter(place)), format!("{directory} ({machine}; measured)"));
        letters.add_row([letter(place), directory.clone(), machine, "measured".to_owned()]);
    }
    document.both().warnings(&comparison.warnings);
    let (differing, same) = (&comparison.environment, &comparison.same_environment);
    document.terminal().remarks(circumstances(&comparison.plan, differing, same)).gap();
    differences(&mut document, &comparison.sentences);
    charts_and_figures(&mut document, charts);
    for (caption, table) in matched_tables(comparison) {
        document.terminal().heading(&caption);
        document.both().table(caption, table);
    }
    document.terminal().gap().remarks(comparison.remarks());
    document.page().section("compared", "Compared", "What was compared").table("What the letters stand for", letters);
    side_by_side_tables(&mut document, "What was asked for differently", &comparison.plan, (differing, same));
    document
}

/// What differs between loads and machines, side by side, and what does not. Tables without rows are left out.
fn side_by_side_tables(
    document: &mut Document<'_>,
    caption: &str,
    keys: &[KeyDifference],
    (differing, same): (&[KeyDifference], &[Fact]),
) {
    if !keys.is_empty() {
        document.page().table(caption, side_by_side(keys, true));
    }
    if !differing.is_empty() {
        document.page().table("Facts of the machines that differ", side_by_side(differing, false));
    }
    if !same.is_empty() {
        let same = facts(same.iter().map(|fact| (&*fact.key, fact.value.clone())));
        document.page().table("Facts of the machines that are the same", same);
    }
}

fn side_by_side(keys: &[KeyDifference], of_load: bool) -> Grid {
    let width = keys.iter().map(|key| key.values.len()).max().unwrap_or(0);
    let letters: Vec<String> = (0..width).map(letter).collect();
    let header = ["key"].into_iter().chain(letters.iter().map(String::as_str));
    let header: Vec<&str> = header.chain(of_load.then_some("comparability")).collect();
    let mut grid = Grid::new(header.iter().copied(), header.len());
    for key in keys {
        let comparability = match key.comparability {
            Comparability::Neutral => "changes no load",
            Comparability::Compared => "compared across",
            Comparability::Mismatch => "MISMATCH",
        };
        let mut row = vec![key.key.clone()];
        row.extend(key.values.iter().cloned());
        row.resize(width + 1, String::new());
        row.extend(of_load.then(|| comparability.to_owned()));
        grid.add_row(row);
    }
    grid
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

/// Figure by figure: both values, their ratio with its interval, and what that allows to say.
fn pair_table(comparison: &Comparison) -> Grid {
    let header = ["figure", "A", "B", "B / A", "95 % interval", "B is", "ESS A, B"];
    let mut rows = Grid::new(header, 1);
    for row in comparison.differences.iter().filter(|row| !Comparison::has_too_few(row)) {
        let value = |value: &Availability<f64>| or_none(value.value(), |value| show(row.figure, *value));
        let ratio = row.ratio.value();
        let effective = match row.effective {
            [None, None] => NONE.to_owned(),
            both => both.map(|number| or_none(number, |number| format!("{number:.0}"))).join(", "),
        };
        rows.add_row([
            short_name(row),
            value(&row.a),
            value(&row.b),
            or_none(ratio, |ratio| factor(ratio.value)),
            or_none(ratio, interval),
            verdict(row).to_owned(),
            effective,
        ]);
    }
    rows
}

/// A row for each result, or for its repeats together.
fn ranking_table(ranking: &Ranking) -> Grid {
    let header = ["", "verdict", "worst margin", "read p50", "p99", "max", "commit p99", "completed", "freeze"];
    let mut rows = Grid::new(header, 1);
    for row in &ranking.rows {
        let time = |spread: &Option<Spread>| or_none(spread.as_ref(), times);
        let freeze = |spread: &Option<Spread>| match spread {
            None => NONE.to_owned(),
            Some(spread) if spread.most == 0.0 => "none".to_owned(),
            Some(spread) => times(spread),
        };
        let completed = row.completed_share.as_ref();
        rows.add_row([
            row.letter.clone(),
            judgement(row).to_owned(),
            or_none(row.worst.as_ref(), |worst| margin(worst.clause.metric, worst.margin)),
            time(&row.reader_p50_ns),
            time(&row.reader_p99_ns),
            time(&row.reader_max_ns),
            time(&row.commit_p99_ns),
            or_none(completed, |share| percent(share.median)),
            freeze(&row.longest_freeze_ns),
        ]);
    }
    rows
}

fn judgement(row: &Ranked) -> &'static str {
    match row.verdict {
        None => NONE,
        Some(Judgement::Met) => "met",
        Some(Judgement::NotMet) => "NOT MET",
        Some(Judgement::Invalid) => "invalid",
    }
}

/// Such as `35 % to spare`, `2.5 times over`.
fn margin(metric: Metric, margin: f64) -> String {
    match margin {
        margin if margin >= 0.0 => format!("{:.0} % spare", margin * 100.0),
        // Ten times over reads better than 900 percent.
        margin if margin < -1.0 && metric != Metric::Rate => format!("{} times", factor(1.0 - margin)),
        margin => format!("{:.0} % {}", -margin * 100.0, if metric == Metric::Rate { "short" } else { "over" }),
    }
}

fn times(spread: &Spread) -> String {
    format_duration_ns(spread.median as u64)
}

/// Part by part, with a caption for each table.
fn matched_tables<D: MatchedRow>(comparison: &Matched<D>) -> Vec<(String, Grid)> {
    let mut captions: Vec<(usize, String)> = comparison.present().map(MatchedRow::table).collect();
    captions.sort();
    captions.dedup();
    let tables = captions.into_iter().map(|caption| {
        let table = matched_table(comparison, &caption);
        (caption.1, table)
    });
    tables.collect()
}

fn matched_table<D: MatchedRow>(comparison: &Matched<D>, caption: &(usize, String)) -> Grid {
    let mut rows = Grid::new([D::PART, "A", "other", "ratio", "95 % interval", "it is"], 1);
    for row in comparison.present().filter(|row| row.table() == *caption) {
        let ratio = row.ratio();
        let bounds = ratio.and_then(|(_, bounds)| bounds).map(|ratio| match row.effect() {
            Effect::Undecided => wording::percent(&ratio),
            _ => interval(&ratio),
        });
        let [a, b] = row.values();
        let emulated = if row.provenance() == Provenance::Emulated { ", emulated" } else { "" };
        rows.add_row([
            format!("{}{}{emulated}", comparison.lead(row), row.name()),
            a,
            b,
            or_none(ratio, |(value, _)| factor(value)),
            bounds.unwrap_or_else(|| NONE.to_owned()),
            row.verdict().to_owned(),
        ]);
    }
    rows
}
