//! Mappers that are threads of one process and share its mapping: what unmapping or protecting a page really interrupts.
//! They live in a forked child of their own, which also makes the updates; the driver itself never has a second thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, PoisonError, RwLock};
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

#[derive(Clone, Copy)]
struct Order {
    number: u64,
    command: Command,
    file: usize,
}

/// The number of the order, and what came of it.
type Answer = (u64, Result<(), String>);

/// After this time without any answer the remaining threads are given up: a page fault may wait for a slow disk.
const PATIENCE: Duration = Duration::from_secs(120);

/// The threads. They end when this is dropped.
pub struct ThreadMappers {
    files: Arc<Vec<SharedFile>>,
    /// A thread that has panicked receives no more orders.
    threads: Vec<(Sender<Order>, thread::JoinHandle<()>)>,
    answers: Receiver<Answer>,
    /// The number of the last order.
    number: u64,
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
        let files = Arc::new(files.into_iter().map(map).collect::<Result<Vec<_>, String>>()?);
        let (answer, answers) = channel();
        let start = |_| {
            let (files, answer, (order, orders)) = (Arc::clone(&files), answer.clone(), channel());
            // A small stack: nothing deep is done, and there may be thousands.
            let thread = thread::Builder::new().stack_size(64 << 10);
            Ok((order, thread.spawn(move || answer_orders(&files, read_pattern, orders, &answer))?))
        };
        let threads = (0..count).map(start).collect::<std::io::Result<Vec<_>>>();
        let threads = threads.map_err(|error| format!("starting a thread: {error}"))?;
        Ok(ThreadMappers { files, threads, answers, number: 0, patience: PATIENCE })
    }

    pub fn of(&mut self, file: usize) -> ThreadMappersOf<'_> {
        ThreadMappersOf { threads: self, file }
    }

    fn execute(&mut self, command: Command, file: usize) -> Result<(), String> {
        self.number += 1;
        let order = Order { number: self.number, command, file };
        let count = self.threads.len();
        let dead = self.threads.iter().filter(|(thread, _)| thread.send(order).is_err()).count();
        let (mut left, mut failed) = (count - dead, None);
        while left > 0 {
            match self.answers.recv_timeout(self.patience) {
                Ok((number, outcome)) if number == self.number => {
                    left -= 1;
                    failed = failed.or(outcome.err());
                }
                // Its order has been given up.
                Ok(_) => {}
                Err(_) => return Err(format!("{left} of {count} threads did not answer within {:?}", self.patience)),
            }
        }
        match (failed, dead) {
            (Some(why), _) => Err(why),
            (None, 0) => Ok(()),
            (None, dead) => Err(format!("{dead} of {count} threads panicked, a fault of mapstorm")),
        }
    }
}

impl Drop for ThreadMappers {
    fn drop(&mut self) {
        // Threads leave when no more orders can come; one that does not answer ends with the process.
        let threads: Vec<_> = self.threads.drain(..).map(|(_, thread)| thread).collect();
        let all_have_left = loop {
            if let Err(why) = self.answers.recv_timeout(self.patience) {
                break why == RecvTimeoutError::Disconnected;
            }
        };
        let ended = threads.into_iter().filter(|thread| all_have_left || thread.is_finished());
        ended.for_each(|thread| drop(thread.join()));
    }
}

/// What a thread does from its start to its end: it answers every order, also one in which it panics.
fn answer_orders(files: &[SharedFile], read_pattern: ReadPattern, orders: Receiver<Order>, answers: &Sender<Answer>) {
    let mut file = 0;
    while let Some(order) = next(files, read_pattern, &orders, file) {
        file = order.file;
        match catch_unwind(AssertUnwindSafe(|| files[file].execute(order.command))) {
            // An answer is lost if nobody waits for it any more.
            Ok(outcome) => drop(answers.send((order.number, outcome))),
            Err(_) => {
                drop(orders);
                let _ = answers.send((order.number, Err("a thread panicked, a fault of mapstorm".to_owned())));
                return;
            }
        }
    }
}

/// Waits for the next order; `None`: there will be none. Readers read without a pause meanwhile: a sleeping thread gets no TLB shootdown.
fn next(files: &[SharedFile], read_pattern: ReadPattern, orders: &Receiver<Order>, file: usize) -> Option<Order> {
    if read_pattern == ReadPattern::Asleep {
        return orders.recv().ok();
    }
    loop {
        match orders.try_recv() {
            Ok(order) => return Some(order),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        let shared = &files[file];
        let pages = shared.pages.read().unwrap_or_else(PoisonError::into_inner);
        pages.iter().for_each(|pages| shared.file.read(read_pattern, pages));
    }
}

impl SharedFile {
    fn execute(&self, command: Command) -> Result<(), String> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let pages = pages.as_ref().ok_or("the file is not mapped")?;
        // The file is remapped by one thread, before the others are called.
        self.file.execute(command, Some(pages)).map_err(|error| format!("{command:?}: {error}"))
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
            let shared = &self.threads.files[self.file];
            let mut pages = shared.pages.write().unwrap_or_else(PoisonError::into_inner);
            *pages = None;
            *pages = Some(shared.file.map().map_err(|error| format!("mmap: {error}"))?);
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
        let shared = &threads.files[0];
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
        let files = Arc::clone(&threads.files);
        // A thread that reads the file waits for this lock.
        let held = files[0].pages.write().unwrap();
        let why = threads.of(0).execute(Command::Touch).unwrap_err();
        assert!(why.contains("2 of 2 threads did not answer"), "{why}");
        drop(threads);
        drop(held);
    }
}
