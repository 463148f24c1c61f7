//! What recording costs: a closed loop with and without it, the same clock reads in both.
//! Once around nothing but a touched page, once around a worker's shortest real operation.

use std::hint::black_box;

use mapstorm::{
    mailboxes::{Database, LockKind, OpenMode, OpenOptions, Phase, PhaseClock, RemapRule},
    os::{clock::now_ns, shared::Shared},
    record::{READER_PHASES, Series, SharedHistogram, SharedSlot, SlotCounter, SlotGrid, WorkerCell},
    workload::{Recorder, Stopwatch},
};

use crate::{
    figures::{Figure, Goal},
    setup::Setup,
};

const OPERATIONS: u32 = 1_000_000;

/// Nanoseconds an operation, over many of them.
fn closed_loop(recorder: &mut Option<Recorder<'_>>, mut operation: impl FnMut(&mut Stopwatch)) -> f64 {
    let began = now_ns();
    for _ in 0..OPERATIONS {
        let start = now_ns();
        let mut watch = Stopwatch::started(start);
        operation(&mut watch);
        let end = watch.last_ns();
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
    let scenario = setup.idle_crowd("", "0s", "1s")?;
    let files = mapstorm::driver::Files::make(&scenario, directory.path(), false)?;
    let options = OpenOptions {
        format: files.format,
        mode: OpenMode::ReadWrite,
        lock: LockKind::Fcntl,
        remap: RemapRule::WhenNeeded,
        sync: true,
        seed: 1,
    };
    let mut database = Database::open(&files.paths[0], options)?;
    let histograms = Shared::<SharedHistogram>::zeroed(Series::count(&READER_PHASES))?;
    let cells = Shared::<WorkerCell>::zeroed(1)?;
    let grid = SlotGrid::over(600_000_000_000, 1);
    let slots = Shared::<SharedSlot>::zeroed(grid.length)?;
    let page = vec![7u8; 4096];
    let key = files.keys[0].get(0).to_vec();

    let mut touch = (vec![], vec![], vec![]);
    let mut lookup = (vec![], vec![], vec![]);
    for _ in 0..setup.pairs {
        for (figures, real) in [(&mut touch, false), (&mut lookup, true)] {
            let mut failed = false;
            let mut operation = |watch: &mut Stopwatch| {
                if real {
                    failed |= database.lookup(&key, watch).is_err();
                } else {
                    black_box(page[black_box(100)]);
                    watch.ended(Phase::Search);
                }
            };
            let bare = closed_loop(&mut None, &mut operation);
            let mut recorder = Some(Recorder {
                phases: &READER_PHASES,
                histograms: &histograms,
                cell: &cells[0],
                slots: SlotCounter::new(grid.starting_at(now_ns()), &slots),
                stall_ns: 20_000_000,
            });
            let recorded = closed_loop(&mut recorder, &mut operation);
            anyhow::ensure!(!failed, "a lookup failed");
            figures.0.push(bare);
            figures.1.push(recorded);
            figures.2.push(bare / recorded);
        }
    }
    let figure = |name: &str, goal, values, unit| Figure { name: name.to_owned(), goal, values, unit };
    Ok(vec![
        figure("a touched page and its clock reads", Goal::None, touch.0, "ns"),
        figure("the same, recorded", Goal::None, touch.1, "ns"),
        figure("rate with recording / without, touched page", Goal::AtLeast(0.9), touch.2, ""),
        figure("a twoskip lookup and its clock reads", Goal::None, lookup.0, "ns"),
        figure("the same, recorded", Goal::None, lookup.1, "ns"),
        figure("rate with recording / without, twoskip lookup", Goal::AtLeast(0.9), lookup.2, ""),
    ])
}
