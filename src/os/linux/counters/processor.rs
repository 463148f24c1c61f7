//! `/proc/stat`: where the CPUs' time went (steal: to other guests of the hypervisor), switches, and who could run or was blocked.

use nix::unistd::{SysconfVar, sysconf};

use super::{Column, ProcFile, Source, Subject, Told, field};

/// Places in the line `cpu` (proc(5)); all CPUs together.
const TIMES: [(usize, &str); 6] = [
    (0, "cpu_user_us"),
    (2, "cpu_system_us"),
    (3, "cpu_idle_us"),
    (4, "cpu_iowait_us"),
    (6, "cpu_softirq_us"),
    (7, "cpu_steal_us"),
];

struct Processor {
    file: ProcFile,
    us_per_tick: u64,
}

pub fn open(_: Subject<'_>) -> Told<Box<dyn Source>> {
    let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten().map_or(100, |ticks| ticks.max(1) as u64);
    let mut file = ProcFile::open("/proc/stat", "mount /proc")?;
    file.read().ok_or("/proc/stat: cannot be read")?;
    Ok(Box::new(Processor { file, us_per_tick: 1_000_000 / ticks }))
}

impl Source for Processor {
    fn columns(&self) -> Vec<Column> {
        let times = TIMES.iter().map(|(_, name)| Column::counted(name));
        let others = [Column::counted("context_switches"), Column::level("runnable"), Column::level("blocked")];
        times.chain(others).collect()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        let text = self.file.read().unwrap_or("");
        let times: Vec<u64> =
            text.lines().next().unwrap_or("").split_whitespace().skip(1).map_while(|time| time.parse().ok()).collect();
        values.extend(TIMES.iter().map(|(place, _)| times.get(*place).map(|ticks| ticks * self.us_per_tick)));
        values.extend(["ctxt", "procs_running", "procs_blocked"].map(|name| field(text, name)));
    }
}
