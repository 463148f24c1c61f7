//! The metric families, all of them: name, type, unit, and what they say.
//! Names end in their unit, as OpenMetrics wants it; none ends in a suffix that another family's samples have.

/// A metric family.
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its unit, which the name ends with; empty: none.
    pub unit: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Its labels besides those of the result.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is for the generated page"))]
    pub labels: &'static str,
}

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value that may go up and down.
    Gauge,
    /// Quantiles, with count and sum where those are known.
    Summary,
}

const fn gauge(name: &'static str, unit: &'static str, labels: &'static str, help: &'static str) -> Family {
    Family { name, kind: Kind::Gauge, unit, help, labels }
}

/// The machine and the load, as labels.
pub const ENVIRONMENT: Family = gauge(
    "mapstorm_environment",
    "",
    "system, kernel, architecture, file_system, mapstorm_version, scenario_hash, seed",
    "Always 1: the machine and the load are in the labels.",
);
/// When the command began.
pub const STARTED: Family =
    gauge("mapstorm_run_started_timestamp_seconds", "seconds", "", "When the command began, seconds since 1970 UTC.");
/// Whether it is whole.
pub const COMPLETE: Family =
    gauge("mapstorm_complete", "", "", "1 if nothing was interrupted and no worker lost, otherwise 0.");
/// Length of the measured span.
pub const MEASURED: Family = gauge("mapstorm_measured_span_seconds", "seconds", "", "Length of the measured span.");
/// What was due.
pub const DUE: Family = gauge("mapstorm_operations_due", "", "role", "Operations due in the measured span.");
/// What was done.
pub const COMPLETED: Family = gauge("mapstorm_operations_completed", "", "role", "Of those due, completed.");
/// What was slow.
pub const STALLS: Family = gauge(
    "mapstorm_operations_stalled",
    "",
    "role",
    "Of the completed, how many responses were over the stall threshold.",
);
/// What failed.
pub const ERRORS: Family = gauge("mapstorm_operations_failed", "", "", "Operations that failed, warm-up included.");
/// Latencies.
pub const LATENCY: Family = Family {
    name: "mapstorm_latency_seconds",
    kind: Kind::Summary,
    unit: "seconds",
    help: "Time of operations, measured: response (from when they were due), service, late, or a phase. Quantile 1 is the largest. The sum \
           is that of the histogram's counters, within 1 %.",
    labels: "role, operation, series, quantile",
};
/// Freezes.
pub const FREEZES: Family =
    gauge("mapstorm_freezes", "", "", "Freezes, those of single instances and of the whole crowd.");
/// The longest of them.
pub const LONGEST_FREEZE: Family =
    gauge("mapstorm_longest_freeze_seconds", "seconds", "", "The longest freeze; 0: there was none.");
/// Stalled time.
pub const STALLED_TIME: Family = gauge(
    "mapstorm_stalled_time_seconds",
    "seconds",
    "",
    "Time of readers in slow operations, added up over all of them; absent if it was not recorded.",
);
/// The verdict.
pub const SLO_MET: Family = gauge(
    "mapstorm_slo_met",
    "",
    "",
    "1 if every objective was met, 0 if not; absent without objectives, or if the run says nothing about the machine.",
);
/// Each objective.
pub const OBJECTIVE_MET: Family = gauge(
    "mapstorm_objective_met",
    "",
    "objective",
    "1 if the objective was met, 0 if not; absent if nothing was measured for it.",
);
/// Causes.
pub const FINDING: Family = gauge(
    "mapstorm_finding_share_ratio",
    "ratio",
    "cause, confidence",
    "Share of the stalled time that a cause explains, 0 to 1.",
);
/// Page tables.
pub const PAGE_TABLES: Family = gauge(
    "mapstorm_page_table_bytes",
    "bytes",
    "",
    "Page tables of the whole machine, at most, while the crowd worked.",
);
/// Load average.
pub const LOAD_AVERAGE: Family =
    gauge("mapstorm_load_average", "", "", "Load average of the last minute at the end of the run.");
/// CPU time of the driver.
pub const DRIVER_CPU: Family =
    gauge("mapstorm_driver_cpu_ratio", "ratio", "", "CPU time of the driver as a share of one CPU, 0 to 1.");
/// Knees.
pub const KNEE: Family = gauge(
    "mapstorm_knee_load",
    "",
    "key, at, estimate",
    "The largest load that meets the objectives, in the key's unit (durations in nanoseconds); measured or predicted, as the label \
     provenance says.",
);
/// What a cure changed.
pub const CHANGE: Family = gauge(
    "mapstorm_what_if_change_ratio",
    "ratio",
    "cure, figure, estimate",
    "A figure with the cure divided by that of the baseline, measured.",
);
/// The completed share.
pub const COMPLETED_SHARE: Family = gauge(
    "mapstorm_completed_ratio",
    "ratio",
    "cure",
    "Completed of due, readers and writers together, 0 to 1, measured.",
);
/// Stalled time a second.
pub const STALLED_SHARE: Family = gauge(
    "mapstorm_stalled_time_per_second_ratio",
    "ratio",
    "cure",
    "Stalled time of all readers together for each second of measuring; absent if it was not recorded.",
);
/// Predicted latencies.
pub const PREDICTED_LATENCY: Family = gauge(
    "mapstorm_predicted_latency_seconds",
    "seconds",
    "cure, role, percentile, estimate",
    "Response time as predicted, never run.",
);
/// Predicted utilisation.
pub const PREDICTED_UTILISATION: Family = gauge(
    "mapstorm_predicted_utilisation_ratio",
    "ratio",
    "cure; or point; estimate",
    "Share of the time that commits hold the lock of one file, as predicted; from 1 on they wait ever longer.",
);
/// Predicted completed share.
pub const PREDICTED_COMPLETED: Family = gauge(
    "mapstorm_predicted_completed_ratio",
    "ratio",
    "cure, estimate",
    "Completed of due, 0 to 1, as predicted, never run.",
);
/// The cost of an update for each mapper.
pub const COST_PER_MAPPER: Family = gauge(
    "mapstorm_cost_per_mapper_seconds",
    "seconds",
    "method, mode, write_size, directory, file_system, updates, estimate",
    "What each mapper adds to one update; by noise it can be negative.",
);
/// Its cost without any mapper.
pub const COST_BASE: Family = gauge(
    "mapstorm_cost_base_seconds",
    "seconds",
    "method, mode, write_size, directory, file_system, updates, estimate",
    "One update without any mapper; by noise it can be negative.",
);

/// All of them, in the order in which they are written.
pub const ALL: [&Family; 27] = [
    &ENVIRONMENT,
    &STARTED,
    &COMPLETE,
    &MEASURED,
    &DUE,
    &COMPLETED,
    &STALLS,
    &ERRORS,
    &LATENCY,
    &FREEZES,
    &LONGEST_FREEZE,
    &STALLED_TIME,
    &SLO_MET,
    &OBJECTIVE_MET,
    &FINDING,
    &PAGE_TABLES,
    &LOAD_AVERAGE,
    &DRIVER_CPU,
    &KNEE,
    &CHANGE,
    &COMPLETED_SHARE,
    &STALLED_SHARE,
    &PREDICTED_LATENCY,
    &PREDICTED_UTILISATION,
    &PREDICTED_COMPLETED,
    &COST_PER_MAPPER,
    &COST_BASE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_specification() {
        for family in ALL {
            let Family { name, unit, help, .. } = family;
            assert!(name.starts_with("mapstorm_") && help.ends_with('.'), "{name}");
            assert!(unit.is_empty() || name.ends_with(&format!("_{unit}")), "{name}: {unit}");
            assert!(!help.contains(['\\', '\n']), "{name}: its help would have to be escaped");
            for suffix in ["_total", "_created", "_count", "_sum", "_bucket", "_info"] {
                assert!(!name.ends_with(suffix), "{name}");
            }
            assert_eq!(ALL.iter().filter(|other| other.name == *name).count(), 1, "{name}");
        }
    }
}
