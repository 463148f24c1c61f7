//! The counters of illumos: kernel statistics by CPU and of the whole system.
//! In a zone with a processor set of its own they are those of its CPUs; what a zone hides comes with that as the reason.

use super::{
    counters::{Open, Row, Source, open_files, or_absent},
    facts::{Column, Probe},
    illumos_facts::kstats::{CROSS_CALLS, Layout, OF_CPUS, OF_MEMORY, Statistic},
    kstat::Kstats,
    locks,
    pages::page_size,
};

pub(in crate::os) const SOURCES: [(&str, Open); 8] = [
    ("cross calls sent per CPU (kstat cpu:N:sys:xcalls)", |_| open_interrupts()),
    ("interrupts, switches, mutexes and rwlocks waited for, CPU time (kstat cpu:N:sys)", |_| of_cpus("sys", &OF_CPUS)),
    ("faults, scanning (kstat cpu:N:vm)", |_| of_cpus("vm", &OF_MEMORY)),
    ("processes, free memory (kstat unix:0)", |_| of_system()),
    ("size and identity of the files (stat)", open_files),
    ("busy time of the files' device", |_| absent(DEVICE, &["device_busy_us"])),
    ("lock holders and waiters on the files", |_| {
        absent(locks::OF_ILLUMOS, &["lock_waiters", "write_locks_of_others"])
    }),
    ("throttling by CPU caps", |_| absent(CAPS, &["cpu_quota_throttled_us"])),
];

/// The one that shows TLB shootdowns, as far as this system counts them: cross calls are counted where they are sent.
pub(in crate::os) fn open_interrupts() -> Source {
    of_cpus("sys", &CROSS_CALLS)
}

/// Probes of the kernel are DTrace's, which mapstorm does not drive.
pub(in crate::os) fn open_walks() -> Source {
    absent(PROBES, &["pagesync_walks"])
}

const PROBES: &str = "walks over mappers are not traced on illumos; run scripts/dtrace/pagesync.d at the same time";

/// What shows on a live machine how some processes fare.
pub(in crate::os) fn open_live(_: Option<u32>) -> Vec<Source> {
    vec![open_interrupts(), absent(CAPS, &["cpu_quota_periods", "cpu_quota_throttled_periods"])]
}

const CAPS: &str = "illumos counts time above a cap in whole seconds only: run `kstat -m caps` at the same time";
const DEVICE: &str = "which devices a ZFS pool lies on cannot be found by file; run `iostat -xn 1` at the same time";

fn absent(why: &str, names: &[&str]) -> Source {
    or_absent(Err(why.to_owned()), names.iter().map(|name| Column::counted(name)).collect())
}

fn of_cpus(name: &'static str, statistics: &'static [Statistic]) -> Source {
    or_absent(kstats_of_cpus(name, statistics), Layout::without_cpus(statistics))
}

fn kstats_of_cpus(name: &'static str, statistics: &'static [Statistic]) -> Probe<Source> {
    let kstats = Kstats::open()?;
    let cpus = kstats.cpus(name);
    if cpus.is_empty() {
        return Err(format!(
            "there is no kstat cpu:N:{name} in this zone; run in the global zone, or in one with CPUs of its own"
        ));
    }
    let layout = Layout::new(statistics, cpus);
    let why = format!("this kernel has no such statistic in kstat cpu:N:{name}");
    let columns = layout.columns(&row_of_cpus(&kstats, name, &layout), &why);
    Ok(Source::new(columns, move |_, row| row.extend(row_of_cpus(&kstats, name, &layout))))
}

fn row_of_cpus(kstats: &Kstats, name: &str, layout: &Layout) -> Row {
    let mut readings: Vec<(i32, String, u64)> = Vec::new();
    let keep = |cpu, statistic: &str, value| readings.push((cpu, statistic.to_owned(), value));
    kstats.visit("cpu", |_, found| found == name, keep);
    layout.row(readings.iter().map(|(cpu, name, value)| (*cpu, name.as_str(), *value)))
}

const OF_SYSTEM: [&str; 2] = ["processes", "free_bytes"];

fn of_system() -> Source {
    or_absent(kstats_of_system(), OF_SYSTEM.map(Column::level).to_vec())
}

fn kstats_of_system() -> Probe<Source> {
    let kstats = Kstats::open()?;
    let processes = |kstats: &Kstats| kstats.value("unix", 0, "system_misc", "nproc");
    let free = |kstats: &Kstats| Some(kstats.value("unix", 0, "system_pages", "freemem")? * page_size());
    processes(&kstats).ok_or("there is no kstat unix:0:system_misc in this zone")?;
    let mut columns = OF_SYSTEM.map(Column::level).to_vec();
    if free(&kstats).is_none() {
        let why = "there is no kstat unix:0:system_pages in this zone; run in the global zone";
        columns[1].unavailable = Some(why.to_owned());
    }
    Ok(Source::new(columns, move |_, row| row.extend([processes(&kstats), free(&kstats)])))
}
