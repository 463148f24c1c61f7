//! What the harness itself does to a machine while its readers sleep and nobody writes.
//! The control is bare workers in the same number, asleep at their barrier for the same time.

use std::{fs, sync::atomic::AtomicBool, time::Duration};

use anyhow::Context;
use mapstorm::internals::driver::{Extras, Files, Progress, run};

use crate::{
    bare::Bare,
    figures::{Figure, Goal, median},
    setup::Setup,
};

/// From the first to the last second told, of seven: not the end, when all workers wake and leave.
const SPAN: Duration = Duration::from_secs(5);

/// TLB shootdowns that CPUs have received so far: the sum of the TLB row of `/proc/interrupts`.
fn shootdowns() -> anyhow::Result<f64> {
    let text = fs::read_to_string("/proc/interrupts")?;
    let row = text.lines().find_map(|line| line.trim_start().strip_prefix("TLB:")).context("no TLB row")?;
    Ok(row.split_whitespace().map_while(|count| count.parse::<f64>().ok()).sum())
}

pub fn measure(setup: &Setup) -> anyhow::Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(".")?;
    let scenario = setup.idle_workers("", "2s", "7s")?;
    let files = Files::make(&scenario, directory.path(), false, &AtomicBool::new(false))?;
    let (mut control, mut ours, mut driver) = (vec![], vec![], vec![]);
    for _ in 0..setup.pairs {
        let bare = Bare::gather(&files.paths[0], setup.workers, false)?;
        std::thread::sleep(Duration::from_secs(2));
        let before = shootdowns()?;
        std::thread::sleep(SPAN);
        control.push(shootdowns()? - before);
        bare.end()?;

        let (mut first, mut last) = (None, f64::NAN);
        let outcome = run(&scenario, &files, Extras::default(), &AtomicBool::new(false), &mut |progress| {
            // Only while measuring: not the forks, not the exits.
            if let (Progress::Measuring(moment), Ok(count)) = (progress, shootdowns())
                && moment.elapsed_ns + 500_000_000 < moment.of_ns
            {
                first.get_or_insert(count);
                last = count;
            }
        })?;
        ours.push(last - first.context("the run told of no measured second")?);
        let busy = outcome.driver_cpu_ns.context("the system does not tell the driver's CPU time")?;
        driver.push(100.0 * busy as f64 / (outcome.measured_ns as f64 + 2e9));
    }
    // A few come from whatever else the machine does: a control that saw them is the measure.
    let allowed = control.iter().copied().fold(median(&control), f64::max) + 10.0;
    let figure = |name: &str, goal, values, unit| Figure { name: name.to_owned(), goal, values, unit };
    Ok(vec![
        figure("TLB shootdowns in 5 s, bare workers asleep", Goal::None, control, ""),
        figure("TLB shootdowns in 5 s, idle readers", Goal::AtMost(allowed), ours, ""),
        figure("driver's CPU time, share of one core", Goal::AtMost(2.0), driver, "%"),
    ])
}
