//! The page of a cost experiment: what one update costs in sentences, then charts, then every law with its interval.

use anyhow::Context;
use askama::Template;

use super::{
    Head,
    command::{Seed, again, typed},
    or_unavailable,
    parts::{Figures, Machine, Reproduce, Table, facts},
};
use crate::{
    present::{Grid, charts::chart::Chart, heading},
    results::{Cost, CostOutcome, CostRow, Known, ResultKind},
    scenario::units::short_ns,
    stats::Estimate,
};

#[derive(Template)]
#[template(path = "cost.html", config = "src/present/html/askama.toml")]
struct Page<'a> {
    head: Head,
    cost: &'a Cost,
    charts: Figures<'a>,
    laws: Table,
    missing: Vec<String>,
    machine: Machine,
    reproduce: Reproduce,
}

/// The page of a cost experiment with these charts. `blocks`: how many blocks of updates are behind each row. `has_png`: whether
/// there are PNG files of the charts too.
///
/// # Errors
/// The template engine fails; then the fault is in here.
pub fn cost_page(cost: &Cost, blocks: &Known<Vec<u64>>, charts: &[Chart], has_png: bool) -> anyhow::Result<String> {
    let machine = &cost.environment;
    let subtitle = format!("{}, {} {}, {}", machine.host, machine.system, machine.kernel, cost.started);
    let title = format!(
        "What one update costs for each process that maps the file{}",
        if cost.complete { "" } else { " (INCOMPLETE)" }
    );
    let page = Page {
        head: Head::new(ResultKind::Cost, title, subtitle),
        cost,
        charts: Figures::new(charts, has_png),
        laws: laws(cost, blocks),
        missing: cost.missing(usize::MAX),
        machine: Machine::of(&cost.environment, Vec::new()),
        reproduce: reproduce(cost),
    };
    page.render().context("the page of a cost experiment")
}

fn laws(cost: &Cost, blocks: &Known<Vec<u64>>) -> Table {
    let header = [
        "update method",
        "kind",
        "mapped",
        "file",
        "base",
        "95 %",
        "per mapper",
        "95 %",
        "marks",
        "updates",
        "rounds",
        "blocks",
        "on",
    ];
    let mut grid = Grid::new(header, 4).with_words_last();
    for (number, row) in cost.rows.iter().enumerate() {
        let mut cells = vec![row.method.clone(), kind(row).to_owned(), row.mode.in_words().to_owned(), heading(row)];
        match row.measured() {
            Some(found) => {
                for it in [found.law.base_ns, found.slope()] {
                    cells.extend([short_ns(it.value), ends(it)]);
                }
                cells.push(if found.flat { "flat".to_owned() } else { found.marks() });
                cells.push(found.levels.iter().map(|level| level.updates).sum::<u64>().to_string());
                cells.push(found.law.rounds.to_string());
            }
            None => cells.extend(["no law", "", "no law", "", "", "0", "0"].map(str::to_owned)),
        }
        cells.push(or_unavailable(blocks.value().and_then(|blocks| blocks.get(number)), u64::to_string));
        cells.push(match &row.file_system {
            Known::Value(kind) => format!("{kind}, {}", row.directory.display()),
            Known::Unavailable { .. } => row.directory.display().to_string(),
        });
        grid.add_row(cells);
    }
    let unknown = match blocks {
        Known::Value(_) => String::new(),
        Known::Unavailable { unavailable } => format!(". Blocks are unavailable: {unavailable}"),
    };
    Table::new(
        format!("Every law, with the interval that holds a repeat 19 times of 20, and what is behind it{unknown}"),
        grid,
    )
}

/// What kind of figure it is.
fn kind(row: &CostRow) -> &'static str {
    match (&row.outcome, row.emulated) {
        (CostOutcome::Measured(_), false) => "measured",
        (CostOutcome::Measured(_), true) => "EMULATED",
        (CostOutcome::Unsupported(_), _) => "unsupported",
        (CostOutcome::Unfinished(_), _) => "unfinished",
    }
}

fn ends(it: Estimate) -> String {
    format!("{} to {}", short_ns(it.low), short_ns(it.high))
}

fn reproduce(cost: &Cost) -> Reproduce {
    Reproduce {
        facts: facts(
            "What must be the same",
            [
                ("mapstorm", cost.mapstorm_version.clone()),
                ("seed", cost.plan.seed.to_string()),
                ("command began", cost.started.clone()),
            ],
        ),
        typed: typed(&cost.command),
        again: again(&cost.command, Seed::OfCost(cost.plan.seed)),
        notes: vec!["Every block of updates behind the laws is in blocks.csv.".to_owned()],
        details: serde_json::to_string_pretty(&cost.plan)
            .ok()
            .map(|plan| ("What was asked for (JSON, as in cost.json)".to_owned(), plan)),
    }
}
