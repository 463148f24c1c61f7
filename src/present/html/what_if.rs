//! The page of a what-if: the conclusion first, then charts, then every cure, with what was measured and what was predicted apart.

use anyhow::Context;
use askama::Template;

use super::{
    Head,
    command::{Seed, again, typed},
    or_unavailable,
    parts::{Figures, Machine, Remarks, Reproduce, Table, facts},
};
use crate::{
    present::{Grid, Remark, charts::chart::Chart},
    results::{CureStatus, Environment, Known, ResultKind, Tried, WhatIf},
    scenario::units::format_duration_ns,
    stats::Estimate,
};

#[derive(Template)]
#[template(path = "what_if.html", config = "src/present/html/askama.toml")]
struct Page<'a> {
    head: Head,
    what_if: &'a WhatIf,
    start: Remarks,
    charts: Figures<'a>,
    figures: Table,
    cures: Vec<Remark>,
    caveats: Remarks,
    machine: Machine,
    reproduce: Reproduce,
}

/// The page of a what-if with these charts. `environment`: the baseline's, which stands in its own `run.json`. `has_png`: whether
/// there are PNG files of the charts too.
///
/// # Errors
/// The template engine fails; then the fault is in here.
pub fn what_if_page(
    what_if: &WhatIf,
    environment: &Known<Environment>,
    charts: &[Chart],
    has_png: bool,
) -> anyhow::Result<String> {
    let host = environment.value().map_or("host unavailable", |environment| &environment.host);
    let title =
        format!("{}: what would cure it{}", what_if.scenario, if what_if.complete { "" } else { " (INCOMPLETE)" });
    let page = Page {
        head: Head::new(ResultKind::WhatIf, title, format!("{host}, {} to {}", what_if.started, what_if.ended)),
        what_if,
        start: Remarks { remarks: what_if.start() },
        charts: Figures::new(charts, has_png),
        figures: figures(what_if),
        cures: what_if.cure_remarks(),
        caveats: Remarks { remarks: what_if.caveats() },
        machine: match environment {
            Known::Value(environment) => Machine::of(environment, Vec::new()),
            Known::Unavailable { unavailable } => {
                Machine { notes: vec![format!("Unavailable: {unavailable}")], tables: Vec::new() }
            }
        },
        reproduce: reproduce(what_if),
    };
    page.render().context("the page of a what-if")
}

fn figures(what_if: &WhatIf) -> Table {
    let header = [
        "run",
        "status",
        "verdict",
        "read p50, MEASURED",
        "read p50, PREDICTED",
        "read p99, MEASURED",
        "read p99, PREDICTED",
        "commit p50, MEASURED",
        "commit p50, PREDICTED",
        "commit p99, MEASURED",
        "commit p99, PREDICTED",
        "completed of due, MEASURED",
        "completed of due, PREDICTED",
        "longest freeze, MEASURED",
        "its result",
    ];
    let mut grid = Grid::new(header, 3).with_words_last();
    let whole = if what_if.baseline.complete { "measured" } else { "incomplete" };
    grid.add_row(row("baseline", whole, Some(&what_if.baseline)));
    for cure in &what_if.cures {
        let status = match cure.status {
            CureStatus::Measured => "measured",
            CureStatus::Incomplete => "incomplete",
            CureStatus::NotApplicable => "does not apply",
            CureStatus::Refused => "refused",
            CureStatus::Failed => "failed",
            CureStatus::NotRun => "not run",
        };
        grid.add_row(row(&cure.name, status, cure.run.as_ref()));
    }
    Table::new(
        "The baseline and the cures: each figure as it was measured, and as it was predicted without running",
        grid,
    )
}

fn row(name: &str, status: &str, run: Option<&Tried>) -> Vec<String> {
    let mut row = vec![name.to_owned(), status.to_owned()];
    let Some(run) = run else {
        row.extend(std::iter::repeat_n("not run".to_owned(), 13));
        return row;
    };
    let verdict = run.verdict.as_ref().map_or_else(|| "no objectives".to_owned(), super::verdict_word);
    let (measured, predicted) = (&run.measured, run.predicted.value());
    let time = |ns: Option<u64>| ns.map_or_else(|| "none completed".to_owned(), format_duration_ns);
    let expected = |it: Option<Estimate>| or_unavailable(it, |it| format_duration_ns(it.value as u64));
    let share = |share: f64| format!("{:.1} %", share * 100.0);
    row.extend([
        verdict,
        time(measured.reader_p50_ns),
        expected(predicted.map(|it| it.reader_p50_ns)),
        time(measured.reader_p99_ns),
        expected(predicted.map(|it| it.reader_p99_ns)),
        time(measured.commit_p50_ns),
        expected(predicted.map(|it| it.commit_p50_ns)),
        time(measured.commit_p99_ns),
        expected(predicted.map(|it| it.commit_p99_ns)),
        or_unavailable(measured.completed_share, share),
        or_unavailable(predicted, |it| share(it.completed_share.value)),
        match measured.longest_freeze_ns {
            0 => "none".to_owned(),
            length => format_duration_ns(length),
        },
        run.directory.clone(),
    ]);
    row
}

fn reproduce(what_if: &WhatIf) -> Reproduce {
    Reproduce {
        facts: facts(
            "What must be the same",
            [
                ("mapstorm", what_if.mapstorm_version.clone()),
                ("seed", what_if.seed.to_string()),
                ("scenario", what_if.scenario.clone()),
                ("scenario hash of the baseline (SHA-256)", what_if.baseline.scenario_hash.clone()),
                ("command began", what_if.started.clone()),
                ("last run ended", what_if.ended.clone()),
            ],
        ),
        typed: typed(&what_if.command),
        again: again(&what_if.command, Seed::OfScenario(what_if.seed)),
        notes: vec![
            "The scenario of each run, every default filled in, stands in the run.json of that run.".to_owned(),
        ],
        details: None,
    }
}
