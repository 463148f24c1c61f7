//! What recording costs: a closed loop with and without it, the same clock reads in both.
//! Once around nothing but a touched page, once around a worker's shortest real operation.

use std::{hint::black_box, sync::atomic::Ordering::Relaxed};

use mapstorm::internals::{
    mailboxes::{Database, LockKind, OpenMode, OpenOptions, Phase, PhaseClock, RemapRule},
    os::{clock::now_ns, shared::Shared},
    scenario::{Arrivals, Mix, ReaderOperation},
    shm::{
        READER_PHASES, RunControl, STALLS_OF_READER, Series, SharedHistogram, SharedSlot, SharedStall, SlotCounter,
        SlotGrid, StallCounts, StallLog, WorkerCell,
    },
    workload::{Plan, Recorder, Role, StallProfiler, Stopwatch, work},
};

use crate::{
    figures::{Figure, Goal},
    setup::Setup,
};

const OPERATIONS: u32 = 1_000_000;
const SPAN_NS: u64 = 1_000_000_000;

/// Nanoseconds an operation, over many of them.
fn closed_loop(recorder: &mut Option<Recorder<'_>>, mut operation: impl FnMut(&mut Stopwatch<'_>)) -> f64 {
    let began = now_ns();
    for _ in 0..OPERATIONS {
        let start = now_ns();
        let mut watch = Stopwatch::started(start, None);
        operation(&mut watch);
        let end = watch.last_ns;
        if let Some(recorder) = recorder {
            recorder.due(start);
            recorder.completed(0, &watch, start, start, end);
        }
        black_box(&watch);
    }
    (now_ns() - began) as f64 / f64::from(OPERATIONS)
}

pub fn measure(setup: &Setup) -> anyhow::Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(".")?;
    let scenario = setup.idle_workers("", "0s", "1s")?;
    let files = mapstorm::internals::driver::Files::make(
        &scenario,
        directory.path(),
        false,
        &std::sync::atomic::AtomicBool::new(false),
    )?;
    let options = OpenOptions {
        format: files.format,
        order: files.order,
        mode: OpenMode::ReadWrite,
        lock: LockKind::Fcntl,
        remap: RemapRule::WhenNeeded,
        sync: true,
        checkpoint: false,
        seed: 1,
    };
    let mut database = Database::open(&files.paths[0], options)?;
    let histograms = Shared::<SharedHistogram>::zeroed(ReaderOperation::ALL.len() * Series::count(&READER_PHASES))?;
    let cells = Shared::<WorkerCell>::zeroed(1)?;
    let grid = SlotGrid::over(600_000_000_000, 1);
    let slots = Shared::<SharedSlot>::zeroed(grid.length)?;
    let page = vec![7u8; 4096];
    let key = files.keys[0].get(0).to_vec();

    let recorder = |histograms, start_ns| Recorder {
        phases: &READER_PHASES,
        histograms,
        alone: false,
        closed: true,
        cell: &cells[0],
        slots: SlotCounter::new(grid.starting_at(start_ns), &slots),
        stall_ns: 20_000_000,
        control: None,
        unfinished: &[],
        end_ns: u64::MAX,
    };

    let mut touch = (vec![], vec![], vec![]);
    let mut shared = (vec![], vec![], vec![]);
    let mut lookup = (vec![], vec![], vec![]);
    for _ in 0..setup.pairs {
        for (figures, real, alone) in
            [(&mut touch, false, true), (&mut shared, false, false), (&mut lookup, true, false)]
        {
            let mut failed = false;
            let mut operation = |watch: &mut Stopwatch<'_>| {
                if real {
                    failed |= database.lookup(&key, watch).is_err();
                } else {
                    black_box(page[black_box(100)]);
                    watch.ended(Phase::Search);
                }
            };
            let bare = closed_loop(&mut None, &mut operation);
            let recorder = Recorder { alone, ..recorder(&histograms[..], now_ns()) };
            let recorded = closed_loop(&mut Some(recorder), &mut operation);
            anyhow::ensure!(!failed, "a lookup failed");
            figures.0.push(bare);
            figures.1.push(recorded);
            figures.2.push(bare / recorded);
        }
    }
    let mut worker = (vec![], vec![], vec![]);
    let mut evidence = vec![];
    let stall_counts = Shared::<StallCounts>::zeroed(1)?;
    let stalls = Shared::<SharedStall>::zeroed(STALLS_OF_READER)?;
    let unlocked = OpenOptions { lock: LockKind::None, ..options };
    let mut database = Database::open(&files.paths[0], unlocked)?;
    let mix = Mix::new(&[(ReaderOperation::Noop, 1.0)]).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let run_control = Shared::<RunControl>::zeroed(1)?;
    for _ in 0..setup.pairs {
        let mut rate = |histograms, profiler: Option<&StallProfiler<'_>>| {
            let start_ns = now_ns();
            let plan = Plan {
                arrivals: Arrivals::Closed { think_ns: 0 },
                seed: 1,
                keys: &files.keys[0],
                unmaps: 0,
                run_control: &run_control[0],
                start_ns,
                control_ns: start_ns..start_ns,
                measure_ns: start_ns,
                end_ns: start_ns + SPAN_NS,
            };
            let before = cells[0].completed.load(Relaxed);
            let mut recorder = recorder(histograms, start_ns);
            work(&plan, Role::Reader(&mix), &mut recorder, profiler, &mut database);
            SPAN_NS as f64 / (cells[0].completed.load(Relaxed) - before) as f64
        };
        let (bare, recorded) = (rate(&histograms[..0], None), rate(&histograms[..], None));
        let profiler = StallProfiler::new(StallLog::new(&stall_counts[0], &stalls), 20_000_000);
        let with_evidence = rate(&histograms[..], Some(&profiler));
        worker.0.push(bare);
        worker.1.push(recorded);
        worker.2.push(bare / recorded);
        evidence.push(recorded / with_evidence);
    }
    let figure = |name: &str, goal, values, unit| Figure { name: name.to_owned(), goal, values, unit };
    Ok(vec![
        figure("a touched page and its clock reads", Goal::None, touch.0, "ns"),
        figure("the same, recorded in a shard of its own", Goal::None, touch.1, "ns"),
        figure("rate with recording / without, touched page, own shard", Goal::None, touch.2, ""),
        figure("the same, recorded in a shard that others share", Goal::None, shared.1, "ns"),
        figure("rate with recording / without, shared shard", Goal::None, shared.2, ""),
        figure("a twoskip lookup and its clock reads", Goal::None, lookup.0, "ns"),
        figure("the same, recorded", Goal::None, lookup.1, "ns"),
        figure("rate with recording / without, twoskip lookup", Goal::AtLeast(0.9), lookup.2, ""),
        figure("a worker's closed loop without locks", Goal::None, worker.0, "ns"),
        figure("the same, recorded", Goal::None, worker.1, "ns"),
        figure("rate with recording / without, worker's closed loop", Goal::AtLeast(0.9), worker.2, ""),
        figure("rate with evidence / without, worker's closed loop", Goal::AtLeast(0.9), evidence, ""),
    ])
}
