//! The evidence of a run: slow operations, pauses of noise probes, the system's counters, and the control span.
//! Times are nanoseconds since measuring began, negative before it.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::driver::{members::Name, outcome::Role};
use crate::mailboxes::Phase;
use crate::shm::{PauseLog, Series, Slow};

pub struct Evidence {
    pub stalls: Vec<Stall>,
    /// Operations that left no record, because there was no room or their worker died meanwhile.
    pub dropped: u64,
    /// The time of those that had no room, nanoseconds.
    pub dropped_ns: u64,
    pub noise_probes: NoiseProbes,
    pub columns: Vec<String>,
    /// The counters, interval by interval, from the control span on.
    pub rows: Vec<CounterRow>,
    pub stop_events: Vec<StopEvent>,
    pub control: Option<Control>,
    pub stacks: StackSamples,
    /// What a TLB interrupt costs its receiver on this machine, nanoseconds; or why that is unknown.
    pub tlb_interrupt_ns: Result<f64, String>,
    pub overhead: Overhead,
}

/// Kernel stacks of stalled workers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackSamples {
    /// How often each was seen: `role;outermost function;…;innermost function`.
    pub folded: BTreeMap<String, u64>,
    pub samples: u64,
    /// Time that it took.
    pub spent_ns: u64,
    /// Moments at which none were taken, because it would have taken too much time.
    pub left_out: u64,
    /// Why none could be read.
    pub unavailable: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct NoiseProbes {
    pub all: Vec<NoiseProbe>,
    pub pauses: Vec<Pause>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CounterRow {
    pub start_ns: i64,
    pub length_ns: u64,
    /// In the order of the columns; `None`: could not be read.
    pub values: Vec<Option<f64>>,
}

/// Workers that were stopped by a signal, or continued, as the driver learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StopEvent {
    /// When the driver learned it: at its next sample, nanoseconds.
    pub reported_ns: i64,
    /// How many workers were stopped by a signal.
    pub stopped: u32,
    /// How many continued after they had been stopped.
    pub continued: u32,
}

/// The control span: the same readers without any writer.
pub struct Control {
    pub start_ns: i64,
    pub length_ns: u64,
    /// Response times of readers' operations due in it, nanoseconds.
    pub response: Histogram<u64>,
}

/// What collecting the evidence cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overhead {
    /// Times that the usage of a worker was read.
    pub readings: u64,
    /// What one reading costs, measured before the run, nanoseconds.
    pub ns_per_reading: f64,
    /// CPU time of the noise probes, as a share of one CPU, 0 to 1.
    pub noise_probes_share: f64,
    /// CPU time of the driver for reading the system's counters, the same.
    pub counters_share: f64,
    /// All of it together, the same.
    pub cpu_share: f64,
}

/// The command that traced. Times are nanoseconds since measuring began, negative before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// The command, as `sh -c` ran it.
    pub command: String,
    /// The file of the run directory with what it wrote to standard output and standard error.
    pub output: String,
    /// Bytes of that.
    pub output_bytes: u64,
    /// When it was started: the workers stood at the start barrier.
    pub started_ns: i64,
    /// When it was stopped (SIGINT); `null`: it had ended by itself before the run did.
    pub stopped_ns: Option<i64>,
    /// Whether it had to be killed (SIGKILL), because it went on for 5 seconds after that: then its output may be cut short.
    pub killed: bool,
    /// How its shell ended, such as `exit status 0` or `killed by SIGINT`.
    pub ended: String,
}

/// A process that maps nothing and ticks every millisecond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoiseProbe {
    /// `pinned` or `unpinned`.
    pub name: String,
    /// Whether it is bound to one CPU.
    pub pinned: bool,
    /// How often it ticked.
    pub ticks: u64,
    /// Ticks with a delay of more than 5 ms.
    pub pauses: u64,
    /// Of those, how many have no record: there was no room.
    pub pauses_without_record: u64,
    /// CPU time it used, nanoseconds.
    pub cpu_ns: u64,
    /// Its last tick, nanoseconds since measuring began; `null`: it never ticked, or the result is older than this figure.
    #[serde(default)]
    pub last_tick_ns: Option<i64>,
    /// Why it was lost before the end of the run; `null`: it was not. Its figures are valid until its last tick.
    #[serde(default)]
    pub lost: Option<String>,
}

impl NoiseProbe {
    /// A probe and its pauses; times are since `zero_ns`.
    pub fn new(name: &str, must_be_bound: bool, log: &PauseLog<'_>, zero_ns: u64) -> (NoiseProbe, Vec<Pause>) {
        let since = |at: u64| at as i64 - zero_ns as i64;
        let counts = log.read();
        let pauses = log.pauses(counts.pauses).map(|(start_ns, end_ns, queued_ns)| Pause {
            noise_probe: name.to_owned(),
            start_ns: since(start_ns),
            end_ns: since(end_ns),
            queued_ns,
        });
        let pauses: Vec<Pause> = pauses.collect();
        let probe = NoiseProbe {
            name: name.to_owned(),
            pinned: must_be_bound && counts.is_bound,
            ticks: counts.ticks,
            pauses: counts.pauses,
            pauses_without_record: counts.pauses - pauses.len() as u64,
            cpu_ns: counts.cpu_ns,
            last_tick_ns: counts.last_tick_ns.map(since),
            lost: None,
        };
        (probe, pauses)
    }

    /// Whether it was alive until `end_ns`.
    pub fn saw_until(&self, end_ns: i64) -> bool {
        self.lost.is_none() || self.last_tick_ns.is_some_and(|last| last >= end_ns)
    }
}

/// A noise probe's tick with a delay of more than 5 ms. Times are nanoseconds since measuring began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pause {
    /// Which noise probe.
    pub noise_probe: String,
    /// When it should have ticked.
    pub start_ns: i64,
    /// When it did.
    pub end_ns: i64,
    /// Time it spent in a run queue meanwhile; `null`: the system does not report it.
    pub queued_ns: Option<u64>,
}

/// A slow operation, or a commit. Times are nanoseconds since measuring began; before it they are negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stall {
    /// The role of its worker.
    pub role: Role,
    /// The worker's number within its role.
    pub worker: u32,
    /// Its instance.
    pub instance: u32,
    /// What it did.
    pub operation: String,
    /// Intended start.
    pub due_ns: i64,
    /// When the worker was free for it: the intended start, or the end of its operation before.
    pub free_ns: i64,
    /// Actual start.
    pub start_ns: i64,
    /// End.
    pub end_ns: i64,
    /// What the time was spent on, in the order of the operation's phases; `start-delay` is the time before the start.
    pub parts: Vec<StallPart>,
    /// Page faults without I/O, about since the worker was free; `null`: the system does not count them.
    pub minor_faults: Option<u32>,
    /// Page faults with I/O.
    pub major_faults: u32,
    /// Times the worker gave up the CPU to wait.
    pub voluntary_switches: u32,
    /// Times the CPU was taken from it.
    pub involuntary_switches: u32,
    /// Time asleep in page faults, microseconds; `null` or missing: the system does not report it.
    #[serde(default)]
    pub fault_wait_us: Option<u32>,
}

/// Time in one part of an operation, microseconds. What is neither on a CPU nor queued was blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StallPart {
    /// A phase, or `start-delay`.
    pub part: Series,
    /// All of it.
    pub whole_us: u32,
    /// On a CPU; measured separately only where a part took long.
    pub cpu_us: u32,
    /// In a run queue; `null`: the system does not report it.
    pub queued_us: Option<u32>,
}

/// Operations of the same role, instance and part that were due and had not completed when the measured span ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InFlight {
    /// The role of their workers.
    pub role: Role,
    /// Their instance.
    pub instance: u32,
    /// What they did; `null`: they had not begun.
    pub operation: Option<String>,
    /// The phase that they were in, or `start-delay`: they had not begun; `null`: no phase had begun.
    pub part: Option<Series>,
    /// How many workers: each is in one operation at most.
    pub workers: u32,
    /// Of those, how many completed while the driver waited for the last; the others never did.
    pub completed_later: u32,
    /// The number, within its role, of the worker with the oldest.
    pub oldest_worker: u32,
    /// Its age: from its intended start to the end of the measured span, or to its worker's death, nanoseconds.
    pub oldest_ns: u64,
}

impl Stall {
    /// From a worker's record; times are since `zero_ns`.
    pub fn new(slow: &Slow, worker: Name, operation: &str, zero_ns: u64) -> Stall {
        let since = |at: u64| at as i64 - zero_ns as i64;
        let parts =
            slow.spent.iter().enumerate().filter(|(_, spent)| spent.whole_us > 0).map(|(place, spent)| StallPart {
                part: Phase::ALL.get(place).map_or(Series::StartDelay, |phase| Series::Phase(*phase)),
                whole_us: spent.whole_us,
                cpu_us: spent.cpu_us,
                queued_us: spent.queued_us,
            });
        let [minor_faults, major_faults, voluntary_switches, involuntary_switches, fault_wait_us] = slow.counts;
        Stall {
            role: worker.role(),
            worker: worker.number,
            instance: worker.instance,
            operation: operation.to_owned(),
            due_ns: since(slow.due_ns),
            free_ns: since(slow.free_ns),
            start_ns: since(slow.start_ns),
            end_ns: since(slow.end_ns),
            parts: parts.collect(),
            minor_faults,
            // Every system counts these.
            major_faults: major_faults.unwrap_or_default(),
            voluntary_switches: voluntary_switches.unwrap_or_default(),
            involuntary_switches: involuntary_switches.unwrap_or_default(),
            fault_wait_us,
        }
    }

    /// Its time from when the worker was free, nanoseconds: the operation before is not counted again.
    pub fn length_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.free_ns).max(0) as u64
    }

    pub fn part(&self, part: Series) -> Option<&StallPart> {
        self.parts.iter().find(|found| found.part == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;
    use crate::shm::{ProbeCounters, SharedPause};

    #[test]
    fn pauses_without_room_are_counted_and_a_lost_probe_is_valid_until_its_last_tick() {
        let counts = Shared::<ProbeCounters>::zeroed(1).unwrap();
        let pauses = Shared::<SharedPause>::zeroed(2).unwrap();
        let log = PauseLog::new(&counts[0], &pauses);
        for start in [100, 200, 300] {
            log.paused(start, start + 50, (start == 200).then_some(7));
            log.ticked(start + 50, Some(start));
        }
        let (probe, kept) = NoiseProbe::new("unpinned", false, &log, 150);
        assert_eq!((probe.ticks, probe.pauses, probe.pauses_without_record), (3, 3, 1));
        assert_eq!(probe.last_tick_ns, Some(200));
        assert!(probe.saw_until(999));
        let lost = NoiseProbe { lost: Some("killed by SIGKILL".to_owned()), ..probe };
        assert!(lost.saw_until(200) && !lost.saw_until(201));
        let times: Vec<_> = kept.iter().map(|pause| (pause.start_ns, pause.end_ns, pause.queued_ns)).collect();
        assert_eq!(times, [(-50, 0, None), (50, 100, Some(7))]);
    }
}
