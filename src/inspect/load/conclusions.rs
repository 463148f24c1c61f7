//! What was seen so far, and what follows from it: each figure counted, or estimated by a rule that is said with it.

use super::{
    scene::{Commits, Glance, Scene},
    usage::{Total, Usage},
};
use crate::{
    os::facts::Probe,
    results::{LiveLoad, Observed, Precision, Sampled},
    stats::{Estimate, Part, share},
};

/// Glances whose locks make one part of a share.
const PART: f64 = 50.0;
/// Changes of a file that come one after the other within this time are taken for one commit: it writes several times.
const QUIET_NS: u64 = 10_000_000;
/// A lookup leaves nothing that could be counted.
const NO_LOOKUPS: &str = "a lookup takes a shared lock and releases it, which neither the system nor the file counts; \
    `strace -c -e trace=fcntl -p PID` counts those of one process, and slows it down";
const TOO_SHORT: &str = "it was stopped before there was anything to compare";

/// What was seen so far.
pub struct Seen {
    first_ns: u64,
    pub last_look_ns: u64,
    glance: Glance,
    /// Bytes by which each file grew while it had the path.
    growth: i64,
    /// Times at which the file had changed since the glance before, those of them that came after a quiet time, and the last one.
    changes: u64,
    bursts: u64,
    last_change_ns: Option<u64>,
    /// Exclusive locks at glances, in parts of [`PART`]; and in the table of locks.
    glanced: Vec<Part>,
    tabled: Vec<Part>,
    /// Why the table could not be read.
    table_failed: Option<String>,
    usage: Usage,
    commits: Commits,
    commits_at_ns: u64,
    samples: Vec<Sampled>,
}

impl Seen {
    pub fn begin(now: u64, scene: &mut dyn Scene) -> Seen {
        let glance = scene.glance();
        let commits = scene.commits();
        let usage = Usage::begin(scene.processes());
        // What it counts from.
        scene.machine();
        Seen {
            first_ns: now,
            last_look_ns: now,
            glance,
            growth: 0,
            changes: 0,
            bursts: 0,
            last_change_ns: None,
            glanced: Vec::new(),
            tabled: Vec::new(),
            table_failed: None,
            usage,
            commits,
            commits_at_ns: now,
            samples: Vec::new(),
        }
    }

    pub fn glance(&mut self, now: u64, scene: &mut dyn Scene) {
        let glance = scene.glance();
        let is_same_file = glance.replaced == self.glance.replaced;
        if is_same_file {
            self.growth += glance.bytes as i64 - self.glance.bytes as i64;
        }
        if !is_same_file || (glance.bytes, glance.modified_ns) != (self.glance.bytes, self.glance.modified_ns) {
            self.changes += 1;
            self.bursts += u64::from(self.last_change_ns.is_none_or(|last| now - last > QUIET_NS));
            self.last_change_ns = Some(now);
        }
        if let Ok(is_exclusive) = glance.is_exclusive {
            if self.glanced.last().is_none_or(|part| part.of >= PART) {
                self.glanced.push(Part { amount: 0.0, of: 0.0 });
            }
            if let Some(part) = self.glanced.last_mut() {
                part.amount += f64::from(is_exclusive);
                part.of += 1.0;
            }
        }
        self.glance = glance;
    }

    /// Looks at everything, at a moment after the last look.
    pub fn look(&mut self, now: u64, scene: &mut dyn Scene, may_read_locks: bool) -> &Sampled {
        let elapsed_ns = (now - self.last_look_ns) as f64;
        self.last_look_ns = now;
        self.count_again(scene);
        let table = if may_read_locks { scene.locks() } else { None };
        match &table {
            Some(Ok(counts)) => self.tabled.push(Part { amount: f64::from(counts.exclusive), of: 1.0 }),
            Some(Err(why)) => self.table_failed = Some(why.clone()),
            None => {}
        }
        let table = table.unwrap_or_else(|| {
            Err("the table of locks was not read: that is done five times a second at most".to_owned())
        });
        let by_table = table.clone().map(|counts| counts.exclusive);
        let is_exclusive = match (&self.glance.is_exclusive, by_table) {
            // A glance sees no lock of flock(2).
            (Ok(glanced), by_table) => Ok(*glanced || by_table == Ok(true)),
            (Err(_), by_table) => by_table,
        };
        let used_ns = self.usage.advance(scene.processes());
        let machine = scene.machine();
        let share_of = |us: Probe<f64>| us.map(|us| (us * 1000.0 / elapsed_ns).min(1.0)).into();
        let [cpu_pressure, memory_pressure, io_pressure] = machine.pressure_us.map(share_of);
        self.samples.push(Sampled {
            at_ns: now - self.first_ns,
            mappers: self.usage.mappers(),
            bytes: self.glance.bytes,
            commits: match &self.commits {
                Commits::Counted(commits) | Commits::NearlyCounted(commits) => Ok(*commits),
                Commits::Elsewhere(why) | Commits::Uncounted(why) | Commits::NotNow(why) => Err(why.clone()),
            }
            .into(),
            lock_waiters: table.map(|counts| counts.waiters).into(),
            exclusive: is_exclusive.into(),
            tlb_interrupts_per_s: machine.tlb_interrupts.map(|interrupts| interrupts / elapsed_ns * 1e9).into(),
            cpu_pressure,
            memory_pressure,
            io_pressure,
            throttled: machine.throttled.into(),
            blocked: self.usage.blocked(),
            cpus_used: used_ns.map(|used| used / elapsed_ns).into(),
        });
        &self.samples[self.samples.len() - 1]
    }

    /// Counts commits up to now; whether that could be done.
    pub fn count_again(&mut self, scene: &mut dyn Scene) -> bool {
        self.commits = scene.commits();
        self.commits_at_ns = scene.now_ns();
        !matches!(self.commits, Commits::NotNow(_))
    }

    pub fn conclude(self) -> LiveLoad {
        let window_ns = self.last_look_ns - self.first_ns;
        let seconds = window_ns as f64 / 1e9;
        let per_second =
            |amount: f64| if window_ns > 0 { Ok(exactly(amount / seconds)) } else { Err(TOO_SHORT.to_owned()) };
        let commits_per_s = self.commits_per_s(seconds);
        let replaced = match self.glance.replaced {
            0 => String::new(),
            times => format!(", without the {times} times that another file took its place"),
        };
        let cpus = |total: &Total, what: &str| {
            let cpus = total.sum().and_then(|ns| per_second(ns / 1e9));
            observed(cpus, Precision::Exact, format!("{what} of {}", total.in_words()))
        };
        LiveLoad {
            window_ns,
            lookups_per_s: observed(Err(NO_LOOKUPS.to_owned()), Precision::Estimated, String::new()),
            growth_bytes_per_s: observed(
                per_second(self.growth as f64),
                Precision::Exact,
                format!("its size at the beginning and at the end{replaced}"),
            ),
            hold_ns: self.hold_ns(&commits_per_s),
            cpus_used: cpus(&self.usage.cpu, "the time on a CPU"),
            cpus_waited_for: cpus(&self.usage.run_delay, "the time in a run queue"),
            commits_per_s,
            samples: self.samples,
        }
    }

    fn commits_per_s(&self, seconds: f64) -> Observed {
        let counted_s = (self.commits_at_ns - self.first_ns) as f64 / 1e9;
        let times = match self.glance.replaced {
            0 => String::new(),
            1 => ", over one checkpoint".to_owned(),
            times => format!(", over {times} checkpoints"),
        };
        match &self.commits {
            _ if seconds <= 0.0 => observed(Err(TOO_SHORT.to_owned()), Precision::Exact, String::new()),
            Commits::Counted(commits) => observed(
                Ok(exactly(*commits as f64 / counted_s)),
                Precision::Exact,
                format!("{commits} commits that the file itself shows in {counted_s:.1} s{times}"),
            ),
            Commits::NearlyCounted(commits) => observed(
                Ok(Estimate {
                    high: (*commits as f64 + f64::from(self.glance.replaced)) / counted_s,
                    ..exactly(*commits as f64 / counted_s)
                }),
                Precision::Estimated,
                format!(
                    "{commits} commits that the file itself shows in {counted_s:.1} s{times}, each of which may hide the \
                     commit before it"
                ),
            ),
            Commits::Elsewhere(why) => observed(Err(why.clone()), Precision::Exact, String::new()),
            // Every commit changes the file at least once, and several changes may be one commit. A commit that takes longer is taken for
            // several: three at most, because the known formats write three times, with a sync in between.
            Commits::Uncounted(why) | Commits::NotNow(why) => observed(
                Ok(Estimate {
                    value: self.bursts as f64 / seconds,
                    low: self.bursts as f64 / 3.0 / seconds,
                    high: self.changes as f64 / seconds,
                }),
                Precision::Estimated,
                format!(
                    "{} changes of its size or time of change in {seconds:.1} s, seen every 2 ms; those less than 10 ms apart are \
                     taken for one commit, so that above 50 commits a second there are more, and fewer if one takes longer ({why})",
                    self.changes
                ),
            ),
        }
    }

    /// The share of the time for which the lock was held exclusively, over the commits a second.
    fn hold_ns(&self, commits_per_s: &Observed) -> Observed {
        let seen = |parts: &[Part]| parts.iter().any(|part| part.amount > 0.0);
        // A glance does not see flock(2); the table does, but is read seldom.
        let (parts, of) = if seen(&self.tabled) && !seen(&self.glanced) || self.glanced.is_empty() {
            (&self.tabled, "readings of the table of locks")
        } else {
            (&self.glanced, "questions for its lock (F_GETLK)")
        };
        let [held, asked] =
            [|part: &Part| part.amount, |part: &Part| part.of].map(|what| parts.iter().map(what).sum::<f64>());
        let from = format!("its lock was held exclusively at {held} of {asked} {of}; divided by the commits a second");
        let value = match (commits_per_s.value.known(), share(parts)) {
            (_, None) => {
                let failed = self.glance.is_exclusive.as_ref().err().or(self.table_failed.as_ref());
                Err(failed.map_or(TOO_SHORT, String::as_str).to_owned())
            }
            (Err(why), _) => Err(format!("commits a second are not known: {why}")),
            (Ok(rate), _) if rate.value <= 0.0 => Err("there were no commits".to_owned()),
            (Ok(rate), Some(share)) if held == 0.0 => Err(format!(
                "its lock was not held exclusively at any of {asked} {of}: for less than {:.3} ms a commit",
                share.high / rate.low * 1e3
            )),
            (Ok(rate), Some(share)) => Ok(Estimate {
                value: share.value / rate.value * 1e9,
                low: share.low / rate.high * 1e9,
                high: share.high / rate.low * 1e9,
            }),
        };
        observed(value, Precision::Estimated, from)
    }
}

fn exactly(value: f64) -> Estimate {
    Estimate::around(value, 0.0)
}

fn observed(value: Probe<Estimate>, precision: Precision, from: String) -> Observed {
    Observed { value: value.into(), precision, from }
}
