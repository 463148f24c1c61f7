//! The search for the knee: loads are doubled or halved until it is bracketed, then bisected; runs that agree decide each load.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::series::{Next, Series};
use super::{Many, OnStep};
use crate::conclude;
use crate::conclude::sweep::knee::decision;
use crate::results::{Purpose, RunDirectory, SweepReport};
use crate::scenario::{Axis, Clause, Scenario, Setting, Tunable};

/// After so many invalid runs a load stays undecided.
const MOST_INVALID: u32 = 3;

pub struct KneeSearch<'a> {
    /// The scenario, with the key left open that is the load.
    pub tunable: &'a Tunable,
    pub objectives: &'a [Clause],
    /// The loads that may be tried; every one of them makes a valid scenario.
    pub range: RangeInclusive<u64>,
    /// Where to begin; `None`: the ends of the range are tried first.
    pub start: Option<u64>,
    /// How exact the knee is to be, as a share of it, over 0.
    pub within: f64,
    /// So many runs that agree decide a load.
    pub agreeing: u32,
    /// The factor between loads until the knee is bracketed, over 1: upwards, and downwards.
    pub growth: [f64; 2],
    /// Whether there is time for a run at a load; without, the search ends with the bracket that it has.
    pub has_time: &'a dyn Fn(u64) -> bool,
}

/// Why a search ends before the knee is as exact as it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// There is no time for another run: the bracket that it has stays.
    NoTime,
    Stopped,
}

/// Carries a search out; the report and its directory. `None`: interrupted before the first run had begun to measure.
/// Errors: The very first run could not be made.
pub fn find_knee(
    search: &KneeSearch<'_>,
    how: &Many<'_>,
    directory: RunDirectory,
    on_step: OnStep<'_>,
) -> anyhow::Result<Option<(SweepReport, PathBuf)>> {
    let scenario = |load: u64| -> anyhow::Result<Scenario> {
        let mut scenario = search.tunable.at(load)?;
        scenario.slo.clauses.extend(search.objectives);
        Ok(scenario)
    };
    let base = scenario(search.start.unwrap_or(*search.range.start()))?;
    let mut series = Series::new(how, directory, Purpose::Knee, &base);
    series.report.repeats = 2 * search.agreeing - 1;
    let mut failure = None;
    let mut decide = |load: u64| match scenario(load) {
        Ok(_) if !(search.has_time)(load) => Err(Ended::NoTime),
        Ok(scenario) => decide(&search.tunable.setting(load), &scenario, search.agreeing, &mut series, on_step),
        Err(error) => {
            failure = Some(error);
            Err(Ended::Stopped)
        }
    };
    let all_made = bracket(search, &mut decide) != Err(Ended::Stopped);
    if let Some(error) = failure {
        series.report.stopped = Some(format!("a load makes no valid scenario: {error:#}"));
    }
    series.report.axes = vec![axis(&search.tunable.key, &series.report)];
    let again = how.again.filter(|_| all_made).and_then(|measure| measure());
    let cost_model = match (&how.cost_model, again) {
        (Some(before), Some(after)) => Some(before.and(&after)),
        (before, after) => before.clone().or(after),
    };
    conclude::sweep::add(&mut series.report, &|_| Some(base.clone()), cost_model.as_ref());
    series.finish(all_made)
}

/// Whether a load meets the objectives. Without valid runs it does not: the knee is searched below it.
fn decide(
    setting: &Setting,
    scenario: &Scenario,
    agreeing: u32,
    series: &mut Series<'_>,
    on_step: OnStep<'_>,
) -> Result<bool, Ended> {
    let settings = std::slice::from_ref(setting);
    for repeat in 1.. {
        if series.run(settings, scenario, repeat, on_step) == Next::Stop {
            return Err(Ended::Stopped);
        }
        let here = series.report.runs.iter().filter(|run| run.settings == settings);
        let so_far = decision(setting.number.unwrap_or(0.0), here);
        if so_far.met >= agreeing {
            return Ok(true);
        }
        if so_far.not_met >= agreeing || so_far.invalid >= MOST_INVALID {
            break;
        }
    }
    Ok(false)
}

/// Once the search has come to its end, the loads that were decided show where the knee is, or that it is outside of the range.
fn bracket(search: &KneeSearch<'_>, decide: &mut dyn FnMut(u64) -> Result<bool, Ended>) -> Result<(), Ended> {
    let (least, most) = (*search.range.start(), *search.range.end());
    let first = search.start.unwrap_or(least).clamp(least, most);
    let (mut low, mut high) = (first, (!decide(first)?).then_some(first));
    // Upwards until one fails; where the range was given, its other end is tried first.
    while high.is_none() && low < most {
        let further = ((low as f64 * search.growth[0]).round() as u64).max(low + 1);
        let next = if search.start.is_some() { further.min(most) } else { most };
        if decide(next)? {
            low = next;
        } else {
            high = Some(next);
        }
    }
    let Some(mut high) = high else { return Ok(()) };
    // Downwards until one meets.
    while low == high {
        if low == least {
            return Ok(());
        }
        let next = ((high as f64 / search.growth[1]).round() as u64).clamp(least, high - 1);
        low = next;
        if !decide(next)? {
            high = next;
        }
    }
    while high - low > 1 && high as f64 > low as f64 * (1.0 + search.within) {
        let middle = ((low as f64 * high as f64).sqrt().round() as u64).clamp(low + 1, high - 1);
        if decide(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(())
}

fn axis(key: &str, report: &SweepReport) -> Axis {
    let mut tried: Vec<&Setting> = report.runs.iter().flat_map(|run| &run.settings).collect();
    tried.dedup();
    Axis {
        key: key.to_owned(),
        values: tried.iter().map(|setting| setting.value.clone()).collect(),
        numbers: tried.iter().map(|setting| setting.number).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches for a knee that is known; the loads that were tried.
    fn tried(
        range: RangeInclusive<u64>,
        start: Option<u64>,
        mut on_step: impl FnMut(u64) -> Result<bool, Ended>,
    ) -> (Result<(), Ended>, Vec<u64>) {
        let tunable = Tunable::parse("x", "[file]\nmailboxes = 5", &[], "readers.count").unwrap();
        let search = KneeSearch {
            tunable: &tunable,
            objectives: &[],
            range,
            start,
            within: 0.05,
            agreeing: 2,
            growth: [2.0; 2],
            has_time: &|_| true,
        };
        let mut tried = Vec::new();
        let ended = bracket(&search, &mut |load| {
            tried.push(load);
            on_step(load)
        });
        (ended, tried)
    }

    fn at_most(knee: u64) -> impl Fn(u64) -> Result<bool, Ended> {
        move |load| Ok(load <= knee)
    }

    #[test]
    fn the_knee_is_bracketed_from_either_side_and_halved() {
        for (start, knee) in [(200, 730), (5000, 730), (730, 730), (731, 730), (1, 1), (9, 1)] {
            let (ended, tried) = tried(1..=100_000, Some(start), at_most(knee));
            let low = tried.iter().filter(|load| **load <= knee).max().unwrap();
            let high = tried.iter().filter(|load| **load > knee).min().unwrap();
            assert!(
                ended.is_ok() && (high - low == 1 || *high as f64 <= *low as f64 * 1.05),
                "{start} {knee}: {tried:?}"
            );
            assert!(tried.len() <= 14, "{tried:?}");
            let mut once = tried.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), tried.len(), "no load twice: {tried:?}");
        }
    }

    #[test]
    fn a_range_is_tried_at_its_ends_first() {
        let (ended, loads) = tried(100..=800, None, at_most(300));
        assert_eq!((ended, &loads[..2]), (Ok(()), &[100, 800][..]));
        assert!(loads[2..].iter().all(|load| (100..800).contains(load)), "{loads:?}");
        assert_eq!(tried(100..=800, None, at_most(10)), (Ok(()), vec![100]));
        assert_eq!(tried(100..=800, None, at_most(1000)), (Ok(()), vec![100, 800]));
        assert_eq!(tried(100..=100, None, at_most(1000)), (Ok(()), vec![100]));
    }

    #[test]
    fn the_ends_of_the_range_end_the_search() {
        assert_eq!(tried(10..=100, Some(40), at_most(1000)), (Ok(()), vec![40, 80, 100]));
        assert_eq!(tried(10..=100, Some(40), at_most(1)), (Ok(()), vec![40, 20, 10]));
    }

    #[test]
    fn an_interruption_and_a_lack_of_time_end_it() {
        for why in [Ended::Stopped, Ended::NoTime] {
            let (ended, loads) = tried(1..=1000, Some(100), |load| if load > 150 { Err(why) } else { Ok(true) });
            assert_eq!((ended, loads), (Err(why), vec![100, 200]));
            assert_eq!(tried(1..=1000, Some(100), |_| Err(why)), (Err(why), vec![100]));
        }
    }
}
