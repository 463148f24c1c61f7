//! Mappers that are threads of one process and share its mapping: what unmapping or protecting a page really interrupts.
//! They live in a forked child of their own, which also makes the updates; the driver itself never has a second thread.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::os::pages::Pages;
use crate::scenario::ReadPattern;
use crate::workload::mapper::MappedFile;
use crate::workload::update::{Command, Mappers};

/// A file, and the one mapping that all threads share.
struct SharedFile {
    file: MappedFile,
    pages: RwLock<Option<Pages>>,
}

#[derive(Default)]
struct Board {
    number: u64,
    command: Option<Command>,
    file: usize,
    left: u32,
    /// Threads that panicked: they answer no more commands.
    dead: u32,
    failed: Option<String>,
}

/// After this time without any answer the remaining threads are given up: a page fault may wait for a slow disk.
const PATIENCE: Duration = Duration::from_secs(120);

struct Common {
    files: Vec<SharedFile>,
    read_pattern: ReadPattern,
    board: Mutex<Board>,
    changed: Condvar,
    /// The number of the command on the board, which can be read without the lock.
    number: AtomicU64,
}

/// The threads. They end when this is dropped.
pub struct ThreadMappers {
    common: Arc<Common>,
    threads: Vec<thread::JoinHandle<()>>,
    patience: Duration,
}

impl ThreadMappers {
    /// Maps every file once, and starts `count` threads that have read all of them.
    pub fn start(files: Vec<MappedFile>, count: u32, read_pattern: ReadPattern) -> Result<ThreadMappers, String> {
        let map = |file: MappedFile| {
            let pages = file.map().map_err(|error| format!("mmap: {error}"))?;
            pages.touch_range(0..file.size);
            Ok(SharedFile { file, pages: RwLock::new(Some(pages)) })
        };
        let files = files.into_iter().map(map).collect::<Result<Vec<_>, String>>()?;
        let (board, changed, number) = (Mutex::new(Board::default()), Condvar::new(), AtomicU64::new(0));
        let common = Arc::new(Common { files, read_pattern, board, changed, number });
        let start = |_| {
            let common = Arc::clone(&common);
            // A small stack: nothing deep is done, and there may be thousands.
            thread::Builder::new().stack_size(64 << 10).spawn(move || common.answer_commands())
        };
        let threads = (0..count).map(start).collect::<std::io::Result<Vec<_>>>();
        let threads = threads.map_err(|error| format!("starting a thread: {error}"))?;
        Ok(ThreadMappers { common, threads, patience: PATIENCE })
    }

    pub fn of(&mut self, file: usize) -> ThreadMappersOf<'_> {
        ThreadMappersOf { threads: self, file }
    }

    fn execute(&self, command: Command, file: usize) -> Result<(), String> {
        let count = self.threads.len() as u32;
        let mut board = self.common.lock();
        let (number, dead) = (board.number + 1, board.dead);
        *board = Board { number, command: Some(command), file, left: count - dead, dead, failed: None };
        self.common.number.store(board.number, Release);
        self.common.changed.notify_all();
        while board.left > 0 {
            let before = board.left;
            let changed = self.common.changed.wait_timeout_while(board, self.patience, |board| board.left == before);
            board = changed.unwrap_or_else(PoisonError::into_inner).0;
            if board.left == before {
                return Err(format!("{before} of {count} threads did not answer within {:?}", self.patience));
            }
        }
        match (board.failed.take(), board.dead) {
            (Some(why), _) => Err(why),
            (None, 0) => Ok(()),
            (None, dead) => Err(format!("{dead} of {count} threads panicked, a fault of mapstorm")),
        }
    }
}

impl Drop for ThreadMappers {
    fn drop(&mut self) {
        // A panic was reported by the command that it interrupted; a thread that does not answer ends with the process.
        let has_left = self.execute(Command::Leave, 0);
        let all_answered = has_left.is_ok() || self.common.lock().left == 0;
        let ended = self.threads.drain(..).filter(|thread| all_answered || thread.is_finished());
        ended.for_each(|thread| drop(thread.join()));
    }
}

/// Ensures that a thread answers the current command, also if it panics.
struct AnswerGuard<'a> {
    common: &'a Common,
    /// The last command that it has answered.
    answered: u64,
}

impl Drop for AnswerGuard<'_> {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let mut board = self.common.lock();
        board.dead += 1;
        let number = board.number;
        drop(board);
        if number != self.answered {
            self.common.answer(number, Err("a thread panicked, a fault of mapstorm".to_owned()));
        }
    }
}

impl Common {
    fn lock(&self) -> std::sync::MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer_commands(&self) {
        let mut known = 0;
        let mut guard = AnswerGuard { common: self, answered: 0 };
        loop {
            let (command, file) = self.next(&mut known);
            let outcome = self.execute(command, &self.files[file]);
            guard.answered = known;
            self.answer(known, outcome);
            if command == Command::Leave {
                return;
            }
        }
    }

    /// Answers a command; an older command has been given up.
    fn answer(&self, number: u64, outcome: Result<(), String>) {
        let mut board = self.lock();
        if board.number != number {
            return;
        }
        board.left -= 1;
        if let Err(why) = outcome {
            board.failed.get_or_insert(why);
        }
        self.changed.notify_all();
    }

    /// Waits for the next command. Readers read without a pause meanwhile: a sleeping thread gets no TLB shootdown.
    fn next(&self, known: &mut u64) -> (Command, usize) {
        let mut file = self.lock().file;
        while self.read_pattern != ReadPattern::Asleep && self.number.load(Acquire) == *known {
            let shared = &self.files[file];
            let pages = shared.pages.read().unwrap_or_else(PoisonError::into_inner);
            pages.iter().for_each(|pages| shared.file.read(self.read_pattern, pages));
        }
        let mut board = self.lock();
        loop {
            if board.number != *known
                && let Some(command) = board.command
            {
                *known = board.number;
                file = board.file;
                return (command, file);
            }
            board = self.changed.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn execute(&self, command: Command, shared: &SharedFile) -> Result<(), String> {
        let pages = shared.pages.read().unwrap_or_else(PoisonError::into_inner);
        let pages = pages.as_ref().ok_or("the file is not mapped")?;
        // The file is remapped by one thread, before the others are called.
        shared.file.execute(command, Some(pages)).map_err(|error| format!("{command:?}: {error}"))
    }
}

pub struct ThreadMappersOf<'t> {
    threads: &'t mut ThreadMappers,
    file: usize,
}

impl Mappers for ThreadMappersOf<'_> {
    fn count(&self) -> u32 {
        self.threads.threads.len() as u32
    }

    fn execute(&mut self, command: Command) -> Result<(), String> {
        if command.maps_again() {
            let shared = &self.threads.common.files[self.file];
            let mut pages = shared.pages.write().unwrap_or_else(PoisonError::into_inner);
            *pages = None;
            *pages = Some(shared.file.map().map_err(|error| format!("mmap: {error}"))?);
        }
        if self.count() == 0 {
            return Ok(());
        }
        self.threads.execute(command, self.file)
    }

    /// Faults are counted for the whole process only.
    fn faults(&self) -> Option<u64> {
        None
    }

    fn signal(&mut self, _: Signal) -> Result<(), String> {
        Err("a signal stops all threads of a process, the writer's too".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::io::Write;
    use std::os::unix::ffi::OsStrExt;

    use super::*;
    use crate::scenario::MapMode;

    fn file_of(bytes: usize) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; bytes]).unwrap();
        file
    }

    fn threads(file: &tempfile::NamedTempFile, count: u32, read_pattern: ReadPattern) -> ThreadMappers {
        let path = CString::new(file.path().as_os_str().as_bytes()).unwrap();
        let size = file.path().metadata().unwrap().len();
        let mapped = |mode| MappedFile {
            path: path.clone(),
            size,
            folio: size / 2 / 4096 * 4096..size,
            last_folio: size / 2..size,
            mode,
        };
        ThreadMappers::start(vec![mapped(MapMode::ReadOnly), mapped(MapMode::Dirty)], count, read_pattern).unwrap()
    }

    #[test]
    fn threads_answer_every_command_and_leave() {
        let file = file_of(40_000);
        for read_pattern in [ReadPattern::Asleep, ReadPattern::Touch, ReadPattern::Scan] {
            let mut threads = threads(&file, 3, read_pattern);
            let is_tried = |command: &Command| !matches!(command, Command::Leave | Command::Store);
            for command in Command::ALL.into_iter().filter(is_tried) {
                threads.of(0).execute(command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
            }
            assert!(threads.of(0).execute(Command::Store).is_err(), "mapped for reading only");
            threads.of(1).execute(Command::Store).unwrap();
            assert_eq!(threads.of(1).count(), 3);
        }
    }

    #[test]
    fn a_touch_reads_the_updated_page_and_the_last_one_as_processes_do() {
        // The two are so far apart that the system does not map the one because the other is read.
        let page = crate::os::pages::page_size();
        let file = file_of(64 * page as usize);
        let mut threads = threads(&file, 1, ReadPattern::Asleep);
        threads.of(0).execute(Command::Reopen).unwrap();
        let shared = &threads.common.files[0];
        let pages = shared.pages.read().unwrap();
        let (first, last) = (shared.file.folio.start / page, shared.file.size / page - 1);
        assert_eq!(first, 32);
        let present = |number: u64| pages.as_ref().unwrap().is_present(number * page).unwrap_or(true);
        assert!(present(first) && present(last), "of 64 pages these are read: {first} and {last}");
        drop(pages);
    }

    #[test]
    fn a_thread_that_panics_blocks_no_command_and_no_drop() {
        let file = file_of(40_000);
        let mut threads = threads(&file, 3, ReadPattern::Asleep);
        // There is no such file: every thread that takes the command panics.
        let why = threads.execute(Command::Touch, 99).unwrap_err();
        assert!(why.contains("panicked"), "{why}");
        let why = threads.of(0).execute(Command::Touch).unwrap_err();
        assert!(why.contains("3 of 3 threads panicked"), "{why}");
        drop(threads);
    }

    #[test]
    fn a_thread_that_does_not_answer_is_waited_for_only_so_long() {
        let file = file_of(40_000);
        let mut threads = threads(&file, 2, ReadPattern::Asleep);
        threads.patience = Duration::from_millis(300);
        let common = Arc::clone(&threads.common);
        // A thread that reads the file waits for this lock.
        let held = common.files[0].pages.write().unwrap();
        let why = threads.of(0).execute(Command::Touch).unwrap_err();
        assert!(why.contains("2 of 2 threads did not answer"), "{why}");
        drop(threads);
        drop(held);
    }
}
