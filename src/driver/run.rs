//! One run from the first fork to the last figure: gather the crowd, open the gate, watch, wait for the last, sum up.
//! The driver sleeps but for a look at every interval's end; it has one thread.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail};
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
    supervise::{Patience, Supervisor},
    times::Times,
    trace::{TraceCommand, Tracer},
    watch::Watch,
};
use crate::{
    driver::outcome::Outcome,
    os::{clock::now_ns, process, signal, title::Title},
    scenario::Scenario,
    shm::WorkerCell,
};

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
    let workers = scenario.workers_total();
    let arena = Arena::new(scenario)?;
    let gates = Gates::shut()?;
    signal::interrupt_on_wake()?;
    // Best effort: without exact timers every wake-up is up to 50 µs late, which the late series then shows.
    let _ = process::exact_timers();

    let first_fork = now_ns();
    let title = Title::find();
    let (probes, gates) = fork_probes(scenario, &arena, title.as_ref(), gates)?;
    let inheritance = Inheritance { scenario, files, arena: &arena, title: title.as_ref() };
    let (crowd, gates) = fork_all(&inheritance, gates, interrupted, tell)?;
    let mut all = Supervisor::new(scenario, &arena, crowd, probes, Patience::with(scenario, files));
    all.wait_at_start(interrupted, tell);
    let ready_ns = now_ns() - first_fork;
    if all.crowd.alive() == 0 && !interrupted.load(Relaxed) {
        let lost = all.lost();
        bail!(
            "no worker lived until the gate: {}",
            lost.first().map_or("there is none in the scenario", String::as_str)
        );
    }

    // After the last fork: a worker must not inherit what it writes to.
    let file = files.paths.first().map(|path| path.as_path());
    let trace = trace.filter(|_| !interrupted.load(Relaxed));
    let mut gates = Some(gates);
    let leave = || drop(gates.take());
    let start = |trace| Tracer::start(trace, all.crowd.group(), file, title.as_ref(), leave);
    let mut tracer = trace.map(start).transpose()?;
    let gates = gates.context("the gates are a child's only")?;

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
    while now_ns() < times.end_ns && !interrupted.load(Relaxed) && all.crowd.alive() > 0 {
        watch.sleep_and_look(gatherer.as_ref().map_or(u64::MAX, Gatherer::next_ns), tell);
        all.hear_of_lost(tell);
        if let Some(worker) = tracer.as_mut().and_then(Tracer::has_just_ended) {
            tell(Progress::Lost { worker });
        }
        if let Some(gatherer) = &mut gatherer {
            gatherer.look(now_ns(), &mut all.crowd);
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
    let trace = tracer.map(|tracer| {
        let (trace, trouble) = tracer.stop(times.measure_ns);
        troubles.extend(trouble);
        trace
    });
    all.wait_for_last(gates.exit, was_interrupted, tell);

    let interrupted_in = (was_interrupted && measured_ns == 0).then(|| times.phase_at(work_ended));
    if measured_ns == 0 && !was_interrupted {
        let lost = all.lost();
        bail!(
            "nothing was measured: all {} workers were lost before measuring began; the first: {}",
            workers,
            lost.first().map_or("unknown", String::as_str)
        );
    }

    let ended = watch.finish(work_ended);
    let mut evidence = gatherer.map(Gatherer::finish);
    if let Some(evidence) = &mut evidence {
        all.mark(&mut evidence.bystanders);
    }
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
        lost: all.lost(),
        interrupted: was_interrupted,
        interrupted_in,
        troubles,
        page_table_bytes: ended.intervals.iter().filter_map(|interval| interval.page_table_bytes).max(),
        load_average,
        driver_cpu_ns,
        driven_ns,
        measured: ended.measured,
        intervals: ended.intervals,
        slots: arena.grid.read(&arena.slots),
        monotonic_began_ns: times.measure_ns,
        evidence,
        trace,
    })
}

/// Forks the noise probes, if evidence is wanted. The gates come back as from [`fork_all`].
fn fork_probes(
    scenario: &Scenario,
    arena: &Arena,
    title: Option<&Title>,
    gates: Gates,
) -> anyhow::Result<(Crowd, Gates)> {
    let mut probes = Crowd::new(bystander::NAMES.len() as u32)?;
    let mut gates = Some(gates);
    for number in (0..bystander::NAMES.len()).filter(|_| scenario.run.evidence) {
        let name = Name { kind: Kind::Bystander, number: number as u32, instance: 0 };
        let label = name.label();
        probes.fork(name, |_| bystander::live(number, &label, title, &scenario.run, arena, gates.take()))?;
    }
    Ok((probes, gates.context("the gates are a child's only")?))
}

/// Forks readers, then writers. The gates come back for the driver to open: each child keeps a copy of its own.
fn fork_all(
    inheritance: &Inheritance<'_>,
    gates: Gates,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(Progress),
) -> anyhow::Result<(Crowd, Gates)> {
    let Inheritance { scenario, arena, .. } = *inheritance;
    let workers = scenario.workers_total();
    let mut crowd = Crowd::new(workers)?;
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
        crowd.fork(name, |words| inheritance.live(name, &label, gates.take(), words))?;
        if now_ns() - told > SECOND {
            told = now_ns();
            let ready = arena.cells.iter().filter(|cell| cell.ready.load(Relaxed) != 0).count() as u64;
            tell(Progress::Gathering { ready, of: u64::from(workers) });
        }
    }
    Ok((crowd, gates.take().context("the gates are a child's only")?))
}

/// CPU time of the driver so far, user and system.
fn driver_cpu_ns() -> Option<u64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    u64::try_from(micros).ok().map(|micros| micros * 1000)
}
