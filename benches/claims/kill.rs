//! How long workers outlive a driver that was killed without a warning.
//! The driver is a child of this benchmark; the workers are looked for in /proc by their names.

use std::{
    fs,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use anyhow::ensure;
use mapstorm::internals::{
    driver::{Files, Progress, run},
    os::{fork::fork_worker, shared::Shared},
    shm::WorkerCell,
};
use nix::sys::{
    signal::{Signal, kill},
    wait::waitpid,
};

use crate::{
    bare::Bare,
    figures::{Figure, Goal},
    setup::Setup,
};

/// Workers in /proc that are not zombies waiting for their new parent.
fn alive() -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir("/proc")?.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(|digit: char| digit.is_ascii_digit()) {
            continue;
        }
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        count += usize::from(stat.contains("(mapstorm-r") && !stat.contains(") Z"));
    }
    Ok(count)
}

pub fn measure(setup: &Setup) -> anyhow::Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(".")?;
    let mut figures = Vec::new();
    for (what, prefault) in [("mapping only", "none"), ("all pages touched", "touch")] {
        let scenario = setup.idle_workers(&format!("prefault = \"{prefault}\""), "60s", "1s")?;
        let files = Files::make(&scenario, directory.path(), false, &AtomicBool::new(false))?;
        let mut seconds = Vec::new();
        for _ in 0..setup.pairs.min(3) {
            let started = Shared::<WorkerCell>::zeroed(1)?;
            let driver = fork_worker(|| {
                let outcome = run(&scenario, &files, &AtomicBool::new(false), &mut |progress| {
                    if matches!(progress, Progress::WarmingUp { .. }) {
                        started[0].is_ready();
                    }
                });
                i32::from(outcome.is_err())
            })?;
            while started[0].ready.load(std::sync::atomic::Ordering::Relaxed) == 0 {
                std::thread::sleep(Duration::from_millis(10));
            }
            let there = alive()?;
            ensure!(there == setup.workers as usize, "{there} of {} workers are there", setup.workers);
            kill(driver, Signal::SIGKILL)?;
            let killed = Instant::now();
            waitpid(driver, None)?;
            while alive()? > 0 {
                ensure!(killed.elapsed() < Duration::from_secs(60), "workers outlive their driver");
                std::thread::sleep(Duration::from_millis(5));
            }
            seconds.push(killed.elapsed().as_secs_f64());
        }
        let bare = Bare::gather(&files.paths[0], setup.workers, prefault == "touch")?;
        let began = Instant::now();
        bare.end()?;
        let name = format!("for comparison: exit of bare workers, {what}");
        figures.push(Figure { name, goal: Goal::None, values: vec![began.elapsed().as_secs_f64()], unit: "s" });
        let name = format!("last worker gone after the driver's SIGKILL, {what}");
        figures.push(Figure { name, goal: Goal::AtMost(1.0), values: seconds, unit: "s" });
    }
    Ok(figures)
}
