//! Tidy (long) CSV: one observation a row, every row with all that identifies it, base units, an empty cell for what is unavailable.
//! <https://vita.had.co.nz/papers/tidy-data.html> says what makes a table tidy, and why R and pandas want it so.

mod cost;
mod course;
mod percentiles;
mod run;
mod sheet;
mod sweep;
mod what_if;

use std::collections::BTreeSet;

use super::identity::Column;
pub use run::is_met;
pub use sheet::word;
pub use what_if::figure_name;

use super::{
    ExportError, ExportOptions, ExportTable,
    source::{Content, Source},
};
use crate::results::ResultKind;
use sheet::Sheet;

/// Most rows of a distribution, unless told otherwise.
const POINTS: usize = 200;

/// One table of all results; they are of one kind.
pub fn table(sources: &[Source], options: &ExportOptions) -> Result<Vec<u8>, ExportError> {
    let table = options.table.unwrap_or(ExportTable::Summary);
    let [first, others @ ..] = sources else { return Err(ExportError::Invalid("no RESULT to export".to_owned())) };
    if let Some(other) = others.iter().find(|other| other.kind != first.kind) {
        return Err(ExportError::Invalid(format!(
            "--format csv: {} is the result of a {}, {} that of a {}: their tables have different columns; export them one by one",
            first.path.display(),
            first.kind.name(),
            other.path.display(),
            other.kind.name()
        )));
    }
    let contents = sources.iter().map(Source::content).collect::<anyhow::Result<Vec<Content>>>()?;
    let mut sheet = Sheet::new(columns(table, first.kind), &axes(&contents))?;
    for (source, content) in sources.iter().zip(&contents) {
        match (content, table) {
            (Content::Run(run), ExportTable::Timeline) => course::timeline(&mut sheet, source, run)?,
            (Content::Run(run), ExportTable::Counters) => course::counters(&mut sheet, source, run)?,
            (Content::Run(run), ExportTable::Percentiles) => {
                percentiles::rows(&mut sheet, source, run, options.points.unwrap_or(POINTS))?;
            }
            (Content::Run(run), _) => run::rows(&mut sheet, source, run)?,
            (Content::Sweep(report), ExportTable::Knees) => sweep::knees(&mut sheet, source, report)?,
            (Content::Sweep(report), _) => sweep::rows(&mut sheet, source, report)?,
            (Content::WhatIf(what_if, baseline), ExportTable::Differences) => {
                what_if::differences(&mut sheet, source, what_if, baseline.as_deref())?;
            }
            (Content::WhatIf(what_if, baseline), _) => {
                what_if::rows(&mut sheet, source, what_if, baseline.as_deref())?;
            }
            (Content::Cost(cost), ExportTable::Levels) => cost::levels(&mut sheet, source, cost)?,
            (Content::Cost(cost), _) => cost::laws(&mut sheet, source, cost)?,
        }
    }
    Ok(sheet.finish()?)
}

/// The columns of a table, besides those of identity and of axes.
pub fn columns(table: ExportTable, kind: ResultKind) -> &'static [Column] {
    match (table, kind) {
        (ExportTable::Timeline | ExportTable::Counters, _) => &course::COLUMNS,
        (ExportTable::Percentiles, _) => &percentiles::COLUMNS,
        (ExportTable::Knees, _) => &sweep::KNEES,
        (ExportTable::Differences, _) => &what_if::DIFFERENCES,
        (ExportTable::Levels, _) => &cost::LEVELS,
        (ExportTable::Summary, ResultKind::Run) => &run::COLUMNS,
        (ExportTable::Summary, ResultKind::Sweep) => &sweep::COLUMNS,
        (ExportTable::Summary, ResultKind::WhatIf) => &what_if::COLUMNS,
        (ExportTable::Summary, ResultKind::Cost) => &cost::COLUMNS,
    }
}

/// The keys that any of the sweeps varied.
fn axes(contents: &[Content]) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut axes = Vec::new();
    for content in contents {
        let Content::Sweep(report) = content else { continue };
        axes.extend(report.axes.iter().map(|axis| axis.key.clone()).filter(|key| known.insert(key.clone())));
    }
    axes
}
