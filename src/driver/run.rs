//! One run from the first fork to the last figure: gather the workers, measure, drain (wait for the last), sum up.
//! The driver sleeps but for a sample at every interval's end; it has one thread.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::arena::Arena;
use super::evidence::EvidenceCollector;
use super::in_flight::OpenOperations;
use super::members::{Kind, Members, Name};
use super::process_group::{OomFirst, ProcessGroup};
use super::progress::OnceASecond;
use super::supervise::{Patience, Supervisor};
use super::times::Times;
use super::tlb_price::tlb_interrupt_ns;
use super::trace::{TraceCommand, Tracer};
use super::watch::Watch;
use super::worker_main::{Barriers, Inheritance};
use super::{Files, Progress, noise_probe};
use crate::driver::outcome::Outcome;
use crate::os::barrier::Barrier;
use crate::os::clock::now_ns;
use crate::os::counters::Counters;
use crate::os::{bus_guard, process, signal};
use crate::scenario::Scenario;
use crate::shm::WorkerCell;

/// Before a run, what a TLB interrupt costs is measured for so long, but for no more than a twentieth of the run.
const HALF_A_SECOND: u64 = 500_000_000;

/// What a run may have beyond its scenario and files.
#[derive(Default)]
pub struct Extras<'a> {
    /// A command that traces, from when the workers are at the start barrier until the end of the measured span.
    pub trace: Option<TraceCommand<'a>>,
    /// What a TLB interrupt costs its receiver, nanoseconds, where that is known; else it is measured before the run.
    pub tlb_interrupt_ns: Option<f64>,
}

/// Makes a run. `interrupted` is set by the caller's signal handler; `on_progress` is called about once a second.
pub fn run(
    scenario: &Scenario,
    files: &Files,
    extras: Extras<'_>,
    interrupted: &AtomicBool,
    on_progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Outcome> {
    let arena = Arena::new(scenario)?;
    signal::interrupt_on_wake()?;
    bus_guard::install();
    // Best effort: without exact timers every wake-up has a delay of up to 50 µs, which the start delay shows.
    let _ = process::exact_timers();
    let names = files.paths.iter().map(|path| CString::new(path.as_os_str().as_bytes()));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let inherited = Inheritance { scenario, files, names: &names, arena: &arena };
    let mut gathered = gather(&inherited, extras, interrupted, on_progress)?;
    let measured = measure(&inherited, &mut gathered, interrupted, on_progress)?;
    drain(&inherited, gathered, measured, on_progress)
}

struct Gathered<'a> {
    processes: Supervisor<'a>,
    /// Taken when it is opened.
    start: Option<Barrier>,
    exit: Barrier,
    tracer: Option<Tracer<'a>>,
    counters: Option<Counters>,
    /// What a TLB interrupt costs, nanoseconds; `None`: no evidence is wanted.
    price: Option<Result<f64, String>>,
    ready_ns: u64,
}

/// Forks all processes, and waits until all workers are at the start barrier.
fn gather<'a>(
    inherited: &Inheritance<'a>,
    Extras { trace, tlb_interrupt_ns: known }: Extras<'a>,
    interrupted: &AtomicBool,
    on_progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Gathered<'a>> {
    let Inheritance { scenario, files, arena, .. } = *inherited;
    let measured = || tlb_interrupt_ns(HALF_A_SECOND.min(scenario.run.duration_ns / 20));
    let price = scenario.run.evidence.then(|| known.map_or_else(measured, Ok));
    let first_fork = now_ns();
    arena.touch_records();
    // An option, because a child consumes its copy of the barriers, and the driver keeps its own.
    let mut barriers = Some(Barriers::shut()?);
    let probes = fork_probes(inherited, &mut barriers)?;
    let workers = fork_workers(inherited, &mut barriers, interrupted, on_progress)?;
    let mut processes = Supervisor::new(scenario, arena, workers, probes, Patience::with(scenario, files));
    processes.wait_at_start(interrupted, on_progress);
    let ready_ns = now_ns() - first_fork;
    if processes.workers.alive() == 0 && !interrupted.load(Relaxed) {
        let lost = processes.lost();
        let why = lost.first().map_or("there is none in the scenario", String::as_str);
        bail!("no worker lived until the start barrier: {why}");
    }
    // After the last fork: a worker must not inherit what the tracer writes to, nor the counters.
    let file = files.paths.first().map(|path| path.as_path());
    let leave = || drop(barriers.take());
    let start = |trace| Tracer::start(trace, processes.workers.group, file, leave);
    let tracer = trace.filter(|_| !interrupted.load(Relaxed)).map(start).transpose()?;
    // While all workers are at the barrier, because a kernel that patches itself for probes stops every CPU repeatedly.
    let counters = scenario.run.evidence.then(|| EvidenceCollector::open(files));
    let Barriers { start, exit } = barriers.context("the barriers are a child's only")?;
    Ok(Gathered { processes, start: Some(start), exit, tracer, counters, price, ready_ns })
}

/// What the driver measured from the opening of the start barrier to the end of the measured span.
struct Measurement<'a> {
    times: Times,
    began: SystemTime,
    watch: Watch<'a>,
    evidence: Option<EvidenceCollector<'a>>,
    measured_ns: u64,
    driven_ns: u64,
    driver_cpu_ns: Option<u64>,
    load_average: Option<f64>,
    interrupted: bool,
    ended_ns: u64,
    open: OpenOperations,
}

/// Opens the start barrier, and samples until the time is over, no worker is left, or a signal comes.
fn measure<'a>(
    inherited: &Inheritance<'a>,
    gathered: &mut Gathered<'a>,
    interrupted: &AtomicBool,
    on_progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Measurement<'a>> {
    let Inheritance { scenario, arena, .. } = *inherited;
    let Gathered { processes, tracer, .. } = gathered;
    // Far enough ahead that every worker is awake before its first arrival.
    let start_ns = now_ns() + 10_000_000 + u64::from(scenario.workers_total()) * 20_000;
    arena.run_control().start_at(start_ns);
    gathered.start.take().context("the start barrier is open already")?.open();
    let (busy_before, driven_from) = (driver_cpu_ns(), now_ns());
    let times = Times::of(&scenario.run, start_ns);
    let began = SystemTime::now() + Duration::from_nanos(times.measure_ns.saturating_sub(now_ns()));
    let mut watch = Watch::new(scenario, arena, &times);
    let counters = gathered.counters.take();
    let mut evidence = counters.map(|counters| EvidenceCollector::new(scenario, arena, &times, counters));
    while now_ns() < times.end_ns && !interrupted.load(Relaxed) && processes.workers.alive() > 0 {
        watch.sleep_and_sample(evidence.as_ref().map_or(u64::MAX, EvidenceCollector::next_ns), on_progress);
        processes.reap_lost(on_progress);
        if let Some(worker) = tracer.as_mut().and_then(Tracer::has_just_ended) {
            on_progress(Progress::Lost { worker });
        }
        if let Some(evidence) = &mut evidence {
            evidence.sample_if_due(now_ns(), &mut processes.workers);
        }
    }
    let ended_ns = now_ns();
    let measurement = Measurement {
        measured_ns: ended_ns.min(times.end_ns).saturating_sub(times.measure_ns),
        driven_ns: ended_ns - driven_from,
        driver_cpu_ns: driver_cpu_ns().zip(busy_before).map(|(now, before)| now.saturating_sub(before)),
        load_average: process::load_average(),
        interrupted: interrupted.load(Relaxed),
        open: OpenOperations::at(arena, ended_ns),
        ended_ns,
        times,
        began,
        watch,
        evidence,
    };
    if measurement.interrupted {
        arena.run_control().stop();
    }
    Ok(measurement)
}

/// Stops the tracer, waits for the last worker, and sums up.
fn drain(
    inherited: &Inheritance<'_>,
    gathered: Gathered<'_>,
    measured: Measurement<'_>,
    on_progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Outcome> {
    let Inheritance { scenario, arena, .. } = *inherited;
    let Gathered { mut processes, exit, tracer, price, ready_ns, .. } = gathered;
    let Measurement { times, measured_ns, interrupted, .. } = measured;
    // Workers that are done stay until it has ended, so that it does not trace their end.
    let (trace, trouble) = tracer.map(|tracer| tracer.stop(times.measure_ns)).unzip();
    processes.wait_for_last(exit, interrupted, on_progress);
    if measured_ns == 0 && !interrupted {
        let lost = processes.lost();
        bail!(
            "nothing was measured: all {} workers were lost before measuring began; the first: {}",
            scenario.workers_total(),
            lost.first().map_or("unknown", String::as_str)
        );
    }
    let lost_in = std::mem::take(&mut processes.lost_in);
    let in_flight = measured.open.settle(lost_in, scenario, arena, times.measure_ns);
    let (intervals, totals) = measured.watch.finish(measured.ended_ns);
    let mut evidence = measured.evidence.map(EvidenceCollector::finish);
    if let Some(evidence) = &mut evidence {
        processes.mark_lost(&mut evidence.noise_probes);
        evidence.tlb_interrupt_ns = price.unwrap_or_else(|| Err("it was not measured".to_owned()));
    }
    let (reader_cells, writer_cells) = arena.cells.split_at(scenario.readers.count as usize);
    let sum =
        |field: fn(&WorkerCell) -> u64| [reader_cells, writer_cells].map(|cells| cells.iter().map(field).sum::<u64>());
    let first_error = arena.cells.iter().find(|cell| cell.errors.load(Relaxed) > 0);
    Ok(Outcome {
        began: measured.began,
        ready_ns,
        measured_ns,
        due: sum(|cell| cell.due.load(Relaxed)),
        completed: sum(|cell| cell.completed.load(Relaxed)),
        stalls: sum(|cell| cell.stalls.load(Relaxed)),
        in_flight,
        errors: arena.cells.iter().map(|cell| cell.errors.load(Relaxed)).sum(),
        first_error: first_error.map(|cell| (cell.error_number.load(Relaxed), cell.error_offset.load(Relaxed))),
        lost: processes.lost(),
        interrupted,
        interrupted_in: (interrupted && measured_ns == 0).then(|| times.phase_at(measured.ended_ns)),
        troubles: trouble.flatten().into_iter().collect(),
        page_table_bytes: intervals.iter().filter_map(|interval| interval.page_table_bytes).max(),
        load_average: measured.load_average,
        driver_cpu_ns: measured.driver_cpu_ns,
        driven_ns: measured.driven_ns,
        measured: totals,
        intervals,
        slots: arena.grid.read(&arena.slots),
        monotonic_began_ns: times.measure_ns,
        evidence,
        trace,
    })
}

/// Forks the noise probes, if evidence is wanted. Each child takes the barriers and keeps a copy of its own.
fn fork_probes(inherited: &Inheritance<'_>, barriers: &mut Option<Barriers>) -> anyhow::Result<ProcessGroup> {
    let mut probes = ProcessGroup::new(noise_probe::NAMES.len() as u32)?;
    for number in (0..noise_probe::NAMES.len()).filter(|_| inherited.scenario.run.evidence) {
        let name = Name { kind: Kind::NoiseProbe, number: number as u32, instance: 0 };
        probes.fork(name, |_| noise_probe::probe_main(number, inherited, barriers.take()))?;
    }
    Ok(probes)
}

fn fork_workers(
    inherited: &Inheritance<'_>,
    barriers: &mut Option<Barriers>,
    interrupted: &AtomicBool,
    on_progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<ProcessGroup> {
    let Inheritance { scenario, arena, .. } = *inherited;
    let total = scenario.workers_total();
    let mut workers = ProcessGroup::new(total)?;
    // A writer that stops thousands of workers at every commit would take the driver's CPU.
    workers.counts_stops = !scenario.writer.emulate.stops_mappers();
    let _oom = OomFirst::new();
    let mut report = OnceASecond::new(now_ns());
    for members in Members::of(scenario).into_iter().take_while(|_| !interrupted.load(Relaxed)) {
        workers.fork(members, |message| inherited.process_main(members, barriers.take(), message))?;
        if report.is_due(now_ns()) {
            let ready = arena.cells.iter().filter(|cell| cell.ready.load(Relaxed) != 0).count() as u64;
            on_progress(Progress::Gathering { ready, of: u64::from(total) });
        }
    }
    Ok(workers)
}

/// CPU time of the driver so far, user and system.
fn driver_cpu_ns() -> Option<u64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    u64::try_from(micros).ok().map(|micros| micros * 1000)
}
