//! What an update costs: in sentences, then every model. The terminal has a table for every directory and open mode; the page every
//! model with its interval.

use crate::{
    conclude::{
        cost::{entry, heading},
        wording::{known, or_unavailable},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment,
            parts::{Seed, file_document, reproduce},
        },
    },
    results::{Availability, Cost, CostOutcome, CostRow, ResultKind},
    scenario::units::short_ns,
    stats::Estimate,
};

/// So many reasons the terminal shows.
const REASONS: usize = 8;

/// A cost experiment with these charts. `blocks`: how many blocks of updates are behind each row.
pub(crate) fn document<'a>(cost: &Cost, blocks: &Availability<Vec<u64>>, charts: &'a [Chart]) -> Document<'a> {
    let machine = &cost.environment;
    let subtitle = format!("{}, {} {}, {}", machine.host, machine.system, machine.kernel, cost.started);
    let state = if cost.complete { "" } else { " (INCOMPLETE)" };
    let title = format!("What one update costs for each process that maps the file{state}");
    let mut document = file_document(ResultKind::Cost, title, subtitle);
    let answers = cost.answers();
    document.terminal().line(cost.conditions()).line(cost.extent()).gap();
    if let Some(warning) = cost.warning() {
        document.terminal().line(format!("WARNING: {warning}")).gap();
    }
    for answer in &answers {
        document.terminal().line(answer);
    }
    document
        .page()
        .section("answer", "Answer", "What one update costs")
        .items("", answers)
        .text("", format!("{}; {}.", cost.conditions(), cost.extent()))
        .warnings(cost.warning())
        .section("charts", "Charts", "Charts")
        .figures(charts)
        .section("laws", "Models", "The cost models: one update = base + per mapper · mappers");
    for (directory, mode) in cost.groups() {
        let rows: Vec<_> = cost.rows.iter().filter(|row| row.directory == *directory && row.mode == mode).collect();
        let kind = rows.first().map_or_else(String::new, |row| known(&row.file_system, Clone::clone));
        let (directory, mode) = (directory.display(), mode.in_words());
        let place = format!("{directory} on {kind}, mapped {mode}: one update = base + for each mapper");
        document.terminal().gap().line(place).table("", table(&rows));
    }
    let unknown = match blocks {
        Availability::Value(_) => String::new(),
        Availability::Unavailable { unavailable } => format!(". Blocks are unavailable: {unavailable}"),
    };
    let caption = format!("Every cost model, with its 95 % prediction interval, and what is behind it{unknown}");
    document.page().table(caption, models(cost, blocks)).items("", cost.notes());
    for line in cost.notes().into_iter().chain(cost.missing(REASONS)) {
        document.terminal().line(line);
    }
    let missing = cost.missing(usize::MAX);
    if !missing.is_empty() {
        document.page().heading("What has no cost model").items("", missing);
    }
    environment::section(&mut document, machine, |page| page);
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

fn table(rows: &[&CostRow]) -> Grid {
    let mut sizes: Vec<u64> = rows.iter().map(|row| row.write_size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let of_size = |size: u64| rows.iter().find(|row| row.write_size == size).map(|row| heading(row));
    let header: Vec<String> =
        std::iter::once("update method".to_owned()).chain(sizes.iter().filter_map(|size| of_size(*size))).collect();
    let mut table = Grid::new(header.iter().map(String::as_str), 1);
    let mut methods: Vec<&str> = Vec::new();
    for row in rows {
        if !methods.contains(&row.method.as_str()) {
            methods.push(&row.method);
        }
    }
    for method in methods {
        let of_method: Vec<_> = rows.iter().filter(|row| row.method == method).collect();
        let name = if of_method[0].emulated { format!("{method} (emulated)") } else { method.to_owned() };
        let cell = |size: &u64| {
            of_method.iter().find(|row| row.write_size == *size).map_or_else(String::new, |row| entry(row))
        };
        table.add_row(std::iter::once(name).chain(sizes.iter().map(cell)));
    }
    table
}

fn models(cost: &Cost, blocks: &Availability<Vec<u64>>) -> Grid {
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
                for it in [found.cost_model.base_ns, found.slope()] {
                    cells.extend([short_ns(it.value), ends(it)]);
                }
                cells.push(if found.flat { "flat".to_owned() } else { found.marks() });
                cells.push(found.levels.iter().map(|level| level.updates).sum::<u64>().to_string());
                cells.push(found.cost_model.rounds.to_string());
            }
            None => cells.extend(["no model", "", "no model", "", "", "0", "0"].map(str::to_owned)),
        }
        cells.push(or_unavailable(blocks.value().and_then(|blocks| blocks.get(number)), u64::to_string));
        cells.push(match &row.file_system {
            Availability::Value(kind) => format!("{kind}, {}", row.directory.display()),
            Availability::Unavailable { .. } => row.directory.display().to_string(),
        });
        grid.add_row(cells);
    }
    grid
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
