//! Many runs: a table of the points, where the knee is, how throughput scales, what the cost model alone predicts. The page has charts,
//! what was predicted next to what was measured, and every run too.

#[cfg(test)]
mod tests;

use crate::{
    conclude::{
        sweep::groups::along,
        wording::{estimate, judgement, or_none, or_unavailable, settings, shortened},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment::{host_of, machine_line, machine_section},
            parts::{Seed, file_document, reproduce},
        },
        table::Rows,
    },
    results::{Judgement, Knee, Predicted, ResultKind, Role, SweepReport, SweptRun},
    scenario::{
        Clause, Limit, Setting,
        units::{duration_range, format_duration_ns, number, percent},
    },
    stats::Estimate,
};

/// What the columns of a table of points are.
const LEGEND: &str = "done/s and done are reads completed: per second, and in % of those scheduled. p50 and p99 are readers' response \
                      times, commit the median of commits'. Of several runs the median; of p99 the least and the most, of freezes the sum.";

/// A sweep or a search for the knee with these charts.
pub(crate) fn document<'a>(sweep: &SweepReport, charts: &'a [Chart]) -> Document<'a> {
    let host = host_of(sweep.machine.as_ref());
    let subtitle = format!("{host}, {} to {}", sweep.started, sweep.ended);
    let mut document = file_document(ResultKind::Sweep, sweep.heading(), subtitle);
    document.page().section("answer", "Answer", "What the runs say together");
    document.terminal().line(sweep.heading()).warnings(sweep.first_warnings());
    if let Some(machine) = &sweep.machine {
        document.terminal().in_detail().line(machine_line(machine));
    }
    if !sweep.objectives.is_empty() {
        let objectives: Vec<String> = sweep.objectives.iter().map(ToString::to_string).collect();
        document.both().text("Objectives: ", objectives.join(", "));
    }
    if let Some(key) = load_key(sweep) {
        for (at, runs) in along(sweep, key) {
            let remarks = sweep.remarks(key, &at);
            if !at.is_empty() {
                document.both().heading(settings(&at));
            }
            let predicted = sweep.predicted(key, &at);
            let table = point_table(sweep, key, predicted.is_some(), &points(sweep, key, predicted, &runs));
            document.page().remarks(remarks.clone()).table("The points", table.clone());
            document.terminal().table("", table).in_detail().text("", LEGEND).gap();
            // The first is the answer, with the notes on it.
            let notes = remarks.iter().skip(1).take_while(|remark| remark.lead.starts_with(' ')).count();
            let (answer, others) = remarks.split_at(remarks.len().min(1 + notes));
            document.terminal().in_detail().remarks(others.iter().cloned());
            if !at.is_empty() {
                document.terminal().closing().line(format!("{}:", settings(&at)));
            }
            document.terminal().closing().remarks(answer.iter().cloned());
        }
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
    let page = document.page().section("runs", "Runs", "The runs");
    runs(sweep).into_iter().fold(page, |page, (caption, table)| page.table(caption, table));
    if let Some(first) = sweep.runs.first() {
        document.page().text(
            "",
            format!(
                "Each run has a result of its own. In the directory of this page, `mapstorm report {}` draws the first of them.",
                first.directory
            ),
        );
    }
    machine_section(&mut document, sweep.machine.as_ref());
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

/// The axis that is the load; without a load, the last. There is a table for every value of the other axis.
fn load_key(sweep: &SweepReport) -> Option<&str> {
    let knees = sweep.knees.iter().map(|knee| &knee.key);
    let others = sweep.predicted.iter().map(|found| &found.key).chain(sweep.throughput.iter().map(|found| &found.key));
    knees.chain(others).next().or(sweep.axes.last().map(|axis| &axis.key)).map(String::as_str)
}

/// The repeats at one load.
struct Point<'a> {
    load: Setting,
    runs: Vec<&'a SweptRun>,
    /// The share of the time that the lock is held, predicted.
    held: Option<Estimate>,
}

fn points<'a>(sweep: &SweepReport, key: &str, predicted: Option<&Predicted>, runs: &[&'a SweptRun]) -> Vec<Point<'a>> {
    let mut points: Vec<Point> = Vec::new();
    for run in runs {
        let Some(load) = run.settings.iter().find(|setting| setting.key == key) else { continue };
        if let Some(point) = points.iter_mut().find(|point| point.load == *load) {
            point.runs.push(run);
            continue;
        }
        let held = predicted.and_then(|found| found.points.iter().find(|point| Some(point.load) == load.number));
        points.push(Point { load: load.clone(), runs: vec![run], held: held.map(|point| point.utilisation) });
    }
    let axis = sweep.axes.iter().find(|axis| axis.key == key);
    let place = |load: &Setting| axis.and_then(|axis| axis.values.iter().position(|value| *value == load.value));
    points.sort_by(|one, other| match (one.load.number, other.load.number) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => place(&one.load).cmp(&place(&other.load)),
    });
    points
}

/// A row for each point: medians over its runs, of p99 the least and the most.
fn point_table(sweep: &SweepReport, key: &str, is_predicted: bool, points: &[Point<'_>]) -> Grid {
    let sorted = |point: &Point<'_>, role: Role, q: f64| {
        let mut values: Vec<u64> = point.runs.iter().filter_map(|run| run.all(role)?.supported(q)).collect();
        values.sort_unstable();
        values
    };
    let typical = |values: Vec<u64>| or_none(middle(values), format_duration_ns);
    let judged = |point: &Point<'_>, is: fn(Judgement) -> bool| {
        point.runs.iter().filter(|run| run.judgement().is_some_and(is)).count()
    };
    let done = |share: f64| format!("{:.0} %", (share * 100.0).floor());
    Grid::of(points)
        .number(shortened(key), |point| shortened(&point.load.value))
        .number("runs", |point| point.runs.len())
        .number("done/s", |point| or_none(middle(point.runs.iter().map(|run| run.readers.completed_per_s)), number))
        .number("done", |point| {
            or_none(middle(point.runs.iter().filter_map(|run| run.readers.completed_share())), done)
        })
        .number("p50", |point| typical(sorted(point, Role::Reader, 0.5)))
        .number("p99", |point| or_none(duration_range(&sorted(point, Role::Reader, 0.99)), |range| range))
        .number("commit", |point| typical(sorted(point, Role::Writer, 0.5)))
        .number("freezes", |point| point.runs.iter().map(|run| run.freezes).sum::<u64>())
        .number_if(!sweep.objectives.is_empty(), "met", |point| {
            // Invalid runs are not counted.
            let invalid = judged(point, |outcome| outcome == Judgement::Invalid);
            format!("{}/{}", judged(point, |outcome| outcome == Judgement::Met), point.runs.len() - invalid)
        })
        .number_if(is_predicted, "ρ", |point| or_none(point.held, |held| format!("{:.2}", held.value)))
        .dispensable(&["ρ", "runs", "done/s"])
        .into()
}

/// The middle one of some values, of an even number the upper.
fn middle<T: PartialOrd>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
    let place = values.len() / 2;
    values.into_iter().nth(place)
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

/// The median over the runs of a point, and how many there are.
fn measured<'r>(clause: &Clause, runs: impl Iterator<Item = &'r SweptRun>) -> String {
    let judged = runs.filter_map(|run| run.verdict.as_ref()).flat_map(|verdict| &verdict.clauses);
    let figures: Vec<f64> =
        judged.filter(|judged| judged.clause == *clause).filter_map(|judged| judged.figure).collect();
    let count = figures.len();
    middle(figures).map_or_else(|| "not measured".to_owned(), |middle| format!("{} ({count})", figure(clause, middle)))
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
