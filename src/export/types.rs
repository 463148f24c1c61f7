//! The types and units of the columns of tables, for a format that has types. CSV has none: there the same values are texts.

use super::table::{AxisOf, Heading};

/// The type of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    /// 64 bits, signed.
    Integer,
    /// 64 bits, unsigned: any seed is allowed.
    Unsigned,
    /// Floating point of 64 bits.
    Number,
}

/// The columns that are numbers; all others are texts.
pub const NUMBERS: [(&str, ColumnType); 28] = [
    ("seed", ColumnType::Unsigned),
    ("order", ColumnType::Integer),
    ("repeat", ColumnType::Integer),
    ("time_s", ColumnType::Number),
    ("length_s", ColumnType::Number),
    ("quantile", ColumnType::Number),
    ("value_seconds", ColumnType::Number),
    ("count", ColumnType::Integer),
    ("load", ColumnType::Number),
    ("runs", ColumnType::Integer),
    ("invalid", ColumnType::Integer),
    ("before", ColumnType::Number),
    ("after", ColumnType::Number),
    ("ratio", ColumnType::Number),
    ("ratio_low", ColumnType::Number),
    ("ratio_high", ColumnType::Number),
    ("p", ColumnType::Number),
    ("more_pairs", ColumnType::Integer),
    ("write_size_bytes", ColumnType::Integer),
    ("folio_bytes", ColumnType::Integer),
    ("mappers", ColumnType::Integer),
    ("ceiling_pages", ColumnType::Integer),
    ("pages", ColumnType::Integer),
    ("responders", ColumnType::Integer),
    ("rounds", ColumnType::Integer),
    ("value", ColumnType::Number),
    ("low", ColumnType::Number),
    ("high", ColumnType::Number),
];

impl ColumnType {
    pub fn of(column: &Heading) -> ColumnType {
        match column.axis {
            Some(AxisOf::Numbers) => ColumnType::Number,
            Some(AxisOf::Words) => ColumnType::Text,
            None => ColumnType::named(&column.name),
        }
    }

    /// Of a column that is no axis.
    pub fn named(name: &str) -> ColumnType {
        let known = NUMBERS.iter().find(|(known, _)| *known == name);
        known.map_or(ColumnType::Text, |(_, column_type)| *column_type)
    }
}

/// The unit that all cells of a column have; `None`: the column `unit` says it row by row, or there is none.
pub fn unit_of(name: &str) -> Option<&'static str> {
    let endings = [("_s", "seconds"), ("_seconds", "seconds"), ("_bytes", "bytes")];
    endings.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, unit)| unit)
}

#[test]
fn every_number_is_a_column_of_some_table() {
    use super::{ExportTable, columns::IDENTITY, columns::columns};
    use crate::results::ResultKind;
    let of_kind = |kind: ResultKind| ExportTable::of(kind).iter().flat_map(move |table| columns(*table, kind));
    for (name, _) in NUMBERS {
        let mut all = IDENTITY.iter().chain(ResultKind::ALL.into_iter().flat_map(of_kind));
        assert!(all.any(|(column, _)| *column == name), "{name}");
    }
}
