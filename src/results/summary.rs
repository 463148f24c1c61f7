//! The figures of a run, as `run.json` keeps them and the terminal shows them.
//! What this machine could not tell is absent (`null`), never zero.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    record::Outcome,
    scenario::{
        Scenario,
        units::{format_bytes, format_duration_ns},
    },
};

/// Version of the format of `run.json`: raised whenever a field changes its meaning.
pub const FORMAT_VERSION: u32 = 1;

/// All of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Version of this format.
    pub format_version: u32,
    /// Version of mapstorm.
    pub mapstorm_version: String,
    /// When the run ended, UTC.
    pub ended: String,
    /// The scenario, every default filled in.
    pub scenario: Scenario,
    /// SHA-256 of the scenario's canonical JSON: runs with the same hash had the same load.
    pub scenario_hash: String,
    /// The figures.
    pub summary: Summary,
}

/// The figures of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// False if the run was interrupted or workers were lost.
    pub complete: bool,
    /// Workers that died or did not end, by name and cause.
    pub lost_workers: Vec<String>,
    /// From the first fork until every worker waited at the gate, nanoseconds.
    pub ready_ns: u64,
    /// Length of the measured span, nanoseconds.
    pub measured_ns: u64,
    /// Readers' operations.
    pub readers: Totals,
    /// Writers' commits.
    pub writers: Totals,
    /// Operations that failed, warm-up included.
    pub errors: u64,
    /// Cause of the first failure.
    pub first_error: Option<String>,
    /// Page tables of the whole machine, at most, while the crowd worked.
    pub page_table_bytes: Option<u64>,
    /// Load average of the last minute at the end.
    pub load_average: Option<f64>,
    /// One row for every role, operation and series that has values.
    pub rows: Vec<Row>,
}

/// What was due and what was reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Operations due in the measured span (closed loop: begun).
    pub due: u64,
    /// Of those, completed. Percentiles speak of these only.
    pub completed: u64,
    /// Of the completed, how many responses were over the stall threshold.
    pub stalls: u64,
    /// Due, per second.
    pub due_per_s: f64,
    /// Completed, per second.
    pub completed_per_s: f64,
}

/// One series of one operation, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// `reader` or `writer`.
    pub role: String,
    /// The operation.
    pub operation: String,
    /// `response`, `service`, `late`, or a phase.
    pub series: String,
    /// Values behind the percentiles.
    pub count: u64,
    /// Median.
    pub p50_ns: u64,
    /// 90th percentile.
    pub p90_ns: u64,
    /// 99th percentile.
    pub p99_ns: u64,
    /// 99.9th percentile.
    pub p999_ns: u64,
    /// Largest value.
    pub max_ns: u64,
}

/// Everything that `run.json` says about a finished run.
pub fn resolve(scenario: &Scenario, outcome: &Outcome) -> Run {
    let seconds = outcome.measured_ns as f64 / 1e9;
    let totals = |role: usize| Totals {
        due: outcome.due[role],
        completed: outcome.completed[role],
        stalls: outcome.stalls[role],
        due_per_s: if seconds > 0.0 { outcome.due[role] as f64 / seconds } else { 0.0 },
        completed_per_s: if seconds > 0.0 { outcome.completed[role] as f64 / seconds } else { 0.0 },
    };
    let rows = outcome.measured.iter().map(|measured| Row {
        role: measured.tag.role.to_owned(),
        operation: measured.tag.operation.to_owned(),
        series: measured.tag.series.to_owned(),
        count: measured.histogram.len(),
        p50_ns: measured.histogram.value_at_quantile(0.5),
        p90_ns: measured.histogram.value_at_quantile(0.9),
        p99_ns: measured.histogram.value_at_quantile(0.99),
        p999_ns: measured.histogram.value_at_quantile(0.999),
        max_ns: measured.histogram.max(),
    });
    Run {
        format_version: FORMAT_VERSION,
        mapstorm_version: env!("CARGO_PKG_VERSION").to_owned(),
        ended: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        scenario: scenario.clone(),
        scenario_hash: scenario.hash(),
        summary: Summary {
            complete: !outcome.interrupted && outcome.lost.is_empty(),
            lost_workers: outcome.lost.clone(),
            ready_ns: outcome.ready_ns,
            measured_ns: outcome.measured_ns,
            readers: totals(0),
            writers: totals(1),
            errors: outcome.errors,
            first_error: outcome.first_error.map(|(number, offset)| match number {
                0 => format!("the file is corrupt or unclean, at offset {offset:#x}"),
                number => std::io::Error::from_raw_os_error(number as i32).to_string(),
            }),
            page_table_bytes: outcome.page_table_bytes,
            load_average: outcome.load_average,
            rows: rows.collect(),
        },
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { readers, writers, .. } = &self.summary;
        let summary = &self.summary;
        writeln!(
            f,
            "{}: {} readers, {} writers, measured for {}{}",
            self.scenario.name,
            self.scenario.readers.count,
            self.scenario.writers_total(),
            format_duration_ns(summary.measured_ns),
            if summary.complete { "" } else { " (INCOMPLETE)" }
        )?;
        let unavailable = || "unavailable".to_owned();
        writeln!(
            f,
            "ready in {}; page tables of the machine {}; load average {}",
            format_duration_ns(summary.ready_ns),
            summary.page_table_bytes.map_or_else(unavailable, format_bytes),
            summary.load_average.map_or_else(unavailable, |load| format!("{load:.1}"))
        )?;
        for (role, totals) in [("readers", readers), ("writers", writers)] {
            writeln!(
                f,
                "{role}: {} due ({:.1}/s), {} completed ({:.1}/s), {} stalls over {}",
                totals.due,
                totals.due_per_s,
                totals.completed,
                totals.completed_per_s,
                totals.stalls,
                format_duration_ns(self.scenario.run.stall_ns)
            )?;
        }
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::ASCII_MARKDOWN);
        table.set_header(["role", "operation", "what", "count", "p50", "p90", "p99", "p99.9", "max"]);
        for row in &summary.rows {
            let [p50, p90, p99, p999, max] =
                [row.p50_ns, row.p90_ns, row.p99_ns, row.p999_ns, row.max_ns].map(format_duration_ns);
            table.add_row([
                row.role.clone(),
                row.operation.clone(),
                row.series.clone(),
                row.count.to_string(),
                p50,
                p90,
                p99,
                p999,
                max,
            ]);
        }
        writeln!(f, "{table}")?;
        if let Some(error) = &summary.first_error {
            writeln!(f, "WARNING: {} operations failed; the first: {error}", summary.errors)?;
        }
        if !summary.lost_workers.is_empty() {
            writeln!(f, "WARNING: lost {} workers: {}", summary.lost_workers.len(), summary.lost_workers.join(", "))?;
        }
        Ok(())
    }
}
