//! The machine that a run was measured on: what another run must share to be compared with it.

use std::path::{Path, PathBuf};

use nix::{
    sys::{
        resource::{Resource, getrlimit},
        utsname::uname,
    },
    unistd::{SysconfVar, sysconf},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, CpuQuota, Quota};
use crate::os::{
    affinity,
    counters::{self, Subject},
    environment as os,
    facts::{Column, FileSystem, SourceFacts},
    limits,
    platform::{FrequencyRange, Platform},
};

/// The machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// Operating system, as `uname -s`.
    pub system: String,
    /// Kernel release, as `uname -r`.
    pub kernel: String,
    /// Kernel version, as `uname -v`.
    pub kernel_version: String,
    /// Architecture, as `uname -m`.
    pub architecture: String,
    /// The host's name.
    pub host: String,
    /// The processor's name.
    pub cpu_model: Availability<String>,
    /// CPUs of the machine that are switched on.
    pub cpus_online: Availability<u64>,
    /// CPUs that this process may use by its affinity. A quota is not counted in.
    pub cpus_allowed: Availability<u64>,
    /// The tightest CPU quota among this process's control groups and all above them that it can see; `null`: there is none.
    #[serde(default = "Quota::not_recorded")]
    pub cpu_quota: Quota,
    /// Memory, bytes.
    pub memory_bytes: Availability<u64>,
    /// Size of a page, bytes.
    pub page_size: Availability<u64>,
    /// What it is made of and how it is set up.
    pub platform: Platform,
    /// The lowest and the highest frequency of its CPUs when it was asked, as far as the system knows them. In a virtual machine often
    /// the nominal one.
    pub cpu_frequency_at_start: Availability<FrequencyRange>,
    /// The kind of the hypervisor, such as `KVM`; `none` on the bare machine.
    pub hypervisor: Availability<String>,
    /// The clock behind all times.
    pub clock_source: Availability<String>,
    /// Whether memory gets huge pages.
    pub huge_pages: Availability<String>,
    /// Where the mapped files were.
    pub file_system: Availability<FileSystem>,
    /// What limits the number of workers here.
    pub limits: Vec<SystemLimit>,
    /// The sources of evidence about a freeze on this machine.
    pub evidence: Vec<Evidence>,
}

/// A limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemLimit {
    /// Its name in the system.
    pub name: String,
    /// What it allows: processes, descriptors or bytes.
    pub value: Availability<u64>,
}

/// A source of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The source.
    pub source: String,
    /// `true` if it has any figure, or why this process cannot read it.
    pub available: Availability<bool>,
    /// Its figures: each is available or not by itself. Empty for what has no column in `counters.csv`, and in older results.
    #[serde(default)]
    pub columns: Vec<Datum>,
}

/// One figure of a source of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Datum {
    /// Its column in `counters.csv`, without the `.cpuN` that columns of single CPUs end with.
    pub name: String,
    /// `true`, or why it is unavailable; then its column is empty.
    pub available: Availability<bool>,
}

impl Evidence {
    fn of(source: SourceFacts) -> Evidence {
        let mut columns: Vec<Datum> = Vec::new();
        for column in source.columns {
            let name = Column::family(&column.name);
            if columns.iter().all(|datum| datum.name != name) {
                let available = column.unavailable.map_or(Ok(true), Err).into();
                columns.push(Datum { name: name.to_owned(), available });
            }
        }
        let available = columns.iter().find(|datum| datum.available.value().is_some()).or(columns.first());
        let available = available.map_or(Availability::Value(true), |datum| datum.available.clone());
        Evidence { source: source.name.to_owned(), available, columns }
    }
}

/// This host's name, as results have it.
pub fn host_name() -> String {
    uname().map_or_else(|_| "unknown".to_owned(), |names| names.nodename().to_string_lossy().into_owned())
}

/// Why a fact of a machine is unavailable on which another program measured.
pub const UNREPORTED: &str = "the program that measured does not report it";

/// What a machine and its system are called, as `uname` reports it.
#[derive(Debug, Default)]
pub struct MachineNames {
    pub system: String,
    pub kernel: String,
    pub architecture: String,
    pub host: String,
}

impl Environment {
    /// Asks this machine; `directory` is where the mapped `files` are.
    pub fn probe(directory: &Path, files: &[PathBuf]) -> Environment {
        let names = uname().ok();
        let name = |of: fn(&nix::sys::utsname::UtsName) -> &std::ffi::OsStr| {
            names.as_ref().map_or_else(|| "unknown".to_owned(), |names| of(names).to_string_lossy().into_owned())
        };
        let config = |which, what: &str| {
            let value = sysconf(which).ok().flatten().and_then(|value| u64::try_from(value).ok());
            value.ok_or_else(|| format!("sysconf does not report the {what}")).into()
        };
        let counters = counters::probe(Subject { files, directory }).into_iter().map(Evidence::of);
        let others = os::evidence().into_iter().map(|(source, found)| Evidence {
            source: source.to_owned(),
            available: found.map(|()| true).into(),
            columns: Vec::new(),
        });
        Environment {
            system: name(|names| names.sysname()),
            kernel: name(|names| names.release()),
            kernel_version: name(|names| names.version()),
            architecture: name(|names| names.machine()),
            host: host_name(),
            cpu_model: os::cpu_model().into(),
            cpus_online: os::cpus_online().into(),
            cpus_allowed: affinity::cpus_allowed().into(),
            cpu_quota: CpuQuota::probe(),
            memory_bytes: os::memory().into(),
            page_size: config(SysconfVar::PAGE_SIZE, "page size"),
            platform: os::platform(directory),
            cpu_frequency_at_start: os::frequency_now().into(),
            hypervisor: os::hypervisor().into(),
            clock_source: os::clock_source().into(),
            huge_pages: os::huge_pages().into(),
            file_system: os::file_system(directory).into(),
            limits: all_limits(),
            evidence: others.chain(counters).collect(),
        }
    }

    /// A machine of which another program reported these facts, and no others.
    pub fn reported(names: MachineNames, cpus: u64, page_size: u64) -> Environment {
        fn unreported<T>() -> Availability<T> {
            Availability::Unavailable { unavailable: UNREPORTED.to_owned() }
        }
        Environment {
            system: names.system,
            kernel: names.kernel,
            kernel_version: "unknown".to_owned(),
            architecture: names.architecture,
            host: names.host,
            cpu_model: unreported(),
            cpus_online: Availability::Value(cpus),
            cpus_allowed: Availability::Value(cpus),
            cpu_quota: Quota::not_recorded(),
            memory_bytes: unreported(),
            page_size: Availability::Value(page_size),
            platform: Platform::unavailable(UNREPORTED),
            cpu_frequency_at_start: unreported(),
            hypervisor: unreported(),
            clock_source: unreported(),
            huge_pages: unreported(),
            file_system: unreported(),
            limits: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// Whether every instruction is emulated: then no time is a machine's.
    pub fn is_emulated(&self) -> bool {
        self.hypervisor.value().is_some_and(|kind| kind.contains("TCG"))
    }

    /// What this machine does not offer: whole sources of evidence, and single figures of others, each with the reason.
    pub fn missing(&self) -> Vec<(&str, &str)> {
        let mut missing = Vec::new();
        for source in &self.evidence {
            match source.available.known() {
                Err(why) => missing.push((&*source.source, &**why)),
                Ok(_) => missing.extend(
                    source.columns.iter().filter_map(|datum| Some((&*datum.name, &**datum.available.known().err()?))),
                ),
            }
        }
        missing
    }

    /// Why a column of `counters.csv` is unavailable on this machine; `None`: it is available, or unknown.
    pub fn why_not(&self, column: &str) -> Option<&str> {
        let name = Column::family(column);
        let mut data = self.evidence.iter().flat_map(|source| &source.columns);
        data.find(|datum| datum.name == name)?.available.known().err().map(String::as_str)
    }
}

fn all_limits() -> Vec<SystemLimit> {
    let limit = |name: String, value: Option<u64>| {
        let value = value.ok_or_else(|| "not set, or not to be seen by this process".to_owned());
        SystemLimit { name, value: value.into() }
    };
    // Its type differs between systems: signed on FreeBSD.
    #[allow(clippy::useless_conversion)]
    let soft = |(soft, _)| u64::try_from(soft).map_err(|_| "it is negative".to_owned());
    let files = getrlimit(Resource::RLIMIT_NOFILE).map_err(|error| error.to_string()).and_then(soft);
    let of_process = SystemLimit { name: "RLIMIT_NOFILE (soft)".to_owned(), value: files.into() };
    let of_system = limits::process_limits().into_iter().map(|of_system| {
        let kind = if of_system.name.starts_with("RLIMIT") { " (soft)" } else { "" };
        limit(format!("{}{kind}", of_system.name), of_system.most)
    });
    let of_groups = [("processes", limits::group_processes()), ("memory, bytes", limits::group_memory())];
    let of_groups =
        of_groups.map(|(what, group)| limit(format!("{}: {what}", limits::GROUP), group.map(|group| group.max)));
    of_system.chain([of_process]).chain(of_groups).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_described() {
        let environment = Environment::probe(Path::new("."), &[]);
        assert!(environment.page_size.value().is_some_and(|size| size.is_power_of_two()));
        assert!(environment.cpus_allowed.value().is_some_and(|cpus| *cpus >= 1));
        if cfg!(target_os = "linux") {
            let pressure = environment.evidence.iter().find(|source| source.source.contains("pressure")).unwrap();
            assert_eq!(pressure.columns.len(), 6, "{pressure:?}");
        }
        let json = serde_json::to_value(&environment).unwrap();
        assert_eq!(serde_json::from_value::<Environment>(json).unwrap(), environment);
    }

    #[test]
    fn a_machine_is_emulated_only_where_the_hypervisor_says_so() {
        let mut environment = Environment::probe(Path::new("."), &[]);
        let mut is_emulated = |hypervisor: Result<&str, &str>| {
            environment.hypervisor = hypervisor.map(str::to_owned).map_err(str::to_owned).into();
            environment.is_emulated()
        };
        assert!(is_emulated(Ok("QEMU without KVM (TCG: every instruction is emulated)")));
        assert!(!is_emulated(Ok("KVM")) && !is_emulated(Err("not reported")));
    }

    #[test]
    fn each_figure_of_a_source_is_available_or_not_by_itself() {
        let column = |name: &str| Column::counted(name);
        let columns = vec![
            column("tlb_interrupts.cpu0").unavailable("no row TLB"),
            column("tlb_interrupts.cpu1").unavailable("no row TLB"),
            column("timer_interrupts.cpu0"),
            column("timer_interrupts.cpu1"),
        ];
        let source = Evidence::of(SourceFacts { name: "rows of interrupts", columns });
        let data: Vec<_> = source.columns.iter().map(|datum| (&*datum.name, datum.available.value())).collect();
        assert_eq!(data, [("tlb_interrupts", None), ("timer_interrupts", Some(&true))]);
        assert_eq!(source.available, Availability::Value(true), "one of its figures is available");
        let nothing = SourceFacts { name: "locks", columns: vec![column("lock_waiters").unavailable("no file")] };
        let nothing = Evidence::of(nothing);
        assert_eq!(nothing.available, Availability::Unavailable { unavailable: "no file".to_owned() });
        let mut environment = Environment::probe(Path::new("."), &[]);
        environment.evidence = vec![source, nothing];
        assert_eq!(environment.why_not("tlb_interrupts.cpu1"), Some("no row TLB"));
        assert_eq!(environment.why_not("timer_interrupts"), None);
        let table = environment.to_string();
        let line = |text: &str| table.lines().find(|line| line.contains(text)).unwrap().to_owned();
        assert!(line("| rows of interrupts").contains("yes, 1 of 2"), "{table}");
        assert!(line("tlb_interrupts").contains("NO: no row TLB"), "{table}");
        assert!(line("| locks").contains("NO: no file") && !table.contains("lock_waiters"), "{table}");
    }

    #[test]
    fn what_older_results_do_not_have_is_unavailable_in_them() {
        let mut json = serde_json::to_value(Environment::probe(Path::new("."), &[])).unwrap();
        json.as_object_mut().unwrap().remove("cpu_quota");
        json["evidence"].as_array_mut().unwrap().iter_mut().for_each(|source| {
            source.as_object_mut().unwrap().remove("columns");
        });
        let older: Environment = serde_json::from_value(json).unwrap();
        assert_eq!(older.cpu_quota, Quota::not_recorded());
        assert_eq!(older.why_not("tlb_interrupts"), None);
    }
}
