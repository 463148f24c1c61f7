//! What a mapper of a cost experiment does, a process or a thread: it has files mapped, and between commands it sleeps or reads.
//! What it reads, it reads through the mapping; the only system calls are those that a command asks for, and the wait.

use std::ffi::CString;
use std::ops::Range;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::stat::Mode;

use super::update::Command;
use crate::os::affinity;
use crate::os::call::Listening;
use crate::os::clock::{now_ns, sleep_until};
use crate::os::pages::Pages;
use crate::scenario::{MapMode, ReadPattern};

pub struct MappedFile {
    pub path: CString,
    pub size: u64,
    /// The folio that updates change; the page is its first.
    pub folio: Range<u64>,
    pub last_folio: Range<u64>,
    pub mode: MapMode,
}

impl MappedFile {
    /// Opens and maps it, and reads every page. The descriptor is closed again: a mapping needs none.
    pub fn map(&self) -> nix::Result<Pages> {
        let access = if self.mode == MapMode::ReadOnly { OFlag::O_RDONLY } else { OFlag::O_RDWR };
        let file: OwnedFd = open(self.path.as_c_str(), access | OFlag::O_CLOEXEC, Mode::empty())?;
        Pages::map(&file, self.size, self.mode == MapMode::Dirty)
    }

    /// Reads the page that updates change, and the file's last one.
    pub fn touch(&self, pages: Option<&Pages>) {
        for offset in [self.folio.start, self.size.saturating_sub(1)] {
            std::hint::black_box(pages.and_then(|pages| pages.touch(offset)));
        }
    }

    /// Executes a command of one mapper, through `pages`. Where it [maps again](Command::maps_again), that is done before.
    pub fn execute(&self, command: Command, pages: Option<&Pages>) -> nix::Result<()> {
        match command {
            Command::Answer | Command::Leave => {}
            Command::Touch | Command::Remap | Command::Reopen => self.touch(pages),
            Command::TouchFolios => {
                for folio in [&self.folio, &self.last_folio] {
                    pages.iter().for_each(|pages| pages.touch_range(folio.clone()));
                }
            }
            Command::TouchAll => pages.iter().for_each(|pages| pages.touch_range(0..self.size)),
            // The byte that is there already, so that the content does not change.
            Command::Store => {
                let pages = pages.ok_or(Errno::EFAULT)?;
                pages.store(self.folio.start, pages.touch(self.folio.start).unwrap_or(0))?;
            }
            Command::VisitCpus => {
                affinity::on_every_cpu(|| self.touch(pages))?;
            }
        }
        Ok(())
    }

    /// What a mapper reads between two commands.
    pub fn read(&self, read_pattern: ReadPattern, pages: &Pages) {
        match read_pattern {
            ReadPattern::Asleep => {}
            ReadPattern::Touch => {
                std::hint::black_box(pages.touch(self.folio.start));
            }
            ReadPattern::Scan => pages.touch_range(0..self.size),
        }
    }
}

/// The same in a process with a mapping of its own, `pages`; returns the number of page faults.
pub fn execute(command: Command, file: &MappedFile, pages: &mut Option<Pages>) -> nix::Result<u64> {
    let before = faults();
    if command.maps_again() {
        *pages = None;
        *pages = Some(file.map()?);
    }
    file.execute(command, pages.as_ref())?;
    Ok(faults().saturating_sub(before))
}

/// A mapper reads at `phase_ns` of every `every_ns` of the monotonic clock: so the reads of thousands are spread evenly.
#[derive(Clone, Copy, Debug)]
pub struct ReadSchedule {
    /// Time from one read to the next, nanoseconds, at least 1.
    pub every_ns: u64,
    /// Where in that time, nanoseconds.
    pub phase_ns: u64,
}

impl ReadSchedule {
    fn after(&self, now: u64) -> u64 {
        let phase_ns = self.phase_ns.min(self.every_ns);
        (now + self.every_ns - phase_ns) / self.every_ns * self.every_ns + phase_ns
    }
}

/// Waits for the next call, and reads meanwhile if that is what mappers do. False if the driver is gone.
pub fn wait(
    listening: &mut Listening,
    read_pattern: ReadPattern,
    schedule: ReadSchedule,
    mut read: impl FnMut(),
) -> bool {
    if read_pattern == ReadPattern::Asleep {
        return listening.wait();
    }
    let mut due = schedule.after(now_ns());
    loop {
        let left_ns = due.saturating_sub(now_ns());
        if listening.is_called_within((left_ns / 1_000_000).min(1000) as u16) {
            return listening.wait();
        }
        // What is left is less than a millisecond, or a signal came.
        if due.saturating_sub(now_ns()) < 1_000_000 {
            sleep_until(due);
            read();
            due = schedule.after(now_ns().max(due));
        }
    }
}

/// Whether the system counts page faults: illumos has the field, and never adds to it.
pub const COUNTS_FAULTS: bool = cfg!(target_os = "linux");

/// Page faults of the calling process so far, minor and major: the first to read a hole has a major one, the others minor ones. 0
/// on a system that does not count them: see [`COUNTS_FAULTS`].
pub fn faults() -> u64 {
    let count = |count: libc::c_long| count.max(0) as u64;
    getrusage(UsageWho::RUSAGE_SELF)
        .map_or(0, |usage| count(usage.minor_page_faults()) + count(usage.major_page_faults()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_read_schedule_keeps_its_phase() {
        let schedule = ReadSchedule { every_ns: 1000, phase_ns: 300 };
        assert_eq!([0, 299, 300, 5400].map(|now| schedule.after(now)), [300, 300, 1300, 6300]);
    }

    #[test]
    fn commands_are_executed_on_the_mapping() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 40_000]).unwrap();
        let path = CString::new(file.path().as_os_str().as_bytes()).unwrap();
        for mode in [MapMode::ReadOnly, MapMode::ReadWrite, MapMode::Dirty] {
            let mapped = MappedFile {
                path: path.clone(),
                size: 40_000,
                folio: 16_384..32_768,
                last_folio: 32_768..40_000,
                mode,
            };
            let mut pages = Some(mapped.map().unwrap());
            let refused = |command: &Command| matches!(command, Command::Store | Command::Leave);
            for command in Command::ALL.into_iter().filter(|command| !refused(command)) {
                execute(command, &mapped, &mut pages).unwrap_or_else(|error| panic!("{command:?}: {error}"));
            }
            let stored = execute(Command::Store, &mapped, &mut pages);
            assert_eq!(stored.is_ok(), mode == MapMode::Dirty, "{mode:?}");
        }
        assert!(std::fs::read(file.path()).unwrap().iter().all(|byte| *byte == 7), "the content did not change");
    }
}
