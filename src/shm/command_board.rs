//! What a cost experiment's driver commands its mappers, and how many have answered: one piece of shared memory for all.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};

use crate::os::shared::Shareable;

#[repr(C)]
pub struct CommandBoard {
    command: AtomicU32,
    file: AtomicU32,
    expected: AtomicU32,
    answered: AtomicU32,
    faults: AtomicU64,
    /// Error number of the first that could not, 0 if all could.
    failed: AtomicU32,
    /// Mappers that have mapped their files.
    ready: AtomicU32,
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for CommandBoard {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Page faults of all mappers while they executed it.
    pub faults: u64,
    pub failed: Option<i32>,
}

impl CommandBoard {
    /// In the driver: a new command, for `expected` mappers of `file`. The one before has been answered by all.
    pub fn give(&self, command: u32, file: u32, expected: u32) {
        self.answered.store(0, Relaxed);
        self.faults.store(0, Relaxed);
        self.failed.store(0, Relaxed);
        self.file.store(file, Relaxed);
        self.expected.store(expected, Relaxed);
        self.command.store(command, Release);
    }

    /// In a mapper: number of the command, and of the file it is about.
    pub fn taken(&self) -> (u32, u32) {
        (self.command.load(Acquire), self.file.load(Relaxed))
    }

    /// In a mapper: it has done its part, which took `faults` page faults. True for the last one.
    pub fn answer(&self, faults: u64, outcome: Result<(), i32>) -> bool {
        self.faults.fetch_add(faults, Relaxed);
        if let Err(number) = outcome {
            let _ = self.failed.compare_exchange(0, number as u32, Relaxed, Relaxed);
        }
        self.answered.fetch_add(1, AcqRel) + 1 == self.expected.load(Relaxed)
    }

    pub fn answers(&self) -> Answers {
        let failed = self.failed.load(Acquire) as i32;
        Answers { faults: self.faults.load(Relaxed), failed: (failed != 0).then_some(failed) }
    }

    pub fn count_ready(&self) {
        self.ready.fetch_add(1, Relaxed);
    }

    pub fn ready(&self) -> u32 {
        self.ready.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;

    #[test]
    fn the_last_answer_is_known_and_the_first_error_kept() {
        let board = Shared::<CommandBoard>::zeroed(1).unwrap();
        let board = &board[0];
        board.give(3, 9, 3);
        assert_eq!(board.taken(), (3, 9));
        assert!(!board.answer(2, Ok(())));
        assert!(!board.answer(1, Err(5)));
        assert!(board.answer(0, Err(6)));
        assert_eq!(board.answers(), Answers { faults: 3, failed: Some(5) });
        board.give(1, 0, 1);
        assert_eq!(board.answers(), Answers { faults: 0, failed: None });
    }
}
