//! The summary of a run as tidy rows: of the whole run, of each role, of each series of each operation; then findings and objectives.
//! Of a run without any freeze the longest is 0: nothing was frozen.

use super::{
    super::{identity::Identity, source::Source},
    sheet::{BYTES, Figure, ONE, PER_SECOND, Sheet, yes},
};
use crate::export::identity::Column;
use crate::results::{Judgement, Row, Run, Totals, Verdict};

/// The columns.
pub const COLUMNS: [Column; 6] = [
    ("role", "`reader` or `writer`; empty: of the whole run"),
    ("operation", "the operation; `all`: of all operations of the role"),
    ("series", "`response`, `service`, `late`, or a phase; empty: not of a latency"),
    (
        "statistic",
        "`count`, `mean`, `p50`, `p90`, `p99`, `p99.9`, `max` of a series; `due`, `completed`, `stalls`, `due_per_s`, `completed_per_s` of a \
         role; `complete` (1 or 0), `measured`, `ready`, `errors`, `freezes`, `longest_freeze` (0: there was none), `stalled_time` (added up \
         over all readers), `page_tables`, `load_average`, `driver_cpu_share`, `slo_met` (1 or 0; empty: no objectives, or the run is \
         invalid), `objective OBJECTIVE` (1 or 0), `finding CAUSE` (share of the stalled time) of the run",
    ),
    ("unit", "`seconds`, `operations`, `operations/second`, `bytes`, or `1`"),
    ("value", "the value in that unit; empty: unavailable"),
];

/// Adds the rows.
pub fn rows(sheet: &mut Sheet, source: &Source, run: &Run) -> anyhow::Result<()> {
    let identity = Identity::of_run(source, run);
    let mut add = |role: &str, operation: &str, series: &str, figures: Vec<Figure>| {
        figures.iter().try_for_each(|figure| {
            let [statistic, unit, value] = figure.cells();
            let cells = [role.to_owned(), operation.to_owned(), series.to_owned(), statistic, unit, value];
            sheet.row((&identity, identity.provenance()), &[], cells)
        })
    };
    add("", "", "", whole(run))?;
    for (role, totals) in [("reader", &run.summary.readers), ("writer", &run.summary.writers)] {
        add(role, "all", "", of_role(totals))?;
    }
    for row in &run.summary.rows {
        add(&row.role, &row.operation, &row.series, of_series(row))?;
    }
    add("", "", "", judged(run))
}

fn whole(run: &Run) -> Vec<Figure> {
    let (summary, diagnosis) = (&run.summary, &run.diagnosis);
    let longest = diagnosis.freezes.iter().map(|freeze| freeze.end_ns - freeze.start_ns).max().unwrap_or(0);
    // Stalls are seen only by who records them.
    let stalled = run.recording.is_some().then_some(diagnosis.stalled_ns as f64);
    vec![
        Figure::new("complete", ONE, yes(Some(summary.complete))),
        Figure::time("measured", Some(summary.measured_ns as f64)),
        Figure::time("ready", Some(summary.ready_ns as f64)),
        Figure::operations("errors", summary.errors),
        Figure::new("freezes", ONE, Some(diagnosis.freezes.len() as f64)),
        Figure::time("longest_freeze", Some(longest as f64)),
        Figure::time("stalled_time", stalled),
        Figure::new("page_tables", BYTES, summary.page_table_bytes.map(|bytes| bytes as f64)),
        Figure::new("load_average", ONE, summary.load_average),
        Figure::new("driver_cpu_share", ONE, summary.driver_cpu_share),
    ]
}

/// What was due from a role, and reached.
pub fn of_role(totals: &Totals) -> Vec<Figure> {
    vec![
        Figure::operations("due", totals.due),
        Figure::operations("completed", totals.completed),
        Figure::operations("stalls", totals.stalls),
        Figure::new("due_per_s", PER_SECOND, Some(totals.due_per_s)),
        Figure::new("completed_per_s", PER_SECOND, Some(totals.completed_per_s)),
    ]
}

fn of_series(row: &Row) -> Vec<Figure> {
    vec![
        Figure::operations("count", row.count),
        Figure::time("mean", Some(row.mean_ns)),
        Figure::time("p50", Some(row.p50_ns as f64)),
        Figure::time("p90", Some(row.p90_ns as f64)),
        Figure::time("p99", Some(row.p99_ns as f64)),
        Figure::time("p99.9", Some(row.p999_ns as f64)),
        Figure::time("max", Some(row.max_ns as f64)),
    ]
}

/// What is said of the run: its verdict, each objective, each finding.
fn judged(run: &Run) -> Vec<Figure> {
    let verdict = run.diagnosis.verdict.as_ref();
    let mut figures = vec![Figure::new("slo_met", ONE, yes(verdict.and_then(is_met)))];
    for clause in verdict.iter().flat_map(|verdict| &verdict.clauses) {
        let met = clause.figure.map(|_| clause.met);
        figures.push(Figure::new(format!("objective {}", clause.clause), ONE, yes(met)));
    }
    for finding in &run.diagnosis.findings {
        figures.push(Figure::new(format!("finding {}", finding.cause), ONE, Some(finding.share)));
    }
    figures
}

/// Whether all objectives were met; `None`: the run says nothing about the machine.
pub fn is_met(verdict: &Verdict) -> Option<bool> {
    match verdict.outcome {
        Judgement::Met => Some(true),
        Judgement::NotMet => Some(false),
        Judgement::Invalid => None,
    }
}
