//! What the user hears while a file is locked by somebody else: one line after a second, and no more.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use crate::{mailboxes::Patience, note};

/// Tells on standard error that a file is waited for.
pub struct LockWait<'a> {
    pub path: PathBuf,
    /// Set by a signal handler: the wait is over. Without, the first signal ends the process.
    pub interrupted: Option<&'a AtomicBool>,
}

impl Patience for LockWait<'_> {
    fn still_waiting(&mut self, holder: Option<u32>) {
        let holder = holder.map_or("another process".to_owned(), |pid| format!("process {pid}"));
        note!("{}: locked by {holder}; waiting for it (Ctrl-C gives up)", self.path.display());
    }

    fn is_over(&self) -> bool {
        self.interrupted.is_some_and(|interrupted| interrupted.load(Relaxed))
    }
}
