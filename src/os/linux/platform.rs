//! What Linux reports of what the machine is made of: processors, caches, NUMA nodes, frequencies, vulnerabilities, memory modules, disks.
//! All of it is read from `/proc` and `/sys`; nothing here asks a device or a file system.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    disks::behind_directory,
    facts::Probe,
    memory_modules::memory_modules,
    proc_text::{field, numbers_of},
    tlb,
    tree::Tree,
    virtualization::{container, product},
};
use crate::os::platform::{
    Cache, CpuVulnerability, FrequencyRange, NumaNode, Placement, Platform, hypervisor_signature,
};

const CPUS: &str = "/sys/devices/system/cpu";
const NODES: &str = "/sys/devices/system/node";
const POLICIES: &str = "/sys/devices/system/cpu/cpufreq";

/// `directory`: of the mapped files.
pub fn platform(directory: &Path) -> Platform {
    of_tree(Tree::of_system(), &directory.canonicalize().unwrap_or_else(|_| directory.to_owned()))
}

fn of_tree(tree: Tree, directory: &Path) -> Platform {
    let cores = cores(tree);
    Platform {
        product: product(tree).into(),
        container: container(tree).into(),
        sockets: sockets(tree).into(),
        cores: cores.clone().map(|cores| cores.len() as u64).into(),
        threads_per_core: cores
            .and_then(|cores| cores.into_values().max().ok_or_else(|| "the system reports no core".to_owned()))
            .into(),
        last_level_caches: last_level_caches(tree).into(),
        numa_nodes: numa_nodes(tree).into(),
        cpu_frequency_limits: range(tree, &["scaling_min_freq", "scaling_max_freq"]).into(),
        cpu_governor: governor(tree).into(),
        cpu_vulnerabilities: vulnerabilities(tree).into(),
        tlb_shootdowns: tlb::facts(tree, std::env::consts::ARCH, hypervisor_signature().ok().flatten().as_deref())
            .into(),
        memory_modules: memory_modules(tree).into(),
        disks: behind_directory(tree, directory, &[]).into(),
        kernel_command_line: command_line(tree).into(),
    }
}

/// Where a CPU is, seen from another.
pub fn placement(from: usize, to: usize) -> Placement {
    placement_of(Tree::of_system(), from as u64, to as u64)
}

fn placement_of(tree: Tree, from: u64, to: u64) -> Placement {
    let cores = core_of(tree, from);
    let socket = |cpu| tree.number(format!("{CPUS}/cpu{cpu}/topology/physical_package_id"));
    let caches = last_level_caches(tree).unwrap_or_default();
    match (cores, socket(from), socket(to)) {
        (Ok(core), ..) if has(&core, to) => Placement::Sibling,
        (_, Ok(one), Ok(other)) if one != other => Placement::OtherSocket,
        _ if caches.iter().any(|cache| has(&cache.cpus, from) && has(&cache.cpus, to)) => Placement::SameCache,
        (_, Ok(_), Ok(_)) => Placement::SameSocket,
        _ => Placement::Unknown,
    }
}

/// The frequencies that the CPUs run at now, as far as the kernel knows.
pub fn frequency_now() -> Probe<FrequencyRange> {
    frequency_now_of(Tree::of_system())
}

/// The CPUs that are switched on: only these have a topology.
fn cpus(tree: Tree) -> Probe<Vec<u64>> {
    let mut cpus = tree.numbered(CPUS, "cpu")?;
    cpus.retain(|cpu| tree.path(format!("{CPUS}/cpu{cpu}/topology")).is_dir());
    if cpus.is_empty() {
        return Err(format!("no CPU in {} has a directory `topology`", tree.path(CPUS).display()));
    }
    Ok(cpus)
}

fn sockets(tree: Tree) -> Probe<u64> {
    let socket = |cpu: &u64| tree.number(format!("{CPUS}/cpu{cpu}/topology/physical_package_id"));
    let sockets = cpus(tree)?.iter().map(socket).collect::<Probe<BTreeSet<u64>>>()?;
    Ok(sockets.len() as u64)
}

/// The CPUs of each core, and how many they are.
fn cores(tree: Tree) -> Probe<BTreeMap<String, u64>> {
    let mut cores = BTreeMap::new();
    for cpu in cpus(tree)? {
        *cores.entry(core_of(tree, cpu)?).or_insert(0) += 1;
    }
    Ok(cores)
}

/// The CPUs of the core that a CPU is one of, such as `0,4`.
fn core_of(tree: Tree, cpu: u64) -> Probe<String> {
    let list = |name: &str| tree.text(format!("{CPUS}/cpu{cpu}/topology/{name}"));
    // The second is its name before Linux 5.3.
    list("core_cpus_list").or_else(|_| list("thread_siblings_list"))
}

fn has(list: &str, cpu: u64) -> bool {
    numbers_of(list).any(|number| number == cpu)
}

fn last_level_caches(tree: Tree) -> Probe<Vec<Cache>> {
    let mut caches: Vec<Cache> = Vec::new();
    for cpu in cpus(tree)? {
        if caches.iter().any(|cache| has(&cache.cpus, cpu)) {
            continue;
        }
        let directory = format!("{CPUS}/cpu{cpu}/cache");
        let levels = tree.numbered(&directory, "index")?.into_iter().map(|index| {
            let directory = format!("{directory}/index{index}");
            Ok((tree.number(format!("{directory}/level"))?, directory))
        });
        let levels = levels.collect::<Probe<Vec<(u64, String)>>>()?;
        let Some((level, directory)) = levels.into_iter().max() else { continue };
        let cpus = tree.text(format!("{directory}/shared_cpu_list"))?;
        caches.push(Cache { level, bytes: cache_size(tree, &format!("{directory}/size")).into(), cpus });
    }
    Ok(caches)
}

/// Such as `32768K`.
fn cache_size(tree: Tree, path: &str) -> Probe<u64> {
    let text = tree.text(path)?;
    let kib = text.strip_suffix('K').and_then(|kib| kib.parse::<u64>().ok()).filter(|kib| *kib > 0);
    kib.map(|kib| kib << 10).ok_or_else(|| format!("{path} has no size but `{text}`"))
}

fn numa_nodes(tree: Tree) -> Probe<Vec<NumaNode>> {
    let nodes = tree.numbered(NODES, "node").map_err(|why| format!("{why}; the kernel needs CONFIG_NUMA"))?;
    let node = |node| {
        let directory = format!("{NODES}/node{node}");
        let list = tree.bytes(format!("{directory}/cpulist")).map(|list| String::from_utf8_lossy(&list).into_owned());
        // A node of memory alone has an empty list.
        let cpus = list.map(|list| if list.trim().is_empty() { "none".to_owned() } else { list.trim().to_owned() });
        NumaNode {
            node,
            cpus: cpus.into(),
            memory_bytes: memory_of(tree, &format!("{directory}/meminfo"), node).into(),
        }
    };
    Ok(nodes.into_iter().map(node).collect())
}

fn memory_of(tree: Tree, path: &str, node: u64) -> Probe<u64> {
    let prefix = format!("Node {node} ");
    let lines = tree.text(path)?.replace(&prefix, "");
    field(&lines, "MemTotal").map(|kib| kib << 10).ok_or_else(|| format!("{path} has no line `{prefix}MemTotal`"))
}

/// The policies of CPU frequency: each is of one CPU or of several.
fn policies(tree: Tree) -> Probe<impl Iterator<Item = String>> {
    let policies = tree.numbered(POLICIES, "policy");
    let policies =
        policies.map_err(|why| format!("{why}: this kernel sets no frequency (in a virtual machine the host does)"))?;
    Ok(policies.into_iter().map(|policy| format!("{POLICIES}/policy{policy}")))
}

fn range(tree: Tree, files: &[&str]) -> Probe<FrequencyRange> {
    let path = |policy: String| files.iter().map(move |file| format!("{policy}/{file}")).collect::<Vec<_>>();
    let khz = policies(tree)?.flat_map(path).map(|path| tree.number(path)).collect::<Probe<Vec<u64>>>()?;
    let range = FrequencyRange::of(khz.into_iter().filter(|khz| *khz > 0).map(|khz| khz.saturating_mul(1000)));
    range.ok_or_else(|| format!("{POLICIES} has no frequency above 0"))
}

/// `/proc/cpuinfo` comes first: one reading of it is of all CPUs, where each policy may have to interrupt its own.
fn frequency_now_of(tree: Tree) -> Probe<FrequencyRange> {
    let text = tree.text("/proc/cpuinfo").unwrap_or_default();
    let mhz = |line: &str| line.strip_prefix("cpu MHz")?.trim_start_matches(['\t', ' ', ':']).parse::<f64>().ok();
    let all = text.lines().filter_map(mhz).filter(|mhz| *mhz > 0.0).map(|mhz| (mhz * 1e6).round() as u64);
    let policies =
        || range(tree, &["scaling_cur_freq"]).map_err(|why| format!("/proc/cpuinfo has no `cpu MHz`; {why}"));
    FrequencyRange::of(all).map_or_else(policies, Ok)
}

fn governor(tree: Tree) -> Probe<String> {
    let governor = |policy| tree.text(format!("{policy}/scaling_governor"));
    let governors = policies(tree)?.map(governor).collect::<Probe<BTreeSet<String>>>()?;
    Ok(governors.into_iter().collect::<Vec<_>>().join(", "))
}

/// What stands behind ` -- ` is for the first process, and no business of the kernel.
fn command_line(tree: Tree) -> Probe<String> {
    let line = tree.text("/proc/cmdline")?;
    Ok(line.split_once(" -- ").map_or(line.as_str(), |(of_kernel, _)| of_kernel).to_owned())
}

fn vulnerabilities(tree: Tree) -> Probe<Vec<CpuVulnerability>> {
    let directory = format!("{CPUS}/vulnerabilities");
    let names = tree.names(&directory)?;
    let all = names.into_iter().map(|name| {
        let state = tree.text(format!("{directory}/{name}"))?;
        Ok(CpuVulnerability { name, state })
    });
    let all = all.collect::<Probe<Vec<_>>>()?;
    if all.is_empty() { Err(format!("{directory} is empty")) } else { Ok(all) }
}
