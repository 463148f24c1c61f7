//! Charts of the cures that were tried on a baseline: what each changed, and what came of it in absolute figures.
//! What was measured is solid; what is predicted is dashed, hollow and says so.

mod ratios;
#[cfg(test)]
mod tests;
mod times;
mod words;

use super::chart::Chart;
use crate::results::WhatIf;

/// Draws what each cure changed, `what-if-ratios`, and the absolute figures of all runs, `what-if-times`. The first is missing if no cure
/// was compared, the second if nothing completed. Cures that were not run are named in the captions, with their reasons.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn what_if_charts(tried: &WhatIf) -> anyhow::Result<Vec<Chart>> {
    Ok([ratios::chart(tried)?, times::chart(tried)?].into_iter().flatten().collect())
}
