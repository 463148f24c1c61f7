//! Processes that end, sleep in the kernel, or do not answer while they are looked at; and the kinds of mapping.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use crate::{
    inspection::{inspect, list, number, of},
    machine,
    mapper::Holder,
    needs,
    processes::wait_for,
    seen,
};

fn file(directory: &Path) -> PathBuf {
    let path = directory.join("mapped.db");
    fs::write(&path, [1; 65536]).unwrap();
    path
}

#[test]
fn each_kind_of_mapping_is_named_and_only_those_that_count_are_walked() {
    let _machine = machine::shared();
    let Some(python) = needs::python("mmap") else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path());
    let kinds = ["read-only", "read-only-of-writable", "writable", "private"];
    let holders = kinds.map(|kind| Holder::maps(&python, &path, kind, &[]));
    let found = inspect(&path, &[]);
    assert_eq!(holders.each_ref().map(|holder| found.kind(holder.pid())), kinds);
    assert_eq!(found.walked(), 2);
    assert!(holders.iter().all(|holder| found.mappers()[&holder.pid()]["writes"] == false));
    found.assert_groups_add_up();

    // By a process, its file is found.
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.args(["inspect", "--pid", &holders[2].pid().to_string(), "--json", "--for", "1s"]);
    let same = of(&command.output().unwrap());
    assert_eq!(same.0["file"]["path"], path.canonicalize().unwrap().to_str().unwrap());
    assert_eq!(same.mappers().len(), kinds.len());
}

#[test]
fn processes_that_end_meanwhile_do_no_harm() {
    let _machine = machine::shared();
    let Some(python) = needs::python("mmap") else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path());
    let stays = Holder::maps(&python, &path, "writable", &[]);
    let stop = AtomicBool::new(false);
    let found = thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                Command::new("true").status().unwrap();
            }
        });
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                Holder::maps(&python, &path, "writable", &[]).end();
            }
        });
        let found = inspect(&path, &["--for", "3s"]);
        stop.store(true, Ordering::Relaxed);
        found
    });
    assert_eq!(found.kind(stays.pid()), "writable");
    assert_eq!(found.0["complete"], true, "{:#}", found.0["incomplete_because"]);
}

/// A parent that waits for a child which has not called exec yet is in the state D: the child opens a FIFO first, whose other end no one opens.
const BLOCKED: &str = r"
print('ready', flush=True)
os.posix_spawn('/bin/true', ['true'], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 0, more[0], os.O_RDONLY, 0)])
";

/// A FIFO; who waits for its other end goes on when this is dropped.
struct Fifo(PathBuf);

impl Drop for Fifo {
    fn drop(&mut self) {
        let _ = fs::File::options().read(true).write(true).open(&self.0);
    }
}

fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[test]
fn a_process_in_state_d_is_described() {
    let _machine = machine::shared();
    let Some(python) = needs::python("mmap") else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path());
    let fifo = Fifo(directory.path().join("fifo"));
    nix::unistd::mkfifo(&fifo.0, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let program = format!("{}{BLOCKED}", crate::mapper::MAP);
    let parent = Holder::start(&python, &program, &[path.to_str().unwrap(), "writable", fifo.0.to_str().unwrap()]);
    wait_for("the state D", || (state(parent.pid()) == Some('D')).then_some(()));
    let found = inspect(&path, &[]);
    // The child shares the memory of its parent until it calls exec.
    let seen = seen::mappers(&path);
    assert_eq!(seen.len(), 2);
    assert_eq!(found.mappers().into_keys().collect::<Vec<u32>>(), seen.into_keys().collect::<Vec<u32>>());
    assert_eq!(found.mappers()[&parent.pid()]["state"], "D");
}

/// Freezes a file system of its own on a loop device while one thread stores to a mapping of it and another changes that mapping: the first waits
/// with the mapping locked, the second with all of the memory locked, so that /proc/PID/maps does not answer. Thaws when its input ends,
/// or after a while whatever happens.
const STUCK: &str = r#"
set -e
cd "$1"
truncate -s 16M image
mkfs.ext4 -q image
mkdir frozen
mount -o loop image frozen
truncate -s 64k frozen/file
mkfifo go
"$2" -c "$3" "$4" writable frozen/file <go >/dev/null &
stuck=$!
exec 9>go
echo mapped >&9
sleep 0.1
until grep -q frozen/file /proc/$stuck/maps; do sleep 0.1; done
(exec 9>&- >/dev/null 2>&1; sleep 30; fsfreeze -u frozen) &
thaws=$!
fsfreeze -f frozen
echo go >&9
echo ready
echo $stuck
read -r end || true
fsfreeze -u frozen
kill $thaws
kill -9 $stuck
wait $stuck 2>/dev/null || true
umount frozen
"#;

/// Stores to the mapping, and then changes it, each in a thread of its own, when it is told to.
const STORE: &str = r"
import threading, time
other = mmap.mmap(os.open(more[0], os.O_RDWR), 0)
first = other[0]
address = ctypes.addressof(ctypes.c_char.from_buffer(other))
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
sys.stdin.readline(), sys.stdin.readline()
threading.Thread(target=libc.memset, args=(address, 1, 1)).start()
time.sleep(0.3)
threading.Thread(target=libc.mprotect, args=(address, 4096, mmap.PROT_READ)).start()
";

/// A file system over others, as containers have; unmounted at the end.
struct Overlay(PathBuf);

impl Overlay {
    /// `None`: it cannot be mounted here.
    fn over(lower: &Path, work: &Path) -> Option<Overlay> {
        let [upper, scratch, whole] = ["upper", "scratch", "whole"].map(|name| work.join(name));
        [&upper, &scratch, &whole].into_iter().for_each(|place| fs::create_dir(place).unwrap());
        let options = [("lowerdir", lower), ("upperdir", &upper), ("workdir", &scratch)]
            .map(|(name, place)| format!("{name}={}", place.display()));
        let mounted = mount(Some("overlay"), &whole, Some("overlay"), MsFlags::empty(), Some(&*options.join(",")));
        mounted.inspect_err(|error| eprintln!("skipped: no overlayfs: {error}")).ok()?;
        Some(Overlay(whole))
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        umount2(&self.0, MntFlags::MNT_DETACH).unwrap();
    }
}

#[test]
fn a_mapper_of_a_file_on_overlayfs_is_found_and_its_pages_are_those_beneath() {
    let _machine = machine::alone();
    let Some(python) = needs::python("mmap").filter(|_| needs::root()) else { return };
    let (lower, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(lower.path().join("file"), vec![1; 300_000]).unwrap();
    let Some(overlay) = Overlay::over(lower.path(), work.path()) else { return };
    let path = overlay.0.join("file");
    let holder = Holder::maps(&python, &path, "writable", &[]);
    let found = inspect(&path, &[]);
    assert_eq!(found.kind(holder.pid()), "writable");
    let cache = &found.0["file"]["page_cache"];
    assert!(number(&cache["resident_bytes"]) > 0.0, "{cache:#}");
    assert!(cache["dirty_bytes"]["unavailable"].as_str().unwrap().contains("overlayfs"), "{cache:#}");
}

#[test]
fn a_stuck_process_is_named_and_not_waited_for() {
    let _machine = machine::alone();
    let Some(python) = needs::python("mmap").filter(|_| needs::root()) else { return };
    if !Command::new("losetup").arg("-f").output().is_ok_and(|free| free.status.success()) {
        return eprintln!("skipped: this kernel gives no loop device, on which a file system could be frozen");
    }
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path());
    let answers = Holder::maps(&python, &path, "writable", &[]);
    let program = format!("{}{STORE}", crate::mapper::MAP);
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", STUCK, "sh"]).arg(directory.path());
    let mut frozen = Holder::of(command.arg(python).arg(program).arg(&path));
    let stuck: u32 = frozen.line().parse().unwrap();
    // Of the first thread; what locks the memory is the second.
    wait_for("both threads to wait", || {
        let tasks = fs::read_dir(format!("/proc/{stuck}/task")).ok()?.flatten();
        let is_blocked = |task: &fs::DirEntry| state(task.file_name().to_str().unwrap().parse().unwrap()) == Some('D');
        (tasks.filter(is_blocked).count() == 2).then_some(())
    });
    let is_silent =
        !Command::new("timeout").args(["2", "cat", &format!("/proc/{stuck}/maps")]).output().unwrap().status.success();
    let started = Instant::now();
    let found = is_silent.then(|| inspect(&path, &[]));
    let took = started.elapsed();
    frozen.let_end();
    let Some(found) = found else {
        return eprintln!("skipped: this kernel answers for a process whose memory is locked");
    };
    assert!(took < Duration::from_secs(15), "{took:?}");
    assert!(list(&found.0["unseen"]["stuck"]).contains(&stuck.into()), "{:#}", found.0["unseen"]);
    assert_eq!(found.kind(answers.pid()), "writable");
}
