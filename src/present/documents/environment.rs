//! The machine: what it is, what bounds a crowd, and which evidence it offers.

use crate::{
    conclude::wording::known,
    present::{
        Grid,
        document::{Document, Writer},
        documents::parts::facts,
    },
    results::{Availability, Environment, Evidence, FileSystem, Machine, fact, quota_text},
    scenario::units::format_bytes,
};

/// The machine as `mapstorm doctor` shows it.
pub(crate) fn document(environment: &Environment) -> Document<'static> {
    let mut document = Document::new("", "", String::new(), String::new());
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
        .line(format!(
            "hypervisor: {}; clock: {}; files on {}",
            known(&environment.hypervisor, String::clone),
            known(&environment.clock_source, String::clone),
            known(&environment.file_system, |found| format!("{} ({})", found.kind, found.mount_point)),
        ))
        .table("", limits_table(environment))
        .table("", evidence_table(environment));
    document
}

/// The section of a page about the machine; `others` adds what stands after its facts.
pub(crate) fn section<'d, 'a>(
    document: &'d mut Document<'a>,
    environment: &Environment,
    others: impl FnOnce(Writer<'d, 'a>) -> Writer<'d, 'a>,
) {
    let page =
        document.page().section("machine", "Machine", "The machine").table("What it is", facts_table(environment));
    others(page)
        .table("What bounds a crowd here", limits_table(environment))
        .table("Evidence that it offers", evidence_table(environment));
}

fn limits_table(environment: &Environment) -> Grid {
    let mut limits = Grid::new(["limit", "value"], 1);
    for limit in &environment.limits {
        limits.add_row([limit.name.clone(), fact(&limit.value, u64::to_string)]);
    }
    limits
}

/// What this machine can show, and why not the rest.
fn evidence_table(environment: &Environment) -> Grid {
    let mut sources = Grid::new(["evidence", "available"], 2);
    for source in &environment.evidence {
        let not = |available: &Availability<bool>| match available {
            Availability::Value(_) => None,
            Availability::Unavailable { unavailable } => Some(format!("NO: {unavailable}")),
        };
        let missing: Vec<_> =
            source.columns.iter().filter_map(|datum| Some((&datum.name, not(&datum.available)?))).collect();
        let Evidence { columns, available, .. } = source;
        let whole = not(available);
        // One reason for all of a source is told once.
        let listed = if whole.is_some() { &[] } else { &missing[..] };
        let yes = match listed.len() {
            0 => "yes".to_owned(),
            count => format!("yes, {} of {}", columns.len() - count, columns.len()),
        };
        sources.add_row([source.source.clone(), whole.unwrap_or(yes)]);
        for (name, why) in listed {
            sources.add_row([format!("  {name}"), why.clone()]);
        }
    }
    sources
}

/// Everything else that is known of the machine.
fn facts_table(environment: &Environment) -> Grid {
    let of_files = |of: fn(&FileSystem) -> &String| fact(&environment.file_system, |found| of(found).clone());
    let number = |value: &Availability<u64>| fact(value, u64::to_string);
    let bytes = |value: &Availability<u64>| fact(value, |bytes| format_bytes(*bytes));
    let words = |value: &Availability<String>| fact(value, String::clone);
    facts([
        ("host", environment.host.clone()),
        ("operating system", environment.system.clone()),
        ("kernel", environment.kernel.clone()),
        ("kernel version", environment.kernel_version.clone()),
        ("architecture", environment.architecture.clone()),
        ("processor", words(&environment.cpu_model)),
        ("CPUs online", number(&environment.cpus_online)),
        ("CPUs allowed by affinity", number(&environment.cpus_allowed)),
        ("CPU quota", quota_text(&environment.cpu_quota)),
        ("memory", bytes(&environment.memory_bytes)),
        ("page size", bytes(&environment.page_size)),
        ("hypervisor", words(&environment.hypervisor)),
        ("clock", words(&environment.clock_source)),
        ("huge pages", words(&environment.huge_pages)),
        ("file system", of_files(|found| &found.kind)),
        ("its device", of_files(|found| &found.source)),
        ("mounted at", of_files(|found| &found.mount_point)),
        ("mount options", of_files(|found| &found.options)),
    ])
}

/// All that is known of the machine of several runs.
pub(crate) fn machine_table(machine: &Machine) -> Grid {
    facts([
        ("host", machine.host.clone()),
        ("operating system", machine.system.clone()),
        ("kernel", machine.kernel.clone()),
        ("architecture", machine.architecture.clone()),
        ("CPUs allowed by affinity", fact(&machine.cpus_allowed, u64::to_string)),
        ("CPU quota", quota_text(&machine.cpu_quota)),
        ("memory", fact(&machine.memory_bytes, |bytes| format_bytes(*bytes))),
        ("hypervisor", fact(&machine.hypervisor, String::clone)),
        ("file system", fact(&machine.file_system, String::clone)),
    ])
}
