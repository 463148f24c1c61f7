//! A series of runs in one directory: each a whole run of its own, its key figures kept together in one file.
//! What sweeps, searches for the knee and A/B comparisons have in common.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use crate::driver::Progress;
use crate::experiment::{OneRun, UNFINISHED, one_run};
use crate::results::{
    CommitModel, FORMAT_VERSION, MAPSTORM_VERSION, Machine, OfSeries, Purpose, RunDirectory, SweepReport, SweptRun,
    Which, json, put, utc_now,
};
use crate::scenario::{Scenario, Setting};

/// Why a series stopped that a signal ended.
pub const INTERRUPTED: &str = "interrupted";
/// Seeds of repeats are so far apart that no instance's file is that of another one's repeat.
const SEED_STEP: u64 = 1_000_003;
/// A directory's name is cut here: file systems allow 255 bytes, and there is a temporary name to be made of it.
const LONGEST_NAME: usize = 120;

pub struct Many<'a> {
    pub command: &'a [String],
    /// Set by a signal handler: the series ends, and what was measured until then is kept.
    pub interrupted: &'a AtomicBool,
    /// What a commit costs on this machine, if that is known from elsewhere; else it is taken from the runs themselves.
    pub cost_model: Option<CommitModel>,
    /// Measures it again, at the end: what a machine does may drift meanwhile.
    pub again: Option<&'a dyn Fn() -> Option<CommitModel>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step<'a> {
    /// Run `nth`, repeat `repeat` of its point, from 1; the rest takes about `left_ns`. `None`: not known.
    Begins { nth: u32, of: Option<u32>, settings: &'a [Setting], repeat: u32, left_ns: Option<u64> },
    /// What the driver reports of the run.
    Run(Progress),
}

pub type OnStep<'a> = &'a mut dyn FnMut(Step<'_>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::experiment) enum Next {
    GoOn,
    Stop,
}

pub(in crate::experiment) struct Series<'a, R = SweepReport> {
    how: &'a Many<'a>,
    directory: RunDirectory,
    began: Instant,
    failed: Option<anyhow::Error>,
    pub report: R,
}

impl<'a> Series<'a> {
    pub(super) fn new(how: &'a Many<'a>, directory: RunDirectory, purpose: Purpose, first: &Scenario) -> Series<'a> {
        let report = SweepReport {
            format_version: FORMAT_VERSION,
            mapstorm_version: MAPSTORM_VERSION.to_owned(),
            command: how.command.to_vec(),
            purpose,
            scenario: first.name.clone(),
            objectives: first.slo.clauses.clone(),
            started: utc_now(),
            ended: utc_now(),
            stopped: Some(UNFINISHED.to_owned()),
            seed: first.run.seed,
            ..SweepReport::default()
        };
        Series::keeping(report, how, directory)
    }
}

impl<'a, R: OfSeries> Series<'a, R> {
    pub(in crate::experiment) fn keeping(report: R, how: &'a Many<'a>, directory: RunDirectory) -> Series<'a, R> {
        Series { how, directory, began: Instant::now(), failed: None, report }
    }

    /// Makes one run more, with a seed of its own for every repeat. What goes wrong ends the series, not what it has measured.
    pub(in crate::experiment) fn run(
        &mut self,
        settings: &[Setting],
        scenario: &Scenario,
        repeat: u32,
        on_step: OnStep<'_>,
    ) -> Next {
        let nth = self.report.parts().runs.len() as u32 + 1;
        let planned = self.report.parts().planned;
        let left_ns = planned.filter(|_| nth > 1).map(|planned| {
            let run_ns = self.began.elapsed().as_nanos() as u64 / u64::from(nth - 1);
            run_ns * u64::from(planned.saturating_sub(nth - 1))
        });
        on_step(Step::Begins { nth, of: planned, settings, repeat, left_ns });
        let which = Which { order: nth, settings, repeat };
        match self.run_and_keep(scenario, which, on_step) {
            Ok(Some(run)) => {
                self.report.parts().runs.push(run);
                // It can be read, or saved, while the rest goes on.
                if let Err(error) = self.write() {
                    *self.report.parts().stopped = Some(format!("{error:#}"));
                    return Next::Stop;
                }
            }
            Ok(None) => {}
            Err(error) => {
                *self.report.parts().stopped = Some(format!("run {nth} failed: {error:#}"));
                self.failed = Some(error.context(format!("run {nth} failed")));
                return Next::Stop;
            }
        }
        if self.how.interrupted.load(Relaxed) {
            *self.report.parts().stopped = Some(INTERRUPTED.to_owned());
            return Next::Stop;
        }
        Next::GoOn
    }

    fn run_and_keep(
        &mut self,
        scenario: &Scenario,
        which: Which<'_>,
        on_step: OnStep<'_>,
    ) -> anyhow::Result<Option<SweptRun>> {
        let mut scenario = scenario.clone();
        scenario.run.seed = scenario.run.seed.wrapping_add(SEED_STEP * u64::from(which.repeat - 1));
        let wanted = self.directory.path().join(R::RUNS).join(name(which, self.report.parts().planned));
        let how = OneRun::among(&wanted, self.how.command, self.how.interrupted)?;
        let Some((run, directory)) = one_run(&scenario, how, &mut |progress| on_step(Step::Run(progress)))? else {
            return Ok(None);
        };
        self.report.parts().machine.get_or_insert_with(|| Machine::of(&run));
        SweptRun::of(&run, which, &directory, self.directory.path()).map(Some)
    }

    fn write(&self) -> anyhow::Result<()> {
        put(self.directory.path(), R::FILE, &json(&self.report)?)
    }

    /// Writes the report, to which the conclusions have been added, and gives the directory its name. `None`: nothing ran, so there
    /// is nothing to keep.
    /// Errors: The very first run failed: there is nothing to keep then.
    pub(in crate::experiment) fn finish(mut self, all_made: bool) -> anyhow::Result<Option<(R, PathBuf)>> {
        let parts = self.report.parts();
        if all_made {
            *parts.stopped = None;
        }
        if parts.runs.is_empty() {
            return match parts.stopped.take() {
                // With its cause, which decides the exit code.
                Some(why) if why != INTERRUPTED => Err(self.failed.unwrap_or_else(|| anyhow::anyhow!(why))),
                _ => Ok(None),
            };
        }
        *parts.complete = all_made && parts.runs.iter().all(|run| run.complete);
        *parts.ended = utc_now();
        // What was measured is in the runs' directories, whatever goes wrong from here on.
        let path = self.directory.keep(&mut self.report, Vec::new(), []);
        Ok(Some((self.report, path)))
    }
}

/// A run's directory: its number, so that they are listed in their order, and what it is.
fn name(which: Which<'_>, planned: Option<u32>) -> String {
    let digits = planned.unwrap_or(99).to_string().len().max(2);
    let settings: Vec<String> = which.settings.iter().map(ToString::to_string).collect();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "=.-".contains(c) { c } else { '_' };
    let settings: String = settings.join("-").chars().map(plain).take(LONGEST_NAME).collect();
    format!("{:0digits$}-{settings}-r{}", which.order, which.repeat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_listed_in_the_order_of_the_runs() {
        let setting = |key: &str, value: &str| Setting { key: key.to_owned(), value: value.to_owned(), number: None };
        let settings = [setting("writer.rate", "20/s"), setting("file.source", "../a b.db")];
        let which = Which { order: 7, settings: &settings, repeat: 2 };
        assert_eq!(name(which, Some(120)), "007-writer.rate=20_s-file.source=.._a_b.db-r2");
        let long = [setting("file.source", &"x".repeat(300))];
        assert!(name(Which { settings: &long, ..which }, None).len() < 140);
    }
}
