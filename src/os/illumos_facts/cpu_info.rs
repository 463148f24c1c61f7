//! The kstats `cpu_info:N:cpu_infoN`: which chip and core a CPU is of, and its frequencies.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    facts::Probe,
    platform::{FrequencyRange, Platform},
};

/// What is read of one CPU; `None`: it has no such statistic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuInfo {
    pub chip_id: Option<u64>,
    pub core_id: Option<u64>,
    pub current_clock_hz: Option<u64>,
    /// Frequencies with colons between them.
    pub supported_frequencies_hz: Option<String>,
}

/// One statistic of all CPUs.
fn of_all<T>(cpus: &[CpuInfo], name: &str, statistic: impl Fn(&CpuInfo) -> Option<T>) -> Probe<Vec<T>> {
    let found: Option<Vec<T>> = cpus.iter().map(statistic).collect();
    found.filter(|found| !found.is_empty()).ok_or_else(|| format!("there is no kstat cpu_info:N:cpu_infoN:{name}"))
}

/// The CPUs of each core. Numbers of cores may come again in another chip.
fn cores(cpus: &[CpuInfo]) -> Probe<BTreeMap<(u64, u64), u64>> {
    let mut cores = BTreeMap::new();
    for core in of_all(cpus, "core_id", |cpu| Some((cpu.chip_id?, cpu.core_id?)))? {
        *cores.entry(core).or_insert(0) += 1;
    }
    Ok(cores)
}

/// The same platform with what the CPUs' statistics say.
pub fn described(cpus: &[CpuInfo], platform: Platform) -> Platform {
    let cores = cores(cpus);
    let most = |cores: BTreeMap<_, u64>| cores.into_values().max().ok_or_else(|| "there is no core".to_owned());
    let sockets = of_all(cpus, "chip_id", |cpu| cpu.chip_id).map(|chips| chips.into_iter().collect::<BTreeSet<_>>());
    Platform {
        sockets: sockets.map(|chips| chips.len() as u64).into(),
        cores: cores.clone().map(|cores| cores.len() as u64).into(),
        threads_per_core: cores.and_then(most).into(),
        cpu_frequency_limits: limits(cpus).into(),
        ..platform
    }
}

fn limits(cpus: &[CpuInfo]) -> Probe<FrequencyRange> {
    let texts = of_all(cpus, "supported_frequencies_Hz", |cpu| cpu.supported_frequencies_hz.clone())?;
    let frequencies = texts.iter().flat_map(|text| text.split(':')).filter_map(|hz| hz.trim().parse().ok());
    FrequencyRange::of(frequencies).ok_or_else(|| format!("supported_frequencies_Hz is `{}`", texts.join(", ")))
}

pub fn frequency_now(cpus: &[CpuInfo]) -> Probe<FrequencyRange> {
    let now = of_all(cpus, "current_clock_Hz", |cpu| cpu.current_clock_hz.filter(|hz| *hz > 0))?;
    FrequencyRange::of(now).ok_or_else(|| "there is no CPU".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(chip: u64, core: u64) -> CpuInfo {
        CpuInfo {
            chip_id: Some(chip),
            core_id: Some(core),
            current_clock_hz: Some(1_200_000_000 + core),
            supported_frequencies_hz: Some("1000000000:1200000000:2400000000".to_owned()),
        }
    }

    #[test]
    fn chips_cores_and_frequencies_are_those_of_the_statistics() {
        // Two chips of two cores, each core with two CPUs, the cores of both with the same numbers.
        let cpus: Vec<CpuInfo> =
            [(0, 0), (0, 0), (0, 1), (0, 1), (1, 0), (1, 0), (1, 1), (1, 1)].map(|(a, b)| cpu(a, b)).into();
        let found = described(&cpus, Platform::unavailable("not asked"));
        assert_eq!(
            [&found.sockets, &found.cores, &found.threads_per_core].map(|datum| datum.value().copied()),
            [Some(2), Some(4), Some(2)]
        );
        let limits = FrequencyRange { least_hz: 1_000_000_000, most_hz: 2_400_000_000 };
        assert_eq!(found.cpu_frequency_limits.value(), Some(&limits));
        let now = FrequencyRange { least_hz: 1_200_000_000, most_hz: 1_200_000_001 };
        assert_eq!(frequency_now(&cpus), Ok(now));
    }

    #[test]
    fn a_statistic_that_one_cpu_lacks_is_unavailable_and_no_zero() {
        let cpus = [cpu(0, 0), CpuInfo::default()];
        for cpus in [&cpus[..], &[]] {
            let json = serde_json::to_value(described(cpus, Platform::unavailable("not asked"))).unwrap();
            assert!(json["sockets"]["unavailable"].as_str().unwrap().contains("chip_id"), "{json}");
            assert!(json["cores"]["unavailable"].as_str().unwrap().contains("core_id"), "{json}");
            assert!(frequency_now(cpus).unwrap_err().contains("current_clock_Hz"));
        }
    }
}
