//! What a run leaves behind: a directory that other tools can read, and the summary that people see.
//! Format version 1; every field is documented where it is declared, in `summary`.

mod commit_model;
mod comparison;
mod cost;
mod cost_directory;
mod counters;
mod cpus;
mod diagnosis;
mod directory;
mod environment;
mod evidence;
mod file_facts;
#[cfg(test)]
pub(crate) mod fixtures;
mod histogram_log;
mod kind;
mod known;
mod left_out;
mod limits;
mod listed;
mod log_of_tags;
mod provenance;
mod recorded;
mod slots;
mod stalls;
mod summary;
mod sweep;
mod time_series;
mod timeline;
mod unfinished;
mod versioned;
mod what_if;
#[cfg(test)]
pub(crate) mod what_if_fixtures;

pub use crate::{
    driver::outcome::{CounterRow, Pause, Stall, StallPart},
    shm::{Slot, Slots},
};
pub use commit_model::CommitModel;
pub use comparison::{
    COMPARISON_FILE, Comparability, Compared, ComparedFigure, ComparedRun, Comparison, ComparisonReport,
    CostComparison, CostDifference, CostFigure, Effect, Fact, FigureDifference, KeyDifference, Matched, Part,
    PartComparison, PartDifference, PartValue, Ranked, Ranking, Regression, Spread, WorstClause,
};
pub use cost::{Cost, CostBlock, CostLevel, CostOutcome, CostPlan, CostRow, MapperKind, Measurement};
pub use cost_directory::{blocks_of_rows, write_cost};
pub use counters::{Counter, Counters};
pub use cpus::{CpuQuota, Quota, cpus_in_short, cpus_usable, quota_text};
pub use diagnosis::{Confidence, Diagnosis, During, Figure, Finding, Freeze, JudgedClause, Judgement, Verdict};
pub use directory::{Named, RunDirectory, json, put, write, write_figures};
pub use environment::{Environment, Evidence, FileSystem};
pub use evidence::Recording;
pub use file_facts::{FileFacts, Folios};
pub use kind::ResultKind;
pub use known::{Availability, fact};
pub use left_out::LeftOut;
pub use listed::{Listed, find as find_results};
pub use log_of_tags::{histogram_log, log_of_tags};
pub use provenance::Provenance;
pub use recorded::{Recorded, latencies};
pub use stalls::Line;
pub use summary::{Circumstances, Row, Run, Summary, Totals, resolve};
pub use sweep::{
    Answer, Decision, Knee, KneeComparison, Machine, Predicted, PredictedClause, PredictedKnee, PredictedPoint,
    Purpose, Responses, SweepReport, SweptRun, Throughput, Which,
};
pub use time_series::{LatencyInterval, TimeSeries, responses};
pub use timeline::TimelineRow;
pub use unfinished::{ClaimError, ClaimState, Left, Owner, Swept, Unfinished, abandon, has_result, left_in, sweep};
pub use versioned::{FORMAT_VERSION, json_text};
pub use what_if::{
    CauseShare, Change, Conclusion, Difference, KeyFigure, MeasuredFigures, MitigationResult, MitigationStatus,
    PredictedFigures, Tried, TriedSettings, WhatIf,
};
#[cfg(test)]
pub use {crate::driver::outcome::Overhead, environment::Datum, evidence::ControlSpan, sweep::TopFinding};
