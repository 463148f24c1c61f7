//! A live server while it is watched: the file, its processes, their locks and the machine.

use super::{
    Target,
    load::{Commits, Glance, ProcessUsage, Scene, WatchedFile, Window, observe},
    locks::{LockLook, Locks},
    machine::MachineChange,
    who::{dirtied, mark_writers},
};
use crate::{
    os::{
        clock::{now_ns, sleep_until},
        counters::Counters,
        facts::Probe,
        file_users::FileUsers,
        processes::activity,
    },
    results::{FileLocks, LiveLoad, ProcessOfFile, Sampled},
};

/// Processes are looked for again while they are watched, as long as that takes no more than one part in so many of the time.
const SCANS: u64 = 20;

/// What happens to the file within the window; `look` gets each sample. Finds out which processes write, and who came meanwhile.
pub fn watch(
    users: &mut FileUsers,
    target: &Target,
    processes: &mut Vec<ProcessOfFile>,
    window: Window<'_>,
    look: &mut dyn FnMut(&Sampled),
) -> (LiveLoad, FileLocks) {
    let before = dirtied(processes);
    let mut live = Live {
        file: WatchedFile::open(target),
        users,
        counters: Counters::open_live(processes.first().map(|process| process.pid)),
        processes: std::mem::take(processes),
        due_ns: 0,
        locks: Locks::open(),
    };
    let load = observe(&mut live, window, look);
    let locks = live.locks.summary();
    *processes = live.processes;
    let after = dirtied(processes);
    mark_writers(processes, &locks, &before, &after);
    (load, locks)
}

struct Live<'u> {
    file: WatchedFile,
    users: &'u mut FileUsers,
    /// As they were found last.
    processes: Vec<ProcessOfFile>,
    /// When they are looked for again.
    due_ns: u64,
    locks: Locks,
    /// Of the machine, and of the CPU quotas of the first process.
    counters: Counters,
}

impl Scene for Live<'_> {
    fn now_ns(&mut self) -> u64 {
        now_ns()
    }

    fn wait_until(&mut self, at_ns: u64) {
        // A signal ends it early: then the caller finds out whether to stop.
        sleep_until(at_ns);
    }

    fn glance(&mut self) -> Glance {
        self.file.glance()
    }

    fn commits(&mut self) -> Commits {
        self.file.commits()
    }

    /// What they used until now; and now and then, who they are.
    fn processes(&mut self) -> Vec<ProcessUsage> {
        let began = now_ns();
        if began >= self.due_ns {
            if self.due_ns > 0 {
                self.processes = self.users.find().0;
            }
            self.due_ns = began + SCANS * (now_ns() - began).max(50_000_000);
        }
        let usage = |process: &ProcessOfFile| {
            let activity = activity(process.pid)?;
            Some(ProcessUsage {
                pid: process.pid,
                maps: !process.mapping.is_empty(),
                cpu_ns: activity.cpu_ns.ok(),
                run_delay_ns: activity.run_delay_ns.ok(),
                is_blocked: activity.state == 'D',
            })
        };
        self.processes.iter().filter_map(usage).collect()
    }

    fn locks(&mut self) -> Option<Probe<LockLook>> {
        self.locks.look(self.users, &self.processes)
    }

    fn machine(&mut self) -> MachineChange {
        MachineChange::read(&mut self.counters)
    }
}
