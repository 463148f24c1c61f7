//! Pure mathematics: fits of the cost model, the knee, queueing for a lock, and the intervals of all of them.
//! Knows no files, no system and no other room; everything random comes from a seed.

mod blocks;
mod censored;
mod change_points;
mod effective_sample_size;
mod estimate;
mod fit;
mod inference;
mod knee;
mod linear;
mod pairs;
mod presets;
mod quantiles;
mod queue;
mod random;
mod resample;
mod shares;
mod shootdown_model;
mod usl;

pub use blocks::{Block, BlockGrid, Counts};
pub use censored::Censored;
pub use change_points::{ChangePoint, change_points, shortest as shortest_history};
pub use effective_sample_size::effective_at;
pub use estimate::Estimate;
#[cfg(test)]
pub use fit::Curvature;
pub use fit::{CostModel, CostPoint, CurvatureVerdict, FitError, Observation, fit, fit_in_time, time_at};
pub use inference::{equivalent, holm, least_significant, more_needed, p_value};
pub use knee::{Knee, largest};
pub use pairs::{LEVEL, Paired, trend};
pub use presets::{Preset, find, names};
pub use quantiles::{Tails, at_least, evenly_spaced, median, needed, supports, widening};
pub use queue::{Gaps, Load, Prediction, predict, reader_cpu_ns};
pub use resample::{LEAST_BLOCKS, Resampled, quantile_ratio};
pub use shares::{Part, count_ratio, share, share_ratio};
pub use shootdown_model::{ShotObservation, fit_shootdowns, mean_over_rounds};
pub use usl::{LoadPoint, Usl, fit_usl};
