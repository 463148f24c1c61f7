//! The crowd: forked workers that open the file, wait at the gate, work, and are waited for.
//! They die with the driver, and are the first that the OOM killer takes.

use std::{
    ffi::CString,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use anyhow::{Context, ensure};
use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{Pid, SysconfVar, getpid, setpgid, sysconf},
};

use super::{Files, gather::gather};
use crate::{
    mailboxes::{Database, OpenMode, OpenOptions, RemapRule},
    os::{clock::now_ns, fork::fork_worker, gate::Gate, process, shared::Shared, signal},
    record::{Outcome, READER_PHASES, Series, SharedHistogram, Slots, WRITER_PHASES, WorkerCell},
    scenario::{Prefault, ReaderOperation, Scenario, WriterOperation},
    workload::{Plan, Role, work},
};

/// More shards than CPUs that could add at the same time; each costs a few hundred KiB.
const SHARDS: usize = 16;
/// How long after the end of the run a worker may still be in its last operation, in nanoseconds.
const GRACE_NS: u64 = 60_000_000_000;
/// Exit status of a worker that could not open its file.
const CANNOT_OPEN: i32 = 3;

struct Arena {
    cells: Shared<WorkerCell>,
    readers: Shared<SharedHistogram>,
    writers: Shared<SharedHistogram>,
    /// 0: stop flag; 1 and 2: the start in nanoseconds, high and low half.
    header: Shared<AtomicU32>,
}

const READER_SHARD: usize = ReaderOperation::ALL.len() * Series::count(&READER_PHASES);
const WRITER_SHARD: usize = WriterOperation::ALL.len() * Series::count(&WRITER_PHASES);

struct Worker {
    name: String,
    pid: Pid,
    gone: bool,
}

/// Forks the crowd, lets it work, and gathers what it recorded. `interrupted` is set by the caller's signal handler;
/// `tick` is told the elapsed fraction and completed operations about once a second.
pub fn run(
    scenario: &Scenario,
    files: &Files,
    interrupted: &AtomicBool,
    mut tick: impl FnMut(f64, u64, u64),
) -> anyhow::Result<Outcome> {
    ensure!(process::threads_alive().is_none_or(|threads| threads == 1), "a thread is alive: forking would be unsafe");
    let readers = scenario.readers.count;
    let workers = readers + scenario.writers_total();
    let arena = Arena {
        cells: Shared::zeroed(workers as usize)?,
        readers: Shared::zeroed(READER_SHARD * SHARDS)?,
        writers: Shared::zeroed(WRITER_SHARD)?,
        header: Shared::zeroed(3)?,
    };
    signal::interrupt_on_wake()?;
    // Best effort: without exact timers every wake-up is up to 50 µs late, which the late series then shows.
    let _ = process::exact_timers();
    let oom = process::oom_adjustment();
    let _ = process::set_oom_adjustment(1000);

    let gate = Gate::shut()?;
    let first_fork = now_ns();
    let mut crowd = Vec::with_capacity(workers as usize);
    let driver = getpid();
    let mut gate = Some(gate);
    for number in 0..workers {
        let name =
            if number < readers { format!("mapstorm-r{number}") } else { format!("mapstorm-w{}", number - readers) };
        let pid = fork_worker(|| live(scenario, files, &arena, number, driver, &name, gate.take()))
            .with_context(|| format!("fork of worker {number} of {workers}"));
        match pid {
            Ok(pid) => crowd.push(Worker { name, pid, gone: false }),
            Err(error) => {
                end_all(&mut crowd);
                return Err(error);
            }
        }
    }
    if let Some(oom) = oom {
        let _ = process::set_oom_adjustment(oom);
    }

    let ready = |arena: &Arena| arena.cells.iter().filter(|cell| cell.ready.load(Relaxed) != 0).count();
    let mut lost = Vec::new();
    while ready(&arena) + lost.len() < workers as usize && !interrupted.load(Relaxed) {
        reap(&mut crowd, &mut lost);
        std::thread::sleep(Duration::from_millis(1));
    }
    let ready_ns = now_ns() - first_fork;
    if lost.len() == workers as usize {
        anyhow::bail!("no worker could open its file: {}", files.paths[0].display());
    }
    // Far enough ahead that every worker is awake before its first arrival.
    let start = now_ns() + 10_000_000 + u64::from(workers) * 20_000;
    arena.header[1].store((start >> 32) as u32, Relaxed);
    arena.header[2].store(start as u32, Relaxed);
    if let Some(gate) = gate.take() {
        gate.open();
    }

    let measure = start + scenario.run.warm_up_ns;
    let end = measure + scenario.run.duration_ns;
    let mut page_tables = None;
    let mut next_tick = start;
    while now_ns() < end && !interrupted.load(Relaxed) && crowd.iter().any(|worker| !worker.gone) {
        std::thread::sleep(Duration::from_millis(50));
        let now = now_ns();
        if now >= next_tick {
            next_tick += 1_000_000_000;
            reap(&mut crowd, &mut lost);
            page_tables = page_tables.max(process::page_table_bytes());
            let sum = |field: fn(&WorkerCell) -> u64| arena.cells.iter().map(field).sum::<u64>();
            let elapsed = now.saturating_sub(start) as f64 / (end - start) as f64;
            tick(elapsed, sum(|cell| cell.completed.load(Relaxed)), sum(|cell| cell.due.load(Relaxed)));
        }
    }
    let stopped = now_ns().min(end);
    let was_interrupted = interrupted.load(Relaxed);
    let load_average = process::load_average();
    if was_interrupted {
        arena.header[0].store(1, Relaxed);
        for worker in crowd.iter().filter(|worker| !worker.gone) {
            // Gone in the meantime: nothing left to wake.
            let _ = kill(worker.pid, signal::WAKE);
        }
    }
    let deadline = now_ns() + GRACE_NS;
    while crowd.iter().any(|worker| !worker.gone) && now_ns() < deadline {
        reap(&mut crowd, &mut lost);
        std::thread::sleep(Duration::from_millis(2));
    }
    lost.extend(crowd.iter().filter(|worker| !worker.gone).map(|worker| format!("{} (did not end)", worker.name)));
    end_all(&mut crowd);

    let (reader_cells, writer_cells) = arena.cells.split_at(readers as usize);
    let sum =
        |field: fn(&WorkerCell) -> u64| [reader_cells, writer_cells].map(|cells| cells.iter().map(field).sum::<u64>());
    let first_error = arena.cells.iter().find(|cell| cell.errors.load(Relaxed) > 0);
    let mut measured = gather::<ReaderOperation>("reader", &READER_PHASES, &arena.readers);
    measured.extend(gather::<WriterOperation>("writer", &WRITER_PHASES, &arena.writers));
    Ok(Outcome {
        ready_ns,
        measured_ns: stopped.saturating_sub(measure),
        due: sum(|cell| cell.due.load(Relaxed)),
        completed: sum(|cell| cell.completed.load(Relaxed)),
        stalls: sum(|cell| cell.stalls.load(Relaxed)),
        errors: arena.cells.iter().map(|cell| cell.errors.load(Relaxed)).sum(),
        first_error: first_error.map(|cell| (cell.error_number.load(Relaxed), cell.error_offset.load(Relaxed))),
        lost,
        interrupted: was_interrupted,
        page_table_bytes: page_tables,
        load_average,
        driver_cpu_ns: None,
        measured,
        intervals: Vec::new(),
        slots: Slots::default(),
    })
}

/// A worker's whole life after the fork; its exit status.
fn live(
    scenario: &Scenario,
    files: &Files,
    arena: &Arena,
    number: u32,
    driver: Pid,
    name: &str,
    gate: Option<Gate>,
) -> i32 {
    if process::die_with(driver) == Ok(false) {
        return 0;
    }
    // A group of its own keeps the terminal's Ctrl-C for the driver alone. Names are for people: best effort.
    let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
    if let Ok(name) = CString::new(name) {
        let _ = process::set_name(&name);
    }
    let readers = scenario.readers.count;
    let reads = number < readers;
    let instance =
        if reads { scenario.instance_of(number) } else { (number - readers) % scenario.instances.count } as usize;
    let cell = &arena.cells[number as usize];
    let options = OpenOptions {
        format: files.format,
        mode: if reads { scenario.readers.open } else { OpenMode::ReadWrite },
        lock: scenario.readers.lock,
        remap: if reads { scenario.readers.remap } else { RemapRule::WhenNeeded },
        sync: scenario.writer.sync,
        seed: scenario.run.seed ^ (u64::from(number) << 32),
    };
    let Some(mut database) = open(scenario, &files.paths[instance], options, reads) else {
        return CANNOT_OPEN;
    };
    let shard = number as usize % SHARDS * READER_SHARD;
    let histograms = if reads { &arena.readers[shard..shard + READER_SHARD] } else { &arena.writers[..] };
    for histogram in histograms {
        std::hint::black_box(histogram.touch());
    }
    cell.ready.store(1, Relaxed);
    if let Some(gate) = gate {
        gate.wait();
    }
    let start = (u64::from(arena.header[1].load(Relaxed)) << 32) | u64::from(arena.header[2].load(Relaxed));
    let arrivals = if reads { Some(scenario.readers.arrivals) } else { scenario.arrivals_of_each_writer() };
    let Some(arrivals) = arrivals else { return 0 };
    let plan = Plan {
        role: if reads {
            Role::Reader(&scenario.readers.operations)
        } else {
            Role::Writer(&scenario.writer.operations)
        },
        number: if reads { number } else { number - readers },
        arrivals,
        seed: scenario.run.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(number),
        keys: &files.keys[instance],
        style: files.style,
        histograms,
        cell,
        stop: &arena.header[0],
        start_ns: start,
        measure_ns: start + scenario.run.warm_up_ns,
        end_ns: start + scenario.run.warm_up_ns + scenario.run.duration_ns,
        stall_ns: scenario.run.stall_ns,
    };
    work(&plan, &mut database);
    0
}

fn open(scenario: &Scenario, path: &Path, options: OpenOptions, reads: bool) -> Option<Database> {
    let opened = Database::open(path, options).and_then(|database| {
        if reads && scenario.readers.prefault != Prefault::None {
            let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(4096) as u64;
            database.touch_all(page)?;
        }
        Ok(database)
    });
    opened.map_err(|error| eprintln!("Error: {}", error.at(path))).ok()
}

fn reap(crowd: &mut [Worker], lost: &mut Vec<String>) {
    for worker in crowd.iter_mut().filter(|worker| !worker.gone) {
        match waitpid(worker.pid, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
            Ok(WaitStatus::Exited(_, 0)) => worker.gone = true,
            Ok(WaitStatus::Exited(_, status)) => {
                worker.gone = true;
                lost.push(format!("{} (exit status {status})", worker.name));
            }
            Ok(WaitStatus::Signaled(_, signal, _)) => {
                worker.gone = true;
                lost.push(format!("{} ({signal})", worker.name));
            }
            Ok(_) => {}
            Err(_) => worker.gone = true,
        }
    }
}

fn end_all(crowd: &mut [Worker]) {
    for worker in crowd.iter_mut().filter(|worker| !worker.gone) {
        let _ = kill(worker.pid, Signal::SIGKILL);
        let _ = waitpid(worker.pid, None);
        worker.gone = true;
    }
}
