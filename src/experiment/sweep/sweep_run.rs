//! A sweep: every repeat is a pass over all points in random order, so that a drift of the machine is no effect of the load.

use std::path::PathBuf;

use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::series::{Next, Series};
use super::{Many, OnStep};
use crate::conclude;
use crate::results::{Purpose, RunDirectory, SweepReport};
use crate::scenario::{Setting, Sweep};

/// Makes the runs of a sweep; the report and its directory. `None`: interrupted before the first run had begun to measure, so that there
/// is nothing to keep. An interrupted sweep says so in `stopped`, as does one of which a run could not be made.
/// Errors: The sweep has no points, or the very first run could not be made.
pub fn sweep(
    sweep: &Sweep,
    how: &Many<'_>,
    directory: RunDirectory,
    on_step: OnStep<'_>,
) -> anyhow::Result<Option<(SweepReport, PathBuf)>> {
    let Some(first) = sweep.points.first() else { anyhow::bail!("the sweep has no points") };
    let mut series = Series::new(how, directory, Purpose::Sweep, &first.scenario);
    let order = order(sweep.points.len(), sweep.repeats, first.scenario.run.seed);
    series.report.axes.clone_from(&sweep.axes);
    series.report.repeats = sweep.repeats;
    series.report.planned = Some(order.len() as u32);
    let all_made = order.iter().all(|&(repeat, place)| {
        let point = &sweep.points[place];
        series.run(&point.settings, &point.scenario, repeat, on_step) == Next::GoOn
    });
    let scenario_at = |at: &[Setting]| {
        let point = sweep.points.iter().find(|point| at.iter().all(|setting| point.settings.contains(setting)));
        point.map(|point| point.scenario.clone())
    };
    conclude::sweep::add(&mut series.report, &scenario_at, how.cost_model.as_ref());
    series.finish(all_made)
}

/// Repeats (from 1) and points (from 0) in the order of the runs.
fn order(points: usize, repeats: u32, seed: u64) -> Vec<(u32, usize)> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let pass = |repeat| {
        let mut places: Vec<usize> = (0..points).collect();
        places.shuffle(&mut random);
        places.into_iter().map(move |place| (repeat, place))
    };
    (1..=repeats).flat_map(pass).collect()
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn every_repeat_is_a_shuffled_pass_over_all_points() {
        let order = order(20, 3, 7);
        assert_eq!(order.len(), 60);
        let passes: Vec<Vec<usize>> =
            order.chunks(20).map(|pass| pass.iter().map(|(_, place)| *place).collect()).collect();
        for (pass, chunk) in passes.iter().zip(order.chunks(20)) {
            let mut sorted = pass.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..20).collect::<Vec<_>>());
            assert!(chunk.iter().all(|(repeat, _)| *repeat == chunk[0].0));
            assert_ne!(*pass, sorted);
        }
        assert_ne!(passes[0], passes[1]);
        assert_eq!(super::order(20, 3, 7), order, "the same seed, the same order");
    }
}
