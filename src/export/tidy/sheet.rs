//! One table on its way to CSV: a header, and rows that have a cell for each of its columns.
//! Numbers are written so that reading them gives the same number again.

use anyhow::Context;
use serde::Serialize;

use super::super::identity::{self, Column, Identity};
use crate::{os::escape::cell, results::Provenance, scenario::Setting, stats::Estimate};

/// Unit of times.
pub const SECONDS: &str = "seconds";
/// Unit of what workers do.
pub const OPERATIONS: &str = "operations";
/// Unit of rates.
pub const PER_SECOND: &str = "operations/second";
/// Unit of stalled time: of all readers together, so that it may be over 1.
pub const SECONDS_PER_SECOND: &str = "seconds/second";
/// Unit of memory.
pub const BYTES: &str = "bytes";
/// Unit of shares, of yes (1) and no (0), and of what is counted otherwise.
pub const ONE: &str = "1";

const NS_A_SECOND: f64 = 1e9;

/// A figure in its unit.
pub struct Figure {
    /// What it is.
    pub statistic: String,
    /// Its unit.
    pub unit: &'static str,
    /// Its value; `None`: unavailable.
    pub value: Option<f64>,
}

/// The table.
pub struct Sheet {
    axes: Vec<String>,
    writer: csv::Writer<Vec<u8>>,
}

impl Sheet {
    /// An empty table with columns of identity, one for each axis, and its own.
    pub fn new(columns: &[Column], axes: &[String]) -> anyhow::Result<Sheet> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let axes_cells: Vec<_> = axes.iter().map(|key| cell(key)).collect();
        let names = |columns: &'static [Column]| columns.iter().map(|(name, _)| *name);
        let own = columns.iter().map(|(name, _)| *name);
        writer.write_record(names(&identity::COLUMNS).chain(axes_cells.iter().map(|key| &**key)).chain(own))?;
        Ok(Sheet { axes: axes.to_vec(), writer })
    }

    /// Adds a row; of what lies on no axis the cells of those are empty.
    pub fn row<const N: usize>(
        &mut self,
        (identity, provenance): (&Identity, Provenance),
        settings: &[Setting],
        cells: [String; N],
    ) -> anyhow::Result<()> {
        let at = |key: &String| settings.iter().find(|setting| setting.key == *key).map_or_else(String::new, value);
        let axes: Vec<String> = self.axes.iter().map(at).collect();
        let identity = identity.cells(provenance);
        let row = identity.into_iter().chain(axes.iter().map(String::as_str)).chain(cells.iter().map(String::as_str));
        let row: Vec<_> = row.map(cell).collect();
        self.writer.write_record(row.iter().map(|cell| cell.as_bytes())).context("a row of CSV")
    }

    /// The text.
    pub fn finish(self) -> anyhow::Result<Vec<u8>> {
        self.writer.into_inner().context("a table of CSV")
    }
}

/// A value on an axis: as a number where it is one, so that measured and predicted rows can be joined.
fn value(setting: &Setting) -> String {
    setting.number.map_or_else(|| setting.value.clone(), |number| number.to_string())
}

/// A number; empty if it is unavailable.
pub fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

/// Nanoseconds as seconds.
pub fn seconds(ns: f64) -> f64 {
    ns / NS_A_SECOND
}

/// A value and the ends of its interval; all empty if it is unavailable.
pub fn interval(estimate: Option<Estimate>) -> [String; 3] {
    let part = |of: fn(Estimate) -> f64| number(estimate.map(of));
    [part(|it| it.value), part(|it| it.low), part(|it| it.high)]
}

/// A choice of words, as the result's own JSON spells it.
pub fn word(choice: impl Serialize) -> String {
    let spelt = serde_json::to_value(choice).ok();
    spelt.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// Yes or no; `None`: unavailable.
pub fn yes(value: Option<bool>) -> Option<f64> {
    value.map(|value| if value { 1.0 } else { 0.0 })
}

impl Figure {
    /// A figure.
    pub fn new(statistic: impl Into<String>, unit: &'static str, value: Option<f64>) -> Figure {
        Figure { statistic: statistic.into(), unit, value }
    }

    /// A time that is told in nanoseconds.
    pub fn time(statistic: impl Into<String>, ns: Option<f64>) -> Figure {
        Figure::new(statistic, SECONDS, ns.map(seconds))
    }

    /// A number of operations.
    pub fn operations(statistic: impl Into<String>, count: u64) -> Figure {
        Figure::new(statistic, OPERATIONS, Some(count as f64))
    }

    /// Statistic, unit, value.
    pub fn cells(&self) -> [String; 3] {
        [self.statistic.clone(), self.unit.to_owned(), number(self.value)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unavailable_is_empty_and_numbers_come_back() {
        assert_eq!(number(None), "");
        assert_eq!(number(Some(f64::NAN)), "");
        assert_eq!(number(Some(0.0)), "0");
        for ns in [1u64, 431, 2_014_207, 3_600_000_000_000] {
            let text = number(Some(seconds(ns as f64)));
            assert_eq!((text.parse::<f64>().unwrap() * 1e9).round() as u64, ns, "{text}");
            assert!(!text.contains('e'), "{text}");
        }
        assert_eq!(number(Some(seconds(431.0))), "0.000000431");
    }

    #[test]
    fn words_on_an_axis_stay_words() {
        let setting = |value: &str, number| Setting { key: "k".to_owned(), value: value.to_owned(), number };
        assert_eq!(value(&setting("4KiB", Some(4096.0))), "4096");
        assert_eq!(value(&setting("read-only", None)), "read-only");
    }
}
