//! Figures with a place in time: the timeline of a run, and the system's counters.
//! Both have the same labels, so that the tables can be concatenated.

use super::{
    ExportError,
    observation::{BYTES, Labels, ONE, Observation, SECONDS, number, seconds},
    run::labels,
    source::Source,
};
use crate::results::{Counter, Counters, Run, TimelineRow};

const MS_A_SECOND: f64 = 1e3;

fn interval(labels: &Labels, start_s: f64, length_s: f64, instance: &str) -> Labels {
    labels.with("time_s", number(start_s)).with("length_s", number(length_s)).with("instance", instance)
}

pub fn timeline(source: &Source, run: &Run) -> anyhow::Result<impl Iterator<Item = Observation> + use<>> {
    let labels = labels(source, run);
    Ok(TimelineRow::load(&source.path)?.into_iter().flat_map(move |row| {
        let mut figures = vec![
            Observation::operations("due", row.due),
            Observation::operations("completed", row.completed),
            Observation::new("stalled", ONE, row.stalled as f64),
        ];
        // Times and the machine's figures are those of all workers together.
        if row.is_of_all() {
            let time = |name, ms: Option<f64>| Observation::new(name, SECONDS, ms.map(|ms| ms / MS_A_SECOND));
            let level = |name, unit, value: Option<u64>| Observation::new(name, unit, value.map(|value| value as f64));
            figures.extend([
                time("response_p50", row.response_p50_ms),
                time("response_p90", row.response_p90_ms),
                time("response_p99", row.response_p99_ms),
                time("response_max", row.response_max_ms),
                time("commit_p50", row.commit_p50_ms),
                time("commit_max", row.commit_max_ms),
                level("page_table_bytes", BYTES, row.page_table_bytes),
                level("runnable", ONE, row.runnable),
            ]);
        }
        interval(&labels, row.start_s, row.length_s, &row.instance).on(figures)
    }))
}

pub fn counters(source: &Source, run: &Run) -> Result<impl Iterator<Item = Observation> + use<>, ExportError> {
    if run.recording.is_none() {
        return Err(ExportError::Invalid(format!(
            "{}: this run was without evidence (run.evidence = false), so it has no counters",
            source.path.display()
        )));
    }
    let labels = labels(source, run);
    let Counters { columns, rows } = Counters::load(&source.path)?;
    let units: Vec<(String, &str, f64)> = columns
        .iter()
        .map(|column| {
            // A column that this version does not know is a number.
            let known = Counter::known(column);
            known.map_or((column.clone(), ONE, 1.0), |counter| {
                let (name, unit, divisor) = counter.in_base_unit();
                (name.to_owned(), unit, divisor)
            })
        })
        .collect();
    Ok(rows.into_iter().flat_map(move |row| {
        let figure = |((name, unit, divisor), value): (&(String, &'static str, f64), &Option<f64>)| {
            Observation::new(name.clone(), unit, value.map(|value| value / divisor))
        };
        let figures: Vec<Observation> = units.iter().zip(&row.values).map(figure).collect();
        interval(&labels, seconds(row.start_ns as f64), seconds(row.length_ns as f64), "").on(figures)
    }))
}
