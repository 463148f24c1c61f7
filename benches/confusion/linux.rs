//! The runs, and the table of what was named.
//! `scripts/confusion.sh` runs it and puts the table into docs/diagnosis.md.

#[path = "../../tests/injection/inject.rs"]
mod inject;

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use clap::Parser;
use inject::Injection;

#[derive(Parser)]
struct Arguments {
    /// Runs of each kind of trouble
    #[arg(long, default_value_t = 6)]
    runs: u64,
    /// Only kinds whose name holds this
    #[arg(long)]
    only: Option<String>,
    /// Keep the results here
    #[arg(long)]
    keep: Option<std::path::PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// Edges further off than this are wrong, nanoseconds.
const EXACT_NS: i64 = 5_000_000;

/// One kind of trouble.
#[derive(Default)]
struct Row {
    named: BTreeMap<String, u64>,
    right: u64,
    runs: u64,
    edges_off_ns: Vec<i64>,
}

/// Makes all of it, and prints the table.
pub fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let program = Path::new(env!("CARGO_BIN_EXE_mapstorm"));
    println!("| what was done | runs | named right | named | edges of the freeze off by, at most |");
    println!("|---|---|---|---|---|");
    let (mut right, mut runs, mut edges_wrong) = (0, 0, 0);
    for injection in Injection::ALL {
        if arguments.only.as_ref().is_some_and(|only| !injection.name().contains(only.as_str())) {
            continue;
        }
        if let Some(why) = injection.impossible(Path::new(".")) {
            println!("| {} | 0 | | not on this machine: {why} | |", injection.name());
            continue;
        }
        let row = row(program, injection, &arguments)?;
        println!("{}", line(injection, &row));
        right += row.right;
        runs += row.runs;
        edges_wrong += row.edges_off_ns.iter().filter(|off| **off > EXACT_NS).count();
    }
    println!("\n{right} of {runs} runs were named right ({:.0} %).", 100.0 * right as f64 / runs.max(1) as f64);
    Ok(if right * 100 >= runs * 95 && edges_wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(program: &Path, injection: Injection, arguments: &Arguments) -> anyhow::Result<Row> {
    let mut row = Row::default();
    for number in 0..arguments.runs {
        let directory = tempfile::tempdir_in(".")?;
        row.runs += 1;
        let outcome = match inject::run(program, injection, 2007 + number, "3s", directory.path()) {
            Ok(outcome) => outcome,
            Err(error) => {
                eprintln!("{}, run {number}: {error:#}", injection.name());
                *row.named.entry("the run failed".to_owned()).or_default() += 1;
                continue;
            }
        };
        if let Some(keep) = &arguments.keep {
            let kept = keep.join(format!("{}-{number}", injection.name().replace([' ', ','], "-")));
            std::fs::create_dir_all(&kept)?;
            for entry in
                std::fs::read_dir(directory.path().join("result"))?.flatten().filter(|entry| entry.path().is_file())
            {
                std::fs::copy(entry.path(), kept.join(entry.file_name()))?;
            }
        }
        row.right += u64::from(outcome.cause() == injection.cause());
        *row.named.entry(outcome.cause().unwrap_or("nothing").to_owned()).or_default() += 1;
        if injection.has_edges() {
            debug_assert!(outcome.covered().is_some(), "trouble with edges has a length");
            // Without a freeze the edges are as far off as can be.
            let (start, end) = outcome.edges_off_ns().unwrap_or((i64::MAX, i64::MAX));
            row.edges_off_ns.push(start.saturating_abs().max(end.saturating_abs()));
        }
    }
    Ok(row)
}

fn line(injection: Injection, row: &Row) -> String {
    let named: Vec<_> = row.named.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let edges = match row.edges_off_ns.iter().max() {
        None => String::new(),
        Some(&i64::MAX) => "no freeze found".to_owned(),
        Some(off) => format!("{:.1} ms", *off as f64 / 1e6),
    };
    format!("| {} | {} | {} | {} | {edges} |", injection.name(), row.runs, row.right, named.join(", "))
}
