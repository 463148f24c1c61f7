//! What has a place in time, as tidy rows: the timeline of a run, and the system's counters.
//! Both tables have the same columns, so that they can be put under each other.

use super::{
    super::{ExportError, identity::Identity, source::Source},
    sheet::{BYTES, Figure, ONE, OPERATIONS, SECONDS, Sheet, number, seconds},
};
use crate::export::identity::Column;
use crate::results::{BaseUnit, Counters, Run, TimelineRow, base_unit};

/// The columns.
pub const COLUMNS: [Column; 6] = [
    ("time_s", "begin of the interval, seconds after measuring began; before that negative (the control span)"),
    ("length_s", "its length, seconds"),
    ("instance", "number of the instance from 0, or `all`; empty: of the whole machine"),
    (
        "metric",
        "of the timeline: `due`, `completed`, `stalled` (workers over the threshold at the interval's end), `response_p50` … \
         `response_max` of readers, `commit_p50`, `commit_max`, `page_table_bytes`, `runnable`; of the counters: their names in \
         `counters.csv`, without `_us` or `_ns` at the end, as those are told in seconds here",
    ),
    ("unit", "`seconds`, `operations`, `bytes`, `pages`, `sectors` (of 512 bytes), or `1`"),
    ("value", "the value in that unit; empty: unavailable, or nothing completed"),
];

const MS_A_SECOND: f64 = 1e3;

/// Adds the rows of the timeline.
pub fn timeline(sheet: &mut Sheet, source: &Source, run: &Run) -> anyhow::Result<()> {
    let identity = Identity::of_run(source, run);
    for row in TimelineRow::load(&source.path)? {
        // Times and the machine's figures are those of the whole crowd.
        let figures = if row.is_of_all() { [of_any(&row), of_all(&row)].concat() } else { of_any(&row) };
        for (metric, unit, value) in figures {
            let times = [number(Some(row.start_s)), number(Some(row.length_s))];
            add(sheet, &identity, times, &row.instance, &Figure::new(metric, unit, value))?;
        }
    }
    Ok(())
}

type Metric = (&'static str, &'static str, Option<f64>);

fn of_any(row: &TimelineRow) -> Vec<Metric> {
    vec![
        ("due", OPERATIONS, Some(row.due as f64)),
        ("completed", OPERATIONS, Some(row.completed as f64)),
        ("stalled", ONE, Some(row.stalled as f64)),
    ]
}

fn of_all(row: &TimelineRow) -> Vec<Metric> {
    let time = |ms: Option<f64>| ms.map(|ms| ms / MS_A_SECOND);
    let count = |value: Option<u64>| value.map(|value| value as f64);
    vec![
        ("response_p50", SECONDS, time(row.response_p50_ms)),
        ("response_p90", SECONDS, time(row.response_p90_ms)),
        ("response_p99", SECONDS, time(row.response_p99_ms)),
        ("response_max", SECONDS, time(row.response_max_ms)),
        ("commit_p50", SECONDS, time(row.commit_p50_ms)),
        ("commit_max", SECONDS, time(row.commit_max_ms)),
        ("page_table_bytes", BYTES, count(row.page_table_bytes)),
        ("runnable", ONE, count(row.runnable)),
    ]
}

/// Adds the rows of the counters.
pub fn counters(sheet: &mut Sheet, source: &Source, run: &Run) -> Result<(), ExportError> {
    if run.recording.is_none() {
        return Err(ExportError::Invalid(format!(
            "{}: this run was without evidence (run.evidence = false), so it has no counters",
            source.path.display()
        )));
    }
    let identity = Identity::of_run(source, run);
    let counters = Counters::load(&source.path)?;
    let units: Vec<BaseUnit> = counters.columns.iter().map(|column| base_unit(column)).collect();
    for row in &counters.rows {
        for (BaseUnit { name, unit, divisor }, value) in units.iter().zip(&row.values) {
            let times = [seconds(row.start_ns as f64), seconds(row.length_ns as f64)].map(|it| number(Some(it)));
            let figure = Figure::new(*name, unit, value.map(|value| value / divisor));
            add(sheet, &identity, times, "", &figure)?;
        }
    }
    Ok(())
}

fn add(
    sheet: &mut Sheet,
    identity: &Identity,
    [time, length]: [String; 2],
    instance: &str,
    figure: &Figure,
) -> anyhow::Result<()> {
    let [metric, unit, value] = figure.cells();
    sheet.row((identity, identity.provenance()), &[], [time, length, instance.to_owned(), metric, unit, value])
}
