//! Many runs with one command: the flags, the progress and the outcome that sweeps and searches for the knee have in common.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::Args;

use super::{Run, knee};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::live::Live;
use crate::cli::percent;
use crate::experiment::{INTERRUPTED, Step};
use crate::note;
use crate::results::{SweepReport, SweptRun};
use crate::scenario::Setting;
use crate::scenario::units::format_duration_ns;

#[derive(Debug, Args)]
pub struct Flags {
    /// Sweep a key over values, such as readers.count=250,500,1000 or readers.count=250..4000*2; give it twice for every combination
    #[arg(long = "axis", value_name = "KEY=VALUES", conflicts_with = "keep_file")]
    pub axes: Vec<String>,
    /// Runs of each point of a sweep [default: 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub repeats: Option<u32>,
    /// Find the largest value of a key, such as readers.count, that meets the objectives
    #[arg(long, value_name = "KEY", conflicts_with_all = ["axes", "repeats", "keep_file"])]
    pub find_knee: Option<String>,
    /// Predict from this result of `mapstorm cost`: its directory, or cost.json [default: a search for the knee measures, for as
    /// long as a run and at most ten seconds, before and after, what a commit costs; a sweep takes it from its own runs]
    #[arg(long, value_name = "RESULT")]
    pub cost_model: Option<PathBuf>,
    /// Look for the knee from here to there [default: from the scenario's own value, up or down, to what this machine can hold]
    #[arg(long, value_name = "FROM..TO", requires = "find_knee", value_parser = knee::parse_range)]
    pub knee_range: Option<RangeInclusive<u64>>,
    /// How exact the knee is to be [default: 5%]
    #[arg(long, value_name = "PERCENT", requires = "find_knee", value_parser = |text: &str| percent(text, 0.1..=100.0))]
    pub knee_within: Option<f64>,
}

pub fn settings(settings: &[Setting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

pub fn show(live: &Live, step: &Step<'_>) {
    match step {
        Step::Begins { nth, of: planned, settings: at, repeat, left_ns } => {
            let run = planned.map_or_else(|| format!("run {nth}"), |planned| format!("point {nth} of {planned}"));
            live.line(&format!("{run}: {}, repeat {repeat}{}", settings(at), to_go(*left_ns)));
        }
        Step::Run(progress) => live.show(progress),
    }
}

/// How long the rest takes; empty: not known.
pub fn to_go(left_ns: Option<u64>) -> String {
    left_ns.map_or_else(String::new, |ns| format!(" (about {} to go)", roughly(ns)))
}

/// A duration in no more digits than a guess deserves.
pub fn roughly(ns: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    let step = if ns < 120 * SECOND { SECOND } else { 60 * SECOND };
    format_duration_ns(ns.div_ceil(step) * step)
}

/// Prints what was found. Points that do not meet their objectives are data; runs that were not made are a failure.
pub fn print(arguments: &Run, finished: Option<(SweepReport, PathBuf)>) -> Result<SweepReport, Failure> {
    let (found, directory) = finished.ok_or_else(nothing_to_keep)?;
    let outcome = outcome(found.stopped.as_deref(), found.complete, &found.runs);
    arguments.kept.show(&found, &directory, outcome)?;
    Ok(found)
}

pub fn nothing_to_keep() -> Failure {
    Failure::interrupted_before("the first workers were forked")
}

/// How a series of runs ends its command: why it stopped, if it did, whether it is complete, and its runs.
pub fn outcome(stopped: Option<&str>, is_complete: bool, runs: &[SweptRun]) -> Outcome {
    match stopped {
        Some(why) if why != INTERRUPTED => {
            note!("Error: {why}");
            Err(Failure::Failed)
        }
        Some(_) => Err(Failure::Incomplete),
        None if !is_complete => Err(Failure::Incomplete),
        None if runs.iter().any(|run| run.errors > 0) => Err(Failure::Failed),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::roughly;

    #[test]
    fn a_guess_has_few_digits() {
        assert_eq!(roughly(1_234_567_890), "2 s");
        assert_eq!(roughly(150_000_000_001), "3 min");
        assert_eq!(roughly(0), "0 ns");
    }
}
