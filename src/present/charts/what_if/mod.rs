//! Charts of the cures that were tried on a baseline: what each changed, and what came of it in absolute figures.
//! What was measured is solid; what is predicted is dashed, hollow and says so.

mod captions;
mod ratios;
#[cfg(test)]
mod tests;
mod times;

use super::{chart::Chart, render::rendered};
use crate::results::WhatIf;

/// Draws what each cure changed, `what-if-ratios`, and the absolute figures of all runs, `what-if-times`. The first is missing if no cure
/// was compared, the second if nothing completed. Cures that were not run are named in the captions, with their reasons.
pub fn what_if_charts(tried: &WhatIf) -> anyhow::Result<Vec<Chart>> {
    rendered([ratios::plot(tried), times::plot(tried)])
}
