//! Searches for the knee and a what-if, each predicted by the program before it is measured: a table and a chart of both.
//! `scripts/predictions.sh` runs it and puts both into docs/predict.md.

mod searches;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context;
use clap::Parser;
use mapstorm::internals::{
    present::{PredictedFigure, prediction_chart},
    results::{SweepReport, WhatIf},
    stats::Estimate,
};
use searches::{SEARCHES, Search, WHAT_IF};

#[derive(Parser)]
struct Arguments {
    /// Only this one: its number, or part of its name
    #[arg(long)]
    only: Option<String>,
    /// How often each is made, with a seed of its own
    #[arg(long, default_value_t = 1)]
    runs: u64,
    /// Where the chart goes
    #[arg(long, default_value = "target/predictions.svg")]
    chart: PathBuf,
    /// Keep the results here
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// A knee this close is near enough.
const NEAR: f64 = 0.15;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let wanted = |number: usize, name: &str| {
        arguments
            .only
            .as_ref()
            .is_none_or(|only| *only == number.to_string() || (only.parse::<u64>().is_err() && name.contains(only)))
    };
    let temporary = tempfile::tempdir_in(".")?;
    let place = arguments.keep.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(place)?;
    println!("| | what | measured | predicted | difference |");
    println!("|---|---|---|---|---|");
    let (mut knees, mut commits) = (Vec::new(), Vec::new());
    for seed in (2007..).take(arguments.runs as usize) {
        for (number, search) in (1..).zip(SEARCHES).filter(|(number, search)| wanted(*number, search.name)) {
            let found = knee(search, seed, &place.join(format!("{number}-{seed}")));
            take(number, search.name, found, &mut knees);
        }
        let number = SEARCHES.len() + 1;
        if wanted(number, WHAT_IF) {
            match what_if(seed, &place.join(format!("{number}-{seed}"))) {
                Ok(found) => found.into_iter().for_each(|figure| take(number, WHAT_IF, Ok(figure), &mut commits)),
                Err(error) => take(number, WHAT_IF, Err(error), &mut commits),
            }
        }
    }
    let off = |figure: &PredictedFigure| (figure.ratio.value - 1.0).abs();
    let mean = |figures: &[PredictedFigure]| {
        let logs = figures.iter().map(|figure| figure.ratio.value.ln());
        (logs.sum::<f64>() / figures.len() as f64).exp()
    };
    if !knees.is_empty() {
        let near = knees.iter().filter(|figure| off(figure) <= NEAR).count();
        println!(
            "\n{near} of {} knees were predicted to {:.0} %; on average (geometric mean) they were predicted {:+.0} % off.",
            knees.len(),
            NEAR * 100.0,
            (mean(&knees) - 1.0) * 100.0
        );
    }
    if !commits.is_empty() {
        println!(
            "\nThe median commits of `{WHAT_IF}` were predicted {:.2} times what was measured, on average.",
            mean(&commits)
        );
    }
    knees.extend(commits);
    let machine = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let source = format!("benches/predictions, seed 2007, mapstorm {}", env!("CARGO_PKG_VERSION"));
    if let Some(chart) = prediction_chart(&knees, NEAR, [&machine, &source])? {
        std::fs::write(&arguments.chart, chart.svg).with_context(|| arguments.chart.display().to_string())?;
    }
    Ok(())
}

/// Prints a line of the table, and keeps what can be drawn.
fn take(number: usize, name: &str, found: anyhow::Result<PredictedFigure>, kept: &mut Vec<PredictedFigure>) {
    match found {
        Ok(figure) => {
            println!(
                "| {number} | {} | {} | {:+.0} % |",
                figure.name,
                figure.text.replace("; ", " | "),
                (figure.ratio.value - 1.0) * 100.0
            );
            kept.push(figure);
        }
        Err(error) => println!("| {number} | {name} | {error:#} | | |"),
    }
}

fn mapstorm(arguments: &[&str], result: &Path) -> anyhow::Result<()> {
    let status = Command::new(env!("CARGO_BIN_EXE_mapstorm"))
        .arg("run")
        .args(arguments)
        .args(["--out", &result.display().to_string()])
        .stdout(Stdio::null())
        .status()?;
    // Objectives that are not met are a measurement too.
    anyhow::ensure!(matches!(status.code(), Some(0 | 4)), "mapstorm run {}: {status}", arguments.join(" "));
    Ok(())
}

fn knee(search: &Search, seed: u64, result: &Path) -> anyhow::Result<PredictedFigure> {
    let scenario = result.with_extension("toml");
    std::fs::write(&scenario, search.scenario)?;
    let (file, seed) = (scenario.display().to_string(), format!("run.seed={seed}"));
    let within = ["--find-knee", "readers.count", "--knee-within", "6%", "--set", &seed];
    mapstorm(&[&[file.as_str(), "--slo", search.objective], &within[..]].concat(), result)?;
    let report = SweepReport::load(result)?;
    let predicted = report.predicted.first().context("nothing was predicted")?;
    let why = || format!("no knee was predicted: {}", predicted.notes.join("; "));
    let expected = predicted.knee.as_ref().and_then(|knee| knee.load).with_context(why)?;
    let measured = report.knees.first().context("no knee was measured")?;
    let load = measured.load.context("no load met the objective")?;
    let end = |end: Option<f64>| end.map_or("…".to_owned(), |load| format!("{load:.0}"));
    Ok(PredictedFigure {
        name: search.name.to_owned(),
        ratio: over(expected, load),
        text: format!(
            "{load:.0} ({} to {}); {:.0} ({:.0} to {:.0})",
            end(measured.low),
            end(measured.high),
            expected.value,
            expected.low,
            expected.high
        ),
        held_out: search.held_out,
    })
}

fn over(predicted: Estimate, measured: f64) -> Estimate {
    let [value, low, high] = [predicted.value, predicted.low, predicted.high].map(|end| end / measured);
    Estimate { value, low, high }
}

/// The median commit of each run.
fn what_if(seed: u64, result: &Path) -> anyhow::Result<Vec<PredictedFigure>> {
    mapstorm(&[WHAT_IF, "--what-if", "--set", &format!("run.seed={seed}")], result)?;
    let report = WhatIf::load(result)?;
    let mitigations = report.mitigations.iter().filter_map(|tried| Some((&*tried.name, tried.run.as_ref()?)));
    let runs = std::iter::once(("baseline", &report.baseline)).chain(mitigations);
    let figure = |(name, tried): (&str, &mapstorm::internals::results::Tried)| {
        let predicted = tried.predicted.value()?.commit_p50_ns;
        let measured = tried.measured.commit_p50_ns? as f64;
        let ms = |ns: f64| format!("{:.1} ms", ns / 1e6);
        Some(PredictedFigure {
            name: format!("{WHAT_IF}, {name}, commit p50"),
            ratio: over(predicted, measured),
            text: format!(
                "{}; {} ({} to {})",
                ms(measured),
                ms(predicted.value),
                ms(predicted.low),
                ms(predicted.high)
            ),
            held_out: false,
        })
    };
    Ok(runs.filter_map(figure).collect())
}
