//! Results from elsewhere: whatever is written in their files, every command answers with a result or an error, in little memory.
//! Files of samples and of a small run are changed at random, by seed, and given to all that reads them.

mod support;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use mapstorm::internals::{
    conclude::{
        CompareOptions, LoadedRun, assess, compare_costs, compare_many, compare_pair, compare_shootdowns,
        compare_sweeps, compare_what_ifs, on_common_axes,
    },
    export::{ExportFormat, ExportOptions, ExportTable, export},
    present::{
        Reported, comparison_charts, comparison_report, matched_charts, ranking_charts, results_list,
        sweep_comparison_charts, what_if_comparison_charts,
    },
    results::{
        Ab, Availability, Compared, ComparisonReport, Cost, FORMAT_VERSION, Inspection, Qualification, Recorded,
        ResultKind, Run, Shootdown, SweepReport, WhatIf, find_results,
    },
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus as Random;
use serde_json::{Value, json};

/// Changed results of each kind. `MAPSTORM_FOREIGN_CASES` gives another number.
const CASES: u64 = 8;
/// No command takes so much memory, KiB.
const MOST_KIB: u64 = 700_000;

fn cases() -> u64 {
    std::env::var("MAPSTORM_FOREIGN_CASES").ok().map_or(CASES, |text| text.parse().unwrap())
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples")
}

/// Copies the files of a directory, but no directories.
fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Everything that reads a result. What it answers does not matter here.
fn read_all(directory: &Path, original: &Path) {
    let read = |kind: ResultKind| -> anyhow::Result<()> {
        let _ = Reported::load(kind, directory)?.draw(false)?;
        match kind {
            ResultKind::Run => {
                let _ = Run::load(directory)?.to_string();
                let mut recorded = Recorded::load(directory)?;
                let clauses = recorded.run.scenario.slo.clauses.clone();
                recorded.run.diagnosis = assess(&recorded, &clauses);
                let _ = recorded.run.diagnosis_text();
                let (a, b) = (LoadedRun::load(directory)?, LoadedRun::load(original)?);
                let options = CompareOptions {
                    least_effect: 0.05,
                    across: Vec::new(),
                    allowed_regression: Some(0.1),
                    objectives: Vec::new(),
                };
                let ranking = compare_many(&[a.clone(), b.clone()], Some(0), &[], &options);
                let _ = (ranking.to_string(), ranking_charts(&ranking, &[a.clone(), b.clone()])?);
                let comparison = compare_pair(&a, &b, &options);
                let charts = comparison_charts(&comparison, &a, &b)?;
                drawn(Compared::Runs(Box::new(comparison)), charts)
            }
            ResultKind::Cost => {
                let costs = [Cost::load(directory)?, Cost::load(original)?];
                let _ = costs[0].to_string();
                let comparison = compare_costs(&costs.map(|cost| ("x".to_owned(), cost)), &[], 0.05);
                let charts = matched_charts(&comparison)?;
                drawn(Compared::Costs(comparison), charts)
            }
            ResultKind::Sweep => {
                let sweeps = [SweepReport::load(directory)?, SweepReport::load(original)?];
                let _ = sweeps[0].to_string();
                let mut sweeps = sweeps.map(|sweep| ("x".to_owned(), sweep));
                if on_common_axes(&mut sweeps).is_err() {
                    return Ok(());
                }
                let comparison = compare_sweeps(&sweeps, &[], 0.05);
                let charts = sweep_comparison_charts(&comparison, &sweeps)?;
                drawn(Compared::Sweeps(comparison), charts)
            }
            ResultKind::WhatIf => {
                let tried = [WhatIf::load(directory)?, WhatIf::load(original)?];
                let _ = tried[0].to_string();
                let none = || Availability::Unavailable { unavailable: "not asked".to_owned() };
                let comparison = compare_what_ifs(&tried.map(|tried| ("x".to_owned(), tried, none())), &[], 0.05);
                let charts = what_if_comparison_charts(&comparison)?;
                drawn(Compared::WhatIfs(comparison), charts)
            }
            ResultKind::Qualify => {
                let found = Qualification::load(directory)?;
                let _ = (found.to_string(), found.margin());
                Ok(())
            }
            ResultKind::Shootdown => {
                let found = [Shootdown::load(directory)?, Shootdown::load(original)?];
                let _ = found[0].to_string();
                let comparison = compare_shootdowns(&found.map(|found| ("x".to_owned(), found)), 0.05);
                drawn(Compared::Shootdowns(comparison), Vec::new())
            }
            ResultKind::Inspection => {
                let _ = Inspection::load(directory)?.to_string();
                Ok(())
            }
            ResultKind::Ab => {
                let _ = Ab::load(directory)?.to_string();
                Ok(())
            }
        }
    };
    let _ = ResultKind::of(directory).and_then(|(kind, _)| read(kind));
    let tables = [ExportTable::Summary, ExportTable::Timeline, ExportTable::Counters, ExportTable::Percentiles];
    let tables = tables.into_iter().chain([ExportTable::Knees, ExportTable::Differences, ExportTable::Levels]);
    let options = |format, table| ExportOptions { format, table, points: None, tags: Vec::new() };
    for table in tables {
        let _ = export(&[directory.to_owned()], &options(ExportFormat::Csv, Some(table)));
    }
    for format in [ExportFormat::Json, ExportFormat::Openmetrics, ExportFormat::Hlog] {
        let _ = export(&[directory.to_owned()], &options(format, None));
    }
    let tagged = ExportOptions { tags: vec!["reader".to_owned()], ..options(ExportFormat::Hlog, None) };
    let _ = export(&[directory.to_owned()], &tagged);
    let _ = find_results(&[directory.to_owned()], true).map(|(listed, _)| results_list(&listed, 80));
}

fn drawn(compared: Compared, charts: Vec<mapstorm::internals::present::Chart>) -> anyhow::Result<()> {
    let report = ComparisonReport {
        format_version: FORMAT_VERSION,
        mapstorm_version: String::new(),
        command: Vec::new(),
        compared,
    };
    let _ = report.compared.to_string();
    comparison_report(&report, charts);
    Ok(())
}

/// A value that may be too much, or of another kind.
fn nasty(random: &mut Random) -> Value {
    let all = [
        json!(0),
        json!(1),
        json!(-1),
        json!(4_000_000_000u64),
        json!(u32::MAX),
        json!(1u64 << 62),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1_000_000_000_000_000u64),
        json!(524_288),
        json!(1e308),
        json!(-1e308),
        json!(1e18),
        json!(-1e18),
        json!(1e-308),
        json!(0.0),
        json!(1e-9),
        json!(-0.5),
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!(""),
        json!("\u{1b}[2J\u{9b}31m=1+1\u{202e}"),
        json!("wörter ".repeat(2000)),
        json!("x".repeat(50_000)),
        json!("9999-12-31T23:59:59Z"),
        json!("-262143-01-01T00:00:00Z"),
    ];
    all[random.random_range(0..all.len())].clone()
}

/// Changes one value somewhere in a document.
fn change(json: &mut Value, random: &mut Random) {
    let inner = random.random_bool(0.9);
    match json {
        Value::Object(fields) if inner && !fields.is_empty() => {
            let place = random.random_range(0..fields.len());
            change(fields.values_mut().nth(place).unwrap(), random);
        }
        Value::Array(entries) if inner && !entries.is_empty() => {
            let place = random.random_range(0..entries.len());
            change(&mut entries[place], random);
        }
        Value::Array(entries) if !entries.is_empty() => {
            let length = (entries.len() * random.random_range(2..50)).min(2000);
            *entries = entries.iter().cycle().take(length).cloned().collect();
        }
        Value::Number(number) if random.random_bool(0.5) => {
            let factors = [0.0, -1.0, 1e-6, 1e6, 1e12];
            let changed = number.as_f64().unwrap() * factors[random.random_range(0..factors.len())];
            *json = if number.is_u64() { json!(changed.abs() as u64) } else { json!(changed) };
        }
        other => *other = alike(other, random),
    }
}

/// A nasty value, mostly of the same kind, so that what is behind the parser is reached too.
fn alike(value: &Value, random: &mut Random) -> Value {
    let wanted = (0..30).map(|_| nasty(random)).find(|wanted| {
        (value.is_u64() && wanted.is_u64())
            || (value.is_f64() && wanted.is_f64())
            || (value.is_string() && wanted.is_string())
    });
    wanted.filter(|_| random.random_bool(0.8)).unwrap_or_else(|| nasty(random))
}

/// Changes a table: one cell, or a byte.
fn change_table(text: &mut Vec<u8>, random: &mut Random) {
    const CELLS: [&str; 14] = [
        "NaN",
        "inf",
        "-inf",
        "1e308",
        "-1",
        "0",
        "",
        "18446744073709551615",
        "4294967295",
        "1e15",
        "999999.9",
        "=1+1",
        "all",
        "\"",
    ];
    let mut lines: Vec<String> = String::from_utf8_lossy(text).lines().map(str::to_owned).collect();
    if lines.is_empty() || random.random_bool(0.1) {
        let at = random.random_range(0..text.len().max(1));
        if let Some(byte) = text.get_mut(at) {
            *byte = random.random();
        }
        return;
    }
    let line = random.random_range(0..lines.len());
    let mut cells: Vec<String> = lines[line].split(',').map(str::to_owned).collect();
    let cell = random.random_range(0..cells.len());
    cells[cell] = CELLS[random.random_range(0..CELLS.len())].to_owned();
    lines[line] = cells.join(",");
    *text = (lines.join("\n") + "\n").into_bytes();
}

/// Changes one of the files of a result.
fn change_file(directory: &Path, random: &mut Random) -> String {
    let mut names: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let json = names.iter().find(|path| path.extension().is_some_and(|end| end == "json")).cloned().unwrap();
    let path = if random.random_bool(0.6) { json } else { names[random.random_range(0..names.len())].clone() };
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut text = fs::read(&path).unwrap();
    if name.ends_with(".json") {
        let mut document: Value = serde_json::from_slice(&text).unwrap();
        for _ in 0..random.random_range(1..4) {
            change(&mut document, random);
        }
        text = document.to_string().into_bytes();
    } else if name.ends_with(".jsonl") {
        let mut lines: Vec<String> = String::from_utf8(text).unwrap().lines().map(str::to_owned).collect();
        if !lines.is_empty() {
            let at = random.random_range(0..lines.len());
            let mut document: Value = serde_json::from_str(&lines[at]).unwrap();
            change(&mut document, random);
            lines[at] = document.to_string();
        }
        text = lines.join("\n").into_bytes();
    } else {
        (0..random.random_range(1..4)).for_each(|_| change_table(&mut text, random));
    }
    fs::write(&path, text).unwrap();
    name
}

fn survives(original: &Path) {
    let root = tempfile::tempdir().unwrap();
    for seed in 0..cases() {
        let mut random = Random::seed_from_u64(seed);
        let directory = root.path().join("changed");
        copied(original, &directory);
        let name = change_file(&directory, &mut random);
        let outcome = catch_unwind(AssertUnwindSafe(|| read_all(&directory, original)));
        assert!(outcome.is_ok(), "{}, seed {seed}: {name} makes it panic", original.display());
        fs::remove_dir_all(&directory).unwrap();
    }
    // Everything so far, of all tests of this file.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    assert!(peak.unwrap_or(0) < MOST_KIB, "{peak:?} KiB at most");
}

#[test]
fn a_changed_run_is_a_result_or_an_error() {
    let root = tempfile::tempdir().unwrap();
    let ran = support::command(root.path(), &["--no-report"]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    survives(&root.path().join("result"));
}

#[test]
fn a_changed_sample_is_a_result_or_an_error() {
    for name in [
        "quick-readers-sweep-2cpu-linux-6.18",
        "knee-skiplist-30m-2cpu-linux-6.18",
        "fastmail-150m-6000-what-if-2cpu-linux-6.18",
        "cost-4000-2cpu-linux-6.18",
        "t2000-freeze-load-32cpu-tcg-linux-6.1/points/01-readers.count=2000-r1",
    ] {
        survives(&samples().join(name));
    }
}
