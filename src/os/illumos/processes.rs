//! Who has a file mapped or open, from `/proc` of illumos. Never run: written from proc(5), and checked by the compiler alone.

use std::{collections::BTreeMap, fs, io, sync::Arc, time::Duration};

use nix::unistd::{Uid, User};

use super::{
    facts::{Availability, Probe},
    illumos_facts::{
        psinfo::{self, ProcessFacts},
        usage,
        xmap::{self, Mapping},
    },
    pages::page_size,
};
use crate::os::{
    file_users::{Activity, FileId, FileUsers, MappedFile, MappedRange, MappingKind, ProcessOfFile, Stale, Unseen},
    patience::ask_each,
};

/// A process that needs longer to answer is stuck.
const PATIENCE: Duration = Duration::from_millis(500);

const OPENED: &str = "/proc of illumos does not show how a file was opened; `pfiles PID` does";
const TABLES: &str = "illumos does not count the page tables of a process";
const SERVICE: &str = "the service of a process is not read here; `svcs -p` lists the processes of each";
const DIRTIED: &str = "illumos does not count what a process made dirty";

/// What became of a look at one process.
enum Look {
    User(Box<ProcessOfFile>),
    Other,
    Forbidden,
    Gone,
}

pub(in crate::os) fn find(users: &mut FileUsers) -> (Vec<ProcessOfFile>, Unseen) {
    let now = fs::metadata(&users.path).ok().map(|facts| FileId::from(&facts));
    users.ids.extend(now.filter(|id| !users.ids.contains(id)));
    let mut unseen = Unseen::default();
    let listed = match fs::read_dir("/proc") {
        Ok(listed) => listed,
        Err(error) => {
            unseen.because.push(format!("/proc: {error}; mount it"));
            return (Vec::new(), unseen);
        }
    };
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let pids = listed.flatten().filter_map(number).filter(|pid| *pid != std::process::id()).collect();
    let ids = Arc::new(users.ids.clone());
    let asked = ask_each(pids, PATIENCE, move |pid| look(pid, &ids, now));
    let mut found = Vec::new();
    for (_, answer) in asked.answers {
        match answer {
            Look::User(user) => found.push(*user),
            Look::Other => {}
            Look::Forbidden => unseen.forbidden += 1,
            Look::Gone => unseen.vanished += 1,
        }
    }
    found.sort_by_key(|user| user.pid);
    unseen.stuck = asked.stuck;
    unseen.stuck.sort_unstable();
    unseen.because.extend(sentences(&found, unseen.forbidden, asked.not_asked));
    (found, unseen)
}

fn sentences(found: &[ProcessOfFile], forbidden: u32, not_asked: usize) -> Vec<String> {
    let mut all = vec![
        "illumos does not show the name of a deleted file: mappings of files that were replaced before the first look are not found"
            .to_owned(),
    ];
    if found.iter().flat_map(|user| &user.mapping).any(|range| range.kind == MappingKind::ReadOnly) {
        all.push("illumos does not show whether the file of a read-only mapping was opened for writing".to_owned());
    }
    if forbidden > 0 {
        all.push(format!(
            "the mappings of {forbidden} processes may not be read by this user: run as root, or with the privilege proc_owner"
        ));
    }
    if not_asked > 0 {
        all.push(format!("{not_asked} processes were not looked at, because too many others did not answer"));
    }
    all
}

fn look(pid: u32, ids: &[FileId], now: Option<FileId>) -> Look {
    read(pid, ids, now).unwrap_or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Look::Forbidden,
        _ => Look::Gone,
    })
}

fn read(pid: u32, ids: &[FileId], now: Option<FileId>) -> io::Result<Look> {
    let mappings: Vec<Mapping> = mappings(pid)?.into_iter().filter(|mapping| ids.contains(&mapping.file)).collect();
    let open = opened(pid, ids)?;
    if mappings.is_empty() && open.is_empty() {
        return Ok(Look::Other);
    }
    let facts = psinfo_of(pid)?;
    let used = mappings.iter().map(|mapping| mapping.file);
    let range_of = |mapping: Mapping| MappedRange {
        bytes: mapping.bytes,
        offset: mapping.offset,
        kind: mapping.kind,
        resident_bytes: Availability::Value(mapping.resident_pages * page_size()),
    };
    let is_old = |file: FileId| Some(file) != now;
    let is_stale = if mappings.is_empty() { open.iter().copied().any(is_old) } else { used.into_iter().any(is_old) };
    let kind = if now.is_none() { Stale::Deleted } else { Stale::Replaced };
    Ok(Look::User(Box::new(ProcessOfFile {
        pid,
        command: facts.name,
        user: Availability::Value(user_name(facts.user)),
        service: Err(SERVICE.to_owned()).into(),
        open: if open.is_empty() { Availability::Value(Vec::new()) } else { Err(OPENED.to_owned()).into() },
        mapping: mappings.into_iter().map(range_of).collect(),
        page_table_bytes: Err(TABLES.to_owned()).into(),
        stale: is_stale.then_some(kind),
        last_cpu: Availability::Value(facts.last_cpu),
        state: facts.letter.ok_or_else(|| "it has ended".to_owned()).into(),
        writes: false,
    })))
}

fn user_name(user: u32) -> String {
    User::from_uid(Uid::from_raw(user)).ok().flatten().map_or_else(|| user.to_string(), |user| user.name)
}

fn mappings(pid: u32) -> io::Result<Vec<Mapping>> {
    Ok(xmap::parse(&fs::read(format!("/proc/{pid}/xmap"))?))
}

/// Which of `ids` a process has open.
fn opened(pid: u32, ids: &[FileId]) -> io::Result<Vec<FileId>> {
    let listed = fs::read_dir(format!("/proc/{pid}/fd"))?;
    let files = listed.flatten().filter_map(|entry| Some(FileId::from(&fs::metadata(entry.path()).ok()?)));
    Ok(files.filter(|id| ids.contains(id)).collect())
}

fn psinfo_of(pid: u32) -> io::Result<ProcessFacts> {
    psinfo::parse(&fs::read(format!("/proc/{pid}/psinfo"))?).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Files that a process maps shared and does not execute, the largest mapping first: one of them may be its database.
///
/// # Errors
/// There is no such process, this user may not see its mappings, it does not answer, or it maps no such file.
pub fn database_files(pid: u32) -> Probe<Vec<MappedFile>> {
    let asked = ask_each(vec![pid], PATIENCE, mappings).answers.pop();
    let (_, mappings) = asked.ok_or_else(|| format!("process {pid} does not answer"))?;
    let mappings =
        mappings.map_err(|error| format!("/proc/{pid}/xmap: {error}; run as root, or as the process's user"))?;
    let mut files = BTreeMap::new();
    for mapping in mappings.iter().filter(|mapping| mapping.shared && !mapping.executable) {
        if let Ok(path) = fs::read_link(format!("/proc/{pid}/path/{}", mapping.link)) {
            *files.entry(path).or_default() += mapping.bytes;
        }
    }
    MappedFile::largest_first(pid, files)
}

/// What a process used since it began; `None`: it is gone.
pub fn activity(pid: u32) -> Option<Activity> {
    let facts = psinfo_of(pid).ok()?;
    let path = format!("/proc/{pid}/usage");
    let used = fs::read(&path).map_err(|error| format!("{path}: {error}; run as root"));
    let used = used.and_then(|bytes| usage::parse(&bytes).ok_or_else(|| format!("{path} is too short")));
    Some(Activity {
        state: facts.letter?,
        cpu_ns: used.as_ref().map(|used| used.cpu_ns).map_err(Clone::clone),
        run_delay_ns: used.and_then(|used| used.run_delay_ns.ok_or_else(|| format!("{path} has no waiting time"))),
    })
}

/// Bytes of files that a process made dirty: nothing counts them.
pub fn dirtied_bytes(_: u32) -> Probe<u64> {
    Err(DIRTIED.to_owned())
}
