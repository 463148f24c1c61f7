//! Which kernel statistics become which columns of `counters.csv`: for each CPU, or summed over all.
//! Names and meanings are those of `cpu_sys_stats_t` and `cpu_vm_stats_t` in `sys/sysinfo.h`.

use super::super::facts::Column;

/// One statistic and the column that it goes to. Several may go to one column, which is then their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistic {
    pub name: &'static str,
    pub column: &'static str,
    /// Whether each CPU has a column of its own, with `.cpuN` at the end.
    pub each_cpu: bool,
    /// How many of its units are one of the column's.
    pub divisor: u64,
}

const fn per_cpu(name: &'static str, column: &'static str) -> Statistic {
    Statistic { name, column, each_cpu: true, divisor: 1 }
}

const fn summed(name: &'static str, column: &'static str) -> Statistic {
    Statistic { name, column, each_cpu: false, divisor: 1 }
}

const fn microseconds(name: &'static str, column: &'static str) -> Statistic {
    Statistic { name, column, each_cpu: false, divisor: 1000 }
}

/// `cpu:N:sys`, cross calls alone: one for every CPU that a CPU asked to drop translations (or anything else) and had to interrupt.
pub const CROSS_CALLS: [Statistic; 1] = [per_cpu("xcalls", "cross_calls")];

pub const OF_CPUS: [Statistic; 11] = [
    per_cpu("intr", "interrupts"),
    summed("pswitch", "context_switches"),
    summed("inv_swtch", "involuntary_switches"),
    summed("cpumigrate", "migrations"),
    // mpstat's smtx and srw.
    summed("mutex_adenters", "mutex_waits"),
    summed("rw_rdfails", "rwlock_read_waits"),
    summed("rw_wrfails", "rwlock_write_waits"),
    microseconds("cpu_nsec_user", "cpu_user_us"),
    microseconds("cpu_nsec_kernel", "cpu_system_us"),
    microseconds("cpu_nsec_idle", "cpu_idle_us"),
    microseconds("cpu_nsec_intr", "cpu_interrupt_us"),
];

/// `cpu:N:vm`.
pub const OF_MEMORY: [Statistic; 7] = [
    // mpstat's minf: the only count of minor faults that there is.
    summed("as_fault", "minor_faults"),
    summed("hat_fault", "minor_faults"),
    summed("hat_fault", "hat_faults"),
    summed("maj_fault", "major_faults"),
    summed("prot_fault", "protection_faults"),
    summed("kernel_asflt", "kernel_faults"),
    summed("scan", "scanned_pages"),
];

/// A list of statistics, laid out as columns for the CPUs of a machine.
pub struct Layout {
    statistics: &'static [Statistic],
    cpus: Vec<i32>,
    /// Of all columns, in order.
    names: Vec<String>,
}

impl Layout {
    pub fn new(statistics: &'static [Statistic], cpus: Vec<i32>) -> Layout {
        let mut names: Vec<String> = Vec::new();
        for statistic in statistics {
            let cpus = if statistic.each_cpu { &cpus[..] } else { &[0] };
            for name in cpus.iter().map(|&cpu| name_of(statistic, cpu)) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Layout { statistics, cpus, names }
    }

    /// The columns where no CPU is reported: one for all.
    pub fn without_cpus(statistics: &[Statistic]) -> Vec<Column> {
        let mut names: Vec<&str> = statistics.iter().map(|statistic| statistic.column).collect();
        names.dedup();
        names.into_iter().map(Column::counted).collect()
    }

    /// All columns; what the first reading has no value of is unavailable, for the reason `why`.
    pub fn columns(&self, first: &[Option<u64>], why: &str) -> Vec<Column> {
        let column = |(name, value): (&String, &Option<u64>)| Column {
            unavailable: value.is_none().then(|| format!("{name}: {why}")),
            ..Column::counted(name)
        };
        self.names.iter().zip(first).map(column).collect()
    }

    /// One reading in the order of the columns, from what each CPU reports: CPU, statistic, value. `None` where no CPU did.
    pub fn row<'a>(&self, readings: impl Iterator<Item = (i32, &'a str, u64)>) -> Vec<Option<u64>> {
        let mut sums: Vec<Option<u64>> = vec![None; self.names.len()];
        for (cpu, name, value) in readings.filter(|(cpu, ..)| self.cpus.contains(cpu)) {
            for statistic in self.statistics.iter().filter(|statistic| statistic.name == name) {
                let column = name_of(statistic, cpu);
                if let Some(place) = self.names.iter().position(|name| *name == column) {
                    // Divided at the end of each CPU's own: a sum of quotients never goes back where no CPU's does.
                    sums[place] = Some(sums[place].unwrap_or(0).wrapping_add(value / statistic.divisor));
                }
            }
        }
        sums
    }
}

fn name_of(statistic: &Statistic, cpu: i32) -> String {
    if statistic.each_cpu { format!("{}.cpu{cpu}", statistic.column) } else { statistic.column.to_owned() }
}

/// The cap on a zone's memory and what is free of it, bytes, from the numbers of its kstat `memory_cap`. `None`: no cap, or not shown. SmartOS
/// shows `physcap` and `rss` there; illumos-gate's zone_mcap_kstat_create (usr/src/uts/common/os/zone.c) makes neither.
pub fn memory_cap(statistics: &[(String, u64)]) -> Option<(u64, u64)> {
    let value = |wanted| statistics.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    // No cap is shown as all that the type holds.
    let max = value("physcap").filter(|max| *max < 1 << 62)?;
    Some((max, max.saturating_sub(value("rss")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_on_memory_is_known_only_where_the_kernel_shows_it() {
        let cap = |statistics: &[(&str, u64)]| {
            memory_cap(&statistics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<Vec<_>>())
        };
        assert_eq!(cap(&[("physcap", 1000), ("rss", 300)]), Some((1000, 700)));
        assert_eq!(cap(&[("physcap", 1000), ("rss", 1300)]), Some((1000, 0)));
        assert_eq!(cap(&[("anonpgin", 5), ("execpgin", 0)]), None, "illumos-gate");
        assert_eq!(cap(&[("physcap", u64::MAX), ("rss", 300)]), None);
        assert_eq!(cap(&[("physcap", 1000)]), None, "what is used is unknown, not 0");
    }

    #[test]
    fn cross_calls_have_a_column_for_each_cpu() {
        let layout = Layout::new(&CROSS_CALLS, vec![0, 3]);
        assert_eq!(layout.names, ["cross_calls.cpu0", "cross_calls.cpu3"]);
        let readings = [(3, "xcalls", 40), (0, "xcalls", 7), (0, "intr", 99), (1, "xcalls", 5)];
        assert_eq!(layout.row(readings.into_iter()), [Some(7), Some(40)]);
        assert_eq!(layout.row(readings.into_iter().take(1)), [None, Some(40)], "a CPU that reports nothing is no zero");
    }

    #[test]
    fn faults_of_all_cpus_add_up_as_mpstat_shows_them() {
        let layout = Layout::new(&OF_MEMORY, vec![0, 1]);
        let readings =
            [(0, "as_fault", 10), (1, "as_fault", 20), (0, "hat_fault", 1), (1, "hat_fault", 2), (1, "maj_fault", 5)];
        let row = layout.row(readings.into_iter());
        let value = |name: &str| row[layout.names.iter().position(|column| column == name).unwrap()];
        assert_eq!((value("minor_faults"), value("hat_faults"), value("major_faults")), (Some(33), Some(3), Some(5)));
        assert_eq!(value("protection_faults"), None);
    }

    #[test]
    fn a_statistic_that_is_not_there_is_unavailable_by_itself() {
        let layout = Layout::new(&OF_MEMORY, vec![0]);
        let row = layout.row([(0, "as_fault", 10), (0, "maj_fault", 5)].into_iter());
        let columns = layout.columns(&row, "no such statistic");
        let why = |name: &str| columns.iter().find(|column| column.name == name).unwrap().unavailable.clone();
        assert_eq!((why("minor_faults"), why("major_faults")), (None, None));
        assert_eq!(why("scanned_pages").unwrap(), "scanned_pages: no such statistic");
        assert_eq!(Layout::without_cpus(&CROSS_CALLS)[0].name, "cross_calls");
    }

    #[test]
    fn no_column_comes_twice_and_times_are_microseconds() {
        let layout = Layout::new(&OF_CPUS, vec![0]);
        let distinct: std::collections::BTreeSet<_> = layout.names.iter().collect();
        assert_eq!(distinct.len(), layout.names.len());
        let row = layout.row([(0, "cpu_nsec_idle", 5_999)].into_iter());
        assert_eq!(row.iter().flatten().collect::<Vec<_>>(), [&5]);
    }
}
