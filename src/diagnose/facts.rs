//! The facts of a run that the rules need: its slow operations, moments at which processes were held up from outside, and how the
//! system's counters moved while operations were slow, compared with the control span.

use std::{collections::HashSet, ops::Range};

use super::{
    commits::Commits,
    in_flight::{IoWaits, waits_for_io},
    spans::Spans,
};
use crate::mailboxes::Phase;
use crate::results::{
    ControlSpan, Counter, CounterRow, CpuQuota, Figure, Freeze, InFlight, Pause, Recorded, Role, Stall, Totals,
};

/// A noise probe's pause is not due to the run queue if it spent less than this share of it there.
const QUEUED_SHARE: f64 = 0.5;
/// Fewer slow operations of readers, or a smaller share of all, need no explanation, unless there was a freeze.
const LEAST_READERS: u64 = 10;
const READERS_SHARE: f64 = 0.01;
const LEAST_COMMITS: u64 = 3;
const COMMITS_SHARE: f64 = 0.1;
/// So large a share of slow operations is no noise, whatever the control span has: then readers alone are too much.
const NO_NOISE: f64 = 0.2;
/// The control span's share must be exceeded by this factor.
const ABOVE_CONTROL: f64 = 3.0;

pub struct Facts<'a> {
    pub recorded: &'a Recorded,
    pub commits: Commits<'a>,
    pub holds: Commits<'a>,
    pub stalls: Vec<&'a Stall>,
    /// Slow operations that had not ended when the run did, and left no record.
    pub open: Vec<&'a Stall>,
    pub in_flight: &'a [InFlight],
    /// Whether the device is what operations wait for.
    pub waits_for_io: bool,
    /// When workers of each instance were stopped, by a signal of anybody, or by their writer, which imitates another system.
    stopped: Vec<Spans>,
    /// When stalled workers were in a frozen control group, about.
    pub frozen: Spans,
    /// When neither noise probe could tick, although not waiting for a CPU.
    pub halted: Spans,
    /// When another process cut the file short or replaced it, about.
    pub replaced: Spans,
    /// When a CPU quota of the run's control groups held all workers up, about.
    pub throttled: Spans,
    /// When a process outside the workers held a write lock on the file, as far as seen.
    pub locked_by_others: Spans,
    stalled: Spans,
    unpinned: Spans,
    pinned: Spans,
}

impl<'a> Facts<'a> {
    /// `open`: records of what was in flight.
    pub fn new(recorded: &'a Recorded, in_flight: &'a [InFlight], open: &'a [Stall]) -> Facts<'a> {
        let scenario = &recorded.run.scenario;
        let stall_ns = scenario.run.stall_ns;
        let is_slow = |stall: &&Stall| stall.end_ns >= 0 && (stall.end_ns - stall.due_ns) as u64 > stall_ns;
        let [stalls, open_stalls] =
            [&recorded.stalls[..], open].map(|stalls| stalls.iter().filter(is_slow).collect::<Vec<&Stall>>());
        let commits = Commits::new(scenario, &recorded.stalls, open, Role::Writer);
        let pauses = |name: &str, interference: bool| {
            let queued = move |pause: &Pause| {
                let length = (pause.end_ns - pause.start_ns).max(1) as f64;
                pause.queued_ns.is_some_and(|queued| queued as f64 > QUEUED_SHARE * length)
            };
            let wanted =
                recorded.pauses.iter().filter(|pause| pause.noise_probe == name && !(interference && queued(pause)));
            Spans::union(wanted.map(|pause| pause.start_ns..pause.end_ns))
        };
        let [replaced, removed] = ["files_replaced", "page_cache_removals"].map(|column| rows_with(recorded, column));
        let mut facts = Facts {
            stopped: stopped_by_instance(recorded, &commits),
            commits,
            holds: Commits::new(scenario, &recorded.stalls, open, Role::Reader),
            stalled: Spans::union(stalls.iter().chain(&open_stalls).map(|stall| stall.free_ns.max(0)..stall.end_ns)),
            stalls,
            open: open_stalls,
            in_flight,
            waits_for_io: false,
            frozen: rows_with(recorded, "stalled_frozen"),
            // A pinned noise probe that could not be bound is a second free one: that does no harm here.
            halted: pauses("unpinned", true).intersection(&pauses("pinned", true)),
            replaced: Spans::union(replaced.iter().chain(removed.iter()).cloned()),
            throttled: throttled(recorded),
            locked_by_others: rows_with(recorded, "write_locks_of_others"),
            unpinned: pauses("unpinned", false),
            pinned: pauses("pinned", false),
            recorded,
        };
        let waits = IoWaits {
            some_us: facts.rate("pressure_io_some_us"),
            blocked: facts.rate("blocked"),
            rose: facts.rose("pressure_io_some_us", 2.0, 0.0),
        };
        facts.waits_for_io = waits_for_io(in_flight, waits, stall_ns);
        facts
    }

    /// When workers of an instance were stopped, about.
    pub fn stopped(&self, instance: u32) -> Option<&Spans> {
        self.stopped.get(instance as usize)
    }

    /// Times at which a noise probe could not tick.
    pub fn pauses_of(&self, noise_probe: &str) -> &Spans {
        if noise_probe == "pinned" { &self.pinned } else { &self.unpinned }
    }

    pub fn workers_caught(&self, instance: Option<u32>, span: &Range<i64>) -> u64 {
        let caught = self.stalls.iter().chain(&self.open).filter(|stall| {
            instance.is_none_or(|instance| stall.instance == instance)
                && stall.due_ns < span.end
                && stall.end_ns > span.start
        });
        caught.map(|stall| (stall.role, stall.worker)).collect::<HashSet<_>>().len() as u64
    }

    /// Change per second of a counted column while operations were slow; of a level, its mean. `None`: unavailable.
    pub fn rate(&self, column: &str) -> Option<f64> {
        self.mean(column, |row| {
            let span = row.start_ns..row.start_ns + row.length_ns as i64;
            if row.start_ns < 0 { 0.0 } else { self.stalled.overlap(&span) as f64 / row.length_ns.max(1) as f64 }
        })
    }

    /// The same of the control span.
    fn control_rate(&self, column: &str) -> Option<f64> {
        let control = self.control()?;
        let end = control.start_ns + control.length_ns as i64;
        let is_inside =
            |row: &CounterRow| row.start_ns >= control.start_ns && row.start_ns + row.length_ns as i64 / 2 < end;
        self.mean(column, |row| f64::from(is_inside(row)))
    }

    /// Per second for what is counted, a plain mean for levels; each row counts by this share of its length.
    fn mean(&self, column: &str, share: impl Fn(&CounterRow) -> f64) -> Option<f64> {
        let is_level = Counter::is_level(column);
        let (mut sum, mut over) = (0.0, 0.0);
        for (row, value) in self.recorded.counters.values(column)? {
            let (share, length_ns) = (share(row), row.length_ns as f64);
            if let Some(value) = value.filter(|_| share > 0.0) {
                sum += value * share * if is_level { length_ns } else { 1e9 };
                over += share * length_ns;
            }
        }
        (over > 0.0).then(|| sum / over)
    }

    /// A column as a figure, with that of the control span; `None` where it is unavailable. A name with a `.` at its end is summed over all CPUs.
    pub fn figure(&self, column: &str, name: &str) -> Option<Figure> {
        let columns: Vec<&str> = self.recorded.counters.named(column).collect();
        let value = columns.iter().map(|column| self.rate(column)).sum::<Option<f64>>()?;
        let control = columns.iter().map(|column| self.control_rate(column)).sum();
        (!columns.is_empty()).then_some(Figure { name: name.to_owned(), value, control })
    }

    /// What a counted column rose by over the measured span. `None`: unavailable, or not read in every interval.
    pub fn total(&self, column: &str) -> Option<f64> {
        let measured = self.recorded.counters.values(column)?.filter(|(row, _)| row.start_ns >= 0);
        measured.map(|(_, value)| value).sum()
    }

    /// Whether a column's rate is at least `factor` times that of the control span and above `least`.
    pub fn rose(&self, column: &str, factor: f64, least: f64) -> bool {
        let control = self.control_rate(column).unwrap_or(0.0);
        self.rate(column).is_some_and(|rate| rate >= least && rate >= factor * control)
    }

    /// The CPU quota that binds the run; `None`: there was none at its start, or that is not known.
    pub fn quota(&self) -> Option<&'a CpuQuota> {
        self.recorded.run.environment.cpu_quota.value().and_then(Option::as_ref)
    }

    /// Time of all CPUs that the hypervisor gave to others, as a share of the time in which operations were slow.
    pub fn steal_share(&self) -> Option<f64> {
        let cpus = self.recorded.run.environment.cpus_online.value().copied()?.max(1);
        Some(self.rate("cpu_steal_us")? / 1e6 / cpus as f64)
    }

    /// Whether there is anything to explain: a freeze, workers held up from outside, or more slow operations than noise makes.
    pub fn is_noteworthy(&self, freezes: &[Freeze]) -> bool {
        let summary = &self.recorded.run.summary;
        // What never completed was slow too.
        let slow = |totals: &Totals| totals.stalls + totals.due.saturating_sub(totals.completed);
        let share = |totals: &Totals| slow(totals) as f64 / totals.due.max(totals.completed).max(1) as f64;
        let many = |totals: &Totals, least_count: u64, least_share: f64| {
            slow(totals) >= least_count && share(totals) >= least_share
        };
        let readers_are_slow = many(&summary.readers, LEAST_READERS, READERS_SHARE);
        // A share that no noise can have counts whatever the control span has; and what was seen directly needs no comparison.
        let above_noise = share(&summary.readers) >= NO_NOISE || self.load() > ABOVE_CONTROL * self.control_load();
        let seen = self.stopped.iter().chain([&self.frozen, &self.halted, &self.throttled]);
        let seen = seen.into_iter().any(|spans| self.stalled.intersects(spans));
        !freezes.is_empty()
            || readers_are_slow && (above_noise || seen)
            // The control span has no commits to compare a writer's with: there the bounds are higher.
            || many(&summary.writers, LEAST_COMMITS, COMMITS_SHARE)
    }

    fn control(&self) -> Option<&ControlSpan> {
        self.recorded.run.recording.as_ref()?.control.as_ref()
    }

    /// Time that readers spent in slow operations, a second.
    fn load(&self) -> f64 {
        let spent: f64 = readers(self.stalls.iter().copied()).map(|stall| stall.length_ns() as f64).sum();
        spent / self.recorded.run.summary.measured_ns.max(1) as f64
    }

    /// The same of the control span.
    fn control_load(&self) -> f64 {
        let Some(control) = self.control() else { return 0.0 };
        let span = control.start_ns..control.start_ns + control.length_ns as i64;
        let inside = readers(&self.recorded.stalls).filter(|stall| span.contains(&stall.due_ns));
        inside.map(|stall| stall.length_ns() as f64).sum::<f64>() / control.length_ns.max(1) as f64
    }

    pub fn caveats(&self) -> Vec<String> {
        let Some(recording) = &self.recorded.run.recording else {
            return vec!["no evidence was recorded (run.evidence = false): causes cannot be named".to_owned()];
        };
        let mut caveats = Vec::new();
        if recording.without_record > 0 {
            let kept: u64 = self.stalls.iter().map(|stall| stall.length_ns()).sum();
            let share = kept as f64 / (kept + recording.without_record_ns).max(1) as f64;
            caveats.push(format!(
                "{} slow operations left no record (each worker keeps its longest); the records hold {:.0} % of their time",
                recording.without_record,
                share * 100.0
            ));
        }
        for probe in &recording.noise_probes {
            let Some(why) = &probe.lost else { continue };
            caveats.push(match probe.last_tick_ns {
                Some(last) => format!(
                    "the noise probe `{}` was lost ({why}): after {:.3} s it saw nothing",
                    probe.name,
                    last as f64 / 1e9
                ),
                None => format!("the noise probe `{}` was lost ({why}) before it saw anything", probe.name),
            });
        }
        if recording.control.is_none() {
            caveats.push(
                "there was no control span (run.control = \"0ms\"): nothing to compare the counters with".to_owned(),
            );
        }
        let missing: Vec<&str> = self.recorded.run.environment.missing().into_iter().map(|(name, _)| name).collect();
        if !missing.is_empty() {
            caveats.push(format!("unavailable on this machine: {} (`mapstorm doctor` says why)", missing.join("; ")));
        }
        caveats
    }
}

/// Rows of the measured span in which a column is above 0, each with the rows before and behind it: what was seen at a row's end may have
/// begun in the row before, and act into the next.
fn rows_with(recorded: &Recorded, column: &str) -> Spans {
    let rows = recorded.counters.values(column).into_iter().flatten();
    let above = rows.filter(|(row, value)| row.start_ns >= 0 && *value > Some(0.0));
    Spans::union(above.map(|(row, _)| {
        let length = row.length_ns as i64;
        row.start_ns - length..row.start_ns + 2 * length
    }))
}

/// A row in which a quota held tasks up for a larger share of its length is one in which it counts.
const THROTTLED_SHARE: f64 = 0.1;
/// The period of quotas, unless something else is set.
const USUAL_PERIOD_US: u64 = 100_000;

/// Rows in which a CPU quota held the run's tasks up. The kernel counts that time when it lets them run again, so it may have begun a
/// period before.
fn throttled(recorded: &Recorded) -> Spans {
    let quota = recorded.run.environment.cpu_quota.value().and_then(Option::as_ref);
    let period_ns = quota.map_or(USUAL_PERIOD_US, |quota| quota.period_us) as i64 * 1000;
    let rows = recorded.counters.values("cpu_quota_throttled_us").into_iter().flatten();
    let throttled = rows.filter(|(row, us)| us.is_some_and(|us| us * 1000.0 > THROTTLED_SHARE * row.length_ns as f64));
    Spans::union(throttled.map(|(row, _)| row.start_ns - period_ns..row.start_ns + row.length_ns as i64))
}

fn readers<'a>(stalls: impl IntoIterator<Item = &'a Stall>) -> impl Iterator<Item = &'a Stall> {
    stalls.into_iter().filter(|stall| stall.role == Role::Reader)
}

/// The driver does not count the stops by a writer, of which there are thousands: its commits say when they were.
fn stopped_by_instance(recorded: &Recorded, commits: &Commits<'_>) -> Vec<Spans> {
    let by_anybody = stopped(recorded);
    let stops = recorded.run.scenario.writer.emulate.stops_mappers();
    let by_writers = commits.in_phase(Phase::Emulated).map(|spans| if stops { spans } else { Vec::new() });
    by_writers.map(|spans| Spans::union(by_anybody.iter().cloned().chain(spans))).collect()
}

/// From the sample before the driver learned of a stop to the sample at which it learned that all continued.
fn stopped(recorded: &Recorded) -> Spans {
    let interval = recorded.run.scenario.run.interval_ns as i64;
    let mut open: Option<(i64, u32)> = None;
    let mut spans = Vec::new();
    for stop in &recorded.stops {
        let before = stop.reported_ns - 2 * interval;
        let (start, so_far) = open.unwrap_or((before, 0));
        // A worker that was stopped and continued between two samples is only reported as continued.
        let left = (so_far + stop.stopped).saturating_sub(stop.continued);
        open = (left > 0).then_some((start, left));
        if left == 0 {
            spans.push(start..stop.reported_ns);
        }
    }
    spans.extend(open.map(|(start, _)| start..recorded.run.summary.measured_ns as i64));
    Spans::union(spans)
}
