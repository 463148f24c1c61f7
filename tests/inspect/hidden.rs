//! What may not be seen, or only under another name: a container, hidepid, no root.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    inspection::{Inspection, inspect, number, of},
    machine,
    mapper::Holder,
    needs,
    processes::processes,
};

/// The user `nobody`, of Debian and most others.
const UNPRIVILEGED: &str = "65534";

/// A file that every user may read and write, with a copy of mapstorm beside it that every user may run.
struct Place {
    directory: tempfile::TempDir,
    file: PathBuf,
    program: PathBuf,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let (file, program) = (directory.path().join("mapped.db"), directory.path().join("mapstorm"));
        fs::write(&file, [1; 65536]).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_mapstorm"), &program).unwrap();
        for (path, mode) in [(directory.path(), 0o755), (&file, 0o666), (&program, 0o755)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        Place { directory, file, program }
    }

    /// What inspect says where `sh` has run `prepare` in a mount namespace of its own, as this user.
    fn inspect_as(&self, user: &str, prepare: &str) -> Inspection {
        let script = format!(
            "{prepare} && exec setpriv --reuid {user} --regid {user} --clear-groups \"$0\" inspect \"$1\" --json --for 1s"
        );
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", &script]).arg(&self.program).arg(&self.file);
        of(&command.current_dir(&self.directory).output().unwrap())
    }
}

fn child_of(pid: u32) -> u32 {
    let children: Vec<u32> =
        processes().iter().filter(|child| child.parent == pid).map(|child| child.pid.as_raw() as u32).collect();
    let [child] = children[..] else { panic!("{children:?}") };
    child
}

/// Processes whose mappings this user may not read.
fn forbidden() -> usize {
    let is_forbidden = |entry: &fs::DirEntry| {
        let maps = fs::read_to_string(entry.path().join("maps"));
        maps.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
    };
    fs::read_dir("/proc").unwrap().flatten().filter(is_forbidden).count()
}

fn pids(found: &Inspection) -> BTreeSet<u32> {
    found.mappers().into_keys().collect()
}

#[test]
fn without_privilege_own_processes_are_seen_and_the_others_counted() {
    let _machine = machine::shared();
    let Some(python) = needs::python("mmap").filter(|_| needs::root()) else { return };
    let place = Place::new();
    let of_root = Holder::maps(&python, &place.file, "writable", &[]);
    let own = Holder::maps(&python, &place.file, "read-only", &["as", UNPRIVILEGED]);
    let all = inspect(&place.file, &[]);
    assert_eq!(pids(&all), BTreeSet::from([of_root.pid(), own.pid()]));
    // Even root may not read all where a security module says so.
    assert_eq!(all.0["unseen"]["forbidden"], forbidden(), "{:#}", all.0["unseen"]);

    let found = place.inspect_as(UNPRIVILEGED, "true");
    assert_eq!(pids(&found), BTreeSet::from([own.pid()]));
    let more = number(&found.0["unseen"]["forbidden"]) - number(&all.0["unseen"]["forbidden"]);
    assert!(more >= 1.0, "{:#}", found.0["unseen"]);
    assert!(found.because().contains("root") || found.because().contains("CAP_SYS_PTRACE"), "{}", found.because());
}

#[test]
fn what_hidepid_hides_is_said() {
    let _machine = machine::shared();
    let Some(python) = needs::python("mmap").filter(|_| needs::root()) else { return };
    let place = Place::new();
    let _of_root = Holder::maps(&python, &place.file, "writable", &[]);
    let own = Holder::maps(&python, &place.file, "read-only", &["as", UNPRIVILEGED]);
    // A /proc of its own: to remount the one that is there would change it for the whole machine.
    let found = place.inspect_as(UNPRIVILEGED, "mount -t proc -o hidepid=2 proc /proc");
    assert_eq!(pids(&found), BTreeSet::from([own.pid()]));
    assert!(found.because().contains("hidepid"), "{:#}", found.0["unseen"]);
}

#[test]
fn a_container_is_seen_from_outside_and_says_so_from_inside() {
    let _machine = machine::shared();
    let Some(python) = needs::python("mmap").filter(|_| needs::root()) else { return };
    let place = Place::new();
    let outside = Holder::maps(&python, &place.file, "read-only", &[]);
    // The file has another path in there.
    let script = format!("mount --bind {} /mnt && exec \"$@\"", place.directory.path().display());
    let options = ["--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", &script, "sh"];
    let container = Holder::maps_apart(&options, &python, Path::new("/mnt/mapped.db"));
    let inside = child_of(container.pid());

    let found = inspect(&place.file, &[]);
    assert_eq!(pids(&found), BTreeSet::from([outside.pid(), inside]));
    assert_eq!(found.kind(inside), "writable");
    assert!(found.mappers().values().all(|process| process["stale"].is_null()), "{:#}", found.0["processes"]);

    let mut command = Command::new("nsenter");
    command.args(["--pid", "--mount", "--target", &inside.to_string(), "/mnt/mapstorm", "inspect", "/mnt/mapped.db"]);
    let found = of(&command.args(["--json", "--for", "1s"]).output().unwrap());
    assert_eq!(pids(&found), BTreeSet::from([1]));
    assert!(found.because().contains("namespace"), "{:#}", found.0["unseen"]);
}
