//! Many runs: a table of the points, where the knee is, how throughput scales, what the cost model alone predicts. The page has charts,
//! what was predicted next to what was measured, and every run too.

#[cfg(test)]
mod tests;

use crate::{
    conclude::wording::{estimate, judgement, or_none, or_unavailable, settings, shortened},
    present::{
        Chart, Grid,
        charts::sweep::view::{Group, Stop, Verdict, View, spread},
        document::Document,
        documents::{
            environment::{host_of, machine_line, machine_section},
            parts::{Seed, file_document, reproduce},
        },
        table::Rows,
    },
    results::{Judgement, Knee, Predicted, ResultKind, Role, Spread, SweepReport, SweptRun},
    scenario::{
        Clause, Limit, Setting,
        units::{duration_range, format_duration_ns, number, percent},
    },
    stats::median,
};

/// What the columns of a table of points are.
const LEGEND: &str = "done/s and done are reads completed: per second, and in % of those scheduled. p50 and p99 are readers' response \
                      times, commit the median of commits'. Of several valid runs the median; of p99 the least and the most, of freezes the sum.";

/// A sweep or a search for the knee with these charts.
pub(crate) fn document<'a>(sweep: &SweepReport, charts: &'a [Chart]) -> Document<'a> {
    let host = host_of(sweep.machine.as_ref());
    let subtitle = format!("{host}, {} to {}", sweep.started, sweep.ended);
    let mut document = file_document(ResultKind::Sweep, sweep.heading(), subtitle);
    document.page().section("answer", "Answer", "What the runs say together");
    let (machine, view) = (sweep.machine.as_ref(), View::of(sweep));
    document.terminal().line(sweep.heading()).warnings(sweep.first_warnings());
    document.terminal().in_detail().lines(machine.map(machine_line));
    if !sweep.objectives.is_empty() {
        let objectives: Vec<String> = sweep.objectives.iter().map(ToString::to_string).collect();
        document.both().text("Objectives: ", objectives.join(", "));
    }
    for (key, group) in view.iter().flat_map(|view| view.groups.iter().map(|group| (&view.across.key, group))) {
        let at = settings(&group.at);
        let remarks = sweep.remarks(key, &group.at);
        if !at.is_empty() {
            document.both().heading(&at);
        }
        document.page().remarks(remarks.clone());
        document.both().table("The points", point_table(sweep, key, group));
        document.terminal().in_detail().text("", LEGEND).gap();
        // The first is the answer, with the notes on it.
        let notes = remarks.iter().skip(1).take_while(|remark| remark.lead.starts_with(' ')).count();
        let (answer, others) = remarks.split_at(remarks.len().min(1 + notes));
        document.terminal().in_detail().remarks(others.iter().cloned());
        if !at.is_empty() {
            document.terminal().closing().line(format!("{at}:"));
        }
        document.terminal().closing().remarks(answer.iter().cloned());
    }
    document
        .page()
        .text("", format!("{LEGEND} ρ is predicted: the share of the time that the lock is held."))
        .warnings(sweep.warnings())
        .section("charts", "Charts", "Charts")
        .figures(charts)
        .section("predicted", "Predicted", "Predicted and measured");
    document.terminal().warnings(sweep.failed_runs());
    predictions(&mut document, sweep);
    document.page().section("runs", "Runs", "The runs").tables(runs(sweep));
    if let Some(first) = sweep.runs.first() {
        document.page().text(
            "",
            format!(
                "Each run has a result of its own. In the directory of this page, `mapstorm report {}` draws the first of them.",
                first.directory
            ),
        );
    }
    machine_section(&mut document, machine);
    let facts = [
        ("mapstorm", sweep.mapstorm_version.clone()),
        ("seed", sweep.seed.to_string()),
        ("scenario", sweep.scenario.clone()),
        ("runs of each point", sweep.repeats.to_string()),
        ("command began", sweep.started.clone()),
        ("last run ended", sweep.ended.clone()),
    ];
    let axes = sweep.axes.iter().map(|axis| format!("{} = {}\n", axis.key, axis.values.join(", ")));
    reproduce(&mut document, facts, &sweep.command, Seed::OfScenario(sweep.seed))
        .text("", "The scenario of each run, every default filled in, and its hash stand in the run.json of that run.")
        .details("The values that were tried", axes.collect::<String>());
    document
}

/// A row for each point: medians over its valid runs, of p99 the least and the most.
fn point_table(sweep: &SweepReport, key: &str, group: &Group<'_>) -> Grid {
    let times =
        |stop: &Stop<'_>, role: Role, q: f64| spread(&stop.runs, |run| run.all(role)?.supported(q).map(|ns| ns as f64));
    let typical = |times: Option<Spread>| or_none(times, |times| format_duration_ns(times.median as u64));
    let range = |times: Spread| duration_range(&[times.least as u64, times.most as u64]).unwrap_or_default();
    let done = |share: Spread| format!("{:.0} %", (share.median * 100.0).floor());
    let count =
        |stop: &Stop<'_>, outcome: Judgement| stop.runs.iter().filter(|run| run.judgement() == Some(outcome)).count();
    let held = |stop: &Stop<'_>| group.predicted?.points.iter().find(|point| point.load == stop.x);
    Grid::of(&group.stops)
        .number(shortened(key), |stop| shortened(stop.name))
        .number("runs", |stop| stop.runs.len())
        .number("done/s", |stop| {
            or_none(spread(&stop.runs, |run| Some(run.readers.completed_per_s)), |rate| number(rate.median))
        })
        .number("done", |stop| or_none(spread(&stop.runs, |run| run.readers.completed_share()), done))
        .number("p50", |stop| typical(times(stop, Role::Reader, 0.5)))
        .number("p99", |stop| or_none(times(stop, Role::Reader, 0.99), range))
        .number("commit", |stop| typical(times(stop, Role::Writer, 0.5)))
        .number("freezes", |stop| stop.runs.iter().map(|run| run.freezes).sum::<u64>())
        .number_if(!sweep.objectives.is_empty(), "met", |stop| {
            format!("{}/{}", count(stop, Judgement::Met), stop.runs.len() - count(stop, Judgement::Invalid))
        })
        .number_if(group.predicted.is_some(), "ρ", |stop| {
            or_none(held(stop), |point| format!("{:.2}", point.utilisation.value))
        })
        .dispensable(&["ρ", "runs", "done/s"])
        .into()
}

fn predictions(document: &mut Document<'_>, sweep: &SweepReport) {
    let knees: Vec<&Predicted> = sweep.predicted.iter().filter(|found| found.knee.is_some()).collect();
    let points: Vec<&Predicted> = sweep.predicted.iter().filter(|found| !found.points.is_empty()).collect();
    if knees.is_empty() && points.is_empty() {
        document.page().text("", "Nothing was predicted.");
    }
    if !knees.is_empty() {
        let caption = "The knee: the largest load that meets the objectives, and between which loads it may lie";
        document.page().table(caption, knee_table(sweep, &knees));
    }
    for predicted in points {
        let at = settings(&predicted.at);
        let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
        let caption = format!(
            "Each load{at}: predicted from the commit's cost model and queueing alone, and measured (the median, and of how many runs)"
        );
        document.page().table(caption, prediction_table(sweep, predicted));
    }
}

fn knee_table(sweep: &SweepReport, predicted: &[&Predicted]) -> Grid {
    let measured = |found: &Predicted| sweep.knees.iter().find(|knee| knee.key == found.key && knee.at == found.at);
    let load = |found: &Predicted| found.knee.and_then(|knee| knee.load);
    let off = |found: &Predicted| found.comparison.as_ref().and_then(|comparison| comparison.difference);
    Grid::of(predicted.iter().copied())
        .words("at", |found| if found.at.is_empty() { "all runs".to_owned() } else { settings(&found.at) })
        .words("load", |found| &found.key)
        .number("knee, MEASURED", |found| or_unavailable(measured(found), knee_text))
        .number("knee, PREDICTED", |found| {
            load(found).map_or_else(|| "none in the range".to_owned(), |load| estimate(load, number))
        })
        .number("predicted is off by", |found| or_unavailable(off(found), |off| format!("{:+.0} %", off * 100.0)))
        .into()
}

fn knee_text(knee: &Knee) -> String {
    let end = |load: Option<f64>| load.map_or_else(|| "…".to_owned(), number);
    let Some(load) = knee.load else { return "none found".to_owned() };
    format!("{} ({} to {})", number(load), end(knee.low), end(knee.high))
}

fn prediction_table(sweep: &SweepReport, predicted: &Predicted) -> Grid {
    let runs = |load: f64| {
        let is_at = move |setting: &Setting| setting.key == predicted.key && setting.number == Some(load);
        let is_here = move |run: &&SweptRun| {
            run.settings.iter().any(is_at) && predicted.at.iter().all(|setting| run.settings.contains(setting))
        };
        sweep.runs.iter().filter(is_here)
    };
    let grid = Grid::of(&predicted.points)
        .number(predicted.key.clone(), |point| number(point.load))
        .number("lock held, PREDICTED", |point| estimate(point.utilisation, |share| format!("{share:.2}")));
    let grid = sweep.objectives.iter().fold(grid, |grid, clause| {
        grid.number(format!("{clause}, PREDICTED"), |point| {
            let found = point.clauses.iter().find(|found| found.clause == *clause);
            or_unavailable(found, |found| figure(clause, found.figure))
        })
        .number(format!("{clause}, MEASURED"), |point| measured(clause, runs(point.load)))
    });
    grid.into()
}

/// The median over the valid runs of a point, and how many there are.
fn measured<'r>(clause: &Clause, runs: impl Iterator<Item = &'r SweptRun>) -> String {
    let valid = runs.filter(|run| Verdict::of(run) != Verdict::Invalid);
    let judged = valid.filter_map(|run| run.verdict.as_ref()).flat_map(|verdict| &verdict.clauses);
    let figures: Vec<f64> =
        judged.filter(|judged| judged.clause == *clause).filter_map(|judged| judged.figure).collect();
    match figures.len() {
        0 => "not measured".to_owned(),
        count => format!("{} ({count})", figure(clause, median(figures))),
    }
}

fn figure(clause: &Clause, value: f64) -> String {
    match clause.limit {
        // An endless queue has no finite waiting time.
        Limit::DurationNs(_) if !value.is_finite() => "without end".to_owned(),
        Limit::DurationNs(_) => format_duration_ns(value as u64),
        Limit::Fraction(_) => format!("{value:.4}"),
    }
}

/// Every run in tables that fit a page: what completed, how long it took, and where its result is.
fn runs(sweep: &SweepReport) -> [(&'static str, Grid); 3] {
    let time = |run: &SweptRun, role: Role, q: f64| match run.all(role) {
        Some(all) => or_none(all.supported(q), format_duration_ns),
        None => "none completed".to_owned(),
    };
    let count = |run: &SweptRun, role: Role| run.all(role).map_or(0, |all| all.count);
    let completed = named(sweep)
        .number("verdict", |run| run.verdict.as_ref().map_or("no objectives", |verdict| judgement(verdict.outcome)))
        .number("reads scheduled/s", |run| number(run.readers.due_per_s))
        .number("reads completed/s", |run| number(run.readers.completed_per_s))
        .number("reads, % of scheduled", |run| or_unavailable(run.readers.completed_share(), percent))
        .number("commits, % of scheduled", |run| or_unavailable(run.writers.completed_share(), percent))
        .number("freezes", |run| run.freezes)
        .number("longest freeze", |run| run.longest_freeze_ns.map_or_else(|| "none".to_owned(), format_duration_ns));
    let times = named(sweep)
        .number("read p50", |run| time(run, Role::Reader, 0.5))
        .number("read p99", |run| time(run, Role::Reader, 0.99))
        .number("reads", |run| count(run, Role::Reader))
        .number("commit p50", |run| time(run, Role::Writer, 0.5))
        .number("commit p99", |run| time(run, Role::Writer, 0.99))
        .number("commits", |run| count(run, Role::Writer));
    let places = Grid::of(&sweep.runs)
        .words("run", |run| run.order)
        .number("seed", |run| run.seed)
        .number("load average", |run| or_unavailable(run.load_average, |load| format!("{load:.1}")))
        .words("top finding", |run| match &run.finding {
            None => "nothing to explain".to_owned(),
            Some(top) => format!("{} ({:.0} %)", top.cause, top.share * 100.0),
        })
        .words("its result", |run| &run.directory);
    [
        ("Every run, in the order in which they were made: what completed; all of it is measured", completed.into()),
        ("Every run: response times", times.into()),
        ("Every run: what was found, and where its result is", places.into()),
    ]
}

/// A row for each run, with its number, what was varied, and which repeat it is.
fn named(sweep: &SweepReport) -> Rows<'_, SweptRun> {
    let value = |run: &SweptRun, key: &str| {
        run.settings.iter().find(|setting| setting.key == key).map_or_else(String::new, |found| found.value.clone())
    };
    let grid = Grid::of(&sweep.runs).words("run", |run| run.order);
    let grid = sweep.axes.iter().fold(grid, |grid, axis| grid.words(&*axis.key, |run| value(run, &axis.key)));
    grid.words("repeat", |run| run.repeat)
}
