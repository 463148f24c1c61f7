//! What the fuzz targets call: one input, given to everything that reads such a file. A result or an error is right; a panic, an abort,
//! a hang or too much memory is a finding.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use clap::Parser;
use mapstorm::cli::{Cli, Command, mailboxes};
use mapstorm::internals::{
    conclude::LoadedRun,
    conclude::assess,
    export::{ExportFormat, ExportOptions, ExportTable, export},
    present::{Reported, comparison_report},
    results::{ComparisonReport, Cost, Recorded, ResultKind, Run, SweepReport, WhatIf, blocks_of_rows, find_results},
    scenario::{Scenario, Sweep},
};

/// A directory of this process's own, in memory where there is such a place.
fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let directory = parent.join(format!("mapstorm-fuzz-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory for inputs");
        directory
    })
}

/// A directory with the files of `template/`: a run whose other files were left out.
fn with_template(name: &str) -> PathBuf {
    let directory = directory().join(name);
    if !directory.is_dir() {
        fs::create_dir_all(&directory).expect("a directory for a result");
        for file in ["run.json", "left-out.json", "cost.json"] {
            let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("template").join(file);
            let to = directory.join(file);
            if (file == "cost.json") == (name == "cost") {
                fs::copy(&template, &to).expect("a template");
            }
        }
    }
    directory
}

/// A scenario, alone and with axes.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Scenario::parse("fuzz.toml", text, &[]).map_err(|errors| errors.to_string());
    let _ = Sweep::parse("fuzz.toml", text, &[], &[]).map_err(|errors| errors.to_string());
    let sets = [text.lines().next().unwrap_or_default().to_owned()];
    let _ = Scenario::parse("fuzz.toml", "[file]\nsize = '1MiB'", &sets).map_err(|errors| errors.to_string());
}

/// A database of this format: checked, listed in both ways, and opened to be written, which repairs it.
pub fn database(format: &str, data: &[u8]) {
    let magic: &[u8] = match format {
        "skiplist" => b"\xa1\x02\x8b\x0dskiplist file\0\0\0",
        "twoskip" => b"\xa1\x02\x8b\x0dtwoskip file\0\0\0\0",
        "twom" => b"\xa1\x02\x8b\x0dtwomfile\0\0\0\0",
        _ => &mapstorm::internals::mailboxes::flat::MAGIC,
    };
    let mut content = data.to_vec();
    let known = magic.len().min(content.len());
    content[..known].copy_from_slice(&magic[..known]);
    let file = directory().join("mailboxes.db");
    fs::write(&file, content).expect("an input");
    let path = file.to_str().expect("a path of ASCII");
    for arguments in [
        ["mailboxes", "check", path, "--json"].as_slice(),
        &["mailboxes", "dump", path],
        &["mailboxes", "dump", path, "--layout"],
        &["mailboxes", "apply", path],
    ] {
        let parsed = Cli::try_parse_from(["mapstorm"].iter().chain(arguments));
        let Ok(Cli { command: Command::Mailboxes(command) }) = parsed else { continue };
        let _ = mailboxes::run(&command);
    }
}

/// A result's JSON file: read as all kinds of commands do, shown, drawn and exported.
pub fn result(name: &str, data: &[u8]) {
    let directory = directory().join("result");
    fs::create_dir_all(&directory).expect("a directory for a result");
    fs::write(directory.join(name), data).expect("an input");
    let Ok((kind, _)) = ResultKind::of(&directory) else { return };
    let _ = find_results(&[directory.clone()], true);
    let Ok(reported) = Reported::load(kind, &directory) else { return };
    let _ = reported.draw(false);
    exported(&directory, ExportFormat::Csv, Some(ExportTable::Summary));
    exported(&directory, ExportFormat::Openmetrics, None);
    exported(&directory, ExportFormat::Bmf, None);
}

fn exported(directory: &Path, format: ExportFormat, table: Option<ExportTable>) {
    let options = ExportOptions { format, table, points: None, tags: Vec::new() };
    let _ = export(&[directory.to_owned()], &options);
}

/// A comparison's JSON file.
pub fn comparison(data: &[u8]) {
    if let Ok(report) = serde_json::from_slice::<ComparisonReport>(data) {
        let _ = comparison_report(&report, Vec::new());
    }
}

/// Another file of a run: read, diagnosed, drawn, compared and exported.
pub fn of_run(name: &str, data: &[u8]) {
    let directory = with_template("run");
    fs::write(directory.join(name), data).expect("an input");
    if let Ok(recorded) = Recorded::load(&directory) {
        let _ = assess(&recorded, &recorded.run.scenario.slo.clauses);
    }
    let _ = Reported::load(ResultKind::Run, &directory).and_then(|reported| reported.draw(false));
    match name {
        "latency.hlog" => {
            let _ = LoadedRun::load(&directory);
            exported(&directory, ExportFormat::Csv, Some(ExportTable::Percentiles));
            let tags = vec!["reader".to_owned()];
            let options = ExportOptions { format: ExportFormat::Hlog, table: None, points: None, tags };
            let _ = export(&[directory], &options);
        }
        "timeline.csv" => exported(&directory, ExportFormat::Csv, Some(ExportTable::Timeline)),
        "counters.csv" => exported(&directory, ExportFormat::Csv, Some(ExportTable::Counters)),
        _ => {}
    }
}

/// The table of blocks behind a cost result.
pub fn blocks(data: &[u8]) {
    let directory = with_template("cost");
    fs::write(directory.join("blocks.csv"), data).expect("an input");
    let _ = blocks_of_rows(&directory, 4);
}
