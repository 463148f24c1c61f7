//! Charts of the mitigations that were tried on a baseline: what each changed, and the absolute figures of all runs.
//! What was measured is solid; what is predicted is dashed, hollow and says so.

pub(crate) mod captions;
mod ratios;
#[cfg(test)]
mod tests;
mod times;

use super::{chart::Chart, render::rendered};
use crate::results::WhatIf;

/// Draws what each mitigation changed, `what-if-ratios`, and the absolute figures of all runs, `what-if-times`. The first is missing if
/// no mitigation was compared, the second if nothing completed. The captions name the mitigations that were not run, with the reasons.
/// `host`: that of the baseline's own result; empty: unavailable.
pub fn what_if_charts(tried: &WhatIf, host: &str) -> anyhow::Result<Vec<Chart>> {
    rendered([ratios::plot(tried, host), times::plot(tried, host)])
}
