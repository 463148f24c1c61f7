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

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::results::{LiveLoad, Sampled};
use conclusions::Seen;
pub use scene::{Commits, Glance, ProcessUsage, Scene};
pub use watched_file::WatchedFile;

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

/// Watches a file for a window of time, or until it is stopped: what was seen till then is kept. `look` is shown each sample.
pub fn observe(scene: &mut dyn Scene, window: Window<'_>, look: &mut dyn FnMut(&Sampled)) -> LiveLoad {
    // The same in every window: a test repeats.
    let mut random = Xoshiro256PlusPlus::seed_from_u64(2007);
    let interval = window.interval_ns.max(GLANCE_NS);
    let first = scene.now_ns();
    let end = first.saturating_add(window.length_ns.unwrap_or(u64::MAX));
    let mut seen = Seen::begin(first, scene);
    let mut next_look = first.saturating_add(wait_ns(&mut random, interval)).min(end);
    let mut not_before = first;
    let mut now = first;
    loop {
        let is_over = now >= end || window.stop.load(Relaxed);
        if is_over || now >= next_look {
            let may_read_locks = now >= not_before;
            if may_read_locks {
                not_before = now.saturating_add(LOCK_TABLE_NS);
            }
            if now > seen.last_look_ns {
                look(seen.look(now, scene, may_read_locks));
            }
            // Looks that were missed because the machine was busy are not made up for.
            next_look = now.saturating_add(wait_ns(&mut random, interval)).min(end);
        }
        if is_over {
            break;
        }
        scene.wait_until((now + wait_ns(&mut random, GLANCE_NS)).min(next_look));
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
fn wait_ns(random: &mut impl Rng, usual_ns: u64) -> u64 {
    random.random_range(usual_ns / 4 * 3..=usual_ns / 4 * 5)
}
