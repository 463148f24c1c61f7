//! The bare loop: fork, open, map, touch, say so, wait. What any tool of this kind must at least do.
//! No names, no recording, no supervision.

use std::{fs::OpenOptions, path::Path, sync::atomic::Ordering::Relaxed, time::Duration};

use mapstorm::internals::{
    mailboxes::Mapping,
    os::{barrier::Barrier, clock::now_ns, fork::fork_worker, shared::Shared},
    shm::WorkerCell,
};
use nix::{
    sys::wait::waitpid,
    unistd::{Pid, SysconfVar, sysconf},
};

/// Bare workers that wait at their barrier.
pub struct Bare {
    /// From the first fork until all wait, in nanoseconds.
    pub ready_ns: u64,
    barrier: Option<Barrier>,
    pids: Vec<Pid>,
}

impl Bare {
    /// Forks `workers` processes that map `path` as Cyrus does, and read a byte of every page if `touch`.
    pub fn gather(path: &Path, workers: u32, touch: bool) -> anyhow::Result<Bare> {
        let cells = Shared::<WorkerCell>::zeroed(workers as usize)?;
        let mut barrier = Some(Barrier::shut()?);
        let mut pids = Vec::with_capacity(workers as usize);
        let page = sysconf(SysconfVar::PAGE_SIZE)?.map_or(4096, |size| size as usize);
        let began = now_ns();
        for number in 0..workers {
            pids.push(fork_worker(|| {
                let Ok(file) = OpenOptions::new().read(true).write(true).open(path) else { return 1 };
                let Ok(length) = file.metadata().map(|facts| facts.len()) else { return 1 };
                let Ok(map) = Mapping::of(&file, length) else { return 1 };
                let bytes = map.bytes(length);
                let mut offsets = (0..if touch { length } else { 0 }).step_by(page);
                if std::hint::black_box(offsets.try_fold(0u8, |sum, at| Some(sum ^ bytes.u8_at(at).ok()?))).is_none() {
                    return 1;
                }
                cells[number as usize].set_ready();
                if let Some(barrier) = barrier.take() {
                    barrier.enter().wait();
                }
                0
            })?);
        }
        while cells.iter().any(|cell| cell.ready.load(Relaxed) == 0) {
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Bare { ready_ns: now_ns() - began, barrier, pids })
    }

    /// Lets them end, and waits for them.
    pub fn end(mut self) -> anyhow::Result<()> {
        if let Some(barrier) = self.barrier.take() {
            barrier.open();
        }
        for pid in self.pids {
            waitpid(pid, None)?;
        }
        Ok(())
    }
}
