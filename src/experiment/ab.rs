//! Two scenarios, A and B, whose runs take turns: A B B A A B B A and so on. Both runs of a pair have the same seed, and so the same due
//! moments where their loads are the same.

use std::path::PathBuf;

use super::UNFINISHED;
use super::sweep::{Many, Next, OnStep, Series};
use crate::conclude::ab::{conclude, differing_keys};
use crate::results::{ARM, Ab, AbArm, FORMAT_VERSION, MAPSTORM_VERSION, RunDirectory, utc_now};
use crate::scenario::{Scenario, Setting};

pub struct AbPlan {
    pub a: (AbArm, Scenario),
    pub b: (AbArm, Scenario),
    pub pairs: u32,
    /// By how much a figure of B may be worse, as a share.
    pub allowed_regression: Option<f64>,
}

impl AbPlan {
    /// How long all runs take, nanoseconds, if getting ready and ending took no time.
    pub fn length_ns(&self) -> u64 {
        let run = |scenario: &Scenario| {
            let run = &scenario.run;
            let warm_ups = if run.control_ns > 0 { 2 } else { 1 };
            warm_ups * run.warm_up_ns + run.control_ns + run.duration_ns
        };
        u64::from(self.pairs) * (run(&self.a.1) + run(&self.b.1))
    }
}

/// Makes all runs; the result and its directory. `None`: interrupted before the first run had begun to measure.
/// Errors: The very first run could not be made.
pub fn ab(
    plan: &AbPlan,
    how: &Many<'_>,
    directory: RunDirectory,
    on_step: OnStep<'_>,
) -> anyhow::Result<Option<(Ab, PathBuf)>> {
    let now = utc_now();
    let report = Ab {
        format_version: FORMAT_VERSION,
        mapstorm_version: MAPSTORM_VERSION.to_owned(),
        command: how.command.to_vec(),
        a: plan.a.0.clone(),
        b: plan.b.0.clone(),
        keys: differing_keys([&plan.a.1, &plan.b.1]),
        started: now.clone(),
        ended: now,
        stopped: Some(UNFINISHED.to_owned()),
        planned: Some(2 * plan.pairs),
        seed: plan.a.1.run.seed,
        statement: UNFINISHED.to_owned(),
        allowed_regression: plan.allowed_regression,
        ..Ab::default()
    };
    let mut series = Series::keeping(report, how, directory);
    let all_made = Ab::turns(plan.pairs).all(|(pair, arm)| {
        let scenario = if arm == "A" { &plan.a.1 } else { &plan.b.1 };
        let setting = Setting { key: ARM.to_owned(), value: arm.to_owned(), number: None };
        series.run(&[setting], scenario, pair, on_step) == Next::GoOn
    });
    if all_made {
        series.report.stopped = None;
    }
    conclude(&mut series.report);
    series.finish(all_made)
}
