//! The processes and the locks of a file, while it is watched.

use super::{
    Target,
    load::{ProcessUsage, Window, observe},
    locks::Locks,
    who::{Users, activities, dirtied, mark_writers},
};
use crate::{
    os::clock::now_ns,
    results::{FileLocks, LiveLoad, ProcessOfFile, Sampled},
};

/// Processes are looked for again while they are watched, as long as that takes no more than one part in so many of the time.
const SCANS: u64 = 20;

/// What happens to the file within the window; `look` gets each sample. Finds out which processes write, and who came meanwhile.
pub fn watch(
    users: &mut Users,
    target: &Target,
    processes: &mut Vec<ProcessOfFile>,
    window: Window<'_>,
    look: &mut dyn FnMut(&Sampled),
) -> (LiveLoad, FileLocks) {
    let before = dirtied(processes);
    let mut watched = Watched { processes: std::mem::take(processes), due_ns: 0 };
    let mut locks = Locks::open();
    let watched_cell = std::cell::RefCell::new((&mut watched, users));
    let load = observe(
        target,
        &mut || {
            let (watched, users) = &mut *watched_cell.borrow_mut();
            watched.again(users)
        },
        &mut || {
            let (watched, users) = &mut *watched_cell.borrow_mut();
            locks.look(users, &watched.processes)
        },
        window,
        look,
    );
    let locks = locks.summary();
    *processes = watched.processes;
    let after = dirtied(processes);
    mark_writers(processes, &locks, &before, &after);
    (load, locks)
}

/// The processes as they were found last.
struct Watched {
    processes: Vec<ProcessOfFile>,
    /// When they are looked for again.
    due_ns: u64,
}

impl Watched {
    /// What they used until now; and now and then, who they are.
    fn again(&mut self, users: &mut Users) -> Vec<ProcessUsage> {
        let began = now_ns();
        if began >= self.due_ns {
            if self.due_ns > 0 {
                self.processes = users.who().0;
            }
            self.due_ns = began + SCANS * (now_ns() - began).max(50_000_000);
        }
        let activities = activities(&self.processes);
        let usage = |process: &ProcessOfFile| {
            let activity = activities.get(&process.pid)?;
            Some(ProcessUsage {
                pid: process.pid,
                maps: !process.mapping.is_empty(),
                cpu_ns: activity.cpu_ns.clone().ok(),
                run_delay_ns: activity.run_delay_ns.clone().ok(),
                is_blocked: activity.state == 'D',
            })
        };
        self.processes.iter().filter_map(usage).collect()
    }
}
