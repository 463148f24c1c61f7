//! The types and units of the columns of tables, for a format that has types. CSV has none: there the same values are texts.

/// The type of a column of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberType {
    /// 64 bits, signed.
    Integer,
    /// 64 bits, unsigned: any seed is allowed.
    Unsigned,
    /// Floating point of 64 bits.
    Number,
}

/// The columns that are numbers; all others are texts.
pub const NUMBERS: [(&str, NumberType); 28] = [
    ("seed", NumberType::Unsigned),
    ("order", NumberType::Integer),
    ("repeat", NumberType::Integer),
    ("time_s", NumberType::Number),
    ("length_s", NumberType::Number),
    ("quantile", NumberType::Number),
    ("value_seconds", NumberType::Number),
    ("count", NumberType::Integer),
    ("load", NumberType::Number),
    ("runs", NumberType::Integer),
    ("invalid", NumberType::Integer),
    ("before", NumberType::Number),
    ("after", NumberType::Number),
    ("ratio", NumberType::Number),
    ("ratio_low", NumberType::Number),
    ("ratio_high", NumberType::Number),
    ("p", NumberType::Number),
    ("more_pairs", NumberType::Integer),
    ("write_size_bytes", NumberType::Integer),
    ("folio_bytes", NumberType::Integer),
    ("mappers", NumberType::Integer),
    ("ceiling_pages", NumberType::Integer),
    ("pages", NumberType::Integer),
    ("responders", NumberType::Integer),
    ("rounds", NumberType::Integer),
    ("value", NumberType::Number),
    ("low", NumberType::Number),
    ("high", NumberType::Number),
];

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
