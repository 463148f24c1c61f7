//! What the driver gathers at every interval's end: the system's counters, and workers that a signal or a control group has stopped.
//! At the end of the run all evidence is put together here, with the workers' own records.

use std::path::Path;

use super::arena::Arena;
use super::in_flight::name_of;
use super::stacks::StackSampler;
use super::times::Times;
use super::{Files, noise_probe};
use super::{members::Name, process_group::ProcessGroup};
use crate::driver::outcome::{Control, CounterRow, Evidence, Overhead, Stall, StopEvent};
use crate::os::clock::now_ns;
use crate::os::counters::{Counters, Subject};
use crate::os::facts::TaskState;
use crate::os::process;
use crate::os::task::TaskUsageReader;
use crate::scenario::Scenario;
use crate::shm::{SharedHistogram, SharedStall};

/// So many stalled workers are sampled in one interval.
const SAMPLED: usize = 8;
/// Readings from which the cost of one is measured.
const READINGS: u32 = 1000;
/// How a stalled worker was found: names of columns.
const STATES: [(TaskState, &str); 5] = [
    (TaskState::Running, "stalled_running"),
    (TaskState::Sleeping, "stalled_sleeping"),
    (TaskState::Blocked, "stalled_blocked"),
    (TaskState::Stopped, "stalled_stopped"),
    (TaskState::Frozen, "stalled_frozen"),
];

pub struct EvidenceCollector<'a> {
    scenario: &'a Scenario,
    arena: &'a Arena,
    times: Times,
    counters: Counters,
    usage: TaskUsageReader,
    began: bool,
    sampled_ns: u64,
    rows: Vec<CounterRow>,
    stop_events: Vec<StopEvent>,
    stacks: StackSampler<'a>,
    counters_ns: u64,
    ns_per_reading: f64,
}

impl<'a> EvidenceCollector<'a> {
    /// Opens the counters. After the last fork: workers must not inherit them.
    pub fn open(files: &Files) -> Counters {
        let directory = files.paths.first().and_then(|path| path.parent()).unwrap_or(Path::new("."));
        Counters::open(Subject { files: &files.paths, directory })
    }

    pub fn new(scenario: &'a Scenario, arena: &'a Arena, times: &Times, counters: Counters) -> EvidenceCollector<'a> {
        let usage = TaskUsageReader::open();
        let began = now_ns();
        for _ in 0..READINGS {
            std::hint::black_box(usage.read());
        }
        let ns_per_reading = (now_ns() - began) as f64 / f64::from(READINGS);
        EvidenceCollector {
            scenario,
            arena,
            times: times.clone(),
            counters,
            usage,
            began: false,
            sampled_ns: times.control_ns.start,
            rows: Vec::new(),
            stop_events: Vec::new(),
            stacks: StackSampler::new(scenario, arena, times.measure_ns),
            counters_ns: 0,
            ns_per_reading,
        }
    }

    pub fn next_ns(&self) -> u64 {
        if !self.began {
            return self.times.control_ns.start;
        }
        self.counters_due_ns().min(self.stacks.next_ns())
    }

    fn counters_due_ns(&self) -> u64 {
        self.times.boundary_after(self.sampled_ns, self.scenario.run.interval_ns).min(self.times.end_ns)
    }

    pub fn sample_if_due(&mut self, now: u64, workers: &mut ProcessGroup) {
        if now < self.times.control_ns.start {
            return;
        }
        if !self.began {
            // The first reading only sets the zero: what was counted before the control span belongs to no interval.
            self.counters.read(&|_| false);
            self.began = true;
            self.sampled_ns = now;
        }
        self.stacks.sample_if_due(now);
        if now < self.counters_due_ns() {
            return;
        }
        let zero = self.times.measure_ns;
        let since = |at: u64| at as i64 - zero as i64;
        let before = self.usage.read().cpu_ns;
        let mut values = self.counters.read(&|pid| workers.has(pid));
        let states = self.states(now);
        values.extend(STATES.map(|(state, _)| Some(states.iter().filter(|found| **found == state).count() as f64)));
        values.extend(self.stacks.take());
        self.counters_ns += self.usage.read().cpu_ns - before;
        let (stopped, continued) = workers.take_stops();
        if (stopped, continued) != (0, 0) {
            self.stop_events.push(StopEvent { reported_ns: since(now), stopped, continued });
        }
        self.rows.push(CounterRow { start_ns: since(self.sampled_ns), length_ns: now - self.sampled_ns, values });
        self.sampled_ns = now;
    }

    /// The states of some of the workers that are over the stall threshold now.
    fn states(&self, now: u64) -> Vec<TaskState> {
        let stalled: Vec<_> = self.arena.stalled(now, self.scenario.run.stall_ns).map(|(_, task)| task).collect();
        let step = stalled.len().div_ceil(SAMPLED).max(1);
        stalled.into_iter().step_by(step).filter_map(process::state_of).collect()
    }

    pub fn finish(self) -> Evidence {
        let zero = self.times.measure_ns;
        let mut stalls = Vec::new();
        let (mut dropped, mut dropped_ns, mut readings) = (0, 0, 0);
        for row in 0..self.scenario.workers_total() {
            let (records, counts) = self.arena.stalls_of(row as usize);
            let worker = Name::at_row(self.scenario, row);
            let before = stalls.len();
            let slow = records.iter().filter_map(SharedStall::read);
            stalls.extend(slow.map(|slow| Stall::new(&slow, worker, name_of(worker.role(), slow.operation), zero)));
            let (count, ns) = counts.dropped(stalls.len() - before);
            (dropped, dropped_ns, readings) = (dropped + count, dropped_ns + ns, readings + counts.readings());
        }
        stalls.sort_by_key(|stall: &Stall| (stall.end_ns, stall.worker));
        let noise_probes = noise_probe::read(self.arena, zero);
        let over_ns = self.sampled_ns.saturating_sub(self.times.start_ns).max(1) as f64;
        let noise_probes_share = noise_probes.all.iter().map(|probe| probe.cpu_ns as f64).sum::<f64>() / over_ns;
        let counters_share = self.counters_ns as f64 / over_ns;
        let overhead = Overhead {
            readings,
            ns_per_reading: self.ns_per_reading,
            noise_probes_share,
            counters_share,
            cpu_share: readings as f64 * self.ns_per_reading / over_ns + noise_probes_share + counters_share,
        };
        let control = (!self.times.control_ns.is_empty()).then(|| Control {
            start_ns: self.times.control_ns.start as i64 - zero as i64,
            length_ns: self.scenario.run.control_ns,
            response: SharedHistogram::sum(&self.arena.control),
        });
        let states = STATES.map(|(_, name)| name.to_owned());
        let columns = self.counters.columns().into_iter().chain(states).chain(StackSampler::columns()).collect();
        Evidence {
            stalls,
            dropped,
            dropped_ns,
            noise_probes,
            columns,
            rows: self.rows,
            stop_events: self.stop_events,
            control,
            stacks: self.stacks.finish(),
            tlb_interrupt_ns: Err("it was not measured".to_owned()),
            overhead,
        }
    }
}
