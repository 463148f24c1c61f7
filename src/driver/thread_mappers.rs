//! Mappers that are threads of one process and share its mapping: what unmapping or protecting a page really interrupts.
//! They live in a forked child of their own, which also makes the updates; the driver itself never has a second thread.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Acquire, Ordering::Release},
    },
    thread,
};

use nix::sys::signal::Signal;

use crate::{
    os::{affinity, pages::Pages},
    workload::{
        mapper::{Busy, MappedFile},
        update::{Ask, Mappers},
    },
};

/// A file, and the one mapping that all threads share.
struct SharedFile {
    file: MappedFile,
    pages: RwLock<Option<Pages>>,
}

/// What stands to be done, and by how many still.
#[derive(Default)]
struct Board {
    number: u64,
    ask: Option<Ask>,
    file: usize,
    left: u32,
    failed: Option<String>,
}

struct Common {
    files: Vec<SharedFile>,
    busy: Busy,
    board: Mutex<Board>,
    changed: Condvar,
    /// The number of the order on the board, for those who look without taking the lock.
    number: AtomicU64,
}

/// The threads. Dropping them lets them leave.
pub struct ThreadMappers {
    common: Arc<Common>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl ThreadMappers {
    /// Maps every file once, and starts `count` threads that have read all of them.
    pub fn start(files: Vec<MappedFile>, count: u32, busy: Busy) -> Result<ThreadMappers, String> {
        let map = |file: MappedFile| {
            let pages = file.map().map_err(|error| format!("mmap: {error}"))?;
            pages.touch_range(0..file.size);
            Ok(SharedFile { file, pages: RwLock::new(Some(pages)) })
        };
        let files = files.into_iter().map(map).collect::<Result<Vec<_>, String>>()?;
        let (board, changed, number) = (Mutex::new(Board::default()), Condvar::new(), AtomicU64::new(0));
        let common = Arc::new(Common { files, busy, board, changed, number });
        let start = |_| {
            let common = Arc::clone(&common);
            // A small stack: nothing deep is done, and there may be thousands.
            thread::Builder::new().stack_size(64 << 10).spawn(move || common.live())
        };
        let threads = (0..count).map(start).collect::<std::io::Result<Vec<_>>>();
        let threads = threads.map_err(|error| format!("starting a thread: {error}"))?;
        Ok(ThreadMappers { common, threads })
    }

    /// Those who map a file.
    pub fn of(&mut self, file: usize) -> ThreadMappersOf<'_> {
        ThreadMappersOf { threads: self, file }
    }

    fn ask(&self, ask: Ask, file: usize) -> Result<(), String> {
        let count = self.threads.len() as u32;
        let mut board = self.common.lock();
        *board = Board { number: board.number + 1, ask: Some(ask), file, left: count, failed: None };
        self.common.number.store(board.number, Release);
        self.common.changed.notify_all();
        while board.left > 0 {
            board = self.common.changed.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
        board.failed.take().map_or(Ok(()), Err)
    }
}

impl Drop for ThreadMappers {
    fn drop(&mut self) {
        // Everybody hears of it and leaves; there is nothing that could fail.
        let _ = self.ask(Ask::Leave, 0);
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

impl Common {
    fn lock(&self) -> std::sync::MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) {
        let mut known = 0;
        loop {
            let (ask, file) = self.next(&mut known);
            let outcome = self.obey(ask, &self.files[file]);
            let mut board = self.lock();
            board.left -= 1;
            if let Err(why) = outcome {
                board.failed.get_or_insert(why);
            }
            if board.left == 0 {
                self.changed.notify_all();
            }
            if ask == Ask::Leave {
                return;
            }
        }
    }

    /// Waits for an order that is not known yet, and reads meanwhile without a pause if that is what mappers do: a thread that
    /// sleeps is interrupted by nothing.
    fn next(&self, known: &mut u64) -> (Ask, usize) {
        let mut file = self.lock().file;
        while self.busy != Busy::Asleep && self.number.load(Acquire) == *known {
            self.read(&self.files[file]);
        }
        let mut board = self.lock();
        loop {
            if board.number != *known
                && let Some(ask) = board.ask
            {
                *known = board.number;
                file = board.file;
                return (ask, file);
            }
            board = self.changed.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn read(&self, shared: &SharedFile) {
        let pages = shared.pages.read().unwrap_or_else(PoisonError::into_inner);
        let Some(pages) = pages.as_ref() else { return };
        match self.busy {
            Busy::Asleep => {}
            Busy::Touch => {
                std::hint::black_box(pages.touch(shared.file.folio.start));
            }
            Busy::Scan => pages.touch_range(0..shared.file.size),
        }
    }

    fn obey(&self, ask: Ask, shared: &SharedFile) -> Result<(), String> {
        let pages = shared.pages.read().unwrap_or_else(PoisonError::into_inner);
        let Some(pages) = pages.as_ref() else { return Err("the file is not mapped".to_owned()) };
        let page = shared.file.folio.start;
        match ask {
            // Mapping anew is one thread's work, and done before the others are asked.
            Ask::Answer | Ask::Leave => {}
            Ask::Touch | Ask::Remap | Ask::Reopen => {
                std::hint::black_box(pages.touch(page));
            }
            Ask::TouchFolios => {
                pages.touch_range(shared.file.folio.clone());
                pages.touch_range(shared.file.last_folio.clone());
            }
            Ask::TouchAll => pages.touch_range(0..shared.file.size),
            Ask::Store => {
                let same = pages.touch(page).unwrap_or(0);
                pages.store(page, same).map_err(|error| format!("store: {error}"))?;
            }
            Ask::VisitCpus => {
                affinity::on_every_cpu(|| {
                    std::hint::black_box(pages.touch(page));
                })
                .map_err(|error| format!("running on every CPU: {error}"))?;
            }
        }
        Ok(())
    }
}

/// The threads, as mappers of one file.
pub struct ThreadMappersOf<'t> {
    threads: &'t mut ThreadMappers,
    file: usize,
}

impl Mappers for ThreadMappersOf<'_> {
    fn count(&self) -> u32 {
        self.threads.threads.len() as u32
    }

    fn ask(&mut self, what: Ask) -> Result<(), String> {
        if matches!(what, Ask::Remap | Ask::Reopen) {
            let shared = &self.threads.common.files[self.file];
            let mut pages = shared.pages.write().unwrap_or_else(PoisonError::into_inner);
            *pages = None;
            *pages = Some(shared.file.map().map_err(|error| format!("mmap: {error}"))?);
        }
        if self.count() == 0 {
            return Ok(());
        }
        self.threads.ask(what, self.file)
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
    use std::{ffi::CString, io::Write, os::unix::ffi::OsStrExt};

    use super::*;
    use crate::workload::mapper::MapMode;

    #[test]
    fn threads_answer_every_order_and_leave() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 40_000]).unwrap();
        let mapped = |mode| MappedFile {
            path: CString::new(file.path().as_os_str().as_bytes()).unwrap(),
            size: 40_000,
            folio: 16_384..32_768,
            last_folio: 32_768..40_000,
            mode,
        };
        for busy in [Busy::Asleep, Busy::Touch, Busy::Scan] {
            let files = vec![mapped(MapMode::ReadOnly), mapped(MapMode::Dirty)];
            let mut threads = ThreadMappers::start(files, 3, busy).unwrap();
            for ask in Ask::ALL.into_iter().filter(|ask| !matches!(ask, Ask::Leave | Ask::Store)) {
                threads.of(0).ask(ask).unwrap_or_else(|error| panic!("{ask:?}: {error}"));
            }
            assert!(threads.of(0).ask(Ask::Store).is_err(), "mapped for reading only");
            threads.of(1).ask(Ask::Store).unwrap();
            assert_eq!(threads.of(1).count(), 3);
        }
    }
}
