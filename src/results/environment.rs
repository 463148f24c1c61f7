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

use super::Known;
use crate::os::{
    counters::{self, Subject},
    environment as os, limits,
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
    pub cpu_model: Known<String>,
    /// CPUs of the machine that are switched on.
    pub cpus_online: Known<u64>,
    /// CPUs that this process may use: affinity and control group counted in.
    pub cpus_allowed: Known<u64>,
    /// Memory, bytes.
    pub memory_bytes: Known<u64>,
    /// Size of a page, bytes.
    pub page_size: Known<u64>,
    /// Vendor and product of the hypervisor; `none` on the bare machine.
    pub hypervisor: Known<String>,
    /// The clock behind all times.
    pub clock_source: Known<String>,
    /// Whether memory gets huge pages.
    pub huge_pages: Known<String>,
    /// Where the mapped files were.
    pub file_system: Known<FileSystem>,
    /// What bounds the crowd here.
    pub limits: Vec<SystemLimit>,
    /// What this machine can show about a freeze.
    pub evidence: Vec<Evidence>,
}

/// A file system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileSystem {
    /// Such as `ext4`, `tmpfs`, `zfs`.
    pub kind: String,
    /// Device, or what is mounted instead of one.
    pub source: String,
    /// Where it is mounted.
    pub mount_point: String,
    /// Options of the mount and of the file system, sorted.
    pub options: String,
}

/// A limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemLimit {
    /// Its name in the system.
    pub name: String,
    /// What it allows: processes, descriptors or bytes.
    pub value: Known<u64>,
}

/// A source of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The source.
    pub source: String,
    /// `true`, or why this process cannot read it.
    pub available: Known<bool>,
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
            value.ok_or_else(|| format!("sysconf does not tell the {what}")).into()
        };
        let file_system = os::file_system(directory).map(|found| FileSystem {
            kind: found.kind,
            source: found.source,
            mount_point: found.mount_point,
            options: found.options,
        });
        let allowed = std::thread::available_parallelism().map(|cpus| cpus.get() as u64);
        let counters = counters::probe(Subject { files, directory });
        let counters = counters.into_iter().map(|source| (source.name, source.columns.map(|_| true)));
        let others = os::evidence().into_iter().map(|(source, told)| (source, told.map(|()| true)));
        let evidence =
            others.chain(counters).map(|(source, told)| Evidence { source: source.to_owned(), available: told.into() });
        Environment {
            system: name(|names| names.sysname()),
            kernel: name(|names| names.release()),
            kernel_version: name(|names| names.version()),
            architecture: name(|names| names.machine()),
            host: name(|names| names.nodename()),
            cpu_model: os::cpu_model().into(),
            cpus_online: os::cpus_online().into(),
            cpus_allowed: allowed.map_err(|error| error.to_string()).into(),
            memory_bytes: os::memory().into(),
            page_size: config(SysconfVar::PAGE_SIZE, "page size"),
            hypervisor: os::hypervisor().into(),
            clock_source: os::clock_source().into(),
            huge_pages: os::huge_pages().into(),
            file_system: file_system.into(),
            limits: all_limits(),
            evidence: evidence.collect(),
        }
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
        let json = serde_json::to_value(&environment).unwrap();
        assert_eq!(serde_json::from_value::<Environment>(json).unwrap(), environment);
    }
}
