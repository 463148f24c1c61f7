//! What an update method may ask of those who map the file. Thousands of processes, threads of one, or nobody.

use nix::sys::signal::Signal;

/// Something that every mapper is asked to do with the file that is being updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Ask {
    /// Only to answer: what asking alone costs.
    Answer,
    /// Read the page that updates change, and the last page of the file.
    Touch,
    /// Read every page of the folio that updates change, and of the last one of the file.
    TouchFolios,
    /// Read every page of the file.
    TouchAll,
    /// Write a byte of the page that updates change, through a writable mapping.
    Store,
    /// Unmap the file, map it anew, and read the page.
    Remap,
    /// Open the file of that name anew, map it, and read the page.
    Reopen,
    /// Run on every CPU once, and read the page there.
    VisitCpus,
    /// Leave.
    Leave,
}

impl Ask {
    /// Every one, in the order of its number.
    pub const ALL: [Ask; 9] = [
        Ask::Answer,
        Ask::Touch,
        Ask::TouchFolios,
        Ask::TouchAll,
        Ask::Store,
        Ask::Remap,
        Ask::Reopen,
        Ask::VisitCpus,
        Ask::Leave,
    ];
}

/// Those who map the file that is being updated.
pub trait Mappers {
    /// How many there are.
    fn count(&self) -> u32;

    /// Asks every mapper, and returns when all have answered.
    fn ask(&mut self, what: Ask) -> Result<(), String>;

    /// Page faults that carrying out the last order took, of all mappers; `None` where the system does not count them.
    fn faults(&self) -> Option<u64>;

    /// Sends every mapper a signal.
    fn signal(&mut self, signal: Signal) -> Result<(), String>;
}

/// Nobody.
#[cfg(test)]
pub struct NoMappers;

#[cfg(test)]
impl Mappers for NoMappers {
    fn count(&self) -> u32 {
        0
    }

    fn ask(&mut self, _: Ask) -> Result<(), String> {
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
    use super::Ask;

    #[test]
    fn an_ask_is_found_by_its_number() {
        for (number, ask) in Ask::ALL.into_iter().enumerate() {
            assert_eq!(ask as usize, number);
        }
    }
}
