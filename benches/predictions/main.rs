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
    conclude::predicted::{Basis, predicted_knee},
    present::{PredictedFigure, prediction_chart},
    results::{Predicted, PredictedKnee, SweepReport, WhatIf},
    scenario::Scenario,
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
    #[arg(long, conflicts_with = "again")]
    keep: Option<PathBuf>,
    /// Measure nothing: predict the knees again from the cost models and runs that were kept here
    #[arg(long)]
    again: Option<PathBuf>,
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
    let is_again = arguments.again.is_some();
    let place = arguments.again.as_deref().or(arguments.keep.as_deref()).unwrap_or(temporary.path());
    std::fs::create_dir_all(place)?;
    println!("| | what | measured | predicted | difference |");
    println!("|---|---|---|---|---|");
    let (mut knees, mut commits, mut measured) = (Vec::new(), Vec::new(), Vec::new());
    for seed in (2007..).take(arguments.runs as usize) {
        for (number, search) in (1..).zip(SEARCHES).filter(|(number, search)| wanted(*number, search.name)) {
            let found = knee(search, seed, &place.join(format!("{number}-{seed}")), is_again);
            take(number, search.name, found.map(|(figure, how)| (figure, measured.push(how)).0), &mut knees);
        }
        let number = SEARCHES.len() + 1;
        if wanted(number, WHAT_IF) {
            match what_if(seed, &place.join(format!("{number}-{seed}")), is_again) {
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
        let sure = || knees.iter().zip(&measured).filter(|(_, how)| how.is_near);
        println!(
            "\nThe machine let {} be measured to {:.0} % (both ends of the interval); of these {} were predicted to that. Predicted and measured \
             intervals have something in common in {} of {}.",
            sure().count(),
            NEAR * 100.0,
            sure().filter(|(figure, _)| off(figure) <= NEAR).count(),
            measured.iter().filter(|how| how.is_met).count(),
            measured.len()
        );
    }
    if !commits.is_empty() {
        println!(
            "\nThe median commits of `{WHAT_IF}` were predicted {:.2} times what was measured, on average.",
            mean(&commits)
        );
    }
    knees.extend(commits);
    // The table's names are Markdown.
    knees.iter_mut().for_each(|figure| figure.name = figure.name.replace('`', ""));
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

/// How well a knee was measured, which on a machine with other things to do is not a matter of the prediction.
struct Measured {
    /// Both ends of its interval are near to it.
    is_near: bool,
    /// The predicted interval and the measured one have something in common.
    is_met: bool,
}

fn knee(search: &Search, seed: u64, result: &Path, is_again: bool) -> anyhow::Result<(PredictedFigure, Measured)> {
    if !is_again {
        let scenario = result.with_extension("toml");
        std::fs::write(&scenario, search.scenario)?;
        let (file, seed) = (scenario.display().to_string(), format!("run.seed={seed}"));
        let within = ["--find-knee", "readers.count", "--knee-within", "6%", "--set", &seed];
        mapstorm(&[&[file.as_str(), "--slo", search.objective], &within[..]].concat(), result)?;
    }
    let report = SweepReport::load(result)?;
    let predicted = report.predicted.first().context("nothing was predicted")?;
    let why = || format!("no knee was predicted: {}", predicted.notes.join("; "));
    let known = predicted.knee.as_ref().with_context(why)?;
    let expected = match is_again {
        true => again(search, predicted, known).context("the kept result has no cost model")?,
        false => *known,
    };
    let expected = expected.load.with_context(why)?;
    let measured = report.knees.first().context("no knee was measured")?;
    let load = measured.load.context("no load met the objective")?;
    let end = |end: Option<f64>| end.map_or("…".to_owned(), |load| format!("{load:.0}"));
    let [low, high] = [measured.low.unwrap_or(0.0), measured.high.unwrap_or(f64::INFINITY)];
    let how = Measured {
        is_near: low >= load * (1.0 - NEAR) && high <= load * (1.0 + NEAR),
        is_met: expected.low <= high && low <= expected.high,
    };
    let figure = PredictedFigure {
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
    };
    Ok((figure, how))
}

/// The knee by this version's model, from the cost model that was measured and calibrated then.
fn again(search: &Search, then: &Predicted, known: &PredictedKnee) -> Option<PredictedKnee> {
    let objective = [format!("slo.clauses=['{}']", search.objective)];
    let scenario = Scenario::parse("predicted", search.scenario, &objective).ok()?;
    let basis = Basis { cost_model: then.cost_model.as_ref()?, reader_cpu_ns: then.reader_cpu_ns?, cpus: then.cpus? };
    predicted_knee(&scenario, &then.key, &basis, known.from..=known.to)
}

fn over(predicted: Estimate, measured: f64) -> Estimate {
    let [value, low, high] = [predicted.value, predicted.low, predicted.high].map(|end| end / measured);
    Estimate { value, low, high }
}

/// The median commit of each run.
fn what_if(seed: u64, result: &Path, is_again: bool) -> anyhow::Result<Vec<PredictedFigure>> {
    if !is_again {
        mapstorm(&[WHAT_IF, "--what-if", "--set", &format!("run.seed={seed}")], result)?;
    }
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
