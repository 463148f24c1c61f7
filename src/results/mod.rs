//! The types of every kind of result, their loader and their writer: a directory of files that other tools can read.
//! Every field is documented where it is declared.

mod ab;
mod commit_model;
mod commits;
mod comparison;
mod cost;
mod counters;
mod cpus;
mod diagnosis;
mod directory;
mod environment;
mod file_facts;
#[cfg(test)]
pub(crate) mod fixtures;
mod histogram_log;
mod history;
mod inspection;
mod kind;
mod known;
mod left_out;
mod limits;
mod listed;
mod program;
mod qualify;
mod row;
mod run_files;
mod shootdown;
mod slots;
mod stacks;
mod stalls;
mod summary;
mod sweep;
mod timeline;
mod unfinished;
mod unpacker;
mod versioned;
mod what_if;

#[cfg(test)]
pub use crate::shm::Slots;
pub use crate::{
    driver::outcome::{CounterRow, InFlight, Pause, Role, Stall, StallPart},
    os::{
        facts::FileSystem,
        platform::{Cache, CpuVulnerability, Disk, FrequencyRange, MemoryModule, NumaNode, Placement, Platform},
    },
    shm::{ResponderState, Series, Slot},
};
pub use ab::{ARM, Ab, AbArm, AbDrift, AbFigure};
pub use commit_model::CommitModel;
pub use commits::{SyncWalks, TracedWalks, commit_method, commits_of};
pub use comparison::{
    COMPARISON_FILE, Checked, Comparability, Compared, ComparedFigure, ComparedRun, Comparison, ComparisonReport,
    CostComparison, CostDifference, CostFigure, Drift, Effect, Fact, FigureDifference, GroupFigure,
    InspectionComparison, InspectionDifference, InspectionFigure, KeyDifference, MachineGroup, Matched, MatchedResult,
    Part, PartComparison, PartDifference, PartValue, Qualified, Ranked, RankedFigure, Ranking, Regression,
    ShootdownComparison, ShootdownDifference, ShootdownFigure, Spread, UnreadResult, VerdictCounts, WorstClause,
};
pub use cost::{
    Cost, CostBlock, CostLevel, CostOutcome, CostPlan, CostRow, MapperKind, Measurement, blocks_of_rows, update_of,
    write_cost,
};
pub use counters::{Counter, Counters};
pub use cpus::{CpuQuota, Quota, cpus_in_short, cpus_usable, quota_text};
pub use diagnosis::{
    Confidence, Diagnosis, During, Figure, Finding, Freeze, JudgedClause, Judgement, PER_MAPPER_US, Verdict,
};
pub use directory::{Named, OneFile, RunDirectory, json, put, write, write_figures};
pub use environment::{Environment, Evidence, MachineNames, UNREPORTED, host_name};
pub use file_facts::{FileFacts, Folios};
pub use histogram_log::{histogram_log, log_of_tags, names_of};
pub use history::{
    FigureChange, FigureHistory, HISTORY_FILE, History, HistoryChange, HistoryReport, HistoryRun, HistorySeries,
    Segment, TrackedFigure,
};
pub use inspection::{
    Checkpoint, CommitCost, FileFormat, FileLocks, HeldLock, InspectedFile, Inspection, LastChanges, Limit, LiveLoad,
    LockFlavour, LockWaiter, MappedRange, MapperGroup, MappingKind, Observed, PageCache, Precision, PricedChange,
    ProcessOfFile, Sampled, Stale, write_inspection,
};
pub use kind::{FORMAT_VERSION, Provenance, ResultKind};
pub use known::{Availability, fact};
pub use left_out::LeftOut;
pub use listed::{Listed, find as find_results, places as places_of_results};
pub use program::{LONG_VERSION, MAPSTORM_VERSION};
pub use qualify::{FitAdvice, FitKnee, FitLimit, Fitness, Qualification};
pub use row::Row;
pub use run_files::{LatencyInterval, Recorded, TimeSeries, latencies, responses, total};
pub use shootdown::{ResponderCpu, Shootdown, ShootdownModel, ShootdownPlan, ShootdownRow, ShootdownTimes};
pub use stacks::{CommonStack, STACKS_FILE, Stacks};
pub use stalls::Line;
pub use summary::{Circumstances, ControlSpan, Run, Summary, Totals, resolve, utc, utc_now};
pub use sweep::{
    Answer, Decision, Knee, KneeComparison, Machine, OfSeries, Predicted, PredictedClause, PredictedKnee,
    PredictedPoint, Purpose, Responses, SeriesParts, SweepReport, SweptRun, Throughput, Which,
};
pub use timeline::TimelineRow;
pub use unfinished::{ClaimError, ClaimState, Left, Owner, Swept, Unfinished, abandon, has_result, left_in, sweep};
pub use versioned::json_text;
pub use what_if::{
    CauseShare, Change, Conclusion, Difference, KeyFigure, MeasuredFigures, MitigationResult, MitigationStatus,
    PredictedFigures, Tried, TriedSettings, WhatIf,
};
#[cfg(test)]
pub use {
    crate::driver::outcome::Overhead, environment::Datum, inspection::OpenFile, summary::Recording, sweep::TopFinding,
};
