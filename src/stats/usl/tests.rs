//! Fits of made-up points with known parameters, at the bounds too.

use super::*;
use crate::stats::random::Random;

const LOADS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

fn points(sigma: f64, kappa: f64, repeats: usize, mut noise: impl FnMut() -> f64) -> Vec<LoadPoint> {
    let cost_model = |n: f64| 1000.0 * n / (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0));
    let point = |load: f64| LoadPoint { load, throughput_per_s: cost_model(load) * noise() };
    LOADS.iter().flat_map(|load| std::iter::repeat_n(*load, repeats)).map(point).collect()
}

#[test]
fn exact_points_give_the_exact_parameters() {
    let usl = fit_usl(&points(0.05, 0.0002, 1, || 1.0), 1).unwrap();
    assert!((usl.lambda_per_s.value / 1000.0 - 1.0).abs() < 1e-6, "{usl:?}");
    assert!((usl.sigma.value / 0.05 - 1.0).abs() < 1e-6 && (usl.kappa.value / 0.0002 - 1.0).abs() < 1e-6, "{usl:?}");
    let peak = usl.peak_load.unwrap();
    assert!((peak.value - (0.95_f64 / 0.0002).sqrt()).abs() < 0.01, "{peak:?}");
    assert!(usl.throughput_at(peak.value) > usl.throughput_at(peak.value * 1.5));
    assert!((usl.throughput_at(1.0) - 1000.0).abs() < 0.01);
}

#[test]
fn linear_throughput_has_no_contention_and_no_peak() {
    let usl = fit_usl(&points(0.0, 0.0, 1, || 1.0), 1).unwrap();
    assert!(usl.sigma.value.abs() < 1e-9 && usl.kappa.value.abs() < 1e-9, "{usl:?}");
    assert_eq!(usl.peak_load, None);
    let usl = fit_usl(&points(0.1, 0.0, 1, || 1.0), 1).unwrap();
    assert!((usl.sigma.value - 0.1).abs() < 1e-6 && usl.peak_load.is_none(), "contention alone: {usl:?}");
    let faster = |n: &f64| LoadPoint { load: *n, throughput_per_s: 1000.0 * n.powf(1.1) };
    let usl = fit_usl(&LOADS.iter().map(faster).collect::<Vec<_>>(), 1).unwrap();
    assert_eq!((usl.sigma.value, usl.kappa.value, usl.peak_load), (0.0, 0.0, None), "more than linear: at both bounds");
}

#[test]
fn intervals_contain_the_true_values_under_noise_with_and_without_repeats() {
    for repeats in [1, 4] {
        let mut held = [0; 3];
        for seed in 0..40 {
            let mut random = Random::new(seed);
            let usl = fit_usl(&points(0.05, 0.0002, repeats, || 1.0 + 0.05 * random.normal()), seed).unwrap();
            for (count, (estimate, truth)) in
                held.iter_mut().zip([(usl.lambda_per_s, 1000.0), (usl.sigma, 0.05), (usl.kappa, 0.0002)])
            {
                assert!(estimate.low <= estimate.value && estimate.value <= estimate.high);
                *count += u32::from(estimate.contains(truth));
            }
        }
        assert!(held.iter().all(|held| (34..=40).contains(held)), "{repeats} repeats: {held:?} of 40");
    }
}

#[test]
fn the_same_seed_gives_the_same_intervals() {
    let mut random = Random::new(9);
    let points = points(0.05, 0.0002, 2, || 1.0 + 0.05 * random.normal());
    assert_eq!(fit_usl(&points, 7), fit_usl(&points, 7));
    assert_ne!(fit_usl(&points, 7), fit_usl(&points, 8));
}

#[test]
fn too_little_is_an_error_that_says_what_to_do() {
    let all = points(0.05, 0.0, 2, || 1.0);
    assert_eq!(fit_usl(&all[..3], 1), Err(UslError::Points { points: 3 }));
    assert_eq!(fit_usl(&all[..4], 1), Err(UslError::Loads { loads: 2 }));
    assert!(UslError::Loads { loads: 2 }.to_string().contains("at least 3"));
    let mut frozen = all;
    frozen[0].throughput_per_s = 0.0;
    assert!(matches!(fit_usl(&frozen, 1), Err(UslError::Point { .. })));
}
