//! Who has a file mapped or open, from `/proc`. Each process is given a time of its own, because reading its mappings waits for its memory's
//! lock, which a stuck process never releases.

mod candidates;
mod descriptors;
mod facts;
mod hidden;
mod look;
mod mappings;
mod smaps;
mod sought;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use nix::unistd::{Uid, User};

pub use self::{
    candidates::database_files,
    facts::{activity, dirtied_bytes},
};
use self::{
    look::{Found, Look},
    mappings::{Method, Which},
    smaps::Resident,
    sought::{Sought, ids_at},
};
use crate::os::{
    facts::{Availability, Probe},
    file_users::{FileUsers, ProcessOfFile, Unseen},
    patience::ask_each,
};

/// A process that needs longer to answer is stuck.
const PATIENCE: Duration = Duration::from_millis(500);
/// For private mappings, which cost the writer nothing, and for what is resident, so much time is spent on all processes together.
const PRIVATE_BUDGET: Duration = Duration::from_millis(400);
const RESIDENT_BUDGET: Duration = Duration::from_millis(250);
/// The user database may be on another machine.
const USER_PATIENCE: Duration = Duration::from_secs(1);

pub(in crate::os) fn find(users: &mut FileUsers) -> (Vec<ProcessOfFile>, Unseen) {
    users.find_by(look::at)
}

impl FileUsers {
    /// Finds them by the function that looks at one process.
    fn find_by(&mut self, look: fn(u32, &Sought, Which) -> Look) -> (Vec<ProcessOfFile>, Unseen) {
        let now = ids_at(&self.path);
        self.ids.extend(now.iter().filter(|id| !self.ids.contains(id)).copied().collect::<Vec<_>>());
        let sought = Arc::new(Sought::new(&self.path, self.ids.clone(), now));
        let mut unseen = Unseen::default();
        let pids = match pids() {
            Ok(pids) => pids,
            Err(why) => {
                unseen.because.push(why);
                return (Vec::new(), unseen);
            }
        };
        let which = match Method::of_this_kernel() {
            Method::Query => Which::Shared,
            Method::Lines => Which::All,
        };
        let (mut found, left) = search(pids, &sought, which, look, &mut unseen);
        if which == Which::Shared {
            private_too(&mut found, left, &sought, look, &mut unseen);
        }
        unseen.stuck.sort_unstable();
        unseen.because.extend(hidden::sentences(&unseen));
        let resident = resident(&found, &unseen.stuck);
        let users = user_names(&found);
        let finish = |(pid, found): (u32, Found)| found.finish(pid, &sought, resident.get(&pid), &users);
        (found.into_iter().map(finish).collect(), unseen)
    }
}

/// All processes but this one.
fn pids() -> Probe<Vec<u32>> {
    let listed =
        fs::read_dir("/proc").map_err(|error| format!("/proc: {error}; mount it (mount -t proc proc /proc)"))?;
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    Ok(listed.flatten().filter_map(number).filter(|pid| *pid != std::process::id()).collect())
}

/// The users among `pids`, and those that were looked at and are none.
fn search(
    pids: Vec<u32>,
    sought: &Arc<Sought>,
    which: Which,
    look: fn(u32, &Sought, Which) -> Look,
    unseen: &mut Unseen,
) -> (BTreeMap<u32, Found>, Vec<u32>) {
    let shared = Arc::clone(sought);
    let asked = ask_each(pids, PATIENCE, move |pid| look(pid, &shared, which));
    let (mut found, mut left) = (BTreeMap::new(), Vec::new());
    for (pid, answer) in asked.answers {
        match answer {
            Look::User(user) => {
                found.insert(pid, *user);
            }
            Look::Other => left.push(pid),
            Look::Forbidden => unseen.forbidden += 1,
            Look::Gone => unseen.vanished += 1,
        }
    }
    unseen.stuck.extend(asked.stuck);
    if asked.not_asked > 0 {
        unseen.because.push(format!(
            "{} processes were not looked at, because too many others did not answer; look where those are stuck first",
            asked.not_asked
        ));
    }
    (found, left)
}

/// Adds those that only map it privately, as far as there is time: first those that have it open.
fn private_too(
    found: &mut BTreeMap<u32, Found>,
    others: Vec<u32>,
    sought: &Arc<Sought>,
    look: fn(u32, &Sought, Which) -> Look,
    unseen: &mut Unseen,
) {
    let until = Instant::now() + PRIVATE_BUDGET;
    let openers = found.iter().filter(|(_, user)| user.ranges.is_empty()).map(|(pid, _)| *pid);
    let pids: Vec<u32> = openers.chain(others).collect();
    let shared = Arc::clone(sought);
    let asked = ask_each(pids, PATIENCE, move |pid| (Instant::now() < until).then(|| look(pid, &shared, Which::All)));
    let mut too_late = asked.not_asked;
    for (pid, answer) in asked.answers {
        match answer {
            Some(Look::User(user)) => {
                found.insert(pid, *user);
            }
            // What vanished was none of its users a moment ago, or is counted below.
            Some(Look::Gone) => {
                unseen.vanished += 1;
                found.remove(&pid);
            }
            Some(Look::Other | Look::Forbidden) => {}
            None => too_late += 1,
        }
    }
    unseen.stuck.extend(asked.stuck);
    if too_late > 0 {
        unseen.because.push(format!(
            "in {too_late} processes private mappings were not looked for, because that takes long; they cost a commit nothing"
        ));
    }
}

/// What is resident of the mappings of each process, or why that is not known. The kernel walks page tables for it.
fn resident(found: &BTreeMap<u32, Found>, stuck: &[u32]) -> HashMap<u32, Probe<Vec<Resident>>> {
    let mappers = found.iter().filter(|(pid, user)| !user.ranges.is_empty() && !stuck.contains(pid));
    let until = Instant::now() + RESIDENT_BUDGET;
    let asked = ask_each(mappers.map(|(pid, _)| *pid).collect(), PATIENCE, move |pid| {
        if Instant::now() < until { smaps::of(pid) } else { Err(look::TOO_COSTLY.to_owned()) }
    });
    asked.answers.into_iter().collect()
}

/// Names of the users that have one.
fn user_names(found: &BTreeMap<u32, Found>) -> HashMap<u32, String> {
    let users: HashSet<u32> = found.values().filter_map(|user| user.facts.user.clone().ok()).collect();
    let asked = ask_each(users.into_iter().collect(), USER_PATIENCE, |user| {
        Some(User::from_uid(Uid::from_raw(user)).ok()??.name)
    });
    asked.answers.into_iter().filter_map(|(user, name)| Some((user, name?))).collect()
}

impl Found {
    fn finish(
        self,
        pid: u32,
        sought: &Sought,
        resident: Option<&Probe<Vec<Resident>>>,
        users: &HashMap<u32, String>,
    ) -> ProcessOfFile {
        let stale = if self.ranges.is_empty() {
            sought.stale(self.open.iter().flatten().map(|(_, file)| *file))
        } else {
            sought.stale(self.ranges.iter().map(|range| range.mapping.file))
        };
        let name = |user: u32| users.get(&user).cloned().unwrap_or_else(|| user.to_string());
        ProcessOfFile {
            pid,
            command: self.facts.command,
            user: Availability::from(self.facts.user.map(name)),
            service: self.facts.service.into(),
            open: self.open.map(|open| open.into_iter().map(|(open, _)| open).collect()).into(),
            mapping: self.ranges.into_iter().map(|range| range.finish(resident)).collect(),
            page_table_bytes: self.facts.page_table_bytes.into(),
            stale,
            last_cpu: self.facts.last_cpu.into(),
            state: self.facts.state.into(),
            writes: false,
        }
    }
}
