//! Forked workers in a process group of their own, counted, named when lost, and ended together.
//! They die with the driver, and are the first that the OOM killer takes.

use std::time::{Duration, Instant};

use anyhow::Context;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, setpgid};

use super::members::{Lost, Members, Name};
use crate::os::fork::{Label, PANICKED, fork_named};
use crate::os::shared::Shared;
use crate::os::title::Title;
use crate::os::{process, signal};
use crate::shm::ExitMessage;

struct Alive {
    pid: Pid,
    members: Members,
    /// Its place in the order of forks, and among the exit messages.
    place: usize,
}

/// How long the killed may take to be gone: one that waits inside the kernel for a device may never be.
const KILLED: Duration = Duration::from_secs(10);

/// How long the driver waits for the next of so many workers to be ready, nanoseconds. Each has to read so many bytes of its files first, in
/// the worst case, and all share the CPUs. A page fault of 4 KiB takes about half a microsecond: this is eight times as long.
pub fn patience_ns(workers: u32, bytes: u64) -> u64 {
    60_000_000_000 + u64::from(workers) * (20_000_000 + bytes)
}

/// The workers alive. Dropping it kills them.
pub struct ProcessGroup {
    /// A plain list: after each fork the driver's first write to a page copies it, and a map would write to several.
    alive: Vec<Alive>,
    /// The process group of all workers; `None` before the first.
    pub group: Option<Pid>,
    messages: Shared<ExitMessage>,
    title: Option<Title>,
    forked: usize,
    /// Children that were not waited for yet, those given up too: while there are any, no other process group gets this number.
    unreaped: usize,
    /// Workers that were stopped, and workers that continued, since they were last asked for.
    stops: (u32, u32),
    pub counts_stops: bool,
}

impl ProcessGroup {
    pub fn new(workers: u32) -> nix::Result<ProcessGroup> {
        Ok(ProcessGroup {
            alive: Vec::with_capacity(workers as usize),
            group: None,
            messages: Shared::zeroed(workers as usize)?,
            title: Title::find(),
            forked: 0,
            unreaped: 0,
            stops: (0, 0),
            counts_stops: true,
        })
    }

    /// Forks a process of one worker or several, which runs `body` and exits with its status; before it fails it leaves an exit message.
    pub fn fork(&mut self, members: impl Into<Members>, body: impl FnOnce(&ExitMessage) -> i32) -> anyhow::Result<()> {
        let members = members.into();
        let name = members.first;
        let place = self.forked;
        let message = self.messages.get(place).context("more workers than there is room for")?;
        let forked = fork_named(Some(&Label::new(name.short(), name)), self.title.as_ref(), || body(message));
        let pid = forked.with_context(|| format!("fork of {name}, after {} others", self.alive.len()))?;
        // A group away from the driver's keeps the terminal's Ctrl-C for the driver. Until this line a worker that gets one
        // only sets a flag of its own, as the driver's handler does. Refused only if the worker is gone already.
        let group = self.group.unwrap_or(pid);
        let _ = setpgid(pid, group);
        self.group = Some(group);
        self.forked += 1;
        self.unreaped += 1;
        self.alive.push(Alive { pid, members, place });
        Ok(())
    }

    /// Workers that were stopped by a signal, and workers that continued after that, since the last call.
    pub fn take_stops(&mut self) -> (u32, u32) {
        std::mem::take(&mut self.stops)
    }

    pub fn has(&self, pid: i32) -> bool {
        self.alive.iter().any(|alive| alive.pid.as_raw() == pid)
    }

    /// Processes of which any worker is wanted.
    pub fn pids(&self, which: impl Fn(&Name) -> bool) -> impl Iterator<Item = Pid> {
        self.alive.iter().filter(move |alive| alive.members.any(&which)).map(|alive| alive.pid)
    }

    pub fn names(&self) -> impl Iterator<Item = Name> {
        self.alive.iter().flat_map(|alive| alive.members.names())
    }

    /// Workers that are.
    pub fn alive(&self) -> usize {
        self.alive.iter().map(|alive| alive.members.count()).sum()
    }

    /// Waits for workers that have ended; returns those that failed.
    pub fn reap(&mut self) -> Vec<Lost> {
        let Some(group) = self.group else { return Vec::new() };
        let mut lost = Vec::new();
        let mut events = WaitPidFlag::WNOHANG;
        events.set(WaitPidFlag::WUNTRACED | WaitPidFlag::WCONTINUED, self.counts_stops);
        loop {
            let (pid, why) = match waitpid(Pid::from_raw(-group.as_raw()), Some(events)) {
                Ok(WaitStatus::StillAlive) => break,
                Ok(WaitStatus::Exited(pid, 0)) => (pid, None),
                Ok(WaitStatus::Exited(pid, PANICKED)) => (pid, Some("panicked, a fault of mapstorm".to_owned())),
                Ok(WaitStatus::Exited(pid, code)) => (pid, Some(format!("exit status {code}"))),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, Some(format!("killed by {signal}"))),
                // It was stopped, or continued. Some systems report more states, but only of traced processes.
                Ok(alive) => {
                    self.stops.0 += u32::from(matches!(alive, WaitStatus::Stopped(..)));
                    self.stops.1 += u32::from(matches!(alive, WaitStatus::Continued(_)));
                    continue;
                }
                Err(Errno::EINTR) => continue,
                // There are no children to wait for, although some should be there: the system has reaped them.
                Err(error) => {
                    self.unreaped = 0;
                    let why = format!("ended, unknown how: {error}");
                    lost.extend(self.alive.drain(..).flat_map(|gone| gone.members.lost(&why)));
                    break;
                }
            };
            self.unreaped = self.unreaped.saturating_sub(1);
            let Some(place) = self.alive.iter().position(|alive| alive.pid == pid) else { continue };
            let Alive { members, place, .. } = self.alive.swap_remove(place);
            if let Some(why) = why {
                lost.extend(members.lost(&self.messages[place].read().unwrap_or(why)));
            }
        }
        lost
    }

    /// Interrupts the system calls that the workers wait in; stopped workers continue.
    pub fn wake(&self) {
        if let Some(group) = self.group {
            // An error means that all have ended.
            let _ = killpg(group, Signal::SIGCONT);
            let _ = killpg(group, signal::WAKE);
        }
    }

    /// Kills the workers that `which` selects, and goes on without them; returns them with the state that each was in.
    pub fn give_up(&mut self, which: impl Fn(&Name) -> bool, why: &str) -> Vec<Lost> {
        let given_up = self.alive.extract_if(.., |alive| alive.members.any(&which));
        given_up
            .flat_map(|Alive { pid, members, .. }| {
                let state = process::state_of(pid).map_or("gone", |state| state.in_words());
                // It fails if the worker is gone already. It is reaped with the others.
                let _ = kill(pid, Signal::SIGKILL);
                members.lost(&format!("{why}; it was {state}"))
            })
            .collect()
    }

    /// Kills the workers that are left, waits for them, and returns them.
    pub fn end(&mut self) -> Vec<Lost> {
        let Some(group) = self.group.filter(|_| self.unreaped > 0) else { return Vec::new() };
        // An error means that all have ended, which the wait below finds out.
        let _ = killpg(group, Signal::SIGKILL);
        let killed = Instant::now();
        loop {
            match waitpid(Pid::from_raw(-group.as_raw()), Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) if killed.elapsed() > KILLED => break,
                Ok(WaitStatus::StillAlive) => std::thread::sleep(Duration::from_millis(1)),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => break,
            }
        }
        self.unreaped = 0;
        self.alive.drain(..).flat_map(|alive| alive.members.lost("did not end")).collect()
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.end();
        process::forget_ended();
    }
}

/// While this lives, forked children are the OOM killer's first choice; then the driver is as before.
pub struct OomFirst(Option<i32>);

impl OomFirst {
    /// Best effort: a system that has no such setting needs none.
    pub fn new() -> OomFirst {
        let before = process::oom_adjustment();
        let _ = process::set_oom_adjustment(1000);
        OomFirst(before)
    }
}

impl Drop for OomFirst {
    fn drop(&mut self) {
        if let Some(before) = self.0 {
            let _ = process::set_oom_adjustment(before);
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
