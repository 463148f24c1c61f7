//! What a machine is made of, fact by fact.

use super::machine::{Unavailable, fact};
use crate::{
    conclude::{in_order::grouped, wording::count},
    results::{Availability, Cache, CpuVulnerability, Disk, Fact, FrequencyRange, MemoryModule, NumaNode, Platform},
    scenario::units::{format_bytes, format_hz},
};

const NOT_AFFECTED: &str = "Not affected";

/// With reasons, all vulnerabilities are one fact; without, each is one of its own, so that those that differ are named.
pub fn of_platform(platform: &Platform, how: Unavailable) -> Vec<Fact> {
    let text = |value: &Availability<String>| how.show(value, String::clone);
    let number = |value: &Availability<u64>| how.show(value, u64::to_string);
    let disk = |part: fn(&Disk) -> Result<String, String>| text(&of_all(&platform.disks, part));
    let mut facts = vec![
        fact("product", text(&platform.product)),
        fact("container", text(&platform.container)),
        fact("sockets", number(&platform.sockets)),
        fact("cores", number(&platform.cores)),
        fact("threads per core", number(&platform.threads_per_core)),
        fact("last-level caches", text(&of_all(&platform.last_level_caches, cache))),
        fact("NUMA nodes", text(&of_all(&platform.numa_nodes, node))),
        fact("CPU frequency limits", how.show(&platform.cpu_frequency_limits, frequencies)),
        fact("CPU governor", text(&platform.cpu_governor)),
        fact("memory modules", text(&of_all(&platform.memory_modules, memory_module))),
        fact("disk", disk(|disk| known(&disk.model, String::clone))),
        fact("disk size", disk(|disk| known(&disk.bytes, |bytes| format_bytes(*bytes)))),
        fact(
            "disk rotational",
            disk(|disk| known(&disk.rotational, |is_so| if *is_so { "yes" } else { "no" }.to_owned())),
        ),
        fact("disk write cache", disk(|disk| known(&disk.write_cache, String::clone))),
        fact("I/O scheduler", disk(|disk| known(&disk.scheduler, String::clone))),
        fact("devices between file system and disk", disk(layers)),
        fact("kernel command line", text(&platform.kernel_command_line)),
    ];
    facts.extend(tlb_facts(platform));
    match &platform.cpu_vulnerabilities {
        Availability::Value(all) if how == Unavailable::Named => {
            facts.extend(all.iter().map(|one| fact(&format!("vulnerability {}", one.name), one.state.clone())));
        }
        some => facts.push(fact("CPU vulnerabilities", how.show(some, |all| vulnerabilities(all)))),
    }
    facts
}

/// How translations are taken away from other CPUs; what is unavailable says so.
pub fn tlb_facts(platform: &Platform) -> Vec<Fact> {
    match platform.tlb_shootdowns.known() {
        Ok(facts) => facts
            .iter()
            .map(|one| fact(&format!("TLB: {}", one.name), crate::results::fact(&one.state, String::clone)))
            .collect(),
        Err(why) => vec![fact("TLB shootdowns", format!("unavailable: {why}"))],
    }
}

fn known<T>(value: &Availability<T>, show: impl FnOnce(&T) -> String) -> Result<String, String> {
    value.known().map(show).map_err(String::clone)
}

/// Each item in words, equal ones together; one that is unavailable makes all of them so.
fn of_all<T>(list: &Availability<Vec<T>>, show: fn(&T) -> Result<String, String>) -> Availability<String> {
    let shown = list.known().map_err(String::clone).and_then(|list| list.iter().map(show).collect());
    shown.map(several).into()
}

/// Such as `2 × 32 MiB L3`.
fn several(values: Vec<String>) -> String {
    let groups = grouped(values.into_iter().map(|value| (value, ()))).into_iter().map(|(value, all)| match all.len() {
        1 => value,
        count => format!("{count} × {value}"),
    });
    groups.collect::<Vec<_>>().join("; ")
}

fn cache(cache: &Cache) -> Result<String, String> {
    known(&cache.bytes, |bytes| format!("{} L{}", format_bytes(*bytes), cache.level))
}

fn node(node: &NumaNode) -> Result<String, String> {
    let cpus = known(&node.cpus, String::clone)?;
    known(&node.memory_bytes, |bytes| format!("node {}: CPUs {cpus}, {}", node.node, format_bytes(*bytes)))
}

pub fn frequencies(range: &FrequencyRange) -> String {
    match [range.least_hz, range.most_hz].map(format_hz) {
        [least, most] if least == most => most,
        [least, most] => format!("{least} to {most}"),
    }
}

fn memory_module(module: &MemoryModule) -> Result<String, String> {
    let (bytes, kind) = (known(&module.bytes, |bytes| format_bytes(*bytes))?, known(&module.kind, String::clone)?);
    known(&module.mega_transfers_per_s, |speed| format!("{bytes} {kind} at {speed} MT/s"))
}

fn layers(disk: &Disk) -> Result<String, String> {
    Ok(if disk.layers.is_empty() { "none".to_owned() } else { disk.layers.join(", ") })
}

/// Those that affect the processor, with what is done about each.
fn vulnerabilities(all: &[CpuVulnerability]) -> String {
    let (others, affecting): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.state == NOT_AFFECTED);
    let affecting: Vec<String> = affecting.iter().map(|one| format!("{}: {}", one.name, one.state)).collect();
    let others = format!("{}: not affected", count(others.len() as u64, "other"));
    affecting.into_iter().chain([others]).collect::<Vec<_>>().join("; ")
}
