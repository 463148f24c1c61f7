//! A table as CSV.

use std::borrow::Cow;

use anyhow::Context;

use super::{ExportError, ExportOptions, source::Source, table::Table};
use crate::os::escape::cell;

/// One table of all results, with a header.
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
