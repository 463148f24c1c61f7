//! The two gates of a run: one that all start behind, and one that none leaves through before all are done.

use crate::os::gate::{Gate, Waiting};

/// Both, shut.
pub struct Gates {
    /// Opened when everybody is ready.
    pub start: Gate,
    /// Opened when everybody is done.
    pub exit: Gate,
}

impl Gates {
    /// Both shut.
    pub fn shut() -> nix::Result<Gates> {
        Ok(Gates { start: Gate::shut()?, exit: Gate::shut()? })
    }

    /// In a worker, at once.
    pub fn enter(self) -> (Waiting, Waiting) {
        (self.start.enter(), self.exit.enter())
    }
}
