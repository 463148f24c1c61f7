//! The order of a survey: who, what, then what happens within a window.

use std::time::SystemTime;

use super::{Target, file::inspect_file, format::describe, live::watch, load::Window, who::groups};
use crate::{
    os::{
        clock::{cpu_ns, now_ns},
        file_users::{FileId, FileUsers},
    },
    results::{
        CommitCost, Environment, FORMAT_VERSION, FileLocks, Inspection, LiveLoad, MAPSTORM_VERSION, Sampled, utc_now,
    },
};

/// A file of a live server that was seen once.
pub struct Survey {
    users: FileUsers,
    target: Target,
    /// What was seen of it; its load and its price are unavailable until it is observed and priced.
    pub seen: Inspection,
}

impl Survey {
    /// Looks once: who has the file, and what it is. `command`: as it was typed.
    ///
    /// # Errors
    /// The file is gone.
    pub fn begin(target: Target, command: Vec<String>) -> Result<Survey, String> {
        let started = utc_now();
        let used_ns = cpu_ns();
        let began = now_ns();
        let mut users = FileUsers::of(&target.path, FileId { device: target.device, inode: target.inode });
        let (processes, unseen) = users.find();
        let scan_ns = now_ns() - began;
        let file = inspect_file(&target, SystemTime::now())?;
        let format = describe(&target, &processes);
        let directory = target.path.parent().unwrap_or(&target.path);
        let mut environment = Environment::probe(directory, std::slice::from_ref(&target.path));
        environment.file_system = file.file_system.clone();
        let not_yet = || "not observed yet".to_owned();
        let seen = Inspection {
            format_version: FORMAT_VERSION,
            mapstorm_version: MAPSTORM_VERSION.to_owned(),
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
        Ok(Survey { users, target, seen })
    }

    /// Watches it, and looks at the file once more.
    pub fn observe(mut self, window: Window<'_>, look: &mut dyn FnMut(&Sampled)) -> Inspection {
        let mut seen = self.seen;
        let used_ns = cpu_ns();
        (seen.load, seen.locks) = watch(&mut self.users, &self.target, &mut seen.processes, window, look);
        match inspect_file(&self.target, SystemTime::now()) {
            Ok(file) => seen.file = file,
            Err(why) => (seen.complete, seen.incomplete_because) = (false, vec![why]),
        }
        seen.format = describe(&self.target, &seen.processes);
        seen.groups = groups(&seen.processes);
        seen.own_cpu_ns += cpu_ns() - used_ns;
        seen.ended = utc_now();
        seen
    }
}
