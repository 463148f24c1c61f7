//! What an update costs: in sentences, then every model. The terminal has a table for every directory and open mode; the page every
//! model with its interval.

use crate::{
    conclude::{
        cost::{entry, heading},
        wording::{ends, incomplete, known, or_unavailable},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment,
            parts::{Seed, file_document, reproduce},
        },
    },
    results::{Availability, Cost, CostOutcome, CostRow, Measurement, ResultKind},
    scenario::units::short_ns,
    stats::Estimate,
};

/// So many reasons the terminal shows.
const REASONS: usize = 8;

/// A cost experiment with these charts. `blocks`: how many blocks of updates are behind each row.
pub(crate) fn document<'a>(cost: &Cost, blocks: &Availability<Vec<u64>>, charts: &'a [Chart]) -> Document<'a> {
    let machine = &cost.environment;
    let subtitle = format!("{}, {} {}, {}", machine.host, machine.system, machine.kernel, cost.started);
    let title = format!("What one update costs for each process that maps the file{}", incomplete(cost.complete));
    let mut document = file_document(ResultKind::Cost, title, subtitle);
    let warning = cost.warning().map(|warning| format!("WARNING: {warning}"));
    document.terminal().line(cost.conditions()).line(cost.extent()).gap().lines(warning).gap();
    document.terminal().closing().lines(cost.main_answers());
    document
        .page()
        .section("answer", "Answer", "What one update costs")
        .items("", cost.answers())
        .text("", format!("{}; {}.", cost.conditions(), cost.extent()))
        .warnings(cost.warning())
        .section("charts", "Charts", "Charts")
        .figures(charts)
        .section("models", "Models", "The cost models: one update = base + per mapper · mappers, or by points")
        .text("", "Every cost model that was measured, with its 95 % prediction intervals, and how much is behind it. Where a model is no straight line (!), per mapper is the mean between none and the most. EMULATED ones are no property of this system.");
    for (directory, mode) in cost.groups() {
        let rows: Vec<_> = cost.rows.iter().filter(|row| row.directory == *directory && row.mode == mode).collect();
        let kind = rows.first().map_or_else(String::new, |row| known(&row.file_system, Clone::clone));
        let (directory, mode) = (directory.display(), mode.in_words());
        let place = format!("{directory} on {kind}, mapped {mode}");
        let line = format!("{place}: one update = base + for each mapper");
        document.terminal().in_detail().gap().line(line).table("", table(&rows));
        document.page().table(format!("Mapped {mode} ({directory} on {kind})"), models(cost, &rows, blocks));
    }
    if let Availability::Unavailable { unavailable } = blocks {
        document.page().text("", format!("Blocks are unavailable: {unavailable}."));
    }
    document.page().items("", cost.notes());
    document.terminal().in_detail().lines(cost.notes()).lines(cost.missing(REASONS));
    let missing = cost.missing(usize::MAX);
    if !missing.is_empty() {
        document.page().heading("What has no cost model").items("", missing);
    }
    environment::section(&mut document, machine, []);
    let facts = [
        ("mapstorm", cost.mapstorm_version.clone()),
        ("seed", cost.plan.seed.to_string()),
        ("command began", cost.started.clone()),
    ];
    let plan = serde_json::to_string_pretty(&cost.plan).unwrap_or_else(|error| format!("unavailable: {error}"));
    reproduce(&mut document, facts, &cost.command, Seed::OfCost(cost.plan.seed))
        .text("", "Every block of updates behind the models is in blocks.csv.")
        .details("What was asked for (JSON, as in cost.json)", plan);
    document
}

/// A row for each method, a column for each size of writes.
fn table(rows: &[&CostRow]) -> Grid {
    let mut sizes: Vec<u64> = rows.iter().map(|row| row.write_size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let mut methods: Vec<&CostRow> = Vec::new();
    for row in rows {
        if methods.iter().all(|known| known.update() != row.update()) {
            methods.push(row);
        }
    }
    let name = |row: &CostRow| if row.emulated { format!("{} (emulated)", row.method) } else { row.update() };
    let grid = sizes.iter().fold(Grid::of(methods).words("update method", name), |grid, size| {
        let of_size = || rows.iter().filter(|row| row.write_size == *size);
        grid.number(of_size().next().map_or_else(String::new, |row| heading(row)), |first| {
            of_size().find(|row| row.update() == first.update()).map_or_else(String::new, |row| entry(row))
        })
    });
    grid.into()
}

/// The models of some rows.
fn models(cost: &Cost, rows: &[&CostRow], blocks: &Availability<Vec<u64>>) -> Grid {
    let place = |row: &CostRow| cost.rows.iter().position(|other| std::ptr::eq(other, row));
    let of_row = |row: &CostRow| place(row).and_then(|place| blocks.value()?.get(place));
    let rows: Vec<(&CostRow, Option<&u64>)> = rows.iter().map(|row| (*row, of_row(row))).collect();
    let cell = |row: &CostRow, none: &str, show: &dyn Fn(&Measurement) -> String| {
        row.measured().map_or_else(|| none.to_owned(), show)
    };
    let value = |estimate: Estimate| short_ns(estimate.value);
    let interval = |estimate: Estimate| ends(&estimate, short_ns);
    Grid::of(&rows)
        .words("update method", |(row, _)| match row.emulated {
            true => format!("{} (EMULATED)", row.method),
            false => row.update(),
        })
        .words("file", |(row, _)| heading(row))
        .number("base", |(row, _)| cell(row, why_not(row), &|found| value(found.cost_model.update_ns(0.0))))
        .number("95 %", |(row, _)| cell(row, "", &|found| interval(found.cost_model.update_ns(0.0))))
        .number("per mapper", |(row, _)| cell(row, "no model", &|found| value(found.slope())))
        .number("95 %", |(row, _)| cell(row, "", &|found| interval(found.slope())))
        .number("marks", |(row, _)| cell(row, "", &|found| if found.flat { "flat".to_owned() } else { found.marks() }))
        .number("updates", |(row, _)| {
            row.measured().map_or(0, |found| found.levels.iter().map(|level| level.updates).sum::<u64>())
        })
        .number("rounds", |(row, _)| row.measured().map_or(0, |found| found.cost_model.rounds))
        .number("blocks", |(_, blocks)| or_unavailable(*blocks, u64::to_string))
        .into()
}

/// What stands for a model that there is not.
fn why_not(row: &CostRow) -> &'static str {
    match row.outcome {
        CostOutcome::Measured(_) => "",
        CostOutcome::Unsupported(_) => "unsupported",
        CostOutcome::Unfinished(_) => "unfinished",
    }
}
