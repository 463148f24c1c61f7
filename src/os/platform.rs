//! What a machine is made of and how it is set up, in the same types on all systems. Each datum is available or not by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts::Availability;

/// What the machine is made of and how it is set up. Two machines that differ here may differ in any figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Platform {
    /// Vendor and product, as the firmware names them; in a virtual machine those that the hypervisor shows.
    pub product: Availability<String>,
    /// The kind of container that the processes run in, such as `docker`; `none` outside of any.
    pub container: Availability<String>,
    /// Sockets that hold at least one CPU that is switched on.
    pub sockets: Availability<u64>,
    /// Cores with at least one CPU that is switched on, of all sockets together.
    pub cores: Availability<u64>,
    /// CPUs of a core that are switched on; of the core that has most, where cores differ.
    pub threads_per_core: Availability<u64>,
    /// The last-level caches: of each CPU the cache of the highest level, each cache once.
    pub last_level_caches: Availability<Vec<Cache>>,
    /// The NUMA nodes.
    pub numa_nodes: Availability<Vec<NumaNode>>,
    /// Between which frequencies the system may set the CPUs, over all of them.
    pub cpu_frequency_limits: Availability<FrequencyRange>,
    /// What chooses the CPUs' frequency, such as `performance`; several kinds are separated by commas.
    pub cpu_governor: Availability<String>,
    /// The known vulnerabilities of processors, and what this kernel does about each here.
    pub cpu_vulnerabilities: Availability<Vec<CpuVulnerability>>,
    /// How translations are taken away from other CPUs (TLB shootdowns).
    #[serde(default = "Availability::<Vec<TlbFact>>::not_recorded")]
    pub tlb_shootdowns: Availability<Vec<TlbFact>>,
    /// The memory modules that are plugged in.
    pub memory_modules: Availability<Vec<MemoryModule>>,
    /// The disks behind the directory of the mapped files, below partitions, device mapper, RAID and loop devices.
    pub disks: Availability<Vec<Disk>>,
    /// The options that the kernel was started with, without those for the first process.
    pub kernel_command_line: Availability<String>,
}

/// A cache of a processor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cache {
    /// Its level: 3 for an L3 cache.
    pub level: u64,
    /// Its size, bytes.
    pub bytes: Availability<u64>,
    /// The CPUs that share it, such as `0-7,16-23`.
    pub cpus: String,
}

/// A NUMA node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NumaNode {
    /// Its number.
    pub node: u64,
    /// Its CPUs, such as `0-7,16-23`; `none` if it is memory alone.
    pub cpus: Availability<String>,
    /// Its memory, bytes.
    pub memory_bytes: Availability<u64>,
}

/// The lowest and the highest of some frequencies, hertz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrequencyRange {
    /// The lowest.
    pub least_hz: u64,
    /// The highest.
    pub most_hz: u64,
}

#[cfg(any(test, target_os = "linux", target_os = "illumos"))]
impl FrequencyRange {
    /// `None`: there are no frequencies.
    pub fn of(frequencies: impl IntoIterator<Item = u64>) -> Option<FrequencyRange> {
        let all: Vec<u64> = frequencies.into_iter().collect();
        Some(FrequencyRange { least_hz: *all.iter().min()?, most_hz: *all.iter().max()? })
    }
}

/// A vulnerability of processors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CpuVulnerability {
    /// Its name in the system, such as `spectre_v2`.
    pub name: String,
    /// What the kernel reports of it: `Not affected`, `Vulnerable` or `Mitigation`, with details.
    pub state: String,
}

/// A fact about how translations are taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TlbFact {
    /// What it is about, such as `PCID`.
    pub name: String,
    /// What holds here, such as `yes`.
    pub state: Availability<String>,
}

/// Where a CPU is, seen from another: the nearest that holds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Another thread of the same core.
    Sibling,
    /// Another core that shares the last-level cache.
    SameCache,
    /// Another cache of the same socket.
    SameSocket,
    /// Another socket.
    OtherSocket,
    /// The system does not say where its CPUs are.
    Unknown,
}

impl Placement {
    pub fn in_words(self) -> &'static str {
        match self {
            Placement::Sibling => "on the same core",
            Placement::SameCache => "on cores with the same last-level cache",
            Placement::SameSocket => "on the same socket",
            Placement::OtherSocket => "on another socket",
            Placement::Unknown => "on CPUs whose place is unknown",
        }
    }
}

/// A memory module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryModule {
    /// Its size, bytes.
    pub bytes: Availability<u64>,
    /// Its type, such as `DDR5`.
    pub kind: Availability<String>,
    /// The speed that it is run at, million transfers per second.
    pub mega_transfers_per_s: Availability<u64>,
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Disk {
    /// Its name in the system, such as `nvme0n1`.
    pub name: String,
    /// What lies between the file system and it, from the top: partitions, device mapper, RAID, loop devices.
    pub layers: Vec<String>,
    /// Its vendor, where that is not part of the model's name, and its model.
    pub model: Availability<String>,
    /// Its size, bytes.
    pub bytes: Availability<u64>,
    /// Whether it turns, as far as the kernel knows. Of a virtual disk this is what its host announces.
    pub rotational: Availability<bool>,
    /// `write back`: it has a cache that a sync must flush; `write through`: it has none, or one that outlives a power failure.
    pub write_cache: Availability<String>,
    /// The kernel's I/O scheduler for it; `none`: requests go to it as they come.
    pub scheduler: Availability<String>,
}

impl Platform {
    /// Of a system that reports nothing of it: `why` is the reason for each datum.
    pub fn unavailable(why: &str) -> Platform {
        Platform {
            product: Availability::unavailable(why),
            container: Availability::unavailable(why),
            sockets: Availability::unavailable(why),
            cores: Availability::unavailable(why),
            threads_per_core: Availability::unavailable(why),
            last_level_caches: Availability::unavailable(why),
            numa_nodes: Availability::unavailable(why),
            cpu_frequency_limits: Availability::unavailable(why),
            cpu_governor: Availability::unavailable(why),
            cpu_vulnerabilities: Availability::unavailable(why),
            tlb_shootdowns: Availability::unavailable(why),
            memory_modules: Availability::unavailable(why),
            disks: Availability::unavailable(why),
            kernel_command_line: Availability::unavailable(why),
        }
    }
}

/// What the processor says of the hypervisor that runs it (CPUID, leaf 0x40000000): its signature; `None`: it is the bare machine.
/// `Err`: processors of this architecture do not say.
pub fn hypervisor_signature() -> Result<Option<String>, String> {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::__cpuid;
        const PRESENT: u32 = 1 << 31;
        if __cpuid(1).ecx & PRESENT == 0 {
            return Ok(None);
        }
        let leaf = __cpuid(0x4000_0000);
        let bytes: Vec<u8> = [leaf.ebx, leaf.ecx, leaf.edx].iter().flat_map(|word| word.to_le_bytes()).collect();
        Ok(Some(String::from_utf8_lossy(&bytes).trim_matches(['\0', ' ']).to_owned()))
    }
    #[cfg(not(target_arch = "x86_64"))]
    Err(format!("processors of the architecture {} do not report a hypervisor", std::env::consts::ARCH))
}

/// Whether the hypervisor takes translations away for its guest, so that CPUs that it does not run are not interrupted, and which does; `None`:
/// it does not, or there is none. `signature`: its own.
/// Linux's Documentation/virt/kvm/x86/cpuid.rst (leaf 0x40000001, bit 9 of EAX); Microsoft's Hypervisor Top Level Functional Specification
/// (leaf 0x40000004, bit 2 of EAX).
pub fn paravirtual_flush(signature: Option<&str>) -> Option<&'static str> {
    let (leaf, bit, name) = match signature? {
        "KVMKVMKVM" => (0x4000_0001, 9, "KVM"),
        "Microsoft Hv" => (0x4000_0004, 2, "Hyper-V"),
        _ => return None,
    };
    #[cfg(target_arch = "x86_64")]
    let offered = std::arch::x86_64::__cpuid(leaf).eax & (1 << bit) != 0;
    #[cfg(not(target_arch = "x86_64"))]
    let offered = (leaf, bit) == (0, 0);
    offered.then_some(name)
}

/// The kind of the hypervisor, or `none`, as far as the processor reports it.
pub fn hypervisor() -> Result<String, String> {
    hypervisor_signature().map(|signature| hypervisor_kind(signature.as_deref()))
}

/// The kind of a hypervisor by its signature; of none `none`.
fn hypervisor_kind(signature: Option<&str>) -> String {
    let Some(signature) = signature else { return "none".to_owned() };
    const KINDS: [(&str, &str); 10] = [
        ("KVMKVMKVM", "KVM"),
        ("Linux KVM Hv", "KVM"),
        ("TCGTCGTCGTCG", "QEMU without KVM (TCG: every instruction is emulated)"),
        ("XenVMMXenVMM", "Xen"),
        ("VMwareVMware", "VMware"),
        ("Microsoft Hv", "Hyper-V"),
        ("VBoxVBoxVBox", "VirtualBox"),
        ("bhyve bhyve", "bhyve"),
        ("Apple VZ", "Apple Virtualization"),
        ("ACRNACRNACRN", "ACRN"),
    ];
    let known = KINDS.iter().find(|(known, _)| *known == signature).map(|(_, kind)| (*kind).to_owned());
    match signature {
        "" => "some (the processor says so and does not say which)".to_owned(),
        signature => known.unwrap_or_else(|| format!("some (signature {signature:?})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hypervisor_is_named_by_its_signature() {
        assert_eq!(hypervisor_kind(Some("KVMKVMKVM")), "KVM");
        assert!(hypervisor_kind(Some("TCGTCGTCGTCG")).contains("emulated"));
        assert_eq!(hypervisor_kind(Some("NewNewNewNew")), "some (signature \"NewNewNewNew\")");
        assert!(hypervisor_kind(Some("")).starts_with("some"));
        assert_eq!(hypervisor_kind(None), "none");
    }

    #[test]
    fn a_range_of_frequencies_is_never_made_of_none() {
        assert_eq!(FrequencyRange::of([]), None);
        assert_eq!(FrequencyRange::of([7, 3, 5]), Some(FrequencyRange { least_hz: 3, most_hz: 7 }));
    }

    #[test]
    fn what_is_unavailable_as_a_whole_has_its_reason_in_each_datum() {
        let json = serde_json::to_value(Platform::unavailable("no way")).unwrap();
        let data = json.as_object().unwrap();
        assert!(data.len() >= 13 && data.values().all(|datum| datum["unavailable"] == "no way"), "{json}");
    }
}
