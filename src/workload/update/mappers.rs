//! The commands that an update method may give to the mappers of the file: thousands of processes, threads of one process, or none.

use nix::sys::signal::Signal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Command {
    /// Only to answer: what the call itself costs.
    Answer,
    /// Read the page that updates change, and the last page of the file.
    Touch,
    /// Read every page of the folio that updates change, and of the last one of the file.
    TouchFolios,
    TouchAll,
    /// Write a byte of the page that updates change, through a writable mapping.
    Store,
    /// Unmap the file, remap it, and read the page.
    Remap,
    /// Open the file of that name again, map it, and read the page.
    Reopen,
    /// Run on every CPU once, and read the page there.
    VisitCpus,
    Leave,
}

impl Command {
    /// Every one, in the order of its number.
    pub const ALL: [Command; 9] = {
        use Command::*;
        [Answer, Touch, TouchFolios, TouchAll, Store, Remap, Reopen, VisitCpus, Leave]
    };

    /// Whether the file is mapped again before the rest is done.
    pub fn maps_again(self) -> bool {
        matches!(self, Command::Remap | Command::Reopen)
    }
}

pub trait Mappers {
    fn count(&self) -> u32;

    /// Lets every mapper execute a command, and returns when all have answered.
    fn execute(&mut self, command: Command) -> Result<(), String>;

    /// Page faults that the last command took, of all mappers; `None` where the system does not count them.
    fn faults(&self) -> Option<u64>;

    fn signal(&mut self, signal: Signal) -> Result<(), String>;
}

#[cfg(test)]
pub struct NoMappers;

#[cfg(test)]
impl Mappers for NoMappers {
    fn count(&self) -> u32 {
        0
    }

    fn execute(&mut self, _: Command) -> Result<(), String> {
        Ok(())
    }

    fn faults(&self) -> Option<u64> {
        Some(0)
    }

    fn signal(&mut self, _: Signal) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn a_command_is_found_by_its_number() {
        for (number, command) in Command::ALL.into_iter().enumerate() {
            assert_eq!(command as usize, number);
        }
    }
}
