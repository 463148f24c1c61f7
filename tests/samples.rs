//! What README and docs teach works on what the repository holds: every command on every result in `results/samples`, also on those of
//! which files were left out. And no exported series has a unit in its name that is not its unit.

#[path = "support/samples.rs"]
mod samples;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    sync::Mutex,
};

use mapstorm::internals::results::{LeftOut, ResultKind};

fn mapstorm(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mapstorm")).args(arguments).output().unwrap()
}

/// Its standard output; the exit code is one of these.
fn succeeds(arguments: &[&str], codes: &[i32]) -> (String, String) {
    let ran = mapstorm(arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let code = ran.status.code().unwrap();
    assert!(codes.contains(&code), "{arguments:?}: {code}: {}", text(&ran.stderr));
    assert!(!ran.stdout.is_empty(), "{arguments:?}");
    (text(&ran.stdout), text(&ran.stderr))
}

/// Names whose ending is a unit have that unit, not `1`.
fn has_units(csv: &str, from: &Path) {
    const ENDINGS: [&str; 8] = ["_ns", "_us", "_ms", "_s", "_seconds", "_bytes", "_pages", "_sectors"];
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let header = table.headers().unwrap().clone();
    let place = |wanted: &[&str]| header.iter().position(|name| wanted.contains(&name));
    let (Some(name), Some(unit)) = (place(&["statistic", "metric", "figure"]), place(&["unit"])) else { return };
    for row in table.records().map(Result::unwrap) {
        let (name, unit) = (&row[name], &row[unit]);
        let ends = ENDINGS.iter().find(|ending| name.ends_with(*ending));
        assert!(ends.is_none() || !["1", ""].contains(&unit), "{}: {name} in {unit:?}", from.display());
    }
}

fn check(kind: ResultKind, directory: &Path, scratch: &Path) {
    let path = directory.to_str().unwrap();
    // A verdict is no failure.
    let (_, reported) = succeeds(&["diagnose", path], &[0, 4, 5]);
    let lacks = |name: &str| !directory.join(name).exists();
    if kind == ResultKind::Run && lacks("stalls.jsonl") {
        assert!(
            reported.contains("stalls.jsonl") && reported.contains("left out of this sample"),
            "{path}: {reported}"
        );
        assert!(reported.contains("the diagnosis recorded in run.json is shown"), "{path}: {reported}");
    }
    let (_, reported) = succeeds(&["report", path, "--out", scratch.to_str().unwrap()], &[0]);
    assert!(!lacks("slots.csv") || kind != ResultKind::Run || reported.contains("slots.csv"), "{path}: {reported}");
    fs::remove_dir_all(scratch).unwrap();
    let tables: &[&str] = match kind {
        ResultKind::Run => &["summary", "timeline", "counters"],
        ResultKind::Sweep => &["summary", "knees"],
        ResultKind::WhatIf | ResultKind::Ab => &["summary", "differences"],
        ResultKind::Cost | ResultKind::Shootdown => &["summary", "levels"],
        ResultKind::Qualify => &["summary"],
        ResultKind::Inspection => &["summary", "timeline"],
    };
    for table in tables {
        has_units(&succeeds(&["export", path, "--format", "csv", "--table", table], &[0]).0, directory);
    }
    succeeds(&["export", path, "--format", "json"], &[0]);
    let (text, _) = succeeds(&["export", path, "--format", "openmetrics"], &[0]);
    for family in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        let foreign = ["_ns", "_us", "_ms", "_pages"].iter().any(|ending| family.ends_with(ending));
        let unit = ["seconds", "bytes", "ratio"].into_iter().find(|unit| family.ends_with(&format!("_{unit}")));
        let is_named = unit.is_none_or(|unit| text.contains(&format!("# UNIT {family} {unit}\n")));
        assert!(!foreign && is_named, "{path}: {family}");
    }
    match kind {
        ResultKind::Run => {
            let (text, _) = succeeds(&["compare", path, path], &[0]);
            assert!(!lacks("latency.hlog") || text.contains("latency.hlog"), "{path}: {text}");
            // What was left out cannot be exported: that is told.
            let ran = mapstorm(&["export", path, "--format", "hlog"]);
            let reported = String::from_utf8_lossy(&ran.stderr);
            match lacks("latency.hlog") {
                true => {
                    assert!(
                        ran.status.code() == Some(2) && reported.contains("left out of this sample"),
                        "{path}: {reported}"
                    )
                }
                false => assert!(ran.status.success(), "{path}: {reported}"),
            }
        }
        ResultKind::Ab => {
            let ran = mapstorm(&["compare", path, path]);
            let reported = String::from_utf8_lossy(&ran.stderr);
            assert!(ran.status.code() == Some(2) && reported.contains("is a comparison already"), "{path}: {reported}");
        }
        ResultKind::Inspection
        | ResultKind::Cost
        | ResultKind::Shootdown
        | ResultKind::Sweep
        | ResultKind::WhatIf
        | ResultKind::Qualify => {
            let (text, reported) = succeeds(&["compare", path, path], &[0]);
            let first = text.lines().next().unwrap_or_default();
            let is_same = first.ends_with(" are the same result: all figures are identical.");
            // Of a qualification the verdict of each stands below.
            let verdicts = text.matches("\n- A: ").count() + text.matches("\n- B: ").count();
            let expected = if kind == ResultKind::Qualify { 2 } else { 0 };
            assert!(is_same && reported.is_empty(), "{path}: {text}{reported}");
            assert_eq!([verdicts, text.matches("\n- ").count()], [expected; 2], "{path}: {text}");
        }
    }
}

/// The keys of a sweep's axes.
fn axes(directory: &Path) -> Vec<String> {
    let text = fs::read_to_string(directory.join("sweep.json")).unwrap();
    let sweep: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys = sweep["axes"].as_array().unwrap().iter().map(|axis| axis["key"].as_str().unwrap().to_owned());
    let mut keys: Vec<String> = keys.collect();
    keys.sort();
    keys
}

/// Whether a sweep does not have an axis of the other, and its runs, whose scenario would have the value, were left out.
fn lacks_axis(one: &Path, other: &Path) -> bool {
    let own = axes(one);
    axes(other).iter().any(|key| !own.contains(key)) && !one.join("points").exists()
}

#[test]
fn sweeps_are_compared_where_their_axes_agree() {
    let sweeps: Vec<_> = samples::all().into_iter().filter(|(kind, _)| *kind == ResultKind::Sweep).collect();
    let (mut compared, mut refused) = (0, 0);
    for (_, one) in &sweeps {
        for (_, other) in sweeps.iter().filter(|(_, other)| other != one) {
            let ran = mapstorm(&["compare", one.to_str().unwrap(), other.to_str().unwrap()]);
            let reported = String::from_utf8_lossy(&ran.stderr);
            if axes(one) == axes(other) {
                // One of them left its runs out, so which keys differ is not known: no difference is one of machines alone.
                let text = String::from_utf8_lossy(&ran.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    ran.status.success() && text.starts_with("With loads that may not be the same: "),
                    "{text}{reported}"
                );
                assert!(text.contains("the runs are not here, so the keys are not known"), "{text}");
                compared += 1;
            } else if !lacks_axis(one, other) && !lacks_axis(other, one) {
                // The scenario of one says which value the axis of the other has there; whether all else is the same, too.
                let differs = reported.contains("the loads are not the same:\n  run.duration");
                assert!(ran.status.success() || differs && ran.status.code() == Some(2), "{reported}");
            } else {
                assert_eq!(ran.status.code(), Some(2), "{reported}");
                for keys in [axes(one), axes(other)] {
                    assert!(reported.contains(&format!("is over {}", keys.join(" and "))), "{reported}");
                }
                refused += 1;
            }
        }
    }
    assert!(compared > 0 && refused > 0, "{compared} compared, {refused} refused");
}

#[test]
fn every_command_works_on_every_sample() {
    let results = samples::all();
    assert!(results.len() > 50, "{results:?}");
    let scratch = tempfile::tempdir().unwrap();
    let next = Mutex::new(results.iter());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (next, scratch) = (&next, scratch.path().join(worker.to_string()));
            scope.spawn(move || {
                loop {
                    let Some((kind, directory)) = next.lock().unwrap().next() else { break };
                    check(*kind, directory, &scratch);
                }
            });
        }
    });
    let (text, reported) = succeeds(&["list", "--all", "--json", samples::directory().to_str().unwrap()], &[0]);
    let listed: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!((listed.len(), reported.as_str()), (results.len(), ""));
}

#[test]
fn a_sample_says_what_it_leaves_out() {
    for (kind, directory) in samples::all().into_iter().filter(|(kind, _)| *kind == ResultKind::Run) {
        let left_out = LeftOut::of(&directory).unwrap();
        for name in ["latency.hlog", "timeline.csv", "slots.csv", "stalls.jsonl", "counters.csv"] {
            assert_ne!(directory.join(name).exists(), left_out.has(name), "{kind:?} {}: {name}", directory.display());
        }
    }
}

/// What `mapstorm cost` measured in a directory whose name ends so, with files that were written so.
fn cost_row<'a>(
    cost: &'a serde_json::Value,
    file_system: &str,
    method: &str,
    write_size: u64,
) -> &'a serde_json::Value {
    let is_it = |row: &&serde_json::Value| {
        // The first disk of a guest is its root's, ext4.
        let directory = match row["directory"].as_str().unwrap() {
            "/disk" => "ext4",
            "/dev/shm" => "tmpfs",
            other => other.rsplit('/').next().unwrap(),
        };
        directory == file_system && row["method"] == method && row["write_size"] == write_size
    };
    cost["rows"].as_array().unwrap().iter().find(is_it).unwrap()
}

/// A number with two digits that count, as the tables have them.
fn two_digits(value: f64) -> String {
    let decimals = (1.0 - value.log10().floor()).max(0.0) as usize;
    format!("{value:.decimals$}")
}

/// Cells of the tables of `docs/kernels.md`, without what is printed bold: the first cell is the file system and how the file was written.
fn cells(page: &str) -> Vec<Vec<String>> {
    let is_of = |line: &str, file_system: &str| line.starts_with(&format!("| {file_system}, "));
    let rows = page.lines().filter(|line| ["ext4", "xfs", "btrfs", "tmpfs"].iter().any(|system| is_of(line, system)));
    rows.map(|row| row.replace("**", "").trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

#[test]
fn the_tables_of_kernels_and_file_systems_are_those_of_their_samples() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kernels.md")).unwrap();
    let [bookworm, trixie, host] = ["bookworm", "trixie", "host"].map(|name| -> serde_json::Value {
        let path = samples::directory().join("kernels-linux").join(name).join("cost.json");
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    });
    // "4 KiB; 5.4 pages; 5 walks"
    let counted = |cost: &serde_json::Value, file_system: &str, sizes: &[u64]| {
        let found = sizes.iter().map(|size| cost_row(cost, file_system, "commit-replace", *size));
        let found: Vec<&serde_json::Value> = found.collect();
        let folio = match found[0]["folio_bytes"].as_u64().unwrap() {
            4096 => "4 KiB",
            1_048_576 => "1 MiB",
            other => panic!("folios of {other} bytes"),
        };
        assert!(found.iter().all(|row| row["folio_bytes"] == found[0]["folio_bytes"]), "{file_system}");
        let pages = found[0]["outcome"]["measured"]["pages_per_mapper"].as_f64().unwrap();
        if pages == 0.0 {
            return format!("{folio}; no walk");
        }
        let pages = if pages < 100.0 { two_digits(pages) } else { format!("{pages:.0}") };
        let mut walks: Vec<String> = found
            .iter()
            .filter_map(|row| Some(row["outcome"]["measured"]["traced_walks"]["walks"].as_f64()?.to_string()))
            .collect();
        walks.dedup();
        let walks = if walks.is_empty() { String::new() } else { format!("; {} walks", walks.join(" and ")) };
        format!("{folio}; {pages} pages{walks}")
    };
    // "3.3 µs (2.5 to 4.0)"
    let took = |file_system: &str, method: &str, sizes: &[u64]| {
        let of = |size: &u64, bound: &str| {
            cost_row(&host, file_system, method, *size)["outcome"]["measured"]["cost_model"]["per_mapper_ns"][bound]
                .as_f64()
                .unwrap()
        };
        if sizes.iter().all(|size| of(size, "low") <= 0.0) {
            let most = sizes.iter().map(|size| of(size, "high")).fold(0.0, f64::max);
            return format!("at most {} ns", two_digits(most));
        }
        let [value, low, high] = ["value", "low", "high"].map(|bound| two_digits(of(&sizes[0], bound) / 1000.0));
        format!("{value} µs ({low} to {high})")
    };
    let rows = cells(&page);
    let mut tables = [0, 0];
    for row in &rows {
        let (file_system, written) = row[0].split_once(", ").unwrap();
        let sizes: &[u64] = match written {
            "4 KiB at a time" => &[4096],
            "1 MiB at a time" => &[1 << 20],
            "either" => &[4096, 1 << 20],
            other => panic!("written {other}"),
        };
        match row.len() {
            4 => assert_eq!(
                row[1..],
                [&bookworm, &trixie, &host].map(|cost| counted(cost, file_system, sizes)),
                "{}",
                row[0]
            ),
            _ => assert_eq!(
                row[1..],
                ["commit-replace", "pwrite+fdatasync"].map(|method| took(file_system, method, sizes)),
                "{}",
                row[0]
            ),
        }
        tables[usize::from(row.len() == 3)] += 1;
    }
    assert_eq!(tables, [6, 7], "{rows:?}");
}
