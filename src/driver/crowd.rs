//! The crowd: forked workers in a process group of their own, counted, named when lost, and ended together.
//! They die with the driver, and are the first that the OOM killer takes.

use std::ffi::CString;

use anyhow::Context;
use nix::{
    sys::{
        signal::{Signal, killpg},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{Pid, setpgid},
};

use crate::{
    os::{fork::fork_worker, process, signal},
    scenario::Scenario,
};

/// What a worker is called, made before its fork: in each child it would cost a dozen page faults.
pub struct Label {
    /// [`Name::short`].
    pub short: CString,
    /// [`Name::long`].
    pub long: String,
}

/// What a forked process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Searches.
    Reader,
    /// Commits.
    Writer,
    /// Maps nothing and ticks.
    Bystander,
    /// Maps, and does what the driver asks.
    Mapper,
}

/// Which worker (or bystander).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// What it is for.
    pub kind: Kind,
    /// Number within its kind, from 0.
    pub number: u32,
    /// Its instance, from 0.
    pub instance: u32,
}

impl Name {
    /// Whether it is a reader.
    pub fn reads(&self) -> bool {
        self.kind == Kind::Reader
    }

    /// Its place among all workers: readers first, then writers.
    pub fn row(&self, scenario: &Scenario) -> usize {
        let before = if self.reads() { 0 } else { scenario.readers.count };
        (before + self.number) as usize
    }

    /// Both forms, ready to be shown.
    pub fn label(&self) -> Label {
        // Neither has a zero byte in it.
        Label { short: CString::new(self.short()).unwrap_or_default(), long: self.long() }
    }

    /// At most 15 bytes, as systems keep them for `ps -o comm` and `top`.
    pub fn short(&self) -> String {
        let letter = match self.kind {
            Kind::Reader => 'r',
            Kind::Writer => 'w',
            Kind::Bystander => 'b',
            Kind::Mapper => 'm',
        };
        format!("mapstorm-{letter}{}", self.number)
    }

    /// What `ps -f` shows instead of the command line, and messages use.
    pub fn long(&self) -> String {
        let Name { number, instance, .. } = self;
        match self.kind {
            Kind::Reader => format!("mapstorm reader {number} instance {instance}"),
            Kind::Writer => format!("mapstorm writer {number} instance {instance}"),
            Kind::Bystander => format!("mapstorm bystander {number}"),
            Kind::Mapper => format!("mapstorm mapper {number}"),
        }
    }
}

/// The workers alive. Dropping it kills them.
pub struct Crowd {
    /// A plain list: after each fork the driver's first write to a page copies it, and a map would write to several.
    alive: Vec<(Pid, Name)>,
    group: Option<Pid>,
    /// Workers heard to be stopped, and to go on after that.
    stops: (u32, u32),
    /// Whether to hear of that.
    hears_stops: bool,
}

impl Crowd {
    /// Nobody yet, with room for `workers`.
    pub fn new(workers: u32) -> Crowd {
        Crowd { alive: Vec::with_capacity(workers as usize), group: None, stops: (0, 0), hears_stops: true }
    }

    /// The same, but deaf to workers that are stopped and go on: where a writer of the crowd stops thousands at every commit, hearing
    /// of each would take the driver's CPU.
    pub fn deaf_to_stops(mut self) -> Crowd {
        self.hears_stops = false;
        self
    }

    /// Forks one worker, which lives `life` and exits with its status. No other thread may be alive.
    pub fn fork(&mut self, name: Name, life: impl FnOnce() -> i32) -> anyhow::Result<()> {
        let pid =
            fork_worker(life).with_context(|| format!("fork of {}, after {} others", name.long(), self.alive.len()))?;
        // A group away from the driver's keeps the terminal's Ctrl-C for the driver. Until this line a worker that gets one
        // only sets a flag of its own, as the driver's handler does. Refused only if the worker is gone already.
        let group = self.group.unwrap_or(pid);
        let _ = setpgid(pid, group);
        self.group = Some(group);
        self.alive.push((pid, name));
        Ok(())
    }

    /// Workers that were stopped by a signal, and workers that go on after that, since the last call.
    pub fn take_stops(&mut self) -> (u32, u32) {
        std::mem::take(&mut self.stops)
    }

    /// Whether a process is one of its workers.
    pub fn has(&self, pid: i32) -> bool {
        self.alive.iter().any(|(alive, _)| alive.as_raw() == pid)
    }

    /// The processes of those workers that `which` is true of.
    pub fn pids(&self, which: impl Fn(&Name) -> bool) -> impl Iterator<Item = Pid> {
        self.alive.iter().filter(move |(_, name)| which(name)).map(|(pid, _)| *pid)
    }

    /// The process group of all workers; `None` before the first.
    pub fn group(&self) -> Option<Pid> {
        self.group
    }

    /// How many have not ended.
    pub fn alive(&self) -> usize {
        self.alive.len()
    }

    /// Waits for those that have ended; the names of those that did not end well, and why.
    pub fn reap(&mut self) -> Vec<String> {
        let Some(group) = self.group else { return Vec::new() };
        let mut lost = Vec::new();
        let mut events = WaitPidFlag::WNOHANG;
        events.set(WaitPidFlag::WUNTRACED | WaitPidFlag::WCONTINUED, self.hears_stops);
        // An error means that nobody is left, or that a signal came: the next call sees the rest.
        while let Ok(status) = waitpid(Pid::from_raw(-group.as_raw()), Some(events)) {
            let (pid, why) = match status {
                WaitStatus::StillAlive => break,
                WaitStatus::Exited(pid, 0) => (pid, None),
                WaitStatus::Exited(pid, code) => (pid, Some(format!("exit status {code}"))),
                WaitStatus::Signaled(pid, signal, _) => (pid, Some(format!("killed by {signal}"))),
                // It is stopped, or goes on; of traced processes some systems tell more, but nobody traces here.
                alive => {
                    self.stops.0 += u32::from(matches!(alive, WaitStatus::Stopped(..)));
                    self.stops.1 += u32::from(matches!(alive, WaitStatus::Continued(_)));
                    continue;
                }
            };
            let Some(place) = self.alive.iter().position(|(alive, _)| *alive == pid) else { continue };
            let (_, name) = self.alive.swap_remove(place);
            if let Some(why) = why {
                lost.push(format!("{} ({why})", name.long()));
            }
        }
        lost
    }

    /// Interrupts whatever system call the workers wait in; those that are stopped go on.
    pub fn wake(&self) {
        if let Some(group) = self.group {
            let _ = killpg(group, Signal::SIGCONT);
            // Nobody left: then nobody needs waking.
            let _ = killpg(group, signal::WAKE);
        }
    }

    /// Kills whoever is left, and waits for them; their names.
    pub fn end(&mut self) -> Vec<String> {
        if let Some(group) = self.group.filter(|_| !self.alive.is_empty()) {
            // Already gone: then the wait below finds that out.
            let _ = killpg(group, Signal::SIGKILL);
        }
        let left = self.alive.drain(..);
        left.map(|(pid, name)| {
            let _ = waitpid(pid, None);
            format!("{} (did not end)", name.long())
        })
        .collect()
    }
}

impl Drop for Crowd {
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
mod tests {
    use super::{Kind, Name};

    #[test]
    fn a_name_tells_role_number_and_instance_and_fits() {
        let name = Name { kind: Kind::Reader, number: 59_999, instance: 11 };
        assert_eq!(name.long(), "mapstorm reader 59999 instance 11");
        assert!(name.short().len() <= 15, "{}", name.short());
    }
}
