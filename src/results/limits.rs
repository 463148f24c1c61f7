//! The bounds of a result. Results come from other machines, versions and people: no number in one decides an allocation or a loop
//! before it was checked here. Code that reads a result later needs no checks of its own.
//! The bounds of a scenario are those of its own keys; no run can reach the others.

use std::{io::Read, path::Path};

use anyhow::{Context, bail};
use serde_json::{Number, Value};

use crate::{
    os::regular_file::open_regular,
    scenario::bounds_of_key,
    shm::{MOST_SLOTS_OF_ALL, MOST_SLOTS_OF_ONE},
};

/// The largest JSON file, bytes, and the most commas in it: each value takes some dozens of bytes of memory.
pub(super) const LARGEST_JSON: u64 = 64 << 20;
const MOST_COMMAS: usize = 4_000_000;
/// The largest file of any other kind, bytes.
pub(super) const LARGEST_TABLE: u64 = 1 << 30;
/// The most entries of a list in a JSON file: runs of a sweep are 200 points of 100 repeats at most. Freezes may be more, objectives and axes
/// are few.
const MOST_ENTRIES: usize = 20_000;
const MOST_FREEZES: usize = 500_000;
const MOST_OBJECTIVES: usize = 200;
/// The longest text in a JSON file, bytes.
const LONGEST_TEXT: usize = 64 << 10;
/// The longest time, nanoseconds: eleven days; a run measures for one day at most. Thousands of them can be added up.
pub(super) const LONGEST_NS: i64 = 1_000_000_000_000_000;
/// The largest number with a fraction, either side of 0: its square is a number too.
const LARGEST: f64 = 1e18;
/// The largest whole number that counts something.
const MOST: f64 = 1e15;
/// The largest whole number of bytes, or of nanoseconds since a machine was started.
const MOST_BYTES: f64 = (1u64 << 62) as f64;
/// The largest number of processes, runs, rounds: several of them can be added up in 32 bits.
const MOST_PROCESSES: f64 = 1e9;

/// Fields of a result that hold a value of a scenario's key, by the end of their path.
const OF_SCENARIO: [(&str, &str); 24] = [
    ("generated.amount.bytes", "file.size"),
    ("generated.amount.mailboxes", "file.mailboxes"),
    ("file.write_size_bytes", "file.write-size"),
    ("instances.count", "instances.count"),
    ("readers.count", "readers.count"),
    ("readers.arrivals.rate_per_s", "readers.rate"),
    ("readers.arrivals.think_ns", "readers.think"),
    ("readers.ramp.from", "ramp.from"),
    ("readers.ramp.over_ns", "ramp.over"),
    ("writer.count", "writer.count"),
    ("writer.arrivals.rate_per_s", "writer.rate"),
    ("writer.arrivals.think_ns", "writer.think"),
    ("run.warm_up_ns", "run.warm-up"),
    ("run.control_ns", "run.control"),
    ("run.duration_ns", "run.duration"),
    ("run.interval_ns", "run.interval"),
    ("run.stall_ns", "run.stall"),
    ("run.freeze_ns", "run.freeze"),
    ("run.freeze_percent", "run.freeze-percent"),
    ("settings.instances", "instances.count"),
    ("settings.readers", "readers.count"),
    ("settings.readers_per_instance", "readers.count"),
    ("settings.reader_rate_per_s", "readers.rate"),
    ("settings.write_size_bytes", "file.write-size"),
];

/// Other fields whose bounds do not follow from their names.
const OTHERS: [(&str, f64, f64); 5] = [
    ("summary.slots", 0.0, MOST_SLOTS_OF_ONE as f64),
    ("summary.slot_width_ns", 1.0, LONGEST_NS as f64),
    ("measuring_began_monotonic_ns", 0.0, MOST_BYTES),
    // A limit may be "as many as you like".
    ("limits.value", 0.0, u64::MAX as f64),
    ("seed", 0.0, u64::MAX as f64),
];

/// Names of fields that count processes, runs or rounds.
const FEW: &str =
    "met not_met invalid runs repeats repeat order mappers most_mappers rounds planned levels worker instance";

/// Reads a file of a result, which must be a regular one and of a size that results have.
pub(super) fn read(path: &Path, largest: u64) -> anyhow::Result<Vec<u8>> {
    let file = open_regular(path)?;
    let bytes = file.metadata().context("fstat")?.len();
    // What is longer by then than it was is not read to its end, and noticed.
    let mut content = Vec::new();
    file.take(largest + 1).read_to_end(&mut content).context("read")?;
    if bytes.max(content.len() as u64) > largest {
        bail!("{bytes} bytes; a file of this kind has at most {largest}");
    }
    Ok(content)
}

/// Reads a JSON file and checks every number, list and text in it.
pub(super) fn read_json(path: &Path) -> anyhow::Result<Value> {
    json(&read(path, LARGEST_JSON)?)
}

fn json(text: &[u8]) -> anyhow::Result<Value> {
    let commas = text.iter().filter(|byte| **byte == b',').count();
    if commas > MOST_COMMAS {
        bail!("about {commas} values; a result has at most {MOST_COMMAS}");
    }
    let json = serde_json::from_slice(text)?;
    check(&json)?;
    Ok(json)
}

fn check(json: &Value) -> anyhow::Result<()> {
    walk(json, &mut Vec::new())?;
    slots(json)
}

fn walk<'a>(json: &'a Value, path: &mut Vec<&'a str>) -> anyhow::Result<()> {
    match json {
        Value::Number(value) => number(value, path),
        Value::String(text) if text.len() > LONGEST_TEXT => {
            bail!("{}: a text of {} bytes; at most {LONGEST_TEXT} are possible", path.join("."), text.len())
        }
        Value::Array(entries) if entries.len() > most_entries(path) => {
            bail!("{}: {} entries; at most {} are possible", path.join("."), entries.len(), most_entries(path))
        }
        Value::Array(entries) => entries.iter().try_for_each(|entry| walk(entry, path)),
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name);
                walk(value, path)?;
                path.pop();
            }
            span(fields, path)
        }
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

fn most_entries(path: &[&str]) -> usize {
    match path.last().copied() {
        Some("freezes") => MOST_FREEZES,
        Some("objectives" | "clauses" | "axes") => MOST_OBJECTIVES,
        _ => MOST_ENTRIES,
    }
}

fn number(value: &Number, path: &[&str]) -> anyhow::Result<()> {
    let (least, most) = bounds(path, value.is_f64());
    match value.as_f64() {
        Some(number) if (least..=most).contains(&number) => Ok(()),
        _ => bail!("{} is {value}; from {least} to {most} is possible", path.join(".")),
    }
}

fn bounds(path: &[&str], has_fraction: bool) -> (f64, f64) {
    let last = path.last().copied().unwrap_or_default();
    // A run has thousands of numbers: most places are ruled out by their last name alone.
    let ends = |place: &str| {
        place.ends_with(last)
            && place.rsplit('.').zip(path.iter().rev()).all(|(wanted, name)| wanted == *name)
            && place.split('.').count() <= path.len()
    };
    let of_scenario = OF_SCENARIO.iter().find(|(place, _)| ends(place)).and_then(|(_, key)| bounds_of_key(key));
    let of_others = || OTHERS.iter().find(|(place, ..)| ends(place)).map(|(_, least, most)| (*least, *most));
    of_scenario.or_else(of_others).unwrap_or_else(|| match last {
        _ if has_fraction => (-LARGEST, LARGEST),
        _ if last.ends_with("bytes") => (0.0, MOST_BYTES),
        _ if FEW.split(' ').any(|few| few == last) => (0.0, MOST_PROCESSES),
        _ if last.ends_with("_ns") => (-(LONGEST_NS as f64), LONGEST_NS as f64),
        _ => (-MOST, MOST),
    })
}

fn span(fields: &serde_json::Map<String, Value>, path: &[&str]) -> anyhow::Result<()> {
    let at = |name: &str| fields.get(name).and_then(Value::as_i64);
    match (at("start_ns"), at("end_ns")) {
        (Some(start), Some(end)) if start > end => {
            bail!("{}: ends at {end} ns, before its begin at {start} ns", path.join("."))
        }
        _ => Ok(()),
    }
}

/// All slots are kept in memory, also those without a row in the file.
fn slots(json: &Value) -> anyhow::Result<()> {
    let at = |place: &str| json.pointer(place).and_then(Value::as_u64).unwrap_or(0);
    let (slots, width_ns) = (at("/summary/slots"), at("/summary/slot_width_ns"));
    let instances = at("/scenario/instances/count");
    if slots.saturating_mul(instances) > MOST_SLOTS_OF_ALL {
        bail!("summary.slots is {slots}, of {instances} instances; together at most {MOST_SLOTS_OF_ALL} are possible");
    }
    if slots.saturating_mul(width_ns) > LONGEST_NS as u64 {
        bail!("summary.slots is {slots}, each {width_ns} ns long; together at most {LONGEST_NS} ns are possible");
    }
    Ok(())
}

/// A time in seconds, as tables have them, as nanoseconds.
pub(super) fn ns_of_seconds(seconds: f64) -> anyhow::Result<i64> {
    let ns = (seconds * 1e9).round();
    // NaN is not within either.
    let is_possible = ns.abs() <= LONGEST_NS as f64;
    if !is_possible {
        bail!("a time of {seconds} s; at most {} s are possible", LONGEST_NS / 1_000_000_000);
    }
    Ok(ns as i64)
}

/// A number of a table. NaN and infinity are refused.
pub(super) fn figure(value: f64) -> anyhow::Result<f64> {
    let is_possible = value.abs() <= LARGEST;
    if !is_possible {
        bail!("a value of {value}; at most {LARGEST} is possible");
    }
    Ok(value)
}

/// Refuses a count of a table that is too large.
pub(super) fn count(value: u64) -> anyhow::Result<()> {
    if value > MOST as u64 {
        bail!("a count of {value}; at most {MOST} is possible");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(json: Value) -> String {
        check(&json).unwrap_err().to_string()
    }

    #[test]
    fn numbers_that_no_run_can_reach_are_refused_with_field_value_and_bound() {
        assert_eq!(
            refused(json!({"summary": {"slots": 1u64 << 62}})),
            "summary.slots is 4611686018427387904; from 0 to 524288 is possible"
        );
        assert_eq!(
            refused(json!({"scenario": {"instances": {"count": 4_000_000_000u64}}})),
            "scenario.instances.count is 4000000000; from 1 to 1000 is possible"
        );
        assert!(refused(json!({"scenario": {"instances": {"count": 0}}})).contains("from 1 to"));
        assert!(
            refused(json!({"runs": [{"load_average": 1e308}]})).starts_with("runs.load_average is 1e+308; from -1")
        );
        assert!(refused(json!({"a": {"max_ns": u64::MAX}})).contains("a.max_ns"));
        assert!(refused(json!({"start_ns": 5, "end_ns": 4})).contains("ends at 4 ns, before its begin at 5 ns"));
        assert!(refused(json!(["x".repeat(LONGEST_TEXT + 1)])).contains("text"));
        assert!(refused(json!(vec![0; MOST_ENTRIES + 1])).contains("entries"));
        check(&json!({"seed": u64::MAX, "limits": [{"value": u64::MAX}], "margin": -25.5})).unwrap();
    }

    #[test]
    fn slots_are_bounded_together() {
        let run = |slots: u64, instances: u64, width_ns: u64| json!({"summary": {"slots": slots, "slot_width_ns": width_ns}, "scenario": {"instances": {"count": instances}}});
        check(&run(10_000, 100, 1_000_000)).unwrap();
        assert!(refused(run(500_000, 1000, 1_000_000)).contains("together at most 16777216"));
        assert!(refused(run(500_000, 1, 1_000_000_000_000)).contains("ns long"));
    }

    #[test]
    fn every_key_of_a_scenario_has_bounds() {
        for (place, key) in OF_SCENARIO {
            assert!(bounds_of_key(key).is_some(), "{place}: {key}");
        }
    }

    #[test]
    fn deep_and_large_files_are_errors() {
        assert!(json("[".repeat(100_000).as_bytes()).is_err());
        assert!(
            json(format!("[{}]", "0,".repeat(MOST_COMMAS + 1)).as_bytes()).unwrap_err().to_string().contains("values")
        );
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("run.json");
        // Larger than any memory.
        std::fs::File::create(&path).unwrap().set_len(1 << 42).unwrap();
        assert!(read_json(&path).unwrap_err().to_string().contains("4398046511104 bytes"));
    }

    #[test]
    fn numbers_of_tables_are_numbers() {
        assert_eq!(ns_of_seconds(-1.5).unwrap(), -1_500_000_000);
        for seconds in [f64::NAN, f64::INFINITY, 1e308, -1e7] {
            assert!(ns_of_seconds(seconds).is_err(), "{seconds}");
        }
        assert!(figure(f64::NAN).is_err() && figure(1e308).is_err() && figure(-1e17).is_ok());
        assert!(count(u64::MAX).is_err() && count(7).is_ok());
    }
}
