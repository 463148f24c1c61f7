//! From values to the fields of a scenario. Whatever could be wrong has been reported before: `None` would be a slip in the table.

use std::path::PathBuf;

use clap::ValueEnum;

use super::super::values::{Value, Values, WrittenAxis};
use super::Ramp;
use crate::mailboxes::{Amount, Format, LockKind, OpenMode, RecordStyle, RemapRule};
use crate::scenario::{Arrivals, Clause, Contents, Emulation, Mix, Operation, Prefault, Workers, WriterOperation};

/// A field that one key fills; its value is `None` if none is given and there is no default.
pub(super) trait FromValue: Sized {
    fn from_value(value: Option<&Value>) -> Option<Self>;
}

/// How fields of these types are made of a value that is there.
macro_rules! from_value {
    ($($type:ty: $pattern:pat => $field:expr;)+) => {
        $(impl FromValue for $type {
            fn from_value(value: Option<&Value>) -> Option<Self> {
                if let $pattern = value? { $field } else { None }
            }
        })+
    };
}

from_value! {
    u64: Value::Number(number) => Some(*number);
    u32: Value::Number(number) => u32::try_from(*number).ok();
    f64: Value::PerSecond(rate) => Some(*rate);
    bool: Value::Flag(flag) => Some(*flag);
    String: Value::Text(text) => Some(text.clone());
    PathBuf: Value::Text(text) => Some(text.into());
    Vec<Clause>: Value::Clauses(clauses) => Some(clauses.clone());
    Vec<WrittenAxis>: Value::Axes(axes) => Some(axes.clone());
    Ramp: Value::Ramp(inner) => Ramp::of(inner);
    Format: Value::Choice(word) => Self::from_str(word, false).ok();
    RecordStyle: Value::Choice(word) => Self::from_str(word, false).ok();
    OpenMode: Value::Choice(word) => Self::from_str(word, false).ok();
    LockKind: Value::Choice(word) => Self::from_str(word, false).ok();
    RemapRule: Value::Choice(word) => Self::from_str(word, false).ok();
    Prefault: Value::Choice(word) => Self::from_str(word, false).ok();
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Option<&Value>) -> Option<Self> {
        Some(T::from_value(value))
    }
}

impl<Op: Operation> FromValue for Mix<Op> {
    fn from_value(value: Option<&Value>) -> Option<Self> {
        let Value::Weights(weights) = value? else { return None };
        let weight = |(name, weight): &(&str, f64)| Some((Op::from_name(name)?, *weight));
        Mix::new(&weights.iter().map(weight).collect::<Option<Vec<_>>>()?).ok()
    }
}

pub(super) fn field<T: FromValue>(values: &Values, section: &'static str, name: &'static str) -> Option<T> {
    T::from_value(values.get(section, name))
}

pub(super) fn contents(values: &Values, file: &'static str) -> Option<Contents> {
    if let Some(source) = field(values, file, "source") {
        return Some(Contents::Copied { source });
    }
    let format: Format = field(values, file, "format")?;
    let records = field(values, file, "records").or(format.usual_records());
    let size = field(values, file, "size").map(Amount::Bytes);
    let amount = size.or_else(|| field(values, file, "mailboxes").map(Amount::Mailboxes))?;
    Some(Contents::Generated { format, records, amount })
}

pub(super) fn arrivals(values: &Values, section: &'static str) -> Option<Arrivals> {
    Some(match values.choice(section, "arrivals")? {
        "poisson" => Arrivals::Poisson { rate_per_s: field(values, section, "rate")? },
        "even" => Arrivals::Even { rate_per_s: field(values, section, "rate")? },
        "closed" => Arrivals::Closed { think_ns: field(values, section, "think")? },
        _ => return None,
    })
}

pub(super) fn workers(values: &Values, section: &'static str) -> Option<Workers> {
    Some(match values.choice(section, "as")? {
        "threads" => Workers::Threads { per_process: field(values, section, "threads-per-process")? },
        _ => Workers::Processes,
    })
}

pub(super) fn writer_is_thread(values: &Values, section: &'static str) -> Option<bool> {
    values.choice(section, "as").map(|choice| choice == "thread")
}

pub(super) fn emulation(values: &Values, writer: &'static str) -> Option<Emulation> {
    Some(match values.choice(writer, "emulate")? {
        "nothing" => Emulation::Nothing,
        "demap" => Emulation::Demap,
        "stop-mappers" => Emulation::StopMappers {
            base_ns: field(values, writer, "stop-time")?,
            per_mapper_ns: field(values, writer, "stop-time-per-mapper")?,
        },
        _ => return None,
    })
}

/// A flat file's pages are only replaced; rules have refused other weights.
pub(super) fn writer_operations(values: &Values, writer: &'static str) -> Option<Mix<WriterOperation>> {
    if is_flat(values) && values.given(writer, "operations").is_none() {
        return Mix::new(&[(WriterOperation::Replace, 1.0)]).ok();
    }
    field(values, writer, "operations")
}

/// Whether the scenario's file is generated, and flat.
pub(crate) fn is_flat(values: &Values) -> bool {
    values.given("file", "source").is_none() && values.is("file", "format", "flat")
}
