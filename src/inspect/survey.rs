//! The order of a survey: who, what, then what happens within a window.

use super::{Lens, Target, Window, who::groups};
use crate::{
    os::clock::{cpu_ns, now_ns},
    results::{CommitCost, Environment, FORMAT_VERSION, FileLocks, Inspection, LiveLoad, Sampled},
};

/// A file of a live server that was seen once.
pub struct Survey<L> {
    lens: L,
    target: Target,
    /// What was seen of it; its load and its price are unavailable until it is observed and priced.
    pub seen: Inspection,
}

fn utc() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl<L: Lens> Survey<L> {
    /// Looks once: who has the file, and what it is. `command`: as it was typed.
    ///
    /// # Errors
    /// The file is gone.
    pub fn begin(mut lens: L, target: Target, command: Vec<String>) -> Result<Survey<L>, String> {
        let started = utc();
        let used_ns = cpu_ns();
        let began = now_ns();
        let (processes, unseen) = lens.who(&target);
        let scan_ns = now_ns() - began;
        let file = lens.file(&target)?;
        let format = lens.format(&target, &processes);
        let directory = target.path.parent().unwrap_or(&target.path);
        let mut environment = Environment::probe(directory, std::slice::from_ref(&target.path));
        environment.file_system = file.file_system.clone();
        let not_yet = || "not observed yet".to_owned();
        let seen = Inspection {
            format_version: FORMAT_VERSION,
            mapstorm_version: env!("CARGO_PKG_VERSION").to_owned(),
            command,
            ended: started.clone(),
            started,
            complete: true,
            incomplete_because: Vec::new(),
            environment,
            groups: groups(&processes),
            file,
            format,
            processes,
            unseen,
            locks: FileLocks { held: Err(not_yet()).into(), looks: 0, most_waiters: 0, exclusive_share: None },
            load: LiveLoad::unseen(&not_yet()),
            empty_cells: Vec::new(),
            commit_cost: CommitCost::unpriced(&not_yet()),
            statement: String::new(),
            notes: Vec::new(),
            own_cpu_ns: cpu_ns() - used_ns,
            scan_ns,
        };
        Ok(Survey { lens, target, seen })
    }

    /// Watches it, and looks at the file once more.
    pub fn observe(mut self, window: Window<'_>, look: &mut dyn FnMut(&Sampled)) -> Inspection {
        let mut seen = self.seen;
        let used_ns = cpu_ns();
        (seen.load, seen.locks) = self.lens.observe(&self.target, &mut seen.processes, window, look);
        match self.lens.file(&self.target) {
            Ok(file) => seen.file = file,
            Err(why) => (seen.complete, seen.incomplete_because) = (false, vec![why]),
        }
        seen.format = self.lens.format(&self.target, &seen.processes);
        seen.groups = groups(&seen.processes);
        seen.own_cpu_ns += cpu_ns() - used_ns;
        seen.ended = utc();
        seen
    }
}
