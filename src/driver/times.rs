//! The plan of a run's time: readers warm up, the control span, writers join and all warm up, the measured span.
//! Without a control span there is one warm-up for all.

use std::ops::Range;

use crate::scenario::Run;

/// Moments of the monotonic clock, nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// Readers' first arrivals.
    pub start_ns: u64,
    /// Readers alone; empty if the scenario asks for none.
    pub control_ns: Range<u64>,
    /// Writers' first arrivals.
    pub write_ns: u64,
    pub measure_ns: u64,
    /// Nothing is due any more.
    pub end_ns: u64,
}

impl Times {
    /// The plan of a run that starts at `start_ns`.
    pub fn of(run: &Run, start_ns: u64) -> Times {
        let warm_ns = start_ns + run.warm_up_ns;
        let (control_ns, write_ns, measure_ns) = match run.control_ns {
            0 => (warm_ns..warm_ns, start_ns, warm_ns),
            length => (warm_ns..warm_ns + length, warm_ns + length, warm_ns + length + run.warm_up_ns),
        };
        Times { start_ns, control_ns, write_ns, measure_ns, end_ns: measure_ns + run.duration_ns }
    }

    pub fn phase_at(&self, now_ns: u64) -> &'static str {
        if now_ns < self.start_ns {
            "before the workers began"
        } else if self.control_ns.contains(&now_ns) {
            "in the control span"
        } else if now_ns < self.measure_ns {
            "during the warm-up"
        } else {
            "in the measured span"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_has_its_phase() {
        let times = Times { start_ns: 10, control_ns: 20..30, write_ns: 30, measure_ns: 40, end_ns: 50 };
        let phases = [9, 10, 20, 30, 40].map(|now| times.phase_at(now));
        let warm_up = "during the warm-up";
        let expected = ["before the workers began", warm_up, "in the control span", warm_up, "in the measured span"];
        assert_eq!(phases, expected);
    }
}
