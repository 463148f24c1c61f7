//! The columns of every table of CSV, and what they mean.

use super::ExportTable;
use crate::results::ResultKind;

/// A column: its name and what it means.
pub type Column = (&'static str, &'static str);

/// The first columns of every table: which result, which load, which machine, and whether it was measured.
/// A cell is empty where the result has no value.
pub const IDENTITY: [Column; 10] = [
    ("result", "name of the result's directory; where two have the same, the path as it was given"),
    ("kind", "`run`, `sweep`, `what-if`, `cost`, `qualify`, `ab`, `shootdown` or `inspection`"),
    ("scenario", "the scenario's name; a cost result has none"),
    ("scenario_hash", "SHA-256 of the scenario: rows with the same hash had the same load"),
    ("seed", "the seed of everything random"),
    ("started", "when the command began, UTC, ISO 8601"),
    ("host", "the host's name"),
    ("system", "operating system"),
    ("kernel", "kernel release"),
    (
        "provenance",
        "`measured`, `emulated` (measured, but of something that imitates another system), `predicted` (never run) or `measured elsewhere` (by another program, and \
         imported)",
    ),
];

/// The columns of a table, without those of identity and of axes.
pub fn columns(table: ExportTable, kind: ResultKind) -> &'static [Column] {
    match (table, kind) {
        (ExportTable::Timeline, ResultKind::Inspection) => &SAMPLES,
        (ExportTable::Timeline | ExportTable::Counters, _) => &OVER_TIME,
        (ExportTable::Percentiles, _) => &PERCENTILES,
        (ExportTable::Knees, _) => &KNEES,
        (ExportTable::Differences, ResultKind::Ab) => &AB_DIFFERENCES,
        (ExportTable::Differences, _) => &DIFFERENCES,
        (ExportTable::Levels, ResultKind::Shootdown) => &SHOOTDOWN_LEVELS,
        (ExportTable::Levels, _) => &LEVELS,
        (ExportTable::Summary, ResultKind::Run) => &RUN,
        (ExportTable::Summary, ResultKind::Sweep) => &SWEEP,
        (ExportTable::Summary, ResultKind::WhatIf) => &WHAT_IF,
        (ExportTable::Summary, ResultKind::Cost) => &COST,
        (ExportTable::Summary, ResultKind::Qualify) => &QUALIFY,
        (ExportTable::Summary, ResultKind::Ab) => &AB,
        (ExportTable::Summary, ResultKind::Shootdown) => &SHOOTDOWN,
        (ExportTable::Summary, ResultKind::Inspection) => &INSPECTION,
    }
}

const ROLE: Column = ("role", "`reader` or `writer`; empty: of the whole run");
const OPERATION: Column = ("operation", "the operation; `all`: of all operations of the role");
const VALUE: Column = ("value", "the value in that unit; empty: unavailable");
const LOW: Column = ("low", "lower end of its 95 % interval; empty: it has none");
const HIGH: Column = ("high", "upper end");

const RUN: [Column; 6] = [
    ROLE,
    OPERATION,
    ("series", "`response`, `service`, `start-delay`, or a phase; empty: not of a latency"),
    (
        "statistic",
        "`count`, `mean`, `p50`, `p90`, `p99`, `p99.9`, `max` of a series; `due`, `completed`, `stalls`, `due_per_s`, `completed_per_s` of a \
         role; `complete` (1 or 0), `measured`, `ready`, `errors`, `freezes`, `longest_freeze` (0: there was none), `stalled_time` (added up \
         over all readers), `page_tables`, `load_average`, `driver_cpu_share`, `slo_met` (1 or 0; empty: no objectives, or the run is \
         invalid), `objective OBJECTIVE` (1 or 0), `finding CAUSE` (share of the stalled time) of the run",
    ),
    ("unit", "`seconds`, `operations`, `operations/second`, `bytes`, or `1`"),
    VALUE,
];

const OVER_TIME: [Column; 6] = [
    ("time_s", "begin of the interval, seconds after measuring began; before that negative (the control span)"),
    ("length_s", "its length, seconds"),
    ("instance", "number of the instance from 0, or `all`; empty: of the whole machine"),
    (
        "metric",
        "of the timeline: `due`, `completed`, `stalled` (workers over the threshold at the interval's end), `response_p50` … \
         `response_max` of readers, `commit_p50`, `commit_max`, `page_table_bytes`, `runnable`; of the counters: their names in \
         `counters.csv`, without `_us` or `_ns` at the end, as those are in seconds here",
    ),
    ("unit", "`seconds`, `operations`, `bytes`, `pages`, `sectors` (of 512 bytes), or `1`"),
    ("value", "the value in that unit; empty: unavailable, or nothing completed"),
];

const PERCENTILES: [Column; 6] = [
    ("role", "`reader` or `writer`"),
    ("operation", "the operation"),
    ("series", "`response`, `service`, `start-delay`, or a phase"),
    ("quantile", "share of the operations that took no longer, over 0 to 1"),
    ("value_seconds", "than so long, seconds"),
    ("count", "so many operations; in the last row of a series: all of them"),
];

const SWEEP: [Column; 9] = [
    ("order", "the run's place in the order of the runs, from 1; empty: predicted"),
    ("repeat", "which run of this point, from 1; empty: predicted"),
    ROLE,
    OPERATION,
    (
        "statistic",
        "`count`, `p50`, `p90`, `p99`, `max` of response times; `due`, `completed`, `stalls`, `due_per_s`, `completed_per_s` of a role; \
         `complete`, `errors`, `mappers`, `freezes`, `longest_freeze` (0: there was none), `hold` and `reader_own` (medians), \
         `load_average`, `slo_met` (1 or 0), `finding CAUSE` of a run; of a predicted point: `utilisation` of the lock, and the figure of each \
         objective by its name, such as `lookup.p99`",
    ),
    ("unit", "`seconds`, `operations`, `operations/second`, or `1`"),
    VALUE,
    LOW,
    HIGH,
];

const QUALIFY: [Column; 7] = [
    ROLE,
    OPERATION,
    (
        "statistic",
        "`fit` (1 or 0; empty: the verdict is invalid), `wanted` and `knee` (numbers of processes), `margin` (knee divided by wanted), \
         `complete`; and of the longer run those of a run of a sweep",
    ),
    ("unit", "`seconds`, `operations`, `operations/second`, or `1`"),
    VALUE,
    ("low", "of the knee: the largest load that met the objectives"),
    ("high", "of the knee: the smallest load that did not; empty: none"),
];

/// Of each run; the statistics are those of a run of a sweep.
const AB: [Column; 8] = [
    ("order", "the run's place in the order of the runs, from 1"),
    ("point", "`arm=A` or `arm=B`"),
    ("repeat", "number of its pair, from 1"),
    ROLE,
    OPERATION,
    ("statistic", "as of a run of a sweep"),
    ("unit", "`seconds`, `operations`, `operations/second`, or `1`"),
    VALUE,
];

const AB_DIFFERENCES: [Column; 11] = [
    DIFFERENCES[1],
    ("unit", "unit of `before`, `after` and of a difference: `seconds`, `seconds/second` or `1`"),
    ("before", "mean of A's runs, of times the geometric one; empty: unavailable"),
    ("after", "mean of B's runs"),
    ("scale", "`ratio`: B divided by A; `difference`: B less A, of what can be 0"),
    ("value", "that ratio or difference, the mean over the pairs; empty: unavailable"),
    ("low", "lower end of its 95 % interval (Student's t)"),
    HIGH,
    (
        "p",
        "how probable so large a change is by chance, corrected for all figures together; empty: nothing to be tested",
    ),
    ("more_pairs", "pairs more that would decide; empty: it is decided, or more than a thousand"),
    ("change", "`better`, `worse`, `same`, `undecided` or `unknown`"),
];

/// Under the axis that is the load, the cell is empty.
const KNEES: [Column; 8] = [
    ("key", "the key that is the load"),
    ("answer", "`found`; `below` or `above` all loads that were tried; `undecided`"),
    ("load", "the largest load that meets the objectives; empty: there is none, or none is known"),
    ("low", "measured: the largest load at which every run met them; predicted: lower end of the 95 % interval"),
    ("high", "measured: the smallest load at which no run met them; predicted: upper end"),
    ("runs", "runs that were judged met or not met; empty: predicted"),
    ("invalid", "runs that were invalid; empty: predicted"),
    ("source", "where the cost model that predicts comes from; empty: measured"),
];

const WHAT_IF: [Column; 8] = [
    ("run", "`baseline`, or the name of the mitigation"),
    (
        "status",
        "of a mitigation: `measured`, `incomplete`, `not_applicable`, `refused`, `failed` or `not_run`; of the baseline `measured` or `incomplete`",
    ),
    ("role", "`reader` or `writer`: of the response times of all its operations; empty: of the whole run"),
    (
        "statistic",
        "`p50`, `p99` and `completed_share` of a role; `frozen_share`, `stalled_time_per_s` (seconds of all readers together, for each second), `longest_freeze` (0: \
         there was none), `errors`, `slo_met` (1 or 0) measured; `hold_base`, `hold_per_mapper`, `mappers`, `utilisation`, `completed_share`, \
         `longest_wait` predicted",
    ),
    ("unit", "`seconds`, `seconds/second`, `operations`, or `1`"),
    ("value", "the value in that unit; empty: unavailable, or the mitigation was not run"),
    LOW,
    HIGH,
];

const DIFFERENCES: [Column; 9] = [
    ("run", "the name of the mitigation"),
    (
        "figure",
        "`reader_p50`, `reader_p99`, `commit_p50`, `commit_p99`, `readers_completed_share`, `commits_completed_share`, `stalled_time_per_s`, \
         `frozen_share` or `longest_freeze`",
    ),
    ("unit", "unit of `before` and `after`: `seconds`, `seconds/second` or `1`"),
    ("before", "of the baseline; empty: unavailable"),
    ("after", "with the mitigation; empty: unavailable"),
    ("ratio", "`after` divided by `before`; empty: unavailable"),
    ("ratio_low", "lower end of its 95 % interval (block bootstrap)"),
    ("ratio_high", "upper end"),
    ("change", "`better`, `worse`, `same`, `undecided` or `unknown`"),
];

const COST: [Column; 16] = [
    ("method", "the update method"),
    (
        "mode",
        "how mappers had the file mapped: `read-only`, `read-write`, or `dirty` (read-write, and written to before each update)",
    ),
    ("write_size_bytes", "bytes per `write(2)` that the file was made with"),
    ("folio_bytes", "size of the folio that holds the page; empty: unavailable"),
    ("directory", "where the file was"),
    ("file_system", "on which file system; empty: unavailable"),
    ("format", "format of the file; only commits depend on it"),
    ("outcome", "`measured`, `unsupported` or `unfinished`"),
    ("reason", "why it was not measured; empty: it was"),
    (
        "updates",
        "`following`: updates that follow each other; `apart`: updates that find the caches full of something else",
    ),
    ("statistic", "`base` (one update without any mapper) or `per_mapper` (what each mapper adds)"),
    ("unit", "`seconds`"),
    ("value", "the value in that unit; by noise it can be negative; empty: not measured"),
    ("low", "lower end of the 95 % prediction interval"),
    HIGH,
    ("rounds", "rounds behind it"),
];

const LEVELS: [Column; 11] = [
    COST[0],
    COST[1],
    COST[2],
    COST[3],
    COST[4],
    COST[5],
    COST[6],
    ("mappers", "mappers of the file"),
    (
        "statistic",
        "`updates` (that were timed), `median`, `apart_median`, `model` and `apart_model` (what the cost models give for as many mappers), `least`, `most`, `writer_faults` and `tlb_interrupts` (per update)",
    ),
    ("unit", "`operations`, `seconds` or `1`"),
    VALUE,
];

const AS: Column =
    ("as", "whether responders were `threads` of the initiator's process, or `processes` that map the same file");

const SHOOTDOWN: [Column; 9] = [
    ("method", "the operation"),
    AS,
    ("ceiling_pages", "beyond so many pages all translations are dropped at once; empty: none was found"),
    ("rounds", "rounds behind it"),
    (
        "statistic",
        "terms of the model: `base`, `per_page`, `per_page_below_ceiling`, `per_cpu` (for each that runs a responder), `per_other_socket`; and \
         `responder_lost` (by each responder, each time)",
    ),
    ("unit", "`seconds`"),
    ("value", "the value in that unit; by noise it can be negative; empty: there is none"),
    ("low", "lower end of the 95 % prediction interval"),
    HIGH,
];

const SHOOTDOWN_LEVELS: [Column; 9] = [
    ("method", "the operation; `nothing` is the control"),
    ("pages", "pages that one operation takes away"),
    ("responders", "responders, each on a CPU of its own"),
    ("state", "what they do: `spinning`, `sleeping`, or `visited` (they sleep, and have run on every CPU before)"),
    ("placement", "where they are, seen from the initiator; empty: the nearest first"),
    AS,
    (
        "statistic",
        "`interrupts` and `faults` (per operation), `operations` (that were timed), `initiator_p50` … `initiator_mean`, `lost_p50` … \
         `lost_mean` (by each responder)",
    ),
    ("unit", "`operations`, `seconds` or `1`"),
    VALUE,
];

const INSPECTION: [Column; 11] = [
    ("command", "the processes' name; empty: of all processes, or of the file"),
    ("user", "their user; empty: as above, or not known"),
    ("service", "their service; empty: as above, none, or not known"),
    (
        "mapping",
        "what their mappings allow: `read-only`, `read-only-of-writable`, `writable` or `private`; empty: as above, or not mapped",
    ),
    ("stale", "`replaced` or `deleted`: the path names another file than they map; empty: it does not"),
    ("mitigation", "of `commit_then`: the change, by the name that `run --what-if` takes"),
    (
        "statistic",
        "`complete` (1 or 0), `file_size`, `mappers` (whose mappings a commit visits), `lock_waiters` (the most at one look), \
         `lock_exclusive_share`, `commits_per_s`, `lookups_per_s`, `hold`, `cpus_used`, `cpus_waited_for`, `scan` and `own_cpu` (what the look itself took); predicted: `commit`, `commit_of_mappers`, \
         `utilisation` of the lock, `limit_commits_per_s`, `limit_mappers`, `commit_then`; of a group: `processes`, `page_tables`, `writers`",
    ),
    ("unit", "`seconds`, `operations/second`, `bytes`, or `1`"),
    VALUE,
    LOW,
    HIGH,
];

const SAMPLES: [Column; 4] = [
    ("time_s", "seconds since the first look"),
    (
        "metric",
        "`mappers`, `file_size`, `commits`, `lock_waiters`, `exclusive` (1 or 0), `tlb_interrupts_per_s`, `cpu_pressure`, `memory_pressure`, `io_pressure`, `throttled` \
         (shares), `blocked` (processes), `cpus_used`",
    ),
    ("unit", "`operations`, `operations/second`, `bytes`, or `1`"),
    VALUE,
];
