//! Commits, one after the other: when each came, when it was done, and the busy periods they make.
//! All times are nanoseconds from the start of a run with nothing in the queue.

use super::{Gaps, Load};
use crate::stats::random::Random;

pub(crate) struct Run {
    /// Its length. Whatever came in it is followed to its end.
    pub length_ns: f64,
    pub commits: Vec<(f64, f64)>,
    /// Begin and end of each span in which the lock was held all the time, in order; they do not touch.
    pub busy: Vec<(f64, f64)>,
}

impl Run {
    pub(crate) fn simulate(load: &Load, length_ns: f64, random: &mut Random) -> Run {
        let mut run = Run { length_ns, commits: Vec::new(), busy: Vec::new() };
        if load.commit_rate_per_s <= 0.0 {
            return run;
        }
        let mean_gap = 1e9 / load.commit_rate_per_s;
        let mut gap = |first: bool| match load.commits {
            Gaps::Poisson => mean_gap * random.exponential(),
            Gaps::Even if first => mean_gap * random.uniform(),
            Gaps::Even => mean_gap,
        };
        let mut arrival = gap(true);
        while arrival < length_ns {
            let end = match run.busy.last_mut() {
                Some((_, end)) if arrival <= *end => {
                    *end += load.hold_ns;
                    *end
                }
                _ => {
                    run.busy.push((arrival, arrival + load.hold_ns));
                    arrival + load.hold_ns
                }
            };
            run.commits.push((arrival, end));
            arrival += gap(false);
        }
        run
    }
}
