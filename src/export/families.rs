//! The table of metric families: name, type, unit, labels and help.
//! Names end in their unit, as OpenMetrics requires; none ends in a suffix that another family's samples have.

pub struct Family {
    pub name: &'static str,
    pub kind: Kind,
    /// Which the name ends with; empty: none.
    pub unit: &'static str,
    /// In addition to those that samples of any family have.
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Gauge,
    /// Quantiles, with count and sum where those are known.
    Summary,
}

impl Family {
    /// Whether samples are a value and the ends of its interval, named by the label `estimate`.
    pub fn has_interval(&self) -> bool {
        self.labels.contains(&"estimate")
    }
}

macro_rules! families {
    ($($id:ident = $kind:ident, $name:literal, $unit:literal, [$($label:literal),*], $help:literal;)*) => {
        $(pub const $id: Family =
            Family { name: $name, kind: Kind::$kind, unit: $unit, labels: &[$($label),*], help: $help };)*

        /// All of them, in the order in which they are written.
        pub const ALL: &[&Family] = &[$(&$id),*];
    };
}

families! {
    ENVIRONMENT = Gauge, "mapstorm_environment", "",
        ["scenario_hash", "seed", "system", "kernel", "architecture", "file_system", "cpu_model", "hypervisor", "sockets", "cores",
            "threads_per_core", "cpu_governor", "memory_modules", "disk", "write_cache", "io_scheduler", "mapstorm_version"],
        "Always 1: the machine and the load are in the labels.";
    STARTED = Gauge, "mapstorm_run_started_timestamp_seconds", "seconds", [],
        "When the command began, seconds since 1970 UTC.";
    COMPLETE = Gauge, "mapstorm_complete", "", [],
        "1 if nothing was interrupted and no worker lost, otherwise 0.";
    MEASURED = Gauge, "mapstorm_measured_span_seconds", "seconds", [],
        "Length of the measured span.";
    DUE = Gauge, "mapstorm_operations_due", "", ["role"],
        "Operations due in the measured span.";
    COMPLETED = Gauge, "mapstorm_operations_completed", "", ["role"],
        "Of those due, completed.";
    STALLS = Gauge, "mapstorm_operations_stalled", "", ["role"],
        "Of the completed, how many responses were over the stall threshold.";
    ERRORS = Gauge, "mapstorm_operations_failed", "", [],
        "Operations that failed, warm-up included.";
    LATENCY = Summary, "mapstorm_latency_seconds", "seconds", ["role", "operation", "series", "quantile"],
        "Time of operations, measured: response (from when they were due), service, start-delay, or a phase. Quantile 1 is the largest. The \
         sum is that of the histogram's counters, within 1 %.";
    FIT = Gauge, "mapstorm_fit", "", [],
        "Of a qualification: 1 if the machine is fit for the load, 0 if not; missing if the verdict is invalid.";
    FIT_KNEE = Gauge, "mapstorm_fit_knee_processes", "processes", ["estimate"],
        "Of a qualification: up to so many processes the objectives hold (value), the largest that met them (low) and the smallest that did not (high).";
    FREEZES = Gauge, "mapstorm_freezes", "", [],
        "Freezes, those of single instances and of all workers together.";
    LONGEST_FREEZE = Gauge, "mapstorm_longest_freeze_seconds", "seconds", [],
        "The longest freeze; 0: there was none.";
    STALLED_TIME = Gauge, "mapstorm_stalled_time_seconds", "seconds", [],
        "Time of readers in slow operations, added up over all of them; absent if it was not recorded.";
    SLO_MET = Gauge, "mapstorm_slo_met", "", [],
        "1 if every objective was met, 0 if not; absent without objectives, or if the run says nothing about the machine.";
    OBJECTIVE_MET = Gauge, "mapstorm_objective_met", "", ["objective"],
        "1 if the objective was met, 0 if not; absent if nothing was measured for it.";
    FINDING = Gauge, "mapstorm_finding_share_ratio", "ratio", ["cause", "confidence"],
        "Share of the stalled time that a cause explains, 0 to 1.";
    PAGE_TABLES = Gauge, "mapstorm_page_table_bytes", "bytes", [],
        "Page tables of the whole machine, at most, while the workers ran.";
    LOAD_AVERAGE = Gauge, "mapstorm_load_average", "", [],
        "Load average of the last minute at the end of the run.";
    DRIVER_CPU = Gauge, "mapstorm_driver_cpu_ratio", "ratio", [],
        "CPU time of the driver as a share of one CPU, 0 to 1.";
    KNEE = Gauge, "mapstorm_knee_load", "", ["key", "at", "estimate"],
        "The largest load that meets the objectives, in the key's unit (durations in nanoseconds); measured or predicted, as the label \
         provenance says.";
    CHANGE = Gauge, "mapstorm_what_if_change_ratio", "ratio", ["figure", "estimate"],
        "A figure with the mitigation divided by that of the baseline, measured.";
    AB_RATIO = Gauge, "mapstorm_ab_ratio", "ratio", ["figure", "estimate"],
        "A time of B divided by that of A, over the pairs of runs that took turns, measured.";
    COMPLETED_SHARE = Gauge, "mapstorm_completed_ratio", "ratio", ["role"],
        "Completed of scheduled, 0 to 1, measured.";
    STALLED_SHARE = Gauge, "mapstorm_stalled_time_per_second_ratio", "ratio", [],
        "Stalled time of all readers together for each second of measuring; absent if it was not recorded.";
    PREDICTED_LATENCY = Gauge, "mapstorm_predicted_latency_seconds", "seconds", ["role", "percentile", "estimate"],
        "Response time as predicted, never run.";
    PREDICTED_UTILISATION = Gauge, "mapstorm_predicted_utilisation_ratio", "ratio", ["estimate"],
        "Share of the time that commits hold the lock of one file, as predicted; from 1 on they wait ever longer.";
    PREDICTED_COMPLETED = Gauge, "mapstorm_predicted_completed_ratio", "ratio", ["role", "estimate"],
        "Completed of scheduled, 0 to 1, as predicted, never run.";
    SHOOTDOWN_PER_CPU = Gauge, "mapstorm_shootdown_per_cpu_seconds", "seconds", ["method", "as", "estimate"],
        "What each CPU that runs a responder adds to one operation; by noise it can be negative.";
    SHOOTDOWN_LOST = Gauge, "mapstorm_shootdown_responder_lost_seconds", "seconds", ["method", "as", "estimate"],
        "What a responder loses each time, beyond what it loses while the control operates; by noise it can be negative.";
    INSPECTED_MAPPERS = Gauge, "mapstorm_inspected_mappers", "", ["file"],
        "Processes of a live server whose mappings of the file a commit has to walk.";
    INSPECTED_PROCESSES = Gauge, "mapstorm_inspected_processes", "processes",
        ["file", "command", "user", "service", "mapping", "stale"],
        "Processes of a live server that map the file or have it open.";
    INSPECTED_PAGE_TABLES = Gauge, "mapstorm_inspected_page_table_bytes", "bytes",
        ["file", "command", "user", "service", "mapping", "stale"],
        "Page tables of those processes together, whatever they map.";
    INSPECTED_COMMIT = Gauge, "mapstorm_inspected_commit_seconds", "seconds", ["file", "estimate"],
        "One commit to the file with the mappers of now, as predicted.";
    INSPECTED_UTILISATION = Gauge, "mapstorm_inspected_lock_utilisation_ratio", "ratio", ["file", "estimate"],
        "Share of the time that commits hold the lock of the file; from 1 on they wait ever longer.";
    INSPECTED_COMMITS = Gauge, "mapstorm_inspected_commits_per_second", "", ["file", "estimate"],
        "Commits a second that were seen, exact or estimated.";
    INSPECTED_WAITERS = Gauge, "mapstorm_inspected_lock_waiters", "", ["file"],
        "The most processes that waited for a lock on the file at one look.";
    COST_PER_MAPPER = Gauge, "mapstorm_cost_per_mapper_seconds", "seconds",
        ["method", "mode", "write_size", "directory", "file_system", "format", "updates", "estimate"],
        "What each mapper adds to one update; by noise it can be negative.";
    COST_BASE = Gauge, "mapstorm_cost_base_seconds", "seconds",
        ["method", "mode", "write_size", "directory", "file_system", "format", "updates", "estimate"],
        "One update without any mapper; by noise it can be negative.";
}

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
