//! A sweep as tidy rows: each run's figures, then what the cost law predicts for each point; and a table of knees.
//! Measured and predicted rows of a point have the same cells under the axes, and differ in `provenance`.

use super::{
    super::{identity::Identity, source::Source},
    run::{is_met, of_role},
    sheet::{Figure, ONE, SECONDS, Sheet, interval, number, seconds, word, yes},
};
use crate::export::identity::Column;
use crate::{
    results::{Predicted, Provenance, Responses, SweepReport, SweptRun},
    scenario::{Limit, Setting},
};

/// The columns behind the axes.
pub const COLUMNS: [Column; 9] = [
    ("order", "the run's place in the order of the runs, from 1; empty: predicted"),
    ("repeat", "which run of this point, from 1; empty: predicted"),
    ("role", "`reader` or `writer`; empty: of the whole run"),
    ("operation", "the operation; `all`: of all operations of the role"),
    (
        "statistic",
        "`count`, `p50`, `p90`, `p99`, `max` of response times; `due`, `completed`, `stalls`, `due_per_s`, `completed_per_s` of a role; \
         `complete`, `errors`, `mappers`, `freezes`, `longest_freeze` (0: there was none), `hold` and `reader_own` (medians), \
         `load_average`, `slo_met` (1 or 0), `finding CAUSE` of a run; of a predicted point: `utilisation` of the lock, and the figure of each \
         objective by its name, such as `lookup.p99`",
    ),
    ("unit", "`seconds`, `operations`, `operations/second`, or `1`"),
    ("value", "the value in that unit; empty: unavailable"),
    ("low", "lower end of its 95 % interval; empty: it has none"),
    ("high", "upper end"),
];

/// The columns of the table of knees, behind the axes: under the axis that is the load, the cell is empty.
pub const KNEES: [Column; 8] = [
    ("key", "the key that is the load"),
    ("answer", "`found`; `below` or `above` all loads that were tried; `undecided`"),
    ("load", "the largest load that meets the objectives; empty: there is none, or none is known"),
    ("low", "measured: the largest load at which every run met them; predicted: lower end of the 95 % interval"),
    ("high", "measured: the smallest load at which no run met them; predicted: upper end"),
    ("runs", "runs that were judged met or not met; empty: predicted"),
    ("invalid", "runs that say nothing; empty: predicted"),
    ("source", "where the cost law is known from that predicts; empty: measured"),
];

/// Adds a sweep's rows.
pub fn rows(sheet: &mut Sheet, source: &Source, sweep: &SweepReport) -> anyhow::Result<()> {
    let whole = Identity::of_sweep(source, sweep);
    for run in &sweep.runs {
        let identity = whole.of_swept(run);
        let mut add = |role: &str, operation: &str, figures: Vec<Figure>| {
            figures.iter().try_for_each(|figure| {
                let [statistic, unit, value] = figure.cells();
                let which = [run.order.to_string(), run.repeat.to_string(), role.to_owned(), operation.to_owned()];
                let cells = row(which, [statistic, unit], [value, String::new(), String::new()]);
                sheet.row((&identity, identity.provenance()), &run.settings, cells)
            })
        };
        add("", "", of_run(run))?;
        for (role, totals) in [("reader", &run.readers), ("writer", &run.writers)] {
            add(role, "all", of_role(totals))?;
        }
        for responses in &run.responses {
            add(&responses.role, &responses.operation, of_responses(responses))?;
        }
    }
    sweep.predicted.iter().try_for_each(|predicted| points(sheet, &whole, predicted))
}

fn row([a, b, c, d]: [String; 4], [e, f]: [String; 2], [g, h, i]: [String; 3]) -> [String; 9] {
    [a, b, c, d, e, f, g, h, i]
}

fn of_run(run: &SweptRun) -> Vec<Figure> {
    let longest = run.longest_freeze_ns.unwrap_or(0);
    let mut figures = vec![
        Figure::new("complete", ONE, yes(Some(run.complete))),
        Figure::operations("errors", run.errors),
        Figure::new("mappers", ONE, Some(f64::from(run.mappers))),
        Figure::new("freezes", ONE, Some(run.freezes as f64)),
        Figure::time("longest_freeze", Some(longest as f64)),
        Figure::time("hold", run.hold_ns),
        Figure::time("reader_own", run.reader_own_ns),
        Figure::new("load_average", ONE, run.load_average),
        Figure::new("slo_met", ONE, yes(run.verdict.as_ref().and_then(is_met))),
    ];
    let finding = run.finding.iter();
    figures.extend(finding.map(|finding| Figure::new(format!("finding {}", finding.cause), ONE, Some(finding.share))));
    figures
}

fn of_responses(responses: &Responses) -> Vec<Figure> {
    vec![
        Figure::operations("count", responses.count),
        Figure::time("p50", Some(responses.p50_ns as f64)),
        Figure::time("p90", Some(responses.p90_ns as f64)),
        Figure::time("p99", Some(responses.p99_ns as f64)),
        Figure::time("max", Some(responses.max_ns as f64)),
    ]
}

/// The points that the cost law predicts.
fn points(sheet: &mut Sheet, whole: &Identity, predicted: &Predicted) -> anyhow::Result<()> {
    for point in &predicted.points {
        let mut settings = predicted.at.clone();
        let load = Setting { key: predicted.key.clone(), value: point.load.to_string(), number: Some(point.load) };
        settings.push(load);
        let mut add = |statistic: String, unit: &str, cells: [String; 3]| {
            let cells = row([const { String::new() }; 4], [statistic, unit.to_owned()], cells);
            sheet.row((whole, Provenance::Predicted), &settings, cells)
        };
        add("utilisation".to_owned(), ONE, interval(Some(point.utilisation)))?;
        for told in &point.clauses {
            let (unit, figure) = match told.clause.limit {
                Limit::DurationNs(_) => (SECONDS, seconds(told.figure)),
                Limit::Fraction(_) => (ONE, told.figure),
            };
            add(told.clause.metric.to_string(), unit, [number(Some(figure)), String::new(), String::new()])?;
        }
    }
    Ok(())
}

/// Adds the rows of a sweep's knees.
pub fn knees(sheet: &mut Sheet, source: &Source, sweep: &SweepReport) -> anyhow::Result<()> {
    let whole = Identity::of_sweep(source, sweep);
    for knee in &sweep.knees {
        let cells = [
            knee.key.clone(),
            word(knee.answer),
            number(knee.load),
            number(knee.low),
            number(knee.high),
            knee.runs.to_string(),
            knee.invalid.to_string(),
            String::new(),
        ];
        sheet.row((&whole, Provenance::Measured), &knee.at, cells)?;
    }
    for predicted in &sweep.predicted {
        let Some(knee) = &predicted.knee else { continue };
        let [load, low, high] = interval(knee.load);
        let source = predicted.law.as_ref().map_or_else(String::new, |law| law.source.clone());
        let answer = word(knee.answer);
        let cells = [predicted.key.clone(), answer, load, low, high, String::new(), String::new(), source];
        sheet.row((&whole, Provenance::Predicted), &predicted.at, cells)?;
    }
    Ok(())
}
