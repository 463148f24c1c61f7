//! A against B: the answer, every figure with its change over the pairs, how the pairs lie, and the runs.

use crate::{
    conclude::{
        ab::{arm, change, differs, effect, value},
        wording::{KEY_FIGURES, figure_name, incomplete, judgement, or_none, times},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment::{host_of, machine_line, machine_section},
            parts::{Seed, file_document, reproduce},
        },
    },
    results::{Ab, AbFigure, ResultKind},
    scenario::units::number,
};

/// A comparison of two scenarios with these charts.
pub(crate) fn document<'a>(found: &Ab, charts: &'a [Chart]) -> Document<'a> {
    let host = host_of(found.machine.as_ref());
    let title = format!("{}: B against A, in turns{}", found.name(), incomplete(found.complete));
    let subtitle = format!("{host}, {} to {}", found.started, found.ended);
    let mut document = file_document(ResultKind::Ab, title.clone(), subtitle);
    document.terminal().line(title).lines(found.machine.as_ref().map(machine_line));
    document.page().section("answer", "Answer", "Answer").answer(found.statement.clone());
    document
        .both()
        .text("A: ", arm(&found.a))
        .text("B: ", arm(&found.b))
        .in_detail()
        .items("  differs in ", differs(found));
    document.page().figures(charts);
    let caption = format!(
        "Every figure over {} pairs: means of A and B, the change with its 95 % interval (B / A; of what can be 0: B - A), in how many pairs it \
         went that way, and what that is. p: how probable so large a change is by chance, corrected for all figures together (Holm)",
        found.pairs.len()
    );
    document.page().section("figures", "Figures", "The figures").table(caption, figures(found, true));
    document.terminal().table("", figures(found, false));
    document.both().items("  note: ", found.notes.iter().cloned());
    document.terminal().closing().text("", found.statement.clone());
    document
        .page()
        .section("runs", "Runs", "The runs")
        .table("Every run, in the order in which they were made", runs(found));
    machine_section(&mut document, found.machine.as_ref());
    let facts = [
        ("mapstorm", found.mapstorm_version.clone()),
        ("A", arm(&found.a)),
        ("B", arm(&found.b)),
        ("seed of the first pair", found.seed.to_string()),
        ("command began", found.started.clone()),
        ("last run ended", found.ended.clone()),
    ];
    reproduce(&mut document, facts, &found.command, Seed::OfScenario(found.seed))
        .text("", "Each run has a result of its own in `runs/`: `mapstorm report` draws it.");
    document
}

fn figures(found: &Ab, is_whole: bool) -> Grid {
    let mean = |row: &AbFigure, found| or_none(found, |found| value(row.figure, found));
    let grid = Grid::of(&found.figures)
        .words("figure", |row| figure_name(row.figure))
        .number("A", |row| mean(row, row.a))
        .number("B", |row| mean(row, row.b))
        .number("change", change)
        .number("pairs", |row| format!("{}/{}", row.agreeing, row.each.len()))
        .words("B is", effect)
        .dispensable(&["pairs"]);
    if !is_whole {
        return grid.into();
    }
    let drift = |row: &AbFigure, of_b: bool| or_none(row.drift, |drift| times(if of_b { &drift.b } else { &drift.a }));
    grid.number("p", |row| or_none(row.p, number))
        .number("pairs more to decide", |row| or_none(row.more_pairs, |more| more.to_string()))
        .number("A's drift over the session", |row| drift(row, false))
        .number("B's drift", |row| drift(row, true))
        .into()
}

fn runs(found: &Ab) -> Grid {
    let grid = Grid::of(&found.runs)
        .number("run", |run| run.order)
        .words("of", |run| run.settings.iter().map(|setting| setting.value.as_str()).collect::<String>())
        .number("pair", |run| run.repeat)
        .number("seed", |run| run.seed);
    let grid = KEY_FIGURES.into_iter().fold(grid, |grid, figure| {
        grid.number(figure_name(figure), move |run| or_none(run.figure(figure), |found| value(figure, found)))
    });
    grid.words("verdict", |run| or_none(run.judgement(), |found| judgement(found).to_owned())).into()
}
