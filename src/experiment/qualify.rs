//! Is this machine fit for a load? A short cost model, the search for the knee around the wanted load, and a longer run at it.
//! All of it within a budget of time: the longer run comes first in importance, then the search.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::cost::model_kind;
use super::sweep::{self, KneeSearch, Many, find_knee};
use super::{CostProgress, OneRun, UNFINISHED, commit_model, mitigations::MITIGATIONS, one_run};
use crate::conclude::predicted::{mappers, obstacle};
use crate::conclude::qualify::conclude;
use crate::driver::Progress;
use crate::results::{
    Availability, CommitModel, FORMAT_VERSION, FitAdvice, Fitness, Judgement, MAPSTORM_VERSION, Qualification, Run,
    RunDirectory, SweptRun, Which, utc_now,
};
use crate::scenario::{Scenario, Tunable};

const SECOND: u64 = 1_000_000_000;
/// Of the search for the knee: one run decides a load, and the bracket is at most a tenth wide. Margins are looked for in steps of a
/// quarter; a machine that is not fit may be far from it.
const AGREEING: u32 = 1;
const GROWTH: [f64; 2] = [1.25, 2.0];
const WITHIN: f64 = 0.1;
/// Measuring a cost model takes this share of the budget, within these bounds.
const COST_SHARE: u32 = 20;
const COST_NS: [u64; 2] = [2_000_000_000, 8_000_000_000];
/// So many commits decide a p99: with none of them over a limit, at most 1 % are, with 95 % confidence.
const COMMITS: f64 = 400.0;
/// The longer run measures for at most so many times as long as a run of the search; where that one missed the objectives already, for so
/// many.
const LONGEST: u64 = 12;
const LONGEST_AFTER_MISS: u64 = 3;
/// The search may take this share of what is left after the cost model.
const SEARCH_SHARE: f64 = 0.6;

pub struct Qualify<'a> {
    /// The scenario of the search's runs, with the number of processes left open.
    pub tunable: &'a Tunable,
    pub wanted: u64,
    /// The loads that this machine can hold.
    pub range: RangeInclusive<u64>,
    pub budget: Duration,
    pub command: &'a [String],
    /// Set by a signal handler: what is running ends, and what was measured until then is kept.
    pub interrupted: &'a AtomicBool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum QualifyStep<'a> {
    CostModel,
    Measuring(CostProgress),
    SearchBegins,
    Search(sweep::Step<'a>),
    Confirm { duration_ns: u64 },
    Going(Progress),
    Advice { mitigation: &'static str },
}

type OnStep<'a> = &'a mut dyn FnMut(QualifyStep<'_>);

/// Carries it out; the result and its directory. `None`: interrupted before anything had been measured.
/// Errors: The first run could not be made, or the wanted load makes no valid scenario.
pub fn qualify(
    how: &Qualify<'_>,
    directory: RunDirectory,
    on_step: OnStep<'_>,
) -> anyhow::Result<Option<(Qualification, PathBuf)>> {
    let began = Instant::now();
    let wanted = how.tunable.at(how.wanted)?;
    let mut found = Qualification {
        format_version: FORMAT_VERSION,
        mapstorm_version: MAPSTORM_VERSION.to_owned(),
        command: how.command.to_vec(),
        scenario: wanted.name.clone(),
        started: utc_now(),
        ended: utc_now(),
        complete: false,
        stopped: Some(UNFINISHED.to_owned()),
        verdict: Fitness::Invalid,
        statement: UNFINISHED.to_owned(),
        reasons: Vec::new(),
        wanted: how.wanted,
        objectives: wanted.slo.clauses.clone(),
        knee: None,
        limit: None,
        advice: Vec::new(),
        cost_model: Availability::Unavailable { unavailable: UNFINISHED.to_owned() },
        machine: None,
        search: None,
        confirmation: None,
        notes: Vec::new(),
    };
    on_step(QualifyStep::CostModel);
    found.cost_model = how.cost_model(&wanted, &directory, on_step);
    let cost_model = found.cost_model.value().cloned();
    let left = how.budget.saturating_sub(began.elapsed());
    let until = began.elapsed() + left.mul_f64(SEARCH_SHARE);
    // The run before took so long at such a load: another one takes as long at the same.
    let last = Cell::new(None::<(u64, Instant)>);
    let has_time = |load: u64| {
        let fits = last.get().is_none_or(|(before, since)| {
            let run = since.elapsed().mul_f64((load as f64 / before as f64).max(1.0));
            began.elapsed() + run <= until
        });
        last.set(Some((load, Instant::now())));
        fits
    };
    let search = KneeSearch {
        tunable: how.tunable,
        objectives: &[],
        range: how.range.clone(),
        start: Some(how.wanted),
        within: WITHIN,
        agreeing: AGREEING,
        growth: GROWTH,
        has_time: &has_time,
    };
    let many = Many { command: how.command, interrupted: how.interrupted, cost_model, again: None };
    on_step(QualifyStep::SearchBegins);
    let inside = RunDirectory::new(&directory.path().join("knee"))?;
    let searched = find_knee(&search, &many, inside, &mut |step| on_step(QualifyStep::Search(step)))?;
    let Some((search, _)) = searched else { return Ok(None) };
    found.machine.clone_from(&search.machine);
    found.stopped.clone_from(&search.stopped);
    found.search = Some(search);
    let mut confirming = None;
    if found.stopped.is_none() {
        let first = found.search.iter().flat_map(|search| search.runs.first()).next();
        let has_missed = first.is_some_and(|run| run.judgement() == Some(Judgement::NotMet));
        let times = if has_missed { LONGEST_AFTER_MISS } else { LONGEST };
        let left = how.budget.saturating_sub(began.elapsed());
        match how.confirm(&wanted, left, times, &directory, on_step) {
            Ok(Some((run, swept))) => {
                found.confirmation = Some(swept);
                confirming = Some(run);
            }
            Ok(None) => found.stopped = Some(sweep::INTERRUPTED.to_owned()),
            Err(error) => found.stopped = Some(format!("the longer run failed: {error:#}")),
        }
    }
    if how.interrupted.load(Relaxed) {
        found.stopped = Some(sweep::INTERRUPTED.to_owned());
    }
    conclude(&mut found);
    if found.verdict == Fitness::NotFit
        && let Some(run) = &confirming
    {
        found.advice = how.advice(&wanted, run, found.cost_model.value(), &directory, on_step);
    }
    let is_whole = found.search.as_ref().is_some_and(|search| search.complete)
        && found.confirmation.as_ref().is_some_and(|run| run.complete);
    found.complete = found.stopped.is_none() && is_whole;
    found.ended = utc_now();
    let path = directory.keep(&mut found, Vec::new(), []);
    Ok(Some((found, path)))
}

impl Qualify<'_> {
    fn cost_model(
        &self,
        scenario: &Scenario,
        directory: &RunDirectory,
        on_step: OnStep<'_>,
    ) -> Availability<CommitModel> {
        let mut measure = || {
            if let Some(why) = obstacle(scenario) {
                return Err(why.to_owned());
            }
            let place = scenario.file.directory.as_deref().unwrap_or(directory.path());
            let budget_ns = (self.budget / COST_SHARE).as_nanos() as u64;
            let budget_ns = budget_ns.clamp(COST_NS[0], COST_NS[1]);
            let mut on_cost = |progress| on_step(QualifyStep::Measuring(progress));
            commit_model(scenario, place, budget_ns, self.interrupted, &mut on_cost)
                .map_err(|error| format!("{error:#}"))
        };
        Availability::from(measure())
    }

    /// The longer run: as long as decides a p99 of commits, if there is time for it, and at most so many `times` a run of the search.
    fn confirm(
        &self,
        wanted: &Scenario,
        left: Duration,
        times: u64,
        directory: &RunDirectory,
        on_step: OnStep<'_>,
    ) -> anyhow::Result<Option<(Run, SweptRun)>> {
        let mut scenario = wanted.clone();
        let short_ns = wanted.run.duration_ns;
        let decides_ns = scenario.writer.arrivals.rate_per_s().map_or(short_ns, |rate| (COMMITS / rate * 1e9) as u64);
        // Two thirds of what is left: the rest is for getting ready and for ending.
        let room_ns = left.as_nanos() as u64 / 3 * 2;
        let longest_ns = short_ns.saturating_mul(times);
        scenario.run.duration_ns = decides_ns.min(room_ns).clamp(short_ns, longest_ns) / SECOND * SECOND;
        scenario.run.duration_ns = scenario.run.duration_ns.max(short_ns);
        on_step(QualifyStep::Confirm { duration_ns: scenario.run.duration_ns });
        let inside = directory.path().join("confirmation");
        let one = OneRun::among(&inside, self.command, self.interrupted)?;
        let finished = one_run(&scenario, one, &mut |progress| on_step(QualifyStep::Going(progress)))?;
        let Some((run, path)) = finished else { return Ok(None) };
        let setting = self.tunable.setting(self.wanted);
        let which = Which { order: 1, settings: std::slice::from_ref(&setting), repeat: 1 };
        let swept = SweptRun::of(&run, which, &path, directory.path())?;
        Ok(Some((run, swept)))
    }

    /// What the findings of the longer run suggest; if they suggest nothing, whatever lowers the time of a commit by half or more.
    fn advice(
        &self,
        scenario: &Scenario,
        run: &Run,
        cost_model: Option<&CommitModel>,
        directory: &RunDirectory,
        on_step: OnStep<'_>,
    ) -> Vec<FitAdvice> {
        let commit_ns =
            |model: Option<&CommitModel>, scenario: &Scenario| model.map(|model| model.commit_ns(mappers(scenario)));
        let mut models = vec![(model_kind(scenario), cost_model.cloned())];
        let mut all = Vec::new();
        for mitigation in &MITIGATIONS {
            let Ok(overrides) = mitigation.overrides(scenario) else { continue };
            let Ok(changed) = self.tunable.at_and(self.wanted, &overrides) else { continue };
            let is_suggested = !mitigation.suggested_by(run).is_empty();
            let kind = model_kind(&changed);
            // Another open mode or size of folios has a cost model of its own, which is measured only where it is suggested.
            if is_suggested && !models.iter().any(|(known, _)| *known == kind) {
                on_step(QualifyStep::Advice { mitigation: mitigation.name });
                let measured = self.cost_model(&changed, directory, on_step).value().cloned();
                models.push((kind, measured));
            }
            let model = models.iter().find(|(known, _)| *known == kind).and_then(|(_, model)| model.as_ref());
            let (now, then) = (commit_ns(cost_model, scenario), commit_ns(model, &changed));
            let halves = now.zip(then).is_some_and(|(now, then)| then.high * 2.0 <= now.low);
            let is_in_vain = now.zip(then).is_some_and(|(now, then)| then.value >= now.value);
            if (is_suggested || halves) && !is_in_vain {
                all.push(FitAdvice {
                    mitigation: mitigation.name.to_owned(),
                    meaning: mitigation.meaning.to_owned(),
                    commit_now_ns: now,
                    commit_then_ns: then,
                });
            }
        }
        let then = |advice: &FitAdvice| advice.commit_then_ns.map_or(f64::INFINITY, |then| then.value);
        all.sort_by(|one, other| then(one).total_cmp(&then(other)));
        all
    }
}
