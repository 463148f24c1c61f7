//! How long until the workers are ready, and what a worker costs in memory, against the bare loop.
//! Pairs of bare and mapstorm, one after the other, so that both see the same machine.

use std::{fs, sync::atomic::AtomicBool};

#[cfg(target_os = "linux")]
use anyhow::Context;
use mapstorm::internals::driver::{Extras, Files, Progress, run};
#[cfg(target_os = "linux")]
use procfs::{Current, Meminfo};

use crate::{
    bare::Bare,
    figures::{Figure, Goal},
    setup::Setup,
};

/// Memory that processes and their page tables take, without the page cache: bytes.
#[cfg(target_os = "linux")]
fn taken_memory() -> anyhow::Result<f64> {
    let facts = Meminfo::current()?;
    let taken = [Some(facts.anon_pages.context("no AnonPages")?), facts.shmem, facts.page_tables, facts.kernel_stack];
    Ok(taken.into_iter().flatten().chain([facts.slab]).sum::<u64>() as f64)
}

/// Other systems do not tell it apart from the page cache.
#[cfg(not(target_os = "linux"))]
fn taken_memory() -> anyhow::Result<f64> {
    anyhow::bail!("what processes take without the page cache is told by Linux alone")
}

pub fn measure(setup: &Setup) -> anyhow::Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(".")?;
    let mut figures = Vec::new();
    for (what, prefault, goal) in [("mapping only", "none", 1.2), ("touching all", "touch", 1.05)] {
        let scenario = setup.idle_workers(&format!("prefault = \"{prefault}\""), "2s", "100ms")?;
        let files = Files::make(&scenario, directory.path(), false, &AtomicBool::new(false))?;
        fs::read(&files.paths[0])?;
        let (mut ratios, mut bare_s, mut ours_s, mut memory) = (vec![], vec![], vec![], vec![]);
        for _ in 0..setup.pairs {
            let before = taken_memory()?;
            let bare = Bare::gather(&files.paths[0], setup.workers, prefault == "touch")?;
            let bare_memory = taken_memory()? - before;
            bare_s.push(bare.ready_ns as f64 / 1e9);
            bare.end()?;

            let before = taken_memory()?;
            let mut with_workers = f64::NAN;
            let ours = run(&scenario, &files, Extras::default(), &AtomicBool::new(false), &mut |progress| {
                if matches!(progress, Progress::WarmingUp { .. }) {
                    with_workers = taken_memory().unwrap_or(f64::NAN);
                }
            })?;
            anyhow::ensure!(ours.lost.is_empty(), "lost {:?}", ours.lost);
            ours_s.push(ours.ready_ns as f64 / 1e9);
            ratios.push(ours_s[ours_s.len() - 1] / bare_s[bare_s.len() - 1]);
            memory.push((with_workers - before - bare_memory) / f64::from(setup.workers) / 1024.0);
        }
        let none = |name: String, values, unit| Figure { name, goal: Goal::None, values, unit };
        figures.push(none(format!("ready, {what}: bare loop"), bare_s, "s"));
        figures.push(none(format!("ready, {what}: mapstorm"), ours_s, "s"));
        let name = format!("ready, {what}: mapstorm / bare");
        figures.push(Figure { name, goal: Goal::AtMost(goal), values: ratios, unit: "" });
        let name = format!("memory a worker beyond the bare loop's, {what}");
        figures.push(Figure { name, goal: Goal::AtMost(32.0), values: memory, unit: "KiB" });
    }
    Ok(figures)
}
