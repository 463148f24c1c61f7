//! The page of many runs: the answer first, then charts, what was predicted beside what was measured, and every run.

use anyhow::Context;
use askama::Template;

use super::{
    Head,
    command::{Seed, again, typed},
    or_unavailable,
    parts::{Figures, Machine, Remarks, Reproduce, Table, facts},
};
use crate::{
    present::{Grid, charts::chart::Chart},
    results::{Knee, Predicted, ResultKind, SweepReport, SweptRun},
    scenario::{Clause, Limit, Setting, units::format_duration_ns},
    stats::Estimate,
};

use crate::present::text::sweep::LEGEND as SWEEP_LEGEND;
#[derive(Template)]
#[template(path = "sweep.html", config = "src/present/html/askama.toml")]
struct Page<'a> {
    head: Head,
    sweep: &'a SweepReport,
    objectives: Option<String>,
    groups: Vec<Group>,
    charts: Figures<'a>,
    predicted: Vec<Table>,
    runs: Table,
    example: Option<&'a str>,
    machine: Machine,
    reproduce: Reproduce,
}

/// What the runs at one value of the axis that is not the load say.
struct Group {
    at: String,
    remarks: Remarks,
    points: Table,
}

/// The page of a sweep or a search for the knee with these charts. `has_png`: whether there are PNG files of them too.
///
/// # Errors
/// The template engine fails; then the fault is in here.
pub fn sweep_page(sweep: &SweepReport, charts: &[Chart], has_png: bool) -> anyhow::Result<String> {
    let host = sweep.machine.as_ref().map_or("host unavailable: nothing ran", |machine| &machine.host);
    let subtitle = format!("{host}, {} to {}", sweep.started, sweep.ended);
    let objectives: Vec<String> = sweep.objectives.iter().map(ToString::to_string).collect();
    let groups = sweep.told().into_iter().map(|(at, remarks, points)| Group {
        at,
        remarks: Remarks { remarks },
        points: Table::new("The points", points),
    });
    let page = Page {
        head: Head::new(ResultKind::Sweep, sweep.heading(), subtitle),
        sweep,
        objectives: (!objectives.is_empty()).then(|| objectives.join(", ")),
        groups: groups.collect(),
        charts: Figures::new(charts, has_png),
        predicted: predicted(sweep),
        runs: runs(sweep),
        example: sweep.runs.first().map(|run| &*run.directory),
        machine: machine(sweep),
        reproduce: reproduce(sweep),
    };
    page.render().context("the page of a sweep")
}

fn predicted(sweep: &SweepReport) -> Vec<Table> {
    let mut tables = Vec::new();
    let knees: Vec<&Predicted> = sweep.predicted.iter().filter(|it| it.knee.is_some()).collect();
    if !knees.is_empty() {
        tables.push(knee_table(sweep, &knees));
    }
    for it in sweep.predicted.iter().filter(|it| !it.points.is_empty()) {
        tables.push(point_table(sweep, it));
    }
    tables
}

fn knee_table(sweep: &SweepReport, predicted: &[&Predicted]) -> Table {
    let header = ["at", "load", "knee, MEASURED", "knee, PREDICTED", "predicted is off by"];
    let mut grid = Grid::new(header, 2);
    for it in predicted {
        let measured = sweep.knees.iter().find(|knee| knee.key == it.key && knee.at == it.at);
        let load = it.knee.and_then(|knee| knee.load);
        let off = it.comparison.as_ref().and_then(|comparison| comparison.difference);
        grid.add_row([
            if it.at.is_empty() { "all runs".to_owned() } else { settings(&it.at) },
            it.key.clone(),
            measured.map_or_else(|| "unavailable".to_owned(), knee_text),
            load.map_or_else(|| "none in the range".to_owned(), |load| interval(load, number)),
            or_unavailable(off, |off| format!("{:+.0} %", off * 100.0)),
        ]);
    }
    Table::new("The knee: the largest load that meets the objectives, and between which loads it may lie", grid)
}

fn knee_text(knee: &Knee) -> String {
    let end = |load: Option<f64>| load.map_or_else(|| "…".to_owned(), number);
    let Some(load) = knee.load else { return "none found".to_owned() };
    format!("{} ({} to {})", number(load), end(knee.low), end(knee.high))
}

fn point_table(sweep: &SweepReport, it: &Predicted) -> Table {
    let clauses: Vec<Clause> = sweep.objectives.clone();
    let mut header = vec![it.key.clone(), "lock held, PREDICTED".to_owned()];
    for clause in &clauses {
        header.extend([format!("{clause}, PREDICTED"), format!("{clause}, MEASURED (median of runs)")]);
    }
    let mut grid = Grid::new(header.iter().map(String::as_str), 0);
    for point in &it.points {
        let here = |run: &&SweptRun| {
            let is_at = |setting: &Setting| setting.key == it.key && setting.number == Some(point.load);
            run.settings.iter().any(is_at) && it.at.iter().all(|setting| run.settings.contains(setting))
        };
        let runs: Vec<&SweptRun> = sweep.runs.iter().filter(here).collect();
        let mut row = vec![number(point.load), interval(point.utilisation, |share| format!("{share:.2}"))];
        for clause in &clauses {
            let predicted = point.clauses.iter().find(|found| found.clause == *clause);
            row.push(or_unavailable(predicted, |found| figure(clause, found.figure)));
            row.push(measured(clause, &runs));
        }
        grid.add_row(row);
    }
    let at = settings(&it.at);
    let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
    Table::new(format!("Each load{at}: predicted from the commit's cost law and queueing alone, and measured"), grid)
}

/// The median over the runs of a point, and how many there are.
fn measured(clause: &Clause, runs: &[&SweptRun]) -> String {
    let judged = runs.iter().filter_map(|run| run.verdict.as_ref()).flat_map(|verdict| &verdict.clauses);
    let mut figures: Vec<f64> = judged.filter(|it| it.clause == *clause).filter_map(|it| it.figure).collect();
    figures.sort_by(f64::total_cmp);
    match figures.get(figures.len() / 2) {
        Some(middle) => format!("{} ({})", figure(clause, *middle), figures.len()),
        None => "not measured".to_owned(),
    }
}

fn figure(clause: &Clause, value: f64) -> String {
    match clause.limit {
        // What queues without end has no time.
        Limit::DurationNs(_) if !value.is_finite() => "without end".to_owned(),
        Limit::DurationNs(_) => format_duration_ns(value as u64),
        Limit::Fraction(_) => format!("{value:.4}"),
    }
}

fn runs(sweep: &SweepReport) -> Table {
    let keys = sweep.axes.iter().map(|axis| axis.key.as_str());
    let figures = [
        "seed",
        "verdict",
        "due/s",
        "completed/s",
        "of due",
        "read p50",
        "read p99",
        "reads",
        "commit p50",
        "commit p99",
        "commits",
        "freezes",
        "longest freeze",
        "load average",
        "top finding",
        "its result",
    ];
    let words = ["run"].into_iter().chain(keys).chain(["repeat"]);
    let numbers = 2 + sweep.axes.len();
    let mut grid = Grid::new(words.chain(figures), numbers).with_words_last();
    for run in &sweep.runs {
        let value =
            |key: &str| run.settings.iter().find(|it| it.key == key).map_or_else(String::new, |it| it.value.clone());
        let mut row = vec![run.order.to_string()];
        row.extend(sweep.axes.iter().map(|axis| value(&axis.key)));
        row.extend([run.repeat.to_string(), run.seed.to_string()]);
        row.push(run.verdict.as_ref().map_or_else(|| "no objectives".to_owned(), super::verdict_word));
        row.extend([number(run.readers.due_per_s), number(run.readers.completed_per_s)]);
        row.push(or_unavailable(run.readers_reached(), |share| format!("{:.1} %", share * 100.0)));
        for role in ["reader", "writer"] {
            match run.all(role) {
                Some(all) => {
                    row.extend([format_duration_ns(all.p50_ns), format_duration_ns(all.p99_ns), all.count.to_string()])
                }
                None => row.extend(["none completed".to_owned(), "none completed".to_owned(), "0".to_owned()]),
            }
        }
        row.push(run.freezes.to_string());
        row.push(run.longest_freeze_ns.map_or_else(|| "none".to_owned(), format_duration_ns));
        row.push(or_unavailable(run.load_average, |load| format!("{load:.1}")));
        row.push(run.finding.as_ref().map_or_else(
            || "nothing to explain".to_owned(),
            |top| format!("{} ({})", top.cause, super::percent(top.share)),
        ));
        row.push(run.directory.clone());
        grid.add_row(row);
    }
    Table::new("Every run, in the order in which they were made; all of it is measured", grid)
}

fn machine(sweep: &SweepReport) -> Machine {
    let elsewhere = "All of it, limits and evidence included, stands in the run.json of each run.".to_owned();
    match &sweep.machine {
        Some(machine) => {
            Machine { notes: vec![elsewhere], tables: vec![Table::new("What it is", machine.facts_table())] }
        }
        None => Machine { notes: vec!["Unavailable: nothing ran.".to_owned()], tables: Vec::new() },
    }
}

fn reproduce(sweep: &SweepReport) -> Reproduce {
    let mut axes = String::new();
    for axis in &sweep.axes {
        axes.push_str(&format!("{} = {}\n", axis.key, axis.values.join(", ")));
    }
    Reproduce {
        facts: facts(
            "What must be the same",
            [
                ("mapstorm", sweep.mapstorm_version.clone()),
                ("seed", sweep.seed.to_string()),
                ("scenario", sweep.scenario.clone()),
                ("runs of each point", sweep.repeats.to_string()),
                ("command began", sweep.started.clone()),
                ("last run ended", sweep.ended.clone()),
            ],
        ),
        typed: typed(&sweep.command),
        again: again(&sweep.command, Seed::OfScenario(sweep.seed)),
        notes: vec![
            "The scenario of each run, every default filled in, and its hash stand in the run.json of that run."
                .to_owned(),
        ],
        details: Some(("The values that were tried".to_owned(), axes)),
    }
}

fn settings(settings: &[Setting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn interval(it: Estimate, show: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", show(it.value), show(it.low), show(it.high))
}

/// A load or rate in digits that mean something.
fn number(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
