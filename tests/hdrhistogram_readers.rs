//! `latency.hlog` in the hands of a public reader: the PyPI package `hdrhistogram`, which `scripts/test.sh` installs.
//! What it reads must be what `run.json` says.

#[path = "support/needs.rs"]
mod needs;

use std::{collections::HashMap, fs, process::Command};

use assert_cmd::prelude::*;
use serde_json::Value;

/// Sums each tag's intervals and prints `{tag: [count, p50, p99, max, lines, first begin]}`.
const READER: &str = r"
import json, math, sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
reader = HistogramLogReader(sys.argv[1], None)
sums, lines, begins = {}, {}, {}
while (interval := reader.get_next_interval_histogram()) is not None:
    tag = interval.get_tag()
    whole = sums.setdefault(tag, HdrHistogram(1, 3600 * 10**9, 2))
    whole.add(interval)
    lines[tag] = lines.get(tag, 0) + 1
    begins.setdefault(tag, interval.get_start_time_stamp())
def at(h, share):
    # This package rounds a percentile's rank to the nearest, others round it up: asked for the rank itself, all agree.
    n = h.get_total_count()
    return h.get_value_at_percentile(100 * math.ceil(share * n) / n)
print(json.dumps({tag: [h.get_total_count(), at(h, 0.5), at(h, 0.99), h.get_max_value(), lines[tag], begins[tag]]
    for tag, h in sums.items()}))
";

#[test]
fn python_reads_what_run_json_says() {
    let Some(python) = needs::python("hdrh.log") else { return };
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("small.toml");
    let text = "[file]\nformat = \"twoskip\"\nmailboxes = 500\n[readers]\ncount = 12\nrate = \"40/s\"\n\
                operations = { lookup = 8, list = 1, noop = 1 }\n[writer]\nrate = \"20/s\"\n\
                [run]\ncontrol = \"0ms\"\nwarm-up = \"100ms\"\nduration = \"1s\"\ninterval = \"200ms\"\n";
    fs::write(&scenario, text).unwrap();
    let result = directory.path().join("result");
    Command::new(env!("CARGO_BIN_EXE_mapstorm")).arg("run").arg(&scenario).arg("--out").arg(&result).assert().success();
    let run: Value = serde_json::from_slice(&fs::read(result.join("run.json")).unwrap()).unwrap();

    let output = Command::new(python).args(["-c", READER]).arg(result.join("latency.hlog")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: HashMap<String, [f64; 6]> = serde_json::from_slice(&output.stdout).unwrap();

    let rows = run["summary"]["rows"].as_array().unwrap();
    assert_eq!(read.len(), rows.len(), "as many tags as rows");
    for row in rows {
        let name = |key: &str| row[key].as_str().unwrap();
        let tag = format!("{}.{}.{}", name("role"), name("operation"), name("series"));
        let [count, p50, p99, max, ..] = read[&tag];
        let number = |key: &str| row[key].as_u64().unwrap() as f64;
        assert_eq!(count, number("count"), "{tag}");
        // Of operations that never completed the percentiles have the ages, which the log keeps under a tag of their own.
        if number("unfinished") > 0.0 {
            continue;
        }
        for (theirs, ours) in [(p50, "p50_ns"), (p99, "p99_ns"), (max, "max_ns")] {
            let ours = number(ours);
            // Two digits are kept: a counter spans at most a hundredth of its value.
            assert!((theirs - ours).abs() <= ours / 100.0 + 1.0, "{tag}: {theirs} against {ours}");
        }
    }
    let [_, _, _, _, lines, begin] = read["reader.lookup.response"];
    assert!((1.0..=6.0).contains(&lines), "a second in intervals of 200 ms: {lines}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let ago = now - begin / 1000.0;
    assert!((0.0..3600.0).contains(&ago), "it began {ago} s ago");
}
