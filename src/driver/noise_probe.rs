//! Two processes that map nothing and only tick, one bound to a CPU and one free: what stops them is caused by the machine.
//! They measure the noise of the machine, as jHiccup does for one process.

use super::arena::Arena;
use super::times::Times;
use super::worker_main::{Barriers, Inheritance};
use crate::driver::outcome::{NoiseProbe, NoiseProbes};
use crate::os::affinity::pin_to_last_cpu;
use crate::os::clock::{least_sleep_ns, now_ns, sleep_until};
use crate::os::task::TaskUsageReader;
use crate::shm::{PAUSE_NS, PauseLog, TICK_NS};

/// Their names; the second is bound to a CPU.
pub const NAMES: [&str; 2] = ["unpinned", "pinned"];
const PINNED: usize = 1;

/// What noise probe `number` does until the run is over.
pub fn probe_main(number: usize, inherited: &Inheritance<'_>, barriers: Option<Barriers>) -> i32 {
    let Inheritance { scenario, arena, .. } = *inherited;
    let log = arena.pause_log(number);
    if number == PINNED && pin_to_last_cpu().is_ok() {
        log.set_bound();
    }
    if let Some((start, _)) = barriers.map(Barriers::enter) {
        start.wait();
    }
    let times = Times::of(&scenario.run, arena.run_control().start_ns());
    tick(&log, &times, gap_ns(least_sleep_ns()), || arena.run_control().is_stopped());
    0
}

/// Between two readings of its own usage, in ticks: reading at each would cost more than ticking.
const READING: u64 = 50;

/// Between two ticks, nanoseconds. Where the system makes short sleeps longer, every tick would be late: there they are further apart.
fn gap_ns(least_sleep_ns: u64) -> u64 {
    TICK_NS.max(2 * least_sleep_ns)
}

fn tick(log: &PauseLog<'_>, times: &Times, gap_ns: u64, is_stopped: impl Fn() -> bool) {
    let usage = TaskUsageReader::open();
    let (mut due, mut before, mut ticks) = (times.start_ns + gap_ns, usage.read(), 0u64);
    while due < times.end_ns && !is_stopped() {
        sleep_until(due);
        let now = now_ns();
        let is_pause = now > due + PAUSE_NS;
        ticks += 1;
        let used = (is_pause || ticks.is_multiple_of(READING)).then(|| usage.read());
        log.ticked(now, used.map(|used| used.cpu_ns));
        if let Some(used) = used {
            let queued = used.run_delay_ns.zip(before.run_delay_ns).map(|(now, before)| now.saturating_sub(before));
            if is_pause {
                log.paused(due, now, queued.map(|queued| queued.min(now - due)));
            }
            before = used;
        }
        // Ticks that were missed are part of the pause, and are skipped.
        due += (now.saturating_sub(due) / gap_ns + 1) * gap_ns;
    }
}

pub fn read(arena: &Arena, zero_ns: u64) -> NoiseProbes {
    let mut probes = NoiseProbes::default();
    for (number, name) in NAMES.into_iter().enumerate() {
        let (probe, pauses) = NoiseProbe::new(name, number == PINNED, &arena.pause_log(number), zero_ns);
        probes.all.push(probe);
        probes.pauses.extend(pauses);
    }
    probes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;
    use crate::shm::{ProbeCounters, SharedPause};

    #[test]
    fn a_delayed_start_is_a_pause() {
        let counts = Shared::<ProbeCounters>::zeroed(1).unwrap();
        let pauses = Shared::<SharedPause>::zeroed(64).unwrap();
        let log = PauseLog::new(&counts[0], &pauses);
        // As if it had been stopped at its start for 50 ms.
        let start_ns = now_ns() - 50_000_000;
        let times = Times {
            start_ns,
            control_ns: start_ns..start_ns,
            write_ns: start_ns,
            measure_ns: start_ns,
            end_ns: start_ns + 60_000_000,
        };
        tick(&log, &times, gap_ns(0), || false);
        let (probe, kept) = NoiseProbe::new("unpinned", false, &log, start_ns);
        assert!(probe.ticks >= 1 && probe.pauses >= 1);
        assert_eq!(kept[0].start_ns, TICK_NS as i64);
        assert!(kept[0].end_ns >= 50_000_000, "{kept:?}");
    }

    #[test]
    fn where_short_sleeps_last_longer_ticks_are_further_apart() {
        let ms = 1_000_000;
        assert_eq!([0, ms / 4, ms, 10 * ms].map(gap_ns), [ms, ms, 2 * ms, 20 * ms]);
        // Late by the shortest sleep, a tick is never a pause by that alone.
        assert!([ms, 10 * ms].into_iter().all(|least| gap_ns(least) > least));
    }
}
