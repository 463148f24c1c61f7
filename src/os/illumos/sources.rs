//! The counters of illumos: kernel statistics by CPU and of the whole system.
//! In a zone with a processor set of its own they are those of its CPUs; what a zone hides comes with that as the reason.

use super::{
    counters::{Open, Source, Subject, open_files, or_absent},
    facts::{Column, Probe},
    illumos_facts::kstats::{CROSS_CALLS, Layout, OF_CPUS, OF_MEMORY, Statistic},
    kstat::Kstats,
    pages::page_size,
};

pub(in crate::os) const SOURCES: [(&str, Open); 8] = [
    ("cross calls sent per CPU (kstat cpu:N:sys:xcalls)", |_| of_cpus("sys", &CROSS_CALLS)),
    ("interrupts, switches, mutexes and rwlocks waited for, CPU time (kstat cpu:N:sys)", |_| of_cpus("sys", &OF_CPUS)),
    ("faults, scanning (kstat cpu:N:vm)", |_| of_cpus("vm", &OF_MEMORY)),
    ("processes, free memory (kstat unix:0)", |_| of_system()),
    ("size and identity of the files (stat)", open_files),
    ("busy time of the files' device", |_| absent(DEVICE, &["device_busy_us"])),
    ("lock holders and waiters on the files", |_| absent(LOCKS, &["lock_waiters", "write_locks_of_others"])),
    ("throttling by CPU caps", |_| absent(CAPS, &["cpu_quota_throttled_us"])),
];

/// The one that shows TLB shootdowns, as far as this system counts them: cross calls are counted where they are sent.
pub(in crate::os) const INTERRUPTS: Open = |_: Subject<'_>| of_cpus("sys", &CROSS_CALLS);

const CAPS: &str = "illumos counts time above a cap in whole seconds only: look at `kstat -m caps` beside the run";
const DEVICE: &str = "which devices a ZFS pool lies on cannot be asked by file; look at `iostat -xn 1` beside the run";
const LOCKS: &str =
    "illumos has no list of file locks that a program can read; `pfiles PID` shows those of one process, `mdb -k` all";

fn absent(why: &str, names: &[&str]) -> Box<dyn Source> {
    or_absent(Err(why.to_owned()), names.iter().map(|name| Column::counted(name)).collect())
}

struct OfCpus {
    kstats: Kstats,
    name: &'static str,
    layout: Layout,
}

fn of_cpus(name: &'static str, statistics: &'static [Statistic]) -> Box<dyn Source> {
    or_absent(kstats_of_cpus(name, statistics), Layout::without_cpus(statistics))
}

fn kstats_of_cpus(name: &'static str, statistics: &'static [Statistic]) -> Probe<Box<dyn Source>> {
    let kstats = Kstats::open()?;
    let cpus = kstats.cpus(name);
    if cpus.is_empty() {
        return Err(format!(
            "there is no kstat cpu:N:{name} in this zone; run in the global zone, or in one with CPUs of its own"
        ));
    }
    let mut source = OfCpus { kstats, name, layout: Layout::new(statistics, cpus) };
    let mut values = Vec::new();
    source.read(&|_| false, &mut values);
    source.layout.mark_missing(&values, &format!("this kernel has no such statistic in kstat cpu:N:{name}"));
    Ok(Box::new(source))
}

impl Source for OfCpus {
    fn columns(&self) -> Vec<Column> {
        self.layout.columns()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        let mut readings: Vec<(i32, String, u64)> = Vec::new();
        self.kstats.each(
            "cpu",
            |_, name| name == self.name,
            |cpu, name, value| readings.push((cpu, name.to_owned(), value)),
        );
        values.extend(self.layout.row(readings.iter().map(|(cpu, name, value)| (*cpu, name.as_str(), *value))));
    }
}

struct OfSystem(Kstats);

const OF_SYSTEM: [&str; 2] = ["processes", "free_bytes"];

fn of_system() -> Box<dyn Source> {
    or_absent(kstats_of_system(), OF_SYSTEM.map(Column::level).to_vec())
}

fn kstats_of_system() -> Probe<Box<dyn Source>> {
    let kstats = Kstats::open()?;
    kstats.value("unix", 0, "system_misc", "nproc").ok_or("there is no kstat unix:0:system_misc in this zone")?;
    Ok(Box::new(OfSystem(kstats)))
}

impl Source for OfSystem {
    fn columns(&self) -> Vec<Column> {
        let processes = Column::level(OF_SYSTEM[0]);
        let free = Column::level(OF_SYSTEM[1]);
        let why = "there is no kstat unix:0:system_pages in this zone; run in the global zone";
        let is_told = self.0.value("unix", 0, "system_pages", "freemem").is_some();
        vec![processes, if is_told { free } else { free.unavailable(why) }]
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        let free = self.0.value("unix", 0, "system_pages", "freemem").map(|pages| pages * page_size());
        values.extend([self.0.value("unix", 0, "system_misc", "nproc"), free]);
    }
}
