//! What Linux reports about the machine: processor, hypervisor, file system, and which sources of evidence it lets one read.
//! Whatever it does not report comes with the reason.

use std::{fs, path::Path};

use procfs::{
    CpuPressure, Current, FromBufRead, FromRead, Meminfo, MemoryPressure,
    process::{MountInfo, MountInfos},
};

use super::{facts::opens, proc_text::numbers_of, tree::Tree, virtualization};
pub use super::{
    facts::{FileSystem, Probe},
    platform::{frequency_now, placement, platform},
};

/// A field of `/proc/cpuinfo`, of the first CPU that has it.
pub(super) fn cpu_field(tree: Tree, name: &str) -> Probe<String> {
    let text = tree.text("/proc/cpuinfo")?;
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(field, _)| field.trim() == name);
    found.map(|(_, value)| value.trim().to_owned()).ok_or_else(|| format!("/proc/cpuinfo has no `{name}`"))
}

pub fn cpu_model() -> Probe<String> {
    cpu_field(Tree::of_system(), "model name")
}

/// CPUs of the machine that are switched on. sysconf(3) is no way to ask: with musl it has those that the calling thread may use.
pub fn cpus_online() -> Probe<u64> {
    let tree = Tree::of_system();
    let listed = tree.text("/sys/devices/system/cpu/online").map(|list| numbers_of(&list).count() as u64);
    let is_of_cpu =
        |line: &&str| line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let counted = |text: String| text.lines().filter(is_of_cpu).count() as u64;
    listed.or_else(|why| tree.text("/proc/stat").map(counted).map_err(|_| why))
}

pub fn memory() -> Probe<u64> {
    Meminfo::current().map(|facts| facts.mem_total).map_err(|error| error.to_string())
}

/// The kind of the hypervisor, or `none`.
pub fn hypervisor() -> Probe<String> {
    virtualization::hypervisor(Tree::of_system(), crate::os::platform::hypervisor())
}

pub fn clock_source() -> Probe<String> {
    Tree::of_system().text("/sys/devices/system/clocksource/clocksource0/current_clocksource")
}

/// Share of the last 10 s in which some task of the machine waited for memory, and for a CPU.
pub fn pressure() -> [Probe<f64>; 2] {
    let share = |path: &str, avg10: fn(&[u8]) -> procfs::ProcResult<f32>| {
        let text = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        avg10(&text).map(|percent| f64::from(percent) / 100.0).map_err(|error| format!("{path}: {error}"))
    };
    [
        share("/proc/pressure/memory", |text| MemoryPressure::from_buf_read(text).map(|found| found.some.avg10)),
        share("/proc/pressure/cpu", |text| CpuPressure::from_buf_read(text).map(|found| found.some.avg10)),
    ]
}

/// Whether anonymous and shared memory get huge pages: the choices, the one in force in brackets.
pub fn huge_pages() -> Probe<String> {
    let setting = |name| Tree::of_system().text(format!("/sys/kernel/mm/transparent_hugepage/{name}"));
    Ok(format!("anonymous: {}; shared: {}", setting("enabled")?, setting("shmem_enabled")?))
}

/// The mount that a path without symbolic links is on: the deepest on the way; of several on one place the last covers the others.
pub(super) fn mount_of(tree: Tree, path: &Path) -> Probe<MountInfo> {
    let table = tree.path("/proc/self/mountinfo");
    let mounts = MountInfos::from_file(&table).map_err(|error| format!("{}: {error}", table.display()))?;
    let on_the_way = mounts.0.into_iter().filter(|mount| path.starts_with(&mount.mount_point));
    let deepest = on_the_way.max_by_key(|mount| mount.mount_point.components().count());
    deepest.ok_or_else(|| format!("{} is on no mount that {} lists", path.display(), table.display()))
}

pub fn file_system(path: &Path) -> Probe<FileSystem> {
    let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    let mount = mount_of(Tree::of_system(), &path)?;
    let mut options: Vec<String> = mount
        .mount_options
        .into_iter()
        .chain(mount.super_options)
        .map(|(name, value)| value.map_or(name.clone(), |value| format!("{name}={value}")))
        .collect();
    options.sort();
    options.dedup();
    Ok(FileSystem {
        kind: mount.fs_type,
        source: mount.mount_source.unwrap_or_else(|| "none".to_owned()),
        mount_point: mount.mount_point.display().to_string(),
        options: options.join(","),
    })
}

/// Each source of evidence other than the counters, and what keeps this process from it, if anything does.
pub fn evidence() -> Vec<(&'static str, Probe<()>)> {
    vec![
        (
            "run-queue delay of each worker (/proc/self/schedstat)",
            opens("/proc/self/schedstat", "the kernel needs CONFIG_SCHED_INFO"),
        ),
        ("state of stalled workers (/proc/PID/stat)", opens("/proc/self/stat", "mount /proc")),
        ("folio sizes (/proc/kpageflags)", opens("/proc/kpageflags", "run as root")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::affinity::{cpus_allowed, pin_to_last_cpu};

    #[test]
    fn this_machine_reports_its_memory_its_cpus_and_its_mounts() {
        assert!(memory().unwrap() > 0);
        let online = cpus_online().unwrap();
        assert!(online >= cpus_allowed().unwrap());
        pin_to_last_cpu().unwrap();
        assert_eq!(
            (cpus_online().unwrap(), cpus_allowed().unwrap()),
            (online, 1),
            "a thread's CPUs are another matter"
        );
        let here = file_system(Path::new("/proc/self/stat")).unwrap();
        assert_eq!((here.kind.as_str(), here.mount_point.as_str()), ("proc", "/proc"));
        assert!(file_system(Path::new("/no/such/place")).is_err());
        assert!(evidence().iter().all(|(_, probe)| probe.as_ref().err().is_none_or(|why| !why.is_empty())));
    }
}
