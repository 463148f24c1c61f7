//! The machine as `mapstorm doctor` shows it: what it is, what bounds a crowd, and which evidence it offers.

use std::fmt;

use crate::scenario::units::format_bytes;
use crate::{
    present::{Grid, text::run::known},
    results::{Environment, Evidence, Known, Machine, fact, quota_text},
};

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} {} on {}", self.system, self.kernel, self.architecture, self.host)?;
        writeln!(
            f,
            "{}; {} CPUs allowed by affinity, of {} online; {} of memory; pages of {}",
            known(&self.cpu_model, String::clone),
            known(&self.cpus_allowed, u64::to_string),
            known(&self.cpus_online, u64::to_string),
            known(&self.memory_bytes, |bytes| format_bytes(*bytes)),
            known(&self.page_size, |bytes| format_bytes(*bytes)),
        )?;
        writeln!(f, "CPU quota: {}", quota_text(&self.cpu_quota))?;
        writeln!(
            f,
            "hypervisor: {}; clock: {}; files on {}",
            known(&self.hypervisor, String::clone),
            known(&self.clock_source, String::clone),
            known(&self.file_system, |found| format!("{} ({})", found.kind, found.mount_point)),
        )?;
        writeln!(f, "\n{}\n", self.limits_table())?;
        writeln!(f, "{}", self.evidence_table())
    }
}

impl Environment {
    /// What bounds the crowd.
    pub fn limits_table(&self) -> Grid {
        let mut limits = Grid::new(["limit", "value"], 1);
        for limit in &self.limits {
            limits.add_row([limit.name.clone(), fact(&limit.value, u64::to_string)]);
        }
        limits
    }

    /// What this machine can show, and why not the rest.
    pub fn evidence_table(&self) -> Grid {
        let mut sources = Grid::new(["evidence", "available"], 2);
        for source in &self.evidence {
            let not = |available: &Known<bool>| match available {
                Known::Value(_) => None,
                Known::Unavailable { unavailable } => Some(format!("NO: {unavailable}")),
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

    /// Everything else that is known of the machine, fact by fact.
    pub fn facts_table(&self) -> Grid {
        let of_files =
            |of: fn(&crate::results::FileSystem) -> &String| fact(&self.file_system, |found| of(found).clone());
        let number = |value: &Known<u64>| fact(value, u64::to_string);
        let bytes = |value: &Known<u64>| fact(value, |bytes| format_bytes(*bytes));
        let words = |value: &Known<String>| fact(value, String::clone);
        facts([
            ("host", self.host.clone()),
            ("operating system", self.system.clone()),
            ("kernel", self.kernel.clone()),
            ("kernel version", self.kernel_version.clone()),
            ("architecture", self.architecture.clone()),
            ("processor", words(&self.cpu_model)),
            ("CPUs online", number(&self.cpus_online)),
            ("CPUs allowed by affinity", number(&self.cpus_allowed)),
            ("CPU quota", quota_text(&self.cpu_quota)),
            ("memory", bytes(&self.memory_bytes)),
            ("page size", bytes(&self.page_size)),
            ("hypervisor", words(&self.hypervisor)),
            ("clock", words(&self.clock_source)),
            ("huge pages", words(&self.huge_pages)),
            ("file system", of_files(|found| &found.kind)),
            ("its device", of_files(|found| &found.source)),
            ("mounted at", of_files(|found| &found.mount_point)),
            ("mount options", of_files(|found| &found.options)),
        ])
    }
}

impl Machine {
    /// All that is known of it, fact by fact.
    pub fn facts_table(&self) -> Grid {
        facts([
            ("host", self.host.clone()),
            ("operating system", self.system.clone()),
            ("kernel", self.kernel.clone()),
            ("architecture", self.architecture.clone()),
            ("CPUs allowed by affinity", fact(&self.cpus_allowed, u64::to_string)),
            ("CPU quota", quota_text(&self.cpu_quota)),
            ("memory", fact(&self.memory_bytes, |bytes| format_bytes(*bytes))),
            ("hypervisor", fact(&self.hypervisor, String::clone)),
            ("file system", fact(&self.file_system, String::clone)),
        ])
    }
}

fn facts<const N: usize>(facts: [(&str, String); N]) -> Grid {
    let mut grid = Grid::new(["fact", "value"], 2);
    for (name, value) in facts {
        grid.add_row([name.to_owned(), value]);
    }
    grid
}
