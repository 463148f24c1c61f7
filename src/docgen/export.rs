//! The reference page `docs/export.md`, generated from the columns and families that are written.

use std::fmt::Write as _;

use crate::export::{
    ExportFormat, ExportTable,
    columns::{Column, IDENTITY, columns},
    families::{ALL, Kind},
    names,
    types::{NUMBERS, NumberType, unit_of},
};
use crate::results::ResultKind;

const INTRODUCTION: &str = include_str!("text/export.md");
const OF_PARQUET: &str = include_str!("text/export-parquet.md");
const OF_BENCHER: &str = include_str!("text/export-bmf.md");
const OF_METRICS: &str = include_str!("text/export-metrics.md");

/// The text of `docs/export.md`.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| result of | formats | tables of CSV and Parquet |\n|---|---|---|\n");
    for kind in ResultKind::ALL {
        let (formats, tables) = (names(ExportFormat::of(kind)), names(ExportTable::of(kind)));
        let _ = writeln!(page, "| `{}` | {formats} | {tables} |", kind.name());
    }
    page.push_str("\n## CSV\n\nEvery row of every table begins with:\n");
    table(&mut page, &IDENTITY);
    for kind in ResultKind::ALL {
        for &wanted in ExportTable::of(kind) {
            // Timeline and counters have the same columns.
            if wanted == ExportTable::Counters {
                continue;
            }
            let names = match wanted {
                ExportTable::Timeline if kind == ResultKind::Run => "`timeline` and `counters`".to_owned(),
                other => format!("`{}`", names(&[other])),
            };
            let axes = match kind {
                ResultKind::Sweep => "Then comes a column for each axis, by its key (a duration in nanoseconds); then:",
                _ => "Then come:",
            };
            let _ = write!(page, "\n### {names} of {}\n\n{axes}\n", kind.with_article());
            table(&mut page, columns(wanted, kind));
        }
    }
    let _ = write!(page, "\n{OF_PARQUET}| column | type | unit |\n|---|---|---|\n");
    for (number_type, names) in NUMBERS {
        let number_type = match number_type {
            NumberType::Integer => "int64",
            NumberType::Unsigned => "uint64",
            NumberType::Number => "float64",
        };
        for name in names.split(' ') {
            let _ = writeln!(page, "| `{name}` | {number_type} | {} |", unit_of(name).unwrap_or_default());
        }
    }
    let _ = write!(page, "\n{OF_BENCHER}\n{OF_METRICS}\n| family | type | labels | meaning |\n|---|---|---|---|\n");
    for family in ALL {
        let kind = if family.kind == Kind::Summary { "summary" } else { "gauge" };
        let _ = writeln!(page, "| `{}` | {kind} | {} | {} |", family.name, family.labels.join(", "), family.help);
    }
    page
}

fn table(page: &mut String, columns: &[Column]) {
    page.push_str("\n| column | meaning |\n|---|---|\n");
    for (name, meaning) in columns {
        let _ = writeln!(page, "| `{name}` | {meaning} |");
    }
}
