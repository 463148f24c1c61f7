//! What illumos reports about the machine: processor, memory, page sizes, file system, and which sources of evidence it lets one read.
//! Whatever it does not report comes with the reason.

use std::{fs, path::Path};

use super::{
    contract_files::{TEMPLATE_FLAGS, open_contract_file},
    facts::{Availability, opens},
    illumos_facts::{
        cpu_info::{self, CpuInfo},
        mnttab,
    },
    kstat::Kstats,
    pages::page_size,
    process::{TEMPLATE, zone},
};
pub use crate::os::platform::hypervisor;
use crate::os::platform::{FrequencyRange, Placement, Platform};

use super::facts::{FileSystem, Probe};

pub fn cpu_model() -> Probe<String> {
    let kstats = Kstats::open()?;
    let cpu = kstats.cpus("sys").first().copied().unwrap_or(0);
    let name = kstats.text("cpu_info", cpu, &format!("cpu_info{cpu}"), "brand");
    name.map(|name| name.trim().to_owned())
        .ok_or_else(|| format!("there is no kstat cpu_info:{cpu}:cpu_info{cpu}:brand"))
}

fn configured(name: libc::c_int, what: &str) -> Probe<u64> {
    // SAFETY: sysconf takes no pointers.
    let value = unsafe { libc::sysconf(name) };
    u64::try_from(value).map_err(|_| format!("sysconf does not report {what}"))
}

/// CPUs of the machine that are switched on; in a zone with a processor set, those of the set.
pub fn cpus_online() -> Probe<u64> {
    configured(libc::_SC_NPROCESSORS_ONLN, "the number of CPUs")
}

pub fn memory() -> Probe<u64> {
    configured(libc::_SC_PHYS_PAGES, "the amount of memory").map(|pages| pages * page_size())
}

fn cpu_infos() -> Probe<Vec<CpuInfo>> {
    let kstats = Kstats::open()?;
    let info = |cpu: i32| {
        let name = format!("cpu_info{cpu}");
        let number = |statistic| kstats.value("cpu_info", cpu, &name, statistic);
        CpuInfo {
            chip_id: number("chip_id"),
            core_id: number("core_id"),
            current_clock_hz: number("current_clock_Hz"),
            supported_frequencies_hz: kstats.text("cpu_info", cpu, &name, "supported_frequencies_Hz"),
        }
    };
    Ok(kstats.cpus("sys").into_iter().map(info).collect())
}

/// Processors by their kstats, and the zone. Where the rest is found stands in its place.
pub fn platform(_: &Path) -> Platform {
    let kind = |zone| if zone == 0 { "none" } else { "zone" }.to_owned();
    let platform = Platform {
        product: Availability::unavailable("illumos shows it only to root, in the SMBIOS: `smbios -t SMB_TYPE_SYSTEM`"),
        container: zone().map(kind).ok_or_else(|| "/proc/self/psinfo cannot be read: mount /proc".to_owned()).into(),
        last_level_caches: Availability::unavailable("illumos has no statistic of their sizes: see `prtconf -v`"),
        numa_nodes: Availability::unavailable("illumos shows them as locality groups: `lgrpinfo -a`"),
        cpu_governor: Availability::unavailable("illumos has no statistic of it: see `cpupm` in /etc/power.conf"),
        cpu_vulnerabilities: Availability::unavailable("illumos has no list of them"),
        tlb_shootdowns: Availability::unavailable(
            "illumos takes translations away by cross calls, and shows nothing of how: see `mapstorm shootdown`",
        ),
        memory_modules: Availability::unavailable(
            "illumos shows them only to root, in the SMBIOS: `smbios -t SMB_TYPE_MEMDEVICE`",
        ),
        disks: Availability::unavailable(
            "which devices a ZFS pool lies on cannot be found by file: `zpool status`, and `iostat -En` for their models",
        ),
        kernel_command_line: Availability::unavailable(
            "illumos keeps it as the property bootargs of its device tree: `prtconf -v`",
        ),
        ..Platform::unavailable("kstat_open fails")
    };
    match cpu_infos() {
        Ok(cpus) => cpu_info::described(&cpus, platform),
        Err(_) => platform,
    }
}

/// Where a CPU is, seen from another. Which share a cache is not reported.
pub fn placement(from: usize, to: usize) -> Placement {
    let Ok(kstats) = Kstats::open() else { return Placement::Unknown };
    let number = |cpu: usize, what| kstats.value("cpu_info", i32::try_from(cpu).ok()?, &format!("cpu_info{cpu}"), what);
    let shares = |what| Some(number(from, what)? == number(to, what)?);
    match (shares("core_id"), shares("chip_id")) {
        (Some(true), Some(true)) => Placement::Sibling,
        (_, Some(true)) => Placement::SameSocket,
        (_, Some(false)) => Placement::OtherSocket,
        _ => Placement::Unknown,
    }
}

/// The frequencies that the CPUs run at now.
pub fn frequency_now() -> Probe<FrequencyRange> {
    cpu_info::frequency_now(&cpu_infos()?)
}

/// The clock behind `CLOCK_MONOTONIC`, which is `CLOCK_HIGHRES` here. The kernel does not report what counts for it (on x86 the TSC).
pub fn clock_source() -> Probe<String> {
    Ok("gethrtime".to_owned())
}

/// The page sizes that memory without a file may get.
pub fn huge_pages() -> Probe<String> {
    let mut sizes = [0; 16];
    // SAFETY: room for as many sizes as is said; none beyond that is written.
    let known = unsafe { libc::getpagesizes(sizes.as_mut_ptr(), sizes.len() as libc::c_int) };
    let known = usize::try_from(known).map_err(|_| "getpagesizes fails".to_owned())?;
    let sizes: Vec<String> = sizes.iter().take(known).map(ToString::to_string).collect();
    Ok(format!("page sizes: {} bytes; files have the first", sizes.join(", ")))
}

/// Nothing here says for how long tasks wait.
pub fn pressure() -> [Probe<f64>; 2] {
    [(); 2].map(|()| Err("this system has no pressure stall information".to_owned()))
}

pub fn file_system(path: &Path) -> Probe<FileSystem> {
    let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    let table = fs::read_to_string("/etc/mnttab").map_err(|error| format!("/etc/mnttab: {error}"))?;
    mnttab::find(&table, &path).ok_or_else(|| format!("{} is on no mount that /etc/mnttab lists", path.display()))
}

/// Each source of evidence other than the counters, and what keeps this process from it, if anything does.
pub fn evidence() -> Vec<(&'static str, Probe<()>)> {
    vec![
        (
            "microstates of each worker: CPU, waiting for one, asleep in page faults (/proc/self/usage)",
            opens("/proc/self/usage", "mount /proc"),
        ),
        ("state of stalled workers (/proc/PID/psinfo)", opens("/proc/self/psinfo", "mount /proc")),
        (
            "workers die with the driver (process contracts)",
            open_contract_file(Path::new(TEMPLATE), TEMPLATE_FLAGS)
                .map(drop)
                .map_err(|error| format!("{TEMPLATE}: {}; mount ctfs on /system/contract", error.desc())),
        ),
        (
            "stacks of cross calls and lock waits, for --trace (dtrace)",
            opens("/dev/dtrace/dtrace", "run as root in the global zone, or with the privilege dtrace_kernel"),
        ),
        (
            "minor page faults of each worker",
            Err("illumos has a field for them and never counts; kstat cpu:N:vm counts those of the whole system"
                .to_owned()),
        ),
    ]
}
