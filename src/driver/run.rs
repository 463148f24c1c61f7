//! One run from the first fork to the last figure: gather the crowd, open the gate, watch, wait for the last, sum up.
//! The driver sleeps but for a look at every interval's end; it has one thread.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail, ensure};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};

use super::{
    Files, Progress,
    arena::Arena,
    bystander,
    crowd::{Crowd, Kind, Name, OomFirst},
    evidence::Gatherer,
    gates::Gates,
    life::Inheritance,
    times::Times,
    trace::{TraceCommand, Tracer},
    watch::Watch,
};
use crate::{
    os::{clock::now_ns, gate::Gate, process, signal, title::Title},
    record::{Outcome, WorkerCell},
    scenario::Scenario,
};

/// How long after the end of the run a worker may still be in its last operation, in nanoseconds.
const GRACE_NS: u64 = 60_000_000_000;
/// And how long those that are done may take to leave when the others have had that time.
const LEAVE_NS: u64 = 10_000_000_000;
/// How often the driver looks while it waits for workers to come or to go.
const LOOK: Duration = Duration::from_millis(2);
const SECOND: u64 = 1_000_000_000;

/// Forks the crowd, lets it work, and gathers what it recorded. `interrupted` is set by the caller's signal handler;
/// `tell` hears how it goes, about once a second.
pub fn run(
    scenario: &Scenario,
    files: &Files,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(Progress),
) -> anyhow::Result<Outcome> {
    run_traced(scenario, files, None, interrupted, tell)
}

/// The same with a command that traces beside it, from when the crowd stands at the gate until the end of the measured span.
pub fn run_traced(
    scenario: &Scenario,
    files: &Files,
    trace: Option<TraceCommand<'_>>,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(Progress),
) -> anyhow::Result<Outcome> {
    ensure!(process::threads_alive().is_none_or(|threads| threads == 1), "a thread is alive: forking would be unsafe");
    let workers = scenario.workers_total();
    let arena = Arena::new(scenario)?;
    let gates = Gates::shut()?;
    signal::interrupt_on_wake()?;
    // Best effort: without exact timers every wake-up is up to 50 µs late, which the late series then shows.
    let _ = process::exact_timers();

    let first_fork = now_ns();
    let (mut bystanders, gates) = fork_bystanders(scenario, &arena, gates)?;
    let (mut crowd, gates) = fork_all(scenario, files, &arena, gates, interrupted, tell)?;
    let mut lost = Vec::new();
    wait_at_gate(&mut crowd, &arena, workers, interrupted, &mut lost, tell);
    let ready_ns = now_ns() - first_fork;
    if crowd.alive() == 0 && !interrupted.load(Relaxed) {
        bail!(
            "no worker lived until the gate: {}",
            lost.first().map_or("there is none in the scenario", String::as_str)
        );
    }

    // After the last fork: a worker must not inherit what it writes to.
    let file = files.paths.first().map(|path| path.as_path());
    let tracer = trace.map(|trace| Tracer::start(trace, crowd.group(), file)).transpose()?;

    // And it must not inherit the counters. While all still stand at the gate, because a kernel that is rewritten for probes stops
    // every CPU for a moment, again and again.
    let counters = scenario.run.evidence.then(|| Gatherer::open(files));

    // Far enough ahead that every worker is awake before its first arrival.
    let start = now_ns() + 10_000_000 + u64::from(workers) * 20_000;
    arena.baton().start_at(start);
    gates.start.open();
    let (busy_before, driven_from) = (driver_cpu_ns(), now_ns());
    let times = Times::of(&scenario.run, start);
    let began = SystemTime::now() + Duration::from_nanos(times.measure_ns.saturating_sub(now_ns()));
    let mut watch = Watch::new(scenario, &arena, &times);
    let mut gatherer = counters.map(|counters| Gatherer::new(scenario, &arena, &times, counters));
    while now_ns() < times.end_ns && !interrupted.load(Relaxed) && crowd.alive() > 0 {
        watch.sleep_and_look(gatherer.as_ref().map_or(u64::MAX, Gatherer::next_ns), tell);
        hear_of_lost(&mut crowd, &mut lost, tell);
        if let Some(gatherer) = &mut gatherer {
            gatherer.look(now_ns(), &mut crowd);
        }
    }
    let measured_ns = now_ns().min(times.end_ns).saturating_sub(times.measure_ns);
    let driven_ns = now_ns() - driven_from;
    let driver_cpu_ns = driver_cpu_ns().zip(busy_before).map(|(now, before)| now.saturating_sub(before));
    let load_average = process::load_average();
    let was_interrupted = interrupted.load(Relaxed);
    let work_ended = now_ns();
    if was_interrupted {
        arena.baton().stop();
    }
    // Workers that are done stay until it has ended: it sees the crowd, not its going.
    let mut troubles = Vec::new();
    let trace = tracer.and_then(|tracer| match tracer.stop(times.measure_ns) {
        Ok(trace) => Some(trace),
        // From here on nothing may lose what was measured.
        Err(error) => {
            troubles.push(format!("the --trace command: {error:#}"));
            None
        }
    });
    wait_for_last(&mut crowd, &arena, gates.exit, was_interrupted, &mut lost, tell);
    lost.extend(crowd.end());
    bystanders.end();

    let ended = watch.finish(work_ended);
    let (reader_cells, writer_cells) = arena.cells.split_at(scenario.readers.count as usize);
    let sum =
        |field: fn(&WorkerCell) -> u64| [reader_cells, writer_cells].map(|cells| cells.iter().map(field).sum::<u64>());
    let first_error = arena.cells.iter().find(|cell| cell.errors.load(Relaxed) > 0);
    Ok(Outcome {
        began,
        ready_ns,
        measured_ns,
        due: sum(|cell| cell.due.load(Relaxed)),
        completed: sum(|cell| cell.completed.load(Relaxed)),
        stalls: sum(|cell| cell.stalls.load(Relaxed)),
        errors: arena.cells.iter().map(|cell| cell.errors.load(Relaxed)).sum(),
        first_error: first_error.map(|cell| (cell.error_number.load(Relaxed), cell.error_offset.load(Relaxed))),
        lost,
        interrupted: was_interrupted,
        troubles,
        page_table_bytes: ended.intervals.iter().filter_map(|interval| interval.page_table_bytes).max(),
        load_average,
        driver_cpu_ns,
        driven_ns,
        measured: ended.measured,
        intervals: ended.intervals,
        slots: arena.grid.read(&arena.slots),
        monotonic_began_ns: times.measure_ns,
        evidence: gatherer.map(Gatherer::finish),
        trace,
    })
}

/// Forks the bystanders, if evidence is wanted. The gates come back as from [`fork_all`].
fn fork_bystanders(scenario: &Scenario, arena: &Arena, gates: Gates) -> anyhow::Result<(Crowd, Gates)> {
    let mut bystanders = Crowd::new(bystander::NAMES.len() as u32);
    let mut gates = Some(gates);
    for number in (0..bystander::NAMES.len()).filter(|_| scenario.run.evidence) {
        bystanders.fork(Name { kind: Kind::Bystander, number: number as u32, instance: 0 }, || {
            bystander::live(number, &scenario.run, arena, gates.take())
        })?;
    }
    Ok((bystanders, gates.context("the gates are a child's only")?))
}

/// Forks readers, then writers. The gates come back for the driver to open: each child keeps a copy of its own.
fn fork_all(
    scenario: &Scenario,
    files: &Files,
    arena: &Arena,
    gates: Gates,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(Progress),
) -> anyhow::Result<(Crowd, Gates)> {
    let title = Title::find();
    let inheritance = Inheritance { scenario, files, arena, title: title.as_ref() };
    let workers = scenario.workers_total();
    let mut crowd = Crowd::new(workers);
    if scenario.writer.emulate.stops_mappers() {
        crowd = crowd.deaf_to_stops();
    }
    let _oom = OomFirst::new();
    let readers = (0..scenario.readers.count).map(|number| Name {
        kind: Kind::Reader,
        number,
        instance: scenario.instance_of(number),
    });
    let writers = (0..scenario.writers_total()).map(|number| Name {
        kind: Kind::Writer,
        number,
        instance: number % scenario.instances.count,
    });
    // An option, because a child takes the gates for good while the driver keeps its own.
    let mut gates = Some(gates);
    let mut told = now_ns();
    for name in readers.chain(writers).take_while(|_| !interrupted.load(Relaxed)) {
        let label = name.label();
        crowd.fork(name, || inheritance.live(name, &label, gates.take()))?;
        if now_ns() - told > SECOND {
            told = now_ns();
            tell(Progress::Gathering { ready: ready(arena), of: u64::from(workers) });
        }
    }
    Ok((crowd, gates.take().context("the gates are a child's only")?))
}

fn ready(arena: &Arena) -> u64 {
    arena.cells.iter().filter(|cell| cell.ready.load(Relaxed) != 0).count() as u64
}

fn wait_at_gate(
    crowd: &mut Crowd,
    arena: &Arena,
    workers: u32,
    interrupted: &AtomicBool,
    lost: &mut Vec<String>,
    tell: &mut dyn FnMut(Progress),
) {
    let mut told = now_ns();
    while ready(arena) + (lost.len() as u64) < u64::from(workers) && !interrupted.load(Relaxed) {
        hear_of_lost(crowd, lost, tell);
        std::thread::sleep(LOOK);
        if now_ns() - told > SECOND {
            told = now_ns();
            tell(Progress::Gathering { ready: ready(arena), of: u64::from(workers) });
        }
    }
}

fn hear_of_lost(crowd: &mut Crowd, lost: &mut Vec<String>, tell: &mut dyn FnMut(Progress)) {
    for worker in crowd.reap() {
        tell(Progress::Lost { worker: worker.clone() });
        lost.push(worker);
    }
}

/// Waits until all workers are done, lets them go, and waits until they are gone.
fn wait_for_last(
    crowd: &mut Crowd,
    arena: &Arena,
    exit: Gate,
    stopping: bool,
    lost: &mut Vec<String>,
    tell: &mut dyn FnMut(Progress),
) {
    let mut exit = Some(exit);
    let began = now_ns();
    let mut told = began;
    let mut woken = 0;
    loop {
        hear_of_lost(crowd, lost, tell);
        let waited = now_ns() - began;
        if crowd.alive() == 0 || waited > GRACE_NS + LEAVE_NS {
            return;
        }
        let done = arena.cells.iter().filter(|cell| cell.ready.load(Relaxed) == 2).count();
        if done + lost.len() >= arena.cells.len() || waited > GRACE_NS {
            exit.take().into_iter().for_each(Gate::open);
        }
        // Again and again, because a worker may have been on its way into a lock wait when the last one came.
        if stopping && now_ns() - woken > SECOND / 4 {
            woken = now_ns();
            crowd.wake();
        }
        if now_ns() - told > SECOND {
            told = now_ns();
            tell(Progress::Ending { working: crowd.alive() as u64 });
        }
        std::thread::sleep(LOOK);
    }
}

/// CPU time of the driver so far, user and system.
fn driver_cpu_ns() -> Option<u64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    u64::try_from(micros).ok().map(|micros| micros * 1000)
}
