//! The machine as `mapstorm doctor` shows it: what it is, what bounds a crowd, and which evidence it offers.

use std::fmt;

use super::{
    Environment, Known,
    text::{known, table},
};
use crate::scenario::units::format_bytes;

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} {} on {}", self.system, self.kernel, self.architecture, self.host)?;
        writeln!(
            f,
            "{}; {} CPUs allowed of {} online; {} of memory; pages of {}",
            known(&self.cpu_model, String::clone),
            known(&self.cpus_allowed, u64::to_string),
            known(&self.cpus_online, u64::to_string),
            known(&self.memory_bytes, |bytes| format_bytes(*bytes)),
            known(&self.page_size, |bytes| format_bytes(*bytes)),
        )?;
        writeln!(
            f,
            "hypervisor: {}; clock: {}; files on {}",
            known(&self.hypervisor, String::clone),
            known(&self.clock_source, String::clone),
            known(&self.file_system, |found| format!("{} ({})", found.kind, found.mount_point)),
        )?;
        let mut limits = table(&["limit", "value"], 1);
        for limit in &self.limits {
            let value = match &limit.value {
                Known::Value(value) => value.to_string(),
                Known::Unavailable { unavailable } => unavailable.clone(),
            };
            limits.add_row([limit.name.clone(), value]);
        }
        writeln!(f, "\n{limits}\n")?;
        let mut sources = table(&["evidence", "available"], 2);
        for source in &self.evidence {
            let available = match &source.available {
                Known::Value(_) => "yes".to_owned(),
                Known::Unavailable { unavailable } => format!("NO: {unavailable}"),
            };
            sources.add_row([source.source.clone(), available]);
        }
        writeln!(f, "{sources}")
    }
}
