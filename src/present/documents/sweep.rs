//! Many runs: a table of the points, where the knee is, how throughput scales, what the cost model alone predicts. The page has charts,
//! what was predicted beside what was measured, and every run too.

#[cfg(test)]
mod tests;

use crate::{
    conclude::{
        sweep::{
            groups::along,
            sentences::{estimate, settings},
        },
        wording::{NONE, known, or_none, or_unavailable, shortened},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment::machine_table,
            parts::{Seed, file_document, reproduce, verdict_word},
        },
    },
    results::{Judgement, Knee, Predicted, Responses, ResultKind, SweepReport, SweptRun, cpus_in_short},
    scenario::{
        Clause, Limit, Setting,
        units::{duration_range, format_duration_ns, number, percent},
    },
    stats::Estimate,
};

/// What the columns of a table of points are.
const LEGEND: &str = "p50 and p99 are readers' response times, commit the median of commits'. Of several runs the median; of p99 the least \
                      and the most, of freezes the sum.";

/// A sweep or a search for the knee with these charts.
pub(crate) fn document<'a>(sweep: &SweepReport, charts: &'a [Chart]) -> Document<'a> {
    let host = sweep.machine.as_ref().map_or("host unavailable: nothing ran", |machine| &machine.host);
    let subtitle = format!("{host}, {} to {}", sweep.started, sweep.ended);
    let mut document = file_document(ResultKind::Sweep, sweep.heading(), subtitle);
    document.page().section("answer", "Answer", "What the runs say together");
    document.terminal().line(sweep.heading()).warnings(sweep.first_warnings());
    if let Some(machine) = &sweep.machine {
        document.terminal().line(format!(
            "{} {} {}, {}, files on {}",
            machine.system,
            machine.kernel,
            machine.architecture,
            cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota),
            known(&machine.file_system, String::clone)
        ));
    }
    if !sweep.objectives.is_empty() {
        let objectives: Vec<String> = sweep.objectives.iter().map(ToString::to_string).collect();
        document.both().text("Objectives: ", objectives.join(", "));
    }
    for group in groups(sweep) {
        let remarks = sweep.remarks(&group.key, &group.at);
        if !group.at.is_empty() {
            document.both().heading(settings(&group.at));
        }
        let points = points(sweep, &group);
        document.page().remarks(remarks.clone()).table("The points", points.clone());
        document.terminal().table("", points).text("", LEGEND).gap().remarks(remarks);
    }
    document
        .page()
        .text("", format!("{LEGEND} ρ is predicted: the share of the time that the lock is held."))
        .warnings(sweep.warnings())
        .section("charts", "Charts", "Charts")
        .figures(charts)
        .section("predicted", "Predicted", "Predicted beside measured");
    document.terminal().warnings(sweep.failed_runs());
    predictions(&mut document, sweep);
    document
        .page()
        .section("runs", "Runs", "The runs")
        .table("Every run, in the order in which they were made; all of it is measured", runs(sweep));
    if let Some(first) = sweep.runs.first() {
        document.page().text(
            "",
            format!(
                "Each run has a result of its own. In the directory of this page, `mapstorm report {}` draws the first of them.",
                first.directory
            ),
        );
    }
    let page = document.page().section("machine", "Machine", "The machine");
    match &sweep.machine {
        Some(machine) => page
            .text("", "All of it, limits and evidence included, stands in the run.json of each run.")
            .table("What it is", machine_table(machine)),
        None => page.text("", "Unavailable: nothing ran."),
    };
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

/// The runs of one table: all, or those at one value of the other axis.
struct Group<'a> {
    key: String,
    at: Vec<Setting>,
    runs: Vec<&'a SweptRun>,
}

/// One table for every value of the axis that is not the load; without a load, of the first axis.
fn groups(sweep: &SweepReport) -> Vec<Group<'_>> {
    let known = sweep.knees.first().map(|knee| &knee.key).or(sweep.predicted.first().map(|it| &it.key));
    let known = known.or(sweep.throughput.first().map(|it| &it.key)).or(sweep.axes.last().map(|axis| &axis.key));
    let Some(key) = known else { return Vec::new() };
    along(sweep, key).into_iter().map(|(at, runs)| Group { key: key.clone(), at, runs }).collect()
}

/// The table of a group's points.
fn points(sweep: &SweepReport, group: &Group<'_>) -> Grid {
    let predicted = sweep.predicted(&group.key, &group.at);
    let key = shortened(&group.key);
    let header = [&*key, "runs", "done/s", "of due", "p50", "p99", "commit", "freezes", "met", "ρ"];
    let is_judged = !sweep.objectives.is_empty();
    let wanted = |column: &usize| (*column != 8 || is_judged) && (*column != 9 || predicted.is_some());
    let columns: Vec<usize> = (0..header.len()).filter(wanted).collect();
    let mut table = Grid::new(columns.iter().map(|&column| header[column]), 0);
    let value = |run: &SweptRun| run.settings.iter().find(|it| it.key == group.key).cloned();
    let mut values: Vec<Setting> = Vec::new();
    for found in group.runs.iter().filter_map(|run| value(run)) {
        if !values.contains(&found) {
            values.push(found);
        }
    }
    let axis = sweep.axes.iter().find(|axis| axis.key == group.key);
    let place = |it: &Setting| axis.and_then(|axis| axis.values.iter().position(|value| *value == it.value));
    values.sort_by(|one, other| match (one.number, other.number) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => place(one).cmp(&place(other)),
    });
    for at in values {
        let runs: Vec<&SweptRun> = group.runs.iter().copied().filter(|run| run.settings.contains(&at)).collect();
        let held = predicted.and_then(|it| it.points.iter().find(|point| Some(point.load) == at.number));
        let cells = row(&at, &runs, held.map(|point| point.utilisation));
        table.add_row(columns.iter().map(|&column| cells[column].clone()));
    }
    table
}

/// One row: medians over the runs of a point, of p99 the least and the most.
fn row(at: &Setting, runs: &[&SweptRun], held: Option<Estimate>) -> [String; 10] {
    let durations = |role: &str, of: fn(&Responses) -> u64| {
        let mut values: Vec<u64> = runs.iter().filter_map(|run| run.all(role)).map(of).collect();
        values.sort_unstable();
        values
    };
    let middle =
        |values: &[u64]| values.get(values.len() / 2).map_or_else(|| NONE.to_owned(), |ns| format_duration_ns(*ns));
    let mut rates: Vec<f64> = runs.iter().map(|run| run.readers.completed_per_s).collect();
    rates.sort_by(f64::total_cmp);
    let rate = rates.get(rates.len() / 2).map_or_else(|| NONE.to_owned(), |rate| number(*rate));
    let mut completed_share: Vec<f64> = runs.iter().filter_map(|run| run.readers_completed_share()).collect();
    completed_share.sort_by(f64::total_cmp);
    let completed_share = completed_share
        .get(completed_share.len() / 2)
        .map_or_else(|| NONE.to_owned(), |share| format!("{:.0} %", (share * 100.0).floor()));
    let judged = |judgement| runs.iter().filter(|run| run.judgement() == Some(judgement)).count();
    let invalid = judged(Judgement::Invalid);
    // Fewer than there were runs: the others were invalid.
    let met = format!("{}/{}", judged(Judgement::Met), runs.len() - invalid);
    [
        shortened(&at.value),
        runs.len().to_string(),
        rate,
        completed_share,
        middle(&durations("reader", |it| it.p50_ns)),
        or_none(duration_range(&durations("reader", |it| it.p99_ns)), |range| range),
        middle(&durations("writer", |it| it.p50_ns)),
        runs.iter().map(|run| run.freezes).sum::<u64>().to_string(),
        met,
        or_none(held, |held| format!("{:.2}", held.value)),
    ]
}

fn predictions(document: &mut Document<'_>, sweep: &SweepReport) {
    let knees: Vec<&Predicted> = sweep.predicted.iter().filter(|it| it.knee.is_some()).collect();
    let points: Vec<&Predicted> = sweep.predicted.iter().filter(|it| !it.points.is_empty()).collect();
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
        let caption = format!("Each load{at}: predicted from the commit's cost model and queueing alone, and measured");
        document.page().table(caption, point_table(sweep, predicted));
    }
}

fn knee_table(sweep: &SweepReport, predicted: &[&Predicted]) -> Grid {
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
            load.map_or_else(|| "none in the range".to_owned(), |load| estimate(load, number)),
            or_unavailable(off, |off| format!("{:+.0} %", off * 100.0)),
        ]);
    }
    grid
}

fn knee_text(knee: &Knee) -> String {
    let end = |load: Option<f64>| load.map_or_else(|| "…".to_owned(), number);
    let Some(load) = knee.load else { return "none found".to_owned() };
    format!("{} ({} to {})", number(load), end(knee.low), end(knee.high))
}

fn point_table(sweep: &SweepReport, it: &Predicted) -> Grid {
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
        let mut row = vec![number(point.load), estimate(point.utilisation, |share| format!("{share:.2}"))];
        for clause in &clauses {
            let predicted = point.clauses.iter().find(|found| found.clause == *clause);
            row.push(or_unavailable(predicted, |found| figure(clause, found.figure)));
            row.push(measured(clause, &runs));
        }
        grid.add_row(row);
    }
    grid
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

fn runs(sweep: &SweepReport) -> Grid {
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
        row.push(run.verdict.as_ref().map_or_else(|| "no objectives".to_owned(), verdict_word));
        row.extend([number(run.readers.due_per_s), number(run.readers.completed_per_s)]);
        row.push(or_unavailable(run.readers_completed_share(), percent));
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
            |top| format!("{} ({:.0} %)", top.cause, top.share * 100.0),
        ));
        row.push(run.directory.clone());
        grid.add_row(row);
    }
    grid
}
