//! The share of something, from samples in the order of time that need not be independent.

use super::{Estimate, Part, effective_sample_size::effective_sample_size, quantiles::Z};

/// A share with its 95 % interval, by E. B. Wilson (1927): of as many independent samples as these are worth (the effective sample size), or
/// as there are parts where there are too few parts to see that. Where all samples agree, each counts as one.
/// `None`: there are no samples.
pub fn share(parts: &[Part]) -> Option<Estimate> {
    let [amount, of] =
        [|part: &Part| part.amount, |part: &Part| part.of].map(|what| parts.iter().map(what).sum::<f64>());
    if of <= 0.0 {
        return None;
    }
    let share = amount / of;
    let agree = share <= 0.0 || share >= 1.0;
    let n = effective_sample_size(parts).unwrap_or(if agree { of } else { (parts.len() as f64).min(of) });
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Estimate::between(share, (middle - half).max(0.0), (middle + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    #[test]
    fn the_interval_is_wilsons_and_wider_where_neighbours_are_alike() {
        // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20.
        for (amount, of, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)] {
            // One sample a part, without an order of time to be seen in it.
            let parts: Vec<Part> =
                (0..of).map(|at| Part { amount: f64::from(at * amount % of < amount), of: 1.0 }).collect();
            let found = share(&parts).unwrap();
            assert!((found.value - f64::from(amount) / f64::from(of)).abs() < 1e-9);
            assert!((found.low - low).abs() < 0.04 && (found.high - high).abs() < 0.04, "{found:?}");
        }
        assert_eq!(share(&[]), None);
        let part = |amount| Part { amount, of: 50.0 };
        let alike: Vec<Part> = (0..40).map(|at| part(if at / 10 % 2 == 0 { 0.0 } else { 50.0 })).collect();
        let mixed = vec![part(25.0); 40];
        let width = |parts: &[Part]| share(parts).map(|found| found.high - found.low).unwrap();
        assert!(width(&alike) > 3.0 * width(&mixed));
    }

    #[test]
    fn nineteen_of_twenty_intervals_hold_the_share() {
        let mut random = Random::new(5);
        let held = (0..400).filter(|_| {
            let mut part = || Part { amount: (0..50).filter(|_| random.uniform() < 0.12).count() as f64, of: 50.0 };
            let found = share(&std::array::from_fn::<_, 30, _>(|_| part())).unwrap();
            found.low <= 0.12 && 0.12 <= found.high
        });
        let held = held.count();
        assert!((350..=398).contains(&held), "{held}");
    }
}
