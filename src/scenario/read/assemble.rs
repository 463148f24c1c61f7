//! Checked values into the scenario's own types.
//! Whatever could be wrong has been reported before; what fails here would be a slip in the table of keys.

use clap::ValueEnum;

use super::Problem;
use super::read_value::is_name;
use super::rules::is_flat;
use super::values::{Value, Values};
use crate::mailboxes::{Amount, Format, RecordStyle};
use crate::scenario::{
    Arrivals, Contents, DatabaseFile, Emulation, Instances, Mix, Operation, Ramp, Readers, Run, Scenario, Slo, Writer,
    WriterOperation,
};

/// The scenario; `stem` is the file's name without its ending, for want of a `name`.
pub(super) fn scenario(values: &Values, stem: Option<&str>) -> Result<Scenario, Problem> {
    let name = match text(values, "", "name") {
        Some(name) => name,
        None => name_from(stem.unwrap_or_default())?,
    };
    let build = || {
        Some(Scenario {
            name,
            description: text(values, "", "description"),
            file: file(values)?,
            instances: Instances { count: count(values, "instances")? },
            readers: Readers {
                count: count(values, "readers")?,
                open: choice(values, "readers", "open")?,
                arrivals: arrivals(values, "readers")?,
                lock: choice(values, "readers", "lock")?,
                remap: choice(values, "readers", "remap")?,
                prefault: choice(values, "readers", "prefault")?,
                ramp: ramp(values)?,
                operations: mix(values, "readers")?,
            },
            writer: Writer {
                count: count(values, "writer")?,
                arrivals: arrivals(values, "writer")?,
                operations: writer_operations(values)?,
                sync: flag(values, "writer", "sync")?,
                checkpoint: flag(values, "writer", "checkpoint")?,
                emulate: emulation(values)?,
            },
            run: Run {
                warm_up_ns: values.number("run", "warm-up")?,
                control_ns: values.number("run", "control")?,
                duration_ns: values.number("run", "duration")?,
                interval_ns: values.number("run", "interval")?,
                stall_ns: values.number("run", "stall")?,
                freeze_ns: values.number("run", "freeze")?,
                freeze_percent: values.number("run", "freeze-percent")?,
                evidence: flag(values, "run", "evidence")?,
                seed: values.number("run", "seed")?,
            },
            slo: match values.get("slo", "clauses")? {
                Value::Clauses(clauses) => Slo { clauses: clauses.clone() },
                _ => return None,
            },
        })
    };
    build().ok_or_else(|| Problem::new("the scenario lacks a value that has no default; this is a fault of mapstorm"))
}

/// A file may be called what it likes; a scenario may not.
fn name_from(stem: &str) -> Result<String, Problem> {
    if is_name(stem) {
        return Ok(stem.to_owned());
    }
    Err(Problem::new(format!("the file's name, `{stem}`, cannot be the scenario's name"))
        .help("give `name = \"…\"` at the top, of `a` to `z`, `0` to `9`, `-` and `.`; or rename the file"))
}

fn file(values: &Values) -> Option<DatabaseFile> {
    let contents = match text(values, "file", "source") {
        Some(source) => Contents::Copied { source: source.into() },
        None => {
            let format = choice(values, "file", "format")?;
            let records = choice(values, "file", "records").or(match format {
                Format::Skiplist => Some(RecordStyle::Cyrus23),
                Format::Twoskip => Some(RecordStyle::Cyrus36),
                Format::Flat => None,
            });
            let size = values.number("file", "size").map(Amount::Bytes);
            let amount = size.or(values.number("file", "mailboxes").map(Amount::Mailboxes))?;
            Contents::Generated { format, records, amount }
        }
    };
    let directory = text(values, "file", "directory").map(Into::into);
    Some(DatabaseFile { contents, write_size_bytes: values.number("file", "write-size")?, directory })
}

fn arrivals(values: &Values, section: &'static str) -> Option<Arrivals> {
    let rate = || if let Some(Value::PerSecond(rate)) = values.get(section, "rate") { Some(*rate) } else { None };
    Some(match values.choice(section, "arrivals")? {
        "poisson" => Arrivals::Poisson { rate_per_s: rate()? },
        "even" => Arrivals::Even { rate_per_s: rate()? },
        "closed" => Arrivals::Closed { think_ns: values.number(section, "think")? },
        _ => return None,
    })
}

fn ramp(values: &Values) -> Option<Option<Ramp>> {
    let Some(Value::Ramp(ramp)) = values.get("readers", "ramp") else { return Some(None) };
    let from = u32::try_from(ramp.number("ramp", "from")?).ok()?;
    Some(Some(Ramp { from, over_ns: ramp.number("ramp", "over")? }))
}

fn mix<Op: Operation>(values: &Values, section: &'static str) -> Option<Mix<Op>> {
    let Some(Value::Weights(weights)) = values.get(section, "operations") else { return None };
    let weights: Option<Vec<_>> = weights.iter().map(|(name, weight)| Some((Op::from_name(name)?, *weight))).collect();
    Mix::new(&weights?).ok()
}

/// A flat file's pages are only replaced; rules have refused anything else that was asked of it.
fn emulation(values: &Values) -> Option<Emulation> {
    match values.choice("writer", "emulate")? {
        "demap" => Some(Emulation::Demap),
        "stop-mappers" => Some(Emulation::StopMappers {
            base_ns: values.number("writer", "standstill")?,
            per_mapper_ns: values.number("writer", "standstill-per-mapper")?,
        }),
        _ => Some(Emulation::Nothing),
    }
}

fn writer_operations(values: &Values) -> Option<Mix<WriterOperation>> {
    if is_flat(values) && values.given("writer", "operations").is_none() {
        return Mix::new(&[(WriterOperation::Replace, 1.0)]).ok();
    }
    mix(values, "writer")
}

fn count(values: &Values, section: &'static str) -> Option<u32> {
    u32::try_from(values.number(section, "count")?).ok()
}

fn choice<T: ValueEnum>(values: &Values, section: &'static str, name: &'static str) -> Option<T> {
    T::from_str(values.choice(section, name)?, false).ok()
}

fn flag(values: &Values, section: &'static str, name: &'static str) -> Option<bool> {
    if let Some(Value::Flag(flag)) = values.get(section, name) { Some(*flag) } else { None }
}

fn text(values: &Values, section: &'static str, name: &'static str) -> Option<String> {
    if let Some(Value::Text(text)) = values.get(section, name) { Some(text.clone()) } else { None }
}
