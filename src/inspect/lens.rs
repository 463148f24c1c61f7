//! What a survey asks the system, behind one name, so that tests can answer it.

use std::sync::atomic::AtomicBool;

use super::{MappedFile, Target};
use crate::results::{FileFormat, FileLocks, InspectedFile, LiveLoad, ProcessOfFile, Sampled, Unseen};

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

/// Answers about a live server.
pub trait Lens {
    /// Regular files that a process maps shared and does not execute, the largest first.
    ///
    /// # Errors
    /// There is no such process, or its mappings may not be read.
    fn files_of(&mut self, pid: u32) -> Result<Vec<MappedFile>, String>;
    /// Who has the file mapped or open, by number; and what could not be seen.
    fn who(&mut self, target: &Target) -> (Vec<ProcessOfFile>, Unseen);
    /// The file itself, and how the page cache holds it.
    ///
    /// # Errors
    /// It is gone, or may not be read.
    fn file(&mut self, target: &Target) -> Result<InspectedFile, String>;
    /// What the file is.
    fn format(&mut self, target: &Target, processes: &[ProcessOfFile]) -> FileFormat;
    /// What happens to it within the window; `look` gets each sample. It finds out which processes write, and who came meanwhile.
    fn observe(
        &mut self,
        target: &Target,
        processes: &mut Vec<ProcessOfFile>,
        window: Window<'_>,
        look: &mut dyn FnMut(&Sampled),
    ) -> (LiveLoad, FileLocks);
}
