//! `mapstorm ab A B`: which of two scenarios is better on this machine? Their runs take turns, so that a drift of the machine is no effect.
//! The first Ctrl-C ends what is running and keeps what was measured.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, Outcome};
use super::live::Live;
use super::run::many;
use super::scenario_file::ScenarioFile;
use super::steps::{self, Mounting, Wanted};
use super::{Kept, objectives, percent};
use crate::experiment::{self, AbPlan, Many, Step};
use crate::results::AbArm;
use crate::scenario::{Clause, Scenario};

/// The key of the seed, which both runs of a pair share.
const SEED: &str = "run.seed";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm ab quick --a writer.rate=10/s --b writer.rate=20/s               one scenario, two settings
  mapstorm ab today.toml tomorrow.toml --pairs 10 --fail-on-regression 10%  two scenarios; exit code 4 if the second is worse
  mapstorm ab quick quick                                                   nothing should differ: is this machine quiet enough?")]
pub struct AbArguments {
    /// Scenario A: a file, or the name of a built-in one
    a: PathBuf,
    /// Scenario B [default: A, where --a or --b makes the two differ]
    b: Option<PathBuf>,
    /// Override a key of A alone, such as writer.rate=10/s
    #[arg(long = "a", value_name = "KEY=VALUE")]
    sets_of_a: Vec<String>,
    /// Override a key of B alone
    #[arg(long = "b", value_name = "KEY=VALUE")]
    sets_of_b: Vec<String>,
    /// Override a key of both
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Pairs of runs; an even number cancels a steady drift of the machine
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=500))]
    pairs: u32,
    /// Judge every run by these objectives too, such as 'lookup.p99<=50ms,freeze.longest<=200ms'; `default`: those of docs/scenario.md
    #[arg(long, value_name = "CLAUSES")]
    slo: Vec<String>,
    /// Exit with 4 if a figure of B is worse than A's by more than this, and significantly
    #[arg(long, value_name = "PERCENT", value_parser = |text: &str| percent(text, 0.0..=1000.0))]
    fail_on_regression: Option<f64>,
    /// The result directory to make [default: results/SCENARIO-ab-HOST-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Run although this machine seems too small
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    mounting: Mounting,
    #[command(flatten)]
    kept: Kept,
}

impl AbArguments {
    fn arm(&self, path: &Path, own: &[String], objectives: &[Clause]) -> Result<(AbArm, Scenario), Failure> {
        if let Some(set) = own.iter().find(|set| set.split('=').next().is_some_and(|key| key.trim() == SEED)) {
            return Err(Failure::invalid(format!(
                "{set}: both runs of a pair share a seed; --set {set} gives the first pair's"
            )));
        }
        let file = ScenarioFile::read(path)?;
        let mut scenario = Scenario::parse(&file.name, &file.text, &[&*self.sets, own].concat())?;
        scenario.slo.clauses.extend(objectives);
        Ok((AbArm { scenario: scenario.name.clone(), overrides: own.to_vec() }, scenario))
    }

    fn plan(&self) -> Result<AbPlan, Failure> {
        if self.b.is_none() && self.sets_of_a.is_empty() && self.sets_of_b.is_empty() {
            let a = self.a.display();
            return Err(Failure::invalid(format!(
                "B is missing: name a second scenario (`mapstorm ab {a} OTHER`), or settings in which the two differ \
                 (`mapstorm ab {a} --a writer.rate=10/s --b writer.rate=20/s`); `mapstorm ab {a} {a}` compares it with itself"
            )));
        }
        let objectives = objectives("--slo", &self.slo)?;
        let a = self.arm(&self.a, &self.sets_of_a, &objectives)?;
        let mut b = self.arm(self.b.as_ref().unwrap_or(&self.a), &self.sets_of_b, &objectives)?;
        b.1.run.seed = a.1.run.seed;
        Ok(AbPlan { a, b, pairs: self.pairs, allowed_regression: self.fail_on_regression })
    }
}

pub fn run(arguments: &AbArguments) -> Outcome {
    arguments.mounting.carry_out();
    let plan = arguments.plan()?;
    let scenarios = [&plan.a.1, &plan.b.1];
    let place = Wanted::of(arguments.out.as_deref(), &format!("{}-ab", plan.a.0.scenario));
    let named = ["A: ", "B: "].map(str::to_owned).into_iter().zip(scenarios);
    steps::look_ahead(named, plan.pairs, place.path(), arguments.force)?;
    let (directory, interrupted) =
        place.claim(scenarios.iter().filter_map(|scenario| scenario.file.directory.as_ref()))?;
    let how = Many { command: &steps::command(), interrupted: &interrupted, cost_model: None, again: None };
    let finished = Live::terse().during(|live| {
        live.line(&format!(
            "{} pairs, A B B A and so on: at least {}, and the time to get ready",
            plan.pairs,
            many::roughly(plan.length_ns())
        ));
        experiment::ab(&plan, &how, directory, &mut |step| show(live, &step))
    });
    let (found, directory) = finished?.ok_or_else(many::nothing_to_keep)?;
    let outcome = many::outcome(found.stopped.as_deref(), found.complete, &found.runs)
        .and_then(|()| if found.regressions.is_empty() { Ok(()) } else { Err(Failure::NotMet) });
    arguments.kept.show(&found, &directory, outcome)
}

fn show(live: &Live, step: &Step<'_>) {
    match step {
        Step::Begins { nth, of, settings, repeat, left_ns } => {
            let arm = settings.first().map_or("", |setting| &setting.value);
            let of = of.map_or_else(String::new, |of| format!(" of {of}"));
            live.line(&format!("run {nth}{of}: {arm}, pair {repeat}{}", many::to_go(*left_ns)));
        }
        Step::Run(progress) => live.show(progress),
    }
}
