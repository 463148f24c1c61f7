//! A what-if: the conclusion, then the runs in a table, what was predicted apart from what was measured, then every mitigation.

use crate::{
    conclude::wording::{figure_name, freeze, incomplete, judgement, or_none},
    present::{
        Chart, Grid,
        charts::what_if::{predicted, runs},
        document::Document,
        documents::{
            environment,
            parts::{Seed, file_document, reproduce},
        },
    },
    results::{Availability, Environment, KeyFigure, ResultKind, Tried, WhatIf},
    scenario::units::{format_duration_ns, number},
};

/// Figures of a run that have columns, and those that share one.
const TIMES: [KeyFigure; 4] =
    [KeyFigure::ReaderP50Ns, KeyFigure::ReaderP99Ns, KeyFigure::CommitP50Ns, KeyFigure::CommitP99Ns];
const SHARES: [KeyFigure; 2] = [KeyFigure::ReadersCompletedShare, KeyFigure::CommitsCompletedShare];

/// A what-if with these charts. `environment`: the baseline's, which stands in its own `run.json`.
pub(crate) fn document<'a>(
    what_if: &WhatIf,
    environment: &Availability<Environment>,
    charts: &'a [Chart],
) -> Document<'a> {
    let host = environment.value().map_or("host unavailable", |environment| &environment.host);
    let title = format!("{}: what each mitigation changes{}", what_if.scenario, incomplete(what_if.complete));
    let subtitle = format!("{host}, {} to {}", what_if.started, what_if.ended);
    let mut document = file_document(ResultKind::WhatIf, title.clone(), subtitle);
    document.terminal().line(title);
    for reason in &what_if.incomplete_because {
        document.terminal().text("Incomplete: ", reason);
    }
    document.terminal().closing().text("Conclusion: ", &what_if.conclusion.statement);
    document.page().section("conclusion", "Conclusion", "Conclusion").answer(&what_if.conclusion.statement);
    if !what_if.complete {
        document.page().warnings(["not everything that was to be run was run to its end."]);
    }
    document.both().in_detail().remarks(what_if.start());
    document.page().section("charts", "Charts", "Charts").figures(charts);
    document.page().section("mitigations", "Mitigations", "The mitigations");
    document.both().table(
        "The baseline and the mitigations as they were measured; below each, what was predicted without running it",
        table(what_if),
    );
    document.page().heading("What became of each");
    document.both().in_detail().items("- ", what_if.mitigation_sentences()).gap().remarks(what_if.caveats());
    document.page().text(
        "",
        format!(
            "Each run has a result of its own. In the directory of this page, `mapstorm report {}` draws the baseline.",
            what_if.baseline.directory
        ),
    );
    match environment {
        Availability::Value(environment) => environment::section(&mut document, environment, []),
        Availability::Unavailable { unavailable } => {
            let page = document.page().section("machine", "Machine", "The machine");
            page.text("", format!("Unavailable: {unavailable}"));
        }
    }
    let facts = [
        ("mapstorm", what_if.mapstorm_version.clone()),
        ("seed", what_if.seed.to_string()),
        ("scenario", what_if.scenario.clone()),
        ("scenario hash of the baseline (SHA-256)", what_if.baseline.scenario_hash.clone()),
        ("command began", what_if.started.clone()),
        ("last run ended", what_if.ended.clone()),
    ];
    reproduce(&mut document, facts, &what_if.command, Seed::OfScenario(what_if.seed))
        .text("", "The scenario of each run, every default filled in, stands in the run.json of that run.");
    document
}

/// A run, as it was predicted or else as it was measured.
type Row<'a> = (String, &'a Tried, bool);

/// Every run, with the shares of readers and of commits that completed; what was predicted stands below what was measured.
fn table(what_if: &WhatIf) -> Grid {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (name, run) in runs(what_if) {
        let cut = if run.complete { "" } else { " (cut)" };
        rows.push((format!("{name}{cut}"), run, false));
        rows.extend(run.predicted.value().map(|_| ("  predicted".to_owned(), run, true)));
    }
    let value = |(_, run, is_predicted): &Row<'_>, figure: KeyFigure| match is_predicted {
        false => run.measured.get(figure),
        true => predicted(run, figure).map(|found| found.value),
    };
    let time = |ns: f64| format_duration_ns(ns as u64);
    let share = |share: f64| number(share * 100.0);
    let if_measured = |row: &Row<'_>, text: String| if row.2 { String::new() } else { text };
    let grid = TIMES.iter().fold(Grid::of(&rows).words("run", |row| &row.0), |grid, figure| {
        grid.number(figure_name(*figure), |row| or_none(value(row, *figure), time))
    });
    grid.number("done r/c", |row| SHARES.map(|figure| or_none(value(row, figure), share)).join("/"))
        .number("freeze", |row| if_measured(row, freeze(row.1.measured.longest_freeze_ns)))
        .number("verdict", |row| {
            if_measured(row, or_none(row.1.verdict.as_ref(), |verdict| judgement(verdict.outcome).to_owned()))
        })
        .dispensable(&["commit p50", "read p50"])
        .into()
}
