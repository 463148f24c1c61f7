//! What a driver becomes on a second signal to stop: it cleans up what it has left unfinished, and ends; its workers end with it.
//! Hidden, because only the driver itself starts it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::steps::put_in_order;
use crate::results::{self, Swept};

/// A worker in the middle of a checkpoint may make a file while the directory is removed: then it is tried again.
const TIMES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug, Args)]
pub struct Abandon {
    /// The exit code
    code: u8,
    /// Directories that may hold something unfinished
    parents: Vec<PathBuf>,
}

pub fn run(arguments: &Abandon) -> u8 {
    let mut swept = Vec::new();
    for _ in 0..TIMES {
        swept = results::abandon(arguments.parents.iter().map(PathBuf::as_path));
        if !swept.iter().any(|swept| matches!(swept, Swept::Failed { .. })) {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    put_in_order(swept);
    arguments.code
}
