//! What a driver becomes when it is asked a second time to stop: it puts in order what it has left unfinished, and ends; its workers end with it.
//! Hidden, because nobody else has anything to do with it.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::run::common::put_in_order;
use crate::results::{self, Swept};

/// A worker that is in the middle of a checkpoint makes a file where all others are gone already: then another time.
const TIMES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(20);

/// Where to look, and how to end.
#[derive(Debug, Args)]
pub struct Abandon {
    /// The exit code
    code: u8,
    /// Directories that may hold something unfinished
    parents: Vec<PathBuf>,
}

/// Puts it in order; the exit code.
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
