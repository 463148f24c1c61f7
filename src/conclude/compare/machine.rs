//! The facts of the machines that results come from: which differ, which are the same.
//! They are shown and never refused: to compare machines is what comparisons are for.

use crate::{
    results::{Availability, Comparability, Environment, Fact, KeyDifference, Machine, Run, quota_text},
    scenario::units::format_bytes,
};

/// Facts of each machine, in the same order: those that differ, those that are the same.
pub fn sorted_out(facts: &[Vec<Fact>]) -> (Vec<KeyDifference>, Vec<Fact>) {
    let (mut differing, mut same) = (Vec::new(), Vec::new());
    let Some(first) = facts.first() else { return (differing, same) };
    for fact in first {
        let value = |facts: &Vec<Fact>| {
            let found = facts.iter().find(|other| other.key == fact.key);
            found.map_or_else(|| "unavailable".to_owned(), |found| found.value.clone())
        };
        let values: Vec<String> = facts.iter().map(value).collect();
        if values.iter().all(|value| *value == fact.value) {
            same.push(fact.clone());
        } else {
            differing.push(KeyDifference { key: fact.key.clone(), values, comparability: Comparability::Neutral });
        }
    }
    (differing, same)
}

pub fn of_run(run: &Run) -> Vec<Fact> {
    let mut facts = of_environment(&run.environment);
    let file = run.files.first();
    let folios = file.map_or_else(
        || "unavailable".to_owned(),
        |file| {
            known(&file.folios, |folios| {
                // The size that most of the file is in.
                let most = folios.iter().max_by_key(|folio| folio.bytes.saturating_mul(folio.count));
                most.map_or_else(|| "none in memory".to_owned(), |most| format!("mostly {}", format_bytes(most.bytes)))
            })
        },
    );
    facts.push(fact("folios of the file", folios));
    facts.push(fact("mapstorm", run.mapstorm_version.clone()));
    facts
}

pub fn of_environment(machine: &Environment) -> Vec<Fact> {
    let Environment { cpu_model, cpus_online, cpus_allowed, cpu_quota, memory_bytes, page_size, .. } = machine;
    let system = &machine.file_system;
    let mut facts = vec![
        fact("host", machine.host.clone()),
        fact("system", machine.system.clone()),
        fact("kernel", machine.kernel.clone()),
        fact("kernel version", machine.kernel_version.clone()),
        fact("architecture", machine.architecture.clone()),
        fact("processor", known(cpu_model, String::clone)),
        fact("CPUs allowed by affinity", known(cpus_allowed, u64::to_string)),
        fact("CPU quota", quota_text(cpu_quota)),
        fact("CPUs online", known(cpus_online, u64::to_string)),
        fact("memory", known(memory_bytes, |bytes| format_bytes(*bytes))),
        fact("page size", known(page_size, |bytes| format_bytes(*bytes))),
        fact("hypervisor", known(&machine.hypervisor, String::clone)),
        fact("clock source", known(&machine.clock_source, String::clone)),
        fact("huge pages", known(&machine.huge_pages, String::clone)),
        fact("file system", known(system, |found| found.kind.clone())),
        fact("mount options", known(system, |found| found.options.clone())),
    ];
    for limit in &machine.limits {
        facts.push(fact(&limit.name, known(&limit.value, u64::to_string)));
    }
    facts
}

pub fn of_machine(machine: &Machine) -> Vec<Fact> {
    vec![
        fact("host", machine.host.clone()),
        fact("system", machine.system.clone()),
        fact("kernel", machine.kernel.clone()),
        fact("architecture", machine.architecture.clone()),
        fact("CPUs allowed by affinity", known(&machine.cpus_allowed, u64::to_string)),
        fact("CPU quota", quota_text(&machine.cpu_quota)),
        fact("memory", known(&machine.memory_bytes, |bytes| format_bytes(*bytes))),
        fact("hypervisor", known(&machine.hypervisor, String::clone)),
        fact("file system", known(&machine.file_system, String::clone)),
    ]
}

pub(crate) fn fact(key: &str, value: String) -> Fact {
    Fact { key: key.to_owned(), value }
}

/// Why a fact is unavailable is another story on every machine, and no difference.
fn known<T>(value: &Availability<T>, show: impl Fn(&T) -> String) -> String {
    value.value().map_or_else(|| "unavailable".to_owned(), show)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn what_differs_is_told_from_what_does_not() {
        let one = fixtures::run(&fixtures::outcome());
        let mut other = one.clone();
        (other.environment.system, other.environment.kernel) = ("SunOS".to_owned(), "5.11".to_owned());
        other.environment.clock_source = Availability::Unavailable { unavailable: "not asked".to_owned() };
        other.environment.limits.clear();
        let (differing, same) = sorted_out(&[of_run(&one), of_run(&other)]);
        let value = |key: &str| differing.iter().find(|it| it.key == key).map(|it| it.values[1].as_str());
        assert_eq!(
            (value("system"), value("kernel"), value("clock source")),
            (Some("SunOS"), Some("5.11"), Some("unavailable"))
        );
        assert!(same.iter().any(|fact| fact.key == "memory" && fact.value == "24 GiB"), "{same:?}");
        assert!(same.iter().any(|fact| fact.key == "folios of the file" && fact.value == "mostly 1 MiB"), "{same:?}");
        assert_eq!(sorted_out(&[]), (vec![], vec![]));
    }
}
