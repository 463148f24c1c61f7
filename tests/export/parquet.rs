//! Parquet in the hands of its two commonest readers, the PyPI packages `pyarrow` and `duckdb`, which `scripts/test.sh` installs:
//! values are those of the CSV of the same results, with types.

use std::{io::Read, process::Stdio};

use nix::pty::openpty;
use serde_json::json;

use super::*;

const AB: &str = "results/samples/ab-quick-commits-2cpu-linux-6.18";
const QUALIFY: &str = "results/samples/qualify-6000-2cpu-linux-6.18";
const SHOOTDOWN: &str = "results/samples/shootdown-2cpu-linux-6.18";

/// Reads a file with pyarrow and prints `[[[column, type]…], metadata, rows, row groups]`; DuckDB must read the same.
const READER: &str = r"
import json, sys
import duckdb
import pyarrow.parquet
file = pyarrow.parquet.ParquetFile(sys.argv[1])
table = file.read()
rows = [list(row) for row in zip(*(column.to_pylist() for column in table.columns))]
metadata = {key.decode(): value.decode() for key, value in file.schema_arrow.metadata.items()}
duckdb.sql('SET threads = 1')
theirs = duckdb.read_parquet(sys.argv[1])
assert theirs.columns == table.column_names
assert [list(row) for row in theirs.fetchall()] == rows, 'DuckDB reads other values than pyarrow'
types = {'VARCHAR': 'string', 'BIGINT': 'int64', 'UBIGINT': 'uint64', 'DOUBLE': 'double'}
assert [types[str(of)] for of in theirs.types] == [str(field.type) for field in table.schema], 'other types'
assert all(file.metadata.row_group(0).column(at).compression == 'SNAPPY' for at in range(len(table.columns)))
print(json.dumps([[[field.name, str(field.type)] for field in table.schema], metadata, rows, file.num_row_groups]))
";

fn parquet_of(python: &Path, results: &[&str], table: &str) -> Value {
    let options = ["--format", "parquet", "--table", table];
    output_of(python, READER, &export(&[results, &options].concat()))
}

/// Whether a cell of Parquet is that of CSV: empty is null, a number the same number, to the last bit.
fn is_same(cell: &Value, text: &str) -> bool {
    match cell {
        Value::Null => text.is_empty(),
        Value::String(own) => own == text,
        Value::Number(_) => match text.parse::<u64>() {
            Ok(whole) => cell.as_u64() == Some(whole) || cell.as_f64() == Some(whole as f64),
            Err(_) => text.parse::<f64>().is_ok_and(|number| cell.as_f64() == Some(number)),
        },
        _ => false,
    }
}

#[test]
fn values_are_those_of_the_csv_and_numbers_are_numbers() {
    let Some(python) = python("pyarrow.parquet, duckdb") else { return };
    // Columns that had a value in some table: whether it was a number each time.
    let mut are_numbers: BTreeMap<(String, String), bool> = BTreeMap::new();
    let mut types = BTreeSet::new();
    for (result, tables) in [
        (RUN, &["summary", "timeline", "counters", "percentiles"][..]),
        (KNEE, &["summary", "knees"]),
        (WHAT_IF, &["summary", "differences"]),
        (COST, &["summary", "levels"]),
        (AB, &["summary", "differences"]),
        (QUALIFY, &["summary"]),
        (SHOOTDOWN, &["summary", "levels"]),
    ] {
        for name in tables {
            let found = parquet_of(&python, &[result], name);
            let (header, expected) = table(&export(&[result, "--format", "csv", "--table", name]));
            let columns: Vec<(String, String)> = serde_json::from_value(found[0].clone()).unwrap();
            assert!(columns.iter().map(|(name, _)| name).eq(&header), "{result} {name}");
            let rows = found[2].as_array().unwrap();
            assert!(!rows.is_empty());
            assert_eq!(rows.len(), expected.len(), "{result} {name}");
            for (row, expected) in rows.iter().zip(&expected) {
                for (cell, column) in row.as_array().unwrap().iter().zip(&columns) {
                    let text = &expected[&column.0];
                    assert!(is_same(cell, text), "{result} {name} {}: {cell} {text:?}", column.0);
                    if !text.is_empty() {
                        *are_numbers.entry(column.clone()).or_insert(true) &= text.parse::<f64>().is_ok();
                    }
                }
            }
            types.extend(columns.into_iter().map(|(_, column_type)| column_type));
        }
    }
    // An instance is a number or `all`: this sample has one, and so `all` alone.
    for ((column, column_type), is_number) in are_numbers {
        assert_eq!(is_number, column_type != "string", "{column}: {column_type}");
    }
    assert!(types.into_iter().eq(["double", "int64", "string", "uint64"]));
}

#[test]
fn files_say_what_they_are_and_long_tables_have_several_row_groups() {
    let Some(python) = python("pyarrow.parquet, duckdb") else { return };
    let runs = ["herd-twom", "herd-skiplist"].map(|name| format!("results/samples/engines-2cpu-linux-6.18/{name}"));
    let runs = runs.each_ref().map(|path| &**path);
    let found = parquet_of(&python, &runs, "counters");
    let metadata = &found[1];
    let read = |key: &str| metadata[key].as_str().unwrap();
    assert_eq!((read("mapstorm.kind"), read("mapstorm.table")), ("run", "counters"));
    assert_eq!(read("mapstorm.version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(read("mapstorm.format_version"), json(&format!("{RUN}/run.json"))["format_version"].to_string());
    let units: Value = serde_json::from_str(read("mapstorm.units")).unwrap();
    assert_eq!(units, json!({"time_s": "seconds", "length_s": "seconds"}));
    let meanings: Value = serde_json::from_str(read("mapstorm.columns")).unwrap();
    let columns = found[0].as_array().unwrap().iter().map(|column| column[0].as_str().unwrap());
    for column in columns {
        assert!(meanings[column].is_string(), "{column} is not explained");
    }
    let rows = found[2].as_array().unwrap().len();
    assert!(rows > 32_768, "{rows}: too few for two row groups");
    assert_eq!(found[3], rows.div_ceil(32_768));
    let (_, csv) = table(&export(&[&runs[..], &["--format", "csv", "--table", "counters"]].concat()));
    assert_eq!(csv.len(), rows);
    let at = found[0].as_array().unwrap().iter().position(|column| column[0] == "value").unwrap();
    for (row, csv) in found[2].as_array().unwrap().iter().zip(&csv) {
        assert!(is_same(&row[at], &csv["value"]), "{row} {csv:?}");
    }
}

#[test]
fn a_terminal_gets_no_parquet_and_a_file_is_the_same_as_a_pipe() {
    let pty = openpty(None, None).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["export", COST, "--format", "parquet"]);
    let child = command.stdin(Stdio::null()).stdout(pty.slave).stderr(Stdio::piped()).spawn().unwrap();
    // Its own copy of the terminal's end must be closed, or the terminal never ends.
    drop(command);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("standard output is a terminal") && message.contains("--out FILE"), "{message}");
    let mut shown = Vec::new();
    // Linux answers EIO once the other side is closed.
    let _ = fs::File::from(pty.master).read_to_end(&mut shown);
    assert!(shown.is_empty(), "{shown:?}");

    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("cost.parquet");
    export(&[COST, "--format", "parquet", "--out", out.to_str().unwrap()]);
    let written = fs::read(out).unwrap();
    assert_eq!(written, export(&[COST, "--format", "parquet"]));
    assert!(written.starts_with(b"PAR1") && written.ends_with(b"PAR1"));
}
