//! How long workers outlive a driver that was killed without a warning, against the bare loop's workers, in pairs.
//! Each driver is a child of this benchmark. All that it forks hold the write end of a pipe, which closes when the last of them has given up
//! its memory: nobody has to look for them in /proc, which would cost each of them more than its exit.

use std::{
    fs::File,
    io::Read,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

use anyhow::ensure;
use mapstorm::internals::{
    driver::{Extras, Files, Progress, run},
    os::{fork::fork_worker, shared::Shared},
    shm::WorkerCell,
};
use nix::{
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::pipe,
};

use crate::{
    bare::Bare,
    figures::{Figure, Goal},
    setup::Setup,
};

/// Seconds from a driver's SIGKILL until all that it forked are gone. `drive` is what it does: it gathers workers, says that they are
/// there, and stays.
fn gone_after(drive: impl FnOnce(&dyn Fn()) -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let started = Shared::<WorkerCell>::zeroed(1)?;
    let (read, write) = pipe()?;
    let driver = fork_worker(|| i32::from(drive(&|| started[0].set_ready()).is_err()))?;
    drop(write);
    while started[0].ready.load(Relaxed) == 0 {
        ensure!(waitpid(driver, Some(WaitPidFlag::WNOHANG))? == WaitStatus::StillAlive, "the driver has ended");
        std::thread::sleep(Duration::from_millis(10));
    }
    kill(driver, Signal::SIGKILL)?;
    let killed = Instant::now();
    File::from(read).read_to_end(&mut Vec::new())?;
    let seconds = killed.elapsed().as_secs_f64();
    waitpid(driver, None)?;
    Ok(seconds)
}

pub fn measure(setup: &Setup) -> anyhow::Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(".")?;
    let mut figures = Vec::new();
    for (what, prefault) in [("mapping only", "none"), ("all pages touched", "touch")] {
        let scenario = setup.idle_workers(&format!("prefault = \"{prefault}\""), "60s", "1s")?;
        let files = Files::make(&scenario, directory.path(), false, &AtomicBool::new(false))?;
        let (mut bare_s, mut ours_s, mut ratios) = (vec![], vec![], vec![]);
        for _ in 0..setup.pairs {
            let bare = gone_after(|are_there| {
                let _bare = Bare::gather(&files.paths[0], setup.workers, prefault == "touch")?;
                are_there();
                std::thread::sleep(Duration::from_secs(600));
                Ok(())
            })?;
            let ours = gone_after(|are_there| {
                let outcome = run(&scenario, &files, Extras::default(), &AtomicBool::new(false), &mut |progress| {
                    if matches!(progress, Progress::WarmingUp { .. }) {
                        are_there();
                    }
                })?;
                ensure!(outcome.lost.is_empty(), "lost {:?}", outcome.lost);
                Ok(())
            })?;
            bare_s.push(bare);
            ours_s.push(ours);
            ratios.push(ours / bare);
        }
        let figure = |who: &str, goal, values, unit| Figure {
            name: format!("last worker gone after its driver's SIGKILL, {what}: {who}"),
            goal,
            values,
            unit,
        };
        figures.push(figure("bare loop", Goal::None, bare_s, "s"));
        figures.push(figure("mapstorm", Goal::AtMost(1.0), ours_s, "s"));
        figures.push(figure("mapstorm / bare", Goal::AtMost(1.15), ratios, ""));
    }
    Ok(figures)
}
