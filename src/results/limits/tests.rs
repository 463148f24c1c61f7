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
    assert!(refused(json!({"runs": [{"load_average": 1e308}]})).starts_with("runs.load_average is 1e+308; from -1"));
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
    assert!(json(format!("[{}]", "0,".repeat(MOST_COMMAS + 1)).as_bytes()).unwrap_err().to_string().contains("values"));
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
