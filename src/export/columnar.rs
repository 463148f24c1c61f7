//! A table as Parquet: the rows of the CSV, in columns with types; what is unavailable is null. <https://parquet.apache.org/docs/file-format/>
//!
//! Rows are collected until a row group is full, so that memory holds one of them and what is written, which is compressed.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, anyhow};
use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::Type,
};

use super::{
    ExportError, ExportOptions,
    columns::{IDENTITY, columns},
    format::names,
    source::Source,
    table::{AxisOf, Heading, Table},
    types::{NUMBERS, NumberType, unit_of},
};
use crate::results::{FORMAT_VERSION, MAPSTORM_VERSION};

/// Rows of a row group: of the widest table some 30 MB while they are collected.
const ROWS: usize = 32_768;

/// One table of all results.
pub fn parquet_of(sources: &[Source], options: &ExportOptions) -> Result<Vec<u8>, ExportError> {
    let table = Table::of(sources, options)?;
    let mut file = start(&table, metadata(&table, &sources[0])?).context("--format parquet")?;
    let mut columns: Vec<Column> = table.columns.iter().map(Column::new).collect();
    let mut rows = 0;
    table.each_row(|row| {
        for ((column, heading), cell) in columns.iter_mut().zip(&table.columns).zip(row) {
            column.push(cell).with_context(|| format!("--format parquet: column {}", heading.name))?;
        }
        rows += 1;
        if rows % ROWS == 0 { write(&mut file, &mut columns) } else { Ok(()) }
    })?;
    if rows % ROWS != 0 {
        write(&mut file, &mut columns)?;
    }
    Ok(file.into_inner().context("--format parquet")?)
}

fn start(table: &Table, metadata: Vec<KeyValue>) -> parquet::errors::Result<SerializedFileWriter<Vec<u8>>> {
    let fields = table.columns.iter().map(|column| {
        let (physical, logical) = match number_type(column) {
            None => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Some(NumberType::Integer) => (Physical::INT64, None),
            Some(NumberType::Unsigned) => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Some(NumberType::Number) => (Physical::DOUBLE, None),
        };
        let field = Type::primitive_type_builder(&column.name, physical).with_logical_type(logical);
        Ok(Arc::new(field.with_repetition(Repetition::OPTIONAL).build()?))
    });
    let fields = fields.collect::<parquet::errors::Result<_>>()?;
    let schema = Type::group_type_builder("mapstorm").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("mapstorm {MAPSTORM_VERSION}"))
        .set_key_value_metadata(Some(metadata));
    SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties.build()))
}

/// The type of a column's cells; `None`: they are texts.
fn number_type(column: &Heading) -> Option<NumberType> {
    match column.axis {
        Some(AxisOf::Numbers) => Some(NumberType::Number),
        Some(AxisOf::Words) => None,
        None => NUMBERS
            .iter()
            .find(|(_, names)| names.split(' ').any(|name| name == column.name))
            .map(|(number_type, _)| *number_type),
    }
}

/// What the file says of itself. Where units differ from row to row, the column `unit` says them.
fn metadata(table: &Table, first: &Source) -> anyhow::Result<Vec<KeyValue>> {
    let meanings: BTreeMap<&str, &str> = IDENTITY.iter().chain(columns(table.table, first.kind)).copied().collect();
    let of_column = |column: &Heading| Some((column.name.clone(), unit_of(&column.name)?));
    let units: BTreeMap<String, &str> = table.columns.iter().filter_map(of_column).collect();
    let all = [
        ("mapstorm.version", MAPSTORM_VERSION.to_owned()),
        ("mapstorm.format_version", FORMAT_VERSION.to_string()),
        ("mapstorm.kind", first.kind.name().to_owned()),
        ("mapstorm.table", names(&[table.table])),
        ("mapstorm.units", serde_json::to_string(&units)?),
        ("mapstorm.columns", serde_json::to_string(&meanings)?),
    ];
    Ok(all.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec())
}

/// The cells of a column within a row group.
struct Column {
    values: Values,
    /// 1: the cell has a value, 0: it is null.
    levels: Vec<i16>,
}

enum Values {
    Texts(Vec<ByteArray>),
    Integers(Vec<i64>),
    Unsigned(Vec<i64>),
    Numbers(Vec<f64>),
}

impl Column {
    fn new(heading: &Heading) -> Column {
        let values = match number_type(heading) {
            None => Values::Texts(Vec::new()),
            Some(NumberType::Integer) => Values::Integers(Vec::new()),
            Some(NumberType::Unsigned) => Values::Unsigned(Vec::new()),
            Some(NumberType::Number) => Values::Numbers(Vec::new()),
        };
        Column { values, levels: Vec::new() }
    }

    fn push(&mut self, cell: &str) -> anyhow::Result<()> {
        self.levels.push(i16::from(!cell.is_empty()));
        if cell.is_empty() {
            return Ok(());
        }
        match &mut self.values {
            // Most texts are those of the row before: they are kept once.
            Values::Texts(texts) => texts.push(match texts.last() {
                Some(last) if last.data() == cell.as_bytes() => last.clone(),
                _ => ByteArray::from(cell.as_bytes().to_vec()),
            }),
            Values::Integers(numbers) => numbers.push(cell.parse().with_context(|| format!("`{cell}`"))?),
            // Parquet's unsigned integers are the same 64 bits.
            Values::Unsigned(numbers) => {
                numbers.push(cell.parse::<u64>().with_context(|| format!("`{cell}`"))?.cast_signed());
            }
            Values::Numbers(numbers) => numbers.push(cell.parse().with_context(|| format!("`{cell}`"))?),
        }
        Ok(())
    }

    /// Writes the cells, and forgets them.
    fn write_to(&mut self, writer: &mut SerializedColumnWriter) -> parquet::errors::Result<()> {
        let levels = std::mem::take(&mut self.levels);
        match &mut self.values {
            Values::Texts(texts) => {
                writer.typed::<ByteArrayType>().write_batch(&std::mem::take(texts), Some(&levels), None)?;
            }
            Values::Integers(numbers) | Values::Unsigned(numbers) => {
                writer.typed::<Int64Type>().write_batch(&std::mem::take(numbers), Some(&levels), None)?;
            }
            Values::Numbers(numbers) => {
                writer.typed::<DoubleType>().write_batch(&std::mem::take(numbers), Some(&levels), None)?;
            }
        }
        Ok(())
    }
}

/// Writes a row group.
fn write(file: &mut SerializedFileWriter<Vec<u8>>, columns: &mut [Column]) -> anyhow::Result<()> {
    let mut group = file.next_row_group()?;
    for column in columns {
        let mut writer = group.next_column()?.ok_or_else(|| anyhow!("--format parquet: a column too many"))?;
        column.write_to(&mut writer)?;
        writer.close()?;
    }
    group.close()?;
    Ok(())
}
