//! The model of a shootdown: what one operation costs its initiator, by the pages that it takes away and the CPUs that must be interrupted.
//!
//! `time = a + w · pages + p · min(pages, ceiling) + c · CPUs + s · CPUs of other sockets`. `w` is the operation's own work for each page. `p` is what dropping one
//! translation costs: beyond the ceiling a system drops all of them at once (Linux on x86: `tlb_single_page_flush_ceiling`). The ceiling is
//! found, not assumed; without one, both are one figure.

use super::Estimate;
use super::fit::repeat_interval;
use super::linear::{Row, at, least_squares};
use super::quantiles::distinct;

/// Fewer rounds give no interval.
const LEAST_ROUNDS: usize = 3;
/// A ceiling must explain so much of what is left without one, or there is none: otherwise chance would find one.
const EXPLAINED: f64 = 0.25;

/// One block of operations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShotObservation {
    pub round: u32,
    pub pages: u32,
    /// CPUs that ran a responder; and those of them that are on another socket.
    pub cpus: u32,
    pub far_cpus: u32,
    /// Typical time of one operation, nanoseconds, over 0.
    pub ns: f64,
}

/// All of it in nanoseconds, with 95 % prediction intervals for a repeat of the measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShootdownModel {
    pub base_ns: Estimate,
    /// Of each page, without any ceiling; `None`: one number of pages was tried, and its work is in the base.
    pub per_page_ns: Option<Estimate>,
    /// What each page up to the ceiling adds; `None`: there is no ceiling among the numbers of pages that were tried.
    pub per_page_below: Option<(u32, Estimate)>,
    pub per_cpu_ns: Estimate,
    /// What each CPU of another socket adds to that; `None`: there was none.
    pub per_far_cpu_ns: Option<Estimate>,
    pub rounds: u32,
}

/// Fits the model by least squares of relative errors (weights 1/time², because noise grows with the time), its intervals by leaving out each
/// round in turn (M. H. Quenouille, 1956). `None`: fewer than three rounds, a time that is not over 0, or one number of CPUs.
pub fn fit_shootdowns(seen: &[ShotObservation]) -> Option<ShootdownModel> {
    let rounds = distinct(seen.iter().map(|one| one.round));
    if rounds.len() < LEAST_ROUNDS || seen.iter().any(|one| !(one.ns > 0.0 && one.ns.is_finite())) {
        return None;
    }
    let tried = distinct(seen.iter().map(|one| one.pages));
    let straight = solve(seen, None)?;
    let left = |ceiling, solution: &[f64; 5]| {
        rows(seen, ceiling).map(|row| row.weight * (row.y - at(solution, &row.x)).powi(2)).sum::<f64>()
    };
    let whole = left(None, &straight);
    // The last number tried is no ceiling: nothing was tried beyond it.
    let ceilings = tried.iter().rev().skip(1).copied().filter(|pages| *pages > tried[0]);
    let best = ceilings
        .filter_map(|ceiling| Some((ceiling, left(Some(ceiling), &solve(seen, Some(ceiling))?))))
        .min_by(|one, other| one.1.total_cmp(&other.1));
    let ceiling = best.filter(|(_, rest)| *rest < (1.0 - EXPLAINED) * whole).map(|(ceiling, _)| ceiling);
    let all = solve(seen, ceiling)?;
    let without = rounds.iter().map(|round| {
        let others: Vec<ShotObservation> = seen.iter().filter(|one| one.round != *round).copied().collect();
        solve(&others, ceiling)
    });
    let without: Vec<[f64; 5]> = without.collect::<Option<_>>()?;
    let estimate =
        |place: usize| repeat_interval(all[place], &without.iter().map(|found| found[place]).collect::<Vec<_>>(), true);
    Some(ShootdownModel {
        base_ns: estimate(0),
        per_page_ns: (tried.len() > 1).then(|| estimate(1)),
        per_page_below: ceiling.map(|ceiling| (ceiling, estimate(2))),
        per_cpu_ns: estimate(3),
        per_far_cpu_ns: seen.iter().any(|one| one.far_cpus > 0).then(|| estimate(4)),
        rounds: rounds.len() as u32,
    })
}

/// The mean of a figure that each round has one of, with its 95 % prediction interval; `None`: fewer than three.
pub fn mean_over_rounds(by_round: &[f64]) -> Option<Estimate> {
    let count = by_round.len();
    let sum: f64 = by_round.iter().sum();
    let without: Vec<f64> = by_round.iter().map(|own| (sum - own) / (count as f64 - 1.0)).collect();
    (count >= LEAST_ROUNDS).then(|| repeat_interval(sum / count as f64, &without, true))
}

fn rows(seen: &[ShotObservation], ceiling: Option<u32>) -> impl Iterator<Item = Row<5>> {
    seen.iter().map(move |one| {
        let below = ceiling.map_or(0, |ceiling| one.pages.min(ceiling));
        let x = [1, one.pages, below, one.cpus, one.far_cpus].map(f64::from);
        Row { x, y: one.ns, weight: one.ns.powi(-2) }
    })
}

fn solve(seen: &[ShotObservation], ceiling: Option<u32>) -> Option<[f64; 5]> {
    let is_far = seen.iter().any(|one| one.far_cpus > 0);
    let has_pages = seen.iter().any(|one| one.pages != seen[0].pages);
    least_squares(rows(seen, ceiling), [true, has_pages, ceiling.is_some(), true, is_far])
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    fn seen(model: impl Fn(f64, f64) -> f64, noise: f64, seed: u64) -> Vec<ShotObservation> {
        let mut random = Random::new(seed);
        let mut all = Vec::new();
        for round in 0..6 {
            for pages in [1, 8, 32, 33, 64, 512] {
                for cpus in 0..4 {
                    let ns = model(f64::from(pages), f64::from(cpus)) * (noise * random.normal()).exp();
                    all.push(ShotObservation { round, pages, cpus, far_cpus: 0, ns });
                }
            }
        }
        all
    }

    fn capped(pages: f64, cpus: f64) -> f64 {
        2000.0 + 50.0 * pages + 150.0 * pages.min(33.0) + 5000.0 * cpus
    }

    #[test]
    fn a_model_with_a_ceiling_is_found_and_one_without_has_none() {
        let found = fit_shootdowns(&seen(capped, 0.02, 1)).unwrap();
        let (ceiling, below) = found.per_page_below.unwrap();
        assert_eq!(ceiling, 33);
        for (found, known) in
            [(found.base_ns, 2000.0), (found.per_page_ns.unwrap(), 50.0), (below, 150.0), (found.per_cpu_ns, 5000.0)]
        {
            assert!((found.value / known - 1.0).abs() < 0.1, "{found:?} {known}");
        }
        let open = fit_shootdowns(&seen(|pages, cpus| 2000.0 + 100.0 * pages + 5000.0 * cpus, 0.02, 2)).unwrap();
        assert_eq!(open.per_page_below, None);
        assert!((open.per_page_ns.unwrap().value / 100.0 - 1.0).abs() < 0.05, "{open:?}");
        assert_eq!((open.per_far_cpu_ns, open.rounds), (None, 6));
    }

    #[test]
    fn cpus_of_another_socket_add_their_own() {
        let mut all = seen(|pages, cpus| 1000.0 + 10.0 * pages + 2000.0 * cpus, 0.0, 4);
        for one in &mut all {
            one.far_cpus = one.cpus.saturating_sub(1);
            one.ns += 700.0 * f64::from(one.far_cpus);
        }
        let found = fit_shootdowns(&all).unwrap();
        assert!((found.per_far_cpu_ns.unwrap().value / 700.0 - 1.0).abs() < 0.01, "{found:?}");
        assert!((found.per_cpu_ns.value / 2000.0 - 1.0).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn with_one_number_of_pages_nothing_is_said_of_each() {
        let mut all = seen(|pages, cpus| 1000.0 + 10.0 * pages + 2000.0 * cpus, 0.0, 5);
        all.retain(|one| one.pages == 512);
        let found = fit_shootdowns(&all).unwrap();
        assert_eq!((found.per_page_ns, found.per_page_below), (None, None));
        assert!((found.base_ns.value / 6120.0 - 1.0).abs() < 0.01, "{found:?}");
        assert!((found.per_cpu_ns.value / 2000.0 - 1.0).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn a_mean_over_rounds_has_an_interval_that_grows_with_their_disagreement() {
        assert_eq!(mean_over_rounds(&[1.0, 2.0]), None);
        let (calm, wild) =
            (mean_over_rounds(&[9.0, 10.0, 11.0]).unwrap(), mean_over_rounds(&[0.0, 10.0, 20.0]).unwrap());
        assert_eq!((calm.value, wild.value), (10.0, 10.0));
        assert!(calm.contains(9.0) && wild.half_width() > 5.0 * calm.half_width(), "{calm:?} {wild:?}");
    }

    #[test]
    fn intervals_hold_the_model_in_most_repeats() {
        let holds = |seed: &u64| {
            let found = fit_shootdowns(&seen(capped, 0.05, *seed)).unwrap();
            found.per_cpu_ns.contains(5000.0) && found.per_page_ns.unwrap().contains(50.0)
        };
        let held = (0..100).filter(holds).count();
        assert!(held >= 90, "{held}");
    }

    #[test]
    fn too_little_gives_no_model() {
        let all = seen(|_, cpus| 1000.0 + cpus, 0.0, 3);
        assert_eq!(fit_shootdowns(&[]), None);
        let two: Vec<_> = all.iter().filter(|one| one.round < 2).copied().collect();
        assert_eq!(fit_shootdowns(&two), None);
        let one_place: Vec<_> = all.iter().filter(|one| one.pages == 8 && one.cpus == 1).copied().collect();
        assert_eq!(fit_shootdowns(&one_place), None);
        assert_eq!(fit_shootdowns(&[ShotObservation { ns: 0.0, ..all[0] }; 9]), None);
    }
}
