//! The facts of the machines that results come from: which differ, which are the same.
//! They are shown and never refused: to compare machines is what comparisons are for.

use crate::{
    conclude::wording,
    results::{
        Availability, Comparability, Environment, Fact, Folios, KeyDifference, Machine, Run, fact as explained,
        quota_text,
    },
    scenario::units::format_bytes,
};

/// How a fact is shown that a machine does not report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// With the reason.
    Explained,
    /// Without: reasons differ between machines where nothing else does.
    Named,
}

impl Unavailable {
    fn show<T>(self, value: &Availability<T>, show: impl Fn(&T) -> String) -> String {
        if self == Unavailable::Explained { explained(value, show) } else { wording::known(value, show) }
    }
}

/// Facts of each machine, in the same order: those that differ, those that are the same.
pub fn sorted_out(facts: &[Vec<Fact>]) -> (Vec<KeyDifference>, Vec<Fact>) {
    let (mut differing, mut same) = (Vec::new(), Vec::new());
    for fact in facts.first().into_iter().flatten() {
        let value = |facts: &Vec<Fact>| {
            let found = facts.iter().find(|other| other.key == fact.key);
            wording::or_unavailable(found, |found| found.value.clone())
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
    let folios = run.files.first().map(|file| wording::known(&file.folios, |folios| mostly(folios)));
    let mut facts = with_limits(&run.environment);
    facts.push(fact("folios of the file", wording::or_unavailable(folios, |folios| folios)));
    facts.push(fact("mapstorm", run.mapstorm_version.clone()));
    facts
}

/// The size of the folios that most of a file is in.
pub fn mostly(folios: &[Folios]) -> String {
    let most = folios.iter().max_by_key(|folio| folio.bytes.saturating_mul(folio.count));
    most.map_or_else(|| "none in memory".to_owned(), |folio| format!("mostly {}", format_bytes(folio.bytes)))
}

pub fn with_limits(machine: &Environment) -> Vec<Fact> {
    let limits = machine.limits.iter().map(|limit| fact(&limit.name, wording::known(&limit.value, u64::to_string)));
    of_environment(machine, Unavailable::Named).into_iter().chain(limits).collect()
}

pub fn of_environment(machine: &Environment, how: Unavailable) -> Vec<Fact> {
    let text = |value: &Availability<String>| how.show(value, String::clone);
    let number = |value: &Availability<u64>| how.show(value, u64::to_string);
    let bytes = |value: &Availability<u64>| how.show(value, |bytes| format_bytes(*bytes));
    vec![
        fact("host", machine.host.clone()),
        fact("system", machine.system.clone()),
        fact("kernel", machine.kernel.clone()),
        fact("kernel version", machine.kernel_version.clone()),
        fact("architecture", machine.architecture.clone()),
        fact("processor", text(&machine.cpu_model)),
        fact("CPUs allowed by affinity", number(&machine.cpus_allowed)),
        fact("CPU quota", quota_text(&machine.cpu_quota)),
        fact("CPUs online", number(&machine.cpus_online)),
        fact("memory", bytes(&machine.memory_bytes)),
        fact("page size", bytes(&machine.page_size)),
        fact("hypervisor", text(&machine.hypervisor)),
        fact("clock source", text(&machine.clock_source)),
        fact("huge pages", text(&machine.huge_pages)),
        fact("file system", how.show(&machine.file_system, |found| found.kind.clone())),
        fact("mount options", how.show(&machine.file_system, |found| found.options.clone())),
    ]
}

pub fn of_machine(machine: &Machine, how: Unavailable) -> Vec<Fact> {
    vec![
        fact("host", machine.host.clone()),
        fact("system", machine.system.clone()),
        fact("kernel", machine.kernel.clone()),
        fact("architecture", machine.architecture.clone()),
        fact("CPUs allowed by affinity", how.show(&machine.cpus_allowed, u64::to_string)),
        fact("CPU quota", quota_text(&machine.cpu_quota)),
        fact("memory", how.show(&machine.memory_bytes, |bytes| format_bytes(*bytes))),
        fact("hypervisor", how.show(&machine.hypervisor, String::clone)),
        fact("file system", how.show(&machine.file_system, String::clone)),
    ]
}

pub(crate) fn fact(key: &str, value: String) -> Fact {
    Fact { key: key.to_owned(), value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn facts_that_differ_are_separated_from_those_that_do_not() {
        let one = fixtures::run(&fixtures::outcome());
        let mut other = one.clone();
        (other.environment.system, other.environment.kernel) = ("SunOS".to_owned(), "5.11".to_owned());
        other.environment.clock_source = Availability::Unavailable { unavailable: "not asked".to_owned() };
        other.environment.limits.clear();
        let (differing, same) = sorted_out(&[of_run(&one), of_run(&other)]);
        for (key, expected) in [("system", "SunOS"), ("kernel", "5.11"), ("clock source", "unavailable")] {
            assert_eq!(differing.iter().find(|fact| fact.key == key).map(|fact| &*fact.values[1]), Some(expected));
        }
        for fact in [fact("memory", "24 GiB".to_owned()), fact("folios of the file", "mostly 1 MiB".to_owned())] {
            assert!(same.contains(&fact), "{same:?}");
        }
        assert_eq!(sorted_out(&[]), (vec![], vec![]));
    }
}
