//! What the noise probes measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shm::PauseLog;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        os::shared::Shared,
        shm::{ProbeCounters, SharedPause},
    };

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
