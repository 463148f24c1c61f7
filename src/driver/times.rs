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
    pub end_ns: u64,
}

impl Times {
    pub fn of(run: &Run, start_ns: u64) -> Times {
        let warm_ns = start_ns + run.warm_up_ns;
        let (control_ns, write_ns, measure_ns) = match run.control_ns {
            0 => (warm_ns..warm_ns, start_ns, warm_ns),
            length => (warm_ns..warm_ns + length, warm_ns + length, warm_ns + length + run.warm_up_ns),
        };
        Times { start_ns, control_ns, write_ns, measure_ns, end_ns: measure_ns + run.duration_ns }
    }

    /// Where the interval that `at_ns` lies in ends. Boundaries are those of the measured span, also before it.
    pub fn boundary_after(&self, at_ns: u64, interval_ns: u64) -> u64 {
        let phase = self.measure_ns % interval_ns;
        let since = (at_ns + interval_ns - phase) % interval_ns;
        at_ns - since + interval_ns
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
    use crate::driver::small_scenario;

    #[test]
    fn writers_join_after_the_control_span_and_at_once_without_one() {
        let run = Run { warm_up_ns: 10, control_ns: 0, duration_ns: 100, ..small_scenario("").run };
        let without = Times { start_ns: 1000, control_ns: 1010..1010, write_ns: 1000, measure_ns: 1010, end_ns: 1110 };
        assert_eq!(Times::of(&run, 1000), without);
        let with = Times { start_ns: 1000, control_ns: 1010..1060, write_ns: 1060, measure_ns: 1070, end_ns: 1170 };
        assert_eq!(Times::of(&Run { control_ns: 50, ..run }, 1000), with);
    }

    #[test]
    fn boundaries_are_those_of_the_measured_span_also_before_it() {
        let times = Times { start_ns: 10, control_ns: 20..30, write_ns: 30, measure_ns: 40, end_ns: 90 };
        let ends = [20, 24, 25, 39, 40, 54, 55].map(|at| times.boundary_after(at, 15));
        assert_eq!(ends, [25, 25, 40, 40, 55, 55, 70]);
    }

    #[test]
    fn every_moment_has_its_phase() {
        let times = Times { start_ns: 10, control_ns: 20..30, write_ns: 30, measure_ns: 40, end_ns: 50 };
        let phases = [9, 10, 20, 30, 40].map(|now| times.phase_at(now));
        let warm_up = "during the warm-up";
        let expected = ["before the workers began", warm_up, "in the control span", warm_up, "in the measured span"];
        assert_eq!(phases, expected);
    }
}
