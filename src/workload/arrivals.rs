//! When operations are due: in an open loop fixed beforehand from the seed, in a closed loop a pause after the one before.

use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::scenario::Arrivals;

pub struct Schedule {
    arrivals: Arrivals,
    rng: Xoshiro256PlusPlus,
    next_ns: f64,
}

impl Schedule {
    /// Arrivals from `start_ns` on. Workers with different seeds are independent; even ones start at a random phase.
    pub fn new(arrivals: Arrivals, seed: u64, start_ns: u64) -> Schedule {
        let mut schedule =
            Schedule { arrivals, rng: Xoshiro256PlusPlus::seed_from_u64(seed), next_ns: start_ns as f64 };
        schedule.next_ns += match arrivals {
            Arrivals::Poisson { .. } => schedule.gap_ns(),
            Arrivals::Even { rate_per_s } => schedule.uniform() * 1e9 / rate_per_s,
            Arrivals::Closed { .. } => 0.0,
        };
        schedule
    }

    pub fn due_ns(&self) -> u64 {
        self.next_ns as u64
    }

    /// Goes on to the next arrival; `finished_ns` is when the last operation ended (matters in a closed loop only).
    pub fn advance(&mut self, finished_ns: u64) {
        match self.arrivals {
            Arrivals::Closed { think_ns } => self.next_ns = (finished_ns + think_ns) as f64,
            _ => self.next_ns += self.gap_ns(),
        }
    }

    /// A uniform number from 0 (included) to 1 (excluded), for choosing operations and keys.
    pub fn uniform(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn gap_ns(&mut self) -> f64 {
        match self.arrivals {
            Arrivals::Poisson { rate_per_s } => {
                let gap: f64 = Exp1.sample(&mut self.rng);
                gap * 1e9 / rate_per_s
            }
            Arrivals::Even { rate_per_s } => 1e9 / rate_per_s,
            Arrivals::Closed { think_ns } => think_ns as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_spread() {
        let mut schedule = Schedule::new(Arrivals::Poisson { rate_per_s: 10.0 }, 1, 0);
        let mut gaps = Vec::new();
        let mut last = 0;
        for _ in 0..20_000 {
            gaps.push((schedule.due_ns() - last) as f64 / 1e9);
            last = schedule.due_ns();
            schedule.advance(0);
        }
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean - 0.1).abs() < 0.005, "{mean}");
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.05, "an exponential's deviation is its mean");
    }

    #[test]
    fn even_arrivals_keep_their_distance_and_closed_ones_follow_the_end() {
        let mut even = Schedule::new(Arrivals::Even { rate_per_s: 4.0 }, 3, 1_000);
        let first = even.due_ns();
        assert!((1_000..250_001_000).contains(&first));
        even.advance(0);
        assert_eq!(even.due_ns() - first, 250_000_000);
        let mut closed = Schedule::new(Arrivals::Closed { think_ns: 5 }, 3, 1_000);
        assert_eq!(closed.due_ns(), 1_000);
        closed.advance(7_000);
        assert_eq!(closed.due_ns(), 7_005);
    }
}
