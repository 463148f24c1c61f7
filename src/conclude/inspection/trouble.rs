//! Whether a machine is in such trouble that a measurement on it would make things worse.

use crate::{
    results::Availability,
    scenario::units::{format_bytes, percent},
};

/// More memory pressure than this, more of the CPUs waited for, less of the disk free: shares.
const MOST_MEMORY_PRESSURE: f64 = 0.1;
const MOST_CPU_PRESSURE: f64 = 0.5;
const LEAST_FREE_DISK: f64 = 0.05;
/// Without pressure stall information: processes that run or could run, for each CPU.
const MOST_LOAD: f64 = 1.5;

/// What is known of a machine before something is measured on it.
#[derive(Clone, Debug)]
pub struct Vitals {
    /// Share of the last 10 s in which some task waited for memory, and for a CPU.
    pub memory_pressure: Availability<f64>,
    pub cpu_pressure: Availability<f64>,
    /// Load average of the last minute divided by the CPUs.
    pub load_per_cpu: Option<f64>,
    /// Memory that may be used for it, and what it needs at least, bytes; `None`: not known.
    pub memory_allowed: Option<u64>,
    pub memory_needed: u64,
    /// Share of the file system that is free, and its free bytes; `None`: not known.
    pub disk_free: Option<(f64, u64)>,
    pub disk_needed: u64,
}

/// Why nothing should be measured now; empty: nothing speaks against it. What is unknown is no trouble.
pub fn troubles(vitals: &Vitals) -> Vec<String> {
    let waited = |pressure: &Availability<f64>, what: &str, most: f64| {
        let share = *pressure.value().filter(|share| **share > most)?;
        let (share, most) = (percent(share), percent(most));
        Some(format!("tasks waited for {what} in {share} of the last 10 s; at most {most} are allowed"))
    };
    let mut troubles = Vec::new();
    troubles.extend(waited(&vitals.memory_pressure, "memory", MOST_MEMORY_PRESSURE));
    troubles.extend(waited(&vitals.cpu_pressure, "a CPU", MOST_CPU_PRESSURE));
    let without_pressure = vitals.load_per_cpu.filter(|_| vitals.cpu_pressure.value().is_none());
    if let Some(load) = without_pressure.filter(|load| *load > MOST_LOAD) {
        troubles.push(format!("the load average is {load:.1} for each CPU; at most {MOST_LOAD} is allowed"));
    }
    if let Some(allowed) = vitals.memory_allowed.filter(|allowed| *allowed < vitals.memory_needed) {
        troubles.push(format!(
            "a quarter of the free memory is {}; the smallest measurement needs {}",
            format_bytes(allowed),
            format_bytes(vitals.memory_needed)
        ));
    }
    if let Some((share, bytes)) = vitals.disk_free {
        if share < LEAST_FREE_DISK {
            troubles.push(format!(
                "{} of the file system are free; at least {} are needed",
                percent(share),
                percent(LEAST_FREE_DISK)
            ));
        } else if bytes < vitals.disk_needed {
            troubles.push(format!(
                "{} of the file system are free; the measurement needs {}",
                format_bytes(bytes),
                format_bytes(vitals.disk_needed)
            ));
        }
    }
    troubles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet() -> Vitals {
        Vitals {
            memory_pressure: Availability::Value(0.0),
            cpu_pressure: Availability::Value(0.2),
            load_per_cpu: Some(9.0),
            memory_allowed: Some(1 << 30),
            memory_needed: 100 << 20,
            disk_free: Some((0.4, 10 << 30)),
            disk_needed: 200 << 20,
        }
    }

    fn unknown() -> Availability<f64> {
        Err("no pressure stall information".to_owned()).into()
    }

    #[test]
    fn each_trouble_is_named_with_its_bound_and_what_is_unknown_is_none() {
        assert_eq!(troubles(&quiet()), [""; 0]);
        for (vitals, says) in [
            (Vitals { memory_pressure: Availability::Value(0.11), ..quiet() }, "waited for memory in 11.0 %"),
            (Vitals { cpu_pressure: Availability::Value(0.51), ..quiet() }, "waited for a CPU in 51.0 %"),
            (Vitals { cpu_pressure: unknown(), ..quiet() }, "load average is 9.0 for each CPU"),
            (Vitals { memory_allowed: Some(99 << 20), ..quiet() }, "the smallest measurement needs 100 MiB"),
            (Vitals { disk_free: Some((0.04, 10 << 30)), ..quiet() }, "4.0 % of the file system are free"),
            (Vitals { disk_free: Some((0.4, 100 << 20)), ..quiet() }, "the measurement needs 200 MiB"),
        ] {
            let found = troubles(&vitals);
            assert!(found.len() == 1 && found[0].contains(says), "{says}: {found:?}");
        }
        let blind = Vitals {
            memory_pressure: unknown(),
            cpu_pressure: unknown(),
            load_per_cpu: None,
            memory_allowed: None,
            disk_free: None,
            ..quiet()
        };
        assert_eq!(troubles(&blind), [""; 0]);
    }
}
