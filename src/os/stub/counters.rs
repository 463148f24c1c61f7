//! The names of `linux/counters` on a system that is not asked yet: there are none.

use std::path::{Path, PathBuf};

use super::facts::SourceFacts;

/// What to watch besides the machine.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The mapped files.
    pub files: &'a [PathBuf],
    /// Where they are.
    pub directory: &'a Path,
}

/// None.
pub struct Counters;

impl Counters {
    /// Nothing to open.
    pub fn open(_: Subject<'_>) -> Counters {
        Counters
    }

    /// Nothing to open.
    pub fn open_interrupts(_: Subject<'_>) -> Counters {
        Counters
    }

    /// None.
    pub fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    /// None.
    pub fn read(&mut self, _: &dyn Fn(i32) -> bool) -> Vec<Option<f64>> {
        Vec::new()
    }
}

/// All of them are unavailable.
pub fn probe(_: Subject<'_>) -> Vec<SourceFacts> {
    vec![SourceFacts {
        name: "counters",
        columns: Err("this version of mapstorm does not ask this system; run it on Linux".to_owned()),
    }]
}
