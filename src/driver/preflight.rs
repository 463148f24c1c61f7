//! Checks, before anything is created, whether this machine can hold the workers, their files and results.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{AccessFlags, faccessat};

use super::need::{Knobs, Need, Room};
use crate::os::facts::{GroupLimit, ProcessLimit};
use crate::os::limits;
use crate::scenario::Scenario;
use crate::scenario::units::format_bytes;

/// A limit that the scenario would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub limit: String,
    /// What it allows and what is needed, as the text after the name.
    why: String,
    change: String,
}

impl Refusal {
    fn processes(limit: String, allows: u64, used: u64, needs: u64, change: String) -> Refusal {
        let why = format!(" allows {allows} processes, {used} are there already, this scenario needs {needs}");
        Refusal { limit, why, change }
    }

    fn bytes(limit: String, free: u64, needs: u64, change: String) -> Refusal {
        let (free, needs) = (format_bytes(free), format_bytes(needs));
        Refusal { limit, why: format!(": {free} free, this scenario needs {needs}"), change }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { limit, why, change } = self;
        write!(f, "{limit}{why}: {change}")
    }
}

/// Where things will be written. What is not there yet is on the disk of its nearest parent that is.
#[derive(Clone, Copy, Debug)]
pub struct Places<'p> {
    pub files: &'p Path,
    pub results: &'p Path,
}

impl<'p> Places<'p> {
    /// Those of a scenario, whose mapped files are next to its results unless it names another directory.
    pub fn of(scenario: &'p Scenario, results: &'p Path) -> Places<'p> {
        Places { files: scenario.file.directory.as_deref().unwrap_or(results), results }
    }
}

#[derive(Clone, Debug, Default)]
struct Machine {
    processes: Vec<ProcessLimit>,
    group_processes: Option<GroupLimit>,
    memory: Option<u64>,
    group_memory: Option<GroupLimit>,
    file_size: Option<u64>,
}

#[derive(Clone, Debug, Default)]
struct Disk {
    path: PathBuf,
    device: Option<u64>,
    /// Why nothing can be written there at all.
    never: Option<String>,
    bytes: Option<u64>,
    /// Files and directories that can be made; `None`: as many as there is space for.
    files: Option<u64>,
}

/// Every limit of this machine that `need` would break.
pub fn preflight(need: &Need, places: Places<'_>) -> Vec<Refusal> {
    let machine = Machine {
        processes: limits::process_limits(),
        group_processes: limits::group_processes(),
        memory: limits::available_memory(),
        group_memory: limits::group_memory(),
        file_size: file_size_limit(),
    };
    let mut refusals = machine.refuses(need);
    refusals.extend(refused_places(need, &Disk::of(places.files), &Disk::of(places.results)));
    refusals
}

impl Machine {
    fn refuses(&self, need: &Need) -> Vec<Refusal> {
        let Knobs { processes, size, .. } = need.knobs;
        let count = |limit: String, allows, used, change| {
            let is_broken = need.processes.saturating_add(used) > allows;
            is_broken.then(|| Refusal::processes(limit, allows, used, need.processes, change))
        };
        let bytes =
            |limit: String, free, needs, change| (free < needs).then(|| Refusal::bytes(limit, free, needs, change));
        let in_settings = |what: &str| format!("raise it in the service's or container's settings, or lower {what}");
        let of_system = self.processes.iter().filter(|limit| limit.binds).filter_map(|limit| {
            let change = format!("raise it ({}) or lower {processes}", limit.change);
            count(limit.name.to_owned(), limit.most?, limit.used, change)
        });
        let of_group = self.group_processes.as_ref().and_then(|limit| {
            count(limit.file.display().to_string(), limit.max, limit.max - limit.free, in_settings(processes))
        });
        let less = format!("{processes} or {size}");
        let memory = self.memory.and_then(|free| {
            bytes("memory".to_owned(), free, need.memory, format!("use a larger machine, or lower {less}"))
        });
        let memory_of_group = self.group_memory.as_ref().and_then(|limit| {
            let name = format!("{} ({})", limit.file.display(), limit.max);
            bytes(name, limit.free, need.memory, in_settings(&less))
        });
        let file_size = self.file_size.filter(|most| *most < need.largest_file).map(|most| Refusal {
            limit: "RLIMIT_FSIZE".to_owned(),
            why: format!(
                " allows files of {}, this scenario writes one of {}",
                format_bytes(most),
                format_bytes(need.largest_file)
            ),
            change: format!("raise it (ulimit -f) or lower {size}"),
        });
        of_system.chain(of_group).chain(memory).chain(memory_of_group).chain(file_size).collect()
    }
}

/// What the disks refuse. If it is one disk, it must have room for all together.
fn refused_places(need: &Need, files: &Disk, results: &Disk) -> Vec<Refusal> {
    let Knobs { size, directory, results: longer, .. } = need.knobs;
    let together = files.device.is_some() && files.device == results.device;
    if together {
        let change = format!("free some, name other places with {directory} or --out, or lower {size}, {longer}");
        let mut refusals = files.refuses(need.disk + need.results, &change);
        if results.path != files.path {
            refusals.extend(results.refuses(Room::default(), &change));
        }
        return refusals;
    }
    let another = |option: &str, less: &str| format!("free some, name another place with {option}, or lower {less}");
    let mut refusals = files.refuses(need.disk, &another(directory, size));
    refusals.extend(results.refuses(need.results, &another("--out", longer)));
    refusals
}

impl Disk {
    fn of(path: &Path) -> Disk {
        let named = path.to_owned();
        // An absolute path replaces the current directory, and so does any path where that is unknown.
        let whole = std::env::current_dir().unwrap_or_default().join(path);
        let Some((nearest, status)) = whole.ancestors().find_map(|parent| Some((parent, fs::metadata(parent).ok()?)))
        else {
            return Disk { path: named, ..Disk::default() };
        };
        let facts = statvfs(nearest).ok();
        let is_read_only = facts.is_some_and(|facts| facts.flags().contains(FsFlags::ST_RDONLY));
        let may = AccessFlags::W_OK | AccessFlags::X_OK;
        let never = if !status.is_dir() {
            Some(format!("cannot be: {} is no directory", nearest.display()))
        } else if is_read_only {
            Some("lies on a file system that is mounted read-only".to_owned())
        } else {
            let refused = faccessat(AT_FDCWD, nearest, may, AtFlags::AT_EACCESS).err();
            refused.map(|error| format!("cannot be written: {}: {}", nearest.display(), error.desc()))
        };
        // Their types differ between systems: 32 or 64 bits.
        #[allow(clippy::useless_conversion)]
        let bytes = facts.map(|f| u64::from(f.blocks_available()).saturating_mul(u64::from(f.fragment_size())));
        // A file system that makes files as they are needed says that there are none at all.
        #[allow(clippy::useless_conversion)]
        let files = facts.filter(|f| f.files() > 0).map(|f| u64::from(f.files_available()));
        Disk { path: named, device: Some(status.dev()), never, bytes, files }
    }

    fn refuses(&self, need: Room, change: &str) -> Vec<Refusal> {
        let place = self.path.display();
        if let Some(never) = &self.never {
            let change = "name another place, or have it made writable".to_owned();
            return vec![Refusal { limit: place.to_string(), why: format!(" {never}"), change }];
        }
        let limit = format!("disk of {place}");
        let bytes = self.bytes.filter(|free| *free < need.bytes);
        let bytes = bytes.map(|free| Refusal::bytes(limit.clone(), free, need.bytes, change.to_owned()));
        let files = self.files.filter(|free| *free < need.files).map(|free| Refusal {
            limit: limit.clone(),
            why: format!(" has room for {free} more files, this scenario makes {}", need.files),
            change: "remove some, or name another place".to_owned(),
        });
        bytes.into_iter().chain(files).collect()
    }
}

/// How large a file of this process may be, bytes; `None`: as large as the file system lets it.
pub fn file_size_limit() -> Option<u64> {
    // Its type differs between systems: signed on FreeBSD.
    #[allow(clippy::useless_conversion)]
    getrlimit(Resource::RLIMIT_FSIZE)
        .ok()
        .and_then(|(soft, _)| if soft == RLIM_INFINITY { None } else { u64::try_from(soft).ok() })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const LITTLE: Need = Need {
        processes: 1,
        memory: 1,
        disk: Room { bytes: 1, files: 1 },
        largest_file: 1,
        results: Room { bytes: 1, files: 1 },
        knobs: Knobs::SCENARIO,
    };

    fn texts(refusals: &[Refusal]) -> Vec<String> {
        refusals.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_refusal_names_limit_need_and_remedy() {
        let place = Path::new("not/there/yet");
        let places = Places { files: place, results: place };
        assert_eq!(preflight(&LITTLE, places), []);
        let refused = preflight(&Need { memory: u64::MAX, ..LITTLE }, places);
        assert!(!refused.is_empty());
        let text = refused[0].to_string();
        assert!(text.contains("memory") && text.contains("readers.count"), "{text}");
        let refused = preflight(&Need { disk: Room { bytes: u64::MAX, files: 1 }, ..LITTLE }, places);
        assert_eq!(refused.len(), 1);
        assert!(refused[0].to_string().contains("file.directory"), "{}", refused[0]);
        let refused = preflight(&Need { processes: u64::MAX - 1, ..LITTLE }, places);
        assert!(refused.iter().any(|r| r.limit == "kernel.pid_max" || r.limit == "RLIMIT_NPROC"), "{refused:?}");
    }

    #[test]
    fn what_is_used_already_counts_and_a_limit_that_does_not_bind_does_not() {
        let limit = |name, most, used, binds| ProcessLimit { name, most, used, binds, change: "ulimit -u" };
        let machine = |processes| Machine { processes, ..Machine::default() };
        let need = Need { processes: 40, ..LITTLE };
        assert_eq!(machine(vec![limit("RLIMIT_NPROC", Some(100), 60, true)]).refuses(&need), []);
        let refused = machine(vec![limit("RLIMIT_NPROC", Some(100), 61, true)]).refuses(&need);
        let text = "RLIMIT_NPROC allows 100 processes, 61 are there already, this scenario needs 40: raise it (ulimit -u) or lower \
                    readers.count";
        assert_eq!(texts(&refused), [text]);
        assert_eq!(machine(vec![limit("RLIMIT_NPROC", Some(1), 61, false)]).refuses(&need), []);
        assert_eq!(machine(vec![limit("RLIMIT_NPROC", None, 61, true)]).refuses(&need), []);
        let group = GroupLimit { file: "/g/pids.max".into(), max: 50, free: 30 };
        let refused = Machine { group_processes: Some(group), ..Machine::default() }.refuses(&need);
        let text = refused[0].to_string();
        assert!(text.starts_with("/g/pids.max allows 50 processes, 20 are there already"), "{text}");
        let refused = Machine { file_size: Some(10), ..Machine::default() }.refuses(&Need { largest_file: 11, ..need });
        assert!(refused[0].to_string().starts_with("RLIMIT_FSIZE allows files of 10 B"), "{refused:?}");
    }

    #[test]
    fn one_disk_must_have_room_for_files_and_results_together() {
        let disk = |path: &str, device, bytes| Disk {
            path: path.into(),
            device: Some(device),
            bytes: Some(bytes),
            files: Some(100),
            ..Disk::default()
        };
        let need = Need { disk: Room { bytes: 60, files: 60 }, results: Room { bytes: 50, files: 50 }, ..LITTLE };
        assert_eq!(refused_places(&need, &disk("a", 1, 60), &disk("b", 2, 50)), []);
        let refused = texts(&refused_places(&need, &disk("a", 1, 109), &disk("b", 1, 109)));
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(refused[0].contains("109 B free, this scenario needs 110 B"), "{refused:?}");
        assert!(refused[0].contains("--out"), "{refused:?}");
        assert!(refused[1].contains("100 more files, this scenario makes 110"), "{refused:?}");
        let refused = texts(&refused_places(&need, &disk("a", 1, 60), &disk("b", 2, 49)));
        assert!(refused.len() == 1 && refused[0].starts_with("disk of b: 49 B free"), "{refused:?}");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, b"").unwrap();
        let never = |path: &Path| Disk::of(path).never;
        assert_eq!(never(directory.path()), None);
        assert_eq!(never(&directory.path().join("not/there/yet")), None);
        assert!(never(&file.join("below")).unwrap().contains("is no directory"));
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o500)).unwrap();
        let refused = never(&directory.path().join("below"));
        // Root may write wherever there is a mode.
        assert_eq!(refused.is_some(), !nix::unistd::geteuid().is_root(), "{refused:?}");
    }
}
