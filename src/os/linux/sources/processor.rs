//! `/proc/stat`: where the CPUs' time went (steal: to other guests of the hypervisor), switches, and who could run or was blocked.

use nix::unistd::{SysconfVar, sysconf};

use super::{
    Column, Source, Subject, field,
    texts::{Datum, Text},
};

/// Places in the line `cpu` (proc(5)); all CPUs together.
const TIMES: [(usize, &str); 6] = [
    (0, "cpu_user_us"),
    (2, "cpu_system_us"),
    (3, "cpu_idle_us"),
    (4, "cpu_iowait_us"),
    (6, "cpu_softirq_us"),
    (7, "cpu_steal_us"),
];

pub fn open(_: Subject<'_>) -> Box<dyn Source> {
    let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten().map_or(100, |ticks| ticks.max(1) as u64);
    let us_per_tick = 1_000_000 / ticks;
    let times = TIMES.map(|(place, name)| {
        let find = move |text: &str| {
            let ticks = text.lines().next()?.split_whitespace().nth(1 + place)?.parse::<u64>().ok()?;
            Some(ticks * us_per_tick)
        };
        Datum::new(Column::counted(name), &format!("{}. time in its line `cpu`", 1 + place), find)
    });
    let others = [
        (Column::counted("context_switches"), "ctxt"),
        (Column::level("runnable"), "procs_running"),
        (Column::level("blocked"), "procs_blocked"),
    ];
    let others = others.map(|(column, name)| Datum::new(column, name, move |text| field(text, name)));
    let why = "this kernel does not count it";
    Box::new(vec![Text::open("/proc/stat", "mount /proc", why, times.into_iter().chain(others).collect())])
}
