//! What the processes of the file used, added up over those that come and go.

use std::collections::BTreeMap;

use super::ProcessUsage;
use crate::os::facts::Probe;

/// Totals since the first look. Of a process that comes or ends between two looks, what it used then is not known.
pub struct Usage {
    before: BTreeMap<u32, ProcessUsage>,
    pub cpu: Total,
    pub run_delay: Total,
}

/// Time that is added up, nanoseconds, and of how many processes it is known.
#[derive(Default)]
pub struct Total {
    ns: u64,
    /// The most processes whose figure was read at two looks in a row, and the most whose was not.
    known: usize,
    unknown: usize,
}

impl Total {
    /// Adds what changed; that change.
    fn add(
        &mut self,
        before: &BTreeMap<u32, ProcessUsage>,
        now: &BTreeMap<u32, ProcessUsage>,
        figure: impl Fn(&ProcessUsage) -> Option<u64>,
    ) -> Probe<f64> {
        let mut change = Total::default();
        for (before, now) in now.iter().filter_map(|(pid, now)| Some((before.get(pid)?, now))) {
            match (figure(before), figure(now)) {
                // A number that was given to a new process counts from zero again.
                (Some(before), Some(now)) => {
                    change.ns += now.saturating_sub(before);
                    change.known += 1;
                }
                _ => change.unknown += 1,
            }
        }
        self.ns += change.ns;
        self.known = self.known.max(change.known);
        self.unknown = self.unknown.max(change.unknown);
        change.sum()
    }

    /// Whose time it is.
    pub fn in_words(&self) -> String {
        let known = match self.known {
            1 => "1 process".to_owned(),
            most => format!("up to {most} processes"),
        };
        let unknown = match self.unknown {
            0 => String::new(),
            unknown => format!("; of {unknown} it is not known"),
        };
        format!("{known} between two looks at each{unknown}")
    }

    pub fn sum(&self) -> Probe<f64> {
        if self.known == 0 && self.unknown > 0 { Err(UNREADABLE.to_owned()) } else { Ok(self.ns as f64) }
    }
}

const UNREADABLE: &str =
    "the times of its processes cannot be read (/proc/PID/schedstat): run as root, on a kernel with CONFIG_SCHED_INFO";

impl Usage {
    pub fn begin(processes: Vec<ProcessUsage>) -> Usage {
        Usage { before: by_pid(processes), cpu: Total::default(), run_delay: Total::default() }
    }

    /// Adds what was used since the look before; the time on CPUs, nanoseconds.
    pub fn advance(&mut self, processes: Vec<ProcessUsage>) -> Probe<f64> {
        let now = by_pid(processes);
        self.run_delay.add(&self.before, &now, |process| process.run_delay_ns).ok();
        let used = self.cpu.add(&self.before, &now, |process| process.cpu_ns);
        self.before = now;
        used
    }

    pub fn mappers(&self) -> u32 {
        self.before.values().filter(|process| process.maps).count() as u32
    }

    pub fn blocked(&self) -> u32 {
        self.before.values().filter(|process| process.is_blocked).count() as u32
    }
}

fn by_pid(processes: Vec<ProcessUsage>) -> BTreeMap<u32, ProcessUsage> {
    processes.into_iter().map(|process| (process.pid, process)).collect()
}
