//! What illumos reports about the machine: processor, memory, page sizes, file system, and which sources of evidence it lets one read.
//! Whatever it does not report comes with the reason.

use std::{fs, path::Path};

use super::{facts::opens, illumos_facts::mnttab, kstat::Kstats, pages::page_size};

pub use super::facts::{FileSystem, Probe};

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

/// Unavailable to a program: it stands in the SMBIOS.
pub fn hypervisor() -> Probe<String> {
    Err("illumos shows it only to root, in the SMBIOS: `smbios -t SMB_TYPE_SYSTEM`".to_owned())
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
            opens("/system/contract/process/template", "mount ctfs on /system/contract"),
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
