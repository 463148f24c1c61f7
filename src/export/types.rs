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

/// The columns that are numbers, by type; all others are texts.
pub const NUMBERS: [(NumberType, &str); 3] = [
    (NumberType::Unsigned, "seed"),
    (
        NumberType::Integer,
        "order repeat count runs invalid more_pairs write_size_bytes folio_bytes mappers ceiling_pages pages responders rounds",
    ),
    (
        NumberType::Number,
        "time_s length_s quantile value_seconds load before after ratio ratio_low ratio_high p value low high",
    ),
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
    for name in NUMBERS.iter().flat_map(|(_, names)| names.split(' ')) {
        let mut all = IDENTITY.iter().chain(ResultKind::ALL.into_iter().flat_map(of_kind));
        assert!(all.any(|(column, _)| *column == name), "{name}");
    }
}
