//! A tidy (long) table: one observation a row, every row with all that identifies it, base units, nothing in the cell of what is unavailable.
//! <https://vita.had.co.nz/papers/tidy-data.html> says what makes a table tidy, and why R and pandas want it so.
//! CSV and Parquet print the same rows.

use std::borrow::Cow;

use anyhow::Context;

use super::{
    ExportError, ExportOptions, ExportTable,
    columns::{Column, IDENTITY, columns},
    format::names,
    observation::{Labels, Observation},
    observations,
    source::{Content, Source},
};
use crate::{os::escape::cell, scenario::Setting};

/// Most rows of a distribution, unless the options say so.
const POINTS: usize = 200;

/// One table of all results; they are of one kind.
pub struct Table<'a> {
    results: Vec<(&'a Source, Content)>,
    pub table: ExportTable,
    points: usize,
    /// Of identity, of the axes of sweeps, and the table's own.
    pub columns: Vec<Heading>,
}

/// A column of a table.
#[derive(Debug, PartialEq)]
pub struct Heading {
    pub name: String,
    /// Of an axis: whether all its values are numbers. `None`: it is no axis.
    pub axis: Option<AxisOf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AxisOf {
    Numbers,
    Words,
}

impl Table<'_> {
    /// Reads the results.
    ///
    /// # Errors
    /// `ExportError::Invalid`: they are of several kinds. `ExportError::Failed`: one cannot be read.
    pub fn of<'a>(sources: &'a [Source], options: &ExportOptions) -> Result<Table<'a>, ExportError> {
        let table = options.table.unwrap_or(ExportTable::Summary);
        let [first, others @ ..] = sources else { return Err(ExportError::Invalid("no RESULT to export".to_owned())) };
        if let Some(other) = others.iter().find(|other| other.kind != first.kind) {
            return Err(ExportError::Invalid(format!(
                "--format {}: {} is the result of {}, {} that of {}: their tables have different columns; export them one by one",
                names(&[options.format]),
                first.path.display(),
                first.kind.with_article(),
                other.path.display(),
                other.kind.with_article()
            )));
        }
        let results = sources.iter().map(|source| Ok((source, source.content()?)));
        let results = results.collect::<anyhow::Result<Vec<_>>>()?;
        let of_table = |(name, _): &Column| Heading { name: (*name).to_owned(), axis: None };
        let mut headings: Vec<Heading> = IDENTITY.iter().map(of_table).collect();
        headings.extend(axes(results.iter().map(|(_, content)| content)));
        headings.extend(columns(table, first.kind).iter().map(of_table));
        let points = options.points.unwrap_or(POINTS);
        Ok(Table { results, table, points, columns: headings })
    }

    /// Gives every row to `row`, one by one; a cell that is empty has no value.
    pub fn each_row(&self, mut row: impl FnMut(&[Cow<str>]) -> anyhow::Result<()>) -> Result<(), ExportError> {
        for (source, content) in &self.results {
            for observation in observations(source, content, self.table, self.points)? {
                if observation.is_row {
                    let cells: Vec<Cow<str>> = self.columns.iter().map(|column| column.cell(&observation)).collect();
                    row(&cells)?;
                }
            }
        }
        Ok(())
    }
}

/// One table of all results as CSV, with a header.
pub fn csv_of(sources: &[Source], options: &ExportOptions) -> Result<Vec<u8>, ExportError> {
    let table = Table::of(sources, options)?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write =
        |row: &[Cow<str>]| writer.write_record(row.iter().map(|text| cell(text).into_owned())).context("a row of CSV");
    let header: Vec<Cow<str>> = table.columns.iter().map(|column| Cow::Borrowed(&*column.name)).collect();
    write(&header)?;
    table.each_row(write)?;
    Ok(writer.into_inner().context("a table of CSV")?)
}

impl Heading {
    fn cell<'a>(&self, observation: &'a Observation) -> Cow<'a, str> {
        match self.axis {
            Some(_) => on_axis(&observation.labels, &self.name).into(),
            None => observation.label(&self.name),
        }
    }
}

/// The keys that any of the sweeps varied.
fn axes<'a>(contents: impl Iterator<Item = &'a Content>) -> Vec<Heading> {
    let mut headings: Vec<Heading> = Vec::new();
    for content in contents {
        let Content::Sweep(report) = content else { continue };
        for axis in &report.axes {
            let kind = if axis.numbers.is_some() { AxisOf::Numbers } else { AxisOf::Words };
            match headings.iter_mut().find(|heading| heading.name == axis.key) {
                // Words in one of the sweeps are words in the column.
                Some(heading) => heading.axis = heading.axis.max(Some(kind)),
                None => headings.push(Heading { name: axis.key.clone(), axis: Some(kind) }),
            }
        }
    }
    headings
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
