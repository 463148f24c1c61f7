//! What a worker does from its fork to its end: open the file, wait at the start barrier, work.
//! A reader that joins later waits at the barrier first and opens the file when its time has come.

use std::ffi::CString;
use std::sync::atomic::Ordering::Relaxed;

use super::Files;
use super::arena::Arena;
use super::members::{Members, Name};
use super::times::Times;
use crate::mailboxes::{CommonMapping, Database, Error, OpenMode, OpenOptions, Phase};
use crate::os::advice::populate;
use crate::os::barrier::{Barrier, Waiting};
use crate::os::clock::{now_ns, sleep_until};
use crate::os::fork::leave;
use crate::os::pages::page_size;
use crate::os::process::{self, signal_thread};
use crate::os::signal;
use crate::scenario::{Arrivals, Mix, Operation, Prefault, Scenario};
use crate::shm::{
    ExitMessage, READER_PHASES, Series, SharedHistogram, SharedSlot, SharedStall, SlotCounter, StallLog, WRITER_PHASES,
    WorkerCell,
};
use crate::workload::{Emulator, Plan, Recorder, Role, StallProfiler, Writing, work};

const CANNOT_OPEN: i32 = 3;
const CANNOT_START: i32 = 4;
/// A worker's loop is not deep.
const THREAD_STACK: usize = 256 << 10;

pub struct Barriers {
    /// Opened when all workers are ready.
    pub start: Barrier,
    /// Opened when all workers are done.
    pub exit: Barrier,
}

impl Barriers {
    pub fn shut() -> nix::Result<Barriers> {
        Ok(Barriers { start: Barrier::shut()?, exit: Barrier::shut()? })
    }

    /// To be called in a worker, right after its fork.
    pub fn enter(self) -> (Waiting, Waiting) {
        (self.start.enter(), self.exit.enter())
    }
}

#[derive(Clone, Copy)]
pub struct Inheritance<'a> {
    pub scenario: &'a Scenario,
    pub files: &'a Files,
    /// The names of the files.
    pub names: &'a [CString],
    pub arena: &'a Arena,
}

impl Inheritance<'_> {
    /// The whole life of a process: that of its one worker, or of its threads.
    pub fn process_main(&self, members: Members, barriers: Option<Barriers>, message: &ExitMessage) -> i32 {
        let barriers = barriers.map(Barriers::enter);
        if members.count() == 1 {
            return members.names().map(|name| self.worker_main(name, barriers.as_ref(), None, message)).sum();
        }
        let common = &CommonMapping::default();
        // This thread only waits: the driver's signal to stop is for one of the others.
        if signal::leave_wake_to_others().is_err() {
            return CANNOT_START;
        }
        let barriers = barriers.as_ref();
        std::thread::scope(|scope| {
            for name in members.names() {
                let work = move || self.thread_main(name, members, barriers, common, message);
                let started = std::thread::Builder::new().stack_size(THREAD_STACK).spawn_scoped(scope, work);
                if let Err(error) = started {
                    message.say(&format!("starting a thread: {error}"));
                    // Its siblings would wait for ever at the barrier.
                    leave(CANNOT_START);
                }
            }
        });
        0
    }

    fn thread_main(
        &self,
        name: Name,
        members: Members,
        barriers: Option<&(Waiting, Waiting)>,
        common: &CommonMapping,
        message: &ExitMessage,
    ) {
        let _ = signal::take_wake();
        let _ = process::set_name(&CString::new(name.short().to_string()).unwrap_or_default());
        match self.worker_main(name, barriers, Some((members, common)), message) {
            0 => {}
            // What one of them cannot do ends them all.
            status => leave(status),
        }
    }

    /// The others of its process may still wait for the lock: the driver's signal reaches one of them at a time.
    fn wake_siblings(&self, members: Members) {
        let waiting = members.names().map(|name| &self.arena.cells[name.row(self.scenario)]);
        waiting
            .filter(|cell| cell.ready.load(Relaxed) < 2)
            .filter_map(WorkerCell::task)
            .for_each(|thread| signal_thread(thread, signal::WAKE));
    }

    /// The life of one worker; `among`: of a thread, its siblings and the mapping that they share.
    fn worker_main(
        &self,
        name: Name,
        barriers: Option<&(Waiting, Waiting)>,
        among: Option<(Members, &CommonMapping)>,
        message: &ExitMessage,
    ) -> i32 {
        let common = among.map(|(_, common)| common);
        let Inheritance { scenario, arena, .. } = self;
        let row = name.row(scenario);
        let cell = &arena.cells[row];
        let histograms = if name.reads() { arena.reader_histograms(name.number) } else { &arena.writers[..] };
        let slots = arena.slots_of(name.instance as usize);
        if name.reads() {
            touch_used(histograms, &READER_PHASES, &scenario.readers.operations);
        } else {
            touch(histograms, SharedHistogram::touch);
        }
        touch(slots, SharedSlot::touch);
        let (records, counts) = arena.stalls_of(row);
        // A reader writes one after it was slow: the fault then costs nothing that counts, and its page table would cost each reader.
        if !name.reads() {
            touch(records, SharedStall::touch);
        }
        let keys = &self.files.keys[name.instance as usize];

        let joins_at = scenario.readers.joins_at_ns(name.number).filter(|_| name.reads());
        let mut database = None;
        if joins_at.is_none() {
            database = self.open(name, cell, common, message);
            if database.is_none() {
                return CANNOT_OPEN;
            }
        }
        cell.set_ready();
        let exit = barriers.map(|(start, exit)| {
            start.wait();
            exit
        });
        let times = Times::of(&scenario.run, arena.run_control().start_ns());
        let first_ns = if name.reads() { times.start_ns } else { times.write_ns };
        let joins_ns = joins_at.map_or(first_ns, |after| times.measure_ns + after);
        if joins_at.is_some() {
            while now_ns() < joins_ns && !arena.run_control().is_stopped() {
                sleep_until(joins_ns);
            }
            database = self.open(name, cell, common, message);
        }
        let Some(mut database) = database else { return CANNOT_OPEN };
        let arrivals = if name.reads() { Some(scenario.readers.arrivals) } else { scenario.arrivals_of_each_writer() };
        let Some(arrivals) = arrivals else { return 0 };
        // The readers that a writer's emulation stops; a reader stops none.
        let readers = if name.reads() { 0 } else { scenario.readers.count };
        let neighbours = (0..readers).zip(arena.cells.iter());
        let neighbours = neighbours.filter(|(reader, _)| scenario.instance_of(*reader) == name.instance);
        let neighbours: Vec<&WorkerCell> = neighbours.map(|(_, cell)| cell).collect();
        let role = if name.reads() {
            Role::Reader(&scenario.readers.operations)
        } else {
            let writing = Writing::new(keys, self.files.format, self.files.style, name.number);
            Role::Writer(&scenario.writer.operations, writing, Emulator::new(scenario.writer.emulate, &neighbours))
        };
        let plan = Plan {
            arrivals,
            seed: scenario.run.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ row as u64,
            keys,
            unmaps: if name.reads() { 0 } else { scenario.writer.unmaps },
            run_control: arena.run_control(),
            start_ns: joins_ns,
            control_ns: times.control_ns.clone(),
            measure_ns: times.measure_ns,
            end_ns: times.end_ns,
        };
        let mut recorder = Recorder {
            phases: if name.reads() { &READER_PHASES } else { &WRITER_PHASES },
            histograms,
            alone: if name.reads() {
                arena.readers_are_alone(scenario.readers.count)
            } else {
                scenario.writers_total() == 1
            },
            closed: matches!(arrivals, Arrivals::Closed { .. }),
            cell,
            slots: SlotCounter::new(arena.grid.starting_at(times.measure_ns), slots),
            stall_ns: scenario.run.stall_ns,
            unfinished: arena.unfinished(name.role()),
            end_ns: times.end_ns,
            control: (name.reads() && !times.control_ns.is_empty()).then(|| arena.control_histogram(name.number)),
        };
        let profiler =
            scenario.run.evidence.then(|| StallProfiler::new(StallLog::new(counts, records), scenario.run.stall_ns));
        work(&plan, role, &mut recorder, profiler.as_ref(), &mut database);
        cell.set_done();
        if let Some((members, _)) = among.filter(|_| arena.run_control().is_stopped()) {
            self.wake_siblings(members);
        }
        // It stays a mapper until all are done: thousands of processes that end would slow the last commits down.
        if let Some(exit) = exit {
            exit.wait();
        }
        cell.left();
        0
    }

    /// Opens and maps its file. `None`: it cannot, and its exit message says why.
    fn open<'n>(
        &'n self,
        name: Name,
        cell: &WorkerCell,
        common: Option<&'n CommonMapping>,
        message: &ExitMessage,
    ) -> Option<Database<'n>> {
        let Inheritance { scenario, files, .. } = self;
        let path = &files.paths[name.instance as usize];
        let options = OpenOptions {
            format: files.format,
            order: files.order,
            mode: if name.reads() { scenario.readers.open } else { OpenMode::ReadWrite },
            lock: scenario.readers.lock,
            remap: if name.reads() { scenario.readers.remap } else { scenario.writer.remap },
            sync: scenario.writer.sync,
            checkpoint: !name.reads() && scenario.writer.checkpoint,
            seed: scenario.run.seed ^ (u64::from(name.number) << 32),
        };
        let prefault = if name.reads() { scenario.readers.prefault } else { Prefault::None };
        let opened = Database::open_named(&self.names[name.instance as usize], options, common).and_then(|database| {
            prefault_pages(&database, prefault)?;
            Ok(database)
        });
        match opened {
            Ok(database) => {
                cell.maps_the_file();
                Some(database)
            }
            Err(error) => {
                message.say(&error.at(path).to_string());
                None
            }
        }
    }
}

fn prefault_pages(database: &Database, how: Prefault) -> Result<(), Error> {
    match how {
        Prefault::None => Ok(()),
        Prefault::Populate => database.populate(),
        Prefault::Touch => database.touch_all(page_size()).map(|_| ()),
    }
}

/// Maps the histograms of the operations that a worker may do: the others stay out of its page tables.
fn touch_used<Op: Operation>(histograms: &[SharedHistogram], phases: &[Phase], mix: &Mix<Op>) {
    for (operation, histograms) in Op::ALL.iter().zip(histograms.chunks(Series::count(phases))) {
        if mix.contains(*operation) {
            touch(histograms, SharedHistogram::touch);
        }
    }
}

/// Maps all memory that will be recorded to, so that recording does not fault; where the system cannot, by reading it.
pub fn touch<T>(memory: &[T], read: impl Fn(&T) -> u32) {
    if populate(memory).is_err() {
        memory.iter().for_each(|element| _ = std::hint::black_box(read(element)));
    }
}
