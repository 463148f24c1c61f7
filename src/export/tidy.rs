//! Tidy (long) CSV: one observation a row, every row with all that identifies it, base units, an empty cell for what is unavailable.
//! <https://vita.had.co.nz/papers/tidy-data.html> says what makes a table tidy, and why R and pandas want it so.

use std::{borrow::Cow, collections::BTreeSet};

use anyhow::Context;

use super::{
    ExportError, ExportOptions, ExportTable,
    columns::{IDENTITY, columns},
    observation::Labels,
    observations,
    source::{Content, Source},
};
use crate::{os::escape::cell, scenario::Setting};

/// Most rows of a distribution, unless the options say so.
const POINTS: usize = 200;

/// One table of all results; they are of one kind.
pub fn table(sources: &[Source], options: &ExportOptions) -> Result<Vec<u8>, ExportError> {
    let table = options.table.unwrap_or(ExportTable::Summary);
    let [first, others @ ..] = sources else { return Err(ExportError::Invalid("no RESULT to export".to_owned())) };
    if let Some(other) = others.iter().find(|other| other.kind != first.kind) {
        return Err(ExportError::Invalid(format!(
            "--format csv: {} is the result of {}, {} that of {}: their tables have different columns; export them one by one",
            first.path.display(),
            first.kind.with_article(),
            other.path.display(),
            other.kind.with_article()
        )));
    }
    let contents = sources.iter().map(Source::content).collect::<anyhow::Result<Vec<Content>>>()?;
    let axes = axes(&contents);
    let own: Vec<&str> = columns(table, first.kind).iter().map(|(name, _)| *name).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |row: &mut dyn Iterator<Item = Cow<str>>| {
        let row: Vec<String> = row.map(|text| cell(&text).into_owned()).collect();
        writer.write_record(row).context("a row of CSV")
    };
    let identity = || IDENTITY.iter().map(|(name, _)| *name);
    let header = identity().chain(axes.iter().map(String::as_str)).chain(own.iter().copied());
    write(&mut header.map(Cow::Borrowed))?;
    for (source, content) in sources.iter().zip(&contents) {
        for observation in observations(source, content, table, options.points.unwrap_or(POINTS))? {
            if observation.is_row {
                let label = |name: &str| observation.label(name).into_owned();
                let on_axes = axes.iter().map(|key| on_axis(&observation.labels, key));
                let cells = identity().map(label).chain(on_axes).chain(own.iter().map(|name| label(name)));
                write(&mut cells.map(Cow::Owned))?;
            }
        }
    }
    Ok(writer.into_inner().context("a table of CSV")?)
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

/// A value on an axis: as a number where it is one, so that measured and predicted rows can be joined; empty: it lies nowhere on it.
fn on_axis(labels: &Labels, key: &str) -> String {
    let value = |setting: &Setting| setting.number.map_or_else(|| setting.value.clone(), |number| number.to_string());
    labels.settings.iter().find(|setting| setting.key == key).map_or_else(String::new, value)
}

#[test]
fn texts_on_an_axis_stay_texts() {
    let value = |value: &str, number| {
        let setting = Setting { key: "k".to_owned(), value: value.to_owned(), number };
        on_axis(&Labels::default().at("point", vec![setting]), "k")
    };
    assert_eq!(value("4KiB", Some(4096.0)), "4096");
    assert_eq!(value("read-only", None), "read-only");
}
