//! The machine: what it is, which limits bound the number of workers, and which evidence it offers.

use crate::{
    conclude::{
        Capacity, capability,
        compare::{
            machine::{Unavailable, of_environment, of_machine},
            platform::{frequencies, of_platform},
        },
        wording::{UNAVAILABLE, known},
    },
    present::{
        Grid,
        document::Document,
        documents::parts::{as_pair, facts, facts_of, pairs},
        terminal::Screen,
    },
    results::{
        Availability, Environment, Evidence, Fact, FileSystem, Machine, Platform, cpus_in_short, fact, quota_text,
    },
    scenario::units::format_bytes,
};

/// The machine as `mapstorm doctor` shows it, and at the end what that comes to, with the reasons for what is missing.
pub fn machine_text(environment: &Environment, capacity: &Capacity, columns: usize) -> String {
    let mut document = document(environment, Unavailable::Named);
    document.terminal().closing().remarks(capability(environment, capacity));
    document.on(Screen { is_whole: true, columns: Some(columns) })
}

/// The machine as plain text.
pub(crate) fn document(environment: &Environment, reasons: Unavailable) -> Document<'static> {
    let mut document = Document::default();
    document
        .terminal()
        .line(format!(
            "{} {} {} on {}",
            environment.system, environment.kernel, environment.architecture, environment.host
        ))
        .line(format!(
            "{}; {} CPUs allowed by affinity, of {} online; {} of memory; pages of {}",
            known(&environment.cpu_model, String::clone),
            known(&environment.cpus_allowed, u64::to_string),
            known(&environment.cpus_online, u64::to_string),
            known(&environment.memory_bytes, |bytes| format_bytes(*bytes)),
            known(&environment.page_size, |bytes| format_bytes(*bytes)),
        ))
        .line(format!("CPU quota: {}", quota_text(&environment.cpu_quota)))
        .line(platform_in_short(&environment.platform))
        .line(format!(
            "hypervisor: {}; clock: {}; files on {}",
            known(&environment.hypervisor, String::clone),
            known(&environment.clock_source, String::clone),
            known(&environment.file_system, |found| format!("{} ({})", found.kind, found.mount_point)),
        ))
        .table("", facts_of(&of_platform(&environment.platform, Unavailable::Explained)))
        .table("", limits_table(environment))
        .table("", evidence_table(environment, reasons));
    document
}

/// What the machine is made of, as one line of a terminal has it.
pub(crate) fn platform_in_short(platform: &Platform) -> String {
    const NAMED: [&str; 7] =
        ["sockets", "cores", "threads per core", "CPU governor", "disk", "disk write cache", "I/O scheduler"];
    let facts = of_platform(platform, Unavailable::Named).into_iter().filter(|fact| NAMED.contains(&&*fact.key));
    let (lacking, known): (Vec<Fact>, Vec<Fact>) = facts.partition(|fact| fact.value == UNAVAILABLE);
    let known = known.iter().map(|fact| format!("{}: {}", fact.key, fact.value));
    let lacking: Vec<String> = lacking.into_iter().map(|fact| fact.key).collect();
    let lacking = (!lacking.is_empty()).then(|| format!("unavailable: {}", lacking.join(", ")));
    known.chain(lacking).collect::<Vec<_>>().join("; ")
}

/// The section of a page about the machine; `others` stand after its facts.
pub(crate) fn section<const N: usize>(
    document: &mut Document<'_>,
    environment: &Environment,
    others: [(&'static str, Grid); N],
) {
    document
        .page()
        .section("machine", "Machine", "The machine")
        .table("What it is", facts_table(environment))
        .tables(others)
        .table("Limits on the number of workers", limits_table(environment))
        .table("Evidence that it offers", evidence_table(environment, Unavailable::Explained));
}

fn limits_table(environment: &Environment) -> Grid {
    Grid::of(&environment.limits)
        .words("limit", |limit| &limit.name)
        .number("value", |limit| fact(&limit.value, u64::to_string))
        .into()
}

/// What this machine can show, and where that is wanted, why not the rest.
fn evidence_table(environment: &Environment, reasons: Unavailable) -> Grid {
    let missing = |available: &Availability<bool>| match available {
        Availability::Value(_) => None,
        Availability::Unavailable { .. } if reasons == Unavailable::Named => Some("NO".to_owned()),
        Availability::Unavailable { unavailable } => Some(format!("NO: {unavailable}")),
    };
    let rows = |source: &Evidence| {
        if let Some(why) = missing(&source.available) {
            return vec![(source.source.clone(), why)];
        }
        let data = source.columns.iter();
        let lacking = data.filter_map(|datum| Some((format!("  {}", datum.name), missing(&datum.available)?)));
        let (lacking, all): (Vec<_>, _) = (lacking.collect(), source.columns.len());
        let yes = if lacking.is_empty() { "yes".to_owned() } else { format!("yes, {} of {all}", all - lacking.len()) };
        [vec![(source.source.clone(), yes)], lacking].concat()
    };
    let rows: Vec<(String, String)> = environment.evidence.iter().flat_map(rows).collect();
    pairs(["evidence", "available"], rows.iter().map(|(name, available)| (name.as_str(), available.clone())))
}

/// Everything else that is known of the machine.
fn facts_table(environment: &Environment) -> Grid {
    let of_files = |part: fn(&FileSystem) -> &String| fact(&environment.file_system, |found| part(found).clone());
    let of_files = [
        ("device of the file system", of_files(|found| &found.source)),
        ("mounted at", of_files(|found| &found.mount_point)),
        ("CPU frequency at the start", fact(&environment.cpu_frequency_at_start, frequencies)),
    ];
    let known = of_environment(environment, Unavailable::Explained);
    facts(known.iter().map(as_pair).chain(of_files))
}

/// The machine of several runs in a line.
pub(crate) fn machine_line(machine: &Machine) -> String {
    format!(
        "{} {} {}, {}, files on {}",
        machine.system,
        machine.kernel,
        machine.architecture,
        cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota),
        known(&machine.file_system, String::clone)
    )
}

/// The host of several runs, for a subtitle.
pub(crate) fn host_of(machine: Option<&Machine>) -> &str {
    machine.map_or("host unavailable: nothing ran", |machine| &machine.host)
}

/// The section of a page about the machine of several runs.
pub(crate) fn machine_section(document: &mut Document<'_>, machine: Option<&Machine>) {
    let page = document.page().section("machine", "Machine", "The machine");
    match machine {
        Some(machine) => page
            .table("What it is", facts_of(&of_machine(machine, Unavailable::Explained)))
            .text("", "All of it, limits and evidence included, stands in the run.json of each run."),
        None => page.text("", "Unavailable: nothing ran."),
    };
}
