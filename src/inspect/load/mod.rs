//! What happens to the file in a window of time, seen without attaching to anything: two kinds of looks. A *glance* is a few system
//! calls that cost microseconds, every 2 ms: size and time of change of the file, and whether its lock is held. A *look* is at all processes,
//! at the table of locks and at the machine, as often as the caller wants.

mod conclusions;
mod scene;
#[cfg(test)]
mod tests;
mod usage;
mod watched_file;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use conclusions::Seen;
use scene::{Live, Scene};

use super::{Target, locks::LockLook};
use crate::{
    os::facts::{Availability, Probe},
    results::{LiveLoad, Sampled},
};

/// What is read again and again of a process of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessUsage {
    pub pid: u32,
    /// Whether it maps the file; else it only has it open.
    pub maps: bool,
    /// Time on a CPU since it began, nanoseconds; `None`: it may not be read.
    pub cpu_ns: Option<u64>,
    /// Time in a run queue since it began, nanoseconds; `None`: it may not be read, or the system does not count it.
    pub run_delay_ns: Option<u64>,
    /// Whether it is blocked inside the kernel (state D).
    pub is_blocked: bool,
}

/// For how long is looked, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Window<'w> {
    /// From the first look to the last, nanoseconds; `None`: until `stop`.
    pub length_ns: Option<u64>,
    /// From one look to the next, nanoseconds.
    pub interval_ns: u64,
    /// Set by a signal: the last look is now.
    pub stop: &'w AtomicBool,
}

/// From one glance to the next, on average.
const GLANCE_NS: u64 = 2_000_000;
/// The table of locks is read no more often: reading it stops all who lock any file.
const LOCK_TABLE_NS: u64 = 200_000_000;
/// A header that was being written at the last look is tried again so often, a glance apart.
const LAST_ATTEMPTS: u32 = 10;

/// Watches the file of `target` for a window of time, or until it is stopped: what was seen till then is kept. `processes` gives all processes of the
/// file, a second time and later only what changes; `locks` reads the table of locks, or answers `None` where it was
/// read too lately; `look` is shown each sample.
pub fn observe(
    target: &Target,
    processes: &mut dyn FnMut() -> Vec<ProcessUsage>,
    locks: &mut dyn FnMut() -> Option<Probe<LockLook>>,
    window: Window<'_>,
    look: &mut dyn FnMut(&Sampled),
) -> LiveLoad {
    observe_scene(&mut Live::open(target, processes, locks), window, look)
}

fn observe_scene(scene: &mut dyn Scene, window: Window<'_>, look: &mut dyn FnMut(&Sampled)) -> LiveLoad {
    let interval = window.interval_ns.max(GLANCE_NS);
    let first = scene.now_ns();
    let end = first.saturating_add(window.length_ns.unwrap_or(u64::MAX));
    let mut seen = Seen::begin(first, scene);
    let mut next_look = first.saturating_add(wait_ns(interval, 0)).min(end);
    let mut not_before = first;
    let mut now = first;
    for glance in 0.. {
        let is_over = now >= end || window.stop.load(Relaxed);
        if is_over || now >= next_look {
            let may_read_locks = now >= not_before;
            if may_read_locks {
                not_before = now.saturating_add(LOCK_TABLE_NS);
            }
            if now > seen.last_look_ns() {
                look(seen.look(now, scene, may_read_locks));
            }
            // Looks that were missed because the machine was busy are not made up for.
            next_look = now.saturating_add(wait_ns(interval, glance)).min(end);
        }
        if is_over {
            break;
        }
        scene.wait_until((now + wait_ns(GLANCE_NS, glance)).min(next_look));
        now = scene.now_ns().max(now);
        seen.glance(now, scene);
    }
    for _ in 0..LAST_ATTEMPTS {
        if seen.count_again(scene) {
            break;
        }
        let next = scene.now_ns() + GLANCE_NS;
        scene.wait_until(next);
    }
    seen.conclude()
}

/// How long to wait until the next time of something that is done every `usual_ns`: three quarters of that to one and a quarter, at random,
/// so that what happens at regular intervals is met at all its stages.
fn wait_ns(usual_ns: u64, number: u64) -> u64 {
    let fraction = f64::from(mixed(number)) / f64::from(u32::MAX);
    usual_ns * 3 / 4 + (usual_ns as f64 / 2.0 * fraction) as u64
}

/// A number that has nothing to do with those of its neighbours: the finalizer of SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
fn mixed(number: u64) -> u32 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 32) as u32
}

fn unavailable<T>(why: impl Into<String>) -> Availability<T> {
    Availability::Unavailable { unavailable: why.into() }
}
