//! Texts of the proc file system with several figures: each figure is available or not by itself, because kernels and architectures
//! differ in what they write.

use nix::unistd::{SysconfVar, sysconf};

use super::{Column, Probe, ProcFile, Source, field, or_absent};
use crate::os::pages::page_size;

pub struct Figure {
    column: Column,
    /// What the text calls it.
    what: String,
    find: Box<Find>,
}

type Find = dyn Fn(&str) -> Option<u64>;

impl Figure {
    pub fn new(column: Column, what: impl Into<String>, find: impl Fn(&str) -> Option<u64> + 'static) -> Figure {
        Figure { column, what: what.into(), find: Box::new(find) }
    }
}

/// The figure of a line `name value`, in units of the column.
fn named(column: Column, name: &'static str, unit: u64) -> Figure {
    Figure::new(column, name, move |text| Some(field(text, name)? * unit))
}

/// Opens a text and finds out which of its figures are there. `remedy` is what would let it be read, `why` why a figure may be missing.
pub fn open(path: &str, remedy: &str, why: &str, figures: Vec<Figure>) -> Source {
    let columns = figures.iter().map(|figure| figure.column.clone()).collect();
    or_absent(readable(path, remedy, why, figures), columns)
}

fn readable(path: &str, remedy: &str, why: &str, figures: Vec<Figure>) -> Probe<Source> {
    let mut file = ProcFile::open(path, remedy)?;
    let text = file.read().ok_or_else(|| format!("{path}: cannot be read; {remedy}"))?;
    let columns = figures.iter().map(|Figure { column, what, find }| match find(text) {
        Some(_) => column.clone(),
        None => column.clone().unavailable(format!("{path} has no {what}: {why}")),
    });
    Ok(Source::new(columns.collect(), move |_, row| {
        let text = file.read();
        row.extend(figures.iter().map(|figure| (figure.find)(text?)));
    }))
}

/// `/proc/stat`: where the time of all CPUs went (steal: to other guests of the hypervisor), switches, and how many tasks could run
/// or were blocked.
pub fn open_stat() -> Source {
    let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten().map_or(100, |ticks| ticks.max(1) as u64);
    // Places in the line `cpu` (proc(5)).
    let times = [(0, "user"), (2, "system"), (3, "idle"), (4, "iowait"), (6, "softirq"), (7, "steal")];
    let times = times.map(|(place, name)| {
        let column = Column::counted(&format!("cpu_{name}_us"));
        Figure::new(column, format!("{}. time in its line `cpu`", 1 + place), move |text| {
            let time: u64 = text.lines().next()?.split_whitespace().nth(1 + place)?.parse().ok()?;
            Some(time * (1_000_000 / ticks))
        })
    });
    let others = [
        named(Column::counted("context_switches"), "ctxt", 1),
        named(Column::level("runnable"), "procs_running", 1),
        named(Column::level("blocked"), "procs_blocked", 1),
    ];
    open("/proc/stat", "mount /proc", "this kernel does not count it", times.into_iter().chain(others).collect())
}

/// `/proc/vmstat`: faults, reclaim, what is dirty or under write-back, and page tables.
pub fn open_vmstat() -> Source {
    let page = page_size();
    // pgfault counts major faults too.
    let minor = |text: &str| Some(field(text, "pgfault")?.saturating_sub(field(text, "pgmajfault")?));
    let figures = vec![
        Figure::new(Column::counted("minor_faults"), "pgfault or pgmajfault", minor),
        named(Column::counted("major_faults"), "pgmajfault", 1),
        named(Column::counted("direct_reclaim_pages"), "pgscan_direct", 1),
        named(Column::counted("background_reclaim_pages"), "pgscan_kswapd", 1),
        named(Column::counted("refaulted_file_pages"), "workingset_refault_file", 1),
        named(Column::level("dirty_bytes"), "nr_dirty", page),
        named(Column::level("writeback_bytes"), "nr_writeback", page),
        named(Column::level("page_table_bytes"), "nr_page_table_pages", page),
    ];
    let why = "this kernel does not count it under that name (the newest of them since Linux 5.9)";
    open("/proc/vmstat", "mount /proc", why, figures)
}

/// Pressure stall information: how long somebody (`some`) or everybody (`full`) waited for CPU, I/O or memory, in total.
/// `full` of the CPU is missing before Linux 5.13; since then it is zero for the whole machine, by definition.
pub fn open_pressure() -> Source {
    pressure_below("/proc/pressure")
}

fn pressure_below(directory: &str) -> Source {
    let remedy = "the kernel needs CONFIG_PSI, and psi=1 on its command line where that is off";
    let mut sources = ["cpu", "io", "memory"].map(|resource| {
        let figures = ["some", "full"].map(|kind| {
            let column = Column::counted(&format!("pressure_{resource}_{kind}_us"));
            Figure::new(column, format!("line `{kind}`"), move |text| stall_time(text, kind))
        });
        open(&format!("{directory}/{resource}"), remedy, "kernels before 5.13 have none for the CPU", figures.into())
    });
    let columns = sources.iter().flat_map(|source| source.columns.clone()).collect();
    Source::new(columns, move |ours, row| sources.iter_mut().for_each(|source| (source.read)(ours, row)))
}

/// Microseconds of a line such as `some avg10=0.00 avg60=0.00 avg300=0.00 total=7`.
fn stall_time(text: &str, kind: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.split(' ').next() == Some(kind))?;
    line.rsplit_once("total=")?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_figure_is_available_or_not_by_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vmstat");
        fs::write(&path, "pgfault 70\nnr_dirty 3\n").unwrap();
        let figures = || ["pgfault", "pgscan"].map(|name| named(Column::counted(name), name, 1)).into();
        let open = |path: &str| open(path, "mount it", "an old kernel", figures());
        let (mut there, mut missing) = (open(path.to_str().unwrap()), open("/no/such/text"));
        let why: Vec<_> = [&there, &missing].map(|source| source.columns.clone()).concat();
        let why: Vec<_> = why.into_iter().map(|column| column.unavailable).collect();
        assert_eq!(why[0], None);
        assert!(why[1].as_ref().unwrap().ends_with("vmstat has no pgscan: an old kernel"), "{why:?}");
        assert!(why[2..].iter().all(|why| why.as_ref().unwrap().ends_with("; mount it")), "{why:?}");
        assert_eq!([there.read(), missing.read()].concat(), [Some(70), None, None, None]);
    }

    #[test]
    fn all_six_pressures_are_read_and_a_kernel_with_five_gives_those() {
        let directory = tempfile::tempdir().unwrap();
        let line = |kind: &str, total: u32| format!("{kind} avg10=0.00 avg60=0.00 avg300=0.00 total={total}\n");
        fs::write(directory.path().join("cpu"), line("some", 1)).unwrap();
        fs::write(directory.path().join("io"), line("some", 3) + &line("full", 4)).unwrap();
        fs::write(directory.path().join("memory"), line("some", 5) + &line("full", 6)).unwrap();
        let mut source = pressure_below(directory.path().to_str().unwrap());
        assert_eq!(source.read(), [Some(1), None, Some(3), Some(4), Some(5), Some(6)]);
        assert_eq!(source.columns[1].name, "pressure_cpu_full_us");
        assert!(source.columns[1].unavailable.as_ref().unwrap().contains("has no line `full`: kernels before 5.13"));
        let available = |source: &Source| source.columns.iter().filter(|column| column.unavailable.is_none()).count();
        assert_eq!(available(&source), 5);
        fs::remove_file(directory.path().join("memory")).unwrap();
        let source = pressure_below(directory.path().to_str().unwrap());
        assert_eq!(available(&source), 3, "the other files are still read");
    }
}
