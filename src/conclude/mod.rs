//! What may be said of results: verdicts, comparisons, knees, what mitigations changed. All of it rests on results alone; nothing is
//! measured, and nothing is drawn.

pub(crate) mod ab;
mod capability;
pub(crate) mod claim;
pub(crate) mod compare;
pub(crate) mod cost;
pub(crate) mod difference;
pub(crate) mod headlines;
pub(crate) mod history;
mod in_flight;
pub(crate) mod in_order;
pub(crate) mod inspection;
pub mod predicted;
pub(crate) mod qualify;
pub(crate) mod run;
pub(crate) mod shootdown;
pub(crate) mod sweep;
pub(crate) mod verdict;
pub(crate) mod what_if;
pub(crate) mod wording;

pub use capability::{Capacity, capability};
pub use compare::loaded_run::LoadedRun;
pub use compare::{
    Baseline, CompareOptions, FitRun, MatchedRow, PredictedRow, RankedRun, SHOWN_ROWS, compare_costs,
    compare_inspections, compare_many, compare_pair, compare_shootdowns, compare_sweeps, compare_what_ifs,
    differing_keys, is_key, objectives_of_runs, on_common_axes, rank, rank_qualifications, scenario_keys, with_unread,
};
pub use difference::{short_name, verdict as verdict_words};
pub use history::{TrackedRun, history};
pub use verdict::{assess, judge_again, margin};
pub use wording::{interval as interval_words, letter, machine_in_short, values as values_in_words};
