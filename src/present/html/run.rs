//! The page of one run: the verdict first, then what happened and when, then why, on what, and how to do it again.

use anyhow::Context;
use askama::Template;

use super::{
    Head,
    command::{Seed, again, typed},
    or_unavailable,
    parts::{Figures, Machine, Reproduce, Table, facts},
    percent,
};
use crate::{
    present::{Grid, charts::chart::Chart, freeze_table},
    results::{Finding, Folios, Known, ResultKind, Row, Run, fact},
    scenario::units::{format_bytes, format_duration_ns},
};

/// So many freezes are shown; of more only the number is told.
const FREEZES: usize = 20;
/// The charts that have sections of their own, in the order of these.
const PLACED: [&str; 4] = ["timeline", "latency-by-percentile", "latency-over-time", "phases"];

#[derive(Template)]
#[template(path = "run.html", config = "src/present/html/askama.toml")]
struct Page<'a> {
    head: Head,
    run: &'a Run,
    clauses: Table,
    timeline: Figures<'a>,
    rates: Table,
    by_percentile: Figures<'a>,
    latencies: Table,
    over_time: Figures<'a>,
    phases_chart: Figures<'a>,
    phases: Table,
    others: Vec<Figures<'a>>,
    freezes: Option<Table>,
    more_freezes: Option<String>,
    left_out: Option<String>,
    machine: Machine,
    reproduce: Reproduce,
}

/// The page of a run with these charts, and the sentence which of its files were left out. `has_png`: whether there are PNG files of them too.
///
/// # Errors
/// The template engine fails; then the fault is in here.
pub fn run_page((run, left_out): (&Run, Option<String>), charts: &[Chart], has_png: bool) -> anyhow::Result<String> {
    let [timeline, by_percentile, over_time, phases_chart] =
        PLACED.map(|name| Figures::new(charts.iter().filter(|chart| chart.name == name), has_png));
    let is_placed = |chart: &&Chart| PLACED.contains(&chart.name.as_str());
    let others: Vec<&Chart> = charts.iter().filter(|chart| !is_placed(chart)).collect();
    let freezes = run.diagnosis.longest_freezes();
    let all = run.diagnosis.freezes.len();
    let shown = freezes.len().min(FREEZES);
    let page = Page {
        head: head(run),
        run,
        clauses: clauses(run),
        timeline,
        rates: Table::new("Operations that were due in the measured span, and what became of them", run.rates()),
        by_percentile,
        latencies: latencies(run),
        over_time,
        phases_chart,
        phases: Table::new(
            "What service was made of (share of its total time; a phase that did not come is left out)",
            run.phases(),
        ),
        others: others.into_iter().map(|chart| Figures::new([chart], has_png)).collect(),
        freezes: (shown > 0).then(|| Table::new("The longest freezes", freeze_table(&freezes, FREEZES))),
        left_out,
        more_freezes: (shown < all).then(|| {
            format!(
                "Of {all} freezes, of the whole crowd and of single instances, {shown} are shown; all are in run.json."
            )
        }),
        machine: machine(run),
        reproduce: reproduce(run)?,
    };
    page.render().context("the page of a run")
}

impl Page<'_> {
    /// The figures that a finding rests on.
    fn figures(&self, finding: &Finding) -> Table {
        let mut grid = Grid::new(["figure", "value", "control span"], 1);
        for figure in &finding.figures {
            grid.add_row([
                figure.name.clone(),
                figure.value_text(),
                or_unavailable(figure.control_text(), |text| text),
            ]);
        }
        Table::new(format!("What {} rests on", finding.cause), grid)
    }
}

fn head(run: &Run) -> Head {
    let scenario = &run.scenario;
    let count = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let subtitle = format!(
        "{}, {} {}, measured from {} for {}: {}, {}, {}{}",
        run.environment.host,
        run.environment.system,
        run.environment.kernel,
        run.measuring_began,
        format_duration_ns(run.summary.measured_ns),
        count(u64::from(scenario.readers.count), "reader"),
        count(u64::from(scenario.writers_total()), "writer"),
        count(u64::from(scenario.instances.count), "instance"),
        if run.summary.complete { "" } else { " (INCOMPLETE)" }
    );
    Head { description: scenario.description.clone(), ..Head::new(ResultKind::Run, scenario.name.clone(), subtitle) }
}

fn clauses(run: &Run) -> Table {
    let mut grid =
        Grid::new(["objective", "answer", "measured", "margin", "samples", "enough to be sure"], 2).with_words_last();
    for judged in run.diagnosis.verdict.iter().flat_map(|verdict| &verdict.clauses) {
        grid.add_row([
            judged.clause.to_string(),
            if judged.met { "met" } else { "NOT MET" }.to_owned(),
            judged.figure_text(),
            or_unavailable(judged.margin_text(), |text| text),
            judged.samples.to_string(),
            if judged.enough { "yes" } else { "no: run longer" }.to_owned(),
        ]);
    }
    Table::new("Objectives", grid)
}

fn latencies(run: &Run) -> Table {
    let header = ["role", "operation", "time", "count", "mean", "p50", "p90", "p99", "p99.9", "max"];
    let mut grid = Grid::new(header, 3);
    let is_phase = |row: &&Row| !matches!(&*row.series, "response" | "service" | "late");
    for row in run.summary.rows.iter().filter(|row| !is_phase(row)) {
        let times = [row.mean_ns.round() as u64, row.p50_ns, row.p90_ns, row.p99_ns, row.p999_ns, row.max_ns];
        let names = [row.role.clone(), row.operation.clone(), row.series.clone(), row.count.to_string()];
        grid.add_row(names.into_iter().chain(times.map(format_duration_ns)));
    }
    Table::new(
        "Completed operations: response (from the moment it was due), service (from its start), and lateness. A percentile \
         that too few values support is their largest.",
        grid,
    )
}

fn machine(run: &Run) -> Machine {
    let summary = &run.summary;
    let mut of_run = Grid::new(["while the crowd worked", "value"], 2);
    let mut add = |name: &str, value: String| of_run.add_row([name.to_owned(), value]);
    add("from the first fork until all were ready", format_duration_ns(summary.ready_ns));
    add("page tables of the whole machine, at most", or_unavailable(summary.page_table_bytes, format_bytes));
    add("load average at the end", or_unavailable(summary.load_average, |load| format!("{load:.1}")));
    let of_cpu = |share: f64| format!("{:.1} % of a CPU", share * 100.0);
    add("driver", or_unavailable(summary.driver_cpu_share, of_cpu));
    match &run.recording {
        Some(recording) => {
            add("collecting evidence", of_cpu(recording.price.cpu_share));
            add("records of slow operations and commits", recording.records.to_string());
            add("slow operations without a record, for want of room", recording.without_record.to_string());
        }
        None => add("collecting evidence", "none was collected: run.evidence = false".to_owned()),
    }
    let tables = vec![Table::new("What this run did to it", of_run), files(run)];
    Machine::of(&run.environment, tables)
}

fn files(run: &Run) -> Table {
    let header =
        ["instance", "format", "records", "bytes at start", "bytes at end", "written at a time", "page-cache folios"];
    let mut grid = Grid::new(header, 2).with_words_last();
    let bytes = |known: &Known<u64>| fact(known, |bytes| format_bytes(*bytes));
    for file in &run.files {
        let folio = |folio: &Folios| format!("{} of {}", folio.count, format_bytes(folio.bytes));
        grid.add_row([
            file.instance.to_string(),
            file.format.name().to_owned(),
            file.records.to_string(),
            bytes(&file.bytes_at_start),
            bytes(&file.bytes_at_end),
            format_bytes(file.write_size),
            fact(&file.folios, |folios| match folios.as_slice() {
                [] => "none in memory".to_owned(),
                some => some.iter().map(folio).collect::<Vec<_>>().join(", "),
            }),
        ]);
    }
    Table::new("The mapped files", grid)
}

fn reproduce(run: &Run) -> anyhow::Result<Reproduce> {
    let seed = run.scenario.run.seed;
    Ok(Reproduce {
        facts: facts(
            "What must be the same",
            [
                ("mapstorm", run.mapstorm_version.clone()),
                ("seed", seed.to_string()),
                ("scenario hash (SHA-256)", run.scenario_hash.clone()),
                ("command began", run.started.clone()),
                ("last worker ended", run.ended.clone()),
            ],
        ),
        typed: typed(&run.command),
        again: again(&run.command, Seed::OfScenario(seed)),
        notes: vec!["Runs with the same scenario hash had the same load, whatever their files were called.".to_owned()],
        details: Some((
            "The scenario, every default filled in (JSON, as in run.json)".to_owned(),
            serde_json::to_string_pretty(&run.scenario)?,
        )),
    })
}

impl Page<'_> {
    fn percent(&self, share: &f64) -> String {
        percent(*share)
    }
}
