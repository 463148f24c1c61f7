//! The facts of the machines that results come from: which differ, which are the same, and how that limits what may be concluded.
//! They are shown and never refused: to compare machines is what comparisons are for.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
};

use super::platform::of_platform;
use crate::{
    conclude::wording::{self, UNAVAILABLE},
    results::{
        Availability, Comparability, CpuQuota, Environment, Fact, Folios, KeyDifference, Machine, Run,
        fact as explained,
    },
    scenario::units::format_bytes,
};

/// Before the names of facts that bound the number of workers, and change no figure.
const LIMIT: &str = "limit: ";
const HOST: &str = "host";
/// So many facts are named in a sentence.
const NAMED: usize = 5;

/// How a fact is shown that a machine does not report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// With the reason.
    Explained,
    /// Without: reasons differ between machines where nothing else does.
    Named,
}

impl Unavailable {
    pub(super) fn show<T>(self, value: &Availability<T>, show: impl Fn(&T) -> String) -> String {
        if self == Unavailable::Explained { explained(value, show) } else { wording::known(value, show) }
    }
}

/// Every fact that at least one machine reports, with the values of all machines, in their order.
fn by_key<F: Borrow<Vec<Fact>>>(facts: &[F]) -> impl Iterator<Item = (&str, Vec<String>)> {
    let (mut keys, mut columns): (Vec<&str>, HashMap<&str, Vec<String>>) = (Vec::new(), HashMap::new());
    for (place, machine) in facts.iter().enumerate() {
        for fact in machine.borrow() {
            let column = columns.entry(&fact.key).or_insert_with(|| {
                keys.push(&fact.key);
                vec![UNAVAILABLE.to_owned(); facts.len()]
            });
            column[place].clone_from(&fact.value);
        }
    }
    let all = keys.into_iter().filter_map(move |key| Some((key, columns.remove(key)?)));
    all.filter(|(_, values)| values.iter().any(|value| value != UNAVAILABLE))
}

/// Facts of each machine, in the same order: those that differ, those that are the same. What no machine reports is neither.
pub fn sorted_out<F: Borrow<Vec<Fact>>>(facts: &[F]) -> (Vec<KeyDifference>, Vec<Fact>) {
    let (mut differing, mut same) = (Vec::new(), Vec::new());
    for (key, values) in by_key(facts) {
        if values.iter().all(|value| *value == values[0]) {
            same.push(fact(key, values[0].clone()));
        } else {
            differing.push(KeyDifference { key: key.to_owned(), values, comparability: Comparability::Neutral });
        }
    }
    (differing, same)
}

/// What may not be concluded from figures that differ, because what they were measured on differs. `None`: nothing that is known of it
/// does, and it was one host.
pub fn qualification<F: Borrow<Vec<Fact>>>(facts: &[F]) -> Option<String> {
    let (mut differing, mut unseen, mut hosts) = (Vec::new(), Vec::new(), 1);
    for (key, values) in by_key(facts).filter(|(key, _)| !key.starts_with(LIMIT)) {
        let known = values.iter().filter(|value| *value != UNAVAILABLE).collect::<HashSet<_>>().len();
        match known {
            _ if key == HOST => hosts = known,
            0..=1 if values.iter().any(|value| value == UNAVAILABLE) => unseen.push(key.to_owned()),
            0..=1 => {}
            _ => differing.push(key.to_owned()),
        }
    }
    let unseen = match unseen.as_slice() {
        [] => String::new(),
        some => format!("; unavailable for at least one: {}", wording::first_of(some, NAMED)),
    };
    let differ = match differing.as_slice() {
        [] if hosts == 1 => return None,
        [] => "the results come from different hosts that are alike in every fact that all report: what figures differ by may come \
               from how one specimen differs from the next"
            .to_owned(),
        [one] => format!(
            "what the results were measured on differs in {one}, and in no other fact that all report: what figures differ by may come \
             from that"
        ),
        some => format!(
            "what the results were measured on differs in {}: figures compare the machines as a whole, and no single fact is shown to \
             be a cause",
            wording::first_of(some, NAMED)
        ),
    };
    Some(differ + &unseen)
}

pub fn of_run(run: &Run) -> Vec<Fact> {
    let folios = run.files.first().map(|file| wording::known(&file.folios, |folios| mostly(folios)));
    let mut facts = with_limits(&run.environment);
    facts.push(fact("folios of the file", wording::or_unavailable(folios, |folios| folios)));
    facts.push(fact("mapstorm", run.mapstorm_version.clone()));
    facts
}

/// What makes it the same machine, whatever runs on it: a kernel, or memory that was added, is what may have changed since.
const IDENTITY: [&str; 8] =
    [HOST, "system", "architecture", "processor", "CPUs allowed by affinity", "CPU quota", "hypervisor", "file system"];

/// The facts of a run by which machines are the same over time.
pub fn identity(facts: &[Fact]) -> Vec<Fact> {
    facts.iter().filter(|fact| IDENTITY.contains(&&*fact.key)).cloned().collect()
}

/// Whether a fact only bounds the number of workers.
pub fn is_limit(fact: &KeyDifference) -> bool {
    fact.key.starts_with(LIMIT)
}

/// The size of the folios that most of a file is in.
pub fn mostly(folios: &[Folios]) -> String {
    let most = folios.iter().max_by_key(|folio| folio.bytes.saturating_mul(folio.count));
    most.map_or_else(|| "none in memory".to_owned(), |folio| format!("mostly {}", format_bytes(folio.bytes)))
}

pub fn with_limits(machine: &Environment) -> Vec<Fact> {
    let limits = machine.limits.iter();
    let limits =
        limits.map(|limit| fact(&format!("{LIMIT}{}", limit.name), wording::known(&limit.value, u64::to_string)));
    of_environment(machine, Unavailable::Named).into_iter().chain(limits).collect()
}

pub fn of_environment(machine: &Environment, how: Unavailable) -> Vec<Fact> {
    let text = |value: &Availability<String>| how.show(value, String::clone);
    let number = |value: &Availability<u64>| how.show(value, u64::to_string);
    let bytes = |value: &Availability<u64>| how.show(value, |bytes| format_bytes(*bytes));
    let mut facts = vec![
        fact(HOST, machine.host.clone()),
        fact("system", machine.system.clone()),
        fact("kernel", machine.kernel.clone()),
        fact("kernel version", machine.kernel_version.clone()),
        fact("architecture", machine.architecture.clone()),
        fact("processor", text(&machine.cpu_model)),
        fact("CPUs allowed by affinity", number(&machine.cpus_allowed)),
        fact("CPU quota", how.show(&machine.cpu_quota, quota)),
        fact("CPUs online", number(&machine.cpus_online)),
        fact("memory", bytes(&machine.memory_bytes)),
        fact("page size", bytes(&machine.page_size)),
        fact("hypervisor", text(&machine.hypervisor)),
        fact("clock source", text(&machine.clock_source)),
        fact("huge pages", text(&machine.huge_pages)),
        fact("file system", how.show(&machine.file_system, |found| found.kind.clone())),
        fact("mount options", how.show(&machine.file_system, |found| found.options.clone())),
    ];
    facts.extend(of_platform(&machine.platform, how));
    facts
}

fn quota(quota: &Option<CpuQuota>) -> String {
    quota.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
}

pub fn of_machine(machine: &Machine, how: Unavailable) -> Vec<Fact> {
    let mut facts = vec![
        fact(HOST, machine.host.clone()),
        fact("system", machine.system.clone()),
        fact("kernel", machine.kernel.clone()),
        fact("architecture", machine.architecture.clone()),
        fact("processor", how.show(&machine.cpu_model, String::clone)),
        fact("CPUs allowed by affinity", how.show(&machine.cpus_allowed, u64::to_string)),
        fact("CPU quota", how.show(&machine.cpu_quota, quota)),
        fact("memory", how.show(&machine.memory_bytes, |bytes| format_bytes(*bytes))),
        fact("hypervisor", how.show(&machine.hypervisor, String::clone)),
        fact("file system", how.show(&machine.file_system, String::clone)),
    ];
    facts.extend(of_platform(&machine.platform, how));
    facts
}

pub(crate) fn fact(key: &str, value: String) -> Fact {
    Fact { key: key.to_owned(), value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{CpuVulnerability, Disk, Quota, fixtures};

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
        assert_eq!(sorted_out::<Vec<Fact>>(&[]), (vec![], vec![]));
    }

    #[test]
    fn a_fact_that_only_the_second_reports_is_no_less_named() {
        let all =
            [vec![fact("host", "a".to_owned())], vec![fact("host", "a".to_owned()), fact("disk", "x".to_owned())]];
        let (differing, _) = sorted_out(&all);
        assert_eq!(differing[0].values, ["unavailable", "x"]);
        let neither = [vec![fact("disk", UNAVAILABLE.to_owned())], vec![]];
        assert_eq!(sorted_out(&neither), (vec![], vec![]), "what no machine reports is not the same on all");
    }

    #[test]
    fn what_differs_between_machines_qualifies_the_comparison() {
        let one = fixtures::run(&fixtures::outcome());
        let between = |change: fn(&mut Environment)| {
            let mut other = one.clone();
            change(&mut other.environment);
            qualification(&[of_run(&one), of_run(&other)])
        };
        assert_eq!(between(|_| ()), None, "the same machine");
        assert_eq!(between(|machine| machine.limits.clear()), None, "limits change no figure");
        let not_asked = |machine: &mut Environment| {
            machine.cpu_quota = Quota::not_recorded();
            machine.clock_source = Availability::Unavailable { unavailable: "not asked".to_owned() };
        };
        assert_eq!(between(not_asked), None, "what was not asked is no difference");
        let twin = between(|machine| machine.host.push('2')).unwrap();
        assert!(twin.contains("alike in every fact") && twin.contains("specimen"), "{twin}");
        let kernel = between(|machine| machine.kernel.push('2')).unwrap();
        assert!(kernel.contains("differs in kernel, and in no other fact that all report"), "{kernel}");
        let disks = |rotational: bool| {
            let disk = Disk {
                name: "sda".to_owned(),
                layers: vec![],
                model: Availability::Value("SPIN".to_owned()),
                bytes: Availability::Value(1 << 40),
                rotational: Availability::Value(rotational),
                write_cache: Availability::Unavailable { unavailable: "no file".to_owned() },
                scheduler: Availability::Value("none".to_owned()),
            };
            Availability::Value(vec![disk.clone(), disk])
        };
        let mut spinning = one.clone();
        spinning.environment.platform.disks = disks(true);
        let mut flash = one.clone();
        flash.environment.platform.disks = disks(false);
        let facts = [of_run(&spinning), of_run(&flash)];
        let disk = qualification(&facts).unwrap();
        assert!(disk.contains("differs in disk rotational, and in no other"), "{disk}");
        let (differing, same) = sorted_out(&facts);
        assert_eq!(differing[0].values, ["2 × yes", "2 × no"]);
        assert!(same.contains(&fact("disk size", "2 × 1 TiB".to_owned())), "{same:?}");
        assert!(same.iter().all(|fact| fact.key != "disk write cache"), "{same:?}");
        flash.environment.cpu_model = Availability::Value("another".to_owned());
        let both = qualification(&[of_run(&spinning), of_run(&flash)]).unwrap();
        assert!(both.contains("differs in processor, disk rotational: ") && both.contains("no single fact"), "{both}");
    }

    #[test]
    fn each_vulnerability_is_compared_by_itself_and_all_are_one_fact_of_a_page() {
        let mut machine = fixtures::run(&fixtures::outcome()).environment;
        let named = |name: &str, state: &str| CpuVulnerability { name: name.to_owned(), state: state.to_owned() };
        let all = vec![named("meltdown", "Not affected"), named("mds", "Mitigation: Clear")];
        machine.platform.cpu_vulnerabilities = Availability::Value(all);
        let compared = of_environment(&machine, Unavailable::Named);
        assert!(compared.contains(&fact("vulnerability meltdown", "Not affected".to_owned())), "{compared:?}");
        let shown = of_environment(&machine, Unavailable::Explained);
        let expected = fact("CPU vulnerabilities", "mds: Mitigation: Clear; 1 other: not affected".to_owned());
        assert!(shown.contains(&expected), "{shown:?}");
    }

    proptest::proptest! {
        /// Values 1 and 2 are two values of a fact, 0 is that the machine does not report it.
        #[test]
        fn a_qualification_never_contradicts_the_facts(
            values in proptest::collection::vec(proptest::collection::vec(0..3u8, 4), 2..5)
        ) {
            let shown = |value: u8| if value == 0 { UNAVAILABLE.to_owned() } else { value.to_string() };
            let machine = |values: &Vec<u8>| {
                let keys = [HOST, "alpha", "beta", "limit: gamma"].into_iter();
                keys.zip(values).map(|(key, value)| fact(key, shown(*value))).collect::<Vec<_>>()
            };
            let said = qualification(&values.iter().map(machine).collect::<Vec<_>>());
            let column = |place: usize| values.iter().map(move |machine| machine[place]);
            let differs = |place: usize| [1, 2].iter().all(|value| column(place).any(|found| found == *value));
            let text = said.clone().unwrap_or_default();
            let (known, unseen) = text.split_once("; unavailable for at least one").unwrap_or((&text, ""));
            proptest::prop_assert_eq!(said.is_some(), differs(0) || differs(1) || differs(2));
            for (key, place) in [("alpha", 1), ("beta", 2)] {
                proptest::prop_assert_eq!(known.contains(key), differs(place), "{}", text);
                // Named as unseen only where some machine does not report it.
                proptest::prop_assert!(!unseen.contains(key) || column(place).any(|value| value == 0), "{}", text);
            }
            proptest::prop_assert!(!known.contains("alike") || !(differs(1) || differs(2)));
            proptest::prop_assert!(!text.contains("gamma"));
            let swapped: Vec<_> = values.iter().rev().map(machine).collect();
            proptest::prop_assert_eq!(qualification(&swapped).is_some(), said.is_some());
        }
    }
}
