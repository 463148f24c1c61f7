//! Many runs with one command: its flags, how they show that they go on, and what they leave.
//! What the runs are is told by `sweep`, or by `knee`.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{Run, common, knee};
use crate::{
    cli::{
        failure::{Failure, Outcome},
        live::Live,
    },
    experiment::{INTERRUPTED, Step},
    note,
    results::SweepReport,
    scenario::{Setting, units::format_duration_ns},
};

/// What makes many runs of one.
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
    #[arg(long, value_name = "PERCENT", requires = "find_knee", value_parser = knee::parse_within)]
    pub knee_within: Option<f64>,
}

impl Flags {
    /// The flags that stand for keys of a scenario, as overrides.
    pub fn sets(&self) -> Vec<String> {
        self.repeats.map(|repeats| format!("sweep.repeats={repeats}")).into_iter().collect()
    }
}

/// Settings in one line.
pub fn settings(settings: &[Setting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Shows a step.
pub fn show(live: &Live, step: &Step<'_>) {
    match step {
        Step::Begins { nth, of, settings: at, repeat, left_ns } => {
            let of = of.map_or_else(|| format!("run {nth}"), |of| format!("point {nth} of {of}"));
            let left = left_ns.map_or_else(String::new, |ns| format!(" (about {} to go)", roughly(ns)));
            live.line(&format!("{of}: {}, repeat {repeat}{left}", settings(at)));
        }
        Step::Run(progress) => live.show(progress),
    }
}

/// A duration in no more digits than a guess deserves.
fn roughly(ns: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    let step = if ns < 120 * SECOND { SECOND } else { 60 * SECOND };
    format_duration_ns(ns.div_ceil(step) * step)
}

/// Prints what was found; the outcome is what was made of what was planned. Points that fail their objectives are data.
pub fn print(arguments: &Run, found: &SweepReport, directory: &Path) -> Outcome {
    let text = if arguments.json { serde_json::to_string_pretty(found)? + "\n" } else { found.to_string() };
    let outcome = match &found.stopped {
        Some(why) if why != INTERRUPTED => {
            note!("Error: {why}");
            Err(Failure::Failed)
        }
        Some(_) => Err(Failure::Incomplete),
        None if !found.complete => Err(Failure::Incomplete),
        None if found.runs.iter().any(|run| run.errors > 0) => Err(Failure::Failed),
        None => Ok(()),
    };
    common::show(&text, directory, arguments.no_report, outcome)
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
