//! What the driver and its workers share besides measurements: a cell and an exit message of each worker, and the control of the run.
//! A worker writes only its own cell, and the driver only the control, so a plain relaxed store is enough.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};

use nix::unistd::Pid;

use crate::mailboxes::Phase;
use crate::os::{process, shared::Shareable};

/// 64 bytes, a cache line: neighbours do not slow each other down.
#[derive(Default)]
#[repr(C, align(64))]
pub struct WorkerCell {
    /// Intended start of the operation that the worker is in or sleeps towards, in nanoseconds; 0 before the first.
    pub next_due_ns: AtomicU64,
    /// Operations whose intended start has lain in the measured span.
    pub due: AtomicU64,
    /// Of those, how many were completed.
    pub completed: AtomicU64,
    /// Of the completed, how many took longer than the stall threshold (response time).
    pub stalls: AtomicU64,
    pub errors: AtomicU64,
    /// Offset in the file of the first failure, if it had one.
    pub error_offset: AtomicU64,
    /// Error number of the first failure; 0 for a corrupt file.
    pub error_number: AtomicU32,
    /// 1 once the worker has its file open and waits at the barrier; 2 once it has nothing left to do.
    pub ready: AtomicU32,
    /// The process, or the thread of one, while it maps a file; 0 before and after.
    pub pid: AtomicU32,
    /// The operation in progress and its phase, see [`Doing`]; 0: none is.
    doing: AtomicU32,
}

/// What a worker is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing {
    /// Index of the operation among those of its role.
    pub operation: usize,
    /// `None`: no phase of it has begun.
    pub phase: Option<Phase>,
}

const _: () = assert!(size_of::<WorkerCell>() == 64);

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for WorkerCell {}

impl WorkerCell {
    /// The worker has its file open (or will open it when it joins) and waits at the barrier.
    pub fn set_ready(&self) {
        self.ready.store(1, Relaxed);
    }

    pub fn maps_the_file(&self) {
        self.pid.store(process::thread_id(), Relaxed);
    }

    /// Its process or thread while it maps a file.
    pub fn task(&self) -> Option<Pid> {
        Some(self.pid.load(Relaxed)).filter(|task| *task > 0).map(|task| Pid::from_raw(task as i32))
    }

    pub fn left(&self) {
        self.pid.store(0, Relaxed);
    }

    pub fn set_done(&self) {
        self.ready.store(2, Relaxed);
    }

    /// The worker is in `phase` of its operation: a store to a line that only this worker writes.
    #[inline]
    pub fn set_phase(&self, operation: usize, phase: Option<Phase>) {
        let phase = phase.map_or(0, |phase| phase as u32 + 1);
        self.doing.store((operation as u32 + 1) << 8 | phase, Relaxed);
    }

    /// Its operation has ended.
    #[inline]
    pub fn set_idle(&self) {
        self.doing.store(0, Relaxed);
    }

    /// The operation in progress; that of a worker which died is the one it died in. `None`: none is.
    pub fn doing(&self) -> Option<Doing> {
        let doing = self.doing.load(Relaxed);
        let operation = (doing >> 8).checked_sub(1)? as usize;
        let phase = (doing & 0xff).checked_sub(1).and_then(|phase| Phase::ALL.get(phase as usize).copied());
        Some(Doing { operation, phase })
    }

    /// How far the worker is at `now_ns` behind the intended start of its operation, in nanoseconds.
    pub fn late_ns(&self, now_ns: u64) -> u64 {
        match self.next_due_ns.load(Relaxed) {
            0 => 0,
            due => now_ns.saturating_sub(due),
        }
    }

    #[inline]
    pub fn count_due(&self) {
        add(&self.due);
    }

    /// An operation is completed; `stalled` if it took longer than the threshold.
    #[inline]
    pub fn count_completed(&self, stalled: bool) {
        add(&self.completed);
        if stalled {
            add(&self.stalls);
        }
    }

    pub fn failed(&self, number: u32, offset: u64) {
        if self.errors.load(Relaxed) == 0 {
            self.error_number.store(number, Relaxed);
            self.error_offset.store(offset, Relaxed);
        }
        add(&self.errors);
    }
}

/// Adds one to a counter that only the caller writes, which takes less time than an atomic read-modify-write.
fn add(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
}

#[repr(C)]
pub struct RunControl {
    start_ns: AtomicU64,
    stopped: AtomicU32,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for RunControl {}

impl RunControl {
    /// Fixes the moment of the first arrivals, in nanoseconds of the monotonic clock. Before the barrier opens.
    pub fn start_at(&self, start_ns: u64) {
        self.start_ns.store(start_ns, Relaxed);
    }

    /// When the first arrivals come; 0 if the barrier never opened.
    pub fn start_ns(&self) -> u64 {
        self.start_ns.load(Relaxed)
    }

    pub fn stop(&self) {
        self.stopped.store(1, Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed) != 0
    }
}

/// Longer messages are cut.
const MOST: usize = 252;

#[repr(C)]
pub struct ExitMessage {
    /// Bytes of the text; 0 until it is whole.
    length: AtomicU32,
    text: [AtomicU8; MOST],
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for ExitMessage {}

impl ExitMessage {
    pub fn say(&self, text: &str) {
        let length = text.floor_char_boundary(MOST);
        for (to, from) in self.text.iter().zip(&text.as_bytes()[..length]) {
            to.store(*from, Relaxed);
        }
        self.length.store(length as u32, Release);
    }

    /// In the driver; `None`: there is no message.
    pub fn read(&self) -> Option<String> {
        let length = self.length.load(Acquire) as usize;
        let text: Vec<u8> = self.text.iter().take(length).map(|byte| byte.load(Relaxed)).collect();
        (length > 0).then(|| String::from_utf8_lossy(&text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;

    #[test]
    fn a_message_is_kept_as_far_as_there_is_room() {
        let messages = Shared::<ExitMessage>::zeroed(2).unwrap();
        assert_eq!(messages[0].read(), None);
        messages[0].say("mailboxes-1.db: open: No such file or directory");
        assert_eq!(messages[0].read().unwrap(), "mailboxes-1.db: open: No such file or directory");
        messages[1].say(&"€".repeat(1000));
        assert_eq!(messages[1].read().unwrap(), "€".repeat(MOST / 3), "cut between characters");
        messages[1].say(&("x".to_owned() + &"€".repeat(1000)));
        assert_eq!(messages[1].read().unwrap().len(), MOST - 2);
    }
}
