//! Pure mathematics: what an update costs per mapper, where a load breaks down, what waits for a lock, how sure it is.
//! Knows no files, no system and no other room; everything random comes from a seed.

mod blocks;
mod distributions;
mod effective_sample_size;
mod estimate;
mod fit;
mod knee;
mod linear;
mod presets;
mod proportion_ratio;
mod quantiles;
mod queue;
mod random;
mod resample;
mod usl;

pub use blocks::{BlockGrid, Counts};
pub use effective_sample_size::effective_at;
pub use estimate::Estimate;
#[cfg(test)]
pub use fit::Curvature;
pub use fit::{CostModel, CurvatureVerdict, FitError, Observation, fit};
pub use knee::{Knee, largest};
pub use presets::{Preset, find, names};
pub use proportion_ratio::{Part, share_ratio};
pub use quantiles::median;
pub use queue::{Gaps, Load, Prediction, predict, utilisation};
pub use resample::{Block, LEAST_BLOCKS, Resampled, quantile_ratio};
pub use usl::{LoadPoint, Usl, fit_usl};
